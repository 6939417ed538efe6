"""The curve claim and the reference orbits: what is said, and what is not."""

from __future__ import annotations

import json
from fractions import Fraction as Q
from math import cos, exp, hypot, pi, sin

import numpy as np
import pytest
from fixtures_networks import cube_stuart_landau, random_network

from saturode_verify.activation import ReLU, Tanh
from saturode_verify.certificate.record import _encode_claim
from saturode_verify.errors import UnusableInput
from saturode_verify.orbit.curve import closed_curve
from saturode_verify.orbit.curve_integral import curve_determinant
from saturode_verify.paper.fields import FIELDS
from saturode_verify.paper.reference import REFERENCES, ROWS, reference_orbit
from saturode_verify.rigor.numbers import Enclosure
from saturode_verify.theorems import curve_determinant as theorem

LOOP = [(Q(0), Q(1), Q(0)), (Q(1, 3), Q(0), Q(1)), (Q(2), Q(1), Q(0))]


def test_proved_claim_says_which_curve_and_claims_no_orbit() -> None:
    claim = theorem.curve_determinant(curve_determinant(random_network(1, [2, 4, 2], Tanh()), closed_curve(LOOP)))
    assert claim.proved and (claim.name, claim.theorem) == ("curve_determinant", "section 7") and not claim.reason
    assert claim.interpolation == "cubic" and claim.pieces == 2 and claim.period == Enclosure(Q(2), Q(2))
    assert exp(float(claim.log_det.lower)) == pytest.approx(float(claim.det.upper), rel=1e-11)
    assert "not claimed to be an orbit" in claim.statement
    assert any("cubic Hermite" in hypothesis for hypothesis in claim.hypotheses)
    record = json.loads(json.dumps(_encode_claim(claim)))
    assert {"period", "log_det", "det", "interpolation", "pieces", "statement"} <= set(record)
    assert record["period"]["lower"] == "2"


def test_refused_claim_has_the_reason_and_no_numbers() -> None:
    result = curve_determinant(random_network(1, [2, 4, 2], ReLU()), closed_curve(LOOP, "linear"))
    claim = theorem.curve_determinant(result)
    assert claim.status == "undecided" and "relu" in claim.reason
    assert set(claim.values) == {"interpolation", "pieces", "period"} and claim.interpolation == "linear"


def test_every_reference_orbit_belongs_to_a_field() -> None:
    for name in REFERENCES:
        curve = reference_orbit(name, 5)
        assert curve.dimension == FIELDS[name].dimension and len(curve.pieces) == 5


def test_stuart_landau_rows_are_dyadic_roundings_of_the_circle() -> None:
    curve = reference_orbit("stuart-landau", 12)
    assert abs(float(curve.period) - 2 * pi) < 1e-14
    for j, (t, (x, y)) in enumerate(zip(curve.times, curve.states, strict=True)):
        assert all((value * 2**48).denominator == 1 for value in (t, x, y))
        assert abs(float(t) - pi * j / 6) < 1e-14
        assert abs(float(x) - cos(pi * j / 6)) < 1e-14 and abs(float(y) - sin(pi * j / 6)) < 1e-14
    assert curve.states[0] == curve.states[-1] == (Q(1), Q(0))


def test_the_cubic_stays_close_to_the_circle() -> None:
    """As the docstring of ROWS says: within 2e-6 at 256 pieces."""
    curve = reference_orbit("stuart-landau")
    assert len(curve.pieces) == ROWS
    distances = [
        abs(hypot(*map(float, piece.at(Q(k, 8)))) - 1) for piece in curve.pieces for k in np.arange(8).tolist()
    ]
    assert max(distances) < 2e-6


def test_second_illustration_of_the_paper() -> None:
    """Stuart-Landau three times as fast, over one turn of the circle in time 2 pi: det near e^{-12 pi}."""
    claim = theorem.curve_determinant(curve_determinant(cube_stuart_landau(), reference_orbit("stuart-landau", 64)))
    assert claim.proved
    assert float(claim.det.lower) == pytest.approx(exp(-12 * pi), rel=0.05)
    assert claim.det.upper - claim.det.lower <= Q(2, 10**12) * claim.det.lower


def test_unknown_reference_orbits() -> None:
    with pytest.raises(UnusableInput, match="no reference orbit of 'lorenz'; choose one of: stuart-landau"):
        reference_orbit("lorenz")
    with pytest.raises(UnusableInput, match="ask for at least 3"):
        reference_orbit("stuart-landau", 2)
