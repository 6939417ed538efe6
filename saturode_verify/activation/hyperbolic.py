"""tanh and its relatives: tanh, sigmoid(x) = (1 + tanh(x/2))/2, softplus(x) = log(1 + e^x).

proofs/elementary.py proves the formulas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from flint import arb

from ..rigor.balls import ONE, ZERO
from .base import FiniteCritical


def tanh_derivatives(x: arb, order: int) -> list[arb]:
    """Derivatives 0..order (at most 4) of tanh, in t = tanh x and w = sech^2 x = 1 - t^2.

    w comes from sech, not from 1 - t^2, so that it keeps its relative accuracy where tanh saturates.
    """
    t = x.tanh()
    if order == 0:
        return [t]
    w = x.sech()
    w = w * w
    square = t * t
    values = [t, w, -2 * t * w, w * (6 * square - 2), t * w * (16 - 24 * square)]
    return values[: order + 1]


def sigmoid_derivatives(x: arb, order: int) -> list[arb]:
    """Derivatives 0..order (at most 4) of the sigmoid: sigma^(k)(x) = tanh^(k)(x/2) / 2^(k+1) for k >= 1.

    sigma' is sech^2(x/2)/4 = e^-|x|/(1 + e^-|x|)^2, and sigma itself e^x/(1 + e^x) on the left: neither cancels.
    """
    half = tanh_derivatives(x / 2, order)
    if x < -1:
        grown = x.exp()
        value = grown / (1 + grown)
    else:
        value = (1 + half[0]) / 2
    return [value, *(h / 2 ** (k + 1) for k, h in enumerate(half[1:], start=1))]


def softplus(x: arb) -> arb:
    """log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), in which the exponential never grows."""
    return x.max(ZERO) + (-abs(x)).exp().log1p()


@dataclass(frozen=True)
class Tanh(FiniteCritical):
    """tanh: s' = sech^2 is even and decreasing in |x|.

    Zeros: s'' at 0, s''' where t^2 = 1/3, s'''' at 0 and where t^2 = 2/3.
    """

    name: ClassVar[str] = "tanh"
    brackets = (
        (),
        ((-0.25, 0.125),),
        ((-0.75, -0.5), (0.5, 0.75)),
        ((-1.25, -1.0), (-0.25, 0.125), (1.0, 1.25)),
    )

    def _derivatives(self, x: arb, order: int) -> list[arb]:
        return tanh_derivatives(x, order)

    def _sup_abs_derivative(self) -> arb:
        return ONE


@dataclass(frozen=True)
class Sigmoid(FiniteCritical):
    """sigmoid: s' = s (1 - s) is even and decreasing in |x|; the critical points are twice those of tanh."""

    name: ClassVar[str] = "sigmoid"
    brackets = (
        (),
        ((-0.25, 0.125),),
        ((-1.5, -1.25), (1.25, 1.5)),
        ((-2.5, -2.25), (-0.25, 0.125), (2.25, 2.5)),
    )

    def _derivatives(self, x: arb, order: int) -> list[arb]:
        return sigmoid_derivatives(x, order)

    def _sup_abs_derivative(self) -> arb:
        return ONE / 4


@dataclass(frozen=True)
class Softplus(FiniteCritical):
    """softplus: s' is the sigmoid, increasing from 0 to 1, neither of which it attains."""

    name: ClassVar[str] = "softplus"
    brackets = (
        (),
        (),
        ((-0.25, 0.125),),
        ((-1.5, -1.25), (1.25, 1.5)),
    )

    def _derivatives(self, x: arb, order: int) -> list[arb]:
        return [softplus(x), *(sigmoid_derivatives(x, order - 1) if order else [])]

    def _sup_abs_derivative(self) -> arb:
        return ONE
