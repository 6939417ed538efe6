"""Prove that a quantity is negative on a whole box, by halving what is not yet proved: no gap is wanted, only the
sign.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .partition import Partition, widest_cuts

MAX_BOXES = 8192
"""Boxes spent on one region before giving up."""

_CHUNK = 64

UpperBound = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Rigorous upper bounds over boxes [lower, upper] (boxes, d); NaN or infinity is no information."""


def prove_negative(partition: Partition, bound: UpperBound, out_of_time: Callable[[], bool]) -> tuple[float, str]:
    """(the largest of the leaves' bounds, "") if all are negative, else (infinity, why not).

    ``partition`` must be fresh; afterwards its leaves are what was proved. Sides are halved in turn, the widest
    (relative to the root's) first.
    """
    nodes, lower, upper = partition.root()
    whole = partition.upper - partition.lower
    spent, highest = 1, -np.inf
    while True:
        parts = range(0, len(lower), _CHUNK)
        values = np.concatenate([bound(lower[i : i + _CHUNK], upper[i : i + _CHUNK]) for i in parts])
        # Written so that NaN counts as not proved.
        proved = values < 0
        highest = max(highest, float(values[proved].max(initial=-np.inf)))
        if proved.all():
            return highest, ""
        nodes, lower, upper = nodes[~proved], lower[~proved], upper[~proved]
        spent += 2 * len(nodes)
        if spent > MAX_BOXES:
            return np.inf, f"it is not proved with {MAX_BOXES} boxes"
        if out_of_time():
            return np.inf, "it is not proved in time"
        axes, cuts = widest_cuts(lower, upper, whole)
        if np.isnan(cuts).any():
            return np.inf, "it is not proved, and the boxes cannot be split further"
        nodes, lower, upper = partition.split(nodes, lower, upper, axes, cuts)
