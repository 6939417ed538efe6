"""The constants of rigor/rounding.py and of the kernels' bookkeeping, as inequalities in u = 2^-53 over their ranges.

Cited: Jeannerod and Rump 2013, |fl(x.y) - x.y| <= n u |x|.|y| in any order of summation, barring underflow (likewise
fl(sum) with n - 1); a rounding to nearest errs by at most u times the exact and u times the rounded value. Everything
else is exact rational arithmetic (sympy): polynomial inequalities on whole intervals of n, or all of finitely many n.

1. product_error: after one more term c the error is at most (n + 1 + n u) u (|A||B| + |c|), the float computed for
   1.01 (n + 6) u is at least 1.01' (n + 6) u (1 - u), 1.01' the stored float: for all n in [1, 2^40].
2. inflate: a computed nested sum is at least (1-u)^m times the exact one, m <= n + 30 (Bernoulli: >= 1 - m u); times
   the exactly computed 1 + (4n + 40) u, rounded, plus ETA, rounded, it is an upper bound: n in [0, 2^40].
3. ETA: n products lose at most n 2^-1022 (2 + 2^60 + 2^100), plus 2^-1022 for the sum itself: below 2^-900.
4. `Composite._scaled`: |c x| <= (1 + 2u)|z|, first factor 1 + 3u <= 1.01; the factors 1 + 16u and 8u cover at most ten
   roundings and the two of fl(c^k), fl(f v).
5. hull_of_ends: 4u |fl(v - e)|, computed, covers both roundings of the end.
6. PowerKernel: y = fl(c x) and repeated squaring lose 2m - 1 factors 1 + e (induction: products of powers), C_k and the
   last product two more; (3m + 6) u of the computed value covers them for m = 1..64.
7. elu: 2.5u + u + u relative to |alpha|, called 6u, and 3.5u, called 5u; |y| e^-|y| <= 1/e < 0.4.
"""

from __future__ import annotations

from collections.abc import Iterator

from flint import arb

from saturode_verify.activation.elementary import MAX_POWER
from saturode_verify.rigor import rounding
from saturode_verify.rigor.balls import precision

from .activations import require
from .algebra import Expression, at_most_on, identity, is_zero, nonnegative, sp

U = sp.Rational(1, 2**53)
N = sp.Symbol("n", real=True)
TERMS = sp.Integer(rounding.MAX_TERMS)
LONG = TERMS**2
"""Sums over neurons and entries at once (`spectral`, `rotation`) have more terms than a matrix product."""


def stored(value: float) -> Expression:
    """The rational that a float is."""
    return sp.Rational(*value.as_integer_ratio())


def product_error(factor: float = 1.01, more: int = 6) -> Iterator[str]:
    """Step 1."""
    require(rounding.product_error(3) == factor * (3 + more) * rounding.UNIT, "product_error is 1.01 (n + 6) u")
    needed = N + 1 + N * U
    bound = stored(factor) * (N + more) * (1 - U)
    yield at_most_on(needed, bound, N, (sp.Integer(1), LONG), "(n + 1 + n u) u <= fl(1.01 (n + 6) u), 1 <= n <= 2^40")


def inflate(slope: int = 4, constant: int = 40, nesting: int = 30) -> Iterator[str]:
    """Step 2."""
    require(rounding.inflate(5) == 1 + (slope * 5 + constant) * rounding.UNIT, "inflate is 1 + (4n + 40) u")
    m = sp.Symbol("m", nonnegative=True)
    lost = sp.expand((1 - m * sp.Symbol("u")) * (1 - sp.Symbol("u")) - (1 - (m + 1) * sp.Symbol("u")))
    yield identity(lost, m * sp.Symbol("u") ** 2, "Bernoulli: (1 - m u)(1 - u) = 1 - (m + 1) u + m u^2")
    k = sp.Symbol("k", integer=True)
    grid = (slope * k + constant) * U / (2 * U)
    require(bool(sp.ask(sp.Q.integer(grid))), "1 + (4n + 40) u is a float: a multiple of 2u below 2")
    kept = (1 - (N + nesting) * U) * (1 + (slope * N + constant) * U) * (1 - U) ** 2
    statement = "(1 - u)^(n + 30) (1 + (4n + 40) u) (1 - u)^2 >= 1, 0 <= n <= 2^40"
    yield at_most_on(sp.Integer(1), kept, N, (sp.Integer(0), LONG), statement)


