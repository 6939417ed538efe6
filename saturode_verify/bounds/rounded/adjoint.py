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

from ...rigor.rounding import ETA, MAX_FACTOR, UNIT, below, inflate, product_error
from .forms import Activated, RoundedLayer, sum_upper
from .forward import ForwardPass, HiddenPass

LARGEST = 2.0**48
"""Factors beyond are no information: an underflow (flushed or gradual, at most 2^-1022) times two smaller ones, summed
over 2^20 neurons, stays below ETA. Where it meets larger numbers, ETA stands as a factor of these.
"""


@dataclass(frozen=True, slots=True)
class RankOne:
    """sum_k eps_k weight_k left_k right_k^T, |eps_k| <= 1: left (*, output, n), right (*, input, n), * boxes or 1."""

    left: np.ndarray
    right: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True, slots=True)
class JacobianSeries:
    """Df(x) = centre + sum_j t_j tangent_j + sum_m eps_m symbols_m + rank-one terms +- slack, |t_j|, |eps_m| <= 1.

    ``matrices`` (boxes, 1 + d + m, d, d) are the centre, the tangents and the symbols, with axes (input, output) at the
    end. ``informative`` (boxes,) is False where overflow or size forbids any conclusion.
    """

    matrices: np.ndarray
    rank_one: list[RankOne]
    slack: np.ndarray
    informative: np.ndarray

    @property
    def centre(self) -> np.ndarray:
        """(boxes, d, d)."""
        return self.matrices[:, 0]

    @property
    def tangent(self) -> np.ndarray:
        """(boxes, d, d, d) with j first."""
        return self.matrices[:, 1 : 1 + self.matrices.shape[2]]

    @property
    def symbols(self) -> np.ndarray:
        """(boxes, m, d, d)."""
        return self.matrices[:, 1 + self.matrices.shape[2] :]


def adjoint(layers: list[RoundedLayer], passed: ForwardPass) -> JacobianSeries:
    """The series of Df from the forward pass over the same boxes."""
    count, d = passed.centre.shape[:2]
    centre = passed.centre
    slack = np.zeros((count, d, d))
    symbols: list[np.ndarray] = []
    rank_one: list[RankOne] = []
    informative = np.ones(count, dtype=bool)
    back, pushed = layers[-1].weight[None], None
    for index in range(len(passed.hidden) - 1, -1, -1):
        part, last = passed.hidden[index], index == len(passed.hidden) - 1
        rank_one.append(RankOne(back, part.jacobian.centre, part.slopes.radius))
        magnitude = np.abs(back)
        slack += _absolute_terms(part, magnitude, last)
        bent = part.slopes.alpha[:, None] * part.jacobian.centre
        # s(a) of the last layer does not enter Df.
        value = None if last else passed.values[index]
        size = _effect_size(value, bent, magnitude, pushed)
        slack += _effect_loss(part, size)
        informative &= _tame(part, value, magnitude, size, pushed)
        if index == 0:
            break
        effect = _effect_of_error(value, bent, back, pushed)
        shift, quadratic = _quadratic(part, back)
        centre = centre + shift
        slack += 2 * UNIT * np.abs(centre)
        symbols.append(quadratic)
        # One layer further back: B, and the effect of the errors of that layer's values.
        layer, earlier, error = layers[index], passed.hidden[index - 1], passed.values[index - 1]
        scaled = back * part.slopes.centre[:, None]
        back = _through(scaled, layer)
        slack += _transport_loss(scaled, layer, earlier)
        pushed = _through(effect, layer)
        symbols.append(np.moveaxis(pushed * error.radius[:, None, None], 3, 1))
        slack += _push_loss(size, effect.shape[3], layer, earlier, error)
    matrices = np.concatenate((centre[:, None], passed.tangent.swapaxes(1, 2), *symbols), axis=1)
    # Up to six additions per layer, u of the running total each.
    slack = slack * (1 + (8 * len(passed.hidden) + 64) * UNIT) + ETA
    return JacobianSeries(matrices, rank_one, slack, informative)


def _through(rows: np.ndarray, layer: RoundedLayer) -> np.ndarray:
    """fl(rows W) for rows (..., n_out)."""
    flat = rows.reshape(-1, rows.shape[-1]) @ layer.weight
    return flat.reshape(*rows.shape[:-1], flat.shape[-1])


