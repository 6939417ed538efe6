"""The activations that the exact model format knows (contract: "Exact model")."""

from __future__ import annotations

from .base import MAX_ORDER, Activation, FiniteCritical, Smoothness
from .elementary import Arctan, Identity, Power, Sin
from .gated import GELU, SiLU
from .hyperbolic import Sigmoid, Softplus, Tanh
from .piecewise import ELU, LeakyReLU, ReLU
from .registry import ACTIVATIONS, activation_from_spec, activation_named

__all__ = [
    "ACTIVATIONS",
    "ELU",
    "GELU",
    "MAX_ORDER",
    "Activation",
    "Arctan",
    "FiniteCritical",
    "Identity",
    "LeakyReLU",
    "Power",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Sin",
    "Smoothness",
    "Softplus",
    "Tanh",
    "activation_from_spec",
    "activation_named",
]
