"""e^-a on float64 arrays with a proved relative error; numpy's own exp comes with no guarantee.

proofs/exponential.py proves each count.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from flint import arb

from ..rigor.balls import ONE, exact, precision
from ..rigor.rounding import UNIT
from .outward import cut

EXP_DOMAIN = 708.0
"""`exp_minus` holds on [0, 708]; e^-708 > 2^-1021.5 is a normal number."""
EXP_ERROR = 2.5 * UNIT
_CELLS = 64
_MAGIC = 1.5 * 2.0**52
"""Adding it rounds a number below 2^50 to an integer, which then stands in the last bits of the sum."""


class _Reduction(NamedTuple):
    """The constants of `exp_minus`, certified by `_reduction`."""

    inverse: float
    high: float
    low: float
    powers: np.ndarray


@lru_cache(maxsize=1)
def _reduction() -> _Reduction:
    """With c = ln 2/64: inverse = fl(1/c), high = c cut to 42 binary places, low = fl(c - high), powers 2^(-j/64).

    Each is checked with Arb to be within u, relative, of what it stands for.
    """
    with precision(200):
        cell = arb(2).log() / _CELLS
        high = cut(cell, 42)
        low = cell - exact(high)
        wanted = [ONE / cell, low, *((-cell * j).exp() for j in range(_CELLS))]
        found = [float(value.mid()) for value in wanted]
        for number, value in zip(found, wanted, strict=True):
            if not abs(exact(number) - value) <= abs(value) * exact(UNIT):
                raise ArithmeticError("a constant of the exponential kernel is wrong")
        if not (high * 2**42 < 2**36 and 0 < low < exact(2.0**-42)):
            raise ArithmeticError("the argument reduction of the exponential kernel is wrong")
    return _Reduction(found[0], high, found[1], np.array(found[2:]))


def exp_minus(a: np.ndarray) -> np.ndarray:
    """E with |E - e^-a| <= 2.5 u e^-a for 0 <= a <= 708 (NaN for NaN, nothing is said of other a).

    With c = ln 2/64: n is a nearest integer of a/c up to a relative 2.1u of a/c <= 65373, so rho = a - n c has
    |rho| <= (0.5 + 2^-35) c < 0.00542. Rounding in r for rho: n high is exact (16 + 36 bits), a - n high and the last
    difference lose <= 0.00543u each, fl(n low) <= 2^-26 u, low itself <= 2^-26 u: |r - rho| <= 0.012u.
    q for e^-rho - 1: truncation rho^7/7! (1 + 0.001) <= 0.0003u; the factor of r in Horner's rule is within 0.005 of
    -1 and loses <= 1.01u, the last product u: |q - (e^-rho - 1)| <= 0.0055 * 2.02u + 0.0121u + 0.0003u <= 0.024u.
    T = powers[j] has relative error u; fl(T q) adds 0.0055u T; fl(T + T q) u. Together, relative to 2^(-j/64) e^-rho:
    u + u + (0.024u + 0.0055u)/0.994 + O(u^2) <= 2.04u. The factor 2^-(n >> 6) is exact: the result is normal.
    """
    inverse, high, low, powers = _reduction()
    n = a * inverse
    n += _MAGIC
    bits = n.view(np.int64)
    index = bits & (_CELLS - 1)
    scale = bits >> 6
    np.subtract(1023, scale, out=scale)  # the biased exponent -(n >> 6); the magic number's bits leave at the top
    scale <<= 52
    n -= _MAGIC
    r = n * high
    np.subtract(a, r, out=r)
    n *= low
    r -= n
    q = np.multiply(r, 1 / 720, out=n)
    q -= 1 / 120
    for coefficient in (1 / 24, -1 / 6, 0.5, -1.0):
        q *= r
        q += coefficient
    q *= r
    power = powers.take(index)
    q *= power
    q += power
    q *= scale.view(np.float64)  # a product, not integer arithmetic on q: NaN stays NaN
    return q
