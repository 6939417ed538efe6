"""What every activation s offers to the bounds: values of s and its derivatives, and exact images.

For an interval [l, u] the image of s^(k) (k = 0..3) is the hull of its values at l, at u and at
the critical points of s^(k) inside: between them s^(k) is monotone. Naive ball evaluation would be
sound and useless (theory section 2).

No value here needs a tail rule of its own: far out only e^y with y << 0, sech and erfc occur, for which Arb
returns a finite ball at any size of y (around 0, of radius below 2^-(2^60), once the exponent grows absurd).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import ClassVar

from flint import arb, ctx

from ..errors import UnusableInput
from ..rigor.balls import ZERO, ball, hull

MAX_ORDER = 3
"""Highest derivative whose image is needed (linearising s' to second order uses s''')."""


class Smoothness(IntEnum):
    """How much regularity a theorem may assume of s."""

    LIPSCHITZ = 0
    C1 = 1
    ANALYTIC = 2


def require_binary64(value: Fraction, what: str) -> None:
    """Raises UnusableInput unless some binary64 equals ``value``, as the exact model demands of every number."""
    try:
        held = Fraction(float(value)) == value
    except OverflowError:
        held = False
    if not held:
        raise UnusableInput(
            f"{what} is not a binary64 number", "write an integer or m*2^e, e.g. the exact value of a stored float"
        )


def canonical_text(value: Fraction) -> str:
    """The canonical model form of a dyadic rational: ``m*2^e`` with odd m, or "0"."""
    if value == 0:
        return "0"
    shift = (value.numerator & -value.numerator).bit_length() - 1
    return f"{value.numerator >> shift}*2^{shift + 1 - value.denominator.bit_length()}"


@dataclass(frozen=True)
class Activation(ABC):
    """x -> s(slope * x), with s fixed by the class and ``slope`` an exact binary64 number.

    Subclasses add fields for the parameters of s; all numbers are checked to be binary64 (UnusableInput).
    """

    slope: Fraction = Fraction(1)

    name: ClassVar[str]

    def __post_init__(self) -> None:
        require_binary64(self.slope, f"the slope of {self.name}")

    @property
    def smoothness(self) -> Smoothness:
        """Regularity of x -> s(slope x) on the whole line."""
        return Smoothness.ANALYTIC

    @abstractmethod
    def _derivatives(self, x: arb, order: int) -> list[arb]:
        """Balls around s(x), s'(x), ..., s^(order)(x), order <= 4, for a thin ball x of any size.

        At a kink the one-sided values must both be enclosed. Never NaN or infinite for finite thin x.
        """

    @abstractmethod
    def _inner_values(self, order: int, lower: arb, upper: arb) -> Iterable[arb] | None:
        """Values of s^(order) that, with those at the two ends, span its image over [lower, upper].

        None where s^(order) is unbounded or s^(order-1) not absolutely continuous there. If the interval
        meets a kink, the values must span the (Clarke) image without the ends.
        """

    @abstractmethod
    def _sup_abs_derivative(self) -> arb | None:
        """Ball around sup_R |s'|, None if that is infinite."""

    def _attained_values(self, order: int, lower: arb, upper: arb) -> Iterable[arb]:
        """Balls around values that s^(order) certainly attains inside [lower, upper]; may be none."""
        return []

    def _meets_kink(self, lower: arb, upper: arb) -> bool:
        """Whether [lower, upper] holds a point where some derivative of s jumps."""
        return False

    def parameters(self) -> dict[str, str | int]:
        """The JSON fields beside ``name`` and ``slope``."""
        return {}

    def spec(self) -> dict[str, str | int]:
        """The activation's JSON object in the exact model; ``slope`` only when it is not 1."""
        slope = {} if self.slope == 1 else {"slope": canonical_text(self.slope)}
        return {"name": self.name, **self.parameters(), **slope}

    @cached_property
    def _scale(self) -> arb:
        return ball(self.slope)

    def derivatives(self, x: arb, order: int) -> list[arb]:
        """Balls around the derivatives 0..order (at most 4) of x -> s(slope x) at the thin ball x."""
        if self.slope == 1:
            return self._derivatives(x, order)
        factor, scaled = self._scale, []
        for k, value in enumerate(self._derivatives(factor * x, order)):
            scaled.append(value * factor**k)  # factor is exact: of a ball with midpoint 0, ** makes NaN
        return scaled

    def image(self, order: int, lower: arb, upper: arb, ends: Sequence[arb]) -> tuple[arb, arb] | None:
        """Exact hull (lower, upper) of the ``order``-th derivative over [lower, upper], order <= 3.

        ``lower`` <= ``upper`` are exact; ``ends`` are balls around the derivative's values at both.
        None means "no information": the derivative does not exist a.e. there or is not integrable to
        the one below. A None image must not be used; s' itself (Clarke) always has one.
        """
        if self.slope == 0:  # x -> s(0): constant, and its derivatives are exactly 0
            return hull(ends)
        low, high = (lower, upper) if self.slope == 1 else hull([self._scale * lower, self._scale * upper])
        inner = self._inner_values(order, low, high)
        if inner is None:
            return None
        # At a kink the end's ball is a fat union of one-sided values; the inner values do without it.
        outer = [] if self._meets_kink(low, high) else list(ends)
        return hull([*outer, *(inner if self.slope == 1 else (value * self._scale**order for value in inner))])

    def attained(self, order: int, lower: arb, upper: arb) -> list[arb]:
        """Balls around values of the ``order``-th derivative that are attained on [lower, upper], exact ends.

        They bound its supremum and infimum there from inside: the ends' values, and extrema certainly inside.
        """
        ends = [self.derivatives(x, order)[order] for x in (lower, upper)]
        if self.slope == 0:
            return ends
        low, high = self._scale * lower, self._scale * upper
        if self.slope < 0:
            low, high = high, low
        inner = self._attained_values(order, low.upper(), high.lower())
        return [*ends, *(inner if self.slope == 1 else (value * self._scale**order for value in inner))]

    def sup_abs_derivative(self) -> arb | None:
        """Ball around Lambda = sup_R |(s(slope .))'| = |slope| sup_R |s'| (theory section 2); None if infinite."""
        base = self._sup_abs_derivative()
        if self.slope == 0:
            return arb(0)
        return None if base is None else abs(self._scale) * base


