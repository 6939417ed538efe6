"""Cutting a closed curve into segments, and guessing how large an ellipse each will bear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb, inf

import numpy as np

from ..network import Network
from .analytic import strip_half_width
from .curve import Curve

RHOS = (Fraction(32), Fraction(12), Fraction(5), Fraction(5, 2))
"""The ellipses that are tried, the largest first."""
ENTIRE_HEIGHT = 3.0
"""Imaginary parts that entire activations are first tried with: beyond, they grow fast."""

Coefficients = Sequence[Sequence[Fraction]]


@dataclass(frozen=True, slots=True)
class Segment:
    """Component i of the curve is sum_k coefficients[i][k] z^k, z in [-1, 1]; ``half`` of a time unit per unit of z."""

    piece: int
    depth: int
    start: int
    """The ellipse that is tried first: an index of RHOS."""
    half: Fraction
    coefficients: tuple[tuple[Fraction, ...], ...]

    def halves(self) -> list[Segment]:
        """Both halves, z = -+1/2 + z'/2; they start with the least demanding ellipse."""
        cut = [tuple(_substituted(row, Fraction(sign, 2)) for row in self.coefficients) for sign in (-1, 1)]
        return [Segment(self.piece, self.depth + 1, len(RHOS) - 1, self.half / 2, rows) for rows in cut]


def _substituted(row: Sequence[Fraction], centre: Fraction) -> tuple[Fraction, ...]:
    """The coefficients in z of sum_k row[k] (centre + z/2)^k."""
    return tuple(
        sum((row[k] * comb(k, m) * centre ** (k - m) for k in range(m, len(row))), Fraction(0)) / 2**m
        for m in range(len(row))
    )


def segments(network: Network, curve: Curve) -> Iterator[Segment]:
    """One segment per piece, u = 1/2 + z/2, with the ellipse that `_guess` proposes."""
    half = Fraction(1, 2)
    for j, piece in enumerate(curve.pieces):
        rows = tuple(_substituted(row, half) for row in piece.coefficients)
        yield Segment(j + 1, 0, _guess(network, rows), piece.duration / 2, rows)


def _guess(network: Network, rows: Coefficients) -> int:
    """Index of the largest ellipse on which layer 1 seems to stay in its strip: floats, decides nothing but speed."""
    layer = network.layers[0]
    slope = abs(float(layer.activation.slope))
    width = min(0.9 * float(strip_half_width(layer.activation)), ENTIRE_HEIGHT / slope if slope else inf)
    with np.errstate(all="ignore"):
        sizes = np.abs(layer.weight @ np.array([[as_float(c) for c in row] for row in rows]))
        for index, rho in enumerate(map(float, RHOS)):
            long, short = (rho + 1 / rho) / 2, (rho - 1 / rho) / 2
            heights = [k * long ** (k - 1) * short if k else 0.0 for k in range(sizes.shape[1])]
            if (sizes @ np.array(heights)).max() <= width:
                return index
    return len(RHOS) - 1


def as_float(value: Fraction) -> float:
    """The nearest float, infinity of either sign beyond their range."""
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf
