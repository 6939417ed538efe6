"""Morris-Lecar near its homoclinic orbit: T grows, and what remains provable."""

from __future__ import annotations

from dataclasses import replace

from ..certificate.record import Certificate
from ..figures.plot import figure_bytes
from ..paper.fields import Field, find_field
from ..paper.fields_neurons import MorrisLecar
from .content import MISSING, Picture, Section, Table, at_least, claimed, interval, orbit_is, second_modulus, source
from .prose import prose
from .trained import trained
from .workspace import Workspace

CURRENTS = (38.0, 36.0, 35.4, 35.1)
HIDDEN = (32, 32)
HEAD = (
    "$I$", "orbit (7)", "$T$ (7)", r"$T\ge2\pi/L$ (6)", r"$\det M$ from a box: $e^{\pm dCT}$ (5)",
    r"$e^{T\,\mathrm{div}}$ (5)", r"$\det M$ (7)", r"$|\rho|$ (7)", "certificate",
)  # fmt: skip


def near(current: float) -> Field:
    """The field of the homoclinic regime at another current (uA/cm^2)."""
    field = find_field("morris-lecar-homoclinic")
    regime = field.right_hand_side
    assert isinstance(regime, MorrisLecar)
    return replace(field, name=f"morris-lecar-{current:g}", right_hand_side=replace(regime, current=current))


def homoclinic(work: Workspace) -> Section:
    """One row a current."""
    rows, pictures, holds = [], [], True
    for current in CURRENTS:
        field = near(current)
        network = trained(work, field, HIDDEN, "tanh")
        certificate = work.orbit(f"homoclinic-{current:g}", network, near=field.start)
        holds &= orbit_is(certificate, "stable")
        rows.append([f"${current:g}$", *_cells(certificate), source(certificate)])
        file = work.write("figures", f"homoclinic-{current:g}.pdf", figure_bytes(certificate, network, "pdf"))
        pictures.append(Picture(file.name, rf"The network trained at $I={current:g}$."))
    return Section(
        "Open question: towards the homoclinic orbit",
        prose("homoclinic"),
        [Table("homoclinic", r"Morris--Lecar networks as $I$ falls to the homoclinic value of the field, near $35.07$.",
               HEAD, rows)],
        [pictures[0], pictures[-1]],
        holds,
    )  # fmt: skip


def _cells(certificate: Certificate) -> list[str]:
    orbit = certificate["periodic_orbit"]
    floor = at_least(claimed(certificate, "minimal_period", "value"))
    if not orbit.proved:
        return ["not proved", MISSING, floor, MISSING, MISSING, MISSING, MISSING]
    return [
        f"proved, {orbit.stability}", interval(orbit.period, 8), floor,
        interval(claimed(certificate, "theorem_2", "det_m_paper")),
        interval(claimed(certificate, "theorem_2", "det_m")),
        interval(orbit.det_m, 6), second_modulus(orbit),
    ]  # fmt: skip
