"""f along the orbit's candidate is analytic on a strip, and bounded there.

u is a real trigonometric polynomial. On the line Im theta = rho it is covered by boxes: around c_j = 2 pi j/B,
|t| <= h = pi/B,

    u(c_j + t + i rho)  in  u(c_j + i rho) + u'(c_j + i rho) [-h, h] + disc(h^2/2 sum k^2 |c_k| e^{rho |k|}).

If every pre-activation z of every box has |Im z| < the activation's half width, layer by layer, then f(u) and Df(u) are
analytic on |Im theta| <= rho: Im z is harmonic there (the layers before are analytic), on Im theta = -rho it takes the
negatives of its values on Im theta = rho (everything is real on the real line), and the maximum principle on the
compact cylinder carries the bound inside. By the same symmetry bounds of |f(u)|, |Df(u)| on one line hold on both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flint import acb, arb

from ..activation import Activation
from ..rigor.balls import precision
from .analytic import strip_half_width
from .jets import ExactField, Jet, divergence
from .trig import TrigPolynomial, largest

CHUNK = 512
"""Boxes that are evaluated at once: a wide network on thousands of them would fill the memory."""
COARSE = 53
"""Bits: bounds on the strip are multiplied by e^{-rho n} and need no more."""


@dataclass(frozen=True)
class StripBounds:
    """Exact upper bounds on |Im theta| <= ``height`` of |f_k(u)|, |Df_ki(u)|, |div f(u)|."""

    height: arb
    field: list[arb]
    jacobian: list[list[arb]]
    divergence: arb


def strip_bounds(field: ExactField, orbit: TrigPolynomial, height: arb, boxes: int) -> StripBounds | str:
    """The bounds from ``boxes`` boxes on the line, or the reason why there are none."""
    if type(boxes) is not int or boxes < 1 or not (height > 0 and height.is_finite()):
        return "the strip needs a positive width and at least one box"
    cover = _cover(orbit, height, boxes)
    failed: list[str] = []

    def inside(activation: Activation, pre_activations: list) -> bool:
        bound = strip_half_width(activation)
        if not bound.is_finite() and bound > 0:
            return True
        if all(abs(z.imag) < bound for z in pre_activations):
            return True
        failed.append(activation.name)
        return False

    with precision(COARSE):
        parts = []
        for start in range(0, boxes, CHUNK):
            jet = field.evaluate([row[start : start + CHUNK] for row in cover], check=inside)
            if jet is None:
                return (
                    f"on the line Im theta = {float(height.mid()):.3g} some pre-activation of a {failed[0]} layer may "
                    "reach a singularity of the activation: a narrower strip or more boxes on the line may help"
                )
            parts.append(_bounds(jet, height))
    bounds = _all(parts)
    everything = [*bounds.field, bounds.divergence, *(entry for row in bounds.jacobian for entry in row)]
    if not all(entry.is_finite() for entry in everything):
        return "no finite bound of f or Df on the strip: a narrower strip or more boxes on the line may help"
    return bounds


def _bounds(jet: Jet, height: arb) -> StripBounds:
    d = len(jet.values)
    return StripBounds(
        height,
        [largest(jet.values[k]) for k in range(d)],
        [[largest(jet.jacobian[k][i]) for i in range(d)] for k in range(d)],
        largest(divergence(jet)),
    )


def _all(parts: Sequence[StripBounds]) -> StripBounds:
    """The bounds on all boxes from those on some at a time."""
    d = len(parts[0].field)
    return StripBounds(
        parts[0].height,
        [largest(part.field[k] for part in parts) for k in range(d)],
        [[largest(part.jacobian[k][i] for part in parts) for i in range(d)] for k in range(d)],
        largest(part.divergence for part in parts),
    )


def _cover(orbit: TrigPolynomial, height: arb, boxes: int) -> list[list[acb]]:
    half = (arb.pi() / boxes).upper()
    curvature = orbit.wiener(height, power=2)
    values = orbit.samples(boxes, height)
    slopes = orbit.derivative.samples(boxes, height)
    side = acb(arb(0, half))
    cover = []
    for row, slope, bend in zip(values, slopes, curvature, strict=True):
        radius = (half * half / 2 * bend).upper()
        rest = acb(arb(0, radius), arb(0, radius))
        cover.append([v + s * side + rest for v, s in zip(row, slope, strict=True)])
    return cover
