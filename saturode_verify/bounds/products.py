"""Upper bounds of L(U) by products of norms (theory section 3), each enclosed from both sides.

The quantities themselves have exact definitions (with the true suprema of |s'| over the region); ``lower`` and
``upper`` enclose those, because delta_k and the norms are themselves enclosed.
proofs/norms.py proves the bounds and their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, arb_mat

from ..network import Network
from ..rigor.balls import ONE, ZERO, ball, matrix
from ..rigor.spectral import INFINITY, spectral_norm_lower, spectral_norm_upper
from .linearise import Range


@dataclass(frozen=True, slots=True)
class WeightNorms:
    """Two-sided ||W_l||, l = 1..L, and Lambda_k = sup_R |s_k'| (exact pairs; infinity for unbounded s'), k = 1..L-1."""

    norms: list[Range]
    lambdas: list[Range]

    @classmethod
    def of(cls, network: Network) -> WeightNorms:
        weights = [matrix(layer.weight) for layer in network.layers]
        suprema = [layer.activation.sup_abs_derivative() for layer in network.hidden]
        return cls(
            [(spectral_norm_lower(w), spectral_norm_upper(w)) for w in weights],
            [(INFINITY, INFINITY) if s is None else (s.lower(), s.upper()) for s in suprema],
        )

    def product(self) -> Range:
        """Enclosure of prod ||W_l||."""
        low = high = ONE
        for lower, upper in self.norms:
            low, high = (low * lower).lower(), (high * upper).upper()
        return low, high


def times(a: Range, b: Range) -> Range:
    """Product of two nonnegative ranges; 0 times infinity is 0 (a layer that is constant)."""
    low, high = (ZERO if x.is_zero() or y.is_zero() else x * y for x, y in zip(a, b, strict=True))
    return low.lower(), high.upper()


def global_bound(norms: WeightNorms) -> Range:
    """Prod ||W_l|| prod Lambda_k: a bound on the whole space."""
    bound = norms.product()
    for supremum in norms.lambdas:
        bound = times(bound, supremum)
    return bound


def layerwise_bound(norms: WeightNorms, deltas: Sequence[Range]) -> Range:
    """C(U) = prod ||W_l|| prod delta_k."""
    bound = norms.product()
    for delta in deltas:
        bound = times(bound, delta)
    return bound


@dataclass(frozen=True, slots=True)
class Attenuation:
    """Theorem 1 at threshold ``delta``: ||Df|| <= C_W delta^q on U.

    ``layers`` are certified to be saturated, ``undecided`` may be (both 1-based): q is the number of the former
    and some of the latter. ``c_w`` and ``bound`` enclose C_W and C_W delta^q for every such q.
    """

    delta: Fraction
    layers: list[int]
    undecided: list[int]
    c_w: Range
    bound: Range


def attenuation(norms: WeightNorms, deltas: Sequence[Range], delta: Fraction) -> Attenuation:
    """Theorem 1 at ``delta``, enclosed for every q that the certified delta_k leave possible.

    A layer with delta_k <= delta gives the factor delta to the bound (1 to C_W), any other Lambda_k to both. An
    undecided one, lower <= delta < upper <= Lambda_k, gives one of the two, and Lambda_k is the larger factor of the
    bound: so the bound's upper end is that of the certified q, and the lower end takes the smaller factor.
    """
    threshold = ball(delta)
    power = threshold.lower(), threshold.upper()
    c_w = bound = norms.product()
    saturated, undecided = [], []
    for k, ((lower, upper), supremum) in enumerate(zip(deltas, norms.lambdas, strict=True), start=1):
        if upper <= threshold:
            saturated.append(k)
            bound = times(bound, power)
        elif lower > threshold:
            c_w, bound = times(c_w, supremum), times(bound, supremum)
        else:
            undecided.append(k)
            c_w = times(c_w, (min(ONE, supremum[0]), max(ONE, supremum[1])))
            bound = times(bound, (min(power[0], supremum[0]), max(power[1], supremum[1])))
    return Attenuation(delta, saturated, undecided, c_w, bound)


def refined_bound(network: Network, ceiling: Sequence[Sequence[arb]], floor: Sequence[Sequence[arb]]) -> Range:
    """C~(U) = ||W_L E_{L-1}|| prod ||E_k W_k E_{k-1}|| ||E_1 W_1||, E_k = diag sqrt(sup_U |s_k'|).

    Proof (no sign condition on s'): D_k = E_k F_k E_k with F_k diagonal, |F_k| <= 1 (F = 0 where E = 0); insert,
    group, use ||F_k|| <= 1. ``ceiling`` and ``floor`` bound sup_U |s'| per neuron from above and below; the
    bound is monotone in E, since E <= E' means E = G E' with a diagonal contraction G.
    """
    low = high = ONE
    for position, layer in enumerate(network.layers):
        weight = matrix(layer.weight)
        lower = _weighted(weight, _roots(floor, position), _roots(floor, position - 1))
        upper = _weighted(weight, _roots(ceiling, position), _roots(ceiling, position - 1))
        low, high = (
            (low * spectral_norm_lower(lower)).lower(),
            times((ZERO, high), (ZERO, spectral_norm_upper(upper)))[1],
        )
    return low, high


def _roots(suprema: Sequence[Sequence[arb]], position: int) -> list[arb] | None:
    if not 0 <= position < len(suprema):
        return None
    return [v.sqrt() for v in suprema[position]]


def _weighted(weight: arb_mat, left: list[arb] | None, right: list[arb] | None) -> arb_mat:
    rows = weight.tolist()
    if right is not None:
        rows = [[w * e for w, e in zip(row, right, strict=True)] for row in rows]
    if left is not None:
        rows = [[w * e for w in row] for row, e in zip(rows, left, strict=True)]
    return arb_mat(rows)
