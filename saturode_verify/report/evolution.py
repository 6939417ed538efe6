"""One table for several models on the same region: how C_W, delta, C(U) and sup ||Df|| evolve, say along a
training run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from ..certificate.record import Certificate
from ..rigor.numbers import Enclosure
from .text import VERDICT_STYLE, verdict_word

DIGITS = 5


def columns(certificates: Sequence[Certificate]) -> list[str]:
    """Headings; as many deltas as the deepest model has hidden layers."""
    layers = max(len(c.model["layers"]) - 2 for c in certificates)
    deltas = [f"delta_{k + 1}" for k in range(layers)]
    return ["model", "C_W <=", *(f"{d} <=" for d in deltas), "C(U) <=", "sup ||Df||", "div f", "verdict"]


def row(certificate: Certificate, width: int) -> list[str]:
    """One model's cells: upper bounds, and [lower, upper] of the two-sided quantities, rounded outward."""
    saturation = [c for c in certificate if c.name == "layer_saturation" and c.on == "region"]
    deltas = [_upper(claim.delta) for claim in saturation]
    divergence = certificate["divergence"].values
    inf, sup = divergence.get("inf"), divergence.get("sup")
    spread = "none"
    if isinstance(inf, Enclosure) and isinstance(sup, Enclosure):
        spread = f"[{inf.display(DIGITS)[0]}, {sup.display(DIGITS)[1]}]"
    return [
        certificate.model["source"] or certificate.model["sha256"][:12],
        _upper(certificate["global_bound"].bound),
        *deltas,
        *[""] * (width - len(deltas)),
        _upper(certificate["layerwise_bound"].bound),
        "[{}, {}]".format(*certificate["sup_jacobian_norm"].value.display(DIGITS)),
        spread,
        verdict_word(certificate),
    ]


def _upper(value: Enclosure) -> str:
    return value.display(DIGITS)[1]


def print_evolution(certificates: Sequence[Certificate], stream: IO[str]) -> None:
    """Write the table; colours only on a terminal."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(file=stream, highlight=False, soft_wrap=True, width=None if stream.isatty() else 200)
    table = Table(box=None, pad_edge=False, header_style="bold")
    names = columns(certificates)
    for name in names:
        table.add_column(name, justify="left" if name in ("model", "verdict") else "right", no_wrap=True)
    for certificate in certificates:
        cells = row(certificate, len(names) - 6)
        table.add_row(
            *(escape(cell) for cell in cells[:-1]), f"[{VERDICT_STYLE[certificate.exit_status]}]{cells[-1]}[/]"
        )
    console.print(table)
