"""The constants of the contraction theorem for a stored candidate: y, m, |Q|, |Q^-1| from samples and the strip.

*Sampling.* g = (trigonometric polynomial of degree <= n) + h, |h| <= S on the strip |Im theta| <= rho: with
t = 2 S e^{-rho(n+1)}/(1 - e^{-rho}), sup |g| <= (max over M > 2n nodes + t)/cos(pi n/M) + t; a polynomial of degree k
alone: max/cos(pi k/M). The mean over the nodes is off by at most 2 S e^{-rho M}/(1 - e^{-rho M}) for g = h.

*Frame.* With E >= |PQ - I| and eps = max_i sum_l E_il < 1: |(Q^-1 v)_i| <= |(Pv)_i| + sum_l E_il max_m |(Pv)_m|/(1 -
eps).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from . import elementary
from .field import PointValue, evaluate_ball
from .fixed import ceil_at, exact, rounded
from .limits import Limits, pulse
from .model import Model
from .orbit_data import Candidate
from .strip import P as COARSE
from .strip import StripBounds, strip_bounds
from .trig import Ball, exact_ball, product, size, subtract
from .verdict import Rejected

Matrix = list[list[Fraction]]


@dataclass(frozen=True)
class Bounds:
    """Upper bounds on the circle: ``defect`` y_i, ``residual`` m_ij, ``frame`` |Q_ij|, ``inverse`` |Q^-1|_ij; ``mean``:
    bounds of the mean of div f(u); ``values``: u at the nodes, as balls at precision ``p``.
    """

    defect: list[Fraction]
    residual: Matrix
    frame: Matrix
    inverse: Matrix
    mean: tuple[Fraction, Fraction]
    values: list[list[Ball]]
    p: int


def short(value: Fraction) -> Fraction:
    """A short upper bound."""
    return rounded(value, 800, True)


class Sampler:
    """The sampling lemma for one M, n and rho."""

    def __init__(self, c: Candidate) -> None:
        self.c = c
        self.tail = short(2 * elementary.exp_rational(-c.height * (c.degree + 1))[1] / self._loss(1))

    def _loss(self, count: int) -> Fraction:
        """A lower bound of 1 - e^{-rho count} > 0. Raises Rejected if there is none."""
        found = 1 - elementary.exp_rational(-self.c.height * count)[1]
        if found <= 0:
            raise Rejected("the strip is too narrow for the sampling lemma")
        return found

    def cosine(self, degree: int) -> Fraction:
        """A lower bound of cos(pi degree/M) > 0. Raises Rejected if there is none."""
        angle = -(-elementary.pi(800)[1] * degree // self.c.nodes)
        low = elementary.sin_cos(angle, 800)[1][0]  # cos decreases on [0, pi]
        if low <= 0:
            raise Rejected("cos(pi n/M) is not certified positive")
        return exact(low, 800)

    def polynomial(self, top: Fraction, degree: int) -> Fraction:
        """sup |p|."""
        if degree > self.c.degree:
            raise Rejected("a polynomial part is of higher degree than n")
        return short(top / self.cosine(degree))

    def supremum(self, top: Fraction, strip: Fraction) -> Fraction:
        """sup |p + h|."""
        return short((top + strip * self.tail) / self.cosine(self.c.degree) + strip * self.tail)

    def alias(self, strip: Fraction) -> Fraction:
        """The error of a mean."""
        nodes = self.c.nodes
        return short(2 * strip * elementary.exp_rational(-self.c.height * nodes)[1] / self._loss(nodes))


def orbit_bounds(model: Model, c: Candidate, limits: Limits) -> Bounds:
    """Raises Rejected if the strip or the frame fails."""
    p, d = c.precision + 112, model.dimension
    strip, sampler = strip_bounds(model, c.orbit, c.height, c.boxes, limits), Sampler(c)
    values = c.orbit.samples(c.nodes, p)
    jets: list[PointValue] = []
    for j in range(c.nodes):
        limits.tick("nodes", j / c.nodes)
        value = evaluate_ball(model, ([row[j][0] for row in values], [row[j][2] for row in values]), p)
        # The neurons' values would fill the memory of a wide network with many nodes.
        jets.append(replace(value, pre=[], slope=[]))
    tops = _at_nodes(c, jets, p, limits)
    return _collect(c, sampler, strip, tops, values, jets, p, d)


@dataclass
class _Tops:
    """Largest absolute values at the nodes."""

    frame: list[list[int]]
    inverse: list[list[int]]
    identity: list[list[int]]
    defect: list[int]
    residual: list[list[int]]


def _at_nodes(c: Candidate, jets: Sequence[PointValue], p: int, limits: Limits) -> _Tops:
    d, m = len(c.radii), c.nodes
    first, bend = c.orbit.derivative.samples(m, p), c.orbit.derivative.derivative.samples(m, p)
    columns = [first, *(column.samples(m, p) for column in c.frame)]
    slopes = [bend, *(column.derivative.samples(m, p) for column in c.frame)]
    inverse = [row.samples(m, p) for row in c.inverse]
    zero = (Fraction(0), Fraction(0))
    exponents = [[exact_ball(([zero, *c.exponents])[i] if i == k else zero, p) for k in range(d)] for i in range(d)]
    unit: list[list[Ball]] = [[((1 << p) * (i == k), 0, 0) for k in range(d)] for i in range(d)]
    tau = exact_ball((c.tau, Fraction(0)), p)
    zeros = [[[0] * d for _ in range(d)] for _ in range(4)]
    tops = _Tops(zeros[0], zeros[1], zeros[2], [0] * d, zeros[3])
    for j in range(m):
        limits.tick("frame", j / m)
        q = [[columns[k][i][j] for k in range(d)] for i in range(d)]
        inv = [[inverse[i][k][j] for k in range(d)] for i in range(d)]
        moved = [[slopes[k][i][j] for k in range(d)] for i in range(d)]
        jacobian = product([[tau]], [[_ball(x) for row in jets[j].jacobian for x in row]], p)[0]
        square = [jacobian[i * d : (i + 1) * d] for i in range(d)]
        field = product([[tau]], [[_ball(x) for x in jets[j].field]], p)[0]
        defect = [[subtract(field[k], first[k][j])] for k in range(d)]
        rest = _minus(_minus(product(square, q, p), moved), product(q, exponents, p))
        _grow(tops.frame, q)
        _grow(tops.inverse, inv)
        _grow(tops.identity, _minus(product(inv, q, p), unit))
        _grow(tops.residual, product(inv, rest, p))
        tops.defect = [max(a, size(b[0])) for a, b in zip(tops.defect, product(inv, defect, p), strict=True)]
    return tops


def _ball(a: tuple[int, int]) -> Ball:
    middle = a[0] + a[1] >> 1
    return middle, 0, a[1] - middle


def _minus(a: list[list[Ball]], b: list[list[Ball]]) -> list[list[Ball]]:
    return [[subtract(x, y) for x, y in zip(r, s, strict=True)] for r, s in zip(a, b, strict=True)]


def _grow(tops: list[list[int]], matrix: list[list[Ball]]) -> None:
    for row, line in zip(tops, matrix, strict=True):
        for k, entry in enumerate(line):
            row[k] = max(row[k], size(entry))


def _collect(
    c: Candidate, sampler: Sampler, strip: StripBounds, tops: _Tops, values: list[list[Ball]],
    jets: Sequence[PointValue], p: int, d: int,
) -> Bounds:  # fmt: skip
    degrees = [c.orbit.degree, *(column.degree for column in c.frame)]
    inner = max(row.degree for row in c.inverse)
    error = [[sampler.polynomial(exact(x, p), max(degrees) + inner) for x in row] for row in tops.identity]
    spread = max(sum(row) for row in error)
    if spread >= 1:
        raise Rejected(f"the frame is not proved invertible: |PQ - I| <= {float(spread):.3g} is not below 1")

    def through(vector: Sequence[Fraction]) -> list[Fraction]:
        pulse()
        rest = max(vector) / (1 - spread)
        return [short(vector[i] + sum(error[i]) * rest) for i in range(d)]

    wide_inverse = [[exact(x, COARSE) for x in row.wiener(c.height, 0, COARSE)] for row in c.inverse]
    wide_frame = [[exact(x, COARSE) for x in rows] for rows in (
        c.orbit.wiener(c.height, 1, COARSE), *(column.wiener(c.height, 0, COARSE) for column in c.frame))]  # fmt: skip
    field = [c.tau * exact(x, COARSE) for x in strip.field]
    moved = [[c.tau * sum(exact(strip.jacobian[k][i], COARSE) * wide_frame[j][i] for i in range(d)) for j in range(d)]
             for k in range(d)]  # fmt: skip
    defect = [sampler.supremum(exact(tops.defect[i], p), _inner(wide_inverse[i], field)) for i in range(d)]
    residual = [[sampler.supremum(exact(tops.residual[i][j], p), _inner(wide_inverse[i], (row[j] for row in moved)))
                 for j in range(d)] for i in range(d)]  # fmt: skip
    frame = [[sampler.polynomial(exact(x, p), degrees[k]) for k, x in enumerate(row)] for row in tops.frame]
    raw = [[sampler.polynomial(exact(x, p), inner) for x in row] for row in tops.inverse]
    traces = [[sum(jet.jacobian[k][k][end] for k in range(d)) for jet in jets] for end in (0, 1)]
    alias = sampler.alias(exact(strip.divergence, COARSE))
    mean = tuple(exact(sum(trace), p) / c.nodes + sign * alias for trace, sign in zip(traces, (-1, 1), strict=True))
    inverse = _transposed([through(column) for column in _transposed(raw)])
    moved = _transposed([through(column) for column in _transposed(residual)])
    found = Bounds(through(defect), moved, frame, inverse, (mean[0], mean[1]), values, p)
    _demand_bounds(found)
    return found


def _demand_bounds(b: Bounds) -> None:
    """Upper bounds of absolute values are not negative: a second net below every formula above."""
    for row in (b.defect, *b.residual, *b.frame, *b.inverse):
        if any(value < 0 for value in row):
            raise Rejected("an upper bound of an absolute value came out negative")
    if b.mean[0] > b.mean[1]:
        raise Rejected("the bounds of the mean divergence are reversed")


def _inner(a: Iterable[Fraction], b: Iterable[Fraction]) -> Fraction:
    pulse()
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


def _transposed(rows: Matrix) -> Matrix:
    return [list(column) for column in zip(*rows, strict=True)]


def orbit_hull(c: Candidate, values: list[list[Ball]], p: int, radius: Fraction) -> list[tuple[int, int]]:
    """A box around u + [-radius, radius]^d: at a maximum u_i' = 0, so some node within pi/M has a value at most
    (pi/M)^2/2 sup |u_i''| below.
    """
    half = exact(elementary.pi(p)[1], p) / c.nodes
    found = []
    for row, bend in zip(values, c.orbit.wiener(Fraction(0), 2, p), strict=True):
        slack = ceil_at(half * half / 2 * exact(bend, p) + radius, p)
        found.append((min(b[0] - b[2] for b in row) - slack, max(b[0] + b[2] for b in row) + slack))
    return found
