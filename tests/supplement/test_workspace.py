"""A run's folder: what was made is used again exactly if the model and the question are the same."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from fixtures_networks import random_network

import saturode_verify as sv
from saturode_verify.activation import Tanh
from saturode_verify.errors import UnusableInput
from saturode_verify.paper.fields import find_field
from saturode_verify.supplement import adaptive, build, converse, dimension_four, fields_table, homoclinic
from saturode_verify.supplement.checking import checked
from saturode_verify.supplement.checkpoints import STEPS
from saturode_verify.supplement.content import Section, Table, claimed, interval, source
from saturode_verify.supplement.illustration_1 import needed_shift
from saturode_verify.supplement.trained import checkpoints
from saturode_verify.supplement.trained import trained as trained_network
from saturode_verify.supplement.variants import bias_shifted, faster, scaled, shifted
from saturode_verify.supplement.workspace import SHIPPED, Workspace

NETWORK = random_network(3, [2, 5, 2], Tanh())
BOX = sv.Box("[-1,1]^2")


def _work(folder: Path, said: list[str]) -> Workspace:
    return Workspace(folder, quick=False, report=said.append)


def test_certificates_are_made_once(tmp_path: Path) -> None:
    said: list[str] = []
    first = _work(tmp_path, said)
    made = first.region("one", first.derived("net", NETWORK), BOX, rtol="0.2")
    again = _work(tmp_path, said)
    assert again.region("one", again.derived("net", NETWORK), BOX, rtol="0.2").sha256 == made.sha256
    assert said == ["certificate one"]
    again.region("one", again.derived("net", NETWORK), BOX, rtol="0.1")
    other = scaled(NETWORK, Fraction(2))
    assert again.region("one", again.derived("net", other), BOX, rtol="0.1").model["sha256"] == other.sha256
    assert said == ["certificate one"] * 3
    assert [entry.model for entry in again.entries] == ["net"] * 3


def test_a_damaged_folder_says_so(tmp_path: Path) -> None:
    (tmp_path / "recipes.json").write_text("{")
    with pytest.raises(UnusableInput, match="damaged"):
        _work(tmp_path, [])
    (tmp_path / "checks.json").write_text("[]")
    with pytest.raises(UnusableInput, match="damaged"):
        checked(tmp_path, [], 1, 1, lambda _: None)
    (tmp_path / "file").write_text("")
    with pytest.raises(UnusableInput, match="cannot write"):
        _work(tmp_path / "file", [])


def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    """A model that was trained is not trained again; one that was not is asked for."""
    work = _work(tmp_path, [])
    work.trained("net", lambda: NETWORK)

    def refuse() -> sv.Network:
        raise AssertionError("trained twice")

    assert _work(tmp_path, []).trained("net", refuse).sha256 == NETWORK.sha256


def test_the_needed_shift_is_enough_and_no_more() -> None:
    certificate = sv.verify(NETWORK, BOX, rtol="0.2")
    shift = needed_shift(certificate)
    low = shifted(NETWORK, shift + Fraction(1, 512)).layers[0]
    corners = np.array([[a, b] for a in (-1.0, 1.0) for b in (-1.0, 1.0)])
    least = (corners @ low.weight.T + low.bias).min()
    assert 0 < least < 0.005


def test_scaling_by_powers_of_two_is_exact() -> None:
    scale, x = Fraction(8), np.array([0.3, -0.7])
    before, after = NETWORK.layers[0], scaled(NETWORK, scale).layers[0]
    assert (after.weight == 8 * before.weight).all()
    assert (after.bias == 8 * before.bias).all()
    slow, fast = NETWORK.layers[-1], faster(NETWORK, Fraction(1, 4)).layers[-1]
    assert (fast.weight @ x[[0, 1, 0, 1, 0]] == slow.weight @ x[[0, 1, 0, 1, 0]] / 4).all()


def test_the_bias_shifted_network_is_saturated_and_fits() -> None:
    field = find_field("stuart-landau")
    network = bias_shifted(field, 64, 0.5, 1)
    corners = np.array([[a, b] for a in (-1.6, 1.6) for b in (-1.6, 1.6)])
    first, last = network.layers
    assert (corners @ first.weight.T + first.bias).min() > 0.5 - 1e-12
    angle = np.linspace(0, 2 * np.pi, 50)
    states = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    values = np.tanh(states @ first.weight.T + first.bias) @ last.weight.T + last.bias
    assert np.abs(values - field.right_hand_side(states)).max() < 0.05


def _tiny(work: Workspace) -> Section:
    network = work.derived("net", NETWORK)
    certificate = work.region("tiny", network, BOX, rtol="0.2")
    cell = interval(claimed(certificate, "sup_jacobian_norm", "value"))
    return Section(
        "Tiny", "Text.", [Table("tiny", "A table.", ("value", "certificate"), [[cell, source(certificate)]])]
    )


def test_a_whole_small_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Certificates are re-proved, and every hash of a table leads to the list."""
    monkeypatch.setattr(build, "EXPERIMENTS", (_tiny,))
    made = build.build(tmp_path, quick=False, workers=1, report=lambda _: None)
    assert (made.certificates, made.checked, made.unaccepted) == (1, 1, [])
    text, table = (tmp_path / "supplement.tex").read_text(), (tmp_path / "tables" / "tiny.tex").read_text()
    short = sv.load_certificate(tmp_path / "certificates" / "tiny.json").sha256[:8]
    assert rf"\hash{{{short}}}" in table
    assert rf"\label{{cert:{short}}}" in text
    assert "accepted" in text
    assert "Yorke" in (tmp_path / "references.bib").read_text()
    if made.pdf is not None:
        assert made.pdf.read_bytes().startswith(b"%PDF")
        assert "undefined" not in (tmp_path / "supplement.log").read_text(errors="replace").split("Rerun")[-1]


