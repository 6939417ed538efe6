"""Dimension 3 and more: projections of the orbit to coordinate planes, and its components over one period."""

from __future__ import annotations

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..certificate.record import Certificate
from .curves import Curve, curves, kind_of_curve, named, statements
from .page import Page
from .style import COLOURS, FONT, STYLES, curve_style, sample
from .text import heading

_PLANES = ((0, 1), (0, 2), (1, 2))
_LEFT, _TOP, _WIDE, _HIGH, _STEP_X, _STEP_Y = 0.62, 0.08, 2.75, 1.95, 3.5, 2.5
"""Inches."""
_PER_ROW = 6


def draw(certificate: Certificate) -> Figure:
    """The figure of a certificate in dimension >= 3 whose witness holds curves."""
    found, d = curves(certificate), certificate.model["layers"][0]
    more = 0.18 * (-(-d // _PER_ROW) - 1)  # the components' legend above the last panel
    places = [(_LEFT + _STEP_X * (k % 2), _TOP + (_STEP_Y + more) * (k // 2)) for k in range(4)]
    page = Page()
    *planes, last = [page.panel(left, top, _WIDE, _HIGH) for left, top in places]
    entries: list[Artist] = []
    for axes, plane in zip(planes, _PLANES, strict=True):
        entries += _projection(axes, found, plane)
    if found:
        _components(last, found[0])
    return page.finish(heading(certificate), places[-1][1] + _HIGH + 0.4, entries, statements(certificate, found))


def _projection(axes: Axes, found: list[Curve], plane: tuple[int, int]) -> list[Artist]:
    """The curves' projections to one coordinate plane."""
    i, j = plane
    entries: list[Artist] = []
    for name, curve in named(found):
        style = curve_style(str(curve.claim.stability) if curve.proved else None, 1.5)
        axes.plot(curve.points[:, i], curve.points[:, j], **style)
        if name:
            where = curve.points[curve.points[:, i].argmax()]
            axes.annotate(name, (where[i], where[j]), xytext=(4, 4), textcoords="offset points")
        entries.append(sample(kind_of_curve(curve), **style))
    axes.set(xlabel=f"$x_{{{i + 1}}}$", ylabel=f"$x_{{{j + 1}}}$")
    axes.margins(0.08)
    return entries


def _components(axes: Axes, curve: Curve) -> None:
    """x_i(t) over one period of the first curve, told apart by colour and by dashes."""
    for i, values in enumerate(curve.points.T):
        dashes, colour = STYLES[(i + i // len(COLOURS)) % len(STYLES)], COLOURS[i % len(COLOURS)]
        axes.plot(curve.times, values, color=colour, linestyle=dashes, linewidth=1.3, label=f"$x_{{{i + 1}}}$")
    axes.set(xlabel="time $t$, one period", ylabel="$x_i(t)$", xlim=(0.0, curve.times[-1]))
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=min(curve.points.shape[1], _PER_ROW), frameon=False,
        borderpad=0.2, borderaxespad=0.0, handlelength=2.0, columnspacing=0.8, handletextpad=0.4, fontsize=FONT,
    )  # fmt: skip
