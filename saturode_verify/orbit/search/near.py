"""The periodic orbit near a given point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...bounds.candidates import FloatField
from .flow import Flow, equilibrium_near
from .fourier import cover
from .frame import refine
from .march import End, Loop, March
from .piecewise import Mesh, PiecewiseOrbit, guess, solve
from .records import Equilibrium, FloatOrbit, NotFound

_ACCEPT = (0.3, 0.03, 3e-3, 3e-4, 3e-5)  # the integrator's own error is below the last
_STEPS, _FEW_STEPS, _SAMPLES = 8000, 400, 2025
_CLOSE, _COLLAPSED, _FAMILY, _AT_HAND = 0.5, 1e-3, 1e-3, 0.02


def find_near(field: FloatField, start: Sequence[float] | np.ndarray) -> FloatOrbit | Equilibrium | NotFound:
    """The periodic orbit that the trajectory from ``start`` (d,) leads to, or that lies near it.

    Forward in time first; backward, which finds the repelling cycles of the plane, where that leads to no cycle or away
    from the start: the nearer of the two cycles is the answer. An Equilibrium is returned
    where the start is one; where the trajectory only ends in one, NotFound names it.
    """
    x = np.asarray(start, dtype=float)
    flow = Flow(field)
    if x.shape != (flow.dimension,) or not np.isfinite(x).all():
        return NotFound(f"the start {_text(x)} is no finite point of R^{flow.dimension}: give {flow.dimension} numbers")
    rest = equilibrium_near(flow, x)
    if rest is not None and np.abs(rest.point - x).max() <= 1e-8 * (1 + np.abs(x).max()):
        return rest
    with np.errstate(all="ignore"):
        forward = _pursue(flow, x, _STEPS)
        if isinstance(forward, FloatOrbit) and _remoteness(forward, x) <= _AT_HAND:
            return forward
        backward = _pursue(flow.backward(), x, _FEW_STEPS if isinstance(forward, FloatOrbit) else _STEPS)
    if isinstance(backward, FloatOrbit):
        nearer = isinstance(forward, NotFound) or _remoteness(backward, x) < _remoteness(forward, x)
        return backward if nearer else forward
    if isinstance(forward, FloatOrbit):
        return forward
    return NotFound(
        f"no periodic orbit was found from {_text(x)}: forward in time {forward.reason}, backward in time "
        f"{backward.reason}: give --near a point closer to the cycle",
        forward.equilibrium or backward.equilibrium,
    )


def _remoteness(orbit: FloatOrbit, x: np.ndarray) -> float:
    """Distance of x to the orbit, relative to the orbit's size."""
    return float(distances(x[None], orbit.states)[0] / np.ptp(orbit.states, axis=0).max())


def _pursue(flow: Flow, start: np.ndarray, steps: int) -> FloatOrbit | NotFound:
    """Follow one trajectory; every near-return is tried, with a smaller gap each time. The reason is a clause."""
    march = March(flow, start[None])
    failure = "it did not come back to where it was"
    for accept in _ACCEPT:
        loop = march.advance(accept, steps - len(march.history)).get(0)
        if loop is None:
            break
        rough = close(flow, loop)
        if isinstance(rough, PiecewiseOrbit):
            result = refine(Flow(flow.field), rough)
            if isinstance(result, FloatOrbit):
                return result
            failure = result.reason
        else:
            failure = _unclosed(loop)
    if march.ends[0] is End.RESTED:
        rest = march.rests[0]
        return NotFound(f"the trajectory converged to the equilibrium {_text(rest.point)}", rest)
    if march.ends[0] is End.DIVERGED:
        return NotFound(f"the trajectory ran away to {_text(march.x[0])}")
    return NotFound(failure)


def _unclosed(loop: Loop) -> str:
    text = f"the near-return after {loop.times[-1]:.4g} time units closes to no cycle near it"
    if loop.gap < _FAMILY:
        text += (
            f", though its gap is {loop.gap:.1e} of its size (an orbit within a family is not isolated, so not found)"
        )
    return text


def close(flow: Flow, loop: Loop) -> PiecewiseOrbit | Equilibrium | None:
    """The periodic orbit of f (not of -f) near the loop, of minimal period; an equilibrium if it shrinks to one."""
    forward = Flow(flow.field)
    orbit = solve(forward, guess(loop if flow.sign > 0 else reverse(loop)))
    if orbit is None:
        return None
    if np.ptp(orbit.values, axis=(0, 1)).max() < _COLLAPSED * loop.size:
        return equilibrium_near(forward, orbit.values.mean(axis=(0, 1)))
    angles = 2 * np.pi * np.arange(_SAMPLES) / _SAMPLES
    states = orbit.mesh.evaluate(orbit.values, angles)
    if orbit.tau <= 0 or distances(loop.states, states).max() > _CLOSE * loop.size:
        return None
    times = cover(states)
    return orbit if times <= 1 else solve(forward, _unwound(orbit, times))


def reverse(loop: Loop) -> Loop:
    """The same piece, passed the other way by the reversed field."""
    times = loop.times[-1] - loop.times[::-1]
    return Loop(times, loop.states[::-1], -loop.slopes[::-1], loop.gap, loop.size)


def _unwound(orbit: PiecewiseOrbit, times: int) -> PiecewiseOrbit:
    """One turn of an orbit that runs ``times`` times around a shorter one."""
    turn = 2 * np.pi / times
    ends = orbit.mesh.ends
    inner = ends[(ends > 0) & (ends < turn * (1 - 1e-3 / len(ends)))]
    mesh = Mesh(np.concatenate([[0.0], inner * times, [2 * np.pi]]))
    angles = mesh.angles
    values = orbit.mesh.evaluate(orbit.values, angles.ravel() / times)
    return PiecewiseOrbit(mesh, values.reshape(*angles.shape, -1), orbit.tau / times)


def distances(points: np.ndarray, curve: np.ndarray) -> np.ndarray:
    """Distance of each of the points (n, d) to the closed polygon through ``curve`` (M, d)."""
    edges = np.roll(curve, -1, axis=0) - curve
    lengths = np.maximum(np.einsum("md,md->m", edges, edges), np.finfo(float).tiny)
    result = np.empty(len(points))
    for i, point in enumerate(points):
        away = point - curve
        along = np.clip(np.einsum("md,md->m", away, edges) / lengths, 0, 1)
        rest = away - along[:, None] * edges
        result[i] = np.sqrt(np.einsum("md,md->m", rest, rest).min())
    return result


def _text(point: np.ndarray) -> str:
    return "(" + ", ".join(f"{x:.6g}" for x in point.ravel()) + ")"
