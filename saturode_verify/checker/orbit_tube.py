"""Derivatives of f on the tube around the stored curve, and the norms of the periodic inverses.

With sigma_k >= |s_k'|, kappa_k >= |s_k''| on the pre-activations' ranges, A_l >= |dz_l/dx|, H_l >= sum_ij |d_i d_j
z_l|:

    A_1 = |W_1|, H_1 = 0,   A_{l+1} = |W_{l+1}| sigma A_l,   H_{l+1} = |W_{l+1}| (kappa (A_l 1)^2 + sigma H_l).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .elementary import exp_rational, pi, sin_cos
from .fixed import dot, exact, floor_at, magnitude, root_bounds, up
from .limits import pulse
from .model import Layer, Model
from .orbit_bounds import short
from .trig import Complex
from .verdict import Rejected

PI = tuple(exact(end, 1024) for end in pi(1024))


@dataclass(frozen=True)
class Tube:
    """``jacobian[k][i]`` >= |df_k/dx_i|; ``curvature[k]`` >= sum_ij |d_i d_j f_k|."""

    jacobian: list[list[Fraction]]
    curvature: list[Fraction]


def tube_bounds(model: Model, hull: list[tuple[int, int]], p: int) -> Tube:
    """On a box with fixed-point ends."""
    d = model.dimension
    ends = list(hull)
    slopes, bends = [], []
    for number, layer in enumerate(model.layers):
        e = layer.scale
        middle, radius = [a + b >> 1 for a, b in ends], [(b - a >> 1) + 1 for a, b in ends]
        if number == 0:
            columns = [[abs(row[i]) << p for row in layer.rows] for i in range(d)]
            slopes, bends = [[up(x, e) for x in column] for column in columns], [0] * len(layer.bias)
        else:
            slopes = [_times(layer, column) for column in slopes]
            bends = [up(dot(row, bends), e) for row in layer.absolute]
        if layer is model.layers[-1]:
            break
        ends, sigma, kappa = [], [], []
        for row, sizes, shift in zip(layer.rows, layer.absolute, layer.shifts, strict=True):
            pulse()
            centre, reach = dot(row, middle) + (shift << p) >> e, up(dot(sizes, radius), e) + 1
            low, high = centre - reach, centre + reach
            ends.append(layer.activation.image(0, low, high, p))
            sigma.append(magnitude(layer.activation.image(1, low, high, p)))
            kappa.append(layer.activation.bend(low, high, p))
        sums = [sum(column[m] for column in slopes) for m in range(len(sigma))]
        bends = [up(k * up(a * a, p) + s * h, p) for k, a, s, h in zip(kappa, sums, sigma, bends, strict=True)]
        slopes = [[up(s * a, p) for s, a in zip(sigma, column, strict=True)] for column in slopes]
    return Tube(
        [[exact(slopes[i][k], p) for i in range(d)] for k in range(d)], [short(exact(bends[k], p)) for k in range(d)]
    )


def _times(layer: Layer, column: list[int]) -> list[int]:
    pulse()
    return [up(dot(row, column), layer.scale) for row in layer.absolute]


def inverse_norm(exponent: Complex, kind: str) -> Fraction:
    """The sup norm of (d/dtheta - l)^{-1} on periodic functions, int_0^{2 pi} |e^{lt}| dt / |1 - e^{2 pi l}|.

    For real l it is 1/|l|; for l = x + i/2 the denominator is 1 + e^{2 pi x}.
    """
    x, y = exponent
    if kind == "periodic":
        return 1 / abs(x)
    low, high = grown(x)
    mass = 2 * PI[1] * max(Fraction(1), high) if x == 0 else max((high - 1) / x, (low - 1) / x)
    if kind == "antiperiodic":
        return short(mass / (1 + low))
    p = 900
    angle = floor_at(2 * PI[0] * y, p)
    sine, cosine = sin_cos(angle, p)
    slack = 8 * (int(abs(y)) + 1)
    parts = []
    for value, real in ((cosine, True), (sine, False)):
        products = [g * exact(v + s, p) for g in (low, high) for v, s in ((value[0], -slack), (value[1], slack))]
        a, b = (1 - max(products), 1 - min(products)) if real else (min(products), max(products))
        parts.append(Fraction(0) if a <= 0 <= b else min(abs(a), abs(b)))
    distance = root_bounds(parts[0] ** 2 + parts[1] ** 2, 160)[0]
    if distance <= 0:
        raise Rejected("an exponent is too close to i Z")
    return short(mass / distance)


def grown(x: Fraction) -> tuple[Fraction, Fraction]:
    """Bounds of e^{2 pi x}."""
    ends = (2 * PI[0] * x, 2 * PI[1] * x)
    return exp_rational(min(ends))[0], exp_rational(max(ends))[1]
