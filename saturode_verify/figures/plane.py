"""Dimension 2: the phase portrait beside the heat map of the leaves' bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from ..bounds.candidates import FloatField
from ..certificate.record import Certificate
from ..network import Network
from .curves import Curve, curves, equilibria, kind_of_curve, named, statements
from .leaves import LeafBounds, leaf_bounds, upper_end
from .page import Page
from .style import FONT, GREY, HATCH, INK, NEGATIVE, POSITIVE, REGION, ZERO, curve_style, sample
from .text import heading, norm_title, region_lines, values

_TITLE, _SIDE, _LABEL = 0.28, 2.52, 0.4
"""Inches: a panel's title, its side, and its axis label."""
_MARGIN, _GRID, _FINE, _CHUNK, _SIMILAR = 0.12, 48, 201, 4096, 1.6
_MANY, _LOG = 5000, 30.0
"""More leaves are drawn as pixels; a larger ratio of bounds gets a logarithmic scale."""
Window = tuple[float, float, float, float]


def draw(certificate: Certificate, network: Network) -> Figure:
    """The figure of a planar certificate."""
    found, rests = curves(certificate), equilibria(certificate)
    window = _window(certificate, found)
    page = Page()
    left, right, bar = (page.panel(x, _TITLE, width, _SIDE) for x, width in ((0.62, _SIDE), (3.74, _SIDE), (6.36, 0.1)))
    entries = _portrait(left, certificate, network, window)
    entries += _heat(right, bar, certificate, leaf_bounds(certificate, network))
    entries += _marks(left, rests)
    for axes in (left, right):
        _outline(axes, certificate)
        entries += _curves(axes, found)
        axes.set(xlim=window[:2], ylim=window[2:], xlabel="$x_1$", ylabel="$x_2$")
    lines = [*statements(certificate, found), *region_lines(certificate)]
    lines.append(_drawn_from_floats(_smooth(certificate), len(rests)))
    return page.finish(heading(certificate), _TITLE + _SIDE + _LABEL, entries, lines)


def _drawn_from_floats(smooth: bool, equilibria: int) -> str:
    parts = ["Field lines", *(["the sign of $\\mathrm{div}\\,f$"] * smooth), *(["equilibria"] * (equilibria > 0))]
    what = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
    return f"{what}: floating point, not proved."


def _window(certificate: Certificate, found: list[Curve]) -> Window:
    """The region and the curves with a margin; sides of similar lengths are made equal, so that circles are round."""
    middles, halves = [], []
    for axis in (0, 1):
        sides = [box[axis] for box in certificate.region]
        ends = [float(side.lower) for side in sides] + [upper_end(side) for side in sides]
        ends += [float(end) for c in found for end in (c.points[:, axis].min(), c.points[:, axis].max())]
        middles.append(0.5 * max(ends) + 0.5 * min(ends))
        halves.append((0.5 + _MARGIN) * (max(ends) - min(ends)))
    if max(halves) <= _SIMILAR * min(halves):
        halves = [max(halves)] * 2
    spans = [(m - h, m + h) for m, h in zip(middles, halves, strict=True)]
    return *spans[0], *spans[1]


def _portrait(axes: Axes, certificate: Certificate, network: Network, window: Window) -> list[Artist]:
    """The field, the sign of its divergence, the region and the equilibria."""
    field, entries = FloatField(network), []
    if _smooth(certificate):
        entries += _divergence(axes, field, window)
    x, y, arrows, _ = _on_grid(field, window, _GRID)
    largest = np.abs(arrows).max()
    if largest > 0:
        arrows = arrows / largest
        axes.streamplot(
            x, y, arrows[..., 0], arrows[..., 1], density=1.05, color=GREY, linewidth=0.5, arrowsize=0.6, zorder=2
        )
        entries.append(sample("field $f$", color=GREY, linewidth=0.8))
    entries.append(sample("region $U$", color=INK, linewidth=0.7, linestyle=REGION))
    axes.set_title("(a) Phase portrait")
    return entries


def _smooth(certificate: Certificate) -> bool:
    """The divergence is bounded by a claim; so it exists, which a network with corners cannot say."""
    return "sup" in values(certificate, "divergence")


def _marks(axes: Axes, points: np.ndarray) -> list[Artist]:
    """Hollow squares at the equilibria that a search saw."""
    if not len(points):
        return []
    style: dict[str, Any] = {"marker": "s", "mfc": "white", "mec": INK, "mew": 1.0, "ms": 5.5, "linestyle": "none"}
    axes.plot(points[:, 0], points[:, 1], zorder=6, **style)
    return [sample("equilibrium (not proved)", **style)]


