"""What a search over one box has proved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from flint import arb

from ..network import Network
from ..rigor.balls import exact
from .goal import Point
from .linearise import Range
from .partition import Partition


@dataclass(slots=True)
class Supremum:
    """lower <= sup <= upper, exact balls; ``point`` attains at least ``lower`` (None: nothing known)."""

    upper: arb
    lower: arb | None = None
    point: Point | None = None


@dataclass(slots=True)
class Enclosed:
    """The outcome over one box: suprema in the order of `quantities.NAMES`, then the deltas, and their leaves.

    ``preactivation``: per hidden layer and neuron an outer range (None: no information). ``slope_floor``: per neuron a
    proved lower bound of sup |s'|. ``stopped``: "" when the goal was met, else why not.
    """

    partition: Partition
    suprema: list[Supremum]
    preactivation: list[list[Range]] | None
    slope_floor: list[list[arb]]
    boxes: int
    stopped: str = ""


def exact_or_infinite(value: float) -> arb:
    """The exact ball of a float; infinity means "no information"."""
    return exact(value) if np.isfinite(value) else arb.pos_inf()


def unflatten(network: Network, low: np.ndarray, high: np.ndarray) -> list[list[Range]] | None:
    """Ranges of all hidden neurons, layer by layer; None if some neuron has none."""
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        return None
    ends = iter([(exact(a), exact(b)) for a, b in zip(low.tolist(), high.tolist(), strict=True)])
    return [[next(ends) for _ in range(layer.weight.shape[0])] for layer in network.hidden]
