"""The stored candidate of an orbit: exact numbers, of which every hypothesis of the theorem is checked."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .exact import parse
from .trig import Complex, Row, Trig
from .verdict import Rejected, Unconfirmed

MAX_DEGREE, MAX_NODES, MAX_PRECISION, MAX_DIMENSION = 20000, 200000, 6000, 64
MAX_WORK, MAX_CIRCLE = 10**7, 2 * 10**7
"""Nodes times modes, and nodes times bits."""
MIN_HEIGHT = Fraction(1, 1 << 64)
MAX_BITS = 1 << 15
"""Bits of a coefficient before and after the binary point."""
HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Candidate:
    """``frame``: q_2..q_d with ``exponents`` l_2..l_d and ``kinds``; the rest as the certificate's format says."""

    orbit: Trig
    tau: Fraction
    frame: tuple[Trig, ...]
    exponents: tuple[Complex, ...]
    kinds: tuple[str, ...]
    inverse: tuple[Trig, ...]
    height: Fraction
    degree: int
    nodes: int
    boxes: int
    precision: int
    radii: tuple[Fraction, ...]
    period_radius: Fraction
    tube: Fraction


def read_candidate(data: dict[str, Any], d: int) -> Candidate:
    """Raises Rejected if the data are not of the form that the theorem needs."""
    if d > MAX_DIMENSION:
        raise Unconfirmed(f"orbits in more than {MAX_DIMENSION} dimensions take too long")
    try:
        orbit = Trig.real(_rows(data["orbit"], d))
        frame: list[Trig] = []
        exponents: list[Complex] = []
        kinds: list[str] = []
        for column in data["columns"]:
            for polynomial, exponent in _column(column, d):
                frame.append(polynomial)
                exponents.append(exponent)
                kinds.append(column["kind"])
        inverse = tuple(Trig(_rows(rows, d)) for rows in data["inverse"])
        whole = {key: data[key] for key in ("degree", "nodes", "boxes", "precision")}
        numbers = {key: parse(data[key]) for key in ("tau", "strip", "period_radius", "tube")}
        radii = tuple(parse(r) for r in data["radii"])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise Rejected(f"the orbit's data are malformed ({str(error)[:80]})") from None
    if not all(type(value) is int and 0 < value <= MAX_NODES for value in whole.values()):
        raise Rejected("a count of the orbit's data is out of range")
    found = Candidate(
        orbit, numbers["tau"], tuple(frame), tuple(exponents), tuple(kinds), inverse, numbers["strip"], whole["degree"],
        whole["nodes"], whole["boxes"], whole["precision"], radii, numbers["period_radius"], numbers["tube"],
    )  # fmt: skip
    _check(found, d)
    return found


def _check(c: Candidate, d: int) -> None:
    """The hypotheses about the data alone."""
    if len(c.frame) != d - 1 or len(c.inverse) != d or len(c.radii) != d or d < 2:
        raise Rejected(f"dimension {d} needs {d - 1} columns, {d} rows of the inverse and {d} radii")
    if not (c.tau > 0 and c.height > 0 and c.tube > 0 and all(r > 0 for r in c.radii) and 0 < c.period_radius < 1):
        raise Rejected("tau, the strip, the tube and the radii must be positive, and r_s < 1")
    frame, inner = max(c.orbit.degree, *(column.degree for column in c.frame)), max(row.degree for row in c.inverse)
    if not all(abs(z) < 1 << 40 for z in (c.tau, c.height, c.tube)) or c.height * max(frame, inner) > 4000:
        raise Rejected("the orbit's numbers are out of range")
    if c.height < MIN_HEIGHT:
        raise Rejected("the strip is too narrow")
    if frame + inner > c.degree:
        raise Rejected("n is below the degree of the polynomial parts")
    most = max(c.nodes, c.boxes)
    if most * (max(frame, inner) + 1) > MAX_WORK or most * (c.precision + 128) > MAX_CIRCLE:
        raise Rejected("the orbit has more modes, nodes and bits than this checker evaluates")
    if not 2 * c.degree < c.nodes or max(c.degree, c.precision) > MAX_DEGREE or c.precision > MAX_PRECISION:
        raise Rejected("the sampling lemma needs M > 2n, within the checker's limits")


def _rows(rows: Any, d: int) -> tuple[Row, ...]:
    if not isinstance(rows, list) or len(rows) != d or any(not isinstance(row, list) or not row for row in rows):
        raise ValueError("a curve of a wrong dimension")
    if max(map(len, rows)) > 2 * MAX_DEGREE or len({len(row) for row in rows}) != 1:
        raise ValueError("components of different or absurd lengths")
    return tuple(tuple(_complex(entry) for entry in row) for row in rows)


def _complex(entry: Any) -> Complex:
    x, y = entry
    found = parse(x), parse(y)
    if any(max(z.numerator.bit_length(), z.denominator.bit_length()) > MAX_BITS for z in found):
        raise ValueError("a coefficient of absurd size")
    return found


def _column(column: Any, d: int) -> list[tuple[Trig, Complex]]:
    """One column, or a conjugate pair, with the symmetry that its kind demands exact by construction."""
    rows, (real, imaginary), kind = _rows(column["coefficients"], d), _complex(column["exponent"]), column["kind"]
    if abs(real) > 1 << 20:
        raise ValueError("an exponent out of range")
    if kind == "periodic" and imaginary == 0 and real != 0:
        return [(Trig.real(rows), (real, imaginary))]
    if kind == "antiperiodic" and imaginary == HALF:
        mirrored = tuple((*((x, -y) for x, y in reversed(row)), *row, (Fraction(0), Fraction(0))) for row in rows)
        return [(Trig(mirrored), (real, imaginary))]
    if kind == "complex" and 0 < imaginary < HALF:
        conjugates = tuple(tuple((x, -y) for x, y in reversed(row)) for row in rows)
        return [(Trig(rows), (real, imaginary)), (Trig(conjugates), (real, -imaginary))]
    raise ValueError("a column whose exponent does not fit its kind")
