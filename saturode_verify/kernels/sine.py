"""sin and cos by reduction modulo pi and the addition theorem around the nodes j/64.

proofs/sine.py proves every constant.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from flint import arb

from ..rigor.balls import ONE, exact, precision
from ..rigor.rounding import UNIT
from .base import Formula, Image, Rounded, Shape
from .outward import cut
from .turning import clipped, hull_of_ends

SINE_DOMAIN = 2.0**20
_NODES = 101
_MAGIC = 1.5 * 2.0**52
_MAGIC_BITS = int(np.float64(_MAGIC).view(np.int64))


class _Constants(NamedTuple):
    inverse: float
    parts: tuple[float, float, float]
    sines: np.ndarray
    cosines: np.ndarray


@lru_cache(maxsize=1)
def _constants() -> _Constants:
    """1/pi; pi as a sum of 32 bits (to 2^-30), 32 bits (to 2^-62) and a float; sin and cos of j/64, |j| <= 101.

    All but the first two parts of pi are checked with Arb to be within u, relative, of what they stand for.
    """
    with precision(200):
        pi = arb.pi()
        high = cut(pi, 30)
        middle = cut(pi - exact(high), 62)
        rest = pi - exact(high) - exact(middle)
        angles = [arb(j) / 64 for j in range(-_NODES, _NODES + 1)]
        wanted = [ONE / pi, rest, *(y.sin() for y in angles), *(y.cos() for y in angles)]
        found = [float(value.mid()) for value in wanted]
        for number, value in zip(found, wanted, strict=True):
            if not abs(exact(number) - value) <= abs(value) * exact(UNIT):
                raise ArithmeticError("a constant of the sine kernel is wrong")
        if not (0 < middle < 2.0**-30 and 0 < rest < exact(2.0**-62)):
            raise ArithmeticError("the argument reduction of the sine kernel is wrong")
    count = len(angles)
    return _Constants(found[0], (high, middle, found[1]), np.array(found[2 : 2 + count]), np.array(found[2 + count :]))


class SinFormula(Formula):
    """sin, cos, -sin, -cos for |x| <= 2^20; beyond, value 0 with error 1.

    n is a nearest integer of x/pi up to 2^-32, |n| < 2^19; n high and n middle are exact (51 bits). x - n high is
    exact (for n != 0 a multiple of 2^-52 below 2), the next two differences lose 1.6u and 1.58u at most, n rest <
    2^-43 a part of u: |r - r*| <= 3.2u, |r| < 1.571. d = r - j/64 is exact, as in `TaylorTable`, |d| <= 1/128.
    With S, C = sin, cos of j/64 up to u: sin r = S + (S (cos d - 1) + C sin d). sin d by three terms, cos d - 1 by
    three: truncation < 4e-19 < 0.004u; |cos d - 1| < 3.1e-5, |sin d| < 0.0079 are off by 3u of themselves at most;
    so the bracket is off by (0.0079 * 5 + 0.004 + 0.001)u <= 0.05u, the sum by u, S by u. Together 3.2u + 2.1u,
    called 6u.
    """

    sensitivity = ((0.0, 1.0), (0.0, 1.0), (0.0, 1.0), (0.0, 1.0))

    def values(self, x: np.ndarray, order: int) -> list[Rounded]:
        """See `Formula.values`."""
        outside = np.abs(x) > SINE_DOMAIN
        error: np.ndarray | float = 6 * UNIT
        some_outside = bool(outside.any())
        if some_outside:
            error = np.where(outside, 1.0, error)
        both = _sine_and_cosine(x)
        if some_outside:
            for value in both:
                value[outside] = 0.0
        found: list[Rounded] = [(both[0], error)]
        for k in range(1, order + 1):
            found.append((both[k] if k < 2 else -both[k - 2], np.copy(error) if some_outside else error))
        return found


def _sine_and_cosine(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    inverse, (high, middle, rest), sines, cosines = _constants()
    n = x * inverse
    n += _MAGIC
    flip = n.view(np.int64) << 63  # the sign (-1)^n: only ever changes a sign bit, so that NaN stays
    n -= _MAGIC
    r = x - n * high
    r -= n * middle
    n *= rest
    r -= n
    j = np.multiply(r, 64.0, out=n)
    j += _MAGIC
    index = j.view(np.int64) - (_MAGIC_BITS - _NODES)
    j -= _MAGIC
    j *= 1 / 64
    r -= j
    s, c = sines.take(index, mode="clip"), cosines.take(index, mode="clip")
    square = r * r
    less = square * (-1 / 720)  # cos d - 1
    less += 1 / 24
    less *= square
    less -= 0.5
    less *= square
    small = square * (1 / 120)  # sin d
    small -= 1 / 6
    small *= square
    small *= r
    small += r
    sine = s * less
    sine += c * small
    sine += s
    less *= c
    less -= np.multiply(s, small, out=small)
    less += c
    for value in (sine, less):
        bits = value.view(np.int64)
        bits ^= flip
    return sine, less


class SinShape(Shape):
    """sin^(k)(c x) c^k: +-|c|^k is inside unless the interval of c x certainly holds no such extremum.

    In y = c x, sin^(k) is 1 where y/(2 pi) + (k - 1)/4 is an integer and -1 where y/(2 pi) + (k - 3)/4 is. With the
    interval's middle m and half width h in units of 2 pi, an integer lies in [m + q - h, m + q + h] only if m + q is
    within h of its nearest integer. m, h and the sum lose less than 16u (|m| + h + 1) together; anything NaN counts
    as inside.
    """

    def __init__(self, slope: float, amplitudes: tuple[float, float, float, float]) -> None:
        """``amplitudes[k]`` >= |slope|^k."""
        self._turns_per_unit = abs(slope) * 0.15915494309189535  # 1/(2 pi)
        self._negative = slope < 0
        self._amplitudes = amplitudes

    def images(
        self, lower: np.ndarray, upper: np.ndarray, at_lower: list[Rounded], at_upper: list[Rounded]
    ) -> list[Image]:
        """See `Kernel.images`."""
        middle = (lower * 0.5 + upper * 0.5) * self._turns_per_unit
        half = (upper * 0.5 - lower * 0.5) * self._turns_per_unit
        half = half + (np.abs(middle) + half + 1.0) * (16 * UNIT)
        near = [self._near(middle, half, phase) for phase in (0.0, 0.25, 0.5, 0.75)]
        found: list[Image] = []
        for k, (left, right) in enumerate(zip(at_lower, at_upper, strict=True)):
            low, high = hull_of_ends(left, right)
            amplitude = self._amplitudes[k]
            top, bottom = (k - 1) % 4, (k - 3) % 4
            if self._negative:  # sin(-|c| x) = -sin(|c| x), and so for its derivatives
                top, bottom = bottom, top
            np.maximum(high, np.where(near[top], amplitude, -np.inf), out=high)
            np.minimum(low, np.where(near[bottom], -amplitude, np.inf), out=low)
            found.append(clipped(low, high, -amplitude, amplitude))
        return found

    @staticmethod
    def _near(middle: np.ndarray, half: np.ndarray, phase: float) -> np.ndarray:
        shifted = middle + phase
        return ~(np.abs(shifted - np.rint(shifted)) > half)
