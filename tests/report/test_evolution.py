"""Several models in one table: what evolves, with outward digits, and where the certificates go."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fixtures_networks import random_network

from saturode_verify.activation import Tanh
from saturode_verify.certificate.record import load_certificate
from saturode_verify.job import verify, verify_all
from saturode_verify.network import Layer, Network
from saturode_verify.report.evolution import columns, print_evolution, row


def _scaled(network: Network, factor: float) -> Network:
    """All weights of the last layer times a power of two, as if training had grown them."""
    *hidden, last = network.layers
    return Network((*hidden, Layer(np.array(last.weight) * factor, np.array(last.bias), last.activation)))


def test_norms_scale_with_the_last_layer() -> None:
    """f -> 4 f multiplies C_W, C(U) and sup ||Df|| by 4 and leaves delta alone; a warm start changes no truth."""
    network = random_network(1, [2, 8, 8, 2], Tanh())
    small, large = verify_all([network, _scaled(network, 4.0)], "[-1,1]^2")
    alone = verify(_scaled(network, 4.0), "[-1,1]^2")
    a, b = small["sup_jacobian_norm"].value, large["sup_jacobian_norm"].value
    assert 4 * a.lower <= b.upper and b.lower <= 4 * a.upper
    own = alone["sup_jacobian_norm"].value
    assert max(own.lower, b.lower) <= min(own.upper, b.upper)
    assert small["layer_saturation"].delta.upper == large["layer_saturation"].delta.upper
    ratio = large["global_bound"].bound.upper / small["global_bound"].bound.upper
    assert abs(float(ratio) - 4) < 1e-12


def test_one_row_a_model_and_a_column_per_hidden_layer() -> None:
    deep, flat = random_network(1, [2, 4, 4, 2], Tanh()), random_network(2, [2, 4, 2], Tanh())
    found = verify_all([deep, flat], "[-1,1]^2")
    names = columns(found)
    assert names[:6] == ["model", "C_W <=", "delta_1 <=", "delta_2 <=", "C(U) <=", "sup ||Df||"]
    cells = row(found[1], 2)
    assert len(cells) == len(names) and cells[3] == ""
    low, high = found[1]["sup_jacobian_norm"].value.display(5)
    assert cells[5] == f"[{low}, {high}]"
    stream = io.StringIO()
    print_evolution(found, stream)
    assert len(stream.getvalue().splitlines()) == 3


def _verify(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "saturode_verify.cli", *map(str, arguments), "--box", "[-1,1]^2"]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.fixture
def models(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"epoch{k}.json" for k in (1, 2)]
    for k, path in enumerate(paths):
        path.write_bytes(random_network(k, [2, 6, 2], Tanh()).canonical())
    return paths


def test_checkpoints_on_the_command_line(models: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "certificates"
    folder.mkdir()
    result = _verify(*models, "-o", folder)
    assert result.returncode == 0, result.stderr
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["model", "epoch1.json", "epoch2.json"]
    for path in models:
        assert load_certificate(folder / path.name)["sup_jacobian_norm"].proved


def test_json_of_several_is_an_array(models: list[Path]) -> None:
    result = _verify(*models, "--json")
    assert [entry["model"]["source"] for entry in json.loads(result.stdout)] == ["epoch1.json", "epoch2.json"]


def test_the_status_is_the_gravest(models: list[Path]) -> None:
    assert _verify(*models, "--require", "sup_jacobian_norm <= 1e-9", "--quiet").returncode == 4


@pytest.mark.parametrize(
    ("target", "message"),
    [("file.json", "is no folder, and 2 models make 2 certificates"), ("missing/", "is no folder")],
)
def test_several_models_need_a_folder(models: list[Path], tmp_path: Path, target: str, message: str) -> None:
    result = _verify(*models, "-o", tmp_path / target)
    assert result.returncode == 2
    assert message in result.stderr and len(result.stderr.splitlines()) == 1


def test_models_of_one_name_are_refused(models: list[Path], tmp_path: Path) -> None:
    twin = tmp_path / "twin" / models[0].name
    twin.parent.mkdir()
    twin.write_bytes(models[0].read_bytes())
    result = _verify(models[0], twin, "-o", tmp_path)
    assert result.returncode == 2 and "two models have the same file name" in result.stderr
