"""find_all: nested cycles of equal period, orbits that leave the box, cycles of saddle type."""

from __future__ import annotations

import numpy as np
import pytest
from fixtures_fields import exponents, nested, power_field, turning, with_multiples
from fixtures_networks import cube_stuart_landau

from saturode_verify.bounds.candidates import FloatField
from saturode_verify.orbit.search import Budget, find_all
from saturode_verify.region import Box


@pytest.mark.parametrize(
    ("radii_squared", "strength"), [([0.95, 1.05], 1.0), ([0.5, 1.0, 1.5], 3.0), ([0.9, 1.0, 1.1], 20.0)]
)
def test_nested_cycles(radii_squared: list[float], strength: float) -> None:
    """All have T = 2 pi, so the period does not tell them apart; the exponents are in ``nested``'s docstring."""
    found = find_all(nested(radii_squared, strength), Box("[-2,2]^2"))
    orbits = sorted(found.orbits, key=lambda orbit: np.hypot(*orbit.states[0]))
    assert [np.hypot(*orbit.states[0]) ** 2 for orbit in orbits] == pytest.approx(radii_squared, rel=1e-8)
    for orbit, a in zip(orbits, radii_squared, strict=True):
        expected = -2 * strength * a * np.prod([a - b for b in radii_squared if b != a])
        assert exponents(orbit) == [pytest.approx(expected, rel=1e-7)]
    assert [np.abs(x.point).max() for x in found.equilibria] == [pytest.approx(0, abs=1e-12)]
    assert found.outside == 0
    assert found.incomplete == ()


def test_the_same_budget_gives_the_same_answer() -> None:
    field = FloatField(cube_stuart_landau())
    first, second = (find_all(field, Box("[-1.5,1.5]^2"), Budget(starts=20)) for _ in range(2))
    assert np.array_equal(first.orbits[0].states, second.orbits[0].states)
    assert len(first.orbits) == len(second.orbits) == 1


@pytest.mark.parametrize("box", ["[-0.9,0.9]^2", "[-2,2]x[0.1,2]"])
def test_orbits_that_leave_the_box_are_counted(box: str) -> None:
    found = find_all(FloatField(cube_stuart_landau()), Box(box))
    assert (found.orbits, found.outside) == ([], 1)


def test_cycle_of_saddle_type() -> None:
    """z' = z - z^3: the saddle cycle at z = 0 (exponent 1/3) between two attracting ones at z = +-1 (exponent -2/3)."""
    field = power_field(lambda x: [*turning(x), x[2] - x[2] ** 3], 3, 3)
    found = find_all(field, Box("[-1.5,1.5]^3"))
    orbits = sorted(found.orbits, key=lambda orbit: orbit.states[0, 2])
    assert [orbit.states[0, 2] for orbit in orbits] == pytest.approx([-1, 0, 1], abs=1e-10)
    assert [max(x.real for x in exponents(orbit)) for orbit in orbits] == pytest.approx([-2 / 3, 1 / 3, -2 / 3])
    assert sorted(x.point[2] for x in found.equilibria) == pytest.approx([-1, 0, 1], abs=1e-10)


def test_period_doubling_gives_both_orbits() -> None:
    """Roessler's system (a = b = 0.2, c = 3.5) past the first period doubling: the old cycle, now of saddle type with a
    multiplier below -1, and the attracting one of about twice the period. Liouville: the exponents sum to tau mean div.
    """
    field = power_field(lambda x: [-x[1] - x[2], x[0] + 0.2 * x[1], 0.2 + x[2] * (x[0] - 3.5)], 3, 2)
    single, double = find_all(field, Box("[-8,8]^2x[-1,12]"), Budget(starts=40)).orbits
    assert double.tau / single.tau == pytest.approx(2, rel=0.02)
    assert double.tau / single.tau != pytest.approx(2, rel=1e-3)
    assert exponents(single)[1].real > 0 > exponents(double)[1].real
    for orbit in (single, double):
        divergence = 0.2 + orbit.states[:, 0].mean() - 3.5
        assert sum(x.real for x in exponents(orbit)) == pytest.approx(orbit.tau * divergence, rel=1e-10)
        assert [mode.kind for mode in orbit.modes] == ["antiperiodic", "antiperiodic"]


def test_box_without_orbit() -> None:
    found = find_all(with_multiples([-1.0]), Box("[5,6]^3"), Budget(starts=10, steps=300))
    assert found.orbits == []
    assert found.equilibria == []
