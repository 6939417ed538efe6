"""Tables of text: aligned, or in Markdown."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Table:
    """Rows of cells; a row may end early, its last cell then runs on (a remark). Notes stand below."""

    title: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        """One more row."""
        self.rows.append(list(cells))

    def text(self, markdown: bool) -> str:
        """The whole table."""
        return self._markdown() if markdown else self._plain()

    def _plain(self) -> str:
        full = [row for row in [self.columns, *self.rows] if len(row) == len(self.columns)]
        widths = [max(len(row[i]) for row in full) for i in range(len(self.columns))]
        for row in self.rows:  # the first cells of remarks must fit as well, the remark itself need not
            for i, cell in enumerate(row[:-1]):
                widths[i] = max(widths[i], len(cell))
        lines = [self.title, "", _line(self.columns, widths), "  ".join("-" * w for w in widths)]
        lines += [_line(row, widths) for row in self.rows]
        return "\n".join([*lines, *(f"  {note}" for note in self.notes), ""])

    def _markdown(self) -> str:
        rows = [row + [""] * (len(self.columns) - len(row)) for row in self.rows]
        rule = ["---" if i < 2 else "---:" for i in range(len(self.columns))]
        lines = [f"### {self.title}", "", *("| " + " | ".join(row) + " |" for row in [self.columns, rule, *rows]), ""]
        return "\n".join([*lines, *(f"- {note}" for note in self.notes), ""])


def _line(row: list[str], widths: list[int]) -> str:
    """The first two cells (model, engine) to the left, numbers to the right, a remark as it is."""
    whole = len(row) == len(widths)
    cells = [
        cell.ljust(width) if i < 2 or (not whole and i == len(row) - 1) else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(row, widths, strict=False))
    ]
    return "  ".join(cells).rstrip()


def significant(value: float, digits: int = 3) -> str:
    """A number with so many digits, without an exponent where it can be helped."""
    if value == 0 or not abs(value) < float("inf"):
        return str(value)
    text = f"{value:#.{digits}g}"
    return f"{value:.0f}" if "e+" in text else text.rstrip(".")
