"""CAPD (validated integration in double intervals, C++): a periodic orbit by interval Newton on a return map.

`python -m benchmarks.capd_peer MODEL X0` proves the orbit near the point X0 = "x_1,x_2,..." and prints JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

if __name__ == "__main__" and not __package__:  # started as a file, not as a module
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.return_map import find_orbit
from saturode_verify.activation import Activation
from saturode_verify.formats import load
from saturode_verify.network import Network

ORDER = 20
"""Of CAPD's Taylor method; 12 to 30 differ little in time, less in width."""
RADIUS = 1e-7
"""Of the box in which interval Newton looks: the float search is good to about 1e-10."""
Ends = tuple[str, str]
"""An interval: lower and upper end, both as `float.hex`."""


@dataclass(frozen=True)
class CapdOrbit:
    """What CAPD proved. ``point``: in the section, whose own coordinate (``axis``) is ``level`` exactly.

    ``return_det`` is det of the return map's derivative (for d = 2 that is the nontrivial multiplier),
    ``flow_det`` det of the flow's derivative over the period; ``log_det`` is int div f, carried as one more state.
    All three describe the same number. ``seconds``: setup (import, formula, parsing), search (floats), existence
    (two passes of interval Newton), derivative (one more from the orbit's tight box: period and both dets), log_det
    (instead: a pass that carries the further state, and parsing it).
    """

    axis: int
    level: str
    point: list[Ends]
    period: Ends
    return_det: Ends
    flow_det: Ends
    log_det: Ends | None
    seconds: dict[str, float]


class Formula:
    """The network as CAPD's parser takes it: no tanh, no scientific notation, hence weights as named parameters."""

    def __init__(self, network: Network, with_divergence: bool = False) -> None:
        """Raises ValueError for an activation that the parser cannot express."""
        self.values: list[float] = []
        names = [f"x{i}" for i in range(network.dimension)]
        outputs, tangents = self._network(network, names, with_divergence)
        if with_divergence:
            names, outputs = [*names, "z"], [*outputs, "+".join(tangents[i][i] for i in range(network.dimension))]
        parameters = ",".join(f"p{k}" for k in range(len(self.values)))
        self.text = f"par:{parameters};var:{','.join(names)};fun:{','.join(outputs)};"

    def _constant(self, value: float) -> str:
        self.values.append(float(value))
        return f"p{len(self.values) - 1}"

    def _network(self, network: Network, inputs: list[str], differentiate: bool) -> tuple[list[str], list[list[str]]]:
        """The outputs, and if asked per input i the derivatives of all outputs along x_i."""
        values, tangents = inputs, [["1" if i == j else "" for j in range(len(inputs))] for i in range(len(inputs))]
        for layer in network.layers:
            weight = [[self._constant(w) for w in row] for row in layer.weight.tolist()]
            bias = [self._constant(b) for b in layer.bias.tolist()]
            before = [f"{_combination(row, values)}+{b}" for row, b in zip(weight, bias, strict=True)]
            slope = "" if layer.activation.slope == 1 else self._constant(float(layer.activation.slope))
            values = [_activate(layer.activation, f"{slope}*({z})" if slope else z)[0] for z in before]
            if differentiate:
                rates = [_activate(layer.activation, f"{slope}*({z})" if slope else z)[1] for z in before]
                scaled = [f"{slope}*{rate}" if slope else rate for rate in rates]
                tangents = [
                    [f"{rate}*({_combination(row, t)})" for rate, row in zip(scaled, weight, strict=True)]
                    for t in tangents
                ]
        return values, tangents


class CapdReturnMap:
    """CAPD's return map to {x_axis = level} of a field; ``states`` beyond the network's are quadratures along it."""

    def __init__(self, formula: Formula, states: int, axis: int, level: float, rising: bool) -> None:
        self._capd: Any = import_module("capdpy")
        self.states, self.axis, self.level = states, axis, level
        self._field = self._capd.IMap(formula.text)
        for k, value in enumerate(formula.values):
            self._field.setParameter(f"p{k}", self._capd.Interval(value))
        direction = self._capd.CrossingDirection
        self._solver = self._capd.IOdeSolver(self._field, ORDER)
        self._section = self._capd.ICoordinateSection(states, axis, self._capd.Interval(level))
        self._map = self._capd.IPoincareMap(
            self._solver, self._section, direction.MinusPlus if rising else direction.PlusMinus
        )

    def _lifted(self, chart: Sequence[Any]) -> Any:
        """The point of the section with these coordinates (and quadratures 0)."""
        full = list(chart)
        full.insert(self.axis, self._capd.Interval(self.level))
        full += [self._capd.Interval(0.0)] * (self.states - len(full))
        return self._capd.IVector(full)

    def _chart(self, full: Any) -> list[Any]:
        return [full[i] for i in range(self.states) if i != self.axis]

    def value(self, chart: Sequence[Any]) -> tuple[list[Any], Any]:
        """(the return, without the section's own coordinate; the return time)."""
        period = self._capd.Interval(0.0)
        end = self._map(self._capd.C0HORect2Set(self._lifted(chart)), period)
        return self._chart(end), period

    def derivative(self, chart: Sequence[Any]) -> tuple[Any, list[list[Any]], Any]:
        """(return time, derivative of the return map in the chart, derivative of the flow over the return time)."""
        period, flow = self._capd.Interval(0.0), self._capd.IMatrix(self.states, self.states)
        end = self._map(self._capd.C1Rect2Set(self._lifted(chart)), flow, period)
        full = self._map.computeDP(end, flow, period)
        kept = [i for i in range(self.states) if i != self.axis]
        return period, [[full[i][j] for j in kept] for i in kept], [list(flow[i]) for i in range(self.states)]


