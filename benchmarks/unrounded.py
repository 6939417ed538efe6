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

from .float_neurons import FORMULAS, Array, Cover, FloatNeurons
from .float_spectral import RankOne, Series, spectral_bounds


@dataclass(frozen=True, slots=True)
class _Part:
    """One hidden layer; a(t) = rows +- radius, s'(a) = p + linear.t + ...; without T and S in the first one."""

    neurons: FloatNeurons
    rows: Array
    p: Array
    linear: Array
    alpha: Array
    rho: Array
    size: Array
    doubt: Array
    jacobian: tuple[Array, Array, Array, Array] | tuple[Array]


@dataclass(frozen=True, slots=True)
class _Passed:
    """``values``: (alpha, beta, rest) with s(a) = alpha a + beta +- rest, of all layers but the last."""

    parts: list[_Part]
    values: list[Cover]
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
        jacobian = (first[None],)
        reach = np.abs(rows[:, 1:]).sum(axis=1)
        low, high = rows[:, 0] - reach, rows[:, 0] + reach
        parts: list[_Part] = []
        values: list[Cover] = []
        for index, (layer, after) in enumerate(pairwise(self._layers)):
            weight, magnitude = self._transposed[index + 1], self._magnitude[index + 1]
            part = _part(FloatNeurons.over(layer.activation, low, high), rows, radius, jacobian)
            parts.append(part)
            centre, tangent = _through(part, weight)
            if len(parts) == len(self._layers) - 1:
                return _Passed(parts, values, centre, tangent)
            jacobian = (centre, tangent, np.abs(tangent).sum(axis=2), _times(_noise(part), magnitude))
            values.append(part.neurons.cover(0))
            rows, radius, low, high = _next_form(part, values[-1], after, weight, magnitude, radius)
        none = np.zeros((count, d, d, d))
        return _Passed([], [], np.broadcast_to(jacobian[0], (count, d, d)), none)

    def _adjoint(self, passed: _Passed) -> Series:
        """Df = C + sum t_j T_j + symbols + rank-one terms +- slack, from the output backwards."""
        centre, count = passed.centre, len(passed.centre)
        slack = np.zeros_like(centre)
        symbols: list[Array] = []
        rank_one: list[RankOne] = []
        back, pushed = self._layers[-1].weight[None], None
        for index in range(len(passed.parts) - 1, -1, -1):
            part = passed.parts[index]
            rank_one.append((back, part.jacobian[0], part.rho))
            if len(part.jacobian) == 1:
                break
            f, tangent, tangent_size, second = part.jacobian
            inner = part.doubt[:, None] * tangent_size + (part.size + part.doubt)[:, None] * second
            slack += inner @ np.abs(back).swapaxes(1, 2)
            effect = (part.alpha[:, None] * f)[:, :, None] * back[:, None]
            if pushed is not None:
                effect += passed.values[index][0][:, None, None] * pushed
            shift, quadratic = _quadratic(tangent, part.linear, back)
            centre = centre + shift
            symbols.append(quadratic)
            weight = self._layers[index].weight
            back = _times(back * part.p[:, None], weight)
            pushed = _times(effect, weight)
            symbols.append(np.moveaxis(pushed * passed.values[index - 1][2][:, None, None], 3, 1))
        d = centre.shape[1]
        stacked = np.concatenate(symbols, axis=1) if symbols else np.zeros((count, 0, d, d))
        return Series(centre, np.moveaxis(passed.tangent, 2, 1), stacked, rank_one, slack)


def _times(rows: Array, matrix: Array) -> Array:
    """rows @ matrix for rows (..., n), as one product of two matrices."""
    flat = rows.reshape(-1, rows.shape[-1]) @ matrix
    return flat.reshape(*rows.shape[:-1], flat.shape[-1])


def _part(
    neurons: FloatNeurons, rows: Array, radius: Array, jacobian: tuple[Array, Array, Array, Array] | tuple[Array]
) -> _Part:
    alpha, beta, rho = neurons.cover(1)
    linear = alpha[:, None] * rows[:, 1:]
    size, doubt = np.abs(linear).sum(axis=1), np.abs(alpha) * radius + rho
    p = alpha * rows[:, 0] + beta
    return _Part(neurons, rows, p, linear, alpha, rho, size, doubt, jacobian)


def _through(part: _Part, weight: Array) -> tuple[Array, Array]:
    """F and T of the next layer."""
    f = part.jacobian[0]
    moved = part.linear[:, None] * f[:, :, None]
    if len(part.jacobian) > 1:
        moved += part.p[:, None, None] * part.jacobian[1]
    return _times(part.p[:, None] * f, weight), _times(moved, weight)


def _noise(part: _Part) -> Array:
    """What |W| takes to SR of the next layer."""
    p, size, doubt = (v[:, None] for v in (np.abs(part.p), part.size, part.doubt))
    if len(part.jacobian) == 1:
        return doubt * np.abs(part.jacobian[0])
    f, _, tangent_size, second = part.jacobian
    return doubt * np.abs(f) + (size + doubt) * (tangent_size + second) + p * second


def _next_form(
    part: _Part, value: Cover, after: Layer, weight: Array, magnitude: Array, radius: Array
) -> tuple[Array, Array, Array, Array]:
    """Rows and radius of the next pre-activations, and their range: affine form and plain interval, intersected."""
    slope, offset, rest = value
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
