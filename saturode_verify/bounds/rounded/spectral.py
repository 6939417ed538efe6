"""From the series of Df over each box to bounds of its norm, logarithmic norms and divergence, in rounded float64.

Write Df = M(t) + slack with M = C + sum_j t_j T_j + (symbols and rank-one terms), and let U, V be square float
matrices, nearly orthogonal, proposed by LAPACK from C (any floats would do: their defect is measured).

* Rotation. M' = U^T M V entry by entry: C', T_j' keep their signs, the rest goes into a nonnegative matrix R.
* Signs. M' is affine in t, so every convex function of it is largest where the t_j with the largest T_j' are +-1: for
  each sign pattern s of up to ``ENUMERATED`` of them M_s = C' + sum s_j T_j', the other |T_j'| joining R.
* Norm. ||M_s + Delta||^2 <= rho(|M_s^T M_s| + |M_s|^T R + R^T |M_s| + R^T R) for |Delta| <= R, and for nonnegative N
  and every x > 0, rho(N) <= max_i (N x)_i / x_i (Collatz-Wielandt). Then ||M|| <= ||M'|| / (sigma_min(U)
  sigma_min(V)) with sigma_min(U)^2 >= 1 - ||I - U^T U||_inf.
* Eigenvalues. With U = V = O, lambda_max of the symmetric part of M' is at most that of the Metzler matrix with the
  off-diagonal entries |sym M_s| + R and the diagonal M_s + R; Collatz-Wielandt after a shift. With x = O y, x^T S x /
  x^T x is the quotient of O^T S O at y times y^T y / x^T x, a factor between 1 / (1 + defect) and 1 / (1 - defect).
* Slack. ||slack||_2 <= sqrt(max row sum . max column sum), added at the end.
* Divergence. Traces, term by term, before absolute values.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from ...rigor.rounding import ETA, UNIT, inflate, product_error
from .adjoint import LARGEST, JacobianSeries
from .forward import sum_upper

ENUMERATED = 4
"""Sign patterns are enumerated over at most this many directions (2^4 matrices per box)."""
MAX_DEFECT = 2.0**-10
_POWER_STEPS = 8


@dataclass(frozen=True, slots=True)
class SpectralArrays:
    """Upper bounds per box of sup ||Df||, sup div f, sup(-div f), sup lambda_max, sup(-lambda_min); inf: no
    information.
    """

    norm: np.ndarray
    divergence_high: np.ndarray
    divergence_low: np.ndarray
    log_norm_high: np.ndarray
    log_norm_low: np.ndarray


@dataclass(frozen=True, slots=True)
class Rotated:
    """C' and T_j' (boxes, 1 + d, input, output) with signs, and R >= 0 (boxes, input, output)."""

    signed: np.ndarray
    rest: np.ndarray


def spectral_bounds(series: JacobianSeries, enumerated: int = ENUMERATED) -> SpectralArrays:
    """All five bounds; boxes without information get infinities."""
    clean = cleaned(series)
    slack = norm_of_slack(clean.slack)
    left, right = _svd(clean.centre)
    norm = _norm(rotate(clean, left, right, symmetric=False), enumerated)
    norm = norm * _stretch(left) * _stretch(right) * (1 + 16 * UNIT) + slack
    basis = eigenvectors(0.5 * (clean.centre + clean.centre.swapaxes(1, 2)))
    turned = rotate(clean, basis, basis, symmetric=True)
    highs = [_largest_eigenvalue(turned, sign, basis, enumerated) + slack for sign in (1.0, -1.0)]
    low, high = _divergence(clean)
    bounds = [norm * (1 + 8 * UNIT) + ETA, high, -low, *(v + 8 * UNIT * (np.abs(v) + slack) for v in highs)]
    known = clean.informative
    return SpectralArrays(*(np.where(known & (bound == bound), bound, np.inf) for bound in bounds))


def cleaned(series: JacobianSeries) -> JacobianSeries:
    """Boxes with an entry that is not finite or beyond LARGEST become zeros (LAPACK refuses NaN) and not
    informative.
    """
    good = series.informative.copy()
    parts = (series.centre, series.tangent, series.symbols, series.slack)
    for values in parts:
        if values.shape[1]:
            good &= np.abs(values).reshape(len(good), -1).max(axis=1) <= LARGEST
    if good.all():
        return series
    keep = [np.where(good.reshape(-1, *[1] * (v.ndim - 1)), v, 0.0) for v in parts]
    return JacobianSeries(keep[0], keep[1], keep[2], series.rank_one, keep[3], good)


def _svd(centre: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
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


def _stretch(basis: np.ndarray) -> np.ndarray:
    """Upper bound of 1 / sigma_min(Q) = ||Q^-1||; inf when Q is not nearly orthogonal."""
    defect = defect_of(basis)
    # 1 / sqrt(1 - e) <= 1 + e for e <= 1/2.
    return np.where(defect <= MAX_DEFECT, 1 + defect * (1 + 8 * UNIT) + 4 * UNIT, np.inf)


def rotate(series: JacobianSeries, left: np.ndarray, right: np.ndarray, symmetric: bool) -> Rotated:
    """V^T M U per matrix with axes (input, output): ``left`` acts on the input axis, ``right`` on the output axis.

    As |entries| of nearly orthogonal matrices are below 2, an entry of the rotated matrix X is off by at most
    8 product_error(d^2) sum |X|; of a rank-one term by 32 product_error(d) times the product of the sums of |left|,
    |right|.
    """
    count, d = series.centre.shape[:2]
    stacked = np.concatenate((series.centre[:, None], series.tangent, series.symbols), axis=1)
    kronecker = left[:, :, None, :, None] * right[:, None, :, None, :]
    turned = stacked.reshape(count, -1, d * d) @ kronecker.reshape(count, d * d, d * d)
    turned = turned.reshape(count, -1, d, d)
    if symmetric:
        turned = 0.5 * (turned + turned.swapaxes(2, 3))
    rest = sum_upper(np.abs(turned[:, 1 + d :]), 1) if turned.shape[1] > 1 + d else np.zeros((count, d, d))
    loss = 8 * product_error(d * d + 8) * sum_upper(np.abs(stacked).reshape(count, -1), 1)
    for term in series.rank_one:
        inputs = np.abs(left.swapaxes(1, 2) @ term.right)
        outputs = np.abs(right.swapaxes(1, 2) @ term.left)
        part = (inputs * term.weight[:, None]) @ outputs.swapaxes(1, 2) * inflate(term.weight.shape[1] + d)
        rest = rest + (0.5 * (part + part.swapaxes(1, 2)) if symmetric else part)
        sizes = sum_upper(np.abs(term.left), 1) * sum_upper(np.abs(term.right), 1) * term.weight
        loss = loss + 32 * product_error(d + 8) * sum_upper(sizes, 1)
    return Rotated(turned[:, : 1 + d], (rest + loss[:, None, None]) * (1 + 32 * UNIT) + ETA)


def _patterns(rotated: Rotated, enumerated: int) -> tuple[np.ndarray, np.ndarray]:
    """Matrices M_s (boxes, patterns, d, d) and R (boxes, d, d) over the sign patterns of the largest directions.

    M_s is a sum of at most 1 + ``enumerated`` entries, off by (1 + enumerated) u of their absolute sum: charged to R.
    """
    count, terms, d = rotated.signed.shape[:3]
    chosen = min(enumerated, terms - 1)
    sizes = np.abs(rotated.signed[:, 1:]).reshape(count, terms - 1, -1).sum(axis=2)
    order = np.argsort(-sizes, axis=1, kind="stable")[:, :, None, None]
    ordered = np.take_along_axis(rotated.signed[:, 1:], order, axis=1)
    signs = np.array(list(product((1.0, -1.0), repeat=chosen))).reshape(2**chosen, chosen)
    matrices = signs @ ordered[:, :chosen].reshape(count, chosen, -1)
    matrices = matrices.reshape(count, -1, d, d) + rotated.signed[:, :1]
    absolute = np.abs(rotated.signed)
    rest = rotated.rest + np.abs(ordered[:, chosen:]).sum(axis=1)
    rest = rest * inflate(terms) + product_error(terms + 4) * sum_upper(absolute, 1)
    return matrices, rest * (1 + 8 * UNIT) + ETA


def _norm(rotated: Rotated, enumerated: int) -> np.ndarray:
    """Upper bound of ||M'|| over all sign patterns."""
    matrices, rest = _patterns(rotated, enumerated)
    d = matrices.shape[2]
    rest = rest[:, None]
    absolute, turned = np.abs(matrices), matrices.swapaxes(2, 3)
    gram = np.abs(turned @ matrices) + product_error(d) * (absolute.swapaxes(2, 3) @ absolute)
    mixed = absolute.swapaxes(2, 3) @ rest
    gram += mixed + mixed.swapaxes(2, 3) + rest.swapaxes(2, 3) @ rest
    radius = _perron_upper(gram * inflate(3 * d + 10) + ETA)
    return np.sqrt(radius.max(axis=1)) * (1 + 8 * UNIT)


