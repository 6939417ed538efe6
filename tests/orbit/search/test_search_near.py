"""find_near: cycles of known period and exponents, in either direction of time, and honest failures."""

from __future__ import annotations

import numpy as np
import pytest
from fixtures_fields import defects, exponents, negated, nested, power_field, turning, with_multiples
from fixtures_networks import cube_stuart_landau, linear_centre

from saturode_verify.bounds.candidates import FloatField
from saturode_verify.network import Layer, Network
from saturode_verify.orbit.search import Equilibrium, FloatOrbit, NotFound, find_near

CUBE = cube_stuart_landau()


def orbit_from(field: FloatField, start: tuple[float, ...]) -> FloatOrbit:
    found = find_near(field, start)
    assert isinstance(found, FloatOrbit), found
    return found


@pytest.mark.parametrize("start", [(1.0, 0.0), (0.1, 0.05), (3.0, 2.0), (0.0, -1e-6)])
def test_stuart_landau_in_tripled_time(start: tuple[float, float]) -> None:
    """T = 2 pi / 3; the exponent is tau times the mean divergence, (1/3)(-6) = -2; the curve is r = 1."""
    field = FloatField(CUBE)
    orbit = orbit_from(field, start)
    assert orbit.period == pytest.approx(2 * np.pi / 3, rel=1e-14)
    assert exponents(orbit) == [pytest.approx(-2, rel=1e-13)]
    assert np.abs(np.hypot(*orbit.states.T) - 1).max() < 1e-14
    assert len(orbit.states) % 2 == 1
    orbit_defect, mode_defect = defects(field, orbit)
    assert orbit_defect < 1e-12
    assert mode_defect < 1e-12


@pytest.mark.parametrize("start", [(0.9, 0.0), (0.2, 0.1), (2.0, 0.0)])
def test_repelling_cycle_is_found_backward(start: tuple[float, float]) -> None:
    """-f: angle' = -3, so that the orbit must come out in the time of -f and not of f; exponent +2."""
    field = negated(FloatField(CUBE), CUBE)
    orbit = orbit_from(field, start)
    assert orbit.tau == pytest.approx(1 / 3, rel=1e-14)
    assert exponents(orbit) == [pytest.approx(2, rel=1e-13)]
    assert np.linalg.det(np.array([orbit.states[0], orbit.states[1]])) < 0
    assert defects(field, orbit)[0] < 1e-12


@pytest.mark.parametrize("rate", [0.5, 2.0])
def test_cycle_of_saddle_type_from_a_start_near_it(rate: float) -> None:
    """Trajectories leave it in both directions of time: z' = rate z, exponents rate / 3 and -2."""
    orbit = orbit_from(with_multiples([rate]), (1.001, 0.0, 0.001))
    assert exponents(orbit) == [pytest.approx(-2, rel=1e-9), pytest.approx(rate / 3, rel=1e-9)]
    assert np.abs(orbit.states[:, 2]).max() < 1e-12


@pytest.mark.parametrize(("size", "speed"), [(1e-5, 1.0), (1e5, 1.0), (1.0, 1e-5), (1.0, 1e5)])
def test_units_do_not_matter(size: float, speed: float) -> None:
    inner, outer = CUBE.layers
    layers = (
        Layer(inner.weight / size, inner.bias, inner.activation),
        Layer(outer.weight * size * speed, outer.bias, outer.activation),
    )
    orbit = orbit_from(FloatField(Network(layers)), (0.7 * size, 0.1 * size))
    assert orbit.tau == pytest.approx(1 / (3 * speed), rel=1e-13)
    assert np.abs(np.hypot(*orbit.states.T) / size - 1).max() < 1e-13
    assert exponents(orbit) == [pytest.approx(-2, rel=1e-12)]


def test_weakly_attracting_small_cycle() -> None:
    """r' = r (0.001 - r^2), angle' = 1: radius sqrt(0.001), exponent -2 * 0.001; the decay takes 500 turns."""

    def right(x: np.ndarray) -> list[np.ndarray]:
        pull = 1e-3 - x[0] ** 2 - x[1] ** 2
        return [pull * x[0] - x[1], pull * x[1] + x[0]]

    orbit = orbit_from(power_field(right, 2, 3), (0.1, 0.0))
    assert exponents(orbit) == [pytest.approx(-2e-3, rel=1e-6)]
    assert np.hypot(*orbit.states.T).max() == pytest.approx(np.sqrt(1e-3), rel=1e-6)


