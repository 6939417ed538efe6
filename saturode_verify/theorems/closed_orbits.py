"""When no closed orbit lies in U (theory section 6): divergence, two eigenvalues, a transversal vector.

proofs/closed_orbits.py proves what is not cited in proofs/README.md.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ..bounds.facts import RegionFacts
from ..region import simply_connected
from ..rigor.numbers import Enclosure, decimal_down, decimal_up
from .bounds import REGION, WEIGHTS, not_c1
from .claim import Claim, Value

FactsOfHull = Callable[[], RegionFacts]
_NAME, _SECTION = "no_closed_orbit", "section 6"


def criteria(facts: RegionFacts, of_hull: FactsOfHull, vector: list[Fraction] | None, searched: str) -> list[Claim]:
    """All criteria that apply in this dimension.

    ``of_hull`` bounds the region's hull when a theorem needs it; ``vector`` is a proved transversal vector (None:
    not found, ``searched`` says why).
    """
    claims = []
    if facts.dimension == 2:
        claims.append(_bendixson(facts, of_hull))
    if facts.dimension >= 3:
        claims.append(_two_eigenvalues(facts, of_hull))
    claims.append(_transversal(facts, vector, searched))
    return claims


def _claim(criterion: str, hypotheses: tuple[str, ...], reason: str, **values: Value) -> Claim:
    status = "undecided" if reason else "proved"
    return Claim(_NAME, _SECTION, hypotheses, status, {"criterion": criterion, **values}, reason, asked=False)


def _bendixson(facts: RegionFacts, of_hull: FactsOfHull) -> Claim:
    """Bendixson: d = 2, div f of one strict sign on a simply connected U."""
    hypotheses = (WEIGHTS, "f is C^1", "d = 2", "every component of the region is simply connected (proved)")
    refused = not_c1(facts)
    if refused:
        return _claim("divergence", hypotheses, refused)
    reason = _sign_reason(facts)
    if not reason and not simply_connected(facts.boxes):
        hypotheses = (WEIGHTS, "f is C^1", "d = 2", "div f has one sign on the region's hull, which was used")
        reason = _sign_reason(of_hull())
    return _claim("divergence", hypotheses, reason)


def _sign_reason(facts: RegionFacts) -> str:
    low, high = facts.extrema.get("divergence_low"), facts.extrema.get("divergence_high")
    if low is None or high is None or high.value.upper is None:
        return "div f is not bounded"
    if low.value.lower > 0 or high.value.upper < 0:
        return ""
    return (
        f"div f is not proved to have one sign: it lies in "
        f"[{decimal_down(low.value.lower, 4)}, {decimal_up(high.value.upper, 4)}]"
    )


def _two_eigenvalues(facts: RegionFacts, of_hull: FactsOfHull) -> Claim:
    """d >= 3, U convex and compact: lambda_1 + lambda_2 < 0 or lambda_{d-1} + lambda_d > 0 of the symmetric part on U.

    A minimal surface that spans a closed orbit lies in the convex hull, and the flow changes its area strictly.
    """
    hypotheses = (WEIGHTS, "f is C^1 near the region", "the region is convex and compact")
    refused = not_c1(facts)
    if refused:
        return _claim("two_eigenvalues", hypotheses, refused)
    reason = _two_sum_reason(facts)
    if not reason and len(facts.boxes) > 1:
        hypotheses = (WEIGHTS, "f is C^1 near the region", "the region's hull was used (convex and compact)")
        reason = _two_sum_reason(of_hull())
    return _claim("two_eigenvalues", hypotheses, reason)


def _two_sum_reason(facts: RegionFacts) -> str:
    high, low = facts.two_sum
    if (high is not None and high < 0) or (low is not None and low > 0):
        return ""
    shown = ("-inf" if low is None else decimal_down(low, 4), "inf" if high is None else decimal_up(high, 4))
    return f"sums of two eigenvalues of the symmetric part are only proved to lie in [{shown[0]}, {shown[1]}]"


def _transversal(facts: RegionFacts, vector: list[Fraction] | None, searched: str) -> Claim:
    """c . f > 0 on compact U: U contains no nonempty invariant set, and every solution leaves it in finite time."""
    hypotheses = (WEIGHTS, REGION, "the region is compact")
    refused = not_c1(facts)
    if refused:
        return _claim("transversal_vector", hypotheses, refused)
    if vector is None:
        return _claim("transversal_vector", hypotheses, searched)
    statement = (
        "no equilibrium, periodic orbit or other nonempty invariant set is contained in the region; every solution "
        "that starts in it leaves it in finite time (solutions may cross the region and return)"
    )
    values = [Enclosure(x, x) for x in vector]
    return _claim("transversal_vector", hypotheses, "", vector=values, statement=statement)
