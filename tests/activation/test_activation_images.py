"""Images of s, s', s'', s''' over intervals: they hold every value, and their ends are attained."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf, nextafter
from time import perf_counter

import mpmath as mp
import pytest
from activation_reference import (
    ANALYTIC,
    EVERY,
    KINKED,
    closed_form,
    critical_points,
    expected_image,
    image,
    label,
    real,
)
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from saturode_verify.activation import (
    ELU,
    GELU,
    Activation,
    Arctan,
    FiniteCritical,
    LeakyReLU,
    Power,
    ReLU,
    SiLU,
    Sin,
    Smoothness,
    Tanh,
)
from saturode_verify.rigor.balls import ball, precision

TIGHT = mp.mpf("1e-15")
Interval = tuple[float, float]

FIXED: list[Interval] = [
    (-1e308, 1e308),
    (1e307, 1e308),
    (-1e308, 0.5),
    (-800.0, -700.0),
    (100.0, 200.0),
    (0.0, 0.0),
    (0.0, 5e-324),
    (-5e-324, 0.0),
    (-5e-324, 5e-324),
    (-1.0, 0.0),
    (0.0, 3.0),
    (-2.0, -1.0),
    (1.0, 2.0),
    (1e308, 1e308),
    (-1e16, -1e16 + 2),
    (-40.0, 40.0),
]


def intervals(activation: Activation) -> list[Interval]:
    """Fixed, random and one-ulp intervals, and intervals that end on the floats around each critical point."""
    rng = random.Random(3)
    found = list(FIXED)
    for _ in range(12):
        found.append(ordered(rng.gauss(0, 3), rng.gauss(0, 3)))
        start = rng.gauss(0, 3)
        found += [(start, nextafter(start, inf)), (start, start + 1e-9)]
    roots = {float(root) for k in range(4) for root in critical_points(activation, k)}
    for root in sorted(roots):
        below, above = nextafter(root, -inf), nextafter(root, inf)
        found += [(below, above), (root, root), (root - 0.5, root), (root, root + 0.5)]
        found += [(root - 0.5, below), (above, root + 0.5), (below, root + 2.0)]
    return found


def ordered(a: float, b: float) -> Interval:
    return min(a, b), max(a, b)


def exists(activation: Activation, k: int, low: float, high: float) -> bool:
    """Whether s^(k) is a.e. defined and integrates to s^(k-1) on [low, high] (by hand, from the kinks' orders)."""
    kink = {"relu": 1, "leaky_relu": 1, "elu": 1}.get(activation.name, 9)
    if isinstance(activation, ELU) and activation.alpha == 1:
        kink = 2
    return activation.slope == 0 or k <= kink or not low <= 0 <= high


def assert_exact(activation: Activation, low: float, high: float) -> None:
    """The image holds samples of every order, and equals the expected hull to 1e-15."""
    samples = [low, high] + [min(max(low, low / 8 * (8 - i) + high / 8 * i), high) for i in range(1, 8)]
    for k in range(4):
        with precision(128):
            found = image(activation, k, low, high)
        if not exists(activation, k, low, high):
            assert found is None, (activation, k, low, high)
            continue
        assert found is not None, (activation, k, low, high)
        expected = expected_image(activation, k, low, high)
        for x in samples:
            value = closed_form(activation, x, k)
            slack = mp.mpf(10) ** -50 * abs(value)
            assert found[0] - slack <= value <= found[1] + slack, (activation, k, low, high, x)
        for ours, theirs in zip(found, expected, strict=True):
            assert abs(ours - theirs) <= TIGHT * max(1, abs(theirs)), (activation, k, low, high)
        # Outward to 50 digits: also where no sample comes near the extremum.
        slack = mp.mpf(10) ** -50 * max(abs(end) for end in expected)
        assert found[0] <= expected[0] + slack and found[1] >= expected[1] - slack, (activation, k, low, high)


@pytest.mark.parametrize("activation", EVERY, ids=label)
def test_images_are_exact_hulls(activation: Activation) -> None:
    for low, high in intervals(activation):
        assert_exact(activation, low, high)


@pytest.mark.parametrize(
    "slope", [Fraction(-1), Fraction(5, 4), Fraction(-3, 1024), Fraction(0.1), Fraction(0)], ids=str
)
@pytest.mark.parametrize("activation", EVERY, ids=label)
def test_images_with_slopes(activation: Activation, slope: Fraction) -> None:
    scaled = replace(activation, slope=slope)
    for low, high in [(-2.5, 1.0), (0.0, 4.0), (-3.0, 0.0), (0.75, 0.75), (-1e300, 1e300), (1.0, nextafter(1.0, 2))]:
        assert_exact(scaled, low, high)


anywhere = st.one_of(st.floats(-12, 12), st.floats(allow_nan=False, allow_infinity=False))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(EVERY), anywhere, anywhere, st.integers(0, 3), st.sampled_from([53, 128, 256]))
def test_every_value_lies_in_the_image(activation: Activation, a: float, b: float, k: int, bits: int) -> None:
    low, high = ordered(a, b)
    with precision(bits):
        found = image(activation, k, low, high)
    if found is None:
        assert not exists(activation, k, low, high)
        return
    for t in (0.0, 0.1, 0.25, 0.5, 0.8, 1.0):
        value = closed_form(activation, min(max(low * (1 - t) + high * t, low), high), k)
        slack = mp.mpf(10) ** -50 * abs(value)
        assert found[0] - slack <= value <= found[1] + slack


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(EVERY), st.floats(-20, 20), st.floats(0, 9), st.floats(0, 1), st.floats(0, 1), st.integers(0, 3))
def test_images_grow_with_the_interval(
    activation: Activation, low: float, width: float, s: float, t: float, k: int
) -> None:
    inner = ordered(min(low + width * s, low + width), min(low + width * t, low + width))
    with precision(128):
        outside, inside = image(activation, k, low, low + width), image(activation, k, *inner)
    if outside is not None:
        assert inside is not None and outside[0] <= inside[0] + TIGHT and inside[1] <= outside[1] + TIGHT


