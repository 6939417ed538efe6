"""Values at one exact point: the lower bounds of every supremum, and the witnesses of refutations.

Df is the product W_L D_{L-1} W_{L-1} ... D_1 W_1 (proofs/chain_rule.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import arb, arb_mat

from ..activation import Smoothness
from ..network import Network
from ..rigor.balls import ZERO, ball, finite, matrix
from ..rigor.spectral import eigenvector_guess, scaled_floats, spectral_norm_lower
from .affine import BallLayer, ball_layers
from .quantities import Quantities


@dataclass(frozen=True, slots=True)
class PointValues:
    """Balls at a point x: Df(x) (d x d), every hidden neuron's pre-activation a and slope s'(a).

    ``differentiable`` is False if some pre-activation may sit on a kink; then Df(x) is only a superset of Clarke's
    generalised Jacobian, and no lower bound of a supremum may be taken from it (theory section 2).
    """

    jacobian: arb_mat
    preactivation: list[list[arb]]
    slopes: list[list[arb]]
    differentiable: bool


def evaluate(layers: Sequence[BallLayer], point: Sequence[Fraction]) -> PointValues:
    """f is differentiated exactly at ``point`` up to ball rounding; balls may be NaN (no information)."""
    values = arb_mat([[ball(x) for x in point]])
    derivative: arb_mat | None = None
    preactivation: list[list[arb]] = []
    slopes: list[list[arb]] = []
    differentiable = True
    for layer in layers:
        product = values * layer.transposed
        derivative = layer.transposed if derivative is None else derivative * layer.transposed
        if layer is layers[-1]:
            break
        row, slope = [], []
        preactivation.append([a + b for a, b in zip(product.entries(), layer.bias, strict=True)])
        for a in preactivation[-1]:
            value, first = layer.layer.activation.derivatives(a, 1)
            row.append(value)
            slope.append(first)
            if layer.layer.activation.smoothness is Smoothness.LIPSCHITZ and a.contains(ZERO):
                differentiable = False
        slopes.append(slope)
        values = arb_mat([row])
        derivative = arb_mat([[y * p for y, p in zip(entries, slope, strict=True)] for entries in derivative.tolist()])
    assert derivative is not None  # a Network has at least one layer
    return PointValues(derivative.transpose(), preactivation, slopes, differentiable)


def inner_bounds(values: PointValues) -> Quantities | None:
    """Exact lower bounds that this point proves for every supremum of `Quantities`; None if it proves nothing."""
    jacobian = values.jacobian
    if not values.differentiable or not finite(*jacobian.entries()):
        return None
    symmetric = (jacobian + jacobian.transpose()) / 2
    vectors = eigenvector_guess(scaled_floats(symmetric))
    trace = jacobian.trace()
    return Quantities(
        norm=spectral_norm_lower(jacobian),
        divergence_high=trace.lower(),
        divergence_low=(-trace).lower(),
        log_norm_high=_rayleigh(symmetric, vectors[:, -1]).lower(),
        log_norm_low=(-_rayleigh(symmetric, vectors[:, 0])).lower(),
    )


def _rayleigh(symmetric: arb_mat, direction: np.ndarray) -> arb:
    """v^T S v / v^T v, which lies between the extreme eigenvalues for every v (NaN for v = 0)."""
    if not np.isfinite(direction).all():
        direction = np.zeros(len(direction))
    v = matrix(np.ascontiguousarray(direction, dtype=np.float64).reshape(-1, 1))
    return (v.transpose() * symmetric * v)[0, 0] / (v.transpose() * v)[0, 0]


class PointEngine:
    """Thin values at points of rationals, in ball arithmetic."""

    def __init__(self, network: Network) -> None:
        self._layers = ball_layers(network)

    def at_point(self, point: Sequence[Fraction]) -> PointValues:
        """f is differentiated exactly at ``point`` up to ball rounding."""
        return evaluate(self._layers, point)
