"""Trajectories of the benchmark fields in floats: their limit cycles, training states and shooting segments.

UNTRUSTED: integrated to a tolerance, proved by nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ..errors import UnusableInput
from .fields import Field

TOLERANCE = 1e-12
"""Relative tolerance of a limit cycle; the absolute one is a tenth of it."""
CLOSED = 1e-10
"""A return closer than this, relative to the cycle's width, ends the refinement."""
_SETTLE, _CHUNK, _LONGEST, _RETURNS = 10.0, 1.0, 100, 40
_NEAR = 0.1
_COARSE = 1e-9
_FINE = 4097


@dataclass(frozen=True, eq=False)
class Cycle:
    """A limit cycle, as scipy's dense output of one turn of it."""

    period: float
    solution: Callable[[np.ndarray], np.ndarray]

    def at(self, times: np.ndarray) -> np.ndarray:
        """The states (n, d) at times (n,) in [0, period]."""
        return self.solution(times).T


@lru_cache(maxsize=16)
def limit_cycle(field: Field) -> Cycle:
    """The stable limit cycle that the trajectory from ``field.start`` tends to.

    Returns to a hyperplane across the flow are iterated until one comes back to where it left: the cycles contract, so
    every turn gains digits. Raises UnusableInput where there is no start, or no return.
    """
    if not field.start:
        raise UnusableInput(f"no limit cycle of {field.name} is known", "choose a benchmark field")
    point = _solve(field, np.array(field.start), _SETTLE, _COARSE).y[:, -1]
    for _ in range(_RETURNS):
        period, back, width = _return(field, point)
        if np.abs(back - point).max() <= CLOSED * width:
            solution = _solve(field, point, period, TOLERANCE, dense_output=True).sol
            return Cycle(period, solution)
        point = back
    raise UnusableInput(f"the trajectory of {field.name} does not close", "start it nearer to the cycle")


def states_around_the_cycle(field: Field, count: int, seed: int) -> np.ndarray:
    """States (count, d), half of them in a tube about the limit cycle, a quarter on trajectories, a quarter in the box.

    Boxes of four dimensions are too wide to learn a stiff field on. The trajectories start from the tube and are
    sampled within a quarter of a period.
    """
    random = np.random.default_rng(seed)
    centre, radius = field.frame()
    box, along = count // 4, count // 4
    near = tube(field, count - box - along, random)
    starts = tube(field, -(-along // 8), random)
    _, followed = trajectories(field, starts, limit_cycle(field).period / 4, 8)
    inside = centre + radius * random.uniform(-1, 1, (box, field.dimension))
    flat = followed[1:].reshape(-1, field.dimension)[:along]
    return np.concatenate([near, np.clip(flat, centre - radius, centre + radius), inside])


def trajectories(field: Field, starts: np.ndarray, length: float, pieces: int) -> tuple[np.ndarray, np.ndarray]:
    """Times (pieces + 1,) in [0, ``length``], and the states (pieces + 1, n, d) of the trajectories from ``starts``."""
    times = np.linspace(0.0, length, pieces + 1)
    solved = _solve(field, starts.ravel(), length, _COARSE, t_eval=times)
    return times, solved.y.T.reshape(len(times), *starts.shape)


def tube(field: Field, count: int, random: np.random.Generator) -> np.ndarray:
    """States (count, d) about the limit cycle, inside the box; half of them lie evenly in time, half as `times_along`.

    Their distances are normal, with spreads of up to 0.3 half widths of the box.
    """
    centre, radius = field.frame()
    cycle, turns = limit_cycle(field), random.uniform(0, 1, count)
    times = np.where(np.arange(count) % 2 == 0, turns * cycle.period, times_along(field, cycle, turns))
    spread = 0.3 * random.uniform(0, 1, (count, 1)) ** 2
    moved = cycle.at(times) + spread * radius * random.standard_normal((count, field.dimension))
    return np.clip(moved, centre - radius, centre + radius)


def times_along(field: Field, cycle: Cycle, turns: np.ndarray) -> np.ndarray:
    """Times in [0, T] at which t/T + (arc length)/(its total), in units of the box, is twice ``turns`` in [0, 1]."""
    fine = np.linspace(0.0, cycle.period, _FINE)
    steps = np.linalg.norm(np.diff(cycle.at(fine) / field.frame()[1], axis=0), axis=1)
    length = np.concatenate([[0.0], np.cumsum(steps)])
    return np.interp(turns, (fine / cycle.period + length / length[-1]) / 2, fine)


def _return(field: Field, point: np.ndarray) -> tuple[float, np.ndarray, float]:
    """(time, state, width of the loop) of the first return to the hyperplane through ``point`` normal to f."""
    normal = field.right_hand_side(point[None])[0]

    def height(_: float, state: np.ndarray) -> float:
        return float((state - point) @ normal)

    height.direction = 1.0  # type: ignore[attr-defined]
    state, low, high = point, point, point
    for chunk in range(_LONGEST):
        solved = _solve(field, state, _CHUNK, TOLERANCE, events=height)
        low, high = np.minimum(low, solved.y.min(axis=1)), np.maximum(high, solved.y.max(axis=1))
        width = float((high - low).max())
        for time, crossing in zip(solved.t_events[0], solved.y_events[0], strict=True):
            elapsed = chunk * _CHUNK + float(time)
            if elapsed > _CHUNK / 10 and np.abs(crossing - point).max() < _NEAR * width:
                return elapsed, crossing, width
        state = solved.y[:, -1]
    raise UnusableInput(f"the trajectory of {field.name} does not return", "start it nearer to the cycle")


def _solve(field: Field, start: np.ndarray, length: float, tolerance: float, **more: Any) -> Any:
    """scipy's DOP853 from ``start``, which may hold several states one after another."""
    from scipy.integrate import solve_ivp

    def slope(_: float, flat: np.ndarray) -> np.ndarray:
        return field.right_hand_side(flat.reshape(-1, field.dimension)).ravel()

    return solve_ivp(slope, (0.0, length), start, "DOP853", rtol=tolerance, atol=tolerance / 10, **more)
