"""The benchmark of soundness counts what is wrong, all of it and nothing else, and finds nothing of ours."""

from __future__ import annotations

import importlib
import sys
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from fixtures_networks import reference_jacobian

from saturode_verify.network import Network

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """benchmarks.soundness where no competitor but mpmath is installed."""
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setenv("XLA_FLAGS", "")
    for name in ("ival", "jax", "immrax"):
        monkeypatch.setitem(sys.modules, name, None)
    return importlib.import_module("benchmarks.soundness")


def _claims(points: Any, low: float, high: float) -> Any:
    """An engine that knows Df at the lower corner to half an ulp and claims so many ulps below and above it."""

    def make(network: Network) -> Any:
        def claims(lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            least, most = points.truths(network, lower).entries
            nearest = (least + most) / 2
            return nearest + low * np.spacing(np.abs(nearest)), nearest + high * np.spacing(np.abs(nearest))

        return claims

    return make


def test_wrong_engines_are_caught_wherever_they_are_wrong(bench: ModuleType) -> None:
    points = importlib.import_module("benchmarks.exact_points")
    engines = [
        bench.Engine("nearest float", "entries", "", _claims(points, 0, 0)),
        bench.Engine("two ulps too high", "entries", "", _claims(points, 2, 3)),
        bench.Engine("two ulps too low", "entries", "", _claims(points, -3, -2)),
        bench.Engine("one ulp around", "entries", "", _claims(points, -1, 1)),
        bench.Engine(
            "nothing", "entries", "", lambda network: lambda low, high: (low[:, :1] * np.nan, low[:, :1] * np.nan)
        ),
    ]
    found, count = bench.measure(engines, 240, 0)
    assert count == 440  # one point in the 40 boxes of width 0, two in the others
    for name in ("nearest float", "two ulps too high", "two ulps too low"):
        assert (found[name].boxes, found[name].wrong) == (240, 240), name
        assert set(found[name].by_width.values()) == {40}
    # True on boxes that are points, false on wide ones.
    assert found["one ulp around"].by_width["zero"] == 0
    assert found["one ulp around"].by_width["0.1"] == 40
    assert found["nearest float"].worst > 0 and found["one ulp around"].worst > 1e-6
    assert (found["nothing"].wrong, found["nothing"].unknown) == (0, 240)


def test_an_excess_is_relative_to_the_largest_entry(bench: ModuleType) -> None:
    points = importlib.import_module("benchmarks.exact_points")
    part = points.Sample(
        np.zeros((2, 1)), np.ones((2, 1)), np.array(["zero", "0.1"]), np.zeros((3, 1)), np.array([0, 1, 1])
    )
    truth = np.array([[4.0, 1.0], [4.0, 1.0], [8.0, 1.0]])
    count = bench.Count()
    count.add(np.array([[4.0, 1.0], [4.0, 1.0]]), np.array([[4.0, 1.0], [7.0, 1.0]]), part, (truth, truth))
    assert (count.boxes, count.wrong, count.worst) == (2, 1, 1 / 8)
    assert count.by_width["zero"] == 0 and count.by_width["0.1"] == 1


def test_ours_excludes_nothing_and_absent_engines_are_listed(
    bench: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "CHUNK", 24)  # two chunks for the slow ones, five for each network
    assert bench.main(["--boxes", "480", "--slow", "48"]) == 0
    printed = capsys.readouterr().out
    rows = {line.split("  ")[0]: line.split() for line in printed.splitlines() if "  " in line}
    assert rows["ours"][1:5] == ["bounds", "480", "0", "0.00"]
    assert rows["ours, in balls"][3:7] == ["entries", "48", "0", "0.00"]
    assert printed.count("not installed (pip install crival)") == 1
    assert printed.count("not installed (pip install immrax)") == 2


@pytest.mark.parametrize(("name", "sizes"), [("tanh", [2, 4, 2]), ("sigmoid", [3, 4, 3]), ("silu", [2, 3, 3, 2])])
def test_the_exact_values_are_right(bench: ModuleType, name: str, sizes: list[int]) -> None:
    """Against mpmath: the floats on both sides of every entry, norm and trace by numpy."""
    points = importlib.import_module("benchmarks.exact_points")
    network = points.single_precision_network(name, sizes, 5)
    assert all((layer.weight.astype(np.float32) == layer.weight).all() for layer in network.layers)
    part = points.sample(sizes[0], 12, seed=3)
    assert (part.lower[part.owner] <= part.points).all() and (part.points <= part.upper[part.owner]).all()
    truth = points.truths(network, part.points)
    for k, point in enumerate(part.points.tolist()):
        exact = [entry for row in reference_jacobian(network, [Fraction(x) for x in point]) for entry in row]
        for least, most, entry in zip(truth.entries[0][k], truth.entries[1][k], exact, strict=True):
            assert most <= entry <= least and np.nextafter(most, np.inf) >= least
        matrix = np.array([float(entry) for entry in exact]).reshape(sizes[0], sizes[0])
        eigenvalues = np.linalg.eigvalsh((matrix + matrix.T) / 2)
        expected = [np.linalg.norm(matrix, 2), np.trace(matrix), eigenvalues[-1], eigenvalues[0]]
        assert np.allclose(truth.bounds[0][k][:4], expected, rtol=1e-12, atol=1e-12 * np.abs(matrix).max())