@dataclass(frozen=True)
class FiniteCritical(Activation):
    """An activation whose derivatives have finitely many critical points, isolated by dyadic brackets.

    ``brackets[k]`` lists (a, b) with s^(k+1) of opposite strict signs at a and b; inside there is exactly one
    zero, outside none. Completeness is proved in proofs/activations.py; the sign change is checked here.
    A bracket around a dyadic zero is divided 2 : 1 by it, so that no midpoint of the bisection ever hits it.
    """

    brackets: ClassVar[tuple[tuple[tuple[float, float], ...], ...]]

    def _inner_values(self, order: int, lower: arb, upper: arb) -> Iterable[arb]:
        turning = _turning_values(self._unscaled, order, ctx.prec)
        # Written so that a comparison that cannot be decided lets the point in.
        return [value for low, high, value in turning if not (low > upper or high < lower)]

    def _attained_values(self, order: int, lower: arb, upper: arb) -> Iterable[arb]:
        turning = _turning_values(self._unscaled, order, ctx.prec)
        return [value for low, high, value in turning if lower <= low and high <= upper]

    @cached_property
    def _unscaled(self) -> FiniteCritical:
        return self if self.slope == 1 else type(self)()

    def _largest_turning_value(self) -> arb:
        """max |s'| over the critical points of s'."""
        largest = ZERO
        for _, _, value in _turning_values(self._unscaled, 1, ctx.prec):
            largest = largest.max(abs(value))
        return largest


@lru_cache(maxsize=256)
def _turning_values(activation: FiniteCritical, order: int, bits: int) -> tuple[tuple[arb, arb, arb], ...]:
    """Per bracket (low, high, ball): s^(order) has its extremum in [low, high], with its value in the ball."""
    found = []
    for low, high in activation.brackets[order]:
        point = _bisect(activation, order + 1, arb(low), arb(high), bits)
        found.append((point.lower(), point.upper(), activation._derivatives(point, order)[order]))
    return tuple(found)


def _bisect(activation: Activation, order: int, low: arb, high: arb, bits: int) -> arb:
    """A ball around the zero of s^(order) in [low, high]; ValueError if there is no certified sign change."""

    def sign(x: arb) -> int:
        value = activation._derivatives(x, order)[order]
        return 1 if value > 0 else -1 if value < 0 else 0

    sign_low, sign_high = sign(low), sign(high)
    if sign_low * sign_high != -1:
        raise ValueError(f"{activation.name}: no certified sign change of derivative {order}")
    for _ in range(bits + 8):
        middle = ((low + high) / 2).mid()
        here = sign(middle)
        if here == 0 or not (low < middle and middle < high):
            break
        low, high = (middle, high) if here == sign_low else (low, middle)
    return low.union(high)
