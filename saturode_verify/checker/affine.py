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

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from .activation import Activation
from .fixed import Interval, dot, up
from .forms import Form, Weights, box_form, product
from .kinks import Kink, chord, interval_layer, kinks_of, meet, strongest
from .limits import pulse
from .model import Layer, Model
from .verdict import Unconfirmed

MAX_ENTRIES = 1 << 23
"""Numbers in the affine forms of Df at one layer."""


def through(activation: Activation, form: Form, ranges: list[Interval] | None, p: int) -> tuple[Form, Form]:
    """(s(a), s'(a)) for every neuron; ``ranges``, if known, hold the pre-activations too."""
    d = len(form.g)
    value = Form([], [[] for _ in range(d)], [])
    slope = Form([], [[] for _ in range(d)], [])
    for k, (c, reach) in enumerate(zip(form.c, form.spreads(), strict=True)):
        pulse()
        if ranges is not None and activation.name in ("relu", "leaky_relu"):
            found = chord(activation, c, ranges[k], p)
        else:
            found = linearise(activation, c, reach, p)
        for target, (middle, factor, rest) in zip((value, slope), found, strict=True):
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
        found = list(map(_better, activation.images(c - reach, c + reach, p), found))
    return found[0], found[1]


def _better(image: Interval, taylor: tuple[int, int, int]) -> tuple[int, int, int]:
    low, high = image
    if high - low < 2 * taylor[2]:
        return low + high >> 1, 0, (high - low >> 1) + 1
    return taylor


def _width(a: Interval) -> int:
    return a[1] - a[0]


@dataclass
class Enclosed:
    """``pre``, ``ranges``: forms and ranges of the pre-activations; ``field``: of f; ``jacobian[j]``: of column j of Df
    (None if not asked); ``one_sided``: the same for each choice of sides at the kinks (None without kinks).
    """

    pre: list[Form]
    ranges: list[list[Interval]]
    field: Form
    jacobian: list[Form] | None
    one_sided: Callable[[], Iterator[list[Form]]] | None


class Engine:
    """Affine forms of one model at one precision."""

    def __init__(self, model: Model, p: int) -> None:
        self.model, self.p = model, p
        self.weights = [Weights(layer.rows, layer.scale) for layer in model.layers]
        self.columns = [Weights(list(map(list, zip(*layer.rows, strict=True))), layer.scale) for layer in model.layers]
        self.shifts = [[b << p for b in layer.shifts] for layer in model.layers]

    def enclose(self, low: list[int], high: list[int], jacobian: bool = True) -> Enclosed:
        """Over the box [low, high]."""
        form, p, layers = box_form(low, high), self.p, self.model.layers
        pre: list[Form] = []
        slopes: list[Form] = []
        ranges: list[list[Interval]] = []
        images: list[Interval] = []
        kinks: list[tuple[int, Kink]] = []
        for k, layer in enumerate(self.model.hidden):
            pre += self.weights[k].times([form], self.shifts[k])
            ranges.append(pre[-1].ranges())
            if not self.model.c1:
                if k:
                    ranges[-1] = list(map(meet, ranges[-1], interval_layer(layer, images, p)))
                images = [layer.activation.image(0, *ends, p) for ends in ranges[-1]]
                kinks += kinks_of(k, layer, layers[k + 1], ranges[-1], p)
            form, slope = through(layer.activation, pre[-1], None if self.model.c1 else ranges[-1], p)
            slopes.append(slope)
        sided = partial(self._one_sided, slopes, strongest(kinks)) if jacobian and kinks else None
        field = self.weights[-1].times([form], self.shifts[-1])[0]
        return Enclosed(pre, ranges, field, self._jacobian(slopes) if jacobian else None, sided)

    def _one_sided(self, slopes: list[Form], kinks: list[Kink]) -> Iterator[list[Form]]:
        """Columns of Df with constant ranges of s' at the kinks, for every combination of their sides."""
        for sides in itertools.product(*(kink.sides for kink in kinks)):
            chosen = [Form(list(f.c), [list(g) for g in f.g], list(f.r)) for f in slopes]
            for kink, (low, high) in zip(kinks, sides, strict=True):
                form, i = chosen[kink.layer], kink.neuron
                form.c[i], form.r[i] = low + high >> 1, high - low + 1 >> 1
                for g in form.g:
                    g[i] = 0
            yield self._jacobian(chosen)

    def _start(self, layer: Layer, count: int, transposed: bool) -> list[Form]:
        """The columns (or rows) of W as constant forms."""
        d, e, p = self.model.dimension, layer.scale, self.p
        rows = layer.rows if transposed else self.columns[0].rows
        inexact = 1 if e > p else 0
        return [
            Form([w << (p - e) if e <= p else w >> (e - p) for w in rows[j]], [[0] * len(rows[j]) for _ in range(d)],
                 [inexact] * len(rows[j]))
            for j in range(count)
        ]  # fmt: skip

    def _jacobian(self, slopes: list[Form]) -> list[Form]:
        d, p, layers = self.model.dimension, self.p, self.model.layers
        if d * (d + 1) * max(self.model.sizes) > MAX_ENTRIES:
            raise Unconfirmed("Df of this model is too large for this checker's affine forms")
        columns, ahead = self._start(layers[0], d, False), []
        for weights, slope in zip(self.weights[1:], slopes, strict=True):
            ahead.append([column.sizes() for column in columns])
            columns = weights.times([product(slope, column, p, full=False) for column in columns])
        rows = self._start(layers[-1], d, True) if slopes else []
        for k in range(len(slopes) - 1, -1, -1):
            for i in range(d):
                pulse()
                sizes = [b * s for b, s in zip(rows[i].sizes(), slopes[k].r, strict=True)]
                for j in range(d):
                    columns[j].r[i] += up(dot(sizes, ahead[k][j]), 2 * p)
            if k:
                rows = self.columns[k].times([product(slopes[k], row, p, full=True) for row in rows])
        return columns
