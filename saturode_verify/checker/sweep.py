"""Many inequalities over all leaves of a box; a leaf where one is open is halved a few more times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .affine import Enclosed, Engine
from .exact import shown
from .fixed import ceil_at, floor_at
from .limits import Limits
from .quantities import Test
from .subdivision import Sides

TRIALS = 6
"""Halvings of a stored leaf after which every axis is tried: a maximum on a whole face or plane needs cuts across it
alone.
"""


@dataclass(frozen=True)
class Outcome:
    """``holds``: 1 proved, -1 refuted, 0 not shown; ``where``: the box that decided against it."""

    holds: int
    where: str = ""


def sweep(
    engine: Engine, parts: Sequence[Sides], tests: dict[str, Test], limits: Limits, what: str, jacobian: bool
) -> dict[str, Outcome]:
    """The outcome of every test on the union of the parts."""
    most = limits.extra + 32 * len(parts)
    failed: dict[str, Outcome] = {}
    spent = dict.fromkeys(tests, 0)
    weights = [sum(abs(row[i]) for row in engine.model.layers[0].rows) + 1 for i in range(engine.model.dimension)]
    for number, part in enumerate(parts):
        stack = [(part, 0, [name for name in tests if name not in failed])]
        while stack:
            sides, depth, pending = stack.pop()
            pending = [name for name in pending if name not in failed]
            if not pending:
                continue
            limits.tick(what, number / len(parts))
            found = _enclose(engine, sides, jacobian)
            open_tests = []
            for name in pending:
                answer = tests[name](found)
                if answer == 1:
                    continue
                spent[name] += 1
                if answer == -1:
                    failed[name] = Outcome(-1, f"it fails on {_box(sides)}")
                elif depth >= limits.depth or spent[name] > most:
                    failed[name] = Outcome(0, f"it is not shown on {_box(sides)}")
                else:
                    open_tests.append(name)
            if open_tests:
                halves = _halves(sides, weights)
                if halves is not None and depth >= TRIALS:
                    halves = _best_halves(engine, sides, [tests[name] for name in open_tests], limits, jacobian, halves)
                if halves is None:
                    failed |= {name: Outcome(0, f"it is not shown at {_box(sides)}") for name in open_tests}
                else:
                    stack += [(half, depth + 1, open_tests) for half in halves]
    return {name: failed.get(name, Outcome(1)) for name in tests}


def _enclose(engine: Engine, sides: Sides, jacobian: bool) -> Enclosed:
    p = engine.p
    return engine.enclose([floor_at(a, p) for a, _ in sides], [ceil_at(b, p) for _, b in sides], jacobian)


def _halves(sides: Sides, weights: Sequence[int]) -> tuple[Sides, Sides] | None:
    return _cut(sides, max(range(len(sides)), key=lambda i: (sides[i][1] - sides[i][0]) * weights[i]))


def _best_halves(
    engine: Engine, sides: Sides, tests: Sequence[Test], limits: Limits, jacobian: bool, plain: tuple[Sides, Sides]
) -> tuple[Sides, Sides]:
    """The cut that proves most tests on its halves; ``plain`` if none proves any."""
    best, most = plain, 0
    for axis in range(len(sides)):
        halves = _cut(sides, axis)
        if halves is None:
            continue
        limits.tick("axes", 0.0)
        found = [_enclose(engine, half, jacobian) for half in halves]
        closed = sum(test(enclosed) == 1 for enclosed in found for test in tests)
        if closed > most:
            best, most = halves, closed
    return best


def _cut(sides: Sides, axis: int) -> tuple[Sides, Sides] | None:
    low, high = sides[axis]
    if low == high:
        return None
    cut = (low + high) / 2
    if cut.denominator.bit_length() > 4096:
        cut = Fraction(floor_at(cut, 2048), 1 << 2048)
        if not low < cut < high:
            return None
    below, above = list(sides), list(sides)
    below[axis], above[axis] = (low, cut), (cut, high)
    return below, above


def _box(sides: Sides) -> str:
    return " x ".join(f"[{shown(low)}, {shown(high)}]" for low, high in sides)
