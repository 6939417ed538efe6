"""True orbit certificates are accepted; forged ones are rejected, whatever is changed in claim or witness."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from checker_cases import check, document
from fixtures_networks import cube_stuart_landau

import saturode_verify as sv
from saturode_verify.activation import Identity, Power
from saturode_verify.checker import check_bytes
from saturode_verify.checker.model import read_model
from saturode_verify.checker.orbit_bounds import Bounds, _demand_bounds, orbit_bounds
from saturode_verify.checker.orbit_data import read_candidate
from saturode_verify.checker.sweep import Limits
from saturode_verify.checker.verdict import Rejected
from saturode_verify.network import Layer, Network
from saturode_verify.rigor.numbers import Enclosure, format_exact, parse_exact


def spatial() -> Network:
    """The cube network beside z' = -3z - 2 z^3 + x^3/4 (sums of cubes): d = 3, multipliers 1, e^{-4 pi}, e^{-...}."""
    plane = cube_stuart_landau().layers
    first = np.zeros((11, 3))
    first[:8, :2], first[8:, 2] = plane[0].weight, 1.0
    last = np.zeros((3, 11))
    last[:2, :8] = plane[1].weight
    last[2, [6, 8, 9, 10]] = 0.25, -1.0, -0.5, -0.5
    bias = np.concatenate([plane[0].bias, [0.0, 1.0, -1.0]])
    return Network((Layer(first, bias, Power(exponent=3)), Layer(last, np.zeros(3), Identity())))


@lru_cache(maxsize=4)
def orbit_case(name: str) -> tuple[str, bytes]:
    """(certificate, model)."""
    if name == "space":
        certificate = sv.prove_orbit(spatial(), near=[1.0, 0.0, 0.0], rtol="0.3", time_limit=10)
        model = spatial().canonical()
    elif name == "cube":
        certificate, model = sv.prove_orbit(cube_stuart_landau(), near=[1.0, 0.1]), cube_stuart_landau().canonical()
    else:
        network = sv.load("examples/stuart-landau-tanh.pt")
        certificate, model = sv.prove_orbit(network, near=[1.0, 0.0], rtol="0.1"), network.canonical()
    assert certificate["periodic_orbit"].proved
    return certificate.to_json(), model


@pytest.mark.parametrize("name", ["cube", "space", "tanh"])
def test_accepts_proved_orbits(name: str) -> None:
    text, model = orbit_case(name)
    report = check_bytes(text.encode(), model)
    assert report.accepted, report.text()
    assert report.claims[0].name == "periodic_orbit"
    assert report.claims[0].outcome == "confirmed"


def _only_orbit(text: str) -> dict[str, Any]:
    changed = document(text)
    changed["claims"] = changed["claims"][:1]
    changed["witness"] = [w for w in changed["witness"] if w["of"] == "periodic_orbit"]
    return changed


def _inward(entry: dict[str, Any], end: str) -> None:
    low, high = parse_exact(entry["lower"]), parse_exact(entry["upper"])
    width = high - low or Fraction(1, 1 << 200)
    found = Enclosure(high + width, high + 2 * width) if end == "lower" else Enclosure(low - 2 * width, low - width)
    assert found.upper is not None
    entry |= {
        "lower": format_exact(found.lower), "upper": format_exact(found.upper), "display": list(found.display())
    }  # fmt: skip


@pytest.mark.parametrize("name", ["cube", "space"])
@pytest.mark.parametrize("end", ["lower", "upper"])
def test_rejects_numbers_moved_past_their_width(name: str, end: str) -> None:
    text, model = orbit_case(name)
    assert check(_only_orbit(text), model).accepted
    claim = _only_orbit(text)["claims"][0]
    paths: list[tuple[Any, ...]] = [(key,) for key in ("period", "radius", "integral_divergence", "det_m")]
    paths += [("point", i) for i in range(len(claim["point"]))]
    paths += [("multipliers", i, key) for i in range(len(claim["multipliers"])) for key in ("re", "im", "modulus")]
    paths += [("exponents", i) for i in range(len(claim["exponents"]))]
    for path in paths[end == "upper" :: 2 if name == "space" else 1]:
        changed = _only_orbit(text)
        entry: Any = changed["claims"][0]
        for key in path:
            entry = entry[key]
        if path == ("radius",) and end == "lower":
            entry |= {"lower": entry["upper"]}
            continue
        _inward(entry, end)
        assert not check(changed, model).accepted, path


def _times(data: dict[str, Any], key: str, factor: Fraction) -> None:
    data[key] = format_exact(parse_exact(data[key]) * factor)


def _harms(data: dict[str, Any], claim: dict[str, Any]) -> dict[str, Callable[[], object]]:
    """What a forger may change, by name."""
    column, orbit = data["columns"][0], data["orbit"]
    zero = ["0", "0"]
    doubled = [[c for pair in ((c, zero) for c in row) for c in pair][:-1] for row in orbit]  # run through twice
    return {
        "tau": lambda: _times(data, "tau", 1 + Fraction(1, 1 << 40)),
        "radius": lambda: data["radii"].__setitem__(0, format_exact(parse_exact(data["radii"][0]) / 1000)),
        "period_radius": lambda: data.update(period_radius="1"),
        "tube": lambda: _times(data, "tube", Fraction(1, 1 << 30)),
        "strip": lambda: _times(data, "strip", Fraction(1, 1 << 20)),
        "degree": lambda: data.update(degree=1),
        "nodes": lambda: data.update(nodes=2 * data["degree"]),
        "boxes": lambda: data.update(boxes=0),
        "orbit": lambda: orbit[0][1].__setitem__(0, "1*2^-30"),
        "mean": lambda: orbit[0][0].__setitem__(1, "1*2^-90"),
        "exponent": lambda: column["exponent"].__setitem__(0, "2"),
        "zero": lambda: column["exponent"].__setitem__(0, "0"),
        "kind": lambda: column.update(kind="antiperiodic"),
        "inverse": lambda: data["inverse"].__setitem__(0, data["inverse"][1]),
        "columns": lambda: data.update(columns=[]),
        "stability": lambda: claim.update(stability="unstable"),
        "turns": lambda: (data.update(orbit=doubled), _times(data, "tau", Fraction(2))),
        "minimal": lambda: claim.update(minimal_period=False),
        "narrow strip": lambda: _times(data, "strip", Fraction(1, 1 << 900)),
        "no strip": lambda: data.update(strip="1*2^-60000"),
        "exponents alone": lambda: (claim.pop("multipliers"), claim.update(exponents="all positive: a source")),
        "multipliers alone": lambda: claim.pop("exponents"),
        "a multiplier's remark": lambda: claim["multipliers"][1].update(kind="outside the unit circle"),
    }


