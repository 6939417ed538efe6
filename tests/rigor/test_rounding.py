"""The constants of rounded float64 against exact rational arithmetic, and the self-test against bad products."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from saturode_verify.rigor import rounding
from saturode_verify.rigor.rounding import (
    ETA,
    MAX_ENTRY,
    UNIT,
    HypothesisViolated,
    check_magnitude,
    check_rounding,
    inflate,
    product_error,
    self_test,
)

Product = Callable[[np.ndarray, np.ndarray], np.ndarray]


def float32(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a.astype(np.float32) @ b.astype(np.float32)).astype(np.float64)


def float32_accumulated(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Products in float64, partial sums kept in float32."""
    total = np.zeros((len(a), b.shape[1]), dtype=np.float32)
    for k in range(a.shape[1]):
        total = (total + a[:, k : k + 1] * b[k : k + 1]).astype(np.float32)
    return total.astype(np.float64)


def strassen(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """One level: sums of blocks before the products, so an entry's error is not in proportion to its own terms."""
    rows, inner, columns = (n + n % 2 for n in (*a.shape, b.shape[1]))
    x, y = np.zeros((rows, inner)), np.zeros((inner, columns))
    x[: a.shape[0], : a.shape[1]], y[: b.shape[0], : b.shape[1]] = a, b
    r, i, c = rows // 2, inner // 2, columns // 2
    a11, a12, a21, a22 = x[:r, :i], x[:r, i:], x[r:, :i], x[r:, i:]
    b11, b12, b21, b22 = y[:i, :c], y[:i, c:], y[i:, :c], y[i:, c:]
    m1, m2, m3 = (a11 + a22) @ (b11 + b22), (a21 + a22) @ b11, a11 @ (b12 - b22)
    m4, m5 = a22 @ (b21 - b11), (a11 + a12) @ b22
    m6, m7 = (a21 - a11) @ (b11 + b12), (a12 - a22) @ (b21 + b22)
    whole = np.block([[m1 + m4 - m5 + m7, m3 + m5], [m2 + m4, m1 - m2 + m3 + m6]])
    return whole[: a.shape[0], : b.shape[1]]


def fixed_point(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Like Ozaki's scheme with 53 bits: rows and columns rounded to a grid relative to their largest entry."""
    rows = 2.0 ** np.ceil(np.log2(np.abs(a).max(axis=1, keepdims=True)))
    columns = 2.0 ** np.ceil(np.log2(np.abs(b).max(axis=0, keepdims=True)))
    grid = 2.0**52
    return (np.rint(a / rows * grid) / grid * rows) @ (np.rint(b / columns * grid) / grid * columns)


def bfloat16(values: np.ndarray) -> np.ndarray:
    """Rounded towards zero to 8 bits."""
    bits = values.astype(np.float32).view(np.uint32) & np.uint32(0xFFFF0000)
    return bits.view(np.float32).astype(np.float64)


def bfloat16_split(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Each factor as a sum of three bfloat16 numbers (24 bits), the smallest products left out."""
    parts = []
    for values in (a, b):
        high = bfloat16(values)
        middle = bfloat16(values - high)
        parts.append((high, middle, bfloat16(values - high - middle)))
    pairs = [(i, j) for i in range(3) for j in range(3) if i + j <= 2]
    return sum((parts[0][i] @ parts[1][j] for i, j in pairs), np.zeros((len(a), b.shape[1])))


BAD: list[Product] = [float32, float32_accumulated, strassen, fixed_point, bfloat16_split]


def test_this_machine_passes() -> None:
    self_test()
    check_rounding()


@pytest.mark.parametrize("product", BAD, ids=[bad.__name__ for bad in BAD])
def test_bad_products_are_refused(product: Product) -> None:
    with pytest.raises(HypothesisViolated):
        self_test(product)


def test_other_orders_and_fused_blocks_are_accepted() -> None:
    """H2 allows any order: columns of the inner dimension backwards, in blocks of 7."""

    def blocked(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        starts = range(0, a.shape[1], 7)
        parts = [a[:, k : k + 7][:, ::-1] @ b[k : k + 7][::-1] for k in starts]
        return np.sum(parts[::-1], axis=0)

    self_test(blocked)


def test_a_nan_in_a_product_is_refused() -> None:
    with pytest.raises(HypothesisViolated):
        self_test(lambda a, b: a @ b + np.nan)


def test_another_rounding_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounding, "_rounds_to_nearest", lambda: False)
    with pytest.raises(HypothesisViolated):
        check_rounding()
    with pytest.raises(HypothesisViolated):
        self_test()


@pytest.mark.parametrize("wrong", [2.0**-52, 2.0**-54, 2.0**-24])
def test_the_unit_is_this_machines(wrong: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose roundoff is not u looks, to the checks, like a wrong u."""
    monkeypatch.setattr(rounding, "UNIT", wrong)
    with pytest.raises(HypothesisViolated):
        check_rounding()


def test_magnitudes() -> None:
    assert MAX_ENTRY == 2.0**60
    assert check_magnitude([np.full((2, 2), -(2.0**60)), np.zeros((1, 2))]) == ""
    assert "layer 2" in check_magnitude([np.ones((2, 2)), np.array([[0.0, -np.nextafter(2.0**60, np.inf)]])])
    assert "layer 1" in check_magnitude([np.broadcast_to(1.0, (1, 2**20 + 1))])


def vectors(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """(x, c) whose dot product cancels, absorbs, or is ordinary; c is one more term that is added."""
    kind = int(rng.integers(0, 5))
    x = rng.normal(size=(2, n)) * 2.0 ** rng.integers(-30, 30, (1, n))
    if kind == 1:
        x[:, n // 2 : 2 * (n // 2)] = x[:, : n // 2]
        x[1, n // 2 : 2 * (n // 2)] *= -(1 + 2.0**-50)
    if kind == 2:
        x = np.full((2, n), 2.0**-26.5)
        x[:, 0] = 1.0
    if kind == 3:
        x = np.abs(x)
    if kind == 4:
        x[1, -1] = 0.0
        x[0, -1] = 1.0
        x[1, -1] = -np.dot(x[0], x[1])
    return x, np.array(rng.choice([0.0, 1.0, -1.0]) * abs(np.dot(x[0], x[1])))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 8, 16, 31, 64, 100, 300])
def test_product_error_bounds_every_product(n: int) -> None:
    """|fl(x.y + c) - (x.y + c)| <= g (|x|.|y| + |c|) + ETA exactly, by `@` in three shapes (GEMM, GEMV, dot)."""
    rng = np.random.default_rng(n)
    g = Fraction(product_error(n))
    for _ in range(40):
        (x, y), c = vectors(rng, n)
        terms = [Fraction(a) * Fraction(b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
        exact, size = sum(terms), sum(map(abs, terms))
        constant = Fraction(float(c))
        gemm = (np.tile(x, (5, 1)) @ np.tile(y, (6, 1)).T)[2, 3]
        for product in (gemm, (np.tile(x, (5, 1)) @ y)[4], x @ y, (x * y).sum(), x[::-1] @ y[::-1]):
            assert abs(Fraction(float(product)) - exact) <= g * size + Fraction(ETA)
            whole = Fraction(float(product + c))
            assert abs(whole - exact - constant) <= g * (size + abs(constant)) + Fraction(ETA)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 16, 64, 300])
def test_inflate_makes_upper_bounds(n: int) -> None:
    """A computed sum of nonnegative products, five more operations of nonnegatives on it, is made an upper bound."""
    rng = np.random.default_rng(100 + n)
    for _ in range(40):
        (x, y), _c = vectors(rng, n)
        x, y = np.abs(x), np.abs(y)
        exact = sum((Fraction(a) * Fraction(b) for a, b in zip(x.tolist(), y.tolist(), strict=True)), Fraction(0))
        factor, term = rng.uniform(0.5, 2, 2)
        computed = ((x @ y) * factor + term) * factor + term
        wanted = (exact * Fraction(factor) + Fraction(term)) * Fraction(factor) + Fraction(term)
        assert Fraction(float(computed * inflate(n) + ETA)) >= wanted


@pytest.mark.parametrize("n", [4, 30, 300, 2**20])
def test_the_constants_are_not_vacuous(n: int) -> None:
    """The classical bound is n u; g = 1.01 (n + 6) u <= 2.6 n u from n = 4 on; inflate - 1 <= 14 n u."""
    assert n * UNIT < product_error(n) <= 3 * n * UNIT
    assert (n + 30) * UNIT <= inflate(n) - 1 <= 14 * n * UNIT + 2.0**-52


def test_the_bound_nearly_is_attained() -> None:
    """1 absorbs 299 terms just below 2^-53, one after the other: 299 u of at most 1.01 * 306 u."""
    n = 300
    x = np.full(n, np.nextafter(2.0**-53, 0))
    x[0] = 1.0
    total = 0.0
    for value in x.tolist():
        total += value
    exact = sum(map(Fraction, x.tolist()))
    assert total == 1.0
    assert product_error(n) / 2 < (exact - 1) / exact < product_error(n)
