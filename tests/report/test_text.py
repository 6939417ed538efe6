"""The table for people: verdict first, outward numbers, reasons and remedies."""

from __future__ import annotations

import io

import pytest
from fixtures_networks import cube_stuart_landau, random_network

from saturode_verify.activation import ReLU
from saturode_verify.certificate.record import Certificate
from saturode_verify.job import verify
from saturode_verify.report.text import notes, print_report, verdict


def _printed(certificate: Certificate) -> list[str]:
    stream = io.StringIO()
    print_report(certificate, stream)
    return stream.getvalue().splitlines()


@pytest.fixture(scope="module")
def refuted() -> Certificate:
    return verify(cube_stuart_landau(), "[-1,1]^2", rtol="0.1", require=["sup_divergence <= 5"], period=2, eta=1)


def test_the_first_line_is_the_verdict(refuted: Certificate) -> None:
    lines = _printed(refuted)
    assert lines[0] == verdict(refuted)
    assert lines[0].startswith("REFUTED: ") and "2-8-2 power network on [-1,1]^2" in lines[0]
    proved = verify(cube_stuart_landau(), "[-1,1]^2", rtol="0.1")
    assert _printed(proved)[0].startswith("PROVED: 5 of 5 claims asked for")


def test_two_columns_and_no_plus_minus(refuted: Certificate) -> None:
    lines = _printed(refuted)
    (row,) = [line for line in lines if line.startswith("sup div f")]
    lower, upper, status = row.split()[3:]
    assert float(lower) <= 6 <= float(upper) and status == "proved"
    assert not any("+/-" in line or "±" in line for line in lines)
    assert all(line == line.rstrip() or line.endswith(" ") for line in lines)


def test_a_plain_stream_gets_no_escape_codes(refuted: Certificate) -> None:
    assert "\x1b" not in "\n".join(_printed(refuted))


def test_notes_explain_failures_and_the_floor(refuted: Certificate) -> None:
    text = "\n".join(notes(refuted))
    assert "require refuted: sup_divergence lies in [" in text
    assert "witness against sup_divergence <= 5: x near (" in text
    assert "the eta test needs d C T < eta" in text
    assert "d C T >= 2 pi d" in text and "exp(+-4 pi)" in text


def test_theorem_2_rows_are_proved_even_if_the_eta_test_is_not(refuted: Certificate) -> None:
    lines = _printed(refuted)
    assert next(line for line in lines if line.startswith("det M, sharp")).split()[-1] == "proved"
    assert next(line for line in lines if line.startswith("eta test")).split()[-1] == "undecided"


def test_refusals_name_the_reason() -> None:
    certificate = verify(random_network(8, [2, 3, 2], ReLU()), "[-1,1]^2", rtol="0.5", time_limit=5)
    text = "\n".join(_printed(certificate))
    assert "divergence undecided: refused: relu is not continuously differentiable" in text
