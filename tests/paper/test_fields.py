"""The fields are the cited ones, and each has the limit cycle that the paper needs, inside its training box."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from saturode_verify.errors import UnusableInput
from saturode_verify.paper.fields import FIELDS, Field, find_field
from saturode_verify.paper.fields_neurons import MorrisLecar, hodgkin_huxley
from saturode_verify.paper.trajectories import limit_cycle, states_around_the_cycle, times_along, trajectories
from saturode_verify.region import Box

PERIODS = {"stuart-landau": 2 * np.pi, "van-der-pol": 7.6299, "hodgkin-huxley": 14.64 / 5}
"""Periods known beforehand: exactly, for mu = 2, and 14.64 ms at I = 10."""


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_has_its_cycle_inside_the_box(name: str) -> None:
    """Another method of integration (LSODA) goes once around and comes back; no state leaves the box."""
    field = find_field(name)
    cycle = limit_cycle(field)
    assert cycle.period == pytest.approx(PERIODS.get(name, cycle.period), rel=2e-4)
    states = cycle.at(np.linspace(0, cycle.period, 501))
    centre, radius = field.frame()
    assert (np.abs(states - centre) < 0.97 * radius).all()
    assert (np.ptp(states, axis=0) > 0.4 * radius).all()

    def slope(_: float, state: np.ndarray) -> np.ndarray:
        return field.right_hand_side(state[None])[0]

    turn = solve_ivp(slope, (0, cycle.period), states[0], "LSODA", rtol=1e-9, atol=1e-10)
    assert np.abs(turn.y[:, -1] - states[0]).max() < 1e-6
    assert np.abs(states[-1] - states[0]).max() < 1e-9


@pytest.mark.parametrize("name", FIELDS)
def test_every_cycle_attracts(name: str) -> None:
    """det M < 1: the divergence, by central differences, has a negative integral (in d > 2 necessary only)."""
    field = find_field(name)
    cycle = limit_cycle(field)
    states = cycle.at(np.linspace(0, cycle.period, 2001)[:-1])
    divergence = np.zeros(len(states))
    for axis, step in enumerate(1e-6 * np.eye(field.dimension)):
        divergence += (field.right_hand_side(states + step) - field.right_hand_side(states - step))[:, axis] / 2e-6
    assert divergence.mean() * cycle.period < -1


@pytest.mark.parametrize("field", FIELDS.values(), ids=lambda field: field.name)
def test_every_field_is_named_cited_and_finite_on_its_box(field: Field) -> None:
    corners = np.array([[float(low), float(high)] for low, high in field.box.sides]).T
    assert FIELDS[field.name] is field
    assert field.citation and "\n" not in field.citation
    assert np.isfinite(field.right_hand_side(corners)).all()
    assert field.right_hand_side(corners).shape == (2, field.dimension)


def test_stuart_landau_on_its_cycle_turns_at_unit_speed() -> None:
    """On r = 1 the growth 1 - r^2 is 0, so f = (-y, x)."""
    angles = np.linspace(0, 6, 7)
    cycle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    tangent = np.stack([-np.sin(angles), np.cos(angles)], axis=1)
    field = find_field("stuart-landau")
    assert np.allclose(field.right_hand_side(cycle), tangent, atol=1e-15)
    assert field.dimension == 2
    assert str(field.box) == "[-1.6,1.6]x[-1.6,1.6]"


def test_stuart_landau_off_its_cycle() -> None:
    """At (2, 1): r^2 = 5, growth -4, so f = (-8 - 1, 2 - 4)."""
    assert find_field("stuart-landau").right_hand_side(np.array([[2.0, 1.0]])).tolist() == [[-9.0, -2.0]]


def test_van_der_pol_and_fitzhugh_nagumo_by_hand() -> None:
    """(2, 1): y' = 2 (1 - 4) - 2 = -8. (3, 1): v' = 3 - 9 - 1 + 0.5 = -6.5, w' = 0.08 (3 + 0.7 - 0.8) = 0.232."""
    assert find_field("van-der-pol").right_hand_side(np.array([[2.0, 1.0]])).tolist() == [[1.0, -8.0]]
    (row,) = find_field("fitzhugh-nagumo").right_hand_side(np.array([[3.0, 1.0]]))
    assert row == pytest.approx([-6.5, 0.232])


