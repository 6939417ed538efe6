"""The turning points of an activation's derivatives, as floats rounded outward."""

from __future__ import annotations

from math import inf

from ..activation.base import MAX_ORDER, FiniteCritical, _turning_values
from ..rigor.balls import ball, exact, hull, precision
from .outward import above, below
from .turning import Turn, TurningShape, Turns

_BITS = 120


def turning_shape(activation: FiniteCritical, limits: tuple[tuple[float, float], ...]) -> TurningShape:
    """The shape of x -> s(c x), c the slope, from the certified brackets of s.

    ``limits[k]``: numbers at or beyond the limits of s^(k) at -infinity and infinity (an infinite one is allowed).
    The derivatives c^k s^(k)(c x) turn at z/c for the turning points z of s^(k), with the value c^k s^(k)(z).
    """
    with precision(_BITS):
        orders = [_turns(activation, k, limits[k]) for k in range(MAX_ORDER + 1)]
    return TurningShape((orders[0], orders[1], orders[2], orders[3]))


def _turns(activation: FiniteCritical, order: int, limits: tuple[float, float]) -> Turns:
    plain, slope = activation._unscaled, ball(activation.slope)
    factor = slope**order
    # Only s itself (factor 1) has an infinite limit.
    lowest = min(below(exact(end) * factor) if abs(end) < inf else end for end in limits)
    highest = max(above(exact(end) * factor) if abs(end) < inf else end for end in limits)
    extrema = []
    turning = _turning_values(plain, order, _BITS)
    for (start, _), (low, high, value) in zip(activation.brackets[order], turning, strict=True):
        rising = plain._derivatives(exact(start), order + 1)[order + 1]
        if not (rising > 0 or rising < 0):
            raise ArithmeticError(f"the sign at a bracket of {activation.name} is not certain")
        scaled = value * factor
        maximum = bool(rising > 0) == bool(factor > 0)
        left, right = hull([low / slope, high / slope])
        extrema.append(Turn(below(left), above(right), above(scaled) if maximum else below(scaled), maximum))
        lowest, highest = min(lowest, below(scaled)), max(highest, above(scaled))
    return Turns(tuple(extrema), lowest, highest)
