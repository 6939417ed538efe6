"""Theory section 7, curves: det Y(T) = exp(int_0^T div f(g(t)) dt) along a stored closed curve (Liouville).

*The curve.* Rows (t_j, x_j), joined by chords, or by Hermite cubics with the slopes
m_j = (h_j d_{j-1} + h_{j-1} d_j)/(h_{j-1} + h_j) of the parabolas through neighbouring rows, periodically, where
d_j = (x_{j+1} - x_j)/h_j and h_j = t_{j+1} - t_j.

*Quadrature.* On a segment F(z) = div f(g), z in [-1, 1]. If F is analytic with |F| <= M in the ellipse E_rho, then
F = sum a_k T_k with |a_k| <= 2 M rho^-k. The Clenshaw-Curtis rule with n + 1 points cos(j pi/n), n even, is exact up to
degree n and, by symmetry, for odd k; its weights are positive with the sum 2, so that its error at T_k, even k >= n + 2
>= 4, is at most 2/(k^2 - 1) + 2 <= 32/15. Hence |error| <= (64/15) M rho^-(n+2) / (1 - rho^-2).

*M.* The upper half of the boundary, z = a cos phi + i b sin phi, is covered by arcs |phi - phi_j| <= h; a coordinate
sum c_k z^k differs there from its linear part in phi by at most h^2/2 sum |c_k| k^2 a^k. `strip` carries these sets
through the network and checks that every pre-activation stays inside the activation's analytic strip (harmonic in the
ellipse, hence inside too); the lower half is the mirror image.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from functools import lru_cache
from math import comb
from typing import Any

from .claims_common import encloses
from .document import Box, Claim
from .elementary import exp_rational, pi, sin_cos
from .exact import parse
from .facts import Facts
from .field import evaluate_ball
from .fixed import Interval, ceil_at, divided, exact, floor_at, minus, scaled, up
from .limits import pulse
from .strip import Line, P, through
from .trig import Ball, multiply, size
from .verdict import Rejected, Unconfirmed

STATEMENT = (
    "det of the fundamental matrix of Y' = Df(g(t)) Y after one period T of the given closed curve g (Liouville); the "
    "curve is not claimed to be an orbit of f, nor to be near one, so this is not det M of an orbit"
)
ARCS, DEPTH, MAX_NODES, MAX_ROWS = 16, 24, 160, 20000
RHOS = (Fraction(4), Fraction(2), Fraction(3, 2))
Rows = list[tuple[Fraction, ...]]
Ends = tuple[Fraction, Fraction]


def curve_determinant(facts: Facts, claim: Claim) -> None:
    """The integral by quadrature, its exponential, and the curve's own numbers."""
    box = 0 if claim.on == "region" else int(claim.on)
    stored = [w for w in facts.certificate.witness if w.get("of") == "curve_determinant" and w.get("box") == box]
    if len(stored) != 1 or not all(layer.activation.analytic for layer in facts.model.hidden):
        raise Rejected("the claim has no curve of its own in the witness, or f is not analytic")
    pieces, period = read_curve(stored[0], facts)
    _inside(pieces, facts.certificate.boxes[box])
    if claim.values.get("interpolation") != stored[0]["interpolation"] or claim.values.get("pieces") != len(pieces):
        raise Rejected("the claim describes another curve")
    if claim.values.get("statement", STATEMENT) != STATEMENT:
        raise Rejected("an unknown statement")
    encloses(claim.enclosure("period"), period, period, "the period")
    if claim.enclosure("period").lower != period or claim.enclosure("period").upper != period:
        raise Rejected("the period is not that of the curve")
    claimed = claim.enclosure("log_det")
    width = claimed.top - claimed.lower
    if width <= 0 or width.denominator.bit_length() - width.numerator.bit_length() > 2000:
        raise Unconfirmed("the enclosure of the integral is too thin for a quadrature")
    low, high = integral(facts, pieces, period, width / 16)
    encloses(claimed, low, high, "int div f")
    encloses(claim.enclosure("det"), exp_rational(low)[0], exp_rational(high)[1], "det")


def _inside(pieces: list[tuple[Fraction, Rows]], box: Box) -> None:
    """The curve lies in the box that the claim is on: its pieces' Bernstein coefficients do."""
    for _, rows in pieces:
        pulse()
        for row, side in zip(rows, box, strict=True):
            n = len(row) - 1
            for k in range(n + 1):
                corner = sum((Fraction(comb(k, j), comb(n, j)) * row[j] for j in range(k + 1)), Fraction(0))
                if not side[0] <= corner <= side[1]:
                    raise Rejected("the curve is not shown to lie in the box that the claim is on")