def _perron_upper(matrix: np.ndarray) -> np.ndarray:
    """Upper bound of the spectral radius of nonnegative symmetric matrices (..., d, d), entries at least ETA."""
    if matrix.shape[-1] == 1:
        return matrix[..., 0, 0]
    if matrix.shape[-1] == 2:
        # Half the trace plus half the root of the discriminant: five roundings, all of positive quantities. ETA:
        # squares
        # of entries below 2^-511 underflow.
        first, second, off = matrix[..., 0, 0], matrix[..., 1, 1], np.maximum(matrix[..., 0, 1], matrix[..., 1, 0])
        root = np.sqrt((first - second) ** 2 + 4 * (off * off) + ETA)
        return 0.5 * (first + second + root) * (1 + 16 * UNIT) + ETA
    # The added constant keeps x strictly positive, which is what Collatz-Wielandt asks for.
    y = matrix.sum(axis=-1)
    x = np.ones_like(y)
    for _ in range(_POWER_STEPS):
        x = y / y.max(axis=-1, keepdims=True) + 1e-9
        y = (matrix @ x[..., None])[..., 0]
    return np.max(y / x, axis=-1) * inflate(matrix.shape[-1]) + ETA


def metzler_upper(turned: Rotated, sign: float, enumerated: int) -> np.ndarray:
    """Upper bound of lambda_max of sign . M for the symmetric matrices of a rotated form, over the box."""
    matrices, rest = _patterns(turned, enumerated)
    d = matrices.shape[2]
    diagonal = np.einsum("...ii->...i", matrices) * sign
    shift = np.abs(diagonal).max(axis=2, keepdims=True)
    majorant = np.abs(matrices)
    np.einsum("...ii->...i", majorant)[...] = diagonal + shift
    # Each diagonal entry is off by u (|entry| + shift) <= 2u shift.
    majorant = (majorant + rest[:, None]) * (1 + 8 * UNIT)
    majorant += np.eye(d) * (4 * UNIT * shift[..., None]) + ETA
    value = _perron_upper(majorant) - shift[..., 0] + 4 * UNIT * shift[..., 0]
    return (value + 4 * UNIT * np.abs(value)).max(axis=1)


