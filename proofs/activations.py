"""Proof that the tables of critical points in saturode_verify/activation are complete, and of Lambda = sup |s'|.

For each activation s below and each k = 0..3, with g = s^(k+1) and the table's brackets (a_1, b_1), (a_2, b_2), ...:

* inside [-X, X] but outside the open brackets g has no zero: [-X, a_1], [b_1, a_2], ..., [b_n, X] are cut into cells
  that share their exact dyadic end points, and on each cell interval arithmetic gives an enclosure of g without 0;
* on each bracket g' has no zero (the same way) and g has opposite signs at a and b: exactly one zero, of odd order;
* for |x| >= X (the function `tail` of each activation): an inequality that Arb checks, and the reason it suffices.

Hence s^(k) is strictly monotone between consecutive bracketed zeros, which is what exact images rest on. The
derivatives here are Taylor coefficients of the definition of s in Arb's power series, not the package's formulas.

The limits of s' at -oo and +oo are 0 and 0 (tanh, sigmoid, arctan) or 0 and 1 (softplus, silu, gelu). s' being monotone
between its critical points, sup |s'| is the largest of |s'| at those and of the limits.

The other activations need no computation: sin, whose derivatives are sin(x + k pi/2); powers, whose derivatives are
c x^(n-k), monotone on each side of 0; relu, leaky_relu, elu, on each side of 0 linear or a (e^x - 1), with monotone
derivatives, so that sup |s'| = max(1, |a|).

Run as ``python proofs/activations.py``: one line per statement proved; an exception names one that is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import factorial

from flint import arb, arb_series, ctx

from saturode_verify.activation import ACTIVATIONS, FiniteCritical
from saturode_verify.rigor.balls import precision

Bracket = tuple[float, float]
Series = Callable[[arb_series], arb_series]
BITS, CHECK_BITS = 128, 320
DEEPEST = 24
"""Number of halvings after which a cell is given up."""


class Unproved(Exception):
    """A statement of this file that the computation did not confirm."""


def require(holds: bool, statement: str) -> None:
    """Raises Unproved unless ``holds``; Arb's comparisons are True only when certain."""
    if not holds:
        raise Unproved(statement)


def derivative(definition: Series, order: int, x: arb) -> arb:
    """An enclosure of s^(order) over the ball x: order! times the Taylor coefficient of the definition."""
    kept, ctx.cap = ctx.cap, order + 1
    try:
        return definition(arb_series([x, 1], order + 1))[order] * factorial(order)
    finally:
        ctx.cap = kept


def cells_without_zero(definition: Series, order: int, low: float, high: float, depth: int = 0) -> int:
    """Prove that s^(order) has no zero in [low, high]; returns the number of cells.

    Raises Unproved. Halving is exact (dyadic end points of few bits), so that cells adjoin without gaps, and the
    ball of a cell is rounded outward.
    """
    middle = (low + high) / 2
    value = derivative(definition, order, arb(middle, (high - low) / 2))
    if value > 0 or value < 0:
        return 1
    require(depth < DEEPEST, f"derivative {order} has no zero in [{low}, {high}]")
    return cells_without_zero(definition, order, low, middle, depth + 1) + cells_without_zero(
        definition, order, middle, high, depth + 1
    )


def prove_table(definition: Series, order: int, reach: float, brackets: Sequence[Bracket]) -> int:
    """Prove that the zeros of s^(order) in [-reach, reach] are one inside each bracket; returns the number of cells.

    Raises Unproved.
    """
    ends = [-reach, *(end for bracket in brackets for end in bracket), reach]
    require(all(a < b for a, b in pairwise(ends)), f"brackets {brackets} are disjoint, in order and in reach")
    cells = 0
    for position, (low, high) in enumerate(pairwise(ends)):
        if position % 2 == 0:
            cells += cells_without_zero(definition, order, low, high)
            continue
        cells += cells_without_zero(definition, order + 1, low, high)
        left, right = (derivative(definition, order, arb(end)) for end in (low, high))
        require(left * right < 0, f"derivative {order} changes sign between {low} and {high}")
    return cells


def tail_tanh(reach: arb) -> bool:
    """With t = tanh x, w = 1 - t^2 > 0: s' = w, s'' = -2tw, s''' = w(6t^2 - 2), s'''' = 8tw(2 - 3t^2).

    For |x| >= X, t^2 >= tanh(X)^2 > 2/3, so that no factor vanishes.
    """
    return reach.tanh() ** 2 > arb(2) / 3


def tail_sigmoid(reach: arb) -> bool:
    """sigma^(k)(x) = tanh^(k)(x/2)/2^(k+1) for k >= 1: the tail of tanh from X/2 on. softplus' = sigma > 0."""
    return tail_tanh(reach / 2)


