"""Networks whose answers are known, and reference values of f and Df from mpmath alone.

The reference reads a network's weights, activation names, parameters and slopes, and shares no other code with
the package: an error common to both would have to be made twice.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from mpmath import libmp, mp, mpf

from saturode_verify.activation import Activation, Identity, Power, Tanh
from saturode_verify.network import Layer, Network

REFERENCE_DIGITS = 60
"""Digits to which the reference values are good."""
_WORKING_DIGITS = REFERENCE_DIGITS + 40

Parameters = Mapping[str, str | int]
Real = Any
"""An mpmath mpf: mpmath is untyped."""


def cube_stuart_landau() -> Network:
    """3 f for Stuart-Landau f = (x - y - (x^2+y^2) x, x + y - (x^2+y^2) y), exactly, as a 2-8-2 network of cubes.

    Every monomial is a dyadic combination of cubes of affine functions once it is multiplied by 3:
        3 x     = ((x+1)^3 + (x-1)^3)/2 - x^3,          the same for y,
        3 x y^2 = ((x+y)^3 + (x-y)^3)/2 - x^3,
        3 x^2 y = ((x+y)^3 - (x-y)^3)/2 - y^3.
    Hence, with p = (x+1)^3 + (x-1)^3, q = (y+1)^3 + (y-1)^3, u = (x+y)^3, v = (x-y)^3,
        3 f_1 = 3x - 3y - 3x^3 - 3xy^2 = p/2 - q/2 - u/2 - v/2 - 3 x^3 + y^3,
        3 f_2 = 3x + 3y - 3x^2y - 3y^3 = p/2 + q/2 - u/2 + v/2 - x^3 - 3 y^3.
    In polar form r' = 3(r - r^3), angle' = 3. The cycle is r = 1 with T = 2 pi/3; on it div = 3 (2 - 4 r^2) = -6,
    so the multipliers are 1 and det M = e^{-6 T} = e^{-4 pi}.
    """
    affine = [(1, 0, 1), (1, 0, -1), (0, 1, 1), (0, 1, -1), (1, 1, 0), (1, -1, 0), (1, 0, 0), (0, 1, 0)]
    cubes = Layer(
        weight=np.array([[a, b] for a, b, _ in affine], dtype=np.float64),
        bias=np.array([c for _, _, c in affine], dtype=np.float64),
        activation=Power(exponent=3),
    )
    combination = [[0.5, 0.5, -0.5, -0.5, -0.5, -0.5, -3.0, 1.0], [0.5, 0.5, 0.5, 0.5, -0.5, 0.5, -1.0, -3.0]]
    return Network((cubes, Layer(np.array(combination), np.zeros(2), Identity())))


def linear_centre() -> Network:
    """x' = -y, y' = x: one linear layer. Every orbit has T = 2 pi and M = I; ||Df|| = 1, div = 0."""
    return Network((Layer(np.array([[0.0, -1.0], [1.0, 0.0]]), np.zeros(2), Identity()),))


def random_network(seed: int, sizes: Sequence[int], activation: Activation) -> Network:
    """A network of the given ``sizes`` [d, n_1, ..., d]; weights and biases are N(0, 1/fan-in) in float64."""
    generator = np.random.default_rng(seed)
    layers = []
    for position, (inputs, outputs) in enumerate(itertools.pairwise(sizes), start=1):
        values = generator.standard_normal((outputs, inputs + 1)) / np.sqrt(inputs)
        last = position == len(sizes) - 1
        layers.append(Layer(values[:, :-1], values[:, -1], Identity() if last else activation))
    return Network(tuple(layers))


def saturated_network(bias: float = 400.0) -> Network:
    """A 2-4-4-2 tanh network with biases +-``bias`` in both hidden layers and weights of at most 1.

    Rows sum to at most 3 in absolute value, so on [-1,1]^2 every |pre-activation| is at least bias - 3 and
    0 < tanh' <= 4 e^{6 - 2 bias}: below the smallest float64 for the default, yet positive.
    """
    signs = np.array([1.0, -1.0, 1.0, -1.0])
    first = np.array([[1.0, 0.5], [-0.5, 1.0], [0.25, -1.0], [1.0, 1.0]])
    second = np.array([[1.0, 0.5, -0.25, 1.0], [0.5, 1.0, 1.0, -0.5], [-1.0, 0.25, 1.0, 0.5], [1.0, 1.0, 0.5, 0.25]])
    last = np.array([[1.0, 0.5, -0.5, 0.25], [-1.0, 1.0, 0.5, 0.75]])
    return Network(
        (
            Layer(first, bias * signs, Tanh()),
            Layer(second, -bias * signs, Tanh()),
            Layer(last, np.array([0.125, -0.25]), Identity()),
        )
    )


def reference_field(network: Network, point: Sequence[Fraction]) -> list[Fraction]:
    """f(point), each entry the exact value of a number that is right to REFERENCE_DIGITS digits.

    Digits are lost only if more than 40 of them cancel. Pre-activations should stay below about 10^6.
    """
    with mp.workdps(_WORKING_DIGITS):
        values = [_number(x) for x in point]
        for layer in network.layers:
            values = [_value(layer.activation, a) for a in _preactivations(layer, values)]
        return [_exact(value) for value in values]


def reference_jacobian(network: Network, point: Sequence[Fraction]) -> list[list[Fraction]]:
    """Df(point) row by row, as reference_field gives f; ValueError where an activation has a kink."""
    with mp.workdps(_WORKING_DIGITS):
        values = [_number(x) for x in point]
        size = len(values)
        jacobian = [[mpf(int(i == j)) for j in range(size)] for i in range(size)]
        for layer in network.layers:
            before = _preactivations(layer, values)
            rates = [_derivative(layer.activation, a) for a in before]
            columns = list(zip(*jacobian, strict=True))
            rows = layer.weight.tolist()
            jacobian = [
                [rate * mp.fdot(row, column) for column in columns] for rate, row in zip(rates, rows, strict=True)
            ]
            values = [_value(layer.activation, a) for a in before]
        return [[_exact(entry) for entry in row] for row in jacobian]


def _preactivations(layer: Layer, values: Sequence[Real]) -> list[Real]:
    rows, biases = layer.weight.tolist(), layer.bias.tolist()
    return [mp.fdot(row, values) + bias for row, bias in zip(rows, biases, strict=True)]


def _value(activation: Activation, a: Real) -> Real:
    s, _ = _FUNCTIONS[activation.name]
    return s(_number(activation.slope) * a, activation.parameters())


def _derivative(activation: Activation, a: Real) -> Real:
    _, rate = _FUNCTIONS[activation.name]
    slope = _number(activation.slope)
    return slope * rate(slope * a, activation.parameters())


def _number(value: Fraction | str | int) -> Real:
    """An exact number, or its text "m*2^e", "p/q" or "n", at the working precision."""
    if isinstance(value, str) and "*2^" in value:
        mantissa, exponent = value.split("*2^")
        return mp.ldexp(mpf(int(mantissa)), int(exponent))
    exact = Fraction(value)
    return mpf(exact.numerator) / exact.denominator


def _exact(value: Real) -> Fraction:
    return Fraction(*libmp.to_rational(value._mpf_))


def _sigmoid(x: Real) -> Real:
    return 1 / (1 + mp.exp(-x))


def _sigmoid_rate(x: Real) -> Real:
    return _sigmoid(x) * _sigmoid(-x)


def _normal_cdf(x: Real) -> Real:
    return mp.erfc(-x / mp.sqrt(2)) / 2


def _softplus(x: Real) -> Real:
    return max(x, mpf(0)) + mp.log1p(mp.exp(-abs(x)))


def _one_sided(x: Real, left: Real, right: Real) -> Real:
    """The slope ``left`` for x < 0, ``right`` for x > 0; at 0 there is none unless both agree."""
    if x == 0 and left != right:
        raise ValueError("the activation has a kink at this point")
    return right if x > 0 else left


def _alpha(parameters: Parameters) -> Real:
    return _number(parameters["alpha"])


def _leak(parameters: Parameters) -> Real:
    return _number(parameters["negative_slope"])


def _exponent(parameters: Parameters) -> int:
    return int(parameters["exponent"])


_FUNCTIONS: dict[str, tuple[Callable[[Real, Parameters], Real], Callable[[Real, Parameters], Real]]] = {
    "tanh": (lambda x, _: mp.tanh(x), lambda x, _: mp.sech(x) ** 2),
    "sigmoid": (lambda x, _: _sigmoid(x), lambda x, _: _sigmoid_rate(x)),
    "silu": (lambda x, _: x * _sigmoid(x), lambda x, _: _sigmoid(x) + x * _sigmoid_rate(x)),
    "gelu": (lambda x, _: x * _normal_cdf(x), lambda x, _: _normal_cdf(x) + x * mp.npdf(x)),
    "softplus": (lambda x, _: _softplus(x), lambda x, _: _sigmoid(x)),
    "sin": (lambda x, _: mp.sin(x), lambda x, _: mp.cos(x)),
    "arctan": (lambda x, _: mp.atan(x), lambda x, _: 1 / (1 + x * x)),
    "elu": (
        lambda x, p: x if x > 0 else _alpha(p) * mp.expm1(x),
        lambda x, p: mpf(1) if x > 0 else _one_sided(x, _alpha(p), mpf(1)) * mp.exp(x),
    ),
    "relu": (lambda x, _: max(x, mpf(0)), lambda x, _: _one_sided(x, mpf(0), mpf(1))),
    "leaky_relu": (lambda x, p: x if x > 0 else _leak(p) * x, lambda x, p: _one_sided(x, _leak(p), mpf(1))),
    "identity": (lambda x, _: x, lambda x, _: mpf(1)),
    "power": (lambda x, p: x ** _exponent(p), lambda x, p: _exponent(p) * x ** (_exponent(p) - 1)),
}
"""(s, s') by the name of the activation, at slope 1."""
