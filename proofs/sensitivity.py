"""The sensitivities of the kernels' formulas: |y s^(k+1)(y)| <= A + B |y| for all real y, k = 0..3 (kernels/base.py).

The constants are read from the kernels. By symmetry y >= 0. h = y/2.

1. y sech^2 y <= 4 y e^{-2y} <= 2/e (maximum at 1/2), and with t = tanh y in [0, 1] the |tanh^(k+1)|/sech^2 are
   1, |2t| <= 2, |6t^2 - 2| <= 4, |16t - 24t^3| <= 16.
2. sigmoid: sigma^(k+1)(y) = tanh^(k+1)(h)/2^(k+2), so |y sigma^(k+1)(y)| is at most that of tanh over 2^(k+1).
3. softplus^(k+1) = sigma^(k), and |s'| <= 1.
4. silu^(k+1) = y sigma^(k+1) + (k+1) sigma^(k); y^2 sech^2 h <= 16 h^2 e^{-2h} <= 16 e^-2 (maximum at 1); |s'| <= 1.1.
5. gelu: |s'| <= 1.2; polynomials times phi: bisection over [0, 64]; beyond, 2 y^5 phi falls and is below 2^-1000.
6. arctan: with w = 1/(1 + y^2), b = y w, b^2 = w - w^2: polynomials in w on [0, 1], or their squares.
7. sin: |cos|, |sin| <= 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from flint import arb

from saturode_verify.activation import GELU, SiLU
from saturode_verify.kernels.base import Sensitivity
from saturode_verify.kernels.logistic import SigmoidFormula, SiLUFormula, TanhFormula
from saturode_verify.kernels.sine import SinFormula
from saturode_verify.kernels.tabulated import ArctanFormula, GELUFormula, SoftplusFormula
from saturode_verify.rigor.balls import dyadic, exact, precision

from .activations import require
from .algebra import Expression, at_most_on, identity, is_zero, sp
from .bisection import on_interval

BITS = 100
ENDS = (sp.Integer(0), sp.Integer(1))


def stored(value: float) -> Expression:
    """The rational that a float is."""
    return sp.Rational(*value.as_integer_ratio())


def constants(pairs: Sensitivity) -> list[arb]:
    """A for each order."""
    return [exact(a) for a, _ in pairs]


def at_least(found: Sequence[arb], needed: Sequence[arb], statement: str) -> str:
    """Constants that are large enough, order by order."""
    require(all(bool(a >= n) for a, n in zip(found, needed, strict=True)), statement)
    return f"{statement} [Arb]"


def maxima() -> Iterator[str]:
    """The two elementary maxima: y^n e^{-2y} is largest at n/2."""
    y = sp.Symbol("y", positive=True)
    for n in (1, 2):
        slope = sp.diff(y**n * sp.exp(-2 * y), y)
        factored = (n - 2 * y) * y ** (n - 1) * sp.exp(-2 * y)
        require(is_zero(slope - factored), "the sign of the slope")
    yield identity(4 * y * sp.exp(-2 * y) - 4 / (sp.exp(y) * sp.exp(y)) * y, 0, "4 y e^{-2y} is largest at 1/2: 2/e")
    yield identity((16 * y**2 * sp.exp(-2 * y)).subs(y, 1), 16 * sp.exp(-2), "16 h^2 e^{-2h} is largest at 1: 16 e^-2")
    grown = sp.Symbol("g", positive=True)  # e^y
    sech = 2 / (grown + 1 / grown)
    gap = sp.factor(4 / grown**2 - sech**2)
    numerator, denominator = sp.fraction(sp.together(gap))
    signs = [
        c > 0
        for c in [*sp.Poly(sp.expand(numerator), grown).coeffs(), *sp.Poly(sp.expand(denominator), grown).coeffs()]
    ]
    require(all(bool(s) for s in signs), "sech^2 y <= 4 e^{-2y}")
    yield "sech^2 y <= 4 e^{-2y} [sympy]"


def tanh_quotients(bounds: Sequence[int] = (1, 2, 4, 16)) -> Iterator[str]:
    """Step 1: both signs of each quotient on [0, 1]."""
    t = sp.Symbol("t", real=True)
    for bound, quotient in zip(bounds, (sp.Integer(1), 2 * t, 6 * t**2 - 2, 16 * t - 24 * t**3), strict=True):
        for sign in (1, -1):
            yield at_most_on(
                sign * quotient, sp.Integer(bound), t, ENDS, f"{sign} ({quotient}) <= {bound}, 0 <= t <= 1"
            )


def logistic_family(
    tanh: Sensitivity = TanhFormula.sensitivity,
    sigmoid: Sensitivity = SigmoidFormula.sensitivity,
    softplus: Sensitivity = SoftplusFormula.sensitivity,
    silu: Sensitivity = SiLUFormula.sensitivity,
) -> Iterator[str]:
    """Steps 1 to 4: the constants against what is needed."""
    first, second = 2 / arb(1).exp(), 16 * arb(-2).exp()
    quotients = [1, 2, 4, 16]
    needed = [q * first for q in quotients]
    yield at_least(constants(tanh), needed, "tanh: |y tanh^(k+1)| <= (1, 2, 4, 16) 2/e")
    halved = [n / 2 ** (k + 1) for k, n in enumerate(needed)]
    yield at_least(constants(sigmoid), halved, "sigmoid: those of tanh over 2^(k+1)")
    yield at_least(constants(softplus)[1:], halved[:3], "softplus: those of sigmoid, one order lower")
    require(softplus[0][1] >= 1, "softplus' <= 1")
    squares = [second * q / 2 ** (k + 2) for k, q in enumerate(quotients)]
    gated = [squares[k] + (k + 1) * halved[k - 1] for k in (1, 2, 3)]
    yield at_least(constants(silu)[1:], gated, "silu: y^2 sigma^(k+1) + (k+1) y sigma^(k)")
    largest = SiLU().sup_abs_derivative()
    require(largest is not None and bool(exact(silu[0][1]) >= largest), "|silu'| <= 1.1")
    yield "silu' and softplus' are bounded by B (sup |s'|: activations.py) [Arb]"


def gelu(claims: Sensitivity = GELUFormula.sensitivity) -> Iterator[str]:
    """Step 5."""
    largest = GELU().sup_abs_derivative()
    require(largest is not None and bool(exact(claims[0][1]) >= largest), "|gelu'| <= 1.2")
    polynomials: list[Callable[[arb], arb]] = [
        lambda y: y * (2 - y * y),
        lambda y: y * y * (y * y - 4),
        lambda y: y * (-(y**4) + 7 * y * y - 4),
    ]
    for k, polynomial in enumerate(polynomials, start=1):
        bound = exact(claims[k][0])
        statement = f"gelu: |y s^({k + 1})| <= {claims[k][0]} for |y| <= 64"

        def holds(y: arb, p: Callable[[arb], arb] = polynomial, most: arb = bound) -> bool:
            return bool(abs(p(y)) * (-y * y / 2).exp() / (2 * arb.pi()).sqrt() <= most)

        yield f"{statement} [Arb, {on_interval(holds, 0.0, 64.0, statement)} cells]"
    y = sp.Symbol("y", positive=True)
    yield identity(
        sp.diff(y**5 * sp.exp(-(y**2) / 2), y), y**4 * (5 - y**2) * sp.exp(-(y**2) / 2), "y^5 phi falls for y^2 > 5"
    )
    require(bool(20 * arb(64) ** 5 * (-(arb(64) ** 2) / 2).exp() < dyadic(1, -1000)), "the tail beyond 64")
    yield "gelu: beyond 64 all of them are below 20 y^5 e^{-y^2/2} < 2^-1000 [Arb]"


def arctan(claims: Sensitivity = ArctanFormula.sensitivity) -> Iterator[str]:
    """Step 6."""
    w = sp.Symbol("w", real=True)
    b2 = w - w**2
    a = [stored(pair[0]) for pair in claims]
    third, fourth = b2 * (6 * b2 - 2 * w**2) ** 2, 24 * b2 * (w**2 - b2)
    for name, left, right in (
        ("(y s')^2", b2, a[0] ** 2),
        ("|y s''|", 2 * b2, a[1]),
        ("(y s''')^2", third, a[2] ** 2),
        ("y s''''", fourth, a[3]),
        ("-y s''''", -fourth, a[3]),
    ):
        for low in range(8):
            ends = (sp.Rational(low, 8), sp.Rational(low + 1, 8))
            at_most_on(left, right, w, ends, f"arctan: {name} is bounded")
        yield f"arctan: {name} is bounded by the constant, w in eighths of [0, 1] [sympy]"


def sine(claims: Sensitivity = SinFormula.sensitivity) -> str:
    """Step 7."""
    require(all(pair == (0.0, 1.0) for pair in claims), "sin: |y s^(k+1)| <= |y|")
    return "sin: |y s^(k+1)| <= |y| [by hand]"


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    with precision(BITS):
        yield from maxima()
        yield from tanh_quotients()
        yield from logistic_family()
        yield from gelu()
        yield from arctan()
        yield sine()
