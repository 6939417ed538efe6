"""The benchmark runs where no competitor is installed. What it measures is nobody's promise: no figure is checked."""

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def region(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """benchmarks.region in an environment without crival, jax and immrax."""
    pytest.importorskip("torch", reason="the examples are torch files")
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setenv("XLA_FLAGS", "")
    for name in ("ival", "jax", "immrax"):
        monkeypatch.setitem(sys.modules, name, None)
    return importlib.import_module("benchmarks.region")


def test_quick_run_without_competitors(region: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert region.main(["--quick", "--only", "stuart-landau-tanh"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("not installed (pip install crival)") == 3
    assert printed.count("not installed (pip install immrax)") == 3
    # The region's corners have the largest norm, and the small network needs about a hundred boxes.
    assert re.search(r"ours, all five +[\d.]+ +\d+ +[\d.]+ +\d+\n", printed)
    assert "rigour costs a factor of" in printed


def test_no_model_of_that_name(region: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert region.main(["--only", "no such model"]) == 1
    assert "no model" in capsys.readouterr().err
