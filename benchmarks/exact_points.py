"""Df and what follows from it at single points, in ball arithmetic of its own: what no claimed interval may exclude.

Nothing here is shared with the package but the weights: formulas of the activations and matrices are Arb's.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, nextafter

import numpy as np
from flint import arb, arb_mat, ctx

from saturode_verify.activation import activation_named
from saturode_verify.network import Layer, Network

BITS = 160
WIDTHS = {"zero": 0.0, "one ulp": -1.0, "1e-12": 1e-12, "1e-6": 1e-6, "1e-3": 1e-3, "0.1": 0.1}
"""How wide the sides are; -1 stands for two neighbouring floats."""
Ends = tuple[np.ndarray, np.ndarray]
"""Lower and upper ends, float64, one row per box or point."""


@dataclass(frozen=True)
class Sample:
    """Boxes [lower, upper] (boxes, d), the name of each one's width, and ``points`` (points, d) in them.

    ``owner[k]`` is the box of point k.
    """

    lower: np.ndarray
    upper: np.ndarray
    width: np.ndarray
    points: np.ndarray
    owner: np.ndarray


@dataclass(frozen=True)
class Truth:
    """Per point the floats that still bound the exact values: a float below ``least`` or above ``most`` is beyond them.

    ``entries``: of Df, row by row. ``bounds``: in the order of `claimed`.
    """

    entries: Ends
    bounds: Ends


def single_precision_network(name: str, sizes: list[int], seed: int) -> Network:
    """A random network whose weights are float32 numbers, so that every engine has the same field."""
    rng, layers = np.random.default_rng(seed), []
    for position, (inputs, outputs) in enumerate(itertools.pairwise(sizes), start=2):
        values = (1.5 * rng.standard_normal((outputs, inputs + 1)) / np.sqrt(inputs)).astype(np.float32)
        activation = activation_named(name if position < len(sizes) else "identity")
        layers.append(Layer(values[:, :-1], values[:, -1], activation))
    return Network(tuple(layers))


def sample(dimension: int, count: int, seed: int = 0) -> Sample:
    """Boxes near 0, around it and far out, of all widths in turns; a random corner and a random point of each."""
    rng, names = np.random.default_rng(seed), list(WIDTHS)
    reach = rng.choice([1e-3, 2.0, 2.0, 20.0], size=(count, 1))
    lower = (rng.uniform(-1, 1, (count, dimension)) * reach).astype(np.float32).astype(np.float64)
    kind = np.arange(count) % len(names)
    width = np.array(list(WIDTHS.values()))[kind][:, None]
    upper = np.where(width < 0, np.nextafter(lower, np.inf), lower + width * np.maximum(np.abs(lower), 1e-3))
    corner = np.where(rng.random(lower.shape) < 0.5, lower, upper)
    inside = np.clip(lower + rng.random(lower.shape) * (upper - lower), lower, upper)
    more = np.flatnonzero((lower < upper).any(axis=1))
    return Sample(
        lower,
        upper,
        np.array(names)[kind],
        np.concatenate([corner, inside[more]]),
        np.concatenate([np.arange(count), more]),
    )


def claimed(outer: np.ndarray, low: np.ndarray, high: np.ndarray) -> Ends:
    """Intervals out of the engine's bounds: ||Df||, div f, largest and smallest eigenvalue of the symmetric part, max
    |s'| per layer, all pre-activations.
    """
    none = np.full(len(outer), -np.inf)
    lower = [none, -outer[:, 2], none, -outer[:, 4], *([none] * (outer.shape[1] - 5))]
    upper = [outer[:, 0], outer[:, 1], outer[:, 3], -none, *outer[:, 5:].T]
    return np.column_stack([*lower, low]), np.column_stack([*upper, high])


def truths(network: Network, points: np.ndarray) -> Truth:
    """The exact values at each point."""
    with ctx.workprec(BITS):
        layers = [
            (arb_mat(layer.weight.tolist()), arb_mat(layer.bias[:, None].tolist()), layer.activation.name)
            for layer in network.layers
        ]
        evaluated = [_at(layers, point) for point in points]
        entries, bounds = ([pair[k] for pair in evaluated] for k in (0, 1))
        return Truth(_ends(entries), _ends(bounds))


def _at(layers: list[tuple[arb_mat, arb_mat, str]], point: np.ndarray) -> tuple[list[arb], list[arb]]:
    """Entries of Df; values for `claimed`: a Rayleigh quotient each instead of the norm and the eigenvalues."""
    values, jacobian = arb_mat([[arb(x)] for x in point.tolist()]), arb_mat(np.eye(len(point)).tolist())
    largest, preactivations = [], []
    for weight, bias, activation in layers[:-1]:
        values, jacobian = weight * values + bias, weight * jacobian
        preactivations += values.entries()
        found = [_activated(activation, a) for a in values.entries()]
        largest.append(max((abs(slope) for _, slope in found), key=lambda slope: float(slope.mid())))
        values = arb_mat([[value] for value, _ in found])
        rows = jacobian.tolist()
        jacobian = arb_mat([[slope * y for y in row] for (_, slope), row in zip(found, rows, strict=True)])
    jacobian = layers[-1][0] * jacobian
    return jacobian.entries(), [*_quotients(jacobian), *largest, *preactivations]


def _activated(name: str, a: arb) -> tuple[arb, arb]:
    """(s(a), s'(a)) without cancellation."""
    if name == "tanh":
        return a.tanh(), 1 / a.cosh() ** 2
    s, rest = 1 / (1 + (-a).exp()), 1 / (1 + a.exp())
    if name == "sigmoid":
        return s, s * rest
    if name != "silu":
        raise ValueError("tanh, sigmoid and silu only")
    return a * s, s + a * s * rest


def _quotients(jacobian: arb_mat) -> list[arb]:
    """A number <= ||J||, the trace, one <= the largest and one >= the smallest eigenvalue of the symmetric part."""
    size = jacobian.nrows()
    floats = np.array([float(v.mid()) for v in jacobian.entries()]).reshape(size, size)
    symmetric = (jacobian + jacobian.transpose()) / 2
    right = np.linalg.svd(floats)[2][0]
    vectors = np.linalg.eigh((floats + floats.T) / 2)[1]
    v = arb_mat([[arb(x)] for x in right.tolist()])
    image = jacobian * v
    norm = (_square(image) / _square(v)).sqrt()
    ends = []
    for column in (vectors[:, -1], vectors[:, 0]):
        u = arb_mat([[arb(x)] for x in column.tolist()])
        ends.append((u.transpose() * symmetric * u)[0, 0] / _square(u))
    return [norm, jacobian.trace(), *ends]


def _square(column: arb_mat) -> arb:
    return (column.transpose() * column)[0, 0]


def _ends(rows: Iterable[list[arb]]) -> Ends:
    pairs = [[(_least(value.lower()), -_least((-value).lower())) for value in row] for row in rows]
    array = np.array(pairs)
    return array[..., 0], array[..., 1]


def _least(value: arb) -> float:
    """The least float >= an exact ball."""
    near = float(value)
    around = (nextafter(near, -inf), near, nextafter(near, inf))
    return next(candidate for candidate in around if arb(candidate) >= value)


def excluded(low: np.ndarray, high: np.ndarray, truth: Ends, owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Per point: whether its box's intervals [low, high] exclude one of its exact values, and by how much at most."""
    least, most = truth
    excess = np.maximum(np.maximum(low[owner] - most, least - high[owner]), 0.0)
    return excess.max(axis=1) > 0, excess.max(axis=1)
