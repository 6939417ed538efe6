"""THEOREM. f(x) = J W^T s(W x + b) with J^T = -J is free of divergence, for every differentiable s, every number of
neurons and every dimension; for s = tanh it is J grad H with H = sum log cosh (W x + b), and H is constant on orbits.

Proof.
1. Df = J W^T D W, D diagonal (chain_rule.py). S = W^T D W is symmetric, and tr(J S) = tr((J S)^T) = tr(S J^T) =
   -tr(S J) = -tr(J S), so it is 0: checked as (J S)^T = -S J with matrices of symbolic sizes; the trace is cyclic.
2. In the plane, neuron by neuron for a symbolic number n of neurons: d f_1/dx + d f_2/dy = 0 under the sum.
3. (log cosh)' = tanh, and grad H . J grad H = 0 in the plane.
"""

from __future__ import annotations

from collections.abc import Iterator

from .algebra import identity, sp
from .chain_rule import neuron_function


def symmetric_part() -> str:
    """Step 1."""
    n, m = sp.symbols("n m", integer=True, positive=True)
    w, d, j = sp.MatrixSymbol("W", n, m), sp.MatrixSymbol("D", n, n), sp.MatrixSymbol("J", m, m)
    product = (j * w.T * d * w).T.doit().subs({d.T: d, j.T: -j}).doit()
    expected = (-(w.T * d * w * j)).doit()
    return identity(product, expected, "(J S)^T = -S J for S = W^T D W, D = D^T, J^T = -J: tr(J S) = -tr(J S) = 0")


def planar(sign: int = -1) -> str:
    """Step 2; J = [[0, sign], [1, 0]]: with sign = 1 it is not antisymmetric."""
    n, k = sp.Symbol("n", integer=True, positive=True), sp.Symbol("k", integer=True)
    x, y = sp.symbols("x y", real=True)
    weight, bias = sp.IndexedBase("W"), sp.IndexedBase("b")
    s = neuron_function("s")
    value = s(weight[k, 1] * x + weight[k, 2] * y + bias[k])
    first = sp.diff(sp.Sum(sign * weight[k, 2] * value, (k, 1, n)), x)
    second = sp.diff(sp.Sum(weight[k, 1] * value, (k, 1, n)), y)
    inside = first.function + second.function
    return identity(inside, 0, "div (J W^T s(W x + b)) = 0, neuron by neuron, for every number of neurons and every s")


def energy() -> Iterator[str]:
    """Step 3."""
    z = sp.Symbol("z", real=True)
    yield identity(sp.diff(sp.log(sp.cosh(z)), z), sp.tanh(z), "(log cosh)' = tanh")
    p, q = sp.symbols("p q", real=True)
    yield identity(p * (-q) + q * p, 0, "H' = grad H . J grad H = 0 along orbits")


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield symmetric_part()
    yield planar()
    yield from energy()
