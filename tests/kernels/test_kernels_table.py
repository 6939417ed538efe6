"""The exponential and the Taylor tables, point by point against mpmath."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
from flint import ctx

from saturode_verify.kernels.exponential import EXP_DOMAIN, EXP_ERROR, exp_minus
from saturode_verify.kernels.outward import above, below, cut
from saturode_verify.kernels.sine import _constants
from saturode_verify.kernels.table import TaylorTable
from saturode_verify.kernels.tabulated import HALF_PI, arctan_table, gelu_tables, log1p_table
from saturode_verify.rigor.balls import ball, exact
from saturode_verify.rigor.rounding import UNIT


@pytest.fixture(autouse=True, scope="module")
def sixty_digits() -> Iterator[None]:
    """And numpy quiet, as the kernels' callers have it."""
    with mp.workdps(60), np.errstate(all="ignore"):
        yield


def _exponential_points() -> np.ndarray:
    rng = np.random.default_rng(1)
    halves = (rng.integers(0, 65370, 600) + 0.5) * (np.log(2) / 64)  # where n changes
    special = [0.0, 5e-324, 1e-310, 2.3e-308, 1e-300, 1e-17, UNIT, 1e-8, 707.99999, np.nextafter(708, 0), 708.0]
    around = [np.nextafter(halves, 0), halves, np.nextafter(halves, 1e9)]
    return np.concatenate([special, *around, rng.uniform(0, 708, 3000), 10 ** rng.uniform(-20, 2.85, 2000)])


def _worst(values: np.ndarray, a: np.ndarray) -> mp.mpf:
    return max(abs(mp.mpf(v) / mp.exp(-mp.mpf(x)) - 1) for v, x in zip(values.tolist(), a.tolist(), strict=True))


def test_exponential_is_within_its_error() -> None:
    a = _exponential_points()
    worst = _worst(exp_minus(a), a)
    assert worst <= EXP_ERROR
    assert worst >= EXP_ERROR / 4  # the check has power, and the constant is not absurd


def test_exponential_keeps_nan_and_its_argument() -> None:
    a = np.array([np.nan, 1.0, EXP_DOMAIN])
    found = exp_minus(a)
    assert np.isnan(found[0]) and a[1] == 1.0 and found[2] > 2.0**-1022


TABLES = {
    "log1p": (log1p_table, 1.0, 2.0**-7, mp.log1p),
    "gelu": (lambda: gelu_tables()[0], 9.0, 2.0**-6, lambda a: a * mp.erfc(a / mp.sqrt(2)) / 2),
    "gelu'": (lambda: gelu_tables()[1], 9.0, 2.0**-6, lambda a: mp.erfc(a / mp.sqrt(2)) / 2 - a * mp.npdf(a)),
    "arctan": (arctan_table, 1.0, 2.0**-7, mp.atan),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_within_their_error(name: str) -> None:
    """Dense around the boundaries of all cells, the ends included; and not by a wide margin."""
    build, end, step, function = TABLES[name]
    table = build()
    boundaries = (np.arange(int(end / step)) + 0.5) * step
    rng = np.random.default_rng(2)
    special = [0.0, 5e-324, 1e-300, np.nextafter(end, 0), end]
    around = [np.nextafter(boundaries, 0), boundaries, np.nextafter(boundaries, 1e9)]
    x = np.concatenate([special, *around, rng.uniform(0, end, 600)])
    differences = [abs(mp.mpf(v) - function(mp.mpf(t))) for v, t in zip(table(x).tolist(), x.tolist(), strict=True)]
    assert max(differences) <= table.error
    assert max(differences) >= table.error / 8
    assert table.error <= 1.5 * UNIT
    assert np.isnan(table(np.array([np.nan]))[0])


def test_tail_of_the_gelu() -> None:
    tail = gelu_tables()[2]
    for a in (9, 9.5, 12, 37):
        q, density = mp.erfc(a / mp.sqrt(2)) / 2, mp.npdf(a)
        assert a * q <= tail and abs(q - a * density) <= tail
    assert tail < UNIT / 4


def test_constants_are_rounded_correctly() -> None:
    assert abs(mp.mpf(0.3989422804014327) * mp.sqrt(2 * mp.pi) - 1) <= UNIT
    assert abs(HALF_PI - mp.pi / 2) <= 0.6 * UNIT
    constants = _constants()
    assert abs(sum(map(mp.mpf, constants.parts)) - mp.pi) <= mp.mpf(2) ** -62 * UNIT
    for part, places in zip(constants.parts[:2], (30, 62), strict=True):
        assert part * 2.0**places == int(part * 2.0**places) < 2**32


def test_a_table_that_is_not_accurate_is_refused() -> None:
    before = ctx.cap
    with pytest.raises(ArithmeticError, match="not accurate"):
        TaylorTable(lambda s: s.atan(), 0.5, 2)
    assert ctx.cap == before  # global in flint


def test_floats_of_balls_are_outward() -> None:
    third = Fraction(1, 3)
    assert Fraction(below(ball(third))) < third < Fraction(above(ball(third)))
    assert below(exact(0.5)) == above(exact(0.5)) == 0.5
    assert above(exact(1e308) * 10) == float("inf") and below(exact(1e308) * 10) == 1.7976931348623157e308
    assert below(exact(-1e308) * 10) == float("-inf")
    assert cut(exact(0.75), 1) == 0.5
    with pytest.raises(ArithmeticError, match="cannot be cut"):
        cut(exact(2.0**60), 1)
