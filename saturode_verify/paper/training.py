"""Training a neural ODE on a benchmark field by derivative matching: UNTRUSTED floats, nothing here is a claim.

The network is fitted to the field's values on the training box, in float64. States are rescaled to [-1, 1]
and derivatives to unit spread, so that fields in millivolts train as well as fields of order one; both affine
maps are then folded into the first and the last layer, and the folded network is the model.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from ..errors import UnusableInput
from ..output import write_atomically
from .fields import Field, find_field

if TYPE_CHECKING:
    import torch
    from torch import nn

Progress = Callable[[int, int, float], None]
"""Called with (step, total steps, loss so far)."""

TRAINABLE: dict[str, str] = {
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "silu": "SiLU",
    "gelu": "GELU",
    "softplus": "Softplus",
    "elu": "ELU",
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
}
"""The exact model's name of each activation that can be trained, and the class in torch.nn."""

SAMPLES = 2048
REPORT_EVERY = 50
# torch's L-BFGS drops a curvature pair whose inner product is below 1e-10. The mean square error gets there long
# before the fit is good; in units of 1e-6 it does not, and 5000 steps bring it down by another factor of 10.
LOSS_UNIT = 1e-6


def train(
    field: Field | str,
    hidden: tuple[int, ...],
    activation: str,
    seed: int,
    *,
    adam_steps: int = 1000,
    lbfgs_steps: int = 5000,
    progress: Progress | None = None,
) -> nn.Sequential:
    """A float64 MLP d - hidden - d fitted to ``field``, which is a Field or the name of one.

    ``hidden`` are the widths of the hidden layers, ``activation`` a key of TRAINABLE. The same arguments give
    the same weights, bit for bit, on the same torch and processor; torch's random state and settings are left
    as found. Raises UnusableInput for an unknown name, an impossible width, a seed outside 0..2^63-1, a training
    that diverges, or a missing torch.
    """
    chosen = find_field(field) if isinstance(field, str) else field
    _check(hidden, activation, seed)
    torch = _import_torch()
    with _deterministic(torch, seed):
        module = _mlp(torch, chosen.dimension, hidden, activation)
        centre, radius = _frame(chosen)
        states = _states(torch, chosen.dimension, seed)
        targets = chosen.right_hand_side(centre + radius * states)
        spread = targets.std(axis=0)
        fit = _Fit(torch, module, states, targets / spread, adam_steps + lbfgs_steps, progress)
        fit.adam(adam_steps)
        fit.lbfgs(lbfgs_steps)
        _fold(torch, module, centre, radius, spread)
    if not all(bool(parameter.isfinite().all()) for parameter in module.parameters()):
        raise UnusableInput("the training has diverged", "try another --seed or narrower layers")
    return module


def save(module: nn.Sequential, path: str | os.PathLike[str]) -> None:
    """Write the whole ``module`` to ``path`` atomically. Raises UnusableInput if the file cannot be written."""
    torch = _import_torch()
    # Into a buffer, not a path: torch would store the file's name inside the archive.
    buffer = io.BytesIO()
    torch.save(module, buffer)
    write_atomically(path, buffer.getvalue())


def parse_widths(text: str) -> tuple[int, ...]:
    """Widths of hidden layers from text like ``32`` or ``32,32``. Raises UnusableInput if it is no such list."""
    if not re.fullmatch(r"\d{1,6}(,\d{1,6})*", text):
        raise UnusableInput(f"cannot read the hidden widths {text[:40]!r}", "give widths like 32 or 32,32")
    return tuple(int(width) for width in text.split(","))


def _import_torch() -> ModuleType:
    try:
        import torch
    except ImportError:
        raise UnusableInput("training needs torch", "pip install 'saturode-verify[torch]'") from None
    return torch


def _check(hidden: tuple[int, ...], activation: str, seed: int) -> None:
    if not hidden or min(hidden) < 1:
        raise UnusableInput(
            f"hidden widths {','.join(map(str, hidden)) or '(none)'} make no network", "give widths like 32 or 32,32"
        )
    if activation not in TRAINABLE:
        raise UnusableInput(
            f"cannot train with the activation {activation[:40]!r}", f"choose one of: {', '.join(TRAINABLE)}"
        )
    if not 0 <= seed < 2**63:
        raise UnusableInput(f"the seed {seed} is out of range", "give a whole number from 0 to 2^63 - 1")


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


