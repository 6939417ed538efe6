"""LEMMA (orbit/floquet.py, after Gershgorin). z' = (Lambda + E) z with a solution z = e^{nu theta} p, p periodic, the
component j of p with the largest |p_i|/t_i, R = sum_k e_jk t_k/t_j, x = Re(nu - l_j), m = e^{2 pi (nu - l_j)}:

    |m - 1| <= R (e^{2 pi x} - 1)/x,   |x| <= R,   |m - 1| <= 2 pi R e^{2 pi R}.

Proof.
1. Q z = Y, Y' = tau Df(u) Y and R0 = tau^ Df(uh) Q - Q' - Q Lambda give z' = (Lambda + E) z with
   E = Q^{-1} R0 + Q^{-1} (tau Df(u) - tau^ Df(uh)) Q: words of matrices of any size.
2. p_j' + (nu - l_j) p_j = (E p)_j, |(E p)_j| <= R |p_j|_max, and the norm of (d/dtheta + c)^{-1} with c = nu - l_j is
   (1 - e^{-2 pi x})/(x |1 - e^{-2 pi c}|) (periodic_inverse.py with l = -c). So 1 <= R times that norm; times
   |1 - 1/m| |m| = |m - 1| and |m| = e^{2 pi x}: the first inequality.
3. |m - 1| >= |e^{2 pi x} - 1| (distance to the circle), so |e^{2 pi x} - 1| <= R |e^{2 pi x} - 1|/|x|: |x| <= R.
4. (e^{y} - 1)/y <= e^{|y|} for y != 0 (mean value), y = 2 pi x: the third inequality. Checked as e^y - 1 <= y e^y for
   y >= 0 (the derivative of the difference is y e^y >= 0) and (1 - e^{-y}) <= y e^{y} for y >= 0.
5. Unions of discs: continuity of eigenvalues (cited, as in Gershgorin's theorem).
"""

from __future__ import annotations

from collections.abc import Iterator

from .algebra import at_most, identity, nonnegative, sp, words


def moving_frame(with_change: bool = True) -> str:
    """Step 1, multiplied by Q: Q E = R0 + (tau A' - tau^ A) Q, A' = Df(u); Q z' = Y' - Q' z."""
    a, b, q, dq, z, exponents = words("A A' Q Q' z Lambda")
    old, new = sp.symbols("tauh tau")
    moved = new * b * q * z - dq * z
    rest = old * a * q - dq - q * exponents
    perturbed = rest * z + ((new * b - old * a) * q * z if with_change else 0)
    return identity(
        moved, q * exponents * z + perturbed, "z' = (Lambda + E) z with E = Q^{-1} R0 + Q^{-1} (change of tau Df) Q"
    )


def change(weight: int = 1) -> Iterator[str]:
    """Step 1: the change of tau Df and its size, with |A' - A| summed over a row at most C q, tau = tau^ (1 + s)."""
    a, b = words("A A'")
    old, s = sp.symbols("tauh s")
    parts = old * ((1 + s) * (b - a) + weight * s * a)
    yield identity(old * (1 + s) * b - old * a, parts, "tau A' - tau^ A = tau^ ((1 + s)(A' - A) + s A)")
    curvature, reach, largest, jacobian, shift, less = nonnegative("C q Q J r d")
    # |s| = r_s - less: sizes S = |s|, r_s = S + less.
    found = (1 + shift) * curvature * reach * largest + shift * jacobian
    bound = (1 + shift + less) * curvature * reach * largest + (shift + less) * jacobian
    variables = (curvature, reach, largest, jacobian, shift, less)
    yield at_most(found, bound, variables, "e_ij: |s| <= r_s gives r_s |Df||Q| + (1 + r_s) C q max |Q|")


def first_inequality() -> Iterator[str]:
    """Step 2: the norm of the inverse with l = -c, and the product with |m| = e^{2 pi x}."""
    x = sp.Symbol("x", real=True, nonzero=True)
    turn = 2 * sp.pi
    mass = (sp.exp(turn * -x) - 1) / -x
    yield identity(mass, (1 - sp.exp(-turn * x)) / x, "the norm of (d/dtheta + c)^{-1}: numerator (1 - e^{-2 pi x})/x")
    yield identity(mass * sp.exp(turn * x), (sp.exp(turn * x) - 1) / x, "times |m| = e^{2 pi x}: (e^{2 pi x} - 1)/x")
    m = sp.Symbol("m", nonzero=True)
    yield identity((1 - 1 / m) * m, m - 1, "(1 - 1/m) m = m - 1")


def exponential_bound(factor: int = 1) -> Iterator[str]:
    """Step 4; ``factor`` multiplies the claimed derivative."""
    y = sp.Symbol("y", nonnegative=True)
    rising = y * sp.exp(y) - (sp.exp(y) - 1)
    yield identity(rising.subs(y, 0), 0, "y e^y - (e^y - 1) is 0 at 0")
    yield identity(sp.diff(rising, y), factor * y * sp.exp(y), "and has the derivative y e^y >= 0 for y >= 0")
    falling = y * sp.exp(y) - (1 - sp.exp(-y))
    yield identity(falling.subs(y, 0), 0, "y e^y - (1 - e^-y) is 0 at 0")
    slope = sp.diff(falling, y)
    yield identity(slope, y * sp.exp(y) + (sp.exp(y) - sp.exp(-y)), "and its derivative is y e^y + 2 sinh y >= 0")


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield moving_frame()
    yield from change()
    yield from first_inequality()
    yield from exponential_bound()
