"""Sums of two extreme eigenvalues of the symmetric part of Df over each box (d >= 3), in rounded float64.

The sum of the two largest eigenvalues of a symmetric S is the largest eigenvalue of its second additive compound
S^[2], a linear map of S: on e_a ^ e_b it acts as S e_a ^ e_b + e_a ^ S e_b. With S' = O^T S O and O nearly
orthogonal, Ostrowski's theorem gives lambda_i(S') = theta_i lambda_i(S) with |theta_i - 1| <= e, e the defect of O,
so the sums differ by at most 2 . 2 e ||S'|| for e <= 2^-10.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations

import numpy as np

from ...rigor.rounding import ETA, UNIT, inflate, product_error
from .adjoint import JacobianSeries
from .forms import sum_upper
from .rotation import MAX_DEFECT, cleaned, defect_of, eigenvectors, rotate_symmetric, rounding_loss
from .signs import Rotated, SignSearch
from .spectral import metzler_upper, norm_of_slack

_ENUMERATED = 2


def two_sums(series: JacobianSeries) -> tuple[np.ndarray, np.ndarray]:
    """Upper bounds per box of lambda_1 + lambda_2 and of -(lambda_{d-1} + lambda_d); inf: no information."""
    clean = cleaned(series)
    basis = eigenvectors(0.5 * (clean.centre + clean.centre.swapaxes(1, 2)))
    turned = rotate_symmetric(clean, rounding_loss(clean), basis)
    compound = _compound(turned)
    defect = defect_of(basis)
    size = np.abs(turned.signed).sum(axis=1) + turned.rest
    size = sum_upper(size, 2).max(axis=1) * inflate(turned.signed.shape[1])
    correction = (4 * defect * size + 2 * norm_of_slack(clean.slack)) * (1 + 16 * UNIT) + ETA
    bounds = []
    for sign in (1.0, -1.0):
        value = SignSearch(compound, metzler_upper(sign), _ENUMERATED).values() + correction
        value = value + 4 * UNIT * np.abs(value)
        known = clean.informative & (defect <= MAX_DEFECT) & (value == value)
        bounds.append(np.where(known, value, np.inf))
    return bounds[0], bounds[1]


def _compound(turned: Rotated) -> Rotated:
    """The compound of every matrix; an entry has at most two terms, whose rounding joins the remainder."""
    signed = _map(turned.signed.shape[2])
    count, terms, d = turned.signed.shape[:3]
    pairs = d * (d - 1) // 2
    flat = turned.signed.reshape(count, terms, d * d)
    matrices = (flat @ signed).reshape(count, terms, pairs, pairs)
    loss = product_error(d * d) * (np.abs(flat).sum(axis=1) @ np.abs(signed))
    rest = turned.rest.reshape(count, d * d) @ np.abs(signed) + loss
    return Rotated(matrices, rest.reshape(count, pairs, pairs) * inflate(d * d + terms) + ETA)


@lru_cache(maxsize=16)
def _map(d: int) -> np.ndarray:
    """Matrix (d^2, pairs^2) with entries 0, +-1 of the linear map S -> S^[2] in the basis e_a ^ e_b, a < b."""
    pairs = list(combinations(range(d), 2))
    linear = np.zeros((d, d, len(pairs), len(pairs)))
    for i, (a, b) in enumerate(pairs):
        for j, (c, e) in enumerate(pairs):
            for equal, row, column, sign in (
                (b == e, a, c, 1),
                (a == c, b, e, 1),
                (a == e, b, c, -1),
                (b == c, a, e, -1),
            ):
                if equal:
                    linear[row, column, i, j] += sign
    return linear.reshape(d * d, -1)
