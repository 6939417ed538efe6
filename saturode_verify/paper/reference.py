"""Reference orbits of the benchmark fields as explicit curves: what the paper's second illustration integrates along.

The rows are dyadic roundings of points of the *field's* orbit, from a formula or from a float integration to twelve
digits. Any closed curve is a legitimate input of `curve_determinant`, so nothing here needs trust; that the curve is
close to the orbit is for the reader.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial

import numpy as np
from flint import arb

from ..errors import UnusableInput
from ..orbit.curve import INTERPOLATIONS, Curve, closed_curve
from ..rigor.balls import ball, precision
from .fields import FIELDS, find_field

ROWS = 256
"""Number of rows by default: the cubic through them stays within 2e-6 of the circle."""
_FRACTION_BITS = 48

Rows = list[list[Fraction]]


def stuart_landau(count: int) -> Rows:
    """(cos t, sin t) at ``count`` equidistant times of [0, 2 pi), then the closing row: T = 2 pi (theory section 8)."""
    rows = []
    for j in range(count + 1):
        angle = Fraction(2 * j, count)
        turn = angle % 2  # the closing row repeats the first state exactly
        sine, cosine = arb.sin_cos_pi(ball(turn))
        rows.append([_rounded(arb.pi() * ball(angle)), _rounded(cosine), _rounded(sine)])
    return rows


def integrated(name: str, count: int) -> Rows:
    """``count`` rows on the limit cycle of the field ``name`` as integrated in floats, then the closing row.

    They follow each other at equal steps of t/T + (arc length)/(its total), in units of the training box: dense enough
    where the state is fast, and where it is slow.
    """
    from .trajectories import limit_cycle, times_along

    field = find_field(name)
    cycle = limit_cycle(field)
    times = times_along(field, cycle, np.arange(count) / count)
    rows = [[_dyadic(value) for value in row] for row in np.column_stack([times, cycle.at(times)])]
    return [*rows, [_dyadic(cycle.period), *rows[0][1:]]]


REFERENCES: dict[str, Callable[[int], Rows]] = {
    **{name: partial(integrated, name) for name in FIELDS},
    "stuart-landau": stuart_landau,
}
"""Rows (t, x_1, ..., x_d) of one period by the name of the field; ``count`` pieces, the last row closes the curve."""


def reference_orbit(name: str, count: int = ROWS, interpolation: str = INTERPOLATIONS[0]) -> Curve:
    """The reference orbit of the benchmark field ``name``, joined from ``count`` pieces.

    Raises UnusableInput if there is none, or for fewer than 3 pieces.
    """
    if name not in REFERENCES:
        raise UnusableInput(f"there is no reference orbit of {name[:40]!r}", f"choose one of: {', '.join(REFERENCES)}")
    if count < 3:
        raise UnusableInput(f"{count} pieces make no orbit", "ask for at least 3")
    with precision(128):
        return closed_curve(REFERENCES[name](count), interpolation, source=f"reference orbit of {name}")


def _dyadic(value: float) -> Fraction:
    """The multiple of 2^-48 next to ``value``."""
    return Fraction(round(Fraction(float(value)) * 2**_FRACTION_BITS), 2**_FRACTION_BITS)


def _rounded(value: arb) -> Fraction:
    """A multiple of 2^-48 within 2^-48 of the ball's midpoint."""
    nearest = (value.mid() * 2**_FRACTION_BITS + arb("0.5")).mid().floor().unique_fmpz()
    assert nearest is not None  # the floor of an exact number is an integer
    return Fraction(int(nearest), 2**_FRACTION_BITS)
