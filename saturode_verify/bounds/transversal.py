"""A constant vector c with c . f > 0 on the whole region (theory section 6): floats propose c, an engine decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np

from ..region import Box
from .candidates import FloatField
from .partition import Partition, propose_cuts

MAX_BOXES = 4096
"""Boxes spent on one region before giving up."""


class FieldEngine(Protocol):
    """Rigorous lower bounds of c . f over boxes; -inf or NaN is no information."""

    def field_lower(self, lower: np.ndarray, upper: np.ndarray, vector: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True)
class Transversal:
    """c (exact) with c . f > 0 on the leaves of every box's ``partitions``; ``reason``: why not, if it is not
    proved.
    """

    vector: list[Fraction]
    partitions: list[Partition]
    reason: str


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
    engine: FieldEngine, boxes: Sequence[Box], vector: Sequence[Fraction], out_of_time: Callable[[], bool]
) -> Transversal:
    """Prove c . f > 0 box by box, halving what is not yet proved along its widest side (relative to the root's)."""
    partitions = [Partition(box) for box in boxes]
    numbers = np.array([float(v) for v in vector])  # of at most 11 bits, hence exact
    for partition in partitions:
        reason = _prove(engine, partition, numbers, out_of_time)
        if reason:
            return Transversal(list(vector), partitions, f"{reason} on {partition.box} for the vector that was tried")
    return Transversal(list(vector), partitions, "")


def _prove(engine: FieldEngine, partition: Partition, vector: np.ndarray, out_of_time: Callable[[], bool]) -> str:
    nodes, lower, upper = np.zeros(1, dtype=np.int64), partition.lower[None], partition.upper[None]
    whole = partition.upper - partition.lower
    spent = 1
    while True:
        # Written so that NaN counts as not proved.
        open_ = ~(engine.field_lower(lower, upper, vector) > 0)
        if not open_.any():
            return ""
        nodes, lower, upper = nodes[open_], lower[open_], upper[open_]
        spent += 2 * len(nodes)
        if spent > MAX_BOXES or out_of_time():
            return f"c . f > 0 is not proved with {MAX_BOXES} boxes or in time"
        cuts = propose_cuts(lower, upper)
        with np.errstate(all="ignore"):
            relative = np.where(np.isnan(cuts), -1.0, (upper - lower) / whole)
        axes = relative.argmax(axis=1)
        chosen = cuts[np.arange(len(nodes)), axes]
        if np.isnan(chosen).any():
            return "c . f > 0 is not proved, and the boxes cannot be split further,"
        nodes, lower, upper = partition.split(nodes, lower, upper, axes, chosen)
