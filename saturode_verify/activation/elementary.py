"""Elementary activations: sin, arctan, the identity and powers x^n (formulas proved in proofs/elementary.py)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import perm
from typing import ClassVar

from flint import arb, ctx

from ..errors import UnusableInput
from ..rigor.balls import ONE, ZERO, precision
from .base import Activation, FiniteCritical

MAX_POWER = 64
"""Largest exponent of ``power``."""
_LARGEST_ANGLE = 4096
"""sin is located within its period for |x| < 2^4096 (any product of a few binary64 numbers)."""


@dataclass(frozen=True)
class Sin(Activation):
    """sin: every derivative is sin(x + k pi/2), with extrema +-1 at x = (m + (1 - k)/2) pi."""

    name: ClassVar[str] = "sin"

    def _derivatives(self, x: arb, order: int) -> list[arb]:
        s, c = x.sin_cos()
        return [s, c, -s, -c, s][: order + 1]

    def _inner_values(self, order: int, lower: arb, upper: arb) -> Iterable[arb]:
        indices = self._extrema(order, lower, upper)
        # Rounded outward: a point that may lie inside is let in, and 7 > 2 pi holds a whole period.
        if indices is None or upper - lower > 7:
            return [ONE, -ONE]
        (_, first), (last, _) = indices
        return _signs(first, last)

    def _attained_values(self, order: int, lower: arb, upper: arb) -> Iterable[arb]:
        indices = self._extrema(order, lower, upper)
        if indices is None:
            return []
        (first, _), (_, last) = indices
        return _signs(first, last)

    def _extrema(self, order: int, lower: arb, upper: arb) -> tuple[tuple[int, int], tuple[int, int]] | None:
        """Bounds of the first and the last m with (m + (1 - order)/2) pi in [lower, upper]; None: no telling.

        ((certainly inside, possibly inside) for the first, (possibly, certainly) for the last); sin(x + order pi/2) is
        (-1)^m there. They differ only if an end is closer to such a point than 2^-prec: the added bits undo the size
        of x.
        """
        bits = _bit_length(abs(lower).max(abs(upper)).upper())
        if bits > _LARGEST_ANGLE:
            return None
        with precision(ctx.prec + max(bits, 0) + 8):
            shift, pi = arb(order - 1) / 2, arb.pi()
            low, high = lower / pi + shift, upper / pi + shift
            ends = [low.upper().ceil(), low.lower().ceil(), high.upper().floor(), high.lower().floor()]
            whole = [end.unique_fmpz() for end in ends]
        if any(end is None for end in whole):
            return None
        numbers = [int(end) for end in whole if end is not None]
        return (numbers[0], numbers[1]), (numbers[2], numbers[3])

    def _sup_abs_derivative(self) -> arb:
        return ONE


def _signs(first: int, last: int) -> list[arb]:
    """(-1)^m for m = first..last."""
    both = [ONE, -ONE]
    return [both[m % 2] for m in range(first, min(last, first + 1) + 1)]


def _bit_length(size: arb) -> int:
    """The smallest n with size < 2^n for an exact size > 0; 0 for size 0."""
    mantissa, exponent = size.man_exp()
    return int(exponent) + int(mantissa).bit_length()


@dataclass(frozen=True)
class Arctan(FiniteCritical):
    """arctan: s' = 1/(1 + x^2) is even and decreasing in |x|.

    Zeros: s'' at 0, s''' at +-1/sqrt 3, s'''' at 0 and +-1.
    """

    name: ClassVar[str] = "arctan"
    brackets = (
        (),
        ((-0.25, 0.125),),
        ((-0.625, -0.5), (0.5, 0.625)),
        ((-1.125, -0.75), (-0.25, 0.125), (0.75, 1.125)),
    )

    def _derivatives(self, x: arb, order: int) -> list[arb]:
        square = x * x
        w = 1 / (1 + square)
        w2 = w * w
        values = [x.atan(), w, -2 * x * w2, (6 * square - 2) * w * w2, 24 * x * (1 - square) * w2 * w2]
        return values[: order + 1]

    def _sup_abs_derivative(self) -> arb:
        return ONE


def _power(x: arb, n: int) -> arb:
    """x^n, n >= 0, by repeated squaring: ``**`` gives NaN for a ball with midpoint 0."""
    result, square = ONE, x
    while n:
        if n & 1:
            result = result * square
        square, n = square * square, n >> 1
    return result


@dataclass(frozen=True)
class Power(Activation):
    """x^n, n = ``exponent`` an integer from 1 to 64: polynomial fields as networks (proofs/cube_network.py)."""

    name: ClassVar[str] = "power"
    exponent: int = field(kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if type(self.exponent) is not int or not 1 <= self.exponent <= MAX_POWER:
            raise UnusableInput(
                "power has an exponent that is not understood", f"give an integer from 1 to {MAX_POWER}"
            )

    def parameters(self) -> dict[str, str | int]:
        """The exponent, a JSON integer."""
        return {"exponent": self.exponent}

    def _derivatives(self, x: arb, order: int) -> list[arb]:
        n = self.exponent
        return [perm(n, k) * _power(x, n - k) if k <= n else ZERO for k in range(order + 1)]

    def _inner_values(self, order: int, lower: arb, upper: arb) -> Iterable[arb]:
        # c x^(n-k) is monotone on each side of 0.
        return [] if lower > 0 or upper < 0 else self._derivatives(ZERO, order)[order:]

    def _sup_abs_derivative(self) -> arb | None:
        return ONE if self.exponent == 1 else None


@dataclass(frozen=True)
class Identity(Activation):
    """x, the activation of a network's last layer."""

    name: ClassVar[str] = "identity"

    def _derivatives(self, x: arb, order: int) -> list[arb]:
        return [x, ONE, ZERO, ZERO, ZERO][: order + 1]

    def _inner_values(self, order: int, lower: arb, upper: arb) -> Iterable[arb]:
        return []

    def _sup_abs_derivative(self) -> arb:
        return ONE
