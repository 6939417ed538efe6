"""Derivatives of every activation in mpmath, by formulas that are not the package's.

`DEFINITIONS` are the functions themselves, for mpmath's numerical differentiation; `closed_form` holds at any size of
x (denormal, 1e308), and test_activation_values.py checks it against the definitions. One-sided at the kinks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache

import mpmath as mp
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
    Softplus,
    Tanh,
)
from saturode_verify.rigor.balls import exact, precision

ANALYTIC = [Tanh(), Sigmoid(), Softplus(), SiLU(), GELU(), Sin(), Arctan(), Identity(), Power(exponent=1)]
ANALYTIC += [Power(exponent=2), Power(exponent=3), Power(exponent=4), Power(exponent=64)]
KINKED = [ReLU(), LeakyReLU(), LeakyReLU(negative_slope=Fraction(-3)), ELU(), ELU(alpha=Fraction(1, 2))]
KINKED += [ELU(alpha=Fraction(-2))]
EVERY = ANALYTIC + KINKED

DEFINITIONS: dict[str, Callable[[mp.mpf], mp.mpf]] = {
    "tanh": mp.tanh,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "gelu": lambda x: x * mp.ncdf(x),
    "sin": mp.sin,
    "arctan": mp.atan,
}

NASTY = [0.0, 5e-324, -5e-324, 1e-310, 1e-17, -1e-17, 1.0, -1.0, 745.2, -745.2, 4095.9, -4096.0, 4096.0, 1e5, -1e5]
NASTY += [1e16, -1e16, 1e154, -1e154, 1e308, -1e308, 1.7976931348623157e308, -1.7976931348623157e308]


def label(activation: Activation) -> str:
    """A test id such as ``power-3``."""
    return "-".join([activation.name, *(str(v) for v in activation.parameters().values())])


def real(value: Fraction | float) -> mp.mpf:
    """The exact value, if mpmath's precision holds it."""
    fraction = Fraction(value)
    return mp.mpf(fraction.numerator) / fraction.denominator


def bounds(ball: arb) -> tuple[mp.mpf, mp.mpf]:
    """Lower and upper end of a ball in mpmath."""
    with precision(400):
        parts = [end.man_exp() for end in (ball.lower(), ball.upper())]
    low, high = (mp.ldexp(int(mantissa), int(exponent)) for mantissa, exponent in parts)
    return low, high


def _sigmoid(x: mp.mpf, k: int) -> mp.mpf:
    """sigma^(k) as a rational function of q = e^-|x| (Eulerian numbers); odd k + 1 is even in x."""
    q = mp.exp(-abs(x))
    if k == 0:
        return 1 / (1 + q) if x >= 0 else q / (1 + q)
    numerator = [q, -q * (1 - q), q * (1 - 4 * q + q**2), -q * (1 - 11 * q + 11 * q**2 - q**3)][k - 1]
    return numerator / (1 + q) ** (k + 1) * (-1 if x < 0 and k % 2 == 0 else 1)


def _gelu(x: mp.mpf, k: int) -> mp.mpf:
    """Leibniz: x Phi^(k) + k Phi^(k-1), with Phi^(k) = (-1)^(k-1) He_(k-1)(x) phi(x)."""

    def distribution(j: int) -> mp.mpf:
        if j == 0 and abs(x) > mp.mpf(10) ** 100:  # erfc(y) = e^(-y^2)/(y sqrt pi) (1 - 1/(2 y^2) + ...)
            return mp.mpf(1) if x > 0 else mp.exp(-(x**2) / 2) / (-x * mp.sqrt(2 * mp.pi))
        if j == 0:
            return mp.erfc(-x / mp.sqrt(2)) / 2
        hermite = [1, x, x**2 - 1, x**3 - 3 * x][j - 1]
        return (-1) ** (j - 1) * hermite * mp.exp(-(x**2) / 2) / mp.sqrt(2 * mp.pi)

    return x * distribution(k) + (k * distribution(k - 1) if k else 0)


def _arctan(x: mp.mpf, k: int) -> mp.mpf:
    """arctan^(k) = (-1)^(k-1) (k-1)! Im (x + i)^k / (1 + x^2)^k for k >= 1, from 1/(1 + x^2) = Im 1/(x - i)."""
    if k == 0:
        return mp.atan(x)
    imaginary = [0, 1, 2 * x, 3 * x**2 - 1, 4 * x**3 - 4 * x][k]
    return (-1) ** (k - 1) * mp.factorial(k - 1) * imaginary / (1 + x**2) ** k


def _left_branch(activation: Activation, x: mp.mpf, k: int) -> mp.mpf:
    if isinstance(activation, ELU):
        return real(activation.alpha) * (mp.exp(x) - (1 if k == 0 else 0))
    factor = real(activation.negative_slope) if isinstance(activation, LeakyReLU) else mp.mpf(0)
    return factor * x if k == 0 else factor if k == 1 else mp.mpf(0)


