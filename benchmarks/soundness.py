"""How often does a claimed interval exclude the exact value at a point of its box? `python -m benchmarks.soundness`

See README.md in this folder: who claims what, and which boxes and points are taken.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.crival_peer import CrivalPeer
from benchmarks.exact_points import (
    WIDTHS,
    Ends,
    Sample,
    Truth,
    claimed,
    excluded,
    sample,
    single_precision_network,
    truths,
)
from benchmarks.immrax_peer import ImmraxPeer
from benchmarks.layout import Table
from saturode_verify.bounds.affine import ball_layers, enclose
from saturode_verify.bounds.bounders import MappedBounder, serial
from saturode_verify.bounds.reference import up
from saturode_verify.network import Network
from saturode_verify.region import Box
from saturode_verify.rigor.balls import negated_upper, precision

NETWORKS = (("tanh", [2, 32, 2]), ("tanh", [4, 10, 10, 4]), ("sigmoid", [3, 16, 3]), ("silu", [1, 16, 1]))
CHUNK = 600
"""Boxes per call: all widths alike, and one compiled shape for jax."""


class Claims(Protocol):
    """Intervals over boxes [lower, upper], float64 arrays (boxes, d): low and high ends, one row per box."""

    def __call__(self, lower: np.ndarray, upper: np.ndarray) -> Ends: ...


@dataclass(frozen=True)
class Engine:
    """``of``: what the intervals enclose, the entries of Df or the engine's ``bounds`` (`exact_points.claimed`).

    ``make`` raises ImportError where ``package`` is absent. ``slow``: only the first boxes are given to it.
    """

    name: str
    of: str
    package: str
    make: Callable[[Network], Claims]
    slow: bool = False


@dataclass
class Count:
    """What one engine was asked and got wrong: boxes, those with an exclusion (per width), largest relative excess."""

    boxes: int = 0
    wrong: int = 0
    by_width: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WIDTHS, 0))
    worst: float = 0.0
    unknown: int = 0

    def add(self, low: np.ndarray, high: np.ndarray, part: Sample, truth: Ends) -> None:
        """One chunk's claims; NaN claims nothing. The excess is relative to the largest exact value of the point."""
        unclaimed = np.isnan(low) | np.isnan(high)
        low, high = np.where(unclaimed, -np.inf, low), np.where(unclaimed, np.inf, high)
        beyond, excess = excluded(low, high, truth, part.owner)
        boxes = np.unique(part.owner[beyond])
        self.boxes += len(part.lower)
        self.wrong += len(boxes)
        self.unknown += int(unclaimed.any(axis=1).sum())
        for name in part.width[boxes]:
            self.by_width[str(name)] += 1
        if beyond.any():
            self.worst = max(self.worst, float((excess / np.abs(truth[0]).max(axis=1))[beyond].max()))


def our_bounds(network: Network) -> Claims:
    """The rounded engine of branch and bound."""
    bounder = MappedBounder(network, serial)

    def claims(lower: np.ndarray, upper: np.ndarray) -> Ends:
        found = bounder.bound(lower, upper)
        return claimed(found.outer, found.low, found.high)

    return claims


def our_entries(network: Network) -> Claims:
    """The ball-arithmetic form of Df, box by box: the intersection of its affine form and its plain interval."""
    layers = ball_layers(network)

    def claims(lower: np.ndarray, upper: np.ndarray) -> Ends:
        boxes = [Box(list(zip(*ends, strict=True))) for ends in zip(lower.tolist(), upper.tolist(), strict=True)]
        rows = [_form_entries(layers, box) for box in boxes]
        return np.array([low for low, _ in rows]), np.array([high for _, high in rows])

    return claims


def _form_entries(layers: list[Any], box: Box) -> tuple[list[float], list[float]]:
    with precision(64):
        form = enclose(layers, box).jacobian
        low, high = [], []
        for k, centre in enumerate(form.centre.entries()):
            spread = sum((abs(g.entries()[k]) for g in form.coefficients), form.remainder.entries()[k])
            low.append(-min(up(spread - centre), up(negated_upper(form.lower.entries()[k]))))
            high.append(min(up(centre + spread), up(form.upper.entries()[k])))
    return low, high


