"""f and Df in balls against two references: the fixtures' at real points, `orbit_references.jet` at complex ones."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from fixtures_networks import cube_stuart_landau, linear_centre, reference_field, reference_jacobian, saturated_network
from flint import acb, arb
from mpmath import mp, mpc, mpf
from orbit_references import BITS, DIGITS, exact_ball, holds, jet, mlp, rational

from saturode_verify.activation import (
    GELU,
    Activation,
    Arctan,
    Identity,
    LeakyReLU,
    Power,
    Sigmoid,
    SiLU,
    Sin,
    Softplus,
    Tanh,
)
from saturode_verify.network import Layer, Network
from saturode_verify.orbit.jets import ExactField, Jet, divergence
from saturode_verify.rigor.balls import exact, precision

HALF, THIRD = Fraction(1, 2), Fraction(float(1 / 3))
NETWORKS = {
    "no hidden layer, d=1": mlp(1, [1, 1], []),
    "no hidden layer, d=3": mlp(2, [3, 3], []),
    "1 hidden, d=1": mlp(3, [1, 4, 1], [SiLU()]),
    "1 hidden, d=4": mlp(4, [4, 3, 4], [GELU(slope=Fraction(-2))]),
    "1 hidden neuron": mlp(5, [3, 1, 3], [Power(exponent=3)]),
    "2 hidden, d=2": mlp(6, [2, 5, 3, 2], [Tanh(slope=HALF), Softplus(slope=THIRD)]),
    "2 hidden, d=3": mlp(7, [3, 4, 4, 3], [Sigmoid(slope=Fraction(4)), Arctan(slope=Fraction(-1, 4))]),
    "3 hidden, d=2": mlp(8, [2, 3, 5, 4, 2], [Sin(), Tanh(slope=Fraction(0)), SiLU()]),
    "3 hidden, d=4": mlp(9, [4, 3, 2, 5, 4], [Arctan(), Power(exponent=2, slope=HALF), GELU()]),
    "cubes": cube_stuart_landau(),
    "centre": linear_centre(),
}
every = pytest.mark.parametrize("name", NETWORKS)


@pytest.fixture(autouse=True)
def _precision() -> Iterator[None]:
    with precision(BITS), mp.workdps(DIGITS):
        yield


def _points(d: int, count: int, seed: int = 0) -> list[list[float]]:
    """(point, coordinate)."""
    return np.random.default_rng(seed).normal(size=(count, d)).tolist()


def _batch(points: list[list[complex]], kind: type) -> list[list]:
    """(coordinate, point), as balls."""
    if kind is acb:
        return [[acb(exact(complex(x).real), exact(complex(x).imag)) for x in row] for row in zip(*points, strict=True)]
    return [[exact(x) for x in row] for row in zip(*points, strict=True)]


@every
def test_real_points_against_the_fixtures(name: str) -> None:
    network = NETWORKS[name]
    d, points = network.dimension, _points(network.dimension, 4)
    found = ExactField(network).evaluate(_batch(points, arb))
    assert isinstance(found, Jet)
    for j, point in enumerate(points):
        x = [Fraction(v) for v in point]
        f, df = reference_field(network, x), reference_jacobian(network, x)
        for k in range(d):
            assert holds(found.values[k][j], rational(f[k]), 1)
            assert found.values[k][j].rad() < exact(1e-45)
            for i in range(d):
                assert holds(found.jacobian[k][i][j], rational(df[k][i]), 1), (k, i)
                assert found.jacobian[k][i][j].rad() < exact(1e-45)
        assert holds(divergence(found)[j], rational(sum((df[k][k] for k in range(d)), Fraction(0))), 10)


@every
def test_complex_points(name: str) -> None:
    """Imaginary parts of up to 0.1: inside every strip, as the reference's formulas need."""
    network = NETWORKS[name]
    rng = np.random.default_rng(3)
    points = [[complex(x, rng.uniform(-0.1, 0.1)) for x in point] for point in _points(network.dimension, 3, 1)]
    found = ExactField(network).evaluate(_batch(points, acb))
    assert isinstance(found, Jet)
    for j, point in enumerate(points):
        f, df, _ = jet(network, [mpc(x) for x in point])
        for k, row in enumerate(df):
            assert holds(found.values[k][j], f[k], 1)
            assert all(holds(found.jacobian[k][i][j], x, 1) for i, x in enumerate(row))
            assert found.values[k][j].rad() < exact(1e-45)


