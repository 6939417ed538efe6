"""`prove_orbit` end to end: search, proof, bounds on the box around the orbit, certificate."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mpmath
import numpy as np
import pytest
from fixtures_fields import nested, with_focus, with_half_turn
from fixtures_networks import cube_stuart_landau
from fixtures_orbits import centre, cube_draft, linear_beside_cube
from flint import arb

import saturode_verify as sv
from saturode_verify.activation import ELU, Identity, ReLU, Tanh
from saturode_verify.interrupt import interruptible
from saturode_verify.network import Layer, Network
from saturode_verify.orbit.existence import ProvedOrbit, prove
from saturode_verify.report.latex import table
from saturode_verify.report.rows import rows, telling_digits
from saturode_verify.report.text import verdict
from saturode_verify.rigor.balls import precision
from saturode_verify.rigor.numbers import Enclosure
from saturode_verify.theorems.periodic_orbit import periodic_orbit

EXAMPLE = Path(__file__).parent.parent / "examples" / "stuart-landau-tanh.pt"
DIGITS_50 = 50


def _within(value: mpmath.mpf, enclosure: Enclosure) -> bool:
    low, high = (mpmath.mpf(end.numerator) / end.denominator for end in (enclosure.lower, enclosure.upper))
    return bool(low <= value <= high)


def test_the_exact_oscillator_to_twenty_digits() -> None:
    """3 f of Stuart-Landau: T = 2 pi/3, int div f = -4 pi, multipliers 1 and e^{-4 pi}, exponents 0 and -6."""
    certificate = sv.prove_orbit(cube_stuart_landau(), near=[1, 0], digits=20)
    assert certificate.proved and certificate.exit_status == 0 and certificate.reason == ""
    claim = certificate["periodic_orbit"]
    with mpmath.mp.workdps(DIGITS_50):
        pi = mpmath.mp.pi
        assert _within(2 * pi / 3, claim.period) and _within(-4 * pi, claim.integral_divergence)
        assert _within(mpmath.exp(-4 * pi), claim.det_m)
        assert _within(mpmath.exp(-4 * pi), claim.multipliers[1]["modulus"])
        assert _within(mpmath.mpf(-6), claim.exponents[1])
    width = (claim.det_m.upper - claim.det_m.lower) / claim.det_m.lower
    assert 0 < width < Fraction(1, 10**20)
    assert claim.multipliers[0] == {key: Enclosure(Fraction(v), Fraction(v)) for key, v in
                                    (("re", 1), ("im", 0), ("modulus", 1))}  # fmt: skip
    assert claim.stability == "stable" and claim.minimal_period is True
    assert claim.radius.lower == 0 and claim.radius.upper < Fraction(1, 10**20)


def test_the_bounds_on_the_box_hold_for_the_orbit() -> None:
    """Theorem 2 and Yorke's floor on the box around the orbit enclose what was proved along it (theory, 5 and 6)."""
    certificate = sv.prove_orbit(sv.load(EXAMPLE), near=[1, 0])
    orbit, theorem = certificate["periodic_orbit"], certificate["theorem_2"]
    assert theorem.period == orbit.period
    for wide in (theorem.det_m, theorem.det_m_paper):
        assert wide.lower < orbit.det_m.lower and orbit.det_m.upper < wide.upper
    assert theorem.det_m_paper.lower <= theorem.det_m.lower and theorem.det_m.upper <= theorem.det_m_paper.upper
    assert theorem.multipliers.lower < orbit.multipliers[1]["modulus"].lower
    assert theorem.exponents.lower < orbit.exponents[1].lower <= orbit.exponents[1].upper < theorem.exponents.upper
    assert certificate["minimal_period"].value.lower < orbit.period.lower
    for side, x in zip(certificate.region[0], orbit.point, strict=True):
        assert side.lower < x.lower and x.upper < side.upper
    assert not certificate["sup_jacobian_norm"].asked and orbit.asked
    assert "a periodic orbit is asserted to exist only where" in certificate.scope


def test_a_certificate_can_be_read_back_and_is_the_same_twice(tmp_path: Path) -> None:
    first, second = (sv.prove_orbit(sv.load(EXAMPLE), near="1,0") for _ in range(2))
    assert first.sha256 == second.sha256
    first.save(tmp_path / "orbit.json")
    again = sv.load_certificate(tmp_path / "orbit.json")
    assert again.sha256 == first.sha256 and again["periodic_orbit"].det_m == first["periodic_orbit"].det_m
    (witness,) = [entry for entry in again.witness if entry["of"] == "periodic_orbit"]
    assert witness["nodes"] > 2 * witness["degree"] and len(witness["orbit"]) == 2


