"""The series of Df in other bases, proposed by LAPACK: entries with signs where possible, absolute values at the end.

U, V are square float matrices, nearly orthogonal: any floats would do, their defect ||I - Q^T Q||_inf is measured. M'
= U^T M V entry by entry: C and the T_j keep their signs, symbols, rank-one terms and rounding go into R. An entry of
the rotated X is off by at most 8 product_error(d^2) sum |X| (entries of Q are below 1.1); of a rank-one term by 32
product_error(d) times the product of the sums of its two vectors' absolute values.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ...rigor.rounding import ETA, UNIT, below, inflate, product_error
from .adjoint import LARGEST, JacobianSeries, RankOne
from .forms import sum_upper
from .signs import Rotated

MAX_DEFECT = 2.0**-10


def cleaned(series: JacobianSeries) -> JacobianSeries:
    """Boxes with an entry that is not finite or beyond LARGEST become zeros (LAPACK refuses NaN), not informative."""
    good = series.informative & below((series.matrices, series.slack), LARGEST, len(series.slack))
    if good.all():
        return series
    matrices = np.where(good[:, None, None, None], series.matrices, 0.0)
    return JacobianSeries(matrices, series.rank_one, np.where(good[:, None, None], series.slack, 0.0), good)


def singular_vectors(centre: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Proposals (for the input side, for the output side); centre has axes (input, output)."""
    if centre.shape[1] == 2:
        first, second = _plane_angles(centre)
        return _turns(0.5 * (first + second)), _turns(0.5 * (first - second))
    try:
        inputs, _, outputs = np.linalg.svd(centre)
    except np.linalg.LinAlgError:
        unit = np.broadcast_to(np.eye(centre.shape[1]), centre.shape)
        return unit, unit
    return inputs, outputs.swapaxes(1, 2)


def eigenvectors(symmetric: np.ndarray) -> np.ndarray:
    """A proposal; the identity when LAPACK gives up."""
    if symmetric.shape[1] == 2:
        return _turns(0.5 * _plane_angles(symmetric)[0])
    try:
        return np.linalg.eigh(symmetric)[1]
    except np.linalg.LinAlgError:
        return np.broadcast_to(np.eye(symmetric.shape[1]), symmetric.shape)


def _plane_angles(m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A 2 x 2 matrix is p times the reflection of angle a plus q times the rotation of angle b: (a, b).

    Reflection after the turn by -a/2 is diagonal, and the rotation by b is halved between both sides.
    """
    return (
        np.arctan2(m[:, 0, 1] + m[:, 1, 0], m[:, 0, 0] - m[:, 1, 1]),
        np.arctan2(m[:, 1, 0] - m[:, 0, 1], m[:, 0, 0] + m[:, 1, 1]),
    )


def _turns(angle: np.ndarray) -> np.ndarray:
    """Rotation matrices (boxes, 2, 2)."""
    turns = np.empty((len(angle), 2, 2))
    turns[:, 0, 0] = turns[:, 1, 1] = np.cos(angle)
    turns[:, 1, 0] = np.sin(angle)
    np.negative(turns[:, 1, 0], out=turns[:, 0, 1])
    return turns


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


def rotate(series: JacobianSeries, loss: np.ndarray, left: np.ndarray, right: np.ndarray) -> Rotated:
    """``left`` acts on the input axis, ``right`` on the output axis of all matrices; ``loss``: `rounding_loss`."""
    count, terms, d = series.matrices.shape[:3]
    kronecker = (left[:, :, None, :, None] * right[:, None, :, None, :]).reshape(count, d * d, d * d)
    turned = series.matrices.reshape(count, terms, d * d) @ kronecker
    rest = np.abs(turned[:, 1 + d :]).sum(axis=1) * inflate(terms)
    form = Rotated(turned[:, : 1 + d].reshape(count, -1, d, d), rest.reshape(count, d, d))
    return _with_rank_one(series.rank_one, left, right, form, loss)


def rotate_symmetric(series: JacobianSeries, loss: np.ndarray, basis: np.ndarray) -> Rotated:
    """The same with both axes turned by ``basis``, of the symmetric parts: only the entries (i, j), i <= j, differ."""
    count, terms, d = series.matrices.shape[:3]
    i, j, place = _corner(d)
    outer = basis[:, :, None, i] * basis[:, None, :, j]
    kernel = 0.5 * (outer + outer.swapaxes(1, 2))
    turned = series.matrices.reshape(count, terms, d * d) @ kernel.reshape(count, d * d, -1)
    rest = np.abs(turned[:, 1 + d :]).sum(axis=1) * inflate(terms)
    signed = turned[:, : 1 + d].take(place, axis=2).reshape(count, -1, d, d)
    form = Rotated(signed, rest.take(place, axis=1).reshape(count, d, d))
    full = _with_rank_one(series.rank_one, basis, basis, form, loss)
    return Rotated(full.signed, 0.5 * (full.rest + full.rest.swapaxes(1, 2)) * (1 + 4 * UNIT))


@lru_cache(maxsize=16)
def _corner(d: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows and columns of the entries i <= j of a d x d matrix, and where the flat matrix finds its entries there."""
    i, j = np.triu_indices(d)
    place = np.empty((d, d), dtype=np.int64)
    place[i, j] = place[j, i] = np.arange(len(i))
    return i, j, place.reshape(-1)


def rounding_loss(series: JacobianSeries) -> np.ndarray:
    """Bound of all rounding in an entry of R, per box: it does not depend on the rotation."""
    count, _, d = series.matrices.shape[:3]
    loss = 8 * product_error(d * d + 8) * sum_upper(np.abs(series.matrices).reshape(count, -1), 1)
    for term in series.rank_one:
        sizes = sum_upper(np.abs(term.left), 1) * sum_upper(np.abs(term.right), 1) * term.weight
        loss = loss + 32 * product_error(d + 8) * sum_upper(sizes, 1)
    return loss


def _with_rank_one(
    terms: list[RankOne], left: np.ndarray, right: np.ndarray, form: Rotated, loss: np.ndarray
) -> Rotated:
    """Add sum_k weight_k |left^T f_k| |right^T b_k|^T and all rounding to R."""
    rest = form.rest
    for term in terms:
        inputs = np.abs(_turned(left, term.right))
        inputs *= term.weight[:, None]
        outputs = np.abs(_turned(right, term.left))
        rest = rest + inputs @ outputs.swapaxes(1, 2) * inflate(term.weight.shape[1] + rest.shape[1])
    # One addition per term and array: u of the running total each.
    return Rotated(form.signed, (rest + loss[:, None, None]) * (1 + (4 * len(terms) + 32) * UNIT) + ETA)


def _turned(basis: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """fl(Q^T vectors) for vectors (boxes or 1, d, n)."""
    turned = basis.swapaxes(1, 2)
    if len(vectors) > 1:
        return turned @ vectors
    return (turned.reshape(-1, turned.shape[2]) @ vectors[0]).reshape(*turned.shape[:2], -1)