@every
def test_values_alone_are_the_same_values(name: str) -> None:
    network = NETWORKS[name]
    batch = _batch(_points(network.dimension, 3), arb)
    full, short = ExactField(network).evaluate(batch), ExactField(network).evaluate(batch, slopes=False)
    assert full is not None and short is not None and short.jacobian == []
    for one, other in zip(full.values, short.values, strict=True):
        assert all(a.mid() == b.mid() and a.rad() == b.rad() for a, b in zip(one, other, strict=True))


@every
def test_wide_balls_hold_the_points_inside(name: str) -> None:
    network = NETWORKS[name]
    rng = np.random.default_rng(9)
    (centre,) = _points(network.dimension, 1, 5)
    real = ExactField(network).evaluate([[arb(x, 0.01)] for x in centre])
    boxes = ExactField(network).evaluate([[acb(arb(x, 0.01), arb(0.02, 0.01))] for x in centre])
    assert real is not None and boxes is not None
    for _ in range(4):
        at = [
            mpf(x) + mpf(0.01) * mpf(t) for x, t in zip(centre, rng.uniform(-1, 1, len(centre)).tolist(), strict=True)
        ]
        up = [mpf(0.02) + mpf(0.01) * mpf(t) for t in rng.uniform(-1, 1, len(centre)).tolist()]
        for found, point in ((real, at), (boxes, [mpc(x, y) for x, y in zip(at, up, strict=True)])):
            f, df, _ = jet(network, point)
            for k, row in enumerate(df):
                assert holds(found.values[k][0], f[k], 1)
                assert all(holds(found.jacobian[k][i][0], x, 1) for i, x in enumerate(row))


def test_the_cube_network_by_hand() -> None:
    """3 (x - y - (x^2 + y^2) x, x + y - (x^2 + y^2) y) at (1, 2) is (-18, -21), its divergence 3 (2 - 4 * 5) = -54."""
    found = ExactField(cube_stuart_landau()).evaluate([[arb(1)], [arb(2)]])
    assert found is not None
    assert [value[0] for value in found.values] == [-18, -21] and divergence(found)[0] == -54
    # d f_1 / dy = 3 (-1 - 2 x y) = -15 and d f_2 / dx = 3 (1 - 2 x y) = -9: rows are components.
    assert found.jacobian[0][1][0] == -15 and found.jacobian[1][0][0] == -9


def _extreme(first: float, last: float, bias: float, activation: Activation) -> Network:
    hidden = Layer(np.array([[first, 1.0], [0.5, -first]]), np.array([bias, -bias]), activation)
    return Network((hidden, Layer(np.array([[last, 1.0], [-1.0, last]]), np.array([bias, 0.0]), Identity())))


@pytest.mark.parametrize(("first", "last"), [(1e-300, 1e300), (1e300, 1e-300), (1e300, 1e300), (5e-324, 5e-324)])
@pytest.mark.parametrize("bias", [0.0, 1e-300, 1e16])
@pytest.mark.parametrize(
    "activation", [Arctan(), Power(exponent=5), Power(exponent=1), LeakyReLU(negative_slope=Fraction(1))],
    ids=["arctan", "fifth power", "first power", "leaky"],
)  # fmt: skip
def test_extreme_weights_and_biases(first: float, last: float, bias: float, activation: Activation) -> None:
    """Sums of 1e300 and 1 are rounded and must still be held; the reference has 4000 digits for them."""
    network = _extreme(first, last, bias, activation)
    reference = network if activation.name != "leaky_relu" else _extreme(first, last, bias, Power(exponent=1))
    with mp.workdps(4000):
        for kind, point in ((arb, [0.75, -1.5]), (acb, [complex(0.75, 0.0), complex(-1.5, 0.0)])):
            found = ExactField(network).evaluate(_batch([point], kind))
            assert found is not None
            f, df, _ = jet(reference, [mpf(complex(x).real) for x in point])
            for k, row in enumerate(df):
                assert holds(found.values[k][0], f[k])
                assert all(holds(found.jacobian[k][i][0], x) for i, x in enumerate(row))


