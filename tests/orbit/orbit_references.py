"""References in mpmath at 100 digits: trigonometric polynomials, activations and networks at real or complex points.

Formulas and code are not the package's; only weights, names, parameters and coefficients are read from its objects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from flint import acb, arb, fmpz
from mpmath import mp, mpc, mpf

from saturode_verify.activation import GELU, Activation, Arctan, Identity, Power, Sigmoid, SiLU, Sin, Softplus, Tanh
from saturode_verify.network import Layer, Network
from saturode_verify.orbit.trig import TrigPolynomial
from saturode_verify.rigor.balls import exact

DIGITS = 100
SLACK = mpf(10) ** -80
"""Relative error that the references are granted, far below the 2^-200 of the balls under test."""
BITS = 200
ANALYTIC: list[Activation] = [
    Tanh(), Sigmoid(), SiLU(), Softplus(), GELU(), Sin(), Arctan(), Power(exponent=1), Power(exponent=2),
    Power(exponent=5), Identity()
]  # fmt: skip
SMOOTH: list[Activation] = [Tanh(), SiLU(), GELU(), Softplus(), Sin(), Arctan(), Power(exponent=3)]

Number = Any
"""An mpmath mpf or mpc: mpmath is untyped."""
Rows = Sequence[Sequence[Number]]


def label(activation: Activation) -> str:
    """A test id."""
    return "-".join([activation.name, *(str(v) for v in activation.parameters().values())])


def number(value: arb | acb) -> Number:
    """The exact ball's number."""
    if isinstance(value, acb):
        return mpc(number(value.real), number(value.imag))
    mantissa, exponent = value.man_exp()
    return mp.ldexp(mpf(int(mantissa)), int(exponent))


def exact_ball(value: Number) -> arb:
    """The exact ball of an mpf."""
    sign, mantissa, exponent, _ = mpf(value)._mpf_
    return arb((fmpz(-int(mantissa) if sign else int(mantissa)), fmpz(exponent)))


def holds(ball: arb | acb, value: Number, scale: Number = 0) -> bool:
    """Whether the finite ball contains the number, up to SLACK relative to max(|value|, scale)."""
    slack = exact_ball(SLACK * max(abs(value), scale))
    if isinstance(ball, acb):
        parts = [(ball.real, mp.re(value)), (ball.imag, mp.im(value))]
    else:
        assert mp.im(value) == 0
        parts = [(ball, mp.re(value))]
    return all(part.is_finite() and part.overlaps(exact_ball(x) + arb(0, slack)) for part, x in parts)


def at_least(bound: arb, value: Number) -> bool:
    """Whether an exact upper bound is one, up to SLACK."""
    return bound.is_exact() and bound.is_finite() and number(bound) >= abs(value) * (1 - SLACK)


def polynomial(seed: int, degree: int, components: int = 1, real: bool = False, decay: float = 1.0) -> TrigPolynomial:
    """Random coefficients (binary64, exact), |c_k| about decay^|k|."""
    rng = np.random.default_rng(seed)

    def coefficient(k: int) -> acb:
        size = decay ** abs(k)
        return acb(exact(float(rng.normal() * size)), exact(0.0 if real and k == 0 else float(rng.normal() * size)))

    modes = range(degree + 1) if real else range(-degree, degree + 1)
    rows = tuple(tuple(coefficient(k) for k in modes) for _ in range(components))
    return TrigPolynomial.real(rows) if real else TrigPolynomial(rows)


def value_at(orbit: TrigPolynomial, theta: Number, order: int = 0) -> list[Number]:
    """sum_k (i k)^order c_k e^{i k theta}, term by term."""
    degree = len(orbit.coefficients[0]) // 2
    phases = [mp.expj(k * theta) * mpc(0, k) ** order for k in range(-degree, degree + 1)]
    return [mp.fdot([number(c) for c in row], phases) for row in orbit.coefficients]


def _sigmoid(z: Number) -> Number:
    return 1 / (1 + mp.exp(-z))


def _softplus(z: Number) -> Number:
    """log(1 + e^z) = z + log(1 + e^{-z}) on |Im z| < pi: both sides are analytic there and agree on the real line."""
    return mp.log1p(mp.exp(z)) if mp.re(z) < 0 else z + mp.log1p(mp.exp(-z))


def _arctan(z: Number) -> Number:
    """The series where mpmath's complex atan has absolute accuracy only."""
    return z - z**3 / 3 + z**5 / 5 if abs(z) < mpf(10) ** -30 else mp.atan(z)


