"""The suprema that one pass of branch and bound encloses; an infimum is minus the supremum of the negative."""

from __future__ import annotations

from dataclasses import dataclass, field

from flint import arb

from ..rigor.spectral import INFINITY

NAMES = ("norm", "divergence_high", "divergence_low", "log_norm_high", "log_norm_low")


@dataclass(slots=True)
class Quantities:
    """One exact bound per supremum over a box (outer) or at a point (inner).

    ``norm``: sup ||Df||; ``divergence_high``: sup div f, ``divergence_low``: sup(-div f); ``log_norm_high``: sup
    lambda_max, ``log_norm_low``: sup(-lambda_min) of the symmetric part; ``deltas[k]``: sup of max |s'| of layer k+1.
    """

    norm: arb = INFINITY
    divergence_high: arb = INFINITY
    divergence_low: arb = INFINITY
    log_norm_high: arb = INFINITY
    log_norm_low: arb = INFINITY
    deltas: list[arb] = field(default_factory=list)

    def as_list(self) -> list[arb]:
        """All suprema in a fixed order: `NAMES`, then the deltas."""
        return [*(getattr(self, name) for name in NAMES), *self.deltas]
