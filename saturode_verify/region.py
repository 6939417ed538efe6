"""Boxes with exact rational end points, finite unions of them, and their text forms."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from .errors import UnusableInput
from .rigor.numbers import decimal_down, decimal_up, parse_typed, sane

Number = int | float | str | Fraction
_REMEDY = 'write it like "[-1.6,1.6]x[-1,1]" or "[-1.6,1.6]^2", or give a JSON file with a list of [lo, hi] pairs'
_LARGEST = Fraction(sys.float_info.max)
SHORT_DIGITS = 3
"""Significant digits of the ends that `rounded_box` gives."""
_FACTOR = re.compile(r"\[([^\[\],]*),([^\[\],]*)\](?:\^(\d{1,3}))?")


@dataclass(frozen=True)
class Box:
    """A closed box; ``sides`` holds one (lower, upper) pair of rationals per dimension.

    ``Box("[-1.6,1.6]^2")``, ``Box([(-1, 1), ("1/3", 2)])``: decimals in text are read exactly, floats mean
    the binary64 that they are. Raises UnusableInput for a reversed, empty, infinite or unreadable side.
    """

    sides: tuple[tuple[Fraction, Fraction], ...]

    def __init__(self, sides: str | Iterable[Sequence[Number]]) -> None:
        pairs = _parse(sides) if isinstance(sides, str) else sides
        object.__setattr__(self, "sides", tuple(_side(pair) for pair in pairs))
        if not self.sides:
            raise UnusableInput("a box has no sides", _REMEDY)

    @property
    def dimension(self) -> int:
        return len(self.sides)

    def __str__(self) -> str:
        return "x".join(f"[{short_text(low)},{short_text(high)}]" for low, high in self.sides)

    def __contains__(self, point: Sequence[Fraction]) -> bool:
        return len(point) == self.dimension and all(
            low <= x <= high for x, (low, high) in zip(point, self.sides, strict=True)
        )

    def split(self, axis: int, cut: Fraction) -> tuple[Box, Box]:
        """The two closed halves at ``cut``, which together are exactly this box."""
        low, high = self.sides[axis]
        if not low < cut < high:
            raise ValueError("the cut must lie strictly inside the side")
        return self._with(axis, (low, cut)), self._with(axis, (cut, high))

    def _with(self, axis: int, side: tuple[Fraction, Fraction]) -> Box:
        return _trusted_box((*self.sides[:axis], side, *self.sides[axis + 1 :]))


def _trusted_box(sides: tuple[tuple[Fraction, Fraction], ...]) -> Box:
    """A Box from sides that are known to be good (splitting makes thousands)."""
    box = object.__new__(Box)
    object.__setattr__(box, "sides", sides)
    return box


def rounded_box(sides: Iterable[tuple[Fraction, Fraction]]) -> Box:
    """A box that holds ``sides``, its ends rounded outward to short decimals. Raises UnusableInput beyond binary64."""
    return Box([(decimal_down(low, SHORT_DIGITS), decimal_up(high, SHORT_DIGITS)) for low, high in sides])


def read_boxes(given: Box | str | Sequence[Box | str], dimension: int) -> list[Box]:
    """One box or several, each a Box or its text form; UnusableInput for anything else or another dimension."""
    entries = [given] if isinstance(given, str | Box) else list(given) if isinstance(given, Iterable) else [given]
    if not entries:
        raise UnusableInput("no box was given", 'add --box "[-1,1]^2"')
    boxes = []
    for entry in entries:
        if not isinstance(entry, str | Box):
            raise UnusableInput(f"{str(entry)[:40]!r} is no box", "write Box([(-1, 1), (-1, 1)]) or its text form")
        boxes.append(Box(entry) if isinstance(entry, str) else entry)
        if boxes[-1].dimension != dimension:
            raise UnusableInput(
                f"the box {boxes[-1]} has dimension {boxes[-1].dimension} but the model has {dimension}",
                f'give {dimension} sides, for example "[-1,1]^{dimension}"',
            )
    return boxes


def hull(boxes: Sequence[Box]) -> Box:
    """The smallest box that contains all of them."""
    columns = zip(*(box.sides for box in boxes), strict=True)
    return Box([(min(low for low, _ in column), max(high for _, high in column)) for column in columns])


def simply_connected(boxes: Sequence[Box]) -> bool:
    """True if every connected component of a planar union of closed boxes is proved simply connected.

    The union is a cell complex on the grid of all end points (degenerate cells included): components minus holes is its
    Euler characteristic V - E + F, so there is no hole exactly when it equals the number of components.
    """
    if len(boxes) == 1:
        return True
    if boxes[0].dimension != 2:
        raise ValueError("holes are counted in the plane only")
    grids = [sorted({end for box in boxes for end in box.sides[axis]}) for axis in (0, 1)]
    # Cell index 2k is the k-th grid value, 2k+1 the open interval after it.
    cells: set[tuple[int, int]] = set()
    for box in boxes:
        spans = [
            range(2 * grid.index(low), 2 * grid.index(high) + 1)
            for grid, (low, high) in zip(grids, box.sides, strict=True)
        ]
        cells.update((i, j) for i in spans[0] for j in spans[1])
    euler = sum(-1 if (i + j) % 2 else 1 for i, j in cells)
    return euler == _components(cells)


def _components(cells: set[tuple[int, int]]) -> int:
    """Number of components of a closed cell complex (each cell touches the cells one index away)."""
    left, count = set(cells), 0
    while left:
        stack, count = [left.pop()], count + 1
        while stack:
            i, j = stack.pop()
            for neighbour in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)):
                if neighbour in left:
                    left.remove(neighbour)
                    stack.append(neighbour)
    return count


def parse_box(text: str) -> Box:
    """A box from its text form, or from the JSON file that ``text`` names."""
    if text.lstrip().startswith("["):
        return Box(text)
    path = Path(text)
    if not path.is_file():
        raise UnusableInput(f"the box {text[:60]!r} is neither a box nor a file", _REMEDY)
    return Box(_read(path))


def _read(path: Path) -> list[list[str]]:
    try:
        pairs = json.loads(path.read_text(encoding="utf-8"), parse_float=str, parse_int=str, parse_constant=str)
    except (OSError, ValueError, RecursionError) as error:
        raise UnusableInput(f"the box file {path.name} cannot be read ({error})", _REMEDY) from None
    if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise UnusableInput(f"the box file {path.name} is no list of [lo, hi] pairs", _REMEDY)
    return pairs


def _parse(text: str) -> list[tuple[str, str]]:
    """Sides from ``[a,b]x[c,d]^k``; JSON ``[[a,b],[c,d]]`` is accepted too."""
    compact = re.sub(r"\s+", "", text)
    if compact.startswith("[[") and compact.endswith("]]"):
        compact = compact[1:-1].replace("],[", "]x[")
    sides: list[tuple[str, str]] = []
    for factor in re.split(r"(?<=[\]\d])[x×](?=\[)", compact):
        match = _FACTOR.fullmatch(factor)
        if not match:
            raise UnusableInput(f"cannot read the box {text[:60]!r}", _REMEDY)
        sides.extend([(match[1], match[2])] * int(match[3] or 1))
    return sides


def _side(pair: Sequence[Number]) -> tuple[Fraction, Fraction]:
    if isinstance(pair, str) or len(pair) != 2:
        raise UnusableInput(f"a box side has {len(pair)} entries instead of 2", _REMEDY)
    low, high = (_number(value) for value in pair)
    if max(abs(low), abs(high)) > _LARGEST:
        raise UnusableInput("a box side reaches beyond the range of binary64 (1.8e308)", "give a smaller box")
    if low > high:
        raise UnusableInput(
            f"the box side [{short_text(low)},{short_text(high)}] is reversed (it holds no point)",
            "put the lower end first",
        )
    return low, high


def _number(value: Number) -> Fraction:
    try:
        return parse_typed(value) if isinstance(value, str) else sane(Fraction(value))
    except (ValueError, OverflowError, TypeError) as error:
        if "too long" in str(error):
            raise UnusableInput(f"a box side: {error}", "give a shorter number") from None
        raise UnusableInput(f"{str(value)[:40]!r} is no finite number in a box", _REMEDY) from None


def short_text(value: Fraction) -> str:
    """Exact text for people: a terminating decimal if it is short, else a fraction."""
    for digits in range(13):
        scaled = value * 10**digits
        if scaled.denominator == 1:
            text = str(abs(scaled.numerator)).zfill(digits + 1)
            sign = "-" if value < 0 else ""
            return sign + (f"{text[:-digits]}.{text[-digits:]}" if digits else text)
    return f"{value.numerator}/{value.denominator}"
