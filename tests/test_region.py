"""Boxes: exact parsing, refusals, splitting, and the topology of unions."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saturode_verify.errors import UnusableInput
from saturode_verify.region import Box, hull, parse_box, simply_connected

RATIONALS = st.fractions(min_value=-1000, max_value=1000)


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("[-1.6,1.6]^2", [(Fraction(-8, 5), Fraction(8, 5))] * 2),
        (" [0.1 , 1/3]x[-1e-3,2] ", [(Fraction(1, 10), Fraction(1, 3)), (Fraction(-1, 1000), Fraction(2))]),
        ("[0,1]^2x[3,4]", [(Fraction(0), Fraction(1))] * 2 + [(Fraction(3), Fraction(4))]),
        ("[[0,1],[.5,2.]]", [(Fraction(0), Fraction(1)), (Fraction(1, 2), Fraction(2))]),
        ("[5,5]", [(Fraction(5), Fraction(5))]),
        ("[3*2^-4,1]", [(Fraction(3, 16), Fraction(1))]),
    ],
)
def test_text_is_read_exactly(text: str, sides: list[tuple[Fraction, Fraction]]) -> None:
    assert list(parse_box(text).sides) == sides


@pytest.mark.parametrize(
    "text",
    ["[1,0]", "[0,inf]", "[nan,1]", "[0,1", "[0 1]", "[0,1]^0", "[0,1]y[0,1]", "[]", "[0,1]^-1", "[a,b]", "[0,1]x",
     "[0,1/0]", "[0,1e9999999999]", "", "[0,1]^9999", "[٠,1]", "[1_0,20]"],
)  # fmt: skip
def test_text_that_is_no_box(text: str) -> None:
    with pytest.raises(UnusableInput) as caught:
        parse_box(text)
    assert "\n" not in str(caught.value)


def test_a_float_is_the_binary64_that_it_is() -> None:
    assert Box([(0.1, 1)]).sides[0][0] == Fraction(0.1) != Fraction(1, 10)
    assert Box([("0.1", 1)]).sides[0][0] == Fraction(1, 10)


@pytest.mark.parametrize("sides", [[(float("nan"), 1)], [(0, float("inf"))], [(0,)], ["01"], [], [(2, 1)], [(None, 1)]])
def test_sides_that_are_no_box(sides: list) -> None:
    with pytest.raises(UnusableInput):
        Box(sides)


def test_json_files(tmp_path: Path) -> None:
    (tmp_path / "box.json").write_text('[[0.1, 1], ["1/3", "2"]]')
    assert parse_box(str(tmp_path / "box.json")).sides == (
        (Fraction(1, 10), Fraction(1)), (Fraction(1, 3), Fraction(2))
    )  # fmt: skip
    for text in ("{}", "[1]", "[[1,2,3]]", "[[0,NaN]]", "not json", "[[[1],2]]", "[" * 9999):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(UnusableInput):
            parse_box(str(tmp_path / "bad.json"))


@given(RATIONALS, RATIONALS, RATIONALS)
def test_halves_meet_exactly_at_the_cut(a: Fraction, b: Fraction, c: Fraction) -> None:
    low, cut, high = sorted((a, b, c))
    box = Box([(low, high), (0, 1)])
    if not low < cut < high:
        with pytest.raises(ValueError, match="strictly inside"):
            box.split(0, cut)
        return
    left, right = box.split(0, cut)
    assert left.sides == ((low, cut), (0, 1)) and right.sides == ((cut, high), (0, 1))


@given(st.lists(st.tuples(RATIONALS, RATIONALS), min_size=1, max_size=4))
def test_text_round_trip(pairs: list[tuple[Fraction, Fraction]]) -> None:
    box = Box([(min(p), max(p)) for p in pairs])
    assert Box(str(box)) == box


def test_hull() -> None:
    assert hull([Box("[0,1]x[5,6]"), Box("[-1,1/2]x[5,7]")]) == Box("[-1,1]x[5,7]")


RING = ["[0,3]x[0,1]", "[0,3]x[2,3]", "[0,1]x[0,3]", "[2,3]x[0,3]"]


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        (["[0,1]^2"], True),
        (["[0,1]^2", "[2,3]^2"], True),  # two components, each a disc
        (["[0,1]^2", "[1,2]^2"], True),  # touching in a corner
        (RING, False),
        (RING[:3], True),  # the ring opened on one side
        ([*RING, "[1,2]^2"], True),  # the hole filled
        ([*RING, "[1.2,1.8]^2"], False),  # an island in the hole
        (["[0,1]x[0,1]", "[1,2]x[1,2]", "[0,1]x[2,3]", "[-1,0]x[1,2]"], False),  # four corners around a hole
        (["[0,2]^2", "[0.5,1]^2"], True),  # nested
        (["[0,1]x[0,0]", "[0,0]x[0,1]", "[1,1]x[0,1]", "[0,1]x[1,1]"], False),  # a square of segments
        (["[0,0]^2", "[0,0]^2"], True),  # points
    ],
)
def test_simple_connectivity(boxes: list[str], expected: bool) -> None:
    assert simply_connected([Box(text) for text in boxes]) is expected
