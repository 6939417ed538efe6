"""Folding BatchNorm1d (eval mode) into a neighbouring linear layer: exactly, or rounded once when asked.

y = g (x - m) / sqrt(v + eps) + c is the affine map x -> a x + (c - a m), a = g / sqrt(v + eps). With the square root
irrational no dyadic network equals it; rounding every folded parameter once to the nearest binary64 gives another
network, which is then the one that is certified, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

import numpy as np

from ..errors import UnusableInput

NOTE = (
    "BatchNorm was folded into the linear layers and every folded parameter rounded once to the nearest binary64: the "
    "certified field is that of the network after folding."
)
_REMEDY = "run `verify export MODEL --round-batchnorm -o MODEL.json` and certify the folded network"


@dataclass(frozen=True, slots=True)
class Scaled:
    """The real number rational + factor / sqrt(radicand)."""

    rational: Fraction
    factor: Fraction
    radicand: Fraction


@dataclass(frozen=True, slots=True)
class BatchNorm:
    """Per channel g, c, m, v + eps as exact rationals."""

    gain: Sequence[Fraction]
    shift: Sequence[Fraction]
    mean: Sequence[Fraction]
    variance: Sequence[Fraction]

    def after(self, weight: np.ndarray, bias: np.ndarray, rounded: bool) -> tuple[np.ndarray, np.ndarray]:
        """Weight and bias of linear-then-norm. Raises UnusableInput if that is not exact and ``rounded`` is False."""
        self._check(weight.shape[0])
        rows = [
            [Scaled(Fraction(0), Fraction(w) * g, v) for w in row]
            for row, g, v in zip(weight.tolist(), self.gain, self.variance, strict=True)
        ]
        shifts = [
            Scaled(c, (Fraction(b) - m) * g, v)
            for b, g, c, m, v in zip(bias.tolist(), self.gain, self.shift, self.mean, self.variance, strict=True)
        ]
        return np.array([[_value(s, rounded) for s in row] for row in rows]), np.array(
            [_value(s, rounded) for s in shifts]
        )

    def as_diagonal(self, rounded: bool) -> tuple[np.ndarray, np.ndarray]:
        """The norm by itself, as a diagonal linear layer."""
        size = len(self.gain)
        return self.after(np.eye(size), np.zeros(size), rounded)

    def _check(self, size: int) -> None:
        if len(self.gain) != size:
            raise UnusableInput(
                f"a BatchNorm1d of {len(self.gain)} channels follows a layer of {size} outputs", "check the model"
            )


def _value(number: Scaled, rounded: bool) -> float:
    """The binary64 equal to the number, or nearest to it if ``rounded``."""
    exact = _rational(number)
    if exact is not None:
        value = _nearest(exact)
        if rounded or Fraction(value) == exact:
            return value
    if not rounded:
        raise UnusableInput("BatchNorm cannot be folded exactly: the folded weights are no binary64 numbers", _REMEDY)
    bits = 128
    while True:
        low, high = _enclose(number, bits)
        if _nearest(low) == _nearest(high):
            return _nearest(low)
        bits *= 2  # ends: an irrational number is never half way between two floats


def _nearest(exact: Fraction) -> float:
    try:
        return float(exact)
    except OverflowError:
        raise UnusableInput("folding BatchNorm overflows binary64", "rescale the model") from None


def _rational(number: Scaled) -> Fraction | None:
    """The number if it is rational, that is if the radicand is a square or its factor is 0."""
    if number.factor == 0:
        return number.rational
    top, bottom = isqrt(number.radicand.numerator), isqrt(number.radicand.denominator)
    if (top * top, bottom * bottom) != (number.radicand.numerator, number.radicand.denominator):
        return None
    return number.rational + number.factor * Fraction(bottom, top)


def _enclose(number: Scaled, bits: int) -> tuple[Fraction, Fraction]:
    """Rational ends around the number: isqrt floors 2^bits / sqrt(v), so 1/sqrt(v) is in [root, root + 1]/2^bits."""
    root = isqrt((number.radicand.denominator << (2 * bits)) // number.radicand.numerator)
    ends = [number.rational + number.factor * Fraction(r, 1 << bits) for r in (root, root + 1)]
    return min(ends), max(ends)
