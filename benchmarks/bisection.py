"""One plain best-first bisection for every competitor: which box next, and where it is cut, is the same for all.

Halve the boxes with the worst bounds along the side that is longest relative to the region's, until no bound exceeds
the goal. A child's bound is the smaller of its own and its parent's.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from .peers import Runner

_START = 64
_LEAST, _MOST = 64, 4096
"""Boxes that are split in one round: a quarter of those above the goal, within these limits."""


@dataclass(frozen=True)
class Reached:
    """``seconds`` and ``boxes`` (all that were bounded) until the goal was met, or until time was up at ``gap``."""

    met: bool
    seconds: float
    boxes: int
    gap: float


def bisect(
    runner: Runner, low: np.ndarray, high: np.ndarray, truth: float, goals: list[float], limit: float
) -> list[Reached]:
    """Per relative gap of ``goals`` (falling) when max bound <= truth (1 + gap) was reached, on one growing tree."""
    started = time.perf_counter()
    deadline = started + limit
    leaves = _Leaves(*halved(low[None], high[None], high - low, _START))
    first = runner.norms(leaves.lower[: leaves.count], leaves.upper[: leaves.count], deadline)
    leaves.bound[: leaves.count] = np.inf if first is None else first
    boxes = leaves.count
    found = []
    for goal in goals:
        while (worst := leaves.worst(truth * (1 + goal))).size:
            lower, upper = halve(leaves.lower[worst], leaves.upper[worst], high - low)
            bounds = runner.norms(lower, upper, deadline)
            if bounds is None:
                break
            boxes += len(bounds)
            leaves.replace(worst, lower, upper, bounds)
        largest = leaves.largest()
        met = largest <= truth * (1 + goal)
        found.append(Reached(met, time.perf_counter() - started, boxes, largest / truth - 1))
    return found


def halve(lower: np.ndarray, upper: np.ndarray, widths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All lower halves, then all upper halves, each cut in the middle of its relatively longest side."""
    axes, index = ((upper - lower) / widths).argmax(axis=1), np.arange(len(lower))
    cut = 0.5 * lower[index, axes] + 0.5 * upper[index, axes]
    low, high = lower.copy(), upper.copy()
    high[index, axes], low[index, axes] = cut, cut
    return np.concatenate((lower, low)), np.concatenate((high, upper))


def halved(lower: np.ndarray, upper: np.ndarray, widths: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Halve all boxes until there are ``count``."""
    while len(lower) < count:
        lower, upper = halve(lower, upper, widths)
    return lower, upper


class _Leaves:
    """Boxes and their bounds, in arrays that grow."""

    def __init__(self, lower: np.ndarray, upper: np.ndarray) -> None:
        self.lower, self.upper, self.bound = lower, upper, np.full(len(lower), np.inf)
        self.count = len(lower)

    def largest(self) -> float:
        return float(self.bound[: self.count].max())

    def worst(self, goal: float) -> np.ndarray:
        """The rows to split next, none once every bound is at most ``goal``."""
        above = np.flatnonzero(self.bound[: self.count] > goal)
        number = min(max(_LEAST, len(above) // 4), _MOST)
        if len(above) <= number:
            return above
        return above[np.argpartition(-self.bound[above], number)[:number]]

    def replace(self, rows: np.ndarray, lower: np.ndarray, upper: np.ndarray, bounds: np.ndarray) -> None:
        """Put the first halves where their parents were, and the others at the end."""
        bounds = np.minimum(bounds, np.tile(self.bound[rows], 2))
        half, end = len(rows), self.count + len(rows)
        while end > len(self.bound):
            self.lower, self.upper = (np.concatenate((side, side)) for side in (self.lower, self.upper))
            self.bound = np.concatenate((self.bound, self.bound))
        for values, new in ((self.lower, lower), (self.upper, upper), (self.bound, bounds)):
            values[rows], values[self.count : end] = new[:half], new[half:]
        self.count = end