def read_curve(data: dict[str, Any], facts: Facts) -> tuple[list[tuple[Fraction, Rows]], Fraction]:
    """Per piece its duration and the coefficients of every component in u from 0 to 1; the period. Raises Rejected."""
    d = facts.model.dimension
    try:
        table = [[parse(x) for x in row] for row in data["rows"]]
        kind = data["interpolation"]
    except (KeyError, TypeError, ValueError) as error:
        raise Rejected(f"the curve's rows are malformed ({str(error)[:60]})") from None
    if kind not in ("linear", "cubic") or not 2 <= len(table) <= MAX_ROWS or any(len(row) != d + 1 for row in table):
        raise Rejected("the curve has rows of a wrong length, or too many, or an unknown interpolation")
    if any(not a[0] < b[0] for a, b in itertools.pairwise(table)) or table[0][1:] != table[-1][1:]:
        raise Rejected("the curve is not closed, or its times do not increase")
    durations = [b[0] - a[0] for a, b in itertools.pairwise(table)]
    steps = [[y - x for x, y in zip(a[1:], b[1:], strict=True)] for a, b in itertools.pairwise(table)]
    count, pieces = len(durations), []
    for j, h in enumerate(durations):
        facts.limits.tick("rows of the curve", j / count)
        rows: Rows = []
        for i in range(d):
            x, rise = table[j][i + 1], steps[j][i]
            if kind == "linear":
                rows.append((x, rise))
                continue
            p, q = (h * _slope(durations, steps, k % count, i) for k in (j, j + 1))
            rows.append((x, p, 3 * rise - 2 * p - q, p + q - 2 * rise))
        pieces.append((h, rows))
    return pieces, table[-1][0] - table[0][0]


def _slope(durations: list[Fraction], steps: list[list[Fraction]], j: int, i: int) -> Fraction:
    before, after = durations[j - 1], durations[j]
    return (after * steps[j - 1][i] / before + before * steps[j][i] / after) / (before + after)


def integral(facts: Facts, pieces: list[tuple[Fraction, Rows]], period: Fraction, error: Fraction) -> Ends:
    """Bounds of int div f along the curve, the quadrature's own error at most ``error``."""
    p = max(128, error.denominator.bit_length() - error.numerator.bit_length() + 64)
    low = high = slack = Fraction(0)
    stack = [(h, rows, 0) for h, rows in reversed(pieces)]
    total, done = len(pieces), Fraction(0)
    while stack:
        duration, rows, depth = stack.pop()
        facts.limits.tick("curve", float(done / period) if total else 0.0)
        rule = _rule(facts, rows, duration, error * duration / period)
        if rule is None:
            if depth >= DEPTH:
                raise Unconfirmed("div f could not be bounded around some piece of the curve")
            stack += [(duration / 2, half, depth + 1) for half in (_restricted(rows, 1), _restricted(rows, 0))]
            continue
        nodes, bound = rule
        part = _sum(facts, rows, nodes, p)
        low += duration / 2 * exact(part[0], p)
        high += duration / 2 * exact(part[1], p)
        slack += bound
        done += duration
    return low - slack, high + slack


def _restricted(rows: Rows, side: int) -> Rows:
    """The polynomials on the left (0) or right (1) half of [0, 1], again in u from 0 to 1."""
    return [_composed(row, Fraction(side, 2), Fraction(1, 2)) for row in rows]


def _composed(row: tuple[Fraction, ...], shift: Fraction, factor: Fraction) -> tuple[Fraction, ...]:
    """Coefficients of u -> row(shift + factor u), by Horner's rule."""
    found: list[Fraction] = []
    for c in reversed(row):
        grown = [Fraction(0)] * (len(found) + 1)
        for k, x in enumerate(found):
            grown[k] += shift * x
            grown[k + 1] += factor * x
        grown[0] += c
        found = grown
    return tuple(found[: len(row)])


def _rule(facts: Facts, rows: Rows, duration: Fraction, share: Fraction) -> tuple[int, Fraction] | None:
    """(n, error bound over time) of a rule whose error is at most ``share``, or None."""
    centred = [_composed(row, Fraction(1, 2), Fraction(1, 2)) for row in rows]
    for rho in RHOS:
        try:
            top = _boundary_bound(facts, centred, rho)
        except (Rejected, ArithmeticError, ValueError):
            continue
        constant = Fraction(64, 15) * top / (1 - rho**-2) * duration / 2
        for n in range(4, MAX_NODES + 1, 4):
            if constant <= share * rho ** (n + 2):
                return n, constant / rho ** (n + 2)
    return None


