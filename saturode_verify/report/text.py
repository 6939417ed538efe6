"""The table for a person: first line the verdict, then lower and upper in two columns, then what to know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from ..certificate.record import Certificate
from ..rigor.numbers import decimal_down
from .rows import box_text, rows

_VERDICT = {0: "PROVED", 3: "UNDECIDED", 4: "REFUTED"}
_STYLE = {"proved": "green", "undecided": "yellow", "refuted": "red"}
VERDICT_STYLE = {0: "green", 3: "yellow", 4: "red"}
"""Colours by exit status."""


def verdict_word(certificate: Certificate) -> str:
    """PROVED, UNDECIDED, REFUTED or INTERRUPTED."""
    return "INTERRUPTED" if certificate.environment.get("interrupted") else _VERDICT[certificate.exit_status]


def verdict(certificate: Certificate) -> str:
    """One line: is everything that was asked proved?"""
    asked = [claim for claim in certificate if claim.asked]
    proved = sum(claim.proved for claim in asked)
    model = "-".join(str(n) for n in certificate.model["layers"])
    names = ", ".join(dict.fromkeys(spec["name"] for spec in certificate.model["activations"])) or "linear"
    boxes = " and ".join(box_text(certificate, i) for i in range(len(certificate.region)))
    what = _ASKED.get(asked[0].name, _CLAIMS) if len({claim.name for claim in asked}) == 1 else _CLAIMS
    return f"{verdict_word(certificate)}: {proved} of {len(asked)} {what}, {model} {names} network on {boxes}"


_CLAIMS = "claims asked for"
_ASKED = {
    "periodic_orbit": "periodic orbits that the search proposed",
    "curve_determinant": "determinants along a curve",
}
_BESIDE = {"sup_jacobian_norm", "divergence", "log_norm", "minimal_period", "theorem_2", "no_closed_orbit"}
"""Of the bounds on the box around an orbit, those that its table compares with the truth."""


def _shown(certificate: Certificate, name: str, status: str) -> bool:
    """Whether a claim has rows in the table for a person: everything asked for, and what stands beside it."""
    asked = {claim.name for claim in certificate if claim.asked}
    if not asked & set(_ASKED) or name in asked:
        return True
    return name in _BESIDE and (name != "no_closed_orbit" or status == "proved")


def notes(certificate: Certificate) -> Iterator[str]:
    """What a reader must know beside the numbers; failures with their reasons first."""
    for claim in certificate:
        if not _shown(certificate, claim.name, claim.status):
            continue
        # On a single box the same sentence would stand twice.
        if claim.reason and (claim.on == "region" or claim.asked):
            extra = f" ({claim.values['criterion']})" if "criterion" in claim.values else ""
            yield f"{claim.name}{extra} {claim.status}: {claim.reason}"
        if claim.name == "require" and "point" in claim.values:
            point = ", ".join(decimal_down(side.lower, 8) for side in claim.point)
            yield f"witness against {claim.expression}: x near ({point}); the exact point is in the certificate"
        if (claim.on == "region" or claim.asked) and "statement" in claim.values:
            yield f"{claim.name}: {claim.statement}"
    yield from _search_notes(certificate)
    yield from _saturation_note(certificate)
    if certificate["minimal_period"].proved:
        turns = 2 * certificate.model["layers"][0]
        yield (
            "floor: a nonconstant periodic orbit that exists in U has d C T >= 2 pi d, so exp(+-d C T) is never "
            f"narrower than exp(+-{turns} pi)"
        )


def _search_notes(certificate: Certificate) -> Iterator[str]:
    """What a search for orbits saw besides, in floating point."""
    search = certificate.environment.get("search", {})
    for rest in search.get("equilibria", []):
        seen = f"equilibrium near {rest['point']}, eigenvalues {rest['eigenvalues']}"
        yield f"search (floating point, not proved): {seen}"
    if search.get("outside"):
        yield f"search (floating point, not proved): {search['outside']} orbits were dropped because they leave the box"
    for reason in search.get("incomplete", []):
        yield f"search (floating point, not proved): {reason}"


def _saturation_note(certificate: Certificate) -> Iterator[str]:
    """Said only if delta_k >= 0.999 Lambda_k is proved for every hidden layer: then theorem 1 >= 0.999^(L-1) global."""
    layers = [claim for claim in certificate if claim.name == "layer_saturation" and claim.on == "region"]
    ends = [(claim.delta.lower, claim.delta_everywhere.upper) for claim in layers]
    if not ends or any(most is None or 1000 * least < 999 * most for least, most in ends):
        return
    best, norm = certificate["theorem_1"].bound, certificate["sup_jacobian_norm"].value
    factor = ""
    if best.upper and norm.upper:
        factor = f"; it gives at least {decimal_down(best.upper / norm.upper, 3)} times the true sup ||Df||"
    yield (
        "saturation: in every hidden layer delta_k is proved to be at least 99.9 % of sup|s'| over all reals, so "
        f"theorem 1 gains next to nothing over the global bound on this region{factor}"
    )


def print_report(certificate: Certificate, stream: IO[str]) -> None:
    """Write the verdict, the table and the notes; colours only on a terminal, NO_COLOR is honoured."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(file=stream, highlight=False, soft_wrap=True, width=None if stream.isatty() else 160)
    table = Table(box=None, pad_edge=False, header_style="bold")
    several = len(certificate.region) > 1
    for name in (["on"] if several else []) + ["claim", "lower", "upper", "status"]:
        table.add_column(name, justify="right" if name in ("lower", "upper") else "left", no_wrap=True)
    for row in rows(certificate):
        if not _shown(certificate, row.claim, row.status):
            continue
        cells = [row.text, row.lower, row.upper, row.status]
        coloured = [*(escape(cell) for cell in cells[:-1]), f"[{_STYLE[row.status]}]{row.status}[/]"]
        table.add_row(*([escape(row.where)] if several else []), *coloured)
    console.print(escape(verdict(certificate)), style="bold")
    console.print(table)
    for note in notes(certificate):
        console.print(f"- {escape(note)}")
