"""All periodic orbits and equilibria of a box that many starts, in both directions of time, lead to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import qmc

from ...bounds.candidates import FloatField
from ...region import Box
from .flow import Flow, equilibrium_near
from .frame import refine
from .march import Loop, March
from .near import close, distances
from .piecewise import PiecewiseOrbit
from .records import Equilibrium, FloatOrbit, Found

_KNOWN, _SAME, _TAU, _POINTS = 2e-3, 1e-6, 1e-6, 401
_ASIDE, _AROUND = 1e-2, 1e-3


@dataclass(frozen=True)
class Budget:
    """How hard to search. Nothing is random: the same budget gives the same answer.

    ``starts`` low-discrepancy points (0: 48 for each dimension), ``steps`` of the integrator per start and direction,
    ``rounds`` of new starts beside the orbits found, ``candidates`` that are given to Newton's method per round.
    """

    starts: int = 0
    steps: int = 1500
    rounds: int = 5
    candidates: int = 60


@dataclass(eq=False)
class _Known:
    """Orbits recognised so far: piecewise, with samples of the curve."""

    orbits: list[PiecewiseOrbit] = field(default_factory=list)
    curves: list[np.ndarray] = field(default_factory=list)

    def covers(self, points: np.ndarray, tau: float, near: float, tau_near: float) -> bool:
        """Whether the points lie within ``near`` (relative to its size) of a known orbit and tau is k times its."""
        for orbit, curve in zip(self.orbits, self.curves, strict=True):
            turns = max(1, round(tau / orbit.tau))
            if abs(tau / turns - orbit.tau) <= tau_near * orbit.tau:
                size = np.ptp(curve, axis=0).max()
                if distances(points, curve).max() <= near * size + _sag(curve):
                    return True
        return False

    def add(self, orbit: PiecewiseOrbit) -> bool:
        """False for an orbit that is known already."""
        curve = orbit.mesh.evaluate(orbit.values, 2 * np.pi * np.arange(_POINTS) / _POINTS)
        if self.covers(curve[::20], orbit.tau, _SAME, _TAU):
            return False
        self.orbits.append(orbit)
        self.curves.append(curve)
        return True


def find_all(field: FloatField, box: Box, budget: Budget | None = None) -> Found:
    """Every periodic orbit in the box that the budget reaches, by rising period, and the equilibria in the box.

    Planar cycles attract in one direction of time; those nested in others are reached from starts beside the cycles
    found before and around foci. In higher dimensions cycles of saddle type are found where a start comes near them.
    """
    budget = budget or Budget()
    flow = Flow(field)
    low, high = (np.array([float(side[end]) for side in box.sides]) for end in (0, 1))
    count = budget.starts or 48 * box.dimension
    starts = low + (high - low) * qmc.Halton(box.dimension, scramble=False).random(count + 1)[1:]
    with np.errstate(all="ignore"):
        rests = [x for x in _equilibria(flow, starts) if _inside(x.point[None], low, high)]
        known = _Known()
        seeds = np.vstack([starts, *(_around_focus(x, high - low) for x in rests)])
        for _ in range(budget.rounds):
            before = len(known.orbits)
            for direction in (flow, flow.backward()):
                _explore(direction, seeds, 10 * float(np.abs([low, high]).max()) + 1, known, budget)
            if len(known.orbits) == before:
                break
            seeds = np.vstack([_beside(flow, curve) for curve in known.curves[before:]])
        return _finish(flow, known, rests, low, high)


def _finish(flow: Flow, known: _Known, rests: list[Equilibrium], low: np.ndarray, high: np.ndarray) -> Found:
    orbits, outside, incomplete = [], 0, []
    for rough, curve in zip(known.orbits, known.curves, strict=True):
        if not _inside(curve, low, high):
            outside += 1
            continue
        orbit = refine(flow, rough)
        if isinstance(orbit, FloatOrbit):
            orbits.append(orbit)
        else:
            incomplete.append(orbit.reason)
    orbits.sort(key=lambda orbit: orbit.tau)
    return Found(orbits, rests, outside, tuple(incomplete))


def _explore(flow: Flow, seeds: np.ndarray, reach: float, known: _Known, budget: Budget) -> None:
    """Integrate all seeds at once and close their near-returns, the best first."""
    march = March(flow, seeds, reach)
    loops: dict[int, Loop] = {}
    if flow.dimension > 2:
        _close_all(flow, march.advance(0.2, budget.steps // 4).values(), known, budget)
    for accept in (1e-2, 1e-3):
        loops |= march.advance(accept, budget.steps // 2)
    _close_all(flow, loops.values(), known, budget)


def _close_all(flow: Flow, loops: Iterable[Loop], known: _Known, budget: Budget) -> None:
    tried = 0
    for loop in sorted(loops, key=lambda loop: loop.gap):
        some = loop.states[:: max(1, len(loop.states) // 12)]
        near = max(_KNOWN, min(2 * loop.gap, 5 * _KNOWN))
        if known.covers(some, loop.times[-1] / (2 * np.pi), near, 10 * near):
            continue
        if tried == budget.candidates:
            return
        tried += 1
        orbit = close(flow, loop)
        if isinstance(orbit, PiecewiseOrbit):
            known.add(orbit)


def _equilibria(flow: Flow, starts: np.ndarray) -> list[Equilibrium]:
    """The distinct zeros of f that Newton's method reaches."""
    found: list[Equilibrium] = []
    for start in starts:
        rest = equilibrium_near(flow, start)
        if rest is not None and all(
            np.abs(rest.point - x.point).max() > 1e-7 * (1 + np.abs(x.point).max()) for x in found
        ):
            found.append(rest)
    return found


def _around_focus(rest: Equilibrium, width: np.ndarray) -> np.ndarray:
    """Two starts near an equilibrium about which trajectories turn (none otherwise)."""
    if not (np.abs(np.imag(rest.eigenvalues)) > 1e-9).any():
        return np.empty((0, len(width)))
    return rest.point + np.array([[_AROUND], [-20 * _AROUND]]) * width


def _beside(flow: Flow, curve: np.ndarray) -> np.ndarray:
    """Starts on either side of a closed curve (M, d), off it in directions normal to the flow."""
    size = np.ptp(curve, axis=0).max()
    points = curve[:: len(curve) // 2][:2]
    f = flow.values(points)
    result = []
    for point, along in zip(points, f, strict=True):
        normal = np.eye(len(point))[np.abs(along).argmin()]
        normal = normal - (normal @ along) / (along @ along) * along
        normal /= np.linalg.norm(normal)
        result += [point + step * size * normal for step in (-10 * _ASIDE, -_ASIDE, _ASIDE, 10 * _ASIDE)]
    return np.array(result)


def _inside(points: np.ndarray, low: np.ndarray, high: np.ndarray) -> bool:
    return bool(((low <= points) & (points <= high)).all())


def _sag(curve: np.ndarray) -> float:
    """How far the polygon through the curve can stay from the curve."""
    bend = np.roll(curve, -1, axis=0) - 2 * curve + np.roll(curve, 1, axis=0)
    return float(np.linalg.norm(bend, axis=1).max()) / 4
