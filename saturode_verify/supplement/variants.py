"""Networks made from a trained one: pre-activations scaled or shifted, time rescaled, a frozen layer refitted.

UNTRUSTED in the harmless sense: each result is a network of its own, and what is certified is said of that one.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from ..activation import Identity, Tanh
from ..network import Layer, Network
from ..paper.fields import Field

SAMPLES, CUT = 6000, 1e-6
"""Training points of `bias_shifted`, and the relative size below which a direction of its features is left out."""


def scaled(network: Network, scale: Fraction) -> Network:
    """The pre-activations of the first layer times ``scale``: W_1 and b_1 are multiplied, in binary64.

    For a power of two that is exact; otherwise every product is rounded once.
    """
    first = network.layers[0]
    factor = float(scale)
    return _with_first(network, replace(first, weight=first.weight * factor, bias=first.bias * factor))


def shifted(network: Network, shift: Fraction) -> Network:
    """The same number added to every pre-activation of the first layer, in binary64."""
    first = network.layers[0]
    return _with_first(network, replace(first, bias=first.bias + float(shift)))


def faster(network: Network, factor: Fraction) -> Network:
    """The field times ``factor``, in binary64: the same orbits, run through ``factor`` times as fast, up to rounding.

    Multipliers do not change, periods are divided by the factor, ||Df|| and every exponent are multiplied by it.
    """
    last, by = network.layers[-1], float(factor)
    return Network((*network.layers[:-1], replace(last, weight=last.weight * by, bias=last.bias * by)))


def bias_shifted(field: Field, units: int, margin: float, seed: int) -> Network:
    """A tanh network d - units - d fitted to ``field`` whose pre-activations all exceed ``margin`` on the field's box.

    The hidden layer is drawn at random and frozen (directions uniform, lengths uniform on [0.2, 2], the bias as small
    as the margin allows); the output layer is the least squares fit to the field's values at ``SAMPLES`` points with
    the arcsine density.
    """
    rng = np.random.default_rng(seed)
    sides = np.array([[float(low), float(high)] for low, high in field.box.sides])
    centre, half = sides.mean(axis=1), (sides[:, 1] - sides[:, 0]) / 2
    directions = rng.normal(size=(units, field.dimension))
    weight = directions / np.linalg.norm(directions, axis=1, keepdims=True) * rng.uniform(0.2, 2.0, (units, 1))
    bias = margin + np.abs(weight) @ half - weight @ centre
    states = centre - half * np.cos(np.pi * rng.uniform(size=(SAMPLES, field.dimension)))
    features = np.column_stack((np.tanh(states @ weight.T + bias), np.ones(SAMPLES)))
    fit = np.linalg.lstsq(features, field.right_hand_side(states), rcond=CUT)[0]
    return Network((Layer(weight, bias, Tanh()), Layer(fit[:-1].T, fit[-1], Identity())))


def _with_first(network: Network, first: Layer) -> Network:
    return Network((first, *network.layers[1:]))
