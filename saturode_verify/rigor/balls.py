"""Arb helpers: the only doors between balls, exact rationals and floats.

Conventions (read before use):

* A *thin* quantity is an ``arb`` ball that contains the true real number.
* A *wide* set is a pair of exact ``arb`` numbers (radius 0), never one ball: the 30-bit radius of a
  wide ball leaks about 1e-9 of its width, and with it the sign of s'.
* ``-x`` and ``abs(x)`` round an exact ball to the working precision: `largest_magnitude` and `negated_upper` instead
  of ``max(-low, high)`` and ``-low``.
* Overlapping balls answer False to ``<``, ``==`` and ``!=`` alike, so comparisons that decide
  are made between exact numbers, or through the named predicates below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction

import numpy as np
from flint import arb, arb_mat, ctx, fmpq, fmpz

from .numbers import MAX_BITS, MAX_EXPONENT, power_of_two

ZERO = arb(0)
ONE = arb(1)


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Arb working precision inside the block; ``ctx.prec`` is global, so it is set nowhere else."""
    with ctx.workprec(bits):
        yield


def dyadic(mantissa: int, exponent: int) -> arb:
    """mantissa * 2**exponent as an exact ball, whatever the working precision."""
    return arb((fmpz(mantissa), fmpz(exponent)))


def exact(value: float | int) -> arb:
    """The exact ball of a finite float or integer."""
    if isinstance(value, int):
        return dyadic(value, 0)
    numerator, denominator = value.as_integer_ratio()
    return dyadic(numerator, 1 - denominator.bit_length())


def ball(value: Fraction) -> arb:
    """A ball that contains the rational ``value`` (exact if it is dyadic)."""
    denominator = value.denominator
    if denominator & (denominator - 1) == 0:
        return dyadic(value.numerator, 1 - denominator.bit_length())
    return arb(fmpq(value.numerator, denominator))


def rational(value: arb) -> Fraction:
    """The rational that an exact ball holds.

    Raises ValueError if the ball has a radius, is not finite, or has an exponent of absurd size.
    """
    if not (value.is_finite() and value.is_exact()):
        raise ValueError("only a finite exact ball is a rational")
    mantissa, exponent = (int(part) for part in value.man_exp())
    if abs(exponent) > MAX_EXPONENT:
        raise ValueError("exponent out of range")
    return mantissa * power_of_two(exponent)


def lower_rational(value: arb) -> Fraction | None:
    """A rational <= every point of the ball (equal, if that is exact and short); None if there is none of sane size.

    Whatever comes back can be written and read: at most MAX_BITS bits, exponents within +-MAX_EXPONENT.
    """
    return _outward(value if value.is_exact() else value.lower(), 1)


def upper_rational(value: arb) -> Fraction | None:
    """A rational >= every point of the ball (equal, if that is exact and short); None if there is none of sane size."""
    mirrored = _outward(value if value.is_exact() else value.upper(), -1)
    return None if mirrored is None else -mirrored


def _outward(end: arb, sign: int) -> Fraction | None:
    """A rational <= sign * end, equal to it unless that is tiny or long; None if it is not finite or absurdly large."""
    if not end.is_finite():
        return None
    mantissa, exponent = (int(part) for part in end.man_exp())
    mantissa *= sign
    top = exponent + mantissa.bit_length()
    if mantissa and top < -MAX_EXPONENT:
        return Fraction(0) if mantissa > 0 else -power_of_two(-MAX_EXPONENT)
    if mantissa and top > MAX_EXPONENT:
        return None
    # >> is a floor: the direction that is wanted.
    shift = max(mantissa.bit_length() - MAX_BITS, -MAX_EXPONENT - exponent, 0)
    return (mantissa >> shift) * power_of_two(exponent + shift) if mantissa else Fraction(0)


def negated_upper(value: arb) -> arb:
    """An exact number >= -x for every x of the ball (equal, if it fits the working precision)."""
    return (-value).upper()


def largest_magnitude(low: arb, high: arb) -> arb:
    """An exact number >= |x| for every x in [low, high], exact ends (equal, if they fit the working precision)."""
    return max(negated_upper(low), high)


def finite(*values: arb) -> bool:
    """True only if every ball is a bounded set of reals (NaN and infinity mean "no information")."""
    return all(value.is_finite() for value in values)


def hull(values: Sequence[arb]) -> tuple[arb, arb]:
    """Exact (lower, upper) of the union of nonempty balls; NaN in, NaN out."""
    lower, upper = values[0].lower(), values[0].upper()
    for value in values[1:]:
        low, high = value.lower(), value.upper()
        # `not (a <= b)` is also taken for NaN, which then stays.
        if not lower <= low:
            lower = low if lower.is_finite() else lower
        if not upper >= high:
            upper = high if upper.is_finite() else upper
    return lower, upper


def matrix(values: np.ndarray) -> arb_mat:
    """Exact ball matrix of a float64 array (rows x columns).

    Raises ValueError for another dtype or a non-finite entry.
    """
    if values.dtype != np.float64 or values.ndim != 2 or not np.isfinite(values).all():
        raise ValueError("need a finite float64 matrix")
    return arb_mat(values.shape[0], values.shape[1], values.ravel().tolist())  # floats convert exactly


def absolute(values: arb_mat) -> arb_mat:
    """Entrywise absolute value."""
    return arb_mat(values.nrows(), values.ncols(), [abs(v) for v in values.entries()])


def floats(values: arb_mat) -> np.ndarray:
    """Midpoints as float64, for unverified search only."""
    flat = [float(v.mid()) for v in values.entries()]
    return np.array(flat, dtype=np.float64).reshape(values.nrows(), values.ncols())