@pytest.mark.parametrize("activation", [Tanh(), Sigmoid(), SiLU(), GELU(), Softplus(), Sin()], ids=lambda a: a.name)
def test_a_bias_of_1e16_saturates_or_turns_and_is_still_exact(activation: Activation) -> None:
    network = _extreme(0.25, 3.0, 1e16, activation)
    found = ExactField(network).evaluate([[exact(0.75)], [exact(-1.5)]])
    assert found is not None
    f, df, _ = jet(network, [mpf(0.75), mpf(-1.5)])
    for k, row in enumerate(df):
        assert holds(found.values[k][0], f[k], mpf(10) ** 18)
        assert all(holds(found.jacobian[k][i][0], x, 1) for i, x in enumerate(row))


def test_saturated_slopes_below_the_smallest_float() -> None:
    network = saturated_network()
    found = ExactField(network).evaluate([[exact(0.5)], [exact(-0.25)]])
    assert found is not None
    _, df, _ = jet(network, [mpf(0.5), mpf(-0.25)])
    for k, row in enumerate(df):
        assert all(holds(found.jacobian[k][i][0], x) for i, x in enumerate(row))
        assert all(0 < abs(x) < mpf(10) ** -600 for x in row)


def test_the_check_sees_every_layer_before_its_activation_and_can_stop() -> None:
    network = NETWORKS["3 hidden, d=2"]
    point = [0.5, -0.25]
    _, _, expected = jet(network, [mpf(x) for x in point])
    for stop in range(1, 5):
        seen: list[tuple[Activation, list]] = []

        def check(activation: Activation, z: list, seen: list = seen, stop: int = stop) -> bool:
            seen.append((activation, list(z)))
            return len(seen) < stop

        outcome = ExactField(network).evaluate(_batch([point], arb), check=check)
        assert (outcome is None) == (stop <= 3)
        assert [activation.name for activation, _ in seen] == ["sin", "tanh", "silu"][:stop]
        for (_, z), truth in zip(seen, expected, strict=False):
            assert len(z) == len(truth) and all(holds(a, b, 1) for a, b in zip(z, truth, strict=True))


def test_the_check_is_not_asked_without_hidden_layers() -> None:
    def never(activation: Activation, z: list) -> bool:
        raise AssertionError("there is no activation to ask about")

    assert ExactField(linear_centre()).evaluate([[arb(1)], [arb(2)]], check=never) is not None


def test_pre_activations_are_those_before_the_slope() -> None:
    """The half width of s(slope x) is that of s over |slope|: a check must get x, not slope x."""
    network = Network(
        (Layer(np.array([[2.0]]), np.array([1.0]), Tanh(slope=Fraction(8))), Layer(np.eye(1), np.zeros(1), Identity()))
    )
    seen: list = []
    ExactField(network).evaluate([[acb(0, 3)]], check=lambda a, z: seen.extend(z) is None)
    assert complex(seen[0]) == complex(1, 6)


@every
def test_nan_never_looks_finite(name: str) -> None:
    network = NETWORKS[name]
    found = ExactField(network).evaluate([[arb("nan")] for _ in range(network.dimension)])
    assert found is not None and not any(row[0].is_finite() for row in found.values)


def test_the_whole_line_as_a_ball() -> None:
    """tanh and arctan of any real number are bounded, cubes are not."""
    everything = [[arb(0, arb("inf"))], [arb(0, arb("inf"))]]
    bounded = mlp(11, [2, 3, 2], [Arctan()])
    found = ExactField(bounded).evaluate(everything)
    f, _, _ = jet(bounded, [mpf(10) ** 6, -(mpf(10) ** 9)])
    assert found is not None and all(row[0].overlaps(exact_ball(x)) for row, x in zip(found.values, f, strict=True))
    cubes = ExactField(cube_stuart_landau()).evaluate(everything)
    assert cubes is not None and not any(row[0].is_finite() for row in cubes.values)


@pytest.mark.parametrize("bits", [2, 10, 53, 1000])
def test_any_working_precision_holds_the_value(bits: int) -> None:
    network = NETWORKS["2 hidden, d=2"]
    f, df, _ = jet(network, [mpf(0.3), mpf(-0.7)])
    with precision(bits):
        found = ExactField(network).evaluate([[exact(0.3)], [exact(-0.7)]])
    assert found is not None
    for k, row in enumerate(df):
        assert not found.values[k][0].is_finite() or holds(found.values[k][0], f[k], 1)
        assert all(
            not found.jacobian[k][i][0].is_finite() or holds(found.jacobian[k][i][0], x, 1) for i, x in enumerate(row)
        )
