"""The series of Df in other bases, proposed by LAPACK: entries with signs where possible, absolute values at the end.

U, V are square float matrices, nearly orthogonal: any floats would do, their defect ||I - Q^T Q||_inf is measured. M'
= U^T M V entry by entry: C and the T_j keep their signs, symbols, rank-one terms and rounding go into R. An entry of
the rotated X is off by at most 8 product_error(d^2) sum |X| (entries of Q are below 1.1); of a rank-one term by 32
product_error(d) times the product of the sums of its two vectors' absolute values.
"""

from __future__ import annotations

import numpy as np

from ...rigor.rounding import ETA, UNIT, inflate, product_error
from .adjoint import LARGEST, JacobianSeries, RankOne
from .forward import sum_upper
from .signs import Rotated

MAX_DEFECT = 2.0**-10


def cleaned(series: JacobianSeries) -> JacobianSeries:
    """Boxes with an entry that is not finite or beyond LARGEST become zeros (LAPACK refuses NaN), not informative."""
    good = series.informative.copy()
    parts = (series.centre, series.tangent, series.symbols, series.slack)
    for values in parts:
        if values.shape[1]:
            good &= np.abs(values).reshape(len(good), -1).max(axis=1) <= LARGEST
    if good.all():
        return series
    keep = [np.where(good.reshape(-1, *[1] * (v.ndim - 1)), v, 0.0) for v in parts]
    return JacobianSeries(keep[0], keep[1], keep[2], series.rank_one, keep[3], good)


def singular_vectors(centre: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Proposals (for the input side, for the output side); centre has axes (input, output)."""
    try:
        inputs, _, outputs = np.linalg.svd(centre)
    except np.linalg.LinAlgError:
        unit = np.broadcast_to(np.eye(centre.shape[1]), centre.shape)
        return unit, unit
    return inputs, outputs.swapaxes(1, 2)


def eigenvectors(symmetric: np.ndarray) -> np.ndarray:
    """A proposal; the identity when LAPACK gives up."""
    try:
        return np.linalg.eigh(symmetric)[1]
    except np.linalg.LinAlgError:
        return np.broadcast_to(np.eye(symmetric.shape[1]), symmetric.shape)


def defect_of(basis: np.ndarray) -> np.ndarray:
    """Upper bound of ||I - Q^T Q||_inf."""
    d = basis.shape[1]
    turned = basis.swapaxes(1, 2)
    rounding = product_error(d) * (np.abs(turned) @ np.abs(basis)) * inflate(d) + UNIT
    rows = np.abs(np.eye(d) - turned @ basis) + rounding
    return sum_upper(rows, 2).max(axis=1)


def stretch_of(basis: np.ndarray) -> np.ndarray:
    """Upper bound of 1 / sigma_min(Q) = ||Q^-1||, as sigma_min^2 >= 1 - defect; inf when Q is not nearly orthogonal."""
    defect = defect_of(basis)
    # 1 / sqrt(1 - e) <= 1 + e for e <= 1/2.
    return np.where(defect <= MAX_DEFECT, 1 + defect * (1 + 8 * UNIT) + 4 * UNIT, np.inf)


def rotate(series: JacobianSeries, left: np.ndarray, right: np.ndarray) -> Rotated:
    """``left`` acts on the input axis, ``right`` on the output axis of all matrices."""
    count, d = series.centre.shape[:2]
    kronecker = (left[:, :, None, :, None] * right[:, None, :, None, :]).reshape(count, d * d, d * d)
    stacked = _stacked(series).reshape(count, -1, d * d)
    turned = (stacked @ kronecker).reshape(count, -1, d, d)
    rest = np.abs(turned[:, 1 + d :]).sum(axis=1) * inflate(turned.shape[1])
    loss = 8 * product_error(d * d + 8) * sum_upper(np.abs(stacked).reshape(count, -1), 1)
    return _with_rank_one(series.rank_one, left, right, Rotated(turned[:, : 1 + d], rest), loss)


def rotate_symmetric(series: JacobianSeries, basis: np.ndarray) -> Rotated:
    """The same with both axes turned by ``basis``, of the symmetric parts: half the entries, a quarter of the work."""
    count, d = series.centre.shape[:2]
    i, j = np.triu_indices(d)
    stacked = _stacked(series)
    upper = stacked[:, :, i, j] + np.where(i == j, 0.0, 1.0) * stacked[:, :, j, i]
    first, second = basis[:, i], basis[:, j]
    kernel = 0.5 * (first[:, :, i] * second[:, :, j] + first[:, :, j] * second[:, :, i])
    turned = upper @ kernel
    rest = np.abs(turned[:, 1 + d :]).sum(axis=1) * inflate(turned.shape[1])
    loss = 8 * product_error(d * d + 8) * sum_upper(np.abs(stacked).reshape(count, -1), 1)
    place = np.empty((d, d), dtype=np.int64)
    place[i, j] = place[j, i] = np.arange(len(i))
    form = Rotated(turned[:, : 1 + d][:, :, place], rest[:, place])
    full = _with_rank_one(series.rank_one, basis, basis, form, loss)
    return Rotated(full.signed, 0.5 * (full.rest + full.rest.swapaxes(1, 2)) * (1 + 4 * UNIT))


def _stacked(series: JacobianSeries) -> np.ndarray:
    return np.concatenate((series.centre[:, None], series.tangent, series.symbols), axis=1)


def _with_rank_one(
    terms: list[RankOne], left: np.ndarray, right: np.ndarray, form: Rotated, loss: np.ndarray
) -> Rotated:
    """Add sum_k weight_k |left^T f_k| |right^T b_k|^T and all rounding to R."""
    rest = form.rest
    d = rest.shape[1]
    for term in terms:
        inputs = np.abs(left.swapaxes(1, 2) @ term.right)
        outputs = np.abs(right.swapaxes(1, 2) @ term.left)
        rest = rest + (inputs * term.weight[:, None]) @ outputs.swapaxes(1, 2) * inflate(term.weight.shape[1] + d)
        sizes = sum_upper(np.abs(term.left), 1) * sum_upper(np.abs(term.right), 1) * term.weight
        loss = loss + 32 * product_error(d + 8) * sum_upper(sizes, 1)
    # One addition per term and array: u of the running total each.
    return Rotated(form.signed, (rest + loss[:, None, None]) * (1 + (4 * len(terms) + 32) * UNIT) + ETA)
