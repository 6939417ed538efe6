"""The stored subdivision of a box: a preorder of ["axis", "cut"] nodes and "leaf" marks that covers the box exactly.

Every cut lies strictly inside the side that it cuts and is shared by both halves, so the leaves' union is the box and
no two of them overlap, whatever the list says; a list that ends too early or too late is no subdivision.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from .document import Box
from .exact import parse, shown
from .limits import pulse
from .verdict import Rejected

MAX_NODES = 1 << 21
MAX_SIDES = 1 << 24
"""Nodes times dimension."""
Sides = list[tuple[Fraction, Fraction]]


def leaves(box: Box, preorder: Any, deepest: int = MAX_NODES) -> list[Sides]:
    """The leaves, in order; nodes after ``deepest`` cuts stand for the leaves below them.

    Raises Rejected if the list is no subdivision of this box.
    """
    if not isinstance(preorder, list) or len(preorder) > MAX_NODES:
        raise Rejected("the subdivision is no list, or too long")
    if len(preorder) * len(box) > MAX_SIDES:
        raise Rejected(f"the subdivision has more than {MAX_SIDES} sides")
    found: list[Sides] = []
    stack: list[tuple[Sides, int]] = [(list(box), 0)]
    for position, node in enumerate(preorder):
        if not stack:
            raise Rejected(f"the subdivision goes on after its last leaf (entry {position})")
        pulse()
        sides, level = stack.pop()
        if level == deepest or (node == "leaf" and level < deepest):
            found.append(sides)
        if node == "leaf":
            continue
        axis, cut = _cut(node, len(box), position)
        low, high = sides[axis]
        if not low < cut < high:
            raise Rejected(
                f"entry {position} cuts axis {axis} at {shown(cut)}, outside its side ({shown(low)}, {shown(high)})"
            )
        below, above = list(sides), list(sides)
        below[axis], above[axis] = (low, cut), (cut, high)
        stack += [(above, level + 1), (below, level + 1)]
    if stack:
        raise Rejected(f"the subdivision leaves {len(stack)} parts of the box uncovered")
    return found


def _cut(node: Any, dimension: int, position: int) -> tuple[int, Fraction]:
    if not isinstance(node, list) or len(node) != 2 or type(node[0]) is not int or not 0 <= node[0] < dimension:
        raise Rejected(f"entry {position} of the subdivision is neither a leaf nor a cut")
    try:
        return node[0], parse(node[1])
    except ValueError as error:
        raise Rejected(f"entry {position} of the subdivision: {error}") from None