def test_removing_a_critical_point_is_noticed() -> None:
    # The power of the tests above: with a table that lacks one bracket, assert_exact fails.
    for whole in (a for a in ANALYTIC if isinstance(a, FiniteCritical)):
        for k, row in enumerate(type(whole).brackets):
            for missing in row:

                @dataclass(frozen=True)
                class Broken(type(whole)):
                    brackets = tuple(tuple(b for b in r if b != missing or r is not row) for r in type(whole).brackets)

                with precision(128):
                    found = image(Broken(), k, missing[0], missing[1])
                expected = expected_image(whole, k, missing[0], missing[1])
                assert found is not None and (found[0] > expected[0] or found[1] < expected[1])


def test_a_bracket_without_a_certified_sign_change_is_refused() -> None:
    class Shifted(Tanh):
        brackets = ((), ((0.25, 0.5),), (), ())

    with pytest.raises(ValueError, match="tanh: no certified sign change of derivative 2"):
        image(Shifted(), 1, -1.0, 1.0)


def test_an_undecidable_comparison_lets_the_critical_point_in() -> None:
    # Interval ends are exact by contract; if a caller forgets, the image may only grow.
    with precision(128):
        found = Tanh().image(1, arb(0, 0.5), arb(1), [arb(0.5), arb(0.5)])
        kink = ReLU().image(1, arb(0, 0.5), arb(1), [arb(1), arb(1)])
    assert found is not None and found[1] >= 1
    assert kink is not None and kink[0] == 0 and kink[1] == 1


@pytest.mark.parametrize("activation", KINKED, ids=label)
def test_touching_a_kink_gives_the_exact_clarke_hull(activation: Activation) -> None:
    left = {"relu": Fraction(0)}.get(activation.name)
    if isinstance(activation, LeakyReLU):
        left = activation.negative_slope
    elif isinstance(activation, ELU):
        left = activation.alpha
    assert left is not None
    expected = real(min(left, Fraction(1))), real(max(left, Fraction(1)))
    for low, high in [(0.0, 0.0), (-1.0, 0.0), (0.0, 1.0)]:
        with precision(128):
            found = image(activation, 1, low, high)
        assert found is not None
        if isinstance(activation, ELU) and low < 0:  # and the values a e^x on the way, also between 0 and a
            assert found[0] <= expected[0] and found[1] == expected[1]
        else:
            assert found == expected


def test_off_the_kink_everything_exists() -> None:
    for activation in KINKED:
        for low, high in [(5e-324, 1.0), (-1.0, -5e-324)]:
            assert all(image(activation, k, low, high) is not None for k in range(4))


