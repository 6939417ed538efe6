"""The reference engine: ball arithmetic, one box at a time.

It serves where the rounded engine's hypotheses do not hold, and in the tests.
"""

from __future__ import annotations

import numpy as np
from flint import arb

from ..network import Network
from ..region import Box
from ..rigor.balls import ZERO, exact, floats, largest_magnitude, negated_upper, precision, upper_rational
from .affine import BoxForms, ball_layers, enclose
from .linearise import NoInformation
from .norms import spectral_bounds
from .partition import float_above
from .quantities import NAMES
from .rounded.engine import ChunkBounds

_LARGEST = np.finfo(np.float64).max


class ArbEngine:
    """Affine forms in Arb (`affine`, `norms`) at ``bits`` of precision; its bounds are rounded outward to floats."""

    def __init__(self, network: Network, bits: int = 64) -> None:
        self._layers = ball_layers(network)
        self._sizes = [layer.weight.shape[0] for layer in network.hidden]
        self._reach = np.abs(network.layers[0].weight).sum(axis=0)
        self._bits = bits

    def bound(self, lower: np.ndarray, upper: np.ndarray, targets: np.ndarray | None = None) -> ChunkBounds:
        """All bounds over the boxes [lower, upper], float64 arrays (boxes, d); ``targets`` change nothing here."""
        with precision(self._bits):
            sides = zip(lower.tolist(), upper.tolist(), strict=True)
            return ChunkBounds.join([self._bound(Box(list(zip(*ends, strict=True)))) for ends in sides])

    def two_sums(self, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Upper bounds over each box of lambda_1 + lambda_2 and of -(lambda_{d-1} + lambda_d), d >= 3."""
        with precision(self._bits):
            sides = zip(lower.tolist(), upper.tolist(), strict=True)
            found = [self._two_sums(Box(list(zip(*ends, strict=True)))) for ends in sides]
        return np.array([high for high, _ in found]), np.array([low for _, low in found])

    def _two_sums(self, box: Box) -> tuple[float, float]:
        try:
            found = spectral_bounds(enclose(self._layers, box).jacobian)
        except NoInformation:
            return np.inf, np.inf
        return up(found.two_sum_high), up(negated_upper(found.two_sum_low))

    def field_lower(self, lower: np.ndarray, upper: np.ndarray, vector: np.ndarray) -> np.ndarray:
        """Lower bounds of c . f over each box, c a float vector; -inf is no information."""
        with precision(self._bits):
            weights = [exact(v) for v in vector.tolist()]
            sides = zip(lower.tolist(), upper.tolist(), strict=True)
            return np.array([self._field_lower(Box(list(zip(*ends, strict=True))), weights) for ends in sides])

    def _field_lower(self, box: Box, weights: list[arb]) -> float:
        try:
            form = enclose(self._layers, box).field
        except NoInformation:
            return -np.inf
        centre, *slopes = (sum((c * v for c, v in zip(weights, row, strict=True)), ZERO) for row in form.rows)
        rest = sum((abs(c) * r for c, r in zip(weights, form.remainder, strict=True)), ZERO)
        reach = sum((abs(s) for s in slopes), rest)
        return -up(reach - centre)

    def _bound(self, box: Box) -> ChunkBounds:
        try:
            forms = enclose(self._layers, box)
        except NoInformation:
            return self._nothing(box.dimension)
        found = spectral_bounds(forms.jacobian, compound=False)
        outer = [
            found.norm,
            found.divergence_high,
            negated_upper(found.divergence_low),
            found.log_norm_high,
            negated_upper(found.log_norm_low),
            *(max(largest_magnitude(*ends) for ends in layer) for layer in forms.derivative),
        ]
        neurons = [ends for layer in forms.preactivation for ends in layer]
        return ChunkBounds(
            np.array([[up(value) for value in outer]]),
            np.array([[-up(negated_upper(low)) for low, _ in neurons]]),
            np.array([[up(high) for _, high in neurons]]),
            self._split_scores(box, forms)[None],
        )

    def _nothing(self, d: int) -> ChunkBounds:
        quantities, neurons = len(NAMES) + len(self._sizes), sum(self._sizes)
        whole = np.full((1, neurons), np.inf)
        return ChunkBounds(np.full((1, quantities), np.inf), -whole, whole, np.zeros((1, d)))

    def _split_scores(self, box: Box, forms: BoxForms) -> np.ndarray:
        """Per axis: the Jacobian's own slope in it, plus its share (by first pre-activations) of the remainder."""
        own = np.array([np.linalg.norm(floats(g)) for g in forms.jacobian.coefficients])
        # Relative to the widest side: a width of up to 2 * 1.8e308 is no float.
        widest = max(high - low for low, high in box.sides) or 1
        reach = self._reach * [float((high - low) / widest) for low, high in box.sides]
        share = reach / reach.sum() if 0 < reach.sum() < np.inf else np.full(len(own), 1 / len(own))
        return np.nan_to_num(own + np.linalg.norm(floats(forms.jacobian.remainder)) * share)


def up(value: arb) -> float:
    """The smallest float >= every point of a ball; infinity for no information (NaN, infinity, beyond binary64)."""
    bound = upper_rational(value)
    return np.inf if bound is None or bound > _LARGEST else float_above(bound)
