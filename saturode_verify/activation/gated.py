"""Gated activations: silu(x) = x sigma(x) and gelu(x) = x Phi(x), Phi the exact normal distribution function.

proofs/elementary.py proves the formulas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from flint import arb

from .base import FiniteCritical
from .hyperbolic import sigmoid_derivatives


@dataclass(frozen=True)
class SiLU(FiniteCritical):
    """x sigma(x), also called swish: s^(k) = x sigma^(k) + k sigma^(k-1) by Leibniz's rule.

    s' runs from 0 through its minimum -0.0998... at -2.399... and its maximum 1.0998... at 2.399... to 1.
    """

    name: ClassVar[str] = "silu"
    brackets = (
        ((-1.5, -1.25),),
        ((-2.5, -2.25), (2.25, 2.5)),
        ((-3.5, -3.25), (-0.25, 0.125), (3.25, 3.5)),
        ((-4.5, -4.25), (-1.125, -1.0), (1.0, 1.125), (4.25, 4.5)),
    )

    def _derivatives(self, x: arb, order: int) -> list[arb]:
        gate = sigmoid_derivatives(x, order)
        return [x * gate[0], *(x * gate[k] + k * gate[k - 1] for k in range(1, order + 1))]

    def _sup_abs_derivative(self) -> arb:
        return self._largest_turning_value()


@dataclass(frozen=True)
class GELU(FiniteCritical):
    """x Phi(x) = x erfc(-x/sqrt 2)/2, not its tanh approximation; with phi = Phi' the normal density

    s' = Phi + x phi, s'' = (2 - x^2) phi, s''' = (x^3 - 4x) phi, s'''' = (-x^4 + 7x^2 - 4) phi.
    Zeros: s'' at +-sqrt 2, s''' at 0 and +-2, s'''' where x^2 = (7 +- sqrt 33)/2.
    """

    name: ClassVar[str] = "gelu"
    brackets = (
        ((-0.875, -0.75),),
        ((-1.5, -1.25), (1.25, 1.5)),
        ((-2.125, -1.75), (-0.25, 0.125), (1.75, 2.125)),
        ((-2.75, -2.5), (-0.875, -0.75), (0.75, 0.875), (2.5, 2.75)),
    )

    def _derivatives(self, x: arb, order: int) -> list[arb]:
        # erfc, not 1 + erf, keeps the relative accuracy of Phi on the left.
        distribution = (-x / arb(2).sqrt()).erfc() / 2
        square = x * x
        density = (-square / 2).exp() / (2 * arb.pi()).sqrt()
        values = [
            x * distribution,
            distribution + x * density,
            (2 - square) * density,
            x * (square - 4) * density,
            (square * (7 - square) - 4) * density,
        ]
        return values[: order + 1]

    def _sup_abs_derivative(self) -> arb:
        return self._largest_turning_value()
