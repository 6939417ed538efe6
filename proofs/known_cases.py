"""The other exact cases of theory 8: linear centre, product systems, networks of one neuron.

1. x' = -y, y' = x: every orbit has the period 2 pi and M = I; ||Df|| = 1, div = 0: the rotation matrix solves Y' = A Y.
2. Product systems: Y = diag(Y_1, Y_2) solves the product's variational equation, so its characteristic polynomial is
   the product of those of the factors: checked for planar factors (larger ones: determinant of a block matrix, cited).
3. f = w_2 s(w_1 x + b): Df = w_2 s'(w_1 x + b) w_1.
"""

from __future__ import annotations

from collections.abc import Iterator

from .algebra import identity, sp
from .chain_rule import neuron_function


def centre(speed: int = 1) -> Iterator[str]:
    """Step 1; ``speed``: the claimed angular speed."""
    t = sp.Symbol("t", real=True)
    a = sp.Matrix([[0, -1], [1, 0]])
    turn = sp.Matrix([[sp.cos(speed * t), -sp.sin(speed * t)], [sp.sin(speed * t), sp.cos(speed * t)]])
    yield identity(sp.diff(turn, t), a * turn, "the rotation by t solves Y' = A Y")
    yield identity(turn.subs(t, 2 * sp.pi), sp.eye(2), "M = I after 2 pi")
    yield identity(a.T * a, sp.eye(2), "A^T A = I: ||Df|| = 1")


def product() -> str:
    """Step 2."""
    entries = sp.symbols("a b c d e f g h")
    first, second = sp.Matrix(2, 2, entries[:4]), sp.Matrix(2, 2, entries[4:])
    z = sp.Symbol("z")
    whole = sp.diag(first, second)
    found = (z * sp.eye(4) - whole).det()
    factors = (z * sp.eye(2) - first).det() * (z * sp.eye(2) - second).det()
    return identity(found, factors, "the multipliers of a product of two planar systems are those of the factors")


def single() -> str:
    """Step 3."""
    x, w1, w2, b = sp.symbols("x w1 w2 b", real=True)
    s, slope = neuron_function("s"), sp.Function("s'")
    found = sp.diff(w2 * s(w1 * x + b), x)
    return identity(found, w2 * slope(w1 * x + b) * w1, "one neuron: f' = w_2 s'(w_1 x + b) w_1")


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield from centre()
    yield product()
    yield single()
