"""Comparing a claimed interval with what was proved."""

from __future__ import annotations

from fractions import Fraction

from .document import Enclosure
from .exact import shown
from .facts import Facts
from .verdict import Rejected

FINE = 224
"""Precision of values that need no sweep."""


def encloses(claimed: Enclosure, low: Fraction, high: Fraction | None, what: str) -> None:
    """The claimed interval holds [low, high], inside which the true value is known to lie. Raises Rejected."""
    if claimed.lower > low:
        raise Rejected(f"{what}: the lower end {shown(claimed.lower)} exceeds the proved {shown(low)}")
    if claimed.upper is not None and (high is None or claimed.upper < high):
        known = "infinity" if high is None else shown(high)
        raise Rejected(f"{what}: the upper end {shown(claimed.upper)} is below the proved {known}")


def smooth(facts: Facts) -> None:
    """Raises Rejected unless f is C^1."""
    if not facts.model.c1:
        raise Rejected("f is not continuously differentiable")