@pytest.mark.parametrize(("start", "radius_squared"), [(0.70, 0.5), (1.001, 1.0), (1.2, 1.5)])
def test_the_nearest_of_nested_cycles(start: float, radius_squared: float) -> None:
    """All three have T = 2 pi; the middle one repels with e^{2 pi 1.5} per turn."""
    orbit = orbit_from(nested([0.5, 1.0, 1.5], 3.0), (start, 0.0))
    assert np.hypot(*orbit.states.T) ** 2 == pytest.approx(radius_squared, rel=1e-9)


@pytest.mark.parametrize(("start", "rate"), [((0.0, 0.0), 3), ((1e-10, 0.0), 3)])
def test_an_equilibrium_is_no_orbit(start: tuple[float, float], rate: float) -> None:
    """Df(0) of the cube network is [[3, -3], [3, 3]]."""
    found = find_near(FloatField(CUBE), start)
    assert isinstance(found, Equilibrium)
    assert np.abs(found.point).max() < 1e-14
    assert sorted(found.eigenvalues.imag) == pytest.approx([-3, 3])
    assert found.eigenvalues.real == pytest.approx([rate, rate])


def test_trajectory_into_an_equilibrium_says_so() -> None:
    field = power_field(lambda x: [-x[0] - x[1], x[0] - x[1]], 2, 3)
    found = find_near(field, (1.0, 0.0))
    assert isinstance(found, NotFound)
    assert "forward in time the trajectory converged to the equilibrium" in found.reason
    assert "backward in time the trajectory ran away" in found.reason
    assert found.reason.endswith("give --near a point closer to the cycle")
    assert found.equilibrium is not None
    assert np.abs(found.equilibrium.point).max() < 1e-12


def test_blow_up_in_finite_time_is_a_reason() -> None:
    """x' = 1 + x^2 reaches infinity within pi in both directions."""
    found = find_near(power_field(lambda x: [1 + x[0] ** 2, -x[1]], 2, 3), (0.0, 1.0))
    assert isinstance(found, NotFound)
    assert "forward in time the trajectory ran away" in found.reason


@pytest.mark.parametrize("start", [(np.nan, 0.0), (np.inf, 0.0), (1.0, 0.0, 0.0), (1e200, 1e200)])
def test_senseless_starts(start: tuple[float, ...]) -> None:
    assert isinstance(find_near(FloatField(CUBE), start), NotFound)


def test_orbits_that_fill_a_disc_are_not_claimed() -> None:
    """x' = -y, y' = x: every circle is an orbit, none isolated. The multiplier is 1, so a frame does not exist."""
    found = find_near(FloatField(linear_centre()), (1.0, 0.0))
    assert isinstance(found, NotFound)


def test_a_torus_of_orbits_is_not_claimed() -> None:
    """Two equal oscillators: (u(t), u(t + s)) for every s, so that 1 is a double multiplier."""
    field = power_field(lambda x: [*turning(x), *turning(x[2:])], 4, 3)
    assert isinstance(find_near(field, (1.0, 0.0, 0.8, 0.6)), NotFound)


def test_one_dimension_has_no_cycles() -> None:
    found = find_near(power_field(lambda x: [x[0] - x[0] ** 3], 1, 3), (0.5,))
    assert isinstance(found, NotFound)
    assert found.equilibrium is not None
    assert found.equilibrium.point == pytest.approx([1.0])


@pytest.mark.parametrize("mu", [1.0, 4.0])
def test_van_der_pol(mu: float) -> None:
    """Periods to ten digits as in the literature: 6.6632868593 (mu = 1), 10.2035236909 (mu = 4).

    The exponent must be tau times the mean of the divergence mu (1 - x^2) over the orbit.
    """
    field = power_field(lambda x: [x[1], mu * (1 - x[0] ** 2) * x[1] - x[0]], 2, 3)
    orbit = orbit_from(field, (2.0, 0.0))
    assert orbit.period == pytest.approx({1.0: 6.6632868593, 4.0: 10.2035236909}[mu], abs=2e-9)
    mean = mu * (1 - (orbit.states[:, 0] ** 2).mean())
    assert exponents(orbit) == [pytest.approx(orbit.tau * mean, rel=1e-11)]
    orbit_defect, mode_defect = defects(field, orbit)
    assert orbit_defect < 1e-11
    assert mode_defect < 1e-10
