"""Coq's kernel: the theorems of proofs/coq, what they rest on, and one exported certificate from end to end.

The export is tested without Coq; what needs it is slow, and skipped with a reason where Coq is missing.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from saturode_verify.activation import Identity, SiLU, Tanh
from saturode_verify.certificate.record import Certificate
from saturode_verify.checker import fixed, subdivision
from saturode_verify.checker.verdict import Rejected
from saturode_verify.cli_export import export as export_command
from saturode_verify.coq.export import LIBRARY, coq_file
from saturode_verify.coq.terms import MAX_NODES, cuts, tree
from saturode_verify.errors import UnusableInput
from saturode_verify.formats import load
from saturode_verify.job import verify
from saturode_verify.network import Layer, Network
from saturode_verify.region import parse_box

ROOT = Path(__file__).parent.parent.parent
PROOFS, LIBRARY_FOLDER = ROOT / "proofs" / "coq", ROOT / "saturode_verify" / "coq"
MODEL = ROOT / "tests" / "tables" / "stuart-landau-tanh-8.json"
BOX = "[0.5,0.75]x[0,0.25]"
SECONDS = 180
CLASSICAL_REALS = {
    "ClassicalDedekindReals.sig_forall_dec",
    "ClassicalDedekindReals.sig_not_dec",
    "Classical_Prop.classic",
    "FunctionalExtensionality.functional_extensionality_dep",
}
"""Coq's own axioms under its real numbers: nothing else may appear."""
FORBIDDEN = re.compile(r"\b(Admitted|admit|give_up|Axioms?|Parameters?|Conjecture|Unset\s+Guard|bypass_check)\b")


# The export, without Coq


@pytest.fixture(scope="module")
def network() -> Network:
    return load(MODEL)


@pytest.fixture(scope="module")
def certificate(network: Network) -> Certificate:
    return verify(network, parse_box(BOX))


@pytest.fixture(scope="module")
def exported(network: Network, certificate: Certificate) -> str:
    return coq_file(certificate, network)[0]


def test_the_theorems_state_the_certificates_own_numbers(certificate: Certificate, network: Network) -> None:
    text, value = coq_file(certificate, network)
    assert value == certificate["sup_jacobian_norm"].values["value"] and value.upper is not None
    for name, number in (("c", value.upper), ("low", value.lower)):
        assert f"Definition {name} : R := {number.numerator} / {number.denominator}." in text
        assert f"Definition {name}_q : Q := ({number.numerator} # {number.denominator})." in text
    assert "region (x y : R) : Prop :=\n  (1 / 2 <= x <= 3 / 4 /\\ 0 <= y <= 1 / 4).\n" in text
    assert "forall x y : R, region x y -> forall u v : R, exists d1 d2 : R,\n  directional x y u v d1 d2" in text
    assert "sqrt (d1 * d1 + d2 * d2) <= c * sqrt (u * u + v * v)." in text
    assert "low * sqrt (u * u + v * v) <= sqrt (d1 * d1 + d2 * d2)." in text
    assert "point_x : Q := (3 # 4)" in text and "point_y : Q := (1 # 4)" in text
    assert certificate.sha256 in text and network.sha256 in text


def test_where_nothing_is_claimed_from_below_only_the_upper_end_is_stated() -> None:
    zero = Network((Layer(np.zeros((3, 2)), np.zeros(3), Tanh()), Layer(np.zeros((2, 3)), np.zeros(2), Identity())))
    text, value = coq_file(verify(zero, parse_box(BOX)), zero)
    assert value.lower == 0 and "sup_jacobian_norm_reached" not in text


def test_the_weights_are_the_exact_ones(exported: str, network: Network) -> None:
    first, last = network.layers
    neurons = re.findall(r"Neuron " + r" ".join([r"\((-?\d+) # (\d+)\)"] * 5), exported)
    assert len(neurons) == 8
    for k, numbers in enumerate(neurons):
        values = [Fraction(int(p), int(q)) for p, q in zip(numbers[::2], numbers[1::2], strict=True)]
        assert values == [*map(Fraction, first.weight[k].tolist()), Fraction(first.bias[k].item()),
                          *map(Fraction, last.weight[:, k].tolist())]  # fmt: skip


def test_a_slope_is_multiplied_into_exact_rationals(network: Network) -> None:
    """tanh(3/2 (w x + b)): 3/2 of a binary64 number need not be one, but it is a rational."""
    first, last = network.layers
    sloped = Network((replace(first, activation=Tanh(Fraction(3, 2))), last))
    text, _ = coq_file(verify(sloped, parse_box(BOX)), sloped)
    wanted = Fraction(3, 2) * Fraction(first.weight[0, 0].item())
    assert f"Neuron ({wanted.numerator} # {wanted.denominator}) " in text


