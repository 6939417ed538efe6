"""Forms over boxes against f, Df and s' at sampled points, from an mpmath evaluation that shares no code."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from fixtures_networks import cube_stuart_landau, random_network, reference_field, reference_jacobian, saturated_network
from flint import arb, arb_mat
from hypothesis import given, settings
from hypothesis import strategies as st

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
from saturode_verify.bounds.affine import BoxForms, ball_layers, centre_and_radii, enclose
from saturode_verify.bounds.linearise import NoInformation
from saturode_verify.network import Layer, Network
from saturode_verify.region import Box
from saturode_verify.rigor.balls import ball, lower_rational, precision, rational, upper_rational

ACTIVATIONS: list[Activation] = [
    Tanh(), Sigmoid(), Softplus(), SiLU(), GELU(), Sin(), Arctan(), Power(exponent=3), ReLU(), LeakyReLU(), ELU(),
    ELU(alpha=Fraction(1, 2)), Tanh(slope=Fraction(-5, 4)),
]  # fmt: skip
IDS = [str(a.spec()) for a in ACTIVATIONS]
SLACK = Fraction(1, 10**45)


def _points(box: Box, generator: random.Random) -> Iterator[list[Fraction]]:
    yield [low for low, _ in box.sides]
    yield [high for _, high in box.sides]
    for _ in range(3):
        yield [low + (high - low) * Fraction(generator.random()) for low, high in box.sides]


def _inside(value: Fraction, low: arb, high: arb) -> bool:
    bottom, top = lower_rational(low), upper_rational(high)
    slack = SLACK * (1 + abs(value))
    return (bottom is None or bottom - slack <= value) and (top is None or value <= top + slack)


def _at(centre: arb, slopes: list[arb], rest: arb, t: list[Fraction]) -> tuple[arb, arb]:
    """Range of centre + sum t_i slope_i +- rest at one t."""
    with precision(400):
        middle = centre + sum((s * ball(x) for s, x in zip(slopes, t, strict=True)), arb(0))
        return (middle - rest).lower(), (middle + rest).upper()


def assert_contains(network: Network, box: Box, forms: BoxForms, point: list[Fraction]) -> None:
    """f, Df, every hidden range and every slope range at ``point`` lie in the forms."""
    with precision(64):
        centre, radii = centre_and_radii(box)
    t = [
        (x - rational(m)) / rational(h) if rational(h) else Fraction(0)
        for x, m, h in zip(point, centre, radii, strict=True)
    ]
    assert all(abs(v) <= 1 for v in t)
    d = box.dimension
    field = reference_field(network, point)
    for o in range(d):
        column = [row[o] for row in forms.field.rows]
        assert _inside(field[o], *_at(column[0], column[1:], forms.field.remainder[o], t))
    try:
        jacobian = reference_jacobian(network, point)
    except ValueError:
        return  # a kink
    for o in range(d):
        for j in range(d):
            form = forms.jacobian
            assert _inside(
                jacobian[o][j],
                *_at(form.centre[o, j], [g[o, j] for g in form.coefficients], form.remainder[o, j], t),
            )
            assert _inside(jacobian[o][j], form.lower[o, j], form.upper[o, j])
    _assert_hidden(network, forms, point)


def _assert_hidden(network: Network, forms: BoxForms, point: list[Fraction]) -> None:
    """Cut the network after each hidden layer: its pre-activations and slopes come from the reference too."""
    for k, layer in enumerate(network.hidden):
        for i in range(0, layer.weight.shape[0], 3):
            probe = _probe(network, k, i)
            a = reference_field(probe, point)[0]
            assert _inside(a, *forms.preactivation[k][i])
            slope = _slope(layer.activation, a)
            if slope is not None:
                assert _inside(slope, *forms.derivative[k][i])


def _probe(network: Network, k: int, i: int) -> Network:
    """x -> (a_{k,i}, 0, ..., 0), as a network."""
    d = network.dimension
    last = network.layers[k]
    weight, bias = np.zeros((d, last.weight.shape[1])), np.zeros(d)
    weight[0], bias[0] = last.weight[i], last.bias[i]
    return Network((*network.layers[:k], Layer(weight, bias, network.layers[-1].activation)))


def _slope(activation: Activation, a: Fraction) -> Fraction | None:
    one = np.ones((1, 1))
    line = Network(
        (
            Layer(one, np.zeros(1), activation),
            Layer(one, np.zeros(1), random_network(0, [1, 1], Tanh()).layers[-1].activation),
        )
    )
    try:
        return reference_jacobian(line, [a])[0][0]
    except ValueError:
        return None


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=IDS)
@pytest.mark.parametrize("sizes", [[2, 4, 2], [3, 4, 3, 3]])
def test_forms_contain_the_network(activation: Activation, sizes: list[int]) -> None:
    network, generator = random_network(5, sizes, activation), random.Random(1)
    with precision(64):
        layers = ball_layers(network)
    for width in ("0", "1e-300", "1/1000", "1/3", "4"):
        w = Fraction(width) if "e" not in width else Fraction(1, 10**300)
        middle = [Fraction(generator.uniform(-2, 2)) for _ in range(sizes[0])]
        box = Box([(m - w, m + w) for m in middle])
        with precision(64):
            forms = enclose(layers, box)
        for point in _points(box, generator):
            assert_contains(network, box, forms, point)


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(0, 3), st.sampled_from([Tanh(), SiLU(), Sin()]),
       st.floats(1e-6, 3))  # fmt: skip
def test_forms_contain_generated_networks(seed: int, d: int, depth: int, activation: Activation, width: float) -> None:
    generator = random.Random(seed)
    network = random_network(seed, [d, *(generator.randint(1, 4) for _ in range(depth)), d], activation)
    box = Box([(m, m + width * generator.random()) for m in (generator.uniform(-2, 2) for _ in range(d))])
    with precision(64):
        forms = enclose(ball_layers(network), box)
    for point in _points(box, generator):
        assert_contains(network, box, forms, point)


@pytest.mark.parametrize(
    ("weight", "bias", "centre", "radius"),
    [
        (1e-310, 0.0, 1.0, 1e5),
        (1e300, 0.0, 1e-300, 1e-301),
        (1.0, 1e16, 0.1, 0.5),
        (2.0**60, -(2.0**60), 1.0, 2.0**-60),
        (3.0, 0.0, 0.0, 5e-324),
        (1.0, -40.0, 0.0, 1.0),
    ],
)
@pytest.mark.parametrize("activation", [Tanh(), SiLU(), GELU(), Softplus(), Sigmoid()], ids=lambda a: a.name)
def test_nasty_magnitudes(activation: Activation, weight: float, bias: float, centre: float, radius: float) -> None:
    first = Layer(np.array([[weight, -weight], [weight, weight / 2]]), np.array([bias, -bias]), activation)
    network = Network((first, Layer(np.array([[1.0, 0.5], [-1.0, 2.0]]), np.zeros(2), Identity())))
    box = Box([(Fraction(centre) - Fraction(radius), Fraction(centre) + Fraction(radius))] * 2)
    with precision(64):
        forms = enclose(ball_layers(network), box)
    generator = random.Random(2)
    for point in _points(box, generator):
        largest = max(abs(v) for v in point) * Fraction(weight) * 2 + abs(Fraction(bias))
        if largest < 10**6:  # the reference's range
            assert_contains(network, box, forms, point)


def test_width_zero_equals_the_point_value_to_1e_12() -> None:
    for activation in (Tanh(), SiLU(), GELU(), Sin()):
        network = random_network(9, [2, 16, 16, 2], activation)
        point = [Fraction(1, 10), Fraction(-7, 3)]
        with precision(64):
            forms = enclose(ball_layers(network), Box([(x, x) for x in point]))
        for o, row in enumerate(reference_jacobian(network, point)):
            for j, true in enumerate(row):
                low, high = _at(forms.jacobian.centre[o, j], [], forms.jacobian.remainder[o, j], [])
                bottom, top = lower_rational(low), upper_rational(high)
                assert bottom is not None and top is not None
                assert bottom <= true <= top
                assert top - bottom <= Fraction(1, 10**12)


def test_saturated_boxes_keep_their_relative_accuracy() -> None:
    """s' is below 1e-340 there; the ranges are positive and within e^{16}: the pre-activations span 3 each side."""
    with precision(64):
        forms = enclose(ball_layers(saturated_network()), Box("[-1,1]^2"))
    for layer in forms.derivative:
        for low, high in layer:
            assert low > 0
            assert high < arb(10) ** -340
            assert high / low < arb(16).exp()


