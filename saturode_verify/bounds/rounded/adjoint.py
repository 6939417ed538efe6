"""Backward pass: Df over each box as a sum of few signed matrices, with remainders that keep the signs of the weights.

With the forward pass's exact identities S_{l+1} = W (p S_l + N_l) + rounding and delta_{l+1} = W (alpha delta_l +
rho' eps) + rounding, unrolled from the output with the matrices B_{L-1} = W_L, B_l = B_{l+1} p_{l+1} W_{l+1} (as
computed),

    Df = F_L + sum_j T_j t_j + sum_l B_l N_l + rounding,
    N_l = rho eps F + alpha' delta F + (lin.t) T + [(alpha' delta + rho eps) T + (s'(a) - p) S]

and each term is bounded in its own way:

* rho eps F: one unit symbol eps_k per neuron, times rho_k b_k f_k^T, a matrix of rank one (``RankOne``);
* alpha' delta F: linear in delta, hence pushed back to the errors rho' eps of the values s(a) of earlier layers: with
  g_l = b alpha' f + alpha h_l and h_l = g_{l+1} W_{l+1}, entry by entry of Df, one symbol rho'_i h_{l,i} per neuron;
* (lin.t) T: a quadratic form with matrices Q_ij = sum_k b_k lin_ki T_kj; t_i^2 lies in [0, 1], t_i t_j in [-1, 1];
* the bracket, of third order, and all rounding: by absolute values, into the nonnegative matrix ``slack``.

Rounding is charged to ``slack`` coarsely (sums times maxima instead of further matrix products): it is of size n^2 u.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...rigor.rounding import ETA, UNIT, inflate, product_error
from .forward import ForwardPass, HiddenPass, RoundedLayer, sum_upper

LARGEST = 2.0**48
"""Factors beyond are no information: an underflow (flushed or gradual, at most 2^-1022) times two smaller ones, summed
over 2^20 neurons, stays below ETA. Where it meets larger numbers, ETA stands as a factor of these.
"""
LARGEST_INPUT = 2.0**100
"""The same for pre-activations and their remainders, which meet at most one other factor."""


@dataclass(frozen=True, slots=True)
class RankOne:
    """sum_k eps_k weight_k left_k right_k^T, |eps_k| <= 1: left (boxes or 1, output, n), right (boxes, input, n)."""

    left: np.ndarray
    right: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True, slots=True)
class JacobianSeries:
    """Df(x) = centre + sum_j t_j tangent_j + sum_m eps_m symbols_m + rank-one terms +- slack, |t_j|, |eps_m| <= 1.

    Matrices have axes (input, output); centre (boxes, d, d), tangent (boxes, d, d, d) with j first, symbols (boxes,
    m, d, d).
    ``informative`` (boxes,) is False where overflow or size forbids any conclusion.
    """

    centre: np.ndarray
    tangent: np.ndarray
    symbols: np.ndarray
    rank_one: list[RankOne]
    slack: np.ndarray
    informative: np.ndarray


def adjoint(layers: list[RoundedLayer], passed: ForwardPass) -> JacobianSeries:
    """The series of Df from the forward pass over the same boxes."""
    count, d = passed.centre.shape[:2]
    centre = passed.centre
    slack = np.zeros((count, d, d))
    symbols: list[np.ndarray] = []
    rank_one: list[RankOne] = []
    informative = np.isfinite(passed.field.rows).reshape(count, -1).min(axis=1)
    back, pushed = layers[-1].weight[None], None
    for index in range(len(passed.hidden) - 1, -1, -1):
        part, last = passed.hidden[index], index == len(passed.hidden) - 1
        rank_one.append(RankOne(back, part.jacobian.centre, part.slopes.radius))
        slack += _absolute_terms(part, back, last)
        effect, size = _effect_of_error(part, back, pushed)
        slack += _effect_loss(part, size)
        informative = np.logical_and(informative, _tame(part, back, size))
        if index == 0:
            break
        shift, quadratic = _quadratic(part, back)
        centre = centre + shift
        slack += 2 * UNIT * np.abs(centre)
        symbols.append(quadratic)
        # One layer further back: B, and the effect of the errors of that layer's values.
        layer, earlier = layers[index], passed.hidden[index - 1]
        scaled = back * part.slopes.centre[:, None]
        back = _through(scaled, layer)
        slack += _transport_loss(scaled, layer, earlier)
        pushed = _through(effect, layer)
        weight = earlier.value_radius[:, None, None]
        symbols.append(np.moveaxis(pushed * weight, 3, 1))
        slack += _push_loss(size, effect.shape[3], layer, earlier)
    tangent = np.moveaxis(passed.tangent, 2, 1)
    stacked = np.concatenate(symbols, axis=1) if symbols else np.zeros((count, 0, d, d))
    # Up to six additions per layer, u of the running total each.
    slack = slack * (1 + (8 * len(passed.hidden) + 64) * UNIT) + ETA
    return JacobianSeries(centre, tangent, stacked, rank_one, slack, informative)


def _through(rows: np.ndarray, layer: RoundedLayer) -> np.ndarray:
    """fl(rows W) for rows (..., n_out)."""
    flat = rows.reshape(-1, rows.shape[-1]) @ layer.weight
    return flat.reshape(*rows.shape[:-1], flat.shape[-1])


def _absolute_terms(part: HiddenPass, back: np.ndarray, last: bool) -> np.ndarray:
    """|B| times the third-order bracket of N; rounding of Q; for the last layer also that of F_L and T_L.

    The bracket is at most omega |T| + (lambda + omega) SR; the computed Q is off by product_error |B| lambda |T|
    (d of its terms are added up).
    """
    size, doubt = part.slopes.size[:, None], part.slopes.doubt[:, None]
    y = part.jacobian
    g = product_error(back.shape[2] + y.centre.shape[1] + 8)
    inner = (doubt + g * size) * y.tangent_size + (size + doubt) * y.second
    if last:
        inner = inner + part.loss
    product = inner @ np.abs(back).swapaxes(1, 2)
    return product * (inflate(back.shape[2]) + 16 * UNIT) + ETA


def _effect_of_error(part: HiddenPass, back: np.ndarray, pushed: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """g = b alpha' f + alpha h (boxes, input, output, n), and an upper bound of sum |b alpha' f| + |alpha h| over n."""
    bent = part.slopes.alpha[:, None] * part.jacobian.centre
    effect = bent[:, :, None] * back[:, None]
    size = np.abs(effect)
    if pushed is not None:
        turned = part.value_slope[:, None, None] * pushed
        size += np.abs(turned)
        effect += turned
    return effect, sum_upper(size, 3) * (1 + 8 * UNIT)


def _effect_loss(part: HiddenPass, size: np.ndarray) -> np.ndarray:
    """What g makes of the rounding in delta (all of delta, in the first layer), and of delta with the rounding of g."""
    worst = part.form.round_off + 8 * UNIT * part.form.radius.max(axis=1)
    underflow = ETA * sum_upper(part.form.radius, 1)
    return (size * worst[:, None, None] + underflow[:, None, None]) * (1 + 8 * UNIT) + ETA


def _quadratic(part: HiddenPass, back: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """sum_ij t_i t_j Q_ij as a constant sum_i Q_ii / 2 and symbols Q_ii / 2, Q_ij + Q_ji (i < j)."""
    count, d, _, width = part.jacobian.tangent.shape
    left = back[:, :, None] * part.slopes.linear[:, None]
    product = part.jacobian.tangent.reshape(count, d * d, width) @ left.reshape(count, -1, width).swapaxes(1, 2)
    # Axes (box, input, j, output, i) -> (box, i, j, input, output).
    forms = product.reshape(count, d, d, d, d).transpose(0, 4, 2, 1, 3)
    rows, columns = np.triu_indices(d, 1)
    diagonal = 0.5 * forms[:, np.arange(d), np.arange(d)]
    mixed = forms[:, rows, columns] + forms[:, columns, rows]
    return diagonal.sum(axis=1), np.concatenate((diagonal, mixed), axis=1)


def _transport_loss(scaled: np.ndarray, layer: RoundedLayer, earlier: HiddenPass) -> np.ndarray:
    """Rounding across one layer, as |B p| (rounding in F, T) and |rounding in B| |p S + N|.

    Both factors |B p| |W| v are at most (row sum of |B p|) max|W| (sum of v over neurons). Underflow, in F and T and
    in B, is at most 2^-941 per entry: below ETA, times |B p| there and |p S + N| here.
    """
    rows = sum_upper(np.abs(scaled), 2)[:, None, :]
    g = product_error(scaled.shape[2] + 8)
    columns = sum_upper(earlier.loss + g * earlier.noise, 2)[:, :, None]
    underflow = ETA * (rows + sum_upper(earlier.noise, 2)[:, :, None])
    return (rows * columns * layer.largest + underflow) * (1 + 16 * UNIT) + ETA


def _push_loss(size: np.ndarray, terms: int, layer: RoundedLayer, earlier: HiddenPass) -> np.ndarray:
    """Rounding of h = g W, times the errors |alpha| R + rho' of the values that it is applied to; ``size`` >= sum
    |g|.
    """
    errors = np.abs(earlier.value_slope) * earlier.form.radius + earlier.value_radius
    rounding = product_error(terms) * layer.largest * size + ETA
    return rounding * sum_upper(errors, 1)[:, None, None] * (1 + 16 * UNIT) + ETA


def _tame(part: HiddenPass, back: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Boxes on which everything that enters a product stays below LARGEST (False for NaN)."""
    y, s = part.jacobian, part.slopes
    count = len(y.centre)
    factors = (y.centre, y.tangent_size, y.second, s.alpha, s.centre, s.size, s.doubt, part.value_slope, size)
    inputs = (part.neurons.lower, part.neurons.upper, part.value_radius, part.form.radius)
    good = np.ones(count, dtype=bool)
    for limit, parts in ((LARGEST, factors), (LARGEST_INPUT, inputs)):
        for values in parts:
            good &= np.abs(values).reshape(count, -1).max(axis=1) <= limit
    return good & (np.abs(back).reshape(len(back), -1).max(axis=1) <= LARGEST)
