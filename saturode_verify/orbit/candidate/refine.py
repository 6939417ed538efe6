"""UNTRUSTED: the candidate and its frame to many digits, by the theorem's own fixed point map.

Defects are evaluated in Arb, scaled to order 1, inverted in floats, and the corrections added to exact coefficients:
each round gains 10 to 13 digits. Only midpoints are kept; the proof starts again from the result.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from flint import acb, acb_mat, arb

from ...rigor.balls import exact
from ..jets import ExactField, Jet
from ..proposal import Frame
from ..trig import TrigPolynomial, complex_number, real_parts
from .modes import coefficients, smooth_length

Rows = tuple[tuple[acb, ...], ...]
ROUNDS = 12


@dataclass(frozen=True)
class FloatFrame:
    """Q and its inverse at equidistant nodes (M, d, d), and the exponents 0, l_2, ..., l_d (d,), in floats."""

    columns: np.ndarray
    inverse: np.ndarray
    exponents: np.ndarray


def refine_orbit(
    field: ExactField, half: Rows, tau: arb, frame: FloatFrame, degree: int, goal: float
) -> tuple[Rows, arb, float]:
    """(coefficients 0..degree, tau, last defect): quasi-Newton until the defect tau f(u) - u' is below ``goal``.

    It stops earlier where the defect is no more than the modes beyond ``degree`` explain.
    """
    half = tuple((*row[: degree + 1], *[acb(0)] * (degree + 1 - len(row))) for row in half)
    last = float("inf")
    for _ in range(ROUNDS):
        size, defect = _defect(field, half, tau, len(frame.columns))
        if size <= goal or not size < last / 4 or (last < float("inf") and size < 16 * degree * _tail(half)):
            return half, tau, size
        last = size
        shape, stretch = _corrections(defect, frame)
        scale = exact(size)
        change = coefficients(shape, degree)[degree:]
        half = tuple(_moved(row, column, scale) for row, column in zip(half, change.T, strict=True))
        tau = (tau * (1 + exact(stretch) * scale)).mid()
    return half, tau, last


def _tail(half: Rows) -> float:
    """The size of the last few coefficients."""
    return max(float(c.abs_upper()) for row in half for c in row[-3:])


def _moved(row: tuple[acb, ...], change: np.ndarray, scale: arb) -> tuple[acb, ...]:
    moved = [c + complex_number(complex(x)) * scale for c, x in zip(row, change, strict=True)]
    return (_snapped(moved[0], True), *(_snapped(c, False) for c in moved[1:]))


def _snapped(value: acb, real: bool) -> acb:
    return acb(value.real.mid(), arb(0) if real else value.imag.mid())


def _defect(field: ExactField, half: Rows, tau: arb, nodes: int) -> tuple[float, np.ndarray]:
    """(sup of |tau f(u) - u'| at the nodes, the same divided by it (M, d))."""
    orbit = TrigPolynomial.real(half)
    jet = field.evaluate(real_parts(orbit.samples(nodes)), slopes=False)
    assert jet is not None
    slopes = real_parts(orbit.derivative.samples(nodes))
    rows = [[(tau * v - s).mid() for v, s in zip(a, b, strict=True)] for a, b in zip(jet.values, slopes, strict=True)]
    return _normalised(rows)


def _normalised(rows: list[list]) -> tuple[float, np.ndarray]:
    size = max(float(abs(x).upper()) for row in rows for x in row)
    if not 0 < size < np.inf:
        return size, np.zeros((len(rows[0]), len(rows)))
    inverse = 1 / exact(size)
    kind = complex if isinstance(rows[0][0], acb) else float
    return size, np.array([[kind((x * inverse).mid()) for x in row] for row in rows]).T


def _corrections(defect: np.ndarray, frame: FloatFrame) -> tuple[np.ndarray, float]:
    """(Q w, s) of the fixed point map applied to the defect."""
    nodes = len(defect)
    modes = np.fft.fft(np.einsum("mij,mj->mi", frame.inverse, defect), axis=0) / nodes
    k = np.fft.fftfreq(nodes, 1 / nodes)
    stretch = -modes[0, 0].real
    divisors = 1j * k[:, None] - frame.exponents[None, :]
    divisors[0, 0] = np.inf
    w = np.fft.ifft(modes / divisors, axis=0) * nodes
    return np.einsum("mij,mj->mi", frame.columns, w).real, float(stretch)


@dataclass(frozen=True)
class ExactColumn:
    """A frame column in full: coefficients -K..K per component and its exponent, both exact."""

    rows: Rows
    exponent: acb


def refine_column(
    jet: Jet, tau: arb, column: ExactColumn, index: int, frame: FloatFrame, degree: int, goal: float
) -> ExactColumn:
    """Newton for (tau Df(u) - d/dtheta) q = l q, Df(u) given at the frame's nodes.

    With q + Q v and l + sigma, and g = Q^{-1} (tau Df q - q' - l q): v_i' - (l_i - l) v_i = g_i for i != index, and
    v_index' = g_index - sigma with sigma = mean g_index.
    """
    nodes, last = len(frame.columns), float("inf")
    rows = _padded(column.rows, degree)
    exponent = column.exponent
    for _ in range(ROUNDS):
        size, defect = _residual(jet, tau, TrigPolynomial(rows), exponent, nodes)
        if size <= goal or not size < last / 4:
            break
        last = size
        modes = np.fft.fft(np.einsum("mij,mj->mi", frame.inverse, defect), axis=0) / nodes
        k = np.fft.fftfreq(nodes, 1 / nodes)
        divisors = 1j * k[:, None] - (frame.exponents - frame.exponents[index])[None, :]
        sigma = modes[0, index]
        divisors[np.abs(divisors) < 1e-9] = np.inf
        v = np.fft.ifft(modes / divisors, axis=0) * nodes
        change = coefficients(np.einsum("mij,mj->mi", frame.columns, v), degree)
        scale = exact(size)
        rows = tuple(
            tuple((c + complex_number(complex(x)) * scale).mid() for c, x in zip(row, part, strict=True))
            for row, part in zip(rows, change.T, strict=True)
        )
        exponent = (exponent + complex_number(complex(sigma)) * scale).mid()
    return ExactColumn(rows, exponent)


def _padded(rows: Rows, degree: int) -> Rows:
    more = [acb(0)] * (degree - len(rows[0]) // 2)
    return tuple((*more, *row, *more) for row in rows)


def _residual(jet: Jet, tau: arb, column: TrigPolynomial, exponent: acb, nodes: int) -> tuple[float, np.ndarray]:
    d = len(jet.values)
    values, slopes = column.samples(nodes), column.derivative.samples(nodes)
    rows: list[list] = [[] for _ in range(d)]
    for j in range(nodes):
        jacobian = acb_mat(d, d, [tau * jet.jacobian[k][i][j] for k in range(d) for i in range(d)])
        q = acb_mat(d, 1, [values[i][j] for i in range(d)])
        moved = acb_mat(d, 1, [slopes[i][j] for i in range(d)])
        for k, entry in enumerate((jacobian * q - moved - q * exponent).entries()):
            rows[k].append(entry.mid())
    return _normalised(rows)


def full_columns(frame: Frame) -> list[ExactColumn]:
    """The columns q_2..q_d of a frame with their exponents."""
    return [
        ExactColumn(polynomial.coefficients, exponent)
        for polynomial, exponent in zip(frame.columns, frame.exponents[1:], strict=True)
    ]


def refinement_nodes(degree: int, frame_degree: int) -> int:
    """Nodes that resolve products of an orbit and a frame of these degrees."""
    return smooth_length(2 * max(degree, frame_degree) + 8)
