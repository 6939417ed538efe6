"""THEOREM (theory 8). The 2-8-2 network of cubes below equals 3 f, f the Stuart-Landau field with w = 1, for all x, y.

In polar form r' = 3 (r - r^3), angle' = 3; on r = 1, T = 2 pi/3 and div = -6: det M = e^{-6 T} = e^{-4 pi}. All weights
are dyadic, so that the stored float64 network is this one (a test compares the matrices).

Proof. Expansion of W_2 (W_1 x + b)^3, and of the polar form.
"""

from __future__ import annotations

from collections.abc import Iterator

from .algebra import Expression, identity, sp
from .stuart_landau import X, Y, field

AFFINE = [(1, 0, 1), (1, 0, -1), (0, 1, 1), (0, 1, -1), (1, 1, 0), (1, -1, 0), (1, 0, 0), (0, 1, 0)]
"""(weight of x, weight of y, bias) of each neuron."""
HALF = sp.Rational(1, 2)
OUTPUT = [[HALF, HALF, -HALF, -HALF, -HALF, -HALF, -3, 1], [HALF, HALF, HALF, HALF, -HALF, HALF, -1, -3]]


def network(output: list[list[Expression]]) -> Expression:
    """The network's value at (x, y)."""
    cubes = [(a * X + b * Y + c) ** 3 for a, b, c in AFFINE]
    return sp.Matrix([sum(w * cube for w, cube in zip(row, cubes, strict=True)) for row in output])


def equals_field(output: list[list[Expression]]) -> str:
    """The identity."""
    return identity(
        network(output), 3 * field(sp.Integer(1)), "the network of cubes is 3 (x - y - r^2 x, x + y - r^2 y)"
    )


def cycle() -> Iterator[str]:
    """Polar form, divergence and determinant."""
    f = network(OUTPUT)
    square = X**2 + Y**2
    yield identity(X * f[0] + Y * f[1], 3 * (square - square**2), "r r' = 3 r (r - r^3)")
    yield identity(X * f[1] - Y * f[0], 3 * square, "angle' = 3")
    divergence = sp.diff(f[0], X) + sp.diff(f[1], Y)
    yield identity(divergence, 6 - 12 * square, "div = 3 (2 - 4 r^2), -6 on r = 1")
    yield identity(-6 * 2 * sp.pi / 3, -4 * sp.pi, "int_0^T div = -6 . 2 pi/3 = -4 pi: det M = e^{-4 pi}")


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield equals_field(OUTPUT)
    yield from cycle()
