"""d = 4: individual Floquet multipliers of a network trained on the Hodgkin-Huxley field."""

from __future__ import annotations

from ..certificate.record import Certificate
from ..paper.fields import find_field
from .content import MISSING, Section, Table, claimed, interval, source, span, verdict
from .prose import prose
from .trained import trained
from .workspace import Workspace

FIELD, HIDDEN = "hodgkin-huxley", (64, 64)


def dimension_four(work: Workspace) -> Section:
    """What is proved of the network's orbit, quantity by quantity."""
    network = trained(work, FIELD, HIDDEN, "tanh")
    certificate = work.orbit("hodgkin-huxley-orbit", network, near=find_field(FIELD).start, digits=8, rtol="0.1")
    return Section(
        "Open question: higher dimensions",
        prose("dimension_four", verdict=verdict(certificate, "periodic_orbit")),
        [
            Table(
                "hodgkin-huxley",
                r"A tanh network 4-64-64-4 trained on the Hodgkin--Huxley field; $U$ is a box around its orbit.",
                ("quantity", "value", "certificate"),
                [[label, value, source(certificate)] for label, value in _quantities(certificate)],
            )
        ],
    )


def _quantities(certificate: Certificate) -> list[tuple[str, str]]:
    orbit = certificate["periodic_orbit"]
    region = [
        (r"$\sup_U\|Df\|$ (3)", interval(claimed(certificate, "sup_jacobian_norm", "value"))),
        (r"$\mathrm{div}\,f$ on $U$ (4)", span(certificate)),
        (r"logarithmic norms $[\mu^-,\mu^+]$ on $U$ (4)", span(certificate, "log_norm")),
        (r"every $|\rho|$ by $U$ alone (5)", interval(claimed(certificate, "theorem_2", "multipliers"))),
    ]
    if not orbit.proved:
        return [*region, ("orbit (7)", "not proved"), ("multipliers (7)", MISSING)]
    proved = [
        ("$T$ (7)", interval(orbit.period, 8)),
        (r"$\det M$ (7)", interval(orbit.det_m)),
        *(
            (rf"$|\rho_{{{k}}}|$ (7)", interval(multiplier["modulus"]))
            for k, multiplier in enumerate(orbit.multipliers, start=1)
        ),
        ("stability (7)", str(orbit.stability)),
    ]
    return [*region, *proved]
