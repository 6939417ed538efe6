"""Activations with a kink at 0: relu, leaky_relu, elu.

Each is one analytic function on x <= 0 and another on x >= 0, both with monotone derivatives of every order. Let
j be the lowest order whose one-sided values at 0 differ. On an interval that meets 0 (touching counts)

* s^(k), k < j, is continuous and monotone on each side;
* s^(j) jumps: its image is the hull over both sides, which holds every value that it takes off the kink and, for
  j = 1, the Clarke derivative at 0. s^(j-1) is absolutely continuous, so that inequalities may integrate s^(j);
* s^(k), k > j, does not exist in that sense: s^(k-1) is not absolutely continuous.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from flint import arb

from ..rigor.balls import ONE, ZERO, ball
from .base import Activation, Smoothness, canonical_text, require_binary64


@dataclass(frozen=True)
class Piecewise(Activation):
    """x on x >= 0 and another function on x <= 0, continuous at 0 with value 0."""

    @property
    @abstractmethod
    def _kink_order(self) -> int | None:
        """The lowest order whose one-sided values at 0 differ; None if s is analytic."""

    @abstractmethod
    def _left(self, x: arb, order: int) -> list[arb]:
        """Derivatives 0..order of the left branch at a thin ball x that meets x <= 0."""

    @property
    def smoothness(self) -> Smoothness:
        """Lipschitz, C^1 if only higher derivatives jump, analytic if none does."""
        if self._kink_order is None or self.slope == 0:
            return Smoothness.ANALYTIC
        return Smoothness.LIPSCHITZ if self._kink_order == 1 else Smoothness.C1

    def _derivatives(self, x: arb, order: int) -> list[arb]:
        if x < 0:
            return self._left(x, order)
        right = _right(x, order)
        if x > 0:
            return right
        return [a.union(b) for a, b in zip(self._left(x, order), right, strict=True)]

    def _meets_kink(self, lower: arb, upper: arb) -> bool:
        return not (lower > 0 or upper < 0)

    def _inner_values(self, order: int, lower: arb, upper: arb) -> Iterable[arb] | None:
        if not self._meets_kink(lower, upper):
            return []
        if self._kink_order is not None and order > self._kink_order:
            return None
        left = [self._left(x, order)[order] for x in (lower, ZERO)]
        right = [_right(x, order)[order] for x in (ZERO, upper)]
        return [*left, *right]


def _right(x: arb, order: int) -> list[arb]:
    return [x, ONE, ZERO, ZERO, ZERO][: order + 1]


@dataclass(frozen=True)
class ReLU(Piecewise):
    """max(x, 0)."""

    name: ClassVar[str] = "relu"

    @property
    def _kink_order(self) -> int:
        return 1

    def _left(self, x: arb, order: int) -> list[arb]:
        return [ZERO] * (order + 1)

    def _sup_abs_derivative(self) -> arb:
        return ONE


@dataclass(frozen=True)
class LeakyReLU(Piecewise):
    """x on the right of 0, a x on the left, a = ``negative_slope`` (by default the binary64 0.01)."""

    name: ClassVar[str] = "leaky_relu"
    negative_slope: Fraction = Fraction(0.01)

    def __post_init__(self) -> None:
        super().__post_init__()
        require_binary64(self.negative_slope, "the negative_slope of leaky_relu")

    def parameters(self) -> dict[str, str | int]:
        """The exact slope of the left branch."""
        return {"negative_slope": canonical_text(self.negative_slope)}

    @property
    def _kink_order(self) -> int | None:
        return None if self.negative_slope == 1 else 1

    def _left(self, x: arb, order: int) -> list[arb]:
        a = ball(self.negative_slope)
        return [a * x, a, ZERO, ZERO, ZERO][: order + 1]

    def _sup_abs_derivative(self) -> arb:
        return ball(max(Fraction(1), abs(self.negative_slope)))


@dataclass(frozen=True)
class ELU(Piecewise):
    """x on the right of 0, a (e^x - 1) on the left, a = ``alpha``: C^1 only for a = 1, where s'' jumps from 1 to 0."""

    name: ClassVar[str] = "elu"
    alpha: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        super().__post_init__()
        require_binary64(self.alpha, "the alpha of elu")

    def parameters(self) -> dict[str, str | int]:
        """The exact limit -a on the left."""
        return {"alpha": canonical_text(self.alpha)}

    @property
    def _kink_order(self) -> int:
        return 2 if self.alpha == 1 else 1

    def _left(self, x: arb, order: int) -> list[arb]:
        a = ball(self.alpha)
        grown = a * x.exp()
        return [a * x.expm1(), *([grown] * order)]

    def _sup_abs_derivative(self) -> arb:
        return ball(max(Fraction(1), abs(self.alpha)))
