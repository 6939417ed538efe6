"""THEOREM (Liouville; theory 5 and 7). Y' = A(t) Y implies (det Y)' = tr A det Y, for every dimension n.

Hence det Y(T) = det Y(0) exp(int_0^T tr A dt) (the solution of a scalar linear equation).

Proof. By Jacobi's formula (det Y)' = det Y tr(Y^{-1} Y') and tr(Y^{-1} A Y) = tr A. Jacobi's formula for an invertible
Y: multiplied by the constant matrix Y(t0)^{-1} from the right, Y is I at t0, so near t0 all its leading minors are
nonzero. Induction over n:

1. n = 1: (log y)' = y'/y.
2. Block Y = [[A, b], [c, e]] with A n x n, P = A^{-1}: det Y = det A S with the scalar S = e - c P b (Schur).
   Y^{-1} = [[P + P b c P/S, -P b/S], [-c P/S, 1/S]]: checked, all four blocks of Y Y^{-1}.
3. tr(Y^{-1} Y') = tr(P A') + S'/S: checked in the algebra of words in A', P, b, c, e, b', c', e', with P' = -P A' P,
   and traces equal up to cyclic rotation of words. By the induction hypothesis tr(P A') = (log det A)', so the sum is
   (log det A + log S)' = (log det Y)'.

A solution Y of Y' = A Y that is invertible at one time is so at all times: Z' = -Z A with Z(t0) = Y(t0)^{-1} gives
(Z Y)' = 0, also checked.
"""

from __future__ import annotations

from collections.abc import Iterator

from .activations import require
from .algebra import Expression, identity, sp, words

MATRIX, INVERSE, COLUMN, ROW, CORNER = words("A P b c e")
D_MATRIX, D_COLUMN, D_ROW, D_CORNER = words("A' b' c' e'")
SCHUR = sp.Symbol("S")
"""S = e - c P b; a number, hence commuting."""

DERIVATIVES = {
    INVERSE: -INVERSE * D_MATRIX * INVERSE,
    MATRIX: D_MATRIX,
    COLUMN: D_COLUMN,
    ROW: D_ROW,
    CORNER: D_CORNER,
}


def letters(word: Expression) -> tuple[Expression, tuple[Expression, ...]]:
    """The number in front of a product of symbols, and its noncommuting letters (powers written out)."""
    front, rest = word.args_cnc()
    single = [base for base, power in (letter.as_base_exp() for letter in rest) for _ in range(int(power))]
    return sp.Mul(*front), tuple(single)


def derivative(expression: Expression, rules: dict[Expression, Expression]) -> Expression:
    """The derivative of a sum of words by Leibniz's rule."""
    total: Expression = sp.Integer(0)
    for term in sp.Add.make_args(sp.expand(expression)):
        front, parts = letters(term)
        for k, part in enumerate(parts):
            total += front * sp.Mul(*parts[:k], rules[part], *parts[k + 1 :])
    return sp.expand(total)


def trace(expression: Expression) -> Expression:
    """The trace of a sum of words: each word turned to its first rotation in alphabetical order."""
    total: Expression = sp.Integer(0)
    for term in sp.Add.make_args(sp.expand(expression)):
        front, parts = letters(term)
        turned = min((parts[k:] + parts[:k] for k in range(max(len(parts), 1))), key=str)
        total += front * sp.Mul(*turned)
    return sp.expand(total)


def inverse_blocks() -> list[list[Expression]]:
    """Y^{-1}, as in step 2."""
    p, b, c = INVERSE, COLUMN, ROW
    return [[p + p * b * c * p / SCHUR, -p * b / SCHUR], [-c * p / SCHUR, 1 / SCHUR]]


def block_inverse(inverse: list[list[Expression]]) -> str:
    """Step 2: Y Y^{-1} = I, by A P = 1 and c P b = e - S."""
    rows = [[MATRIX, COLUMN], [ROW, CORNER]]
    for i in range(2):
        for j in range(2):
            entry = sp.expand(rows[i][0] * inverse[0][j] + rows[i][1] * inverse[1][j])
            entry = sp.expand(entry.subs(MATRIX * INVERSE, 1))
            entry = sp.expand(entry.subs(ROW * INVERSE * COLUMN, CORNER - SCHUR))
            require(sp.expand(entry - int(i == j)) == 0, "Y Y^{-1} = I for block matrices of any size")
    return "Y Y^{-1} = I for the block inverse, of any size n + 1 [sympy]"


def induction_step(inverse: list[list[Expression]]) -> str:
    """Step 3."""
    change = [[D_MATRIX, D_COLUMN], [D_ROW, D_CORNER]]
    left = sum(trace(inverse[i][k] * change[k][i]) for i in range(2) for k in range(2))
    schur = CORNER - ROW * INVERSE * COLUMN
    right = trace(INVERSE * D_MATRIX) + trace(derivative(schur, DERIVATIVES) / SCHUR)
    return identity(left, right, "step n -> n + 1: tr(Y^{-1} Y') = tr(A^{-1} A') + S'/S, that is (log det)'")


def base() -> str:
    """Step 1, and the scalar equation."""
    t = sp.Symbol("t", real=True)
    y, a = sp.Function("y", positive=True)(t), sp.Function("a")(t)
    identity(sp.diff(sp.log(y), t), sp.diff(y, t) / y, "n = 1: (log y)' = y'/y")
    primitive = sp.Function("I")(t)
    solution = sp.exp(primitive)
    solved = sp.diff(solution, t).subs(sp.diff(primitive, t), a) - a * solution
    return identity(solved, 0, "n = 1: (log y)' = y'/y; exp(int a) solves y' = a y")


def stays_invertible() -> str:
    """(Z Y)' = 0 for Y' = A Y, Z' = -Z A."""
    y, z, a = words("Y Z A")
    found = derivative(z * y, {y: a * y, z: -z * a})
    return identity(found, 0, "Y' = A Y and Z' = -Z A give (Z Y)' = 0: Y stays invertible")


def similarity() -> str:
    """tr(Y^{-1} A Y) = tr A."""
    y, inverse, a = words("Y Y^{-1} A")
    require(trace(inverse * a * y) == trace(a * y * inverse), "the trace is cyclic")
    require((a * y * inverse).subs(y * inverse, 1) == a, "A Y Y^{-1} = A")
    return "tr(Y^{-1} A Y) = tr(A Y Y^{-1}) = tr A [sympy]"


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield base()
    yield block_inverse(inverse_blocks())
    yield induction_step(inverse_blocks())
    yield similarity()
    yield stays_invertible()
