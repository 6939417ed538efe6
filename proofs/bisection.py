"""Inequalities over whole boxes, decided by interval bisection in ball arithmetic.

A box is cut in halves until a predicate holds on every cell. The predicate gets balls that contain the cell and must be
True only if its inequality holds for every point of those balls; Arb's comparisons are True only when certain. Ends of
cells are exact dyadic floats that neighbours share, so that the cells cover the box; nothing is sampled. An inequality
that is false somewhere, or an equality somewhere, is never proved: the cells around that point get too small.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flint import arb

from .activations import Unproved, require

Side = tuple[float, float]
Predicate = Callable[[Sequence[arb]], bool]

DEEPEST = 60
MOST_CELLS = 40000


def on_box(holds: Predicate, box: Sequence[Side], statement: str, most: int = MOST_CELLS) -> int:
    """Prove that ``holds`` on every point of ``box``; returns the number of cells, raises Unproved."""
    pending: list[tuple[tuple[Side, ...], int]] = [(tuple(box), 0)]
    done = 0
    while pending:
        cell, depth = pending.pop()
        if holds([_ball(side) for side in cell]):
            done += 1
            continue
        require(depth < DEEPEST and done + len(pending) < most, statement)
        pending += [(half, depth + 1) for half in _halves(cell)]
    return done


def on_interval(holds: Callable[[arb], bool], low: float, high: float, statement: str, most: int = MOST_CELLS) -> int:
    """`on_box` in one dimension."""
    return on_box(lambda cell: holds(cell[0]), [(low, high)], statement, most)


def _ball(side: Side) -> arb:
    low, high = side
    return arb((low + high) / 2, (high - low) / 2)


def _halves(cell: tuple[Side, ...]) -> list[tuple[Side, ...]]:
    widths = [high - low for low, high in cell]
    axis = widths.index(max(widths))
    low, high = cell[axis]
    middle = (low + high) / 2
    if not low < middle < high:
        raise Unproved("a cell has become too small to be cut")
    return [(*cell[:axis], side, *cell[axis + 1 :]) for side in ((low, middle), (middle, high))]
