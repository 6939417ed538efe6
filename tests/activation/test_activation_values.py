"""Balls of s, s', s'', s''', s'''' against mpmath: they contain the value, and they are small."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from math import nextafter

import mpmath as mp
import pytest
from activation_reference import (
    ANALYTIC,
    DEFINITIONS,
    EVERY,
    KINKED,
    NASTY,
    bounds,
    closed_form,
    critical_points,
    label,
)
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from saturode_verify.activation import ELU, GELU, Activation, LeakyReLU, Power, ReLU, SiLU, Tanh
from saturode_verify.rigor.balls import exact, precision

SLOPES = [Fraction(1), Fraction(-1), Fraction(5, 4), Fraction(-3, 1024), Fraction(0.1), Fraction(0)]
SLACK = mp.mpf(10) ** -50


def assert_encloses(activation: Activation, x: float, bits: int = 128) -> None:
    """Every ball holds the reference value and has a radius below 2^(16 - bits), relative to max(1, value)."""
    with precision(bits):
        balls = activation.derivatives(exact(x), 4)
    for k, ball in enumerate(balls):
        low, high = bounds(ball)
        value = closed_form(activation, x, k)
        slack = SLACK * abs(value)
        assert low - slack <= value <= high + slack, (activation, x, k)
        assert high - low <= mp.mpf(2) ** (16 - bits) * max(1, abs(value)), (activation, x, k)


@pytest.mark.parametrize("activation", [a for a in ANALYTIC if a.name in DEFINITIONS], ids=label)
def test_reference_agrees_with_numerical_differentiation_of_the_definition(activation: Activation) -> None:
    rng = random.Random(1)
    for x in [rng.uniform(-6, 6) for _ in range(6)]:
        for k in range(5):
            with mp.workdps(60):
                numerical = mp.diff(DEFINITIONS[activation.name], mp.mpf(x), k)
            assert abs(numerical - closed_form(activation, x, k)) < 1e-40


@pytest.mark.parametrize("activation", EVERY, ids=label)
def test_values_at_random_and_nasty_points(activation: Activation) -> None:
    rng = random.Random(2)
    points = [x for x in NASTY if x != 0 or activation not in KINKED]
    points += [rng.uniform(-8, 8) for _ in range(20)] + [
        rng.choice([-1, 1]) * 10 ** rng.uniform(-20, 20) for _ in range(15)
    ]
    for k in range(4):
        for root in critical_points(activation, k):
            near = float(root)
            points += [near, nextafter(near, 9), nextafter(near, -9)]
    for x in points:
        assert_encloses(activation, x)


@pytest.mark.parametrize("slope", SLOPES, ids=str)
@pytest.mark.parametrize("activation", EVERY, ids=label)
def test_slopes_scale_argument_and_derivatives(activation: Activation, slope: Fraction) -> None:
    for x in (-2.75, -1e-300, 0.3, 7.0, 1e154):
        assert_encloses(replace(activation, slope=slope), x)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(EVERY), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([64, 128, 256]))
def test_values_at_any_float(activation: Activation, x: float, bits: int) -> None:
    if x != 0 or activation not in KINKED:
        assert_encloses(activation, x, bits)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus", "silu", "gelu", "arctan"])
def test_relative_accuracy_survives_saturation(name: str) -> None:
    # 1 - tanh^2 would be 0 +- 2^-128 from |x| = 45 on; 500 and 4000 are out of float64's range.
    activation = next(a for a in ANALYTIC if a.name == name)
    with precision(128):
        for x in (45.0, -45.0, 500.0, -500.0, 4000.0, -4000.0):
            for k, ball in enumerate(activation.derivatives(exact(x), 4)):
                low, high = bounds(ball)
                value = closed_form(activation, x, k)
                assert value != 0 and high - low <= mp.mpf(10) ** -30 * abs(value), (name, x, k)


@pytest.mark.parametrize("activation", EVERY, ids=label)
def test_thin_balls_are_covered(activation: Activation) -> None:
    radius = arb(2) ** -100
    with precision(128):
        for centre in (-1e6, -2.5, -(2.0**-101), 0.0, 2.0**-101, 0.75, 300.0):
            balls = activation.derivatives(arb(centre, radius), 4)
            assert all(ball.is_finite() for ball in balls)
            for offset in (Fraction(-1), Fraction(-1, 3), Fraction(0), Fraction(1, 2), Fraction(1)):
                x = Fraction(centre) + offset / 2**100
                for k, ball in enumerate(balls):
                    low, high = bounds(ball)
                    for side in (-1, 1):
                        value = closed_form(activation, x, k, side)
                        slack = SLACK * abs(value)
                        assert low - slack <= value <= high + slack, (centre, offset, k, side)


@pytest.mark.parametrize("activation", EVERY, ids=label)
def test_any_size_gives_finite_balls(activation: Activation) -> None:
    with precision(128):
        for exponent in (1024, 5000, 10**6, 2**62):
            for x in (arb((1, exponent)), arb((-1, exponent)), arb((1, -exponent)), arb((-1, -exponent))):
                assert all(ball.is_finite() for ball in activation.derivatives(x, 4)), (exponent, x)


def test_one_sided_values_at_the_kink() -> None:
    # relu: s' jumps from 0 to 1; elu with a = 1: only s'', from 1 to 0; elu with a = -2: s' from -2 to 1.
    cases = [(ReLU(), 1, 0, 1), (LeakyReLU(negative_slope=Fraction(-3)), 1, -3, 1), (ELU(), 2, 0, 1)]
    cases += [(ELU(alpha=Fraction(-2)), 1, -2, 1)]
    for activation, order, low, high in cases:
        with precision(128):
            balls = activation.derivatives(arb(0), 4)
        assert balls[order].contains(low) and balls[order].contains(high)
        assert balls[order].rad() < (high - low) / 1.999
        assert balls[0] == 0
    assert ELU().derivatives(arb(0), 1)[1] == 1


def test_identity_like_parameters_leave_no_kink() -> None:
    assert LeakyReLU(negative_slope=Fraction(1)).derivatives(arb(0), 4) == [0, 1, 0, 0, 0]
    assert Power(exponent=1).derivatives(arb(7), 4) == [7, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("activation", "digits"),
    [
        # s'' = 0: 2 + x (1 - 2 sigma) = 0 for silu; x = sqrt 2 for gelu: Phi(sqrt 2) + sqrt 2 phi(sqrt 2).
        (SiLU(), "1.0998393201288669"),
        (GELU(), "1.1289041451851547"),
        (Tanh(), "1"),
    ],
    ids=["silu", "gelu", "tanh"],
)
def test_lambda_digits(activation: Activation, digits: str) -> None:
    supremum = activation.sup_abs_derivative()
    assert supremum is not None
    with mp.workdps(60):
        low, high = bounds(supremum)
        assert low <= mp.mpf(digits) + mp.mpf(10) ** -16 and high >= mp.mpf(digits) and high - low < 1e-14


@pytest.mark.parametrize("slope", SLOPES, ids=str)
@pytest.mark.parametrize("activation", EVERY, ids=label)
def test_lambda_is_the_least_upper_bound(activation: Activation, slope: Fraction) -> None:
    """|s'| <= Lambda at every sample, and Lambda is approached by the best one."""
    supremum = replace(activation, slope=slope).sup_abs_derivative()
    if isinstance(activation, Power) and activation.exponent > 1 and slope != 0:
        assert supremum is None
        return
    assert supremum is not None
    points = [real for real in (-1e6, -60.0, -1e-30, 0.0, 1e-30, 60.0, 1e6)]
    points += [float(root) for root in critical_points(activation, 1)]
    best = max(abs(closed_form(activation, x, 1, side)) for x in points for side in (-1, 1)) * abs(mp.mpf(float(slope)))
    low, high = bounds(supremum)
    assert best <= high * (1 + SLACK) and best >= low - mp.mpf("1e-14")
