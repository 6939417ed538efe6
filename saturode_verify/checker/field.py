"""f, its pre-activations and Df at one exact point, in midpoint-radius fixed point.

A vector is (m, r): |true_i - m_i| <= r_i, all at precision p. A linear map with exact weights w 2^-e gives
floor(sum w m 2^-e) with radius ceil(sum |w| r 2^-e) + 1, without the 1 where the floor is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .activation import Activation
from .fixed import Interval, dot, floor_at, magnitude, up
from .limits import pulse
from .model import Layer, Model

Vector = tuple[list[int], list[int]]


@dataclass(frozen=True)
class PointValue:
    """``pre``, ``slope``: per hidden layer the intervals of pre-activations and of s'; ``field``: f; ``jacobian``:
    Df.
    """

    pre: list[list[Interval]]
    slope: list[list[Interval]]
    field: list[Interval]
    jacobian: list[list[Interval]]


def linear(layer: Layer, vector: Vector, p: int, bias: bool = True) -> Vector:
    """W v + b, or W v."""
    pulse()
    middle, radius = vector
    e = layer.scale
    shifts = layer.shifts if bias else [0] * len(layer.bias)
    sums, mask = [dot(row, middle) + (b << p) for row, b in zip(layer.rows, shifts, strict=True)], (1 << e) - 1
    return (
        [total >> e for total in sums],
        [up(dot(row, radius), e) + (total & mask != 0) for row, total in zip(layer.absolute, sums, strict=True)],
    )


def at_ball(activation: Activation, middle: int, radius: int, p: int) -> tuple[Interval, Interval]:
    """(s, s') over [middle - radius, middle + radius]."""
    pulse()
    low, high = middle - radius, middle + radius
    if activation.name in ("power", "relu", "leaky_relu", "elu"):
        return activation.image(0, low, high, p), activation.image(1, low, high, p)
    values = activation.point(middle, p)
    first, second = activation.lipschitz(p)
    a, b = up(first * radius, p), up(second * radius, p)
    return (values[0][0] - a, values[0][1] + a), (values[1][0] - b, values[1][1] + b)


def _ball(a: Interval) -> tuple[int, int]:
    middle = a[0] + a[1] >> 1
    return middle, max(a[1] - middle, middle - a[0])


def evaluate(model: Model, point: Sequence[Fraction], p: int, derivative: bool = True) -> PointValue:
    """All of it at an exact point."""
    vector: Vector = [floor_at(x, p) for x in point], [int(floor_at(x, p) != x * (1 << p)) for x in point]
    return evaluate_ball(model, vector, p, derivative)


def evaluate_ball(model: Model, vector: Vector, p: int, derivative: bool = True) -> PointValue:
    """All of it for every point within the radii."""
    d = model.dimension
    moved: list[Vector] = [([int(i == j) << p for i in range(d)], [0] * d) for j in range(d)]
    pre: list[list[Interval]] = []
    slopes: list[list[Interval]] = []
    for layer in model.layers:
        vector = linear(layer, vector, p)
        if derivative:
            moved = [linear(layer, column, p, bias=False) for column in moved]
        if layer is model.layers[-1]:
            break
        pairs = [at_ball(layer.activation, m, r, p) for m, r in zip(*vector, strict=True)]
        pre.append([(m - r, m + r) for m, r in zip(*vector, strict=True)])
        slopes.append([pair[1] for pair in pairs])
        balls = [_ball(pair[0]) for pair in pairs]
        vector = [m for m, _ in balls], [r for _, r in balls]
        if derivative:
            moved = [_slopes_times(slopes[-1], column, p) for column in moved]
    field = [(m - r, m + r) for m, r in zip(*vector, strict=True)]
    jacobian = [
        [(moved[j][0][i] - moved[j][1][i], moved[j][0][i] + moved[j][1][i]) for j in range(d)] for i in range(d)
    ]
    return PointValue(pre, slopes, field, jacobian)


def _slopes_times(slopes: list[Interval], column: Vector, p: int) -> Vector:
    middles, radii = [], []
    for slope, m, r in zip(slopes, *column, strict=True):
        s, t = _ball(slope)
        middles.append(s * m >> p)
        radii.append(up(magnitude(slope) * r + t * abs(m), p) + (s * m & (1 << p) - 1 != 0))
    return middles, radii
