"""Reading a closed curve from a CSV file: every number is taken as the exact rational that is written there."""

from __future__ import annotations

import csv
import io
import os
from fractions import Fraction
from pathlib import Path

from ..errors import UnusableInput
from ..rigor.numbers import parse_typed
from .curve import INTERPOLATIONS, MAX_ROWS, Curve, closed_curve

MAX_BYTES = 1 << 25
"""Largest file that is read."""
_NO_NUMBERS = {"nan", "inf", "infinity", "na", "null", "none"}


def read_curve(
    path: str | os.PathLike[str],
    dimension: int,
    interpolation: str = INTERPOLATIONS[0],
    period: Fraction | None = None,
) -> Curve:
    """The curve in the CSV file at ``path``, rows t, x_1, ..., x_d with d = ``dimension``.

    Decimals and fractions are exact; a header line of names, blank lines and lines that start with # are skipped.
    Raises UnusableInput, in one line, for whatever else is not a closed curve (see `closed_curve` for ``period``).
    """
    file = Path(path)
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnusableInput(
            f"the curve file {file.name} cannot be read ({error.strerror})",
            "give a CSV file with rows t, x_1, ..., x_d",
        ) from None
    return parse_curve(data, file.name, dimension, interpolation, period)


def parse_curve(
    data: bytes, name: str, dimension: int, interpolation: str = INTERPOLATIONS[0], period: Fraction | None = None
) -> Curve:
    """The curve in the bytes of a CSV file called ``name``; as `read_curve`."""
    if len(data) > MAX_BYTES:
        raise UnusableInput(f"{name} is larger than {MAX_BYTES >> 20} MiB", "give fewer rows of the same closed curve")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnusableInput(f"{name} is no text file", "give a CSV file with rows t, x_1, ..., x_d") from None
    lines = _lines(text, name)
    if lines and all(_is_name(cell) for cell in lines[0][1]):
        lines = lines[1:]
    if not lines:
        raise UnusableInput(f"{name} holds no rows", "give a CSV file with rows t, x_1, ..., x_d")
    if len(lines) > MAX_ROWS:
        raise UnusableInput(f"{name} has more than {MAX_ROWS} rows", "give fewer rows of the same closed curve")
    return closed_curve([_row(cells, name, line, dimension) for line, cells in lines], interpolation, period, name)


def _lines(text: str, name: str) -> list[tuple[int, list[str]]]:
    """(line number, cells) of every line that is neither blank nor a comment."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if stripped not in ([], [""]) and not stripped[0].startswith("#"):
                found.append((reader.line_num, stripped))
    except csv.Error as error:
        raise UnusableInput(
            f"line {reader.line_num} of {name} cannot be read ({error})", "write plain comma-separated numbers"
        ) from None
    return found


def _is_name(cell: str) -> bool:
    """Whether a cell is a column's name: text that neither is a number nor stands for a missing one."""
    return cell.lower() not in _NO_NUMBERS and cell.isidentifier()


def _row(cells: list[str], name: str, line: int, dimension: int) -> list[Fraction]:
    wanted = dimension + 1
    if len(cells) != wanted:
        columns = "t, x_1" if dimension == 1 else "t, x_1, x_2" if dimension == 2 else f"t, x_1, ..., x_{dimension}"
        raise UnusableInput(
            f"line {line} of {name} has {len(cells)} columns, not {wanted}", f"write {columns}, separated by commas"
        )
    values = []
    for column, cell in enumerate(cells, start=1):
        try:
            values.append(parse_typed(cell))
        except ValueError as error:
            raise UnusableInput(
                f"line {line}, column {column} of {name}: {error}", "write a decimal or a fraction such as 0.5 or 1/3"
            ) from None
    return values
