"""THEOREM (theory 3 and 4). With e_k,i = sup_U |s_k'(a_k,i)|, delta_k = max_i e_k,i and E_k = diag sqrt(e_k,i), on U

    ||Df|| <= C~ = ||W_L E_{L-1}|| prod ||E_k W_k E_{k-1}|| ||E_1 W_1||  <=  C = prod ||W_l|| prod delta_k
           <= C_W delta^q                          (q layers with delta_k <= delta, delta_k <= Lambda_k in the others),

without any condition on the signs of s_k', and |tr A| <= d ||A|| for every d x d matrix.

Proof. Used as they stand: ||A B|| <= ||A|| ||B|| and ||e|| = 1 for unit vectors (the definition of the norm).

1. A diagonal matrix with |d_i| <= m has ||D x||^2 <= m^2 ||x||^2: term by term m^2 x^2 - d^2 x^2 >= 0.
2. D = E F E with |F| <= 1: for |v| <= e there is f in [-1, 1] with v = sqrt(e) f sqrt(e), namely v/e, or 0 if e = 0.
3. Induction over the layers. P_1 = W_1, P_{k+1} = W_{k+1} D_k P_k, so Df = P_L (chain_rule.py). Let B_1 = ||E_1 W_1||
   and B_{k+1} = ||E_{k+1} W_{k+1} E_k|| B_k. Then ||E_k P_k|| <= B_k, because
   E_{k+1} P_{k+1} = (E_{k+1} W_{k+1} E_k) F_k (E_k P_k), and Df = (W_L E_{L-1}) F_{L-1} (E_{L-1} P_{L-1}): both are
   identities between products of matrices of symbolic sizes.
4. ||E_{k+1} W E_k|| <= sqrt(delta_{k+1}) ||W|| sqrt(delta_k): the square roots of neighbours multiply to delta_k, and
   the chain telescopes to C, again by an induction step.
5. Products of nonnegative numbers grow with each factor: a <= b, c <= d give a c <= b d. This gives C <= C_W delta^q
   factor by factor, and theorem 1 <= global when delta <= Lambda_k in the saturated layers.
6. |a_ii| = |e_i . A e_i| <= ||A|| (Cauchy-Schwarz), and d terms of at most N sum to at most d N.
"""

from __future__ import annotations

from collections.abc import Iterator

from .algebra import Expression, at_most, identity, nonnegative, reals, sp

HALF = sp.Rational(1, 2)


def diagonal() -> str:
    """Step 1, one coordinate: m = |d| + gap."""
    size, gap, x = nonnegative("d g x")
    statement = "|d| <= m implies (d x)^2 <= (m x)^2 in every coordinate, so ||diag d|| <= m"
    return at_most(size**2 * x**2, (size + gap) ** 2 * x**2, (size, gap, x), statement)


def factor(root: Expression = HALF) -> str:
    """Step 2; ``root`` is the exponent of e in E."""
    e = sp.Symbol("e", positive=True)
    (v,) = reals("v")
    statement = "v = e^(1/2) (v/e) e^(1/2) for e > 0, so D = E F E; for e = 0 both sides are 0"
    return identity(e**root * (v / e) * e**root, v, statement)


def bounded_factor() -> str:
    """Step 2: |v/e| <= 1, as e = |v| + gap > 0."""
    size, gap = nonnegative("v g")
    return at_most(size, size + gap, (size, gap), "|v| <= e implies |v/e| <= 1 for e > 0, whatever the sign of v")


def matrices() -> tuple[Expression, ...]:
    """W (n x m), E' (n x n), E, F (m x m), P (m x d), with symbolic n, m, d."""
    n, m, d = sp.symbols("n m d", integer=True, positive=True)
    sizes = {"W": (n, m), "E'": (n, n), "E": (m, m), "F": (m, m), "P": (m, d)}
    return tuple(sp.MatrixSymbol(name, *size) for name, size in sizes.items())


def regrouped(with_middle: bool = True) -> Iterator[str]:
    """Step 3; without the middle factor F the identities are false."""
    w, after, e, f, p = matrices()
    middle = f if with_middle else sp.Identity(f.rows)
    left, right = (after * w * e * f * e * p).doit(), ((after * w * e) * middle * (e * p)).doit()
    yield identity(left, right, "step: E' W (E F E) P = (E' W E) F (E P) for matrices of any sizes")
    left, right = (w * e * f * e * p).doit(), ((w * e) * middle * (e * p)).doit()
    yield identity(left, right, "last layer: W (E F E) P = (W E) F (E P)")


def layerwise(power: Expression = HALF) -> Iterator[str]:
    """Step 4: with ||E_k||^2 = delta_k, B_k <= sqrt(delta_k) prod_{l <= k} ||W_l|| prod_{l < k} delta_l."""
    norm, before, now, after = nonnegative("w c a b")
    bound, new_bound = now**power * before, after**power * (norm * before * now)
    step = (after**power * norm * now**power) * bound
    yield identity(step, new_bound, "B_{k+1} <= sqrt(delta_{k+1}) ||W|| sqrt(delta_k) B_k keeps the form of the bound")
    last = norm * now**power * bound
    yield identity(last, norm * before * now, "last layer: ||W|| sqrt(delta) B is prod ||W_l|| prod delta_k")


def monotone() -> str:
    """Step 5: b = a + g, d = c + h."""
    a, g, c, h = nonnegative("a g c h")
    return at_most(a * c, (a + g) * (c + h), (a, g, c, h), "0 <= a <= b and 0 <= c <= d imply a c <= b d (each factor)")


def trace(times: Expression | None = None) -> str:
    """Step 6, the sum for a symbolic d; ``times``: the number claimed instead of d."""
    d, i = sp.Symbol("d", integer=True, positive=True), sp.Symbol("i", integer=True)
    norm = sp.Symbol("N", nonnegative=True)
    many = sp.Sum(norm, (i, 1, d)).doit()
    statement = "d diagonal entries of at most N = ||A||: |tr A| <= d N"
    return identity(many, (d if times is None else times) * norm, statement)


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield diagonal()
    yield factor()
    yield bounded_factor()
    yield from regrouped()
    yield from layerwise()
    yield monotone()
    yield trace()
