"""A constant vector c with c . f > 0 on the whole region (theory section 6): floats propose c, Arb decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from flint import arb

from ..region import Box
from ..rigor.balls import ZERO, ball
from .affine import Form
from .branch import Node, short_dyadic
from .candidates import FloatField
from .engine import Engine

EXTRA_BOXES = 512


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
    engine: Engine, leaves: Sequence[Node], vector: Sequence[Fraction], out_of_time: Callable[[], bool]
) -> str:
    """Prove c . f > 0 on all leaves, splitting them a few more times where needed; returns the failure, or ""."""
    weights = [ball(v) for v in vector]
    pending = [(leaf.box, leaf.bounds.field) for leaf in leaves]
    budget = EXTRA_BOXES
    while pending:
        box, form = pending.pop()
        lowest = None if form is None else _lower(form, weights)
        if lowest is not None and lowest > ZERO:
            continue
        axis = max(range(box.dimension), key=lambda i: box.sides[i][1] - box.sides[i][0])
        low, high = box.sides[axis]
        if budget <= 0 or low == high or out_of_time():
            return f"c . f > 0 is not proved on {box} for the vector that was tried"
        halves = list(box.split(axis, short_dyadic(low, high)))
        pending += [(half, bounds.field) for half, bounds in zip(halves, engine.bound(halves), strict=True)]
        budget -= 2
    return ""


def _lower(form: Form, weights: Sequence[arb]) -> arb:
    """Exact lower bound of sum_o c_o f_o over the box of the form."""
    centre, *slopes = (sum((c * v for c, v in zip(weights, row, strict=True)), ZERO) for row in form.rows)
    rest = sum((abs(c) * r for c, r in zip(weights, form.remainder, strict=True)), ZERO)
    return (centre - sum((abs(s) for s in slopes), rest)).lower()
