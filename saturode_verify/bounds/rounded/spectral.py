"""From the series of Df over each box to bounds of its norm, logarithmic norms and divergence, in rounded float64.

Write Df = M(t) + slack. The centre, tangents, symbols and rank-one terms of M are rotated (`rotation`), and the
convex functions below are bounded over all sign patterns (`signs`):

* Norm. ||M_s + Delta||^2 <= rho(|M_s^T M_s| + |M_s|^T R + R^T |M_s| + R^T R) for |Delta| <= R, and for nonnegative N
  and every x > 0, rho(N) <= max_i (N x)_i / x_i (Collatz-Wielandt). Then ||M|| <= ||U^T M V|| / (sigma_min(U)
  sigma_min(V)).
* Eigenvalues. lambda_max of the symmetric part of M_s + Delta is at most that of the Metzler matrix with the
  off-diagonal entries |sym M_s| + R and the diagonal M_s + R; Collatz-Wielandt after a shift. With x = O y, x^T S x /
  x^T x is the quotient of O^T S O at y times y^T y / x^T x, a factor between 1 / (1 + defect) and 1 / (1 - defect).
* Slack. ||slack||_2 <= sqrt(max row sum . max column sum), added at the end.
* Divergence. Traces, term by term, before absolute values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...rigor.rounding import ETA, UNIT, inflate, product_error
from .adjoint import JacobianSeries
from .forms import add_up, sum_upper
from .rotation import (
    MAX_DEFECT,
    cleaned,
    defect_of,
    eigenvectors,
    rotate,
    rotate_symmetric,
    rounding_loss,
    singular_vectors,
    stretch_of,
)
from .signs import MatrixBound, SignSearch

_SQUARINGS = 4


@dataclass(frozen=True, slots=True)
class SpectralArrays:
    """Upper bounds per box of five suprema; infinity is no information.

    sup ||Df||, sup div f, sup(-div f), sup lambda_max, sup(-lambda_min), the eigenvalues those of the symmetric part.
    """

    norm: np.ndarray
    divergence_high: np.ndarray
    divergence_low: np.ndarray
    log_norm_high: np.ndarray
    log_norm_low: np.ndarray


def spectral_bounds(series: JacobianSeries, targets: np.ndarray | None = None) -> SpectralArrays:
    """All five bounds; ``targets`` (5,): values below which the caller gains no more (they only steer the effort)."""
    clean = cleaned(series)
    slack = norm_of_slack(clean.slack)
    left, right = singular_vectors(clean.centre)
    basis = eigenvectors(0.5 * (clean.centre + clean.centre.swapaxes(1, 2)))
    loss = rounding_loss(clean)
    rising = SignSearch(rotate_symmetric(clean, loss, basis), metzler_upper(1.0))
    searches = [
        SignSearch(rotate(clean, loss, left, right), norm_upper),
        rising,
        rising.with_bound(metzler_upper(-1.0)),
    ]
    if targets is not None:
        aims = [targets[i] - slack for i in (0, 3, 4)]
        near = np.logical_and.reduce([s.near(aim) for s, aim in zip(searches, aims, strict=True)])
        for search, aim in zip(searches, aims, strict=True):
            search.refine(aim, near)
    norm = searches[0].values() * stretch_of(left) * stretch_of(right) * (1 + 16 * UNIT) + slack
    defect = defect_of(basis)
    highs = [_unrotated(search.values(), defect) + slack for search in searches[1:]]
    low, high = _divergence(clean)
    bounds = [norm * (1 + 8 * UNIT) + ETA, high, -low, *(v + 8 * UNIT * (np.abs(v) + slack) for v in highs)]
    known = clean.informative
    return SpectralArrays(*(np.where(known & (bound == bound), bound, np.inf) for bound in bounds))


def norm_upper(matrices: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Upper bounds of ||M + Delta||, |Delta| <= rest, for stacks of matrices (..., d, d)."""
    d = matrices.shape[-1]
    if d == 2:
        return np.sqrt(_plane_gram_upper(matrices, rest)) * (1 + 8 * UNIT)
    turned = np.abs(matrices).swapaxes(-1, -2)
    gram = np.abs(matrices.swapaxes(-1, -2) @ matrices) + product_error(d) * (turned @ np.abs(matrices))
    mixed = turned @ rest
    gram += mixed + mixed.swapaxes(-1, -2) + rest.swapaxes(-1, -2) @ rest
    return np.sqrt(_perron_upper(gram * inflate(3 * d + 10) + ETA)) * (1 + 8 * UNIT)


