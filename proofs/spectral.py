"""LEMMAS (rigor/spectral.py, bounds/norms.py, bounds/rounded/spectral.py, rotation.py): norms and eigenvalues.

1. ||S||_2^2 <= ||S||_1 ||S||_inf for S >= 0: (sum_j s_j x_j)^2 <= (sum_j s_j)(sum_j s_j x_j^2) for s_j >= 0, by
   induction: W M >= L^2 and W > 0 give (W + s)(M + s x^2) - (L + s x)^2 = (W M - L^2) + s (M - 2 L x + W x^2), where W
   times the last bracket is (W M - L^2) + (L - W x)^2. Summed over the rows: ||S x||^2 <= ||S||_inf ||S||_1 ||x||^2.
2. Collatz-Wielandt, N >= 0, x > 0: D^{-1} N D, D = diag x, has the row sums (N x)_i/x_i, and the spectral radius is at
   most the largest row sum.
3. (M + Delta)^T (M + Delta) = M^T M + M^T Delta + Delta^T M + Delta^T Delta.
4. Nearly orthogonal Q, e >= ||Q^T Q - I||: |sigma - 1| <= |sigma^2 - 1| for sigma >= 0; 1/sqrt(1 - e) <= 1 + e,
   1/(1 - e) <= 1 + 2e and 1/(1 + e) >= 1 - 2e for 0 <= e <= 1/2.
5. 2 x 2: (a + b + root)/2 with root^2 = (a - b)^2 + 4 c^2 is an eigenvalue of [[a, c], [c, b]], the larger one.
6. Rounding: at most eight factors 1 - u stand against 1 + 16u (five roundings in `_plane_perron`, the difference
   counted twice), two against 1 + 8u after a square root, which halves relative errors.
7. Rotation of X: |q| <= sigma_max <= 1.001 < 1.1, so the kernel q q' of d^2 products has entries below 1.21, off by 3u
   relatively. An entry of the rotated X is off by at most 1.21 (d^2 (1 + 4u) + 4) u sum |X|, against
   8 product_error(d^2 + 8) sum |X|; a rank-one term by two factors of d terms each, 1.21 (2 (d + 1) + u (d + 1)^2) u
   times the sums, against 32 product_error(d + 8).
"""

from __future__ import annotations

from collections.abc import Iterator

from .algebra import at_most, at_most_on, identity, nonnegative, reals, sp, words
from .rounding import LONG, U, decided, stored


def schur(factor: int = 1) -> Iterator[str]:
    """Step 1."""
    w, m, l_sum, s, x = reals("W M L s x")
    bracket = m - 2 * l_sum * x + w * x**2
    found = (w + s) * (m + s * x**2) - (l_sum + s * x) ** 2
    yield identity(found, factor * (w * m - l_sum**2) + s * bracket, "Cauchy-Schwarz with weights, d -> d + 1")
    yield identity(w * bracket, (w * m - l_sum**2) + (l_sum - w * x) ** 2, "W (M - 2 L x + W x^2) >= 0 if W M >= L^2")


def collatz_wielandt() -> str:
    """Step 2, for a symbolic dimension."""
    n, i, j = sp.Symbol("n", integer=True, positive=True), *sp.symbols("i j", integer=True)
    entry, x = sp.IndexedBase("N"), sp.IndexedBase("x")
    row = sp.Sum(entry[i, j] * x[j] / x[i], (j, 1, n))
    quotient = sp.Sum(entry[i, j] * x[j], (j, 1, n)) / x[i]
    statement = "row sums of D^{-1} N D are (N x)_i/x_i, for every dimension"
    return identity(sp.simplify(row - quotient), 0, statement)


def gram(with_mixed: bool = True) -> str:
    """Step 3."""
    m, d, mt, dt = words("M Delta M^T Delta^T")
    claimed = mt * m + dt * d + (mt * d + dt * m if with_mixed else 0)
    return identity((mt + dt) * (m + d), claimed, "(M + Delta)^T (M + Delta), every dimension")


def nearly_orthogonal() -> Iterator[str]:
    """Step 4."""
    (sigma,) = nonnegative("s")
    yield at_most(1, (sigma + 1), (sigma,), "|sigma^2 - 1| = |sigma - 1|(sigma + 1) >= |sigma - 1|")
    e = sp.Symbol("e", real=True)
    half = (sp.Integer(0), sp.Rational(1, 2))
    yield at_most_on(sp.Integer(1), (1 + e) ** 2 * (1 - e), e, half, "(1 + e)^2 (1 - e) >= 1: 1/sqrt(1 - e) <= 1 + e")
    yield at_most_on(sp.Integer(1), (1 + 2 * e) * (1 - e), e, half, "(1 + 2e)(1 - e) >= 1, 0 <= e <= 1/2")
    yield at_most_on((1 - 2 * e) * (1 + e), sp.Integer(1), e, half, "(1 - 2e)(1 + e) <= 1, 0 <= e <= 1/2")


def plane(factor: int = 4) -> str:
    """Step 5: root^2 put into the characteristic polynomial."""
    a, b, c, root = reals("a b c r")
    value = (a + b + root) / 2
    polynomial = sp.expand((value - a) * (value - b) - c**2)
    reduced = polynomial.subs(root**2, (a - b) ** 2 + factor * c**2)
    return identity(reduced, 0, "(a + b + root)/2 is a root of the characteristic polynomial; the other has -root")


def rounding(spare: int = 16) -> Iterator[str]:
    """Step 6."""
    yield decided((1 + spare * U) * (1 - U) ** 8 >= 1, "(1 + 16u)(1 - u)^8 >= 1")
    yield decided((1 + 8 * U) * (1 - U) ** 3 >= 1, "(1 + 8u)(1 - u)^3 >= 1")


def rotation(whole: int = 8, rank_one: int = 32) -> Iterator[str]:
    """Step 7, N = d^2 or d up to 2^40; product_error(n) >= 1.01 (n + 6) u (1 - u) in exact numbers."""
    n = sp.Symbol("n", real=True)
    ends, size = (sp.Integer(1), LONG), sp.Rational(121, 100)
    unit = stored(1.01) * U * (1 - U)
    yield decided(1 + sp.Rational(1, 2**10) < size, "sigma_max^2 <= 1 + 2^-10 < 1.1^2")
    lost = size * (n * (1 + 4 * U) + 4) * U
    yield at_most_on(lost, whole * unit * (n + 14), n, ends, "rotation: 1.21 (d^2 + 4) u <= 8 product_error(d^2 + 8)")
    lost = size * (2 * (n + 1) + U * (n + 1) ** 2) * U
    yield at_most_on(lost, rank_one * unit * (n + 14), n, ends, "rank one: 2.42 (d + 1) u <= 32 product_error(d + 8)")


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield from schur()
    yield collatz_wielandt()
    yield gram()
    yield from nearly_orthogonal()
    yield plane()
    yield from rounding()
    yield from rotation()