def test_the_file_holds_the_library_and_nothing_that_is_assumed(exported: str) -> None:
    for name in LIBRARY:
        theorems = re.findall(r"^(?:Theorem|Lemma) \w+", (LIBRARY_FOLDER / f"{name}.v").read_text(), re.MULTILINE)
        assert theorems and all(len(re.findall(rf"^{name}\b", exported, re.MULTILINE)) == 1 for name in theorems)
    assert "From Saturode" not in exported and not FORBIDDEN.search(exported)
    assert exported.rstrip().endswith("Print Assumptions sup_jacobian_norm_reached.")


def test_a_union_becomes_a_disjunction(network: Network) -> None:
    text, _ = coq_file(verify(network, [parse_box(BOX), parse_box("[-1,-3/4]x[0,1/3]")]), network)
    assert "(1 / 2 <= x <= 3 / 4 /\\ 0 <= y <= 1 / 4) \\/\n  (-1 <= x <= -3 / 4 /\\ 0 <= y <= 1 / 3).\n" in text
    assert "Lemma bounded_1" in text


def test_subdivisions_become_trees() -> None:
    nodes = cuts([[0, "1*2^-1"], "leaf", [1, "1/4"], "leaf", "leaf"])
    assert tree(nodes, 4) == "(Cut0 (2)\nLeaf (Cut1 (1)\nLeaf Leaf))"


@pytest.mark.parametrize(
    "stored, part",
    [
        (None, "no list"),
        ([], "no list"),
        (["leaf", "leaf"], "no whole tree"),
        ([[0, "1/2"], "leaf"], "no whole tree"),
        ([[2, "1/2"], "leaf", "leaf"], "neither a cut nor a leaf"),
        ([[0, "half"], "leaf", "leaf"], "neither a cut nor a leaf"),
        (["leaf"] * (MAX_NODES + 1), "more than"),
    ],
)
def test_what_is_no_subdivision_is_refused(stored: object, part: str) -> None:
    with pytest.raises(UnusableInput, match=part):
        cuts(stored)


def _refused(certificate: Certificate, network: Network, part: str) -> None:
    with pytest.raises(UnusableInput, match=part):
        coq_file(certificate, network)


def test_other_networks_and_certificates_are_refused(network: Network, certificate: Certificate) -> None:
    first, last = network.layers
    weight = np.array(first.weight)
    weight[0, 0] += 2.0**-16
    _refused(certificate, Network((replace(first, weight=weight), last)), "is another model")
    silu = Network((replace(first, activation=SiLU()), last))
    _refused(verify(silu, parse_box(BOX)), silu, "knows tanh, not silu")
    middle = Layer(np.eye(8), np.zeros(8), Tanh())
    deep = Network((first, middle, last))
    _refused(verify(deep, parse_box(BOX), rtol="0.5"), deep, "cannot state a 2-8-8-2 network")
    without = tuple(claim for claim in certificate.claims if claim.name != "sup_jacobian_norm")
    _refused(replace(certificate, claims=without), network, "no claim sup_jacobian_norm")
    undecided = tuple(replace(claim, status="undecided") for claim in certificate.claims)
    _refused(replace(certificate, claims=undecided), network, "is not proved")
    pointless = tuple(
        replace(claim, values={**claim.values, "point": []}) if claim.name == "sup_jacobian_norm" else claim
        for claim in certificate.claims
    )
    _refused(replace(certificate, claims=pointless), network, "no point where its lower end is reached")


def test_without_a_stored_subdivision_coq_starts_from_the_box(network: Network, certificate: Certificate) -> None:
    text, _ = coq_file(replace(certificate, witness=["strange"]), network)
    assert "Definition subdivision_0 : cuts :=\nLeaf." in text


def test_the_command_says_what_is_proved_and_what_is_not_yet(certificate: Certificate, tmp_path: Path) -> None:
    stored, output = tmp_path / "c.json", tmp_path / "c.v"
    certificate.save(stored)
    done = CliRunner().invoke(
        export_command, ["--coq", str(stored), "--model", str(MODEL), "-o", str(output)], standalone_mode=False
    )
    assert done.exception is None and "sup ||Df|| in [1.594066633, 1.594408252]" in done.output
    assert "nothing is proved yet: run coqc" in done.output
    assert "Theorem sup_jacobian_norm" in output.read_text()


@pytest.mark.parametrize("arguments, part", [(["--coq", "--round-batchnorm"], "--coq"), (["--model", "m"], "only for")])
def test_options_that_do_not_go_together(arguments: list[str], part: str, tmp_path: Path) -> None:
    arguments = [str(MODEL), *arguments, "-o", str(tmp_path / "x")]
    done = CliRunner().invoke(export_command, arguments, standalone_mode=False)
    assert isinstance(done.exception, UnusableInput) and part in str(done.exception)


