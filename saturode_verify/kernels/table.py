"""Piecewise Taylor polynomials of an analytic function, with an error bound per cell that Arb has certified."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from flint import arb, arb_series, ctx

from ..rigor.balls import exact, precision
from ..rigor.rounding import UNIT
from .outward import above

_BITS = 100
_DEGREE = 6
_MAGIC = 1.5 * 2.0**52
_MAGIC_BITS = int(np.float64(_MAGIC).view(np.int64))

Series = Callable[[arb_series], arb_series]


class TaylorTable:
    """Polynomials of degree 6 around the nodes j h, j = 0..J, for f on [0, J h] (and h/2 beyond the last node).

    Outside of that domain nothing is claimed: the caller cuts its argument and has a tail rule of its own.
    In cell j, with d = x - j h, |d| <= D = h/2, f_k the Taylor coefficients of f at j h and c_k their floats,

        |f(x) - computed| <= sum_k |f_k - c_k| D^k + |f_7| D^7 + |R| D^8 + sum_k (2k + 1)(1 + 1e-6) u |c_k| D^k,

    R a ball around f^(8)/8! over the whole cell (Lagrange). The last sum is Horner's rounding: c_k passes through k
    products and k + 1 sums. d is exact: j h is, and for j >= 1 d is a multiple of ulp(x) no larger than x.
    """

    def __init__(self, function: Series, step: float, last: int) -> None:
        self._inverse = 1.0 / step
        self._step = step
        self.coefficients = np.empty((_DEGREE + 1, last + 1))
        errors = []
        with precision(_BITS):
            for j in range(last + 1):
                row, error = _cell(function, j * step, step / 2)
                self.coefficients[:, j] = row
                errors.append(error)
        self.errors = np.array(errors)
        self.error = float(self.errors.max())
        """Bound of |f(x) - computed| over the whole domain."""

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """f(x) for 0 <= x <= J h, up to `error`; NaN for NaN."""
        n = x * self._inverse  # exact: the step is a power of two
        n += _MAGIC
        index = n.view(np.int64) - _MAGIC_BITS
        n -= _MAGIC
        n *= self._step
        d = np.subtract(x, n, out=n)
        coefficients = self.coefficients
        value = coefficients[_DEGREE].take(index, mode="clip")  # clip: what NaN has for an index is anything
        for k in range(_DEGREE - 1, -1, -1):
            value *= d
            value += coefficients[k].take(index, mode="clip")
        return value


def _cell(function: Series, node: float, radius: float) -> tuple[list[float], float]:
    """The float coefficients at a node and the error bound of its cell."""
    reach = exact(radius)
    middle = _expand(function, exact(node), _DEGREE + 1)
    whole = _expand(function, arb(node, radius), _DEGREE + 2)
    row = [float(middle[k].mid()) for k in range(_DEGREE + 1)]
    error = abs(middle[_DEGREE + 1]) * reach ** (_DEGREE + 1) + abs(whole[_DEGREE + 2]) * reach ** (_DEGREE + 2)
    rounding = exact(UNIT * (1 + 1e-6))
    for k, coefficient in enumerate(row):
        error += (abs(middle[k] - exact(coefficient)) + (2 * k + 1) * rounding * abs(exact(coefficient))) * reach**k
    bound = above(error)
    if not bound < 1e-12:
        raise ArithmeticError("a table of a kernel is not accurate")
    return row, bound


def _expand(function: Series, centre: arb, order: int) -> arb_series:
    """Taylor series of the function at a ball, with the coefficients 0..order (flint's series length is global)."""
    before = ctx.cap
    try:
        ctx.cap = order + 1
        return function(arb_series([centre, 1], prec=order + 1))
    finally:
        ctx.cap = before
