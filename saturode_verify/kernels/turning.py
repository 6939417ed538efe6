"""Images of functions with finitely many critical points: the ends' values and the extrema inside."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..rigor.rounding import ETA, UNIT
from .base import Image, Rounded, Shape


class Turn(NamedTuple):
    """A local extremum of one derivative, somewhere in [left, right]; ``value`` is rounded away from the others."""

    left: float
    right: float
    value: float
    maximum: bool


class Turns(NamedTuple):
    """One derivative: all its local extrema, and the hull [infimum, supremum] of its range over R."""

    extrema: tuple[Turn, ...]
    infimum: float
    supremum: float


class TurningShape(Shape):
    """The image is the hull of the ends' values and of the extrema inside, as the function is monotone in between.

    A local maximum inside never lowers the minimum: from there the function falls to the next extremum or to an end
    of the interval on either side, and those are counted. So a maximum only moves the upper bound, a minimum the
    lower.
    """

    def __init__(self, orders: tuple[Turns, Turns, Turns, Turns]) -> None:
        self._orders = orders

    def images(
        self, lower: np.ndarray, upper: np.ndarray, at_lower: list[Rounded], at_upper: list[Rounded]
    ) -> list[Image]:
        """See `Kernel.images`."""
        found: list[Image] = []
        for turns, left, right in zip(self._orders, at_lower, at_upper, strict=False):
            low, high = hull_of_ends(left, right)
            for turn in turns.extrema:
                moved = (lower <= turn.right) & (upper >= turn.left)
                # NaN is neither below nor above: it stays.
                if turn.maximum:
                    moved &= high < turn.value
                    np.copyto(high, turn.value, where=moved)
                else:
                    moved &= low > turn.value
                    np.copyto(low, turn.value, where=moved)
            found.append(clipped(low, high, turns.infimum, turns.supremum))
        return found


def hull_of_ends(left: Rounded, right: Rounded) -> Image:
    """Outer hull of two rounded values, in new arrays.

    fl(v -+ e) loses at most u of itself, or 2^-1022: 4u |fl(v -+ e)| + ETA makes up for this and for its own
    rounding. Exact values (error 0.0) need nothing. NaN or infinity - infinity in either end makes both bounds NaN.
    """
    (v, e), (w, f) = left, right
    if _is_zero(e) and _is_zero(f):
        return np.minimum(v, w), np.maximum(v, w)
    if isinstance(e, np.ndarray) or isinstance(f, np.ndarray):
        low, high = np.minimum(v - e, w - f), np.maximum(v + e, w + f)
    else:
        widest = max(e, f)
        low, high = np.minimum(v, w), np.maximum(v, w)
        low -= widest
        high += widest
    slack = np.abs(low)
    slack *= 4 * UNIT
    slack += ETA
    low -= slack
    slack = np.abs(high, out=slack)
    slack *= 4 * UNIT
    slack += ETA
    high += slack
    return low, high


def clipped(low: np.ndarray, high: np.ndarray, infimum: float, supremum: float) -> Image:
    """Intersects with the range over R, in place; NaN stays NaN."""
    if infimum > -np.inf:
        np.maximum(low, infimum, out=low)
    if supremum < np.inf:
        np.minimum(high, supremum, out=high)
    return low, high


def _is_zero(error: np.ndarray | float) -> bool:
    return not isinstance(error, np.ndarray) and error == 0
