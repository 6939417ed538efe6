"""tanh and its relatives: tanh, sigmoid(x) = (1 + tanh(x/2))/2, softplus(x) = log(1 + e^x)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from flint import arb

from .base import FiniteCritical


def tanh_derivatives(x: arb, order: int) -> list[arb]:
    """Derivatives 0..order (at most 4) of tanh, in t = tanh x and w = sech^2 x = 1 - t^2.

    w comes from sech, not from 1 - t^2, so that it keeps its relative accuracy where tanh saturates.
    """
    t = x.tanh()
    if order == 0:
        return [t]
    w = x.sech() ** 2
    square = t * t
    values = [t, w, -2 * t * w, w * (6 * square - 2), t * w * (16 - 24 * square)]
    return values[: order + 1]


@dataclass(frozen=True)
class Tanh(FiniteCritical):
    """tanh: s' = sech^2 is even and decreasing in |x|.

    Zeros: s'' at 0, s''' where t^2 = 1/3, s'''' at 0 and where t^2 = 2/3.
    """

    name: ClassVar[str] = "tanh"
    brackets = (
        (),
        ((-0.5, 0.25),),
        ((-0.75, -0.5), (0.5, 0.75)),
        ((-1.25, -1.0), (-0.5, 0.25), (1.0, 1.25)),
    )

    def _derivatives(self, x: arb, order: int) -> list[arb]:
        return tanh_derivatives(x, order)

    def _sup_abs_derivative(self) -> arb:
        return arb(1)
