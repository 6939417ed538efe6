"""UNTRUSTED: f at complex points in floats, to choose the width of the strip."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import erfc

from ...activation import Activation
from ...network import Network
from ..analytic import strip_half_width

LARGEST = 1e6
"""Values beyond this make a strip useless: its bounds enter the number of nodes through their logarithm."""

_COMPLEX: dict[str, Callable[[np.ndarray, Activation], np.ndarray]] = {
    "tanh": lambda z, a: np.tanh(z),
    "sigmoid": lambda z, a: 1 / (1 + np.exp(-z)),
    "silu": lambda z, a: z / (1 + np.exp(-z)),
    "softplus": lambda z, a: np.log1p(np.exp(z)),
    "gelu": lambda z, a: z * erfc(-z / np.sqrt(2)) / 2,
    "sin": lambda z, a: np.sin(z),
    "arctan": lambda z, a: np.arctan(z),
    "power": lambda z, a: z ** int(a.parameters()["exponent"]),
    "identity": lambda z, a: z,
    "leaky_relu": lambda z, a: z,
}


def complex_jet(network: Network, points: np.ndarray, fraction: float) -> np.ndarray | None:
    """f at complex points (n, d); None if a pre-activation leaves ``fraction`` of its strip, or f is large."""
    values = points
    with np.errstate(all="ignore"):
        for layer in network.hidden:
            values = values @ layer.weight.T + layer.bias
            width = float(strip_half_width(layer.activation))
            if not np.abs(values.imag).max() < fraction * width:
                return None
            slope = float(layer.activation.slope)
            values = _COMPLEX[layer.activation.name](slope * values, layer.activation)
        values = values @ network.layers[-1].weight.T + network.layers[-1].bias
    return values if np.abs(values).max() < LARGEST else None
