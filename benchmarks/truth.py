"""What the bounds are compared with: sampled suprema (from below, floats), and one proved lower bound per model."""

from __future__ import annotations

from itertools import product

import numpy as np

from saturode_verify.bounds.candidates import FloatField, exact_point, propose
from saturode_verify.bounds.partition import float_below
from saturode_verify.bounds.point import PointEngine, inner_bounds
from saturode_verify.rigor.balls import lower_rational, precision

from .models import Model

_SEEDS = 4
_POINTS_AT_ONCE = 1024


def local_suprema(model: Model, lower: np.ndarray, upper: np.ndarray, samples: int) -> np.ndarray:
    """max ||Df|| per box over its corners, its centre and random points, ``samples`` in all: at most the supremum."""
    field, rng = FloatField(model.network), np.random.default_rng(1)
    d = lower.shape[1]
    corners = np.array(list(product((0.0, 1.0), repeat=d)))
    places = np.concatenate([corners, np.full((1, d), 0.5), rng.random((max(samples - len(corners), 0), d))])
    found = np.empty(len(lower))
    for k in range(len(lower)):
        points = lower[k] + places * (upper[k] - lower[k])
        norms = [
            np.linalg.norm(field.evaluate(points[i : i + _POINTS_AT_ONCE])[1], 2, axis=(1, 2)).max()
            for i in range(0, len(points), _POINTS_AT_ONCE)
        ]
        found[k] = max(norms)
    return found


def proved_lower_bound(model: Model) -> float:
    """||Df|| at the best of the exact points that several float searches propose, in ball arithmetic, rounded down."""
    field, engine = FloatField(model.network), PointEngine(model.network)
    points = {point for seed in range(_SEEDS) for point in propose(field, model.box, seed)[0]}
    floats = np.array([[float(x) for x in point] for point in points])
    best = floats[np.linalg.norm(field.evaluate(floats)[1], 2, axis=(1, 2)).argmax()]
    with precision(64):
        inner = inner_bounds(engine.at_point(exact_point(model.box, best)))
        if inner is None:
            raise ValueError(f"{model.name} has no Jacobian where its norm is largest")
        value = lower_rational(inner.norm)
    if value is None:
        raise ValueError(f"{model.name} has no finite ||Df|| where it seems largest")
    return float_below(value)
