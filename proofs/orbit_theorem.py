"""THEOREM (orbit/contraction.py): the ansatz and every inequality behind G_i and L_i.

Matrices of any size: words in symbols that do not commute. s, tau^ (``tau``) and the bounds are numbers.

1. Ansatz. With u = uh + Q w, tau = tau^ (1 + s), rho = tau^ f(uh) - uh', R = tau^ A Q - Q' - Q Lambda, A = Df(uh) and
   f(u) = f(uh) + A Q w + N, the equation u' = tau f(u) is Q (w' - Lambda w) = s uh' + (1+s) rho + R w + s tau^ A Q w +
   (1+s) tau^ N; and Q^{-1} uh' = e_1 because uh' is the first column of Q.
2. Remainder. N(h) = int_0^1 (1-t) D^2 f(uh + t h)[h, h] dt and sum_ij |d_i d_j f_k| <= C_k give |N_k| <= C_k q^2/2;
   N(h) - N(h') = int_0^1 (Df(uh + h' + t(h-h')) - Df(uh))(h - h') dt, where the bracket is at most C_k q, entrywise
   summed: |N_k(h) - N_k(h')| <= C_k q |h - h'|. The weights int (1-t) = 1/2 and int 1 = 1 are checked.
3. G. |g| <= (1+r_s) y + (m + r_s b) r + (1+r_s) n q^2 with n = (tau^/2)|Q^{-1}| C, one summand of each kind; a sum over
   j is a sum of such inequalities.
4. L. g(w, s) - g(w', s') is the sum of (s-s') rho, R (w-w'), (s-s') B w, s' B (w-w'), (s-s') tau^ N, (1+s') tau^ (N-N')
   (an identity), and with |w-w'| <= e r, |s-s'| <= e r_s, |Q (w-w')| <= e q it is at most
   e (r_s y + (m + 2 r_s b) r + (2 + 3 r_s) n q^2).
5. Bounds 3 and 4 divided through: the map sends the set into itself if a_i G_i <= r_i and G_1 <= r_s, and it is a
   contraction if a_i L_i < r_i and L_1 < r_s (the largest of finitely many quotients below 1). Banach's theorem: cited.
"""

from __future__ import annotations

from collections.abc import Iterator

from .algebra import Expression, at_most, identity, nonnegative, sp, words


def ansatz(with_shear: bool = True) -> str:
    """Step 1; without the shear term s tau^ A Q w the identity is false."""
    a, q, dq, w, dw, f, du, n, exponents = words("A Q Q' w w' f(uh) uh' N Lambda")
    s, tau = sp.symbols("s tau")
    equation = du + dq * w + q * dw - tau * (1 + s) * (f + a * q * w + n)
    defect = tau * f - du
    residual = tau * a * q - dq - q * exponents
    right = s * du + (1 + s) * defect + residual * w + (1 + s) * tau * n
    if with_shear:
        right += s * tau * a * q * w
    claimed = q * dw - q * exponents * w - right
    return identity(equation, claimed, "u' = tau f(u) <=> Q (w' - Lambda w) = s uh' + Q g, in every dimension")


def remainder(weight: Expression | None = None) -> Iterator[str]:
    """Step 2; ``weight``: the weight claimed in Taylor's formula."""
    t = sp.Symbol("t", real=True)
    f = sp.Function("phi")
    # phi(t) = f_k(uh + t h): phi(1) - phi(0) - phi'(0) = int (1-t) phi''(t) dt, by parts.
    kernel = 1 - t if weight is None else weight
    primitive = kernel * sp.diff(f(t), t) + f(t)
    yield identity(sp.diff(primitive, t), kernel * sp.diff(f(t), t, 2), "((1-t) phi' + phi)' = (1-t) phi''")
    yield identity(sp.integrate(kernel, (t, 0, 1)), sp.Rational(1, 2), "int_0^1 (1-t) dt = 1/2: |N_k| <= C_k q^2/2")
    bound, reach, apart = nonnegative("C q e")
    convex = reach * (1 - t) + reach * t
    yield identity(convex, reach, "|h' + t (h-h')| <= (1-t) q + t q = q, so |Df - Df(uh)| <= C q between them")
    yield identity(
        sp.integrate(bound * reach * apart, (t, 0, 1)), bound * reach * apart, "|N_k(h) - N_k(h')| <= C_k q |h - h'|"
    )


BOUNDS = nonnegative("y m b n r r_s q e")
"""The theorem's constants of one row (one j), the radii, and e."""


def image() -> str:
    """Step 3: with |s| = r_s - p, |w| = r - v, all other sizes at their bounds less something."""
    y, m, b, n, r, s, q, _ = BOUNDS
    less = nonnegative("p v")
    # Sizes: (1 + |s|) y + m |w| + |s| b |w| + (1 + |s|) 2 n q^2/2, for |s| = r_s - p, |w| = r - v.
    s_size, w_size = sp.symbols("S V", nonnegative=True)
    found = (1 + s_size) * y + m * w_size + s_size * b * w_size + (1 + s_size) * 2 * n * q**2 / 2
    bound = (1 + s) * y + (m + s * b) * r + (1 + s) * n * q**2
    values = {s: s_size + less[0], r: w_size + less[1]}
    variables = (y, m, b, n, q, s_size, w_size, *less)
    return at_most(found, bound.subs(values), variables, "|g| <= G = (1+r_s) y + (m + r_s b) r + (1+r_s) n q^2")


def difference() -> str:
    """Step 4, the identity."""
    rho, r, b, w, v, n, k = words("rho R B w v N N'")
    s, t, tau = sp.symbols("s t tau")

    def g(shift: Expression, vector: Expression, rest: Expression) -> Expression:
        return (1 + shift) * rho + r * vector + shift * b * vector + (1 + shift) * tau * rest

    parts = (
        (s - t) * rho + r * (w - v) + (s - t) * b * w + t * b * (w - v) + (s - t) * tau * n + (1 + t) * tau * (n - k)
    )
    return identity(g(s, w, n) - g(t, v, k), parts, "g(w, s) - g(w', s') is the sum of six terms, in every dimension")


def lipschitz(curvature: tuple[int, int] = (2, 3)) -> str:
    """Step 4, the sizes of the six terms with |tau^ Q^{-1} N| <= n q^2 and |tau^ Q^{-1} (N-N')| <= 2 n q . e q."""
    y, m, b, n, r, s, q, e = BOUNDS
    sizes = [
        e * s * y,
        m * e * r,
        e * s * b * r,
        s * b * e * r,
        e * s * n * q**2,
        (1 + s) * 2 * n * q * e * q,
    ]
    bound = e * (s * y + (m + 2 * s * b) * r + (curvature[0] + curvature[1] * s) * n * q**2)
    statement = "|g - g'| <= e L, L = r_s y + (m + 2 r_s b) r + (2 + 3 r_s) n q^2"
    return at_most(sum(sizes), bound, BOUNDS, statement)


def curvature_constant() -> Iterator[str]:
    """n = (tau^/2) |Q^{-1}| C turns C q^2/2 into n q^2, and C q e q into 2 n q e q."""
    tau, inverse, c, q, e = nonnegative("tau P C q e")
    n = tau / 2 * inverse * c
    yield identity(tau * inverse * c * q**2 / 2, n * q**2, "tau^ |Q^{-1}| C q^2/2 = n q^2")
    yield identity(tau * inverse * c * q * e * q, 2 * n * q * e * q, "tau^ |Q^{-1}| C q (e q) = 2 n q^2 e")


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield ansatz()
    yield from remainder()
    yield from curvature_constant()
    yield image()
    yield difference()
    yield lipschitz()
