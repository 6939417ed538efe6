"""Rigorous spectral norms and extreme eigenvalues of ball matrices.

The pattern throughout: floats propose (a rotation, a positive vector), Arb decides. A bad proposal
costs tightness, never truth (proofs/spectral.py).
"""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from flint import arb, arb_mat

from .balls import ONE, ZERO, dyadic, exact, finite, matrix, precision

INFINITY = arb.pos_inf()


def identity(size: int) -> arb_mat:
    """The identity matrix, exactly."""
    return arb_mat(size, size, [ONE if i == j else ZERO for i in range(size) for j in range(size)])


def nearby_orthogonal(proposal: np.ndarray, refine: bool = False) -> arb_mat:
    """A ball matrix that contains an exactly orthogonal matrix, close to a square float ``proposal``.

    Let E = Q^T Q - I and delta >= ||E||_inf >= ||E||_2 with delta < 1. Then Q has full rank and its polar factor
    O = Q (Q^T Q)^(-1/2) is orthogonal with ||Q - O||_2 = max |sigma_i - 1| <= max |sigma_i^2 - 1| <= delta,
    so every entry of O lies within delta of Q's. With ``refine``, Q is first improved by one Newton step
    Q (3 I - Q^T Q) / 2 at 128 bits, rounded to its midpoint (again only a proposal).
    Falls back to the identity when the proposal is useless.
    """
    size = proposal.shape[0]
    if proposal.shape != (size, size) or not np.isfinite(proposal).all():
        return identity(size)
    unit = identity(size)
    with precision(128):
        q = matrix(np.ascontiguousarray(proposal, dtype=np.float64))
        if refine:
            q = (q * (3 * unit - q.transpose() * q) / 2).mid()
        defect = q.transpose() * q - unit
        delta = row_sum_norm(defect)
    if not delta < ONE / 2:
        return unit
    slack = arb(0, delta)
    return arb_mat(size, size, [entry + slack for entry in q.entries()])


def row_sum_norm(values: arb_mat) -> arb:
    """Exact upper bound of ||A||_inf = max_i sum_j |a_ij|; NaN or infinity if not bounded."""
    worst = ZERO
    for row in values.tolist():
        total = sum((abs(v) for v in row), ZERO).upper()
        if not total.is_finite():
            return INFINITY
        worst = max(worst, total)
    return worst


def _perron_guess(majorant: np.ndarray) -> list[float]:
    """A strictly positive float vector near the Perron vector of a nonnegative float matrix."""
    x = np.ones(majorant.shape[0])
    for _ in range(30):
        y = majorant @ x
        top = y.max()
        if not np.isfinite(top) or top <= 0:
            return [1.0] * len(x)
        x = y / top + 1e-12
    return x.tolist()


def metzler_eigenvalue_upper(majorant: list[list[arb]]) -> arb:
    """Exact upper bound of lambda_max of a symmetric matrix with nonnegative off-diagonal entries.

    Collatz-Wielandt: for every x > 0 and c making N + cI nonnegative, rho(N + cI) <= max_a ((N + cI) x)_a / x_a, so
    lambda_max(N) <= max_a (N x)_a / x_a. Infinity if an entry is not finite.
    """
    size = len(majorant)
    flat = [v for row in majorant for v in row]
    if not finite(*flat):
        return INFINITY
    mids = scaled_floats(arb_mat(size, size, flat))
    shift = max(0.0, -mids.diagonal().min())
    x = [exact(v) for v in _perron_guess(mids + shift * np.eye(size))]
    if not all(v > 0 for v in x):
        x = [ONE] * size
    worst = None
    for row, x_a in zip(majorant, x, strict=True):
        quotient = (sum((n * x_b for n, x_b in zip(row, x, strict=True)), ZERO) / x_a).upper()
        worst = quotient if worst is None else max(worst, quotient)
    return worst if worst is not None and worst.is_finite() else INFINITY


def nonnegative_norm_upper(majorant: arb_mat) -> arb:
    """Exact upper bound of ||N||_2 for an entrywise nonnegative N, through lambda_max(N^T N)."""
    gram = majorant.transpose() * majorant
    return sqrt_upper(metzler_eigenvalue_upper(gram.tolist()))


def sqrt_upper(square: arb) -> arb:
    """Exact upper bound of the square root of an exact upper bound of a square (0 if rounding made it negative)."""
    if not square.is_finite():
        return INFINITY
    return square.sqrt().upper() if square > 0 else ZERO


def scaled_floats(values: arb_mat) -> np.ndarray:
    """Midpoints divided by a common power of two near their maximum, as floats (for proposals only)."""
    entries = [v.mid() for v in values.entries()]
    exponents = [int(e) + int(m).bit_length() for m, e in (v.man_exp() for v in entries if v.is_finite()) if m]
    factor = dyadic(1, -max(exponents, default=0))
    flat = [float(v * factor) for v in entries]
    return np.array(flat).reshape(values.nrows(), values.ncols())


def eigenvector_guess(symmetric: np.ndarray) -> np.ndarray:
    """Orthonormal eigenvectors (columns) in floats; the identity when LAPACK gives up."""
    if np.isfinite(symmetric).all():
        with suppress(np.linalg.LinAlgError):
            return np.linalg.eigh(symmetric)[1]
    return np.eye(symmetric.shape[0])


def svd_guess(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Square float factors (U, V) of A ~ U S V^T, identities when LAPACK gives up."""
    if np.isfinite(values).all():
        with suppress(np.linalg.LinAlgError):
            left, _, right = np.linalg.svd(values)
            return left, right.T
    return np.eye(values.shape[0]), np.eye(values.shape[1])


def norm_lower(values: arb_mat, direction: np.ndarray) -> arb:
    """Exact lower bound ||A v|| / ||v|| <= ||A||_2 for a float vector v (0 if v is useless)."""
    if not np.isfinite(direction).all() or not direction.any():
        return ZERO
    v = matrix(np.ascontiguousarray(direction, dtype=np.float64).reshape(-1, 1))
    quotient = (_square_sum(values * v) / _square_sum(v)).sqrt().lower()
    return quotient if quotient.is_finite() and quotient > 0 else ZERO


def _square_sum(vector: arb_mat) -> arb:
    return sum((v * v for v in vector.entries()), ZERO)


def spectral_norm_upper(values: arb_mat) -> arb:
    """Exact upper bound of ||A||_2, about 1e-16 relative for thin entries at 64 bits or more.

    lambda_max of the smaller Gram matrix G, rotated by an orthogonal O near its eigenvectors: O^T G O is nearly
    diagonal, and its entrywise majorant is bounded by `metzler_eigenvalue_upper`.
    """
    if not finite(*values.entries()):
        return INFINITY
    wide = values.nrows() <= values.ncols()
    gram = values * values.transpose() if wide else values.transpose() * values
    mids = scaled_floats(values)
    rotation = nearby_orthogonal(eigenvector_guess(mids @ mids.T if wide else mids.T @ mids), refine=True)
    rotated = (rotation.transpose() * gram * rotation).tolist()
    majorant = [[v if i == j else abs(v) for j, v in enumerate(row)] for i, row in enumerate(rotated)]
    return sqrt_upper(metzler_eigenvalue_upper(majorant))


def spectral_norm_lower(values: arb_mat) -> arb:
    """Exact lower bound of ||A||_2 from one vector, about 1e-15 relative for thin entries."""
    if not finite(*values.entries()):
        return ZERO
    return norm_lower(values, svd_guess(scaled_floats(values))[1][:, 0])