def _largest_eigenvalue(turned: Rotated, sign: float, basis: np.ndarray, enumerated: int) -> np.ndarray:
    """Upper bound of lambda_max of sign . sym M over the box, M the matrices before their rotation by ``basis``.

    The quotient's factor lies in [1/(1+e), 1/(1-e)]: at most 1 + 2e, and at least 1 - 2e where the value is negative.
    """
    value, defect = metzler_upper(turned, sign, enumerated), defect_of(basis)
    corrected = value + 2 * defect * np.abs(value)
    return np.where(defect <= MAX_DEFECT, corrected + 8 * UNIT * np.abs(corrected), np.inf)


def norm_of_slack(slack: np.ndarray) -> np.ndarray:
    """||S||_2 <= sqrt(||S||_1 ||S||_inf) for S >= 0; the product may underflow."""
    rows, columns = sum_upper(slack, 2).max(axis=1), sum_upper(slack, 1).max(axis=1)
    return np.sqrt(rows * columns + ETA) * (1 + 8 * UNIT) + ETA


def _divergence(series: JacobianSeries) -> tuple[np.ndarray, np.ndarray]:
    """(lower, upper) bounds of tr Df."""
    d = series.centre.shape[1]
    centre = np.trace(series.centre, axis1=1, axis2=2)
    stacked = np.concatenate((series.tangent, series.symbols), axis=1)
    spread = np.abs(np.trace(stacked, axis1=2, axis2=3)).sum(axis=1) * inflate(stacked.shape[1])
    diagonals = np.abs(np.einsum("...ii->...i", stacked)).sum(axis=(1, 2)) + np.abs(
        np.einsum("...ii->...i", series.centre)
    ).sum(axis=1)
    loss = product_error(d + 4) * diagonals * inflate(stacked.shape[1] * d)
    for term in series.rank_one:
        products = term.left * term.right
        traces = np.abs(products.sum(axis=1)) + product_error(d) * np.abs(products).sum(axis=1)
        spread = spread + sum_upper(traces * term.weight, 1)
    reach = spread + loss + np.trace(series.slack, axis1=1, axis2=2)
    reach = reach * (inflate(d) + 32 * UNIT) + 4 * UNIT * np.abs(centre) + ETA
    return centre - reach, centre + reach
