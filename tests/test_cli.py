"""The command line as a user meets it: exit statuses, one-line errors, what goes to which stream."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fixtures_networks import cube_stuart_landau, random_network

from saturode_verify.activation import Tanh
from saturode_verify.certificate.record import load_certificate

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "stuart-landau-tanh.pt"


def run(*arguments: object, **more: object) -> subprocess.CompletedProcess[str]:
    """``verify ARGUMENTS`` in a fresh process."""
    command = [sys.executable, "-m", "saturode_verify.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **more)  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def cubes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "cubes.json"
    path.write_bytes(cube_stuart_landau().canonical())
    return path


def test_the_main_job_on_the_shipped_model(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    result = run(EXAMPLE, "--box", "[-1.6,1.6]^2", "-o", tmp_path / "c.json")
    assert result.returncode == 0 and result.stderr == ""
    assert result.stdout.startswith("PROVED: ") and "2-32-2 tanh network on [-1.6,1.6]^2" in result.stdout
    certificate = load_certificate(tmp_path / "c.json")
    assert certificate.model["source"] == "stuart-landau-tanh.pt"
    norm = certificate["sup_jacobian_norm"].value
    assert norm.upper is not None and norm.upper - norm.lower <= norm.lower / 100


def test_json_is_the_certificate_and_nothing_else(cubes: Path) -> None:
    result = run(cubes, "--box", "[-1,1]^2", "--rtol", "0.2", "--json")
    document = json.loads(result.stdout)
    assert result.returncode == 0 and document["format"] == "saturode-certificate"
    assert document["settings"]["rtol"] == "1/5"


def test_quiet_prints_nothing(cubes: Path, tmp_path: Path) -> None:
    result = run(cubes, "--box", "[-1,1]^2", "--rtol", "0.2", "--quiet", "-o", tmp_path / "c.json")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert load_certificate(tmp_path / "c.json").exit_status == 0


@pytest.mark.parametrize(
    ("requirement", "status", "word"),
    [
        ("sup_divergence < 7", 0, "PROVED"),
        ("sup_divergence < 5", 4, "REFUTED"),
        ("sup_divergence <= 6", 3, "UNDECIDED"),
    ],
)
def test_exit_statuses_of_requirements(cubes: Path, requirement: str, status: int, word: str) -> None:
    """sup div = 6 exactly, attained at the origin: "<= 6" is true but no finite subdivision need decide it."""
    result = run(cubes, "--box", "[-1,1]^2", "--rtol", "0.2", "--time-limit", "2", "--require", requirement)
    assert result.returncode == status
    assert result.stdout.startswith(word)
    assert (f"witness against {requirement}" in result.stdout) == (status == 4)


def test_a_time_limit_prints_and_writes_what_was_proved(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_bytes(random_network(1, [4, 24, 24, 4], Tanh()).canonical())
    result = run(path, "--box", "[-3,3]^4", "--rtol", "0.0001", "--time-limit", "1", "-o", tmp_path / "c.json")
    assert result.returncode == 3
    assert "the time limit was reached" in result.stdout
    value = load_certificate(tmp_path / "c.json")["sup_jacobian_norm"].value
    assert value.upper is not None and 0 < value.lower <= value.upper


def test_ctrl_c_writes_what_was_proved(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_bytes(random_network(1, [4, 24, 24, 4], Tanh()).canonical())
    command = [sys.executable, "-m", "saturode_verify.cli", str(path), "--box", "[-3,3]^4", "--rtol", "0.0001",
               "-o", str(tmp_path / "c.json")]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert output.startswith("INTERRUPTED")
    certificate = load_certificate(tmp_path / "c.json")
    assert certificate.environment["interrupted"] is True
    assert certificate["sup_jacobian_norm"].value.upper is not None


BOX = ("--box", "[-1,1]^2")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("none.pt", *BOX), "there is no file none.pt; "),
        (("CUBES",), "no region was given; add --box"),
        (("CUBES", "--box", "[-1,1]"), "dimension 1 but the model has 2"),
        (("CUBES", "--box", "[1,-1]^2"), "is reversed"),
        (("CUBES", "--box", "[]"), "cannot read the box"),
        (("CUBES", "--box", "[0,inf]^2"), "'inf' is no finite number"),
        (("CUBES", "--box", "[0,nan]^2"), "'nan' is no finite number"),
        (("CUBES", "--box", "box.json"), "neither a box nor a file"),
        (("CUBES", *BOX, "--rtol", "2"), "--rtol must lie strictly between 0 and 1"),
        (("CUBES", *BOX, "--eta", "1"), "--eta needs --period"),
        (("CUBES", *BOX, "--period", "0"), "--period must be positive"),
        (("CUBES", *BOX, "--period", "[1,2]^2"), "--period has 2 intervals"),
        (("CUBES", *BOX, "--period", "1e60000"), "--period: a number with more than 1200 digits"),
        (("CUBES", "--box", "[0,1e-5000]^2"), "a box side: a number with more than 1200 digits"),
        (("CUBES", *BOX, "--json", "--quiet"), "contradict each other"),
        (("CUBES", *BOX, "--activation", "tanh"), "is contradictory: the exact model"),
        (("CUBES", *BOX, "--precision", "x"), "--precision"),
        (("CUBES", *BOX, "--frobnicate"), "No such option"),
        (("CUBES", *BOX, "-o", "/nowhere/c.json"), "cannot write /nowhere/c.json"),
        (("CUBES", *BOX, "--require", "speed < 3"), "unknown quantity 'speed'"),
        (("table", "none.json"), "cannot read none.json"),
        (("table", "CUBES"), "is no saturode certificate"),
        (("export", "CUBES"), "Missing option '-o'"),
        (("train", "lorenz", "-o", "x.pt"), "no benchmark field 'lorenz'"),
        (("train", "stuart-landau", "--hidden", "0", "-o", "x.pt"), "hidden widths 0"),
        (("train", "stuart-landau", "--hidden", "a", "-o", "x.pt"), "cannot read the hidden widths"),
    ],
)
def test_unusable_input_is_one_line_with_status_2(
    arguments: tuple[str, ...], message: str, cubes: Path, tmp_path: Path
) -> None:
    result = run(*(str(cubes) if a == "CUBES" else a for a in arguments), cwd=tmp_path)
    assert result.returncode == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("verify: error: ") and message in line and "; " in line
    assert list(tmp_path.iterdir()) == []


def test_a_device_is_written_to_not_replaced(cubes: Path) -> None:
    assert run(cubes, *BOX, "--rtol", "0.2", "--quiet", "-o", "/dev/null").returncode == 0
    assert Path("/dev/null").is_char_device()
    result = run(cubes, *BOX, "--rtol", "0.2", "--quiet", "-o", "/dev/stdout")
    assert json.loads(result.stdout)["format"] == "saturode-certificate"


def test_a_file_name_that_is_no_text(cubes: Path, tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/m\xff.json"
    Path(os.fsdecode(odd)).write_bytes(cubes.read_bytes())
    result = run(os.fsdecode(odd), *BOX, "--rtol", "0.2", "-o", tmp_path / "c.json")
    assert result.returncode == 0, result.stderr
    assert load_certificate(tmp_path / "c.json").model["source"] == "m?.json"


def test_a_full_disk_is_one_line(cubes: Path) -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "saturode_verify.cli", str(cubes), *BOX, "--rtol", "0.2"]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert result.returncode == 2
    assert result.stderr.startswith("verify: error: ") and "Traceback" not in result.stderr


def test_export_and_table(cubes: Path, tmp_path: Path) -> None:
    assert run("export", cubes, "-o", tmp_path / "m.json").returncode == 0
    assert (tmp_path / "m.json").read_bytes() == cubes.read_bytes()
    run(tmp_path / "m.json", *BOX, "--rtol", "0.2", "-o", tmp_path / "c.json")
    result = run("table", tmp_path / "c.json", tmp_path / "c.json")
    assert result.returncode == 0 and result.stdout.count(r"\midrule") == 2
    run("table", tmp_path / "c.json", "-o", tmp_path / "t.tex")
    assert r"\toprule" in (tmp_path / "t.tex").read_text()


def test_supports_lists_the_contract(tmp_path: Path) -> None:
    output = run("supports").stdout
    for name in ("arctan", "elu", "gelu", "leaky_relu", "power", "softplus", "BatchNorm1d", "Sequential", "exact JSON"):
        assert name in output


def test_help_names_every_action_quickly() -> None:
    """The limit of 0.3 s is for a quiet machine (measured 0.06 s); what makes it slow would be a heavy import."""
    result = run("--help")
    for word in ("--box", "--require", "export", "table", "train", "supports", "Exit status"):
        assert word in result.stdout
    code = (
        "import sys\nsys.argv = ['verify', '--help']\nfrom saturode_verify.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'numpy', 'flint', 'sympy', 'matplotlib', 'rich', 'mpmath'} & set(sys.modules)\n"
        "sys.exit(1 if heavy else 0)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_no_colour_and_no_progress_outside_a_terminal(cubes: Path) -> None:
    result = run(cubes, *BOX, "--rtol", "0.2", env={**os.environ, "FORCE_COLOR": "", "TERM": "xterm"})
    assert "\x1b" not in result.stdout and result.stderr == ""
