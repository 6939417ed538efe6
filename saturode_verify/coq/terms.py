"""Exact numbers and subdivisions as Coq terms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

from ..errors import UnusableInput
from ..rigor.numbers import parse_exact

Cut = tuple[int, Fraction]
MAX_NODES = 8001
"""Longest subdivision that is exported: Coq needs about a twentieth of a second for each leaf."""
CERTIFICATE_REMEDY = "take the certificate as `verify` wrote it"


def rational(value: Fraction) -> str:
    """A term of type Q."""
    return f"({value.numerator} # {value.denominator})"


def real(value: Fraction) -> str:
    """A term of type R."""
    return f"{value.numerator}" if value.denominator == 1 else f"{value.numerator} / {value.denominator}"


def cuts(stored: Any, dimension: int = 2) -> list[Cut | None]:
    """The preorder list of a stored subdivision: (axis, cut), and None for a leaf.

    Raises UnusableInput unless the list is one whole tree; where the cuts lie is left to Coq's proof.
    """
    if not isinstance(stored, list) or not stored:
        raise UnusableInput("the certificate's subdivision is no list", CERTIFICATE_REMEDY)
    if len(stored) > MAX_NODES:
        raise UnusableInput(
            f"the subdivision has {len(stored)} nodes, more than the {MAX_NODES} that are exported",
            "certify a smaller box, or with a larger --rtol",
        )
    found = [_cut(node, dimension) for node in stored]
    awaited = 1
    for position, node in enumerate(found, start=1):
        awaited += -1 if node is None else 1
        if (awaited == 0) != (position == len(found)):
            raise UnusableInput("the certificate's subdivision is no whole tree", CERTIFICATE_REMEDY)
    return found


def _cut(node: Any, dimension: int) -> Cut | None:
    if node == "leaf":
        return None
    try:
        axis, cut = node
        if type(axis) is int and 0 <= axis < dimension:
            return axis, parse_exact(cut)
    except (ValueError, TypeError):
        pass
    raise UnusableInput("the certificate's subdivision has a node that is neither a cut nor a leaf", CERTIFICATE_REMEDY)


def common_denominator(values: Iterable[Fraction]) -> int:
    """The smallest D such that every value is a multiple of 1/D."""
    return lcm(*(value.denominator for value in values))


def tree(nodes: Sequence[Cut | None], denominator: int) -> str:
    """A term of type `cuts`, its cuts in units of 1/denominator; from the last node backwards, without recursion."""
    stack: list[str] = []
    for node in reversed(nodes):
        if node is None:
            stack.append("Leaf")
            continue
        below, above = stack.pop(), stack.pop()
        stack.append(f"(Cut{node[0]} {whole(node[1] * denominator)}\n{below} {above})")
    return stack.pop()


def whole(value: Fraction) -> str:
    """A term of type Z: an exact integer."""
    if value.denominator != 1:
        raise ArithmeticError(f"{value} is no multiple of the grid's step")
    return f"({value.numerator})"
