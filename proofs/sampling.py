"""LEMMA (orbit/sampling.py and strip.py). g = p + h, p a trigonometric polynomial of degree <= n, h analytic on
|Im theta| <= rho with |h| <= S on Im theta = +-rho. With t = 2 S e^{-rho (n+1)}/(1 - e^{-rho}) and M > 2n nodes,

    sup |g| <= (max_j |g(2 pi j/M)| + t)/cos(pi n/M) + t,
    p = 0: |mean over the nodes - mean| <= 2 S e^{-rho M}/(1 - e^{-rho M}).

Proof.
1. |h_k| <= S e^{-rho |k|}: Cauchy's theorem (cited) moves the integral of h e^{-ik theta} to Im theta = -rho sign k,
   where |e^{-ik theta}| = e^{-rho |k|}.
2. The modes |k| > n sum to at most t: geometric series.
3. p* = p + (Fourier sum of h of degree n) is a polynomial of degree <= n with |g - p*| <= t. M. Riesz 1914 (cited): if
   |p*(x*)| = ||p*||, then |p*(x)| >= ||p*|| cos(n (x - x*)) for |x - x*| <= pi/n. A node has |x - x*| <= pi/M, and
   cos decreases on [0, pi/2]: n pi/M < pi/2 as M > 2n. So ||p*|| cos <= max_j |g| + t, and |g| <= ||p*|| + t.
4. The mean of e^{ik theta} over M equidistant nodes is 0 unless M divides k (roots of unity), so for p = 0 the mean
   errs by the coefficients h_{jM}, j != 0: geometric series. For real g the error is real.
5. Strip: on |t| <= h, u(c + t) = u(c) + u'(c) t + rest, |rest| <= h^2/2 sup |u''| along the segment (which lies on the
   line Im = rho, where |u''| <= sum k^2 |c_k| e^{rho |k|}): Taylor's formula with the weight (1-t), as in
   orbit_theorem.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from .algebra import Expression, at_most, identity, nonnegative, sp


def tail(first: int = 1) -> Iterator[str]:
    """Step 2 for a symbolic n; ``first``: the claimed exponent is n + first."""
    n, size = sp.symbols("n N", integer=True, nonnegative=True)
    ratio = sp.Symbol("x", positive=True)  # e^-rho < 1
    # Induction over the number N of terms: sum_{k=n+1}^{n+N} x^k = (x^{n+1} - x^{n+N+1})/(1 - x).
    partial = (ratio ** (n + first) - ratio ** (n + first + size)) / (1 - ratio)
    yield identity(partial.subs(size, 0), 0, "tail: the empty sum is 0")
    added = partial.subs(size, size + 1) - partial
    yield identity(added, ratio ** (n + 1 + size), "tail: partial sums grow by x^{n+N+1}, x = e^-rho < 1")
    rho, k = sp.Symbol("rho", positive=True), sp.Symbol("k", integer=True, positive=True)
    shifted = sp.Abs(sp.exp(-sp.I * k * (sp.Symbol("theta", real=True) - sp.I * rho)))
    yield identity(sp.simplify(shifted), sp.exp(-rho * k), "|e^{-ik (theta - i rho)}| = e^{-rho k} on the moved line")


def supremum(twice: bool = True) -> Iterator[str]:
    """Step 3; with only one t the inequality is false."""
    largest, t, cosine, gap, rest = nonnegative("m t c g r")
    # P c = m + t - gap; |g| = P + t - rest; multiplied by c = cos > 0.
    value = (largest + t - gap) + (t - rest) * cosine
    bound = largest + (t + t * cosine if twice else t)
    variables = (largest, t, cosine, gap, rest)
    yield at_most(value, bound, variables, "c |g| <= (m + t) + c t: sup |g| <= (max_j |g| + t)/cos(pi n/M) + t")
    n, more = nonnegative("n k")
    # M = 2n + 1 + k: pi n/M <= pi/2, cleared of denominators.
    yield at_most(2 * n, 2 * n + 1 + more, (n, more), "M > 2n: pi n/M < pi/2, where the cosine is positive")


def aliases() -> Iterator[str]:
    """Step 4: sum_j z^j (z - 1) telescopes to z^M - 1 = 0 for z = e^{2 pi i k/M}, and z != 1 unless M divides k."""
    z, m = sp.Symbol("z"), sp.Symbol("M", integer=True, positive=True)
    partial = (z**m - 1) / (z - 1)
    yield identity(sp.simplify(partial.subs(m, m + 1) - partial), z**m, "sum_{j<M} z^j = (z^M - 1)/(z - 1), z != 1")
    k = sp.Symbol("k", integer=True)
    yield identity(sp.exp(2 * sp.pi * sp.I * k / m) ** m, 1, "z^M = 1 for z = e^{2 pi i k/M}")
    ratio = sp.Symbol("x", positive=True)
    both: Expression = 2 * ratio**m / (1 - ratio**m)
    yield identity(
        both * (1 - ratio**m),
        2 * ratio**m,
        "2 sum_{j>=1} e^{-rho j M} = 2 e^{-rho M}/(1 - e^{-rho M}) (the tail, n = 0)",
    )


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield from tail()
    yield from supremum()
    yield from aliases()
