"""det of the fundamental matrix along an explicit closed curve: rigorous quadrature of div f (theory section 7).

Y' = Df(g(t)) Y, Y(0) = I, has det Y(T) = exp(int_0^T div f(g(t)) dt) (Liouville), and div f = tr W_L D_L-1 ... D_1 W_1.
A curve is cut into segments; on each, with z from -1 to 1, F(z) = div f(g) is analytic, since g is a polynomial in z.

*Quadrature.* If F is analytic with |F| <= M in the ellipse E_rho = {(w + 1/w)/2 : |w| < rho}, the n-point
Gauss-Legendre sum, n >= 2, differs from int_-1^1 F dz by at most (64/15) M rho^-2n / (1 - rho^-2). For F = sum a_k T_k
with |a_k| <= 2 M rho^-k; the rule is exact for k < 2n and, by symmetry, for odd k; for even k >= 2n its error at T_k is
at most |int T_k| + sum of the weights = 2/(k^2 - 1) + 2 <= 32/15. (Trefethen, Approximation Theory and Approximation
Practice, theorem 19.3; Rabinowitz 1969; proofs/quadrature.py.)

*Analyticity and M.* The boundary of E_rho is covered by boxes; on each the network is evaluated in complex balls, layer
by layer, and |Im a| < half width of the activation's analytic strip is checked for every neuron. That suffices for the
inside: a_1 is a polynomial in z; if a_k is analytic inside then Im a_k is harmonic, hence bounded by its boundary
values, hence s_k(a_k) and s_k'(a_k) are analytic inside, and so is a_k+1. |F| takes its maximum on the boundary. The
lower half of the boundary is the mirror image of the upper half, F(conj z) = conj F(z).
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, log, log2
from typing import Any

from flint import acb, acb_mat, arb, arb_mat

from ..activation import Smoothness
from ..errors import UnusableInput
from ..network import Network
from ..rigor.balls import ball, lower_rational, precision, upper_rational
from ..rigor.numbers import Enclosure
from .curve import Curve
from .curve_divergence import divergence
from .curve_segments import RHOS, Segment, as_float, segments
from .trig import largest

ARCS = 8
"""Boxes that cover the upper half of an ellipse's boundary."""
COARSE_BITS = 64
"""Working precision of M, which needs no digits."""
MAX_BITS = 8192
"""Highest working precision of the sums."""
MAX_DEPTH = 30
"""How often a piece is halved before giving up."""
SEGMENTS_AT_ONCE = 256
"""Segments whose ellipses are tried at once."""
MAX_DIGITS = 300
"""Most digits of det that can be asked for."""
BATCH = 1 << 17
"""Neurons times points that are evaluated at once."""

Stop = Callable[[], str]
"""Called between batches; a non-empty answer is the reason to stop."""


