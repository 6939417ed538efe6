"""Exact numbers as text, with limits that keep every later operation short."""

from __future__ import annotations

import re
from fractions import Fraction

MAX_EXPONENT = 1 << 16
MAX_DIGITS = 4000
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
        return Fraction(mantissa << exponent) if exponent >= 0 else Fraction(mantissa, 1 << -exponent)
    quotient = _QUOTIENT.fullmatch(text)
    if not quotient:
        raise ValueError(f"{text[:40]!r} is no exact number")
    denominator = _integer(quotient[2]) if quotient[2] else 1
    if denominator == 0:
        raise ValueError(f"{text[:40]!r} has denominator 0")
    return Fraction(_integer(quotient[1]), denominator)


def parse_decimal(text: object) -> Fraction:
    """A decimal as certificates print it. Raises ValueError."""
    match = _DECIMAL.fullmatch(text) if isinstance(text, str) and len(text) < 200 else None
    if not match:
        raise ValueError(f"{str(text)[:40]!r} is no decimal")
    exponent = int(match[4] or 0)
    if abs(exponent) > MAX_EXPONENT:
        raise ValueError(f"{str(text)[:40]!r} is out of range")
    part = match[3] or ""
    value = Fraction(int(match[2] + part)) * Fraction(10) ** (exponent - len(part))
    return -value if match[1] == "-" else value


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
