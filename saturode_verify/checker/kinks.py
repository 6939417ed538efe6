"""Boxes on which a pre-activation may meet the kink of relu, leaky_relu or elu (s' jumps at 0).

*Which matrices count.* By Clarke's chain rule his generalised derivative of f at x lies in the convex hull of the
products W_L D_{L-1} ... D_1 W_1 with diagonal D_k, whose entries are s'(a) off the kink and, at a = 0, anything between
the one-sided values there. A product is affine in each single entry and ||.|| is convex, so that its supremum over all
of them is attained where every entry is an end of its range: where an entry belongs to a neuron with 0 in its range,
that end is one of the values of s' on either closed side of 0. Hence ||Df|| <= c on the box (for all elements of the
product set) as soon as it holds for each choice of a side for each such neuron, with the range of s' over that side.

*Ranges.* Products of interval arithmetic, layer by layer, are sharper than affine forms where relu is constant on one
side: both hold, hence their intersection.
"""

from __future__ import annotations

from dataclasses import dataclass

from .activation import Activation
from .fixed import Interval, dot, up
from .model import Layer

MAX_KINKS = 6
"""Neurons whose sides are tried in all combinations; those of the others stay together."""


@dataclass(frozen=True)
class Kink:
    """A neuron whose pre-activation may be 0, and the range of s' on the one and on the other side."""

    layer: int
    neuron: int
    sides: tuple[Interval, Interval]


def kinks_of(number: int, layer: Layer, following: Layer, ranges: list[Interval], p: int) -> list[tuple[int, Kink]]:
    """(influence, kink) of a hidden layer's neurons; the influence only chooses."""
    found = []
    if layer.activation.c1:
        return found
    for i, (low, high) in enumerate(ranges):
        if low <= 0 <= high:
            sides = layer.activation.sides(low, high, p)
            jump = abs(sides[0][0] + sides[0][1] - sides[1][0] - sides[1][1])
            weight = sum(row[i] for row in following.absolute) << p >> following.scale
            found.append((jump * weight, Kink(number, i, sides)))
    return found


def strongest(found: list[tuple[int, Kink]]) -> list[Kink]:
    """Those whose sides are tried."""
    return [kink for _, kink in sorted(found, key=lambda pair: -pair[0])[:MAX_KINKS]]


def interval_layer(layer: Layer, images: list[Interval], p: int) -> list[Interval]:
    """W v + b for v in intervals with middles m: the radii are exact, and W m + b is one floor."""
    e = layer.scale
    middles = [low + high >> 1 for low, high in images]
    radii = [max(high - m, m - low) for (low, high), m in zip(images, middles, strict=True)]
    found = []
    for row, sizes, b in zip(layer.rows, layer.absolute, layer.shifts, strict=True):
        c, reach = dot(row, middles) + (b << p) >> e, up(dot(sizes, radii), e)
        found.append((c - reach, c + reach + 1))
    return found


def meet(a: Interval, b: Interval) -> Interval:
    """The intersection of two intervals that both hold the same numbers."""
    return max(a[0], b[0]), min(a[1], b[1])


def chord(activation: Activation, c: int, ends: Interval, p: int) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """For relu or leaky_relu on [low, high]: (middle, factor, rest) of s and of s' as in `affine.linearise`.

    s(a) - factor (a - c) is linear on each side of 0: its extremes are at both ends and, if it is inside, at 0. The
    factor may be any: the slope where there is one, else that of the chord.
    """
    low, high = ends
    slopes = activation.image(1, low, high, p)
    places = (low, 0, high) if low < 0 < high else (low, high)
    values = [activation.point(a, p)[0] if a else (0, 0) for a in places]
    steep = slopes[1] > slopes[0] + 1 and high > low
    factor = ((values[-1][0] - values[0][0]) << p) // (high - low) if steep else slopes[0]
    rests = [(v[0] - up(factor * (a - c), p), v[1] - (factor * (a - c) >> p))
             for v, a in zip(values, places, strict=True)]  # fmt: skip
    bottom, top = min(b for b, _ in rests), max(t for _, t in rests)
    slope = slopes[0] + slopes[1] >> 1, 0, (slopes[1] - slopes[0] >> 1) + 1
    return (bottom + top >> 1, factor, (top - bottom >> 1) + 2), slope
