"""UNTRUSTED: from a float orbit to a proposal of the accuracy asked, with the numbers that the proof's lemmas need."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf, log, log2, log10

import numpy as np
from flint import acb, arb

from ...network import Network
from ...rigor.balls import exact, precision
from ..jets import ExactField
from ..proposal import Column, Frame, Kind, Proposal
from ..search.records import FloatMode, FloatOrbit
from ..trig import TrigPolynomial, real_parts
from ..tube import orbit_hull, tube_bounds
from . import modes as fourier_modes
from .analytic_floats import complex_jet
from .refine import (
    ExactColumn,
    FloatFrame,
    Rows,
    full_columns,
    refine_column,
    refine_orbit,
    refinement_nodes,
)  # fmt: skip

ROUNDOFF, MARGIN, LARGEST_HEIGHT = 2e-16, 2.0, 4.0
DEGREES = 5
SINGULAR = "the frame of Floquet modes is singular: an exponent may be 0 (a fold, or orbits that are not isolated)"
STRIP_FRACTIONS = (0.55, 0.65, 0.75, 0.85)


@dataclass(frozen=True)
class Effort:
    """How hard to try: the next attempt after a failed proof asks for more.

    ``digits``: extra digits of the candidate; ``frame``: modes of the frame and its inverse below this fraction of the
    largest are dropped; ``degree``: factor on the orbit's degree; ``strip``: factor on the strip's width; ``boxes``: on
    its edge.
    """

    digits: int = 0
    frame: float = 1e-11
    degree: float = 1.0
    strip: float = 1.0
    boxes: int = 1


@dataclass(frozen=True)
class Draft:
    """A proposal and the working precision, in bits, at which it is to be proved."""

    proposal: Proposal
    bits: int


def propose(network: Network, field: ExactField, orbit: FloatOrbit, digits: int, effort: Effort) -> Draft | str:
    """A proposal whose proof should give int div f to 10^-digits; or why there is none."""
    with np.errstate(all="ignore"):  # floats only propose, and their overflows mean nothing
        return _propose(network, field, orbit, digits, effort)


def _propose(network: Network, field: ExactField, orbit: FloatOrbit, digits: int, effort: Effort) -> Draft | str:
    d = network.dimension
    degree = fourier_modes.numerical_degree(orbit.states, ROUNDOFF)
    half = fourier_modes.real_rows(fourier_modes.coefficients(orbit.states, degree))
    columns = [_column(mode, effort.frame) for mode in orbit.modes]
    frame = Frame.of(columns)
    frame_degree = max([degree, *(column.degree for column in frame.columns)])
    floats = _float_frame(half, frame, refinement_nodes(degree, frame_degree))
    if floats is None:
        return SINGULAR
    goal = _defect_goal(network, half, orbit.tau, floats, digits + effort.digits)
    if goal is None:
        return "f has no finite bounds of its derivatives around the orbit"
    wanted = -log10(goal)
    bits = ceil(wanted * log2(10)) + 40 + ceil(log2(max(1.0, np.abs(orbit.states).max())))
    with precision(bits):
        half, tau, floats = _refined_orbit(field, half, exact(float(orbit.tau)), frame, goal, effort)
        if floats is None:
            return SINGULAR
        if d > 2:
            columns = _refined_columns(field, half, tau, orbit.modes, columns, floats, 10.0 ** -(digits + 2))
        return _finish(network, half, tau, columns, goal, bits, effort)


def _refined_orbit(
    field: ExactField, half: Rows, tau: arb, frame: Frame, goal: float, effort: Effort
) -> tuple[Rows, arb, FloatFrame | None]:
    """Refine with more and more modes until the defect meets the goal.

    The coefficients' decay beyond double precision is not known in advance: it is measured from one degree to the next.
    """
    frame_degree = max(column.degree for column in frame.columns)
    degree, size = len(half[0]) - 1, ROUNDOFF * len(half[0])
    rate = -log(ROUNDOFF) / max(degree, 1)
    floats = None
    for _ in range(DEGREES):
        more = max(2, ceil(effort.degree * log(size / goal) / rate)) if size > goal else 2
        higher = degree + min(more, 2 * degree + 16)
        finer = _float_frame(half, frame, refinement_nodes(higher, frame_degree))
        if finer is None:
            break
        floats = finer
        half, tau, reached = refine_orbit(field, half, tau, floats, higher, goal)
        if reached <= goal or not 0 < reached < inf:
            break
        rate = max(log(size / reached) / (higher - degree), rate / 4) if reached < size else rate / 2
        degree, size = higher, reached
    return half, tau, floats


def _column(mode: FloatMode, relative: float) -> Column:
    """The exact column of a float mode, cut where its coefficients have decayed, its symmetry made exact."""
    degree = min(fourier_modes.numerical_degree(mode.samples, relative) + 1, (len(mode.samples) - 1) // 2)
    c = fourier_modes.coefficients(mode.samples, degree)
    exponent = complex(mode.exponent)
    if mode.kind == "periodic":
        return Column("periodic", acb(exact(exponent.real)), fourier_modes.real_rows(c))
    if mode.kind == "antiperiodic":
        # c_k = a_k and c_{-1-k} = conj a_k.
        half = (c[degree:-1] + c[degree - 1 :: -1].conj()) / 2
        return Column("antiperiodic", acb(exact(exponent.real), exact(0.5)), fourier_modes.exact_rows(half))
    return Column("complex", acb(exact(exponent.real), exact(exponent.imag)), fourier_modes.exact_rows(c))


def _recast(kind: Kind, column: ExactColumn) -> Column:
    """A refined column as one of its kind: the half that the kind stores."""
    degree = len(column.rows[0]) // 2
    real = column.exponent.real
    if kind == "periodic":
        rows = tuple((acb(row[degree].real), *row[degree + 1 :]) for row in column.rows)
        return Column(kind, acb(real), rows)
    if kind == "antiperiodic":
        return Column(kind, acb(real, exact(0.5)), tuple(row[degree:-1] for row in column.rows))
    return Column(kind, column.exponent, column.rows)


def _refined_columns(
    field: ExactField, half: Rows, tau: arb, modes: tuple[FloatMode, ...], columns: list[Column], floats: FloatFrame,
    goal: float,
) -> list[Column]:  # fmt: skip
    """More digits for the frame: multipliers in d > 2 are as accurate as its residual."""
    degree = max([len(half[0]) - 1, *(column.degree for column in Frame.of(columns).columns)])
    jet = field.evaluate(real_parts(TrigPolynomial.real(half).samples(len(floats.columns))))
    assert jet is not None
    found, position = [], 0
    for mode, column in zip(modes, columns, strict=True):
        start = full_columns(Frame.of([column]))[0]
        refined = refine_column(jet, tau, start, position + 1, floats, degree, goal)
        found.append(_recast(mode.kind, refined))
        position += mode.count
    return found


def _float_frame(half: Rows, frame: Frame, nodes: int) -> FloatFrame | None:
    first = fourier_modes.derivative(_floats(TrigPolynomial.real(half)))
    columns = [first, *(_floats(column) for column in frame.columns)]
    nodes = max(nodes, fourier_modes.smooth_length(2 * max(len(c) // 2 for c in columns) + 2))
    q = np.stack([fourier_modes.samples(c, nodes) for c in columns], axis=-1)
    try:
        inverse = np.linalg.inv(q)
    except np.linalg.LinAlgError:
        return None
    return (
        FloatFrame(q, inverse, np.array([complex(e) for e in frame.exponents])) if np.isfinite(inverse).all() else None
    )


def _floats(polynomial: TrigPolynomial) -> np.ndarray:
    """Coefficients (2K + 1, d) in floats."""
    return np.array([[complex(c) for c in row] for row in polynomial.coefficients]).T


def _defect_goal(network: Network, half: Rows, tau: float, frame: FloatFrame, digits: int) -> float | None:
    """A defect for which 2 pi tau |grad div f| |Q w| stays below 10^-digits."""
    orbit = TrigPolynomial.real(half)
    hull = orbit_hull(orbit, fourier_modes.smooth_length(4 * orbit.degree + 16), exact(1e-6))
    tube = tube_bounds(network, hull, exact(1e-6))
    if isinstance(tube, str):
        return None
    slope = max(float(tube.divergence_slope), 1.0)
    norms = np.r_[np.pi / 2, 1 / np.abs(frame.exponents[1:])]
    amplified = np.abs(frame.inverse).sum(axis=2).max(axis=0) * norms
    reach = (np.abs(frame.columns).max(axis=0) @ amplified).max()
    # The sampling lemma costs a factor of about 4, the strip and the radii a few more.
    goal = 10.0**-digits / (2 * np.pi * tau * slope * reach * 30)
    return goal if 0 < goal < inf else None


def _finish(
    network: Network, half: Rows, tau: arb, columns: list[Column], goal: float, bits: int, effort: Effort
) -> Draft | str:
    """Choose the inverse of the frame, the strip and the nodes."""
    d, frame = network.dimension, Frame.of(columns)
    degree = max([len(half[0]) - 1, *(column.degree for column in frame.columns)])
    floats = _float_frame(half, frame, fourier_modes.smooth_length(4 * degree + 8))
    if floats is None:
        return SINGULAR
    flat = floats.inverse.reshape(len(floats.inverse), -1)
    inverse_degree = min(fourier_modes.numerical_degree(flat, effort.frame * 1e2) + 1, 2 * degree)
    inverse = fourier_modes.coefficients(floats.inverse, inverse_degree)
    height, tail = _strip(network, half, inverse, effort)
    if height is None:
        return "no strip around the real angles on which f along the orbit stays bounded"
    nearby = max(np.abs(floats.inverse).max(), 1e-300)
    sampled = ceil((log(max(float(tau), 1e-300)) + tail - log(goal * nearby) + MARGIN) / height)
    n = max(inverse_degree + degree, sampled)
    nodes = fourier_modes.smooth_length(ceil(2.5 * n) + 1)
    rows = tuple(TrigPolynomial(fourier_modes.exact_rows(inverse[:, i, :])) for i in range(d))
    boxes = effort.boxes * max(128, fourier_modes.smooth_length(3 * degree))
    return Draft(Proposal(half, tau, tuple(columns), rows, exact(height), n, nodes, boxes), bits)


def _strip(network: Network, half: Rows, inverse: np.ndarray, effort: Effort) -> tuple[float | None, float]:
    """(rho, log of |P| |f(u)| on the strip): the width for which the sampling lemma needs the fewest nodes."""
    orbit = _floats(TrigPolynomial.real(half))
    limit = _widest(network, orbit)
    best: tuple[float | None, float] = (None, inf)
    for fraction in STRIP_FRACTIONS:
        height = limit * fraction * effort.strip
        values = complex_jet(network, fourier_modes.samples(orbit, 4 * len(orbit), height), 1.0)
        if height <= 0 or values is None:
            continue
        growth = np.exp(height * np.abs(np.arange(len(inverse)) - len(inverse) // 2))
        size = (np.abs(inverse) * growth[:, None, None]).sum(axis=0).max() * np.abs(values).max() * len(half)
        if not 0 < size < inf:
            continue
        if best[0] is None or log(size) / height + 46 / height < best[1] / best[0] + 46 / best[0]:
            best = (height, log(size))
    return best


def _widest(network: Network, orbit: np.ndarray) -> float:
    """The largest rho, by bisection in floats, for which no pre-activation comes near a singularity on the line."""
    low, high, nodes = 0.0, LARGEST_HEIGHT, min(4 * len(orbit), max(1024, len(orbit) + 1))
    for _ in range(16):
        middle = (low + high) / 2
        fits = complex_jet(network, fourier_modes.samples(orbit, nodes, middle), 0.97) is not None
        low, high = (middle, high) if fits else (low, middle)
    return low
