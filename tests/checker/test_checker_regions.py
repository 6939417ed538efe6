"""True region certificates are accepted; every number moved inward by its own width is rejected."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from checker_cases import check, document, drifting_network, region_case, small_network
from fixtures_networks import cube_stuart_landau, linear_centre, random_network, saturated_network

import saturode_verify as sv
from saturode_verify.activation import Tanh
from saturode_verify.checker import Unusable, check_bytes
from saturode_verify.network import Network
from saturode_verify.paper.fields import find_field
from saturode_verify.rigor.numbers import Enclosure, format_exact, parse_exact
from saturode_verify.supplement.variants import bias_shifted, scaled


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "silu", "softplus", "sin", "arctan", "elu"])
def test_accepts_what_the_prover_certifies(name: str) -> None:
    text, model = region_case(name)
    report = check_bytes(text.encode(), model)
    assert report.accepted, report.text()
    assert {c.outcome for c in report.claims} <= {"confirmed", "not claimed"}


@pytest.mark.parametrize(
    ("network", "boxes"),
    [
        (cube_stuart_landau(), ["[-1,1]^2"]),
        (linear_centre(), ["[-1,1]^2"]),
        (saturated_network(6.0), ["[-1,1]^2"]),
        (random_network(5, [3, 6, 5, 3], Tanh()), ["[-1,1]x[0,1]x[0,1/3]"]),
        (random_network(5, [2, 6, 5, 2], Tanh()), ["[-1,1]^2", "[1,2]x[-1,1]", "[3,4]x[0,1]"]),
        (drifting_network(), ["[-1,1]^2", "[1,2]x[-1,1]"]),
        (random_network(5, [2, 6, 5, 2], Tanh()), ["[1/3,1/3]x[0.1,0.1]"]),
    ],
)
def test_accepts_special_regions(network: Network, boxes: list[str]) -> None:
    certificate = sv.verify(network, [sv.Box(box) for box in boxes], rtol="0.1")
    report = check_bytes(certificate.to_json().encode(), network.canonical())
    assert report.accepted, report.text()


def _enclosures(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    if isinstance(value, dict):
        if set(value) == {"lower", "upper", "display"}:
            return [(path, value)]
        return [found for key, entry in value.items() for found in _enclosures(entry, (*path, key))]
    if isinstance(value, list):
        return [found for key, entry in enumerate(value) for found in _enclosures(entry, (*path, key))]
    return []


GIVEN = {"point", "inf_point", "sup_point", "period", "eta", "vector"}
"""Hypotheses and witnesses: their numbers may be any."""


def _moved(entry: dict[str, Any], end: str) -> None:
    low, high = parse_exact(entry["lower"]), parse_exact(entry["upper"])
    width = high - low or Fraction(1, 1 << 40)
    moved = (high + width, high + 2 * width) if end == "lower" else (low - 2 * width, low - width)
    found = Enclosure(*moved)
    entry |= {"lower": format_exact(moved[0]), "upper": format_exact(moved[1]), "display": list(found.display())}


@pytest.mark.parametrize("end", ["lower", "upper"])
def test_rejects_every_number_moved_past_its_own_width(end: str) -> None:
    text, model = region_case()
    paths = [
        path
        for path, entry in _enclosures(document(text)["claims"])
        if path[1] not in GIVEN and entry["upper"] is not None
    ]
    assert len(paths) > 40
    for path in paths[end == "upper" :: 6]:  # all of them take a minute
        changed = document(text)
        claim = changed["claims"][path[0]]
        if claim["name"] == "theorem_1" and path[1] == "delta":
            continue
        entry: Any = changed["claims"]
        for key in path:
            entry = entry[key]
        _moved(entry, end)
        report = check(changed, model)
        assert not report.accepted, f"{path} {end} survived: {claim['name']}"


@pytest.mark.parametrize("harm", ["drop", "repeat", "overlap", "extra", "axis", "text"])
def test_rejects_broken_subdivisions(harm: str) -> None:
    text, model = region_case()
    changed = document(text)
    tree = next(w for w in changed["witness"] if w["of"] == "bounds")["subdivision"]
    cut = next(node for node in tree if node != "leaf")
    if harm == "drop":
        tree.pop()
    elif harm == "repeat":
        tree.append("leaf")
    elif harm == "overlap":
        cut[1] = "1000"
    elif harm == "extra":
        tree.append([0, "0"])
    elif harm == "axis":
        cut[0] = 7
    else:
        cut[1] = "1/0"
    with pytest.raises(Unusable):
        check(changed, model)


def test_rejects_another_model_and_altered_text() -> None:
    text, model = region_case()
    with pytest.raises(Unusable, match="another model"):
        check_bytes(text.encode(), small_network("sigmoid").canonical())
    with pytest.raises(Unusable, match="altered"):
        check_bytes(text.encode().replace(b'"proved"', b'"refuted"', 1), model)
    changed = document(text)
    changed["version"] = 2
    with pytest.raises(Unusable, match="version"):
        check(changed, model)


def test_rejects_statuses_that_do_not_follow() -> None:
    text, model = region_case()
    for index, claim in enumerate(document(text)["claims"]):
        changed = document(text)
        if claim["name"] in ("no_closed_orbit", "require") and claim["status"] != "proved":
            changed["claims"][index]["status"] = "proved"
        elif claim["name"] == "log_norm":
            changed["claims"][index]["excludes_periodic_orbits"] = True
        elif claim["name"] == "theorem_2":
            changed["claims"][index]["orbit_excluded"] = not claim["orbit_excluded"]
            if claim["orbit_excluded"]:
                continue
        elif claim["name"] == "minimal_period":
            changed["claims"][index]["statement"] = "no orbit at all lies in the region"
        else:
            continue
        assert not check(changed, model).accepted, claim["name"]


def test_a_saturated_point() -> None:
    """The stated range of a pre-activation is two ulp wide, delta has all its digits: s' falls by 1e-14 across."""
    network = scaled(bias_shifted(find_field("stuart-landau"), 64, 1.0, 0), Fraction(15))
    certificate = sv.verify(network, "[1,1]x[0,0]")
    report = check_bytes(certificate.to_json().encode(), network.canonical())
    assert report.accepted, report.text()
