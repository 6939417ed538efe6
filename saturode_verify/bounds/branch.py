"""Branch and bound over one box, all suprema in one pass, many boxes at a time.

Untrusted here: which leaves are split next, along which axis, and which points are tried. Trusted, and small:

* the leaves cover the box exactly (`partition`): a leaf is replaced by its two halves only once both are bounded;
* on a half the bound min(own, parent's) holds, as a half is a subset of its parent;
* a supremum is at most the maximum of its leaves' bounds, and at least its value at any exact point of the box.

A leaf that no unmet goal needs any more is *settled*: only its maxima and the hull of its ranges are kept. Goals only
become easier (lower bounds rise), so a settled leaf stays so. Stopping at any time (limit, Ctrl-C) leaves valid bounds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from flint import arb

from ..network import Network
from ..region import Box
from ..rigor.balls import ZERO, ball
from ..rigor.numbers import power_of_two
from .bounders import Bounder
from .candidates import FloatField, exact_point, propose
from .floors import SlopeFloors
from .goal import INTERRUPTED, NEGLIGIBLE, STUCK, TIME_UP, Goal, Point
from .outcome import Enclosed, Supremum, exact_or_infinite, unflatten
from .partition import Leaves, Partition, float_above, float_below, propose_cuts
from .point import PointEngine, inner_bounds
from .pool import LeafPool
from .quantities import NAMES
from .rounded.engine import ChunkBounds

_ROUND, _LARGE_ROUND = 256, 4096
"""Leaves split in one round, of few or of many: never a matter of how many workers share it, so the answer is not
either.
"""
_CENTRES = 64
"""Leaves of a round at whose centres floats look for larger values."""
_START = 64
"""Leaves of the first, blind subdivision."""
_FAR = 1.5
"""A leaf is quartered instead of halved if its halves can be expected to miss by this many allowed gaps (measured)."""
_SCORE_WEIGHT = 0.5
"""Split scores against plain relative width: measured, in two to eight dimensions."""
_SMALLEST = 2.0**-1000


class TooCoarse(ArithmeticError):
    """The engine cannot resolve the goal even at a point: its rounding there exceeds half of an allowed gap."""


class BranchAndBound:
    """State of one run over one box; `run` returns the `Enclosed` outcome.

    ``start``: a subdivision of the same box from another run (of a similar network), to begin with.
    """

    def __init__(
        self, network: Network, bounder: Bounder, box: Box, goal: Goal, start: Partition | None = None
    ) -> None:
        self.network, self.bounder, self.box, self.goal = network, bounder, box, goal
        self.points, self.floats = PointEngine(network), FloatField(network)
        self.partition = Partition(box)
        self.floors = SlopeFloors(network.hidden)
        self.pool = LeafPool()
        self.boxes = 0
        self._given = start
        self._settled: ChunkBounds | None = None
        self.suprema = [Supremum(arb.pos_inf()) for _ in range(len(NAMES) + len(network.hidden))]
        self._add(*self.partition.root(), None)

    def run(self, progress: Callable[[int, float], None] | None = None) -> Enclosed:
        """Split until the goal is met, nothing can be split, the deadline passes, or the user wishes an end."""
        self._seek()
        stopped, blind = "", True
        while True:
            rows, excess = self._active()
            if not len(rows):
                break
            if progress is not None:
                progress(self.boxes, float(self.goal.rtol) * float(excess.max()))
            if self.goal.interrupted():
                stopped = INTERRUPTED
                break
            if time.monotonic() > self.goal.deadline:
                stopped = TIME_UP
                break
            if blind:
                self._start()
                blind = False
            else:
                self._refine(rows, excess)
        return self._outcome(stopped)

    def _seek(self) -> None:
        """Lower bounds from proposed points: exactly evaluated where a supremum is nearly attained, swept elsewhere."""
        best, spread = propose(self.floats, self.box)
        for point in best:
            self._try_point(point)
        if self.goal.resolve and best:
            self._check_resolution(best)
        if spread and self.network.hidden:
            lower = np.array([[float_below(x) for x in point] for point in spread])
            upper = np.array([[float_above(x) for x in point] for point in spread])
            at_points = self.bounder.bound(lower, upper)
            self.floors.sweep(at_points.low, at_points.high)
        self._raise_deltas()

    def _check_resolution(self, points: list[Point]) -> None:
        """Raises TooCoarse if the bounds at the very points that attain the lower bounds are far above these."""
        ends = [np.array([[end(x) for x in point] for point in points]) for end in (float_below, float_above)]
        outer = self.bounder.bound(ends[0], ends[1]).outer
        for index, entry in enumerate(self.suprema[: len(NAMES)]):
            if entry.lower is None or entry.point is None or entry.point not in points:
                continue
            gap = exact_or_infinite(float(outer[points.index(entry.point), index])) - entry.lower
            allowed = ball(self.goal.rtol) * self._scale(index)
            if gap > allowed / 2:
                raise TooCoarse

    def _add(self, nodes: np.ndarray, lower: np.ndarray, upper: np.ndarray, parents: np.ndarray | None) -> None:
        """Bound new leaves, with their parents' bounds (rows of outer) where there are any, and store them."""
        targets = None if parents is None else self._accepted()[: len(NAMES)]
        bounds = self.bounder.bound(lower, upper, targets)
        if parents is not None:
            bounds = ChunkBounds(np.minimum(bounds.outer, parents), bounds.low, bounds.high, bounds.scores)
        self.pool.add(nodes, lower, upper, bounds)
        self.boxes += len(nodes)

    def _accepted(self) -> np.ndarray:
        """What a leaf's bounds must reach for it to be settled: lower bound + allowed gap, capped by thresholds."""
        return np.array([self._enough(index, entry) for index, entry in enumerate(self.suprema)])

    def _enough(self, index: int, entry: Supremum) -> float:
        if entry.lower is None:
            return -np.inf
        enough = entry.lower + ball(self.goal.rtol) * self._scale(index)
        value = float(enough.lower()) if enough.is_finite() else -np.inf
        # Bounds are floats: far below, no leaf could ever be settled.
        value = max(value, _SMALLEST) if 0 <= value < _SMALLEST else value
        for threshold in self.goal.thresholds:
            if threshold.index == index and not threshold.refuted(entry.lower):
                cap = float_below(threshold.value)
                # A strict threshold that is a float itself must be undercut.
                strict = threshold.strict and Fraction(cap) == threshold.value
                value = min(value, float(np.nextafter(cap, -np.inf)) if strict else cap)
        return value

    def _scale(self, index: int) -> arb:
        """What the gap of this supremum is relative to (a lower bound of the true scale)."""
        known = [s.lower for s in self.suprema]
        if index == 0 or index >= len(NAMES):
            own = known[index]
            return ZERO if own is None else own
        pair = (1, 2) if index in (1, 2) else (3, 4)
        own = [v for v in (known[i] for i in pair) if v is not None]
        norm = known[0]
        return max([*own, ZERO if norm is None else norm * ball(NEGLIGIBLE)])

    def _active(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows of leaves that are not settled, and by how many allowed gaps each misses; settles the others."""
        rows, accepted = self.pool.alive(), self._accepted()
        allowed = [float((ball(self.goal.rtol) * self._scale(i)).upper()) for i in range(len(self.suprema))]
        outer = self.pool.get("outer", rows)
        with np.errstate(all="ignore"):
            missed = np.where(outer <= accepted, 0.0, np.maximum((outer - accepted) / np.array(allowed), 0.0) + 1.0)
        excess = np.where(np.isnan(missed), np.inf, missed).max(axis=1, initial=0.0)
        done = excess <= 0
        self._settle(rows[done])
        return rows[~done], excess[~done]

    def _settle(self, rows: np.ndarray) -> None:
        """Fold leaves into the maxima and hulls of all settled ones."""
        if not len(rows):
            return
        parts = [self.pool.get(name, rows) for name in ("outer", "low", "high")]
        if self._settled is not None:
            old = (self._settled.outer, self._settled.low, self._settled.high)
            parts = [np.concatenate((part, more)) for part, more in zip(parts, old, strict=True)]
        outer, low, high = parts
        self.pool.drop(rows)
        self._settled = ChunkBounds(
            outer.max(axis=0, keepdims=True),
            low.min(axis=0, keepdims=True),
            high.max(axis=0, keepdims=True),
            np.zeros((1, 0)),
        )

    def _start(self) -> None:
        """Replace the root: by the given subdivision, or blindly by up to `_START` boxes (larger ones are of no
        use).
        """
        row = self.pool.alive()
        parent = self.pool.get("outer", row)
        given = self._given if self._given is not None and self._given.leaves() > 1 else None
        leaves = self.partition.divide(_START) if given is None else self.partition.copy_from(given)
        if len(leaves[0]) > 1:
            self.pool.drop(row)
            self._add(*leaves, np.repeat(parent, len(leaves[0]), axis=0))
        else:
            self._settle(row)

    def _refine(self, rows: np.ndarray, excess: np.ndarray) -> None:
        """Split the leaves that miss the goal most; settle those that cannot be split."""
        size = min(max(len(rows) // 8, _ROUND), _LARGE_ROUND)
        chosen = np.argsort(-excess, kind="stable")[:size]
        rows, excess = rows[chosen], excess[chosen]
        lower, upper, scores = (self.pool.get(name, rows) for name in ("lower", "upper", "scores"))
        axes, cuts = self._cuts(scores, lower, upper)
        stuck = np.isnan(cuts)
        self._settle(rows[stuck])
        rows, lower, upper, scores, axes, cuts = (v[~stuck] for v in (rows, lower, upper, scores, axes, cuts))
        if not len(rows):
            return
        nodes, parents = self.pool.get("node", rows), self.pool.get("outer", rows)
        children = self.partition.split(nodes, lower, upper, axes, cuts)
        self.pool.drop(rows)
        # Halving shrinks the excess, which is of second order in the width, by about 2^(-2/d).
        far = excess[~stuck] > _FAR * 4 ** (1 / self.box.dimension)
        scores[np.arange(len(rows)), axes] *= 0.5
        leaves, origin = self._halve_again(children, np.repeat(far, 2), np.repeat(scores, 2, axis=0))
        self._add(*leaves, parents[origin // 2])
        # Children of the leaves that miss the goal most come first.
        self._try_centres(children[1][:_CENTRES], children[2][:_CENTRES])

    def _halve_again(self, leaves: Leaves, chosen: np.ndarray, scores: np.ndarray) -> tuple[Leaves, np.ndarray]:
        """Split the chosen ones of fresh leaves, where that is possible; also which of ``leaves`` each comes from."""
        axes, cuts = self._cuts(scores, leaves[1], leaves[2])
        chosen = chosen & ~np.isnan(cuts)
        index = np.arange(len(chosen))
        nodes, lower, upper = (v[chosen] for v in leaves)
        halves = self.partition.split(nodes, lower, upper, axes[chosen], cuts[chosen])
        parts = [np.concatenate((half, leaf[~chosen])) for half, leaf in zip(halves, leaves, strict=True)]
        return (parts[0], parts[1], parts[2]), np.concatenate((np.repeat(index[chosen], 2), index[~chosen]))

    def _cuts(self, scores: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Axis and cut per leaf, by its share of the split scores and of the width relative to the root's; NaN:
        none.
        """
        cuts = propose_cuts(lower, upper)
        with np.errstate(all="ignore"):
            relative = (upper - lower) / (self.partition.upper - self.partition.lower)
            possible = ~np.isnan(cuts) & ~(relative <= float(power_of_two(-64)))
            scores = _SCORE_WEIGHT * _shares(scores) + _shares(np.nan_to_num(relative))
            scores = np.where(possible, scores, -1.0)
        axes = scores.argmax(axis=1)
        index = np.arange(len(lower))
        return axes, np.where(possible[index, axes], cuts[index, axes], np.nan)

    def _try_centres(self, lower: np.ndarray, upper: np.ndarray) -> None:
        """Evaluate exactly those centres that floats expect to raise a lower bound."""
        middle = 0.5 * lower + 0.5 * upper
        with np.errstate(all="ignore"):
            scores = self.floats.scores(middle)
        best = scores.argmax(axis=1)
        for entry, k, row in zip(self.suprema, best.tolist(), scores, strict=True):
            if entry.lower is None or row[k] > float(entry.lower) * (1 + 1e-9) + 1e-300:
                self._try_point(exact_point(self.box, middle[k]))

    def _try_point(self, point: Point) -> None:
        if point not in self.box:
            raise ValueError("a lower bound was proposed at a point outside the box")
        values = self.points.at_point(point)
        self.floors.see(values.preactivation, values.slopes)
        inner = inner_bounds(values)
        if inner is None:
            return
        for entry, bound in zip(self.suprema, inner.as_list(), strict=False):
            if bound.is_finite() and (entry.lower is None or bound > entry.lower):
                entry.lower, entry.point = bound, point

    def _raise_deltas(self) -> None:
        """Lower bounds of delta_k from the ranges that the pre-activations are known to sweep."""
        for entry, layer in zip(self.suprema[len(NAMES) :], self.floors.floors(), strict=True):
            entry.lower = max(layer)

    def _outcome(self, stopped: str) -> Enclosed:
        self._settle(self.pool.alive())
        settled = self._settled
        if settled is None:
            raise RuntimeError("a run has at least the root as its leaf")
        self._raise_deltas()
        for entry, value in zip(self.suprema, settled.outer[0].tolist(), strict=True):
            entry.upper = exact_or_infinite(value)
        if not stopped and (settled.outer[0] > self._accepted()).any():
            stopped = STUCK
        return Enclosed(
            partition=self.partition,
            suprema=self.suprema,
            preactivation=unflatten(self.network, settled.low[0], settled.high[0]),
            slope_floor=self.floors.floors(),
            boxes=self.boxes,
            stopped=stopped,
        )


def _shares(values: np.ndarray) -> np.ndarray:
    """Each row divided by its sum; zeros where that is 0."""
    return np.nan_to_num(values / values.sum(axis=1, keepdims=True))
