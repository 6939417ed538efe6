"""What an experiment hands over to the supplement: sentences, tables and figures; every number with its certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from ..certificate.record import Certificate
from ..report.tex import escape, number
from ..rigor.numbers import Enclosure
from ..theorems.claim import Claim

SHORT = 8
"""Hexadecimal digits of a hash that stand for it in the tables."""
DIGITS = 4
MISSING = "--"


@dataclass(frozen=True)
class Table:
    """``head`` and ``rows`` are LaTeX cells; the last column names the certificates."""

    name: str
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Picture:
    """A PDF in the folder figures; ``width`` in units of the text's."""

    file: str
    caption: str
    width: float = 0.85


@dataclass(frozen=True)
class Section:
    """One experiment; ``text`` is LaTeX, written for the models that come with the package.

    ``holds``: whether the certificates bear out what it says; where models were trained anew they may not.
    """

    title: str
    text: str
    tables: Sequence[Table] = field(default=())
    pictures: Sequence[Picture] = field(default=())
    holds: bool = True


def source(*certificates: Certificate) -> str:
    """The short hashes, each a link to the list of certificates."""
    return ", ".join(rf"\hash{{{c.sha256[:SHORT]}}}" for c in certificates)


def interval(value: Enclosure | None, digits: int = DIGITS) -> str:
    """``[lower, upper]``, rounded outward; a number where both print alike and are exact."""
    if value is None:
        return MISSING
    lower, upper = value.display(digits)
    if lower == upper and value.lower == value.upper:
        return number(lower)
    ends = [number(end).strip("$") for end in (lower, upper)]
    return f"$[{ends[0]},\\ {ends[1]}]$"


def at_most(value: Enclosure | None, digits: int = DIGITS) -> str:
    """An upper bound, rounded up."""
    return MISSING if value is None else number(value.display(digits)[1])


def at_least(value: Enclosure | None, digits: int = DIGITS) -> str:
    """A lower bound, rounded down."""
    return MISSING if value is None else number(value.display(digits)[0])


def claimed(certificate: Certificate, name: str, key: str) -> Enclosure | None:
    """The enclosure ``key`` of the claim ``name``, or None where it was not proved."""
    try:
        claim = certificate[name]
    except KeyError:
        return None
    value = claim.values.get(key)
    return value if isinstance(value, Enclosure) else None


def verdict(certificate: Certificate, name: str) -> str:
    """``proved``, or the reason why not, as LaTeX text."""
    claim = certificate[name]
    return claim.status if claim.proved else f"{claim.status}: {escape(claim.reason)}"


def second_modulus(orbit: Claim, digits: int = 6) -> str:
    """The modulus of the one nontrivial multiplier in the plane."""
    return interval(orbit.multipliers[1]["modulus"], digits)


def hull(ranges: Sequence[Enclosure]) -> Enclosure:
    """The least enclosure that holds all of some."""
    uppers = [value.upper for value in ranges if value.upper is not None]
    return Enclosure(min(value.lower for value in ranges), max(uppers) if len(uppers) == len(ranges) else None)


def quotient(top: Enclosure, *below: Enclosure) -> Enclosure:
    """top over the product of positive enclosures, by exact arithmetic on the ends."""
    low, high = Fraction(1), Fraction(1)
    for value in below:
        if value.upper is None or value.lower <= 0:
            raise ValueError("a divisor is not positive")
        low, high = low * value.lower, high * value.upper
    if top.upper is None:
        raise ValueError("the dividend is unbounded")
    corners = [end / divisor for end in (top.lower, top.upper) for divisor in (low, high)]
    return Enclosure(min(corners), max(corners))


def span(certificate: Certificate, name: str = "divergence", digits: int = DIGITS) -> str:
    """[lower end of the infimum, upper end of the supremum] of a two-sided claim."""
    low, high = claimed(certificate, name, "inf"), claimed(certificate, name, "sup")
    return MISSING if low is None or high is None else interval(Enclosure(low.lower, high.upper), digits)


def decimal(value: Fraction, digits: int = DIGITS) -> str:
    """An exact number that is given, not claimed: rounded towards zero, with dots where digits are left out."""
    lower, upper = Enclosure(value, value).display(digits)
    shown = lower if value >= 0 else upper
    return number(shown) if lower == upper else number(shown) + r"\ldots"


def orbit_is(certificate: Certificate, stability: str) -> bool:
    """Whether an orbit of that stability is proved."""
    claim = certificate["periodic_orbit"]
    return claim.proved and claim.stability == stability


def no_orbit(certificate: Certificate) -> bool:
    """Whether some criterion proves that the region holds no closed orbit."""
    return any(claim.name == "no_closed_orbit" and claim.proved for claim in certificate)


def inside(value: Enclosure | None, low: Fraction | int, high: Fraction | int) -> bool:
    """Whether an enclosure lies in [low, high]."""
    return value is not None and value.upper is not None and low <= value.lower and value.upper <= high


def saturation(certificate: Certificate) -> list[Claim]:
    """The region's saturation claims, one per hidden layer."""
    return [claim for claim in certificate if claim.name == "layer_saturation" and claim.on == "region"]
