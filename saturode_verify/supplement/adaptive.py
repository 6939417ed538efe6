"""tanh(beta x) with trainable beta: where training takes it, and what the trained networks provably do."""

from __future__ import annotations

from ..certificate.record import Certificate
from ..network import Network
from ..paper.fields import find_field
from ..region import Box
from .content import (
    MISSING,
    Section,
    Table,
    at_most,
    claimed,
    decimal,
    interval,
    orbit_is,
    saturation,
    second_modulus,
    source,
)
from .prose import prose
from .trained import trained
from .workspace import Workspace

FIELD, HIDDEN, REGION = "stuart-landau", (32, 32), Box("[-1.6,1.6]^2")
BETAS = (0.5, 1.0, 4.0)
HEAD = (
    r"$\beta$ at first", r"$\beta_1,\beta_2$ trained", r"$\sup_U|s'|$ by layer (2) $\le$", r"$C(U)$ (3) $\le$",
    r"$\sup_U\|Df\|$ (3)", "orbit (7)", r"$\det M$ (7)", r"$|\rho|$ (7)", "certificates",
)  # fmt: skip


def adaptive(work: Workspace) -> Section:
    """One row an initial beta."""
    rows, holds = [], True
    for beta in BETAS:
        network = trained(work, FIELD, HIDDEN, "tanh-beta", beta=beta)
        region = work.region(f"adaptive-{beta:g}-region", network, REGION, rtol="0.01")
        orbit = work.orbit(f"adaptive-{beta:g}-orbit", network, near=find_field(FIELD).start, digits=12)
        holds &= orbit_is(orbit, "stable")
        rows.append([f"${beta:g}$", _betas(network), *_cells(region, orbit), source(region, orbit)])
    return Section(
        r"Open question: adaptive activations $\tanh(\beta x)$",
        prose("adaptive"),
        [Table("adaptive", r"Networks 2-32-32-2 with one trainable $\beta$ per layer, $U=[-1.6,1.6]^2$.", HEAD, rows)],
        holds=holds,
    )


def _betas(network: Network) -> str:
    """Exact numbers of the model, printed to four digits towards zero."""
    return ", ".join(decimal(layer.activation.slope) for layer in network.hidden)


def _cells(region: Certificate, orbit: Certificate) -> list[str]:
    found = orbit["periodic_orbit"]
    cells = [
        ", ".join(at_most(claim.delta) for claim in saturation(region)),
        at_most(claimed(region, "layerwise_bound", "bound")),
        interval(claimed(region, "sup_jacobian_norm", "value")),
    ]
    if not found.proved:
        return [*cells, "not proved", MISSING, MISSING]
    return [*cells, f"proved, {found.stability}", interval(found.det_m, 8), second_modulus(found)]
