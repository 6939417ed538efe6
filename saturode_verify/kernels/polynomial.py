"""The identity, powers and constants: kernels of their own, since their errors are relative."""

from __future__ import annotations

from fractions import Fraction
from math import inf, perm

import numpy as np

from ..rigor.rounding import ETA, UNIT
from .base import MAX_ORDER, Rounded, ShapedKernel
from .piecewise import NEAR_KINK
from .turning import Turn, TurningShape, Turns


class PowerKernel(ShapedKernel):
    """(c x)^n and its derivatives C_k (c x)^m, m = n - k, C_k = n!/m! c^k.

    fl(c x) loses u, and enters m times; repeated squaring forms the power by at most m - 1 products of powers, each
    factor u in all (counted with multiplicity 2m u is generous), C_k and the last product u each: (2m + 2) u, called
    (3m + 6) u of the computed value. Underflow: below 64 products, none of which meets a factor above 1 later except
    C_k (a power that underflows has |c x| < 1), so it costs less than (C_k + 1) ETA. Overflow makes the value and
    its error infinite.
    """

    def __init__(self, exponent: int, slope: Fraction) -> None:
        self._exponent = exponent
        self._slope = float(slope)
        exact = [perm(exponent, k) * slope**k for k in range(MAX_ORDER + 1)]
        self._coefficients = [float(value) for value in exact]
        self._losses = [0.0 if Fraction(float(value)) == value else abs(float(value)) * 2 * UNIT for value in exact]
        turns = [self._turns(exponent - k, self._coefficients[k]) for k in range(MAX_ORDER + 1)]
        super().__init__(TurningShape((turns[0], turns[1], turns[2], turns[3])))

    @staticmethod
    def _turns(power: int, coefficient: float) -> Turns:
        if power < 2 or power % 2:
            return Turns((), -inf, inf)
        turn = Turn(-NEAR_KINK, NEAR_KINK, 0.0, coefficient < 0)
        return Turns((turn,), *((0.0, inf) if coefficient > 0 else (-inf, 0.0)))

    def derivatives(self, x: np.ndarray, order: int) -> list[Rounded]:
        """See `Kernel.derivatives`."""
        x = np.asarray(x, dtype=np.float64)
        y = x * self._slope
        found: list[Rounded] = []
        for k in range(order + 1):
            power, coefficient = self._exponent - k, self._coefficients[k]
            if power <= 0:  # a constant; NaN where x is not finite
                found.append((x * 0.0 + (coefficient if power == 0 else 0.0), self._losses[k] if power == 0 else 0.0))
                continue
            value = _power(y, power)
            value = value * coefficient
            error = np.abs(value) * ((3 * power + 6) * UNIT) + (abs(coefficient) + 1.0) * ETA
            found.append((value, error))
        return found


def _power(y: np.ndarray, n: int) -> np.ndarray:
    """y^n, n >= 1, by repeated squaring."""
    result: np.ndarray | None = None
    while True:
        if n & 1:
            result = y if result is None else result * y
        n >>= 1
        if not n:
            assert result is not None  # the leading bit of n is 1
            return result
        y = y * y


class ConstantKernel(ShapedKernel):
    """x -> s(0), the slope being 0: the derivatives are exactly 0. ``known`` is s(0) at one point."""

    def __init__(self, known: Rounded) -> None:
        anywhere = Turns((), -inf, inf)
        super().__init__(TurningShape((anywhere, anywhere, anywhere, anywhere)))
        value, error = known
        self._value = float(np.ravel(value)[0])
        self._error = float(np.ravel(error)[0])

    def derivatives(self, x: np.ndarray, order: int) -> list[Rounded]:
        """See `Kernel.derivatives`."""
        zero = np.asarray(x, dtype=np.float64) * 0.0
        return [(zero + self._value, self._error), *[(zero.copy(), 0.0) for _ in range(order)]]
