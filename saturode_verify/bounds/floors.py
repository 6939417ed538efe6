"""Lower bounds of sup |s'| per neuron: by the intermediate value theorem, from a few exactly evaluated points.

On a connected region a pre-activation that is a(x_1) <= l at one point and a(x_2) >= u at another attains every value
of [l, u], hence s' attains there whatever `Activation.attained` finds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from flint import arb

from ..activation import Activation
from ..network import Layer
from ..rigor.balls import ZERO, exact, finite
from .linearise import Range


class SlopeFloors:
    """Collects pre-activations of points of one connected region."""

    def __init__(self, hidden: Sequence[Layer]) -> None:
        self._activations = [layer.activation for layer in hidden]
        self._swept: list[list[Range | None]] = [[None] * layer.weight.shape[0] for layer in hidden]
        self._seen = [[ZERO] * layer.weight.shape[0] for layer in hidden]

    def see(self, preactivation: Sequence[Sequence[arb]], slopes: Sequence[Sequence[arb]]) -> None:
        """Add one point: per hidden layer and neuron the balls of its pre-activation a and of s'(a)."""
        for swept, seen, layer, derivatives in zip(self._swept, self._seen, preactivation, slopes, strict=True):
            for i, (a, slope) in enumerate(zip(layer, derivatives, strict=True)):
                if not finite(a):
                    continue
                # At a kink the ball spans both one-sided slopes: its smallest absolute value is at most |s'| there.
                if slope.is_finite():
                    seen[i] = max(seen[i], slope.abs_lower())
                old = swept[i]
                # The value itself lies in [lower, upper] of its ball: the swept range is bounded from inside.
                new = (a.upper(), a.lower())
                swept[i] = new if old is None else (min(old[0], new[0]), max(old[1], new[1]))

    def sweep(self, low: np.ndarray, high: np.ndarray) -> None:
        """Add many points: outer float ranges [low, high] (points, all hidden neurons) of their pre-activations."""
        known = np.isfinite(np.concatenate((low, high))).all(axis=0)
        ends = zip(*(values.tolist() for values in (high.min(axis=0), low.max(axis=0), known)), strict=True)
        for swept in self._swept:
            for i, old in enumerate(swept):
                least, most, good = next(ends)
                if good:
                    new = (exact(least), exact(most))
                    swept[i] = new if old is None else (min(old[0], new[0]), max(old[1], new[1]))

    def floors(self) -> list[list[arb]]:
        """Exact lower bounds of sup |s'| per hidden layer and neuron (0 where nothing is known)."""
        return [
            [max(known, self._floor(activation, swept)) for swept, known in zip(layer, seen, strict=True)]
            for activation, layer, seen in zip(self._activations, self._swept, self._seen, strict=True)
        ]

    @staticmethod
    def _floor(activation: Activation, swept: Range | None) -> arb:
        if swept is None:
            return ZERO
        low, high = swept
        if low > high:
            # One value, somewhere in the thin ball [high, low].
            return activation.derivatives(high.union(low), 1)[1].abs_lower()
        return max((value.abs_lower() for value in activation.attained(1, low, high)), default=ZERO)
