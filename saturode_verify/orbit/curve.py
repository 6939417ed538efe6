"""Explicit closed curves: exact rational rows (t, x), joined by polynomials with rational coefficients.

A curve is an object of its own (theory section 7, "Curve claim"): nothing here says that it solves x' = f(x).

* "linear": on [t_j, t_j+1] the chord, x_j + u (x_j+1 - x_j) with u = (t - t_j)/h_j, h_j = t_j+1 - t_j.
* "cubic": on [t_j, t_j+1] the cubic with values x_j, x_j+1 and slopes m_j, m_j+1 at its ends, where m_j is the slope
  at t_j of the parabola through the rows j-1, j, j+1, taken periodically:
      m_j = (h_j d_j-1 + h_j-1 d_j) / (h_j-1 + h_j),   d_j = (x_j+1 - x_j)/h_j.
  The curve is C^1 and, since the rows wrap around, so is its periodic continuation.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import comb
from typing import Any

from ..errors import UnusableInput
from ..rigor.numbers import decimal_down, format_exact, parse_exact, sane

INTERPOLATIONS = ("cubic", "linear")
"""The ways to join rows; the first one is the default."""
MAX_ROWS = 100_000
"""Longest curve that is taken."""

Point = tuple[Fraction, ...]
_CLOSE = "end with a row whose state equals the first row's exactly, or give the period"


@dataclass(frozen=True)
class Piece:
    """The curve on one [t_j, t_j + duration]: component i is sum_k coefficients[i][k] u^k, u from 0 to 1."""

    duration: Fraction
    coefficients: tuple[Point, ...]

    def at(self, u: Fraction) -> Point:
        """The exact point at the local time u."""
        return tuple(sum((c * u**k for k, c in enumerate(row)), Fraction(0)) for row in self.coefficients)


@dataclass(frozen=True)
class Curve:
    """A closed curve through ``states`` at the strictly increasing ``times``; the last state is the first one.

    ``interpolation`` is one of INTERPOLATIONS, ``source`` a file name for people. `closed_curve` makes it from rows and
    says what is wrong with them; here the same conditions only raise ValueError.
    """

    times: Point
    states: tuple[Point, ...]
    interpolation: str = INTERPOLATIONS[0]
    source: str = ""

    def __post_init__(self) -> None:
        entries = [*self.times, *itertools.chain(*self.states)]
        shaped = len(self.times) == len(self.states) > 1 and {len(state) for state in self.states} == {self.dimension}
        if not shaped or self.dimension < 1 or not all(type(entry) is Fraction for entry in entries):
            raise ValueError("a curve needs at least two rows of exact rationals, all of one length")
        if any(before >= after for before, after in itertools.pairwise(self.times)):
            raise ValueError("the times of a curve increase strictly")
        if self.states[0] != self.states[-1] or self.interpolation not in INTERPOLATIONS:
            raise ValueError("a curve is closed and of a known interpolation")

    @property
    def dimension(self) -> int:
        """d, the number of components."""
        return len(self.states[0])

    @property
    def period(self) -> Fraction:
        """T, the exact length of the time interval."""
        return self.times[-1] - self.times[0]

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """The polynomials, in the order of time; neighbours, and the last and the first, meet exactly."""
        durations = [after - before for before, after in itertools.pairwise(self.times)]
        steps = [
            tuple(b - a for a, b in zip(before, after, strict=True))
            for before, after in itertools.pairwise(self.states)
        ]
        if self.interpolation == "linear":
            rows = [tuple(zip(state, step, strict=True)) for state, step in zip(self.states, steps, strict=False)]
        else:
            rows = _cubics(self.states, durations, steps)
        return tuple(Piece(h, row) for h, row in zip(durations, rows, strict=True))

    @property
    def hull(self) -> list[tuple[Fraction, Fraction]]:
        """A box that holds the whole curve: the range of its pieces' Bernstein coefficients, per component."""
        ends = [[_bernstein_range(row) for row in piece.coefficients] for piece in self.pieces]
        return [
            (min(low for low, _ in component), max(high for _, high in component))
            for component in zip(*ends, strict=True)
        ]

    def document(self) -> dict[str, Any]:
        """Everything that defines the curve, exactly, as plain JSON data; `curve_from_document` reads it."""
        rows = [[format_exact(x) for x in (t, *state)] for t, state in zip(self.times, self.states, strict=True)]
        return {"interpolation": self.interpolation, "rows": rows}


def _bernstein_range(row: Point) -> tuple[Fraction, Fraction]:
    """The convex hull property on [0, 1]: sum_k a_k u^k = sum_k b_k B_k(u), b_k = sum_{j<=k} C(k,j)/C(n,j) a_j."""
    degree = len(row) - 1
    corners = [
        sum((Fraction(comb(k, j), comb(degree, j)) * row[j] for j in range(k + 1)), Fraction(0))
        for k in range(degree + 1)
    ]
    return min(corners), max(corners)


