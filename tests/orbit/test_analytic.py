"""Every activation at real and complex balls against mpmath, and the strips on which it is analytic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from fixtures_networks import random_network
from flint import acb, arb
from mpmath import mp, mpc, mpf
from orbit_references import ANALYTIC, BITS, DIGITS, exact_ball, half_width, holds, label, value_and_slope

from saturode_verify.activation import ELU, Activation, Arctan, LeakyReLU, ReLU, Sigmoid, SiLU, Softplus, Tanh
from saturode_verify.network import Layer, Network
from saturode_verify.orbit.analytic import strip_half_width, values_and_slopes, why_not_analytic
from saturode_verify.rigor.balls import exact, precision

SLOPES = [Fraction(1), Fraction(2), Fraction(-1, 2), Fraction(0), Fraction(1, 2**20), Fraction(2**20)]
REAL = [0.0, 1e-300, -1e-300, 5e-324, 1e5, -1e5, 0.7071067811865476, -2.3993572805, 37.5, -37.5]
WIDE_IMAGINARY = 2.0
"""How far into the plane entire functions are tried."""

every = pytest.mark.parametrize("activation", ANALYTIC, ids=label)
sloped = pytest.mark.parametrize("slope", SLOPES, ids=str)


@pytest.fixture(autouse=True)
def _precision() -> Iterator[None]:
    with precision(BITS), mp.workdps(DIGITS):
        yield


def _thin(points: list[complex]) -> list[acb]:
    return [acb(exact(z.real), exact(z.imag)) for z in points]


def _inside(activation: Activation, seed: int, count: int) -> list[complex]:
    """Points of the strip, their arguments slope * x of size about 3, with some at nearly its full width."""
    rng = np.random.default_rng(seed)
    slope = abs(float(activation.slope)) or 1.0
    half = min(float(half_width(activation)), WIDE_IMAGINARY / slope)
    heights = half * np.r_[rng.uniform(-0.98, 0.98, count - 2), 1 - 2.0**-30, -(1 - 2.0**-30)]
    return [complex(x, y) for x, y in zip(rng.normal(size=count) * 3 / slope, heights, strict=True)]


@every
@sloped
def test_real_points(activation: Activation, slope: Fraction) -> None:
    scaled = replace(activation, slope=slope)
    values, slopes = values_and_slopes(scaled, [exact(x) for x in REAL], True)
    for x, value, rate in zip(REAL, values, slopes, strict=True):
        s, ds = value_and_slope(scaled, mpf(x))
        assert isinstance(value, arb) and holds(value, s) and holds(rate, ds), x
        size = abs(s) + abs(ds) * (abs(mpf(x)) + 1) + 1
        assert value.rad() < exact(1e-45) * exact_ball(size) and rate.rad() < exact(1e-40) * exact_ball(size), x


@every
@sloped
def test_complex_points_of_the_strip(activation: Activation, slope: Fraction) -> None:
    scaled = replace(activation, slope=slope)
    points = _inside(scaled, 5, 8)
    values, slopes = values_and_slopes(scaled, _thin(points), True)
    for z, value, rate in zip(points, values, slopes, strict=True):
        s, ds = value_and_slope(scaled, mpc(z))
        assert holds(value, s, mpf(10) ** -10) and holds(rate, ds, mpf(10) ** -10), z
        assert value.rad() < exact(1e-40) * exact_ball(1 + abs(s))
        assert rate.rad() < exact(1e-20) * exact_ball(1 + abs(ds))


@every
def test_saturated_and_tiny_complex_points(activation: Activation) -> None:
    """Far out e^{+-z} is astronomically large or small, and at 1e-300 nothing may be lost to an absolute error."""
    high = 0.5 * min(float(half_width(activation)), WIDE_IMAGINARY)
    points = [complex(a, b) for a in (1e5, -1e5, 1e-300, 0.0) for b in (high, -high, 1e-300, 0.0)]
    values, slopes = values_and_slopes(activation, _thin(points), True)
    for z, value, rate in zip(points, values, slopes, strict=True):
        s, ds = value_and_slope(activation, mpc(z))
        assert holds(value, s, mpf(10) ** -400) and holds(rate, ds, mpf(10) ** -400), z
        assert value.rad() < exact(1e-40) * exact_ball(1 + abs(s)) and rate.is_finite()


@every
@pytest.mark.parametrize("distance", [2.0**-10, 2.0**-40])
def test_near_the_singularities(activation: Activation, distance: float) -> None:
    """Inside the strip, next to i (half width): finite and right where the function is about to blow up."""
    half = half_width(activation)
    if half == mp.inf:
        return
    for sign in (1, -1):
        imaginary = float(half) * sign * (1 - distance)
        points = [complex(x, imaginary) for x in (0.0, 1e-3, -1.5)]
        values, slopes = values_and_slopes(activation, _thin(points), True)
        for z, value, rate in zip(points, values, slopes, strict=True):
            s, ds = value_and_slope(activation, mpc(z))
            assert holds(value, s) and holds(rate, ds), z


@every
@pytest.mark.parametrize("slope", [Fraction(1), Fraction(-3), Fraction(1, 8)], ids=str)
def test_wide_balls_hold_the_images_of_their_points(activation: Activation, slope: Fraction) -> None:
    scaled = replace(activation, slope=slope)
    rng = np.random.default_rng(7)
    unit = 1 / abs(float(slope))
    half = min(float(half_width(scaled)), WIDE_IMAGINARY * unit)
    for radius in (1e-6, 0.1, 0.4):
        spread = radius * unit
        centres = [complex(x, y) for x, y in rng.uniform(-1, 1, (4, 2)) * [4 * unit, max(half - spread, 0) * 0.99]]
        boxes = [acb(arb(c.real, spread), arb(c.imag, spread)) for c in centres]
        values, slopes = values_and_slopes(scaled, boxes, True)
        real_values, real_slopes = values_and_slopes(scaled, [box.real for box in boxes], True)
        assert radius > 1e-3 or all(ball.is_finite() for ball in [*values, *slopes])
        for k, c in enumerate(centres):
            for a, b in [(1, 1), (-1, 1), (1, -1), (-1, -1), *rng.uniform(-1, 1, (4, 2)).tolist()]:
                z = mpc(mpf(c.real) + mpf(spread) * a, mpf(c.imag) + mpf(spread) * b)
                s, ds = value_and_slope(scaled, z)
                assert not values[k].is_finite() or holds(values[k], s, 1)
                assert not slopes[k].is_finite() or holds(slopes[k], ds, 1)
                s, ds = value_and_slope(scaled, z.real)
                assert holds(real_values[k], s, 1) and holds(real_slopes[k], ds, 1)


@every
def test_without_slopes_no_slope_is_computed(activation: Activation) -> None:
    values, slopes = values_and_slopes(activation, [arb(1)], False)
    assert len(values) == 1 and slopes == []


@every
@sloped
def test_half_widths(activation: Activation, slope: Fraction) -> None:
    found, expected = strip_half_width(replace(activation, slope=slope)), half_width(replace(activation, slope=slope))
    if expected == mp.inf:
        assert not found.is_finite() and found > 0
    else:
        assert holds(found, expected) and found.rad() < exact(1e-50) * found


@pytest.mark.parametrize("activation", [Tanh(), Sigmoid(), SiLU(), Softplus(), Arctan()], ids=label)
def test_at_the_half_width_there_is_a_singularity(activation: Activation) -> None:
    """At distance e below it |s'| is about 1/e (log branch points) or 1/e^2 (poles); at 2e, 2 to 4 times less."""
    half = half_width(activation)
    for e in (mpf(2) ** -20, mpf(2) ** -60):
        near = abs(value_and_slope(activation, mpc(0, half - e))[1])
        far = abs(value_and_slope(activation, mpc(0, half - 2 * e))[1])
        assert near > 1 / (4 * e) and 1.9 < near / far < 4.1


