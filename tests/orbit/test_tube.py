"""Bounds of f's derivatives on boxes against sampled ones; second derivatives by differences of mpmath's Df."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from fixtures_networks import cube_stuart_landau, linear_centre, saturated_network
from flint import arb
from mpmath import mp, mpf
from orbit_references import (
    ANALYTIC,
    BITS,
    SMOOTH,
    Number,
    at_least,
    exact_ball,
    jet,
    label,
    mlp,
    number,
    polynomial,
    real_rows,
    scalar,
    value_at,
)

from saturode_verify.activation import Activation, Arctan, Identity, LeakyReLU, Power, ReLU, SiLU, Sin, Tanh
from saturode_verify.network import Layer, Network
from saturode_verify.orbit.trig import TrigPolynomial
from saturode_verify.orbit.tube import Interval, TubeBounds, orbit_hull, tube_bounds
from saturode_verify.rigor.balls import exact, precision

STEP = mpf(10) ** -25
"""Central differences at 100 digits: error about 1e-50."""
DIFFERENCE = mpf(10) ** -40
NETWORKS = {
    **{label(a): mlp(30 + k, [2, 4, 2], [a]) for k, a in enumerate(ANALYTIC)},
    "slopes": mlp(50, [2, 4, 2], [SiLU(slope=Fraction(-3))]),
    "two hidden": mlp(51, [2, 4, 3, 2], [Tanh(), SiLU(slope=Fraction(2))]),
    "three hidden, d=3": mlp(52, [3, 3, 4, 3, 3], [Sin(), Power(exponent=3), Arctan()]),
    "linear": mlp(53, [3, 3], []),
    "line": mlp(54, [1, 3, 1], [Tanh()]),
    "cubes": cube_stuart_landau(),
    "saturated": saturated_network(20.0),
}
every = pytest.mark.parametrize("name", NETWORKS)


@pytest.fixture(autouse=True)
def _precision() -> Iterator[None]:
    with precision(BITS), mp.workdps(100):
        yield


def _hull(*sides: tuple[float, float]) -> list[Interval]:
    return [(exact(float(low)), exact(float(high))) for low, high in sides]


def _derivatives(network: Network, point: Sequence[Number]) -> tuple[list[list[Number]], list[list[list[Number]]]]:
    """Df, and d_i d_j f_k as [k][i][j]."""
    d = network.dimension
    hessians: list[list[list[Number]]] = [[[mpf(0)] * d for _ in range(d)] for _ in range(d)]
    for j in range(d):
        ahead, behind = (jet(network, [x + sign * STEP * (i == j) for i, x in enumerate(point)])[1] for sign in (1, -1))
        for k in range(d):
            for i in range(d):
                hessians[k][i][j] = (ahead[k][i] - behind[k][i]) / (2 * STEP)
    return jet(network, point)[1], hessians


def _assert_bounds(network: Network, bounds: TubeBounds, points: Sequence[Sequence[Number]]) -> None:
    d = network.dimension
    for point in points:
        jacobian, hessians = _derivatives(network, point)
        for k in range(d):
            assert all(at_least(bounds.jacobian[k][i], jacobian[k][i]) for i in range(d))
            bend = sum(abs(x) for row in hessians[k] for x in row)
            assert at_least(bounds.curvature[k], max(bend - DIFFERENCE * (1 + bend), 0))
        gradient = [sum(hessians[k][i][k] for k in range(d)) for i in range(d)]
        assert at_least(bounds.divergence_slope, max(sum(map(abs, gradient)) * (1 - DIFFERENCE) - DIFFERENCE, 0))


def _points(hull: list[Interval], count: int, seed: int = 0) -> list[list[Number]]:
    """Random points of the box, some of its corners, its centre."""
    rng = np.random.default_rng(seed)
    sides = [(number(low), number(high)) for low, high in hull]
    places = [*rng.uniform(0, 1, (count, len(hull))), *rng.integers(0, 2, (3, len(hull))), np.full(len(hull), 0.5)]
    return [
        [low + (high - low) * mpf(float(t)) for (low, high), t in zip(sides, place, strict=True)] for place in places
    ]


@every
@pytest.mark.parametrize("size", [2.0**-30, 0.25, 1.5])
def test_bounds_hold_on_the_hull(name: str, size: float) -> None:
    network = NETWORKS[name]
    rng = np.random.default_rng(4)
    hull = _hull(*((c - size, c + size) for c in rng.uniform(-0.7, 0.7, network.dimension)))
    bounds = tube_bounds(network, hull, exact(size))
    assert isinstance(bounds, TubeBounds), bounds
    assert bounds.radius == exact(size) and bounds.hull == hull
    _assert_bounds(network, bounds, _points(hull, 4))


@pytest.mark.parametrize("activation", SMOOTH, ids=label)
@pytest.mark.parametrize("slope", [Fraction(1), Fraction(-2)], ids=str)
def test_one_neuron_is_bounded_exactly(activation: Activation, slope: Fraction) -> None:
    """x -> 3 s(2 x - 1) on the line: |f'| <= 6 sup |s'|, |f''| <= 12 sup |s''|, both attained: nothing is lost."""
    network = scalar(replace(activation, slope=slope), 2.0, -1.0, 3.0)
    bounds = tube_bounds(network, _hull((-1.0, 1.5)), exact(0.5))
    assert isinstance(bounds, TubeBounds)
    _assert_bounds(network, bounds, [[mpf(k) / 100] for k in range(-100, 151, 5)])
    samples = [_derivatives(network, [mpf(k) / 100]) for k in range(-100, 151, 2)]
    assert number(bounds.jacobian[0][0]) < max(abs(j[0][0]) for j, _ in samples) * mpf("1.02")
    assert number(bounds.curvature[0]) < max(abs(h[0][0][0]) for _, h in samples) * mpf("1.02")


@pytest.mark.parametrize("activation", SMOOTH, ids=label)
def test_a_hidden_layer_loses_only_signs(activation: Activation) -> None:
    """On a tiny box the loss is that of |sum| <= sum ||, at most a small factor in entries that do not cancel."""
    network = mlp(60, [2, 4, 2], [activation])
    hull = _hull((0.3, 0.3 + 2.0**-20), (-0.4, -0.4 + 2.0**-20))
    bounds = tube_bounds(network, hull, exact(2.0**-20))
    assert isinstance(bounds, TubeBounds)
    jacobian, hessians = _derivatives(network, [mpf(0.3), mpf(-0.4)])
    _, _, ((*z,),) = jet(network, [mpf(0.3), mpf(-0.4)])
    assert len(z) == 4
    largest = max(abs(x) for row in jacobian for x in row)
    assert all(number(x) < 20 * largest for row in bounds.jacobian for x in row)
    bends = [sum(abs(x) for row in h for x in row) for h in hessians]
    assert all(number(c) < 20 * max(bends) for c in bounds.curvature)


def test_the_cube_network_by_hand() -> None:
    """At the point (1, 0) rows (a, b) and pre-activations z of the eight cubes are (1,0):2, (1,0):0, (0,1):1, (0,1):-1,
    (1,1):1, (1,-1):1, (1,0):1, (0,1):0. C_1 >= sum_m |w_1m| 6 |z_m| (|a| + |b|)^2, |w_1| = (1, 1, 1, 1, 1, 1, 6, 2)/2:
    6 (2 + 0 + 1 + 1 + 4 + 4 + 6 + 0)/2 = 54; |df_1/dx| <= sum |w| 3 z^2 |a| = 3 (4 + 0 + 1 + 1 + 6)/2 = 18.
    """
    bounds = tube_bounds(cube_stuart_landau(), _hull((1, 1), (0, 0)), arb(1))
    assert isinstance(bounds, TubeBounds)
    assert float(bounds.curvature[0]) == pytest.approx(54) and bounds.curvature[0] >= 54
    assert float(bounds.jacobian[0][0]) == pytest.approx(18) and bounds.jacobian[0][0] >= 18


def test_two_layers_by_hand() -> None:
    """f(x, y) = ((x + 2 y)^2)^3 = z^6 at z = 1: f_x = 6, f_y = 12, and sum |d_i d_j f| = 30 (1 + 2)^2 = 270:
    A_2 = s'(1) (1, 2) = (2, 4), H_2 = 2 (1 + 2)^2 = 18, H_3 = 6 * 6^2 + 3 * 18 = 270.
    """
    layers = (
        Layer(np.array([[1.0, 2.0]]), np.zeros(1), Power(exponent=2)),
        Layer(np.eye(1), np.zeros(1), Power(exponent=3)),
        Layer(np.array([[1.0], [0.0]]), np.zeros(2), Identity()),
    )
    bounds = tube_bounds(Network(layers), _hull((1, 1), (0, 0)), arb(1))
    assert isinstance(bounds, TubeBounds)
    assert [float(x) for x in bounds.jacobian[0]] == pytest.approx([6, 12])
    assert float(bounds.curvature[0]) == pytest.approx(270) and bounds.curvature[0] >= 270
    assert bounds.curvature[1] == 0 and float(bounds.divergence_slope) == pytest.approx(270)


def test_a_linear_field_has_no_curvature() -> None:
    bounds = tube_bounds(linear_centre(), _hull((-5, 5), (-5, 5)), arb(1))
    assert isinstance(bounds, TubeBounds)
    assert [[float(x) for x in row] for row in bounds.jacobian] == [[0, 1], [1, 0]]
    assert bounds.curvature == [0, 0] and bounds.divergence_slope == 0


@pytest.mark.parametrize(
    "activation",
    [
        LeakyReLU(negative_slope=Fraction(1)),
        ReLU(slope=Fraction(0)),
        Tanh(slope=Fraction(0)),
        LeakyReLU(slope=Fraction(0)),
    ],
    ids=["leaky 1", "relu 0", "tanh 0", "leaky 0"],
)
def test_kinked_activations_without_a_kink(activation: Activation) -> None:
    """The identity or a constant, on a hull that holds the place of the kink."""
    network = scalar(activation, 2.0, 0.0, 3.0)
    bounds = tube_bounds(network, _hull((-1, 1)), arb(1))
    assert isinstance(bounds, TubeBounds)
    expected = 6 * activation.slope
    assert float(bounds.jacobian[0][0]) == expected and bounds.curvature[0] == 0


@pytest.mark.parametrize("activation", [*SMOOTH, Power(exponent=64), Power(exponent=1)], ids=label)
@pytest.mark.parametrize(("weight", "out"), [(1e300, 1e300), (1e-300, 1e300), (1e300, 1e-300), (1.7e308, 1.7e308)])
def test_weights_with_overflow(activation: Activation, weight: float, out: float) -> None:
    network = scalar(activation, weight, 1.0, out)
    hull = _hull((-1, 2))
    bounds = tube_bounds(network, hull, arb(1))
    if isinstance(bounds, str):
        assert "no finite bound" in bounds
        return
    with mp.workdps(700):
        for x in (-1, 0, 2, -1 / max(mpf(weight), 1)):
            _, df, _ = jet(network, [mpf(x)])
            assert at_least(bounds.jacobian[0][0], df[0][0])


@pytest.mark.parametrize("exponent", [2, 3, 4, 7, 64])
def test_powers_on_a_large_hull(exponent: int) -> None:
    """|f'| <= n R^(n-1), |f''| <= n (n-1) R^(n-2) on [-R, R/2], attained at -R."""
    n, size = exponent, 1e6
    bounds = tube_bounds(scalar(Power(exponent=n)), _hull((-size, size / 2)), arb(1))
    assert isinstance(bounds, TubeBounds)
    for bound, truth in (
        (bounds.jacobian[0][0], n * mpf(size) ** (n - 1)),
        (bounds.curvature[0], n * (n - 1) * mpf(size) ** (n - 2)),
    ):
        assert at_least(bound, truth) and number(bound) < truth * (1 + mpf(10) ** -20)


