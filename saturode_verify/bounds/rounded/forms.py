"""Affine forms of pre-activations and activations over many boxes, in rounded float64: what `forward` carries along.

Boxes are x = m + h.t, t in [-1, 1]^d. A form is A_0 + sum_i A_i t_i + delta, |delta| <= R, with an upper bound of the
rounding in R itself (`rigor.rounding` has ETA, ``product_error`` and ``inflate``); where plain intervals are narrower,
the ranges of the pre-activations are theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from ...kernels import Image, Kernel
from ...rigor.rounding import ETA, UNIT, inflate, product_error, wild
from .neurons import AffineCover, LayerNeurons

_FEW = 4
"""Slices of an axis, up to which `add_up` takes them one by one."""


@dataclass(frozen=True, slots=True)
class RoundedLayer:
    """A layer's weight (out, in), its transpose and that one's absolute value, max |W|, the bias, the activation's
    kernel.
    """

    weight: np.ndarray
    transposed: np.ndarray
    magnitude: np.ndarray
    largest: float
    bias: np.ndarray
    kernel: Kernel

    @classmethod
    def of(cls, weight: np.ndarray, bias: np.ndarray, kernel: Kernel) -> RoundedLayer:
        transposed = np.ascontiguousarray(weight.T)
        return cls(weight, transposed, np.abs(transposed), float(np.abs(weight).max()), bias, kernel)

    def times(self, rows: np.ndarray) -> np.ndarray:
        """fl(rows W^T) for rows (..., n): one matrix product, within ``product_error(n)`` |rows| |W|^T + ETA."""
        flat = rows.reshape(-1, rows.shape[-1]) @ self.transposed
        return flat.reshape(*rows.shape[:-1], flat.shape[-1])

    def times_magnitude(self, rows: np.ndarray) -> np.ndarray:
        """Upper bound of rows |W|^T for nonnegative rows (..., n)."""
        flat = rows.reshape(-1, rows.shape[-1]) @ self.magnitude
        flat *= inflate(rows.shape[-1])
        flat += ETA
        return flat.reshape(*rows.shape[:-1], flat.shape[-1])


@dataclass(frozen=True, slots=True)
class AffineForm:
    """rows[:, 0] + sum_i rows[:, i] t_i + delta, |delta| <= radius; rows (boxes, 1 + d, n), radius (boxes, n).

    ``round_off``: how much of delta rounding added in the last matrix product, one bound per box for all n.
    """

    rows: np.ndarray
    radius: np.ndarray
    round_off: np.ndarray
    spread: np.ndarray = field(init=False)
    """Upper bound of sum_{i >= 1} |A_i|."""
    total: np.ndarray = field(init=False)
    """Upper bound of sum_{i >= 0} |A_i|."""
    wild: np.ndarray | None = field(init=False)
    """(boxes, n): what may not enter a product (`rigor.rounding`, H3); None if there is no such entry."""

    def __post_init__(self) -> None:
        spread = sum_upper(np.abs(self.rows[:, 1:]), 1)
        object.__setattr__(self, "spread", spread)
        object.__setattr__(self, "total", (spread + np.abs(self.rows[:, 0])) * (1 + 4 * UNIT))
        object.__setattr__(self, "wild", wild((self.total, self.radius)))

    def range(self) -> Image:
        """Outer range over the box."""
        centre = self.rows[:, 0]
        reach = (self.spread + self.radius) * (1 + 4 * UNIT) + 4 * UNIT * np.abs(centre) + ETA
        return centre - reach, centre + reach


@dataclass(frozen=True, slots=True)
class Activated:
    """s(a) = ``slope`` a + beta +- ``radius`` of a layer, and as a form of the boxes' variables."""

    slope: np.ndarray
    radius: np.ndarray
    form: AffineForm

    @classmethod
    def of(cls, cover: AffineCover, form: AffineForm) -> Activated:
        """From the form of the pre-activations."""
        value_radius = (cover.radius + scaling_loss(cover, form)) * (1 + 8 * UNIT) + ETA
        rows = form.rows * cover.slope[:, None]
        rows[:, 0] += cover.offset
        radius = (np.abs(cover.slope) * form.radius + value_radius) * (1 + 8 * UNIT) + ETA
        return cls(cover.slope, value_radius, AffineForm(rows, radius, form.round_off))


def sum_upper(values: np.ndarray, axis: int) -> np.ndarray:
    """Upper bound of the sum of nonnegative numbers along an axis (>= 0)."""
    total = add_up(values, axis) * inflate(values.shape[axis])
    total += ETA
    return total


def add_up(values: np.ndarray, axis: int) -> np.ndarray:
    """The sum along an axis (>= 0); numpy's own reduction is slower than adding a few slices one by one."""
    count = values.shape[axis]
    if not 2 <= count <= _FEW:
        return values.sum(axis=axis)
    before = (slice(None),) * axis
    total = values[(*before, 0)] + values[(*before, 1)]
    for k in range(2, count):
        total += values[(*before, k)]
    return total


