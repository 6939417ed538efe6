"""Derivatives of the activations: the formulas of saturode_verify/activation and the exact critical points.

1. Formulas, sympy: each list s, s', ..., s'''' follows from the one before by differentiation. tanh is treated through
   t' = 1 - t^2; sigmoid(x) = (1 + tanh(x/2))/2; silu by Leibniz's rule for a symbolic order k; gelu through
   phi' = -x phi; sin and x^n for a symbolic order.
2. Critical points that are roots of polynomials: Sturm's theorem (sympy's count_roots, rational arithmetic) puts
   one root of the polynomial factor in each bracket of the package and none elsewhere: gelu and arctan in x, tanh and
   sigmoid in t, the brackets' ends being mapped by tanh in Arb. The other factors have no zeros (w, phi > 0).
   silu's critical points are transcendental: activations.py isolates them with Arb.
3. sup |s'|: tanh 1, sigmoid 1/4, arctan 1 from w <= 1; sin 1; relu, leaky_relu, elu max(1, |a|). For silu and gelu
   activations.py; the digits that theory 2 prints for silu are checked here, with Arb.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flint import arb

from saturode_verify.activation import ACTIVATIONS, FiniteCritical
from saturode_verify.rigor.balls import precision

from .activations import CASES, derivative, require, zero_in
from .algebra import Expression, at_most, identity, nonnegative, sp

X = sp.Symbol("x", real=True)
T = sp.Symbol("t", real=True)
SQUARE = 1 - T**2
TANH = [T, SQUARE, -2 * T * SQUARE, SQUARE * (6 * T**2 - 2), T * SQUARE * (16 - 24 * T**2)]
"""tanh and its derivatives, as tanh_derivatives writes them."""


def chain(formulas: Sequence[Expression], slope: Expression, variable: Expression, name: str) -> Iterator[str]:
    """Each formula is the derivative of the one before, where ``variable`` has the derivative ``slope``."""
    for k in range(len(formulas) - 1):
        found = sp.diff(formulas[k], variable) * slope
        yield identity(found, formulas[k + 1], f"{name}: the formula of derivative {k + 1}")


def tanh_family() -> Iterator[str]:
    """tanh, sigmoid, softplus, silu."""
    yield identity(sp.diff(sp.tanh(X), X), 1 - sp.tanh(X) ** 2, "tanh' = 1 - tanh^2")
    yield from chain(TANH, SQUARE, T, "tanh")
    grown = sp.Symbol("y", positive=True)  # e^x, x = log y
    half = (grown - 1) / (grown + 1)  # tanh(x/2)
    yield identity(1 / (1 + 1 / grown), (1 + half) / 2, "sigmoid(x) = 1/(1 + e^-x) = (1 + tanh(x/2))/2")
    yield identity(sp.diff(sp.log(1 + sp.exp(X)), X), 1 / (1 + sp.exp(-X)), "softplus' = sigmoid")
    k = sp.Symbol("k", integer=True, positive=True)
    gate = sp.Function("g")  # g(k, x) stands for sigma^(k)(x)
    term = X * gate(k, X) + k * gate(k - 1, X)
    moved = sp.diff(term, X).doit()
    moved = moved.subs({sp.diff(gate(k, X), X): gate(k + 1, X), sp.diff(gate(k - 1, X), X): gate(k, X)})
    yield identity(
        moved, X * gate(k + 1, X) + (k + 1) * gate(k, X), "silu^(k) = x sigma^(k) + k sigma^(k-1), k -> k + 1"
    )


def silu_tail() -> Iterator[str]:
    """The forms of sigma^(k) in q = e^-x (q' = -q) that tail_silu of activations.py uses."""
    q = sp.Symbol("q", positive=True)
    forms = [
        1 / (1 + q),
        q / (1 + q) ** 2,
        -q * (1 - q) / (1 + q) ** 3,
        q * (1 - 4 * q + q**2) / (1 + q) ** 4,
        -q * (1 - 11 * q + 11 * q**2 - q**3) / (1 + q) ** 5,
    ]
    yield from chain(forms, -q, q, "sigmoid in q = e^-x")


def gelu_and_arctan(bend: int = 7) -> Iterator[str]:
    """gelu with phi' = -x phi, arctan with w = 1/(1 + x^2); ``bend``: the claimed coefficient of x^2 in gelu''''."""
    phi = sp.exp(-(X**2) / 2) / sp.sqrt(2 * sp.pi)
    distribution = (1 + sp.erf(X / sp.sqrt(2))) / 2
    formulas = [
        X * distribution,
        distribution + X * phi,
        (2 - X**2) * phi,
        X * (X**2 - 4) * phi,
        (X**2 * (bend - X**2) - 4) * phi,
    ]
    yield from chain(formulas, sp.Integer(1), X, "gelu")
    w = 1 / (1 + X**2)
    formulas = [sp.atan(X), w, -2 * X * w**2, (6 * X**2 - 2) * w**3, 24 * X * (1 - X**2) * w**4]
    yield from chain(formulas, sp.Integer(1), X, "arctan")


def symbolic_orders() -> Iterator[str]:
    """sin and x^n."""
    k, n = sp.symbols("k n", integer=True, positive=True)
    wave = sp.sin(X + k * sp.pi / 2)
    yield identity(sp.diff(wave, X), sp.sin(X + (k + 1) * sp.pi / 2), "sin^(k) = sin(x + k pi/2), k -> k + 1")
    positive = sp.Symbol("x", positive=True)
    falling = sp.gamma(n + 1) / sp.gamma(n - k + 1)
    power = sp.diff(falling * positive ** (n - k), positive)
    claimed = sp.gamma(n + 1) / sp.gamma(n - k) * positive ** (n - k - 1)
    yield identity(sp.gammasimp(power / claimed), 1, "(x^n)^(k) = n!/(n-k)! x^(n-k), k -> k + 1 (k < n)")


POLYNOMIALS = {
    "gelu": {1: 2 - X**2, 2: X * (X**2 - 4), 3: X**4 - 7 * X**2 + 4},
    "arctan": {1: X, 2: 3 * X**2 - 1, 3: X * (1 - X**2)},
    "tanh": {1: X, 2: 3 * X**2 - 1, 3: X * (2 - 3 * X**2)},
    "sigmoid": {1: X, 2: 3 * X**2 - 1, 3: X * (2 - 3 * X**2)},
}
"""The factor of s^(k+1) that has its zeros, in x, or for tanh and sigmoid in t = tanh x, tanh(x/2) in (-1, 1)."""


def isolated(name: str, order: int, brackets: Sequence[tuple[float, float]]) -> str:
    """Exactly one root in each bracket and as many roots as brackets: Sturm."""
    polynomial = sp.Poly(POLYNOMIALS[name][order], X)
    statement = f"{name}: one root of the factor of s^({order + 1}) in each of {list(brackets)}, none elsewhere (Sturm)"
    scale = {"tanh": 1, "sigmoid": 2}.get(name)
    ends = [tuple(_rational(end, scale) for end in bracket) for bracket in brackets]
    require(all(polynomial.count_roots(*pair) == 1 for pair in ends), statement)
    require(all(polynomial.eval(end) != 0 for pair in ends for end in pair), statement)
    reach = (None, None) if scale is None else (-1, 1)
    require(polynomial.count_roots(*reach) == len(brackets), statement)
    return f"{statement} [sympy]"


def _rational(end: float, scale: int | None) -> Expression:
    """The end, or a rational within 2^-40 of tanh(end/scale): roots are counted between these rationals.

    `same_side` confirms that no root lies between the rational and tanh(end/scale).
    """
    exact = sp.Rational(*float(end).as_integer_ratio())
    if scale is None:
        return exact
    with precision(128):
        middle = (arb(end) / scale).tanh()
        mantissa = int((middle * 2**40).floor().unique_fmpz() or 0)
    return sp.Rational(mantissa, 2**40)


def same_side(name: str) -> str:
    """For tanh and sigmoid: no root of the factors between tanh(end/scale) and the rational used for it."""
    scale, kind = {"tanh": 1, "sigmoid": 2}[name], ACTIVATIONS[name]
    assert issubclass(kind, FiniteCritical)
    with precision(128):
        for order, polynomial in POLYNOMIALS[name].items():
            for end in (end for bracket in kind.brackets[order] for end in bracket):
                between = (arb(end) / scale).tanh() + arb(0, 2.0**-39)
                value = arb(0)
                for c in sp.Poly(polynomial, X).all_coeffs():
                    value = value * between + int(c)
                require(bool(value > 0 or value < 0), f"{name}: no root near the image of {end}")
    return f"{name}: tanh of the brackets' ends and the rationals used lie on the same side of every root [Arb]"


def suprema() -> Iterator[str]:
    """Step 3."""
    (t,) = nonnegative("t")
    yield at_most(1 - t**2, sp.Integer(1), (t,), "tanh' = 1 - t^2 <= 1, attained at 0: Lambda = 1; sigmoid: /4")
    yield at_most(sp.Integer(1), 1 + t**2, (t,), "arctan' = 1/(1 + x^2) <= 1, attained at 0")
    yield identity(sp.sin(X) ** 2 + sp.cos(X) ** 2, 1, "sin' = cos, cos^2 <= 1, attained at 0")
    a = sp.Symbol("a", real=True)
    yield identity(sp.diff(a * (sp.exp(X) - 1), X), a * sp.exp(X), "elu' = a e^x for x < 0, |.| <= |a|; 1 for x > 0")


def silu_digits(where: tuple[str, str] = ("2.39935728", "2.39935729")) -> Iterator[str]:
    """The digits of theory 2."""
    series = CASES["silu"].definition
    with precision(160):
        for low, high, sign in ((2.25, 2.5, 1), (-2.5, -2.25, -1)):
            point = zero_in(series, 2, low, high, 160)
            inside = bool(sign * point > arb(where[0])) and bool(sign * point < arb(where[1]))
            require(inside, f"silu' has its extrema at +-{where[0]}...")
            value = derivative(series, 1, point)
            value = value if sign > 0 else 1 - value
            near = bool(value > arb("1.099839320")) and bool(value < arb("1.099839321"))
            require(near, "silu' = 1.099839320..., -0.099839320... there")
    yield "silu' has its extrema at +-2.39935728..., with the values 1.099839320... and -0.099839320... [Arb]"


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield from tanh_family()
    yield from silu_tail()
    yield from gelu_and_arctan()
    yield from symbolic_orders()
    for name, factors in POLYNOMIALS.items():
        kind = ACTIVATIONS[name]
        assert issubclass(kind, FiniteCritical)
        yield from (isolated(name, order, kind.brackets[order]) for order in factors)
    yield from (same_side(name) for name in ("tanh", "sigmoid"))
    yield from suprema()
    yield from silu_digits()
