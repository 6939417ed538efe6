"""The activations as analytic functions: values and slopes at thin real or complex balls, width of the strip.

Every formula is the one of the principal branch, valid where |Im z| < `strip_half_width`; beyond, nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TypeVar

from flint import acb, arb

from ..activation import Activation, Smoothness
from ..network import Network
from ..rigor.balls import ZERO, ball

Ball = TypeVar("Ball", arb, acb)
Pair = tuple[list, list]

_HALF_WIDTH: dict[str, Callable[[], arb]] = {
    "tanh": lambda: arb.pi() / 2,  # poles at i pi (m + 1/2)
    "sigmoid": arb.pi,  # 1 + e^-z vanishes at i pi (2m + 1)
    "silu": arb.pi,
    "softplus": arb.pi,  # for |Im z| < pi, 1 + e^z is off the branch cut (-inf, 0] of the logarithm
    "arctan": lambda: arb(1),  # branch points +-i
    "sin": lambda: arb(inf),
    "gelu": lambda: arb(inf),
    "power": lambda: arb(inf),
    "identity": lambda: arb(inf),
    "leaky_relu": lambda: arb(inf),  # analytic only with negative_slope 1, where it is the identity
}


def why_not_analytic(network: Network) -> str:
    """The reason why f is not analytic on R^d, or ""."""
    for k, layer in enumerate(network.hidden, start=1):
        activation = layer.activation
        if activation.smoothness is not Smoothness.ANALYTIC:
            jumps = "s' jumps" if activation.smoothness is Smoothness.LIPSCHITZ else "s'' jumps"
            return (
                f"hidden layer {k} has the activation {activation.name}, whose {jumps} at a kink: the proof needs an "
                "analytic field (the orbit's Fourier coefficients must decay geometrically)"
            )
    return ""


def strip_half_width(activation: Activation) -> arb:
    """x -> s(slope x) is analytic for |Im x| below this ball (infinite for entire functions)."""
    if activation.slope == 0:
        return arb(inf)
    return _HALF_WIDTH[activation.name]() / abs(ball(activation.slope))


def values_and_slopes(activation: Activation, points: list[Ball], slopes: bool) -> tuple[list[Ball], list[Ball]]:
    """s(slope x) at every ball and, if ``slopes``, its derivative; ``activation`` must be analytic."""
    if activation.slope == 0:
        constant = activation.derivatives(ZERO, 0)[0]
        return [x * 0 + constant for x in points], [x * 0 for x in points]
    scale = None if activation.slope == 1 else ball(activation.slope)
    arguments = points if scale is None else [scale * x for x in points]
    values, derivatives = _FUNCTIONS[activation.name](arguments, slopes, activation)
    return values, derivatives if scale is None else [scale * v for v in derivatives]


def _tanh(z: list, slopes: bool, _: Activation) -> Pair:
    t = [x.tanh() for x in z]
    return t, [1 - x * x for x in t] if slopes else []


def _gate(x: Ball) -> Ball:
    """1/(1 + e^-x), written with the exponential that does not grow."""
    if (x.real if isinstance(x, acb) else x) < 0:
        grown = x.exp()
        return grown / (1 + grown)
    return 1 / (1 + (-x).exp())


def _sigmoid(z: list, slopes: bool, _: Activation) -> Pair:
    s = [_gate(x) for x in z]
    return s, [x * (1 - x) for x in s] if slopes else []


def _silu(z: list, slopes: bool, activation: Activation) -> Pair:
    s, ds = _sigmoid(z, slopes, activation)
    value = [x * g for x, g in zip(z, s, strict=True)]
    return value, [g + x * dg for x, g, dg in zip(z, s, ds, strict=True)] if slopes else []


def _softplus(z: list, slopes: bool, activation: Activation) -> Pair:
    return [x.exp().log1p() for x in z], _sigmoid(z, False, activation)[0] if slopes else []


def _gelu(z: list, slopes: bool, _: Activation) -> Pair:
    root, density = arb(2).sqrt(), 1 / (2 * arb.pi()).sqrt()
    gate = [(-x / root).erfc() / 2 for x in z]
    value = [x * g for x, g in zip(z, gate, strict=True)]
    return value, [g + x * density * (-x * x / 2).exp() for x, g in zip(z, gate, strict=True)] if slopes else []


def _sin(z: list, slopes: bool, _: Activation) -> Pair:
    return [x.sin() for x in z], [x.cos() for x in z] if slopes else []


def _arctan(z: list, slopes: bool, _: Activation) -> Pair:
    return [x.atan() for x in z], [1 / (1 + x * x) for x in z] if slopes else []


def _monomial(x: Ball, n: int) -> Ball:
    result, square = x * 0 + 1, x
    while n:
        if n & 1:
            result = result * square
        square, n = square * square, n >> 1
    return result


def _power(z: list, slopes: bool, activation: Activation) -> Pair:
    n = int(activation.parameters()["exponent"])
    return [_monomial(x, n) for x in z], [n * _monomial(x, n - 1) for x in z] if slopes else []


def _identity(z: list, slopes: bool, _: Activation) -> Pair:
    return list(z), [x * 0 + 1 for x in z] if slopes else []


_FUNCTIONS: dict[str, Callable[[list, bool, Activation], Pair]] = {
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "silu": _silu,
    "softplus": _softplus,
    "gelu": _gelu,
    "sin": _sin,
    "arctan": _arctan,
    "power": _power,
    "identity": _identity,
    "leaky_relu": _identity,
}
