"""Images of the kernels: they hold the exact image (mpmath), little more, and every value sampled inside."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import inf, isfinite, nextafter
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "activation"))
from activation_reference import ANALYTIC, EVERY, KINKED, closed_form, critical_points, expected_image, image, label

from saturode_verify.activation import (
    ELU,
    Activation,
    Arctan,
    FiniteCritical,
    LeakyReLU,
    ReLU,
    SiLU,
    Sin,
    Softplus,
    Tanh,
)
from saturode_verify.kernels import Image, kernel_for
from saturode_verify.kernels.base import Composite
from saturode_verify.kernels.turning import TurningShape
from saturode_verify.rigor.rounding import ETA, UNIT

Interval = tuple[float, float]
FIXED: list[Interval] = [
    (-1e308, 1e308),
    (1e307, 1e308),
    (-1.7976931348623157e308, 0.5),
    (-800.0, -700.0),
    (0.0, 0.0),
    (-0.0, 0.0),
    (0.0, 5e-324),
    (-5e-324, 0.0),
    (-1e-310, 1e-310),
    (-1.0, 0.0),
    (0.0, 3.0),
    (1.0, 2.0),
    (-1e16, -1e16 + 2),
    (-40.0, 40.0),
    (3.0, 9.5),
    (2.0**20 - 1, 2.0**20 + 1),
]


@pytest.fixture(autouse=True, scope="module")
def sixty_digits() -> Iterator[None]:
    """And numpy quiet, as the kernels' callers have it."""
    with mp.workdps(60), np.errstate(all="ignore"):
        yield


def intervals(activation: Activation) -> list[Interval]:
    """Fixed, random and one-ulp intervals, and intervals that end on the floats around each critical point."""
    rng = random.Random(3)
    found = list(FIXED)
    for _ in range(8):
        a, b = sorted((rng.gauss(0, 3), rng.gauss(0, 3)))
        found += [(a, b), (a, nextafter(a, inf)), (a, a + 1e-9), (a, a + 0.1)]
    plain = replace(activation, slope=Fraction(1))
    for root in sorted({float(root) for k in range(4) for root in critical_points(plain, k)}):
        centre = root / float(activation.slope)
        below, above = nextafter(centre, -inf), nextafter(centre, inf)
        found += [(below, above), (centre, centre), (centre - 0.5, below), (above, centre + 0.5), (below, centre + 2.0)]
    return found


def computed(activation: Activation, pairs: list[Interval]) -> list[Image]:
    """The kernel's images of the orders 0..3, as the engine calls it."""
    lower, upper = (np.array(ends) for ends in zip(*pairs, strict=True))
    kernel = kernel_for(activation)
    return kernel.images(lower, upper, kernel.derivatives(lower, 3), kernel.derivatives(upper, 3))


def misses(activation: Activation, pairs: list[Interval], found: list[Image]) -> list[tuple[int, Interval]]:
    """Intervals whose image does not hold the exact one (a bound that is NaN or infinite counts as no bound)."""
    bad = []
    for k, (lows, highs) in enumerate(found):
        for pair, low, high in zip(pairs, lows.tolist(), highs.tolist(), strict=True):
            exact_low, exact_high = expected_image(activation, k, *pair)
            if (isfinite(low) and low > exact_low) or (isfinite(high) and high < exact_high):
                bad.append((k, pair))
    return bad


CASES: list[Activation] = [*EVERY, Tanh(slope=Fraction(-1)), Tanh(slope=Fraction(0.3)), SiLU(slope=Fraction(-2))]
CASES += [Sin(slope=Fraction(-2)), Sin(slope=Fraction(0.3)), Sin(slope=Fraction(-0.3)), Arctan(slope=Fraction(1e-3))]
CASES += [ReLU(slope=Fraction(-1)), ELU(slope=Fraction(-0.3)), ELU(alpha=Fraction(-2), slope=Fraction(3))]
CASES += [LeakyReLU(slope=Fraction(0.3)), replace(ANALYTIC[11], slope=Fraction(-0.3)), SiLU(slope=Fraction(0))]


