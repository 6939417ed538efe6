"""Folding BatchNorm: enclosures of roots, correct rounding, and sums that meet a rounding boundary exactly."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from saturode_verify.errors import UnusableInput
from saturode_verify.formats.batchnorm import Affine, Normalisation, fold_after, fold_before, inverse_root

MODERATE = st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-6)
VARIANCE = st.floats(1e-12, 1e12)


def _norm(gamma: float, beta: float, mean: float, variance: float, eps: float = 1e-5) -> Normalisation:
    return Normalisation(*(np.array([v]) for v in (gamma, beta, mean, variance)), eps)


def _one(weight: float, bias: float) -> Affine:
    return Affine(np.array([[weight]]), np.array([bias]))


@given(st.fractions(min_value=Fraction(1, 10**30), max_value=10**30), st.integers(10, 300))
def test_inverse_roots_are_enclosed(value: Fraction, bits: int) -> None:
    low, high = inverse_root(value, bits)
    assert low * low * value <= 1 <= high * high * value
    assert high - low <= low / 2 ** (bits - 2)


@pytest.mark.parametrize(("value", "root"), [(Fraction(4), Fraction(1, 2)), (Fraction(9, 16), Fraction(4, 3))])
def test_rational_roots_are_exact(value: Fraction, root: Fraction) -> None:
    assert inverse_root(value, 10) == (root, root)


@given(MODERATE, MODERATE, MODERATE, MODERATE, MODERATE, VARIANCE)
def test_parameters_are_the_nearest_binary64(
    w: float, b: float, gamma: float, beta: float, mean: float, variance: float
) -> None:
    """Against mpmath, with s = gamma / sqrt(var + eps).

    After: (s w, s (b - mean) + beta). Before: (s w, b + w (beta - s mean)).

    A float is the nearest one if the true value is no farther from it than from its two neighbours.
    """
    norm = _norm(gamma, beta, mean, variance)
    with mp.workprec(2000):
        s = mpf(gamma) / mp.sqrt(mpf(variance) + mpf(1e-5))
        expected = [
            (fold_after(_one(w, b), norm, True), s * mpf(w), s * (mpf(b) - mpf(mean)) + mpf(beta)),
            (fold_before(norm, _one(w, b), True), s * mpf(w), mpf(b) + mpf(w) * (mpf(beta) - s * mpf(mean))),
        ]
        for fold, weight, bias in expected:
            for found, true in ((fold.affine.weight[0, 0], weight), (fold.affine.bias[0], bias)):
                gap = abs(mpf(float(found)) - true)
                for neighbour in (np.nextafter(found, -np.inf), np.nextafter(found, np.inf)):
                    assert gap <= abs(mpf(float(neighbour)) - true)
            assert fold.change <= Fraction(1, 2**53)


def test_powers_of_two_fold_exactly() -> None:
    """var + eps = 4: s = 3/2 for gamma = 3; W' = 3/2 W = 3/4, b' = 3/2 (1 - 1/2) + 1/4 = 1."""
    fold = fold_after(_one(0.5, 1.0), _norm(3.0, 0.25, 0.5, 3.0, eps=1.0), rounded=False)
    assert (fold.affine.weight[0, 0], fold.affine.bias[0], fold.change) == (0.75, 1.0, 0)
    assert fold.notes() == []


def test_a_rational_root_that_is_no_binary64_is_not_exact() -> None:
    """var + eps = 9: s = 1/3."""
    with pytest.raises(UnusableInput, match="--round-batchnorm"):
        fold_after(_one(1.0, 0.0), _norm(1.0, 0.0, 0.0, 8.0, eps=1.0), rounded=False)
    assert fold_after(_one(1.0, 0.0), _norm(1.0, 0.0, 0.0, 8.0, eps=1.0), rounded=True).affine.weight[0, 0] == 1 / 3


def test_roots_that_cancel_in_a_sum_do_not_loop_for_ever() -> None:
    """b' = b + (beta - s) - (beta - s) = b: irrational terms with a binary64 sum, known only to 2048 bits."""
    two = Normalisation(np.ones(2), np.zeros(2), np.ones(2), np.full(2, 2.0), 1e-5)
    affine = Affine(np.array([[1.0, -1.0]]), np.array([0.75]))
    assert fold_before(two, affine, rounded=True).affine.bias[0] == 0.75


def test_overflow_is_refused() -> None:
    with pytest.raises(UnusableInput, match="overflows"):
        fold_after(_one(1e308, 0.0), _norm(1e10, 0.0, 0.0, 0.0), rounded=True)
