"""One page: heading, panels at fixed places, legend and caption below; sized in inches, so nothing can overlap."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from .style import FONT

WIDTH = 7.0
"""Inches: the text width of a page."""
_EDGE, _HEADING, _ENTRY, _LINE, _RISE, _GAP = 0.12, 0.2, 0.175, 0.165, 0.11, 0.06


class Page:
    """A figure that no window system knows of. Add the panels, then `finish`."""

    def __init__(self) -> None:
        self.figure = Figure(figsize=(WIDTH, WIDTH))
        FigureCanvasAgg(self.figure)
        self._places: list[tuple[Axes, float, float, float, float]] = []

    def panel(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes at ``left`` inches from the page's edge and ``top`` inches below the heading."""
        axes = self.figure.add_subplot(len(self._places) + 1, 1, 1)  # its place is set by `finish`
        self._places.append((axes, left, top, width, height))
        return axes

    def finish(self, heading: str, area: float, entries: Sequence[Artist], lines: Sequence[str]) -> Figure:
        """Set every place: ``heading`` above the panels' ``area`` (inches high), legend and caption ``lines`` below."""
        unique = list({str(entry.get_label()): entry for entry in entries}.values())
        columns = len(unique) if len(unique) <= 4 else -(-len(unique) // 2) if len(unique) <= 8 else 4
        rows = -(-len(unique) // columns) if unique else 0
        caption = [part for line in lines for part in line.split("\n")]
        below = _GAP + rows * _ENTRY + _GAP + len(caption) * _LINE + _EDGE
        height = _EDGE + _HEADING + area + below
        self.figure.set_size_inches(WIDTH, height)
        for axes, left, top, width, tall in self._places:
            bottom = height - _EDGE - _HEADING - top - tall
            axes.set_position((left / WIDTH, bottom / height, width / WIDTH, tall / height))
        self._text(heading, height - _EDGE - _RISE, height, parse_math=False)
        if unique:
            self.figure.legend(
                handles=unique, loc="upper center", bbox_to_anchor=(0.5, (below - _GAP) / height), ncols=columns,
                frameon=False, borderpad=0.0, borderaxespad=0.0, handlelength=2.8, columnspacing=1.8,
            )  # fmt: skip
        top = below - 2 * _GAP - rows * _ENTRY
        for i, line in enumerate(caption):
            self._text(line, top - i * _LINE - _RISE, height)
        return self.figure

    def _text(self, words: str, top: float, height: float, parse_math: bool = True) -> None:
        self.figure.text(
            2 * _EDGE / WIDTH, top / height, words, ha="left", va="baseline", fontsize=FONT, parse_math=parse_math
        )