HARMS = [
    "tau", "radius", "period_radius", "tube", "strip", "degree", "nodes", "boxes", "orbit", "mean", "exponent", "zero",
    "kind", "inverse", "columns", "stability", "turns", "minimal", "narrow strip", "no strip", "exponents alone",
    "multipliers alone", "a multiplier's remark",
]  # fmt: skip


@pytest.mark.parametrize("harm", HARMS)
def test_rejects_a_changed_witness(harm: str) -> None:
    text, model = orbit_case("cube")
    changed = _only_orbit(text)
    _harms(changed["witness"][0], changed["claims"][0])[harm]()
    report = check(changed, model)
    assert not report.accepted
    assert report.claims[0].outcome == "rejected"
    assert "\n" not in report.claims[0].reason


def test_rejects_an_orbit_that_a_strip_without_width_would_allow() -> None:
    """An attack that got through: e^{-rho} rounded up to more than 1 made every upper bound negative."""
    text, model = orbit_case("cube")
    changed = _only_orbit(text)
    claim, data = changed["claims"][0], changed["witness"][0]
    for key in ("multipliers", "exponents", "statement"):
        claim.pop(key)
    data["orbit"][0][0], data["orbit"][1][0] = ["5", "0"], ["7", "0"]
    data |= {
        "strip": "1*2^-60000", "tau": "1*2^-798", "tube": "1*2^-100", "period_radius": "1*2^-100",
        "radii": ["1*2^-110"] * 2, "nodes": 2 * data["degree"] + 1, "boxes": 1,
    }  # fmt: skip
    claim |= {
        "period": _entry(Fraction(0), Fraction(1, 1 << 780)), "radius": _entry(Fraction(0), Fraction(1, 1 << 90)),
        "integral_divergence": _entry(Fraction(-(1 << 20)), Fraction(1 << 20)), "stability": "undecided",
        "point": [_entry(Fraction(0), Fraction(20))] * 2,
        "det_m": {"lower": "0", "upper": None, "display": ["0", "inf"]},
    }  # fmt: skip
    changed["region"] = [[_entry(Fraction(-100), Fraction(100))] * 2]
    assert check(changed, model).claims[0].outcome == "rejected"


def _entry(low: Fraction, high: Fraction) -> dict[str, Any]:
    return {"lower": format_exact(low), "upper": format_exact(high), "display": list(Enclosure(low, high).display())}


@pytest.mark.parametrize("name", ["cube", "space"])
def test_rejects_an_orbit_outside_the_box_that_it_is_on(name: str) -> None:
    text, model = orbit_case(name)
    changed = _only_orbit(text)
    side = changed["region"][0][1]
    changed["region"][0][1] = _entry(parse_exact(side["lower"]), parse_exact(side["upper"]) - Fraction(1, 50))
    report = check(changed, model)
    assert "lie in the box" in report.claims[0].reason


def test_the_sampling_lemma_s_signs() -> None:
    """Bounds that came out negative are refused whatever made them so."""
    good = [[Fraction(1)]]
    for bad in (Bounds([Fraction(-1)], good, good, good, (Fraction(0), Fraction(1)), [], 8),
                Bounds([Fraction(1)], good, [[Fraction(-1)]], good, (Fraction(0), Fraction(1)), [], 8),
                Bounds([Fraction(1)], good, good, good, (Fraction(1), Fraction(0)), [], 8)):  # fmt: skip
        with pytest.raises(Rejected):
            _demand_bounds(bad)


def test_the_defect_is_the_largest_of_all_nodes() -> None:
    """u + e (1 - cos(theta - theta_last)) leaves u and u' as they are at the last node, and nowhere else."""
    text, model_bytes = orbit_case("cube")
    model = read_model(model_bytes)
    data = _only_orbit(text)["witness"][0]
    found = read_candidate(data, 2)
    angle, small = 2 * math.pi * (found.nodes - 1) / found.nodes, Fraction(1, 1 << 40)
    turn = [Fraction(math.cos(angle)), Fraction(math.sin(angle))]
    row = data["orbit"][0]
    mean, first = ([parse_exact(x) for x in row[k]] for k in (0, 1))
    row[0] = [format_exact(mean[0] + small), "0"]
    # cos(theta - angle) has the coefficient e^{-i angle}/2.
    row[1] = [format_exact(first[0] - small * turn[0] / 2), format_exact(first[1] + small * turn[1] / 2)]
    before = orbit_bounds(model, found, Limits())
    after = orbit_bounds(model, read_candidate(data, 2), Limits())
    assert max(before.defect) < small / 1000
    assert max(after.defect) > small / 10
