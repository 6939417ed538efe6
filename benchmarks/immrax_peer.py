"""immrax: the natural inclusion function of jax's forward-mode Jacobian, compiled and batched."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from saturode_verify.network import Network

from .entries import norms_of_entries

_WIDE = 128


class ImmraxPeer:
    """Float64 on one thread, without outward rounding: NOT proved. jax compiles per shape, hence the padding.

    jax.nn.silu and sigmoid have no inclusion function in immrax; they are written by tanh.
    """

    def __init__(self, network: Network) -> None:
        """Raises ImportError without immrax, ValueError for other activations."""
        os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
        self._jax: Any = import_module("jax")
        self._immrax: Any = import_module("immrax")
        self._jax.config.update("jax_enable_x64", True)
        names = {layer.activation.name for layer in network.hidden}
        if not names <= {"tanh", "sigmoid", "silu"} or any(layer.activation.slope != 1 for layer in network.hidden):
            raise ValueError("tanh, sigmoid and silu only")
        self._bounds = self._compiled(self._field(network))
        width = max(layer.weight.shape[0] for layer in network.layers)
        self._shapes = (64, 256) if width > _WIDE else (256, 2048)
        self.batches = (self._shapes[1],)
        nothing = np.zeros((1, network.dimension))
        for shape in self._shapes:  # compile now, not while the clock runs
            self._padded(np.repeat(nothing, shape, axis=0), np.repeat(nothing, shape, axis=0))

    def norms(self, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        """See `peers.Peer`."""
        return norms_of_entries(*self._padded(lower, upper))

    def _padded(self, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        shape = next(size for size in (*self._shapes, len(lower)) if size >= len(lower))
        fill = ((0, shape - len(lower)), (0, 0))
        low, high = self._bounds(np.pad(lower, fill, "edge"), np.pad(upper, fill, "edge"))
        return np.asarray(low)[: len(lower)], np.asarray(high)[: len(lower)]

    def _field(self, network: Network) -> Callable[[Any], Any]:
        jnp = self._jax.numpy
        forms: dict[str, Callable[[Any], Any]] = {
            "tanh": jnp.tanh,
            "sigmoid": lambda z: 0.5 * (1 + jnp.tanh(0.5 * z)),
            "silu": lambda z: z * 0.5 * (1 + jnp.tanh(0.5 * z)),
        }
        layers = [(jnp.array(layer.weight), jnp.array(layer.bias), layer.activation.name) for layer in network.layers]

        def field(x: Any) -> Any:
            for weight, bias, name in layers[:-1]:
                x = forms[name](weight @ x + bias)
            return layers[-1][0] @ x + layers[-1][1]

        return field

    def _compiled(self, field: Callable[[Any], Any]) -> Callable[[np.ndarray, np.ndarray], tuple[Any, Any]]:
        jacobian = self._immrax.natif(self._jax.jacfwd(field))

        def one(low: Any, high: Any) -> tuple[Any, Any]:
            found = jacobian(self._immrax.interval(low, high))
            return found.lower, found.upper

        return self._jax.jit(self._jax.vmap(one))