def tail_silu(reach: arb) -> bool:
    """silu(x) - silu(-x) = x: s'(-x) = 1 - s'(x), s'' is even, s''' odd, s'''' even. So let x >= X, q = e^-x < 1.

    sigma = 1/(1+q) and q' = -q give sigma' = q/(1+q)^2, sigma'' = -q(1-q)/(1+q)^3, sigma''' = q(1-4q+q^2)/(1+q)^4,
    sigma'''' = -q(1-11q+11q^2-q^3)/(1+q)^5; and s^(k) = x sigma^(k) + k sigma^(k-1). The inequalities that follow "as"
    are checked at X and then hold for x >= X, since x - q, x(1 - cq) (where positive) and -q increase with x:

    * s'(x) > 0, a sum of positive terms; s'(-x) (1+q)^2/q = 1 + q - x < 0 as X > 1 + e^-X;
    * s''(x) (1+q)^3/q = 2(1+q) - x(1-q) < 0 as X(1 - e^-X) > 2(1 + e^-X);
    * s'''(x) (1+q)^4/q = x(1-4q+q^2) - 3(1-q^2) > 0 as X(1 - 4e^-X) > 3;
    * s''''(x) (1+q)^5/q = 4(1-4q+q^2)(1+q) - x(1-11q+11q^2-q^3) < 0, since (1-4q+q^2)(1+q) = 1-3q-3q^2+q^3 <= 1
      and 11q^2 >= q^3, as X(1 - 11e^-X) > 4.
    """
    q = (-reach).exp()
    return (
        reach > 1 + q
        and reach * (1 - q) > 2 * (1 + q)
        and reach * (1 - 4 * q) > 3
        and reach * (1 - 11 * q) > 4
        and 11 * q < 1
    )


def tail_gelu(reach: arb) -> bool:
    """With the normal density phi > 0: s'' = (2-x^2) phi, s''' = x(x^2-4) phi, s'''' = -(x^4-7x^2+4) phi.

    For |x| >= X, with y = x^2 >= X^2 > 7: 2-y < 0, y-4 > 0, y(y-7)+4 > 0. s' = Phi + x phi is positive for x > 0;
    it tends to 0 at -oo and decreases on (-oo, -X] because s'' < 0 there, so it is negative on it.
    """
    return reach**2 > 7


def tail_arctan(reach: arb) -> bool:
    """With w = 1/(1+x^2) > 0: s' = w, s'' = -2x w^2, s''' = (6x^2-2) w^3, s'''' = 24x(1-x^2) w^4.

    For |x| >= X > 1 no factor vanishes.
    """
    return reach > 1


@dataclass(frozen=True)
class Case:
    """One activation: its definition as a series, X, the tail's inequality, and the limit of s' at +oo."""

    definition: Series
    reach: float
    tail: Callable[[arb], bool]
    limit: int


CASES = {
    "tanh": Case(lambda x: 1 - 2 / (1 + (2 * x).exp()), 2.0, tail_tanh, 0),
    "sigmoid": Case(lambda x: 1 / (1 + (-x).exp()), 4.0, tail_sigmoid, 0),
    "softplus": Case(lambda x: (1 + x.exp()).log(), 4.0, tail_sigmoid, 1),
    "silu": Case(lambda x: x / (1 + (-x).exp()), 8.0, tail_silu, 1),
    "gelu": Case(lambda x: x * (1 + (x / arb(2).sqrt()).erf()) / 2, 4.0, tail_gelu, 1),
    "arctan": Case(lambda x: x.atan(), 2.0, tail_arctan, 0),
}


def zero_in(definition: Series, order: int, low: float, high: float, bits: int) -> arb:
    """A ball around the zero of s^(order) in a proved bracket, by bisection as far as the signs are certain."""
    left, right = arb(low), arb(high)
    falling = derivative(definition, order, left) > 0
    for _ in range(bits):
        middle = (left + right) / 2
        value = derivative(definition, order, middle)
        if not (value > 0 or value < 0):
            break
        left, right = (middle, right) if (value > 0) == falling else (left, middle)
    return left.union(right)


def prove_supremum(case: Case, activation: FiniteCritical) -> arb:
    """Prove that the ball `Activation.sup_abs_derivative` holds sup |s'|; returns that ball.

    The supremum is enclosed here at a higher precision, and must lie inside the package's ball; where that ball is an
    exact number, the two must agree to 2^-BITS: there the supremum is the limit, or s'(0), which is known exactly
    (tanh 1, sigmoid 1/4, arctan 1).
    """
    with precision(CHECK_BITS):
        supremum = arb(case.limit)
        for low, high in activation.brackets[1]:
            point = zero_in(case.definition, 2, low, high, CHECK_BITS)
            supremum = supremum.max(abs(derivative(case.definition, 1, point)))
    with precision(BITS):
        claimed = activation.sup_abs_derivative()
    require(claimed is not None, "sup |s'| is finite")
    assert claimed is not None  # for the type checker
    inside = supremum.overlaps(claimed) if claimed.is_exact() else claimed.contains(supremum)
    require(inside and supremum.rad() < arb(2) ** -BITS, f"sup |s'| of {activation.name} lies in {claimed}")
    return claimed


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved at the first that fails."""
    finite = {name for name, kind in ACTIVATIONS.items() if issubclass(kind, FiniteCritical)}
    require(finite == set(CASES), "every table of critical points has a case in this file")
    for name, case in CASES.items():
        activation = ACTIVATIONS[name]()
        assert isinstance(activation, FiniteCritical)
        with precision(BITS):
            require(case.tail(arb(case.reach)), f"the tail inequality of {name} at {case.reach}")
            yield f"{name}: no zero of s', s'', s''' or s'''' for |x| >= {case.reach:g} (inequality checked)"
            for k, brackets in enumerate(activation.brackets):
                cells = prove_table(case.definition, k + 1, case.reach, brackets)
                primed = "s" + "'" * (k + 1)
                where = f"one in each of {list(brackets)}, none elsewhere" if brackets else "none"
                yield f"{name}: zeros of {primed} for |x| <= {case.reach:g}: {where} ({cells} cells)"
        yield f"{name}: sup |s'| = {prove_supremum(case, activation).str(20)}"


def main() -> None:
    """Print every statement as soon as it is proved."""
    for line in statements():
        print(line, flush=True)


if __name__ == "__main__":
    main()
