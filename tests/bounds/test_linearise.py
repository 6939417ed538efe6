"""The affine enclosure of one neuron, against mpmath samples of s and s' that share no code with it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from fixtures_networks import reference_field, reference_jacobian
from flint import arb

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
    Smoothness,
    Softplus,
    Tanh,
)
from saturode_verify.activation.base import MAX_ORDER
from saturode_verify.bounds.linearise import linearise, neuron_images
from saturode_verify.network import Layer, Network
from saturode_verify.rigor.balls import ball, precision, rational

ACTIVATIONS: list[Activation] = [
    Tanh(), Sigmoid(), Softplus(), SiLU(), GELU(), Sin(), Arctan(), Identity(), Power(exponent=3), Power(exponent=2),
    ReLU(), LeakyReLU(), ELU(), ELU(alpha=Fraction(1, 2)), Tanh(slope=Fraction(-3, 4)), SiLU(slope=Fraction(2)),
]  # fmt: skip
IDS = [str(a.spec()) for a in ACTIVATIONS]
SLACK = Fraction(1, 10**50)


def _line(activation: Activation) -> Network:
    one = np.ones((1, 1))
    return Network((Layer(one, np.zeros(1), activation), Layer(one, np.zeros(1), Identity())))


def _value(network: Network, order: int, x: Fraction) -> Fraction | None:
    if order == 0:
        return reference_field(network, [x])[0]
    try:
        return reference_jacobian(network, [x])[0][0]
    except ValueError:
        return None  # a kink


def _intervals(seed: int) -> Iterator[tuple[Fraction, Fraction]]:
    generator = random.Random(seed)
    critical = [0.0, 0.6584789484624084, 1.1462158347805889, 2.3993572805154396, -1.2784645427610738, 2**0.5]
    for point in critical:
        for low, high in ((point, point), (point, point + 2**-30), (point - 0.25, point), (point - 1e-9, point + 1e-9)):
            yield Fraction(low), Fraction(high)
    for width in (0.0, 5e-324, 1e-300, 1e-16, 1e-3, 0.3, 2.0, 30.0):
        low = generator.uniform(-6, 6)
        yield Fraction(low), Fraction(low) + Fraction(width)
    yield Fraction(300), Fraction(301)
    yield Fraction(-701), Fraction(-700)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=IDS)
@pytest.mark.parametrize("order", [0, 1])
def test_the_affine_enclosure_contains_every_sample(activation: Activation, order: int) -> None:
    network, generator = _line(activation), random.Random(order)
    for low, high in _intervals(order):
        with precision(64):
            enclosure = linearise(neuron_images(activation, ball(low), ball(high), MAX_ORDER), order)
        assert enclosure is not None
        for fraction in (0, 1, Fraction(1, 2), *(Fraction(generator.random()) for _ in range(4))):
            x = low + (high - low) * fraction
            value = _value(network, order, x)
            if value is None:
                continue
            with precision(300):
                alpha, beta, rho = enclosure
                error = abs(ball(value) - alpha * ball(x) - beta)
                # The true alpha, beta, rho lie in their balls: the inequality must hold for some choice of them.
                assert not error > rho.upper() + ball(SLACK), (low, high, x)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=IDS)
def test_errors_shrink_with_the_square_of_the_width(activation: Activation) -> None:
    """Second order away from kinks, for s and s': halving the interval divides rho by about 4."""
    if activation.smoothness is Smoothness.LIPSCHITZ:
        pytest.skip("piecewise linear or kinked: exact away from the kink")
    for order in (0, 1):
        errors = []
        for width in (Fraction(1, 16), Fraction(1, 32)):
            with precision(64):
                images = neuron_images(activation, ball(Fraction(7, 10)), ball(Fraction(7, 10) + width), MAX_ORDER)
                enclosure = linearise(images, order)
            assert enclosure is not None
            errors.append(float(enclosure[2].upper()))
        assert errors[1] <= 0.3 * errors[0] + 1e-17
        # Not vacuous: |s''''| and |s''| are of order one, so rho is at most a few times (w/2)^2 / 2.
        assert errors[0] <= 10 * float(Fraction(1, 32) ** 2)


def test_dropping_the_remainder_is_caught() -> None:
    """The test above has power: with rho scaled by 1/16 some sample is outside."""
    caught = 0
    network = _line(Tanh())
    for low, high in ((Fraction(1, 10), Fraction(6, 10)), (Fraction(-1), Fraction(2)), (Fraction(1, 2), Fraction(1))):
        with precision(64):
            enclosure = linearise(neuron_images(Tanh(), ball(low), ball(high), MAX_ORDER), 1)
            assert enclosure is not None
            alpha, beta, rho = enclosure
        for k in range(33):
            x = low + (high - low) * Fraction(k, 32)
            value = _value(network, 1, x)
            assert value is not None
            with precision(300):
                caught += bool(abs(ball(value) - alpha * ball(x) - beta) > (rho / 16).upper())
    assert caught > 0


def test_a_kink_inside_leaves_only_the_constant_form_of_relu_slopes() -> None:
    """relu' on [-1, 2] is [0, 1]: centre 1/2, radius 1/2, slope 0."""
    with precision(64):
        enclosure = linearise(neuron_images(ReLU(), arb(-1), arb(2), MAX_ORDER), 1)
        assert enclosure is not None
        assert [rational(v) for v in enclosure] == [0, Fraction(1, 2), Fraction(1, 2)]
