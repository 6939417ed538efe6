"""Enclosures over a box x = m + (h_1 t_1, ..., h_d t_d), |t_i| <= 1: affine forms c + sum g_i t_i + e, |e| <= r.

*Layers.* Linear maps act on c, g_i exactly up to floors (one ulp each, counted in r), and |W| on r. A neuron with
pre-activation a = c + e', |e'| <= rho = sum |g_i| + r, has for s'' in [m, M] on its range

    s(a) = s(c) + s'(c) e' + R,   R in [min(m, 0), max(M, 0)] rho^2/2,

and likewise s'(a) with s'''. Where s'' jumps, with s' in [m, M]: s(a) = s(c) + (m + M)/2 e' + R, |R| <= (M - m)/2 rho.
A constant, the middle of the range, serves where it is tighter.

*Jacobian.* Write D_k = A_k + eps_k with A_k affine in t and |eps_k| <= rho_k. Then

    W_L D_{L-1} ... D_1 W_1 = W_L A_{L-1} ... A_1 W_1
                              + sum_k (W_L D_{L-1} ... W_{k+1}) eps_k (W_k A_{k-1} ... A_1 W_1),

the first product is affine up to terms of second order, and entrywise bounds of the two brackets bound the sum.
"""

from __future__ import annotations

from dataclasses import dataclass

from .activation import Activation
from .fixed import Interval, dot, up
from .model import Layer, Model

Rows = list[list[int]]


@dataclass
class Form:
    """Per entry: ``c`` and ``g[i]`` at precision p, ``r`` >= 0."""

    c: list[int]
    g: Rows
    r: list[int]

    def spread(self, k: int) -> int:
        """sum |g_i| + r of one entry."""
        return sum(abs(row[k]) for row in self.g) + self.r[k]

    def range(self, k: int) -> Interval:
        """Over the whole box."""
        reach = self.spread(k)
        return self.c[k] - reach, self.c[k] + reach

    def sizes(self) -> list[int]:
        """Bounds of the absolute values."""
        return [abs(c) + self.spread(k) for k, c in enumerate(self.c)]


def box_form(low: list[int], high: list[int]) -> Form:
    """x itself on the box with fixed-point ends."""
    c = [a + b >> 1 for a, b in zip(low, high, strict=True)]
    h = [max(b - m, m - a) for a, b, m in zip(low, high, c, strict=True)]
    return Form(c, [[h[i] if i == k else 0 for k in range(len(c))] for i in range(len(c))], [0] * len(c))


def linear(layer: Layer, form: Form, p: int) -> Form:
    """W v + b."""
    e = layer.scale
    c = [(dot(row, form.c) + (b << p)) >> e for row, b in zip(layer.rows, layer.shifts, strict=True)]
    return Form(c, [mapped(layer.rows, g, e) for g in form.g], _radii(layer.absolute, form.r, e, len(form.g) + 1))


def mapped(rows: Rows, vector: list[int], e: int) -> list[int]:
    """floor(W v 2^-e)."""
    return [dot(row, vector) >> e for row in rows]


def _radii(rows: Rows, radii: list[int], e: int, floors: int) -> list[int]:
    return [up(dot(row, radii), e) + floors for row in rows]


def through(activation: Activation, form: Form, p: int) -> tuple[Form, Form]:
    """(s(a), s'(a)) for every neuron."""
    d = len(form.g)
    value = Form([], [[] for _ in range(d)], [])
    slope = Form([], [[] for _ in range(d)], [])
    for k, c in enumerate(form.c):
        reach = form.spread(k)
        for target, (middle, factor, rest) in zip((value, slope), linearise(activation, c, reach, p), strict=True):
            target.c.append(middle)
            extra = up(abs(factor) * form.r[k], p) + rest
            for i in range(d):
                target.g[i].append(factor * form.g[i][k] >> p)
            target.r.append(extra + d)
    return value, slope


def linearise(activation: Activation, c: int, reach: int, p: int) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """For s and s': (middle, factor, rest) with |s(a) - middle - factor (a - c)| <= rest where |a - c| <= reach."""
    values = activation.point(c, p)
    bends = activation.bends(c - reach, c + reach, p, values)
    if bends is None and activation.name in ("relu", "leaky_relu"):
        return _chord(activation, c, reach, p)
    if bends is None:
        slopes = activation.image(1, c - reach, c + reach, p)
        factor = slopes[0] + slopes[1] >> 1
        rest = up((slopes[1] - slopes[0] + 2) * reach, p + 1) + _width(values[0])
        return (values[0][0], factor, rest), (factor, 0, (slopes[1] - slopes[0] >> 1) + 1)
    found = []
    for k in (0, 1):
        low, high = min(bends[k][0], 0), max(bends[k][1], 0)
        squared = up(reach * reach, p)
        middle = values[k][0] + ((low + high) * squared >> (p + 2))
        rest = up((high - low) * squared, p + 2) + _width(values[k]) + up(_width(values[k + 1]) * reach, p) + 2
        found.append((middle, values[k + 1][0], rest))
    if reach > 1 << (p - 3):
        found = [_better(activation, k, c, reach, p, f) for k, f in enumerate(found)]
    return found[0], found[1]


