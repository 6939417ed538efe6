"""``--require "sup_jacobian_norm <= 3"``: what the user wants decided, and its verdict."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from ..bounds.facts import RegionFacts
from ..bounds.goal import TIME_UP, Point, Threshold
from ..bounds.quantities import NAMES
from ..errors import UnusableInput
from ..rigor.numbers import Enclosure, typed
from .bounds import REGION, WEIGHTS, best_theorem_1, not_c1
from .claim import Claim, Status, Value
from .orbits import ORBIT, minimal_period

EXTREMA = {
    "sup_jacobian_norm": "norm",
    "sup_divergence": "divergence_high",
    "inf_divergence": "divergence_low",
    "sup_log_norm": "log_norm_high",
    "inf_log_norm": "log_norm_low",
}
BOUNDS = ("global_bound", "theorem_1", "layerwise_bound", "refined_bound", "minimal_period")
_FORM = re.compile(r"\s*(\w+)\s*(<=|>=|<|>)\s*(\S+)\s*")
_DELTA = re.compile(r"delta_([1-9]\d*)")
_FLIPPED = {"<=": ">=", ">=": "<=", "<": ">", ">": "<"}


@dataclass(frozen=True, slots=True)
class Requirement:
    """``name relation value``, with the text as it was typed."""

    text: str
    name: str
    relation: str
    value: Fraction

    def threshold(self) -> Threshold | None:
        """What branch and bound should settle for it; None for quantities that are not suprema of one box."""
        delta = _DELTA.fullmatch(self.name)
        if delta:
            return Threshold(len(NAMES) + int(delta[1]) - 1, self.value, self.relation in ("<", ">="))
        if self.name == "minimal_period" and self.value > 0 and self.relation in (">", ">="):
            # 2 pi / L >= value means L <= 2 pi / value; 2 pi is rounded down, since this only steers the search.
            return Threshold(0, Fraction(6283185307179586, 10**15) / self.value, False)
        if self.name not in EXTREMA:
            return None
        index = NAMES.index(EXTREMA[self.name])
        if self.name.startswith("inf"):
            return Threshold(index, -self.value, _FLIPPED[self.relation] in ("<", ">="))
        return Threshold(index, self.value, self.relation in ("<", ">="))


def parse(text: str, hidden: int) -> Requirement:
    """Read one requirement; UnusableInput names the quantities that exist."""
    match = _FORM.fullmatch(text)
    names = [*EXTREMA, *BOUNDS, *(f"delta_{k + 1}" for k in range(hidden))]
    remedy = f'write it like "sup_jacobian_norm <= 3", with one of {", ".join(names)}'
    if not match:
        raise UnusableInput(f"cannot read the requirement {text[:60]!r}", remedy)
    if match[1] not in names:
        raise UnusableInput(f"the requirement {text[:60]!r} speaks of an unknown quantity {match[1]!r}", remedy)
    return Requirement(" ".join(text.split()), match[1], match[2], typed(match[3], f"the requirement {text[:60]!r}"))


def decide(value: Enclosure, relation: str, bound: Fraction) -> Status:
    """Status of ``true value relation bound`` for a true value inside the enclosure."""
    low, high = value.lower, value.upper
    if relation in (">", ">="):
        below = high is not None and (high < bound if relation == ">=" else high <= bound)
        above = low >= bound if relation == ">=" else low > bound
        return "proved" if above else "refuted" if below else "undecided"
    below = high is not None and (high <= bound if relation == "<=" else high < bound)
    above = low > bound if relation == "<=" else low >= bound
    return "proved" if below else "refuted" if above else "undecided"


def require(facts: RegionFacts, requirement: Requirement) -> Claim:
    """The verdict; refuted with an exact witness point where one point refutes it, else ``reason`` says what does."""
    values: dict[str, Value] = {"expression": requirement.text}
    if requirement.name == "minimal_period":
        return _shortest_period(facts, requirement, values)
    value, missing = _value(facts, requirement.name)
    if value is None:
        return Claim("require", "section 3", (WEIGHTS, REGION), "undecided", values, missing)
    status = decide(value, requirement.relation, requirement.value)
    values["value"] = value
    reason = ""
    lies = f"{requirement.name} lies in [{', '.join(value.display(6))}]"
    if status == "undecided":
        reason = f"it is only proved that {lies}{_advice(facts)}"
    elif status == "refuted":
        point, why = _witness(facts, requirement)
        reason = lies if point is not None else f"{lies}; {why}"
        if point is not None:
            values["point"] = [Enclosure(x, x) for x in point]
    return Claim("require", "section 3", (WEIGHTS, REGION), status, values, reason)


def _shortest_period(facts: RegionFacts, requirement: Requirement, values: dict[str, Value]) -> Claim:
    """Yorke: a nonconstant periodic orbit in U has T >= 2 pi / L(U), a lower bound only.

    It can prove ``minimal_period >= x``. It refutes nothing, since slower orbits, or none, may exist, and no upper
    bound of a period follows from it.
    """
    hypotheses = (WEIGHTS, REGION, "f is C^1", ORBIT)
    yorke = minimal_period(facts)
    value = yorke.values.get("value")
    reason = yorke.reason
    if isinstance(value, Enclosure):
        values["value"] = value
        shown = f"2 pi / L(U) lies in [{', '.join(value.display(6))}]"
        if requirement.relation in ("<", "<="):
            reason = (
                f"periods are only bounded from below (T >= 2 pi / L(U)), so no upper bound can be decided; {shown}"
            )
        elif decide(Enclosure(value.lower, None), requirement.relation, requirement.value) != "proved":
            advice = _advice(facts) if value.upper is None or requirement.value <= value.upper else ""
            reason = f"every period is at least 2 pi / L(U), which proves no more, and refutes nothing; {shown}{advice}"
    elif yorke.proved:
        values["statement"] = str(yorke.values["statement"])
        if requirement.relation in ("<", "<="):
            reason = "L(U) = 0, so no nonconstant periodic orbit, and no period, exists in the region"
    return Claim("require", "section 6", hypotheses, "undecided" if reason else "proved", values, reason)


def _advice(facts: RegionFacts) -> str:
    """What to do about an enclosure that is too wide: depends on why the search ended."""
    if TIME_UP in facts.stopped:
        return "; raise --time-limit"
    return f" ({facts.stopped})" if facts.stopped else "; lower --rtol, or raise --precision"


def _witness(facts: RegionFacts, requirement: Requirement) -> tuple[Point | None, str]:
    """A point of the region that refutes the requirement by itself, or the sentence that says what refutes it."""
    name, downward = requirement.name, requirement.relation in ("<", "<=")
    if name in EXTREMA:
        if downward == name.startswith("sup"):
            return facts.extrema[EXTREMA[name]].point, "some point of the region attains it"
        return None, "no point is its witness: the bound is proved on the whole region"
    if not downward:
        return None, "no point is its witness: the upper end is proved for the whole region"
    norm = facts.extrema["norm"]
    if name in BOUNDS and decide(norm.value, requirement.relation, requirement.value) == "refuted":
        return norm.point, "||Df|| alone exceeds it"
    if name in BOUNDS:
        return None, "no point is its witness: it is a product of norms of the weights and suprema over the region"
    return None, "some point of the region violates it (intermediate value theorem), but none is given"


def _value(facts: RegionFacts, name: str) -> tuple[Enclosure | None, str]:
    """Enclosure, and the reason if there is none."""
    if name in EXTREMA:
        refused = "" if name == "sup_jacobian_norm" else not_c1(facts)
        entry = facts.extrema.get(EXTREMA[name])
        if refused or entry is None:
            return None, refused or "no finite bound was found"
        return entry.value, ""
    delta = _DELTA.fullmatch(name)
    if delta:
        return facts.deltas[int(delta[1]) - 1], ""
    products = facts.products
    bounds = {
        "global_bound": products.everywhere,
        "theorem_1": best_theorem_1(facts),
        "layerwise_bound": products.layerwise,
        "refined_bound": products.refined,
    }
    return bounds[name], ""
