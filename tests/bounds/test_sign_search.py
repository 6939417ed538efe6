"""`prove_negative`: what it calls proved is covered exactly by leaves with negative bounds, or there is a reason."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from saturode_verify.bounds import sign_search
from saturode_verify.bounds.partition import Partition, float_above, float_below
from saturode_verify.bounds.sign_search import prove_negative
from saturode_verify.region import Box
from saturode_verify.rigor.numbers import parse_exact

Ends = list[tuple[Fraction, Fraction]]


def box_of(*sides: tuple[Fraction | int, Fraction | int]) -> Box:
    return Box(tuple((Fraction(low), Fraction(high)) for low, high in sides))


def never() -> bool:
    return False


def leaves_of(partition: Partition) -> list[Ends]:
    """The boxes of the written subdivision, walked independently of the tree, from the root's sides rounded outward."""
    order = iter(partition.preorder())

    def walk(ends: Ends) -> list[Ends]:
        entry = next(order)
        if entry == "leaf":
            return [ends]
        assert isinstance(entry, list)
        axis, cut = int(entry[0]), parse_exact(entry[1])
        low, high = ends[axis]
        assert low < cut < high
        return walk([*ends[:axis], (low, cut), *ends[axis + 1 :]]) + walk(
            [*ends[:axis], (cut, high), *ends[axis + 1 :]]
        )

    found = walk([(Fraction(float_below(low)), Fraction(float_above(high))) for low, high in partition.box.sides])
    assert next(order, None) is None
    return found


def volume(ends: Ends) -> Fraction:
    total = Fraction(1)
    for low, high in ends:
        total *= high - low
    return total