def test_nested_cycles_are_all_found() -> None:
    """r' = -r (r^2 - 1/4)(r^2 - 1)(r^2 - 9/4), angle' = 1: cycles of radius 1/2, 1, 3/2, the middle one unstable."""
    network = Network(nested([0.25, 1.0, 2.25], 1.0).layers)
    certificate = sv.prove_orbit(network, box="[-2,2]^2", every=True, rtol=0.5, time_limit=2)
    claims = [claim for claim in certificate if claim.name == "periodic_orbit"]
    assert certificate.proved and len(claims) == len(certificate.region) == 3
    by_radius = sorted(claims, key=lambda c: float(c.point[0].lower) ** 2 + float(c.point[1].lower) ** 2)
    assert [claim.stability for claim in by_radius] == ["stable", "unstable", "stable"]
    # d r'/dr at r^2 = a is -2 a prod (a - b) over the other two: -2/4 (-3/4)(-2), -2 (3/4)(-5/4), -9/2 (2)(5/4).
    for claim, rate in zip(by_radius, (-0.75, 1.875, -11.25), strict=True):
        assert abs(float(claim.exponents[1].lower) - rate) < 1e-9
    assert [claim.on for claim in claims] == [0, 1, 2]
    periods = {claim.on: claim.period for claim in claims}
    found = [claim for claim in certificate if claim.name == "theorem_2"]
    assert {claim.on: claim.period for claim in found} == periods  # per box its own, and none for the union


def test_real_multipliers_of_a_product() -> None:
    """z' = -3/2 z beside the cycle: e^{-pi} and e^{-4 pi}, to better than 1e-10 relative."""
    certificate = sv.prove_orbit(linear_beside_cube([-0.5]), near=[1, 0, 0.01])
    claim = certificate["periodic_orbit"]
    assert certificate.proved and claim.stability == "stable"
    with mpmath.mp.workdps(DIGITS_50):
        for value in (mpmath.exp(-mpmath.mp.pi), mpmath.exp(-4 * mpmath.mp.pi)):
            assert any(_within(value, m["re"]) for m in claim.multipliers[1:])
    for m in claim.multipliers[1:]:
        assert (m["re"].upper - m["re"].lower) / m["re"].lower < Fraction(1, 10**10)
        assert m["im"] == Enclosure(Fraction(0), Fraction(0))


def test_a_complex_pair() -> None:
    """z' = (-1/2 + i) z beside the cycle, T = 2 pi/3: multipliers e^{-pi/3 +- 2 pi i/3} (the network's weights are
    rounded, so that these hold to about 1e-9).
    """
    certificate = sv.prove_orbit(Network(with_focus(-0.5, 1.0).layers), near=[1, 0, 0, 0], time_limit=1)
    claim = certificate["periodic_orbit"]
    assert claim.proved and claim.stability == "stable"
    pairs = [m for m in claim.multipliers if m["im"] != Enclosure(Fraction(0), Fraction(0))]
    expected = mpmath.exp(mpmath.mpc(-1, 2) * mpmath.pi / 3)
    assert len(pairs) == 2
    for m, sign in zip(sorted(pairs, key=lambda m: -m["im"].lower), (1, -1), strict=True):
        assert abs(float(m["re"].lower) - expected.real) < 1e-8
        assert abs(float(m["im"].lower) - sign * expected.imag) < 1e-8
        assert m["modulus"].upper - m["modulus"].lower < Fraction(1, 10**11)


def test_negative_multipliers() -> None:
    """Two axes that turn by pi per period: multipliers -e^{2 pi (rate +- split)/3}, both negative, both proved real."""
    certificate = sv.prove_orbit(Network(with_half_turn(-1.0, 0.5).layers), near=[1, 0, 0, 0], time_limit=1)
    claim = certificate["periodic_orbit"]
    assert claim.proved and claim.stability == "stable"
    negative = sorted(float(m["re"].lower) for m in claim.multipliers if m["re"].upper < 0)
    expected = sorted(-np.exp(2 * np.pi * rate / 3) for rate in (-0.5, -1.5))
    assert np.allclose(negative, expected, rtol=1e-7)
    assert all(m["im"] == Enclosure(Fraction(0), Fraction(0)) for m in claim.multipliers)


def test_near_a_fold() -> None:
    """Cycles r^2 = 1 -+ e with e = 2^-10, about to meet: exponents -2 a (a - b) are -+ 4e(1 -+ e), one of each sign."""
    network = Network(nested([1 - 2**-10, 1 + 2**-10], -1.0).layers)
    for start, stability in ((1 - 2**-11, "stable"), (1 + 2**-11, "unstable")):
        certificate = sv.prove_orbit(network, near=[start, 0.0], time_limit=1)
        assert certificate["periodic_orbit"].proved, certificate.reason
        assert certificate["periodic_orbit"].stability == stability


