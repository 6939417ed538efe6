"""Theory sections 5 and 6: theorem 2, the shortest period, regions without closed orbits."""

from __future__ import annotations

from fractions import Fraction

from .claims_common import follows, smooth
from .document import Claim, Enclosure
from .elementary import exp_rational, pi
from .exact import parse_typed, shown
from .facts import Facts, Name
from .fixed import exact
from .quantities import divergence_at_most, transversal, two_sum_below
from .sweep import sweep
from .texts import CONNECTED, CONVEX
from .topology import simply_connected
from .verdict import Rejected, Unconfirmed

PI = tuple(exact(end, 1024) for end in pi(1024))
"""Rational bounds of pi."""
MAX_COMPOUND = 20
"""Largest dimension whose second additive compound, of d (d - 1)/2 rows, is eliminated."""
LEAVES = (
    "no equilibrium, periodic orbit or other nonempty invariant set is contained in the region; every solution "
    "that starts in it leaves it in finite time (solutions may cross the region and return)"
)
VACUOUS = "L T < 2 pi: no such orbit exists in the region (Yorke), the bounds above are vacuous"
CONSTANT = "L(U) = 0: f is constant on every component of the region, so no nonconstant periodic orbit lies in it"


def norm_upper(facts: Facts, on: Name) -> Fraction:
    """The confirmed upper end of sup ||Df||. Raises Unconfirmed."""
    value = facts.claim("sup_jacobian_norm", on).enclosure("value")
    if value.upper is None:
        raise Unconfirmed("no upper bound of ||Df|| is claimed")
    return value.upper


def minimal_period(facts: Facts, claim: Claim) -> None:
    """Yorke: T >= 2 pi / L. The upper end is one of 2 pi / L(U)."""
    smooth(facts)
    top = norm_upper(facts, claim.on)
    if "value" not in claim.values:
        if top != 0 or claim.values.get("statement") != CONSTANT:
            raise Rejected("no period is stated although L(U) = 0 is not proved")
        return
    value = claim.enclosure("value")
    if top > 0 and value.lower > 2 * PI[0] / top:
        raise Rejected(f"2 pi / L >= {shown(value.lower)} is false: it is only >= {shown(2 * PI[0] / top)}")
    if value.upper is not None:
        low = facts.claim("sup_jacobian_norm", claim.on).enclosure("value").lower
        if low <= 0 or value.upper < 2 * PI[1] / low:
            raise Rejected(f"2 pi / L <= {shown(value.upper)} does not follow from L >= {shown(low)}")
    _period_statement(claim, value)


def _period_statement(claim: Claim, value: Enclosure) -> None:
    text = str(claim.values.get("statement", ""))
    head, tail = "no nonconstant periodic orbit with period < ", " lies in the region"
    number = text.removeprefix(head).removesuffix(tail)
    try:
        fine = text == head + number + tail and parse_typed(number) <= value.lower
    except ValueError:
        fine = False
    if text and not fine:
        raise Rejected("the statement does not follow from the enclosure")


def exponential_ends(low: Fraction, high: Fraction, period: Enclosure) -> tuple[Fraction, Fraction | None]:
    """Bounds of exp(T low) from below and exp(T high) from above, T anywhere in the period."""
    bottom = min(low * period.lower, low * period.top)
    top = max(high * period.lower, high * period.top)
    below = exp_rational(bottom)[0] if bottom > -(1 << 20) else Fraction(0)
    return below, (exp_rational(top)[1] if top < 1 << 20 else None)


def theorem_2(facts: Facts, claim: Claim) -> None:
    """det M, multipliers and exponents of any orbit of the given period in the region."""
    smooth(facts)
    period, on = claim.enclosure("period"), claim.on
    if period.lower < 0:
        raise Rejected("a period is not positive")
    rate = facts.model.dimension * facts.claim("theorem_1", on, best=True).enclosure("bound").top
    trace, mu = facts.claim("divergence", on), facts.claim("log_norm", on)
    inf_div, sup_div = trace.enclosure("inf").lower, trace.enclosure("sup").top
    low, high = mu.enclosure("inf").lower, mu.enclosure("sup").top
    follows(claim.enclosure("det_m_paper"), *exponential_ends(-rate, rate, period), "exp(+-d C T)")
    follows(claim.enclosure("det_m"), *exponential_ends(inf_div, sup_div, period), "det M")
    follows(claim.enclosure("multipliers"), *exponential_ends(low, high, period), "the multipliers")
    follows(claim.enclosure("exponents"), low, high, "the exponents")
    if "paper_floor" in claim.values:
        floor, turn = claim.enclosure("paper_floor"), 2 * facts.model.dimension
        if floor.lower < exp_rational(-turn * PI[0])[1] or floor.top > exp_rational(turn * PI[0])[0]:
            raise Rejected("paper_floor is not inside exp(+-2 pi d)")
    excluded = claim.values.get("orbit_excluded", False)
    if excluded is not False and not (excluded is True and norm_upper(facts, on) * period.top < 2 * PI[0]):
        raise Rejected("orbit_excluded: L T < 2 pi is not proved")
    if claim.values.get("statement", VACUOUS) != VACUOUS or ("statement" in claim.values and excluded is not True):
        raise Rejected("an unknown statement")
    _eta(claim, period, rate, inf_div, excluded is True)


