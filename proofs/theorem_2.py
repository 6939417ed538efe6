"""THEOREM 2 (theory 5). Let x be a nonconstant T-periodic orbit in U of x' = f(x), f in C^1, T in [T-, T+], and M its
monodromy matrix. With C >= sup_U ||Df|| and mu-, mu+ the extreme eigenvalues of the symmetric part of Df on U,

    det M in [exp(T inf div), exp(T sup div)] inside [exp(-d C T), exp(d C T)],
    exp(T mu-) <= |rho| <= exp(T mu+) inside exp(+-C T) for every multiplier rho; one multiplier is 1; d = 2: the other
    is det M; mu+ < 0 or mu- > 0 excludes such orbits; d C T < eta excludes those with -log det M >= eta.

Proof.
1. det M = exp(int_0^T div f(x(t)) dt) (liouville.py). T times the mean of div lies between the ends, |div| <= d C
   (norms.py), exp is increasing. -log det M <= d C T, so d C T < eta gives -log det M < eta.
2. y' = Df(x) y for complex y: (y* y)' = y* (Df + Df^T) y, for matrices of any size, and y* S y <= mu+ y* y (spectral
   theorem). So (e^{-2 mu+ t} |y|^2)' <= 0, and >= 0 with mu-. y(0) an eigenvector of M: |y(T)| = |rho| |y(0)|.
   |v . Df v| <= C |v|^2 for real v gives -C <= mu- <= mu+ <= C.
3. v = x' solves v' = Df(x) v (chain rule) and is T-periodic and nonzero: M v(0) = v(0). If mu+ < 0, |v(T)| < |v(0)|: no
   such orbit, whatever the shape of U.
4. d = 2: if 1 is a root of the characteristic polynomial, det M is the other.
5. T lies between T- and T+, T = T- + s (T+ - T-): for every rate h, T h <= max(T- h, T+ h), by the sign of h.
"""

from __future__ import annotations

from collections.abc import Iterator

from .algebra import Expression, at_most, identity, nonnegative, sp


def growth(of: str = "A + A^T") -> Iterator[str]:
    """Step 2; ``of`` names the matrix that is claimed to govern |y|^2."""
    n = sp.Symbol("n", integer=True, positive=True)
    a, y = sp.MatrixSymbol("A", n, n), sp.MatrixSymbol("y", n, 1)
    claimed: Expression = a + a.T if of == "A + A^T" else a + a
    left = (a * y).T * y + y.T * (a * y)
    yield identity(
        sp.expand(left.doit()), sp.expand((y.T * claimed * y).doit()), "(|y|^2)' = y . (A + A^T) y for every dimension"
    )
    t, mu = sp.symbols("t mu", real=True)
    square = sp.Function("q")(t)
    gap = sp.Function("g")(t)  # g = 2 mu q - q' >= 0
    found = sp.diff(sp.exp(-2 * mu * t) * square, t).subs(sp.diff(square, t), 2 * mu * square - gap)
    yield identity(found, -sp.exp(-2 * mu * t) * gap, "q' = 2 mu q - g makes (e^{-2 mu t} q)' = -e^{-2 mu t} g, g >= 0")


def trivial_multiplier() -> str:
    """Step 3: d/dt f(x(t)) = Df(x) x', written with a symbolic dimension: D_j f_k . x_j' summed over j."""
    t = sp.Symbol("t", real=True)
    x, y = sp.Function("x")(t), sp.Function("y")(t)
    f, a, b = sp.Function("f"), sp.Symbol("a"), sp.Symbol("b")
    found = sp.diff(f(x, y), t).doit()
    gradient = [sp.diff(f(a, b), v).subs({a: x, b: y}) for v in (a, b)]
    expected = gradient[0] * sp.diff(x, t) + gradient[1] * sp.diff(y, t)
    statement = "v = x' solves v' = Df(x) v: the chain rule of one component (two coordinates shown, cited for d)"
    return identity(sp.simplify(found - expected.doit()), 0, statement)


def planar() -> str:
    """Step 4."""
    trace, determinant, other = sp.symbols("tr det z")
    polynomial = other**2 - trace * other + determinant
    with_one = polynomial.subs(trace, sp.solve(polynomial.subs(other, 1), trace)[0])
    return identity(with_one, (other - 1) * (other - determinant), "d = 2 and one multiplier 1: the other is det M")


def period_ends(sign: int = 1) -> Iterator[str]:
    """Step 5; with the wrong sign the end of T is the wrong one."""
    low, gap, share, rest, rate = nonnegative("T s r u h")
    # T = low + share gap, share + rest = 1; h >= 0: use T+; h = -rate < 0: use T-.
    period, top = low + share * gap, low + (share + rest) * gap
    yield at_most(
        sign * rate * period, sign * rate * top, (low, gap, share, rest, rate), "h >= 0, T <= T+: T h <= T+ h"
    )
    yield at_most(
        -sign * rate * period, -sign * rate * low, (low, gap, share, rest, rate), "h <= 0, T >= T-: T h <= T- h"
    )


def eta() -> str:
    """Step 1: with d C T = eta - gap, gap > 0, and -log det M = d C T - rest, rest >= 0."""
    bound, gap, rest = nonnegative("b g r")
    return at_most(bound - rest, bound + gap, (bound, gap, rest), "d C T < eta implies -log det M <= d C T < eta")


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield from growth()
    yield trivial_multiplier()
    yield planar()
    yield from period_ends()
    yield eta()
