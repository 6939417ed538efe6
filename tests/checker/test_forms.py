"""Packed matrix products are exact, and affine forms hold what they stand for."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from saturode_verify.checker.fixed import dot
from saturode_verify.checker.forms import Form, Weights, product


def _integers(chance: random.Random, count: int, bits: int) -> list[int]:
    edge = (1 << bits) - 1
    return [chance.choice([0, 1, -1, edge, -edge, chance.randint(-edge, edge)]) for _ in range(count)]


@pytest.mark.parametrize("bits", [1, 7, 8, 60, 301])
def test_packed_sums_are_those_of_single_products(bits: int) -> None:
    chance = random.Random(bits)
    for _ in range(60):
        inputs, outputs, count = chance.randint(1, 9), chance.randint(1, 6), chance.randint(1, 12)
        rows = [_integers(chance, inputs, chance.randint(1, 60)) for _ in range(outputs)]
        vectors = [_integers(chance, inputs, bits) for _ in range(count)]
        assert Weights(rows, 5).sums(vectors) == [[dot(row, v) for row in rows] for v in vectors]


def test_extreme_sums_have_room() -> None:
    for bits in range(1, 40):
        for sign in (1, -1):
            edge = sign * ((1 << bits) - 1)
            vectors = [[edge] * 7, [-edge] * 7, [0] * 7, [edge] * 7]
            assert Weights([[edge] * 7], 0).sums(vectors) == [[7 * edge * v[0]] for v in vectors]


def _value(form: Form, k: int, t: list[Fraction], error: Fraction) -> Fraction:
    return form.c[k] + sum((g[k] * x for g, x in zip(form.g, t, strict=True)), Fraction(0)) + error * form.r[k]


def test_products_and_maps_hold_all_values() -> None:
    chance, p = random.Random(8), 20
    unit = [Fraction(k, 8) for k in range(-8, 9)]
    for _ in range(200):
        a, b = (
            Form(_integers(chance, 3, 24), [_integers(chance, 3, 18) for _ in range(2)],
                 [abs(x) for x in _integers(chance, 3, 12)])
            for _ in range(2)
        )  # fmt: skip
        rows = [_integers(chance, 3, 10) for _ in range(4)]
        shifts = _integers(chance, 4, 30)
        moved, found = Weights(rows, 6).times([a], shifts)[0], product(a, b, p, full=True)
        for _ in range(10):
            t = [chance.choice(unit) for _ in range(2)]
            values = [_value(a, k, t, chance.choice(unit)) for k in range(3)]
            others = [_value(b, k, t, chance.choice(unit)) for k in range(3)]
            for k in range(3):
                rest = values[k] * others[k] / (1 << p) - _value(found, k, t, Fraction(0))
                assert abs(rest) <= found.r[k]
            for k, row in enumerate(rows):
                exact = (sum((w * v for w, v in zip(row, values, strict=True)), Fraction(0)) + shifts[k]) / 64
                assert abs(exact - _value(moved, k, t, Fraction(0))) <= moved.r[k]
