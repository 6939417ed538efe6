"""THEOREMS (theory 6): Bendixson, two eigenvalues, transversal vector. What is cited is named.

1. Bendixson. On a closed orbit (x, y)(t) of x' = f_1, y' = f_2 the flux f_1 dy - f_2 dx vanishes identically. Green's
   theorem (cited): it is the integral of div f over the interior, which is not 0 if div f has one strict sign there.
2. Two eigenvalues (after R. A. Smith 1986; Li and Muldowney 1993; Plateau's problem cited, see README 3). The area
   element of a surface with orthonormal tangent vectors e_1, e_2 changes under x' = A x at the rate
   e_1 . A e_1 + e_2 . A e_2: the Gram determinant of (I + tA) e_1, (I + tA) e_2 has the derivative twice that at t = 0,
   for every dimension: with a_ij = e_i . A e_j. If S u = l u and S v = m v, then S u ^ v + u ^ S v = (l + m) u ^ v.
3. Transversal vector. With (c . x)' = c . f >= m > 0 while x is in U, c . x(t) >= c . x(0) + m t; c . x <= top on U, so
   t <= (top - c . x(0))/m.
"""

from __future__ import annotations

from collections.abc import Iterator

from .algebra import Expression, at_most, identity, nonnegative, reals, sp


def flux(sign: int = -1) -> str:
    """Step 1; the flux form is f_1 dy + sign f_2 dx."""
    f1, f2 = reals("f1 f2")
    return identity(f1 * f2 + sign * f2 * f1, 0, "f_1 dy - f_2 dx = (f_1 f_2 - f_2 f_1) dt = 0 along an orbit")


def area(times: Expression = 1) -> str:
    """Step 2: the area is the square root of the Gram determinant, so its rate is half of that."""
    t = sp.Symbol("t", real=True)
    a11, a12, a21, a22, b11, b12, b22 = reals("a11 a12 a21 a22 b11 b12 b22")
    # e_i . e_j = [i = j], e_i . A e_j = a_ij, A e_i . A e_j = b_ij.
    gram = sp.Matrix(
        [
            [1 + 2 * t * a11 + t**2 * b11, t * (a12 + a21) + t**2 * b12],
            [t * (a12 + a21) + t**2 * b12, 1 + 2 * t * a22 + t**2 * b22],
        ]
    )
    rate = sp.diff(sp.sqrt(gram.det()), t).subs(t, 0)
    return identity(
        rate, times * (a11 + a22), "the area element changes at the rate e_1 . A e_1 + e_2 . A e_2, every d"
    )


def compound() -> str:
    """Step 2, entry (i, j) of u ^ v = u v^T - v u^T: S u v^T - v (S u)^T + u (S v)^T - S v u^T."""
    n = sp.Symbol("n", integer=True, positive=True)
    u, v = sp.MatrixSymbol("u", n, 1), sp.MatrixSymbol("v", n, 1)
    low, high = sp.symbols("l m", real=True)
    moved_u, moved_v = low * u, high * v
    moved = moved_u * v.T - v * moved_u.T + u * moved_v.T - moved_v * u.T
    expected = (low + high) * (u * v.T - v * u.T)
    return identity(
        sp.expand(moved.doit()), sp.expand(expected.doit()), "S^[2] (u ^ v) = (l + m) u ^ v for eigenvectors, every d"
    )


def transversal() -> str:
    """Step 3: top = c . x(0) + m t + rest."""
    start, rate, time, rest = nonnegative("x m t r")
    return at_most(
        rate * time, (start + rate * time + rest) - start, (start, rate, time, rest), "m t <= top - c . x(0) inside U"
    )


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield flux()
    yield area()
    yield compound()
    yield transversal()
