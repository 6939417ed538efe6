"""The stored subdivision of a box, and a certified bound of ||Df|| on each of its leaves."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from ..bounds.bounders import MappedBounder, serial, why_not_rounded
from ..bounds.partition import Partition, float_above
from ..bounds.quantities import NAMES
from ..certificate.record import Certificate
from ..errors import UnusableInput
from ..network import Network
from ..region import Box
from ..rigor.numbers import Enclosure, parse_exact
from .text import NORM

_BALLS, _BITS = "arb", 64
_LARGEST = Fraction(sys.float_info.max)
_REMEDY = "take the certificate as it was written"


@dataclass(frozen=True)
class LeafBounds:
    """Leaves [lower, upper], float64 arrays (leaves, d), and on each an upper bound of sup ||Df||, perhaps inf."""

    lower: np.ndarray
    upper: np.ndarray
    norm: np.ndarray


def leaf_bounds(certificate: Certificate, network: Network) -> list[LeafBounds]:
    """One record per box of the region whose subdivision the certificate holds, in their order.

    A leaf's bound is the smaller one of the engine's, computed anew, and of the claim's for the whole box.
    """
    found = []
    with threadpool_limits(1), np.errstate(all="ignore"):
        for part in certificate.witness:
            if not isinstance(part, dict) or part.get("of") != "bounds" or type(part.get("box")) is not int:
                continue
            index = part["box"]
            if not 0 <= index < len(certificate.region):
                raise UnusableInput("a subdivision in the certificate belongs to no box of its region", _REMEDY)
            box = Box([(side.lower, _finite(side.upper)) for side in certificate.region[index]])
            lower, upper = leaves(box, part.get("subdivision"))
            bits = _BITS if part.get("arithmetic") == _BALLS or why_not_rounded(network) else 0
            outer = MappedBounder(network, serial, bits).bound(lower, upper).outer[:, NAMES.index("norm")]
            found.append(LeafBounds(lower, upper, np.minimum(outer, _claimed(certificate, index))))
    return found


def leaves(box: Box, preorder: Any) -> tuple[np.ndarray, np.ndarray]:
    """The leaves' ends (leaves, d) in the order of `Partition.preorder`, which together cover the box.

    Raises UnusableInput unless every cut is a float strictly inside its side.
    """
    root = Partition(box)
    stack, found = [(root.lower, root.upper)], []
    try:
        for entry in list(preorder):
            lower, upper = stack.pop()
            if entry == "leaf":
                found.append((lower, upper))
                continue
            axis, cut = int(entry[0]), parse_exact(entry[1])
            value = float(cut)
            if axis < 0 or Fraction(value) != cut or not lower[axis] < value < upper[axis]:
                raise ValueError
            below, above = upper.copy(), lower.copy()
            below[axis] = above[axis] = value
            stack += [(above, upper), (lower, below)]
        if stack:
            raise ValueError
    except (ValueError, TypeError, LookupError, OverflowError):
        raise UnusableInput("a subdivision in the certificate cannot be read", _REMEDY) from None
    return np.array([low for low, _ in found]), np.array([high for _, high in found])


def _claimed(certificate: Certificate, index: int) -> float:
    """The claimed upper bound of sup ||Df|| on one box, rounded up; inf where there is none."""
    where = index if len(certificate.region) > 1 else "region"
    for claim in certificate:
        if claim.name == NORM and claim.on == where:
            most = claim.value.upper
            return float("inf") if most is None or most > _LARGEST else float_above(most)
    return float("inf")


def upper_end(side: Enclosure) -> float:
    """The upper end of a side of the region, which always has one."""
    return float(_finite(side.upper))


def _finite(value: Fraction | None) -> Fraction:
    assert value is not None  # `check_parts` refuses a region without upper ends
    return value
