"""Definiteness of symmetric interval matrices by elimination, and spectral norms by it.

LDL^T: eliminating with pivots d_1, ..., d_k > 0 leaves the Schur complement S, and M is positive semidefinite exactly
if S is. If the next pivot is <= 0 then S e_1 . e_1 <= 0, so some v != 0 has v^T M v <= 0. Hence, for G = A^T A:

    t^2 I - G with all pivots > 0 (or a zero row at the end)  proves  ||A|| <= t,
    a pivot <= 0 of t^2 I - G                                 proves  ||A|| >= t.

Every entry is an interval; a pivot whose sign is not certified proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .fixed import Interval, ceil_at, divided, dot, floor_at, magnitude, minus, times, up
from .limits import pulse

Matrix = list[list[Interval]]
BITS = 224
"""Relative precision of elimination."""


def definite(matrix: Matrix, p: int, singular: bool = False) -> int:
    """1: certified positive semidefinite; -1: certified not so, or with ``singular`` not positive definite; 0: neither.

    Uses the lower triangle.
    """
    rows = [list(row) for row in matrix]
    size = len(rows)
    for k in range(size):
        pivot = rows[k][k]
        if pivot[1] < 0 or (singular and pivot[1] <= 0):
            return -1
        if pivot == (0, 0) and all(rows[i][k] == (0, 0) for i in range(k + 1, size)):
            continue
        if pivot[0] <= 0:
            return 0
        column = [rows[i][k] if i > k else (0, 0) for i in range(size)]
        for i in range(k + 1, size):
            if column[i] == (0, 0):
                continue
            pulse()
            factor, row = divided(column[i], pivot, p), rows[i]
            for j in range(k + 1, i + 1):
                row[j] = minus(row[j], times(factor, column[j], p))
    return 1


def shifted(gram: Matrix, q: int, level: Fraction) -> tuple[Matrix, int]:
    """(level I - G) over a power of two near ``level`` > 0, at precision BITS; ``gram`` is at precision q."""
    p = BITS
    move = p - q - (level.numerator.bit_length() - level.denominator.bit_length())
    factor = Fraction(1 << max(q + move, 0), 1 << max(-q - move, 0))
    top = floor_at(level * factor, 0), ceil_at(level * factor, 0)
    found = []
    for i, row in enumerate(gram):
        line = []
        for j in range(i + 1):
            low, high = row[j]
            entry = (low << move, high << move) if move >= 0 else (low >> -move, up(high, -move))
            line.append(minus(top, entry) if i == j else (-entry[1], -entry[0]))
        found.append(line)
    return found, p


def gram(rows: Sequence[Sequence[Interval]], p: int) -> Matrix:
    """A A^T or A^T A, whichever is smaller, as intervals at precision 2p (no rounding)."""
    if len(rows) > len(rows[0]):
        rows = [list(column) for column in zip(*rows, strict=True)]
    size = len(rows)
    found: Matrix = [[(0, 0)] * size for _ in range(size)]
    thin = all(low == high for row in rows for low, high in row)
    lows = [[low for low, _ in row] for row in rows]
    for i in range(size):
        pulse()
        for j in range(i + 1):
            if thin:
                value = dot(lows[i], lows[j])
                found[i][j] = value, value
            else:
                parts = [times(a, b, 0) for a, b in zip(rows[i], rows[j], strict=True)]
                found[i][j] = sum(low for low, _ in parts), sum(high for _, high in parts)
            found[j][i] = found[i][j]
    return found


def at_most(square_gram: Matrix, q: int, level: Fraction) -> bool:
    """Is every eigenvalue of G certified to be <= level?"""
    if level <= 0:
        return level == 0 and all(entry == (0, 0) for row in square_gram for entry in row)
    return definite(*shifted(square_gram, q, level)) == 1


def at_least(square_gram: Matrix, q: int, level: Fraction) -> bool:
    """Is the largest eigenvalue of G >= 0 certified to be >= level?"""
    if level <= 0:
        return True
    return definite(*shifted(square_gram, q, level), singular=True) == -1 or rayleigh(square_gram, q) >= level


def rayleigh(square_gram: Matrix, q: int, steps: int = 0) -> Fraction:
    """A lower bound of the largest eigenvalue of G: v^T G v / v^T v at an integer vector v from power iteration.

    v is no more than a choice; the quotient is evaluated with the interval ends, exactly.
    """
    size, bits = len(square_gram), 160
    middle = [[(low + high) // 2 for low, high in row] for row in square_gram]
    top = max((abs(entry) for row in middle for entry in row), default=0).bit_length()
    # A start without symmetry, times G, so that it is not orthogonal to an eigenvector for a reason.
    start = [7 + (i * i * 7919 + i * 104729) % 1009 for i in range(size)]
    v = [entry >> max(0, top - bits) if top > bits else entry for entry in (dot(row, start) for row in middle)]
    for _ in range(steps or max(100, min(1500, 4_000_000 // (size * size + 1)))):
        pulse()
        w = [dot(row, v) for row in middle]
        length = max(map(abs, w)).bit_length()
        w = [x >> length - bits if length > bits else x for x in w]
        if w == v or not any(w):
            break
        v = w
    norm = dot(v, v)
    if norm == 0:
        return Fraction(0)
    total = 0
    for i, row in enumerate(square_gram):
        for j, (low, high) in enumerate(row):
            weight = v[i] * v[j]
            total += weight * (low if weight >= 0 else high)
    return Fraction(total, norm << q) if q >= 0 else Fraction(total << -q, norm)


def enclose(square_gram: Matrix, q: int) -> tuple[Fraction, Fraction]:
    """Bounds of the largest eigenvalue of a positive semidefinite G; the upper one by elimination, as tight as it
    goes.
    """
    low = max(rayleigh(square_gram, q), Fraction(0))
    if low == 0:
        size = max((magnitude(entry) for row in square_gram for entry in row), default=0)
        return low, Fraction(size * len(square_gram), 1 << q) if size else Fraction(0)
    for bits in (72, 66, 60, 54, 48, 40, 30, 20, 10, 5, 2, 0, -2, -6, -12):
        level = low + low * (Fraction(1, 1 << bits) if bits >= 0 else Fraction(1 << -bits))
        level = Fraction(
            ceil_at(level, 200 + max(0, -level_exponent(level))), 1 << (200 + max(0, -level_exponent(level)))
        )
        if at_most(square_gram, q, level):
            return _tightened(square_gram, q, low, level) if bits < 60 and len(square_gram) <= 64 else (low, level)
    trace = sum(square_gram[i][i][1] for i in range(len(square_gram)))
    return low, Fraction(trace, 1 << q)


def _tightened(square_gram: Matrix, q: int, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
    """Bisection between proved bounds, to about 2^-66 relative: every step is an elimination that proves one side."""
    for _ in range(80):
        if (high - low) * (1 << 66) <= high:
            break
        middle = (low + high) / 2
        scale = 200 + max(0, -level_exponent(middle))
        middle = Fraction(ceil_at(middle, scale), 1 << scale)
        sign = definite(*shifted(square_gram, q, middle), singular=True)
        if sign == 0:
            break
        low, high = (low, middle) if sign == 1 else (middle, high)
    return low, high


def level_exponent(value: Fraction) -> int:
    """About log2 of a positive number."""
    return value.numerator.bit_length() - value.denominator.bit_length()
