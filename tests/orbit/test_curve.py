"""Closed curves from exact rows, and from CSV files, good and bad."""

from __future__ import annotations

import json
from fractions import Fraction as Q
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saturode_verify.errors import UnusableInput
from saturode_verify.orbit.curve import MAX_ROWS, Curve, closed_curve, curve_from_document
from saturode_verify.orbit.curve_file import MAX_BYTES, parse_curve, read_curve

TRIANGLE = [(Q(0), Q(0), Q(0)), (Q(1), Q(3), Q(0)), (Q(3), Q(0), Q(6)), (Q(4), Q(0), Q(0))]


def test_linear_pieces_are_the_chords() -> None:
    curve = closed_curve(TRIANGLE, "linear")
    assert curve.period == 4 and curve.dimension == 2
    # Half way along the second piece: ((3, 0) + (0, 6))/2.
    assert curve.pieces[1].at(Q(1, 2)) == (Q(3, 2), Q(3)) and curve.pieces[1].duration == 2


def test_cubic_slopes_by_hand() -> None:
    """x_1 rises at rates 3, -3/2, 0 on pieces of length 1, 2, 1. Parabolas: m_1 = (2*3 + 1*(-3/2))/3 = 3/2,

    m_2 = (1*(-3/2) + 2*0)/3 = -1/2, m_0 = (1*0 + 1*3)/2 = 3/2 (wrapped). Cubic on piece 1 (h = 1, rise 3):
    (x, h m, 3 rise - 2 h m - h m', h m + h m' - 2 rise) = (0, 3/2, 9 - 3 - 3/2, 3/2 + 3/2 - 6).
    """
    first = closed_curve(TRIANGLE).pieces[0].coefficients[0]
    assert first == (Q(0), Q(3, 2), Q(9, 2), Q(-3))
    second = closed_curve(TRIANGLE).pieces[1].coefficients[0]
    # h = 2: h m_1 = 3, h m_2 = -1, rise -3.
    assert second == (Q(3), Q(3), Q(-9 - 6 + 1), Q(3 - 1 + 6))


@st.composite
def _rows(draw: st.DrawFn) -> list[tuple[Q, ...]]:
    numbers = st.fractions(min_value=-3, max_value=3, max_denominator=50)
    steps = draw(st.lists(st.fractions(min_value=Q(1, 20), max_value=2, max_denominator=20), min_size=1, max_size=6))
    states = [(draw(numbers), draw(numbers)) for _ in steps]
    times = [sum(steps[:k], Q(0)) for k in range(len(steps) + 1)]
    return [(t, *x) for t, x in zip(times, [*states, states[0]], strict=True)]


@given(_rows())
def test_cubic_curves_are_closed_and_c1(rows: list[tuple[Q, ...]]) -> None:
    curve = closed_curve(rows)
    for j, (row, piece) in enumerate(zip(rows, curve.pieces, strict=False)):
        after = curve.pieces[(j + 1) % len(curve.pieces)]
        assert piece.at(Q(0)) == row[1:] and piece.at(Q(1)) == rows[j + 1][1:]
        for mine, its in zip(piece.coefficients, after.coefficients, strict=True):
            slope_at_end = sum(k * c for k, c in enumerate(mine)) / piece.duration
            assert slope_at_end == its[1] / after.duration


@given(_rows(), st.sampled_from(["linear", "cubic"]))
def test_document_holds_the_curve_exactly(rows: list[tuple[Q, ...]], interpolation: str) -> None:
    curve = closed_curve(rows, interpolation)
    read = curve_from_document(json.loads(json.dumps(curve.document())))
    assert read == curve and read.pieces == curve.pieces


def test_parabolas_are_reproduced() -> None:
    """The slopes are those of parabolas: a piece whose four rows around lie on t^2 is t^2 itself."""
    rows = [(Q(t), Q(t * t)) for t in (-3, -1, 0, 2, 3)]
    piece = closed_curve([*rows, (Q(4), Q(9))]).pieces[1]
    assert piece.at(Q(1, 2)) == (Q(1, 4),)  # t = -1/2


def test_a_period_closes_the_curve() -> None:
    curve = closed_curve(TRIANGLE[:3], period=Q(4))
    assert curve == closed_curve(TRIANGLE)
    assert closed_curve(TRIANGLE, period=Q(4)) == curve
    assert closed_curve([(Q(2), Q(5))], period=Q(1, 3)).times == (Q(2), Q(7, 3))


