"""f along the stored curve is analytic on the strip |Im theta| <= rho, and bounded there.

The line Im theta = rho is covered by boxes around c_j = 2 pi j/B + i rho: for |t| <= h = pi/B

    u(c_j + t) in u(c_j) + u'(c_j) t + disc(h^2/2 sum k^2 |c_k| e^{rho |k|}).

Each coordinate is carried as c + g t + e with one real t, |e| <= r: linear maps act on c and g, a neuron gives
s(c) + s'(c)(z - c) + E with |E| <= sup |s''| |z - c|^2/2. If every |Im z| stays inside the activation's strip, layer by
layer, f(u) and Df(u) are analytic on |Im theta| <= rho (Im z is harmonic; on Im theta = -rho it takes the negatives of
its values; maximum principle), and their bounds on one line hold on the whole strip.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from . import elementary
from .complex_activation import inside, local
from .fixed import dot, up
from .limits import Limits, pulse
from .model import Layer, Model
from .trig import Ball, Trig, multiply, size
from .verdict import Rejected

P = 88


@dataclass
class Line:
    """Per entry: centre, factor of t, radius."""

    x: list[int]
    y: list[int]
    gx: list[int]
    gy: list[int]
    r: list[int]


@dataclass(frozen=True)
class StripBounds:
    """At precision P: bounds on the strip of |f_k(u)|, |Df_ki(u)| and |div f(u)|."""

    field: list[int]
    jacobian: list[list[int]]
    divergence: int


def strip_bounds(model: Model, orbit: Trig, height: Fraction, boxes: int, limits: Limits) -> StripBounds:
    """Raises Rejected if some pre-activation may leave the analytic strip."""
    half = -(-elementary.pi(P)[1] // boxes)
    bends = [up(half * half * bend, 2 * P + 1) + 1 for bend in orbit.wiener(height, 2, P)]
    values, slopes = orbit.samples(boxes, P, height), orbit.derivative.samples(boxes, P, height)
    d = model.dimension
    field, divergence, jacobian = [0] * d, 0, [[0] * d for _ in range(d)]
    for j in range(boxes):
        limits.tick("strip", j / boxes)
        v, s = [row[j] for row in values], [row[j] for row in slopes]
        rest = [bend + 2 * b[2] + up(2 * g[2] * half, P) for bend, b, g in zip(bends, v, s, strict=True)]
        line = Line([b[0] for b in v], [b[1] for b in v], [g[0] for g in s], [g[1] for g in s], rest)
        top, columns = through(model, line, half)
        field = [max(a, b) for a, b in zip(field, top, strict=True)]
        for k in range(d):
            for i in range(d):
                jacobian[k][i] = max(jacobian[k][i], size(columns[i][k]))
        trace = [columns[k][k] for k in range(d)]
        divergence = max(
            divergence, size((sum(b[0] for b in trace), sum(b[1] for b in trace), sum(b[2] for b in trace)))
        )
    return StripBounds(field, jacobian, divergence)


def through(model: Model, line: Line, half: int) -> tuple[list[int], list[list[Ball]]]:
    d, one = model.dimension, 1 << P
    columns: list[list[Ball]] = [[(one if i == j else 0, 0, 0) for i in range(d)] for j in range(d)]
    for layer in model.layers:
        line = _linear(layer, line)
        columns = [_mapped(layer, column) for column in columns]
        if layer is model.layers[-1]:
            break
        line, slopes = _activated(layer, line, half)
        columns = [[_times(s, c) for s, c in zip(slopes, column, strict=True)] for column in columns]
    sizes = [size((x, y, 0)) + up(size((a, b, 0)) * half, P) + r
             for x, y, a, b, r in zip(line.x, line.y, line.gx, line.gy, line.r, strict=True)]  # fmt: skip
    return sizes, columns


def _linear(layer: Layer, line: Line) -> Line:
    e = layer.scale
    y, gx, gy = ([dot(row, part) >> e for row in layer.rows] for part in (line.y, line.gx, line.gy))
    return Line(
        [dot(row, line.x) + (b << P) >> e for row, b in zip(layer.rows, layer.shifts, strict=True)],
        y,
        gx,
        gy,
        [up(dot(row, line.r), e) + 8 for row in layer.absolute],  # four floors, |t| <= pi
    )


def _mapped(layer: Layer, column: list[Ball]) -> list[Ball]:
    pulse()
    e = layer.scale
    x, y, r = ([b[k] for b in column] for k in range(3))
    return [
        (dot(row, x) >> e, dot(row, y) >> e, up(dot(sizes, r), e) + 1)
        for row, sizes in zip(layer.rows, layer.absolute, strict=True)
    ]


def _times(a: Ball, b: Ball) -> Ball:
    return multiply(a, b, P)


def _activated(layer: Layer, line: Line, half: int) -> tuple[Line, list[Ball]]:
    activation, found, slopes = layer.activation, Line([], [], [], [], []), []
    for x, y, gx, gy, r in zip(line.x, line.y, line.gx, line.gy, line.r, strict=True):
        pulse()
        reach = up(abs(gx) * half, P) + r, up(abs(gy) * half, P) + r
        if not inside(activation, abs(y) + reach[1], P):
            raise Rejected(f"on the strip a pre-activation of a {activation.name} layer may reach a singularity")
        at = local(activation, (x, y), reach, P)
        distance = up(size((gx, gy, 0)) * half, P) + r
        rest = up(at.bend * distance * distance, 2 * P + 1) + 2 * at.value[2] + up(size(at.slope) * r, P)
        g = _times(at.slope, (gx, gy, 0))
        found.x.append(at.value[0])
        found.y.append(at.value[1])
        found.gx.append(g[0])
        found.gy.append(g[1])
        found.r.append(rest + up(2 * g[2] * half, P) + 2)
        slopes.append((at.slope[0], at.slope[1], at.slope[2] + up(at.bend * distance, P)))
    return found, slopes
