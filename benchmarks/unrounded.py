"""The package's affine form in plain floats: the same linear algebra as `bounds.rounded`, without any error term.

NOT rigorous, and only here to tell what rigour costs: the forward pass, the adjoint pass and the spectral bounds
compute the same five quantities by the same matrix products; what is left out are the bounds of rounding (radii,
slack, inflation, defects of rotations), the care for NaN and overflow, and the kernels with proved errors (numpy's own
tanh instead). The names follow that package, where every formula is explained.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from saturode_verify.network import Layer, Network

from .float_neurons import FORMULAS, Array, FloatNeurons
from .float_spectral import RankOne, Series, spectral_bounds


@dataclass(frozen=True, slots=True)
class _Part:
    """One hidden layer; a(t) = rows +- radius, s(a) = value[0] a + value[1] +- value[2], s'(a) = p + linear.t + ..."""

    neurons: FloatNeurons
    rows: Array
    value: tuple[Array, Array, Array]
    p: Array
    linear: Array
    alpha: Array
    rho: Array
    size: Array
    doubt: Array
    jacobian: tuple[Array, Array, Array, Array]


@dataclass(frozen=True, slots=True)
class _Passed:
    parts: list[_Part]
    centre: Array
    tangent: Array


class UnroundedEngine:
    """Bounds of the five quantities and of max |s'| per layer; see the module."""

    def __init__(self, network: Network) -> None:
        """Raises ValueError for an activation without a float formula here."""
        for layer in network.hidden:
            if layer.activation.name not in FORMULAS or layer.activation.slope != 1:
                raise ValueError("tanh, sigmoid and silu only")
        self._layers = network.layers
        self._transposed = [np.ascontiguousarray(layer.weight.T) for layer in network.layers]
        self._magnitude = [np.abs(weight) for weight in self._transposed]

    def bound(self, lower: Array, upper: Array) -> Array:
        """(boxes, quantities) in the order of the rounded engine; ranges and split scores are computed as well."""
        with np.errstate(all="ignore"):
            passed = self._forward(lower, upper)
            series = self._adjoint(passed)
            found = spectral_bounds(series)
            images = [part.neurons.images[1] for part in passed.parts]
            slopes = [np.maximum(-low, high).max(axis=1) for low, high in images]
            nothing = np.zeros((len(lower), 0))
            np.concatenate([nothing, *(part.neurons.lower for part in passed.parts)], axis=1)
            np.concatenate([nothing, *(part.neurons.upper for part in passed.parts)], axis=1)
            _scores(passed, series)
            return np.stack([*found, *slopes], axis=1)

    def _forward(self, lower: Array, upper: Array) -> _Passed:
        count, d = lower.shape
        middle, half = 0.5 * lower + 0.5 * upper, 0.5 * upper - 0.5 * lower
        first = self._transposed[0]
        rows = np.empty((count, 1 + d, first.shape[1]))
        rows[:, 0] = middle @ first + self._layers[0].bias
        rows[:, 1:] = half[:, :, None] * first
        radius = np.zeros((count, first.shape[1]))
        zero = np.zeros((count, d, first.shape[1]))
        centre, tangent = np.broadcast_to(first, (count, *first.shape)), np.zeros((count, d, d, first.shape[1]))
        jacobian = (centre, tangent, zero, zero)
        reach = np.abs(rows[:, 1:]).sum(axis=1)
        low, high = rows[:, 0] - reach, rows[:, 0] + reach
        parts = []
        for index, (layer, after) in enumerate(pairwise(self._layers)):
            weight, magnitude = self._transposed[index + 1], self._magnitude[index + 1]
            part = _part(FloatNeurons.over(layer.activation, low, high), rows, radius, jacobian)
            parts.append(part)
            jacobian = _next_jacobian(part, weight, magnitude)
            rows, radius, low, high = _next_form(part, after, weight, magnitude, radius)
        return _Passed(parts, jacobian[0], jacobian[1])

    def _adjoint(self, passed: _Passed) -> Series:
        """Df = C + sum t_j T_j + symbols + rank-one terms +- slack, from the output backwards."""
        centre, count = passed.centre, len(passed.centre)
        slack = np.zeros_like(centre)
        symbols: list[Array] = []
        rank_one: list[RankOne] = []
        back, pushed = self._layers[-1].weight[None], None
        for index in range(len(passed.parts) - 1, -1, -1):
            part = passed.parts[index]
            f, tangent, tangent_size, second = part.jacobian
            rank_one.append((back, f, part.rho))
            inner = part.doubt[:, None] * tangent_size + (part.size + part.doubt)[:, None] * second
            slack += inner @ np.abs(back).swapaxes(1, 2)
            if index == 0:
                break
            effect = (part.alpha[:, None] * f)[:, :, None] * back[:, None]
            if pushed is not None:
                effect += part.value[0][:, None, None] * pushed
            shift, quadratic = _quadratic(tangent, part.linear, back)
            centre = centre + shift
            symbols.append(quadratic)
            weight = self._layers[index].weight
            back = _times(back * part.p[:, None], weight)
            pushed = _times(effect, weight)
            symbols.append(np.moveaxis(pushed * passed.parts[index - 1].value[2][:, None, None], 3, 1))
        d = centre.shape[1]
        stacked = np.concatenate(symbols, axis=1) if symbols else np.zeros((count, 0, d, d))
        return Series(centre, np.moveaxis(passed.tangent, 2, 1), stacked, rank_one, slack)


