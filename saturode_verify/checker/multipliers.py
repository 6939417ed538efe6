"""The entries of a claim's list of multipliers."""

from __future__ import annotations

from fractions import Fraction

from .claims_common import encloses
from .document import Enclosure
from .verdict import Rejected


def part(entry: object, key: str) -> Enclosure:
    """One enclosure of a multiplier. Raises Rejected."""
    found = entry.get(key) if isinstance(entry, dict) else None
    if not isinstance(found, Enclosure):
        raise Rejected(f"a multiplier has no {key}")
    return found


def trivial(entry: object, exponent: Enclosure) -> None:
    """The multiplier 1 of the flow's direction."""
    for key, value in (("re", 1), ("im", 0), ("modulus", 1)):
        encloses(part(entry, key), Fraction(value), Fraction(value), f"{key} of the trivial multiplier")
    encloses(exponent, Fraction(0), Fraction(0), "the trivial exponent")
