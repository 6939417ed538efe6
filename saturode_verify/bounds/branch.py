"""Best-first branch and bound over one box, all suprema in one pass.

Untrusted here: which leaf is split next, along which axis, and which points are tried. Trusted, and small:

* the leaves always cover the box exactly: a leaf is replaced by its two halves only after both were bounded;
* a leaf's bound is min(own, parent's), valid because the leaf is a subset of its parent;
* a supremum is at most the maximum of its leaves' bounds, and at least its value at any exact point of the box.

Interrupting (time limit, Ctrl-C) therefore leaves valid bounds.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import arb

from ..region import Box
from ..rigor.balls import ZERO, ball
from ..rigor.numbers import power_of_two
from .candidates import FloatField, exact_point, propose
from .engine import BoxBounds, Engine
from .floors import SlopeFloors
from .point import inner_bounds
from .quantities import NAMES

Point = tuple[Fraction, ...]
NEGLIGIBLE = Fraction(1, 128)
"""Divergence and logarithmic norm are resolved relative to the larger of their own size and this times L."""

TIME_UP = "the time limit was reached"
INTERRUPTED = "the run was interrupted"
STUCK = "the boxes that remain cannot be split further (a kink, or the precision)"

_JUST_UNMET = 1.0 + 2.0**-40


@dataclass(frozen=True, slots=True)
class Threshold:
    """Decide whether the supremum ``index`` (of `Quantities.as_list`) is <= ``value``, or < if ``strict``."""

    index: int
    value: Fraction
    strict: bool

    def decided(self, lower: arb, upper: arb) -> bool:
        """True if lower <= supremum <= upper settles it."""
        value = ball(self.value)
        return (upper < value or lower >= value) if self.strict else (upper <= value or lower > value)


@dataclass(frozen=True, slots=True)
class Goal:
    """When to stop: relative gap, thresholds to decide, a deadline on `time.monotonic`, and the user's wish."""

    rtol: Fraction
    thresholds: tuple[Threshold, ...] = ()
    deadline: float = float("inf")
    interrupted: Callable[[], bool] = bool


@dataclass(slots=True)
class Node:
    """A box of the subdivision; ``split`` is (axis, cut) and ``children`` are set when it is no leaf."""

    box: Box
    bounds: BoxBounds
    outer: list[arb]
    split: tuple[int, Fraction] | None = None
    children: tuple[Node, Node] | None = None


@dataclass(slots=True)
class Supremum:
    """lower <= sup <= upper, exact balls; ``point`` attains at least ``lower`` (None: nothing known)."""

    upper: arb
    lower: arb | None = None
    point: Point | None = None


@dataclass(slots=True)
class Enclosed:
    """The outcome over one box: suprema in the order of `Quantities.as_list`, and the tree whose leaves prove them.

    ``stopped``: "" when the goal was met, else why not. ``slope_floor``: per neuron, a proved lower bound of sup |s'|.
    """

    root: Node
    suprema: list[Supremum]
    slope_floor: list[list[arb]]
    boxes: int
    stopped: str = ""
    interrupted: bool = False

    def leaves(self) -> Iterator[Node]:
        """All leaves, left to right."""
        stack = [self.root]
        while stack:
            node = stack.pop()
            if node.children is None:
                yield node
            else:
                stack.extend(reversed(node.children))


