"""d = 4: individual Floquet multipliers, of a network with a complex pair, and what remains of Hodgkin-Huxley."""

from __future__ import annotations

import numpy as np

from ..certificate.record import Certificate
from ..paper.fields import Field, find_field
from ..paper.fields_planar import stuart_landau
from ..region import Box
from .content import MISSING, Section, Table, at_least, claimed, interval, orbit_is, source, span
from .prose import prose
from .trained import trained
from .workspace import Workspace


def driven_spiral(states: np.ndarray) -> np.ndarray:
    """Stuart-Landau in (x, y) drives a damped rotation: u' = -u/2 - 1.3 v + x/2, v' = 1.3 u - v/2.

    The cycle r = 1 has T = 2 pi and the multipliers 1, e^{-4 pi}, e^{-pi} e^{+-2.6 pi i}.
    """
    x, u, v = states[:, 0], states[:, 2], states[:, 3]
    driven = np.stack([-0.5 * u - 1.3 * v + 0.5 * x, 1.3 * u - 0.5 * v], axis=1)
    return np.concatenate([stuart_landau(states[:, :2]), driven], axis=1)


SPIRAL = Field(
    name="driven-spiral",
    box=Box("[-1.5,1.5]^4"),
    right_hand_side=driven_spiral,
    citation="Stuart-Landau driving a linear spiral",
    start=(1.0, 0.0, 0.0, 0.0),
)
AROUND_THE_CYCLE = Box("[-1.5,0.61]x[0.01,0.99]x[0.06,0.46]x[0.38,0.76]")
"""Holds the Hodgkin-Huxley field's own cycle, as integrated in floats."""
PERIOD = "[2.92,2.96]"


def dimension_four(work: Workspace) -> Section:
    """Two tables: everything of the spiral's orbit, and the region's bounds for Hodgkin-Huxley."""
    spiral = trained(work, SPIRAL, (48, 48), "tanh")
    orbit = work.orbit("spiral-orbit", spiral, near=SPIRAL.start, digits=12, rtol="0.1")
    neuron = trained(work, find_field("hodgkin-huxley").name, (64, 64), "tanh")
    region = work.region("hodgkin-huxley-region", neuron, AROUND_THE_CYCLE, rtol="0.1", period=PERIOD)
    head = ("quantity", "value", "certificate")
    return Section(
        "Open question: higher dimensions",
        prose("dimension_four"),
        [
            _table("spiral", "A network 4-48-48-4, tanh, trained on Stuart--Landau driving a damped rotation.", head,
                   orbit, _of_orbit(orbit)),
            _table("hodgkin-huxley", "A network 4-64-64-4, tanh, trained on Hodgkin--Huxley, on a box around the cycle "
                   r"of the field; $T\in[2.92,2.96]$.", head, region, _of_region(region)),
        ],
        holds=orbit_is(orbit, "stable"),
    )  # fmt: skip


def _table(
    name: str, caption: str, head: tuple[str, ...], certificate: Certificate, lines: list[tuple[str, str]]
) -> Table:
    return Table(name, caption, head, [[label, value, source(certificate)] for label, value in lines])


def _of_orbit(certificate: Certificate) -> list[tuple[str, str]]:
    orbit = certificate["periodic_orbit"]
    if not orbit.proved:
        return [*_of_region(certificate), ("orbit (7)", "not proved"), ("multipliers (7)", MISSING)]
    multipliers = [
        (rf"$|\rho_{{{k}}}|$ (7)", interval(entry["modulus"], 8)) for k, entry in enumerate(orbit.multipliers, start=1)
    ]
    pairs = [
        (rf"$\mathrm{{Im}}\,\rho_{{{k}}}$ (7)", interval(entry["im"], 8))
        for k, entry in enumerate(orbit.multipliers, start=1)
        if entry["im"].lower != entry["im"].upper
    ]
    known = [("$T$ (7)", interval(orbit.period, 8)), (r"$\det M$ (7)", interval(orbit.det_m, 8))]
    return [*_of_region(certificate), *known, *multipliers, *pairs, ("orbit (7)", f"proved, {orbit.stability}")]


def _of_region(certificate: Certificate) -> list[tuple[str, str]]:
    return [
        (r"$\sup_U\|Df\|$ (3)", interval(claimed(certificate, "sup_jacobian_norm", "value"))),
        (r"$\mathrm{div}\,f$ on $U$ (4)", span(certificate)),
        (r"logarithmic norms $[\mu^-,\mu^+]$ on $U$ (4)", span(certificate, "log_norm")),
        (r"every $|\rho|$ of an orbit in $U$, by $U$ alone (5)",
         interval(claimed(certificate, "theorem_2", "multipliers"))),
        (r"$T\ge2\pi/L$ (6)", at_least(claimed(certificate, "minimal_period", "value"))),
    ]  # fmt: skip
