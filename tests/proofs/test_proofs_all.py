"""Every file of proofs/ proves what it says, and is linked from the README and from a docstring that relies on it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from proofs import FILES, prove

ROOT = Path(__file__).parents[2]
HELPERS = {"__init__", "__main__", "algebra", "bisection", "floating", "gates"}


# activations.py has its own test module, which takes longer.
@pytest.mark.parametrize("name", [name for name in FILES if name != "activations"])
def test_every_statement_is_proved(name: str) -> None:
    lines = list(prove(name))
    assert lines and len(set(lines)) == len(lines)
    assert all(re.search(r"\[.*(sympy|Arb|by hand).*\]$", line) for line in lines)


def test_the_list_of_files_is_complete() -> None:
    assert {path.stem for path in (ROOT / "proofs").glob("*.py")} == set(FILES) | HELPERS
    with pytest.raises(ValueError, match="no proof is called"):
        next(prove("riemann"))


@pytest.mark.parametrize("name", FILES)
def test_the_readme_lists_every_file(name: str) -> None:
    assert f"`{name}.py`" in (ROOT / "proofs" / "README.md").read_text()


def test_docstrings_link_only_to_files_that_exist_and_every_file_is_linked() -> None:
    linked = {
        name
        for path in (ROOT / "saturode_verify").rglob("*.py")
        for name in re.findall(r"proofs/(\w+)\.py", path.read_text())
    }
    # These are test cases of the package.
    assert linked == set(FILES) - {"hamiltonian", "known_cases"}


@pytest.mark.parametrize("name", FILES)
def test_every_proof_states_its_theorem_and_says_how(name: str) -> None:
    docstring = ast.get_docstring(ast.parse((ROOT / "proofs" / f"{name}.py").read_text()))
    assert docstring is not None and len(docstring) > 300


def test_the_command_prints_one_line_per_statement() -> None:
    command = [sys.executable, "-m", "proofs", "rounding", "tube"]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split(":")[0] for line in output] == ["rounding"] * len(list(prove("rounding"))) + ["tube"] * 4


def test_importing_the_list_does_not_import_sympy() -> None:
    program = "import sys, proofs; assert 'sympy' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
