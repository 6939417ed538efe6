"""kernels/table.py and tabulated.py: Horner's rule, softplus, gelu, arctan: the constants over the whole line.

The tables' own errors are certified in Arb when they are built (`TaylorTable`); here T stands for one, T <= 1e-12.

1. Horner: coefficient c_k passes k products and k + 1 sums: (1+u)^{2k+1} - 1 <= (2k+1)(1 + 1e-6) u, k = 0..6.
2. softplus: E moves log(1 + E) by sup E/(1+E) . 2.5u <= 1.25u (1 + 3u) (mean value theorem), the sum by u |s|; what is
   reported, rounded at most three times, is larger.
3. gelu, s and s': 1/2 - G' lies in [0, 0.64], so two roundings cost 0.64u + 1.14u <= 2u (over [0, 9] by bisection;
   beyond 9 from the tail). Q < phi/a: (phi/a - Q)' = -phi/a^2, with limit 0. (a phi)' = (1 - a^2) phi.
4. gelu, s'' and s''': the program in floating.py's arithmetic over |x| in [0, 37.5]; fl(x^2) moves e^{-q/2} by at most
   the factor e^{u x^2/2}.
5. arctan: w = 1/(1 + x^2) has the relative error (1+u)/(1-u)^2 - 1, b = x w one rounding more; bisection over w in
   [0, 1] with b^2 = w - w^2. arctan itself: 0.5u + 0.6u + 1.58u.
"""

from __future__ import annotations

from collections.abc import Iterator

from flint import arb

from saturode_verify.kernels import tabulated as kernel
from saturode_verify.rigor.balls import ONE, ZERO, dyadic, exact, precision

from .activations import require
from .algebra import identity, sp
from .bisection import on_interval
from .floating import UNIT, Rounded, largest, relative

BITS = 120
GELU = {"second": "7", "third": "8"}
ARCTAN = {"first": "4", "second": "6", "third": "28"}
DENSITY_FACTOR = 0.3989422804014327
"""The float in tabulated.py."""


def units(text: str) -> arb:
    """So many u."""
    return arb(text) * UNIT


def horner(spare: str = "1e-6") -> str:
    """Step 1."""
    for k in range(7):
        holds = relative(*[UNIT] * (2 * k + 1)) <= (2 * k + 1) * (1 + arb(spare)) * UNIT * (1 - UNIT) ** 2
        require(bool(holds), f"Horner's rule, coefficient {k}")
    return "Horner: (1 + u)^(2k+1) - 1 <= (2k + 1)(1 + 1e-6) u, k = 0..6 [Arb]"


def softplus(claimed: str = "1.5") -> Iterator[str]:
    """Step 2."""
    shift = arb(5) / 2 * UNIT
    statement = "E/(1 + E) <= 1/2 for E <= 1, so 2.5u of E moves log(1 + E) by at most 1.25u (1 + 3u)"
    require(bool(shift / 2 / (1 - shift) <= units("1.25") * (1 + 3 * UNIT)), statement)
    yield f"{statement} [Arb]"
    table = arb("1e-12")
    # Linear in T: enough at T = 0 and at the largest T.
    for error in (ZERO, table):
        reported = (units(claimed) + error) * (1 - UNIT) ** 3
        require(
            bool(reported >= units("1.25") * (1 + 3 * UNIT) + error), f"softplus: {claimed}u + T covers E and table"
        )
    require(bool(exact(1.01) * (1 - UNIT) ** 3 > 1), "1.01 u |s| covers the last sum")
    yield f"softplus: 1.01u |s| + {claimed}u + T, rounded, covers E's error, the table's and the sum's [Arb]"


def _distribution(a: arb) -> arb:
    return (-a / arb(2).sqrt()).erfc() / 2


def _density(a: arb) -> arb:
    return (-a * a / 2).exp() / (2 * arb.pi()).sqrt()


def gelu_low_orders(sum_bound: str = "1.14") -> Iterator[str]:
    """Step 3."""
    x = sp.Symbol("x", positive=True)
    density, upper = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi), sp.erfc(x / sp.sqrt(2)) / 2
    yield identity(sp.diff(density / x - upper, x), -density / x**2, "(phi/a - Q)' = -phi/a^2 < 0: Q < phi/a")
    yield identity(sp.diff(x * density, x), (1 - x**2) * density, "(a phi)' = (1 - a^2) phi: it falls beyond 1")
    require(bool(_density(ZERO) < arb("0.4")), "phi(0) < 0.4")
    statement = "0 <= 1/2 - G' = Phi - 1/2 + a phi <= 0.64 on [0, 9]"  # Phi >= 1/2 for a >= 0
    cells = on_interval(
        lambda a: bool(_distribution(a) - arb(1) / 2 + a * _density(a) < arb("0.639")), 0.0, 9.0, statement
    )
    yield f"{statement} [Arb, {cells} cells]"
    require(bool(arb("0.64") + arb(sum_bound) <= 2), "0.64u + 1.14u <= 2u")
    require(
        bool((arb("0.639") + arb("0.5")) * (1 + 4 * UNIT) + arb("1e-11") <= arb(sum_bound)), "|s'| <= 1.14 as computed"
    )
    yield f"gelu': the two sums cost at most 0.64u + {sum_bound}u <= 2u [Arb]"


