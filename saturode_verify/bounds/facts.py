"""Everything proved about one region (a box, or the union of several), as exact rationals: the theorems' hypotheses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from ..activation import Smoothness
from ..network import Network
from ..region import Box
from ..rigor.balls import ZERO, largest_magnitude, lower_rational, upper_rational
from ..rigor.numbers import Enclosure
from .goal import NEGLIGIBLE, Point
from .linearise import Range
from .outcome import Enclosed
from .products import Attenuation, WeightNorms, attenuation, global_bound, layerwise_bound, refined_bound
from .profile import profile_hull, slope_ranges
from .quantities import NAMES

Ranges = list[list[Enclosure]]


@dataclass(frozen=True, slots=True)
class Extremum:
    """An enclosed supremum or infimum; ``point`` is an exact point of the region where the inner end is reached."""

    value: Enclosure
    point: Point | None


@dataclass(frozen=True, slots=True)
class Products:
    """The product bounds of theory section 3; ``best`` is theorem 1 at its best threshold, ``asked`` at the user's."""

    everywhere: Enclosure
    layerwise: Enclosure
    refined: Enclosure
    best: Attenuation
    asked: list[Attenuation]


@dataclass(frozen=True, slots=True)
class RegionFacts:
    """``extrema``: keys "norm", "divergence_high", ... as in `NAMES` with natural signs; missing: no information.

    ``deltas``, ``preactivation``, ``derivative``: per hidden layer (and neuron), empty if unknown. ``lambdas``: sup|s'|
    over all reals per hidden layer. ``two_sum``: proved
    (upper bound of lambda_1 + lambda_2, lower bound of lambda_{d-1} + lambda_d) of the symmetric part. ``stopped``:
    why branch and bound ended before its goal.
    """

    boxes: tuple[Box, ...]
    dimension: int
    smoothness: Smoothness
    rough: tuple[str, ...]
    extrema: dict[str, Extremum]
    deltas: list[Enclosure]
    lambdas: list[Enclosure]
    preactivation: Ranges
    derivative: Ranges
    two_sum: tuple[Fraction | None, Fraction | None]
    products: Products
    stopped: str

    @property
    def jacobian_norm(self) -> Enclosure:
        """L(U), enclosed; the product bounds serve where subdivision gave no upper bound."""
        return self.extrema["norm"].value

    def allowed_gap(self, name: str, rtol: Fraction) -> Fraction:
        """The gap that ``rtol`` permits: relative to the quantity's own size, for div and mu at least to L/128."""
        if name == "norm":
            return rtol * self.jacobian_norm.lower
        pair = ("divergence_high", "divergence_low") if "divergence" in name else ("log_norm_high", "log_norm_low")
        sizes = [NEGLIGIBLE * self.jacobian_norm.lower]
        for key, sign in zip(pair, (1, -1), strict=True):
            if key in self.extrema:
                value = self.extrema[key].value
                end = value.lower if sign == 1 else value.upper
                sizes.append(sign * end if end is not None else Fraction(0))
        return rtol * max(sizes)


def gather(
    network: Network, norms: WeightNorms, boxes: Sequence[Box], outcomes: list[Enclosed], deltas: Sequence[Fraction]
) -> RegionFacts:
    """Unite the outcomes of branch and bound over ``boxes``: suprema by maxima, ranges by hulls."""
    derivative = profile_hull(slope_ranges(network, outcome.preactivation) for outcome in outcomes)
    smoothness = min((layer.activation.smoothness for layer in network.hidden), default=Smoothness.ANALYTIC)
    rough = {layer.activation.name for layer in network.hidden if layer.activation.smoothness is Smoothness.LIPSCHITZ}
    delta_ranges = _delta_ranges(norms, outcomes, derivative)
    products = _products(network, norms, outcomes, derivative, delta_ranges, deltas)
    extrema = {
        name: extremum for index, name in enumerate(NAMES) if (extremum := _extremum(outcomes, index, name)) is not None
    }
    extrema["norm"], products = _monotone_chain(extrema.get("norm"), products)
    return RegionFacts(
        boxes=tuple(boxes),
        dimension=network.dimension,
        smoothness=smoothness,
        rough=tuple(sorted(rough)),
        extrema=extrema,
        deltas=[enclosure(*delta) for delta in delta_ranges],
        lambdas=[enclosure(*supremum) for supremum in norms.lambdas],
        preactivation=_ranges(profile_hull(outcome.preactivation for outcome in outcomes)),
        derivative=_ranges(derivative),
        two_sum=_two_sum(outcomes),
        products=products,
        stopped="; ".join(sorted({outcome.stopped for outcome in outcomes if outcome.stopped})),
    )


def enclosure(lower: arb, upper: arb) -> Enclosure:
    """Rational enclosure from exact outer ends of a nonnegative quantity."""
    low = lower_rational(lower)
    return Enclosure(Fraction(0) if low is None else low, upper_rational(upper))


