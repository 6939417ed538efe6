"""Fixed-point numbers: the integer m at precision p stands for the dyadic rational m / 2^p.

A real interval is a pair (low, high) of such integers, low <= true value <= high. Every operation below rounds low down
(floor) and high up (ceiling), so that the true result lies inside for every choice of true arguments inside. Python's
``>>`` and ``//`` are floors for either sign; the ceiling of a is -floor(-a).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isqrt
from operator import mul

Interval = tuple[int, int]


def floor_at(value: Fraction, p: int) -> int:
    """floor(value 2^p)."""
    return (value.numerator << p) // value.denominator


def ceil_at(value: Fraction, p: int) -> int:
    """ceil(value 2^p)."""
    return -((-value.numerator << p) // value.denominator)


def around(value: Fraction, p: int) -> Interval:
    """The tightest fixed-point interval around an exact rational."""
    return floor_at(value, p), ceil_at(value, p)


def up(value: int, shift: int) -> int:
    """ceil(value / 2^shift)."""
    return -(-value >> shift)


def dot(a: Sequence[int], b: Sequence[int]) -> int:
    """sum a_i b_i, exactly."""
    return sum(map(mul, a, b))


def times(a: Interval, b: Interval, p: int) -> Interval:
    """a b."""
    if a[0] >= 0 and b[0] >= 0:
        return a[0] * b[0] >> p, up(a[1] * b[1], p)
    ends = (a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1])
    return min(ends) >> p, up(max(ends), p)


def plus(a: Interval, b: Interval) -> Interval:
    """a + b."""
    return a[0] + b[0], a[1] + b[1]


def minus(a: Interval, b: Interval) -> Interval:
    """a - b."""
    return a[0] - b[1], a[1] - b[0]


def negative(a: Interval) -> Interval:
    """-a."""
    return -a[1], -a[0]


def square(a: Interval, p: int) -> Interval:
    """a^2, never negative."""
    low, high = abs(a[0]), abs(a[1])
    if low > high:
        low, high = high, low
    if a[0] <= 0 <= a[1]:
        low = 0
    return low * low >> p, up(high * high, p)


def scaled(a: Interval, factor: int) -> Interval:
    """a times an exact integer."""
    return (a[0] * factor, a[1] * factor) if factor >= 0 else (a[1] * factor, a[0] * factor)


def divided(a: Interval, b: Interval, p: int) -> Interval:
    """a / b. Raises ArithmeticError unless b is certified to be positive or negative."""
    if b[1] < 0:
        a, b = negative(a), negative(b)
    if b[0] <= 0:
        raise ArithmeticError("division by an interval that holds 0")
    low = (a[0] << p) // (b[1] if a[0] >= 0 else b[0])
    high = -((-a[1] << p) // (b[0] if a[1] >= 0 else b[1]))
    return low, high


def root_up(value: int) -> int:
    """ceil(sqrt(value)) of an integer >= 0."""
    found = isqrt(value)
    return found if found * found == value else found + 1


def magnitude(a: Interval) -> int:
    """The largest absolute value."""
    return max(-a[0], a[1])


def hull(parts: Sequence[Interval]) -> Interval:
    """The smallest interval around all parts."""
    return min(low for low, _ in parts), max(high for _, high in parts)


def exact(value: int, p: int) -> Fraction:
    """The rational that a fixed-point number stands for."""
    return Fraction(value, 1 << p)


def root_bounds(value: Fraction, bits: int) -> tuple[Fraction, Fraction]:
    """Rational bounds of sqrt(value), value >= 0, to about ``bits`` relative bits."""
    if value == 0:
        return value, value
    shift = max(0, bits - (value.numerator.bit_length() - value.denominator.bit_length()) // 2)
    low = isqrt((value.numerator << (2 * shift)) // value.denominator)
    return Fraction(low, 1 << shift), Fraction(low + 1, 1 << shift)


def rounded(value: Fraction, bits: int, upward: bool) -> Fraction:
    """A short rational >= value (``upward``) or <= value that keeps about ``bits`` relative bits."""
    if value == 0 or max(value.numerator.bit_length(), value.denominator.bit_length()) <= bits:
        return value
    shift = bits - (value.numerator.bit_length() - value.denominator.bit_length())
    if shift >= 0:
        return Fraction(ceil_at(value, shift) if upward else floor_at(value, shift), 1 << shift)
    quotient = value / (1 << -shift)
    whole = -(-quotient.numerator // quotient.denominator) if upward else quotient.numerator // quotient.denominator
    return Fraction(whole << -shift)
