"""Does weight growth compensate for saturation? C_W delta^q over the checkpoints of one training run."""

from __future__ import annotations

from fractions import Fraction

from ..certificate.record import Certificate
from ..region import Box
from ..rigor.numbers import Enclosure
from .content import Picture, Section, Table, at_most, claimed, inside, interval, saturation, source, span
from .drawing import history
from .prose import prose
from .trained import checkpoints
from .workspace import Workspace

FIELD, HIDDEN, REGION = "stuart-landau", (32, 32), Box("[-1.6,1.6]^2")
STEPS = (10, 50, 100, 250, 500, 1000, 1500, 3000, 6000)
CELL = Box("[1.2,1.6]^2")
"""A corner of the region, outside the cycle, where layers might saturate."""
HEAD = (
    "step", r"$C_W$ (3) $\le$", r"$\delta_1,\delta_2$ on $V$ (2) $\le$", r"$C(V)$ (3) $\le$", r"$\sup_V\|Df\|$ (3)",
    r"$\sup_U\|Df\|$ (3)", r"$\mathrm{div}\,f$ on $U$ (4)", "certificates",
)  # fmt: skip


def weight_growth(work: Workspace) -> Section:
    """One row a checkpoint."""
    steps, rows, series, holds = [], [], [], True
    for step, network in checkpoints(work, FIELD, HIDDEN, "tanh", STEPS):
        whole = work.region(f"growth-{step:06d}-u", network, REGION, rtol="0.01")
        cell = work.region(f"growth-{step:06d}-v", network, CELL, rtol="0.01")
        steps.append(step)
        series.append((whole, cell))
        holds &= all(inside(delta, Fraction(99, 100), 1) for delta in _deltas(cell))
        rows.append(_row(step, whole, cell))
    file = work.write("figures", "growth.pdf", history([max(s, 0.5) for s in steps], [
        (r"$C_W$", [claimed(u, "global_bound", "bound") for u, _ in series]),
        (r"$C(V)$", [claimed(v, "layerwise_bound", "bound") for _, v in series]),
        (r"$\sup_V\|Df\|$", [claimed(v, "sup_jacobian_norm", "value") for _, v in series]),
        (r"$\sup_U\|Df\|$", [claimed(u, "sup_jacobian_norm", "value") for u, _ in series]),
    ], "training step"))  # fmt: skip
    return Section(
        "Open question: weight growth during training",
        prose("growth"),
        [Table("growth", r"Checkpoints of one run; $U=[-1.6,1.6]^2$, $V=[1.2,1.6]^2$.", HEAD, rows)],
        [Picture(file.name, "Certified upper bounds over the training run.", width=0.5)],
        holds,
    )


def _deltas(certificate: Certificate) -> list[Enclosure]:
    return [claim.delta for claim in saturation(certificate)]


def _row(step: int, whole: Certificate, cell: Certificate) -> list[str]:
    return [
        str(step),
        at_most(claimed(whole, "global_bound", "bound")),
        ", ".join(at_most(delta) for delta in _deltas(cell)),
        at_most(claimed(cell, "layerwise_bound", "bound")),
        interval(claimed(cell, "sup_jacobian_norm", "value")),
        interval(claimed(whole, "sup_jacobian_norm", "value")),
        span(whole),
        source(whole, cell),
    ]
