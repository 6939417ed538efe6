"""Polynomial fields with known cycles, as networks of powers (exact up to the rounding of their output weights)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations_with_replacement

import numpy as np

from saturode_verify.activation import Identity, Power
from saturode_verify.bounds.candidates import FloatField
from saturode_verify.network import Layer, Network
from saturode_verify.orbit.search import FloatOrbit

Field = Callable[[np.ndarray], list[np.ndarray]]


def power_field(right: Field, dimension: int, degree: int) -> FloatField:
    """The network of one layer of powers that equals the polynomial ``right`` of coordinates (d, n)."""
    monomials = sum(1 for k in range(degree + 1) for _ in combinations_with_replacement(range(dimension), k))
    rng = np.random.default_rng(1)
    weight = np.round(rng.uniform(-1, 1, (2 * monomials, dimension)), 2)
    bias = np.round(rng.uniform(-1, 1, 2 * monomials), 2)
    points = rng.uniform(-1.5, 1.5, (8 * monomials, dimension))
    powers = (points @ weight.T + bias) ** degree
    out = np.linalg.lstsq(powers, np.array(right(points.T)).T, rcond=None)[0].T
    assert np.allclose(powers @ out.T, np.array(right(points.T)).T, atol=1e-8)
    hidden = Layer(weight, bias, Power(exponent=degree))
    return FloatField(Network((hidden, Layer(out, np.zeros(dimension), Identity()))))


def turning(x: np.ndarray, speed: float = 3.0) -> list[np.ndarray]:
    """Stuart-Landau at ``speed``: r' = speed (r - r^3), angle' = speed; exponent -2, T = 2 pi / speed."""
    r2 = x[0] ** 2 + x[1] ** 2
    return [speed * (x[0] - x[1] - r2 * x[0]), speed * (x[0] + x[1] - r2 * x[1])]


def with_multiples(rates: list[float]) -> FloatField:
    """Stuart-Landau beside z_i' = rates_i z_i: exponents -2 and rates_i / 3."""
    return power_field(lambda x: [*turning(x), *(rate * x[2 + i] for i, rate in enumerate(rates))], 2 + len(rates), 3)


def with_focus(rate: float, turn: float) -> FloatField:
    """Stuart-Landau beside z' = (rate + i turn) z in the complex plane: exponents -2 and (rate +- i turn) / 3."""
    return power_field(lambda x: [*turning(x), rate * x[2] - turn * x[3], turn * x[2] + rate * x[3]], 4, 3)


def with_half_turn(rate: float, split: float) -> FloatField:
    """Stuart-Landau beside a plane whose axes make half a turn per period; w' = (rate +- split) w along them.

    With z = R(theta/2) w: z' = rate z + split [[x, y], [y, -x]] z + (3/2) J z, for on the cycle R(theta/2) diag(1, -1)
    R(-theta/2) = [[cos theta, sin theta], [sin theta, -cos theta]]. Both multipliers are negative, and the exponents
    (rate +- split) / 3 + i/2.
    """

    def right(x: np.ndarray) -> list[np.ndarray]:
        first = rate * x[2] + split * (x[0] * x[2] + x[1] * x[3]) - 1.5 * x[3]
        second = rate * x[3] + split * (x[1] * x[2] - x[0] * x[3]) + 1.5 * x[2]
        return [*turning(x), first, second]

    return power_field(right, 4, 3)


def nested(radii_squared: list[float], strength: float) -> FloatField:
    """r' = -strength r prod (r^2 - a), angle' = 1: cycles r^2 = a, all with T = 2 pi; the outermost attracts.

    The exponent at a is d r'/dr = -2 strength a prod over the others b of (a - b).
    """

    def right(x: np.ndarray) -> list[np.ndarray]:
        r2 = x[0] ** 2 + x[1] ** 2
        pull = -strength * np.prod([r2 - a for a in radii_squared], axis=0)
        return [pull * x[0] - x[1], pull * x[1] + x[0]]

    return power_field(right, 2, 2 * len(radii_squared) + 1)


def negated(field: FloatField, network: Network) -> FloatField:
    """-f: the last layer with the opposite sign."""
    last = network.layers[-1]
    return FloatField(Network((*network.layers[:-1], Layer(-last.weight, -last.bias, last.activation))))


def defects(field: FloatField, orbit: FloatOrbit, finer: int = 3) -> tuple[float, float]:
    """sup |tau f(u) - u'| / sup |u'| and the largest mode defect, between the nodes and by plain trigonometric sums."""
    m = len(orbit.states)
    k = np.arange(-(m // 2), m // 2 + 1)
    nodes, angles = 2 * np.pi * np.arange(m) / m, 2 * np.pi * (np.arange(finer * m) + 0.3) / (finer * m)
    to_coefficients = np.exp(-1j * np.outer(k, nodes)) / m
    back = np.exp(1j * np.outer(angles, k))
    u = to_coefficients @ orbit.states
    f, jacobian, _ = field.evaluate((back @ u).real)
    slope = (back @ (1j * k[:, None] * u)).real
    worst = 0.0
    for mode in orbit.modes:
        c = to_coefficients @ mode.samples
        q, q_slope = back @ c, back @ (1j * k[:, None] * c)
        rest = orbit.tau * np.einsum("mij,mj->mi", jacobian, q) - q_slope - mode.exponent * q
        worst = max(worst, float(np.abs(rest).max()) / (1 + abs(mode.exponent)))
    return float(np.abs(orbit.tau * f - slope).max() / np.abs(slope).max()), worst


def exponents(orbit: FloatOrbit) -> list[complex]:
    """By rising real part."""
    return sorted((mode.exponent for mode in orbit.modes), key=lambda x: x.real)
