"""LEMMA (orbit/tube.py). With sigma >= |s'|, kappa >= |s''| on the ranges of the pre-activations z_l, A_l >= |dz_l/dx|
entrywise and H_l >= sum_ij |d_i d_j z_l|,

    A_{l+1} = |W| sigma A_l,    H_{l+1} = |W| (kappa (A_l 1)^2 + sigma H_l)

have the same property for z_{l+1} = W s(z_l) + b.

Proof. By the triangle inequality over the neurons it is enough to look at one of them, s(z(x)):
1. d_i s(z) = s'(z) d_i z and d_i d_j s(z) = s''(z) d_i z d_j z + s'(z) d_i d_j z, for every C^2 function s.
2. sum_ij |d_i z| |d_j z| = (sum_i |d_i z|)^2 <= (A 1)^2: for a symbolic dimension, a product of sums.
3. The gradient of the divergence: sum_i |d_i sum_k d_k f_k| <= sum_k sum_ij |d_i d_j f_k|, fewer such terms.
4. orbit_hull: at a maximum x* of u_i the slope is 0, so u_i(x* + t) >= u_i(x*) - t^2/2 sup |u_i''| (Taylor).
"""

from __future__ import annotations

from collections.abc import Iterator

from .algebra import Expression, at_most, identity, nonnegative, sp
from .chain_rule import neuron_function


def neuron(with_bend: bool = True) -> Iterator[str]:
    """Step 1, with undefined s, s', s''."""
    x, y = sp.symbols("x y", real=True)
    z = sp.Function("z")(x, y)
    slope = neuron_function("ds")

    def fdiff(self: Expression, argindex: int = 1) -> Expression:
        return slope(self.args[0])

    s, bend = type("s", (sp.Function,), {"fdiff": fdiff}), sp.Function("ds'")
    yield identity(sp.diff(s(z), x), slope(z) * sp.diff(z, x), "d_i s(z) = s'(z) d_i z")
    claimed = bend(z) * sp.diff(z, x) * sp.diff(z, y)
    if with_bend:
        claimed += slope(z) * sp.diff(z, x, y)
    yield identity(sp.diff(s(z), x, y), claimed, "d_i d_j s(z) = s'' d_i z d_j z + s' d_i d_j z")


def product_of_sums() -> str:
    """Step 2, by induction over the dimension: (S + a)^2 adds to S^2 the new row, column and diagonal entry."""
    total, new = nonnegative("S a")
    return identity(
        (total + new) ** 2, total**2 + 2 * total * new + new**2, "sum_ij a_i a_j = (sum_i a_i)^2, d -> d + 1"
    )


def bound() -> str:
    """|s'' p + s' h| <= kappa P + sigma H for sizes within their bounds: kappa = k + a, P = p + b, sigma = s + c."""
    k, p, s, h, a, b, c, d = nonnegative("k p s h a b c d")
    return at_most(
        k * p + s * h,
        (k + a) * (p + b) + (s + c) * (h + d),
        (k, p, s, h, a, b, c, d),
        "kappa (A 1)^2 + sigma H is a bound",
    )


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield from neuron()
    yield product_of_sums()
    yield bound()
