"""Which numbers of orbit and curve claims are true: closed forms, finer proofs, sums in high precision."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from attack_oracles import Truths, both
from forgery import Record, enclosures, ends_of, near
from forgery_evidence import Evidence, need, number
from mpmath import mp, mpf

from saturode_verify.bounds.candidates import FloatField
from saturode_verify.network import Network
from saturode_verify.rigor.numbers import parse_exact

DIGITS = 60


def stored(document: Record, name: str) -> Record:
    """The witness of a claim."""
    return next(w for w in document["witness"] if w["of"] == name)


def around(rows: list[Any], theta: Any) -> list[Any]:
    """u, u' and u'' of a stored trigonometric polynomial (c_0, c_1, ...; c_{-k} is the conjugate of c_k)."""
    found, z = [[row[0].real, mpf(0), mpf(0)] for row in rows], mp.expj(theta)
    power = mp.mpc(1)
    for k in range(1, len(rows[0])):
        power *= z
        for total, row in zip(found, rows, strict=True):
            c = 2 * row[k] * power
            total[0], total[1], total[2] = total[0] + c.real, total[1] - k * c.imag, total[2] - k * k * c.real
    return [list(column) for column in zip(*found, strict=True)]


def coefficients(document: Record) -> list[Any]:
    """The stored curve."""
    rows = stored(document, "periodic_orbit")["orbit"]
    return [[mp.mpc(*(number(parse_exact(x)) for x in entry)) for entry in row] for row in rows]


def distance(e: Evidence, point: tuple[Any, ...]) -> Any:
    """At most the Euclidean distance from a point to the true orbit: Newton's method beside the finer curve."""
    rows = e.once(coefficients_of, e)
    angles = np.linspace(0, 2 * np.pi, 361)
    curve = np.array([sum((2 if k else 1) * (complex(c) * np.exp(1j * k * angles)).real for k, c in enumerate(row))
                      for row in rows])  # fmt: skip
    gaps = ((curve - np.array([[float(x)] for x in point])) ** 2).sum(axis=0)
    angle = mpf(float(angles[gaps.argmin()]))
    for _ in range(6):
        u, first, second = around(rows, angle)
        gap = [a - b for a, b in zip(u, point, strict=True)]
        angle -= mp.fdot(gap, first) / (mp.fdot(first, first) + mp.fdot(gap, second))
    gap = [a - b for a, b in zip(around(rows, angle)[0], point, strict=True)]
    radius = e.fine("periodic_orbit", "region", "radius")[1]
    return max(mp.sqrt(mp.fdot(gap, gap)) - number(radius) * e.d, mpf(0))


def coefficients_of(e: Evidence) -> list[Any]:
    """The finer curve."""
    return coefficients(e.finer)


def apart(e: Evidence) -> Fraction:
    """A lower bound of the sup distance between the certificate's curve and the true orbit, from four points."""
    rows = coefficients(e.document)
    found = max(distance(e, tuple(around(rows, mpf(j + 1))[0])) for j in range(4))
    return near(found / mp.sqrt(e.d))[0]


def periodic_orbit(e: Evidence, c: Record) -> Truths:
    """The finer orbit's numbers; the point's box must meet the orbit, the radius reach it."""
    mine = next(x for x in e.document["claims"] if x["name"] == "periodic_orbit")
    fine = next(x for x in e.finer["claims"] if x["name"] == "periodic_orbit")
    found = {path: both(ends_of(entry)) for path, entry in enclosures(fine) if path[0] not in ("point", "radius")}
    found["radius",] = both((e.once(apart, e), ends_of(mine["radius"])[1]))
    need(c["on"] == "region" and c["minimal_period"] is True, "not its own orbit, or no minimal period")
    need(len(c["multipliers"]) == len(c["exponents"]) == len(c["point"]) == e.d, "a wrong count")
    rates = [ends_of(entry) for entry in fine["exponents"]][1:]
    stable, unstable = all(high < 0 for _, high in rates if high is not None), any(low > 0 for low, _ in rates)
    need({"stable": stable, "unstable": unstable, "undecided": True}.get(c["stability"], False), "another stability")
    need(c.get("statement") in (None, mine["statement"]), "another statement")
    need(c.get("statement") is None or c["stability"] == mine["stability"], "a statement of another stability")
    box = [ends_of(entry) for entry in c["point"]]
    if all(high is not None for _, high in box):  # otherwise it is wider than before
        centre = tuple(number((low + (high or low)) / 2) for low, high in box)
        half = mp.sqrt(mp.fsum(number(((high or low) - low) / 2) ** 2 for low, high in box))
        need(e.once(distance, e, centre) <= half, "the orbit does not pass through the point's box")
    return found


def integral(network: Network, data: Record) -> float:
    """int div f along the stored curve, by Gauss-Legendre sums in floats."""
    rows = np.array([[float(parse_exact(x)) for x in row] for row in data["rows"]])
    t, x = rows[:, 0], rows[:, 1:]
    h, d = np.diff(t), np.diff(x, axis=0) / np.diff(t)[:, None]
    before, past = np.roll(d, 1, axis=0), np.roll(h, 1)
    slopes = (h[:, None] * before + past[:, None] * d) / (h + past)[:, None]
    slopes = np.vstack([slopes, slopes[:1]])
    nodes, weights = np.polynomial.legendre.leggauss(100)
    u, total, field = (nodes[:, None] + 1) / 2, 0.0, FloatField(network)
    for j in range(len(h)):
        g = x[j] + u * (x[j + 1] - x[j])
        if data["interpolation"] == "cubic":
            p, q, rise = h[j] * slopes[j], h[j] * slopes[j + 1], x[j + 1] - x[j]
            g = x[j] + u * p + u**2 * (3 * rise - 2 * p - q) + u**3 * (p + q - 2 * rise)
        total += h[j] / 2 * float(weights @ np.trace(field.evaluate(g)[1], axis1=1, axis2=2))
    return total


def curve_determinant(e: Evidence, c: Record) -> Truths:
    """The finer certificate's numbers for the same curve."""
    data, fine = stored(e.document, "curve_determinant"), e.finer["claims"][0]
    need(c["interpolation"] == data["interpolation"] and c["pieces"] == len(data["rows"]) - 1, "another curve")
    need(c.get("statement") in (None, fine["statement"]) and c["on"] == "region", "another statement")
    found = {path: both(ends_of(entry)) for path, entry in enclosures(fine)}
    need(ends_of(c["period"]) == ends_of(fine["period"]), "another period")
    return found