def _against(rows: np.ndarray, back: np.ndarray) -> np.ndarray:
    """fl(rows back^T) for rows (boxes, input, n), back (boxes or 1, output, n): (boxes, input, output)."""
    if len(back) > 1:
        return rows @ back.swapaxes(1, 2)
    return (rows.reshape(-1, rows.shape[2]) @ back[0].T).reshape(*rows.shape[:2], -1)


def _absolute_terms(part: HiddenPass, magnitude: np.ndarray, last: bool) -> np.ndarray:
    """|B| times the third-order bracket of N; rounding of Q; for the last layer also that of F_L and T_L.

    The bracket is at most omega |T| + (lambda + omega) SR; the computed Q is off by product_error |B| lambda |T|
    (d of its terms are added up).
    """
    y = part.jacobian
    terms = magnitude.shape[2]
    inner = part.loss if last else np.zeros(1)
    if not y.absent:
        size, doubt = part.slopes.size[:, None], part.slopes.doubt[:, None]
        g = product_error(terms + y.centre.shape[1] + 8)
        inner = inner + (doubt + g * size) * y.tangent_size + (size + doubt) * y.second
    elif not last:
        return inner
    return _against(inner, magnitude) * (inflate(terms) + 16 * UNIT) + ETA


def _effect_of_error(
    value: Activated | None, bent: np.ndarray, back: np.ndarray, pushed: np.ndarray | None
) -> np.ndarray:
    """g = b alpha' f + alpha h (boxes, input, output, n), ``bent`` = alpha' f."""
    effect = bent[:, :, None] * back[:, None]
    if value is not None and pushed is not None:
        effect += value.slope[:, None, None] * pushed
    return effect


def _effect_size(
    value: Activated | None, bent: np.ndarray, magnitude: np.ndarray, pushed: np.ndarray | None
) -> np.ndarray:
    """Upper bound of sum |b alpha' f| + |alpha h| over n, by products of absolute values."""
    size = _against(np.abs(bent), magnitude)
    if value is not None and pushed is not None:
        count, d, outputs, width = pushed.shape
        turned = np.abs(pushed).reshape(count, -1, width) @ np.abs(value.slope)[:, :, None]
        size += turned.reshape(count, d, outputs)
    return size * (inflate(bent.shape[2]) + 16 * UNIT) + ETA


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
    in B, is at most 2^-906 per entry (a flushed weight meets up to 2^96, 2^20 times): below ETA, times |B p| there and
    |p S + N| here.
    """
    rows = sum_upper(np.abs(scaled), 2)[:, None, :]
    g = product_error(scaled.shape[2] + 8)
    columns = sum_upper(earlier.loss + g * earlier.noise, 2)[:, :, None]
    underflow = ETA * (rows + sum_upper(earlier.noise, 2)[:, :, None])
    return (rows * columns * layer.largest + underflow) * (1 + 16 * UNIT) + ETA


def _push_loss(size: np.ndarray, terms: int, layer: RoundedLayer, earlier: HiddenPass, error: Activated) -> np.ndarray:
    """Rounding of h = g W, times the errors |alpha| R + rho' of the values that it is applied to; ``size`` >= sum
    |g|.
    """
    errors = np.abs(error.slope) * earlier.form.radius + error.radius
    rounding = product_error(terms) * layer.largest * size + ETA
    return rounding * sum_upper(errors, 1)[:, None, None] * (1 + 16 * UNIT) + ETA


def _tame(
    part: HiddenPass, value: Activated | None, magnitude: np.ndarray, size: np.ndarray, pushed: np.ndarray | None
) -> np.ndarray:
    """Boxes on which everything that enters a product stays below LARGEST (False for NaN); pre-activations and their
    remainders, which meet at most one other factor, below MAX_FACTOR.
    """
    y, s = part.jacobian, part.slopes
    factors = [y.centre, s.alpha, s.centre, s.size, s.doubt, size, magnitude]
    inputs = [part.neurons.lower, part.neurons.upper, part.form.radius]
    if not y.absent:
        factors += [y.tangent_size, y.second]
    if value is not None and pushed is not None:
        factors.append(value.slope)
        inputs += [value.radius, pushed]
    return below(factors, LARGEST, len(size)) & below(inputs, MAX_FACTOR, len(size))
