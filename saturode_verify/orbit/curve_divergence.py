"""div f = tr Df in balls, real or complex, at many points of many polynomial arcs at once.

Points are columns: an array for n neurons and c columns is one flat list, neuron by neuron.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from flint import acb, acb_mat, arb, arb_mat

from ..activation import Activation
from ..network import Layer, Network
from ..rigor.balls import ball, exact, matrix
from .analytic import strip_half_width, values_and_slopes
from .curve_segments import Coefficients

Balls = list[Any]
"""All arb, or all acb: the two share their operations, but no type."""


def divergence(network: Network, arcs: Sequence[Coefficients], powers: arb_mat | acb_mat) -> Balls:
    """Balls around div f(g(z)), arc by arc, for every column (1, z, z^2, ...) of ``powers``.

    Component i of an arc g is sum_k coefficients[i][k] z^k. Real balls: for every real z in the column's balls.
    Complex balls: for every complex z in them; whatever is not certainly inside the strip where its activation is
    analytic makes the answer NaN.
    """
    columns = len(arcs) * powers.ncols()
    inputs = _first_inputs(network.layers[0], arcs, powers)
    tangents: list[Balls] = []
    for k, (layer, following) in enumerate(zip(network.hidden, network.layers[1:], strict=True), start=1):
        if k == len(network.hidden):
            return _trace(network, tangents, _slopes(layer.activation, inputs), columns)
        values, slopes = _values_and_slopes(layer.activation, inputs)
        tangents = [
            _product(following, [s * u for s, u in zip(slopes, tangent, strict=True)], columns)
            for tangent in tangents or _constant_tangents(layer, columns)
        ]
        inputs = _with_bias(_product(following, values, columns), following, columns)
    raise ValueError("a network without hidden layers has constant divergence")


def _first_inputs(layer: Layer, arcs: Sequence[Coefficients], powers: arb_mat | acb_mat) -> Balls:
    """W_1 g(z) + b_1: as polynomials in z, so that the components of g stay correlated on wide balls."""
    dimension, terms = len(arcs[0]), len(arcs[0][0])
    curves = [ball(arc[i][k]) for i in range(dimension) for arc in arcs for k in range(terms)]
    combined = (matrix(layer.weight) * arb_mat(dimension, len(arcs) * terms, curves)).entries()
    for neuron, bias in enumerate(map(exact, layer.bias.tolist())):
        for arc in range(len(arcs)):
            combined[(neuron * len(arcs) + arc) * terms] += bias
    polynomials = arb_mat(len(combined) // terms, terms, combined)
    return (polynomials * powers).entries()


def _trace(network: Network, tangents: list[Balls], slopes: Balls, columns: int) -> Balls:
    """sum_i s'_i sum_j (W_L)_ji u_ij, where u_j are the derivatives of the last hidden pre-activations along x_j."""
    last = network.layers[-1].weight
    width = last.shape[1]
    if not tangents:  # one hidden layer: u_ij = (W_1)_ij at every column
        first = network.layers[0].weight
        row = [
            sum((exact(float(a)) * exact(float(b)) for a, b in zip(last[:, i], first[i], strict=True)), arb(0))
            for i in range(width)
        ]
        return (arb_mat(1, width, row) * _matrix(slopes, width, columns)).entries()
    terms: Balls = []
    for i in range(width):
        weights = [exact(float(w)) for w in last[:, i]]
        here = slice(i * columns, (i + 1) * columns)
        for slope, *rates in zip(slopes[here], *(tangent[here] for tangent in tangents), strict=True):
            terms.append(slope * sum(w * u for w, u in zip(weights, rates, strict=True)))
    return (arb_mat(1, width, [arb(1)] * width) * _matrix(terms, width, columns)).entries()


def _constant_tangents(layer: Layer, columns: int) -> list[Balls]:
    """The columns of W_1: the derivatives of a_1 along x_1, ..., x_d, the same at every point."""
    return [[w for entry in column for w in [exact(float(entry))] * columns] for column in layer.weight.T]


def _product(layer: Layer, entries: Balls, columns: int) -> Balls:
    return (matrix(layer.weight) * _matrix(entries, layer.weight.shape[1], columns)).entries()


def _with_bias(entries: Balls, layer: Layer, columns: int) -> Balls:
    bias = np.repeat(layer.bias, columns)
    return [x + b for x, b in zip(entries, bias.tolist(), strict=True)]


def _matrix(entries: Balls, rows: int, columns: int) -> arb_mat | acb_mat:
    return (acb_mat if isinstance(entries[0], acb) else arb_mat)(rows, columns, entries)


def _values_and_slopes(activation: Activation, points: Balls) -> tuple[Balls, Balls]:
    """s and s' at every ball (see `divergence`)."""
    if isinstance(points[0], acb):
        return values_and_slopes(activation, _inside_strip(activation, points), True)
    pairs = [activation.derivatives(x, 1) for x in points]
    return [value for value, _ in pairs], [slope for _, slope in pairs]


def _slopes(activation: Activation, points: Balls) -> Balls:
    return _values_and_slopes(activation, points)[1]


def _inside_strip(activation: Activation, points: Balls) -> Balls:
    """The points, with NaN for every ball that may leave the open strip |Im z| < half width."""
    width, outside = strip_half_width(activation), acb(arb.nan(), arb.nan())
    return [z if abs(z.imag) < width else outside for z in points]
