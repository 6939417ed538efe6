"""Certificates as files: round trip, strict reading, atomic writing."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from fixtures_networks import cube_stuart_landau

from saturode_verify.certificate.record import Certificate, load_certificate
from saturode_verify.errors import UnusableInput
from saturode_verify.job import verify
from saturode_verify.rigor.numbers import parse_exact


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    return verify(cube_stuart_landau(), "[-1,1/3]^2", rtol="0.1", period="[2,2.1]", require=["sup_divergence < 7"])


def test_round_trip(certificate: Certificate, tmp_path: Path) -> None:
    certificate.save(tmp_path / "c.json")
    again = load_certificate(tmp_path / "c.json")
    assert again.sha256 == certificate.sha256
    assert again["sup_jacobian_norm"].value == certificate["sup_jacobian_norm"].value
    assert again.claims == certificate.claims
    assert again.exit_status == certificate.exit_status
    assert [p.name for p in tmp_path.iterdir()] == ["c.json"]


def test_keys_of_the_contract(certificate: Certificate) -> None:
    document = certificate.document()
    assert set(document) == {
        "format", "version", "model", "region", "settings", "scope", "claims", "witness", "environment", "sha256"
    }  # fmt: skip
    assert document["region"][0][1]["upper"] == "1/3"
    assert set(document["model"]) == {"sha256", "layers", "activations", "source"}
    names = [claim["name"] for claim in document["claims"]]
    for name in (
        "layer_saturation", "weight_norms", "global_bound", "theorem_1", "layerwise_bound", "refined_bound",
        "sup_jacobian_norm", "divergence", "log_norm", "theorem_2", "minimal_period", "no_closed_orbit", "require",
    ):  # fmt: skip
        assert name in names
    for claim in document["claims"]:
        assert {"on", "name", "theorem", "hypotheses", "status"} <= set(claim)
        assert claim["status"] == "proved" or claim["reason"]


def test_every_enclosure_is_exact_and_its_display_is_outward(certificate: Certificate) -> None:
    found = 0

    def walk(value: Any) -> None:
        nonlocal found
        if isinstance(value, dict) and "display" in value:
            found += 1
            low, high = value["display"]
            assert Fraction(low) <= parse_exact(value["lower"])
            assert value["upper"] is None or parse_exact(value["upper"]) <= Fraction(high)
        for entry in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(entry)

    walk(certificate.document()["claims"])
    assert found > 30


def _write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "bad.json"
    path.write_text(text)
    return path


def test_bad_files_are_refused_with_one_line(certificate: Certificate, tmp_path: Path) -> None:
    good = certificate.to_json()
    document = certificate.document()
    moved = json.loads(good)
    moved["claims"][0]["status"] = "refuted"
    cases = {
        "truncated": good[: len(good) // 2],
        "truncated or no JSON": "nonsense",
        "no saturode certificate": "[1,2]",
        "certificate version 99": json.dumps({**document, "version": 99}),
        "lacks or adds keys": json.dumps({k: v for k, v in document.items() if k != "witness"}),
        "altered": json.dumps(moved),
        "is truncated": "[" * 100000,
    }
    for message, text in cases.items():
        with pytest.raises(UnusableInput) as caught:
            load_certificate(_write(tmp_path, text))
        assert message in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(UnusableInput, match="cannot read"):
        load_certificate(tmp_path / "none.json")


def test_writing_to_a_missing_folder_leaves_nothing(certificate: Certificate, tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="cannot write"):
        certificate.save(tmp_path / "no" / "c.json")
    assert list(tmp_path.iterdir()) == []
