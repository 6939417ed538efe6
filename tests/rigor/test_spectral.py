"""Spectral bounds against mpmath's singular values and eigenvalues at 60 digits."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from flint import arb, arb_mat
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from saturode_verify.rigor.balls import matrix, precision, rational
from saturode_verify.rigor.spectral import (
    INFINITY,
    metzler_eigenvalue_upper,
    nearby_orthogonal,
    nonnegative_norm_upper,
    spectral_norm_lower,
    spectral_norm_upper,
)


def _true_norm(values: np.ndarray) -> Fraction:
    """||A||_2 to 60 digits, as a fraction."""
    with mp.workdps(80):
        gram = mp.matrix(values.tolist()).T * mp.matrix(values.tolist())
        square = max(mp.eigsy(gram, eigvals_only=True))
        return Fraction(str(mp.sqrt(max(square, mpf(0)))))


def _norms(values: np.ndarray) -> tuple[Fraction, Fraction]:
    with precision(64):
        ball = matrix(values)
        return rational(spectral_norm_lower(ball)), rational(spectral_norm_upper(ball))


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (3, 5), (32, 2), (2, 40), (24, 24)])
@pytest.mark.parametrize("scale", [1.0, 1e-300, 1e300])
def test_weight_norm_is_enclosed_to_1e_12(shape: tuple[int, int], scale: float) -> None:
    values = np.random.default_rng(1).normal(size=shape) * scale
    low, high = _norms(values)
    true = _true_norm(values / scale) * Fraction(scale) if scale == 1.0 else None
    if true is not None:
        assert low <= true * (1 + Fraction(1, 10**55)) and true <= high * (1 + Fraction(1, 10**55))
    assert high - low <= high / 10**12


@pytest.mark.parametrize(
    ("values", "true"),
    [
        (np.zeros((3, 2)), 0),
        (np.eye(4), 1),  # all singular values equal: no preferred vectors
        (np.diag([1.0, 1.0 - 2.0**-52]), 1),  # nearly equal
        (np.full((2, 2), 5e-324), Fraction(5e-324) * 2),
        (np.array([[3.0, 4.0]]), 5),
        (np.array([[0.0, 2.0], [0.0, 0.0]]), 2),
    ],
)
def test_known_norms(values: np.ndarray, true: Fraction | int) -> None:
    low, high = _norms(values)
    assert low <= true <= high
    assert high - low <= Fraction(true) / 10**12


@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 5), st.floats(-150, 150))
def test_norm_of_graded_matrices(seed: int, rows: int, columns: int, grade: float) -> None:
    """Rows of very different size; the lower bound may lose, the upper must not undercut."""
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(rows, columns)) * 10.0 ** (grade * generator.random((rows, 1)))
    low, high = _norms(values)
    true = _true_norm(values)
    assert low <= true * (1 + Fraction(1, 10**50)) and true <= high * (1 + Fraction(1, 10**50))


@pytest.mark.parametrize("noise", [0.0, 1e-15, 1e-8, 0.05])
def test_the_ball_matrix_contains_an_orthogonal_matrix(noise: float) -> None:
    """The polar factor Q (Q^T Q)^(-1/2), computed by mpmath, lies in the ball matrix."""
    generator = np.random.default_rng(3)
    proposal = np.linalg.qr(generator.normal(size=(3, 3)))[0] + noise * generator.normal(size=(3, 3))
    with precision(64):
        found = nearby_orthogonal(proposal)
    with mp.workdps(60):
        u, _, v = mp.svd_r(mp.matrix(proposal.tolist()))
        polar = u * v
        for i in range(3):
            for j in range(3):
                entry = Fraction(str(polar[i, j]))
                middle, radius = found[i, j].mid(), found[i, j].rad()
                assert abs(rational(middle) - entry) <= rational(arb(radius).upper()) + Fraction(1, 10**50)


@pytest.mark.parametrize("proposal", [np.full((2, 2), np.nan), np.zeros((2, 2)), np.ones((2, 3))])
def test_a_useless_proposal_gives_the_identity(proposal: np.ndarray) -> None:
    with precision(64):
        assert [rational(v) for v in nearby_orthogonal(proposal).entries()][:2] == [1, 0]


@given(st.integers(0, 10**6), st.integers(1, 5))
def test_metzler_bound_holds_and_is_tight(seed: int, size: int) -> None:
    """Against mpmath eigenvalues; the ratio to the truth shows that it is not vacuous."""
    generator = np.random.default_rng(seed)
    values = np.abs(generator.normal(size=(size, size))) + 0.01
    values = (values + values.T) / 2 - np.diag(generator.random(size) * 10)
    with precision(64):
        bound = rational(metzler_eigenvalue_upper(matrix(values).tolist()))
    with mp.workdps(60):
        true = Fraction(str(max(mp.eigsy(mp.matrix(values.tolist()), eigvals_only=True))))
    assert true <= bound + Fraction(1, 10**50)
    assert bound - true <= Fraction(1, 20) * (abs(true) + 1)


def test_infinite_entries_give_no_information() -> None:
    with precision(64):
        wide = arb_mat([[arb("nan"), arb(1)], [arb(1), arb(1)]])
        assert metzler_eigenvalue_upper(wide.tolist()) == INFINITY
        assert spectral_norm_upper(wide) == INFINITY
        assert nonnegative_norm_upper(wide) == INFINITY
        assert spectral_norm_lower(wide) == 0