@dataclass(frozen=True)
class CurveDeterminant:
    """Outcome: ``log_det`` encloses int div f, ``det`` its exponential; both None if ``reason`` says why not.

    ``reason`` also says so if the digits asked for were not reached. ``segments`` is how many the quadrature used.
    """

    curve: Curve
    digits: int
    log_det: Enclosure | None = None
    det: Enclosure | None = None
    segments: int = 0
    reason: str = ""

    @property
    def proved(self) -> bool:
        """Whether both enclosures hold to the digits asked for."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class _Rule:
    """A segment, its number of nodes, and exact bounds of the error and of the size of its integral over time."""

    segment: Segment
    nodes: int
    error: arb
    size: arb


def curve_determinant(network: Network, curve: Curve, digits: int = 12, stop: Stop = str) -> CurveDeterminant:
    """Enclose int_0^T div f(g(t)) dt and its exponential, the latter to 10^-``digits`` relative to itself.

    Raises UnusableInput if the dimensions differ; whatever else prevents a result is the result's reason.
    """
    if curve.dimension != network.dimension:
        raise UnusableInput(
            f"the curve has {curve.dimension} components but the model has {network.dimension}",
            f"give rows t, x_1, ..., x_{network.dimension}",
        )
    if type(digits) is not int or not 1 <= digits <= MAX_DIGITS:
        raise UnusableInput(f"{str(digits)[:40]} digits cannot be asked for", f"ask for 1 to {MAX_DIGITS}")
    refused = _why_refused(network)
    if refused:
        return CurveDeterminant(curve, digits, reason=refused)
    if not network.hidden:
        weight = network.layers[0].weight
        trace = sum((Fraction(float(weight[i, i])) for i in range(curve.dimension)), Fraction(0))
        with precision(_bits(digits, abs(as_float(trace * curve.period)))):
            return _result(curve, digits, ball(trace * curve.period), 0)
    rules = _choose_rules(network, curve, digits, stop)
    if isinstance(rules, str):
        return CurveDeterminant(curve, digits, reason=rules)
    return _integrate(network, curve, digits, rules, stop)


def _why_refused(network: Network) -> str:
    """Why div f is not analytic along curves, or ""."""
    for k, layer in enumerate(network.hidden, start=1):
        smoothness, name = layer.activation.smoothness, layer.activation.name
        if smoothness is Smoothness.LIPSCHITZ:
            return (
                f"refused: hidden layer {k} is {name}, whose derivative jumps, so div f jumps along the curve and f is "
                "not in C^1 as Liouville's formula needs; use a smooth activation"
            )
        if smoothness is not Smoothness.ANALYTIC:
            return (
                f"refused: hidden layer {k} is {name}, which is not analytic at its kink, and the rigorous quadrature "
                "needs an analytic div f; use a smooth activation"
            )
    return ""


def _bits(digits: int, size: float) -> int:
    """Working precision at which a sum of ``size`` (inf: unknown) should keep 10^-digits."""
    return int(digits * 3.33 + min(max(log2(size + 1), 0.0), MAX_BITS / 4)) + 48


def _choose_rules(network: Network, curve: Curve, digits: int, stop: Stop) -> list[_Rule] | str:
    """Segments that make up the whole curve, each with an ellipse, or the reason why there are none."""
    queues: list[list[Segment]] = [[] for _ in RHOS]
    for segment in segments(network, curve):
        reason = stop()
        if reason:
            return reason
        queues[segment.start].append(segment)
    terms = len(curve.pieces[0].coefficients[0])
    # Short batches of the newest halves: a hopeless piece shows before it has been cut into millions.
    batch = max(1, min(SEGMENTS_AT_ONCE, BATCH // (max(network.sizes) * ARCS)))
    rules: list[_Rule] = []
    while any(queues):
        reason = stop()
        if reason:
            return reason
        index = next(i for i, queue in enumerate(queues) if queue)
        taken, queues[index] = queues[index][-batch:], queues[index][:-batch]
        for segment, bound in zip(taken, _bounds(network, taken, _boundary(RHOS[index], terms)), strict=True):
            rule = _rule(segment, RHOS[index], bound, curve.period, digits)
            if rule is not None:
                rules.append(rule)
            elif index + 1 < len(RHOS):
                queues[index + 1].append(segment)
            elif segment.depth < MAX_DEPTH:
                queues[-1] += segment.halves()
            else:
                return (
                    f"div f could not be bounded around piece {segment.piece} of the curve, though it was halved "
                    f"{MAX_DEPTH} times: the weights or the coordinates are too large"
                )
    return rules


@lru_cache(maxsize=64)
def _boundary(rho: Fraction, terms: int) -> acb_mat:
    """Columns (1, z, z^2, ...), z in ARCS boxes that cover the upper half of the boundary of E_rho."""
    with precision(COARSE_BITS):
        long, short = ball((rho + 1 / rho) / 2), ball((rho - 1 / rho) / 2)
        angles = [arb.pi() * k / ARCS for k in range(ARCS + 1)]
        arcs = [before.union(after) for before, after in itertools.pairwise(angles)]
        return acb_mat(_powers([acb(long * angle.cos(), short * angle.sin()) for angle in arcs], terms))


@lru_cache(maxsize=256)
def _gauss(nodes: int, terms: int, bits: int) -> tuple[arb_mat, list[arb]]:
    """Columns (1, z, z^2, ...) for the Gauss-Legendre nodes z, and the weights, at ``bits``."""
    with precision(bits):
        pairs = [arb.legendre_p_root(nodes, k, weight=True) for k in range(nodes)]
        return arb_mat(_powers([z for z, _ in pairs], terms)), [weight for _, weight in pairs]


def _powers(points: Sequence[Any], terms: int) -> list[list[Any]]:
    """The rows 1, z, z^2, ... (terms many) for all points z."""
    rows = [[z * 0 + 1 for z in points]]
    while len(rows) < terms:
        rows.append([power * z for power, z in zip(rows[-1], points, strict=True)])
    return rows


def _bounds(network: Network, batch: Sequence[Segment], boundary: acb_mat) -> list[arb]:
    """Per segment an exact upper bound of |div f| in the ellipse, where it is analytic; infinite if it may not be."""
    with precision(COARSE_BITS):
        values = divergence(network, [segment.coefficients for segment in batch], boundary)
        return [largest(values[i : i + ARCS]) for i in range(0, len(values), ARCS)]


def _rule(segment: Segment, rho: Fraction, bound: arb, period: Fraction, digits: int) -> _Rule | None:
    """The shortest rule whose share of the error is small enough, None if it is too long or there is no bound."""
    if not bound.is_finite():
        return None
    with precision(COARSE_BITS):
        # All errors together are to be below 10^-digits / 8; segments get a share by their length.
        constant = ball(Fraction(64, 15) / (1 - rho**-2)) * bound
        share = constant * ball(period / 2) * arb(10) ** digits * 8
        needed = float((share + 1).log()) / (2 * log(rho))
        if not needed <= 2 * digits + 16:
            return None
        nodes = max(2, 2 * ceil(needed / 2))
        half = ball(segment.half)
        error = (half * constant * ball(rho ** (-2 * nodes))).upper()
        return _Rule(segment, nodes, error, (2 * half * bound).upper())


def _integrate(network: Network, curve: Curve, digits: int, rules: Sequence[_Rule], stop: Stop) -> CurveDeterminant:
    """Evaluate all rules, with more bits until rounding leaves the digits that were asked for."""
    with precision(COARSE_BITS):
        size = sum((rule.size for rule in rules), arb(0))
        bits = _bits(digits, float(size))
    while True:
        total = _sum(network, rules, bits, stop)
        if isinstance(total, str):
            return CurveDeterminant(curve, digits, reason=total)
        with precision(bits):
            result = _result(curve, digits, total, len(rules))
        if not result.reason or 2 * bits > MAX_BITS:
            return result
        bits *= 2


def _sum(network: Network, rules: Sequence[_Rule], bits: int, stop: Stop) -> arb | str:
    """A ball around int div f dt: every segment's Gauss-Legendre sum widened by its error bound."""
    groups: dict[int, list[_Rule]] = defaultdict(list)
    for rule in rules:
        groups[rule.nodes].append(rule)
    with precision(bits):
        total = arb(0)
        for nodes, group in sorted(groups.items()):
            powers, weights = _gauss(nodes, len(rules[0].segment.coefficients[0]), bits)
            batch = max(1, BATCH // (max(network.sizes) * nodes))
            for start in range(0, len(group), batch):
                reason = stop()
                if reason:
                    return reason
                here = group[start : start + batch]
                values = divergence(network, [rule.segment.coefficients for rule in here], powers)
                for place, rule in enumerate(here):
                    sample = values[place * nodes : (place + 1) * nodes]
                    mean = sum((w * v for w, v in zip(weights, sample, strict=True)), arb(0))
                    total += ball(rule.segment.half) * mean + arb(0, rule.error)
        return total


def _result(curve: Curve, digits: int, total: arb, segments: int) -> CurveDeterminant:
    """Exact enclosures of ``total`` and of its exponential; the width of the first is the relative width of det."""
    low, high = lower_rational(total), upper_rational(total)
    if low is None or high is None:
        return CurveDeterminant(curve, digits, reason="the integral of div f is too large to be written")
    grown = total.exp()
    bottom = lower_rational(grown)
    det = Enclosure(max(bottom or Fraction(0), Fraction(0)), upper_rational(grown))
    reason = ""
    if det.lower == 0 or det.upper is None:
        reason = "the integral of div f is enclosed, but its exponential is too small or too large to be written"
    elif high - low > Fraction(1, 10**digits):
        reason = f"the integral of div f is enclosed, but not to the {digits} digits of det asked for"
    return CurveDeterminant(curve, digits, Enclosure(low, high), det, segments, reason)
