"""Theory sections 3 and 4: ||Df||, divergence, logarithmic norm; outer ends leaf by leaf, inner ends at points."""

from __future__ import annotations

from fractions import Fraction

from .claims_common import smooth
from .document import Claim
from .exact import shown
from .facts import Facts
from .fixed import exact
from .product_claims import deltas_of, ends, least, norms_of, product, refined_upper
from .spectral import at_least, at_most, definite, gram
from .verdict import Rejected, Unconfirmed


def sup_jacobian_norm(facts: Facts, claim: Claim) -> None:
    """Upper end leaf by leaf (or by a product bound), lower end at the stored point."""
    value = claim.enclosure("value")
    if value.upper is not None:
        try:
            facts.require_upper(claim.on, ("norm",), value.upper, "sup ||Df||")
        except Unconfirmed:
            _by_products(facts, claim, value.upper)
    if value.lower > 0:
        point = claim.point("point")
        facts.inside(point, claim.on)
        if not norm_reaches(facts, point, value.lower):
            what = f"||Df|| at the stored point is not >= {shown(value.lower)}"
            if at_most(gram(facts.at(point).jacobian, 0), 2 * facts.fine, value.lower**2):
                raise Rejected(what)
            raise Unconfirmed(f"{what}, as far as can be shown")


def _by_products(facts: Facts, claim: Claim, bound: Fraction) -> None:
    top = refined_upper(facts, claim)
    other = product([*map(ends, norms_of(facts)), *deltas_of(facts, claim.on)])[1]
    top = least(top, other)
    if top is None or top > bound:
        raise Unconfirmed(f"sup ||Df|| <= {shown(bound)} could not be shown leaf by leaf")


def norm_reaches(facts: Facts, point: list[Fraction], level: Fraction) -> bool:
    """||Df(point)|| >= level, certified."""
    return at_least(gram(facts.at(point).jacobian, 0), 2 * facts.fine, level**2)


def divergence(facts: Facts, claim: Claim) -> None:
    """Outer ends leaf by leaf, inner ends at the stored points."""
    low, high = claim.enclosure("inf"), claim.enclosure("sup")
    smooth(facts)
    facts.require_upper(claim.on, ("divergence", 1), high.top, "div f")
    facts.require_upper(claim.on, ("divergence", -1), -low.lower, "-div f")
    trace = divergence_at(facts, claim, "sup_point")
    if trace[0] < high.lower:
        failed = Rejected if trace[1] < high.lower else Unconfirmed
        raise failed(f"div f at sup_point is {shown(trace[0])}, not >= {shown(high.lower)}")
    trace = divergence_at(facts, claim, "inf_point")
    if trace[1] > low.top:
        failed = Rejected if trace[0] > low.top else Unconfirmed
        raise failed(f"div f at inf_point is {shown(trace[1])}, not <= {shown(low.top)}")


def divergence_at(facts: Facts, claim: Claim, key: str) -> tuple[Fraction, Fraction]:
    """Bounds of div f at a stored point of the region."""
    point = claim.point(key)
    facts.inside(point, claim.on)
    jacobian = facts.at(point).jacobian
    sums = [sum(jacobian[i][i][end] for i in range(len(jacobian))) for end in (0, 1)]
    return exact(sums[0], facts.fine), exact(sums[1], facts.fine)


def log_norm(facts: Facts, claim: Claim) -> None:
    """Outer ends leaf by leaf, inner ends at the stored points."""
    low, high = claim.enclosure("inf"), claim.enclosure("sup")
    smooth(facts)
    facts.require_upper(claim.on, ("log_norm", 1), high.top, "lambda_max")
    facts.require_upper(claim.on, ("log_norm", -1), -low.lower, "-lambda_min")
    for key, level, sign in (("sup_point", high.lower, 1), ("inf_point", -low.top, -1)):
        point = claim.point(key)
        facts.inside(point, claim.on)
        answer = eigenvalue_reaches(facts, point, level, sign)
        if answer != 1:
            failed = Rejected if answer == -1 else Unconfirmed
            raise failed(f"the eigenvalue at {key} does not reach {shown(sign * level)}")
    excludes = claim.values.get("excludes_periodic_orbits", False)
    if excludes is not False and not (excludes is True and (low.lower > 0 or high.top < 0)):
        raise Rejected("excludes_periodic_orbits does not follow from the enclosures")


def eigenvalue_reaches(facts: Facts, point: list[Fraction], level: Fraction, sign: int) -> int:
    """1: lambda_max(sign (Df + Df^T)/2) >= level at the point; -1: it is < level; 0: neither is certified."""
    p, jacobian = facts.fine, facts.at(point).jacobian
    bottom = -(-2 * level.numerator * (1 << p) // level.denominator)
    d = len(jacobian)
    matrix = []
    for i in range(d):
        row = []
        for j in range(d):
            low, high = jacobian[i][j][0] + jacobian[j][i][0], jacobian[i][j][1] + jacobian[j][i][1]
            low, high = (low, high) if sign > 0 else (-high, -low)
            top = bottom if i == j else 0
            row.append((top - high, top - low))
        matrix.append(row)
    return -definite(matrix, p, singular=True)