def _mlp(torch: ModuleType, dimension: int, hidden: tuple[int, ...], activation: str) -> nn.Sequential:
    kind = getattr(torch.nn, TRAINABLE[activation])
    sizes = [dimension, *hidden]
    layers: list[nn.Module] = []
    for inputs, outputs in zip(sizes, hidden, strict=False):
        layers += [torch.nn.Linear(inputs, outputs, dtype=torch.float64), kind()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(sizes[-1], dimension, dtype=torch.float64))


def _frame(field: Field) -> tuple[np.ndarray, np.ndarray]:
    """Centre and half widths (d,) of the training box."""
    sides = np.array([[float(low), float(high)] for low, high in field.box.sides])
    return sides.mean(axis=1), (sides[:, 1] - sides[:, 0]) / 2


def _states(torch: ModuleType, dimension: int, seed: int) -> np.ndarray:
    """SAMPLES low-discrepancy points (n, d) in [-1, 1]^d with the arcsine density.

    Like Chebyshev nodes they crowd at the faces, where a fit to evenly spread points has its largest error.
    """
    uniform = torch.quasirandom.SobolEngine(dimension, scramble=True, seed=seed).draw(SAMPLES, dtype=torch.float64)
    return -np.cos(np.pi * uniform.numpy())


class _Fit:
    """The least squares problem module(states) ~ targets, and the two optimisers that work on it in turn."""

    def __init__(
        self,
        torch: ModuleType,
        module: nn.Sequential,
        states: np.ndarray,
        targets: np.ndarray,
        total: int,
        progress: Progress | None,
    ) -> None:
        self.torch, self.module, self.total, self.progress = torch, module, total, progress
        self.states, self.targets = torch.from_numpy(states), torch.from_numpy(targets)
        self.step = 0

    def adam(self, steps: int) -> None:
        """Adam with a cosine schedule: finds the valley."""
        optimiser = self.torch.optim.Adam(self.module.parameters(), lr=1e-2)
        schedule = self.torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(steps, 1), eta_min=1e-4)
        for count in range(1, steps + 1):
            loss = self._backward(optimiser)
            optimiser.step()
            schedule.step()
            self.step += 1
            if count % REPORT_EVERY == 0 or count == steps:
                self._report(loss)

    def lbfgs(self, steps: int) -> None:
        """L-BFGS: walks down the valley that first-order methods only see the walls of."""
        optimiser = self.torch.optim.LBFGS(
            self.module.parameters(),
            history_size=50,
            line_search_fn="strong_wolfe",
            tolerance_grad=0,
            tolerance_change=0,
        )
        for start in range(0, steps, REPORT_EVERY):
            count = min(REPORT_EVERY, steps - start)
            optimiser.param_groups[0].update(max_iter=count, max_eval=2 * count)
            loss = optimiser.step(lambda: self._backward(optimiser))
            self.step += count
            self._report(loss)

    def _backward(self, optimiser: torch.optim.Optimizer) -> torch.Tensor:
        optimiser.zero_grad()
        loss = ((self.module(self.states) - self.targets) ** 2).mean() / LOSS_UNIT
        loss.backward()
        return loss

    def _report(self, loss: torch.Tensor) -> None:
        if self.progress is not None:
            self.progress(self.step, self.total, loss.item() * LOSS_UNIT)


def _fold(torch: ModuleType, module: nn.Sequential, centre: np.ndarray, radius: np.ndarray, spread: np.ndarray) -> None:
    """Turn N on [-1, 1]^d into x -> spread * N((x - centre) / radius), in place."""
    first, last = module[0], module[-1]
    with torch.no_grad():
        first.weight /= torch.from_numpy(radius)
        first.bias -= first.weight @ torch.from_numpy(centre)
        last.weight *= torch.from_numpy(spread)[:, None]
        last.bias *= torch.from_numpy(spread)
        module.zero_grad()
