"""One training from its plan to its model. Imports torch."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from .fields import Field
from .training_fit import Fit, Phase, Progress, Watch
from .training_losses import derivative_loss, scaled_states, trajectory_loss
from .training_model import folded, mlp
from .training_state import Checkpoint


@dataclass(frozen=True)
class Plan:
    """What determines the weights; ``shooting_steps`` is 0 where derivatives alone are matched."""

    field: Field
    hidden: tuple[int, ...]
    activation: str
    seed: int
    beta: float
    adam_steps: int
    lbfgs_steps: int
    shooting_steps: int

    def document(self) -> dict[str, Any]:
        """Plain values that tell trainings apart."""
        return {**vars(self), "field": self.field.name, "hidden": list(self.hidden)}


def run(
    plan: Plan,
    progress: Progress | None,
    checkpoints: Sequence[int],
    on_checkpoint: Callable[[nn.Sequential, tuple[Checkpoint, ...]], None] | None,
    state: str | os.PathLike[str] | None,
) -> nn.Sequential:
    """The trained model, from torch's random state as it is. Goes on from the ``state`` file if there is one."""
    field = plan.field
    module = mlp(field.dimension, plan.hidden, plan.activation, plan.beta)
    centre, radius = field.frame()
    states = scaled_states(field, plan.seed)
    targets = field.right_hand_side(centre + radius * states)
    spread = targets.std(axis=0)
    values = derivative_loss(module, states, targets / spread)
    phases = [Phase("adam", plan.adam_steps, values), Phase("lbfgs", plan.lbfgs_steps, values)]
    if plan.shooting_steps:
        phases.append(Phase("lbfgs", plan.shooting_steps, trajectory_loss(module, field, spread, plan.seed)))

    def reached(history: tuple[Checkpoint, ...]) -> None:
        if on_checkpoint is not None:
            on_checkpoint(folded(module, centre, radius, spread), history)

    fit = Fit(module, phases, Watch(progress, checkpoints, reached, state, plan.document()))
    fit.resume()
    fit.run()
    return folded(module, centre, radius, spread)
