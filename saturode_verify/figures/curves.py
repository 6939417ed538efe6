"""What a certificate knows of curves and points, as float arrays to draw: proved orbits, given curves, equilibria."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..certificate.record import Certificate
from ..errors import UnusableInput
from ..orbit.curve import curve_from_document
from ..rigor.numbers import parse_exact
from ..theorems.claim import Claim
from .text import curve_line, orbit_line, undecided_lines

_LEAST, _PER_MODE, _PER_PIECE, _MOST = 1024, 8, 16, 1 << 16
_REMEDY = "take the certificate as it was written"
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?")


@dataclass(frozen=True)
class Curve:
    """A closed curve: ``points`` (n + 1, d) at the ``times`` from 0 to the period, the last point is the first one.

    ``claim`` is its claim; ``proved``: it is a proved orbit, otherwise a curve that was given.
    """

    times: np.ndarray
    points: np.ndarray
    claim: Claim
    proved: bool


def curves(certificate: Certificate) -> list[Curve]:
    """The proved orbits in the order of their boxes, and the curves that were given.

    Raises UnusableInput if the witness cannot be read, or if an orbit misses the point of its claim.
    """
    found = []
    for part in certificate.witness:
        if not isinstance(part, dict):
            continue
        try:
            if part.get("of") == "periodic_orbit":
                found.append(_orbit(certificate, part))
            elif "rows" in part:
                found.append(_given(certificate, part))
        except (ValueError, TypeError, LookupError, OverflowError) as error:
            if isinstance(error, UnusableInput):
                raise
            raise UnusableInput("a curve in the certificate's witness cannot be read", _REMEDY) from None
    return found


def named(found: list[Curve]) -> list[tuple[str, Curve]]:
    """The curves with the orbits' numbers, which are empty if there is only one orbit."""
    several = sum(curve.proved for curve in found) > 1
    return [(str(i) if several and curve.proved else "", curve) for i, curve in enumerate(found, start=1)]


def statements(certificate: Certificate, found: list[Curve]) -> list[str]:
    """What is claimed of every curve, and that some orbit is not proved."""
    lines = [
        orbit_line(curve.claim, f"Orbit {name}".strip()) if curve.proved else curve_line(curve.claim)
        for name, curve in named(found)
    ]
    return [*lines, *undecided_lines(certificate)]


def kind_of_curve(curve: Curve) -> str:
    """The legend's words."""
    if not curve.proved:
        return "given curve (no orbit claimed)"
    stability = str(curve.claim.stability)
    return f"proved orbit, {'stability undecided' if stability == 'undecided' else stability}"


def _orbit(certificate: Certificate, part: dict[str, Any]) -> Curve:
    where = part["box"] if len(certificate.region) > 1 else "region"
    claim = next(c for c in certificate if c.name == "periodic_orbit" and c.proved and c.on == where)
    rows = [[(parse_exact(re_), parse_exact(im)) for re_, im in row] for row in part["orbit"]]
    if len(rows) != certificate.model["layers"][0]:
        raise ValueError
    for row, side in zip(rows, claim.point, strict=True):
        start = row[0][0] + 2 * sum((real for real, _ in row[1:]), Fraction(0))
        if start not in side:
            raise UnusableInput("the orbit in the certificate's witness misses the point of its claim", _REMEDY)
    tau = float(parse_exact(part["tau"]))
    angles = _angles(len(rows[0]))
    return Curve(tau * angles, np.stack([_series(row, angles) for row in rows], axis=1), claim, True)


def _angles(modes: int) -> np.ndarray:
    return np.linspace(0.0, 2 * np.pi, min(max(_LEAST, _PER_MODE * modes), _MOST) + 1)


def _series(row: list[tuple[Fraction, Fraction]], angles: np.ndarray) -> np.ndarray:
    """c_0 + 2 Re sum_k c_k e^{ik theta}, at equidistant angles of which the last one closes the curve."""
    modes = np.zeros(len(angles) - 1, dtype=complex)
    modes[: len(row)] = [complex(float(real), float(imaginary)) for real, imaginary in row]
    modes[1:] *= 2
    values = (np.fft.ifft(modes) * len(modes)).real
    return np.append(values, values[0])


def _given(certificate: Certificate, part: dict[str, Any]) -> Curve:
    curve = curve_from_document(part)
    if curve.dimension != certificate.model["layers"][0]:
        raise ValueError
    claim = next(c for c in certificate if c.name == "curve_determinant")
    per = max(1, min(_PER_PIECE, _MOST // len(curve.pieces)))
    steps = np.arange(per) / per
    times, points = [], []
    for begin, piece in zip(curve.times, curve.pieces, strict=False):
        times.append(float(begin - curve.times[0]) + float(piece.duration) * steps)
        powers = steps[:, None] ** np.arange(len(piece.coefficients[0]))
        points.append(powers @ np.array([[float(c) for c in row] for row in piece.coefficients]).T)
    closed = np.concatenate([*points, points[0][:1]])
    return Curve(np.append(np.concatenate(times), float(curve.period)), closed, claim, False)


def equilibria(certificate: Certificate) -> np.ndarray:
    """The equilibria (n, d) that a search saw in floating point; what cannot be read is left out."""
    d, found = certificate.model["layers"][0], []
    search = certificate.environment.get("search")
    listed = search.get("equilibria") if isinstance(search, dict) else None
    for entry in listed if isinstance(listed, list) else []:
        text = entry.get("point") if isinstance(entry, dict) else None
        numbers = [float(number) for number in _NUMBER.findall(text)] if isinstance(text, str) else []
        if len(numbers) == d and np.isfinite(numbers).all():
            found.append(numbers)
    return np.array(found).reshape(len(found), d)
