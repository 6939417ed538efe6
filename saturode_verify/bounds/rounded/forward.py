"""Forward pass over many boxes: affine forms of all pre-activations and of the layers' Jacobians, in rounded float64.

Boxes are x = m + h.t, t in [-1, 1]^d. ETA, ``product_error`` and ``inflate`` are those of `rigor.rounding`; every
stored radius is an upper bound computed with them. Three invariants, carried from layer to layer by the functions
below:

* pre-activation  a = A_0 + sum_i A_i t_i + delta, |delta| <= R;
* slope           s'(a) = p + lin.t + alpha' delta + rho eps, |eps| <= 1. With lambda = sum |lin_i| and
                  omega >= |alpha'| R + rho, s'(a) - p is at most lambda + omega;
* Jacobian        Y = d a/d x is F + sum_j T_j t_j + S, |S| <= SR entrywise, where F_{l+1} = W (p F_l) and
                  T_{l+1} = W (lin F_l + p T_l) up to rounding. By the product rule S_{l+1} = W (p S_l + N_l) +
                  rounding with N_l = (alpha' delta + rho eps)(F + T) + (lin.t) T + (s'(a) - p) S, hence SR_{l+1} =
                  |W| (omega (|F| + |T|) + lambda |T| + (lambda + omega + |p|) SR) + rounding.

SR is crude (it forgets all signs); `adjoint` bounds S at the output sharply and needs SR only in third-order terms.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ...kernels import Image, Kernel
from ...rigor.rounding import ETA, UNIT, inflate, product_error
from .neurons import AffineCover, LayerNeurons


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
        return (flat * inflate(rows.shape[-1]) + ETA).reshape(*rows.shape[:-1], flat.shape[-1])


@dataclass(frozen=True, slots=True)
class AffineForm:
    """rows[:, 0] + sum_i rows[:, i] t_i + delta, |delta| <= radius; rows (boxes, 1 + d, n), radius (boxes, n).

    ``round_off``: how much of delta rounding added in the last matrix product, one bound per box for all n.
    """

    rows: np.ndarray
    radius: np.ndarray
    round_off: np.ndarray

    def spread(self) -> np.ndarray:
        """Upper bound of sum_{i >= 1} |A_i|."""
        return sum_upper(np.abs(self.rows[:, 1:]), 1)

    def range(self) -> Image:
        """Outer range over the box."""
        centre = self.rows[:, 0]
        reach = (self.spread() + self.radius) * (1 + 4 * UNIT) + 4 * UNIT * np.abs(centre) + ETA
        return centre - reach, centre + reach


@dataclass(frozen=True, slots=True)
class Slopes:
    """s'(a) of a layer as in the module's invariants; arrays (boxes, n), ``linear`` (boxes, d, n)."""

    centre: np.ndarray
    linear: np.ndarray
    alpha: np.ndarray
    radius: np.ndarray
    size: np.ndarray
    doubt: np.ndarray

    @classmethod
    def of(cls, cover: AffineCover, form: AffineForm) -> Slopes:
        """s'(alpha' a + beta'): rounding in p and lin is at most 4u (|alpha'| sum |A_i| + |beta'|), added to rho."""
        alpha = cover.slope
        linear = alpha[:, None] * form.rows[:, 1:]
        radius = cover.radius + _scaling_loss(cover, form)
        radius = radius * (1 + 8 * UNIT) + ETA
        doubt = (np.abs(alpha) * form.radius + radius) * (1 + 8 * UNIT) + ETA
        centre = alpha * form.rows[:, 0] + cover.offset
        return cls(centre, linear, alpha, radius, sum_upper(np.abs(linear), 1), doubt)


@dataclass(frozen=True, slots=True)
class Jacobian:
    """Y = F + sum_j T_j t_j + S of a layer: ``centre`` F (boxes, input, n), ``tangent`` T (boxes, input, j, n).

    ``tangent_size`` >= sum_j |T_j| and ``second`` SR >= |S| are (boxes, input, n).
    """

    centre: np.ndarray
    tangent: np.ndarray
    tangent_size: np.ndarray
    second: np.ndarray


@dataclass(frozen=True, slots=True)
class HiddenPass:
    """One hidden layer. ``form``: its pre-activations; s(a) = ``value_slope`` a + beta +- ``value_radius``.

    ``noise`` >= |p S + N| and ``loss`` (boxes, input, n): |W| loss bounds the rounding in the next F and T together.
    """

    neurons: LayerNeurons
    form: AffineForm
    value_slope: np.ndarray
    value_radius: np.ndarray
    slopes: Slopes
    jacobian: Jacobian
    noise: np.ndarray
    loss: np.ndarray


@dataclass(frozen=True, slots=True)
class ForwardPass:
    """All hidden layers; f as a form; and F, T of Df at the output: (boxes, input, output), (boxes, input, j,
    output).
    """

    hidden: list[HiddenPass]
    field: AffineForm
    centre: np.ndarray
    tangent: np.ndarray


def sum_upper(values: np.ndarray, axis: int) -> np.ndarray:
    """Upper bound of the sum of nonnegative numbers along an axis."""
    return values.sum(axis=axis) * inflate(values.shape[axis]) + ETA