def _chord(activation: Activation, c: int, reach: int, p: int) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Piecewise linear s with its kink inside: s(a) - factor (a - c) has its extremes at both ends and at the kink."""
    slopes = activation.image(1, c - reach, c + reach, p)
    ends = [activation.point(a, p)[0] for a in (c - reach, 0, c + reach)]
    factor = ((ends[2][0] - ends[0][0]) << p) // (2 * reach) if reach else 0
    rests = [(low - up(factor * (a - c), p), high - (factor * (a - c) >> p))
             for (low, high), a in zip(ends, (c - reach, 0, c + reach), strict=True)]  # fmt: skip
    bottom, top = min(low for low, _ in rests), max(high for _, high in rests)
    rest = (top - bottom >> 1) + 2
    return (bottom + top >> 1, factor, rest), (slopes[0] + slopes[1] >> 1, 0, (slopes[1] - slopes[0] >> 1) + 1)


def _better(
    activation: Activation, order: int, c: int, reach: int, p: int, taylor: tuple[int, int, int]
) -> tuple[int, int, int]:
    low, high = activation.image(order, c - reach, c + reach, p)
    if high - low < 2 * taylor[2]:
        return low + high >> 1, 0, (high - low >> 1) + 1
    return taylor


def _width(a: Interval) -> int:
    return a[1] - a[0]


def product(slope: Form, entry: Form, p: int, full: bool) -> Form:
    """Entrywise (slope)(entry); without ``full`` the slope's own remainder is left out.

    (A + a.t + u)(C + g.t + v) = AC + (A g + C a).t + (a.t)(g.t) + (A + a.t) v + u (C + g.t + v).
    """
    d = len(slope.g)
    found = Form([], [[] for _ in range(d)], [])
    for k, (a, c, r) in enumerate(zip(slope.c, entry.c, entry.r, strict=True)):
        bend = sum(abs(row[k]) for row in slope.g)
        reach = sum(abs(row[k]) for row in entry.g)
        rest = bend * reach + (abs(a) + bend) * r
        if full:
            rest += slope.r[k] * (abs(c) + reach + r)
        found.c.append(a * c >> p)
        for i in range(d):
            found.g[i].append(a * entry.g[i][k] + c * slope.g[i][k] >> p)
        found.r.append(up(rest, p) + d + 1)
    return found


@dataclass
class Enclosed:
    """``pre``: forms of the pre-activations; ``field``: of f; ``jacobian[j]``: of column j of Df (None if not
    asked).
    """

    pre: list[Form]
    field: Form
    jacobian: list[Form] | None


class Engine:
    """Affine forms of one model at one precision."""

    def __init__(self, model: Model, p: int) -> None:
        self.model, self.p = model, p
        self.columns = [[list(column) for column in zip(*layer.rows, strict=True)] for layer in model.layers]
        self.sizes = [[[abs(w) for w in row] for row in columns] for columns in self.columns]

    def enclose(self, low: list[int], high: list[int], jacobian: bool = True) -> Enclosed:
        """Over the box [low, high]."""
        form = box_form(low, high)
        pre: list[Form] = []
        slopes: list[Form] = []
        for layer in self.model.hidden:
            pre.append(linear(layer, form, self.p))
            form, slope = through(layer.activation, pre[-1], self.p)
            slopes.append(slope)
        field = linear(self.model.layers[-1], form, self.p)
        return Enclosed(pre, field, self._jacobian(slopes) if jacobian else None)

    def _start(self, layer: Layer, count: int, transposed: bool) -> list[Form]:
        """The columns (or rows) of W as constant forms."""
        d, e, p = self.model.dimension, layer.scale, self.p
        rows = layer.rows if transposed else [list(column) for column in zip(*layer.rows, strict=True)]
        inexact = 1 if e > p else 0
        return [
            Form([w << (p - e) if e <= p else w >> (e - p) for w in rows[j]], [[0] * len(rows[j]) for _ in range(d)],
                 [inexact] * len(rows[j]))
            for j in range(count)
        ]  # fmt: skip

    def _jacobian(self, slopes: list[Form]) -> list[Form]:
        d, p, layers = self.model.dimension, self.p, self.model.layers
        columns, ahead = self._start(layers[0], d, False), []
        for layer, slope in zip(layers[1:], slopes, strict=True):
            ahead.append([column.sizes() for column in columns])
            moved = [product(slope, column, p, full=False) for column in columns]
            columns = [self._times(layer.rows, layer.absolute, layer.scale, m) for m in moved]
        rows = self._start(layers[-1], d, True) if slopes else []
        for k in range(len(slopes) - 1, -1, -1):
            for i in range(d):
                weights = [b * s for b, s in zip(rows[i].sizes(), slopes[k].r, strict=True)]
                for j in range(d):
                    columns[j].r[i] += up(dot(weights, ahead[k][j]), 2 * p)
            if k:
                scale = layers[k].scale
                moved = [product(slopes[k], row, p, full=True) for row in rows]
                rows = [self._times(self.columns[k], self.sizes[k], scale, m) for m in moved]
        return columns

    @staticmethod
    def _times(rows: Rows, absolute: Rows, e: int, form: Form) -> Form:
        return Form(
            mapped(rows, form.c, e), [mapped(rows, g, e) for g in form.g], _radii(absolute, form.r, e, len(form.g) + 1)
        )