class _CrivalEntries(CrivalPeer):
    """crival's interval Jacobian, as `CrivalPeer` takes its norm."""

    def __call__(self, lower: np.ndarray, upper: np.ndarray) -> Ends:
        interval = self._ival.Interval
        values = interval(lower.T.copy(), upper.T.copy())
        jacobian = interval(np.repeat(np.eye(lower.shape[1])[:, None, :], len(lower), axis=1))
        for layer in self._layers:
            jacobian = self._times(layer.weight[:, :, None, None], jacobian)
            if layer is not self._layers[-1]:
                values = self._times(layer.weight[:, :, None], values) + interval(layer.bias[:, None])
                values, slopes = self._activate(layer.activation.name, values)
                jacobian = interval(slopes.lo[:, :, None], slopes.hi[:, :, None]) * jacobian
        low, high = (ends.swapaxes(0, 1).reshape(len(lower), -1) for ends in (jacobian.lo, jacobian.hi))
        return low, high


def immrax_entries(dtype: str) -> Callable[[Network], Claims]:
    """immrax on weights and boxes of that type; boxes are rounded outward to it, weights are float32 numbers anyway."""

    def make(network: Network) -> Claims:
        jax: Any = importlib.import_module("jax")
        peer = ImmraxPeer(network)
        with jax.enable_x64(dtype == "float64"):
            bounds = peer._compiled(peer._field(network))

        def claims(lower: np.ndarray, upper: np.ndarray) -> Ends:
            with jax.enable_x64(dtype == "float64"):
                low, high = bounds(*_outward(lower, upper, dtype))
            if low.dtype != dtype:
                raise RuntimeError(f"jax computed in {low.dtype}")
            low, high = (np.asarray(ends, np.float64).reshape(len(lower), -1) for ends in (low, high))
            return low, high

        return claims

    return make


def _outward(lower: np.ndarray, upper: np.ndarray, dtype: str) -> Ends:
    low, high, infinity = lower.astype(dtype), upper.astype(dtype), np.array(np.inf, dtype)
    low = np.where(low > lower, np.nextafter(low, -infinity), low)
    return low, np.where(high < upper, np.nextafter(high, infinity), high)


class _MpmathEntries:
    """mpmath's interval context at 53 bits, an interval Jacobian by hand, number by number."""

    def __init__(self, network: Network) -> None:
        self._iv: Any = importlib.import_module("mpmath").iv
        self._layers = [(x.weight.tolist(), x.bias.tolist(), x.activation.name) for x in network.layers]

    def __call__(self, lower: np.ndarray, upper: np.ndarray) -> Ends:
        rows = [self._entries(*ends) for ends in zip(lower.tolist(), upper.tolist(), strict=True)]
        low, high = ([[float(getattr(entry, end)) for entry in row] for row in rows] for end in ("a", "b"))
        return np.array(low), np.array(high)

    def _entries(self, low: list[float], high: list[float]) -> list[Any]:
        values = [self._iv.mpf([a, b]) for a, b in zip(low, high, strict=True)]
        columns = [[self._iv.mpf(float(i == j)) for j in range(len(low))] for i in range(len(low))]
        for weight, bias, name in self._layers[:-1]:
            inner = [a + b for a, b in zip(_times(weight, values), bias, strict=True)]
            values, slopes = zip(*(self._activated(name, a) for a in inner), strict=True)
            columns = [[s * y for s, y in zip(slopes, _times(weight, column), strict=True)] for column in columns]
        columns = [_times(self._layers[-1][0], column) for column in columns]
        return [entry for row in zip(*columns, strict=True) for entry in row]

    def _activated(self, name: str, a: Any) -> tuple[Any, Any]:
        exp = self._iv.exp
        if name == "tanh":
            s = 1 / (1 + exp(-2 * a))
            return 2 * s - 1, 4 * s * (1 - s)
        s = 1 / (1 + exp(-a))
        return (s, s * (1 - s)) if name == "sigmoid" else (a * s, s * (1 + a * (1 - s)))