def _plane_gram_upper(matrices: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """The same square for 2 x 2 matrices, entry by entry.

    The diagonal of |M^T M| + |M|^T R + R^T |M| + R^T R holds the squares of the columns of |M| + R. Rounding of M^T M
    beside it is at most product_error(2) times half the trace, hence that much relatively; as for the rest, no entry
    has more than 8 roundings of nonnegative terms.
    """
    size = np.abs(matrices)
    whole = size + rest
    squares = whole * whole
    mixed = np.abs(matrices[..., 0, 0] * matrices[..., 0, 1] + matrices[..., 1, 0] * matrices[..., 1, 1])
    for i in (0, 1):
        mixed += size[..., i, 0] * rest[..., i, 1]
        mixed += rest[..., i, 0] * whole[..., i, 1]
    first, second = (squares[..., 0, i] + squares[..., 1, i] for i in (0, 1))
    return _plane_perron(first, second, mixed) * inflate(16)


def metzler_upper(sign: float) -> MatrixBound:
    """The bound of lambda_max(sign (S + Delta)), |Delta| <= rest, for stacks of symmetric matrices (..., d, d)."""

    def bound(matrices: np.ndarray, rest: np.ndarray) -> np.ndarray:
        diagonal = np.einsum("...ii->...i", matrices) * sign
        shift = np.abs(diagonal).max(axis=-1, keepdims=True)
        majorant = np.abs(matrices)
        np.einsum("...ii->...i", majorant)[...] = diagonal + shift
        # Each diagonal entry is off by u (|entry| + shift) <= 2u shift.
        majorant = (majorant + rest) * (1 + 8 * UNIT)
        majorant += np.eye(matrices.shape[-1]) * (4 * UNIT * shift[..., None]) + ETA
        value = _perron_upper(majorant) - shift[..., 0] + 4 * UNIT * shift[..., 0]
        return value + 4 * UNIT * np.abs(value)

    return bound


def _perron_upper(matrix: np.ndarray) -> np.ndarray:
    """Upper bound of the spectral radius of nonnegative symmetric matrices (..., d, d), entries at least ETA."""
    if matrix.shape[-1] == 1:
        return matrix[..., 0, 0]
    if matrix.shape[-1] == 2:
        return _plane_perron(matrix[..., 0, 0], matrix[..., 1, 1], np.maximum(matrix[..., 0, 1], matrix[..., 1, 0]))
    # Any x > 0 serves; the image of a high power (here the 64th) is near the Perron vector, also where eigenvalues
    # nearly coincide. With a largest entry 1 the radius is between 1 and d, and no power overflows.
    d = matrix.shape[-1]
    power = matrix / matrix.reshape(*matrix.shape[:-2], d * d).max(axis=-1)[..., None, None]
    for _ in range(_SQUARINGS):
        power = power @ power
    x = power.sum(axis=-1)[..., None]
    for _ in range(3):
        x = power @ x
    # The added constant keeps x strictly positive, which is what Collatz-Wielandt asks for.
    x = x / x.max(axis=-2, keepdims=True) + 1e-12
    return np.max(matrix @ x / x, axis=(-2, -1)) * inflate(d) + ETA


def _plane_perron(first: np.ndarray, second: np.ndarray, off: np.ndarray) -> np.ndarray:
    """Upper bound of the larger eigenvalue of a nonnegative symmetric 2 x 2 matrix, by its diagonal and the rest.

    Half the trace plus half the root of the discriminant: five roundings, all of positive quantities. ETA: squares of
    entries below 2^-511 underflow.
    """
    difference = first - second
    root = np.sqrt(difference * difference + 4 * (off * off) + ETA)
    return 0.5 * (first + second + root) * (1 + 16 * UNIT) + ETA


def _unrotated(value: np.ndarray, defect: np.ndarray) -> np.ndarray:
    """From a bound of lambda_max for the rotated matrices to one for those before, by the defect of the rotation.

    The quotient's factor lies in [1/(1+e), 1/(1-e)]: at most 1 + 2e, and at least 1 - 2e where the value is negative.
    """
    corrected = value + 2 * defect * np.abs(value)
    return np.where(defect <= MAX_DEFECT, corrected + 8 * UNIT * np.abs(corrected), np.inf)


def norm_of_slack(slack: np.ndarray) -> np.ndarray:
    """||S||_2 <= sqrt(||S||_1 ||S||_inf) for S >= 0; the product may underflow."""
    rows, columns = sum_upper(slack, 2).max(axis=1), sum_upper(slack, 1).max(axis=1)
    return np.sqrt(rows * columns + ETA) * (1 + 8 * UNIT) + ETA


def _divergence(series: JacobianSeries) -> tuple[np.ndarray, np.ndarray]:
    """(lower, upper) bounds of tr Df."""
    diagonals = np.einsum("...ii->...i", series.matrices)
    terms, d = diagonals.shape[1:]
    traces = add_up(diagonals, 2)
    centre = traces[:, 0]
    spread = np.abs(traces[:, 1:]).sum(axis=1) * inflate(terms)
    loss = product_error(d + 4) * np.abs(diagonals).sum(axis=(1, 2)) * inflate(terms * d)
    for term in series.rank_one:
        products = term.left * term.right
        traces = np.abs(products.sum(axis=1)) + product_error(d) * np.abs(products).sum(axis=1)
        spread = spread + sum_upper(traces * term.weight, 1)
    reach = spread + loss + np.trace(series.slack, axis1=1, axis2=2)
    reach = reach * (inflate(d + len(series.rank_one)) + 32 * UNIT) + 4 * UNIT * np.abs(centre) + ETA
    return centre - reach, centre + reach
