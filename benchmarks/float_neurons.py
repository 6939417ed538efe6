"""Affine enclosures of s and s' per neuron, in floats without any error term: what `bounds.rounded.neurons` proves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from saturode_verify.activation.base import Activation, FiniteCritical
from saturode_verify.rigor.balls import exact

Array = np.ndarray
Image = tuple[Array, Array]
Cover = tuple[Array, Array, Array]
"""(alpha, beta, rho) with |s(a) - alpha a - beta| <= rho."""


def _tanh(x: Array) -> list[Array]:
    t = np.tanh(x)
    w = 1.0 - t * t
    return [t, w, -2.0 * t * w, w * (6.0 * (t * t) - 2.0)]


def _gate(x: Array) -> tuple[Array, Array]:
    """tanh(x/2) and sigmoid'(x)."""
    t = np.tanh(0.5 * x)
    return t, 0.25 * (1.0 - t * t)


def _sigmoid(x: Array) -> list[Array]:
    t, p = _gate(x)
    return [0.5 + 0.5 * t, p, -p * t, p * (1.0 - 6.0 * p)]


def _silu(x: Array) -> list[Array]:
    t, p = _gate(x)
    s = 0.5 + 0.5 * t
    return [x * s, s + x * p, p * (2.0 - x * t), p * (x * (1.0 - 6.0 * p) - 3.0 * t)]


FORMULAS: dict[str, Callable[[Array], list[Array]]] = {"tanh": _tanh, "sigmoid": _sigmoid, "silu": _silu}
"""s, s', s'', s''' by numpy's own tanh."""


@lru_cache(maxsize=8)
def turning_points(activation: FiniteCritical) -> list[list[tuple[float, float]]]:
    """Per order 0..3 the places and values of the extrema of s^(k), by bisecting the sign of the next derivative."""
    found = []
    for order, brackets in enumerate(activation.brackets):
        points = []
        for low, high in brackets:
            rising = bool(activation.derivatives(exact(low), order + 1)[order + 1] > 0)
            for _ in range(60):
                middle = 0.5 * (low + high)
                up = bool(activation.derivatives(exact(middle), order + 1)[order + 1] > 0)
                low, high = (middle, high) if up == rising else (low, middle)
            points.append((low, float(FORMULAS[activation.name](np.array([low]))[order][0])))
        found.append(points)
    return found[:4]


@dataclass(frozen=True, slots=True)
class FloatNeurons:
    """Values of s..s''' at both ends and the midpoint of [lower, upper], and their images over it."""

    lower: Array
    upper: Array
    middle: Array
    values: list[Array]
    images: list[Image]

    @classmethod
    def over(cls, activation: Activation, lower: Array, upper: Array) -> FloatNeurons:
        """One evaluation for the three points of every neuron."""
        middle = 0.5 * lower + 0.5 * upper
        values = FORMULAS[activation.name](np.stack((lower, upper, middle)))
        assert isinstance(activation, FiniteCritical)
        images = []
        for value, turns in zip(values, turning_points(activation), strict=True):
            low, high = np.minimum(value[0], value[1]), np.maximum(value[0], value[1])
            for place, extreme in turns:
                inside = (lower <= place) & (place <= upper)
                if extreme > 0:
                    np.maximum(high, np.where(inside, extreme, -np.inf), out=high)
                else:
                    np.minimum(low, np.where(inside, extreme, np.inf), out=low)
            images.append((low, high))
        return cls(lower, upper, middle, values, images)

    def cover(self, order: int) -> Cover:
        """The narrowest of Taylor, monotone and constant, for s (order 0) or s' (order 1)."""
        best = self._taylor(order)
        low, high = self.images[order]
        flat = (np.zeros_like(low), 0.5 * (low + high), 0.5 * (high - low))
        for form in (self._monotone(order), flat):
            wins = form[2] < best[2]
            best = tuple(np.where(wins, new, old) for new, old in zip(form, best, strict=True))
        return best[0], best[1], best[2]

    def _taylor(self, order: int) -> Cover:
        value, slope = self.values[order][2], self.values[order + 1][2]
        first, second = self.images[order + 1 : order + 3]
        reach = np.maximum(self.upper - self.middle, self.middle - self.lower)
        half_square = 0.5 * (reach * reach)
        lipschitz = reach * np.maximum(first[1] - slope, slope - first[0])
        low = np.maximum(np.minimum(second[0], 0) * half_square, -lipschitz)
        high = np.minimum(np.maximum(second[1], 0) * half_square, lipschitz)
        return slope, value - slope * self.middle + 0.5 * (low + high), 0.5 * (high - low)

    def _monotone(self, order: int) -> Cover:
        least, most = self.images[order + 1]
        rise = self.values[order][1] - self.values[order][0]
        slope = np.where(2 * rise > (least + most) * (self.upper - self.lower), most, least)
        low = self.values[order][0] - slope * self.lower
        high = self.values[order][1] - slope * self.upper
        return slope, 0.5 * (low + high), 0.5 * np.abs(high - low)
