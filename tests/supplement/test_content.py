"""Cells of the supplement: printed outward, quotients that hold the truth, sentences with every number filled in."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saturode_verify.rigor.numbers import Enclosure
from saturode_verify.supplement.content import Section, Table, at_least, at_most, decimal, hull, interval, quotient
from saturode_verify.supplement.document import document, tabular
from saturode_verify.supplement.prose import FOLDER, prose

NUMBERS = st.fractions(-(10**6), 10**6)
POSITIVE = st.fractions(Fraction(1, 10**6), 10**6)


def _value(cell: str) -> list[Fraction]:
    """The numbers of a LaTeX cell."""
    plain = re.sub(r"\\times 10\^\{(-?\d+)\}", r"e\1", cell)
    return [Fraction(text) for text in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", plain)]


@given(NUMBERS, POSITIVE)
def test_cells_are_rounded_outward(low: Fraction, width: Fraction) -> None:
    value = Enclosure(low, low + width)
    lower, upper = _value(interval(value))
    assert lower <= low
    assert upper >= low + width
    assert _value(at_most(value))[0] >= low + width
    assert _value(at_least(value))[0] <= low


def test_an_exact_number_stands_alone_and_a_thin_one_shows_its_ends() -> None:
    assert interval(Enclosure(Fraction(3, 2), Fraction(3, 2))) == "$1.5$"
    thin = interval(Enclosure(Fraction(1), 1 + Fraction(1, 10**9)))
    assert thin == r"$[1,\ 1.001]$"
    assert interval(None) == at_most(None) == "--"


def test_a_given_number_is_cut_towards_zero() -> None:
    assert decimal(Fraction(1, 3)) == r"$0.3333$\ldots"
    assert decimal(Fraction(-1, 3)) == r"$-0.3333$\ldots"
    assert decimal(Fraction(-3, 2)) == "$-1.5$"


@given(NUMBERS, POSITIVE, POSITIVE, POSITIVE, st.fractions(0, 1), st.fractions(0, 1))
def test_quotients_hold_the_truth(
    low: Fraction, width: Fraction, divisor: Fraction, more: Fraction, s: Fraction, t: Fraction
) -> None:
    top, below = Enclosure(low, low + width), Enclosure(divisor, divisor + more)
    found = quotient(top, below, below)
    true = (low + s * width) / ((divisor + t * more) * (divisor + s * more))
    assert found.upper is not None
    assert found.lower <= true <= found.upper


@pytest.mark.parametrize("bad", [Enclosure(Fraction(0), Fraction(1)), Enclosure(Fraction(1), None)])
def test_a_divisor_must_be_positive_and_bounded(bad: Enclosure) -> None:
    with pytest.raises(ValueError, match="positive"):
        quotient(Enclosure(Fraction(1), Fraction(1)), bad)


def test_a_hull_without_an_upper_end_has_none() -> None:
    assert hull([Enclosure(Fraction(1), Fraction(2)), Enclosure(Fraction(0), None)]) == Enclosure(Fraction(0), None)


def test_every_sentence_gets_its_numbers_or_fails() -> None:
    assert "$c=7$" in prose("attenuation", needed="6", shift="7")
    with pytest.raises(KeyError):
        prose("attenuation", needed="6")
    for file in FOLDER.iterdir():
        text = file.read_text(encoding="utf-8")
        assert text.isascii(), file.name
        assert text.count("{") == text.count("}"), file.name


def test_the_document_asks_for_its_tables_by_name() -> None:
    table = Table("name", "caption", ("a", "b"), [["1", "2"]])
    assert "1 & 2 \\\\" in tabular(table)
    whole = document([Section("Title", "Text.", [table])], [], {})
    assert r"\input{tables/name.tex}" in whole
    assert whole.rstrip().endswith(r"\end{document}")


def test_wide_tables_put_intervals_and_hashes_in_two_lines() -> None:
    row = [r"$[1,\ 2]$", r"\hash{aa}, \hash{bb}", "tanh, 2-32-2", "x" * 150]
    shown = tabular(Table("t", "c", ["h"] * 4, [row]))
    assert r"\shortstack[l]{$[1,$\\$\phantom{[}2]$}" in shown
    assert r"\shortstack[l]{\hash{aa}\\\hash{bb}}" in shown
    assert "tanh, 2-32-2" in shown
    assert r"$[1,\ 2]$" in tabular(Table("t", "c", ["h"] * 3, [row[:3]]))


def test_a_text_that_the_certificates_do_not_bear_out_says_so() -> None:
    assert "do not bear out" in document([Section("Title", "Text.", holds=False)], [], {})
    assert "do not bear out" not in document([Section("Title", "Text.")], [], {})
