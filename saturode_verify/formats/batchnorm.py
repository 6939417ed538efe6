"""BatchNorm in evaluation mode, y = gamma (x - mean) / sqrt(var + eps) + beta, folded into a weight matrix.

Every folded parameter is enclosed by a pair of rationals; the pair is one point unless a square root is irrational.
Either all parameters are exactly binary64, or the folding is refused, or (if asked) each is rounded once to the
nearest binary64 and the network after folding is the one that is certified.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

import numpy as np

from ..errors import UnusableInput
from ..rigor.numbers import decimal_up

FIRST_BITS, MOST_BITS = 256, 2048
"""Relative precision of the square roots; it is doubled until the rounding of every parameter is certain."""

MAX_FOLDED = 1 << 20
"""Largest weight matrix that is folded: an exact rational takes microseconds and hundreds of bytes."""

Pair = tuple[Fraction, Fraction]
"""Lower and upper bound of a real number; equal if it is known exactly."""


@dataclass(frozen=True)
class Affine:
    """x -> weight x + bias: ``weight`` (out, in) and ``bias`` (out,) in float64."""

    weight: np.ndarray
    bias: np.ndarray

    @property
    def inputs(self) -> int:
        """The size of x."""
        return self.weight.shape[1]

    @property
    def outputs(self) -> int:
        """The size of the result."""
        return self.weight.shape[0]


@dataclass(frozen=True)
class Normalisation:
    """A BatchNorm layer: four float64 arrays (n,), and eps > 0."""

    gamma: np.ndarray
    beta: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    eps: float

    @property
    def inputs(self) -> int:
        """n, the number of features."""
        return len(self.gamma)

    def scales(self, bits: int) -> list[Pair]:
        """gamma / sqrt(var + eps) for every feature."""
        return [
            _times(Fraction(g), inverse_root(Fraction(v) + Fraction(self.eps), bits))
            for g, v in zip(self.gamma.tolist(), self.variance.tolist(), strict=True)
        ]


@dataclass(frozen=True)
class Fold:
    """The folded layer; ``change`` bounds the largest relative change by rounding, 0 if there was none."""

    affine: Affine
    change: Fraction

    def notes(self) -> list[str]:
        """What every certificate of the folded network must say; nothing if it is the same real function."""
        if self.change == 0:
            return []
        return [
            "BatchNorm was folded into the weights, each rounded once to the nearest binary64 (largest relative change "
            f"{decimal_up(self.change, 2)}): the certified field is that of the network after folding"
        ]


def fold_after(affine: Affine, norm: Normalisation, rounded: bool) -> Fold:
    """The map x -> norm(affine(x)): W'_ij = s_i W_ij, b'_i = s_i (b_i - mean_i) + beta_i.

    Raises UnusableInput if sizes differ or, unless ``rounded``, if a parameter is not exactly a binary64.
    """
    _check_sizes(affine.outputs, norm)
    centred = [Fraction(b) - Fraction(m) for b, m in zip(affine.bias.tolist(), norm.mean.tolist(), strict=True)]

    def entries(bits: int) -> Iterable[Pair]:
        scales = norm.scales(bits)
        for scale, row in zip(scales, affine.weight.tolist(), strict=True):
            for weight in row:
                yield _times(Fraction(weight), scale)
        for scale, offset, beta in zip(scales, centred, norm.beta.tolist(), strict=True):
            yield _plus(_times(offset, scale), (Fraction(beta), Fraction(beta)))

    return _settled(entries, affine, rounded)


def fold_before(norm: Normalisation, affine: Affine, rounded: bool) -> Fold:
    """The map x -> affine(norm(x)): W'_ij = W_ij s_j, b'_i = b_i + sum_j W_ij (beta_j - s_j mean_j).

    Raises UnusableInput if sizes differ or, unless ``rounded``, if a parameter is not exactly a binary64.
    """
    _check_sizes(affine.inputs, norm)
    rows = [[Fraction(weight) for weight in row] for row in affine.weight.tolist()]

    def entries(bits: int) -> Iterable[Pair]:
        scales = norm.scales(bits)
        for row in rows:
            for weight, scale in zip(row, scales, strict=True):
                yield _times(weight, scale)
        shifts = [
            _plus((Fraction(b), Fraction(b)), _times(-Fraction(m), s))
            for b, m, s in zip(norm.beta.tolist(), norm.mean.tolist(), scales, strict=True)
        ]
        for row, bias in zip(rows, affine.bias.tolist(), strict=True):
            total: Pair = (Fraction(bias), Fraction(bias))
            for weight, shift in zip(row, shifts, strict=True):
                total = _plus(total, _times(weight, shift))
            yield total

    return _settled(entries, affine, rounded)


def inverse_root(value: Fraction, bits: int) -> Pair:
    """1/sqrt(value) for value > 0: exact if that is rational, else to a relative width of about 2^-bits."""
    top, bottom = value.denominator, value.numerator
    roots = isqrt(top), isqrt(bottom)
    if roots[0] ** 2 == top and roots[1] ** 2 == bottom:
        exact = Fraction(*roots)
        return exact, exact
    # floor(2^k sqrt(top/bottom)) = isqrt(floor(4^k top/bottom)), with k so large that it has ``bits`` bits.
    shift = bits + max(0, (bottom.bit_length() - top.bit_length()) // 2 + 1)
    floor = isqrt((top << (2 * shift)) // bottom)
    return Fraction(floor, 1 << shift), Fraction(floor + 1, 1 << shift)


def _check_sizes(size: int, norm: Normalisation) -> None:
    if size != norm.inputs:
        raise UnusableInput(
            f"a BatchNorm1d of {norm.inputs} features stands beside {size} values",
            "check that the file holds one MLP with its layers in order",
        )


def _settled(entries: Callable[[int], Iterable[Pair]], like: Affine, rounded: bool) -> Fold:
    """Weight then bias, in the shapes of ``like``, from the enclosures of their entries."""
    if like.weight.size > MAX_FOLDED:
        raise UnusableInput(
            f"a BatchNorm stands beside more than {MAX_FOLDED} weights", "fold it before the model is saved"
        )
    bits = FIRST_BITS
    while True:
        pairs = list(entries(bits))
        floats = [_rounded(pair, last=bits >= MOST_BITS) for pair in pairs]
        if None not in floats:
            break
        bits *= 2
    values = np.array(floats, dtype=np.float64)
    change = max(_change(value, pair) for value, pair in zip(values.tolist(), pairs, strict=True))
    if change and not rounded:
        raise UnusableInput(
            "BatchNorm cannot be folded exactly: the folded weights are no binary64 numbers",
            "write the folded network, rounded once, with `verify export MODEL --round-batchnorm -o MODEL.json` "
            "and certify that file",
        )
    size = like.weight.size
    return Fold(Affine(values[:size].reshape(like.weight.shape), values[size:]), change)


def _rounded(pair: Pair, last: bool) -> float | None:
    """The nearest binary64 of the enclosed number, None if the enclosure is too wide to tell.

    Only a sum of several roots can stay undecided for ever, where it meets a rounding boundary or 0 exactly; at the
    ``last`` precision the enclosure's midpoint is rounded.
    """
    try:
        # The quotient of two Python integers is correctly rounded, subnormal results included.
        low, high = (end.numerator / end.denominator for end in pair)
        if low == high:
            return low
        middle = (pair[0] + pair[1]) / 2
        return middle.numerator / middle.denominator if last else None
    except OverflowError:
        raise UnusableInput("folding BatchNorm overflows binary64", "check running_var and eps of the model") from None


def _change(value: float, pair: Pair) -> Fraction:
    """Upper bound of |value - x| / |x| over the enclosure; 1 if x may be 0 and value is not x exactly."""
    low, high = pair
    if low == high == Fraction(value):
        return Fraction(0)
    if low <= 0 <= high:
        return Fraction(1)
    exact = Fraction(value)
    return max(abs(exact - low), abs(exact - high)) / min(abs(low), abs(high))


def _times(factor: Fraction, pair: Pair) -> Pair:
    low, high = factor * pair[0], factor * pair[1]
    return (low, high) if factor >= 0 else (high, low)


def _plus(a: Pair, b: Pair) -> Pair:
    return a[0] + b[0], a[1] + b[1]
