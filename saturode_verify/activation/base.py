"""What every activation s offers to the bounds: values of s and its derivatives, and exact images.

For an interval [l, u] the image of s^(k) (k = 0..3) is the hull of its values at l, at u and at
the critical points of s^(k) inside: between them s^(k) is monotone. Naive ball evaluation would be
sound and useless (theory section 2).
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

from ..rigor.balls import ball, hull
from ..rigor.numbers import format_exact

MAX_ORDER = 3
"""Highest derivative whose image is needed (linearising s' to second order uses s''')."""


class Smoothness(IntEnum):
    """How much regularity a theorem may assume of s."""

    LIPSCHITZ = 0
    C1 = 1
    ANALYTIC = 2


@dataclass(frozen=True)
class Activation(ABC):
    """x -> s(slope * x), with s fixed by the class and ``slope`` an exact dyadic rational."""

    slope: Fraction = Fraction(1)

    name: ClassVar[str]

    @property
    def smoothness(self) -> Smoothness:
        """Regularity of s on the whole line."""
        return Smoothness.ANALYTIC

    @abstractmethod
    def _derivatives(self, x: arb, order: int) -> list[arb]:
        """Balls around s(x), s'(x), ..., s^(order)(x) for a thin ball x of any size.

        At a kink the one-sided values must both be enclosed. Never NaN for finite x.
        """

    @abstractmethod
    def _critical_points(self, order: int, lower: arb, upper: arb) -> Iterable[arb]:
        """Thin balls around points of [lower, upper] that include every interior local extremum of s^(order) there.

        Balls may stick out of the interval, and points outside it do no harm.
        """

    @abstractmethod
    def _sup_abs_derivative(self) -> arb | None:
        """Ball around sup_R |s'|, None if that is infinite."""

    def _image_exists(self, order: int, lower: arb, upper: arb) -> bool:
        """False where s^(order) is unbounded or s^(order-1) not absolutely continuous on [lower, upper]."""
        return True

    def parameters(self) -> dict[str, str | int]:
        """The JSON fields beside ``name`` and ``slope``."""
        return {}

    def spec(self) -> dict[str, str | int]:
        """The activation's JSON object in the exact model; ``slope`` only when it is not 1."""
        slope = {} if self.slope == 1 else {"slope": format_exact(self.slope)}
        return {"name": self.name, **self.parameters(), **slope}

    @cached_property
    def _scale(self) -> arb:
        return ball(self.slope)

    def derivatives(self, x: arb, order: int) -> list[arb]:
        """Balls around the derivatives 0..order of x -> s(slope x) at the thin ball x."""
        if self.slope == 1:
            return self._derivatives(x, order)
        factor, scaled = self._scale, []
        for k, value in enumerate(self._derivatives(factor * x, order)):
            scaled.append(value * factor**k)
        return scaled

    def image(self, order: int, lower: arb, upper: arb, ends: Sequence[arb]) -> tuple[arb, arb] | None:
        """Exact hull (lower, upper) of the ``order``-th derivative over [lower, upper].

        ``lower`` <= ``upper`` are exact; ``ends`` are balls around the derivative's values at both.
        None means "no information": the derivative does not exist a.e. there or is not integrable to
        the one below. A None image must not be used; s' itself (Clarke) always has one.
        """
        low, high = (lower, upper) if self.slope == 1 else self._scaled_interval(lower, upper)
        if not self._image_exists(order, low, high):
            return None
        inner = [
            value for point, value in self._turning(order, low, high) if point.lower() <= high and point.upper() >= low
        ]
        if self.slope != 1:
            inner = [value * self._scale**order for value in inner]
        return hull([*ends, *inner])

    def _scaled_interval(self, lower: arb, upper: arb) -> tuple[arb, arb]:
        return hull([self._scale * lower, self._scale * upper])

    def _turning(self, order: int, lower: arb, upper: arb) -> Iterable[tuple[arb, arb]]:
        """(critical point, value there) pairs; subclasses with finitely many points inherit the cache."""
        return [(p, self._derivatives(p, order)[order]) for p in self._critical_points(order, lower, upper)]

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
    """

    brackets: ClassVar[tuple[tuple[tuple[float, float], ...], ...]]

    def _critical_points(self, order: int, lower: arb, upper: arb) -> Iterable[arb]:
        return [point for point, _ in self._turning(order, lower, upper)]

    def _turning(self, order: int, lower: arb, upper: arb) -> Iterable[tuple[arb, arb]]:
        return _turning_points(self._unscaled, order, ctx.prec)

    @cached_property
    def _unscaled(self) -> FiniteCritical:
        return self if self.slope == 1 else type(self)()


@lru_cache(maxsize=256)
def _turning_points(activation: FiniteCritical, order: int, bits: int) -> tuple[tuple[arb, arb], ...]:
    """Refine each bracket by bisection at ``bits`` bits; returns (zero of s^(order+1), s^(order) there)."""
    found = []
    for low, high in activation.brackets[order]:
        point = _bisect(activation, order + 1, arb(low), arb(high), bits)
        found.append((point, activation._derivatives(point, order)[order]))
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
