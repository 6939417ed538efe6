"""From balls to floats, outward."""

from __future__ import annotations

from fractions import Fraction
from math import copysign, inf, nextafter

from flint import arb

from ..rigor.balls import lower_rational, upper_rational

_LARGEST = nextafter(inf, 0.0)


def below(value: arb) -> float:
    """A float <= every point of the ball, next to the largest such one; -inf if there is none."""
    return _stepped(lower_rational(value), -inf)


def above(value: arb) -> float:
    """A float >= every point of the ball, next to the smallest such one; inf if there is none."""
    return _stepped(upper_rational(value), inf)


def cut(value: arb, places: int) -> float:
    """The largest multiple of 2^-places up to ``value``, thin and positive; it must fit into 53 bits."""
    scaled = (value * 2**places).floor().unique_fmpz()
    if scaled is None or not 0 < int(scaled) < 2**53:
        raise ArithmeticError("a constant of a kernel cannot be cut")
    return int(scaled) / 2.0**places


def _stepped(value: Fraction | None, towards: float) -> float:
    if value is None:
        return towards
    try:
        near = float(value)
    except OverflowError:
        return towards if (value > 0) == (towards > 0) else -copysign(_LARGEST, towards)
    wrong = near > value if towards < 0 else near < value
    return nextafter(near, towards) if wrong else near
