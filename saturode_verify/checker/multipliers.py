"""The entries of a claim's list of multipliers."""

from __future__ import annotations

from fractions import Fraction

from .claims_common import encloses
from .document import Claim, Enclosure
from .verdict import Rejected


def part(entry: object, key: str) -> Enclosure:
    """One enclosure of a multiplier. Raises Rejected."""
    if not isinstance(entry, dict) or set(entry) != {"re", "im", "modulus"}:
        raise Rejected("a multiplier has other entries than re, im and modulus")
    found = entry[key]
    if not isinstance(found, Enclosure):
        raise Rejected(f"{key} of a multiplier is no enclosure")
    return found


def listed(claim: Claim) -> bool:
    """Does the claim list multipliers, and exponents with them? Raises Rejected for one without the other."""
    both = {"multipliers", "exponents"} & set(claim.values)
    if len(both) == 1:
        raise Rejected("multipliers and exponents stand together or not at all")
    return bool(both)


def trivial(entry: object, exponent: Enclosure) -> None:
    """The multiplier 1 of the flow's direction."""
    for key, value in (("re", 1), ("im", 0), ("modulus", 1)):
        encloses(part(entry, key), Fraction(value), Fraction(value), f"{key} of the trivial multiplier")
    encloses(exponent, Fraction(0), Fraction(0), "the trivial exponent")
