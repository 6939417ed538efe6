"""One neuron: the best affine enclosure of s or s' over an interval.

`linearise` returns balls (alpha, beta, rho) with |g(a) - alpha a - beta| <= rho for all a in [l, u], g = s^(order).
Three forms compete and the smallest rho wins; each is a theorem about g with the hypotheses that the images carry:

* constant: g in [inf g, sup g];
* monotone: for a slope c <= inf g' (or >= sup g') the function g - c a is monotone, so its range is spanned by its
  values at the end points (g absolutely continuous, g' taken a.e.);
* Taylor at the midpoint m: g(a) - g(m) - g'(m)(a - m) lies in (a - m)^2/2 [inf g'', sup g''] (g' absolutely
  continuous), and its absolute value is at most |a - m| max(sup g' - g'(m), g'(m) - inf g').
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flint import arb

from ..activation import Activation
from ..rigor.balls import ZERO, finite

Range = tuple[arb, arb]
Affine = tuple[arb, arb, arb]


class NoInformation(ArithmeticError):
    """Some quantity over the box is not bounded; the box needs splitting."""


@dataclass(slots=True)
class NeuronImages:
    """Everything known of one neuron over its pre-activation range [lower, upper] (exact ends).

    ``at_lower``, ``at_upper``, ``at_middle``: balls of the derivatives 0..3 there; ``images[k]``: exact range of s^(k),
    or None where it does not exist.
    """

    lower: arb
    upper: arb
    middle: arb
    at_lower: Sequence[arb]
    at_upper: Sequence[arb]
    at_middle: Sequence[arb]
    images: Sequence[Range | None]


def neuron_images(activation: Activation, lower: arb, upper: arb, order: int) -> NeuronImages:
    """Images of the derivatives 0..order over [lower, upper].

    Raises NoInformation unless every ball is finite, so that no comparison below ever sees a NaN.
    """
    middle = ((lower + upper) / 2).mid()
    if not (lower <= middle and middle <= upper):
        middle = lower  # ends of more bits than the working precision
    at_lower, at_upper, at_middle = (activation.derivatives(x, order) for x in (lower, upper, middle))
    images = [activation.image(k, lower, upper, (at_lower[k], at_upper[k])) for k in range(order + 1)]
    if not finite(*at_lower, *at_upper, *at_middle, *(end for image in images if image for end in image)):
        raise NoInformation
    return NeuronImages(lower, upper, middle, at_lower, at_upper, at_middle, images)


def linearise(neuron: NeuronImages, order: int) -> Affine | None:
    """Balls (alpha, beta, rho) for g = s^(order); needs images up to order + 2. None: no information."""
    value, slope, curvature = neuron.images[order : order + 3]
    if value is None:
        return None
    forms = [_constant(value)]
    if slope is not None:
        forms += [_monotone(neuron, order, slope[0], 1), _monotone(neuron, order, slope[1], -1)]
        if curvature is not None:
            forms.append(_taylor(neuron, order, slope, curvature))
    best = forms[0]
    for form in forms[1:]:
        if form[2].upper() < best[2].upper():
            best = form
    return best


def _constant(value: Range) -> Affine:
    low, high = value
    return ZERO, (low + high) / 2, (high - low) / 2


def _monotone(neuron: NeuronImages, order: int, slope: arb, sign: int) -> Affine:
    low = neuron.at_lower[order] - slope * neuron.lower
    high = neuron.at_upper[order] - slope * neuron.upper
    return slope, (low + high) / 2, sign * (high - low) / 2


def _taylor(neuron: NeuronImages, order: int, slope: Range, curvature: Range) -> Affine:
    m, alpha = neuron.middle, neuron.at_middle[order + 1]
    reach = max((neuron.upper - m).upper(), (m - neuron.lower).upper())
    lipschitz = reach * max((slope[1] - alpha).upper(), (alpha - slope[0]).upper())
    half_square = reach * reach / 2
    low = max((min(curvature[0], ZERO) * half_square).lower(), (-lipschitz).lower())
    high = min((max(curvature[1], ZERO) * half_square).upper(), lipschitz.upper())
    return alpha, neuron.at_middle[order] - alpha * m + (low + high) / 2, (high - low) / 2
