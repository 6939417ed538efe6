"""A proposal as plain exact data, for the certificate's witness: what a checker needs to repeat the proof."""

from __future__ import annotations

from typing import Any

from flint import acb, arb

from ..rigor.balls import rational
from ..rigor.numbers import format_exact
from .contraction import Radii
from .proposal import Proposal
from .trig import Coefficients


def proposal_data(proposal: Proposal, radii: Radii, bits: int) -> dict[str, Any]:
    """Strings and integers only; a complex number is a pair [re, im]. ``radii``: r_1..r_d and r_s of the theorem."""
    return {
        "precision": bits,
        "radii": [_number(r) for r in radii.components],
        "period_radius": _number(radii.period),
        "tube": _number(radii.tube),
        "tau": _number(proposal.tau),
        "orbit": _rows(proposal.orbit),
        "columns": [
            {"kind": column.kind, "exponent": _pair(column.exponent), "coefficients": _rows(column.coefficients)}
            for column in proposal.columns
        ],
        "inverse": [_rows(row.coefficients) for row in proposal.inverse],
        "strip": _number(proposal.height),
        "degree": proposal.degree,
        "nodes": proposal.nodes,
        "boxes": proposal.boxes,
    }


def _rows(rows: Coefficients) -> list[list[list[str]]]:
    return [[_pair(c) for c in row] for row in rows]


def _pair(value: acb) -> list[str]:
    return [_number(value.real), _number(value.imag)]


def _number(value: arb) -> str:
    return format_exact(rational(value))
