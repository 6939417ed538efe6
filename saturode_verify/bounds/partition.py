"""TRUSTED covering: a box with rational ends, cut into leaves at float64 points by a binary tree.

The root's sides are rounded outward to floats; every cut lies strictly inside its side and is shared by both halves, so
the leaves cover the box exactly, and nothing else decides what is covered.
"""

from __future__ import annotations

import sys
from fractions import Fraction

import numpy as np

from ..region import Box
from ..rigor.numbers import format_exact

Leaves = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Node numbers, and lower and upper ends (leaves, d)."""

_LARGEST = Fraction(sys.float_info.max)
SHORT_BITS = 4
"""Cuts are rounded to about this many bits of the side's width, which keeps certificates short."""


class Partition:
    """The tree: node 0 is the root; a split node has two children with consecutive numbers."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.lower = np.array([float_below(low) for low, _ in box.sides])
        self.upper = np.array([float_above(high) for _, high in box.sides])
        self._axis: list[int] = [-1]
        self._cut: list[float] = [0.0]
        self._first: list[int] = [0]

    def split(
        self, nodes: np.ndarray, lower: np.ndarray, upper: np.ndarray, axes: np.ndarray, cuts: np.ndarray
    ) -> Leaves:
        """Children of leaves, both halves of each side by side; axes and cuts as from `propose_cuts`.

        Raises ValueError unless every cut lies strictly inside its side and every node is a leaf.
        """
        index = np.arange(len(nodes))
        if not ((lower[index, axes] < cuts) & (cuts < upper[index, axes])).all():
            raise ValueError("a cut must lie strictly inside its side")
        ids = np.empty(2 * len(nodes), dtype=np.int64)
        for k, (node, axis, cut) in enumerate(zip(nodes.tolist(), axes.tolist(), cuts.tolist(), strict=True)):
            if self._axis[node] >= 0:
                raise ValueError("only a leaf can be split")
            first = len(self._axis)
            self._axis[node], self._cut[node], self._first[node] = axis, cut, first
            self._axis += [-1, -1]
            self._cut += [0.0, 0.0]
            self._first += [0, 0]
            ids[2 * k : 2 * k + 2] = first, first + 1
        low, high = np.repeat(lower, 2, axis=0), np.repeat(upper, 2, axis=0)
        high[2 * index, axes] = cuts
        low[2 * index + 1, axes] = cuts
        return ids, low, high

    def root(self) -> Leaves:
        """The root as the only leaf."""
        return np.zeros(1, dtype=np.int64), self.lower[None], self.upper[None]

    def divide(self, count: int) -> Leaves:
        """Halve all leaves of a fresh tree along their widest axis (relative to the root's) until there are
        ``count``.
        """
        leaves = self.root()
        widths = self.upper - self.lower
        while len(leaves[0]) < count:
            nodes, lower, upper = leaves
            axes, cuts = widest_cuts(lower, upper, widths)
            if np.isnan(cuts).any():
                break
            leaves = self.split(nodes, lower, upper, axes, cuts)
        return leaves

    def copy_from(self, other: Partition) -> Leaves:
        """Repeat another tree's cuts on a fresh tree of the same box; its leaves, in the order of their numbers.

        Raises ValueError if the boxes differ.
        """
        if other.box != self.box:
            raise ValueError("only a subdivision of the same box can be repeated")
        self._axis, self._cut, self._first = list(other._axis), list(other._cut), list(other._first)
        lower, upper = np.empty((len(self._axis), self.box.dimension)), np.empty((len(self._axis), self.box.dimension))
        lower[0], upper[0] = self.lower, self.upper
        for node, (axis, cut, first) in enumerate(zip(self._axis, self._cut, self._first, strict=True)):
            if axis >= 0:  # children have larger numbers than their parent
                lower[first : first + 2], upper[first : first + 2] = lower[node], upper[node]
                upper[first, axis] = lower[first + 1, axis] = cut
        ids = np.array([node for node, axis in enumerate(self._axis) if axis < 0])
        return ids, lower[ids], upper[ids]

    def leaves(self) -> int:
        """Number of leaves."""
        return (len(self._axis) + 1) // 2

    def preorder(self) -> list[object]:
        """The subdivision as data: "leaf", or [axis, cut], then the lower half and the upper half."""
        order: list[object] = []
        stack = [0]
        while stack:
            node = stack.pop()
            if self._axis[node] < 0:
                order.append("leaf")
                continue
            order.append([self._axis[node], format_exact(Fraction(self._cut[node]))])
            stack += [self._first[node] + 1, self._first[node]]
        return order


def float_below(value: Fraction) -> float:
    """The largest binary64 <= value; -infinity if there is none."""
    if abs(value) > _LARGEST:
        return sys.float_info.max if value > 0 else -np.inf
    nearest = float(value)
    return nearest if Fraction(nearest) <= value else float(np.nextafter(nearest, -np.inf))


def float_above(value: Fraction) -> float:
    """The smallest binary64 >= value; infinity if there is none."""
    return -float_below(-value)


def propose_cuts(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """UNTRUSTED: a short float near the middle of every side, NaN where none lies strictly inside; shape (boxes, d)."""
    with np.errstate(all="ignore"):
        middle = 0.5 * lower + 0.5 * upper
        exponent = np.frexp(0.5 * upper - 0.5 * lower)[1]
        grid = np.ldexp(1.0, exponent - SHORT_BITS)
        short = np.rint(middle / grid) * grid
        inside = (lower < short) & (short < upper)
        cut = np.where(inside, short, middle)
        return np.where((lower < cut) & (cut < upper), cut, np.nan)


def widest_cuts(lower: np.ndarray, upper: np.ndarray, widths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """UNTRUSTED: per box the axis that is widest relative to ``widths``, and a cut there; NaN where there is none."""
    cuts = propose_cuts(lower, upper)
    with np.errstate(all="ignore"):
        relative = np.where(np.isnan(cuts), -1.0, np.nan_to_num((upper - lower) / widths))
    axes = relative.argmax(axis=1)
    return axes, cuts[np.arange(len(lower)), axes]
