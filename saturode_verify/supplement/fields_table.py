"""All benchmark fields: what networks trained on them provably do."""

from __future__ import annotations

from ..certificate.record import Certificate
from ..paper.fields import find_field
from .content import MISSING, Section, Table, claimed, interval, source, span
from .prose import prose
from .trained import trained
from .workspace import Workspace

CASES = (
    ("stuart-landau", (32,), "tanh", "derivatives"), ("stuart-landau", (32,), "tanh", "trajectories"),
    ("stuart-landau", (32, 32), "sigmoid", "derivatives"), ("stuart-landau", (32, 32), "gelu", "derivatives"),
    ("van-der-pol", (32, 32), "tanh", "derivatives"), ("fitzhugh-nagumo", (32, 32), "tanh", "derivatives"),
    ("morris-lecar", (32, 32), "tanh", "derivatives"), ("morris-lecar-snlc", (32, 32), "tanh", "derivatives"),
    ("morris-lecar-homoclinic", (32, 32), "tanh", "derivatives"),
)  # fmt: skip
HEAD = (
    "field", "hidden", "activation", "matched", r"$\sup_U\|Df\|$ (3)", r"$\mathrm{div}\,f$ on $U$ (4)", "orbit (7)",
    "$T$ (7)", r"$\det M$ (7)", "certificate",
)  # fmt: skip


def benchmark_fields(work: Workspace) -> Section:
    """One row a network; U is a box around the orbit."""
    rows = []
    for name, hidden, activation, matched in CASES:
        options = {"match": matched} if matched == "trajectories" else {}
        network = trained(work, name, hidden, activation, **options)
        label = "-".join([name, activation, "x".join(map(str, hidden)), *options.values()])
        certificate = work.orbit(f"field-{label}", network, near=find_field(name).start, digits=12)
        rows.append([name, "-".join(map(str, hidden)), activation, matched, *_cells(certificate), source(certificate)])
    return Section(
        "The benchmark fields",
        prose("fields"),
        [Table("fields", "Networks trained on the benchmark fields, and their orbits.", HEAD, rows)],
    )


def _cells(certificate: Certificate) -> list[str]:
    orbit = certificate["periodic_orbit"]
    region = [interval(claimed(certificate, "sup_jacobian_norm", "value")), span(certificate)]
    if not orbit.proved:
        return [*region, "not proved", MISSING, MISSING]
    return [*region, f"proved, {orbit.stability}", interval(orbit.period, 8), interval(orbit.det_m, 8)]