def _power(n: int, x: mp.mpf, k: int) -> mp.mpf:
    return mp.mpf(0) if k > n else mp.factorial(n) / mp.factorial(n - k) * x ** (n - k)


def _base(activation: Activation, x: mp.mpf, k: int, side: int) -> mp.mpf:
    if activation in KINKED:
        right = x > 0 or (x == 0 and side > 0)
        return _power(1, x, k) if right else _left_branch(activation, x, k)
    if isinstance(activation, Power):
        return _power(activation.exponent, x, k)
    forms: dict[str, Callable[[], mp.mpf]] = {
        "tanh": lambda: 2 ** (k + 1) * _sigmoid(2 * x, k) - (1 if k == 0 else 0),
        "sigmoid": lambda: _sigmoid(x, k),
        "softplus": lambda: _sigmoid(x, k - 1) if k else mp.log1p(mp.exp(-abs(x))) + max(x, 0),
        "silu": lambda: x * _sigmoid(x, k) + (k * _sigmoid(x, k - 1) if k else 0),
        "gelu": lambda: _gelu(x, k),
        "sin": lambda: [mp.sin, mp.cos, lambda y: -mp.sin(y), lambda y: -mp.cos(y), mp.sin][k](x),
        "arctan": lambda: _arctan(x, k),
        "identity": lambda: _power(1, x, k),
    }
    return forms[activation.name]()


def closed_form(activation: Activation, x: Fraction | float, k: int, side: int = 1) -> mp.mpf:
    """The k-th derivative of x -> s(slope x) to at least 55 digits, relative; ``side`` chooses at a kink."""
    size = abs(x)
    # 1 - q cancels as much as x is small.
    with mp.workdps(60 + (720 if size < 1e-8 else 40)):
        slope = real(activation.slope)
        plain = type(activation)(**{name: getattr(activation, name) for name in _FIELDS if hasattr(activation, name)})
        return slope**k * _base(plain, slope * real(x), k, side if slope > 0 else -side)


_FIELDS = ("exponent", "alpha", "negative_slope")


def image(activation: Activation, k: int, low: float, high: float) -> tuple[mp.mpf, mp.mpf] | None:
    """The package's image over [low, high], as the bounds call it."""
    ends = [activation.derivatives(exact(x), max(k, 1))[k] for x in (low, high)]
    found = activation.image(k, exact(low), exact(high), ends)
    return None if found is None else (bounds(found[0])[0], bounds(found[1])[1])


@cache
def critical_points(activation: Activation, k: int) -> tuple[mp.mpf, ...]:
    """Zeros of s^(k+1) in [-12, 12] (slope 1), by a scan for sign changes: nothing of the package's tables."""
    if activation.name in ("identity", "power") or activation in KINKED:
        return ()
    grid = [Fraction(i, 16) + Fraction(1, 100) for i in range(-192, 192)]
    values = [closed_form(activation, x, k + 1) for x in grid]
    found = []
    for left, right, a, b in zip(grid, grid[1:], values, values[1:], strict=False):
        if a * b < 0:
            with mp.workdps(40):
                root = mp.findroot(
                    lambda x: _base(activation, x, k + 1, 1), (real(left), real(right)), solver="anderson", tol=1e-60
                )
            found.append(root)
    return tuple(found)


def expected_image(activation: Activation, k: int, low: float, high: float) -> tuple[mp.mpf, mp.mpf]:
    """Hull of the k-th derivative over [low, high] from its end values, critical points and one-sided kink values."""
    plain = replace(activation, slope=Fraction(1))
    factor = real(activation.slope) ** k
    values = [closed_form(activation, x, k, side) for x in (low, high) for side in (-1, 1)]
    a, b = sorted((activation.slope * Fraction(low), activation.slope * Fraction(high)))
    values += [factor * _base(plain, x, k, 1) for x in critical_points(plain, k) if real(a) <= x <= real(b)]
    if a <= 0 <= b:  # the kink, or the one critical point of a power
        values += [factor * _base(plain, mp.mpf(0), k, side) for side in (-1, 1)]
    if isinstance(plain, Sin):
        values += [factor * value for value in _sine_extrema(k, a, b)]
    return min(values), max(values)


def _sine_extrema(k: int, low: Fraction, high: Fraction) -> list[mp.mpf]:
    """Values of sin^(k) at the multiples of pi/2 in [low, high]; +-1 where a whole period fits."""
    with mp.workdps(800):
        quarter = mp.pi / 2
        first, last = int(mp.ceil(real(low) / quarter)), int(mp.floor(real(high) / quarter))
        if last - first >= 4:
            return [mp.mpf(-1), mp.mpf(1)]
        return [mp.mpf([0, 1, 0, -1][(m + k) % 4]) for m in range(first, last + 1)]
