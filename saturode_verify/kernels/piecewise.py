"""relu, leaky_relu, elu: x for x > 0, another branch for x < 0, a kink at 0."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from ..rigor.rounding import ETA, UNIT
from .base import Formula, Image, Rounded, Shape
from .exponential import EXP_DOMAIN, exp_minus
from .turning import clipped, hull_of_ends

NEAR_KINK = 2.0**-1000
"""Numbers up to this size count as 0, so that nothing hangs on subnormals (flushed ones are at most 2^-962 after the
slope).
"""
RIGHT = (0.0, 1.0, 0.0, 0.0)
"""One-sided values at 0, from the right."""


class KinkedFormula(Formula):
    """Both branches; within 2^-1000 of the kink the mean of the one-sided values, and an error that covers both.

    There each branch's derivatives k >= 1 are within 2^-900 of their one-sided values at 0 (parameters are below
    2^60).
    """

    left_at_kink: tuple[float, float, float, float]
    """The one-sided derivatives at 0 from the left."""

    @abstractmethod
    def _left(self, x: np.ndarray, order: int) -> list[tuple[np.ndarray | float, np.ndarray | float]]:
        """Values and errors of the left branch where x <= 0; elsewhere NaN, if x is NaN, or anything finite."""

    def values(self, x: np.ndarray, order: int) -> list[Rounded]:
        """See `Formula.values`."""
        positive = x > 0
        kink = np.abs(x) <= NEAR_KINK
        any_kink = bool(kink.any())
        nothing = x * 0.0  # NaN where x is not finite
        found: list[Rounded] = []
        for k, (left, error) in enumerate(self._left(x, order)):
            value = np.where(positive, x if k == 0 else RIGHT[k], left)
            jump = abs(self.left_at_kink[k] - RIGHT[k])
            if k:
                value += nothing
                if any_kink and jump:
                    value[kink] = (self.left_at_kink[k] + RIGHT[k]) / 2
                    # Half the jump, the rounding of both, and ETA for the distance from the kink.
                    reach = jump / 2 + 4 * UNIT * (jump + abs(self.left_at_kink[k]) + RIGHT[k]) + ETA
                    error = np.where(kink, reach, error)
            found.append((value, error))
        return found


class LeakyFormula(KinkedFormula):
    """max(x, 0) for a = 0, else x and a x: fl(a x) loses u |a x|. Derivatives are exact off the kink."""

    def __init__(self, a: float) -> None:
        self.left_at_kink = (0.0, a, 0.0, 0.0)
        self.sensitivity = ((0.0, max(1.0, abs(a))), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0))

    def _left(self, x: np.ndarray, order: int) -> list[tuple[np.ndarray | float, np.ndarray | float]]:
        a = self.left_at_kink[1]
        if a == 0:
            value = np.minimum(x, 0.0) * 0.0  # NaN stays
            return [(value, ETA), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)][: order + 1]
        value = x * a
        error = np.abs(value)
        error *= 2 * UNIT
        error += ETA
        return [(value, error), (a, 0.0), (0.0, 0.0), (0.0, 0.0)][: order + 1]


class ELUFormula(KinkedFormula):
    """alpha (E - 1) and alpha E on the left, E = e^x off by 2.5u E.

    alpha (E - 1): 2.5u E + u + u, times |alpha|, at most 4.5u |alpha|, called 6u; alpha E: 3.5u |alpha|, called 5u.
    Cut at -708, where both are within 2^60 e^-708 < ETA of their limits. Sensitivity: |y| e^y <= 1/e for y < 0.
    """

    def __init__(self, alpha: float) -> None:
        self._size = abs(alpha)
        self.left_at_kink = (0.0, alpha, alpha, alpha)
        bound = 0.4 * abs(alpha)
        self.sensitivity = ((bound, 1.0), (bound, 0.0), (bound, 0.0), (bound, 0.0))

    def _left(self, x: np.ndarray, order: int) -> list[tuple[np.ndarray | float, np.ndarray | float]]:
        alpha = self.left_at_kink[1]
        a = np.maximum(-x, 0.0)
        np.minimum(a, EXP_DOMAIN, out=a)
        grown = exp_minus(a)
        value = grown - 1.0
        value *= alpha
        grown *= alpha
        return [(value, 6 * UNIT * self._size + ETA), *[(grown, 5 * UNIT * self._size + ETA)] * order]


class KinkedShape(Shape):
    """Monotone on each side of the kink, so the ends' and the one-sided values at 0 span the image.

    With j the lowest order that jumps at 0, on an interval that meets 0: up to order j the image is the hull over
    both sides (for j = 1 the Clarke derivative); above j there is no information.
    """

    def __init__(self, jump: int | None, at_kink: list[tuple[float, float]], ranges: list[tuple[float, float]]) -> None:
        """``at_kink[k]``, ``ranges[k]``: outer hulls of the one-sided values at 0, and of the range off the kink."""
        self._jump = jump
        self._at_kink = at_kink
        self._ranges = ranges

    def images(
        self, lower: np.ndarray, upper: np.ndarray, at_lower: list[Rounded], at_upper: list[Rounded]
    ) -> list[Image]:
        """See `Kernel.images`."""
        meets = ~((lower > NEAR_KINK) | (upper < -NEAR_KINK))
        found: list[Image] = []
        for k, (left, right) in enumerate(zip(at_lower, at_upper, strict=True)):
            low, high = clipped(*hull_of_ends(left, right), *self._ranges[k])
            lowest, highest = self._at_kink[k]
            if self._jump is not None and k > self._jump:
                lowest, highest = -np.inf, np.inf
            np.minimum(low, np.where(meets, lowest, np.inf), out=low)
            np.maximum(high, np.where(meets, highest, -np.inf), out=high)
            found.append((low, high))
        return found
