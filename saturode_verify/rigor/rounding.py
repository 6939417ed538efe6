"""Rounded float64 arithmetic: the hypotheses, the constants that follow from them, and the self-test that guards them.

Everything in the batched engine is an a-priori bound of this kind: with u = 2^-53 the unit roundoff,

H1. elementwise ``+ - * /``, sqrt, rint, abs, minimum, maximum and copysign of numpy are IEEE 754 binary64 operations
    rounded to nearest (contraction to fused multiply-add and flushing of subnormals to zero, results as well as
    operands, are allowed);
H2. an entry of a matrix product (``@``, BLAS or not) and of a sum is computed from at most n binary64 products and
    additions, each rounded to nearest, in any order and blocking; no Strassen, no reduced precision;
H3. weights are at most 2^60 in absolute value and n <= 2^20 (`check_magnitude`); what meets a product with them, or
    any other product, is at most ``MAX_FACTOR`` (`wild`, `below`): where it is not, there is no information.

Consequences (Jeannerod and Rump, SIAM J. Matrix Anal. Appl. 34 (2013): |fl(x.y) - x.y| <= n u |x|.|y| without
underflow; a product loses at most 2^-1022 by underflow, flushed or gradual, and at most 2^-1022 times one factor when
the other is flushed: under H3 in n terms at most n 2^-1022 (2 + 2^60 + 2^100) < 2^-900):

* ``|fl(A B) - A B| <= product_error(n) |A| |B| + ETA`` entrywise, also after adding one more term rounded once;
* a computed sum of products of nonnegative numbers, multiplied by ``inflate(n)``, plus ETA, is an upper bound of the
  exact one (a relative loss of (n + c) u for a nesting of c further operations, c <= 30, is covered: (4 n + 40) u >=
  (n + 40) u).

Products of matrices whose entries are all at least ETA, or 0, need no H3: no factor is subnormal, and what underflows
is below 2^-1022 (`bounds.rounded.spectral`). proofs/rounding.py proves the constants over their whole ranges.

The self-test is a smoke test of H1 and H2 at one size, for each process that relies on them; it refuses float32,
one-level Strassen and row/column scaled fixed-point emulations of a product, each of which passes weaker tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

UNIT = 2.0**-53
"""u, the unit roundoff of binary64."""
ETA = 2.0**-900
"""Absolute slack that dominates every underflow under H3."""
MAX_ENTRY = 2.0**60
MAX_FACTOR = 2.0**100
MAX_TERMS = 2**20

HYPOTHESES = (
    "numpy's elementwise float64 operations round to nearest, and every entry of a float64 matrix product with n terms "
    "is computed from at most n products and sums, each rounded to nearest, in any order (self-tested at start-up)"
)

Product = Callable[[np.ndarray, np.ndarray], np.ndarray]


class HypothesisViolated(RuntimeError):
    """Float64 arithmetic on this machine is not what the batched engine's proofs assume."""


def product_error(terms: int) -> float:
    """g with |fl(A B + c) - (A B + c)| <= g (|A| |B| + |c|) + ETA for inner dimension ``terms``: 1.01 (n + 6) u."""
    return 1.01 * (terms + 6) * UNIT


def inflate(terms: int) -> float:
    """Factor that turns a computed nonnegative expression with sums of ``terms`` terms into an upper bound."""
    return 1.0 + (4 * terms + 40) * UNIT


def check_magnitude(weights: list[np.ndarray]) -> str:
    """Why H3 fails for these weight matrices, or ""."""
    for position, weight in enumerate(weights, start=1):
        if max(weight.shape) > MAX_TERMS:
            return f"layer {position} is wider than 2^20"
        if np.abs(weight).max() > MAX_ENTRY:
            return f"layer {position} has an entry above 2^60"
    return ""


def wild(arrays: Sequence[np.ndarray]) -> np.ndarray | None:
    """Where one of some arrays of one shape is beyond +-MAX_FACTOR, or NaN; None if nowhere."""
    if all(v.min(initial=0.0) >= -MAX_FACTOR and v.max(initial=0.0) <= MAX_FACTOR for v in arrays):
        return None
    return ~np.logical_and.reduce([np.abs(v) <= MAX_FACTOR for v in arrays])


def below(arrays: Sequence[np.ndarray], limit: float, count: int) -> np.ndarray:
    """Which of ``count`` boxes have no entry beyond +-limit, and no NaN, in arrays (boxes or 1, ...)."""
    # One look at the whole chunk is cheap, and nearly always enough. NaN makes min and max NaN, and these no less.
    if all(-limit <= v.min(initial=0.0) and v.max(initial=0.0) <= limit for v in arrays):
        return np.ones(count, dtype=bool)
    good = np.ones(count, dtype=bool)
    for v in arrays:
        good &= np.abs(v).reshape(len(v), -1).max(axis=1, initial=0.0) <= limit
    return good


def self_test(product: Product = np.matmul) -> None:
    """Raises HypothesisViolated if H1 or H2 is seen to fail here (`product` is replaced in the tests of this test)."""
    check_rounding()
    random = np.random.default_rng(0)
    left = random.integers(-(2**22), 2**22, (37, 61))
    right = random.integers(-(2**22), 2**22, (61, 53))
    exact = (left @ right).astype(np.float64)
    rows, columns, inner = (2.0 ** random.integers(-40, 40, size).astype(np.float64) for size in (37, 53, 61))
    a, b = left.astype(np.float64), right.astype(np.float64)
    # Integers this small make every partial sum exact, whatever the order: the result must be exact, and
    # stay so when rows, columns or the inner dimension are graded by powers of two.
    trials = {
        "integers": (a, b, exact),
        "rows and columns graded": (a * rows[:, None], b * columns, exact * rows[:, None] * columns),
        "inner dimension graded": (a * inner, b / inner[:, None], exact),
    }
    for name, (x, y, expected) in trials.items():
        if not np.array_equal(product(x, y), expected):
            raise HypothesisViolated(f"a float64 matrix product is not computed in float64 ({name})")


def check_rounding() -> None:
    """Raises HypothesisViolated unless elementwise operations round to nearest even (cheap: done after every chunk)."""
    if not _rounds_to_nearest():
        raise HypothesisViolated("float64 operations do not round to nearest even")


def _rounds_to_nearest() -> bool:
    one, half = np.ones(8), np.full(8, UNIT)
    third = one / 3
    checks = [
        (one + half) == 1,
        (one + half * 1.5) > 1,
        (-one - half) == -1,
        (-one - half * 1.5) < -1,
        (one - half * 0.75) < 1,
        third == float.fromhex("0x1.5555555555555p-2"),
        np.sqrt(one + one) == float.fromhex("0x1.6a09e667f3bcdp+0"),
        np.rint(one * 2.5) == 2,
    ]
    return all(check.all() for check in checks)
