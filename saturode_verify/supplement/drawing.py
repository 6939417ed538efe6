"""The supplement's own figures: certified numbers over a parameter. All values are read from certificates."""

from __future__ import annotations

from collections.abc import Sequence

from ..certificate.record import Certificate
from ..figures.style import COLOURS, rendered, styled
from ..rigor.numbers import Enclosure
from .content import claimed

WIDTH, HEIGHT = 6.6, 2.9
"""Inches."""
PLAIN, DASHED = "solid", (0, (4.0, 1.6))


def sweep(scales: Sequence[float], plain: Sequence[Certificate], saturated: Sequence[Certificate]) -> bytes:
    """Illustration 1: sup ||Df|| under its bounds; C_W, delta and their product, over the scale s."""
    from matplotlib.figure import Figure

    with styled():
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        left, right = figure.subplots(1, 2)
        for certificates, dashes, shown in ((saturated, PLAIN, True), (plain, DASHED, False)):
            for k, (label, claim, key) in enumerate(_LEFT):
                line = _line(left, scales, [claimed(c, claim, key) for c in certificates], COLOURS[k], dashes)
                line.set_label(label if shown else "")
            for k, (label, claim, key) in enumerate(_RIGHT):
                line = _line(right, scales, [claimed(c, claim, key) for c in certificates], COLOURS[k + 3], dashes)
                line.set_label(label if shown else "")
        for axes, title in ((left, "(a) the norm and its bounds"), (right, "(b) saturation against growth")):
            axes.set(xscale="log", yscale="log", xlabel="scale $s$ of the pre-activations", title=title)
            axes.set_xscale("log", base=2)
            axes.legend(loc="lower left", frameon=False)
        return rendered(figure, "pdf")


_LEFT = (
    (r"$\sup_U\|Df\|$", "sup_jacobian_norm", "value"),
    (r"$\tilde C$", "refined_bound", "bound"),
    (r"$C_W\,\delta$", "layerwise_bound", "bound"),
)
_RIGHT = (
    (r"$C_W$", "global_bound", "bound"),
    (r"$\delta$", "layer_saturation", "delta"),
    (r"$C_W\,\delta$", "layerwise_bound", "bound"),
)


def history(
    steps: Sequence[float], series: Sequence[tuple[str, Sequence[Enclosure | None]]], xlabel: str, *, log_x: bool = True
) -> bytes:
    """Upper ends over the steps of a training run, or over a parameter."""
    from matplotlib.figure import Figure

    with styled():
        figure = Figure(figsize=(WIDTH / 2, HEIGHT), layout="constrained")
        axes = figure.subplots()
        for k, (label, values) in enumerate(series):
            _line(axes, steps, values, COLOURS[k], PLAIN).set_label(label)
        axes.set(xscale="log" if log_x else "linear", yscale="log", xlabel=xlabel)
        axes.legend(loc="best", frameon=False)
        return rendered(figure, "pdf")


def _line(axes, steps, values, colour, dashes):  # type: ignore[no-untyped-def]
    """Upper ends as a line with dots; the lower ends as a bar down from the dot."""
    known = [(x, v) for x, v in zip(steps, values, strict=True) if v is not None and v.upper is not None]
    upper = [float(v.upper) for _, v in known]
    lower = [min(float(v.lower), top) for (_, v), top in zip(known, upper, strict=True)]
    (line,) = axes.plot([x for x, _ in known], upper, color=colour, linestyle=dashes, marker="o", markersize=2.5)
    spread = [(x, low, top) for (x, _), low, top in zip(known, lower, upper, strict=True) if 0 < low < 0.99 * top]
    if spread:
        axes.vlines([x for x, *_ in spread], [low for _, low, _ in spread], [top for *_, top in spread], color=colour)
    return line
