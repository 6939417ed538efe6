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

from ...rigor.rounding import ETA, UNIT, product_error
from .forms import (
    Activated,
    AffineForm,
    RoundedLayer,
    centres,
    first_layer,
    next_layer,
    scaling_loss,
    sum_upper,
)
from .neurons import AffineCover, LayerNeurons


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
        alpha, steepness = cover.slope, np.abs(cover.slope)
        linear = alpha[:, None] * form.rows[:, 1:]
        radius = (cover.radius + scaling_loss(cover, form)) * (1 + 8 * UNIT) + ETA
        doubt = (steepness * form.radius + radius) * (1 + 8 * UNIT) + ETA
        centre = alpha * form.rows[:, 0]
        centre += cover.offset
        # The two roundings of each product: `sum_upper` inflates the spread by more.
        size = steepness * form.spread + ETA
        return cls(centre, linear, alpha, radius, size, doubt)


@dataclass(frozen=True, slots=True)
class Jacobian:
    """Y = F + sum_j T_j t_j + S of a layer: ``centre`` F (boxes, input, n), ``tangent`` T (boxes, input, j, n).

    ``tangent_size`` >= sum_j |T_j| and ``second`` SR >= |S| are (boxes, input, n). In the first layer Y = W: T and S
    are ``absent`` (zeros), and F is (1, input, n).
    """

    centre: np.ndarray
    tangent: np.ndarray
    tangent_size: np.ndarray
    second: np.ndarray
    absent: bool = False

    @classmethod
    def first(cls, layer: RoundedLayer, count: int) -> Jacobian:
        """Of the first layer, for ``count`` boxes."""
        d, n = layer.transposed.shape
        zero = np.broadcast_to(0.0, (count, d, n))
        return cls(layer.transposed[None], np.broadcast_to(0.0, (count, d, d, n)), zero, zero, absent=True)


@dataclass(frozen=True, slots=True)
class HiddenPass:
    """One hidden layer. ``form``: its pre-activations.

    ``noise`` >= |p S + N| and ``loss`` (boxes, input, n): |W| loss bounds the rounding in the next F and T together.
    """

    neurons: LayerNeurons
    form: AffineForm
    slopes: Slopes
    jacobian: Jacobian
    noise: np.ndarray
    loss: np.ndarray


@dataclass(frozen=True, slots=True)
class ForwardPass:
    """All hidden layers; the values of all but the last (Df does not depend on those); and F, T of Df at the output:
    (boxes, input, output), (boxes, input, j, output).
    """

    hidden: list[HiddenPass]
    values: list[Activated]
    centre: np.ndarray
    tangent: np.ndarray


def forward(layers: list[RoundedLayer], lower: np.ndarray, upper: np.ndarray) -> ForwardPass:
    """The forward pass over the boxes [lower, upper], float arrays (boxes, d)."""
    form = first_layer(layers[0], *centres(lower, upper))
    jacobian = Jacobian.first(layers[0], len(lower))
    bounds = form.range()
    hidden: list[HiddenPass] = []
    values: list[Activated] = []
    for layer, following in pairwise(layers):
        neurons = LayerNeurons.over(layer.kernel, *bounds)
        part, moved = _hidden(neurons, form, jacobian)
        hidden.append(part)
        centre, tangent = following.times(part.slopes.centre[:, None] * jacobian.centre), following.times(moved)
        if len(hidden) == len(layers) - 1:
            return ForwardPass(hidden, values, centre, tangent)
        second = following.times_magnitude(part.noise + part.loss)
        jacobian = Jacobian(centre, tangent, sum_upper(np.abs(tangent), 2), second)
        values.append(Activated.of(neurons.cover(0, form.wild), form))
        form, bounds = next_layer(values[-1].form, neurons, following)
    # No hidden layer: Df = W.
    return ForwardPass([], [], np.broadcast_to(jacobian.centre, jacobian.second.shape), jacobian.tangent)


def _hidden(neurons: LayerNeurons, form: AffineForm, y: Jacobian) -> tuple[HiddenPass, np.ndarray]:
    """One hidden layer; also X = lin F + p T, whose product with W is the next T.

    ``loss``: p F and X are off by 3u each and their products with W by ``product_error(n)``; n + 8 covers both.
    """
    slopes = Slopes.of(neurons.cover(1, form.wild), form)
    moved = slopes.linear[:, None] * y.centre[:, :, None]
    absolute = np.abs(y.centre)
    p, size, doubt = (v[:, None] for v in (np.abs(slopes.centre), slopes.size, slopes.doubt))
    noise, loss = doubt * absolute, (p + size) * absolute
    if not y.absent:
        moved += slopes.centre[:, None, None] * y.tangent
        noise += (size + doubt) * (y.tangent_size + y.second)
        noise += p * y.second
        loss += p * y.tangent_size
    loss *= product_error(form.rows.shape[2] + 8)
    part = HiddenPass(neurons, form, slopes, y, noise * (1 + 16 * UNIT) + ETA, loss * (1 + 8 * UNIT) + ETA)
    return part, moved
