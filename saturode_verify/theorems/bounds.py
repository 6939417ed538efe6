"""Claims of theory sections 2-4: saturation profile, product bounds, ||Df||, divergence, logarithmic norm."""

from __future__ import annotations

from fractions import Fraction

from ..bounds.facts import Extremum, RegionFacts, enclosure
from ..bounds.goal import TIME_UP
from ..bounds.products import Attenuation, WeightNorms
from ..rigor.balls import upper_rational
from ..rigor.numbers import Enclosure, decimal_down, decimal_up
from .claim import Claim, Status, Value

WEIGHTS = "every weight is the exact dyadic rational of the stored float"
REGION = "x in the region"
CLARKE = "s' is the Clarke generalised derivative: upper bounds hold for it, lower bounds are at differentiable points"


def not_c1(facts: RegionFacts) -> str:
    """Why sections 4-7 are refused, or "" when they are not."""
    if not facts.rough:
        return ""
    return (
        f"refused: {', '.join(facts.rough)} is not continuously differentiable, and sections 4-7 of the theory need "
        "f in C^1; use a smooth activation for claims about divergence and orbits"
    )


def unbounded(facts: RegionFacts, what: str) -> str:
    """The reason of a claim for which no finite bound was found."""
    return f"no finite bound of {what} was found{'; ' + facts.stopped if facts.stopped else ''}"


def layer_saturation(facts: RegionFacts, rtol: Fraction) -> list[Claim]:
    """One claim per hidden layer: ranges of pre-activations and of s', delta_k, and Lambda_k = sup_R |s_k'|."""
    claims = []
    for k, delta in enumerate(facts.deltas):
        values: dict[str, Value] = {"layer": k + 1, "delta": delta, "delta_everywhere": facts.lambdas[k]}
        reason = ""
        if facts.derivative and facts.preactivation:
            values |= {"derivative": list(facts.derivative[k]), "preactivation": list(facts.preactivation[k])}
        else:
            reason = unbounded(facts, "the pre-activations")
        reason = reason or _gap_reason(facts, delta, rtol * delta.lower, f"delta_{k + 1}")
        claims.append(Claim("layer_saturation", "section 2", (WEIGHTS, REGION), _status(reason), values, reason))
    return claims


def weight_norms(norms: WeightNorms) -> Claim:
    """Two-sided spectral norms of all weights."""
    values: dict[str, Value] = {"norms": [enclosure(*pair) for pair in norms.norms]}
    return Claim("weight_norms", "section 3", (WEIGHTS,), "proved", values)


def product_bounds(facts: RegionFacts) -> list[Claim]:
    """Global, theorem 1 (as asked, then best), layerwise and refined bounds of L(U)."""
    products = facts.products
    claims = [_product("global_bound", products.everywhere, (WEIGHTS, "x anywhere"))]
    claims += [_theorem_1(entry, best=False) for entry in products.asked]
    claims.append(_theorem_1(products.best, best=True))
    claims.append(_product("layerwise_bound", products.layerwise, (WEIGHTS, REGION)))
    claims.append(_product("refined_bound", products.refined, (WEIGHTS, REGION)))
    return claims


def _product(name: str, bound: Enclosure, hypotheses: tuple[str, ...]) -> Claim:
    reason = "" if bound.upper is not None else "sup|s'| is infinite for some activation, so no finite bound exists"
    return Claim(name, "section 3", hypotheses, _status(reason), {"bound": bound}, reason, asked=False)


def _theorem_1(entry: Attenuation, best: bool) -> Claim:
    """||Df|| <= C_W delta^q on U, at ``entry.delta`` (for ``best``: the threshold that gave the least upper end).

    ``bound`` and ``c_w`` enclose C_W delta^q and C_W at this very delta, for every q that the certified delta_k leave
    possible; the upper end is the bound with the certified q. ``bound.lower`` is no lower bound of what theorem 1
    gives at other thresholds: for that see `best_theorem_1`.
    """
    bound, c_w = enclosure(*entry.bound), enclosure(*entry.c_w)
    values: dict[str, Value] = {
        "delta": Enclosure(entry.delta, entry.delta),
        "saturated_layers": len(entry.layers),
        "layers": list(entry.layers),
        "undecided_layers": list(entry.undecided),
        "c_w": c_w,
        "bound": bound,
        "best": best,
    }
    reason = "" if bound.upper is not None else "sup|s'| is infinite for an unsaturated layer, so C_W is infinite"
    hypotheses = (WEIGHTS, REGION, _saturated(entry))
    return Claim("theorem_1", "section 3", hypotheses, _status(reason), values, reason, asked=False)


