"""A plain float search for CAPD: the fixed point of a return map by Newton. Nothing here is proved."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from saturode_verify.activation import Activation
from saturode_verify.network import Network

_STEP = 1e-2
"""Of the Runge-Kutta method, in time where |f| = 1 at the start, else in arc length: good for about 1e-8."""
_LONGEST = 50_000
"""Steps until an orbit has to be back."""
_WHILE = 10_000
"""Steps for a trajectory to settle."""
_DIFFERENCE = 1e-6

_FORMS: dict[str, Callable[[np.ndarray, Activation], np.ndarray]] = {
    "identity": lambda z, _: z,
    "tanh": lambda z, _: np.tanh(z),
    "sigmoid": lambda z, _: 1 / (1 + np.exp(-z)),
    "silu": lambda z, _: z / (1 + np.exp(-z)),
    "softplus": lambda z, _: np.logaddexp(0, z),
    "sin": lambda z, _: np.sin(z),
    "arctan": lambda z, _: np.arctan(z),
    "power": lambda z, activation: z ** int(activation.parameters()["exponent"]),
}


def section_through(network: Network, near: Sequence[float]) -> tuple[int, float, bool]:
    """(axis, level, whether f crosses upwards): the coordinate plane through ``near`` that f crosses most steeply."""
    point = np.array(near, dtype=np.float64)
    speed = float_field(network)(point[None])[0]
    axis = int(np.abs(speed).argmax())
    return axis, float(point[axis]), bool(speed[axis] > 0)


def float_field(network: Network) -> Callable[[np.ndarray], np.ndarray]:
    """f in floats, on states (n, d). Raises ValueError for an activation without a form here."""
    for layer in network.layers:
        if layer.activation.name not in _FORMS:
            raise ValueError(f"no float form of {layer.activation.name}")
    steps = []
    for layer in network.layers:
        slope = float(layer.activation.slope)
        steps.append((slope * layer.weight.T, slope * layer.bias, _FORMS[layer.activation.name], layer.activation))

    def field(states: np.ndarray) -> np.ndarray:
        for weight, bias, form, activation in steps:
            states = form(states @ weight + bias, activation)
        return states

    return field


def runge_kutta(field: Callable[[np.ndarray], np.ndarray], states: np.ndarray, step: float) -> np.ndarray:
    """One step of the classical method of order 4."""
    one = field(states)
    two = field(states + step / 2 * one)
    three = field(states + step / 2 * two)
    four = field(states + step * three)
    return states + step / 6 * (one + 2 * two + 2 * three + four)


def find_orbit(network: Network, near: Sequence[float]) -> tuple[tuple[int, float, bool], np.ndarray]:
    """A section as `section_through` describes it, and the orbit's coordinates in it, without the section's own.

    The section goes through ``near``, or else through where the trajectory from there has got to after a while.
    Raises ValueError where neither leads to an orbit.
    """
    field, point = float_field(network), np.array(near, dtype=np.float64)
    for steps in (0, _WHILE):
        step = _step_length(field, point)
        for _ in range(steps):
            point = runge_kutta(field, point[None], step)[0]
        if not np.isfinite(point).all():
            break
        section = section_through(network, point.tolist())
        found = FloatReturnMap(network, *section).fixed_point(point.tolist())
        if found is not None:
            return section, found
    raise ValueError("no periodic orbit found near this point")


def _step_length(field: Callable[[np.ndarray], np.ndarray], point: np.ndarray) -> float:
    return _STEP / max(1.0, float(np.linalg.norm(field(point[None]))))


class FloatReturnMap:
    """The return map to {x_axis = level}, crossed upwards if ``rising``, by a Runge-Kutta method of order 4."""

    def __init__(self, network: Network, axis: int, level: float, rising: bool) -> None:
        self._field, self._axis, self._level = float_field(network), axis, level
        self._sign = 1.0 if rising else -1.0

    def fixed_point(self, near: Sequence[float]) -> np.ndarray | None:
        """Coordinates in the section, without its own, by Newton; None where it does not settle."""
        try:
            return self._newton(np.delete(np.array(near, dtype=np.float64), self._axis))
        except ValueError:
            return None

    def _newton(self, chart: np.ndarray) -> np.ndarray | None:
        size, best = len(chart), np.inf
        for _ in range(30):
            ends = self._returns(np.vstack([chart, chart + _DIFFERENCE * np.eye(size)]))
            gap = ends[0] - chart
            if np.abs(gap).max() >= best and best < 1e-7:
                return chart
            best = float(np.abs(gap).max())
            slopes = (ends[1:] - ends[0]).T / _DIFFERENCE
            chart = chart - np.linalg.solve(slopes - np.eye(size), gap)
        return None

    def _returns(self, charts: np.ndarray) -> np.ndarray:
        """Where the points (n, d-1) come back; they run together, each to its own crossing."""
        now = np.insert(charts, self._axis, self._level, axis=1)
        ends, waiting = np.full_like(now, np.nan), np.ones(len(now), dtype=bool)
        left = np.zeros(len(now), dtype=bool)  # has the point been below the section since it started?
        step = _step_length(self._field, now[0])
        for _ in range(_LONGEST):
            new = runge_kutta(self._field, now, step)
            before, after = (self._sign * (x[:, self._axis] - self._level) for x in (now, new))
            left |= before < 0
            for i in np.nonzero(waiting & left & (before < 0) & (after >= 0))[0]:
                ends[i], waiting[i] = self._landed(now[i]), False
            now = new
            if not waiting.any():
                return np.delete(ends, self._axis, axis=1)
            if not np.isfinite(now).all():
                break
        raise ValueError("an orbit does not come back")

    def _landed(self, state: np.ndarray) -> np.ndarray:
        """From just before the section onto it: Newton for the time of flight."""
        time, end = 0.0, state
        for _ in range(8):
            speed = self._field(end[None])[0, self._axis]
            time -= (end[self._axis] - self._level) / speed
            end = runge_kutta(self._field, state[None], time)[0]
        return end
