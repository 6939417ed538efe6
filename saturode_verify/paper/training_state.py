"""Checkpoints of a training, and the state that a killed training goes on from. Imports torch.

Nothing is drawn at random after the initial weights, so weights, optimiser, schedule and step are the whole state.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..errors import UnusableInput
from ..output import write_atomically

_REMEDY = "delete it to start anew"


@dataclass(frozen=True)
class Checkpoint:
    """The mean square error of the weights after ``step`` steps, and beta of every hidden layer (BETA only)."""

    step: int
    loss: float
    betas: tuple[float, ...]


@dataclass(frozen=True)
class State:
    """Where a training stands: ``optimiser`` holds its state and its schedule's, ``history`` the checkpoints so far."""

    step: int
    module: dict[str, Any]
    optimiser: dict[str, Any]
    history: tuple[Checkpoint, ...]


def write_state(path: str | os.PathLike[str], plan: Mapping[str, Any], state: State) -> None:
    """Write ``state`` atomically, beside the ``plan`` that it belongs to. Raises UnusableInput if that fails."""
    history = [(point.step, point.loss, *point.betas) for point in state.history]
    document = {**vars(state), "history": history, "plan": dict(plan)}
    buffer = io.BytesIO()
    torch.save(document, buffer)
    write_atomically(path, buffer.getvalue())


def read_state(path: str | os.PathLike[str], plan: Mapping[str, Any], module: nn.Module) -> State:
    """The state in ``path``, its weights put into ``module``. Raises UnusableInput for no state, or another plan's."""
    name = Path(path).name
    try:
        found = torch.load(path, weights_only=True)
        stored = found.pop("plan")
        history = tuple(Checkpoint(step, loss, tuple(betas)) for step, loss, *betas in found.pop("history"))
        state = State(history=history, **found)
        if stored == dict(plan):
            module.load_state_dict(state.module)
    except Exception:  # a broken file makes torch raise whatever comes first
        raise UnusableInput(f"{name} is no resumable training state", _REMEDY) from None
    if stored != dict(plan):
        raise UnusableInput(f"{name} belongs to a training with other settings", _REMEDY)
    return state
