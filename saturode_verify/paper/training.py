"""Training a neural ODE on a benchmark field: UNTRUSTED floats, nothing here is a claim.

The network is fitted in float64 to the field's values (derivative matching), and then, if asked, to the field's
trajectories through an ODE solver. States are rescaled to [-1, 1] and derivatives to unit spread, so that fields in
millivolts train as well as fields of order one; both affine maps are then folded into the first and the last layer,
and the folded network is the model.
"""

from __future__ import annotations

import io
import math
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from ..errors import UnusableInput
from ..output import write_atomically
from .fields import Field, find_field

if TYPE_CHECKING:
    from torch import nn

    from .training_state import Checkpoint

Progress = Callable[[int, int, float], None]
"""Called with (step, total steps, loss so far)."""
OnCheckpoint = Callable[["nn.Sequential", "tuple[Checkpoint, ...]"], None]
"""Called with the model as it stands, and the checkpoints so far; the last of them is this one's."""

TRAINABLE = ("tanh", "tanh-beta", "sigmoid", "silu", "gelu", "softplus", "elu", "relu", "leaky_relu")
"""The activations that can be trained; tanh-beta is tanh(beta x) with one trainable beta per hidden layer."""
MATCHES = ("derivatives", "trajectories")
"""What can be matched; trajectories start from matched derivatives."""
ADAM_STEPS, LBFGS_STEPS, SHOOTING_STEPS = 1000, 5000, 500


def train(
    field: Field | str,
    hidden: tuple[int, ...],
    activation: str,
    seed: int,
    *,
    match: str = MATCHES[0],
    beta: float = 1.0,
    adam_steps: int = ADAM_STEPS,
    lbfgs_steps: int = LBFGS_STEPS,
    shooting_steps: int = SHOOTING_STEPS,
    progress: Progress | None = None,
    checkpoints: Sequence[int] = (),
    on_checkpoint: OnCheckpoint | None = None,
    state: str | os.PathLike[str] | None = None,
) -> nn.Sequential:
    """A float64 MLP d - hidden - d fitted to ``field``, which is a Field or the name of one.

    ``hidden`` are the widths of the hidden layers, ``activation`` one of TRAINABLE, ``beta`` the initial slope of
    tanh-beta, ``match`` one of MATCHES (``shooting_steps`` belong to trajectories). ``on_checkpoint`` is called at the
    steps ``checkpoints``, ascending; within L-BFGS at the next multiple of 50. ``state`` is a file that the training's
    state is kept in, and that it goes on from if it exists.

    The same arguments give the same weights, bit for bit, on the same torch and processor, in one go or resumed;
    torch's random state and settings are left as found. Raises UnusableInput for an unknown name, an impossible width,
    a seed outside 0..2^63-1, a training that diverges, a state file of another training, or a missing torch.
    """
    chosen = find_field(field) if isinstance(field, str) else field
    _check(hidden, activation, seed, match, beta)
    torch = _import_torch()
    from .training_run import Plan, run

    shooting = shooting_steps if match == "trajectories" else 0
    plan = Plan(chosen, hidden, activation, seed, beta, adam_steps, lbfgs_steps, shooting)
    with _deterministic(torch, seed):
        result = run(plan, progress, checkpoints, on_checkpoint, state)
    if not all(bool(parameter.isfinite().all()) for parameter in result.parameters()):
        raise UnusableInput("the training has diverged", "try another --seed or narrower layers")
    return result


def save(module: nn.Sequential, path: str | os.PathLike[str]) -> None:
    """Write ``module`` to ``path`` atomically: the exact model if the name ends in .json, else torch's own format.

    In torch's format every beta of tanh-beta is multiplied into the weights before it, which rounds once; the exact
    model keeps it, as the slope. Raises UnusableInput if the file cannot be written.
    """
    torch = _import_torch()
    from . import training_model

    if Path(path).suffix == ".json":
        write_atomically(path, training_model.exact(module).canonical())
        return
    # Into a buffer, not a path: torch would store the file's name inside the archive.
    buffer = io.BytesIO()
    torch.save(training_model.plain(module), buffer)
    write_atomically(path, buffer.getvalue())


def parse_widths(text: str) -> tuple[int, ...]:
    """Widths of hidden layers from text like ``32`` or ``32,32``. Raises UnusableInput if it is no such list."""
    if not re.fullmatch(r"\d{1,6}(,\d{1,6})*", text):
        raise UnusableInput(f"cannot read the hidden widths {text[:40]!r}", "give widths like 32 or 32,32")
    return tuple(int(width) for width in text.split(","))


def total_steps(match: str) -> int:
    """How many steps `train` makes by default."""
    return ADAM_STEPS + LBFGS_STEPS + (SHOOTING_STEPS if match == "trajectories" else 0)


def parse_checkpoints(text: str, total: int) -> tuple[int, ...]:
    """Steps, ascending: ``20`` means 20 spaced evenly in the logarithm up to ``total``, ``0,10,100`` these three.

    Raises UnusableInput for anything else.
    """
    if not re.fullmatch(r"\d{1,9}(,\d{1,9})*", text):
        raise UnusableInput(
            f"cannot read the checkpoints {text[:40]!r}", "give their number, like 20, or steps, like 0,10,100"
        )
    numbers = [int(number) for number in text.split(",")]
    if len(numbers) > 1:
        return tuple(sorted({step for step in numbers if step <= total}))
    (count,) = numbers
    if not 1 <= count <= total:
        raise UnusableInput(f"{count} checkpoints do not fit into {total} steps", f"give a number from 1 to {total}")
    return tuple(sorted({round(total ** (k / count)) for k in range(1, count + 1)}))


def _import_torch() -> ModuleType:
    try:
        import torch
    except ImportError:
        raise UnusableInput("training needs torch", "pip install 'saturode-verify[torch]'") from None
    return torch


def _check(hidden: tuple[int, ...], activation: str, seed: int, match: str, beta: float) -> None:
    if not hidden or min(hidden) < 1:
        raise UnusableInput(
            f"hidden widths {','.join(map(str, hidden)) or '(none)'} make no network", "give widths like 32 or 32,32"
        )
    for chosen, what, known in ((activation, "train with the activation", TRAINABLE), (match, "match", MATCHES)):
        if chosen not in known:
            raise UnusableInput(f"cannot {what} {chosen[:40]!r}", f"choose one of: {', '.join(known)}")
    if not 0 <= seed < 2**63:
        raise UnusableInput(f"the seed {seed} is out of range", "give a whole number from 0 to 2^63 - 1")
    if not 0 < beta < math.inf:
        raise UnusableInput(f"an initial beta of {beta} is no slope", "give a positive number, such as 1")


@contextmanager
def _deterministic(torch: ModuleType, seed: int) -> Iterator[None]:
    """One thread (the order of summation depends on their number), deterministic kernels, ``seed``; then as before."""
    threads = torch.get_num_threads()
    enabled, warn_only = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        try:
            torch.set_num_threads(1)
            torch.use_deterministic_algorithms(True)
            torch.manual_seed(seed)
            yield
        finally:
            torch.use_deterministic_algorithms(enabled, warn_only=warn_only)
            torch.set_num_threads(threads)
