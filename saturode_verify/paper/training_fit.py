"""The optimisers at work on a network, step by step. Imports torch."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import nn

from .training_model import betas
from .training_state import Checkpoint, State, read_state, write_state

Loss = Callable[[], torch.Tensor]
Progress = Callable[[int, int, float], None]
"""Called with (step, total steps, loss so far)."""

REPORT_EVERY = 50
SAVE_SECONDS = 10.0
"""The state is written at checkpoints, and at the next report when the last one is older than this."""
# torch's L-BFGS drops a curvature pair whose inner product is below 1e-10. The mean square error gets there long
# before the fit is good; in units of 1e-6 it does not, and 5000 steps bring it down by another factor of 10.
LOSS_UNIT = 1e-6


@dataclass(frozen=True)
class Phase:
    """``steps`` steps of one optimiser on one loss, a mean square error."""

    optimiser: Literal["adam", "lbfgs"]
    steps: int
    loss: Loss


@dataclass(frozen=True)
class Watch:
    """Who is told what. ``on_checkpoint`` is called with the checkpoints so far, the last of them being now's.

    ``checkpoints``: steps, ascending. L-BFGS pauses every REPORT_EVERY steps only; a checkpoint in between waits for
    the next pause. ``state`` is the file of the resumable state, None for no such file; ``plan`` what it belongs to.
    """

    progress: Progress | None
    checkpoints: Sequence[int]
    on_checkpoint: Callable[[tuple[Checkpoint, ...]], None]
    state: str | os.PathLike[str] | None
    plan: Mapping[str, Any]


class Fit:
    """The phases of a training, one after another, on the parameters of ``module``."""

    def __init__(self, module: nn.Sequential, phases: Sequence[Phase], watch: Watch) -> None:
        self.module, self.phases, self.watch = module, phases, watch
        self.step, self.total = 0, sum(phase.steps for phase in phases)
        self.history: tuple[Checkpoint, ...] = ()
        self.resumed: dict[str, Any] = {}
        self.saved_at = time.monotonic()

    def resume(self) -> None:
        """Go on from the state file where there is one. Raises UnusableInput if it is no good."""
        path = self.watch.state
        if path is not None and os.path.exists(path):
            state = read_state(path, self.watch.plan, self.module)
            self.step, self.history, self.resumed = state.step, state.history, state.optimiser

    def run(self) -> None:
        """Every step that is left."""
        if self.step == 0 and 0 in self.watch.checkpoints:
            self._checkpoint(self.phases[0].loss)
        first = 0
        for phase in self.phases:
            if self.step < first + phase.steps:
                self._run_phase(phase, first)
            first += phase.steps

    def _run_phase(self, phase: Phase, first: int) -> None:
        worker = (_Adam if phase.optimiser == "adam" else _LBFGS)(self.module, phase)
        if self.step > first:
            worker.load_state(self.resumed)
        last = first + phase.steps
        while self.step < last:
            count, loss = worker.advance(last - self.step)
            before, self.step = self.step, self.step + count
            due = any(before < step <= self.step for step in self.watch.checkpoints)
            pause = (self.step - first) % REPORT_EVERY == 0 or self.step == last
            if due:
                self._checkpoint(phase.loss)
            if due or (pause and time.monotonic() - self.saved_at > SAVE_SECONDS):
                self._save(worker)
            if pause and self.watch.progress is not None:
                self.watch.progress(self.step, self.total, loss)

    def _checkpoint(self, loss: Loss) -> None:
        with torch.no_grad():
            value = loss().item()
        self.history = (*self.history, Checkpoint(self.step, value, tuple(betas(self.module))))
        self.watch.on_checkpoint(self.history)

    def _save(self, worker: _Adam | _LBFGS) -> None:
        if self.watch.state is not None:
            state = State(self.step, self.module.state_dict(), worker.state(), self.history)
            write_state(self.watch.state, self.watch.plan, state)
            self.saved_at = time.monotonic()


class _Adam:
    """Adam with a cosine schedule: finds the valley."""

    def __init__(self, module: nn.Sequential, phase: Phase) -> None:
        self.loss = phase.loss
        self.optimiser = torch.optim.Adam(module.parameters(), lr=1e-2)
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimiser, phase.steps, eta_min=1e-4)

    def advance(self, _: int) -> tuple[int, float]:
        """One step; (1, the loss before it)."""
        loss = _backward(self.optimiser, self.loss)
        self.optimiser.step()
        self.schedule.step()
        return 1, loss.item() * LOSS_UNIT

    def state(self) -> dict[str, Any]:
        return {"optimiser": self.optimiser.state_dict(), "schedule": self.schedule.state_dict()}

    def load_state(self, state: dict[str, Any]) -> None:
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])


class _LBFGS:
    """L-BFGS: walks down the valley that first-order methods only see the walls of."""

    def __init__(self, module: nn.Sequential, phase: Phase) -> None:
        self.loss = phase.loss
        self.optimiser = torch.optim.LBFGS(
            module.parameters(),
            history_size=50,
            line_search_fn="strong_wolfe",
            tolerance_grad=0,
            tolerance_change=0,
        )

    def advance(self, most: int) -> tuple[int, float]:
        """Up to REPORT_EVERY steps; (their number, the loss before them)."""
        count = min(REPORT_EVERY, most)
        self.optimiser.param_groups[0].update(max_iter=count, max_eval=2 * count)
        loss = self.optimiser.step(lambda: _backward(self.optimiser, self.loss))
        return count, loss.item() * LOSS_UNIT

    def state(self) -> dict[str, Any]:
        return {"optimiser": self.optimiser.state_dict()}

    def load_state(self, state: dict[str, Any]) -> None:
        self.optimiser.load_state_dict(state["optimiser"])


def _backward(optimiser: torch.optim.Optimizer, loss: Loss) -> torch.Tensor:
    optimiser.zero_grad()
    value = loss() / LOSS_UNIT
    value.backward()
    return value