@pytest.mark.parametrize(
    ("network", "near", "word"),
    [
        (cube_stuart_landau(), [0, 0], "equilibrium"),
        (centre(), ["0.5", 0], ""),
        (Network((Layer(np.eye(2), np.zeros(2), ReLU()), Layer(np.eye(2), np.zeros(2), Identity()))), [1, 0], "relu"),
        (Network((Layer(np.eye(2), np.zeros(2), ELU()), Layer(np.eye(2), np.zeros(2), Identity()))), [1, 0], "elu"),
        (Network((Layer(np.eye(1), np.zeros(1), Tanh()), Layer(np.eye(1), np.zeros(1), Identity()))), [1], "line"),
        (Network((Layer(np.eye(2), np.zeros(2), Identity()),)), [1, 0], ""),
    ],
)
def test_refusals_say_why(network: Network, near: list, word: str) -> None:
    certificate = sv.prove_orbit(network, near=near, time_limit=2)
    claim = certificate["periodic_orbit"]
    assert claim.status == "undecided" and certificate.exit_status == 3
    assert claim.reason and word in claim.reason and "period" not in claim.values
    assert "no periodic orbit is asserted to exist" in certificate.scope
    assert verdict(certificate).startswith("UNDECIDED: 0 of 1 periodic orbits")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "no start was given"),
        ({"near": [1]}, "--near has 1 numbers"),
        ({"near": "1,x"}, "--near"),
        ({"near": [1, float("nan")]}, "--near"),
        ({"near": [1, 0], "digits": 0}, "--digits 0"),
        ({"near": [1, 0], "digits": True}, "--digits True"),
        ({"box": "[1,-1]^2"}, "box"),
        ({"box": "[-1,1]^3"}, "dimension"),
        ({"near": [1, 0], "rtol": 2}, "--rtol"),
    ],
)
def test_bad_input_is_one_line(options: dict, words: str) -> None:
    with pytest.raises(sv.UnusableInput) as caught:
        sv.prove_orbit(cube_stuart_landau(), **options)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_the_table_shows_where_the_digits_differ() -> None:
    """Enough digits to tell the two ends apart: 2 - 1/3e20 and 2 + 1/3e20 agree in 20 digits."""
    third = Fraction(1, 3 * 10**20)
    assert telling_digits(Enclosure(2 - third, 2 + third), 6) == 22
    assert telling_digits(Enclosure(Fraction(1), Fraction(2)), 6) == 6
    assert telling_digits(Enclosure(Fraction(1), Fraction(1)), 6) == 6
    assert telling_digits(Enclosure(Fraction(1), 1 + Fraction(1, 10**99)), 6) == 40
    found = {row.text: row for row in rows(sv.prove_orbit(cube_stuart_landau(), near=[1, 0]))}
    det = found["det M"]
    assert det.lower != det.upper and det.lower.startswith("3.487342356208995") and det.status == "proved"
    assert found["multiplier rho_1 (trivial)"].lower == found["multiplier rho_1 (trivial)"].upper == "1"


def test_the_latex_table_of_an_orbit() -> None:
    text = table([sv.prove_orbit(cube_stuart_landau(), near=[1, 0])])
    assert r"orbit (stable), $T$" in text and r"$\rho_{2}$" in text and r"Theorem 2, for orbits of period $T$" in text


def test_an_orbit_whose_multiplier_cannot_be_written_is_undecided() -> None:
    """det M = e^50000 is beyond 2^65536: the proof stands, but the claim cannot be written, and says so."""
    draft = cube_draft(16)
    with precision(draft.bits):
        orbit = prove(cube_stuart_landau(), draft.proposal)
        assert isinstance(orbit, ProvedOrbit)
        claim = periodic_orbit(replace(orbit, determinant=arb(50000).exp()))
    assert claim.status == "undecided" and "beyond 2^65536" in claim.reason and not claim.values


def test_ctrl_c_during_the_set_up_reaches_the_job() -> None:
    """The command's block and the job's share one wish: a signal between the two was swallowed."""
    with interruptible() as outer:
        outer.handle(2, None)
        certificate = sv.prove_orbit(cube_stuart_landau(), near=[1, 0])
        assert certificate.environment["interrupted"] is True
        assert certificate["periodic_orbit"].status == "undecided" and "interrupted" in certificate.reason
