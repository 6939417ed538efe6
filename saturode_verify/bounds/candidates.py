"""UNTRUSTED: a float search for points where the suprema are nearly attained.

Nothing here reaches a claim. The points are handed to `point.evaluate`, which decides.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product

import numpy as np

from ..activation import Activation
from ..network import Network
from ..region import Box

Pair = tuple[np.ndarray, np.ndarray]
Point = tuple[Fraction, ...]
_SAMPLES, _ROUNDS, _SHRINK, _SPREAD = 512, 20, 0.65, 64


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def _silu(x: np.ndarray) -> Pair:
    s = _sigmoid(x)
    return x * s, s + x * s * (1 - s)


def _gelu(x: np.ndarray) -> Pair:
    phi = 0.5 * (1 + np.vectorize(math.erf, otypes=[float])(x / math.sqrt(2)))
    return x * phi, phi + x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _power(x: np.ndarray, n: int) -> Pair:
    return x**n, n * x ** (n - 1)


def _elu(x: np.ndarray, alpha: float) -> Pair:
    tail = alpha * np.exp(np.minimum(x, 0))
    return np.where(x > 0, x, tail - alpha), np.where(x > 0, 1.0, tail)


def _leaky(x: np.ndarray, slope: float) -> Pair:
    factor = np.where(x > 0, 1.0, slope)
    return factor * x, factor


FLOAT_ACTIVATIONS: dict[str, Callable[[np.ndarray, Activation], Pair]] = {
    "tanh": lambda x, a: (np.tanh(x), 1 / np.cosh(np.clip(x, -300, 300)) ** 2),
    "sigmoid": lambda x, a: (_sigmoid(x), 0.25 / np.cosh(np.clip(x / 2, -300, 300)) ** 2),
    "softplus": lambda x, a: (np.logaddexp(0, x), _sigmoid(x)),
    "silu": lambda x, a: _silu(x),
    "gelu": lambda x, a: _gelu(x),
    "sin": lambda x, a: (np.sin(x), np.cos(x)),
    "arctan": lambda x, a: (np.arctan(x), 1 / (1 + x * x)),
    "identity": lambda x, a: (x, np.ones_like(x)),
    "power": lambda x, a: _power(x, int(a.parameters()["exponent"])),
    "relu": lambda x, a: _leaky(x, 0.0),
    "leaky_relu": lambda x, a: _leaky(x, float(getattr(a, "negative_slope", 0))),
    "elu": lambda x, a: _elu(x, float(getattr(a, "alpha", 1))),
}
"""s and s' of every activation in floats, by name; the slope is applied by the caller."""


class FloatField:
    """f's Jacobian and slopes in plain float64, batched over points."""

    def __init__(self, network: Network) -> None:
        self.layers = network.layers

    def evaluate(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
        """Points (n, d) -> f (n, d), Df (n, d, d) and per hidden layer the slopes (n, n_k)."""
        values, slopes = points, []
        jacobian = np.broadcast_to(np.eye(points.shape[1]), (len(points), points.shape[1], points.shape[1]))
        for k, layer in enumerate(self.layers, start=1):
            values = values @ layer.weight.T + layer.bias
            jacobian = layer.weight @ jacobian
            if k == len(self.layers):
                break
            slope = float(layer.activation.slope)
            values, derivative = FLOAT_ACTIVATIONS[layer.activation.name](slope * values, layer.activation)
            slopes.append(slope * derivative)
            jacobian = slopes[-1][:, :, None] * jacobian
        return values, jacobian, slopes

    def scores(self, points: np.ndarray) -> np.ndarray:
        """One row per supremum (order of `Quantities.as_list`), one column per point; NaN becomes -inf."""
        _, jacobian, slopes = self.evaluate(points)
        # LAPACK gives up on infinities; beyond 1e150 no candidate is worth having.
        jacobian = np.clip(np.nan_to_num(jacobian, posinf=0.0, neginf=0.0), -1e150, 1e150)
        eigenvalues = np.linalg.eigvalsh((jacobian + jacobian.swapaxes(1, 2)) / 2)
        trace = np.trace(jacobian, axis1=1, axis2=2)
        rows = [np.linalg.norm(jacobian, 2, axis=(1, 2)), trace, -trace, eigenvalues[:, -1], -eigenvalues[:, 0]]
        rows += [np.abs(s).max(axis=1) for s in slopes]
        return np.nan_to_num(np.array(rows), nan=-np.inf)


def propose(field: FloatField, box: Box, seed: int = 0) -> tuple[list[Point], list[Point]]:
    """Exact points of the box: those where some supremum is nearly attained, and others that spread over it."""
    with np.errstate(all="ignore"):
        return _propose(field, box, seed)


def _propose(field: FloatField, box: Box, seed: int) -> tuple[list[Point], list[Point]]:
    rng = np.random.default_rng(seed)
    low, high = (np.array([float(side[end]) for side in box.sides]) for end in (0, 1))
    d, width = box.dimension, high - low
    starts = low + width * rng.random((_SAMPLES, d))
    corners = np.array(list(product((0.0, 1.0), repeat=min(d, 8))))
    padded = np.full((len(corners), d), 0.5)
    padded[:, : corners.shape[1]] = corners
    starts = np.vstack([starts, low + width * padded, (low + high) / 2])
    scores = field.scores(starts)
    best = starts[scores.argmax(axis=1)]
    value = scores.max(axis=1)
    radius, tries = 0.1, 8 + 4 * d
    for _ in range(_ROUNDS):
        steps = rng.normal(size=(len(best), tries, d)) * (radius * width)
        trial = np.clip(best[:, None, :] + steps, low, high)
        found = field.scores(trial.reshape(-1, d)).reshape(len(best), len(best), tries)
        for q in range(len(best)):
            k = int(found[q, q].argmax())
            if found[q, q, k] > value[q]:
                best[q], value[q] = trial[q, k], found[q, q, k]
        radius *= _SHRINK
    # The corners and some samples besides: between their pre-activations every value is attained.
    spread = starts[np.r_[:_SPREAD, len(starts) - 1 - min(len(corners), _SPREAD) : len(starts)]]
    return sorted({exact_point(box, x) for x in best}), sorted({exact_point(box, x) for x in spread})


def two_sum_signs(field: FloatField, boxes: Sequence[Box], seed: int = 0) -> tuple[bool, bool]:
    """Whether, at all samples, lambda_1 + lambda_2 < 0 and lambda_{d-1} + lambda_d > 0 for the symmetric part of Df."""
    rng = np.random.default_rng(seed)
    high, low = -np.inf, np.inf
    with np.errstate(all="ignore"):
        for box in boxes:
            ends = [np.array([float(side[end]) for side in box.sides]) for end in (0, 1)]
            points = ends[0] + (ends[1] - ends[0]) * rng.random((_SAMPLES, box.dimension))
            jacobian = np.clip(np.nan_to_num(field.evaluate(points)[1]), -1e150, 1e150)
            values = np.linalg.eigvalsh((jacobian + jacobian.swapaxes(1, 2)) / 2)
            high, low = max(high, values[:, -2:].sum(axis=1).max()), min(low, values[:, :2].sum(axis=1).min())
    return bool(high < 0), bool(low > 0)


def exact_point(box: Box, point: np.ndarray) -> Point:
    """The float point as rationals, moved into the box where rounding left it."""
    return tuple(
        min(max(Fraction(float(x)) if math.isfinite(x) else low, low), high)
        for x, (low, high) in zip(point, box.sides, strict=True)
    )
