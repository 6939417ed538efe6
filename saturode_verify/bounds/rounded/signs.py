"""Convex functions of a matrix that is affine in t, over t in [-1, 1]^d: sign patterns instead of absolute values.

M(t) = C + sum_j t_j T_j + Delta with |Delta| <= R entrywise. A convex function of M is, for fixed Delta, convex in
each t_j, hence largest at t_j = +-1. So for any set of directions j the supremum is at most the maximum, over the
sign patterns s of that set, of a bound over {C + sum s_j T_j + Delta'}, |Delta'| <= R + sum of the other |T_j|.
Enumerating more directions gives a smaller bound at twice the cost each; it is done in steps, after the first only
where they can decide something.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np

from ...rigor.rounding import ETA, UNIT, inflate, product_error
from .forms import sum_upper

STEP = 3
"""Directions whose signs are enumerated at once: 8 matrices per box."""
REACH = 0.07
"""A box is looked at more closely if its bound misses the target by less than this, relatively (steers only)."""

MatrixBound = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Upper bounds (boxes, patterns) from matrices (boxes, patterns, d, d) and remainders (boxes, 1, d, d)."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """C and T_j (boxes, 1 + directions, d, d) with signs, and R >= 0 (boxes, d, d)."""

    signed: np.ndarray
    rest: np.ndarray


class SignSearch:
    """Upper bounds per box of the supremum over t of the convex function that ``bound`` bounds.

    C + sum s_j T_j is off by product_error(1 + directions) of the sum of absolute values: added to R.
    """

    def __init__(self, form: Rotated, bound: MatrixBound, step: int = STEP) -> None:
        count, terms, d = form.signed.shape[:3]
        chosen = min(step, terms - 1)
        ordered = form.signed[:, 1:]
        if chosen < terms - 1:
            ordered = _largest_first(ordered)
        matrices = (_signs(chosen) @ ordered[:, :chosen].reshape(count, chosen, d * d)).reshape(count, -1, d, d)
        self._matrices = matrices + form.signed[:, :1]
        base = form.rest + product_error(terms + 4) * sum_upper(np.abs(form.signed), 1)
        self._base = base * (1 + 8 * UNIT) + ETA
        self._others = ordered[:, chosen:]
        self._rest = (self._base + np.abs(self._others).sum(axis=1)) * inflate(terms)
        self._start(bound)

    def _start(self, bound: MatrixBound) -> None:
        self._bound = bound
        self._values = bound(self._matrices, self._rest[:, None])

    def with_bound(self, bound: MatrixBound) -> SignSearch:
        """The search for another function, from the same first step."""
        other = copy(self)
        other._start(bound)
        return other

    def values(self) -> np.ndarray:
        """One bound per box."""
        return self._values.max(axis=1)

    def near(self, targets: np.ndarray) -> np.ndarray:
        """Boxes whose bound is below the target or misses it by little (steers only)."""
        worst = self.values()
        return np.isfinite(targets) & (worst - targets <= REACH * np.maximum(np.abs(worst), np.abs(targets)))

    def refine(self, targets: np.ndarray, boxes: np.ndarray) -> None:
        """Enumerate the other directions' signs too, for those patterns of some boxes that exceed the target."""
        if not self._others.shape[1]:
            return
        box, pattern = np.nonzero(boxes[:, None] & (self._values > targets[:, None]))
        if not len(box):
            return
        signed = np.concatenate((self._matrices[box, pattern][:, None], self._others[box]), axis=1)
        finer = SignSearch(Rotated(signed, self._base[box]), self._bound)
        finer.refine(targets[box], np.ones(len(box), dtype=bool))
        self._values[box, pattern] = np.minimum(self._values[box, pattern], finer.values())


@lru_cache(maxsize=16)
def _signs(count: int) -> np.ndarray:
    """All sign patterns (2^count, count)."""
    return np.array(list(product((1.0, -1.0), repeat=count))).reshape(2**count, count)


def _largest_first(matrices: np.ndarray) -> np.ndarray:
    """The directions (boxes, directions, d, d) of each box in the order of their sizes (steers only)."""
    sizes = np.abs(matrices).reshape(*matrices.shape[:2], -1).sum(axis=2)
    order = np.argsort(-sizes, axis=1, kind="stable")[:, :, None, None]
    return np.take_along_axis(matrices, order, axis=1)
