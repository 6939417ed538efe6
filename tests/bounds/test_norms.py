"""Norm, divergence and eigenvalue bounds of matrix families, against mpmath at sampled members."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
from flint import arb_mat
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

from saturode_verify.bounds.affine import JacobianForm
from saturode_verify.bounds.norms import spectral_bounds
from saturode_verify.rigor.balls import lower_rational, matrix, precision, upper_rational

SLACK = Fraction(1, 10**45)


def _form(seed: int, d: int, spread: float, rest: float) -> tuple[JacobianForm, list[np.ndarray]]:
    """A random family J_0 + sum t_i G_i +- R; the arrays are J_0, R, G_1, ..., G_d."""
    generator = np.random.default_rng(seed)
    arrays = [generator.normal(size=(d, d)), rest * generator.random((d, d))]
    arrays += [spread * generator.normal(size=(d, d)) for _ in range(d)]
    reach = sum(np.abs(a) for a in arrays[1:])
    with precision(64):
        form = JacobianForm(
            matrix(arrays[0]),
            [matrix(g) for g in arrays[2:]],
            matrix(arrays[1]),
            matrix(arrays[0] - 2 * reach - 1),
            matrix(arrays[0] + 2 * reach + 1),
        )
    return form, arrays


def _fraction(value: object) -> Fraction:
    return Fraction(str(value))


def _true(member: np.ndarray) -> tuple[Fraction, Fraction, list[Fraction]]:
    """(norm, trace, sorted eigenvalues of the symmetric part) to 50 digits."""
    with mp.workdps(60):
        j = mp.matrix(member.tolist())
        norm = mp.sqrt(max(mp.eigsy(j.T * j, eigvals_only=True)))
        eigenvalues = sorted(mp.eigsy((j + j.T) / 2, eigvals_only=True))
        return (
            _fraction(norm),
            sum((Fraction(float(x)) for x in member.diagonal()), Fraction(0)),
            [_fraction(e) for e in eigenvalues],
        )


@settings(max_examples=60)
@given(
    st.integers(0, 10**6), st.integers(1, 4), st.sampled_from([0.0, 1e-9, 0.1, 3.0]), st.sampled_from([0.0, 1e-6, 0.5])
)
def test_every_member_is_inside(seed: int, d: int, spread: float, rest: float) -> None:
    form, arrays = _form(seed, d, spread, rest)
    with precision(64):
        bounds = spectral_bounds(form)
    generator = random.Random(seed)
    for _ in range(4):
        t = [generator.choice([-1.0, 1.0, generator.uniform(-1, 1)]) for _ in range(d)]
        r = np.array([[generator.choice([-1.0, 1.0]) for _ in range(d)] for _ in range(d)])
        member = arrays[0] + sum(x * g for x, g in zip(t, arrays[2:], strict=True)) + r * arrays[1]
        norm, trace, eigenvalues = _true(member)
        # Rounding in the construction of the member is below 1e-14.
        slack = Fraction(1, 10**13)
        assert norm <= upper_rational(bounds.norm) + slack  # type: ignore[operator]
        assert lower_rational(bounds.divergence_low) - slack <= trace <= upper_rational(bounds.divergence_high) + slack  # type: ignore[operator]
        assert lower_rational(bounds.log_norm_low) - slack <= eigenvalues[0]  # type: ignore[operator]
        assert eigenvalues[-1] <= upper_rational(bounds.log_norm_high) + slack  # type: ignore[operator]
        if d >= 2:
            assert lower_rational(bounds.two_sum_low) - slack <= eigenvalues[0] + eigenvalues[1]  # type: ignore[operator]
            assert eigenvalues[-1] + eigenvalues[-2] <= upper_rational(bounds.two_sum_high) + slack  # type: ignore[operator]


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_a_single_matrix_is_enclosed_to_1e_12(d: int) -> None:
    """No spread: all bounds equal the matrix's own numbers."""
    form, arrays = _form(11, d, 0.0, 0.0)
    with precision(64):
        bounds = spectral_bounds(form)
    norm, trace, eigenvalues = _true(arrays[0])
    tiny = Fraction(1, 10**12)
    assert 0 <= upper_rational(bounds.norm) - norm + SLACK <= tiny  # type: ignore[operator]
    assert 0 <= upper_rational(bounds.divergence_high) - trace + SLACK <= tiny  # type: ignore[operator]
    assert 0 <= upper_rational(bounds.log_norm_high) - eigenvalues[-1] + SLACK <= tiny  # type: ignore[operator]
    assert 0 <= eigenvalues[0] - lower_rational(bounds.log_norm_low) + SLACK <= tiny  # type: ignore[operator]
    if d >= 2:
        assert 0 <= upper_rational(bounds.two_sum_high) - eigenvalues[-1] - eigenvalues[-2] + SLACK <= tiny  # type: ignore[operator]


@pytest.mark.parametrize("quantity", ["norm", "log_norm_high"])
def test_bounds_are_of_first_order_exact(quantity: str) -> None:
    """The bound minus the sup over the family shrinks like the square of the spread."""
    gaps = []
    for spread in (0.02, 0.01):
        form, arrays = _form(4, 3, spread, 0.0)
        with precision(64):
            bound = float(getattr(spectral_bounds(form), quantity).upper())
        best = -np.inf
        for corner in range(8):
            signs = [1.0 if corner >> i & 1 else -1.0 for i in range(3)]
            member = arrays[0] + sum(s * g for s, g in zip(signs, arrays[2:], strict=True))
            value = np.linalg.norm(member, 2) if quantity == "norm" else np.linalg.eigvalsh((member + member.T) / 2)[-1]
            best = max(best, float(value))
        assert bound >= best - 1e-12
        gaps.append(bound - best)
    assert gaps[1] <= 0.35 * gaps[0] + 1e-12


def test_nan_gives_no_information() -> None:
    form, _ = _form(0, 2, 0.1, 0.1)
    from flint import arb

    form.centre = arb_mat([[arb("nan"), arb(0)], [arb(0), arb(0)]])
    with precision(64):
        bounds = spectral_bounds(form)
    assert not bounds.norm.is_finite()
    assert not bounds.log_norm_high.is_finite()
