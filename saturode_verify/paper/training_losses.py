"""What a training minimises: mean square errors of derivatives, or of trajectories. Imports torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from ..errors import UnusableInput
from .fields import Field
from .trajectories import limit_cycle, trajectories, tube

SAMPLES = 2048
"""States at which derivatives are matched."""
SEGMENTS, PIECES, TURN = 64, 32, 8
"""Shooting segments, Runge-Kutta steps in each, and segments in one turn of the limit cycle."""

Loss = Callable[[], torch.Tensor]


def scaled_states(field: Field, seed: int) -> np.ndarray:
    """SAMPLES training states (n, d) in units of the box, [-1, 1]^d: the field's own choice if it has one.

    Otherwise low-discrepancy points with the arcsine density: like Chebyshev nodes they crowd at the faces, where a fit
    to evenly spread points has its largest error.
    """
    if field.sampler is not None:
        centre, radius = field.frame()
        return (field.sampler(field, SAMPLES, seed) - centre) / radius
    engine = torch.quasirandom.SobolEngine(field.dimension, scramble=True, seed=seed)
    return -np.cos(np.pi * engine.draw(SAMPLES, dtype=torch.float64).numpy())


def derivative_loss(module: nn.Sequential, states: np.ndarray, targets: np.ndarray) -> Loss:
    """The mean square of module(states) - targets."""
    inputs, outputs = torch.from_numpy(states), torch.from_numpy(targets)
    return lambda: ((module(inputs) - outputs) ** 2).mean()


def trajectory_loss(module: nn.Sequential, field: Field, spread: np.ndarray, seed: int) -> Loss:
    """The mean square distance of the network's trajectories to the field's, in units of the box.

    Multiple shooting: SEGMENTS pieces of the field's trajectories, an eighth of a turn of its limit cycle long, that
    start in a tube about the cycle. The network starts each from the same state, and torchdiffeq integrates
    z' = (spread / radius) N(z) by its fourth-order Runge-Kutta method in PIECES equal steps, each of them compared (an
    adaptive method's steps jump as the weights move, which a line search takes for noise).
    """
    odeint = _import_odeint()
    centre, radius = field.frame()
    starts = tube(field, SEGMENTS, np.random.default_rng(seed))
    times, states = trajectories(field, starts, limit_cycle(field).period / TURN, PIECES)
    ticks, truth = torch.from_numpy(times), torch.from_numpy((states - centre) / radius)
    rate = torch.from_numpy(spread / radius)

    def loss() -> torch.Tensor:
        path = odeint(lambda _, state: rate * module(state), truth[0], ticks, method="rk4")
        return ((path - truth) ** 2).mean()

    return loss


def _import_odeint() -> Callable[..., Any]:
    try:
        from torchdiffeq import odeint
    except ImportError:
        raise UnusableInput("trajectory matching needs torchdiffeq", "pip install 'saturode-verify[paper]'") from None
    return odeint
