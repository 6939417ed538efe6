"""crival (IEEE 1788 intervals over numpy arrays) and an interval Jacobian by hand, forwards through the layers."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from saturode_verify.network import Network

from .entries import norms_of_entries

_BATCH = (64, 256, 1024)


class CrivalPeer:
    """Every operation is rounded outward by crival, hence the entries are proved; their norm is not.

    s' of tanh is used with its exact range (it falls with |x|); of sigmoid too; of silu as the expression s (1 +
    x(1 - s)), s = sigmoid x, whose intervals are too wide where x occurs often.
    """

    def __init__(self, network: Network) -> None:
        """Raises ImportError without crival, ValueError for other activations."""
        self._ival: Any = import_module("ival")
        names = {layer.activation.name for layer in network.hidden}
        if not names <= {"tanh", "sigmoid", "silu"} or any(layer.activation.slope != 1 for layer in network.hidden):
            raise ValueError("tanh, sigmoid and silu only")
        self._layers = network.layers
        self.batches = _BATCH

    def norms(self, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        """See `peers.Peer`."""
        interval = self._ival.Interval
        values = interval(lower.T.copy(), upper.T.copy())
        jacobian: Any = None
        for layer in self._layers:
            if jacobian is None:
                jacobian = interval(np.repeat(layer.weight[:, None, :], len(lower), axis=1))
            else:
                jacobian = self._times(layer.weight[:, :, None, None], jacobian)
            if layer is self._layers[-1]:
                break
            values = self._times(layer.weight[:, :, None], values) + interval(layer.bias[:, None])
            values, slopes = self._activate(layer.activation.name, values)
            # None keeps the boxes in the middle: (neurons, boxes, inputs).
            jacobian = interval(slopes.lo[:, :, None], slopes.hi[:, :, None]) * jacobian
        return norms_of_entries(jacobian.lo.swapaxes(0, 1), jacobian.hi.swapaxes(0, 1))

    def _times(self, weight: np.ndarray, values: Any) -> Any:
        """W times intervals (inner, ...): crival has no matrix product."""
        total = self._ival.Interval(weight[:, 0]) * values[0]
        for j in range(1, weight.shape[1]):
            total = total + self._ival.Interval(weight[:, j]) * values[j]
        return total

    def _activate(self, name: str, x: Any) -> tuple[Any, Any]:
        """(s(x), s'(x))."""
        package = self._ival
        if name == "tanh":
            near, far = (1 - package.sqr(package.tanh(package.Interval(end))) for end in (x.mig, x.mag))
            return package.tanh(x), package.Interval(far.lo, near.hi)
        s = 1 / (1 + package.exp(-x))
        if name == "silu":
            return x * s, s * (1 + x * (1 - s))
        near, far = (package.sqr(1 / package.cosh(package.Interval(end) * 0.5)) * 0.25 for end in (x.mig, x.mag))
        return s, package.Interval(far.lo, near.hi)
