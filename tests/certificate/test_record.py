"""Certificates as files: round trip, strict reading, atomic writing."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from fixtures_networks import cube_stuart_landau

from saturode_verify.certificate.record import MAX_BYTES, Certificate, load_certificate
from saturode_verify.errors import UnusableInput
from saturode_verify.job import verify
from saturode_verify.output import check_writable
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


def _forged(certificate: Certificate, edit: Callable[[dict[str, Any]], object]) -> str:
    """The certificate's text after ``edit``, with a hash that fits."""
    document = json.loads(certificate.to_json())
    edit(document)
    body = {key: value for key, value in document.items() if key not in ("environment", "sha256")}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    document["sha256"] = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return json.dumps(document)


def _claims(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(claim for claim in document["claims"] if claim["name"] == name)


MALFORMED: dict[str, Callable[[dict[str, Any]], object]] = {
    "surrogate": lambda d: d.update(scope="\ud800"),
    "surrogate outside the hash": lambda d: d["environment"].update(host="\ud800"),
    "unknown claim": lambda d: d["claims"][0].update(name="foo"),
    "unhashable name": lambda d: d["claims"][0].update(name=[]),
    "box 99": lambda d: d["claims"][0].update(on=99),
    "model list": lambda d: d.update(model=[]),
    "model without source": lambda d: d["model"].pop("source"),
    "no region": lambda d: d.update(region=[]),
    "unbounded side": lambda d: d["region"][0][0].update(upper=None, display=["-1", "inf"]),
    "no claims": lambda d: d.update(claims=None),
    "text bound": lambda d: _claims(d, "global_bound").update(bound="7"),
    "missing bound": lambda d: _claims(d, "theorem_1").pop("bound"),
    "number expression": lambda d: _claims(d, "require").update(expression=7),
    "inf without sup": lambda d: _claims(d, "divergence").pop("sup"),
    "true as a layer": lambda d: _claims(d, "layer_saturation").update(layer=True),
    "display": lambda d: _claims(d, "sup_jacobian_norm")["value"].update(display=["0", "1"]),
    "reversed": lambda d: _claims(d, "sup_jacobian_norm")["value"].update(lower="99"),
    "version true": lambda d: d.update(version=True),
    "float": lambda d: d["environment"].update(elapsed=1.5),
    "witness": lambda d: d.update(witness="leaf"),
    "status": lambda d: d["claims"][0].update(status=["proved"]),
    "hypotheses": lambda d: d["claims"][0].update(hypotheses="all"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_certificate_with_a_fitting_hash_is_refused(
    name: str, certificate: Certificate, tmp_path: Path
) -> None:
    with pytest.raises(UnusableInput) as caught:
        load_certificate(_write(tmp_path, _forged(certificate, MALFORMED[name])))
    assert "bad.json" in str(caught.value) and "\n" not in str(caught.value)


def test_a_forged_text_without_a_change_is_read(certificate: Certificate, tmp_path: Path) -> None:
    again = load_certificate(_write(tmp_path, _forged(certificate, lambda d: None)))
    assert again.document() == certificate.document()


def test_a_key_that_stands_twice_is_refused(certificate: Certificate, tmp_path: Path) -> None:
    text = certificate.to_json().replace('"scope": ', '"scope": "", "scope": ', 1)
    with pytest.raises(UnusableInput, match="a key stands twice"):
        load_certificate(_write(tmp_path, text))


def test_devices_are_written_to_and_links_kept(certificate: Certificate, tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link.json"
    link.symlink_to(tmp_path / "real.json")
    certificate.save(link)
    assert link.is_symlink() and load_certificate(tmp_path / "real.json").sha256 == certificate.sha256
    os.mkfifo(pipe)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()), daemon=True)
    reader.start()
    check_writable(pipe)
    certificate.save(pipe)
    reader.join(10)
    assert stat.S_ISFIFO(pipe.stat().st_mode) and received == [certificate.to_json().encode()]


def test_writing_to_a_missing_folder_leaves_nothing(certificate: Certificate, tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="cannot write"):
        certificate.save(tmp_path / "no" / "c.json")
    assert list(tmp_path.iterdir()) == []


def test_an_endless_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    """/dev/zero would fill the memory."""
    big = tmp_path / "big.json"
    with big.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    with pytest.raises(UnusableInput, match="more than"):
        load_certificate(big)
