"""Containment of the elementary functions and activations in intervals, against mpmath at 600 bits."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from mpmath import mp, mpf

from saturode_verify.checker import elementary
from saturode_verify.checker.activation import Activation
from saturode_verify.checker.fixed import Interval

FUNCTIONS: dict[str, tuple[Callable[[int, int], Interval], Callable[[Any], Any]]] = {
    "exp": (elementary.exp, mp.exp),
    "log": (elementary.log, mp.log),
    "atan": (elementary.atan, mp.atan),
    "erf": (elementary.erf, mp.erf),
    "sin": (lambda x, p: elementary.sin_cos(x, p)[0], mp.sin),
    "cos": (lambda x, p: elementary.sin_cos(x, p)[1], mp.cos),
}
ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "tanh": mp.tanh,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "gelu": lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2,
    "sin": mp.sin,
    "arctan": mp.atan,
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("p", [40, 96, 250])
def test_contains_the_function(name: str, p: int) -> None:
    ours, reference = FUNCTIONS[name]
    chance = random.Random(7)
    with mp.workprec(900):
        for _ in range(150):
            size = 2.0 ** chance.choice([-60, -5, 0, 1, 2, 3, 4, 6])
            x = int(chance.choice([-1, 1]) * chance.random() * size * 2**p)
            if name == "log":
                x = abs(x) + 1
            value = reference(mpf(x) / mpf(2) ** p) * mpf(2) ** p
            low, high = ours(x, p)
            assert low <= value <= high
            assert high - low <= 4 or name == "exp"


@pytest.mark.parametrize("p", [32, 100, 700])
def test_constants(p: int) -> None:
    with mp.workprec(900):
        for (low, high), value in ((elementary.pi(p), +mp.pi), (elementary.log_two(p), mp.log(2))):
            assert low <= value * mpf(2) ** p <= high <= low + 2


def test_rational_exponential() -> None:
    with mp.workprec(900):
        for x in (Fraction(0), Fraction(-1000), Fraction(1, 3), Fraction(777, 2), Fraction(-1, 10**9)):
            low, high = elementary.exp_rational(x)
            value = mp.exp(mpf(x.numerator) / x.denominator)
            assert mpf(low.numerator) / low.denominator <= value <= mpf(high.numerator) / high.denominator
            assert high - low <= low / (1 << 150)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("slope", [Fraction(1), Fraction(-3, 4)])
def test_activations_and_their_images(name: str, slope: Fraction) -> None:
    p, chance = 80, random.Random(5)
    activation = Activation(name, slope)
    with mp.workprec(500):

        def function(x: Any) -> Any:
            return ACTIVATIONS[name](mpf(slope.numerator) / slope.denominator * x)

        def derivative(x: Any, k: int) -> Any:
            return (mp.diff(function, x, k, h=mpf(2) ** -80) if k else function(x)) * mpf(2) ** p

        for _ in range(12):
            x = int(chance.uniform(-5, 5) * 2**p)
            y = x + int(chance.random() * 3 * 2**p)
            points = [mpf(x) / 2**p + mpf(y - x) / 2**p * i / 10 for i in range(11)]
            values = activation.point(x, p)
            for k, (low, high) in enumerate(values):
                assert low - 2**12 <= derivative(points[0], k) <= high + 2**12
                assert high - low <= 16
            for k in (0, 1):
                low, high = activation.image(k, x, y, p)
                sure = activation.attained(k, x, y, p)
                seen = [derivative(z, k) for z in points]
                assert low - 2**12 <= min(seen)
                assert max(seen) <= high + 2**12
                assert low <= sure[0] <= low + 400
                assert high - 400 <= sure[1] <= high
            bends = activation.bends(x, y, p, activation.point((x + y) // 2, p))
            assert bends is not None
            for k in (2, 3):
                for z in points:
                    assert bends[k - 2][0] - 2**12 <= derivative(z, k) <= bends[k - 2][1] + 2**12
            seen = [abs(derivative(z, 2)) for z in points]
            assert max(seen) <= activation.bend(x, y, p) + 2**12