def underflow(exponent: int = -900) -> str:
    """Step 3."""
    require(rounding.ETA == 2.0**-900, "ETA is 2^-900")
    entry, factor = stored(rounding.MAX_ENTRY), stored(rounding.MAX_FACTOR)
    tiny = sp.Rational(1, 2**1022)
    lost = N * tiny * (2 + entry + factor) + tiny
    statement = "n 2^-1022 (2 + 2^60 + 2^100) + 2^-1022 < 2^-900 for n <= 2^20"
    return at_most_on(lost, sp.Rational(2) ** exponent, N, (sp.Integer(0), TERMS), statement)


def decided(holds: Expression, statement: str) -> str:
    """An inequality between rational numbers."""
    require(bool(holds), statement)
    return f"{statement} [sympy]"


def scaled(spare: int = 16, own: int = 8) -> Iterator[str]:
    """Step 4."""
    yield decided(1 / (1 - U) <= 1 + 2 * U, "|y - c x| <= u |c x|: |c x| <= |z|/(1 - u) <= (1 + 2u)|z| between them")
    # u (1 + 2u) (A + B |z|), |z| <= |y| (1 + 2u); 1.01 is rounded at most four times, UNIT is exact.
    room = stored(1.01) * (1 - U) ** 4
    yield decided(room >= (1 + 2 * U) ** 2, "u (1 + 2u)^2 <= 1.01 u, four times rounded: the mean value theorem's part")
    yield decided(
        (1 + spare * U) * (1 - U) ** 10 >= 1, "(1 + 16u)(1 - u)^10 >= 1: roundings of the sums and of fl(c^k)"
    )
    lost = (1 + U) ** 2 - 1
    yield decided(
        lost / (1 - U) ** 2 <= own * U * (1 - U) ** 4, "fl(c^k) and fl(f v): (2u + u^2)|exact| <= fl(8u |fl|)"
    )


def hull(slack: int = 4) -> str:
    """Step 5: s >= slack u L (1 - u)^2, L = |fl(v - e)|; fl(low - s) <= low - s + u (L + s) <= v - e >= low - u L."""
    computed = slack * U * (1 - U) ** 2
    return decided(computed - U * (1 + computed) >= U, "hull_of_ends: 4u |fl(v - e)| covers two roundings of the end")


def powers(slope: int = 3, constant: int = 6) -> Iterator[str]:
    """Step 6."""
    a, b = nonnegative("a b")
    yield identity(
        (2 * a - 1) + (2 * b - 1) + 1, 2 * (a + b) - 1, "y^a y^b: 2a - 1 + 2b - 1 + 1 = 2 (a + b) - 1 roundings"
    )
    for m in range(1, MAX_POWER + 1):
        count = 2 * m + 1
        off = ((1 + U) ** count - 1) / (1 - U) ** count
        claimed = (slope * m + constant) * U * (1 - U) ** 3
        require(bool(off <= claimed), f"(3m + 6) u of the computed value covers 2m + 1 roundings, m = {m}")
    yield "(3m + 6) u of the computed value covers 2m + 1 roundings, each m = 1..64 [sympy]"


def elu(value: int = 6, slope: int = 5) -> Iterator[str]:
    """Step 7; E <= 1 and |E - 1| <= 1 on the left."""
    shift = sp.Rational(5, 2) * U
    first = ((1 + shift) * (1 + U) * (1 + U)) - 1
    yield decided(first <= value * U * (1 - U) ** 2, "elu: alpha (E - 1) is off by (2.5u + u + u)|alpha| <= 6u |alpha|")
    second = (1 + shift) * (1 + U) - 1
    yield decided(second <= slope * U * (1 - U) ** 2, "elu: alpha E is off by 3.5u |alpha| <= 5u |alpha|")
    y = sp.Symbol("y", positive=True)
    stationary = sp.diff(y * sp.exp(-y), y) - (1 - y) * sp.exp(-y)
    require(is_zero(stationary), "(y e^-y)' = (1 - y) e^-y")
    with precision(80):
        require(bool(arb(-1).exp() < arb(4) / 10), "1/e < 0.4")
    yield "|y| e^-|y| <= 1/e < 0.4 (the maximum is at 1) [sympy, Arb]"


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield from product_error()
    yield from inflate()
    yield underflow()
    yield from scaled()
    yield hull()
    yield from powers()
    yield from elu()
