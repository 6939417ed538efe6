"""`curve_certificate` end to end, and what a reviewer got past it."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import mpmath
import numpy as np
import pytest
from fixtures_networks import cube_stuart_landau
from test_cli import run

import saturode_verify as sv
from saturode_verify.activation import Identity, Tanh
from saturode_verify.certificate.record import load_certificate
from saturode_verify.curves import curve_certificate
from saturode_verify.network import Layer, Network
from saturode_verify.orbit.curve import Curve

SQUARE = "t,x,y\n0,1,0\n1,0,1\n2,-1,0\n3,0,-1\n4,1,0\n"


@pytest.fixture
def square(tmp_path: Path) -> Path:
    path = tmp_path / "square.csv"
    path.write_text(SQUARE)
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "cubes.json"
    path.write_bytes(cube_stuart_landau().canonical())
    return path


def test_a_square_by_hand(square: Path) -> None:
    """div 3f = 3 (2 - 4 r^2). On the edge from (1,0) to (0,1), r^2 = (1-u)^2 + u^2 has the mean 2/3: the integral over
    the four edges is 4 * 3 (2 - 8/3) = -8, whatever the field does there.
    """
    certificate = curve_certificate(cube_stuart_landau(), square, interpolation="linear")
    claim = certificate["curve_determinant"]
    assert certificate.proved and -8 in claim.log_det
    with mpmath.mp.workdps(40):
        low, high = (mpmath.mpf(end.numerator) / end.denominator for end in (claim.det.lower, claim.det.upper))
        assert low <= mpmath.exp(-8) <= high and high - low < mpmath.mpf(10) ** -18
    assert "not claimed to be an orbit" in claim.statement
    assert "no periodic orbit is asserted to exist" in certificate.scope
    assert [(float(s.lower), float(s.upper)) for s in certificate.region[0]] == [(-1, 1), (-1, 1)]


def test_tied_layers_are_the_same_as_copies() -> None:
    """The trace was once taken at the first of two identical layers: a false claim with the right hash."""
    weight, bias = np.array([[1.0, 2.0], [-1.0, 0.5]]), np.array([0.3, -0.2])
    hidden = Layer(weight, bias, Tanh())
    last = Layer(np.array([[1.0, -1.0], [2.0, 1.0]]), np.zeros(2), Identity())
    tied, copied = Network((hidden, hidden, last)), Network((hidden, Layer(weight, bias, Tanh()), last))
    first, second = (curve_certificate(n, "stuart-landau", digits=8)["curve_determinant"] for n in (tied, copied))
    assert tied.sha256 == copied.sha256 and first.det == second.det
    bounds = [sv.verify(n, "[-1,1]^2", rtol="0.1")["sup_jacobian_norm"].value for n in (tied, copied)]
    assert bounds[0] == bounds[1]


def test_a_determinant_too_small_to_be_written_is_undecided() -> None:
    """div = -5 10^4 over T = 4: log det = -2 10^5 is enclosed, e^-200000 is below 2^-2^16."""
    fast = Network((Layer(np.diag([-2.5e4, -2.5e4]), np.zeros(2), Identity()),))
    rows = tuple((Fraction(x), Fraction(y)) for x, y in ((1, 0), (0, 1), (1, 0)))
    claim = curve_certificate(fast, Curve((Fraction(0), Fraction(1), Fraction(4)), rows, "linear"))["curve_determinant"]
    assert claim.status == "undecided" and "too small or too large" in claim.reason
    assert -200000 in claim.log_det


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('0,"1\n2",0\n1,3,4\n2,12,0\n', "column 2"),
        ('0,"1"2,0\n1,3,4\n2,12,0\n', "cannot be read"),
        ("0,1,0\n,,\n1,0,1\n2,1,0\n", "line 2"),
        ("N/A,N/A,N/A\n0,1,0\n1,0,1\n2,1,0\n", "line 1"),
        ("0,1,0\n1,0,1\n", "not closed"),
    ],
)
def test_cells_are_never_guessed(tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "c.csv"
    path.write_text(text)
    with pytest.raises(sv.UnusableInput) as caught:
        curve_certificate(cube_stuart_landau(), path)
    assert word in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("curve", "options", "word"),
    [
        ("stuart-landau", {"period": 5}, "period of this curve is known"),
        (5, {}, "no curve"),
        ("a\0b", {}, "no curve"),
        ("stuart-landau", {"digits": "16"}, "digits"),
        ("stuart-landau", {"digits": True}, "digits"),
    ],
)
def test_bad_input_is_one_line(curve: object, options: dict, word: str) -> None:
    with pytest.raises(sv.UnusableInput) as caught:
        curve_certificate(cube_stuart_landau(), curve, **options)  # type: ignore[arg-type]
    assert word in str(caught.value)


def test_curves_that_are_not_closed_cannot_be_made() -> None:
    zero, one = Fraction(0), Fraction(1)
    for times, states in (((zero, one), ((zero, zero), (one, zero))), ((one, zero), ((zero, zero), (zero, zero)))):
        with pytest.raises(ValueError, match="curve"):
            Curve(times, states, "linear")
    with pytest.raises(ValueError, match="interpolation"):
        Curve((zero, one), ((zero,), (zero,)), "quartic")


def test_from_the_command_line(model: Path, square: Path, tmp_path: Path) -> None:
    result = run("orbit", model, "--curve", square, "--interpolation", "linear", "-o", tmp_path / "c.json")
    assert result.returncode == 0 and result.stderr == ""
    assert result.stdout.startswith("PROVED: 1 of 1 determinants along a curve, 2-8-2 power network")
    assert load_certificate(tmp_path / "c.json")["curve_determinant"].interpolation == "linear"


@pytest.mark.skipif(os.name != "posix", reason="file names that are no text")
def test_a_file_name_that_is_no_text(model: Path, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/bad\xff.csv"
    with open(path, "w") as stream:
        stream.write(SQUARE)
    result = run("orbit", model, "--curve", os.fsdecode(path), "-o", tmp_path / "c.json", "--quiet")
    assert result.returncode == 0, result.stderr
    assert load_certificate(tmp_path / "c.json")["curve_determinant"].proved


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--near", "1e400,0"], "out of reach"),
        (["--near", "1,0", "--box", "[-1,1]^2"], "give one of them"),
        (["--near", "1,0", "--all"], "--all needs --box"),
        (["--box", "[-1,1]^2", "--box", "[1,2]^2"], "2 boxes"),
        (["--curve", "nothing.csv"], "cannot be read"),
        (["--curve", "stuart-landau", "--near", "1,0"], "no search"),
        (["--near", "1,0", "--period", "6"], "--period needs --curve"),
        (["--near", "1,0", "--json", "--quiet"], "contradict"),
        (["--near", "1,0", "-o", "/nowhere/c.json"], "cannot write"),
    ],
)
def test_the_orbit_command_refuses_in_one_line(model: Path, arguments: list[str], word: str) -> None:
    result = run("orbit", model, *arguments)
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr.startswith("verify: error: ") and word in result.stderr and result.stderr.count("\n") == 1


def test_a_box_as_large_as_binary64(model: Path) -> None:
    """The bounds' outward rounding once met numbers beyond the range of floats."""
    result = run(model, "--box", "[-1e308,1e308]^2", "--time-limit", "1", "--quiet")
    assert result.returncode == 3 and result.stderr == ""