def centres(lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Floats m in [lower, upper] and h with [lower, upper] inside m + h [-1, 1], side by side (boxes, d)."""
    middle = np.minimum(np.maximum(0.5 * lower + 0.5 * upper, lower), upper)
    # Both differences are rounded to nearest, so the next float above the larger is an upper bound.
    return middle, np.nextafter(np.maximum(upper - middle, middle - lower), np.inf)


def field_form(layers: list[RoundedLayer], lower: np.ndarray, upper: np.ndarray) -> AffineForm:
    """f itself over the boxes [lower, upper]."""
    form = first_layer(layers[0], *centres(lower, upper))
    bounds = form.range()
    for layer, following in pairwise(layers):
        neurons = LayerNeurons.over(layer.kernel, *bounds)
        form, bounds = next_layer(Activated.of(neurons.cover(0, form.wild), form).form, neurons, following)
    return form


def first_layer(layer: RoundedLayer, middle: np.ndarray, half: np.ndarray) -> AffineForm:
    """W m + b + (W h).t: the centre is off by g (|W||m| + |b|), each coefficient by u |W_i| h_i; all of it is
    rounding.
    """
    g = product_error(middle.shape[1])
    rows = np.empty((len(middle), 1 + middle.shape[1], layer.weight.shape[0]))
    rows[:, 0] = layer.times(middle) + layer.bias
    rows[:, 1:] = half[:, :, None] * layer.transposed
    radius = layer.times_magnitude(g * np.abs(middle) + 4 * UNIT * half) + 2 * g * np.abs(layer.bias)
    radius = radius * (1 + 4 * UNIT) + ETA
    _forget(wild((middle, half)), rows, radius)
    return AffineForm(rows, radius, radius.max(axis=1))


def next_layer(activated: AffineForm, neurons: LayerNeurons, layer: RoundedLayer) -> tuple[AffineForm, Image]:
    """The form of the next layer's pre-activations, and their range: by the form and by plain intervals."""
    form = _affine_layer(activated, layer)
    return form, _meet(form.range(), _interval_layer(neurons.images[0], layer))


def _affine_layer(form: AffineForm, layer: RoundedLayer) -> AffineForm:
    """W z + b: |t_i| <= 1, so rounding of all coefficients together is at most g (sum_i |A_i|) |W|^T + 2 g |b|.

    ``round_off`` bounds the same, coarser: g max|W| (sum over neurons and rows of |A|) + 2 g max|b|.
    """
    g = product_error(form.rows.shape[2])
    rows = layer.times(form.rows)
    rows[:, 0] += layer.bias
    bias = 2 * g * np.abs(layer.bias)
    radius = (layer.times_magnitude(form.radius + g * form.total) + bias) * (1 + 4 * UNIT) + ETA
    round_off = (g * layer.largest * sum_upper(form.total, 1) + bias.max()) * (1 + 8 * UNIT) + ETA
    _forget(form.wild, rows, radius)
    return AffineForm(rows, radius, round_off)


def _interval_layer(image: Image, layer: RoundedLayer) -> Image:
    """The plain interval of W z + b for z in an interval vector; it beats the affine form on large boxes."""
    low, high = image
    low, high = 0.5 * low, 0.5 * high
    middle = low + high
    size = np.abs(middle)
    half = (high - low) * (1 + 4 * UNIT) + 2 * UNIT * size + ETA
    g = product_error(middle.shape[1])
    centre = layer.times(middle) + layer.bias
    reach = layer.times_magnitude(half + g * size) + 2 * g * np.abs(layer.bias)
    reach = reach * (1 + 4 * UNIT) + 2 * UNIT * np.abs(centre) + ETA
    _forget(wild((middle, half)), centre, reach)
    return centre - reach, centre + reach


def _forget(factors: np.ndarray | None, centre: np.ndarray, reach: np.ndarray) -> None:
    """Turn centre +- reach of the boxes with ``factors`` that `wild` found into no information, in place."""
    if factors is not None:
        boxes = factors.any(axis=1)
        centre[boxes], reach[boxes] = 0.0, np.inf


def _meet(a: Image, b: Image) -> Image:
    """Intersection; NaN in either is no information and stays."""
    return np.maximum(a[0], b[0]), np.minimum(a[1], b[1])


def scaling_loss(cover: AffineCover, form: AffineForm) -> np.ndarray:
    """Rounding in alpha A_0 + beta and in alpha A_i, i >= 1, together: at most 2u (|alpha| sum |A_i| + |beta|)."""
    return 4 * UNIT * (np.abs(cover.slope) * form.total + np.abs(cover.offset)) + ETA
