"""The known networks are what they say, and the mpmath reference is right where closed forms are at hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from fixtures_networks import (
    cube_stuart_landau,
    linear_centre,
    random_network,
    reference_field,
    reference_jacobian,
    saturated_network,
)

from saturode_verify.activation import (
    ELU,
    GELU,
    Activation,
    Arctan,
    Identity,
    LeakyReLU,
    Power,
    ReLU,
    Sigmoid,
    SiLU,
    Sin,
    Softplus,
    Tanh,
)
from saturode_verify.network import Layer, Network

TINY = Fraction(1, 10**60)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


FLOAT_FORMULAS: list[tuple[Activation, Callable[[float], float]]] = [
    (Tanh(), math.tanh),
    (Sigmoid(), _sigmoid),
    (SiLU(), lambda x: x * _sigmoid(x)),
    (GELU(), lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2),
    (Softplus(), lambda x: math.log(1 + math.exp(x))),
    (Sin(), math.sin),
    (Arctan(), math.atan),
    (ELU(), lambda x: x if x > 0 else math.exp(x) - 1),
    (ELU(alpha=Fraction(1, 2)), lambda x: x if x > 0 else (math.exp(x) - 1) / 2),
    (ReLU(), lambda x: max(x, 0.0)),
    (LeakyReLU(), lambda x: max(x, 0.01 * x)),
    (Identity(), lambda x: x),
    (Power(exponent=3), lambda x: x**3),
    (Tanh(slope=Fraction(5, 4)), lambda x: math.tanh(1.25 * x)),
    (Power(exponent=2, slope=Fraction(-1, 2)), lambda x: x * x / 4),
]
IDS = [str(activation.spec()) for activation, _ in FLOAT_FORMULAS]


def _single(activation: Activation) -> Network:
    """x' = s(x) on the line."""
    one, zero = np.array([[1.0]]), np.zeros(1)
    return Network((Layer(one, zero, activation), Layer(one, zero, Identity())))


def test_cubes_are_three_times_stuart_landau_identically() -> None:
    """Both sides have degree <= 3 in x and in y, so equality on a grid of 4 x 4 exact points is an identity."""
    first, last = cube_stuart_landau().layers
    for x in map(Fraction, range(4)):
        for y in map(Fraction, range(4)):
            cubes = [
                (Fraction(a) * x + Fraction(b) * y + Fraction(c)) ** 3
                for (a, b), c in zip(first.weight.tolist(), first.bias.tolist(), strict=True)
            ]
            values = [sum(Fraction(w) * z for w, z in zip(row, cubes, strict=True)) for row in last.weight.tolist()]
            growth = 1 - (x * x + y * y)
            assert values == [3 * (growth * x - y), 3 * (growth * y + x)]
    assert first.activation.spec() == {"name": "power", "exponent": 3}
    assert not last.bias.any()


@pytest.mark.parametrize(("x", "y"), [(1, 0), (Fraction(3, 5), Fraction(4, 5)), (Fraction(-5, 13), Fraction(12, 13))])
def test_cube_field_on_its_cycle(x: Fraction, y: Fraction) -> None:
    """On r = 1: 3 f = 3 (-y, x), an angular speed of 3, and div = 3 (2 - 4 r^2) = -6."""
    point, network = [Fraction(x), Fraction(y)], cube_stuart_landau()
    velocity = reference_field(network, point)
    assert abs(velocity[0] + 3 * y) < TINY
    assert abs(velocity[1] - 3 * x) < TINY
    jacobian = reference_jacobian(network, point)
    assert abs(jacobian[0][0] + jacobian[1][1] + 6) < TINY


def test_linear_centre() -> None:
    assert reference_field(linear_centre(), [Fraction(2), Fraction(3)]) == [-3, 2]
    assert reference_jacobian(linear_centre(), [Fraction(2), Fraction(3)]) == [[0, -1], [1, 0]]


def test_random_networks_depend_on_the_seed_alone() -> None:
    sizes = [2, 5, 4, 2]
    network = random_network(7, sizes, Tanh())
    assert network.sizes == sizes
    assert [layer.activation.name for layer in network.layers] == ["tanh", "tanh", "identity"]
    assert network.sha256 == random_network(7, sizes, Tanh()).sha256
    assert network.sha256 != random_network(8, sizes, Tanh()).sha256


def test_random_weights_have_variance_one_over_fan_in() -> None:
    """10^4 normal samples: the sample variance is within 5 sqrt(2/10^4) = 7 % of the true one."""
    weight = random_network(0, [2, 100, 100, 2], Tanh()).layers[1].weight
    assert weight.var() == pytest.approx(0.01, rel=0.07)


def test_saturated_network_underflows_float64_but_not_the_truth() -> None:
    """Both hidden layers sit at +-1 up to 4 e^{6-800}: f = W_3 (-1, 1, -1, 1) + b_3, and 0 < |Df| < (2^-1075)^2."""
    network, corner = saturated_network(), [Fraction(1), Fraction(-1)]
    limit = network.layers[-1].weight @ np.array([-1.0, 1.0, -1.0, 1.0]) + network.layers[-1].bias
    field = reference_field(network, corner)
    assert all(abs(value - Fraction(float(exact))) < TINY for value, exact in zip(field, limit, strict=True))
    entries = [entry for row in reference_jacobian(network, corner) for entry in row]
    assert all(0 < abs(entry) < Fraction(1, 2**2150) for entry in entries)


@pytest.mark.parametrize(("activation", "formula"), FLOAT_FORMULAS, ids=IDS)
@pytest.mark.parametrize("x", [-3.0, -0.625, 0.375, 2.5])
def test_reference_values_match_the_float_formula(
    activation: Activation, formula: Callable[[float], float], x: float
) -> None:
    (value,) = reference_field(_single(activation), [Fraction(x)])
    assert float(value) == pytest.approx(formula(x), rel=1e-14)


@pytest.mark.parametrize("activation", [activation for activation, _ in FLOAT_FORMULAS], ids=IDS)
def test_reference_jacobian_is_the_derivative_of_the_reference_field(activation: Activation) -> None:
    """Central differences with h = 1e-20 err by h^2 |f'''|/6, far below 1e-35."""
    network = random_network(1, [2, 4, 3, 2], activation)
    point, h = [Fraction(3, 10), Fraction(-7, 10)], Fraction(1, 10**20)
    jacobian = reference_jacobian(network, point)
    for column in range(2):
        ahead, behind = list(point), list(point)
        ahead[column] += h
        behind[column] -= h
        pairs = zip(reference_field(network, ahead), reference_field(network, behind), strict=True)
        for row, (a, b) in enumerate(pairs):
            assert abs((a - b) / (2 * h) - jacobian[row][column]) < Fraction(1, 10**35)


@pytest.mark.parametrize("activation", [ReLU(), LeakyReLU(), ELU(alpha=Fraction(1, 2))], ids=lambda a: a.name)
def test_reference_jacobian_refuses_kinks(activation: Activation) -> None:
    assert reference_field(_single(activation), [Fraction(0)]) == [0]
    with pytest.raises(ValueError, match="kink"):
        reference_jacobian(_single(activation), [Fraction(0)])


def test_elu_with_alpha_one_has_no_kink() -> None:
    assert reference_jacobian(_single(ELU()), [Fraction(0)]) == [[1]]
