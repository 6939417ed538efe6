"""What a kernel is: values of s, s', s'', s''' with proved errors, and outer images, on whole float64 arrays.

A kernel joins two parts. A `Formula` evaluates s (slope 1) at floats; a `Shape` knows where the derivatives of
x -> s(slope x) turn, and with the values at the ends of an interval that gives the image over it. All proofs use
H1 of rounding.py only, also with subnormals flushed to zero: each operation may then err by 2^-1022 more, or by 2^-1022
times the other factor of a product (at most 2^60: slopes and parameters), which either is below the second-order slack
of an error of size u, or is covered by an explicit ETA.
NaN means "no information" and stays NaN (np.minimum and np.maximum, never fmin and fmax).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction

import numpy as np

from ..rigor.rounding import ETA, UNIT

Rounded = tuple[np.ndarray, "np.ndarray | float"]
"""(value, error): |value - exact| <= error elementwise."""
Image = tuple[np.ndarray, np.ndarray]
"""(lower, upper): the range lies between them."""
Sensitivity = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]

MAX_ORDER = 3
BLOCK = 2**13
"""Points that are evaluated at once: all temporaries of one block stay in the second-level cache."""


class NoKernel(ValueError):
    """An activation has no batched kernel; the ball arithmetic still has it."""


class Kernel(ABC):
    """s and its derivatives (of x -> s(slope * x), slope included), batched over float64 arrays of any shape."""

    @abstractmethod
    def derivatives(self, x: np.ndarray, order: int) -> list[Rounded]:
        """Orders 0..order (at most 3), in new arrays, at the exact numbers x: |value - s^(k)(x)| <= error for every
        finite x.

        Where x is not finite, or something overflows, value or error may be NaN or infinite: no information.
        At a kink of order k the value's error covers both one-sided derivatives.
        """

    @abstractmethod
    def images(
        self, lower: np.ndarray, upper: np.ndarray, at_lower: list[Rounded], at_upper: list[Rounded]
    ) -> list[Image]:
        """Outer ranges of the orders 0..len(at_lower)-1 over [lower, upper], from the values at the two ends.

        (-inf, inf) or NaN where there is no information: non-finite ends, orders above a jump.
        """


class Formula(ABC):
    """Evaluates s and its derivatives at slope 1."""

    sensitivity: Sensitivity
    """(A, B) per order k with |y s^(k+1)(y)| <= A + B |y| for all real y (almost all, if s has a kink at 0).

    proofs/sensitivity.py proves them.
    """

    @abstractmethod
    def values(self, x: np.ndarray, order: int) -> list[Rounded]:
        """`Kernel.derivatives` for a one-dimensional array and slope 1; must not write into x."""


class Shape(ABC):
    """Knows the images of x -> s(slope x)."""

    @abstractmethod
    def images(
        self, lower: np.ndarray, upper: np.ndarray, at_lower: list[Rounded], at_upper: list[Rounded]
    ) -> list[Image]:
        """See `Kernel.images`."""


class ShapedKernel(Kernel):
    """A kernel whose images come from a shape."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape

    def images(
        self, lower: np.ndarray, upper: np.ndarray, at_lower: list[Rounded], at_upper: list[Rounded]
    ) -> list[Image]:
        """See `Kernel.images`."""
        if np.ndim(lower):
            return self._shape.images(lower, upper, at_lower, at_upper)
        ends = [[(np.reshape(v, 1), _shaped(e, (1,))) for v, e in end] for end in (at_lower, at_upper)]
        found = self._shape.images(np.reshape(lower, 1), np.reshape(upper, 1), ends[0], ends[1])
        return [(low.reshape(()), high.reshape(())) for low, high in found]


class Composite(ShapedKernel):
    """The kernel of x -> s(slope x) from a formula for s and a shape."""

    def __init__(self, formula: Formula, shape: Shape, slope: Fraction = Fraction(1)) -> None:
        super().__init__(shape)
        self._formula = formula
        self._slope = float(slope)
        self._factors = [float(slope**k) for k in range(MAX_ORDER + 1)]

    def derivatives(self, x: np.ndarray, order: int) -> list[Rounded]:
        """See `Kernel.derivatives`; large arrays are evaluated block by block."""
        x = np.asarray(x, dtype=np.float64)
        flat = x.reshape(-1)
        evaluate = self._formula.values if self._slope == 1.0 else self._scaled
        if flat.size <= 2 * BLOCK:
            return [(value.reshape(x.shape), _shaped(error, x.shape)) for value, error in evaluate(flat, order)]
        parts = [slice(start, start + BLOCK) for start in range(0, flat.size, BLOCK)]
        values = [np.empty(flat.size) for _ in range(order + 1)]
        errors: list[list[np.ndarray | float]] = [[] for _ in range(order + 1)]
        for part in parts:
            for k, (value, error) in enumerate(evaluate(flat[part], order)):
                values[k][part] = value
                errors[k].append(error)
        return [(v.reshape(x.shape), _joined(e, parts, x.shape)) for v, e in zip(values, errors, strict=True)]

    def _scaled(self, x: np.ndarray, order: int) -> list[Rounded]:
        """Derivatives c^k s^(k)(c x), c the slope, from those at y = fl(c x).

        |y - c x| <= u |c x| + 2^-962 (a flushed x times |c| <= 2^60), so by the mean value theorem, as |s^(k+1)| <=
        2^60 beside 0 (the largest parameter, `registry`), s^(k)(y) and s^(k)(c x) differ by at most
        u(1 + 3u)(A + B |y|) + ETA, (A, B) the sensitivity: |c x| <= (1 + 2u)|z| for every z between the two. A kink
        at 0 is no obstacle: y and c x have the same sign or y = 0, where formulas report both sides.
        Then f = fl(c^k) and fl(f v) lose a relative u each (2^-200 <= |c| <= 2^60, so f is normal).
        """
        c = self._slope
        y = x * c
        size = np.abs(y)
        results: list[Rounded] = []
        for k, (value, error) in enumerate(self._formula.values(y, order)):
            constant, linear = self._formula.sensitivity[k]
            total = error + (1.01 * UNIT * constant + ETA)
            if linear:
                total = total + size * (1.01 * UNIT * linear)
            factor = self._factors[k]
            scaled = value * factor
            total = total * (abs(factor) * (1 + 16 * UNIT)) + (np.abs(scaled) * (8 * UNIT) + ETA)
            results.append((scaled, total))
        return results


def _shaped(error: np.ndarray | float, shape: tuple[int, ...]) -> np.ndarray | float:
    return error.reshape(shape) if isinstance(error, np.ndarray) else error


def _joined(errors: list[np.ndarray | float], parts: list[slice], shape: tuple[int, ...]) -> np.ndarray | float:
    """All blocks' errors: one number if each block has that number, else an array (a block may be special: kinks)."""
    first = errors[0]
    if not isinstance(first, np.ndarray) and all(not isinstance(e, np.ndarray) and e == first for e in errors):
        return first
    whole = np.empty(shape).reshape(-1)
    for part, error in zip(parts, errors, strict=True):
        whole[part] = error
    return whole.reshape(shape)