def _divergence(axes: Axes, field: FloatField, window: Window) -> list[Artist]:
    """Light background by sign, hatched where positive, and the zero line."""
    x, y, _, trace = _on_grid(field, window, _FINE)
    entries: list[Artist] = []
    if trace.min() < 0:
        entries.append(Patch(facecolor=NEGATIVE, edgecolor=GREY, linewidth=0.4, label=r"$\mathrm{div}\,f<0$"))
    if trace.max() > 0:
        entries.append(
            Patch(facecolor=POSITIVE, edgecolor=HATCH, linewidth=0.4, hatch="////", label=r"$\mathrm{div}\,f>0$")
        )
    levels = [min(trace.min(), 0.0) - 1.0, 0.0, max(trace.max(), 0.0) + 1.0]
    filled = axes.contourf(x, y, trace, levels=levels, colors=[NEGATIVE, POSITIVE], hatches=[None, "////"], zorder=0)
    filled.set_edgecolor(HATCH)
    filled.set_linewidth(0.0)
    if trace.min() < 0 < trace.max():
        axes.contour(x, y, trace, levels=[0.0], colors=[ZERO], linewidths=[1.0], linestyles=["solid"], zorder=1)
        entries.append(sample(r"$\mathrm{div}\,f=0$", color=ZERO, linewidth=1.0))
    return entries


def _on_grid(field: FloatField, window: Window, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Grid lines, f (rows, columns, 2) and div f (rows, columns); what is not finite becomes 0."""
    x, y = np.linspace(*window[:2], count), np.linspace(*window[2:], count)
    points = np.stack(np.meshgrid(x, y), axis=2).reshape(-1, 2)
    with np.errstate(all="ignore"):
        parts = [field.evaluate(points[i : i + _CHUNK])[:2] for i in range(0, len(points), _CHUNK)]
        arrows = np.concatenate([value for value, _ in parts])
        trace = np.concatenate([np.trace(jacobian, axis1=1, axis2=2) for _, jacobian in parts])
    clean = [np.nan_to_num(part, posinf=0.0, neginf=0.0) for part in (arrows, trace)]
    return x, y, clean[0].reshape(count, count, 2), clean[1].reshape(count, count)


def _heat(axes: Axes, bar: Axes, certificate: Certificate, parts: list[LeafBounds]) -> list[Artist]:
    """One coloured rectangle per leaf; hatched where there is no finite bound."""
    axes.set_title(norm_title(certificate))
    norm = np.concatenate([np.zeros(0), *(part.norm for part in parts)])
    corners = np.concatenate([np.zeros((0, 4, 2)), *(_corners(part) for part in parts)])
    finite = np.isfinite(norm)
    figure = axes.figure
    assert isinstance(figure, Figure)
    if finite.any():
        heat = PolyCollection(
            corners[finite].tolist(), array=norm[finite], cmap="cividis", norm=_scale(norm[finite]),
            edgecolors="white" if len(norm) <= _MANY // 2 else "face", linewidths=0.25,
            rasterized=len(norm) > _MANY, zorder=1,
        )  # fmt: skip
        axes.add_collection(heat)
        figure.colorbar(heat, cax=bar).set_label(r"proved upper bound of $\|Df\|_2$  (1/time)", fontsize=FONT)
    else:
        bar.set_axis_off()
    if finite.all():
        return []
    none: dict[str, Any] = {"facecolor": "white", "edgecolor": GREY, "hatch": "xxxx"}
    axes.add_collection(PolyCollection(corners[~finite].tolist(), linewidths=0.25, zorder=1, **none))
    return [Patch(label="no finite bound", **none)]


def _corners(part: LeafBounds) -> np.ndarray:
    """(leaves, 4, 2), counterclockwise."""
    (x, y), (right, top) = part.lower.T, part.upper.T
    return np.stack([np.stack(pair, axis=1) for pair in ((x, y), (right, y), (right, top), (x, top))], axis=1)


def _scale(norm: np.ndarray) -> Normalize:
    least, most = float(norm.min()), float(norm.max())
    if least == most:
        return Normalize(0.0, most or 1.0)
    return LogNorm(least, most) if 0 < _LOG * least < most else Normalize(least, most)


def _outline(axes: Axes, certificate: Certificate) -> None:
    for box in certificate.region:
        low, high = [float(side.lower) for side in box], [upper_end(side) for side in box]
        style: dict[str, Any] = {"fill": False, "edgecolor": INK, "linewidth": 0.7, "linestyle": REGION, "zorder": 3}
        axes.add_patch(Rectangle((low[0], low[1]), high[0] - low[0], high[1] - low[1], **style))


def _curves(axes: Axes, found: list[Curve]) -> list[Artist]:
    """The curves on top, numbered if there are several orbits."""
    entries: list[Artist] = []
    for name, curve in named(found):
        style = curve_style(str(curve.claim.stability) if curve.proved else None)
        axes.plot(curve.points[:, 0], curve.points[:, 1], zorder=5, **style)
        if name:
            where = curve.points[curve.points[:, 0].argmax()]
            axes.annotate(name, (where[0], where[1]), xytext=(4, 4), textcoords="offset points", zorder=7,
                          path_effects=style["path_effects"])  # fmt: skip
        entries.append(sample(kind_of_curve(curve), **style))
    return entries