def gelu_high_orders(claims: dict[str, str] = GELU) -> Iterator[str]:
    """Step 4."""
    stored = abs(exact(DENSITY_FACTOR) * (2 * arb.pi()).sqrt() - 1)
    require(bool(stored <= UNIT), "0.39894... is 1/sqrt(2 pi) up to u")
    end = exact(kernel._DENSITY_END)
    require(bool(end * end / 2 <= 708), "the exponential's argument is in its domain")
    require(bool(end**3 * (-end * end / 2).exp() < dyadic(1, -900)), "beyond 37.5 s'' and s''' are below 2^-900")

    def parts(a: arb) -> tuple[Rounded, Rounded]:
        square = Rounded(a) * Rounded(a)
        moved = (square.error / 2).exp() - 1
        off = relative(moved, arb(5) / 2 * UNIT, UNIT, UNIT)
        density = _density(a)
        return square, Rounded(density, (off * largest(density)).upper())

    def second(a: arb) -> bool:
        square, density = parts(a)
        return ((2 - square) * density).within(units(claims["second"]))

    def third(a: arb) -> bool:
        square, density = parts(a)
        return ((square - 4) * Rounded(a) * density).within(units(claims["third"]))

    for name, holds in (("second", second), ("third", third)):
        statement = f"gelu, {name} derivative: off by at most {claims[name]}u for |x| <= 37.5"
        yield f"{statement} [Arb, {on_interval(holds, 0.0, 37.5, statement)} cells]"


def arctan_value(claimed: str = "3.2") -> str:
    """Step 5, the value: 1/a, rounded, moves arctan by u/2 (1 + 3u), as t/(1 + t^2) <= 1/2 for t > 0."""
    half_pi = abs(exact(kernel.HALF_PI) - arb.pi() / 2)
    require(bool(half_pi <= units("0.6")), "HALF_PI is pi/2 up to 0.6u")
    last = UNIT * (arb.pi() / 2 + arb("1e-11"))
    total = units("0.5") * (1 + 3 * UNIT) + half_pi + last
    require(bool(last <= units("1.58")) and bool(total <= units(claimed)), f"arctan: at most {claimed}u and the table")
    require(bool(exact(1.5707963267948968) > arb.pi() / 2), "the limit in registry.py is beyond pi/2")
    require(
        bool(units(claimed) + arb("1e-12") <= (units("4") + arb("1e-12")) * (1 - UNIT)), "4u + T, rounded, is larger"
    )
    return f"arctan: 0.5u + 0.6u + 1.58u <= {claimed}u beside the table's error, reported as 4u + T [Arb]"


def arctan_derivatives(claims: dict[str, str] = ARCTAN) -> Iterator[str]:
    """Step 5, the derivatives: everything in w."""
    w_off = (1 + UNIT) / (1 - UNIT) ** 2 - 1
    b_off = relative(w_off, UNIT)
    require(bool(w_off <= units(claims["first"])), f"w is off by at most {claims['first']}u w, w <= 1")
    yield f"arctan': w is off by at most {claims['first']}u w, w <= 1 [Arb]"

    def square(w: arb) -> arb:
        return (w * (1 - w)).max(ZERO).min(ONE / 4)

    def second(w: arb) -> bool:
        size = 2 * square(w).upper().sqrt() * w.upper()
        return bool(relative(b_off, w_off, UNIT) * size <= units(claims["second"]))

    def third(w: arb) -> bool:
        exact_w, b2 = w.max(ZERO).min(ONE), square(w)
        found = Rounded(b2, relative(b_off, b_off, UNIT) * largest(b2)) * 6
        w_rounded = Rounded(exact_w, w_off * largest(exact_w))
        found = (found - (w_rounded * w_rounded).times_power_of_two(1)) * w_rounded
        return found.within(units(claims["third"]))

    for name, holds in (("second", second), ("third", third)):
        statement = f"arctan, {name} derivative: off by at most {claims[name]}u for all x"
        yield f"{statement} [Arb, {on_interval(holds, 0.0, 1.0, statement)} cells]"


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    with precision(BITS):
        yield horner()
        yield from softplus()
        yield from gelu_low_orders()
        yield from gelu_high_orders()
        yield arctan_value()
        yield from arctan_derivatives()
