"""Comparing a claimed interval with what was proved."""

from __future__ import annotations

from fractions import Fraction

from .document import Enclosure
from .exact import shown
from .facts import Facts
from .verdict import Rejected, Unconfirmed

FINE = 224
"""Precision of values that need no sweep."""


def encloses(claimed: Enclosure, low: Fraction, high: Fraction | None, what: str) -> None:
    """The claimed interval holds [low, high], inside which this checker has found the true value to lie.

    Raises Rejected if the two have no point in common, and Unconfirmed if the claim is narrower.
    """
    try:
        follows(claimed, low, high, what)
    except Rejected as failed:
        apart = (high is not None and claimed.lower > high) or (claimed.upper is not None and claimed.upper < low)
        if apart:
            raise
        raise Unconfirmed(str(failed)) from None


def follows(claimed: Enclosure, low: Fraction, high: Fraction | None, what: str) -> None:
    """The claimed interval holds [low, high], which is all that follows from what is stated. Raises Rejected."""
    if claimed.lower > low:
        raise Rejected(f"{what}: the lower end {shown(claimed.lower)} exceeds the proved {shown(low)}")
    if claimed.upper is not None and (high is None or claimed.upper < high):
        known = "infinity" if high is None else shown(high)
        raise Rejected(f"{what}: the upper end {shown(claimed.upper)} is below the proved {known}")


def smooth(facts: Facts) -> None:
    """Raises Rejected unless f is C^1."""
    if not facts.model.c1:
        raise Rejected("f is not continuously differentiable")