@pytest.mark.parametrize("edge", [0.0, 2.0**-60, -(2.0**-60)])
def test_box_edges_that_touch_a_critical_point_of_the_slope(edge: float) -> None:
    """tanh' has its maximum 1 at 0: the image must include it as soon as the edge is there, and hardly exceed it."""
    layer = Layer(np.ones((1, 1)), np.zeros(1), Tanh())
    network = Network((layer, Layer(np.ones((1, 1)), np.zeros(1), Identity())))
    with precision(64):
        forms = enclose(ball_layers(network), Box([(Fraction(-1), Fraction(edge))]))
    high = upper_rational(forms.derivative[0][0][1])
    assert high is not None
    assert high >= reference_jacobian(network, [min(Fraction(edge), Fraction(0))])[0][0]
    assert high <= 1 + Fraction(1, 2**60)


def test_the_cube_network_is_stuart_landau_on_a_box() -> None:
    """Forms of a polynomial network, with div f = 3 (2 - 4 r^2) known in closed form."""
    network, box = cube_stuart_landau(), Box("[0.9,1.1]x[-0.1,0.1]")
    with precision(64):
        forms = enclose(ball_layers(network), box)
    generator = random.Random(3)
    for point in _points(box, generator):
        assert_contains(network, box, forms, point)


