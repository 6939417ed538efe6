"""The activations that the exact model format knows (contract: "Exact model")."""

from __future__ import annotations

from .base import Activation, Smoothness
from .hyperbolic import Tanh

__all__ = ["Activation", "Smoothness", "Tanh"]
