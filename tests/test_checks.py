"""`verify check` and `sv.check`: the way to the independent checker."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fixtures_networks import cube_stuart_landau, linear_centre
from test_cli import run

import saturode_verify as sv


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(certificate, model) of the cube network's cycle."""
    folder = tmp_path_factory.mktemp("checks")
    (folder / "cubes.json").write_bytes(cube_stuart_landau().canonical())
    sv.prove_orbit(cube_stuart_landau(), near=[1, 0]).save(folder / "c.json")
    return folder / "c.json", folder / "cubes.json"


def test_a_certificate_is_confirmed(made: tuple[Path, Path]) -> None:
    report = sv.check(made[0], cube_stuart_landau())
    assert report.accepted and report.claims[0].name == "periodic_orbit" and report.claims[0].outcome == "confirmed"
    result = run("check", made[0], "--model", made[1])
    assert result.returncode == 0 and result.stdout.startswith("ACCEPTED: ") and result.stderr == ""
    assert "confirmed: claim 0 periodic_orbit" in result.stdout


def test_a_false_claim_is_rejected(made: tuple[Path, Path], tmp_path: Path) -> None:
    """The bound of the norm halved, with the hash made to fit."""
    certificate = sv.load_certificate(made[0])
    norm = certificate["sup_jacobian_norm"]
    norm.values["value"] = type(norm.value)(norm.value.lower / 2, norm.value.lower * 3 / 4)
    certificate.save(tmp_path / "false.json")
    report = sv.check(tmp_path / "false.json", cube_stuart_landau())
    assert not report.accepted and report.first_failure is not None
    assert report.first_failure.name == "sup_jacobian_norm"
    result = run("check", tmp_path / "false.json", "--model", made[1], "--quiet")
    assert result.returncode == 5 and result.stdout == "" and result.stderr == ""


def test_what_cannot_be_checked_is_one_line(made: tuple[Path, Path], tmp_path: Path) -> None:
    text = made[0].read_text()
    (tmp_path / "cut.json").write_text(text[:-200])
    document = json.loads(text)
    document["scope"] = "everything"
    (tmp_path / "altered.json").write_text(json.dumps(document))
    for name in ("cut.json", "altered.json", "missing.json"):
        result = run("check", tmp_path / name, "--model", made[1])
        assert result.returncode in (2, 5) and result.stdout == ""
        assert result.stderr.startswith("verify: error: ") and result.stderr.count("\n") == 1
    with pytest.raises(sv.UnusableInput, match="another model"):
        sv.check(made[0], linear_centre())


def test_a_zero_byte_in_the_name() -> None:
    with pytest.raises(sv.UnusableInput, match="no file name"):
        sv.check("c\0.json", cube_stuart_landau())