def named(activation: Activation) -> str:
    """A test id with the slope."""
    return f"{label(activation)} {float(activation.slope)}"


@pytest.mark.parametrize("activation", CASES, ids=named)
def test_images_hold_the_exact_images(activation: Activation) -> None:
    pairs = intervals(activation) if activation.slope else FIXED
    found = computed(activation, pairs)
    assert all(not (low > high).any() for low, high in found)
    if activation.slope:
        assert misses(activation, pairs, found) == []
    else:
        assert all((low == 0).all() and (high == 0).all() for low, high in found[1:])


@pytest.mark.parametrize("activation", [*ANALYTIC[:7], KINKED[2], KINKED[5], Sin(slope=Fraction(-0.3))], ids=named)
def test_images_hold_sampled_values(activation: Activation) -> None:
    """Independent of all lists of critical points."""
    rng = random.Random(8)
    pairs = [(a, a + w) for w in (1e-3, 0.3, 2.0, 20.0) for a in (rng.gauss(-w / 2, 3) for _ in range(4))]
    for k, (lows, highs) in enumerate(computed(activation, pairs)):
        for (a, b), low, high in zip(pairs, lows, highs, strict=True):
            for i in range(33):
                value = closed_form(activation, min(max(a + (b - a) * i / 32, a), b), k)
                assert not (value < low or value > high)


@pytest.mark.parametrize("activation", [case for case in CASES if case.slope], ids=named)
def test_images_are_tight(activation: Activation) -> None:
    """Within 1e-12 of the ball arithmetic's for ordinary intervals."""
    pairs = [pair for pair in intervals(activation) if max(map(abs, pair)) < 20]
    for k, (lows, highs) in enumerate(computed(activation, pairs)):
        for pair, low, high in zip(pairs, lows, highs, strict=True):
            wanted = image(activation, k, *pair)
            if wanted is None:
                assert low == -inf and high == inf
            else:
                size = 1 + max(map(abs, wanted))
                assert wanted[0] - low <= 1e-12 * size and high - wanted[1] <= 1e-12 * size


@pytest.mark.parametrize("activation", [a for a in ANALYTIC if isinstance(a, FiniteCritical)], ids=label)
def test_the_check_notices_a_missing_extremum(activation: Activation) -> None:
    """Each extremum of each order, left out alone, must be missed."""
    kernel = kernel_for(activation)
    assert isinstance(kernel, Composite) and isinstance(kernel._shape, TurningShape)
    for k, turns in enumerate(kernel._shape._orders):
        for leave in range(len(turns.extrema)):
            fewer = turns._replace(extrema=turns.extrema[:leave] + turns.extrema[leave + 1 :])
            orders = list(kernel._shape._orders)
            orders[k] = fewer
            centre = turns.extrema[leave].left
            pairs = [(centre - 0.1, centre + 0.1)]
            lower, upper = np.array([centre - 0.1]), np.array([centre + 0.1])
            ends = kernel.derivatives(lower, 3), kernel.derivatives(upper, 3)
            wrong = TurningShape((orders[0], orders[1], orders[2], orders[3])).images(lower, upper, *ends)
            assert [order for order, _ in misses(activation, pairs, wrong)] == [k]


@pytest.mark.parametrize("activation", EVERY, ids=label)
def test_ends_that_are_not_finite(activation: Activation) -> None:
    """NaN at either end leaves no bound; an infinite end no bound that an interval to 1e300 breaks."""
    kernel = kernel_for(activation)

    def images(lower: list[float], upper: list[float]) -> list[Image]:
        a, b = np.array(lower), np.array(upper)
        return kernel.images(a, b, kernel.derivatives(a, 3), kernel.derivatives(b, 3))

    for low, high in images([np.nan, 0.5, np.nan], [1.0, np.nan, np.nan]):
        assert not np.isfinite(low).any() and not np.isfinite(high).any()
    wide = images([-inf, 0.5, -inf], [0.5, inf, inf])
    far = images([-1e300, 0.5, -1e300], [0.5, 1e300, 1e300])
    for (low, high), (small_low, small_high) in zip(wide, far, strict=True):
        assert not (low - 1e-14 > small_low).any() and not (high + 1e-14 < small_high).any()


