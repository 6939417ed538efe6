"""Theory section 3: the bounds of L(U) that are products of norms."""

from __future__ import annotations

from fractions import Fraction

from .claims_common import FINE, encloses, follows
from .document import Claim, Enclosure
from .exact import shown
from .facts import Facts, Name
from .fixed import Interval, exact, root_bounds
from .limits import pulse
from .saturation_claims import floors_of, magnitude_of
from .spectral import enclose, gram, level_exponent
from .verdict import Rejected, Unconfirmed


def norms_of(facts: Facts) -> list[Enclosure]:
    """The confirmed weight norms."""
    return facts.claim("weight_norms", "region").enclosures("norms")


def suprema(facts: Facts) -> list[tuple[Fraction, Fraction | None]]:
    """Lambda_k from both sides."""
    found = (layer.activation.supremum(FINE) for layer in facts.model.hidden)
    return [(Fraction(1 << 200), None) if s is None else (exact(s[0], FINE), exact(s[1], FINE)) for s in found]


def product(factors: list[tuple[Fraction, Fraction | None]]) -> tuple[Fraction, Fraction | None]:
    """Ends of a product of nonnegative numbers; 0 times infinity is 0."""
    low, high = Fraction(1), Fraction(1)
    infinite = any(b is None for _, b in factors)
    for a, b in factors:
        low *= max(a, Fraction(0))
        high = high * b if b is not None else high
    return low, (None if infinite and high else high)


def ends(entry: Enclosure) -> tuple[Fraction, Fraction | None]:
    """An enclosure as a pair."""
    return entry.lower, entry.upper


def global_bound(facts: Facts, claim: Claim) -> None:
    """prod ||W_l|| prod Lambda_k."""
    low, high = product([*map(ends, norms_of(facts)), *suprema(facts)])
    follows(claim.enclosure("bound"), low, high, "the global bound")


def deltas_of(facts: Facts, on: Name) -> list[tuple[Fraction, Fraction | None]]:
    """The confirmed delta_k at a place."""
    return [
        ends(facts.claim("layer_saturation", on, layer=k + 1).enclosure("delta"))
        for k in range(len(facts.model.hidden))
    ]


def theorem_1(facts: Facts, claim: Claim) -> None:
    """C_W delta^q at the claim's threshold, for every q that the confirmed delta_k leave possible."""
    threshold = claim.enclosure("delta")
    delta = threshold.lower
    layers, undecided = claim.values.get("layers"), claim.values.get("undecided_layers")
    if delta != threshold.upper or not isinstance(layers, list) or not isinstance(undecided, list):
        raise Rejected("the threshold is no exact number, or the layers are no list")
    if type(claim.values.get("saturated_layers")) is not int or claim.values["saturated_layers"] != len(layers):
        raise Rejected("saturated_layers is not the number of layers listed")
    numbers = [*layers, *undecided]
    if not all(type(number) is int for number in numbers):
        raise Rejected("a layer is no number")
    if len(set(numbers)) != len(numbers) or not set(numbers) <= set(range(1, len(facts.model.hidden) + 1)):
        raise Rejected("the layers listed are not distinct hidden layers")
    factors, constants = [], []
    for k, ((low, high), supremum) in enumerate(zip(deltas_of(facts, claim.on), suprema(facts), strict=True), start=1):
        if k in layers:
            if high is None or high > delta:
                raise Rejected(
                    f"layer {k} is not certified to be saturated: delta_{k} <= {shown(delta)} is not confirmed"
                )
            factors.append((delta, delta))
        elif k in undecided:
            one = Fraction(1)
            top = supremum[1]
            factors.append((min(delta, supremum[0]), None if top is None else max(delta, top)))
            constants.append((min(one, supremum[0]), None if top is None else max(one, top)))
        else:
            if low <= delta:
                raise Rejected(f"delta_{k} > {shown(delta)} is not confirmed, yet layer {k} is listed nowhere")
            factors.append(supremum)
            constants.append(supremum)
    norms = [ends(norm) for norm in norms_of(facts)]
    follows(claim.enclosure("c_w"), *product([*norms, *constants]), "C_W")
    follows(claim.enclosure("bound"), *product([*norms, *factors]), "C_W delta^q")
    _best(facts, claim)


def _best(facts: Facts, claim: Claim) -> None:
    """``best`` marks the one claim of its place with the least upper end."""
    best, bound = claim.values.get("best"), claim.enclosure("bound")
    if type(best) is not bool:
        raise Rejected("best is neither true nor false")
    if not best:
        return
    rivals = [c for c in facts.named("theorem_1", claim.on) if c is not claim]
    if any(rival.values.get("best") is True for rival in rivals):
        raise Rejected("more than one claim is said to be the best")
    for rival in rivals:
        top = rival.values.get("bound")
        less = isinstance(top, Enclosure) and top.upper is not None and (
            bound.upper is None or top.upper < bound.upper
        )  # fmt: skip
        if less and facts.confirmed(rival):
            raise Rejected(f"the bound of claim {rival.index} is less, so this one is not the best")