class Recorder:
    """A bound that remembers, by box, what it said."""

    def __init__(self, bound: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> None:
        self._bound = bound
        self.said: dict[tuple[tuple[Fraction, Fraction], ...], float] = {}
        self.largest = 0

    def __call__(self, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        self.largest = max(self.largest, len(lower))
        values = self._bound(lower, upper)
        for low, high, value in zip(lower.tolist(), upper.tolist(), values.tolist(), strict=True):
            self.said[tuple((Fraction(a), Fraction(b)) for a, b in zip(low, high, strict=True))] = value
        return values


def coarse(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """x_0^2 + x_1^2 + ... - 3, with an excess that grows with the box."""
    return (np.maximum(np.abs(lower), np.abs(upper)) ** 2 + (upper - lower)).sum(axis=1) - 3.0


@pytest.mark.parametrize(
    "box",
    [
        box_of((Fraction(-1), Fraction(1)), (Fraction(-1), Fraction(1))),
        box_of((Fraction(-1, 3), Fraction(4, 3)), (Fraction(1, 7), Fraction(1, 5))),
        box_of((Fraction(-1, 3), Fraction(17, 10))),
        box_of((0, 1), (Fraction(-1, 3), 1), (Fraction(1, 10), Fraction(3, 10))),
        box_of((Fraction(1, 3), Fraction(1, 3)), (-1, 1)),
    ],
)
def test_the_leaves_are_what_was_proved(box: Box) -> None:
    """They tile the root without gap or overlap, each was bounded below zero, and the largest bound is returned."""
    partition, recorder = Partition(box), Recorder(coarse)
    highest, reason = prove_negative(partition, recorder, never)
    assert reason == ""
    leaves = leaves_of(partition)
    assert len(leaves) == partition.leaves() > 1
    values = [recorder.said[tuple(ends)] for ends in leaves]
    assert all(value < 0 for value in values)
    assert highest == max(values)
    root = [(Fraction(float_below(low)), Fraction(float_above(high))) for low, high in box.sides]
    assert sum((volume(ends) for ends in leaves), Fraction(0)) == volume(root)
    assert recorder.largest <= 64


def test_a_root_that_is_proved_at_once_stays_whole() -> None:
    partition = Partition(box_of((0, 1)))
    assert prove_negative(partition, lambda lower, upper: np.full(len(lower), -0.25), never) == (-0.25, "")
    assert partition.preorder() == ["leaf"]


def test_minus_infinity_and_minus_a_subnormal_are_negative_and_zero_is_not() -> None:
    for value in (-np.inf, -5e-324):
        partition = Partition(box_of((0, 1)))
        assert prove_negative(partition, lambda low, high, v=value: np.full(len(low), v), never) == (value, "")
    for value in (0.0, -0.0, 5e-324, np.inf):
        partition = Partition(box_of((0, Fraction(1, 2**1060))))
        highest, reason = prove_negative(partition, lambda low, high, v=value: np.full(len(low), v), never)
        assert highest == np.inf and reason


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_and_infinity_are_not_proved(bad: float) -> None:
    """In one corner only: everything else is proved, and still the answer is no."""

    def bound(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        return np.where((lower <= 0).all(axis=1), bad, -1.0)

    partition = Partition(box_of((0, 1), (0, 1)))
    highest, reason = prove_negative(partition, bound, never)
    assert highest == np.inf and reason
    # Nan on large boxes only does no harm.
    partition = Partition(box_of((0, 1), (0, 1)))
    found = prove_negative(partition, lambda a, b: np.where((b - a).max(axis=1) > 0.3, bad, -1.0), never)
    assert found == (-1.0, "")
    assert partition.leaves() == 16


@pytest.mark.parametrize("bad", [np.nan, 0.0, 1.0])
def test_the_budget_ends_the_search(bad: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more boxes than MAX_BOXES are bounded."""
    for budget in (1, 2, 3, 100, 1000):
        monkeypatch.setattr(sign_search, "MAX_BOXES", budget)
        count = [0]

        def bound(lower: np.ndarray, upper: np.ndarray, count: list[int] = count) -> np.ndarray:
            count[0] += len(lower)
            return np.full(len(lower), bad)

        highest, reason = prove_negative(Partition(box_of((0, 1), (0, 1))), bound, never)
        assert highest == np.inf
        assert reason == f"it is not proved with {budget} boxes"
        assert budget // 4 <= count[0] <= budget


def test_the_clock_ends_the_search() -> None:
    """It is asked before every further round; what is proved by then is no proof."""
    for rounds in (0, 1, 3):
        asked = [0]

        def out_of_time(asked: list[int] = asked, rounds: int = rounds) -> bool:
            asked[0] += 1
            return asked[0] > rounds

        partition = Partition(box_of((0, 1)))
        found = prove_negative(partition, lambda low, high: np.where(low[:, 0] > 0, -1.0, 1.0), out_of_time)
        assert found == (np.inf, "it is not proved in time")
        assert asked[0] == rounds + 1
        assert partition.leaves() == rounds + 1


def test_out_of_time_does_not_spoil_a_finished_proof() -> None:
    found = prove_negative(Partition(box_of((0, 1))), lambda low, high: np.full(len(low), -1.0), lambda: True)
    assert found == (-1.0, "")


def test_boxes_that_cannot_be_split() -> None:
    """A point, an interval of one unit in the last place, and one of three: its halves are of one and of two."""
    ends = [
        (Fraction(1, 2), Fraction(1, 2)),
        (Fraction(1), 1 + Fraction(1, 2**52)),
        (Fraction(1), 1 + Fraction(3, 2**52)),
    ]
    for box in map(box_of, ends):
        found = prove_negative(Partition(box), lambda low, high: np.zeros(len(low)), never)
        assert found == (np.inf, "it is not proved, and the boxes cannot be split further")


def test_all_sides_are_halved() -> None:
    """A bound that needs all sides short is met, though one side is a thousand times as long."""

    def bound(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        return ((upper - lower) / np.array([1000.0, 1.0])).max(axis=1) - 0.26

    partition = Partition(box_of((0, 1000), (0, 1)))
    highest, reason = prove_negative(partition, bound, never)
    assert reason == "" and highest < 0
    assert partition.leaves() <= 32
    assert sum(map(volume, leaves_of(partition)), Fraction(0)) == 1000