def test_a_quick_run_leaves_the_checker_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "EXPERIMENTS", (_tiny,))
    made = build.build(tmp_path, quick=True, workers=1, report=lambda _: None)
    assert (made.certificates, made.checked, made.unaccepted) == (1, 0, [])
    assert "not run" in (tmp_path / "supplement.tex").read_text()
    assert not (tmp_path / "report.html").exists()
    monkeypatch.setattr(build, "SHOWN", ("tiny",))
    build.build(tmp_path, quick=True, workers=1, report=lambda _: None)
    assert "<svg" in (tmp_path / "report.html").read_text()


def test_a_quick_run_trains_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every model that an experiment asks for comes with the package."""
    asked: set[str] = set()
    original = Workspace.trained

    def trained(self: Workspace, name: str, make: Callable[[], sv.Network]) -> sv.Network:
        asked.add(name)
        assert (SHIPPED / f"{name}.json").is_file(), name
        return original(self, name, make)

    monkeypatch.setattr(Workspace, "trained", trained)
    work = Workspace(tmp_path, quick=True, report=lambda _: None)
    for case in fields_table.CASES:
        options = {"match": case[3]} if case[3] != "derivatives" else {}
        trained_network(work, *case[:3], **options)
    for beta in adaptive.BETAS:
        trained_network(work, adaptive.FIELD, adaptive.HIDDEN, "tanh-beta", beta=beta)
    for current in homoclinic.CURRENTS:
        trained_network(work, homoclinic.near(current), homoclinic.HIDDEN, "tanh")
    for field, activation in converse.CASES:
        trained_network(work, field, converse.HIDDEN, activation)
    trained_network(work, dimension_four.SPIRAL, (48, 48), "tanh")
    trained_network(work, "hodgkin-huxley", (64, 64), "tanh")
    assert len(checkpoints(work, "stuart-landau", (32, 32), "tanh", STEPS)) == len(STEPS)
    assert len(asked) == 30


def test_the_shipped_network_of_illustration_1_is_the_example() -> None:
    """`verify train stuart-landau --hidden 32 --seed 0` made both."""
    pytest.importorskip("torch")
    example = sv.load("examples/stuart-landau-tanh.pt")
    assert sv.load(str(SHIPPED / "stuart-landau-tanh-32.json")).sha256 == example.sha256


def test_checkpoints_of_one_training(tmp_path: Path) -> None:
    """A killed run that lacks one of them trains again, and finds the same."""
    pytest.importorskip("torch")
    work = _work(tmp_path, [])
    options = {"adam_steps": 20, "lbfgs_steps": 0}
    first = checkpoints(work, "stuart-landau", (4,), "tanh", (10, 20), **options)
    work.model_path("stuart-landau-tanh-4-20-0-step000010").unlink()
    again = checkpoints(work, "stuart-landau", (4,), "tanh", (10, 20), **options)
    assert [(step, network.sha256) for step, network in again] == [(step, network.sha256) for step, network in first]
    assert first[0][1].sha256 != first[1][1].sha256
