"""The gate of kernels/logistic.py: errors of t and p over all E = e^-a in [0, 1], every rounding counted.

The computed exponential is E^ = E (1 + e), |e| <= 2.5u (exponential.py). With r = fl(1/fl(1 + E^)):

* t^ = fl(fl(1 - E^) r): a product of four roundings, relative ((1+u)^3/(1-u) - 1) of t(E^) = (1-E^)/(1+E^); and
  |t(E^) - t(E)| <= 2.5u E sup |t'|, t' = -2/(1+E)^2, over the segment (mean value theorem).
* p^ = fl(fl(E^ r) r): relative (1+u)^4/(1-u)^2 - 1 of p(E^) = E^/(1+E^)^2; and log p(E^) - log p(E) = (1-E')/(1+E') e'
  with |e'| <= -log(1 - 2.5u), where |1-E'|/(1+E') <= 1.

A cell is a ball of E; the balls are widened by 3u so that E^ is in them. copysign does no harm: t(E) >= 0, and for
t^ < 0 the distance of |t^| to t(E) is not larger.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flint import arb

from saturode_verify.rigor.balls import ONE, ZERO

from .floating import UNIT, Rounded, largest, relative


def shift() -> arb:
    """2.5u, the relative error of the exponential."""
    return arb(5) / 2 * UNIT


def divided() -> arb:
    """Relative error of r beside that of E^: fl(1 + E^) and the quotient."""
    return (1 + UNIT) / (1 - UNIT) - 1


@dataclass(frozen=True)
class Gate:
    """Exact E, t and p over a cell; t as computed, and the relative error of p as computed."""

    grown: arb
    t: Rounded
    p: arb
    p_relative: arb

    @property
    def density(self) -> Rounded:
        """p as computed."""
        return Rounded(self.p, self.p_relative * largest(self.p))


def gate(grown: arb) -> Gate:
    """The gate over a ball of E; points of the ball outside of [0, 1] are not meant, and cut off."""
    low, high = grown.lower().max(ZERO), grown.upper().min(ONE)
    grown = low.union(high)
    near = (low * (1 - 3 * UNIT)).union(high * (1 + 3 * UNIT))
    t_exact = _decreasing(lambda e: (1 - e) / (1 + e), low, high)
    moved = 2 / (1 + near) ** 2 * grown * shift()
    rounded = relative(UNIT, UNIT, divided())
    t_error = largest(moved) + rounded * (largest(t_exact) + largest(moved))
    slope = largest((1 - near) / (1 + near)).min(ONE)
    moved_p = (slope * -(1 - shift()).log()).exp() - 1
    p_relative = relative(moved_p, UNIT, UNIT, divided(), divided())
    p = _increasing(lambda e: e / (1 + e) ** 2, low, high)
    return Gate(grown, Rounded(t_exact, t_error.upper()), p, p_relative.upper())


def _decreasing(function: Callable[[arb], arb], low: arb, high: arb) -> arb:
    return function(high).union(function(low))


def _increasing(function: Callable[[arb], arb], low: arb, high: arb) -> arb:
    """p' = (1-E)/(1+E)^3 >= 0 on [0, 1]."""
    return function(low).union(function(high))