def test_morris_lecar_by_hand() -> None:
    """At V = V1 = -1.2 mV, m = 1/2: C V' = 100 - 2*58.8 - 8*0.5*82.8 + 2.2*121.2; at V = V3 = 2, w_oo = 1/2, tau = 1.

    The unit of time is 20 ms and C = 20, so x_1' = C V' / 50 and x_2' = 20 phi (1/2 - w).
    """
    field = MorrisLecar(current=100.0, phi=0.04, g_ca=4.4, v3=2.0, v4=30.0)
    first, second = field(np.array([[-1.2 / 50, 0.5], [2.0 / 50, 0.1]]))
    assert first[0] == pytest.approx((100 - 117.6 - 331.2 + 266.64) / 50)
    assert second[1] == pytest.approx(20 * 0.04 * 0.4)


def test_hodgkin_huxley_rests_where_the_gates_balance() -> None:
    """At V = -65: alpha_m = 2.5/(e^2.5 - 1) = 0.2236, beta_m = 4; alpha_h = 0.07, beta_h = 1/(1 + e^3) = 0.0474;
    alpha_n = 0.1/(e - 1) = 0.0582, beta_n = 0.125 (Hodgkin & Huxley 1952, with v = 0), hence m, h, n = 0.0529, 0.596,
    0.3177, where the ionic current is 120 m^3 h (-115) + 36 n^4 12 - 0.3*10.6 = 0 up to the third digit of E_L.
    """
    alpha_n = 0.1 / np.expm1(1)
    m, h, n = 0.2235637 / 4.2235637, 0.07 / (0.07 + 1 / (1 + np.e**3)), alpha_n / (alpha_n + 0.125)
    (row,) = hodgkin_huxley(np.array([[-65 / 50, m, h, n]]))
    assert row[1:] == pytest.approx(0, abs=1e-6)
    assert 50 * row[0] / 5 == pytest.approx(10, abs=0.02)


@pytest.mark.parametrize("volts", [-40.0, -55.0])
def test_hodgkin_huxley_is_smooth_at_its_removable_singularities(volts: float) -> None:
    """f is finite there, and the neighbours at a distance h differ from it by O(h), to the last digits."""
    offsets = np.array([-1e-9, -1e-13, 0.0, 1e-13, 1e-9])
    states = np.column_stack([(volts + offsets) / 50, *np.full((3, 5), 0.4)])
    values = hodgkin_huxley(states)
    assert np.isfinite(values).all()
    assert np.abs(values - values[2]).max() < 1e-6


def test_states_around_the_cycle_are_repeatable_and_in_the_box() -> None:
    field = find_field("hodgkin-huxley")
    states = states_around_the_cycle(field, 400, 7)
    centre, radius = field.frame()
    assert states.shape == (400, 4)
    assert (np.abs(states - centre) <= radius * (1 + 1e-12)).all()
    assert np.array_equal(states, states_around_the_cycle(field, 400, 7))
    assert not np.array_equal(states, states_around_the_cycle(field, 400, 8))


def test_trajectories_of_stuart_landau_are_the_known_ones() -> None:
    """From (r, 0): r(t) = (1 + (1/r^2 - 1) e^{-2t})^{-1/2}, angle t."""
    starts = np.array([[0.5, 0.0], [1.5, 0.0]])
    times, states = trajectories(find_field("stuart-landau"), starts, 2.0, 4)
    assert times.tolist() == [0, 0.5, 1, 1.5, 2]
    radii = (1 + (1 / starts[:, 0] ** 2 - 1) * np.exp(-4.0)) ** -0.5
    assert states[-1] == pytest.approx(np.outer(radii, [np.cos(2), np.sin(2)]), abs=1e-7)


def test_times_along_a_circle_at_constant_speed_are_even() -> None:
    field = find_field("stuart-landau")
    turns = np.linspace(0, 1, 5)
    times = times_along(field, limit_cycle(field), turns)
    assert times == pytest.approx(2 * np.pi * turns, abs=1e-6)


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (Field("no start", Box("[-1,1]"), lambda x: -x, "none"), "no limit cycle of no start is known"),
        (Field("sink", Box("[-1,1]^2"), lambda x: -x, "none", start=(1.0, 0.5)), "the trajectory of sink does not"),
    ],
    ids=lambda given: given.name if isinstance(given, Field) else "",
)
def test_fields_without_a_cycle_say_so(field: Field, message: str) -> None:
    with pytest.raises(UnusableInput, match=message):
        limit_cycle(field)