def test_overflow_is_no_information_never_a_bound() -> None:
    """A NaN ball anywhere must stop the box."""
    network = random_network(1, [1, 1, 1], Tanh())
    with precision(64):
        layers = ball_layers(network)
        broken = layers[0].__class__(arb_mat([[arb("nan")]]), arb_mat([[arb("nan")]]), layers[0].bias, layers[0].layer)
        with pytest.raises(NoInformation):
            enclose([broken, *layers[1:]], Box("[0,1]"))


@pytest.mark.parametrize(
    "side", [("0.1", "0.1"), ("-1.6", "1.6"), ("1/3", "2/3"), ("0", "1e-400"), ("1e17", "100000000000000001")]
)
def test_the_form_covers_sides_that_are_not_dyadic(side: tuple[str, str]) -> None:
    """Prototype attack: half of all ordinary root boxes were not covered by a rounded centre and half width."""
    box = Box([side])
    low, high = box.sides[0]
    with precision(64):
        (m,), (h,) = centre_and_radii(box)
    assert rational(m) - rational(h) <= low and high <= rational(m) + rational(h)
    assert 2 * rational(h) - (high - low) <= max(abs(low), abs(high)) / 2**70


def test_negligible_terms_are_not_forgotten() -> None:
    """Mutation: without the remainder R the form of Df excludes sampled entries on a wide box."""
    network, box, generator = random_network(5, [2, 4, 4, 2], Tanh()), Box("[-1,1]^2"), random.Random(0)
    with precision(64):
        forms = enclose(ball_layers(network), box)
    size = box.dimension
    forms.jacobian.remainder = arb_mat(size, size, [v / 16 for v in forms.jacobian.remainder.entries()])
    with pytest.raises(AssertionError):
        for _ in range(40):
            for point in _points(box, generator):
                assert_contains(network, box, forms, point)
