"""Numbers as text: exact both ways, decimals always outward and never more than one unit away."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saturode_verify.errors import UnusableInput
from saturode_verify.rigor.balls import ball, dyadic, lower_rational, matrix, precision, rational, upper_rational
from saturode_verify.rigor.numbers import (
    MAX_EXPONENT,
    Enclosure,
    decimal_down,
    decimal_up,
    format_exact,
    parse_exact,
    parse_typed,
    power_of_two,
    readable,
    typed,
)

DYADIC = st.builds(lambda m, e: m * power_of_two(e), st.integers(-(10**20), 10**20), st.integers(-3000, 3000))
ANY = st.one_of(DYADIC, st.fractions())


@given(ANY)
def test_exact_text_round_trip(value: Fraction) -> None:
    assert parse_exact(format_exact(value)) == value


@given(ANY, st.integers(1, 25))
def test_decimals_are_outward_and_tight(value: Fraction, digits: int) -> None:
    low, high = (Fraction(decimal(value, digits)) for decimal in (decimal_down, decimal_up))
    assert low <= value <= high
    assert high - low <= abs(value) * Fraction(10) ** (1 - digits)


@pytest.mark.parametrize(
    ("value", "digits", "low", "high"),
    [
        (Fraction(1, 3), 3, "0.333", "0.334"),
        (Fraction(-1, 3), 3, "-0.334", "-0.333"),
        (Fraction(0), 5, "0", "0"),
        (Fraction(1, 8), 5, "0.125", "0.125"),
        (Fraction(99999, 10), 3, "9990", "10000"),
        (Fraction(1, 10**7), 3, "1e-07", "1e-07"),
        (Fraction(2) ** 5000, 4, "1.412e+1505", "1.413e+1505"),
        (-(Fraction(2) ** -5000), 4, "-7.08e-1506", "-7.079e-1506"),
    ],
)
def test_known_decimals(value: Fraction, digits: int, low: str, high: str) -> None:
    assert (decimal_down(value, digits), decimal_up(value, digits)) == (low, high)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.1", Fraction(1, 10)), ("-1.6e1", -16), ("+.5", Fraction(1, 2)), ("2.", 2), ("1/3", Fraction(1, 3)),
     ("-3*2^-4", Fraction(-3, 16)), (" 7 ", 7), ("1E-2", Fraction(1, 100))],
)  # fmt: skip
def test_typed_numbers(text: str, value: Fraction) -> None:
    assert parse_typed(text) == value


@pytest.mark.parametrize(
    "text", ["", ".", "e5", "1e", "inf", "nan", "1_0", "٣", "1/0", "0x10", "1e99999999", "9" * 9999, "1/2/3", "--1"]
)
def test_text_that_is_no_number(text: str) -> None:
    with pytest.raises(ValueError):
        parse_typed(text)


@given(ANY)
def test_balls_hold_rationals(value: Fraction) -> None:
    with precision(64):
        thin = ball(value)
        low, high = lower_rational(thin), upper_rational(thin)
    assert low is not None and high is not None
    assert low <= value <= high
    assert high - low <= abs(value) / 2**60
    if value.denominator & (value.denominator - 1) == 0:
        assert rational(thin) == value


def test_absurd_exponents_become_trivial_bounds() -> None:
    """2^(2^21) has no rational of sane size, and 2^-(2^21) is bounded by 0 and a tiny power of two."""
    from flint import arb, fmpz

    huge, tiny = arb((fmpz(1), fmpz(1 << 21))), arb((fmpz(1), fmpz(-(1 << 21))))
    assert lower_rational(huge) is None and upper_rational(huge) is None
    assert lower_rational(tiny) == 0
    assert upper_rational(tiny) == power_of_two(-MAX_EXPONENT)
    assert lower_rational(arb("nan")) is None and upper_rational(arb("inf")) is None


@pytest.mark.parametrize("text", ["1e-5000", "1e1300", "1/3e", "3*2^-60000", "0." + "1" * 1300, "1/" + "7" * 1300])
def test_typed_numbers_of_absurd_size_are_refused(text: str) -> None:
    with pytest.raises(UnusableInput, match="--rtol"):
        typed(text, "--rtol")
    assert typed("1e1200", "x") == 10**1200


@given(st.integers(1, 2**300), st.integers(-70000, 70000), st.sampled_from([0, 9000, 60000]))
def test_whatever_leaves_a_ball_can_be_read(mantissa: int, exponent: int, longer: int) -> None:
    """Exponents just below -65536 and exact balls of 60000 bits gave text that the reader refused."""
    for sign in (1, -1):
        value = dyadic(sign * ((mantissa << longer) + 1), exponent - longer)
        low, high = lower_rational(value), upper_rational(value)
        for end in (low, high):
            assert end is None or (readable(end) and parse_exact(format_exact(end)) == end)
        if low is not None and high is not None:
            assert low <= high and (high - low <= abs(high) * power_of_two(-8000) + power_of_two(-MAX_EXPONENT))


def test_an_enclosure_needs_order() -> None:
    with pytest.raises(ValueError, match="lower <= upper"):
        Enclosure(Fraction(1), Fraction(0))
    assert 3 in Enclosure(Fraction(1), None) and 0 not in Enclosure(Fraction(1), None)
    assert Enclosure(Fraction(1, 3), None).display(3) == ("0.333", "inf")


def test_matrices_of_floats_are_exact() -> None:
    """Whatever the working precision: subnormal, huge and odd mantissas of 53 bits."""
    values = np.array([[5e-324, -1.7976931348623157e308, 0.1], [1 + 2**-52, -0.0, 2.0**-1074 * 3]])
    with precision(20):
        found = matrix(values)
        assert all(entry.is_exact() for entry in found.entries())
        assert [rational(entry) for entry in found.entries()] == [Fraction(v) for v in values.ravel().tolist()]
