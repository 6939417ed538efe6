"""LEMMA (orbit/contraction.py; after Bohr and Favard). In the sup norm of continuous 2 pi-periodic functions

    g -> the primitive of mean 0 of g - mean g   has norm at most a_1 = pi/2,
    (d/dtheta - l)^{-1}, l not in i Z,           has norm at most a = int_0^{2 pi} |e^{l t}| dt/|1 - e^{2 pi l}|,

which for real l is 1/|l|; with x = Re l, the numerator is (e^{2 pi x} - 1)/x, or 2 pi for x = 0.

Proof. w(theta) = int_0^{2 pi} K(t) g(theta - t) dt. Integration by parts, g of class C^1 (dense; the limit is uniform):

    w'(theta) = int K(t) g'(theta - t) dt = [-K(t) g(theta - t)]_0^{2 pi} + int K'(t) g(theta - t) dt
              = (K(0) - K(2 pi)) g(theta) + int K'(t) g(theta - t) dt,     g being periodic.

1. K = e^{l t}/(1 - e^{2 pi l}): K' = l K and K(0) - K(2 pi) = 1, so w' = g + l w.
2. K = (pi - t)/(2 pi): K' = -1/(2 pi), K(0) - K(2 pi) = 1, int K = 0: w' = g - mean g, mean w = 0.
3. |w| <= sup |g| int |K|, and int |K| is the number claimed: integrated by sympy, in the cases x > 0, x < 0, x = 0.
4. The inverse is unique: w' = l w, w periodic means w(0) (e^{2 pi l} - 1) = 0.
"""

from __future__ import annotations

from collections.abc import Iterator

from .algebra import Expression, identity, sp

T = sp.Symbol("t", real=True)
TURN = 2 * sp.pi


def kernel(value: Expression, slope: Expression, name: str) -> Iterator[str]:
    """K' and the jump of K."""
    yield identity(sp.diff(value, T), slope, f"{name}: K' is as claimed")
    yield identity(value.subs(T, 0) - value.subs(T, TURN), 1, f"{name}: K(0) - K(2 pi) = 1")


def sawtooth(norm: Expression = sp.pi / 2) -> Iterator[str]:
    """Steps 2 and 3; ``norm``: the claimed a_1."""
    value = (sp.pi - T) / TURN
    yield from kernel(value, -1 / TURN, "sawtooth")
    yield identity(sp.integrate(value, (T, 0, TURN)), 0, "sawtooth: mean 0")
    # |K| = K on [0, pi] and -K on [pi, 2 pi].
    total = sp.integrate(value, (T, 0, sp.pi)) - sp.integrate(value, (T, sp.pi, TURN))
    yield identity(total, norm, "a_1 = int |pi - t|/(2 pi) dt = pi/2")


def exponential() -> Iterator[str]:
    """Step 1, for complex l."""
    exponent = sp.Symbol("l")
    value = sp.exp(exponent * T) / (1 - sp.exp(TURN * exponent))
    yield from kernel(value, exponent * value, "(d/dtheta - l)^{-1}")


def norms(scale: Expression = 1) -> Iterator[str]:
    """Step 3; ``scale``: a factor in the claims."""
    x, y = sp.Symbol("x", positive=True), sp.Symbol("y", real=True)
    for sign, name in ((1, "x > 0"), (-1, "x < 0")):
        real = sign * x
        mass = sp.integrate(sp.exp(real * T), (T, 0, TURN))
        yield identity(mass, scale * (sp.exp(TURN * real) - 1) / real, f"int |e^(l t)| = (e^(2 pi x) - 1)/x, {name}")
        # |1 - e^{2 pi x}| = sign (e^{2 pi sign x} - 1).
        size = sign * (sp.exp(TURN * real) - 1)
        yield identity(mass / size, scale / x, f"real l, {name}: a = 1/|l|")
    square = sp.Abs(sp.exp((x + sp.I * y) * T)) ** 2
    yield identity(sp.simplify(square), sp.exp(2 * x * T), "|e^(l t)| = e^(x t)")
    yield identity(sp.integrate(sp.Integer(1), (T, 0, TURN)), scale * TURN, "x = 0: int |e^(l t)| = 2 pi")


def unique() -> str:
    """Step 4."""
    exponent, start = sp.Symbol("l"), sp.Symbol("w0")
    solution = start * sp.exp(exponent * T)
    identity(sp.diff(solution, T), exponent * solution, "w = w0 e^(l t) solves w' = l w")
    jump = solution.subs(T, TURN) - solution.subs(T, 0)
    return identity(
        jump, start * (sp.exp(TURN * exponent) - 1), "w' = l w, w periodic: w(0) (e^(2 pi l) - 1) = 0, w = 0"
    )


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield from sawtooth()
    yield from exponential()
    yield from norms()
    yield unique()
