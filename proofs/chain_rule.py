"""THEOREM (theory 2). f = W_L s_{L-1}(W_{L-1} ... s_1(W_1 x + b_1) ...) + b_L with differentiable s_k has

    Df(x) = W_L D_{L-1} W_{L-1} ... D_1 W_1,   D_k = diag s_k'(a_k(x)),  a_k the pre-activations.

Proof, for any number of layers and any widths, by induction over the layers.

1. Base: a_1 = W_1 x + b_1 has the derivative W_1: checked with symbolic width n and symbolic entries.
2. Step: if a = a_k(x) has the derivative P, then a_{k+1} = W s(a) + b has the derivative W D P: for a symbolic width n,
   d/dx_j sum_i W_{m,i} s(a_i(x)) + b_m = sum_i W_{m,i} s'(a_i) d a_i/dx_j, the entry (m, j) of W D P. s is an
   undefined function, so that this holds for every differentiable s; it may differ from layer to layer.
3. f = a_L, hence the product.

The induction itself is one line by hand. As a check of the indices, networks of 1, 2 and 3 hidden layers (two inputs,
two neurons a layer, symbolic weights, undefined s_k) are differentiated entry by entry and compared with the product.
"""

from __future__ import annotations

from collections.abc import Iterator

from .activations import require
from .algebra import Expression, identity, is_zero, sp


def neuron_function(name: str) -> Expression:
    """An undefined differentiable function whose derivative is the undefined function ``name`` + "'"."""
    slope = sp.Function(name + "'")

    def fdiff(self: Expression, argindex: int = 1) -> Expression:
        return slope(self.args[0])

    return type(name, (sp.Function,), {"fdiff": fdiff})


def base() -> str:
    """Step 1."""
    n = sp.Symbol("n", integer=True, positive=True)
    j = sp.Symbol("j", integer=True, positive=True)
    i, m = sp.symbols("i m", integer=True)
    weight, x, b = sp.IndexedBase("W"), sp.IndexedBase("x"), sp.IndexedBase("b")
    found = sp.diff(sp.Sum(weight[m, i] * x[i], (i, 1, n)) + b[m], x[j])
    # sum_i W_mi [i = j], for 1 <= j <= n.
    expected = sp.Sum(weight[m, i] * sp.KroneckerDelta(i, j), (i, 1, n))
    require(is_zero(found - expected), "the derivative of the first pre-activation is sum_i W_mi [i = j]")
    picked = expected.doit()
    inside = picked.subs(n, j + sp.Symbol("k", integer=True, nonnegative=True))
    return identity(sp.simplify(inside), weight[m, j], "base: d(W x + b)_m/dx_j = W_mj for every width n >= j")


def step(slope: str = "s'") -> str:
    """Step 2; ``slope`` names the function that is claimed to be the derivative of s."""
    n = sp.Symbol("n", integer=True, positive=True)
    i, m, x = sp.Symbol("i", integer=True), sp.Symbol("m", integer=True), sp.Symbol("x", real=True)
    weight, b, a = sp.IndexedBase("W"), sp.IndexedBase("b"), sp.Function("a")
    s, ds = neuron_function("s"), sp.Function(slope)
    found = sp.diff(sp.Sum(weight[m, i] * s(a(i, x)), (i, 1, n)) + b[m], x)
    product = sp.Sum(weight[m, i] * ds(a(i, x)) * sp.Derivative(a(i, x), x), (i, 1, n))
    return identity(found, product, "step: D(W s(a) + b) = W diag(s'(a)) Da for every width n")


def network(hidden: int, forget: int = 0) -> str:
    """Entry by entry for ``hidden`` layers; ``forget``: number of a layer whose D_k is left out (a false formula)."""
    x = sp.Matrix(sp.symbols("x1 x2", real=True))
    values, product = x, sp.eye(2)
    for k in range(1, hidden + 2):
        weight = sp.Matrix(2, 2, sp.symbols(f"w{k}_(1:3)(1:3)", real=True))
        values, product = weight * values + sp.Matrix(sp.symbols(f"b{k}_(1:3)", real=True)), weight * product
        if k <= hidden:
            s, ds = neuron_function(f"s{k}"), sp.Function(f"s{k}'")
            if k != forget:
                product = sp.diag(*(ds(a) for a in values)) * product
            values = values.applyfunc(s)
    statement = f"{hidden} hidden layers: the Jacobian is W D W ... D W, entry by entry (2 neurons a layer)"
    return identity(values.jacobian(x), product, statement)


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield base()
    yield step()
    yield from (network(hidden) for hidden in (1, 2, 3))
