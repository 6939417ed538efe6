"""The LaTeX table: what it says, and that a plain LaTeX install really compiles it."""

from __future__ import annotations

import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from fixtures_networks import cube_stuart_landau, random_network

from saturode_verify.activation import Identity, Tanh
from saturode_verify.certificate.record import Certificate
from saturode_verify.job import verify
from saturode_verify.network import Layer, Network
from saturode_verify.region import Box
from saturode_verify.report.latex import escape, number, table
from saturode_verify.report.rows import rows
from saturode_verify.report.tex import box


@pytest.fixture(scope="module")
def certificates() -> list[Certificate]:
    cubes = verify(
        cube_stuart_landau(), [Box("[-1,1]^2"), Box("[2,3]x[0,1/3]")], rtol="0.1", period="2.1", eta=1,
        delta=["1/2"], require=["sup_divergence <= 5", "sup_jacobian_norm\n <\t1e6", "delta_1 > 3*2^-4"],
    )  # fmt: skip
    named = random_network(1, [3, 4, 3], Tanh())
    odd = Network(named.layers, source="my_model 100% {a&b} #1 ~^\\ $x$ é.pt")
    return [cubes, verify(odd, "[-1,1]^3", rtol="0.3", time_limit=5)]


def test_every_claim_with_numbers_has_a_row(certificates: list[Certificate]) -> None:
    """Both boxes and the union: 1 row of each bound, 2 of each two-ended quantity, all criteria and requirements."""
    text = table(certificates)
    for name in (
        "refined",
        "layerwise",
        "Theorem 1",
        r"\sup_U\|Df\|",
        r"\mu_+",
        "no orbit has a shorter period",
        "no closed orbit",
    ):
        assert text.count(name) >= 4, name  # two boxes, their union, the other model
    assert text.count(r"e^{\pm dCT}") == 3
    assert text.count("require") == 3
    assert r"sup\_jacobian\_norm \textless{} 1e6" in text and r"3*2\textasciicircum{}-4" in text
    body = [line for line in text.splitlines() if "&" in line and not line.startswith("%")]
    assert all(line.count("&") - line.count(r"\&") == 5 and line.endswith(r"\\") for line in body)


def test_digits_are_rounded_outward(certificates: list[Certificate]) -> None:
    """Read the rows' decimals back exactly: they enclose the certificate's rationals."""
    certificate = certificates[0]
    values = {r.text: r for r in rows(certificate) if r.where == "union"}
    for text, exact in (
        ("sup ||Df||", certificate["sup_jacobian_norm"].value),
        ("inf div f", certificate["divergence"].inf),
        ("det M, sharp: exp(T div)", certificate["theorem_2"].det_m),
    ):
        row = values[text]
        assert Fraction(row.lower) <= exact.lower and exact.upper <= Fraction(row.upper)
        assert exact.lower - Fraction(row.lower) <= abs(exact.lower) / 10**5


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("1.5e-07", r"$1.5\times 10^{-7}$"),
        ("-2e+15", r"$-2\times 10^{15}$"),
        ("3.25", "$3.25$"),
        ("inf", r"$\infty$"),
        ("", "--"),
    ],
)
def test_numbers(text: str, latex: str) -> None:
    assert number(text) == latex


def test_names_are_escaped() -> None:
    assert escape("a_b%{}é") == r"a\_b\%\{\}?"
    assert escape("a\n\t\\^<b|>") == r"a \textbackslash{}\textasciicircum{}\textless{}b\textbar{}\textgreater{}"


def test_exponents_are_braced() -> None:
    assert box("[-1,1]^10x[0,1/3]") == r"$[-1,1]^{10} \times [0,1/3]$"
    assert box("union") == "union"
    ten = Network((Layer(-np.eye(10), np.zeros(10), Identity()),))
    assert "^{10}$" in table([verify(ten, "[-1,1]^10", time_limit=1)])


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed: the table is not compiled")
def test_the_table_compiles(certificates: list[Certificate], tmp_path: Path) -> None:
    document = (
        "\\documentclass{article}\n\\usepackage{booktabs}\n\\begin{document}\\tiny\n"
        + table(certificates)
        + "\\end{document}\n"
    )
    (tmp_path / "t.tex").write_text(document)
    run = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-2000:]
    assert (tmp_path / "t.pdf").stat().st_size > 5000
    assert not re.search(r"^! |Undefined", run.stdout, re.MULTILINE)
