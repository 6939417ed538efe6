"""Networks with known periodic orbits, and proposals for them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from fixtures_networks import cube_stuart_landau

from saturode_verify.activation import Identity, Power, Tanh
from saturode_verify.bounds.candidates import FloatField
from saturode_verify.network import Layer, Network
from saturode_verify.orbit.candidate.propose import Draft, Effort, propose
from saturode_verify.orbit.jets import ExactField
from saturode_verify.orbit.search import FloatMode, FloatOrbit, find_near

ANGLES = 2 * np.pi * np.arange(65) / 65


def cube_orbit() -> FloatOrbit:
    """The cycle of `cube_stuart_landau` by hand: r = 1, T = 2 pi/3; (tau Df - d/dtheta) (cos, sin) = -2 (cos, sin),
    for the radial perturbation of r' = 3 (r - r^3) decays at the rate 6, that is 2 per unit of theta.
    """
    circle = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
    return FloatOrbit(circle, 1 / 3, (FloatMode("periodic", -2.0, circle),))


@lru_cache(maxsize=8)
def cube_draft(digits: int = 20) -> Draft:
    """A proposal for the cube network's cycle."""
    network = cube_stuart_landau()
    draft = propose(network, ExactField(network), cube_orbit(), digits, Effort())
    assert isinstance(draft, Draft)
    return draft


def draft_near(network: Network, start: list[float], digits: int = 16) -> Draft:
    """What the search and the refinement propose from ``start``."""
    found = find_near(FloatField(network), start)
    assert isinstance(found, FloatOrbit), found
    draft = propose(network, ExactField(network), found, digits, Effort())
    assert isinstance(draft, Draft), draft
    return draft


def product(first: Network, second: Network) -> Network:
    """The network of f(x) x g(y) for two networks with equally many layers of the same activations."""
    layers = []
    for a, b in zip(first.layers, second.layers, strict=True):
        assert a.activation == b.activation
        weight = np.block(
            [
                [a.weight, np.zeros((a.weight.shape[0], b.weight.shape[1]))],
                [np.zeros((b.weight.shape[0], a.weight.shape[1])), b.weight],
            ]
        )
        layers.append(Layer(weight, np.concatenate([a.bias, b.bias]), a.activation))
    return Network(tuple(layers))


def linear_beside_cube(rates: list[float]) -> Network:
    """`cube_stuart_landau` beside z_i' = 3 rates_i z_i, written with cubes:
    6 z = (z+1)^3 + (z-1)^3 - 2 z^3, so 3 rate z = rate/2 ((z+1)^3 + (z-1)^3) - rate z^3.
    """
    cube = cube_stuart_landau()
    n, d = len(rates), 2 + len(rates)
    hidden, out = cube.layers
    width = hidden.weight.shape[0]
    weight, bias, last = np.zeros((width + 3 * n, d)), np.zeros(width + 3 * n), np.zeros((d, width + 3 * n))
    weight[:width, :2], bias[:width], last[:2, :width] = hidden.weight, hidden.bias, out.weight
    for i, rate in enumerate(rates):
        rows = slice(width + 3 * i, width + 3 * i + 3)
        weight[rows, 2 + i], bias[rows], last[2 + i, rows] = 1.0, [1.0, -1.0, 0.0], [rate / 2, rate / 2, -rate]
    return Network((Layer(weight, bias, Power(exponent=3)), Layer(last, np.zeros(d), Identity())))


def centre() -> Network:
    """f = J W^T tanh(W x) is Hamiltonian, H = sum log cosh(W x)_i: div f = 0, and its cycles fill the plane."""
    weight = np.array([[1.0, 0.25], [-0.5, 1.0], [0.75, -0.5]])
    turned = np.array([[0.0, -1.0], [1.0, 0.0]]) @ weight.T
    return Network((Layer(weight, np.zeros(3), Tanh()), Layer(turned, np.zeros(2), Identity())))
