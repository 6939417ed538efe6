"""The comparison with CAPD: what it asks of CAPD is right, and it runs without CAPD. No measured figure is checked."""

import importlib
import json
import math
import sys
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from fixtures_networks import cube_stuart_landau, random_network, reference_field, reference_jacobian

from saturode_verify import load
from saturode_verify.activation import GELU, Activation, Arctan, Power, Sigmoid, SiLU, Sin, Softplus, Tanh
from saturode_verify.network import Layer, Network

ROOT = Path(__file__).parent.parent.parent
TABLES = ROOT / "tests" / "tables"
SMALL = TABLES / "stuart-landau-tanh-8.json"
ACTIVATIONS = [Tanh(), Sigmoid(), SiLU(), Softplus(), Sin(), Arctan(), Power(exponent=3), Tanh(slope=Fraction(1, 2))]


def bench(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT))
    return importlib.import_module(f"benchmarks.{name}")


@pytest.fixture
def orbit(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """benchmarks.orbit in an environment without CAPD."""
    monkeypatch.setitem(sys.modules, "capdpy", None)
    return bench("orbit", monkeypatch)


def test_run_without_capd(orbit: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert orbit.main(["--rounds", "1", str(SMALL)]) == 0
    printed = capsys.readouterr().out
    assert printed.count("not installed (pip install uj-capdpy)") == 2
    assert "stuart-landau-tanh-8" in printed and "1.00" in printed


@pytest.mark.parametrize(("name", "said"), [("stranger.json", "give --near"), ("absent.pt", "no such file")])
def test_no_start_or_no_file(
    orbit: ModuleType, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, said: str
) -> None:
    (tmp_path / "stranger.json").write_bytes(SMALL.read_bytes())
    assert orbit.main([str(tmp_path / name)]) == 1
    assert said in capsys.readouterr().err


def test_capd_has_a_time_limit(orbit: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orbit, "find_spec", lambda name: name)
    proofs = orbit.capd(orbit.Task(SMALL, "1,0", 16, 0.001))
    assert [proof.failure for proof in proofs] == ["no result in 0 s"] * 2


def test_reading_what_capd_proved(orbit: ModuleType) -> None:
    """[2, 3] has relative width 1/2; an integral in [0, 1] means a determinant in [1, e]."""
    found = {
        "period": ["0x1p+0", "0x1.8p+0"],
        "return_det": ["0x1p+1", "0x1.8p+1"],
        "log_det": ["0x0p+0", "0x1p+0"],
        "seconds": {"setup": 1.0, "search": 2.0, "existence": 4.0, "derivative": 8.0, "log_det": 16.0},
    }
    derivative, integral = orbit.read_capd(found)
    assert (derivative.seconds, derivative.setup, derivative.det) == (14.0, 1.0, Fraction(1, 2))
    assert (integral.seconds, integral.period) == (22.0, Fraction(1, 2))
    assert float(integral.det) == math.e - 1
    assert orbit.relative_width(Fraction(-1), Fraction(1)) is None


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda a: f"{a.name}-{a.slope}")
def test_capd_gets_the_right_field(activation: Activation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The formula, read by Python, has the values of f and, as its last entry, of div f."""
    network = random_network(1, [2, 3, 4, 2], activation)
    formula = bench("capd_peer", monkeypatch).Formula(network, with_divergence=True)
    point = [Fraction(1, 4), Fraction(-3, 8)]
    names = {"x0": 0.25, "x1": -0.375, "z": math.nan, **{f"p{k}": v for k, v in enumerate(formula.values)}}
    names |= {"exp": math.exp, "log": math.log, "sin": math.sin, "cos": math.cos, "atan": math.atan}
    _, _, outputs, rest = formula.text.split(";")
    values = [eval(entry, {"__builtins__": {}}, names) for entry in outputs.removeprefix("fun:").split(",")]
    jacobian = reference_jacobian(network, point)
    expected = [*reference_field(network, point), jacobian[0][0] + jacobian[1][1]]
    assert rest == ""
    assert values == pytest.approx([float(x) for x in expected], rel=1e-12)


def test_what_capd_cannot_express(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its parser has no erf."""
    with pytest.raises(ValueError, match="gelu"):
        bench("capd_peer", monkeypatch).Formula(random_network(1, [2, 3, 2], GELU()))


def test_float_search_for_capd(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cube network's cycle is r = 1: it meets y = 0, upwards, at x = 1."""
    section, found = bench("return_map", monkeypatch).find_orbit(cube_stuart_landau(), [0.8, 0.0])
    assert section == (1, 0.0, True)
    assert np.abs(found - 1).max() < 1e-8


def test_float_search_from_afar(monkeypatch: pytest.MonkeyPatch) -> None:
    """The section x = 1.25 does not meet the cycle; the trajectory from there leads to it."""
    (axis, level, _), found = bench("return_map", monkeypatch).find_orbit(cube_stuart_landau(), [1.25, 0.01])
    assert np.hypot(level, found[0]) == pytest.approx(1, abs=1e-8)
    assert axis in (0, 1)


def test_float_search_without_an_orbit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turned backwards in time the field sends everything inside the cycle to the origin."""
    first, last = cube_stuart_landau().layers
    backwards = Network((first, Layer(-last.weight, last.bias, last.activation)))
    search = bench("return_map", monkeypatch)
    monkeypatch.setattr(search, "_LONGEST", 1000)
    monkeypatch.setattr(search, "_WHILE", 1000)
    with pytest.raises(ValueError, match="no periodic orbit"):
        search.find_orbit(backwards, [0.1, 0.0])


def test_capd_itself_gives_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where CAPD is installed: two proofs of one orbit overlap, whatever its version."""
    pytest.importorskip("capdpy")
    found = bench("capd_peer", monkeypatch).prove(load(SMALL), [1.0, 0.0])
    table = json.loads((TABLES / "capd_orbits.json").read_text())["stuart-landau-tanh-8"]
    for ours, theirs in ((found.period, table["period"]), (found.return_det, table["multiplier"])):
        (low, high), (least, most) = (map(float.fromhex, ends) for ends in (ours, theirs))
        assert low <= most and least <= high
