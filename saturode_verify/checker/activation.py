"""Activations x -> s(slope x) with parameters: values, images over intervals, what is certainly attained, constants."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import perm

from . import elementary
from .exact import canonical_text
from .fixed import Interval, around, ceil_at, floor_at, hull, magnitude, scaled, up
from .smooth import BOUNDS, SMOOTH, turning

GUARD = 16
MAX_BITS = 1 << 18
KINKED = ("relu", "leaky_relu", "elu")


@dataclass(frozen=True)
class Activation:
    """``parameter``: the exponent of power, alpha of elu, negative_slope of leaky_relu, else 0."""

    name: str
    slope: Fraction = Fraction(1)
    parameter: Fraction = Fraction(0)

    def spec(self) -> dict[str, str | int]:
        """The canonical JSON object."""
        found: dict[str, str | int] = {"name": self.name}
        if self.name == "power":
            found["exponent"] = int(self.parameter)
        if self.name == "elu":
            found["alpha"] = canonical_text(self.parameter)
        if self.name == "leaky_relu":
            found["negative_slope"] = canonical_text(self.parameter)
        if self.slope != 1:
            found["slope"] = canonical_text(self.slope)
        return found

    @property
    def kink(self) -> int:
        """The lowest order of a derivative that jumps at 0; 99 if none does."""
        if self.slope == 0 or self.name not in KINKED:
            return 99
        if self.name == "elu":
            return 2 if self.parameter == 1 else 1
        return 99 if self.name == "leaky_relu" and self.parameter == 1 else 1

    @property
    def c1(self) -> bool:
        """Whether s is continuously differentiable."""
        return self.kink > 1

    @property
    def analytic(self) -> bool:
        """Whether s is analytic on the line."""
        return self.kink == 99

    def point(self, x: int, p: int) -> list[Interval]:
        """Intervals of s, s', s'', s''' at x/2^p (one-sided values of both sides at a kink)."""
        shift = self.slope.denominator.bit_length() - 1
        q = p + shift + GUARD
        values = self._base((x * self.slope.numerator) << GUARD, q)
        return self._rescaled(values, q, p)

    def _rescaled(self, values: list[Interval], q: int, p: int) -> list[Interval]:
        if self.slope == 1:
            return [(low >> q - p, up(high, q - p)) for low, high in values]
        found, top, bottom = [], 1, 0
        for low, high in values:
            low, high = scaled((low, high), top)
            found.append((low >> (bottom + q - p), up(high, bottom + q - p)))
            top, bottom = top * self.slope.numerator, bottom + self.slope.denominator.bit_length() - 1
        return found

    def _base(self, y: int, q: int) -> list[Interval]:
        if self.name in SMOOTH:
            return SMOOTH[self.name](y, q)
        if self.name == "identity":
            return [(y, y), (1 << q, 1 << q), (0, 0), (0, 0)]
        if self.name == "power":
            return self._power(y, q)
        right: list[Interval] = [(y, y), (1 << q, 1 << q), (0, 0), (0, 0)]
        if y > 0:
            return right
        left = self._left(y, q)
        return left if y < 0 else [hull((a, b)) for a, b in zip(left, right, strict=True)]

    def _left(self, y: int, q: int) -> list[Interval]:
        if self.name == "relu":
            return [(0, 0)] * 4
        a, one = around(self.parameter, q), 1 << q
        if self.name == "leaky_relu":
            return [_product(a, (y, y), q), a, (0, 0), (0, 0)]
        e = elementary.exp(y, q)
        grown = _product(a, e, q)
        return [_product(a, (e[0] - one, e[1] - one), q), grown, grown, grown]

    def sides(self, low: int, high: int, p: int) -> tuple[Interval, Interval]:
        """Ranges of s' on the parts of [low, high] left and right of a kink at 0, one-sided values at 0 included.

        Both branches have a monotone s': the ends of a side span its range.
        """
        shift = self.slope.denominator.bit_length() - 1
        q, one = p + shift + GUARD, 1 << p + shift + GUARD
        least = min(low * self.slope.numerator, high * self.slope.numerator, 0) << GUARD
        left = hull((self._left(least, q)[1], self._left(0, q)[1]))
        found = [self._rescaled([(0, 0), side], q, p)[1] for side in (left, (one, one))]
        return found[0], found[1]

    def _power(self, y: int, q: int) -> list[Interval]:
        n, found = int(self.parameter), []
        if n * y.bit_length() > MAX_BITS:
            raise ArithmeticError("a power of too many digits")
        for k in range(4):
            if k > n:
                found.append((0, 0))
                continue
            value, shift = y ** (n - k) * perm(n, k), q * (n - k) - q
            found.append((value >> shift, up(value, shift)) if shift >= 0 else (value << -shift, value << -shift))
        return found

    def image(self, order: int, low: int, high: int, p: int) -> Interval:
        """A range of s^(order), order 0 or 1, over [low, high]: values at the ends and at all turning points inside."""
        outer, _ = self._range(order, low, high, p)
        return outer

    def images(self, low: int, high: int, p: int) -> tuple[Interval, Interval]:
        """`image` of s and of s', with the values at the ends computed once."""
        ends = [self.point(x, p) for x in ((low,) if low == high else (low, high))]
        return self._range(0, low, high, p, ends)[0], self._range(1, low, high, p, ends)[0]

    def bend(self, low: int, high: int, p: int) -> int:
        """A bound of |s''| over [low, high], from its ends and turning points (analytic activations only)."""
        return magnitude(self._range(2, low, high, p)[0])

    def attained(self, order: int, low: int, high: int, p: int) -> Interval:
        """(a, b) such that s^(order) certainly takes a value <= a and a value >= b on [low, high]."""
        _, inner = self._range(order, low, high, p)
        return inner

    def _range(
        self, order: int, low: int, high: int, p: int, values: list[list[Interval]] | None = None
    ) -> tuple[Interval, Interval]:
        if values is None:
            values = [self.point(x, p) for x in ((low,) if low == high else (low, high))]
        ends = [value[order] for value in values]
        possible, certain = self._turns(order, low, high, p) if self.slope else ([], [])
        outer = hull([*ends, *possible])
        if order == 1 and self.kink == 1 and low <= 0 <= high:
            # The Clarke derivative: certain are the values off the kink, and their limits from its sides.
            left = Fraction(0) if self.name == "relu" else self.parameter
            sides = [left] * (min(low * self.slope, high * self.slope) < 0)
            sides += [Fraction(1)] * (max(low * self.slope, high * self.slope) > 0)
            ends = [self.point(x, p)[order] for x in (low, high) if x]
            certain = [around(side * self.slope, p) for side in sides]
        sure = [*ends, *certain] or [outer]
        return outer, (min(b for _, b in sure), max(a for a, _ in sure))

    def _turns(self, order: int, low: int, high: int, p: int) -> tuple[list[Interval], list[Interval]]:
        """Values of s^(order) at turning points: those that may lie, and those that certainly lie in [low, high]."""
        shift = self.slope.denominator.bit_length() - 1
        q = p + shift + GUARD
        ends = sorted(((low * self.slope.numerator) << GUARD, (high * self.slope.numerator) << GUARD))
        turns = self._turning(order, ends[0], ends[1], q)
        possible = [value for bracket, value in turns if bracket[0] <= ends[1] and bracket[1] >= ends[0]]
        certain = [value for bracket, value in turns if ends[0] <= bracket[0] and bracket[1] <= ends[1]]
        fill: list[Interval] = [(0, 0)] * order
        return ([self._rescaled([*fill, v], q, p)[order] for v in possible],
                [self._rescaled([*fill, v], q, p)[order] for v in certain])  # fmt: skip

    def _turning(self, order: int, low: int, high: int, q: int) -> list[tuple[Interval, Interval]]:
        if self.name == "sin":
            return _sine_turns(order, low, high, q)
        if self.name in SMOOTH:
            return list(turning(self.name, order, q))
        if self.name in ("power", *KINKED):
            return [((0, 0), self._base(0, q)[order])]  # monotone on each side of 0
        return []

    def bends(self, low: int, high: int, p: int, centre: list[Interval]) -> tuple[Interval, Interval] | None:
        """Ranges of s'' and s''' over [low, high], from their values at its centre; None where s'' jumps."""
        if self.slope == 0:
            return (0, 0), (0, 0)
        if self.kink < 99 and low <= 0 <= high:
            return None
        if self.name == "power":
            ends = [self.point(x, p) for x in (low, high)]
            return tuple(hull([ends[0][k], ends[1][k], *([(0, 0)] if low <= 0 <= high else [])]) for k in (2, 3))  # pyright: ignore
        k2, k3, k4 = _constants(self, p)
        if self.name in ("tanh", "sigmoid") and centre[1][1] * self.slope.denominator < abs(self.slope.numerator) << (
            p - 5
        ):
            k2, k3, k4 = self._saturated(low, high, p, (k2, k3, k4))
        reach = up(high - low, 1) + 1
        second = _near(centre[2], up(k3 * reach, p), k2)
        return second, _near(centre[3], up(k4 * reach, p), k3)

    def _saturated(self, low: int, high: int, p: int, plain: tuple[int, int, int]) -> tuple[int, int, int]:
        """With w = s' (of slope 1): tanh has |s''| <= 2w, |s'''| <= 4w, |s''''| <= 16w, the sigmoid all <= w.

        w is largest where |x| is least.
        """
        top = magnitude(self.point(min(max(low, 0), high), p)[1])
        factors, size = (2, 4, 16) if self.name == "tanh" else (1, 1, 1), abs(self.slope)
        if size == 1:
            found = (top * factor + 1 for factor in factors)
        else:
            found = (ceil_at(top * factor * size**k, 0) + 1 for k, factor in enumerate(factors, start=1))
        return tuple(map(min, found, plain))  # pyright: ignore

    def floats(self, x: float) -> tuple[float, float]:
        """(s, s') in floats, which only choose points."""
        p = 64
        if not abs(x) < 1 << 20:
            return 0.0, 0.0
        values = self.point(int(x * (1 << p)), p)
        return values[0][0] / (1 << p), values[1][0] / (1 << p)

    def lipschitz(self, p: int) -> tuple[int, int]:
        """Bounds of |s'| and |s''| on the line, for activations that have them."""
        supremum = self.supremum(p)
        if supremum is None:
            raise ValueError(f"{self.name} has no bounded slope")
        return supremum[1], _constants(self, p)[0]

    def supremum(self, p: int) -> Interval | None:
        """Lambda = sup over the line of |s'|, None if infinite."""
        if self.slope == 0:
            return 0, 0
        one: Interval = (1 << p, 1 << p)
        base: Interval = one
        if self.name == "sigmoid":
            base = (1 << p >> 2, up(1 << p, 2))
        elif self.name in ("silu", "gelu"):
            values = [value for _, value in turning(self.name, 1, p)]
            base = max(v[0] for v in values), max(magnitude(v) for v in values)
        elif self.name == "power":
            if self.parameter != 1:
                return None
        elif self.name in ("leaky_relu", "elu"):
            base = around(max(Fraction(1), abs(self.parameter)), p)
        size = abs(self.slope)
        return floor_at(base[0] * size, 0), ceil_at(base[1] * size, 0)


