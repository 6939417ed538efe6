"""Requirements "quantity relation number": the verdict follows from confirmed claims, or from a point."""

from __future__ import annotations

import re
from fractions import Fraction

from .claims_common import smooth
from .document import Claim, Enclosure
from .exact import parse_typed, shown
from .facts import Facts
from .fixed import exact
from .region_claims import eigenvalue_reaches, norm_reaches
from .verdict import Rejected, Unconfirmed

_EXTREMA = {
    "sup_jacobian_norm": ("sup_jacobian_norm", "value"),
    "sup_divergence": ("divergence", "sup"),
    "inf_divergence": ("divergence", "inf"),
    "sup_log_norm": ("log_norm", "sup"),
    "inf_log_norm": ("log_norm", "inf"),
}
_BY_A_POINT = {
    (name, relation) for name in _EXTREMA for relation in ((">=", ">") if name.startswith("inf") else ("<=", "<"))
}
_BOUNDS = ("global_bound", "layerwise_bound", "refined_bound")
YORKE_VACUOUS = "L(U) = 0: f is constant on every component of the region, so no nonconstant periodic orbit lies in it"


def require(facts: Facts, claim: Claim) -> None:
    """Raises Rejected or Unconfirmed unless status, value and point follow."""
    text = claim.values.get("expression")
    match = re.fullmatch(r"\s*(\w+)\s*(<=|>=|<|>)\s*(\S+)\s*", text, re.ASCII) if isinstance(text, str) else None
    if not match:
        raise Rejected("an unreadable expression")
    if claim.on != "region":
        raise Rejected("a requirement is about the whole region")
    if claim.values.get("statement", YORKE_VACUOUS) != YORKE_VACUOUS:
        raise Rejected("an unknown statement")
    if "statement" in claim.values and ("value" in claim.values or match[1] != "minimal_period"):
        raise Rejected("a statement stands where nothing is constant")
    try:
        name, relation, bound = match[1], match[2], parse_typed(match[3])
    except ValueError:
        raise Rejected("an unreadable expression") from None
    if name == "minimal_period":
        _period(facts, claim, relation, bound)
        return
    known = _known(facts, name)
    if "value" in claim.values:
        value = claim.enclosure("value")
        high = value.upper is None or (known.upper is not None and known.upper <= value.upper)
        if value.lower > known.lower or not high:
            raise Rejected(f"the value of {name} is narrower than the confirmed enclosure")
    if claim.status != "undecided" and _decide(known, relation, bound) != claim.status:
        raise Rejected(f"{claim.status} does not follow: {name} is in [{shown(known.lower)}, "
                       f"{'inf' if known.upper is None else shown(known.upper)}]")  # fmt: skip
    if "point" in claim.values:
        if claim.status != "refuted" or (name, relation) not in _BY_A_POINT:
            raise Rejected("a point stands where no point refutes anything")
        _point(facts, claim, name, relation, bound)


def _known(facts: Facts, name: str) -> Enclosure:
    if name in _EXTREMA:
        return facts.claim(_EXTREMA[name][0], "region").enclosure(_EXTREMA[name][1])
    if name in _BOUNDS:
        return facts.claim(name, "region").enclosure("bound")
    if name == "theorem_1":
        low = facts.claim("layerwise_bound", "region").enclosure("bound").lower
        return Enclosure(low, facts.claim("theorem_1", "region", best=True).enclosure("bound").upper)
    delta = re.fullmatch(r"delta_([1-9][0-9]{0,5})", name)
    if delta:
        return facts.claim("layer_saturation", "region", layer=int(delta[1])).enclosure("delta")
    raise Rejected(f"an unknown quantity {name[:40]}")


def _decide(value: Enclosure, relation: str, bound: Fraction) -> str:
    """The status of ``true value relation bound`` for a true value inside the enclosure."""
    low, high = value.lower, value.upper
    below = high is not None and (high <= bound if relation in ("<=", ">") else high < bound)
    above = low >= bound if relation in (">=", "<") else low > bound
    holds, fails = (below, above) if relation in ("<=", "<") else (above, below)
    return "proved" if holds else "refuted" if fails else "undecided"


def _point(facts: Facts, claim: Claim, name: str, relation: str, bound: Fraction) -> None:
    """The point alone refutes the requirement."""
    point = claim.point("point")
    facts.inside(point, "region")
    if name.endswith("divergence"):
        smooth(facts)
        jacobian = facts.at(point).jacobian
        low, high = (exact(sum(jacobian[i][i][end] for i in range(len(jacobian))), facts.fine) for end in (0, 1))
        if not _violated(low, high, relation, bound):
            raise Unconfirmed("div f at the point does not refute the requirement")
        return
    if name.endswith("log_norm"):
        smooth(facts)
        sign = 1 if name.startswith("sup") else -1
        beyond = sign * bound + (Fraction(1, 1 << 200) if relation in ("<=", ">=") else 0)
        if eigenvalue_reaches(facts, point, beyond, sign) != 1:
            raise Unconfirmed("the eigenvalue at the point does not refute the requirement")
        return
    strict = bound + Fraction(1, 1 << 200)
    if strict <= 0 or not norm_reaches(facts, point, strict):
        raise Unconfirmed("||Df|| at the point does not refute the requirement")


def _violated(low: Fraction, high: Fraction, relation: str, bound: Fraction) -> bool:
    if relation == "<=":
        return low > bound
    if relation == "<":
        return low >= bound
    return high < bound if relation == ">=" else high <= bound


def _period(facts: Facts, claim: Claim, relation: str, bound: Fraction) -> None:
    yorke = facts.claim("minimal_period", "region")
    if "value" not in yorke.values:
        if "point" in claim.values:
            raise Rejected("a point stands where nothing is refuted")
        if claim.status == "proved" and claim.values.get("statement") == YORKE_VACUOUS and relation in (">=", ">"):
            return
        raise Rejected("nothing but L(U) = 0 is known")
    if {"statement", "point"} & set(claim.values):
        raise Rejected("a statement or a point stands where L(U) > 0 is all that is known")
    known = yorke.enclosure("value")
    if "value" in claim.values:
        value = claim.enclosure("value")
        if value.lower > known.lower or (
            value.upper is not None and (known.upper is None or known.upper > value.upper)
        ):
            raise Rejected("the value is narrower than the confirmed enclosure")
    if claim.status == "undecided":
        return
    holds = known.lower >= bound if relation == ">=" else known.lower > bound if relation == ">" else False
    if claim.status != "proved" or not holds:
        raise Rejected(f"{claim.status} does not follow from 2 pi / L >= {shown(known.lower)}")