def prove(network: Network, near: Sequence[float]) -> CapdOrbit:
    """Raises ImportError without CAPD, ValueError for an inexpressible model or where nothing is found or proved."""
    started = time.perf_counter()
    capd: Any = import_module("capdpy")
    formula, imported = Formula(network), time.perf_counter()
    section, start = find_orbit(network, near)
    found = time.perf_counter()
    returns = CapdReturnMap(formula, network.dimension, *section)
    parsed = time.perf_counter()
    point = _krawczyk(capd, returns, start.tolist())
    existing = time.perf_counter()
    period, chart, flow = returns.derivative(point)
    derived = time.perf_counter()
    seconds = {"setup": imported - started + parsed - found, "search": found - imported}
    seconds |= {"existence": existing - parsed, "derivative": derived - existing}
    log_det = _log_det(network, point, section)
    return CapdOrbit(
        axis=section[0],
        level=section[1].hex(),
        point=[_ends(x) for x in point],
        period=_ends(period),
        return_det=_ends(_determinant(capd, chart)),
        flow_det=_ends(_determinant(capd, flow)),
        log_det=_ends(log_det),
        seconds={**seconds, "log_det": time.perf_counter() - derived},
    )


def _log_det(network: Network, point: Sequence[Any], section: tuple[int, float, bool]) -> Any:
    """int div f over the orbit through ``point``: z' = div f(x), z(0) = 0 beside the network's own states."""
    returns = CapdReturnMap(Formula(network, with_divergence=True), network.dimension + 1, *section)
    return returns.value(point)[0][-1]


def _krawczyk(capd: Any, returns: CapdReturnMap, start: list[float]) -> list[Any]:
    """Intervals that hold the one fixed point of the return map P within RADIUS of ``start``.

    K(X) = x - C (P(x) - x) + (I - C (DP(X) - I)) (X - x), C near (DP - I)^{-1}: where K(X) lies inside X, X holds
    exactly one fixed point, and it lies in K(X).
    """
    size = range(len(start))
    centre = [capd.Interval(x) for x in start]
    box = [capd.Interval(x - RADIUS, x + RADIUS) for x in start]
    _, slopes, _ = returns.derivative(box)
    image, _ = returns.value(centre)
    middle = np.array([[_middle(entry) for entry in row] for row in slopes]) - np.eye(len(start))
    inverse = [[capd.Interval(c) for c in row] for row in np.linalg.inv(middle).tolist()]
    shift = [image[i] - centre[i] for i in size]
    moved = []
    for i in size:
        value = centre[i]
        for j in size:
            value = value - inverse[i][j] * shift[j]
            entry = capd.Interval(float(i == j))
            for k in size:
                entry = entry - inverse[i][k] * (slopes[k][j] - capd.Interval(float(k == j)))
            value = value + entry * (box[j] - centre[j])
        moved.append(value)
    if not all(new.subsetInterior(old) for new, old in zip(moved, box, strict=True)):
        raise ValueError("interval Newton proved no fixed point")
    return moved


def _determinant(capd: Any, matrix: list[list[Any]]) -> Any:
    """By the first row: the matrices are small."""
    if len(matrix) == 1:
        return matrix[0][0]
    total = capd.Interval(0.0)
    for j, entry in enumerate(matrix[0]):
        minor = _determinant(capd, [row[:j] + row[j + 1 :] for row in matrix[1:]])
        total = total + entry * minor if j % 2 == 0 else total - entry * minor
    return total


def _ends(interval: Any) -> Ends:
    return interval.leftBound().hex(), interval.rightBound().hex()


def _middle(interval: Any) -> float:
    return (interval.leftBound() + interval.rightBound()) / 2


def _combination(weights: Sequence[str], values: Sequence[str]) -> str:
    """A sum of products; a value "1" is 1, and "" is 0."""
    terms = [w if v == "1" else f"{w}*{v}" for w, v in zip(weights, values, strict=True) if v]
    return "+".join(terms)


def _activate(activation: Activation, z: str) -> tuple[str, str]:
    """Formulas of s(z) and s'(z), in brackets. Powers are products: CAPD's z^n fails where z passes through 0."""
    forms = {
        "identity": (f"({z})", "1"),
        "tanh": (f"(1-2/(1+exp(2*({z}))))", f"(4*exp(2*({z}))/((1+exp(2*({z})))*(1+exp(2*({z})))))"),
        "sigmoid": (f"(1/(1+exp(-({z}))))", f"(1/(1+exp(-({z})))*(1-1/(1+exp(-({z})))))"),
        "silu": (
            f"(({z})/(1+exp(-({z}))))",
            f"(1/(1+exp(-({z})))*(1+({z})*(1-1/(1+exp(-({z}))))))",
        ),
        "softplus": (f"log(1+exp({z}))", f"(1/(1+exp(-({z}))))"),
        "sin": (f"sin({z})", f"cos({z})"),
        "arctan": (f"atan({z})", f"(1/(1+({z})*({z})))"),
    }
    if activation.name == "power":
        n = int(activation.parameters()["exponent"])
        rate = "*".join([str(n), *[f"({z})"] * (n - 1)])
        return f"({'*'.join([f'({z})'] * n)})", f"({rate})"
    if activation.name not in forms:
        raise ValueError(f"CAPD's parser cannot express {activation.name}")
    return forms[activation.name]


def main(arguments: Sequence[str]) -> int:
    """Print the orbit, or a reason."""
    model, near = arguments
    try:
        found = asdict(prove(load(model), [float(x) for x in near.split(",")]))
    except ImportError:
        found = {"absent": "not installed (pip install uj-capdpy)"}
    except (ValueError, RuntimeError) as error:  # CAPD's failures are RuntimeErrors
        found = {"absent": str(error).splitlines()[0][:100]}
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
