"""Reference orbits: closed, in dyadics, on the field's orbit, and the same every time."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from saturode_verify.errors import UnusableInput
from saturode_verify.paper.fields import FIELDS, find_field
from saturode_verify.paper.reference import REFERENCES, integrated, reference_orbit
from saturode_verify.paper.trajectories import limit_cycle


def test_every_field_has_a_reference_orbit() -> None:
    assert set(REFERENCES) == set(FIELDS)


@pytest.mark.parametrize("name", [name for name in FIELDS if name != "stuart-landau"])
def test_rows_are_dyadic_closed_and_lie_on_the_orbit(name: str) -> None:
    rows = integrated(name, 40)
    assert len(rows) == 41
    assert rows[0][1:] == rows[-1][1:]
    assert all(value * 2**48 == int(value * 2**48) for row in rows for value in row)
    cycle = limit_cycle(find_field(name))
    numbers = np.array([[float(value) for value in row] for row in rows])
    assert numbers[0, 0] == 0
    assert numbers[-1, 0] == pytest.approx(cycle.period, abs=1e-14)
    assert np.abs(cycle.at(numbers[:, 0]) - numbers[:, 1:]).max() < 1e-9
    assert rows == integrated(name, 40)


@pytest.mark.parametrize("name", ["morris-lecar-homoclinic", "hodgkin-huxley"])
def test_the_cubic_through_the_rows_stays_near_the_orbit(name: str) -> None:
    """Half way between two rows, where the cubic is farthest from the orbit."""
    field = find_field(name)
    cycle, curve = limit_cycle(field), reference_orbit(name)
    starts = np.array([float(time) for time in curve.times[:-1]])
    middles = np.array([[float(x) for x in piece.at(Fraction(1, 2))] for piece in curve.pieces])
    truth = cycle.at(starts + np.array([float(piece.duration) for piece in curve.pieces]) / 2)
    assert (np.abs(middles - truth).max(axis=0) < 2e-4 * field.frame()[1]).all()


def test_stuart_landau_by_integration_agrees_with_its_formula() -> None:
    """Both start on the circle, at different angles."""
    for row in integrated("stuart-landau", 8):
        assert float(row[1] ** 2 + row[2] ** 2) == pytest.approx(1, abs=1e-9)


def test_unknown_names_and_too_few_pieces_say_what_to_do() -> None:
    with pytest.raises(UnusableInput, match="there is no reference orbit of 'x'; choose one of: "):
        reference_orbit("x")
    with pytest.raises(UnusableInput, match="2 pieces make no orbit"):
        reference_orbit("van-der-pol", 2)
