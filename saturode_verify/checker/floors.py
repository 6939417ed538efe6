"""Lower bounds of sup |s'| per neuron from exactly evaluated points and the intermediate value theorem.

A box is connected: a pre-activation that is <= a at one point and >= b >= a at another takes every value of [a, b], so
that s' takes what it certainly attains on [a, b]. Floats only choose the points.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from math import isfinite

from .field import evaluate
from .fixed import exact, magnitude
from .limits import pulse
from .model import Model
from .subdivision import Sides

Point = tuple[Fraction, ...]


class Floors:
    """Attained ranges of all pre-activations on one box."""

    def __init__(self, model: Model, sides: Sides, parts: list[Sides], p: int) -> None:
        self.model, self.sides, self.p = model, sides, p
        self.low: list[list[int | None]] = [[None] * len(layer.bias) for layer in model.hidden]
        self.high: list[list[int | None]] = [[None] * len(layer.bias) for layer in model.hidden]
        self.best: dict[tuple[int, int, int], tuple[int, Point]] = {}
        self._floats: list[tuple[list[list[float]], list[float]]] | None = None
        corners = list(itertools.islice(itertools.product(*sides), 64))
        step = max(1, len(parts) // 64)
        centres = [tuple((a + b) / 2 for a, b in part) for part in parts[::step]]
        for point in [*corners, *centres]:
            self.see(point)

    def see(self, point: Point) -> None:
        """Add one point of the box."""
        pre = evaluate(self.model, point, self.p, derivative=False).pre
        for k, layer in enumerate(pre):
            for i, (a, b) in enumerate(layer):
                low, high = self.low[k][i], self.high[k][i]
                if low is None or b < low:
                    self.low[k][i] = b
                    self.best[k, i, -1] = b, point
                if high is None or a > high:
                    self.high[k][i] = a
                    self.best[k, i, 1] = a, point

    def floor(self, k: int, i: int) -> Fraction:
        """A lower bound of sup |s'| of neuron i of hidden layer k (0-based)."""
        low, high = self.low[k][i], self.high[k][i]
        activation = self.model.hidden[k].activation
        if low is None or high is None:
            return Fraction(0)
        if low > high:  # one value, in the thin interval [high, low]
            image = activation.image(1, high, low, self.p)
            return exact(0 if image[0] <= 0 <= image[1] else min(map(abs, image)), self.p)
        least, most = activation.attained(1, low, high, self.p)
        return exact(max(most, -least, 0), self.p)

    def ceiling_reached(self, k: int, i: int) -> bool:
        """Whether the turning values are already inside, so that more points cannot raise the floor."""
        supremum = self.model.hidden[k].activation.supremum(self.p)
        return supremum is not None and self.floor(k, i) * (1 << self.p) >= magnitude(supremum) - 4096

    def climb(self, k: int, i: int) -> None:
        """Look for points where the pre-activation is larger and smaller."""
        for sign in (1, -1):
            if (k, i, sign) in self.best:
                self.see(self._ascend(k, i, sign, self.best[k, i, sign][1]))

    def _ascend(self, k: int, i: int, sign: int, start: Point) -> Point:
        """Frank-Wolfe steps with a line search, in floats."""
        low, high = [float(a) for a, _ in self.sides], [float(b) for _, b in self.sides]
        x = [float(v) for v in start]
        value, slope = self._value(x, k, i)
        for _ in range(8):
            aim = [h if sign * g > 0 else lo if sign * g < 0 else v
                   for v, g, lo, h in zip(x, slope, low, high, strict=True)]  # fmt: skip
            candidates = [aim, *([*x[:j], aim[j], *x[j + 1 :]] for j in range(len(x)))]
            rated = [(sign * self._value(c, k, i)[0], c) for c in candidates]
            rated.append(self._line(x, aim, k, i, sign))
            top, point = max(rated)
            if not top > sign * value:
                break
            x = point
            value, slope = self._value(x, k, i)
        if not all(map(isfinite, x)):
            return start
        return tuple(min(max(Fraction(v), a), b) for v, (a, b) in zip(x, self.sides, strict=True))

    def _line(self, x: list[float], aim: list[float], k: int, i: int, sign: int) -> tuple[float, list[float]]:
        """Bisection on the sign of the derivative along the segment from x to aim."""
        left, right, best = 0.0, 1.0, x
        for _ in range(54):
            s = (left + right) / 2
            best = [(1 - s) * v + s * w for v, w in zip(x, aim, strict=True)]
            slope = self._value(best, k, i)[1]
            rising = sum(g * (w - v) for g, v, w in zip(slope, x, aim, strict=True)) * sign > 0
            left, right = (s, right) if rising else (left, s)
        return sign * self._value(best, k, i)[0], best

    def _value(self, x: list[float], k: int, i: int) -> tuple[float, list[float]]:
        """Pre-activation and its gradient, in floats."""
        pulse()
        layers = self._float_layers()
        vector, moved = x, [[float(a == b) for a in range(len(x))] for b in range(len(x))]
        for number, (rows, bias) in enumerate(layers):
            take = [i] if number == k else range(len(rows))
            pre = [sum(map(float.__mul__, rows[m], vector)) + bias[m] for m in take]
            grown = [[sum(map(float.__mul__, rows[m], column)) for m in take] for column in moved]
            if number == k:
                return pre[0], [column[0] for column in grown]
            values = [self.model.hidden[number].activation.floats(a) for a in pre]
            vector = [v for v, _ in values]
            moved = [[s * c for (_, s), c in zip(values, column, strict=True)] for column in grown]
        raise ValueError("no such layer")

    def _float_layers(self) -> list[tuple[list[list[float]], list[float]]]:
        if self._floats is None:
            self._floats = [
                ([[float(w) for w in row] for row in layer.weight], [float(b) for b in layer.bias])
                for layer in self.model.hidden
            ]
        return self._floats