def _eta(claim: Claim, period: Enclosure, rate: Fraction, inf_div: Fraction, excluded: bool) -> None:
    if "eta" not in claim.values:
        if any(key.startswith("eta") for key in claim.values):
            raise Rejected("an eta verdict or margin stands without eta")
        return
    eta, by = claim.enclosure("eta"), []
    margins = {"paper": rate * period.top, "sharp": max(-inf_div * period.lower, -inf_div * period.top)}
    for name, margin in margins.items():
        if f"eta_margin_{name}" in claim.values:
            follows(claim.enclosure(f"eta_margin_{name}"), margin, margin, f"the {name} margin")
        if margin < eta.lower:
            by.append(name)
    by += ["yorke"] * excluded
    verdict = str(claim.values.get("eta_verdict"))
    if verdict == "not excluded":
        return
    text = f"excluded ({', '.join(by)}): no nonconstant T-periodic orbit in the region has -log det M >= eta"
    if not by or verdict != text:
        raise Rejected(f"the eta verdict does not follow: {', '.join(by) or 'nothing'} excludes such orbits")


def no_closed_orbit(facts: Facts, claim: Claim) -> None:
    """The three criteria of section 6."""
    smooth(facts)
    criteria = {"divergence": _bendixson, "two_eigenvalues": _two_eigenvalues, "transversal_vector": _transversal}
    criterion = claim.values.get("criterion")
    if not isinstance(criterion, str) or criterion not in criteria:
        raise Rejected("an unknown criterion")
    if criterion != "transversal_vector" and set(claim.values) != {"criterion"}:
        raise Rejected("a vector or a statement stands where the criterion has none")
    criteria[criterion](facts, claim)


def _bendixson(facts: Facts, claim: Claim) -> None:
    """d = 2, div f of one sign on U with simply connected components, or on its hull."""
    if facts.model.dimension != 2:
        raise Rejected("Bendixson's criterion needs d = 2")
    numbers = facts.boxes(claim.on)
    if CONNECTED in claim.hypotheses:
        boxes = [facts.certificate.boxes[i] for i in numbers]
        if not facts.once(("connected", claim.on), lambda: simply_connected(boxes)):
            raise Unconfirmed("the region's components could not be shown to be simply connected")
        trace = facts.claim("divergence", claim.on)
        if trace.enclosure("inf").lower > 0 or trace.enclosure("sup").top < 0:
            return
        raise Rejected("div f is not proved to have one sign")
    tests = {str(sign): _strict(sign, facts.p) for sign in (1, -1)}
    _any_holds(facts, tests, {"hull": "bounds"}, "the sign of div f on the hull")


def _strict(sign: int, p: int):
    """sign div f < 0: at most one unit below zero."""
    return divergence_at_most(Fraction(-1, 1 << p), p, sign)


def _any_holds(facts: Facts, tests: dict, parts: dict[Name, str], what: str) -> None:
    for name, test in tests.items():
        outcomes = [
            sweep(facts.engine, facts.leaves(witness, box), {name: test}, facts.limits, what, True)[name]
            for box, witness in parts.items()
        ]
        if all(outcome.holds == 1 for outcome in outcomes):
            return
    raise Unconfirmed(f"{what} could not be shown")


def _two_eigenvalues(facts: Facts, claim: Claim) -> None:
    """d >= 3 and the sum of the two largest eigenvalues < 0, or of the two smallest > 0, on a convex compact set."""
    if facts.model.dimension < 3:
        raise Rejected("this criterion needs d >= 3")
    if facts.model.dimension > MAX_COMPOUND:
        raise Unconfirmed(f"sums of two eigenvalues take too long for d > {MAX_COMPOUND}")
    numbers = facts.boxes(claim.on)
    if len(numbers) > 1 and CONVEX in claim.hypotheses:
        raise Rejected("a union of boxes is not known to be convex: its hull is needed")
    if len(numbers) == 1:
        try:
            mu = facts.claim("log_norm", claim.on)
            if mu.enclosure("sup").top < 0 or mu.enclosure("inf").lower > 0:
                return
        except Unconfirmed:
            pass
    box: Name = numbers[0] if len(numbers) == 1 else "hull"
    stored = any(w.get("of") == "two_eigenvalues" and w.get("box") == box for w in facts.certificate.witness)
    tests = {str(sign): two_sum_below(facts.p, sign) for sign in (1, -1)}
    _any_holds(facts, tests, {box: "two_eigenvalues" if stored else "bounds"}, "the sign of a sum of two eigenvalues")


def _transversal(facts: Facts, claim: Claim) -> None:
    """c . f > 0 on the region for the stored vector c."""
    vector = claim.point("vector")
    if len(vector) != facts.model.dimension:
        raise Rejected("the vector has a wrong dimension")
    if claim.values.get("statement", LEAVES) != LEAVES:
        raise Rejected("an unknown statement")
    test = {"c.f": transversal(vector, facts.p)}
    for i in facts.boxes(claim.on):
        parts = facts.leaves("transversal_vector", i)
        outcome = sweep(facts.engine, parts, test, facts.limits, "transversal vector", False)["c.f"]
        if outcome.holds == -1:
            raise Rejected(f"c . f > 0: {outcome.where}")
        if outcome.holds == 0:
            raise Unconfirmed(f"c . f > 0: {outcome.where}")
