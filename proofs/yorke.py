"""THEOREM (Yorke 1969; theory 6). A nonconstant T-periodic orbit of x' = f(x), f in C^1, along which ||Df|| <= L has
L > 0 and T >= 2 pi/L. Consequence: for every C >= L, d C T >= 2 pi d, so that exp(-d C T) <= e^{-2 pi d}.

Proof. v = x' is nowhere 0 (uniqueness), v' = Df(x) v, |v'| <= L |v|. The unit tangent tau = v/|v| is a closed C^1 curve
on the sphere, and

1. |tau'|^2 = (|v'|^2 |v|^2 - (v . v')^2)/|v|^4 <= |v'|^2/|v|^2 <= L^2, in any dimension: with a = v' only the numbers
   v . v, a . a and a . v enter; checked by expanding |(a - tau (tau . a))/|v||^2.
2. Its length is >= 2 pi: Fenchel 1929 (Borsuk 1947 for d > 3): closed curves have total curvature >= 2 pi. Cited.
   It is <= L T by 1, hence L T >= 2 pi.
3. d C T >= d L T >= 2 pi d; d = 2: e^{-2 pi d} = e^{-4 pi}, which is det M of Stuart-Landau with w = 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from .algebra import Expression, at_most, identity, nonnegative, sp


def tangent(lost: Expression | None = None) -> Iterator[str]:
    """Step 1; ``lost``: what is claimed to be subtracted from (v.v)(a.a), by default (a.v)^2."""
    t = sp.Symbol("t", real=True)
    square, cross = sp.Symbol("vv", positive=True), sp.Symbol("av", real=True)
    acceleration = sp.Symbol("aa", nonnegative=True)
    # d/dt (v/|v|) = a/|v| - v (v.a)/|v|^3, from d/dt |v|^{-1}:
    norm_square = sp.Function("q", positive=True)(t)
    rate = sp.diff(norm_square ** sp.Rational(-1, 2), t).subs(sp.diff(norm_square, t), 2 * cross)
    rate = rate.subs(norm_square, square)
    yield identity(rate, -cross / square ** sp.Rational(3, 2), "(1/|v|)' = -(v . v')/|v|^3")
    # |alpha a + beta v|^2 in any dimension.
    alpha, beta = 1 / sp.sqrt(square), rate
    found = alpha**2 * acceleration + 2 * alpha * beta * cross + beta**2 * square
    claimed = (acceleration * square - (cross**2 if lost is None else lost)) / square**2
    yield identity(found, claimed, "|tau'|^2 = (|v'|^2 |v|^2 - (v . v')^2)/|v|^4, in any dimension")
    yield identity(acceleration / square - found, (cross / square) ** 2, "|v'|^2/|v|^2 - |tau'|^2 is a square: >= 0")


def floor(half_turns: int = 2) -> Iterator[str]:
    """Step 3: L T = 2 pi + gap, C = L + more."""
    d, gap, more, period = nonnegative("d g m T")
    (norm,) = nonnegative("L")
    # d C T = d L T + d more T = d (2 pi + gap) + d more T.
    product = sp.expand(d * (norm + more) * period).subs(d * norm * period, d * (2 * sp.pi + gap))
    yield at_most(
        half_turns * sp.pi * d, sp.expand(product), (d, gap, more, period), "L T >= 2 pi, C >= L: d C T >= 2 pi d"
    )
    yield identity((-2 * sp.pi * d).subs(d, 2), -4 * sp.pi, "d = 2: the floor e^{-2 pi d} is e^{-4 pi}")


def growth() -> str:
    """|v'| = |Df v| <= L |v| gives |v'|^2/|v|^2 <= L^2: with |v'| = L |v| - gap >= 0."""
    size, rest, gap = nonnegative("v a g")
    norm = sp.Symbol("L", nonnegative=True)
    # L v = a + g
    difference = sp.expand(((norm * size) ** 2 - rest**2).subs(norm * size, rest + gap))
    return at_most(0, difference, (rest, gap), "0 <= |v'| <= L |v| implies |v'|^2 <= L^2 |v|^2")


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield from tangent()
    yield growth()
    yield from floor()
