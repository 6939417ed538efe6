"""LEMMA (orbit/curve_integral.py; Trefethen 2013, theorem 19.3; Rabinowitz 1969). F analytic with |F| <= M in the
ellipse E_rho: the n-point Gauss-Legendre sum, n >= 2, differs from int_-1^1 F by at most
(64/15) M rho^{-2n}/(1 - rho^{-2}).

Proof. Cited: F = sum a_k T_k with |a_k| <= 2 M rho^{-k}; the rule is exact for degrees < 2n and has positive weights
with the sum 2; |T_k| <= 1.
1. int_-1^1 T_k = 2/(1 - k^2) for even k (z = cos theta), and both sides vanish for odd k by symmetry.
2. For even k >= 2n >= 4 the error at T_k is at most 2/(k^2 - 1) + 2 <= 32/15.
3. sum over even k >= 2n of 2 M rho^{-k} 32/15: a geometric series with the ratio rho^{-2}.
"""

from __future__ import annotations

from collections.abc import Iterator

from .algebra import Expression, at_most, identity, nonnegative, sp


def integral() -> Iterator[str]:
    """Step 1: int_0^pi cos(k t) sin t dt by its primitive."""
    t = sp.Symbol("t", real=True)
    half = sp.Symbol("m", integer=True, positive=True)
    k = 2 * half
    primitive = -sp.cos((k + 1) * t) / (2 * (k + 1)) + sp.cos((k - 1) * t) / (2 * (k - 1))
    yield identity(
        sp.expand_trig(sp.diff(primitive, t)), sp.expand_trig(sp.cos(k * t) * sp.sin(t)), "a primitive of cos(kt) sin t"
    )
    yield identity(primitive.subs(t, sp.pi) - primitive.subs(t, 0), 2 / (1 - k**2), "int T_k = 2/(1 - k^2), k even")


def error(claimed: Expression | None = None) -> str:
    """Step 2: k = 4 + j, cleared of the denominator k^2 - 1 > 0."""
    (j,) = nonnegative("j")
    bound = sp.Rational(32, 15) if claimed is None else claimed
    k = 4 + j
    return at_most(2 + 2 * (k**2 - 1), bound * (k**2 - 1), (j,), "2/(k^2 - 1) + 2 <= 32/15 for k >= 4")


def series(ratio_power: int = 2) -> Iterator[str]:
    """Step 3, x = 1/rho: partial sums of N terms."""
    x, n = sp.Symbol("x", positive=True), sp.Symbol("n", integer=True, positive=True)
    terms = sp.Symbol("N", integer=True, nonnegative=True)
    partial = x ** (2 * n) * (1 - x ** (ratio_power * terms)) / (1 - x**ratio_power)
    yield identity(partial.subs(terms, 0), 0, "the empty sum is 0")
    step = sp.simplify(partial.subs(terms, terms + 1) - partial)
    yield identity(step, x ** (2 * n + 2 * terms), "partial sums grow by rho^{-(2n + 2N)}")
    yield identity(2 * sp.Rational(32, 15), sp.Rational(64, 15), "2 . 32/15 = 64/15")


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield from integral()
    yield error()
    yield from series()
