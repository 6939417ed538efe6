"""Which kernel belongs to which activation."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from math import inf

import numpy as np

from ..activation import ELU, Activation, FiniteCritical, Identity, LeakyReLU, Power, ReLU, Sin
from ..rigor.balls import ball, precision
from .base import MAX_ORDER, Composite, Formula, Kernel, NoKernel
from .critical import turning_shape
from .logistic import SigmoidFormula, SiLUFormula, TanhFormula
from .outward import above, below
from .piecewise import RIGHT, ELUFormula, KinkedShape, LeakyFormula
from .polynomial import ConstantKernel, PowerKernel
from .sine import SinFormula, SinShape
from .tabulated import ArctanFormula, GELUFormula, SoftplusFormula

LARGEST = Fraction(2**60)
"""Largest size of a slope or parameter of a kernel (H3 of rounding.py)."""
SMALLEST = Fraction(1, 2**200)
"""Smallest such size other than 0: its cube is a normal number above ETA."""

_DECAYS = ((0.0, 0.0), (0.0, 0.0))
_LIMITS: dict[str, tuple[tuple[float, float], ...]] = {
    "tanh": ((-1.0, 1.0), (0.0, 0.0), *_DECAYS),
    "sigmoid": ((0.0, 1.0), (0.0, 0.0), *_DECAYS),
    "softplus": ((0.0, inf), (0.0, 1.0), *_DECAYS),
    "silu": ((0.0, inf), (0.0, 1.0), *_DECAYS),
    "gelu": ((0.0, inf), (0.0, 1.0), *_DECAYS),
    "arctan": ((-1.5707963267948968, 1.5707963267948968), (0.0, 0.0), *_DECAYS),
}
"""Limits of s^(k) at -infinity and at infinity, k = 0..3 (for arctan a float beyond pi/2)."""

_FORMULAS: dict[str, type[Formula]] = {
    "tanh": TanhFormula,
    "sigmoid": SigmoidFormula,
    "softplus": SoftplusFormula,
    "silu": SiLUFormula,
    "gelu": GELUFormula,
    "arctan": ArctanFormula,
}


@lru_cache(maxsize=64)
def kernel_for(activation: Activation) -> Kernel:
    """The kernel of an activation.

    Raises NoKernel if there is none: a slope or a parameter that is neither 0 nor of a size from 2^-200 to 2^60.
    """
    slope = activation.slope
    if slope == 0:
        with np.errstate(all="ignore"):
            return ConstantKernel(kernel_for(replace(activation, slope=Fraction(1))).derivatives(np.zeros(1), 0)[0])
    if not SMALLEST <= abs(slope) <= LARGEST:
        raise NoKernel(f"the slope of {activation.name} is out of the range of the batched kernels")
    formula = _FORMULAS.get(activation.name)
    if formula is not None and isinstance(activation, FiniteCritical):
        return Composite(formula(), turning_shape(activation, _LIMITS[activation.name]), slope)
    if isinstance(activation, Sin):
        return Composite(SinFormula(), _sine_shape(slope), slope)
    if isinstance(activation, Power | Identity):
        return PowerKernel(activation.exponent if isinstance(activation, Power) else 1, slope)
    if isinstance(activation, ReLU | LeakyReLU | ELU):
        return _kinked(activation)
    raise NoKernel(f"{activation.name} has no batched kernel")


def _sine_shape(slope: Fraction) -> SinShape:
    with precision(200):
        a = [above(ball(abs(slope) ** k)) for k in range(MAX_ORDER + 1)]
    return SinShape(float(slope), (a[0], a[1], a[2], a[3]))


def _kinked(activation: ReLU | LeakyReLU | ELU) -> Kernel:
    """The kernel with the kink's one-sided values and the ranges scaled by slope^k, rounded outward."""
    if isinstance(activation, ELU):
        parameter = activation.alpha
    else:
        parameter = activation.negative_slope if isinstance(activation, LeakyReLU) else Fraction(0)
    if parameter and not SMALLEST <= abs(parameter) <= LARGEST:
        raise NoKernel(f"a parameter of {activation.name} is out of the range of the batched kernels")
    elu = isinstance(activation, ELU)
    formula = ELUFormula(float(parameter)) if elu else LeakyFormula(float(parameter))
    left = [Fraction(value) for value in formula.left_at_kink]
    right = [Fraction(value) for value in RIGHT]
    at_kink, ranges = [], []
    for k in range(MAX_ORDER + 1):
        factor = activation.slope**k
        at_kink.append(_outer([left[k] * factor, right[k] * factor]))
        # Far left the elu's derivatives fall to 0; both branches are monotone.
        limit = [Fraction(0)] if elu else []
        ranges.append(_outer([value * factor for value in [left[k], right[k], *limit]]))
    ranges[0] = (_outer([min(-parameter, Fraction(0))])[0] if elu else 0.0 if parameter <= 0 else -inf, inf)
    return Composite(formula, KinkedShape(activation._kink_order, at_kink, ranges), activation.slope)


def _outer(values: list[Fraction]) -> tuple[float, float]:
    with precision(400):
        balls = [ball(value) for value in values]
        return min(map(below, balls)), max(map(above, balls))
