"""The measurements behind the three tables; competitors always take turns, so that they share the machine's moods."""

from __future__ import annotations

import time
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from saturode_verify.bounds.bounders import MappedBounder, serial
from saturode_verify.bounds.branch import BranchAndBound
from saturode_verify.bounds.goal import Goal

from .bisection import Reached, bisect
from .models import Model
from .peers import OURS, Runner
from .truth import local_suprema, proved_lower_bound

GRID = 4096
_SMALL = 1 / 64
"""Half-width of the grid's boxes, relative to the region's: in the plane they tile it."""
_FEWEST, _FEW = 4, 16
"""Boxes at least, per turn of the first table and per width of the second."""
_SHORT = 0.5
"""Seconds: entries of the third table that take less are repeated."""
ALL_FIVE = "ours, all five"


@dataclass(frozen=True)
class Effort:
    """``slice``: seconds per turn of a competitor; ``rounds`` of turns; boxes and samples of the tightness table."""

    rounds: int
    slice: float
    widths: tuple[float, ...]
    boxes: int
    samples: int
    limit: float


@dataclass(frozen=True)
class Speed:
    """Boxes per second in the best turn; speed relative to ours in the same round: median, least, most."""

    rate: float
    ratio: float
    least: float
    most: float


def grid(model: Model) -> tuple[np.ndarray, np.ndarray]:
    """Small boxes around the points of a lattice, in random order: the same for everyone."""
    low, high = model.sides
    d = len(low)
    steps = int(np.ceil(GRID ** (1 / d) - 1e-9))
    half = (high - low) / 2 * _SMALL
    axes = [np.linspace(a + h, b - h, steps) for a, b, h in zip(low, high, half, strict=True)]
    centres = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, d)
    centres = np.random.default_rng(0).permutation(centres)[:GRID]
    return centres - half, centres + half


def speeds(model: Model, runners: list[Runner], effort: Effort) -> dict[str, Speed]:
    """Boxes per second of every runner that is present."""
    lower, upper = grid(model)
    for runner in runners:
        runner.calibrate(lower, upper)
    rates: dict[str, list[float]] = {runner.name: [] for runner in runners}
    for _ in range(effort.rounds):
        for runner in runners:
            wanted = max(int(runner.rate * effort.slice), _FEWEST)
            count, times = min(wanted, len(lower)), -(-wanted // len(lower))
            started = time.perf_counter()
            for _ in range(times):
                runner.norms(lower[:count], upper[:count])
            rates[runner.name].append(times * count / (time.perf_counter() - started))
    found = {}
    for name, own in rates.items():
        ratios = np.array(own) / np.array(rates[OURS])
        found[name] = Speed(max(own), float(np.median(ratios)), float(ratios.min()), float(ratios.max()))
    return found


def tightness(model: Model, runners: list[Runner], effort: Effort) -> dict[str, list[float]]:
    """Per relative half-width the median over the same random boxes of bound / sampled supremum of ||Df||.

    An engine that needs more than a second gets the first few of the boxes only.
    """
    low, high = model.sides
    found: dict[str, list[float]] = {runner.name: [] for runner in runners}
    for width in effort.widths:
        half = (high - low) / 2 * width
        middle = np.random.default_rng(2).random((effort.boxes, len(low)))
        centres = low + half + middle * (high - low - 2 * half)
        lower, upper = centres - half, centres + half
        truth = local_suprema(model, lower, upper, effort.samples)
        for runner in runners:
            count = int(np.clip(runner.rate, _FEW, effort.boxes))
            bounds = runner.norms(lower[:count], upper[:count])
            assert bounds is not None  # there is no deadline
            found[runner.name].append(float(np.median(bounds / truth[:count])))
    return found


def certify(
    model: Model, runners: list[Runner], goals: list[float], effort: Effort
) -> tuple[float, dict[str, list[Reached]]]:
    """The proved lower bound, and per runner what it took to come within each of ``goals``; the best of some turns."""
    truth = proved_lower_bound(model)
    found: dict[str, list[Reached]] = {}
    for turn in range(effort.rounds):
        for runner in runners:
            if turn == 0 or found[runner.name][-1].seconds < _SHORT:
                got = bisect(runner, *model.sides, truth, goals, effort.limit)
                found[runner.name] = _faster(found.get(runner.name), got)
        if turn == 0 or found[ALL_FIVE][-1].seconds < _SHORT:
            found[ALL_FIVE] = _faster(found.get(ALL_FIVE), [everything(model, goal, effort.limit) for goal in goals])
    return truth, found


def everything(model: Model, goal: float, limit: float) -> Reached:
    """Branch and bound of the package: norm, both ends of div f and mu, and the deltas, each to the relative gap."""
    started = time.perf_counter()
    aim = Goal(Fraction(str(goal)), deadline=time.monotonic() + limit)
    search = BranchAndBound(model.network, MappedBounder(model.network, serial), model.box, aim)
    outcome = search.run()
    norm = outcome.suprema[0]
    gap = float(norm.upper) / float(norm.lower) - 1 if norm.lower is not None else np.inf
    return Reached(not outcome.stopped, time.perf_counter() - started, outcome.boxes, gap)


def _faster(old: list[Reached] | None, new: list[Reached]) -> list[Reached]:
    """Entry by entry the one with fewer seconds."""
    return new if old is None else [min(pair, key=lambda entry: entry.seconds) for pair in zip(old, new, strict=True)]
