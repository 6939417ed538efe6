"""The look of every figure, readable in print and in grey, and its bytes without anything that changes by the day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke

FONT = 8.0
"""Points; nothing is smaller."""
INK, GREY = "#000000", "#858585"
POSITIVE, NEGATIVE, HATCH, ZERO = "#fdebd3", "#e6f0f9", "#eec48d", "#b3590e"
"""Backgrounds for the sign of div f (the positive one is hatched too), and the line between them."""
DASHES = {"stable": "solid", "unstable": (0, (4.0, 1.6)), "undecided": (0, (5.0, 1.2, 1.0, 1.2))}
"""Line styles by stability."""
GIVEN = (0, (1.0, 1.3))
"""Line style of a curve that is no proved orbit."""
REGION = (0, (2.0, 2.0))
"""Line style of the region's edge."""
COLOURS = ("#000000", "#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f")
"""Okabe and Ito's colours, told apart by the colour-blind."""
STYLES = ("solid", (0, (4.0, 1.6)), (0, (1.0, 1.3)), (0, (5.0, 1.2, 1.0, 1.2)))

_RC: Any = {
    "font.family": "DejaVu Sans", "mathtext.fontset": "dejavusans", "font.size": FONT,
    "axes.titlesize": FONT, "axes.titlepad": 5.0, "axes.labelsize": 9.0, "axes.labelpad": 2.0, "axes.linewidth": 0.6,
    "xtick.labelsize": FONT, "ytick.labelsize": FONT, "legend.fontsize": FONT, "hatch.linewidth": 0.6,
    "xtick.major.width": 0.6, "ytick.major.width": 0.6, "pdf.fonttype": 42, "svg.hashsalt": "saturode-verify",
    "savefig.dpi": 300,
}  # fmt: skip
_METADATA: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "Creator": "saturode-verify"},
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": "saturode-verify"},
}


@contextmanager
def styled() -> Iterator[None]:
    """matplotlib's defaults and this style, whatever the user's own settings are; they come back afterwards."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_RC)
        yield


def rendered(figure: Figure, kind: str) -> bytes:
    """The file's bytes."""
    stream = BytesIO()
    figure.savefig(stream, format=kind, metadata=_METADATA[kind])
    return stream.getvalue()


def curve_style(stability: str | None, width: float = 1.8) -> dict[str, Any]:
    """Keywords of a thick line with a white rim, visible on every background; None: a curve that was given."""
    dashes = GIVEN if stability is None else DASHES[stability]
    rim = [Stroke(linewidth=width + 1.6, foreground="white", dashes={"dash_offset": 0, "dash_list": None}), Normal()]
    ends = {"dash_capstyle": "butt", "solid_capstyle": "butt"}
    return {"color": INK, "linewidth": width, "linestyle": dashes, "path_effects": rim, **ends}


def sample(label: str, **style: Any) -> Line2D:
    """A legend's entry."""
    return Line2D([], [], label=label, **style)
