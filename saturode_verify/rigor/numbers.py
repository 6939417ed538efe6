"""Exact rationals, their text forms, and enclosures printed outward.

Every number of a claim is a pair of exact rationals; decimals are only ever made from them here,
with directed rounding, so that a printed lower bound is never above the proved one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from ..errors import UnusableInput

MAX_EXPONENT = 1 << 16
"""Largest |e| of a number m*2^e (and of a decimal exponent): keeps every operation small."""
MAX_DIGITS = 4000
"""Longest run of digits that is read (below Python's own limit for int(text))."""
MAX_BITS = 8192
"""Longest mantissa that is written: under MAX_DIGITS digits, so that whatever is written can be read."""
MAX_TYPED_BITS = 4000
"""Longest numerator or denominator of a number that a person gives (about 1200 digits)."""

_INTEGER = r"[+-]?\d+"
_DYADIC = re.compile(rf"({_INTEGER})\*2\^({_INTEGER})", re.ASCII)
_QUOTIENT = re.compile(rf"({_INTEGER})(?:/(\d+))?", re.ASCII)
_DECIMAL = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?", re.ASCII)


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits is longer than {MAX_DIGITS}")
    return int(digits)


def _exponent(digits: str) -> int:
    exponent = _integer(digits)
    if abs(exponent) > MAX_EXPONENT:
        raise ValueError(f"exponent {digits} is outside +-{MAX_EXPONENT}")
    return exponent


def power_of_two(exponent: int) -> Fraction:
    """2**exponent, exactly."""
    return Fraction(1 << exponent) if exponent >= 0 else Fraction(1, 1 << -exponent)


def parse_exact(text: str) -> Fraction:
    """Read ``m*2^e``, ``p/q`` or an integer, the forms that files carry.

    Raises ValueError for anything else, a zero denominator, or a number of absurd size.
    """
    dyadic = _DYADIC.fullmatch(text)
    if dyadic:
        return _integer(dyadic[1]) * power_of_two(_exponent(dyadic[2]))
    quotient = _QUOTIENT.fullmatch(text)
    if not quotient:
        raise ValueError(f"{text[:40]!r} is not an exact number (integer, m*2^e or p/q)")
    denominator = _integer(quotient[2]) if quotient[2] else 1
    if denominator == 0:
        raise ValueError(f"{text[:40]!r} has denominator 0")
    return Fraction(_integer(quotient[1]), denominator)


def parse_typed(text: str) -> Fraction:
    """Read a number as a person types it, exactly: ``0.1`` is 1/10, also ``1/3``, ``1e-3``, ``3*2^-4``.

    Raises ValueError if the text is not a finite number, or one of more than about 1200 digits.
    """
    text = text.strip()
    decimal = _DECIMAL.fullmatch(text)
    if not decimal or not (decimal[2] or decimal[3]):
        return sane(parse_exact(text))
    sign, whole, part, exponent = decimal.groups()
    digits = (whole or "") + (part or "")
    shift = (_exponent(exponent) if exponent else 0) - len(part or "")
    value = Fraction(_integer(digits)) * Fraction(10) ** shift
    return sane(-value if sign == "-" else value)


def sane(value: Fraction) -> Fraction:
    """``value`` itself, if it is short enough to be asked about; ValueError if not."""
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_TYPED_BITS:
        raise ValueError("a number with more than 1200 digits, or beyond 10^+-1200, is too long")
    return value


def typed(text: str, what: str) -> Fraction:
    """`parse_typed` for an option's value; UnusableInput names the option."""
    try:
        return parse_typed(text)
    except ValueError as error:
        raise UnusableInput(f"{what}: {error}", "write a decimal or a fraction such as 0.5 or 1/3") from None


def readable(value: Fraction) -> bool:
    """Can `parse_exact` read what `format_exact` writes for this value?"""
    numerator, denominator = value.numerator, value.denominator
    if denominator & (denominator - 1):
        return max(numerator.bit_length(), denominator.bit_length()) <= MAX_BITS
    exponent = (numerator & -numerator).bit_length() - denominator.bit_length()
    odd_bits = numerator.bit_length() - max(exponent, 0)
    return numerator == 0 or (odd_bits <= MAX_BITS and abs(exponent) <= MAX_EXPONENT)


def format_exact(value: Fraction) -> str:
    """Shortest of the exact forms: an integer, ``m*2^e`` with odd m, or ``p/q``."""
    numerator, denominator = value.numerator, value.denominator
    if numerator == 0:
        return "0"
    if denominator & (denominator - 1):
        return f"{numerator}/{denominator}"
    exponent = (numerator & -numerator).bit_length() - 1 - (denominator.bit_length() - 1)
    if exponent >= 0 and abs(numerator) < 10**15:
        return str(numerator)
    odd = numerator >> exponent if exponent > 0 else numerator
    return f"{odd}*2^{exponent}"


def _decimal_floor(value: Fraction, digits: int) -> str:
    """Largest decimal of ``digits`` significant digits that is <= value."""
    if value == 0:
        return "0"
    size = abs(value)
    # 10^magnitude <= |value| < 10^(magnitude+1): a guess from below by bit lengths, then corrected exactly.
    magnitude = floor((size.numerator.bit_length() - size.denominator.bit_length() - 1) * 0.30103) - 1
    while Fraction(10) ** (magnitude + 1) <= size:
        magnitude += 1
    scaled = value * Fraction(10) ** (digits - 1 - magnitude)
    mantissa = scaled.numerator // scaled.denominator
    return _layout(mantissa, magnitude - digits + 1)


def _layout(mantissa: int, exponent: int) -> str:
    """mantissa * 10^exponent as plain text where that is short, else in scientific form."""
    sign, figures = ("-" if mantissa < 0 else ""), str(abs(mantissa))
    magnitude = len(figures) - 1 + exponent
    if -4 <= magnitude <= 14:
        if exponent >= 0:
            return sign + figures + "0" * exponent
        padded = figures.zfill(1 - exponent)
        whole, part = padded[:exponent], padded[exponent:].rstrip("0")
        return f"{sign}{whole}.{part}" if part else sign + whole
    part = figures[1:].rstrip("0")
    return f"{sign}{figures[0]}{'.' + part if part else ''}e{magnitude:+03d}"


def decimal_down(value: Fraction, digits: int = 10) -> str:
    """A decimal of at most ``digits`` significant digits that is <= value."""
    return _decimal_floor(value, digits)


def decimal_up(value: Fraction, digits: int = 10) -> str:
    """A decimal of at most ``digits`` significant digits that is >= value."""
    text = _decimal_floor(-value, digits)
    return text[1:] if text.startswith("-") else ("-" + text if text != "0" else "0")


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A true real number lies in [lower, upper]; both end points are exact.

    ``upper`` is None where no finite upper bound is claimed (sup|s'| of a cube, 2 pi / L when L = 0
    is not excluded, an exponential beyond 2^MAX_EXPONENT).
    """

    lower: Fraction
    upper: Fraction | None

    def __post_init__(self) -> None:
        if self.upper is not None and not self.lower <= self.upper:
            raise ValueError("an enclosure needs lower <= upper")

    def display(self, digits: int = 10) -> tuple[str, str]:
        """Decimal (lower, upper), rounded outward; "inf" where no upper bound is claimed."""
        return decimal_down(self.lower, digits), "inf" if self.upper is None else decimal_up(self.upper, digits)

    def __contains__(self, value: Fraction | int) -> bool:
        return self.lower <= value and (self.upper is None or value <= self.upper)
