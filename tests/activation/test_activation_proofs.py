"""proofs/activations.py proves what it says, and does not prove what is false."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from flint import arb

from saturode_verify.activation import ACTIVATIONS, FiniteCritical, SiLU
from saturode_verify.rigor.balls import precision

FILE = Path(__file__).parents[2] / "proofs" / "activations.py"


@pytest.fixture(scope="module")
def proofs() -> ModuleType:
    """The proof script as a module."""
    spec = importlib.util.spec_from_file_location("proofs_activations", FILE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_statement_is_proved(proofs: ModuleType) -> None:
    lines = list(proofs.statements())
    # Per activation: the tail, four tables, the supremum.
    finite = [name for name, kind in ACTIVATIONS.items() if issubclass(kind, FiniteCritical)]
    assert len(lines) == 6 * len(finite) == 36
    assert lines[-1].startswith("arctan: sup |s'| = 1.0000")


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus", "silu", "gelu", "arctan"])
def test_a_table_with_a_missing_bracket_is_not_proved(proofs: ModuleType, name: str) -> None:
    kind = ACTIVATIONS[name]
    assert issubclass(kind, FiniteCritical)
    case = proofs.CASES[name]
    with precision(128):
        for k, row in enumerate(kind.brackets):
            for missing in row:
                kept = tuple(bracket for bracket in row if bracket != missing)
                with pytest.raises(proofs.Unproved, match="has no zero in"):
                    proofs.prove_table(case.definition, k + 1, case.reach, kept)


def test_wrong_brackets_are_not_proved(proofs: ModuleType) -> None:
    silu = proofs.CASES["silu"].definition
    with precision(128):
        # s'' of silu vanishes at +-2.399...
        with pytest.raises(proofs.Unproved, match="changes sign"):
            proofs.prove_table(silu, 2, 2.0, ((1.0, 1.25),))
        with pytest.raises(proofs.Unproved, match="disjoint"):
            proofs.prove_table(silu, 2, 8.0, ((2.25, 2.5), (-2.5, -2.25)))
        with pytest.raises(proofs.Unproved):  # both zeros in one bracket
            proofs.prove_table(silu, 2, 8.0, ((-2.5, 2.5),))


def test_tail_inequalities_fail_too_close_to_the_zeros(proofs: ModuleType) -> None:
    # The outermost zero of s'''' lies at 1.146, 2.292, 4.429, 2.524 and 1 respectively.
    for name, reach in [("tanh", 1.1), ("sigmoid", 2.2), ("silu", 4.25), ("gelu", 2.5), ("arctan", 1.0)]:
        with precision(128):
            assert not proofs.CASES[name].tail(arb(reach))


def test_a_wrong_supremum_is_not_proved(proofs: ModuleType) -> None:
    class Wrong(SiLU):
        def _sup_abs_derivative(self) -> arb:
            return arb("1.09983968")

    with pytest.raises(proofs.Unproved, match="sup"):
        proofs.prove_supremum(proofs.CASES["silu"], Wrong())