def _extremum(outcomes: list[Enclosed], index: int, name: str) -> Extremum | None:
    """The supremum over all boxes in its natural sign; None without a finite outer bound."""
    upper = upper_rational(max(outcome.suprema[index].upper for outcome in outcomes))
    known = [outcome.suprema[index] for outcome in outcomes if outcome.suprema[index].lower is not None]
    best, point = None, None
    for entry in known:
        low = lower_rational(entry.lower) if entry.lower is not None else None
        if low is not None and (best is None or low > best):
            best, point = low, entry.point
    if best is None:
        best = Fraction(0) if name == "norm" else None
    if upper is None or best is None:
        return None
    return Extremum(Enclosure(-upper, -best) if name.endswith("_low") else Enclosure(best, upper), point)


def _delta_ranges(norms: WeightNorms, outcomes: list[Enclosed], derivative: list[list[Range]] | None) -> list[Range]:
    """delta_k: at most the leaves' maximum, Lambda_k, and the largest |s'| in the profile."""
    ranges = []
    for k, supremum in enumerate(norms.lambdas):
        entries = [outcome.suprema[len(NAMES) + k] for outcome in outcomes]
        lower = max((e.lower for e in entries if e.lower is not None), default=ZERO)
        upper = min(max(e.upper for e in entries), supremum[1])
        if derivative is not None:
            upper = min(upper, max(largest_magnitude(*ends) for ends in derivative[k]))
        ranges.append((lower, upper))
    return ranges


def _two_sum(outcomes: list[Enclosed]) -> tuple[Fraction | None, Fraction | None]:
    """Bounds of lambda_1 + lambda_2 and of lambda_{d-1} + lambda_d: 2 mu+ and 2 mu-."""
    tops = [max(o.suprema[NAMES.index(name)].upper for o in outcomes) for name in ("log_norm_high", "log_norm_low")]
    high, low = (upper_rational((2 * top).upper()) for top in tops)
    return high, None if low is None else -low


def _ranges(profile: list[list[Range]] | None) -> Ranges:
    """Rational ranges; empty if some leaf had no information."""
    if profile is None:
        return []
    layers = []
    for layer in profile:
        ends = [(lower_rational(low), upper_rational(high)) for low, high in layer]
        if any(low is None or high is None for low, high in ends):
            return []
        layers.append([Enclosure(low, high) for low, high in ends if low is not None])
    return layers


def _products(
    network: Network,
    norms: WeightNorms,
    outcomes: list[Enclosed],
    derivative: list[list[Range]] | None,
    delta_ranges: list[Range],
    asked: Sequence[Fraction],
) -> Products:
    floors = [
        [max(values) for values in zip(*layers, strict=True)]
        for layers in zip(*(outcome.slope_floor for outcome in outcomes), strict=True)
    ]
    layerwise = layerwise_bound(norms, delta_ranges)
    refined = (ZERO, layerwise[1])
    if derivative is not None:
        ceilings = [[largest_magnitude(*ends) for ends in layer] for layer in derivative]
        refined = refined_bound(network, ceilings, floors)
    thresholds = {Fraction(0), *(d for _, high in delta_ranges if (d := upper_rational(high)) is not None)}
    tries = [attenuation(norms, delta_ranges, d) for d in sorted(thresholds)]
    best = tries[0]
    for other in tries[1:]:
        # Ties go to the larger threshold, which counts more layers as saturated.
        if other.bound[1] <= best.bound[1]:
            best = other
    return Products(
        everywhere=enclosure(*global_bound(norms)),
        layerwise=enclosure(*layerwise),
        refined=enclosure(*refined),
        best=best,
        asked=[attenuation(norms, delta_ranges, d) for d in asked],
    )


def _monotone_chain(direct: Extremum | None, products: Products) -> tuple[Extremum, Products]:
    """lower <= L(U) <= refined <= layerwise <= theorem 1: pass minima of uppers down, maxima of lowers up.

    The chain holds between the true values, so each enclosure may borrow its neighbours' ends.
    """
    direct = direct or Extremum(Enclosure(Fraction(0), None), None)
    attenuated = upper_rational(products.best.bound[1])
    layer_high = _least(products.layerwise.upper, attenuated)
    refined_high = _least(products.refined.upper, layer_high)
    direct_high = _least(direct.value.upper, refined_high)
    refined_low = max(products.refined.lower, direct.value.lower)
    layer_low = max(products.layerwise.lower, refined_low)
    chained = Products(
        products.everywhere,
        Enclosure(layer_low, layer_high),
        Enclosure(refined_low, refined_high),
        products.best,
        products.asked,
    )
    return Extremum(Enclosure(direct.value.lower, direct_high), direct.point), chained


def _least(a: Fraction | None, b: Fraction | None) -> Fraction | None:
    return b if a is None else a if b is None else min(a, b)
