"""A-priori errors of float64 programs: exact values in balls, with bounds of what rounding did to them.

Under H1 of rigor/rounding.py fl(x op y) = (x op y)(1 + e), |e| <= u = 2^-53, as long as nothing underflows (the
kernels' docstrings say why that may be left to ETA). With computed x^ = x + dx and y^ = y + dy, |dx| <= ex, |dy| <= ey:

    |x^ + y^ - (x + y)| <= ex + ey,      |x^ y^ - x y| <= |x| ey + |y| ex + ex ey,

and rounding adds u (|exact| + that bound). No term is dropped: second-order terms are in the bounds.
"""

from __future__ import annotations

from dataclasses import dataclass

from flint import arb

from saturode_verify.rigor.balls import ZERO, dyadic

UNIT = dyadic(1, -53)
"""u."""


def largest(x: arb) -> arb:
    """An exact upper bound of |x| over the ball."""
    return abs(x).upper()


@dataclass(frozen=True)
class Rounded:
    """A computed number: its exact counterpart is in ``value``, and it is at most ``error`` away from that."""

    value: arb
    error: arb = ZERO

    def __add__(self, other: Rounded | int) -> Rounded:
        y = _number(other)
        return _round(self.value + y.value, self.error + y.error)

    def __sub__(self, other: Rounded | int) -> Rounded:
        return self + -_number(other)

    def __rsub__(self, other: int) -> Rounded:
        return _number(other) - self

    def __neg__(self) -> Rounded:
        return Rounded(-self.value, self.error)

    def __mul__(self, other: Rounded | int) -> Rounded:
        x, y = self, _number(other)
        return _round(x.value * y.value, largest(x.value) * y.error + largest(y.value) * x.error + x.error * y.error)

    def times_power_of_two(self, exponent: int) -> Rounded:
        """The exact product with 2^exponent."""
        factor = dyadic(1, exponent)
        return Rounded(self.value * factor, self.error * factor)

    def within(self, bound: arb) -> bool:
        """Whether the error is certainly at most ``bound``."""
        return bool(self.error <= bound)


def constant(value: arb) -> Rounded:
    """A stored float that is within u, relative, of ``value``."""
    return Rounded(value, UNIT * largest(value))


def relative(*losses: arb) -> arb:
    """(1 + a)(1 + b) ... - 1: the relative error of a product of numbers with the relative errors a, b, ..."""
    product = arb(1)
    for loss in losses:
        product *= 1 + loss
    return product - 1


def _number(x: Rounded | int) -> Rounded:
    return x if isinstance(x, Rounded) else Rounded(arb(x))


def _round(value: arb, error: arb) -> Rounded:
    return Rounded(value, (error + UNIT * (largest(value) + error)).upper())