# The proofs, as text


def _sources() -> list[Path]:
    """The files in the order in which they need each other, from _CoqProject."""
    lines = (PROOFS / "_CoqProject").read_text().splitlines()
    return [(PROOFS / line).resolve() for line in lines if line.endswith(".v")]


def test_every_file_and_theorem_is_audited() -> None:
    sources = _sources()
    assert set(sources) == {*PROOFS.glob("*.v"), *LIBRARY_FOLDER.glob("*.v")}
    audit = (PROOFS / "Audit.v").read_text()
    for path in sources:
        text = path.read_text()
        assert not FORBIDDEN.search(text), path.name
        for name in re.findall(r"^Theorem (\w+)", text, re.MULTILINE):
            assert re.search(rf"@{path.stem}\.{name}\b", audit), name


def test_axioms_are_read_from_what_coq_prints() -> None:
    output = (
        "Axioms:\nUint63.add_spec\n  : forall x y : PrimInt63.int,\n    Uint63.to_Z x = 0\n"
        "PrimFloat.float : Set\nClosed under the global context\n"
    )
    assert _axioms(output) == [{"Uint63.add_spec", "PrimFloat.float"}, set()]


# Coq itself


@pytest.fixture(scope="module")
def coqc(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The compiler, if the libraries that the proofs load are there."""
    found = shutil.which("coqc")
    if found is None:
        pytest.skip("coqc is missing: Debian's packages coq libcoq-coquelicot libcoq-interval bring it")
    probe = tmp_path_factory.mktemp("probe") / "Probe.v"
    probe.write_text("From Coquelicot Require Import Coquelicot.\nFrom Interval.Float Require Import Specific_stdz.\n")
    if _run(found, probe).returncode != 0:
        pytest.skip("Coq lacks a library: Debian's packages libcoq-coquelicot libcoq-interval bring them")
    return found


def _run(coqc: str, path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [coqc, *options, path.name], cwd=path.parent, capture_output=True, text=True, timeout=SECONDS, check=False
    )


def _axioms(output: str) -> list[set[str]]:
    """What each `Print Assumptions` of an output names; an empty set where nothing is assumed."""
    answers: list[set[str]] = []
    for line in output.splitlines():
        if line.startswith(("Axioms:", "Closed under the global context")):
            answers.append(set())
        elif line.strip() and not line.startswith(" "):
            answers[-1].add(line.split(" ")[0].rstrip(":"))
    return answers


PREORDERS: list[list[Any]] = [
    ["leaf"],
    ["leaf", "leaf"],
    [[0, "1/2"], "leaf"],
    [[0, "2"], "leaf", "leaf"],
    [[0, "1/2"], [1, "1/3"], "leaf", "leaf", "leaf"],
    [[1, "1/4"], [1, "1/8"], "leaf", "leaf", [0, "1/8"], "leaf", "leaf"],
]
OPTIONS = ("-Q", "../library", "Saturode", "-Q", "../proofs", "Proofs")


@pytest.fixture(scope="module")
def compiled(coqc: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A copy of proofs/coq beside one of the library, compiled; and what Audit.v printed."""
    folder, output = tmp_path_factory.mktemp("coq"), ""
    for name in ("library", "proofs"):
        (folder / name).mkdir()
    for source in _sources():
        copy = folder / ("library" if source.parent == LIBRARY_FOLDER else "proofs") / source.name
        copy.write_text(source.read_text())
        done = _run(coqc, copy, *OPTIONS)
        assert done.returncode == 0, f"{source.name}: {done.stderr}"
        output = done.stdout
    return folder / "proofs", output


@pytest.mark.slow
def test_coq_accepts_every_proof_on_its_classical_reals_alone(compiled: tuple[Path, str]) -> None:
    answers = _axioms(compiled[1])
    assert len(answers) == (PROOFS / "Audit.v").read_text().count("\nPrint Assumptions")
    assert set().union(*answers) <= CLASSICAL_REALS


@pytest.mark.slow
def test_coqs_copies_of_the_checkers_functions_compute_what_python_computes(
    coqc: str, compiled: tuple[Path, str]
) -> None:
    draw = Random(7)
    lines = ["From Coq Require Import ZArith QArith List.", "From Proofs Require Import Fixed Coverage."]
    for _ in range(100):
        a, b = (tuple(sorted((draw.randint(-99, 99), draw.randint(-99, 99)))) for _ in range(2))
        positive, factor, p = (b[0] + 100, b[1] + 100), draw.randint(-9, 9), draw.randint(0, 6)
        number = Fraction(a[0], positive[0])
        for term, value in (
            (f"plus {_pair(a)} {_pair(b)}", fixed.plus(a, b)),
            (f"minus {_pair(a)} {_pair(b)}", fixed.minus(a, b)),
            (f"negative {_pair(a)}", fixed.negative(a)),
            (f"scaled {_pair(a)} ({factor})", fixed.scaled(a, factor)),
            (f"times {_pair(a)} {_pair(b)} {p}", fixed.times(a, b, p)),
            (f"square {_pair(a)} {p}", fixed.square(a, p)),
            (f"divided {_pair(a)} {_pair(positive)} {p}", fixed.divided(a, positive, p)),
            (f"around ({number.numerator}) {number.denominator} {p}", fixed.around(number, p)),
        ):
            lines.append(f"Goal ({term} = {_pair(value)})%Z. reflexivity. Qed.")
    lines.append("Import ListNotations.\nLocal Open Scope Q_scope.")
    for preorder in PREORDERS:
        lines.extend(f"Goal {_leaves_term(preorder, deepest)}. reflexivity. Qed." for deepest in (0, 1, 9))
    path = compiled[0] / "Same.v"
    path.write_text("\n".join(lines))
    done = _run(coqc, path, *OPTIONS)
    assert done.returncode == 0, done.stderr


def _pair(ends: tuple[int, ...]) -> str:
    return f"(({ends[0]}), ({ends[1]}))"


def _leaves_term(preorder: list[Any], deepest: int) -> str:
    """What the checker's `leaves` answers for the unit square, as an equation of Coverage.v's `leaves`."""
    unit = ((Fraction(0), Fraction(1)),) * 2
    nodes = ["Leaf" if node == "leaf" else f"Cut {node[0]} ({_rational(Fraction(node[1]))})" for node in preorder]
    try:
        found = [_box(sides) for sides in subdivision.leaves(unit, preorder, deepest)]
        answer = f"Some [{'; '.join(found)}]%list"
    except Rejected:
        answer = "None"
    return f"(leaves {_box(unit)} [{'; '.join(nodes)}]%list {deepest} = {answer})"


def _box(sides: Iterable[tuple[Fraction, Fraction]]) -> str:
    return "[" + "; ".join(f"({_rational(low)}, {_rational(high)})" for low, high in sides) + "]%list"


def _rational(value: Fraction) -> str:
    return f"{value.numerator} # {value.denominator}"


@pytest.mark.slow
def test_coq_accepts_the_exported_certificate(coqc: str, exported: str, tmp_path: Path) -> None:
    path = tmp_path / "Certificate.v"
    path.write_text(exported)
    done = _run(coqc, path)
    assert done.returncode == 0, done.stderr
    assert len(_axioms(done.stdout)) == 2 and set().union(*_axioms(done.stdout)) <= CLASSICAL_REALS


@pytest.mark.slow
def test_coq_accepts_a_union_of_a_network_with_a_slope(coqc: str, network: Network, tmp_path: Path) -> None:
    first, last = network.layers
    sloped = Network((replace(first, activation=Tanh(Fraction(3, 2))), last))
    boxes = [parse_box("[0.5,0.55]x[0,0.05]"), parse_box("[-1,-0.95]x[1/3,0.35]"), parse_box("[0.6,0.6]x[0,0]")]
    path = tmp_path / "Union.v"
    path.write_text(coq_file(verify(sloped, boxes), sloped)[0])
    done = _run(coqc, path)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, number, lemma",
    [
        # 1.594 lies below the proved lower end 1.594066... of the supremum, by less than one part in 20000.
        ("c", Fraction(797, 500), "accepted"),
        # 1.5941 lies above ||Df|| at the stored point, 1.594066..., and still below the certificate's upper end.
        ("low", Fraction(15941, 10000), "reached"),
    ],
)
def test_coq_rejects_a_number_beyond_the_truth(
    name: str, number: Fraction, lemma: str, coqc: str, exported: str, tmp_path: Path
) -> None:
    real, rational = f"{number.numerator} / {number.denominator}", f"({number.numerator} # {number.denominator})"
    text = re.sub(rf"^Definition {name} : R := .*$", f"Definition {name} : R := {real}.", exported, flags=re.MULTILINE)
    text = re.sub(
        rf"^Definition {name}_q : Q := .*$", f"Definition {name}_q : Q := {rational}.", text, flags=re.MULTILINE
    )
    path = tmp_path / "Moved.v"
    path.write_text(text)
    done = _run(coqc, path)
    assert done.returncode != 0 and lemma in done.stderr and "true = true" in done.stderr


@pytest.mark.slow
def test_coq_rejects_a_box_that_the_subdivision_does_not_cover(coqc: str, exported: str, tmp_path: Path) -> None:
    path = tmp_path / "Larger.v"
    path.write_text(exported.replace("1 / 2 <= x <= 3 / 4", "1 / 2 <= x <= 4 / 5"))
    done = _run(coqc, path)
    assert done.returncode != 0 and "Cannot find witness" in done.stderr
