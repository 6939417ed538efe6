"""Batched integration of many trajectories, each watched for its first near-return.

The method is the embedded pair of Dormand and Prince (J. Comput. Appl. Math. 6, 1980), every trajectory on its own
clock. The section of a trajectory is the hyperplane through a reference point normal to f there; references move as in
Brent's cycle detection (after 64, 128, 256, ... steps without a return), so that a transient is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

import numpy as np

from .flow import Flow, equilibrium_near
from .records import Equilibrium

_STAGES = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
_WEIGHTS = tuple(np.array(row) for row in _STAGES)
_ERROR = np.array([71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40])
_RTOL, _ATOL, _WINDOW, _CHECK, _FAR = 1e-6, 1e-12, 64, 40, 1e5
_FEWEST = 8  # steps in a loop: fewer are a wiggle and not a return


class End(Enum):
    """How a trajectory stands."""

    RUNNING = auto()
    RETURNED = auto()
    RESTED = auto()
    DIVERGED = auto()


@dataclass(frozen=True, eq=False)
class Loop:
    """A nearly closed piece of trajectory, in the flow's own direction of time.

    ``times`` (n,) rise from 0 to the duration, ``states`` and ``slopes`` (n, d); ``gap`` is the distance between the
    ends relative to ``size``, the largest distance from the first point.
    """

    times: np.ndarray
    states: np.ndarray
    slopes: np.ndarray
    gap: float
    size: float


class March:
    """n trajectories of x' = f(x) from ``starts`` (n, d); ``advance`` may be called again to go on.

    A trajectory whose sup norm passes ``reach`` counts as diverged.
    """

    def __init__(self, flow: Flow, starts: np.ndarray, reach: float | None = None) -> None:
        self.flow = flow
        self.x = np.array(starts, dtype=float)
        n = len(self.x)
        with np.errstate(all="ignore"):
            self.f = flow.values(self.x)
            self.h = 1e-2 * (1e-2 + _size(self.x)) / (1e-12 + _size(self.f))
        self.t = np.zeros(n)
        self.reach = _FAR * (1 + _size(self.x)) if reach is None else np.full(n, reach)
        self.ends = [End.RUNNING] * n
        self.rests: dict[int, Equilibrium] = {}
        self.fastest, self.travelled = _size(self.f), np.zeros(n)
        self.history = [(self.t, self.x, self.f)]
        self.reference = np.zeros(n, dtype=int)
        self.window = np.full(n, _WINDOW)
        self.base, self.normal = self.x.copy(), self.f.copy()
        self.height, self.excursion = np.zeros(n), np.zeros(n)
        bad = ~(np.isfinite(self.f).all(axis=1) & np.isfinite(self.x).all(axis=1))
        for i in np.flatnonzero(bad).tolist():
            self.ends[i] = End.DIVERGED

    def advance(self, accept: float, steps: int) -> dict[int, Loop]:
        """Step until every trajectory has ended or returned with a gap below ``accept``, or ``steps`` are spent.

        Returned trajectories of an earlier call run on, with the return as their new reference.
        """
        self.ends = [End.RUNNING if end is End.RETURNED else end for end in self.ends]
        loops: dict[int, Loop] = {}
        with np.errstate(all="ignore"):
            for _ in range(steps):
                active = np.array([end is End.RUNNING for end in self.ends])
                if not active.any():
                    break
                self._step(active)
                self._watch(active, accept, loops)
                if len(self.history) % _CHECK == 0:
                    self._rest(active)
        return loops

    def _step(self, active: np.ndarray) -> None:
        """One attempted step of every active trajectory; the rejected ones stay and shrink h."""
        i = np.nonzero(active)[0]
        x0, h = self.x[i], self.h[i]
        k = np.empty((7, *x0.shape))
        flat = k.reshape(7, -1)
        k[0] = self.f[i]
        x = x0
        for stage, row in enumerate(_WEIGHTS, start=1):
            x = x0 + h[:, None] * (row @ flat[:stage]).reshape(x0.shape)
            k[stage] = self.flow.values(x)
        error = h * _size((_ERROR @ flat).reshape(x0.shape)) / (_ATOL + _RTOL * np.maximum(_size(x0), _size(x)))
        finite = np.isfinite(error)
        good = finite & (error <= 1)
        factor = np.where(finite, np.clip(0.9 * np.maximum(error, 1e-10) ** -0.2, 0.2, 5.0), 0.1)
        self.t, self.x, self.f, self.h = self.t.copy(), self.x.copy(), self.f.copy(), self.h.copy()
        self.h[i] = h * factor
        self.t[i[good]] += h[good]
        self.x[i[good]], self.f[i[good]] = x[good], k[6][good]
        self.fastest = np.maximum(self.fastest, _size(self.f))
        self.travelled = np.maximum(self.travelled, _size(self.x - self.history[0][1]))
        self.history.append((self.t, self.x, self.f))
        lost = active & ((_size(self.x) > self.reach) | (self.h < 1e-14 * (1e-3 + np.abs(self.t))))
        for i in np.flatnonzero(lost).tolist():
            self.ends[i] = End.DIVERGED

    def _watch(self, active: np.ndarray, accept: float, loops: dict[int, Loop]) -> None:
        """Look for upward crossings of the section, and move stale references."""
        away = self.x - self.base
        height = np.einsum("nd,nd->n", away, self.normal)
        self.excursion = np.maximum(self.excursion, np.sqrt(np.einsum("nd,nd->n", away, away)))
        crossed = active & (self.height < 0) & (height >= 0)
        self.height = height
        now = len(self.history) - 1
        crossed &= (now - self.reference >= _FEWEST) & (np.linalg.norm(away, axis=1) < 0.7 * self.excursion)
        for i in np.flatnonzero(crossed).tolist():
            if self.ends[i] is End.RUNNING:
                loop = self._loop(i)
                if loop.gap < accept:
                    loops[i] = loop
                    self.ends[i] = End.RETURNED
                if loop.gap < max(accept, 0.3):
                    self._refer(i)
        for i in np.flatnonzero(active & (now - self.reference >= self.window)).tolist():
            self.window[i] *= 2
            self._refer(i)

    def _refer(self, i: int) -> None:
        """The present point becomes the reference of trajectory i."""
        self.reference[i] = len(self.history) - 1
        self.base[i], self.normal[i] = self.x[i], self.f[i]
        self.height[i] = self.excursion[i] = 0.0

    def _loop(self, i: int) -> Loop:
        """The piece from the reference to the crossing that the last step made, by the cubic Hermite polynomial."""
        since = self.history[self.reference[i] :]
        times = np.array([t[i] for t, _, _ in since])
        states = np.array([x[i] for _, x, _ in since])
        slopes = np.array([f[i] for _, _, f in since])
        kept = np.r_[True, np.diff(times) > 0]
        times, states, slopes = times[kept] - times[0], states[kept], slopes[kept]
        width = float(times[-1] - times[-2])
        heights = ((states[-2:] - self.base[i]) @ self.normal[i]).tolist()
        end = times[-2] + width * _crossing(*heights, *(width * slopes[-2:] @ self.normal[i]).tolist())
        last = hermite(times[-2:], states[-2:], slopes[-2:], end)
        times, states = np.r_[times[:-1], end], np.vstack([states[:-1], last])
        slopes = np.vstack([slopes[:-1], self.flow.values(last[None])])
        gap = float(np.linalg.norm(last - self.base[i]))
        return Loop(times, states, slopes, gap / float(self.excursion[i]), float(self.excursion[i]))

    def _rest(self, active: np.ndarray) -> None:
        """End the trajectories that are about to settle at an equilibrium that attracts them."""
        for i in np.flatnonzero(active & (_size(self.f) < 1e-2 * self.fastest + 1e-12)).tolist():
            if self.ends[i] is not End.RUNNING:
                continue
            rest = equilibrium_near(self.flow, self.x[i])
            near = 1e-3 * self.travelled[i] + 1e-9 * _size(self.x[i])
            if rest is None or np.abs(rest.point - self.x[i]).max() > near:
                continue
            if (self.flow.sign * np.real(rest.eigenvalues)).max() < 0:
                self.ends[i] = End.RESTED
                self.rests[i] = rest


def hermite(times: np.ndarray, states: np.ndarray, slopes: np.ndarray, at: np.ndarray | float) -> np.ndarray:
    """The piecewise cubic Hermite interpolant of states (n, d) with the given slopes, at one or many times."""
    k = np.clip(np.searchsorted(times, at, side="right") - 1, 0, len(times) - 2)
    h = (times[k + 1] - times[k])[..., None]
    s = (at - times[k])[..., None] / h
    rise = states[k + 1] - states[k]
    cubic = (1 - 2 * s) * rise + h * ((s - 1) * slopes[k] + s * slopes[k + 1])
    return (1 - s) * states[k] + s * states[k + 1] + s * (s - 1) * cubic


def _crossing(low: float, high: float, low_slope: float, high_slope: float) -> float:
    """The s in [0, 1] where the cubic with these values and slopes at 0 and 1 becomes positive, by bisection."""
    left, right = 0.0, 1.0
    for _ in range(40):
        s = (left + right) / 2
        cubic = (1 - 2 * s) * (high - low) + (s - 1) * low_slope + s * high_slope
        left, right = (s, right) if (1 - s) * low + s * high + s * (s - 1) * cubic < 0 else (left, s)
    return right


def _size(x: np.ndarray) -> np.ndarray:
    return np.abs(x).max(axis=-1)
