"""At equal boxes the engine is not looser than the forward affine form that it grew from, nor than plain intervals.

Both are written anew here, in plain floats: the Jacobian as an affine form of the box's variables, multiplied forwards,
with one remainder per entry; and the interval Jacobian on interval ranges. Against the affine form this holds for all
boxes up to the whole region, against plain intervals up to a tenth of its width, where branch and bound spends its
time. On much larger boxes no form is good, and there intervals can be narrower than the engine's series (on a whole
region by a third of the norm for a divergence, by a half for a SiLU network's norm): such boxes are split in any case.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from fixtures_networks import random_network

from saturode_verify.activation import SiLU, Tanh
from saturode_verify.bounds.rounded.engine import RoundedEngine
from saturode_verify.formats import load
from saturode_verify.kernels import kernel_for
from saturode_verify.network import Layer, Network

EXAMPLES = Path(__file__).parents[3] / "examples"
Array = np.ndarray
Interval = tuple[Array, Array]


@dataclass
class Affine:
    """rows[0] + sum_i rows[i] t_i +- radius of one box; rows (1 + d, ...)."""

    rows: Array
    radius: Array

    def spread(self) -> Array:
        return np.abs(self.rows[1:]).sum(axis=0)

    def times(self, weight: Array) -> Affine:
        return Affine(self.rows @ weight.T, self.radius @ np.abs(weight).T)

    def range(self) -> Interval:
        reach = self.spread() + self.radius
        return self.rows[0] - reach, self.rows[0] + reach


def neuron(layer: Layer, low: Array, high: Array) -> tuple[list[Interval], list[list[Array]]]:
    """Images of s, s', s'', s''' over [low, high], and their values at low, high and the midpoint."""
    kernel = kernel_for(layer.activation)
    ends = [kernel.derivatives(x, 3) for x in (low, high, 0.5 * (low + high))]
    return kernel.images(low, high, ends[0], ends[1]), [[value for value, _ in end] for end in ends]


def line(order: int, low: Array, high: Array, images: list[Interval], values: list[list[Array]]) -> tuple[Array, ...]:
    """(alpha, beta, rho) of s^(order): Taylor at the midpoint, both monotone forms, or a constant."""
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    first, second = images[order + 1 : order + 3]
    slope = values[2][order + 1]
    lipschitz = half * np.maximum(first[1] - slope, slope - first[0])
    below = np.maximum(np.minimum(second[0], 0) * half**2 / 2, -lipschitz)
    above = np.minimum(np.maximum(second[1], 0) * half**2 / 2, lipschitz)
    forms = [(slope, values[2][order] - slope * middle + 0.5 * (below + above), 0.5 * (above - below))]
    for steep in first:
        ends = values[0][order] - steep * low, values[1][order] - steep * high
        forms.append((steep, 0.5 * (ends[0] + ends[1]), 0.5 * np.abs(ends[1] - ends[0])))
    image = images[order]
    forms.append((0 * low, 0.5 * (image[0] + image[1]), 0.5 * (image[1] - image[0])))
    best = np.argmin([rho for _, _, rho in forms], axis=0)
    return tuple(np.choose(best, [form[k] for form in forms]) for k in range(3))


def scaled(form: Affine, alpha: Array, beta: Array, rho: Array) -> Affine:
    rows = form.rows * alpha
    rows[0] += beta
    return Affine(rows, np.abs(alpha) * form.radius + rho)


def product(p: Affine, y: Affine) -> Affine:
    """P times Y entry by entry, P (1 + d, n), Y (1 + d, input, n)."""
    rows = p.rows[:, None]
    own, others = np.abs(rows[0]), p.spread()
    diagonal = rows[1:] * y.rows[1:]
    made = np.concatenate(((rows[0] * y.rows[0] + 0.5 * diagonal.sum(axis=0))[None], rows[1:] * y.rows[0]))
    made[1:] += rows[0] * y.rows[1:]
    size, reach = np.abs(y.rows[0]), y.spread()
    radius = others * reach - 0.5 * np.abs(diagonal).sum(axis=0)
    radius += p.radius * (size + reach + y.radius) + y.radius * (own + others)
    return Affine(made, radius)


def jacobians(network: Network, low: Array, high: Array) -> tuple[Affine, Interval]:
    """Df (input, output) of one box as an affine form, and as an interval matrix."""
    weights = [layer.weight for layer in network.layers]
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    d = len(low)
    form = Affine(np.concatenate((middle[None], np.diag(half))), np.zeros(d)).times(weights[0])
    form.rows[0] += network.layers[0].bias
    bounds = plain = form.range()
    y = Affine(np.concatenate((weights[0].T[None], np.zeros((d, d, len(weights[0]))))), np.zeros(weights[0].T.shape))
    matrix = (weights[0].T, weights[0].T)
    for layer, after in zip(network.hidden, network.layers[1:], strict=True):
        images, values = neuron(layer, *bounds)
        y = product(scaled(form, *line(1, *bounds, images, values)), y).times(after.weight)
        activated = scaled(form, *line(0, *bounds, images, values))
        ranges, _ = neuron(layer, *plain)
        corners = [a * b for a in ranges[1] for b in matrix]
        matrix = interval_times((np.min(corners, axis=0), np.max(corners, axis=0)), after.weight)
        plain = interval_times(ranges[0], after.weight)
        plain = plain[0] + after.bias, plain[1] + after.bias
        form = activated.times(after.weight)
        form.rows[0] += after.bias
        own, other = form.range(), interval_times(images[0], after.weight)
        bounds = np.maximum(own[0], other[0] + after.bias), np.minimum(own[1], other[1] + after.bias)
    return y, matrix


def interval_times(values: Interval, weight: Array) -> Interval:
    middle, half = 0.5 * (values[0] + values[1]) @ weight.T, 0.5 * (values[1] - values[0]) @ np.abs(weight).T
    return middle - half, middle + half


def affine_bounds(y: Affine) -> tuple[float, float, float]:
    """The least bounds of ||Df||, div f and -div f that the affine form gives."""
    u, _, v = np.linalg.svd(y.rows[0])
    turned = np.abs(u.T @ y.rows @ v.T).sum(axis=0)
    low, high = y.range()
    norms = [
        np.linalg.norm(turned + np.abs(u.T) @ y.radius @ np.abs(v.T), 2),
        np.linalg.norm(turned, 2) + np.linalg.norm(y.radius, 2),
        np.linalg.norm(np.maximum(np.abs(low), np.abs(high)), 2),
    ]
    traces = np.trace(y.rows, axis1=1, axis2=2)
    reach = np.abs(traces[1:]).sum() + np.trace(y.radius)
    return float(min(norms)), float(traces[0] + reach), float(reach - traces[0])


def interval_bounds(matrix: Interval) -> tuple[float, float, float]:
    """The same from an interval matrix."""
    norm = np.linalg.norm(np.maximum(np.abs(matrix[0]), np.abs(matrix[1])), 2)
    return float(norm), float(np.trace(matrix[1])), float(-np.trace(matrix[0]))


def boxes(d: int, span: float, width: float, count: int = 24) -> tuple[Array, Array]:
    """Half of them cells of a lattice, half at random."""
    rng = np.random.default_rng(5)
    half = width * span
    random = (span - half) * rng.uniform(-1, 1, (count // 2, d))
    lattice = np.stack(np.meshgrid(*[np.linspace(half - span, span - half, 4)] * d, indexing="ij"), axis=-1)
    cells = rng.permutation(lattice.reshape(-1, d))[: count - len(random)]
    centres = np.concatenate((random, cells))
    return centres - half, centres + half


NETWORKS = [
    (random_network(1, [2, 32, 2], Tanh()), 1.6),
    (random_network(2, [2, 24, 24, 2], Tanh()), 1.6),
    (random_network(3, [2, 16, 16, 16, 2], SiLU()), 1.6),
    (random_network(4, [3, 20, 20, 3], SiLU()), 1.0),
    (random_network(5, [4, 24, 24, 4], Tanh()), 1.0),
    (load(EXAMPLES / "stuart-landau-tanh-32x32.pt"), 1.6),
]


@pytest.mark.parametrize("width", [1.0, 0.5, 0.2, 0.1, 0.03, 0.003])
@pytest.mark.parametrize("index", range(len(NETWORKS)))
def test_not_looser_than_the_prototype(index: int, width: float) -> None:
    network, span = NETWORKS[index]
    lower, upper = boxes(network.dimension, span, width)
    outer = RoundedEngine(network).bound(lower, upper).outer
    for low, high, ours in zip(lower, upper, outer, strict=True):
        affine, matrix = jacobians(network, low, high)
        for theirs in (affine_bounds(affine), interval_bounds(matrix))[: 1 if width > 0.1 else 2]:
            # A divergence near 0 is a difference of numbers of the size of the norm.
            slack = 1e-9 * theirs[0]
            assert all(own <= other + slack for own, other in zip(ours[:3].tolist(), theirs, strict=True))