def test_the_kink() -> None:
    pairs = [(-1.0, 2.0), (0.0, 1.0), (-1.0, -0.0), (0.5, 1.0), (-2.0, -1.0), (0.0, 0.0)]
    relu = computed(ReLU(), pairs)
    assert np.allclose(relu[1], [[0, 0, 0, 1, 0, 0], [1, 1, 1, 1, 0, 1]], rtol=0, atol=1e-15)
    assert relu[1][0].min() == 0 and relu[1][1].max() == 1
    for order in (2, 3):
        assert np.array_equal(relu[order][0], [-inf, -inf, -inf, 0, 0, -inf])
        assert np.array_equal(relu[order][1], [inf, inf, inf, 0, 0, inf])
    leaky = computed(LeakyReLU(negative_slope=Fraction(1)), pairs)  # no kink: the identity
    assert np.array_equal(leaky[1][0], np.ones(6)) and np.array_equal(leaky[3][1], np.zeros(6))
    elu = computed(ELU(), pairs)  # s' is continuous, s'' jumps from 1 to 0
    assert abs(elu[1][1][0] - 1) < 1e-15 and abs(elu[2][1][0] - 1) < 1e-15 and elu[2][0][0] == 0
    assert elu[3][0][0] == -inf and elu[3][1][2] == inf and elu[3][1][4] < 0.4


def test_overflow_is_no_information() -> None:
    """The value at an end is infinite: nothing may be concluded from it."""
    cube = ANALYTIC[10]
    low, high = computed(cube, [(-1e300, 1.0), (1.0, 1e300)])[0]
    assert not np.isfinite(low).any() and not np.isfinite(high).any()


def test_rounding_of_the_ends_is_outward() -> None:
    """value - error is rounded: with errors far below an ulp the bounds must still move outward."""
    kernel = kernel_for(Tanh())
    value = np.array([0.5])
    ends = [(value, 0.1 * UNIT * value)]
    low, high = kernel.images(np.array([0.5]), np.array([0.5]), ends, ends)[0]
    assert low[0] < 0.5 < high[0] and high[0] - low[0] < 1e-14


def test_scalars_and_shapes() -> None:
    kernel = kernel_for(SiLU())
    for shape in ((), (2, 3), (0,)):
        lower, upper = np.full(shape, -2.0), np.full(shape, 1.0)
        found = kernel.images(lower, upper, kernel.derivatives(lower, 1), kernel.derivatives(upper, 1))
        assert len(found) == 2 and all(end.shape == shape for pair in found for end in pair)


def test_global_bounds_hold_far_out() -> None:
    """|tanh| <= 1 and tanh' >= 0 exactly, whatever the errors are."""
    low, high = computed(Tanh(), [(30.0, 1e300), (-1e300, 1e300)])[0]
    assert (high == 1).all() and low[1] == -1
    low, _ = computed(Tanh(), [(30.0, 1e300)])[1]
    assert low[0] == 0
    assert computed(Softplus(slope=Fraction(-3)), [(1e3, 1e300)])[0][0][0] == 0
    least = computed(SiLU(slope=Fraction(-2)), [(0.6392322713805, 0.6392322713806)])[0][0][0]  # around the minimum
    assert least == computed(SiLU(), [(-9.0, 9.0)])[0][0][0] and abs(least + 0.2784645427610738) < 1e-16
    assert computed(SiLU(), [(-1e300, -1e299)])[0][1][0] <= 4 * ETA