@pytest.mark.parametrize("side", [("nan", "1"), ("0", "nan"), ("0", "inf"), ("-inf", "inf")])
def test_a_hull_that_is_not_finite_is_refused(side: tuple[str, str]) -> None:
    for network in (NETWORKS["tanh"], NETWORKS["cubes"], NETWORKS["two hidden"]):
        bounds = tube_bounds(network, [(arb(side[0]), arb(side[1])), (arb(0), arb(1))], arb(1))
        if isinstance(bounds, TubeBounds):  # tanh of the whole line is bounded
            assert "inf" in side and "nan" not in side and network is not NETWORKS["cubes"]
        else:
            assert "no finite bound" in bounds


@pytest.mark.parametrize("bits", [20, 53])
def test_low_precision_is_wide_and_right(bits: int) -> None:
    network, hull = NETWORKS["two hidden"], _hull((0.1, 0.30000001), (-0.7, -0.69999))
    with precision(bits):
        bounds = tube_bounds(network, hull, arb(1))
    assert isinstance(bounds, TubeBounds)
    _assert_bounds(network, bounds, _points(hull, 3))


@pytest.mark.parametrize("nodes", [1, 2, 3, 5, 8, 16, 64])
@pytest.mark.parametrize("radius", [0.0, 1e-30, 0.125])
@pytest.mark.parametrize("degree", [0, 1, 7])
def test_the_hull_holds_the_tube(nodes: int, radius: float, degree: int) -> None:
    """Also with fewer nodes than modes: the rest (pi/M)^2/2 sup |u''| pays for it, and no more."""
    orbit = polynomial(80 + degree, degree, 3, real=True, decay=0.7)
    hull = orbit_hull(orbit, nodes, exact(radius))
    values = [[mp.re(x) for x in value_at(orbit, mp.pi * j / 30 + mpf(0.01))] for j in range(60)]
    bends = [2 * sum(k * k * abs(number(row[degree + k])) for k in range(1, degree + 1)) for row in orbit.coefficients]
    for i, (low, high) in enumerate(hull):
        assert low.is_exact() and high.is_exact()
        smallest, largest = min(v[i] for v in values), max(v[i] for v in values)
        assert number(low) <= smallest - mpf(radius) and largest + mpf(radius) <= number(high)
        slack = 2 * mpf(radius) + 2 * (mp.pi / nodes) ** 2 / 2 * bends[i] + (mpf(0.12)) ** 2 * bends[i]
        assert number(high) - number(low) <= largest - smallest + slack + mpf(10) ** -50


def test_the_hull_of_a_wave_that_vanishes_at_the_nodes() -> None:
    """sin(4 theta) at 4 or 8 nodes is 0; |u''| <= 16 and (pi/8)^2/2 16 = 1.23 >= 1."""
    orbit = TrigPolynomial.real(real_rows([0, 0, 0, 0, -0.5j]))
    for nodes in (1, 2, 4, 8):
        ((low, high),) = orbit_hull(orbit, nodes, arb(0))
        assert low <= -1 and high >= 1
    ((low, high),) = orbit_hull(orbit, 800, arb(0))
    assert 1 <= number(high) < mpf("1.0002") and -mpf("1.0002") < number(low) <= -1


def test_the_hull_is_rounded_outward() -> None:
    """A constant curve 1/10 (binary64) with radius 1/3 rounded, at 20 bits: both ends must lie outside."""
    orbit = TrigPolynomial.real(real_rows([0.1]))
    with precision(20):
        ((low, high),) = orbit_hull(orbit, 3, exact(1 / 3))
    assert number(low) <= mpf(0.1) - mpf(1 / 3) and mpf(0.1) + mpf(1 / 3) <= number(high)
    assert exact_ball(number(high)) - exact_ball(number(low)) < exact(0.66668)
