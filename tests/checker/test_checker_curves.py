"""Curve certificates: accepted as the prover makes them, rejected when a number or the curve is changed."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import pytest
from checker_cases import check, document, small_network

from saturode_verify.checker import check_bytes
from saturode_verify.curves import curve_certificate
from saturode_verify.orbit.curve import closed_curve
from saturode_verify.rigor.numbers import Enclosure, format_exact, parse_exact

ROWS = [[0, 1, 0], [1, 0, 1], [2, -1, 0], [Fraction(7, 2), 0, -1], [4, 1, 0]]


@lru_cache(maxsize=4)
def curve_case(interpolation: str) -> tuple[str, bytes]:
    """(certificate, model)."""
    network = small_network()
    curve = closed_curve([[Fraction(x) for x in row] for row in ROWS], interpolation)
    certificate = curve_certificate(network, curve, digits=8, rtol="0.3")
    assert certificate["curve_determinant"].proved
    return certificate.to_json(), network.canonical()


@pytest.mark.parametrize("interpolation", ["linear", "cubic"])
def test_accepts_curve_certificates(interpolation: str) -> None:
    text, model = curve_case(interpolation)
    report = check_bytes(text.encode(), model)
    assert report.accepted, report.text()


@pytest.mark.parametrize(
    "harm", ["log_det up", "log_det down", "det", "period", "row", "open", "join", "statement", "box"]
)
def test_rejects_forged_curves(harm: str) -> None:
    text, model = curve_case("cubic")
    changed = document(text)
    changed["claims"] = [c for c in changed["claims"] if c["name"] == "curve_determinant"]
    claim, data = changed["claims"][0], next(w for w in changed["witness"] if w["of"] == "curve_determinant")
    assert check(changed, model).accepted
    if harm == "row":
        data["rows"][1][1] = "1*2^-20"
    elif harm == "open":
        data["rows"][-1][1] = "2"
    elif harm == "join":
        data["interpolation"] = "linear"
    elif harm == "box":
        changed["witness"] = [data]
        changed["region"][0][0]["lower"], changed["region"][0][0]["display"][0] = "-1*2^-1", "-0.5"
    elif harm == "statement":
        claim["statement"] = "the curve is an orbit"
    else:
        _move(claim[harm.split()[0]], -1 if harm == "log_det down" else 1)
    assert not check(changed, model).accepted


def _move(entry: dict[str, Any], sign: int) -> None:
    low, high = parse_exact(entry["lower"]), parse_exact(entry["upper"])
    step = sign * 2 * (high - low or Fraction(1))
    found = Enclosure(low + step, high + step)
    entry |= {
        "lower": format_exact(low + step), "upper": format_exact(high + step), "display": list(found.display())
    }  # fmt: skip


def test_a_curve_of_another_shape_is_another_claim() -> None:
    """The numbers are those of the cubics that are stored; the claim, its hypothesis too, speaks of chords."""
    text, model = curve_case("cubic")
    straight = document(curve_case("linear")[0])
    changed = document(text)
    claim, other = (next(c for c in d["claims"] if c["name"] == "curve_determinant") for d in (changed, straight))
    claim["interpolation"], claim["hypotheses"] = "linear", other["hypotheses"]
    changed["claims"] = [claim]
    assert check(changed, model).claims[0].outcome == "rejected"