def _times(rows: Array, matrix: Array) -> Array:
    """rows @ matrix for rows (..., n), as one product of two matrices."""
    flat = rows.reshape(-1, rows.shape[-1]) @ matrix
    return flat.reshape(*rows.shape[:-1], flat.shape[-1])


def _part(neurons: FloatNeurons, rows: Array, radius: Array, jacobian: tuple[Array, Array, Array, Array]) -> _Part:
    alpha, beta, rho = neurons.cover(1)
    linear = alpha[:, None] * rows[:, 1:]
    size, doubt = np.abs(linear).sum(axis=1), np.abs(alpha) * radius + rho
    p = alpha * rows[:, 0] + beta
    return _Part(neurons, rows, neurons.cover(0), p, linear, alpha, rho, size, doubt, jacobian)


def _next_jacobian(part: _Part, weight: Array, magnitude: Array) -> tuple[Array, Array, Array, Array]:
    """F, T, sum |T_j| and SR of the next layer."""
    f, tangent, tangent_size, second = part.jacobian
    moved = part.linear[:, None] * f[:, :, None] + part.p[:, None, None] * tangent
    p, size, doubt = (v[:, None] for v in (np.abs(part.p), part.size, part.doubt))
    noise = doubt * (np.abs(f) + tangent_size) + size * tangent_size + (size + doubt + p) * second
    tangent = _times(moved, weight)
    return _times(part.p[:, None] * f, weight), tangent, np.abs(tangent).sum(axis=2), _times(noise, magnitude)


def _next_form(
    part: _Part, after: Layer, weight: Array, magnitude: Array, radius: Array
) -> tuple[Array, Array, Array, Array]:
    """Rows and radius of the next pre-activations, and their range: affine form and plain interval, intersected."""
    slope, offset, rest = part.value
    rows = part.rows * slope[:, None]
    rows[:, 0] += offset
    rows = _times(rows, weight)
    rows[:, 0] += after.bias
    radius = (np.abs(slope) * radius + rest) @ magnitude
    reach = np.abs(rows[:, 1:]).sum(axis=1) + radius
    low, high = part.neurons.images[0]
    middle = (0.5 * low + 0.5 * high) @ weight + after.bias
    spread = (0.5 * high - 0.5 * low) @ magnitude
    return (
        rows,
        radius,
        np.maximum(rows[:, 0] - reach, middle - spread),
        np.minimum(rows[:, 0] + reach, middle + spread),
    )


def _quadratic(tangent: Array, linear: Array, back: Array) -> tuple[Array, Array]:
    """sum t_i t_j Q_ij as a constant and symbols."""
    count, d, _, width = tangent.shape
    left = back[:, :, None] * linear[:, None]
    product = tangent.reshape(count, d * d, width) @ left.reshape(count, -1, width).swapaxes(1, 2)
    forms = product.reshape(count, d, d, d, d).transpose(0, 4, 2, 1, 3)
    rows, columns = np.triu_indices(d, 1)
    diagonal = 0.5 * forms[:, np.arange(d), np.arange(d)]
    mixed = forms[:, rows, columns] + forms[:, columns, rows]
    return diagonal.sum(axis=1), np.concatenate((diagonal, mixed), axis=1)


def _scores(passed: _Passed, series: Series) -> Array:
    """Where the rounded engine would split."""
    score = np.sqrt((series.tangent**2).sum(axis=(2, 3)))
    for (left, right, weight), part in zip(series.rank_one, reversed(passed.parts), strict=True):
        sizes = np.sqrt((left**2).sum(axis=1) * (right**2).sum(axis=1)) * weight
        rows = np.abs(part.rows[:, 1:])
        score = score + (rows @ (sizes / rows.sum(axis=1))[:, :, None])[:, :, 0]
    return score
