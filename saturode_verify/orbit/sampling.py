"""Sup norms and means of periodic analytic functions from finitely many samples.

Let g = p + h on the circle, p a trigonometric polynomial of degree <= n and h analytic on |Im theta| <= rho with
|h| <= S on both lines Im theta = +-rho. Then |h_k| <= S e^{-rho |k|}, so h differs from its Fourier sum of degree n by
at most

    t = 2 S sum_{k>n} e^{-rho k} = 2 S e^{-rho (n+1)} / (1 - e^{-rho}).

A real trigonometric polynomial p of degree n with maximum p(x*) = ||p|| satisfies p(x) >= ||p|| cos(n (x - x*)) for
|x - x*| <= pi/n (M. Riesz 1914; a complex one: rotate its value at x* to the real axis). One of M > 2n equidistant
nodes is within pi/M of x*, hence

    sup |g| <= (max_j |g(2 pi j/M)| + t) / cos(pi n/M) + t.

The mean over M nodes differs from the mean of g by the aliases sum_{k != 0} g_{kM}: at most
2 S e^{-rho M} / (1 - e^{-rho M}) for p = 0 (proofs/sampling.py; Riesz is cited).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from flint import arb

from ..rigor.balls import ZERO


@dataclass(frozen=True)
class Sampling:
    """``nodes`` = M equidistant nodes, polynomial parts of degree <= ``degree`` = n, strip half width ``height`` = rho.

    Raises ValueError unless M > 2n >= 0 and rho > 0, the lemma's hypotheses.
    """

    nodes: int
    degree: int
    height: arb

    def __post_init__(self) -> None:
        if type(self.nodes) is not int or type(self.degree) is not int:
            raise ValueError("n and M are whole numbers")  # n + 3/4 would count a mode as half gone
        if not (0 <= 2 * self.degree < self.nodes and self.height > 0 and self.height.is_finite()):
            raise ValueError("the sampling lemma needs M > 2n and a strip of positive width")
        if not self._cosine(self.degree) > 0:
            raise ValueError("cos(pi n/M) is not certified positive: raise the precision or the number of nodes")

    def _cosine(self, degree: int) -> arb:
        return (arb.pi() * degree / self.nodes).cos()

    @cached_property
    def _tail(self) -> arb:
        decay = (-self.height).exp()
        return (2 * (-self.height * (self.degree + 1)).exp() / (1 - decay)).upper()

    def supremum(self, at_nodes: arb, strip: arb) -> arb:
        """Exact bound of sup |g| from max_j |g(2 pi j/M)| and S >= |h| on the lines Im theta = +-rho."""
        tail = strip * self._tail
        return ((at_nodes + tail) / self._cosine(self.degree) + tail).upper()

    def polynomial_supremum(self, at_nodes: arb, degree: int) -> arb:
        """Exact bound of sup |p| for a polynomial of degree <= n; ValueError if its degree is larger."""
        if not 0 <= degree <= self.degree:
            raise ValueError("a polynomial part is of higher degree than the sampling lemma was set up for")
        return (at_nodes / self._cosine(degree)).upper()

    def mean(self, samples: list[arb], strip: arb) -> arb:
        """A ball around the mean of a real analytic g with |g| <= ``strip`` on the lines Im theta = +-rho."""
        decay = (-self.height * self.nodes).exp()
        error = (2 * strip * decay / (1 - decay)).upper()
        return sum(samples, ZERO) / self.nodes + arb(0, error)
