"""Values of the kernels: within their errors of mpmath's at 60 digits, an evaluation that shares nothing with them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from math import inf, isfinite, nextafter
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "activation"))
from activation_reference import ANALYTIC, EVERY, KINKED, closed_form, label

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
from saturode_verify.kernels import NoKernel, Rounded, kernel_for
from saturode_verify.kernels.base import BLOCK, Composite
from saturode_verify.rigor.rounding import UNIT

NASTY = [0.0, 5e-324, 1e-310, 2.2250738585072014e-308, 1e-300, 1e-154, 1e-16, 1.0, 8.0, 8.9921875, 9.0, 20.0]
NASTY += [36.0, 36.7, 37.0, 37.5, 38.0, 38.6, 39.0, 40.0, 353.9, 354.0, 354.1, 372.5, 700.0, 707.9, 708.0, 708.1, 709.8]
NASTY += [710.0, 745.1, 745.2, 800.0, 1e5, 2.0**20, 1e16, 1e154, 1.4e154, 1e300, 1.7e308, 1.7976931348623157e308]
"""Denormals, the ends of all domains (9, 37.5, 354, 708, 2^20) and of the exponential, overflow of squares."""
TURNS = [0.6584789484624084, 1.1462158347805889, 1.3169578969248168, 2.2924316695611777, 2.3993572805154676]
TURNS += [1.2784645427610738, 3.4358287883193, 4.34, 1.0438, 0.7517915247, 2**0.5, 2.0, 0.7924, 2.5250, 3**-0.5]
TURNS += [1.5707963267948966, 3.141592653589793, 4.71238898038469, 355.0, 103993.0, 0.25, 0.5]
"""At or next to critical points (and integers next to multiples of pi), where derivatives cancel."""


@pytest.fixture(autouse=True, scope="module")
def sixty_digits() -> Iterator[None]:
    """And numpy quiet, as the kernels' callers have it."""
    with mp.workdps(60), np.errstate(all="ignore"):
        yield


def around(values: list[float]) -> list[float]:
    """Each value with its two neighbours, and their negatives."""
    near = [x for v in values for x in (nextafter(v, -inf), v, nextafter(v, inf)) if isfinite(x)]
    return near + [-x for x in near]


@cache
def points(random: int = 60) -> tuple[float, ...]:
    """Nasty points, critical points, cell boundaries of tables and of the exponential, random points."""
    rng = np.random.default_rng(5)
    cells = [(2 * int(j) + 1) / 128 for j in rng.integers(0, 576, 12)] + [
        (2 * int(j) + 1) / 256 for j in range(0, 130, 13)
    ]
    exponential = [(int(j) + 0.5) * np.log(2) / 64 for j in rng.integers(0, 5000, 12)]
    scattered = [*(3 * rng.normal(size=random)), *(10.0 ** rng.uniform(-25, 6, random) * rng.choice([-1, 1], random))]
    return tuple(float(x) for x in (*around(NASTY), *around(TURNS), *around(cells), *around(exponential), *scattered))


def violations(
    activation: Activation, x: np.ndarray, found: list[Rounded], scale: float = 1.0
) -> list[tuple[int, float]]:
    """(order, x) where the value is further than ``scale`` errors from the exact one (of either side of a kink).

    No information (a value or an error that is not finite) is no violation.
    """
    bad = []
    for k, (value, error) in enumerate(found):
        errors = np.broadcast_to(error, x.shape)
        for at, v, e in zip(x.tolist(), value.tolist(), errors.tolist(), strict=True):
            if not (isfinite(v) and isfinite(e)):
                continue
            sides = (-1, 1) if activation in KINKED or activation.slope != 1 else (1,)
            exact = [closed_form(activation, at, k, side) for side in sides]
            if any(abs(mp.mpf(v) - value) > mp.mpf(e) * scale for value in exact):
                bad.append((k, at))
    return bad


@pytest.mark.parametrize("activation", EVERY, ids=label)
def test_values_are_within_their_errors(activation: Activation) -> None:
    x = np.array(points())
    assert violations(activation, x, kernel_for(activation).derivatives(x, 3)) == []


SLOPES = [Fraction(2), Fraction(-1), Fraction(0), Fraction(0.3), Fraction(1e-3), Fraction(-1e5), Fraction(2) ** 60]
SOME: list[Activation] = [Tanh(), SiLU(), GELU(), Softplus(), Sin(), Arctan(), Power(exponent=3), ELU(), ReLU()]
SOME += [Sigmoid(), LeakyReLU(negative_slope=Fraction(-3)), Identity()]


@pytest.mark.parametrize("slope", SLOPES, ids=str)
@pytest.mark.parametrize("activation", SOME, ids=label)
def test_values_with_a_slope(activation: Activation, slope: Fraction) -> None:
    scaled = replace(activation, slope=slope)
    x = np.array(points()[::9])
    assert violations(scaled, x, kernel_for(scaled).derivatives(x, 3)) == []


@pytest.mark.parametrize("activation", ANALYTIC[:7], ids=label)
def test_the_check_notices_errors_that_are_too_small(activation: Activation) -> None:
    """With every error divided by 64 the same check must complain, at every order: it has power."""
    x = np.array(points())
    found = kernel_for(activation).derivatives(x, 3)
    assert {k for k, _ in violations(activation, x, found, scale=1 / 64)} == {0, 1, 2, 3}


