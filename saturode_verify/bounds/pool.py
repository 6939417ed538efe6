"""The leaves that still matter, as growing arrays with reusable rows (splitting a few must not copy all)."""

from __future__ import annotations

import numpy as np

from .rounded.engine import ChunkBounds


class LeafPool:
    """Rows of (node, lower, upper) and `ChunkBounds`; ``alive`` lists the rows in use, in the order of their nodes."""

    def __init__(self) -> None:
        self._arrays: dict[str, np.ndarray] = {}
        self._free: list[int] = []
        self._used = np.zeros(0, dtype=bool)

    def add(self, nodes: np.ndarray, lower: np.ndarray, upper: np.ndarray, bounds: ChunkBounds) -> np.ndarray:
        """Store leaves; returns their rows."""
        new = {
            "node": nodes, "lower": lower, "upper": upper, "outer": bounds.outer,
            "low": bounds.low, "high": bounds.high, "scores": bounds.scores,
        }  # fmt: skip
        rows = self._reserve(len(nodes), new)
        for name, values in new.items():
            self._arrays[name][rows] = values
        self._used[rows] = True
        return rows

    def _reserve(self, count: int, like: dict[str, np.ndarray]) -> np.ndarray:
        if len(self._free) < count:
            old = len(self._used)
            size = max(2 * old, old + count, 256)
            for name, values in like.items():
                grown = np.empty((size, *values.shape[1:]), dtype=values.dtype)
                if old:
                    grown[:old] = self._arrays[name]
                self._arrays[name] = grown
            self._used = np.concatenate((self._used, np.zeros(size - old, dtype=bool)))
            self._free += range(size - 1, old - 1, -1)
        taken, self._free = self._free[len(self._free) - count :], self._free[: len(self._free) - count]
        return np.array(taken[::-1], dtype=np.int64)

    def alive(self) -> np.ndarray:
        """Rows in use."""
        return np.flatnonzero(self._used)

    def get(self, name: str, rows: np.ndarray) -> np.ndarray:
        """The field ``name`` of some rows (a copy)."""
        return self._arrays[name][rows]

    def drop(self, rows: np.ndarray) -> None:
        """Free some rows."""
        self._used[rows] = False
        self._free += rows.tolist()