def _boundary_bound(facts: Facts, rows: Rows, rho: Fraction) -> Fraction:
    """|div f| on E_rho; raises Rejected where f may not be analytic."""
    long, short = (rho + 1 / rho) / 2, (rho - 1 / rho) / 2
    half = up(pi(P)[1], 5) + 1  # pi/(2 ARCS)
    a, b = floor_at(long, P), floor_at(short, P)
    rests = [ceil_at(sum((abs(c) * k * k * long**k for k, c in enumerate(row)), Fraction(0)), P) for row in rows]
    top = 0
    for j in range(ARCS):
        facts.limits.tick("curve", 0.0)
        angle = pi(P)[0] * (2 * j + 1) // (2 * ARCS)
        s, c = sin_cos(angle, P)
        z: Ball = (a * c[0] >> P, b * s[0] >> P, 16)
        turn: Ball = (-(a * s[0] >> P), b * c[0] >> P, 16)
        values = [_horner(row, z) for row in rows]
        slopes = [multiply(_horner(tuple(k * x for k, x in enumerate(row))[1:], z), turn, P) for row in rows]
        radii = [
            up(rest * (half + 64) ** 2, 2 * P + 1) + 2 * v[2] + up(2 * g[2] * (half + 64), P) + 2
            for rest, v, g in zip(rests, values, slopes, strict=True)
        ]
        parts = [[v[0] for v in values], [v[1] for v in values], [g[0] for g in slopes], [g[1] for g in slopes]]
        _, columns = through(facts.model, Line(parts[0], parts[1], parts[2], parts[3], radii), half + 64)
        trace = [columns[k][k] for k in range(len(rows))]
        top = max(top, size((sum(t[0] for t in trace), sum(t[1] for t in trace), sum(t[2] for t in trace))))
    return exact(top, P)


def _horner(row: tuple[Fraction, ...], z: Ball) -> Ball:
    total: Ball = (0, 0, 0)
    for c in reversed(row):
        moved = multiply(total, z, P)
        total = (moved[0] + floor_at(c, P), moved[1], moved[2] + 1)
    return total


@lru_cache(maxsize=64)
def _clenshaw_curtis(n: int, p: int) -> list[tuple[Interval, Interval]]:
    """(node, weight): cos(j pi/n) and (c_j/n)(1 - sum_k b_k cos(2 k j pi/n)/(4k^2 - 1)), k = 1..n/2.

    Here b_{n/2} = 1, the other b_k are 2; c_j = 1 at both ends, else 2.
    """
    turn = pi(p + 16)
    cosines: list[Interval] = []
    for j in range(2 * n):
        pulse()
        c = sin_cos(turn[0] * j // n, p + 16)[1]
        cosines.append(((c[0] - 8) >> 16, up(c[1] + 8, 16)))
    found = []
    for j in range(n + 1):
        pulse()
        weight: Interval = (1 << p, 1 << p)
        for k in range(1, n // 2 + 1):
            term = scaled(cosines[2 * k * j % (2 * n)], 1 if k == n // 2 else 2)
            weight = minus(weight, divided(term, (4 * k * k - 1, 4 * k * k - 1), 0))
        weight = scaled(weight, 1 if j in (0, n) else 2)
        found.append((cosines[j], (weight[0] // n, -(-weight[1] // n))))
    return found


def _sum(facts: Facts, rows: Rows, n: int, p: int) -> Interval:
    """The rule's sum over z in [-1, 1] of div f, with all rounding."""
    centred = [_composed(row, Fraction(1, 2), Fraction(1, 2)) for row in rows]
    low = high = 0
    for node, weight in _clenshaw_curtis(n, p):
        facts.limits.tick("curve nodes", 0.0)
        middle, radius = node[0], node[1] - node[0] + 1
        point, radii = [], []
        for row in centred:
            total = reach = 0
            for c in reversed(row):
                reach = up(abs(total) * radius + reach * ((1 << p) + 2 * radius), p) + 2
                total = (total * middle >> p) + floor_at(c, p)
            point.append(total)
            radii.append(reach)
        jacobian = evaluate_ball(facts.model, (point, radii), p).jacobian
        ends = [sum(jacobian[k][k][end] for k in range(len(rows))) for end in (0, 1)]
        products = [w * x for w in weight for x in ends]
        low += min(products) >> p
        high += up(max(products), p)
    return low, high
