"""``verify train``: a benchmark neural ODE, with checkpoints of the training and a state to resume it from."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .console import help_option, training_progress

if TYPE_CHECKING:
    from torch import nn

    from .paper.training_state import Checkpoint


@click.command()
@click.argument("field")
@help_option("--hidden", "Widths of the hidden layers.", default="32", show_default=True, metavar="N[,N...]")
@help_option("--activation", "Activation of the hidden layers; tanh-beta is tanh(beta x), one trainable beta a layer.",
             default="tanh", show_default=True, metavar="NAME")  # fmt: skip
@help_option("--beta", "Initial beta of tanh-beta.", type=float, default=1.0, show_default=True)
@help_option("--seed", "Seed; the same seed gives the same weights.", type=int, default=0, show_default=True)
@help_option("--match", "What is fitted: derivatives, or then trajectories too, through an ODE solver.",
             default="derivatives", show_default=True, metavar="WHAT")  # fmt: skip
@help_option("--checkpoints", "Keep the model at N steps, spaced in the logarithm, or at the steps given.",
             metavar="N|STEP,STEP...")  # fmt: skip
@help_option("--resume", "Go on where a training with the same options was killed, if it was.", is_flag=True)
@help_option("-o output", "The model to write; a name in .json makes the exact form, with beta as its slope.",
             required=True, metavar="MODEL.pt")  # fmt: skip
def train(field: str, hidden: str, activation: str, beta: float, seed: int, match: str, checkpoints: str | None,
          resume: bool, output: str) -> None:  # fmt: skip
    """Train a benchmark neural ODE on FIELD: stuart-landau, van-der-pol, fitzhugh-nagumo, morris-lecar,
    morris-lecar-snlc, morris-lecar-homoclinic or hodgkin-huxley.

    With --checkpoints, MODEL-step000100.pt and so on stand beside MODEL.pt, and MODEL-checkpoints.csv says each one's
    loss (and beta). With --checkpoints or --resume, MODEL.state keeps what --resume needs until the model is written.
    """
    from .output import check_writable
    from .paper.training import parse_checkpoints, parse_widths, save, total_steps
    from .paper.training import train as train_network

    check_writable(output)
    files = _Files(output)
    if not resume:
        files.forget()
    steps = () if checkpoints is None else parse_checkpoints(checkpoints, total_steps(match))
    with training_progress() as report:
        module = train_network(
            field, parse_widths(hidden), activation, seed, match=match, beta=beta, progress=report, checkpoints=steps,
            on_checkpoint=files.checkpoint, state=files.state if steps or resume else None,
        )  # fmt: skip
    save(module, output)
    files.forget()
    click.echo(f"{output}: {field}, hidden {hidden}, {activation}, seed {seed}")
    _say_betas(module, output)


class _Files:
    """The files beside the model: checkpoints, their table and the resumable state."""

    def __init__(self, output: str) -> None:
        self.output = Path(output)
        self.state = self.output.with_name(f"{self.output.stem}.state")

    def checkpoint(self, module: nn.Sequential, history: tuple[Checkpoint, ...]) -> None:
        from .output import write_atomically
        from .paper.training import save

        layers = range(1, len(history[-1].betas) + 1)
        lines = [",".join(["step", "loss", *(f"beta_{k}" for k in layers)])]
        lines += [",".join(map(repr, [point.step, point.loss, *point.betas])) for point in history]
        write_atomically(
            self.output.with_name(f"{self.output.stem}-checkpoints.csv"), ("\n".join(lines) + "\n").encode()
        )
        save(module, self.output.with_name(f"{self.output.stem}-step{history[-1].step:06d}{self.output.suffix}"))

    def forget(self) -> None:
        with suppress(OSError):
            self.state.unlink()


def _say_betas(module: nn.Sequential, output: str) -> None:
    from .paper.training_model import betas

    found = betas(module)
    if found:
        how = "exact, as slopes" if output.endswith(".json") else "multiplied into the weights, rounded once"
        click.echo(f"- beta {', '.join(f'{beta:.6g}' for beta in found)} ({how})")
