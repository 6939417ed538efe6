"""The trained networks of the experiments, as `verify train` makes them; a killed training goes on where it was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..network import Network
from ..output import write_atomically
from ..paper.fields import Field
from .workspace import Workspace

SEED = 0


def trained(work: Workspace, field: str | Field, hidden: tuple[int, ...], activation: str, **options: Any) -> Network:
    """The network that ``verify train FIELD --hidden ... --activation ... --seed 0 ...`` gives.

    ``options``: those of `paper.training.train`; they become part of the name.
    """
    name = _name(field, hidden, activation, options)

    def make() -> Network:
        from ..paper.training import train
        from ..paper.training_model import exact

        return exact(train(field, hidden, activation, SEED, state=work.folder / "models" / f"{name}.state", **options))

    return work.trained(name, make)


def checkpoints(
    work: Workspace, field: str, hidden: tuple[int, ...], activation: str, steps: Sequence[int], **options: Any
) -> list[tuple[int, Network]]:
    """The networks at some steps of one training, with the steps; in L-BFGS multiples of 50."""
    base = _name(field, hidden, activation, options)
    names = {step: f"{base}-step{step:06d}" for step in steps}

    def make(wanted: str) -> Network:
        from ..paper.training import train
        from ..paper.training_model import exact

        found: dict[str, Network] = {}

        def keep(module: Any, history: tuple[Any, ...]) -> None:
            name = names[history[-1].step]
            found[name] = exact(module)
            write_atomically(work.model_path(name), found[name].canonical())

        train(field, hidden, activation, SEED, checkpoints=tuple(steps), on_checkpoint=keep, **options)
        return found[wanted]

    return [(step, work.trained(name, lambda name=name: make(name))) for step, name in names.items()]


def _name(field: str | Field, hidden: tuple[int, ...], activation: str, options: dict[str, Any]) -> str:
    parts = [field if isinstance(field, str) else field.name, activation, "x".join(map(str, hidden))]
    return "-".join([*parts, *(f"{value:g}" if isinstance(value, float) else str(value) for value in options.values())])


def state_files(folder: Path) -> list[Path]:
    """What killed trainings left behind; needless once their model is written."""
    return sorted((folder / "models").glob("*.state"))