class BranchAndBound:
    """State of one run; `run` returns the `Enclosed` outcome."""

    def __init__(self, engine: Engine, floats: FloatField, box: Box, goal: Goal) -> None:
        self.engine, self.floats, self.box, self.goal = engine, floats, box, goal
        root = engine.bound([box])[0]
        self.root = Node(box, root, root.outer.as_list())
        count = len(self.root.outer)
        self.suprema = [Supremum(upper) for upper in self.root.outer]
        self.floors = SlopeFloors(floats.layers[:-1])
        self.boxes = 1
        self._serial = 0
        self._heaps: list[list[tuple[float, int, Node]]] = [[] for _ in range(count)]
        self._stuck: set[int] = set()
        self._push(self.root)

    def run(self, progress: Callable[[int, float], None] | None = None) -> Enclosed:
        """Split until the goal is met, nothing can be split, the deadline passes, or the user interrupts."""
        stopped, interrupted = "", False
        try:
            for point in propose(self.floats, self.box):
                self._try_point(point)
            self._raise_deltas()
            while True:
                worst = self._worst()
                if worst is None:
                    break
                index, excess = worst
                if progress is not None:
                    progress(self.boxes, excess * float(self.goal.rtol))
                if self.goal.interrupted():
                    stopped, interrupted = INTERRUPTED, True
                    break
                if time.monotonic() > self.goal.deadline:
                    stopped = TIME_UP
                    break
                self._refine(index)
        except KeyboardInterrupt:
            stopped, interrupted = INTERRUPTED, True
        return self._outcome(stopped, interrupted)

    def _outcome(self, stopped: str, interrupted: bool) -> Enclosed:
        """Upper bounds straight from the tree: an interrupt may have left the heaps behind it."""
        self._raise_deltas()
        outcome = Enclosed(self.root, self.suprema, self.floors.floors(), self.boxes, stopped, interrupted)
        leaves = list(outcome.leaves())
        for index, entry in enumerate(self.suprema):
            entry.upper = max(leaf.outer[index] for leaf in leaves)
        if not stopped and any(self._excess(i) > 1 for i in range(len(self.suprema))):
            outcome.stopped = STUCK
        return outcome

    def _push(self, node: Node) -> None:
        for heap, bound in zip(self._heaps, node.outer, strict=True):
            self._serial += 1
            heapq.heappush(heap, (-float(bound), self._serial, node))

    def _refresh(self, index: int) -> Node:
        """Set the supremum's upper bound to the largest of the leaves; returns the leaf that has it (steers only)."""
        heap = self._heaps[index]
        while heap[0][2].children is not None:
            heapq.heappop(heap)
        # Keys are rounded to nearest, so every leaf whose key ties with the top is compared exactly.
        top, best = heap[0][0], heap[0][2]
        tied = [heapq.heappop(heap)]
        while heap and heap[0][0] == top:
            entry = heapq.heappop(heap)
            if entry[2].children is None:
                tied.append(entry)
        for entry in tied:
            heapq.heappush(heap, entry)
            if entry[2].outer[index] > best.outer[index]:
                best = entry[2]
        self.suprema[index].upper = best.outer[index]
        return best

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

    def _excess(self, index: int) -> float:
        """Gap over the allowed gap (floats steer; the claim's own gap is computed exactly elsewhere); <= 1 is met."""
        entry = self.suprema[index]
        if entry.lower is None:
            return float("inf")
        gap = (entry.upper - entry.lower).upper()
        allowed = (ball(self.goal.rtol) * self._scale(index)).lower()
        excess = 0.0 if gap <= allowed else float("inf") if not allowed > 0 else max(_JUST_UNMET, float(gap / allowed))
        for threshold in self.goal.thresholds:
            if threshold.index == index and not threshold.decided(entry.lower, entry.upper):
                excess = max(excess, _JUST_UNMET)
        return excess

    def _worst(self) -> tuple[int, float] | None:
        """The unmet supremum with the largest excess, None if all are met or stuck."""
        best: tuple[int, float] | None = None
        for index in range(len(self.suprema)):
            if index in self._stuck:
                continue
            self._refresh(index)
            excess = self._excess(index)
            if excess > 1 and (best is None or excess > best[1]):
                best = (index, excess)
        return best

    def _refine(self, index: int) -> None:
        """Split the leaf that limits this supremum."""
        node = self._refresh(index)
        cut = self._cut(node)
        if cut is None:
            self._stuck.add(index)
            return
        halves = node.box.split(*cut)
        children = []
        for half, bounds in zip(halves, self.engine.bound(list(halves)), strict=True):
            bounds.tighten(node.bounds)
            outer = [min(own, old) for own, old in zip(bounds.outer.as_list(), node.outer, strict=True)]
            children.append(Node(half, bounds, outer))
            self._try_centre(half)
        node.split, node.children = cut, (children[0], children[1])
        for child in children:
            self._push(child)
        self.boxes += 2

    def _cut(self, node: Node) -> tuple[int, Fraction] | None:
        """Axis and cut: by split scores where known, else the widest side relative to the root's."""
        scores = node.bounds.split_scores
        best, axis = -1.0, None
        for i, ((low, high), (first, last)) in enumerate(zip(node.box.sides, self.box.sides, strict=True)):
            if high - low <= (last - first) * power_of_two(-64):
                continue
            relative = float((high - low) / (last - first))
            score = relative if scores is None or not scores.any() else float(scores[i]) + 1e-9 * relative
            if score > best:
                best, axis = score, i
        if axis is None:
            return None
        low, high = node.box.sides[axis]
        return axis, short_dyadic(low, high)

    def _try_centre(self, box: Box) -> None:
        """Evaluate the box's centre exactly if floats expect it to raise a lower bound."""
        centre = np.array([[float((low + high) / 2) for low, high in box.sides]])
        with np.errstate(all="ignore"):
            scores = self.floats.scores(centre)[:, 0]
        for score, entry in zip(scores, self.suprema, strict=True):
            if entry.lower is None or score > float(entry.lower) * (1 + 1e-9) + 1e-300:
                self._try_point(exact_point(box, centre[0]))
                return

    def _try_point(self, point: Point) -> None:
        if point not in self.box:
            raise ValueError("a lower bound was proposed at a point outside the box")
        values = self.engine.at_point(point)
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


def short_dyadic(low: Fraction, high: Fraction) -> Fraction:
    """A dyadic with few bits near the middle of (low, high), strictly inside."""
    width = high - low
    exponent = width.numerator.bit_length() - width.denominator.bit_length() - 4
    grid = power_of_two(exponent)
    return round((low + high) / (2 * grid)) * grid