def _cubics(states: Sequence[Point], durations: Sequence[Fraction], steps: Sequence[Point]) -> list[tuple[Point, ...]]:
    """Per piece and component the coefficients of the Hermite cubic (module docstring)."""
    count = len(durations)
    slopes = []
    for j in range(count):
        before, after = durations[j - 1], durations[j]  # j = 0 wraps around to the last piece
        slopes.append(
            tuple(
                (after * (p / before) + before * (q / after)) / (before + after)
                for p, q in zip(steps[j - 1], steps[j], strict=True)
            )
        )
    pieces = []
    for j, (h, step) in enumerate(zip(durations, steps, strict=True)):
        rows = []
        for x, rise, first, second in zip(states[j], step, slopes[j], slopes[(j + 1) % count], strict=True):
            p, q = h * first, h * second
            rows.append((x, p, 3 * rise - 2 * p - q, p + q - 2 * rise))
        pieces.append(tuple(rows))
    return pieces


def closed_curve(
    rows: Sequence[Sequence[Fraction]],
    interpolation: str = INTERPOLATIONS[0],
    period: Fraction | None = None,
    source: str = "",
) -> Curve:
    """The closed curve through ``rows`` (t, x_1, ..., x_d).

    The last row must repeat the first one's state, unless ``period`` is given: then a closing row is appended at
    t_1 + period if no row is there. Raises UnusableInput, which names the row, for anything that is no closed curve.
    """
    name = source or "the curve"
    if interpolation not in INTERPOLATIONS:
        raise UnusableInput(
            f"unknown interpolation {str(interpolation)[:40]!r}", f"choose one of: {', '.join(INTERPOLATIONS)}"
        )
    if not rows:
        raise UnusableInput(f"{name} has no rows", "give at least two rows t, x_1, ..., x_d, the last one closing it")
    if len(rows) > MAX_ROWS:
        raise UnusableInput(f"{name} has more than {MAX_ROWS} rows", "give fewer rows of the same closed curve")
    try:
        table = [tuple(Fraction(x) for x in row) for row in rows]
    except (TypeError, ValueError, OverflowError):
        raise UnusableInput(f"{name} has an entry that is no finite number", "give numbers t, x_1, ..., x_d") from None
    _check_rows(table, name)
    if period is not None:
        table = _with_closing_row(table, period, name)
    if len(table) == 1:
        raise UnusableInput(f"{name} has only one row", _CLOSE)
    if table[-1][1:] != table[0][1:]:
        axis = next(i for i, (a, b) in enumerate(zip(table[0], table[-1], strict=True)) if i and a != b)
        raise UnusableInput(
            f"{name} is not closed: x_{axis} starts at {_shown(table[0][axis])} and ends at {_shown(table[-1][axis])}",
            _CLOSE,
        )
    return Curve(tuple(row[0] for row in table), tuple(row[1:] for row in table), interpolation, source)


def _check_rows(rows: Sequence[Sequence[Fraction]], name: str) -> None:
    width = len(rows[0])
    if width < 2:
        raise UnusableInput(f"row 1 of {name} has {width} entries", "every row needs t, x_1, ..., x_d")
    for number, row in enumerate(rows, start=1):
        if len(row) != width:
            raise UnusableInput(
                f"row {number} of {name} has {len(row)} entries but row 1 has {width}", "give t, x_1, ..., x_d in each"
            )
    for number, (before, after) in enumerate(itertools.pairwise(rows), start=2):
        if not before[0] < after[0]:
            raise UnusableInput(
                f"row {number} of {name} has t = {_shown(after[0])}, not later than {_shown(before[0])} before it",
                "sort the rows by t and leave out repeated times",
            )


def _with_closing_row(table: list[Point], period: Fraction, name: str) -> list[Point]:
    if period <= 0:
        raise UnusableInput(f"the period {_shown(period)} is not positive", "give a period larger than 0")
    try:
        end = sane(table[0][0] + period)
    except ValueError as error:
        raise UnusableInput(f"the end of the period: {error}", "give t and the period in fewer digits") from None
    if table[-1][0] > end:
        raise UnusableInput(
            f"{name} has rows later than one period after the first",
            "cut the rows to one period, or give a longer period",
        )
    return table if table[-1][0] == end else [*table, (end, *table[0][1:])]


def _shown(value: Fraction) -> str:
    return decimal_down(value, 8)


def curve_from_document(document: Mapping[str, Any]) -> Curve:
    """The curve that `Curve.document` wrote. Raises UnusableInput if it is no such document."""
    try:
        rows = [[sane(parse_exact(text)) for text in row] for row in document["rows"]]
        interpolation = document["interpolation"]
    except (KeyError, TypeError, ValueError) as error:
        raise UnusableInput(
            f"the curve of the certificate cannot be read ({str(error)[:60]})", "take the certificate as it was written"
        ) from None
    return closed_curve(rows, interpolation)