def _normal(z: Number) -> Number:
    """Phi(z); beyond 10^10, where mpmath gives up, it is 0 or 1 up to e^{-10^19}."""
    if abs(mp.re(z)) > 1e10 > abs(mp.im(z)):
        return mpf(int(mp.re(z) > 0))
    return mp.erfc(-z / mp.sqrt(2)) / 2


_FUNCTIONS: dict[str, tuple[Callable[[Number, int], Number], Callable[[Number, int], Number]]] = {
    "tanh": (lambda z, _: mp.tanh(z), lambda z, _: 1 / mp.cosh(z) ** 2),
    "sigmoid": (lambda z, _: _sigmoid(z), lambda z, _: _sigmoid(z) * _sigmoid(-z)),
    "silu": (lambda z, _: z * _sigmoid(z), lambda z, _: _sigmoid(z) * (1 + z * _sigmoid(-z))),
    "softplus": (lambda z, _: _softplus(z), lambda z, _: _sigmoid(z)),
    "gelu": (lambda z, _: z * _normal(z), lambda z, _: _normal(z) + z * mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)),
    "sin": (lambda z, _: mp.sin(z), lambda z, _: mp.cos(z)),
    "arctan": (lambda z, _: _arctan(z), lambda z, _: 1 / (1 + z * z)),
    "power": (lambda z, n: z**n, lambda z, n: n * z ** (n - 1)),
    "identity": (lambda z, _: z, lambda z, _: mpf(1)),
}
_HALF_WIDTHS: dict[str, Callable[[], Number]] = {
    "tanh": lambda: mp.pi / 2, "sigmoid": lambda: +mp.pi, "silu": lambda: +mp.pi, "softplus": lambda: +mp.pi,
    "arctan": lambda: mpf(1)
}  # fmt: skip


def rational(value: Fraction) -> Number:
    """At the working precision."""
    return mpf(value.numerator) / value.denominator


def half_width(activation: Activation) -> Number:
    """Distance of the nearest singularity of s(slope x) from the real line."""
    if activation.slope == 0 or activation.name not in _HALF_WIDTHS:
        return mp.inf
    return _HALF_WIDTHS[activation.name]() / abs(rational(activation.slope))


def value_and_slope(activation: Activation, x: Number) -> tuple[Number, Number]:
    """s(slope x) and its derivative."""
    slope, exponent = rational(activation.slope), int(activation.parameters().get("exponent", 0))
    s, rate = _FUNCTIONS[activation.name]
    return s(slope * x, exponent), slope * rate(slope * x, exponent)


def jet(network: Network, point: Sequence[Number]) -> tuple[list[Number], list[list[Number]], list[list[Number]]]:
    """f, Df row by row, and the pre-activations of each hidden layer."""
    state, jacobian, seen = list(point), [[mpf(int(i == j)) for j in range(len(point))] for i in range(len(point))], []
    for number_of, layer in enumerate(network.layers, start=1):
        rows = [[mpf(w) for w in row] for row in layer.weight.tolist()]
        z = [mp.fdot(row, state) + mpf(b) for row, b in zip(rows, layer.bias.tolist(), strict=True)]
        jacobian = [[mp.fdot(row, column) for column in zip(*jacobian, strict=True)] for row in rows]
        if number_of == len(network.layers):
            return z, jacobian, seen
        seen.append(z)
        pairs = [value_and_slope(layer.activation, a) for a in z]
        state = [value for value, _ in pairs]
        jacobian = [[rate * entry for entry in row] for (_, rate), row in zip(pairs, jacobian, strict=True)]
    raise AssertionError("a network has a last layer")


def mlp(seed: int, sizes: Sequence[int], activations: Sequence[Activation], gain: float = 1.0) -> Network:
    """Random weights, one activation per hidden layer."""
    rng = np.random.default_rng(seed)
    layers = []
    for (inputs, outputs), activation in zip(pairwise(sizes), [*activations, Identity()], strict=True):
        weight = rng.normal(size=(outputs, inputs)) * gain / np.sqrt(inputs)
        layers.append(Layer(weight, rng.normal(size=outputs) * gain / 2, activation))
    return Network(tuple(layers))


def scalar(activation: Activation, weight: float = 1.0, bias: float = 0.0, out: float = 1.0) -> Network:
    """x -> out s(weight x + bias) on the line."""
    hidden = Layer(np.array([[weight]]), np.array([bias]), activation)
    return Network((hidden, Layer(np.array([[out]]), np.zeros(1), Identity())))


def real_rows(*rows: Sequence[complex]) -> tuple[tuple[acb, ...], ...]:
    """Coefficients c_0..c_K from floats, exactly."""
    return tuple(tuple(acb(exact(complex(c).real), exact(complex(c).imag)) for c in row) for row in rows)
