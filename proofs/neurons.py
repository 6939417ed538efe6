"""The rounding budgets of bounds/rounded/neurons.py: 32u and 8u on the radius, 8u on data, 4u for the constant form.

All statements are about nonnegative sizes. (1 - u)^k is the least that k roundings leave of a sum or product of
nonnegative numbers; a rounding costs u times the computed or the exact number, whichever is smaller. A last sum x + ETA
costs nothing: rounding is monotone, so that it is at least the float x.

1. reach >= |a - m|: fl(u - m), its product with the factor (exact), + ETA: (1 + 4u)(1 - u)^2 >= 1.
2. Taylor, radius (eh - el)/2 + e1 r + e0. An end el <= 0 <= eh, computed by fl(r r), + ETA and a product, or by a
   difference and a product, is at least (1 - u)^3 of what is needed. The radius has at most six more roundings: high -
   low, e1 r, two sums, the product with 1 + 32u (itself exact), + 8u sizes. The offset value - at_zero + (low + high)/2
   costs, with S = |value| + |at_zero|, D = |low| + |high| = high - low: at_zero u S, the first difference u (1 + u) S,
   low + high u D/2, the last sum u ((1 + 3u) S + (1 + u) D/2): at most (3 + 5u) u S + (2 + 2u) u D/2, and D/2 is the
   main part. Needed: (1 + 32u)(1 - u)^7 >= (1 - u)^{-3} + (2 + 2u) u, and 8u (1 - u)^6 >= (3 + 5u) u for S.
3. Monotone form, radius |high - low|/2 + e. Each end is off by at most 2u (1 + u) of its own sizes; the offset by
   u |low + high|/2 <= u S (1 + 2u)/2. Needed: (1 + 8u)(1 - u)^6 >= 1 and 8u (1 - u)^6 >= 2u (1 + u) + u (1 + 2u)/2.
4. Constant form: middle = fl(low/2 + high/2), radius fl(fl(high/2 - low/2) (1 + 4u)) + fl(4u |middle|), + ETA:
   (1 + 4u)(1 - u)^3 >= 1 and 4u (1 - u)^2 >= u. With one more rounding the first would fail, by 10 u^2.
"""

from __future__ import annotations

from collections.abc import Iterator

from .rounding import U, decided


def reach(factor: int = 4) -> str:
    """Step 1."""
    return decided((1 + factor * U) * (1 - U) ** 2 >= 1, "reach: (1 + 4u)(1 - u)^2 >= 1")


def taylor(radius: int = 32, data: int = 8) -> Iterator[str]:
    """Step 2."""
    needed = (1 - U) ** -3 + (2 + 2 * U) * U
    yield decided((1 + radius * U) * (1 - U) ** 7 >= needed, "Taylor: (1 + 32u)(1 - u)^7 >= (1 - u)^-3 + (2 + 2u) u")
    yield decided(data * U * (1 - U) ** 6 >= (3 + 5 * U) * U, "Taylor: 8u |data|, rounded, covers (3 + 5u) u |data|")


def monotone(radius: int = 8, data: int = 8) -> Iterator[str]:
    """Step 3."""
    yield decided((1 + radius * U) * (1 - U) ** 6 >= 1, "monotone: (1 + 8u)(1 - u)^6 >= 1")
    needed = 2 * U * (1 + U) + U * (1 + 2 * U) / 2
    yield decided(data * U * (1 - U) ** 6 >= needed, "monotone: 8u |data|, rounded, covers (2.5 + 3u) u |data|")


def constant(factor: int = 4) -> Iterator[str]:
    """Step 4."""
    yield decided((1 + factor * U) * (1 - U) ** 3 >= 1, "constant: (1 + 4u)(1 - u)^3 >= 1")
    yield decided(factor * U * (1 - U) ** 2 >= U, "constant: 4u |middle|, rounded, covers u |middle|")


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield reach()
    yield from taylor()
    yield from monotone()
    yield from constant()
