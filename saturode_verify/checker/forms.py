"""Affine forms c + sum g_i t_i + e, |t_i| <= 1, |e| <= r, and exact matrices that act on many of them at once.

*Packing.* The vectors v_0, ..., v_(n-1) of integers below 2^m in size become one vector of integers
sum_k v_k[j] 2^(Bk). A row w acts on it by one scalar product, sum_k (w . v_k) 2^(Bk), whose parts are below
2^(B - 1) in size if B > m + log2 sum |w_j| + 1: adding 2^(B - 1) to each part makes all of them nonnegative digits to
the base 2^B, which are read off. Nothing is rounded; long integers only save the interpreter's time per product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import add, mul

from .fixed import Interval, up
from .limits import pulse

Rows = list[list[int]]


@dataclass
class Form:
    """Per entry: ``c`` and ``g[i]`` at precision p, ``r`` >= 0."""

    c: list[int]
    g: Rows
    r: list[int]

    def bends(self) -> list[int]:
        """sum |g_i| per entry."""
        return _absolute_sum([0] * len(self.c), self.g)

    def spreads(self) -> list[int]:
        """sum |g_i| + r per entry."""
        return _absolute_sum(self.r, self.g)

    def ranges(self) -> list[Interval]:
        """Over the whole box."""
        return [(c - reach, c + reach) for c, reach in zip(self.c, self.spreads(), strict=True)]

    def sizes(self) -> list[int]:
        """Bounds of the absolute values."""
        return _absolute_sum(self.spreads(), [self.c])


def _absolute_sum(start: list[int], rows: Rows) -> list[int]:
    total = start
    for row in rows:
        total = list(map(add, total, map(abs, row)))
    return total


def box_form(low: list[int], high: list[int]) -> Form:
    """x itself on the box with fixed-point ends."""
    c = [a + b >> 1 for a, b in zip(low, high, strict=True)]
    h = [max(b - m, m - a) for a, b, m in zip(low, high, c, strict=True)]
    return Form(c, [[h[i] if i == k else 0 for k in range(len(c))] for i in range(len(c))], [0] * len(c))


class Weights:
    """An exact matrix rows 2^-scale."""

    def __init__(self, rows: Rows, scale: int) -> None:
        self.rows, self.scale = rows, scale
        self.absolute = [list(map(abs, row)) for row in rows]
        self._bits = max(map(sum, self.absolute)).bit_length()

    def sums(self, vectors: Sequence[list[int]], rows: Rows | None = None) -> list[list[int]]:
        """rows . v for each vector, exactly; ``rows`` are those of the matrix or of its absolute value."""
        rows = self.rows if rows is None else rows
        largest = max(max(map(abs, v)) for v in vectors)
        width = (self._bits + largest.bit_length() + 9) // 8  # bytes of B
        half, count = 1 << 8 * width - 1, len(vectors)
        offset = int.from_bytes((bytes(width - 1) + b"\x80") * count, "little")
        packed = []
        for column in zip(*vectors, strict=True):
            pulse()
            digits = b"".join([(x + half).to_bytes(width, "little") for x in column])
            packed.append(int.from_bytes(digits, "little") - offset)
        found: list[list[int]] = [[] for _ in vectors]
        for row in rows:
            pulse()
            digits = (sum(map(mul, row, packed)) + offset).to_bytes(width * count, "little")
            for k, values in enumerate(found):
                values.append(int.from_bytes(digits[k * width : (k + 1) * width], "little") - half)
        return found

    def times(self, forms: Sequence[Form], shifts: list[int] | None = None) -> list[Form]:
        """W v + b for each form; ``shifts`` are b 2^scale at the forms' precision. Floors: one ulp per part, in r."""
        sums = self.sums([v for form in forms for v in (form.c, *form.g)])
        radii = self.sums([form.r for form in forms], self.absolute)
        e, found = self.scale, []
        for form, radius in zip(forms, radii, strict=True):
            step, floors = len(form.g) + 1, len(form.g) + 1
            c, *g = sums[:step]
            sums = sums[step:]
            c = c if shifts is None else list(map(add, c, shifts))
            found.append(
                Form([x >> e for x in c], [[x >> e for x in row] for row in g], [up(x, e) + floors for x in radius])
            )
        return found


def product(slope: Form, entry: Form, p: int, full: bool) -> Form:
    """Entrywise (slope)(entry); without ``full`` the slope's own remainder is left out.

    (A + a.t + u)(C + g.t + v) = AC + (A g + C a).t + (a.t)(g.t) + (A + a.t) v + u (C + g.t + v).
    """
    pulse()
    bends, reaches, d = slope.bends(), entry.bends(), len(slope.g)
    pairs = list(zip(slope.c, entry.c, strict=True))
    g = [[a * y + c * x >> p for (a, c), x, y in zip(pairs, bend, row, strict=True)]
         for bend, row in zip(slope.g, entry.g, strict=True)]  # fmt: skip
    rests = [b * t + (abs(a) + b) * r for (a, _), b, t, r in zip(pairs, bends, reaches, entry.r, strict=True)]
    if full:
        rests = list(map(add, rests, map(mul, slope.r, entry.sizes())))
    return Form([a * c >> p for a, c in pairs], g, [up(x, p) + d + 1 for x in rests])
