"""Norm, divergence and logarithmic norms of a series of Df, in floats without error terms: see `unrounded`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

Array = np.ndarray
RankOne = tuple[Array, Array, Array]
"""(left, right, weight): sum_k eps_k weight_k left_k right_k^T."""
_ENUMERATED = 4
_POWER_STEPS = 8


@dataclass(frozen=True, slots=True)
class Series:
    """Df = centre + sum t_j tangent_j + sum eps_m symbols_m + rank-one terms +- slack; axes (input, output)."""

    centre: Array
    tangent: Array
    symbols: Array
    rank_one: list[RankOne]
    slack: Array


def spectral_bounds(series: Series) -> list[Array]:
    """sup ||Df||, sup div, sup -div, sup lambda_max, sup -lambda_min, each (boxes,)."""
    slack = np.sqrt(series.slack.sum(axis=2).max(axis=1) * series.slack.sum(axis=1).max(axis=1))
    inputs, _, outputs = np.linalg.svd(series.centre)
    matrices, rest = _patterns(*_rotate(series, inputs, outputs.swapaxes(1, 2), symmetric=False))
    rest = rest[:, None]
    turned, absolute = matrices.swapaxes(2, 3), np.abs(matrices)
    mixed = absolute.swapaxes(2, 3) @ rest
    gram = np.abs(turned @ matrices) + mixed + mixed.swapaxes(2, 3) + rest.swapaxes(2, 3) @ rest
    norm = np.sqrt(_perron(gram).max(axis=1)) + slack
    basis = np.linalg.eigh(0.5 * (series.centre + series.centre.swapaxes(1, 2)))[1]
    signed, rest = _rotate(series, basis, basis, symmetric=True)
    highs = [_metzler(signed, rest, sign) + slack for sign in (1.0, -1.0)]
    low, high = _divergence(series)
    return [norm, high, -low, *highs]


def _rotate(series: Series, left: Array, right: Array, symmetric: bool) -> tuple[Array, Array]:
    """C' and T_j' with signs, everything else by absolute values."""
    count, d = series.centre.shape[:2]
    stacked = np.concatenate((series.centre[:, None], series.tangent, series.symbols), axis=1)
    kronecker = left[:, :, None, :, None] * right[:, None, :, None, :]
    turned = stacked.reshape(count, -1, d * d) @ kronecker.reshape(count, d * d, d * d)
    turned = turned.reshape(count, -1, d, d)
    if symmetric:
        turned = 0.5 * (turned + turned.swapaxes(2, 3))
    rest = np.abs(turned[:, 1 + d :]).sum(axis=1)
    for outer, inner, weight in series.rank_one:
        inputs = np.abs(left.swapaxes(1, 2) @ inner)
        outputs = np.abs(right.swapaxes(1, 2) @ outer)
        part = (inputs * weight[:, None]) @ outputs.swapaxes(1, 2)
        rest = rest + (0.5 * (part + part.swapaxes(1, 2)) if symmetric else part)
    return turned[:, : 1 + d], rest


def _patterns(signed: Array, rest: Array) -> tuple[Array, Array]:
    """The matrices of all sign patterns of the largest directions."""
    count, terms, d = signed.shape[:3]
    chosen = min(_ENUMERATED, terms - 1)
    sizes = np.abs(signed[:, 1:]).reshape(count, terms - 1, -1).sum(axis=2)
    order = np.argsort(-sizes, axis=1, kind="stable")[:, :, None, None]
    ordered = np.take_along_axis(signed[:, 1:], order, axis=1)
    signs = np.array(list(product((1.0, -1.0), repeat=chosen))).reshape(2**chosen, chosen)
    matrices = (signs @ ordered[:, :chosen].reshape(count, chosen, -1)).reshape(count, -1, d, d) + signed[:, :1]
    return matrices, rest + np.abs(ordered[:, chosen:]).sum(axis=1)


def _perron(matrix: Array) -> Array:
    """Spectral radius of nonnegative symmetric matrices: by formula for 2 x 2, else Collatz-Wielandt from above."""
    if matrix.shape[-1] == 1:
        return matrix[..., 0, 0]
    if matrix.shape[-1] == 2:
        first, second, off = matrix[..., 0, 0], matrix[..., 1, 1], matrix[..., 0, 1]
        return 0.5 * (first + second + np.sqrt((first - second) ** 2 + 4 * (off * off)))
    y = matrix.sum(axis=-1)
    x = np.ones_like(y)
    for _ in range(_POWER_STEPS):
        x = y / y.max(axis=-1, keepdims=True) + 1e-9
        y = (matrix @ x[..., None])[..., 0]
    return np.max(y / x, axis=-1)


def _metzler(signed: Array, rest: Array, sign: float) -> Array:
    """lambda_max of sign . M over the box."""
    matrices, rest = _patterns(signed, rest)
    diagonal = np.einsum("...ii->...i", matrices) * sign
    shift = np.abs(diagonal).max(axis=2, keepdims=True)
    majorant = np.abs(matrices)
    np.einsum("...ii->...i", majorant)[...] = diagonal + shift
    return (_perron(majorant + rest[:, None]) - shift[..., 0]).max(axis=1)


def _divergence(series: Series) -> tuple[Array, Array]:
    centre = np.trace(series.centre, axis1=1, axis2=2)
    stacked = np.concatenate((series.tangent, series.symbols), axis=1)
    spread = np.abs(np.trace(stacked, axis1=2, axis2=3)).sum(axis=1)
    for left, right, weight in series.rank_one:
        spread = spread + (np.abs((left * right).sum(axis=1)) * weight).sum(axis=1)
    reach = spread + np.trace(series.slack, axis1=1, axis2=2)
    return centre - reach, centre + reach
