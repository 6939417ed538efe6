"""softplus, gelu and arctan: a certified table for what one exponential or one quotient does not give.

proofs/tabulated.py proves every constant.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from flint import arb, arb_series

from ..rigor.balls import exact, precision
from ..rigor.rounding import UNIT
from .base import Formula, Rounded
from .exponential import EXP_DOMAIN, exp_minus
from .logistic import gate
from .outward import above
from .table import TaylorTable


@lru_cache(maxsize=1)
def log1p_table() -> TaylorTable:
    """log(1 + E) on [0, 1]."""
    return TaylorTable(lambda s: (1 + s).log(), 2.0**-7, 2**7)


class SoftplusFormula(Formula):
    """max(x, 0) + log(1 + E), E = e^-|x|; the derivatives are sigma, p, -pt as in `SigmoidFormula`, with its errors.

    E is off by 2.5u E, which moves log(1 + E) by at most 1.25u; the table adds its error, the last sum u |s|.
    For |x| > 708 the exact and the computed logarithm are below 2^-1020.
    """

    sensitivity = ((0.0, 1.0), (0.375, 0.0), (0.375, 0.0), (0.375, 0.0))

    def values(self, x: np.ndarray, order: int) -> list[Rounded]:
        """See `Formula.values`."""
        a = np.abs(x)
        np.minimum(a, EXP_DOMAIN, out=a)
        parts = gate(a, x)
        table = log1p_table()
        value = table(parts.grown)
        value += np.maximum(x, 0.0, out=a)
        error = np.abs(value)
        error *= 1.01 * UNIT
        error += 1.5 * UNIT + table.error
        found: list[Rounded] = [(value, error)]
        if order >= 1:
            first = parts.t + 1.0
            first *= 0.5
            found.append((first, 4 * UNIT))
        if order >= 2:
            p = parts.density()
            found.append((p, 3 * UNIT))
            if order >= 3:
                third = parts.t
                third *= p
                np.negative(third, out=third)
                found.append((third, 3 * UNIT))
        return found


_GELU_END = 9.0
_DENSITY_END = 37.5


def _upper_tail(s: arb_series) -> arb_series:
    """Q = 1 - Phi."""
    return (s / arb(2).sqrt()).erfc() / 2


def _density(s: arb_series) -> arb_series:
    """phi, the normal density."""
    return (-s * s / 2).exp() / (2 * arb.pi()).sqrt()


@lru_cache(maxsize=1)
def gelu_tables() -> tuple[TaylorTable, TaylorTable, float]:
    """G(a) = a Q(a) and its derivative Q - a phi on [0, 9], and a bound of both beyond (|G'| <= a phi).

    Beyond 9 (already beyond 1) G falls to 0, as Q < phi/a gives G' < phi (1/a - a); |Q - a phi| < a phi + Q < 2 a
    phi, and a phi falls too.
    """
    last = int(_GELU_END * 64)
    gated = TaylorTable(lambda s: s * _upper_tail(s), 2.0**-6, last)
    slope = TaylorTable(lambda s: _upper_tail(s) - s * _density(s), 2.0**-6, last)
    with precision(100):
        end = exact(_GELU_END)
        tail = above(2 * end * exact(0.4) * (-end * end / 2).exp())  # phi(0) < 0.4
    return gated, slope, tail


class GELUFormula(Formula):
    """x Phi(x) with a = |x|, G(a) = a Q(a), Q = 1 - Phi: s = max(x, 0) - G, s' = 1/2 + sign(x)(1/2 - G').

    s: the table's error, the tail's beyond 9, u |s|. s': the same and u (0.64 + 1.14), called 2u. (Should 1/2 - G'
    round below 0 near 0, the sign put on it changes it by less than it is off already.)
    s'' = (2 - x^2) phi, s''' = x (x^2 - 4) phi with phi = K e^(-q/2), q = fl(x^2), |x| cut to 37.5. The rounding of
    q moves e^(-q/2) by x^2/2 u, relatively; with 2.5u of the exponential, K and the product phi is off by (4.5 +
    x^2/2) u phi. s'': phi [x^2 + |2 - x^2| (6.5 + x^2/2)] u <= 5.2u (largest at 0), called 7u.
    s''': phi |x| [x^2 + |x^2 - 4| (7.5 + x^2/2)] u <= 6.4u (near 0.85), called 8u.
    Past 37.5 both are below 37.5^3 e^-703 and computed so. Sensitivity: |x|^n e^(-x^2/2) <= (n/e)^(n/2), phi <= 0.4.
    """

    sensitivity = ((0.0, 1.2), (1.0, 0.0), (2.1, 0.0), (6.1, 0.0))

    def values(self, x: np.ndarray, order: int) -> list[Rounded]:
        """See `Formula.values`."""
        gated, slope, tail = gelu_tables()
        size = np.abs(x)
        a = np.minimum(size, _GELU_END)
        value = np.maximum(x, 0.0)
        value -= gated(a)
        error = np.abs(value)
        error *= 1.01 * UNIT
        error += 2 * (gated.error + tail)  # twice: covers the rounding of this sum
        found: list[Rounded] = [(value, error)]
        if order >= 1:
            first = slope(a)
            np.subtract(0.5, first, out=first)
            np.copysign(first, x, out=first)
            first += 0.5
            found.append((first, 2 * UNIT + 2 * (slope.error + tail)))
        if order >= 2:
            found += self._from_density(np.minimum(size, _DENSITY_END, out=size), x, order)
        return found

    @staticmethod
    def _from_density(a: np.ndarray, x: np.ndarray, order: int) -> list[Rounded]:
        square = a * a
        density = exp_minus(square * 0.5)
        density *= 0.3989422804014327  # K = 1/sqrt(2 pi), correctly rounded (a test checks it)
        second = 2.0 - square
        second *= density
        found: list[Rounded] = [(second, 7 * UNIT)]
        if order >= 3:
            third = square
            third -= 4.0
            third *= np.copysign(a, x, out=a)
            third *= density
            found.append((third, 8 * UNIT))
        return found


HALF_PI = 1.5707963267948966
"""pi/2 up to 0.6u."""


@lru_cache(maxsize=1)
def arctan_table() -> TaylorTable:
    """arctan on [0, 1]."""
    return TaylorTable(lambda s: s.atan(), 2.0**-7, 2**7)


class ArctanFormula(Formula):
    """arctan from a table on [0, 1] and arctan a = pi/2 - arctan(1/a) beyond; w = 1/(1 + x^2), b = x w, |b| <= 1/2.

    arctan: fl(1/a) moves arctan by u/2 (1/a/(1 + 1/a^2) <= 1/2), pi/2 is off by 0.6u, the difference by 1.58u: 3.2u
    and the table's error. s' = w: 3u w, called 4u. s'' = -2 b w: b 4u, w 3u, product u, |s''| <= 0.65: 5.2u, called
    6u. s''' = w (6 b^2 - 2 w^2): with b^2 = w - w^2 the bracket is off by (60 (w - w^2) + 14 w^2 + 2) u; times w,
    plus 4u |s'''|, at most 25u (at w = 1), called 28u. Where x^2 overflows, w is 0 instead of < 2^-1022, b is 0
    instead of < 2^-500. Sensitivity: |b| <= 1/2, 2 b^2 <= 1/2, |b (6 b^2 - 2 w^2)| <= 1, 24 b^2 |w^2 - b^2| <= 6.
    """

    sensitivity = ((0.5, 0.0), (0.5, 0.0), (1.0, 0.0), (6.0, 0.0))

    def values(self, x: np.ndarray, order: int) -> list[Rounded]:
        """See `Formula.values`."""
        table = arctan_table()
        a = np.abs(x)
        value = table(np.minimum(a, 1.0 / a))
        value = np.where(a > 1.0, HALF_PI - value, value)
        np.copysign(value, x, out=value)
        found: list[Rounded] = [(value, 4 * UNIT + table.error)]
        if order >= 1:
            w = x * x
            w += 1.0
            np.divide(1.0, w, out=w)
            found.append((w, 4 * UNIT))
            if order >= 2:
                found += self._higher(x * w, w, order)
        return found

    @staticmethod
    def _higher(b: np.ndarray, w: np.ndarray, order: int) -> list[Rounded]:
        second = b * w
        second *= -2.0
        found: list[Rounded] = [(second, 6 * UNIT)]
        if order >= 3:
            third = b
            third *= b
            third *= 6.0
            third -= 2.0 * (w * w)
            third *= w
            found.append((third, 28 * UNIT))
        return found
