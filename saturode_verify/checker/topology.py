"""Simple connectivity of a union of closed rectangles: no holes, by counting cells."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Sequence

from .document import Box
from .limits import pulse

MAX_CELLS = 1 << 20


def simply_connected(boxes: Sequence[Box]) -> bool:
    """Whether every component of the union of closed rectangles is simply connected (False also if undecided).

    The rectangles' ends cut the plane into vertices, open edges and open faces; the union is a finite complex of those,
    and for a compact planar complex V - E + F = (components) - (holes).
    """
    if len(boxes) == 1:
        return True
    ends = [sorted({x for box in boxes for x in box[axis]}) for axis in (0, 1)]
    if 4 * len(ends[0]) * len(ends[1]) > MAX_CELLS:
        return False
    cells: set[tuple[int, int]] = set()
    for box in boxes:
        pulse()
        first, second = (
            range(2 * bisect_left(ends[a], box[a][0]), 2 * bisect_left(ends[a], box[a][1]) + 1) for a in (0, 1)
        )
        cells |= set(itertools.product(first, second))
        if len(cells) > MAX_CELLS:
            return False
    # A cell with coordinates (i, j) has dimension i mod 2 + j mod 2; even coordinates are ends.
    euler = sum(-1 if (i + j) & 1 else 1 for i, j in cells)
    return euler == _components(cells)


def _components(cells: set[tuple[int, int]]) -> int:
    left, count = set(cells), 0
    while left:
        count += 1
        stack = [left.pop()]
        while stack:
            pulse()
            i, j = stack.pop()
            # Closed cells: a cell touches its neighbours of lower or higher dimension.
            for near in ((i + a, j + b) for a in (-1, 0, 1) for b in (-1, 0, 1)):
                if near in left and _incident((i, j), near):
                    left.discard(near)
                    stack.append(near)
    return count


def _incident(a: tuple[int, int], b: tuple[int, int]) -> bool:
    """Whether one cell lies in the closure of the other."""
    return all((x & 1) >= (y & 1) for x, y in zip(a, b, strict=True) if x != y) or all(
        (y & 1) >= (x & 1) for x, y in zip(a, b, strict=True) if x != y
    )
