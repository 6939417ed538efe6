"""How far a trained network is from its field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from saturode_verify.paper.fields import Field
from saturode_verify.paper.trajectories import limit_cycle, times_along

if TYPE_CHECKING:
    from torch import nn


def relative_error(module: nn.Sequential, field: Field) -> float:
    """max |N - f| / max |f| over the field's limit cycle."""
    import torch

    cycle = limit_cycle(field)
    states = cycle.at(times_along(field, cycle, np.linspace(0, 1, 501)))
    truth = field.right_hand_side(states)
    with torch.no_grad():
        learned = module(torch.from_numpy(states)).numpy()
    return float(np.linalg.norm(learned - truth, axis=1).max() / np.linalg.norm(truth, axis=1).max())
