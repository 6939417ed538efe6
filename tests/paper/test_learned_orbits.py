"""Trained networks have a provable limit cycle near their field's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from paper_errors import relative_error

import saturode_verify as sv
from saturode_verify.paper.fields import find_field
from saturode_verify.paper.trajectories import limit_cycle

if TYPE_CHECKING:
    from torch import nn

pytest.importorskip("torch")


def _check(name: str, module: nn.Sequential, period_rtol: float) -> None:
    """The orbit through the field's cycle is proved, attracts, and has the field's period to ``period_rtol``."""
    field = find_field(name)
    orbit = sv.prove_orbit(sv.from_torch(module), near=[float(x) for x in field.start], time_limit=1)
    assert orbit["periodic_orbit"].proved, orbit["periodic_orbit"].reason
    claim = orbit["periodic_orbit"]
    assert claim.stability == "stable"
    assert float(claim.period.lower) == pytest.approx(limit_cycle(field).period, rel=period_rtol)


def _train(name: str, **options: Any) -> nn.Sequential:
    from saturode_verify.paper.training import train

    return train(name, (32,), "tanh", 0, **options)


def test_a_brief_training_on_morris_lecar_has_the_cycle() -> None:
    module = _train("morris-lecar", adam_steps=200, lbfgs_steps=200)
    assert relative_error(module, find_field("morris-lecar")) < 2e-2
    _check("morris-lecar", module, 2e-2)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["van-der-pol", "fitzhugh-nagumo", "morris-lecar", "morris-lecar-snlc", "morris-lecar-homoclinic"],
)
def test_a_full_training_has_the_cycle(name: str) -> None:
    module = _train(name)
    assert relative_error(module, find_field(name)) < 1e-2
    _check(name, module, 2e-2)


@pytest.mark.slow
def test_trajectory_matching_fits_stuart_landau() -> None:
    pytest.importorskip("torchdiffeq")
    module = _train("stuart-landau", match="trajectories")
    assert relative_error(module, find_field("stuart-landau")) < 1e-2
    _check("stuart-landau", module, 1e-4)


@pytest.mark.slow
def test_hodgkin_huxley_is_learned_well_enough_to_fire() -> None:
    """The float search finds a cycle whose period is within 2 % of the field's 14.64 ms."""
    from saturode_verify.bounds.candidates import FloatField
    from saturode_verify.orbit.search import FloatOrbit, find_near
    from saturode_verify.paper.training import train

    field = find_field("hodgkin-huxley")
    module = train(field, (64, 64), "tanh", 0)
    assert relative_error(module, field) < 1e-2
    found = find_near(FloatField(sv.from_torch(module)), list(field.start))
    assert isinstance(found, FloatOrbit)
    assert found.period == pytest.approx(limit_cycle(field).period, rel=2e-2)
