"""What a search is asked: gaps, thresholds, a deadline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from ..rigor.balls import ball

Point = tuple[Fraction, ...]
NEGLIGIBLE = Fraction(1, 128)
"""Divergence and logarithmic norm are resolved relative to the larger of their own size and this times L."""

TIME_UP = "the time limit was reached"
INTERRUPTED = "the run was interrupted"
STUCK = "the boxes that remain cannot be split further (a kink, or the precision)"


@dataclass(frozen=True, slots=True)
class Threshold:
    """Decide whether the supremum ``index`` (of `quantities.NAMES`, then the deltas) is <= ``value``, < if
    ``strict``.
    """

    index: int
    value: Fraction
    strict: bool

    def refuted(self, lower: arb) -> bool:
        """True if a lower bound of the supremum alone settles it."""
        value = ball(self.value)
        return lower >= value if self.strict else lower > value


@dataclass(frozen=True, slots=True)
class Goal:
    """When to stop: relative gap, thresholds to decide, a deadline on `time.monotonic`, and the user's wish.

    ``resolve``: whether `BranchAndBound.run` shall raise TooCoarse if the bounder's rounding
    alone exceeds half of an allowed gap.
    """

    rtol: Fraction
    thresholds: tuple[Threshold, ...] = ()
    deadline: float = float("inf")
    interrupted: Callable[[], bool] = bool
    resolve: bool = False