@pytest.mark.parametrize(
    ("rows", "period", "message"),
    [
        ([], None, "has no rows"),
        (TRIANGLE[:1], None, "only one row"),
        (TRIANGLE[:3], None, r"not closed: x_2 starts at 0 and ends at 6; end with a row .*, or give the period"),
        ([(Q(0), Q(1)), (Q(0), Q(1))], None, "row 2 of the curve has t = 0, not later than 0"),
        ([(Q(0), Q(1)), (Q(1), Q(1), Q(1))], None, "row 2 of the curve has 3 entries but row 1 has 2"),
        ([(Q(0),), (Q(1),)], None, "row 1 of the curve has 1 entries"),
        (TRIANGLE, Q(0), "period 0 is not positive"),
        (TRIANGLE, Q(2), "later than one period"),
        ([*TRIANGLE[:3], (Q(4), Q(1), Q(0))], Q(4), "not closed: x_1"),
        ([(Q(k), Q(0)) for k in range(MAX_ROWS + 1)], None, "more than 100000 rows"),
    ],
)
def test_what_is_no_closed_curve(rows: list, period: Q | None, message: str) -> None:
    with pytest.raises(UnusableInput, match=message):
        closed_curve(rows, period=period)


def test_unknown_interpolation() -> None:
    with pytest.raises(UnusableInput, match="unknown interpolation 'spline'; choose one of: cubic, linear"):
        closed_curve(TRIANGLE, "spline")


@pytest.mark.parametrize("document", [{}, {"rows": 3, "interpolation": "cubic"}, {"rows": [["0.1"]]}, {"rows": [[1]]}])
def test_documents_that_hold_no_curve(document: dict) -> None:
    with pytest.raises(UnusableInput, match="cannot be read"):
        curve_from_document(document)


def _parsed(text: str, dimension: int = 2, period: Q | None = None) -> Curve:
    return parse_curve(text.encode(), "c.csv", dimension, period=period)


def test_csv_is_exact(tmp_path: Path) -> None:
    text = "\ufefft, x, y\n# note, of, any, length\n\n0,0.1,1/3\n0.5,-1e-3,3*2^-4\r\n1,.1,1/3\n"
    path = tmp_path / "c.csv"
    path.write_text(text, encoding="utf-8")
    curve = read_curve(path, 2)
    assert curve.times == (Q(0), Q(1, 2), Q(1)) and curve.source == "c.csv"
    assert curve.states == ((Q(1, 10), Q(1, 3)), (Q(-1, 1000), Q(3, 16)), (Q(1, 10), Q(1, 3)))
    assert _parsed("0,1,2\n1,3,4\n", period=Q(2)).period == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "c.csv holds no rows"),
        ("t,x,y\n", "c.csv holds no rows"),
        ("0,1,2\n1,1\n", r"line 2 of c.csv has 2 columns, not 3; write t, x_1, x_2"),
        ("0;1;2\n", "line 1 of c.csv has 1 columns, not 3"),
        ("nan,1,2\n1,1,2\n", "line 1, column 1 of c.csv: 'nan' is not an exact number"),
        ("nan,nan,inf\n1,1,2\n", "line 1, column 1"),
        ("t,x,y\n0,1,2\n1,-inf,2\n", "line 3, column 2 of c.csv: '-inf' is not"),
        ("t,x,y\nt,x,y\n0,1,2\n", "line 2, column 1"),
        ("0,1,2\n1,,2\n", "line 2, column 2"),
        ("0,1,2\n1,1/0,2\n", "denominator 0"),
        ("0,1,2\n1,1e99999,2\n", "line 2, column 2"),
        ("0,1,2\n1,3,4\n1,1,2\n", "row 3 of c.csv has t = 1, not later than 1"),
        ("0,1,2\n1,3,4\n", "c.csv is not closed: x_1 starts at 1 and ends at 3"),
        ("0,1,2\n", "only one row"),
        ("0,1,2\n" * (MAX_ROWS + 1), "more than 100000 rows"),
        ("0," + "1" * 200_000 + ",2\n", "line 1"),
        ("0,1,\x00\n", "line 1"),
    ],
)
def test_bad_csv_is_one_clear_line(text: str, message: str) -> None:
    with pytest.raises(UnusableInput, match=message) as caught:
        _parsed(text)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 240


def test_files_that_are_no_csv(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match=r"missing\.csv cannot be read"):
        read_curve(tmp_path / "missing.csv", 2)
    with pytest.raises(UnusableInput, match="cannot be read"):
        read_curve(tmp_path, 2)
    with pytest.raises(UnusableInput, match="no text file"):
        parse_curve(b"\xff\xfe\x00", "c.csv", 2)
    with pytest.raises(UnusableInput, match="larger than 32 MiB"):
        parse_curve(b"1" * (MAX_BYTES + 1), "c.csv", 2)
