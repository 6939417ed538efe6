"""A constant vector c with c . f > 0 on the whole region (theory section 6): floats propose c, an engine decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Protocol

import numpy as np

from ..region import Box
from .candidates import FloatField
from .partition import Partition
from .sign_search import prove_negative


class FieldEngine(Protocol):
    """Rigorous lower bounds of c . f over boxes; -inf or NaN is no information."""

    def field_lower(self, lower: np.ndarray, upper: np.ndarray, vector: np.ndarray) -> np.ndarray: ...


def propose_vector(floats: FloatField, boxes: Sequence[Box], seed: int = 0) -> list[Fraction] | None:
    """UNTRUSTED: a short dyadic vector with c . f > 0 at all samples (perceptron), or None."""
    rng = np.random.default_rng(seed)
    samples = []
    with np.errstate(all="ignore"):
        for box in boxes:
            low, high = (np.array([float(side[end]) for side in box.sides]) for end in (0, 1))
            samples.append(low + (high - low) * rng.random((512, box.dimension)))
        values = floats.evaluate(np.vstack(samples))[0]
        lengths = np.linalg.norm(values, axis=1, keepdims=True)
        directions = values / lengths
        if not np.isfinite(directions).all():
            return None
        c = directions.mean(axis=0)
        for _ in range(200):
            worst = int((directions @ c).argmin())
            if directions[worst] @ c > 0.02 * np.linalg.norm(c):
                break
            c = c + 0.1 * directions[worst]
        if not (directions @ c > 0).all():
            return None
    return [Fraction(round(float(v) * 1024), 1024) for v in c / np.abs(c).max()]


def prove_transversal(
    engine: FieldEngine, partition: Partition, vector: Sequence[Fraction], out_of_time: Callable[[], bool]
) -> str:
    """Prove c . f > 0 on the box of a fresh partition, whose leaves are then the witness: "", or why not."""
    numbers = np.array([float(v) for v in vector])  # of at most 11 bits, hence exact
    _, reason = prove_negative(partition, lambda low, high: -engine.field_lower(low, high, numbers), out_of_time)
    return f"c . f > 0 on {partition.box} for the vector that was tried: {reason}" if reason else ""
