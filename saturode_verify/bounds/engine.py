"""An engine turns boxes into outer bounds; branch and bound knows engines only through this interface.

`ArbEngine` is the reference: ball arithmetic, one box at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from flint import arb

from ..network import Network
from ..region import Box
from ..rigor.balls import floats, largest_magnitude, negated_upper
from ..rigor.spectral import INFINITY
from .affine import BoxForms, Form, ball_layers, enclose
from .linearise import NoInformation
from .norms import spectral_bounds
from .point import PointValues, evaluate
from .profile import Profile, meet
from .quantities import Quantities


@dataclass(slots=True)
class BoxBounds:
    """Outer bounds over one box.

    ``two_sum``: exact bounds of (sup of the sum of the two largest, sup of minus the sum of the two smallest)
    eigenvalues of the symmetric part. ``preactivation``, ``derivative``, ``field``: None if the box gave no
    information. ``split_scores``: per axis, how much splitting it should help (unverified).
    """

    outer: Quantities
    two_sum: tuple[arb, arb] = (INFINITY, INFINITY)
    preactivation: Profile | None = None
    derivative: Profile | None = None
    field: Form | None = None
    split_scores: np.ndarray | None = None

    def tighten(self, parent: BoxBounds) -> None:
        """Intersect the ranges with those of a box that contains this one."""
        self.two_sum = (min(self.two_sum[0], parent.two_sum[0]), min(self.two_sum[1], parent.two_sum[1]))
        self.preactivation = meet(self.preactivation, parent.preactivation)
        self.derivative = meet(self.derivative, parent.derivative)


class Engine(Protocol):
    """What branch and bound needs; every bound must be rigorous."""

    def bound(self, boxes: list[Box]) -> list[BoxBounds]: ...

    def at_point(self, point: tuple) -> PointValues: ...


class ArbEngine:
    """Ball arithmetic on affine forms (`affine`, `norms`); call it inside `rigor.balls.precision`."""

    def __init__(self, network: Network) -> None:
        self._layers = ball_layers(network)
        self._hidden = len(network.hidden)
        self._reach = np.abs(network.layers[0].weight).sum(axis=0)

    def bound(self, boxes: list[Box]) -> list[BoxBounds]:
        """Outer bounds, one record per box."""
        return [self._bound(box) for box in boxes]

    def at_point(self, point: tuple) -> PointValues:
        """Thin values at a point of rationals."""
        return evaluate(self._layers, point)

    def _bound(self, box: Box) -> BoxBounds:
        try:
            forms = enclose(self._layers, box)
        except NoInformation:
            return BoxBounds(Quantities(deltas=[INFINITY] * self._hidden))
        bounds = spectral_bounds(forms.jacobian)
        outer = Quantities(
            norm=_or_infinity(bounds.norm),
            divergence_high=_or_infinity(bounds.divergence_high),
            divergence_low=_or_infinity(negated_upper(bounds.divergence_low)),
            log_norm_high=_or_infinity(bounds.log_norm_high),
            log_norm_low=_or_infinity(negated_upper(bounds.log_norm_low)),
            deltas=[max(largest_magnitude(*ends) for ends in layer) for layer in forms.derivative],
        )
        two_sum = (_or_infinity(bounds.two_sum_high), _or_infinity(negated_upper(bounds.two_sum_low)))
        scores = self._split_scores(box, forms)
        return BoxBounds(outer, two_sum, forms.preactivation, forms.derivative, forms.field, scores)

    def _split_scores(self, box: Box, forms: BoxForms) -> np.ndarray:
        """Per axis: the Jacobian's own slope in it, plus its share (by first pre-activations) of the remainder."""
        own = np.array([np.linalg.norm(floats(g)) for g in forms.jacobian.coefficients])
        # Relative to the widest side: a width of up to 2 * 1.8e308 is no float.
        widest = max(high - low for low, high in box.sides) or 1
        reach = self._reach * [float((high - low) / widest) for low, high in box.sides]
        share = reach / reach.sum() if 0 < reach.sum() < np.inf else np.full(len(own), 1 / len(own))
        return np.nan_to_num(own + np.linalg.norm(floats(forms.jacobian.remainder)) * share)


def _or_infinity(value: arb) -> arb:
    """NaN means "no information"."""
    return value if value.is_finite() else INFINITY
