"""The networks that are trained, and the plain or exact models they become. Imports torch: only trainings import it."""

from __future__ import annotations

from fractions import Fraction
from typing import cast

import numpy as np
import torch
from torch import nn

from ..activation import Identity, Tanh, activation_named
from ..network import Layer, Network

BETA = "tanh-beta"
"""The activation tanh(beta x), with one trainable beta per hidden layer."""
TORCH_NAMES: dict[str, str] = {
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "silu": "SiLU",
    "gelu": "GELU",
    "softplus": "Softplus",
    "elu": "ELU",
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
}
"""The class in torch.nn by the exact model's name."""
_EXACT_NAMES = {kind: name for name, kind in TORCH_NAMES.items()}


class ScaledTanh(nn.Module):
    """tanh(beta x), elementwise, with a trainable number beta."""

    def __init__(self, beta: float) -> None:
        super().__init__()
        self.beta = nn.Parameter(torch.tensor(beta, dtype=torch.float64))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """The values at ``inputs``, of any shape."""
        return torch.tanh(self.beta * inputs)


def mlp(dimension: int, hidden: tuple[int, ...], activation: str, beta: float) -> nn.Sequential:
    """d - hidden - d in float64, initialised by torch's default from its random state."""
    sizes = [dimension, *hidden]
    layers: list[nn.Module] = []
    for inputs, outputs in zip(sizes, hidden, strict=False):
        scaled = ScaledTanh(beta) if activation == BETA else getattr(nn, TORCH_NAMES[activation])()
        layers += [nn.Linear(inputs, outputs, dtype=torch.float64), scaled]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], dimension, dtype=torch.float64))


def folded(module: nn.Sequential, centre: np.ndarray, radius: np.ndarray, spread: np.ndarray) -> nn.Sequential:
    """x -> spread * N((x - centre) / radius) as a network of the same shape; ``module``, which is N, stays as it is."""
    copy = _copy(module)
    first, last = cast(nn.Linear, copy[0]), cast(nn.Linear, copy[-1])
    with torch.no_grad():
        first.weight.div_(torch.from_numpy(radius))
        first.bias.sub_(first.weight @ torch.from_numpy(centre))
        last.weight.mul_(torch.from_numpy(spread)[:, None])
        last.bias.mul_(torch.from_numpy(spread))
    return copy


def betas(module: nn.Sequential) -> list[float]:
    """beta of every hidden layer; empty unless the network was trained with BETA."""
    return [part.beta.item() for part in module if isinstance(part, ScaledTanh)]


def plain(module: nn.Sequential) -> nn.Sequential:
    """The network with torch's own modules only: each beta times the weights and biases before it, rounded once."""
    parts: list[nn.Module] = list(_copy(module))
    for position, part in enumerate(parts):
        if isinstance(part, ScaledTanh):
            linear = cast(nn.Linear, parts[position - 1])
            with torch.no_grad():
                linear.weight.mul_(part.beta)
                linear.bias.mul_(part.beta)
            parts[position] = nn.Tanh()
    return nn.Sequential(*parts)


def exact(module: nn.Sequential) -> Network:
    """The exact model: every weight, bias and beta (the slope of its tanh) is the dyadic that its float encodes."""
    layers = []
    parts = list(module)
    for linear, part in zip(parts[::2], [*parts[1::2], None], strict=True):
        assert isinstance(linear, nn.Linear)
        if part is None:
            activation = Identity()
        elif isinstance(part, ScaledTanh):
            activation = Tanh(slope=Fraction(part.beta.item()))
        else:
            activation = activation_named(_EXACT_NAMES[type(part).__name__])
        layers.append(Layer(linear.weight.detach().numpy(), linear.bias.detach().numpy(), activation))
    return Network(tuple(layers))


def _copy(module: nn.Sequential) -> nn.Sequential:
    """A copy without gradients."""
    from copy import deepcopy

    module.zero_grad()
    return deepcopy(module)
