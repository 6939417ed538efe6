"""The table for the paper: booktabs, one row per box and claim, outward-rounded digits."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..certificate.record import Certificate
from .rows import Row, rows

_SPECIAL = {"_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}",
            "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}  # fmt: skip


def escape(text: str) -> str:
    """Plain text made safe for LaTeX; characters outside ASCII become ``?``."""
    return "".join(_SPECIAL.get(c, c if c.isascii() and c.isprintable() else "?") for c in text)


def number(text: str) -> str:
    """A decimal of the certificate in math mode: 1.5e-07 becomes 1.5 times a power of ten."""
    if text in ("", "inf"):
        return r"$\infty$" if text else "--"
    match = re.fullmatch(r"(.+)e([+-])0*(\d+)", text)
    if not match:
        return f"${text}$"
    sign = "-" if match[2] == "-" else ""
    return rf"${match[1]}\times 10^{{{sign}{match[3]}}}$"


def table(certificates: Sequence[Certificate]) -> str:
    r"""A ``tabular`` for ``\usepackage{booktabs}``; the certificates' hashes stand in comments."""
    lines = ["% needs \\usepackage{booktabs}; every number is rounded outward"]
    lines += [f"% {escape(c.model['source'])}: certificate sha256 {c.sha256}" for c in certificates]
    lines += [r"\begin{tabular}{lllrrl}", r"\toprule", r"model & region & claim & lower & upper & status \\"]
    for certificate in certificates:
        lines.append(r"\midrule")
        model = escape(certificate.model["source"] or "-".join(map(str, certificate.model["layers"])))
        shown = ("", "")
        for row in rows(certificate):
            heads = (model, row.where)
            lines.append(_line(row, *("" if new == old else new for new, old in zip(heads, shown, strict=True))))
            shown = heads
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def _line(row: Row, model: str, where: str) -> str:
    region = "$" + where.replace("x[", r" \times [") + "$" if where.startswith("[") else where
    return rf"{model} & {region} & {row.latex} & {number(row.lower)} & {number(row.upper)} & {row.status} \\"