def _times(weight: list[list[float]], values: Sequence[Any]) -> list[Any]:
    return [sum(w * y for w, y in zip(row, values, strict=True)) for row in weight]


ENGINES = (
    Engine("ours", "bounds", "", our_bounds),
    Engine("ours, in balls", "entries", "", our_entries, slow=True),
    Engine("crival", "entries", "crival", _CrivalEntries),
    Engine("immrax, float64", "entries", "immrax", immrax_entries("float64")),
    Engine("immrax, float32", "entries", "immrax", immrax_entries("float32")),
    Engine("mpmath.iv", "entries", "mpmath", _MpmathEntries, slow=True),
)
"""What is not installed gets a row that says so."""


def chunks(boxes: int) -> Iterator[tuple[Network, int, int]]:
    """(network, boxes of the chunk, its number), the networks in turns so that a part of it all is a fair one."""
    networks = [single_precision_network(name, sizes, seed) for seed, (name, sizes) in enumerate(NETWORKS)]
    number = 0
    while boxes > 0:
        size = min(CHUNK, boxes)
        yield networks[number % len(networks)], size, number
        boxes, number = boxes - size, number + 1


def measure(engines: Sequence[Engine], boxes: int, slow: int) -> tuple[dict[str, Count], int]:
    """A count per engine, none for absent ones, and the number of points; slow engines see the first ``slow`` boxes."""
    found: dict[str, Count] = {engine.name: Count() for engine in engines}
    made: dict[tuple[str, str], Claims] = {}
    seen = points = 0
    for network, size, number in chunks(boxes):
        part = sample(network.dimension, size, number)
        truth: Truth = truths(network, part.points)
        points += len(part.points)
        for engine in engines:
            if engine.name not in found or (engine.slow and seen >= slow):
                continue
            key = engine.name, network.sha256
            try:
                made[key] = made.get(key) or engine.make(network)
            except ImportError:
                del found[engine.name]
                continue
            found[engine.name].add(*made[key](part.lower, part.upper), part, getattr(truth, engine.of))
        seen += size
        print(f"\r{seen} boxes", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found, points


def table(engines: Sequence[Engine], found: dict[str, Count]) -> Table:
    """One row per engine."""
    result = Table(
        "Boxes on which a claimed interval excludes an exact value at a point of the box",
        ["engine", "intervals", "boxes", "excluded", "share", *WIDTHS, "worst"],
        notes=[
            "zero ... 0.1: the excluded ones by the relative width of their sides.",
            "worst: how far an exact value lies outside, relative to the largest one at that point.",
        ],
    )
    for engine in engines:
        count = found.get(engine.name)
        if count is None:
            result.add(engine.name, f"not installed (pip install {engine.package})")
            continue
        share = f"{100 * count.wrong / max(count.boxes, 1):.2f} %"
        widths = [str(n) for n in count.by_width.values()]
        worst = f"{count.worst:.1e}" if count.worst else "0"
        result.add(engine.name, engine.of, str(count.boxes), str(count.wrong), share, *widths, worst)
        if count.unknown:
            result.notes.append(f"{engine.name}: no number (NaN) on {count.unknown} boxes, which claims nothing.")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Count and print; 1 if a proved interval of ours is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soundness", description=__doc__)
    parser.add_argument("--boxes", type=int, default=100_000, help="for each engine (100000)")
    parser.add_argument("--slow", type=int, default=4800, help="boxes for those that take them one by one (4800)")
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    asked = parser.parse_args(arguments)
    started = time.perf_counter()
    with np.errstate(all="ignore"), threadpool_limits(1):
        found, points = measure(ENGINES, asked.boxes, asked.slow)
    print(table(ENGINES, found).text(asked.markdown))
    print(f"{points} points in {asked.boxes} boxes, {time.perf_counter() - started:.0f} s in all")
    return int(any(count.wrong for name, count in found.items() if name.startswith("ours")))


if __name__ == "__main__":
    raise SystemExit(main())