def test_second_derivative_of_elu_across_the_kink() -> None:
    # s' is absolutely continuous for a = 1: s'' is e^x on the left, 0 on the right; s''' would hold a Dirac mass.
    with precision(128):
        found = image(ELU(), 2, -1.0, 1.0)
        assert found == (0, 1)
        assert image(ELU(), 3, -1.0, 1.0) is None
        assert image(ELU(alpha=Fraction(1, 2)), 2, -1.0, 1.0) is None


def test_smoothness() -> None:
    assert all(a.smoothness is Smoothness.ANALYTIC for a in ANALYTIC)
    assert ReLU().smoothness is LeakyReLU().smoothness is ELU(alpha=Fraction(2)).smoothness is Smoothness.LIPSCHITZ
    assert ELU().smoothness is Smoothness.C1
    # alpha = 0 is relu; a leaky relu with slope 1 is the identity; slope 0 makes everything constant.
    assert ELU(alpha=Fraction(0)).smoothness is Smoothness.LIPSCHITZ
    assert LeakyReLU(negative_slope=Fraction(1)).smoothness is Smoothness.ANALYTIC
    assert ReLU(slope=Fraction(0)).smoothness is Smoothness.ANALYTIC
    assert ReLU(slope=Fraction(-2)).smoothness is Smoothness.LIPSCHITZ


def test_leaky_relu_of_slope_one_is_the_identity() -> None:
    identity = LeakyReLU(negative_slope=Fraction(1))
    with precision(128):
        assert image(identity, 1, -1.0, 1.0) == (1, 1)
        assert image(identity, 3, -1.0, 1.0) == (0, 0)


def test_sine_over_absurd_intervals_ends_quickly() -> None:
    # Widths and sizes beyond binary64 occur between layers.
    start = perf_counter()
    with precision(128):
        for exponent in (1000, 10**5, 2**40, 2**60):
            far = arb((1, exponent))
            for low, high in [(-far, far), (far, far), (far, far + 1), (arb(0), far)]:
                low, high = low.lower(), high.upper()
                ends = [Sin().derivatives(x, 3)[1] for x in (low, high)]
                found = Sin().image(1, low, high, ends)
                assert found is not None and found[0] >= -1.01 and found[1] <= 1.01
    assert perf_counter() - start < 1


def test_sine_at_a_huge_point_stays_sharp() -> None:
    # 1e308 lies 308 digits into the periods: cos(1e308) = -0.8913..., no extremum is let in.
    with precision(128):
        found = image(Sin(), 1, 1e308, 1e308)
    assert found is not None and found[1] - found[0] < 1e-30
    assert abs(found[0] + mp.mpf("0.89130893768703340790")) < 1e-18


def test_known_extrema() -> None:
    # silu' and gelu' over the line; arctan''' and tanh'' from their closed forms.
    with precision(128):
        silu, gelu = image(SiLU(), 1, -1e6, 1e6), image(GELU(), 1, -1e6, 1e6)
        arctan, tanh = image(Arctan(), 3, -9.0, 9.0), image(Tanh(), 2, -9.0, 9.0)
        cube = image(Power(exponent=3), 1, -2.0, 1.0)
    assert silu is not None and gelu is not None and arctan is not None and tanh is not None and cube is not None
    assert abs(silu[0] + mp.mpf("0.09983932012886692")) < 1e-16 and abs(silu[1] - mp.mpf("1.0998393201288669")) < 1e-16
    assert abs(gelu[0] + gelu[1] - 1) < 1e-30  # s'(-x) = 1 - s'(x)
    assert abs(arctan[0] + 2) < 1e-30
    assert abs(tanh[1] - 4 / (3 * mp.sqrt(3))) < 1e-30
    assert cube == (0, 12)


@pytest.mark.parametrize(("low", "high", "expected"), [("2.5", "3.5", 1.0), ("0.2", "3", 0.98007), ("-1", "1", 1.0)])
def test_sin_attains_the_extrema_that_lie_inside(low: str, high: str, expected: float) -> None:
    """|cos| is 1 at pi in [2.5, 3.5] and at 0 in [-1, 1]; on [0.2, 3] its largest values are cos 0.2 and |cos 3|."""
    values = Sin().attained(1, ball(Fraction(low)), ball(Fraction(high)))
    best = max(float(v.abs_lower()) for v in values)
    assert best >= expected - 1e-5
    assert best <= 1
