"""All neurons of a layer at once: affine enclosures of s and s' over their pre-activation ranges, in rounded float64.

For g = s^(k) and every neuron, floats (alpha, beta, rho) with |g(a) - alpha a - beta| <= rho for all a in [l, u]. The
three forms of `bounds.linearise` compete; here every rounding is counted as well. Values of g at l, u and the
midpoint m come as (value, error), images of g, g', g'' as outer intervals; u below is the unit roundoff when it
stands in a product.

* Taylor: alpha is the computed g'(m), in error by e1. D(a) = g(a) - g(m) - alpha (a - m) lies in
  [c_- r^2/2, c_+ r^2/2] widened by e1 r, where [c_-, c_+] is the hull of 0 and the image of g'' and r >= |a - m|; also
  |D| <= r max(sup g' - alpha, alpha - inf g'), with alpha itself, so without e1. The intersection [el, eh] is
  computed with relative error 3u per end. beta = g(m) - alpha m + (el + eh)/2 costs at most 3u (|g(m)| + |alpha m|) +
  3u (|el| + |eh|), and |el| + |eh| = eh - el is twice the main part of rho: el <= 0 <= eh.
* monotone: for a float c <= inf g' (c >= sup g') g - c a is monotone; its range is spanned by its ends, computed with
  error 2u (|g| + |c a|) each, and one e0 (both ends err by at most e0, so half their distance does). The end of the
  image of g' that is nearer to the slope of the chord gives the narrower range.
* constant: the image of g.

The budgets below (32u and 8u on the radius, 8u on the data) exceed these counts; underflow is below ETA as long as
all factors are below MAX_FACTOR (r^2/2 has an ETA of its own, as g'' may be larger). NaN and infinity mean "no
information": they lose against the constant form, and where that has none either they reach rho.
proofs/neurons.py proves the budgets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...kernels import Image, Kernel, Rounded
from ...rigor.rounding import ETA, UNIT, wild


@dataclass(frozen=True, slots=True)
class AffineCover:
    """|g(a) - slope a - offset| <= radius on the range of each neuron; arrays (boxes, neurons)."""

    slope: np.ndarray
    offset: np.ndarray
    radius: np.ndarray


@dataclass(frozen=True, slots=True)
class LayerNeurons:
    """Values of s, s', s'', s''' at both ends of [lower, upper], of s, s', s'' at its midpoint; the images over it."""

    lower: np.ndarray
    upper: np.ndarray
    middle: np.ndarray
    at_lower: list[Rounded]
    at_upper: list[Rounded]
    at_middle: list[Rounded]
    images: list[Image]

    @classmethod
    def over(cls, kernel: Kernel, lower: np.ndarray, upper: np.ndarray) -> LayerNeurons:
        """From the kernel's values at three points of every neuron."""
        # Halving first cannot overflow; rounding to nearest is monotone, so l <= m <= u.
        middle = 0.5 * lower + 0.5 * upper
        np.maximum(middle, lower, out=middle)
        np.minimum(middle, upper, out=middle)
        at_lower, at_upper = kernel.derivatives(lower, 3), kernel.derivatives(upper, 3)
        images = kernel.images(lower, upper, at_lower, at_upper)
        return cls(lower, upper, middle, at_lower, at_upper, kernel.derivatives(middle, 2), images)

    def cover(self, order: int, constant: np.ndarray | None) -> AffineCover:
        """The best affine enclosure of s^(order), order 0 or 1; the slope is 0 where ``constant`` (boxes, neurons)
        says so, and where the range or the slopes may not enter a product.
        """
        best, monotone = self._taylor(order), self._monotone(order, self._chord_slope(order))
        for mask in (constant, wild((self.lower, self.upper, *self.images[order + 1]))):
            if mask is not None:
                best.radius[mask] = monotone.radius[mask] = np.nan
        for form in (monotone, self._constant(order)):
            # A NaN radius never wins, and loses against anything.
            wins = (form.radius < best.radius) | (best.radius != best.radius)
            np.copyto(best.slope, form.slope, where=wins)
            np.copyto(best.offset, form.offset, where=wins)
            np.copyto(best.radius, form.radius, where=wins)
        return best

    def _taylor(self, order: int) -> AffineCover:
        """In new arrays."""
        (value, e0), (slope, e1) = self.at_middle[order : order + 2]
        first, second = self.images[order + 1 : order + 3]
        reach = np.maximum(self.upper - self.middle, self.middle - self.lower) * (1 + 4 * UNIT) + ETA
        half_square = 0.5 * (reach * reach) + ETA
        lipschitz = reach * np.maximum(first[1] - slope, slope - first[0])
        low = np.maximum(np.minimum(second[0], 0) * half_square, -lipschitz)
        high = np.minimum(np.maximum(second[1], 0) * half_square, lipschitz)
        at_zero = slope * self.middle
        offset = value - at_zero + 0.5 * (low + high)
        sizes = np.abs(value) + np.abs(at_zero)
        radius = (0.5 * (high - low) + e1 * reach + e0) * (1 + 32 * UNIT) + 8 * UNIT * sizes + ETA
        return AffineCover(slope.copy(), offset, radius)

    def _chord_slope(self, order: int) -> np.ndarray:
        """inf g' or sup g', whichever leaves less of the chord (either serves: this only steers)."""
        least, most = self.images[order + 1]
        rise = self.at_upper[order][0] - self.at_lower[order][0]
        slope = least.copy()
        np.copyto(slope, most, where=2 * rise > (least + most) * (self.upper - self.lower))
        return slope

    def _monotone(self, order: int, slope: np.ndarray) -> AffineCover:
        """For a slope <= inf g' or >= sup g'."""
        (left, e_left), (right, e_right) = self.at_lower[order], self.at_upper[order]
        left_line, right_line = slope * self.lower, slope * self.upper
        low, high = left - left_line, right - right_line
        sizes = np.abs(left) + np.abs(right) + np.abs(left_line) + np.abs(right_line)
        radius = (0.5 * np.abs(high - low) + np.maximum(e_left, e_right)) * (1 + 8 * UNIT) + 8 * UNIT * sizes + ETA
        return AffineCover(slope, 0.5 * (low + high), radius)

    def _constant(self, order: int) -> AffineCover:
        low, high = self.images[order]
        low, high = 0.5 * low, 0.5 * high
        middle = low + high
        radius = (high - low) * (1 + 4 * UNIT) + 4 * UNIT * np.abs(middle) + ETA
        return AffineCover(np.zeros_like(middle), middle, radius)