@pytest.mark.parametrize("activation", ANALYTIC[:7], ids=label)
def test_the_check_notices_a_wrong_argument(activation: Activation) -> None:
    """A slope that is off by 2^-44 (512 u) must be noticed."""
    x = np.array([0.3, 0.7, -1.1, 2.3])
    wrong = kernel_for(replace(activation, slope=Fraction(1 + 2.0**-44))).derivatives(x, 3)
    assert violations(activation, x, wrong)


ERRORS = {
    "tanh": (4.5, 9, 16, 36),
    "sigmoid": (4, 3, 3, 7),
    "softplus": (6, 4, 3, 3),
    "silu": (26, 8, 8, 14),
    "gelu": (6, 5, 7, 8),
    "sin": (6, 6, 6, 6),
    "arctan": (6, 4, 6, 28),
}
"""In units of u, for |x| <= 3."""


@pytest.mark.parametrize("activation", ANALYTIC[:7], ids=label)
def test_errors_are_small(activation: Activation) -> None:
    found = kernel_for(activation).derivatives(np.linspace(-3, 3, 301), 3)
    for (_, error), bound in zip(found, ERRORS[activation.name], strict=True):
        assert np.max(error) <= bound * UNIT


@pytest.mark.parametrize("slope", [1, -2])
@pytest.mark.parametrize("activation", EVERY, ids=label)
def test_what_is_not_finite_gives_no_information(activation: Activation, slope: int) -> None:
    kernel = kernel_for(replace(activation, slope=Fraction(slope)))
    for value, error in kernel.derivatives(np.array([np.nan, 1.0]), 3):
        assert not isfinite(value[0] + np.broadcast_to(error, 2)[0])
        assert isfinite(value[1] + np.broadcast_to(error, 2)[1])
    # At infinity a finite answer must be the limit, which that at 1e300 encloses.
    for end in (inf, -inf):
        far = kernel.derivatives(np.array([end, np.copysign(1e300, end)]), 3)
        for value, error in far:
            e = np.broadcast_to(error, 2)
            if isfinite(value[0]) and isfinite(e[0]):
                assert isfinite(value[1]) and abs(value[0] - value[1]) <= e[0] + e[1]


@pytest.mark.parametrize("activation", EVERY, ids=label)
def test_shape_order_and_blocks_do_not_matter(activation: Activation) -> None:
    rng = np.random.default_rng(1)
    kernel = kernel_for(activation)
    x = rng.normal(size=(3, BLOCK))
    x[0, 0] = x[1, 5] = 0.0  # kinks make errors arrays in some blocks only
    before = x.copy()
    whole = kernel.derivatives(x, 3)
    assert np.array_equal(x, before)
    for row in range(3):
        for (value, error), (expected, bound) in zip(whole, kernel.derivatives(x[row], 3), strict=True):
            assert np.array_equal(value[row], expected)
            assert np.array_equal(np.broadcast_to(error, x.shape)[row], np.broadcast_to(bound, BLOCK))
    for order in range(4):
        fewer = kernel.derivatives(x[:, ::7], order)
        assert len(fewer) == order + 1
        assert np.array_equal(fewer[order][0], whole[order][0][:, ::7])
    assert kernel.derivatives(np.array(0.5), 3)[3][0].shape == ()
    assert kernel.derivatives(np.empty((0, 4)), 1)[1][0].shape == (0, 4)


def test_nothing_is_shared_between_the_orders() -> None:
    """Callers may write into what they are given."""
    x = np.array([0.5, 1e9])
    for activation in EVERY:
        arrays = [part for pair in kernel_for(activation).derivatives(x, 3) for part in pair]
        kept = [part for part in arrays if isinstance(part, np.ndarray)]
        assert not any(np.shares_memory(a, b) for i, a in enumerate(kept) for b in [x, *kept[:i]])


@pytest.mark.parametrize(
    "activation",
    [
        Tanh(slope=Fraction(2) ** 61),
        Tanh(slope=Fraction(1, 2**201)),
        ELU(alpha=Fraction(2) ** 61),
        LeakyReLU(negative_slope=-(Fraction(2) ** 61)),
        LeakyReLU(negative_slope=Fraction(1, 2**1074)),  # subnormal: may be flushed
    ],
    ids=["large", "small", "alpha", "negative_slope", "subnormal"],
)
def test_absurd_parameters_have_no_kernel(activation: Activation) -> None:
    with pytest.raises(NoKernel, match="out of the range"):
        kernel_for(activation)


@pytest.mark.parametrize("activation", [*ANALYTIC[:7], ELU(), LeakyReLU(negative_slope=Fraction(-3))], ids=label)
def test_sensitivity_is_an_upper_bound(activation: Activation) -> None:
    """|y s^(k+1)(y)| <= A + B |y|, proved in the docstrings, sampled here (order 4 by a difference of order 3)."""
    kernel = kernel_for(activation)
    assert isinstance(kernel, Composite)
    higher: list[Callable[[float], mp.mpf]] = [lambda y, k=k: closed_form(activation, y, k) for k in (1, 2, 3)]
    step = mp.mpf(2) ** -60
    higher.append(lambda y: (closed_form(activation, Fraction(y) + Fraction(1, 2**60), 3) - higher[2](y)) / step)
    for (constant, linear), derivative in zip(kernel._formula.sensitivity, higher, strict=True):
        for y in [x / 8 for x in range(-80, 81) if x]:
            assert abs(y * derivative(y)) <= (constant + linear * abs(y)) * (1 + mp.mpf(10) ** -12)