def centres(lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Floats m in [lower, upper] and h with [lower, upper] inside m + h [-1, 1], side by side (boxes, d)."""
    middle = np.minimum(np.maximum(0.5 * lower + 0.5 * upper, lower), upper)
    # Both differences are rounded to nearest, so the next float above the larger is an upper bound.
    return middle, np.nextafter(np.maximum(upper - middle, middle - lower), np.inf)


def forward(layers: list[RoundedLayer], lower: np.ndarray, upper: np.ndarray) -> ForwardPass:
    """The forward pass over the boxes [lower, upper], float arrays (boxes, d)."""
    count, d = lower.shape
    form = _first_layer(layers[0], *centres(lower, upper))
    first = np.broadcast_to(layers[0].transposed, (count, *layers[0].transposed.shape))
    zero = np.zeros((count, d, layers[0].weight.shape[0]))
    jacobian = Jacobian(first, np.zeros((count, d, d, zero.shape[2])), zero, zero)
    bounds = form.range()
    hidden = []
    for layer, following in pairwise(layers):
        neurons = LayerNeurons.over(layer.kernel, *bounds)
        part, moved, activated = _hidden(neurons, form, jacobian)
        hidden.append(part)
        tangent = following.times(moved)
        jacobian = Jacobian(
            following.times(part.slopes.centre[:, None] * jacobian.centre),
            tangent,
            sum_upper(np.abs(tangent), 2),
            following.times_magnitude(part.noise + part.loss),
        )
        form = _affine_layer(activated, following)
        bounds = _meet(form.range(), _interval_layer(neurons.images[0], following))
    return ForwardPass(hidden, form, jacobian.centre, jacobian.tangent)


def _meet(a: Image, b: Image) -> Image:
    """Intersection; NaN in either is no information and stays."""
    return np.maximum(a[0], b[0]), np.minimum(a[1], b[1])


def _scaling_loss(cover: AffineCover, form: AffineForm) -> np.ndarray:
    """Rounding in alpha A_0 + beta and in alpha A_i, i >= 1, together: at most 2u (|alpha| sum |A_i| + |beta|)."""
    total = sum_upper(np.abs(form.rows), 1)
    return 4 * UNIT * (np.abs(cover.slope) * total + np.abs(cover.offset)) + ETA


def _hidden(neurons: LayerNeurons, form: AffineForm, y: Jacobian) -> tuple[HiddenPass, np.ndarray, AffineForm]:
    """One hidden layer; also X = lin F + p T, whose product with W is the next T, and the form of s(a).

    ``loss``: p F and X are off by 3u each and their products with W by ``product_error(n)``; n + 8 covers both.
    """
    value, slopes = neurons.cover(0), Slopes.of(neurons.cover(1), form)
    moved = slopes.linear[:, None] * y.centre[:, :, None] + slopes.centre[:, None, None] * y.tangent
    absolute = np.abs(y.centre)
    p, size, doubt = (v[:, None] for v in (np.abs(slopes.centre), slopes.size, slopes.doubt))
    noise = doubt * (absolute + y.tangent_size) + size * y.tangent_size + (size + doubt + p) * y.second
    loss = product_error(form.rows.shape[2] + 8) * ((p + size) * absolute + p * y.tangent_size)
    value_radius = (value.radius + _scaling_loss(value, form)) * (1 + 8 * UNIT) + ETA
    rows = form.rows * value.slope[:, None]
    rows[:, 0] += value.offset
    radius = (np.abs(value.slope) * form.radius + value_radius) * (1 + 8 * UNIT) + ETA
    part = HiddenPass(
        neurons, form, value.slope, value_radius, slopes, y, noise * (1 + 16 * UNIT) + ETA, loss * (1 + 8 * UNIT) + ETA
    )
    return part, moved, AffineForm(rows, radius, form.round_off)


def _first_layer(layer: RoundedLayer, middle: np.ndarray, half: np.ndarray) -> AffineForm:
    """W m + b + (W h).t: the centre is off by g (|W||m| + |b|), each coefficient by u |W_i| h_i; all of it is
    rounding.
    """
    g = product_error(middle.shape[1])
    rows = np.empty((len(middle), 1 + middle.shape[1], layer.weight.shape[0]))
    rows[:, 0] = layer.times(middle) + layer.bias
    rows[:, 1:] = half[:, :, None] * layer.transposed
    radius = layer.times_magnitude(g * np.abs(middle) + 4 * UNIT * half) + 2 * g * np.abs(layer.bias)
    radius = radius * (1 + 4 * UNIT) + ETA
    return AffineForm(rows, radius, radius.max(axis=1))


def _affine_layer(form: AffineForm, layer: RoundedLayer) -> AffineForm:
    """W z + b: |t_i| <= 1, so rounding of all coefficients together is at most g (sum_i |A_i|) |W|^T + 2 g |b|.

    ``round_off`` bounds the same, coarser: g max|W| (sum over neurons and rows of |A|) + 2 g max|b|.
    """
    g = product_error(form.rows.shape[2])
    total = sum_upper(np.abs(form.rows), 1)
    rows = layer.times(form.rows)
    rows[:, 0] += layer.bias
    bias = 2 * g * np.abs(layer.bias)
    radius = (layer.times_magnitude(form.radius + g * total) + bias) * (1 + 4 * UNIT) + ETA
    round_off = (g * layer.largest * sum_upper(total, 1) + bias.max()) * (1 + 8 * UNIT) + ETA
    return AffineForm(rows, radius, round_off)


def _interval_layer(image: Image, layer: RoundedLayer) -> Image:
    """The plain interval of W z + b for z in an interval vector; it beats the affine form on large boxes."""
    low, high = image
    middle = 0.5 * low + 0.5 * high
    half = (0.5 * high - 0.5 * low) * (1 + 4 * UNIT) + 2 * UNIT * np.abs(middle) + ETA
    g = product_error(middle.shape[1])
    centre = layer.times(middle) + layer.bias
    reach = layer.times_magnitude(half + g * np.abs(middle)) + 2 * g * np.abs(layer.bias)
    reach = reach * (1 + 4 * UNIT) + 2 * UNIT * np.abs(centre) + ETA
    return centre - reach, centre + reach
