"""The converse: tanh and SiLU networks trained on the same cycles, and the orbits that they provably have."""

from __future__ import annotations

from ..certificate.record import Certificate
from ..figures.plot import figure_bytes
from ..paper.fields import find_field
from .content import Picture, Section, Table, at_most, claimed, interval, orbit_is, saturation, second_modulus, source
from .prose import prose
from .trained import trained
from .workspace import Workspace

CASES = tuple((field, activation) for field in ("stuart-landau", "van-der-pol") for activation in ("tanh", "silu"))
HIDDEN = (32, 32)
HEAD = (
    "field", "activation", r"$\sup_U|s'|$ by layer (2)", r"$\sup_U\|Df\|$ (3)", "$T$ (7)", r"$\det M$ (7)",
    r"nontrivial $|\rho|$ (7)", "orbit (7)", "certificate",
)  # fmt: skip


def converse(work: Workspace) -> Section:
    """One row a network; U is a box around its orbit."""
    rows, pictures, holds = [], [], True
    for name, activation in CASES:
        network = trained(work, name, HIDDEN, activation)
        certificate = work.orbit(f"converse-{name}-{activation}", network, near=find_field(name).start, digits=12)
        holds &= orbit_is(certificate, "stable")
        rows.append([name, activation, *_cells(certificate), source(certificate)])
        if name == "stuart-landau":
            file = work.write("figures", f"converse-{activation}.pdf", figure_bytes(certificate, network, "pdf"))
            pictures.append(Picture(file.name, f"The {activation} network trained on {name}, with its proved orbit."))
    return Section(
        "Converse: strongly attracting orbits, with either activation",
        prose("converse"),
        [Table("converse", r"Proved orbits of networks $d$-32-32-$d$; $U$ is a box around each.", HEAD, rows)],
        pictures,
        holds,
    )


def _cells(certificate: Certificate) -> list[str]:
    orbit = certificate["periodic_orbit"]
    slopes = ", ".join(at_most(claim.delta) for claim in saturation(certificate))
    norm = interval(claimed(certificate, "sup_jacobian_norm", "value"))
    if not orbit.proved:
        return [slopes, norm, "--", "--", "--", "not proved"]
    minimal = "minimal period, " if orbit.minimal_period else ""
    return [
        slopes, norm, interval(orbit.period, 8), interval(orbit.det_m, 8), second_modulus(orbit),
        f"proved, {minimal}{orbit.stability}",
    ]  # fmt: skip
