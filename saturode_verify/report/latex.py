"""The table for the paper: booktabs, one row per box and claim, outward-rounded digits."""

from __future__ import annotations

from collections.abc import Sequence

from ..certificate.record import Certificate
from .rows import Row, rows
from .tex import box, escape, number

__all__ = ["escape", "number", "table"]


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
    return rf"{model} & {box(where)} & {row.latex} & {number(row.lower)} & {number(row.upper)} & {row.status} \\"
