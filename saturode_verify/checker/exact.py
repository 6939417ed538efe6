"""Exact numbers as text, with limits that keep every later operation short."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from .limits import spend

MAX_EXPONENT = 1 << 16
MAX_DIGITS = 4000
MAX_DECIMAL_EXPONENT = 20000
_DYADIC = re.compile(r"([+-]?\d+)\*2\^([+-]?\d+)", re.ASCII)
_QUOTIENT = re.compile(r"([+-]?\d+)(?:/(\d+))?", re.ASCII)
_DECIMAL = re.compile(r"([+-]?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?", re.ASCII)


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits is longer than {MAX_DIGITS}")
    return int(digits)


def parse(text: object) -> Fraction:
    """``m*2^e``, ``p/q`` or an integer. Raises ValueError for anything else."""
    if not isinstance(text, str):
        raise ValueError(f"a number is a {type(text).__name__}, not a string")
    dyadic = _DYADIC.fullmatch(text)
    if dyadic:
        exponent = _integer(dyadic[2])
        if abs(exponent) > MAX_EXPONENT:
            raise ValueError(f"the exponent {exponent} is outside +-{MAX_EXPONENT}")
        mantissa = _integer(dyadic[1])
        spend(mantissa.bit_length() + abs(exponent))
        return Fraction(mantissa << exponent) if exponent >= 0 else Fraction(mantissa, 1 << -exponent)
    quotient = _QUOTIENT.fullmatch(text)
    if not quotient:
        raise ValueError(f"{text[:40]!r} is no exact number")
    denominator = _integer(quotient[2]) if quotient[2] else 1
    if denominator == 0:
        raise ValueError(f"{text[:40]!r} has denominator 0")
    numerator = _integer(quotient[1])
    spend(numerator.bit_length() + denominator.bit_length())
    return Fraction(numerator, denominator)


def shows(text: object, value: Fraction, side: int) -> bool:
    """Whether a decimal is ``value`` rounded down (side -1) or up (side 1) to about ten digits. Raises ValueError.

    Only integers are multiplied: cancelling a fraction of this size would cost milliseconds each time.
    """
    match = _DECIMAL.fullmatch(text) if isinstance(text, str) and len(text) < 200 else None
    if not match:
        raise ValueError(f"{str(text)[:40]!r} is no decimal")
    exponent = int(match[4] or 0) - len(match[3] or "")
    if abs(exponent) > MAX_DECIMAL_EXPONENT:
        raise ValueError(f"{str(text)[:40]!r} is out of range")
    digits = int(match[1] + match[2] + (match[3] or ""))
    scale = _power_of_ten(abs(exponent))
    shown, exact = digits * value.denominator, value.numerator
    if exponent >= 0:
        shown *= scale
    else:
        exact *= scale
    return 0 <= side * (shown - exact) <= abs(exact) // 10**8


@lru_cache(maxsize=64)
def _power_of_ten(exponent: int) -> int:
    return 10**exponent


def parse_typed(text: str) -> Fraction:
    """A number as a person types it: a decimal, or an exact number."""
    match = re.fullmatch(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,5}))?", text, re.ASCII)
    if not match or not (match[2] or match[3]):
        return parse(text)
    part = match[3] or ""
    value = Fraction(_integer((match[2] or "") + part)) * Fraction(10) ** (int(match[4] or 0) - len(part))
    return -value if match[1] == "-" else value


def canonical_text(value: Fraction) -> str:
    """``m*2^e`` with odd m, or "0", of a dyadic rational."""
    if value == 0:
        return "0"
    shift = (value.numerator & -value.numerator).bit_length() - 1
    return f"{value.numerator >> shift}*2^{shift + 1 - value.denominator.bit_length()}"


def is_binary64(value: Fraction) -> bool:
    """Whether some binary64 equals the value."""
    try:
        return Fraction(value.numerator / value.denominator) == value
    except OverflowError:
        return False


def shown(value: Fraction) -> str:
    """A short decimal for messages (not rounded outward)."""
    try:
        return f"{value.numerator / value.denominator:.17g}"
    except OverflowError:
        return f"about 2^{value.numerator.bit_length() - value.denominator.bit_length()}"
