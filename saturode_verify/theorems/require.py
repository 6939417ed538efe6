"""``--require "sup_jacobian_norm <= 3"``: what the user wants decided, and its verdict."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from ..bounds.branch import Threshold
from ..bounds.facts import RegionFacts, enclosure
from ..bounds.quantities import NAMES
from ..errors import UnusableInput
from ..rigor.numbers import Enclosure, typed
from .bounds import REGION, WEIGHTS, not_c1
from .claim import Claim, Status, Value
from .orbits import minimal_period

EXTREMA = {
    "sup_jacobian_norm": "norm",
    "sup_divergence": "divergence_high",
    "inf_divergence": "divergence_low",
    "sup_log_norm": "log_norm_high",
    "inf_log_norm": "log_norm_low",
}
BOUNDS = ("global_bound", "theorem_1", "layerwise_bound", "refined_bound", "minimal_period")
_FORM = re.compile(r"\s*(\w+)\s*(<=|>=|<|>)\s*(\S+)\s*")
_DELTA = re.compile(r"delta_([1-9]\d?)")
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
        if self.name == "minimal_period" and self.value > 0:
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
    return Requirement(text.strip(), match[1], match[2], typed(match[3], f"the requirement {text[:60]!r}"))


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
    """The verdict; a refuted bound of a supremum or infimum carries an exact witness point."""
    value, point, missing = _value(facts, requirement.name)
    values: dict[str, Value] = {"expression": requirement.text}
    if value is None:
        return Claim("require", "section 3", (WEIGHTS, REGION), "undecided", values, missing)
    status = decide(value, requirement.relation, requirement.value)
    values["value"] = value
    reason = ""
    low, high = value.display(6)
    if status == "undecided":
        reason = f"{requirement.name} is only proved to lie in [{low}, {high}]; raise --time-limit"
    elif status == "refuted":
        reason = f"{requirement.name} lies in [{low}, {high}]"
        outward = requirement.relation in (("<=", "<") if requirement.name.startswith("sup") else (">=", ">"))
        if point is not None and outward:
            values["point"] = [Enclosure(x, x) for x in point]
    return Claim("require", "section 3", (WEIGHTS, REGION), status, values, reason)


def _value(facts: RegionFacts, name: str) -> tuple[Enclosure | None, tuple[Fraction, ...] | None, str]:
    """Enclosure, witness point, and the reason if there is no enclosure."""
    if name in EXTREMA:
        refused = "" if name == "sup_jacobian_norm" else not_c1(facts)
        entry = facts.extrema.get(EXTREMA[name])
        if refused or entry is None:
            return None, None, refused or "no finite bound was found"
        return entry.value, entry.point, ""
    delta = _DELTA.fullmatch(name)
    if delta:
        return facts.deltas[int(delta[1]) - 1], None, ""
    if name == "minimal_period":
        claim = minimal_period(facts)
        value = claim.values.get("value")
        return (value, None, "") if isinstance(value, Enclosure) else (None, None, claim.reason or "L(U) = 0")
    products = facts.products
    bounds = {
        "global_bound": products.everywhere,
        "theorem_1": enclosure(*products.best.bound),
        "layerwise_bound": products.layerwise,
        "refined_bound": products.refined,
    }
    return bounds[name], None, ""
