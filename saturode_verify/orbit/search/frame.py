"""Orbit and Floquet modes on the Fourier nodes, polished to rounding level.

With the frame Q = [u', q_2, .., q_d] and its exponents the linearised problem is diagonal: u + Q w with
w' - Lambda w = s e_1 + Q^{-1}(tau f(u) - u') is one division per Fourier coefficient. That is a quasi-Newton step; a
fair frame makes it contract by many digits. The modes are corrected alike, and no large matrix is ever formed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...bounds.candidates import FloatField
from .flow import Flow
from .fourier import derivative, envelope, node_count, on_uniform_mesh, wave_numbers
from .modes import PiecewiseMode, piecewise_modes
from .piecewise import FINE, Mesh, PiecewiseOrbit, halved, radau, solve
from .records import FloatMode, FloatOrbit, NotFound

_SWEEPS, _RESONANT = 8, 1e-7
_FEWEST_NODES, _MOST_NODES, _LEVEL, _MODE_LEVEL = 45, 4725, 1e-16, 1e-15
_FEWEST_INTERVALS, _MOST_INTERVALS = 24, 1200
_ORBIT_GOAL, _MODE_GOAL = 1e-9, 1e-6


@dataclass(frozen=True, eq=False)
class Defects:
    """sup |tau f(u) - u'| / sup |u'|, and the largest sup |(tau Df - d/dtheta - l) q| / (1 + |l|), q of sup norm 1."""

    orbit: float
    modes: float

    @property
    def total(self) -> float:
        return self.orbit + 1e-3 * self.modes


def floquet_modes(field: FloatField, states: np.ndarray, tau: float) -> tuple[FloatMode, ...] | NotFound:
    """The d - 1 nontrivial Floquet modes of the orbit with ``states`` (M, d), M odd, and period 2 pi tau."""
    states = np.asarray(states, dtype=float)
    flow = Flow(field)
    count = int(np.clip(int((envelope(states) > 1e-13).sum()) // 2 + 8, _FEWEST_INTERVALS, _MOST_INTERVALS))
    with np.errstate(all="ignore"):
        while True:
            mesh = Mesh(np.linspace(0, 2 * np.pi, count + 1))
            rough = piecewise_modes(flow, PiecewiseOrbit(mesh, on_uniform_mesh(states, count, radau()[0]), tau))
            if isinstance(rough, str):
                return NotFound(f"{rough}: give more nodes, or another orbit")
            if 2 * count > _MOST_INTERVALS or _smooth(mesh, rough):
                break
            count *= 2
        modes = tuple(_sampled(mesh, mode, len(states)) for mode in rough)
        orbit, defects = polish(flow, FloatOrbit(states, tau, modes), move_orbit=False)
    if not defects.modes < _MODE_GOAL:
        return NotFound(
            f"the Floquet modes stop at a defect of {defects.modes:.1e}: give more nodes than {len(states)}"
        )
    return orbit.modes


def refine(flow: Flow, orbit: PiecewiseOrbit) -> FloatOrbit | NotFound:
    """Modes of a piecewise orbit, and both on as many Fourier nodes as their coefficients need to reach rounding."""
    name = f"a periodic orbit of period {2 * np.pi * orbit.tau:.6g} was found"
    with np.errstate(all="ignore"):
        fine, rough = _fine(flow, orbit)
        if isinstance(rough, str):
            return NotFound(f"{name}, but {rough}: change the start")
        count = max(_FEWEST_NODES, node_count(_states(fine, _MOST_NODES), _LEVEL, _MOST_NODES))
        dense = [_sampled(fine.mesh, mode, _MOST_NODES).samples for mode in rough]
        count = max([count, *(node_count(q, _MODE_LEVEL, _MOST_NODES) for q in dense)])
        while True:
            modes = tuple(_sampled(fine.mesh, mode, count) for mode in rough)
            result, defects = polish(flow, FloatOrbit(_states(fine, count), fine.tau, modes))
            if count == _MOST_NODES or _resolved(result):
                break
            count = min(_MOST_NODES, (count * 4 // 3) | 1)
    if not (defects.orbit < _ORBIT_GOAL and defects.modes < _MODE_GOAL):
        return NotFound(
            f"{name}, but with {count} Fourier nodes its defect stays at {defects.orbit:.1e} and that of its Floquet "
            f"modes at {defects.modes:.1e}, too much for a proof: it is too stiff for this search"
        )
    return result


def _fine(flow: Flow, orbit: PiecewiseOrbit) -> tuple[PiecewiseOrbit, list[PiecewiseMode] | str]:
    """Orbit and modes on a mesh that resolves both to rounding level, if that can be had."""
    while True:
        orbit = solve(flow, orbit, FINE) or orbit
        rough = piecewise_modes(flow, orbit)
        if isinstance(rough, str) or 2 * len(orbit.mesh.widths) > _MOST_INTERVALS or _smooth(orbit.mesh, rough):
            return orbit, rough
        orbit = halved(orbit)


def _smooth(mesh: Mesh, modes: Sequence[PiecewiseMode]) -> bool:
    return max((mesh.rough(mode.values) for mode in modes), default=0.0) < 10 * FINE


def _resolved(orbit: FloatOrbit) -> bool:
    """Whether the last tenth of the coefficients has fallen to rounding level."""
    ends = [envelope(x)[-max(1, len(x) // 20)] for x in (orbit.states, *(mode.samples for mode in orbit.modes))]
    return ends[0] < 1e-14 and max(ends) < 1e-12


def _states(orbit: PiecewiseOrbit, count: int) -> np.ndarray:
    return orbit.mesh.evaluate(orbit.values, 2 * np.pi * np.arange(count) / count)


def _sampled(mesh: Mesh, mode: PiecewiseMode, count: int) -> FloatMode:
    angles = 2 * np.pi * np.arange(count) / count
    samples = mesh.evaluate(mode.values, angles)
    if mode.kind == "antiperiodic":
        samples = samples * np.exp(-0.5j * angles)[:, None]
    return FloatMode(mode.kind, mode.exponent, samples)


def polish(flow: Flow, orbit: FloatOrbit, move_orbit: bool = True) -> tuple[FloatOrbit, Defects]:
    """Quasi-Newton steps in the frame until the defects stop falling; the best orbit and its defects."""
    best, least = orbit, Defects(np.inf, np.inf)
    for _ in range(_SWEEPS):
        after, defects = _sweep(flow, orbit, move_orbit)
        if not np.isfinite(defects.total):
            break
        stalled = defects.total > 0.3 * least.total
        if defects.total < least.total:
            best, least = orbit, defects
        if stalled or after is None:
            break
        orbit = after
    return replace(best, modes=tuple(_normalised(mode) for mode in best.modes)), least


def _sweep(flow: Flow, orbit: FloatOrbit, move_orbit: bool) -> tuple[FloatOrbit | None, Defects]:
    """One correction of everything, and the defects before it; None if the frame is singular."""
    f, jacobian = flow.linearise(orbit.states)
    slope = derivative(orbit.states)
    residual = orbit.tau * f - slope
    columns, exponents = [slope], [0j]
    defects = [residual]
    for mode in orbit.modes:
        q = mode.samples
        defects.append(orbit.tau * np.einsum("mij,mj->mi", jacobian, q) - derivative(q) - _number(mode) * q)
        columns.append(q)
        exponents.append(mode.exponent)
        if mode.kind == "complex":
            columns.append(q.conj())
            exponents.append(mode.exponent.conjugate())
    sizes = [float(np.abs(r).max()) / (1 + abs(m.exponent)) for r, m in zip(defects[1:], orbit.modes, strict=True)]
    measured = Defects(float(np.abs(residual).max() / np.abs(slope).max()), max(sizes, default=0.0))
    frame, diagonal = np.stack(columns, axis=2), np.array(exponents)
    try:
        parts = np.linalg.solve(frame, np.stack(defects, axis=2))
    except np.linalg.LinAlgError:
        return None, measured
    hats = np.fft.fft(parts, axis=0)
    return _corrected(orbit, frame, diagonal, hats, move_orbit), measured


def _corrected(
    orbit: FloatOrbit, frame: np.ndarray, diagonal: np.ndarray, hats: np.ndarray, move_orbit: bool
) -> FloatOrbit:
    """``hats`` (M, d, 1 + number of modes): the Fourier transforms of Q^{-1} times the defects."""
    states, tau = orbit.states, orbit.tau
    if move_orbit:
        w, mean = _divide(hats[:, :, 0], diagonal, 0)
        states = states + np.einsum("mij,mj->mi", frame, w).real
        tau = tau * (1 - mean.real)
    modes, column = [], 1
    for i, mode in enumerate(orbit.modes, start=1):
        w, mean = _divide(hats[:, :, i], diagonal, column)
        samples = mode.samples + np.einsum("mij,mj->mi", frame, w)
        exponent = mode.exponent + (mean if mode.kind == "complex" else mean.real)
        modes.append(_structured(FloatMode(mode.kind, exponent, samples)))
        column += mode.count
    return FloatOrbit(states, tau, tuple(modes))


def _divide(hat: np.ndarray, diagonal: np.ndarray, own: int) -> tuple[np.ndarray, complex]:
    """The w (M, d) with w_i' - (l_i - l_own) w_i = g_i, less mean(g_own) for i = own, and that mean.

    ``hat`` (M, d) is the Fourier transform of g; a resonance is left alone.
    """
    mean = complex(hat[0, own] / len(hat))
    divisor = 1j * wave_numbers(len(hat))[:, None] - (diagonal - diagonal[own])
    small = np.abs(divisor) < _RESONANT
    return np.fft.ifft(np.where(small, 0, hat / np.where(small, 1, divisor)), axis=0), mean


def _structured(mode: FloatMode) -> FloatMode:
    """The symmetry of the kind, exactly: a real q, or a real a = e^{i theta/2} q."""
    if mode.kind == "periodic":
        return replace(mode, exponent=complex(mode.exponent.real), samples=np.real(mode.samples))
    if mode.kind == "antiperiodic":
        half = np.exp(-1j * np.pi * np.arange(len(mode.samples)) / len(mode.samples))[:, None]
        return replace(mode, samples=np.real(mode.samples * np.conj(half)) * half)
    return mode


def _normalised(mode: FloatMode) -> FloatMode:
    """Sup norm 1; the largest entry of a complex mode is made real."""
    flat = mode.samples.ravel()
    largest = flat[np.abs(flat).argmax()]
    return replace(mode, samples=mode.samples / (largest if mode.kind == "complex" else abs(largest)))


def _number(mode: FloatMode) -> complex | float:
    return mode.exponent.real if mode.kind == "periodic" else mode.exponent