@pytest.mark.parametrize("x", [0.5, 1.0, 5.0, 30.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_softplus_is_the_primitive_of_the_sigmoid_up_to_the_edge(x: float, sign: int) -> None:
    """For Re z > 0, e^z is below -1 just beyond Im z = pi and the principal logarithm jumps by 2 pi i; inside it must
    be log 2 + int_0^z sigmoid, along the path 0 -> Re z -> z. For |Im z| < pi no path meets the cut.
    """
    edge = mp.pi * (1 - mpf(2) ** -30)
    imaginary = sign * float(edge)
    with mp.workdps(30):
        along = mp.quad(lambda t: 1 / (1 + mp.exp(-t)), [0, x / 2, x])
        up = mp.quad(lambda t: mpc(0, 1) / (1 + mp.exp(-mpc(x, t))), [0, imaginary / 2, imaginary * 0.9, imaginary])
        truth = mp.log(2) + along + up
    (value,), _ = values_and_slopes(Softplus(), [acb(exact(x), exact(imaginary))], False)
    assert abs(complex(value) - complex(truth)) < 1e-9
    outside = float(mp.pi * (1 + mpf(2) ** -30)) * sign
    jump = complex(mp.log(1 + mp.exp(mpc(x, outside)))) - complex(truth)
    assert abs(abs(jump) - 2 * np.pi) < 1e-6  # the half width is sharp


@pytest.mark.parametrize("sign", [1, -1])
def test_arctan_is_continuous_across_the_axis_inside_and_jumps_outside(sign: int) -> None:
    tiny = 2.0**-80
    inside, outside = sign * (1 - 2.0**-20), sign * (1 + 2.0**-20)
    (left, right), _ = values_and_slopes(Arctan(), _thin([complex(-tiny, inside), complex(tiny, inside)]), False)
    assert abs(left - right).abs_upper() < exact(2.0**-55)  # s' is about 2^20 there
    assert abs(complex(mp.atan(mpc(tiny, outside)) - mp.atan(mpc(-tiny, outside)))) == pytest.approx(np.pi)


def _one_hidden(activation: Activation) -> Network:
    return random_network(1, [2, 3, 2], activation)


@pytest.mark.parametrize(
    ("activation", "words"),
    [
        (ReLU(), "hidden layer 1 has the activation relu, whose s' jumps at a kink"),
        (LeakyReLU(), "hidden layer 1 has the activation leaky_relu, whose s' jumps at a kink"),
        (ELU(), "hidden layer 1 has the activation elu, whose s'' jumps at a kink"),
        (ELU(alpha=Fraction(1, 2)), "hidden layer 1 has the activation elu, whose s' jumps at a kink"),
        (ReLU(slope=Fraction(-1, 2)), "relu, whose s' jumps"),
    ],
)
def test_kinks_are_refused(activation: Activation, words: str) -> None:
    reason = why_not_analytic(_one_hidden(activation))
    assert words in reason and "the proof needs an analytic field" in reason


def test_the_first_layer_with_a_kink_is_named() -> None:
    mixed = random_network(2, [2, 3, 3, 3, 2], Tanh())
    layers = list(mixed.layers)
    layers[1] = Layer(layers[1].weight, layers[1].bias, ReLU())
    layers[2] = Layer(layers[2].weight, layers[2].bias, ELU())
    assert why_not_analytic(Network(tuple(layers))).startswith("hidden layer 2 has the activation relu")


@every
@sloped
def test_analytic_networks_are_accepted(activation: Activation, slope: Fraction) -> None:
    assert why_not_analytic(_one_hidden(replace(activation, slope=slope))) == ""


def test_no_hidden_layer_is_analytic() -> None:
    assert why_not_analytic(random_network(1, [3, 3], Tanh())) == ""


@pytest.mark.parametrize(
    ("activation", "factor"),
    [
        (LeakyReLU(negative_slope=Fraction(1)), 1),
        (LeakyReLU(negative_slope=Fraction(1), slope=Fraction(-3)), -3),
        (LeakyReLU(slope=Fraction(0)), 0),
        (ReLU(slope=Fraction(0)), 0),
        (ELU(slope=Fraction(0)), 0),
    ],
)
def test_kinked_activations_without_a_kink(activation: Activation, factor: int) -> None:
    """leaky_relu with negative slope 1 is the identity; with slope 0 every one of them is the constant s(0) = 0."""
    assert why_not_analytic(_one_hidden(activation)) == ""
    assert not strip_half_width(activation).is_finite() and strip_half_width(activation) > 0
    for point in (acb(-2, 3), arb(-2), arb(0), arb(2), arb(0, 1)):
        (value,), (rate,) = values_and_slopes(activation, [point], True)
        assert value.overlaps(point * factor) and value.rad() <= abs(point * factor).rad() + exact(1e-50)
        assert rate.is_exact() and rate == factor


@pytest.mark.parametrize(("activation", "value"), [(Sigmoid(), 0.5), (Softplus(), float(np.log(2))), (Tanh(), 0.0)])
def test_slope_zero_is_the_constant_at_zero(activation: Activation, value: float) -> None:
    constant = replace(activation, slope=Fraction(0))
    for point in (arb(3), acb(3, 100)):
        (found,), (rate,) = values_and_slopes(constant, [point], True)
        assert abs(complex(found) - value) < 1e-15 and rate == 0
    assert strip_half_width(constant) > 0