@lru_cache(maxsize=64)
def _constants(activation: Activation, p: int) -> tuple[int, int, int]:
    """Bounds of the second to fourth derivative on the line (on each side of a kink)."""
    size = abs(activation.slope)
    if activation.name in SMOOTH:
        bounds = BOUNDS[activation.name]
    else:
        bound = abs(activation.parameter) if activation.name == "elu" else Fraction(0)
        bounds = (bound, bound, bound)
    return tuple(ceil_at(b * size**k, p) for k, b in enumerate(bounds, start=2))  # pyright: ignore


def _near(value: Interval, radius: int, bound: int) -> Interval:
    return max(value[0] - radius, -bound), min(value[1] + radius, bound)


def _product(a: Interval, b: Interval, q: int) -> Interval:
    ends = [x * y for x in a for y in b]
    return min(ends) >> q, up(max(ends), q)


def _sine_turns(order: int, low: int, high: int, q: int) -> list[tuple[Interval, Interval]]:
    """sin(x + order pi/2) is (-1)^m at x = (m + (1 - order)/2) pi; at most one m per parity is listed."""
    size = max(abs(low), abs(high)).bit_length() + 8
    pi = elementary.pi(q + size)
    shift = 1 - order
    first = ((2 * low << size) // pi[1 if low > 0 else 0] - shift) // 2 - 1
    last = -((-(2 * high << size) // pi[1 if high < 0 else 0]) // 2) + 2
    found = []
    for m in range(first, min(last, first + 8) + 1):
        at = scaled(pi, 2 * m + shift)
        one = (1 << q) * (-1 if m & 1 else 1)
        found.append(((at[0] >> (size + 1), up(at[1], size + 1)), (one, one)))
    return found
