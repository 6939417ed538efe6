"""Trigonometric polynomials sum c_k e^{ik theta}, k = -K..K, with exact coefficients; complex balls.

A ball (x, y, r) at precision p is the set of z with |Re z - x| <= r and |Im z - y| <= r (in units of 2^-p).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import isqrt

from . import elementary
from .fixed import ceil_at, dot, floor_at, root_up, scaled, up
from .limits import pulse

Ball = tuple[int, int, int]
Complex = tuple[Fraction, Fraction]
Row = tuple[Complex, ...]


def add(a: Ball, b: Ball) -> Ball:
    """a + b."""
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def subtract(a: Ball, b: Ball) -> Ball:
    """a - b."""
    return a[0] - b[0], a[1] - b[1], a[2] + b[2]


def multiply(a: Ball, b: Ball, p: int) -> Ball:
    """a b: either part moves by at most (|x| + |y|) r' + (|x'| + |y'|) r + 2 r r', and a floor."""
    size_a, size_b = abs(a[0]) + abs(a[1]), abs(b[0]) + abs(b[1])
    radius = size_a * b[2] + size_b * a[2] + 2 * a[2] * b[2]
    return a[0] * b[0] - a[1] * b[1] >> p, a[0] * b[1] + a[1] * b[0] >> p, up(radius, p) + 1


def size(a: Ball) -> int:
    """A bound of |z|."""
    x, y = abs(a[0]) + a[2], abs(a[1]) + a[2]
    return root_up(x * x + y * y)


def exact_ball(z: Complex, p: int) -> Ball:
    """Around an exact complex number."""
    x, y = floor_at(z[0], p), floor_at(z[1], p)
    return x, y, int(z[0] * (1 << p) != x or z[1] * (1 << p) != y)


def product(a: Sequence[Sequence[Ball]], b: Sequence[Sequence[Ball]], p: int) -> list[list[Ball]]:
    """A matrix product."""
    columns = list(zip(*b, strict=True))
    found = []
    for row in a:
        pulse()
        line = []
        for column in columns:
            total: Ball = (0, 0, 0)
            for x, y in zip(row, column, strict=True):
                total = add(total, multiply(x, y, p))
            line.append(total)
        found.append(line)
    return found


@lru_cache(maxsize=8)
def circle(nodes: int, p: int) -> tuple[list[int], list[int], int]:
    """(cos, sin) of 2 pi j/nodes at precision p with a common bound of the error in units 2^-p.

    The angle is a floor (error below one unit plus that of pi, slopes at most 1).
    """
    q = p + 16
    turn = scaled(elementary.pi(q + 16), 2)
    cosines, sines, error = [], [], 0
    for j in range(nodes):
        pulse()
        angle = turn[0] * j // (nodes << 16)
        s, c = elementary.sin_cos(angle, q)
        cosines.append(c[0] >> 16)
        sines.append(s[0] >> 16)
        error = max(error, up(max(c[1] - c[0], s[1] - s[0]) + 4, 16) + 1)
    return cosines, sines, error


@dataclass(frozen=True)
class Trig:
    """``rows[i][k + K]`` is c_k of component i."""

    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        if len({len(row) for row in self.rows}) != 1 or len(self.rows[0]) % 2 == 0:
            raise ValueError("a trigonometric polynomial needs coefficients -K..K")

    @staticmethod
    def real(half: Sequence[Row]) -> Trig:
        """From c_0..c_K with c_{-k} = conj c_k. Raises ValueError unless c_0 is real."""
        if any(not row or row[0][1] != 0 for row in half):
            raise ValueError("the mean of a real function is real")
        return Trig(tuple((*((x, -y) for x, y in reversed(row[1:])), *row) for row in half))

    @property
    def degree(self) -> int:
        """K."""
        return len(self.rows[0]) // 2

    @property
    def derivative(self) -> Trig:
        """d/dtheta."""
        n = self.degree
        return Trig(tuple(tuple((-y * k, x * k) for k, (x, y) in enumerate(row, start=-n)) for row in self.rows))

    def _extra(self, height: Fraction) -> int:
        """Bits that e^{K height} costs."""
        return int(Fraction(3, 2) * abs(height) * self.degree) + 8 if height else 0

    def samples(self, nodes: int, p: int, height: Fraction = Fraction(0)) -> list[list[Ball]]:
        """Per component balls around the values at 2 pi j/nodes + i height."""
        n, extra = self.degree, self._extra(height)
        p += extra
        cosines, sines, error = circle(nodes, p)
        found = []
        for row in self.rows:
            balls = [_damped(exact_ball(z, p), k, height, p) for k, z in enumerate(row, start=-n)]
            x, y = [b[0] for b in balls], [b[1] for b in balls]
            radius = sum(2 * b[2] + up((abs(b[0]) + abs(b[1]) + 2 * b[2]) * error, p) for b in balls) + 2
            values = []
            for j in range(nodes):
                pulse()
                index = [j * k % nodes for k in range(-n, n + 1)]
                c, s = [cosines[k] for k in index], [sines[k] for k in index]
                down = p + extra
                values.append((dot(x, c) - dot(y, s) >> down, dot(x, s) + dot(y, c) >> down, up(radius, extra) + 1))
            found.append(values)
        return found

    def wiener(self, height: Fraction, power: int, p: int) -> list[int]:
        """Per component a bound of sum |k|^power |c_k| e^{|k| height}: it bounds the power-th derivative on the
        strip.
        """
        n, extra = self.degree, self._extra(height)
        p += extra
        growth = [elementary.exp(ceil_at(height * k, p), p)[1] * k**power for k in range(n + 1)]
        return [
            up(sum(up(size(exact_ball(z, p)) * growth[abs(k)], p) for k, z in enumerate(row, start=-n)), extra)
            for row in self.rows
        ]

    def smallest(self, component: int, k: int, p: int) -> int:
        """A lower bound of |c_k|."""
        x, y, _ = exact_ball(self.rows[component][k + self.degree], p)
        x, y = (abs(v) - 1 if v else 0 for v in (x, y))
        return isqrt(max(x, 0) ** 2 + max(y, 0) ** 2)


def _damped(ball: Ball, k: int, height: Fraction, p: int) -> Ball:
    """c_k e^{-k height}."""
    pulse()
    if not height:
        return ball
    low, high = elementary.exp(floor_at(-height * k, p), p)[0], elementary.exp(ceil_at(-height * k, p), p)[1]
    return multiply(ball, (low, 0, high - low), p)