def _saturated(entry: Attenuation) -> str:
    q, more = len(entry.layers), len(entry.undecided)
    if not more:
        return f"{q} hidden layers are delta-saturated (certified), the others are not"
    return (
        f"at least {q} hidden layers are delta-saturated (certified); {more} more may be (undecided), and c_w and "
        "bound are enclosed for every case"
    )


def best_theorem_1(facts: RegionFacts) -> Enclosure:
    """The least C_W delta^q over all thresholds: layerwise C(U) <= it <= its value at any one threshold."""
    return Enclosure(facts.products.layerwise.lower, upper_rational(facts.products.best.bound[1]))


def sup_jacobian_norm(facts: RegionFacts, rtol: Fraction) -> Claim:
    """L(U) = sup_U ||Df||, two-sided."""
    hypotheses = (WEIGHTS, REGION, *([CLARKE] if facts.rough else []))
    entry = facts.extrema["norm"]
    values: dict[str, Value] = {"value": entry.value, **_witness("point", entry)}
    if entry.value.upper is None:
        reason = unbounded(facts, "||Df||")
    else:
        reason = _gap_reason(facts, entry.value, facts.allowed_gap("norm", rtol), "sup ||Df||")
    return Claim("sup_jacobian_norm", "section 3", hypotheses, _status(reason), values, reason)


def divergence(facts: RegionFacts, rtol: Fraction) -> Claim:
    """Infimum and supremum of div f = tr Df over the region, each two-sided."""
    return _two_ended(facts, rtol, "divergence", "divergence", "div f")


def log_norm(facts: RegionFacts, rtol: Fraction) -> Claim:
    """mu- = inf lambda_min and mu+ = sup lambda_max of the symmetric part of Df; also whether they exclude orbits."""
    claim = _two_ended(facts, rtol, "log_norm", "log_norm", "the logarithmic norm")
    if "sup" in claim.values:
        low, high = claim.values["inf"], claim.values["sup"]
        assert isinstance(low, Enclosure) and isinstance(high, Enclosure)
        claim.values["excludes_periodic_orbits"] = bool(low.lower > 0 or (high.upper is not None and high.upper < 0))
    return claim


def _two_ended(facts: RegionFacts, rtol: Fraction, name: str, stem: str, what: str) -> Claim:
    hypotheses = (WEIGHTS, REGION, "f is C^1")
    refused = not_c1(facts)
    if refused:
        return Claim(name, "section 4", hypotheses, "undecided", {}, refused, asked=False)
    low, high = facts.extrema.get(f"{stem}_low"), facts.extrema.get(f"{stem}_high")
    if low is None or high is None:
        return Claim(name, "section 4", hypotheses, "undecided", {}, unbounded(facts, what))
    reasons = [
        _gap_reason(facts, entry.value, facts.allowed_gap(f"{stem}_{end}", rtol), f"{side} of {what}")
        for entry, end, side in ((low, "low", "inf"), (high, "high", "sup"))
    ]
    reason = "; ".join(r for r in reasons if r)
    values: dict[str, Value] = {"inf": low.value, "sup": high.value}
    values |= {**_witness("inf_point", low), **_witness("sup_point", high)}
    return Claim(name, "section 4", hypotheses, _status(reason), values, reason)


def _witness(key: str, entry: Extremum) -> dict[str, Value]:
    return {} if entry.point is None else {key: [Enclosure(x, x) for x in entry.point]}


def _gap_reason(facts: RegionFacts, value: Enclosure, allowed: Fraction, what: str) -> str:
    assert value.upper is not None
    gap = value.upper - value.lower
    if gap <= allowed:
        return ""
    remedy = "raise --time-limit or --rtol" if TIME_UP in facts.stopped else "raise --rtol"
    return (
        f"the enclosure of {what} is proved, but its gap {decimal_up(gap, 3)} exceeds the {decimal_down(allowed, 3)} "
        f"asked for by rtol ({facts.stopped or 'the boxes cannot be split further'}); {remedy}"
    )


def _status(reason: str) -> Status:
    return "undecided" if reason else "proved"
