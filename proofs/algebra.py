"""Identities and inequalities that sympy decides for all values of the symbols.

* An identity is accepted if the difference of its sides reduces to 0.
* A polynomial inequality p <= q in nonnegative variables is accepted if no coefficient of q - p is negative. Hypotheses
  such as a <= b are put in by writing b = a + (a new nonnegative variable).
* A polynomial inequality in one variable on [a, b], a and b rational, is accepted if it is one in y >= 0 after
  x = (a + b y)/(1 + y), multiplied by a power of 1 + y (Bernstein's form).

All tests may fail for something true; none can pass for something false. sympy's types are not followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from .activations import require

Expression = Any
sp: Any = sympy
"""sympy."""


def nonnegative(names: str) -> tuple[Expression, ...]:
    """Real symbols >= 0."""
    return tuple(sp.Symbol(name, real=True, nonnegative=True) for name in names.split())


def reals(names: str) -> tuple[Expression, ...]:
    """Real symbols."""
    return tuple(sp.Symbol(name, real=True) for name in names.split())


def words(names: str) -> tuple[Expression, ...]:
    """Symbols that do not commute: matrices of any size that fit together."""
    return tuple(sp.Symbol(name, commutative=False) for name in names.split())


def is_zero(expression: Expression) -> bool:
    """Whether sympy reduces the expression, or every entry of a matrix, to 0."""
    if isinstance(expression, sp.MatrixExpr):
        return bool(sp.expand(expression.doit()).doit().is_ZeroMatrix)
    if isinstance(expression, sp.MatrixBase):
        return all(is_zero(entry) for entry in expression)
    return bool(sp.expand(expression) == 0 or sp.simplify(expression) == 0)


def identity(left: Expression, right: Expression, statement: str) -> str:
    """Prove left = right; returns the statement."""
    require(is_zero(left - right), statement)
    return f"{statement} [sympy]"


def at_most(left: Expression, right: Expression, variables: Sequence[Expression], statement: str) -> str:
    """Prove left <= right for all values >= 0 of the variables, both sides being polynomials in them."""
    difference = sp.expand(right - left)
    coefficients = sp.Poly(difference, *variables).coeffs() if variables else [difference]
    require(all(bool(c >= 0) for c in coefficients), statement)
    return f"{statement} [sympy]"


def at_most_on(
    left: Expression, right: Expression, variable: Expression, ends: tuple[Expression, Expression], statement: str
) -> str:
    """Prove left <= right for all real values of the variable between two rational ends: polynomials, exactly."""
    (y,) = nonnegative("y")
    difference = sp.Poly(sp.expand(right - left), variable)
    moved = sum(
        c * (ends[0] + ends[1] * y) ** k * (1 + y) ** (difference.degree() - k) for (k,), c in difference.terms()
    )
    return at_most(0, sp.expand(moved), [y], statement)