def layerwise_bound(facts: Facts, claim: Claim) -> None:
    """prod ||W_l|| prod delta_k; also below theorem 1, and above the refined bound and ||Df||."""
    bound = claim.enclosure("bound")
    low, high = product([*map(ends, norms_of(facts)), *deltas_of(facts, claim.on)])
    if bound.upper is not None and (high is None or bound.upper < high):
        high = least(high, _upper_of(facts, "theorem_1", claim.on, "bound", best=True))
    if bound.lower > low:
        low = max(low, norm_at_point(facts, claim.on))
    if bound.lower > low:
        low = max(low, _refined_lower(facts, claim.on, climb=False))
    if bound.lower > low:
        low = max(low, _refined_lower(facts, claim.on, climb=True))
    encloses(bound, low, high, "the layerwise bound")


def least(a: Fraction | None, b: Fraction | None) -> Fraction | None:
    """The smaller of two upper ends."""
    return b if a is None else a if b is None else min(a, b)


def _upper_of(facts: Facts, name: str, on: Name, key: str, best: bool = False) -> Fraction | None:
    return facts.claim(name, on, best=best).enclosure(key).upper


def _lower_of(facts: Facts, name: str, on: Name, key: str) -> Fraction:
    return facts.claim(name, on).enclosure(key).lower


def refined_bound(facts: Facts, claim: Claim) -> None:
    """||W_L E_{L-1}|| prod ||E_k W_k E_{k-1}|| ||E_1 W_1||, E_k = diag sqrt(sup |s'|)."""
    bound = claim.enclosure("bound")
    if bound.upper is not None:
        top = refined_upper(facts, claim)
        if top is None or top > bound.upper:
            other = product([*map(ends, norms_of(facts)), *deltas_of(facts, claim.on)])[1]
            top = least(least(top, other), _upper_of(facts, "theorem_1", claim.on, "bound", best=True))
        encloses(Enclosure(Fraction(0), bound.upper), Fraction(0), top, "the refined bound")
    if bound.lower <= 0:
        return
    low = _refined_lower(facts, claim.on, climb=False)
    if bound.lower > low:
        low = max(low, norm_at_point(facts, claim.on))
    if bound.lower > low:
        low = max(low, _refined_lower(facts, claim.on, climb=True))
    if bound.lower > low:
        raise Unconfirmed(f"the refined bound >= {shown(bound.lower)}: points found so far only show {shown(low)}")


def norm_at_point(facts: Facts, on: Name) -> Fraction:
    """The confirmed lower end of sup ||Df||, 0 if there is none."""
    try:
        return _lower_of(facts, "sup_jacobian_norm", on, "value")
    except Unconfirmed:
        return Fraction(0)


def refined_upper(facts: Facts, claim: Claim) -> Fraction | None:
    """The refined bound from the stated ranges of s'; None where there are none."""
    return facts.once(("refined upper", claim.on), lambda: _refined_upper(facts, claim.on))


def _refined_upper(facts: Facts, on: Name) -> Fraction | None:
    ceilings = []
    for k in range(len(facts.model.hidden)):
        layer = facts.claim("layer_saturation", on, layer=k + 1)
        if "derivative" not in layer.values:
            return None
        ceilings.append([root_bounds(magnitude_of(entry), 200)[1] for entry in layer.enclosures("derivative")])
    return _weighted(facts, ceilings, upper=True)


def _refined_lower(facts: Facts, on: Name, climb: bool) -> Fraction:
    return facts.once(("refined lower", on, climb), lambda: _lower_by_floors(facts, on, climb))


def _lower_by_floors(facts: Facts, on: Name, climb: bool) -> Fraction:
    roots = []
    for k, layer in enumerate(facts.model.hidden):
        values = []
        for i in range(len(layer.bias)):
            if climb:
                for box in facts.boxes(on):
                    if not floors_of(facts, box).ceiling_reached(k, i):
                        facts.limits.tick("points", 0.0)
                        floors_of(facts, box).climb(k, i)
            values.append(max(floors_of(facts, box).floor(k, i) for box in facts.boxes(on)))
        roots.append([root_bounds(v, 200)[0] for v in values])
    return _weighted(facts, roots, upper=False)


def _weighted(facts: Facts, roots: list[list[Fraction]], upper: bool) -> Fraction:
    """The product of the norms of E_k W_k E_{k-1}, rounded up or down."""
    total = Fraction(1)
    for position, layer in enumerate(facts.model.layers):
        rows = []
        for m, row in enumerate(layer.weight):
            pulse()
            left = roots[position][m] if position < len(roots) else Fraction(1)
            right = roots[position - 1] if position else [Fraction(1)] * len(row)
            rows.append([w * left * r for w, r in zip(row, right, strict=True)])
        top = max((abs(x) for row in rows for x in row), default=Fraction(0))
        p = min(160 + max(0, -level_exponent(top) if top else 0), 4096)
        rows = [[_around(x, p) for x in row] for row in rows]
        low, high = enclose(gram(rows, p), 2 * p)
        total *= root_bounds(high, 120)[1] if upper else root_bounds(low, 120)[0]
    return total


def _around(value: Fraction, p: int) -> Interval:
    low = (value.numerator << p) // value.denominator
    return low, low + (low * value.denominator != value.numerator << p)
