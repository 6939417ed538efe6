"""What is true of a certificate's claims: mpmath at exact points, and enclosures that the prover gives at a finer goal.

No code of the checker decides here.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from fixtures_networks import reference_field, reference_jacobian
from forgery import Record, Truth, ends_of, near
from mpmath import libmp, mp, mpf

from saturode_verify.activation import Activation, Identity
from saturode_verify.bounds.candidates import FLOAT_ACTIVATIONS, FloatField
from saturode_verify.network import Layer, Network

QUANTITIES = {"norm": ("sup_jacobian_norm", "value"), "div": ("divergence", "sup"), "-div": ("divergence", "inf"),
              "mu": ("log_norm", "sup"), "-mu": ("log_norm", "inf")}  # fmt: skip
"""In the order of `FloatField.scores`: whose supremum stands where (with a minus: minus an infimum)."""


class Untrue(Exception):
    """The claim is false, and why."""


def need(holds: bool, why: str) -> None:
    """Raises Untrue."""
    if not holds:
        raise Untrue(why)


def number(x: Fraction) -> Any:
    """An exact number for mpmath."""
    return mpf(x.numerator) / x.denominator


def spectral(a: Any) -> Any:
    """The spectral norm, by mpmath's eigenvalues of the smaller Gram matrix."""
    return mp.sqrt(max(mp.eigsy(a * a.T if a.rows <= a.cols else a.T * a, eigvals_only=True)))


def search(score: Callable[[np.ndarray], np.ndarray], sides: list[Any]) -> tuple[Fraction, ...]:
    """Where a float score is largest on a grid over a box that contracts around its best point (floats only choose)."""
    low, high = (np.array([float(side[end]) for side in sides]) for end in (0, 1))
    a, b, best, count = low, high, low, {1: 201, 2: 31}.get(len(sides), 15)
    for _ in range(9):
        grid = np.meshgrid(*(np.linspace(x, y, count) for x, y in zip(a, b, strict=True)), indexing="ij")
        points = np.stack(grid, axis=-1).reshape(-1, len(sides))
        best, step = points[np.argmax(score(points))], 2 * (b - a) / (count - 1)
        a, b = np.maximum(low, best - step), np.minimum(high, best + step)
    return tuple(min(max(Fraction(float(x)), s[0]), s[1]) for x, s in zip(best, sides, strict=True))


def slope_of(activation: Activation, a: Fraction) -> Fraction:
    """s'(a), by mpmath."""
    one = Network((Layer(np.eye(1), np.zeros(1), activation), Layer(np.eye(1), np.zeros(1), Identity())))
    return reference_jacobian(one, [a])[0][0]


def turning(activation: Activation) -> Fraction:
    """Where s' is largest (softplus: nearly so); silu's and gelu's is smallest at minus that."""
    silu = mp.findroot(lambda x: 2 - x * mp.tanh(x / 2), 2.4)
    place = {"gelu": mp.sqrt(2), "softplus": mpf(400), "silu": silu}.get(activation.name, mpf(0))
    return Fraction(*libmp.to_rational(place._mpf_))


class Evidence:
    """What is true of a network on the boxes of a certificate; ``finer``: one with a finer goal."""

    def __init__(self, network: Network, document: Record, finer: Record) -> None:
        self.network, self.document, self.finer, self.d = network, document, finer, network.dimension
        self.boxes = [[ends_of(side) for side in box] for box in document["region"]]
        self.hidden, self.known = network.hidden, {}
        self.norms = [near(spectral(mp.matrix(layer.weight.tolist()))) for layer in network.layers]

    def once(self, make: Callable[..., Any], *key: Any) -> Any:
        """make(*key), kept."""
        if (make, key) not in self.known:
            self.known[make, key] = make(*key)
        return self.known[make, key]

    def places(self, on: Any) -> list[int]:
        """The boxes of a claim's place."""
        need(on == "region" or (type(on) is int and 0 <= on < len(self.boxes) > 1), "there is no such box")
        return list(range(len(self.boxes))) if on == "region" else [on]

    def fine(self, name: str, on: Any, *path: str | int, layer: int | None = None) -> Any:
        """What the finer certificate has there: both ends of an enclosure, or a point."""
        for claim in self.finer["claims"]:
            if (claim["name"], claim["on"], claim.get("layer")) == (name, on, layer):
                entry: Any = claim
                for key in path:
                    entry = entry[key]
                return tuple(ends_of(x)[0] for x in entry) if isinstance(entry, list) else ends_of(entry)
        return None, None

    def at(self, what: str, point: tuple[Fraction, ...]) -> tuple[Fraction, Fraction]:
        """||Df||, +-div f or the largest eigenvalue of +-(Df + Df^T)/2 at a point."""
        j = mp.matrix([list(map(number, row)) for row in self.once(reference_jacobian, self.network, point)])
        if what == "norm":
            return near(spectral(j))
        signed = -j if what[0] == "-" else j
        if what.endswith("div"):
            return near(mp.fsum(signed[i, i] for i in range(self.d)))
        return near(max(mp.eigsy((signed + signed.T) / 2, eigvals_only=True)))

    def top(self, what: str, on: Any) -> tuple[Fraction, Fraction | None]:
        """Where the supremum of such a quantity lies: its value at a point that floats chose, and a finer upper end."""
        low = max(self.once(self._best, what, box) for box in self.places(on))
        bottom, top = self.fine(QUANTITIES[what][0], on, QUANTITIES[what][1])
        return low, top if what[0] != "-" else None if bottom is None else -bottom

    def _best(self, what: str, box: int) -> Fraction:
        field, row = FloatField(self.network), list(QUANTITIES).index(what)
        return self.at(what, search(lambda x: field.scores(x)[row], self.boxes[box]))[0]

    def bottom(self, what: str, on: Any) -> tuple[Fraction | None, Fraction]:
        """Where an infimum lies."""
        low, high = self.top("-" + what, on)
        return None if high is None else -high, -low

    def pre(self, k: int, i: int, sign: int, box: int) -> Fraction:
        """A value that +- a pre-activation attains; the largest, as far as floats can tell."""
        layer = self.network.layers[k]
        weight, bias = np.tile(layer.weight[i], (self.d, 1)), np.full(self.d, layer.bias[i])
        part = Network((*self.hidden[:k], Layer(weight, bias, Identity())))
        point = search(lambda x: sign * FloatField(part).evaluate(x)[0][:, 0], self.boxes[box])
        return sign * reference_field(part, point)[0]

    def slope(self, k: int, i: int, sign: int, box: int) -> Fraction:
        """A value that +- s' attains: the pre-activation takes every value between two that it has."""
        activation = self.hidden[k].activation
        low, high = -self.once(self.pre, k, i, -1, box), self.once(self.pre, k, i, 1, box)
        score = FLOAT_ACTIVATIONS[activation.name]
        chosen = search(lambda x: sign * score(x[:, 0], activation)[1], [(min(low, high), max(low, high))])
        turns = [x for x in (turning(activation), -turning(activation)) if low <= x <= high]
        return max(sign * slope_of(activation, x) for x in (*chosen, *turns))

    def span(self, attained: Callable[..., Fraction], key: str, k: int, i: int, on: Any) -> Truth:
        """Where the ends of the range of a pre-activation or of s' lie."""
        fine = self.fine("layer_saturation", on, key, i, layer=k + 1)
        low, high = (max(self.once(attained, k, i, sign, box) for box in self.places(on)) for sign in (-1, 1))
        slack = Fraction(1, 1 << 150)
        return Truth(fine[0], -low + slack, high - slack, fine[1])
