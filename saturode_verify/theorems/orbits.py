"""Claims of theory sections 5 and 6 that need only the region: theorem 2, Yorke's period, no closed orbits.

proofs/theorem_2.py, proofs/liouville.py and proofs/yorke.py prove them.
"""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from ..bounds.facts import RegionFacts, enclosure
from ..rigor.balls import ball, lower_rational, upper_rational
from ..rigor.numbers import Enclosure, decimal_down, decimal_up, readable
from .bounds import REGION, WEIGHTS, not_c1, unbounded
from .claim import Claim, Value

ORBIT = "a nonconstant T-periodic orbit of the exact field that lies in the region (this claim asserts none to exist)"


def minimal_period(facts: RegionFacts) -> Claim:
    """Yorke 1969: every nonconstant periodic orbit in U has period >= 2 pi / L(U); no convexity needed.

    Along the orbit |x''| <= L |x'|, and the tangent indicatrix, a closed curve of length >= 2 pi (Fenchel), has
    length <= L T.
    """
    hypotheses = (WEIGHTS, REGION, "f is C^1", ORBIT)
    refused = not_c1(facts)
    norm = facts.jacobian_norm
    if refused or norm.upper is None:
        reason = refused or unbounded(facts, "||Df||")
        return Claim("minimal_period", "section 6", hypotheses, "undecided", {}, reason, asked=False)
    if norm.upper == 0:
        reason = "L(U) = 0: f is constant on every component of the region, so no nonconstant periodic orbit lies in it"
        return Claim("minimal_period", "section 6", hypotheses, "proved", {"statement": reason}, asked=False)
    turn = 2 * arb.pi()
    low = lower_rational(turn / ball(norm.upper))
    # The upper end is one of 2 pi / L(U), not of any period.
    high = upper_rational(turn / ball(norm.lower)) if norm.lower > 0 else None
    value = Enclosure(Fraction(0) if low is None else low, high)
    statement = f"no nonconstant periodic orbit with period < {decimal_down(value.lower, 6)} lies in the region"
    return Claim(
        "minimal_period", "section 6", hypotheses, "proved", {"value": value, "statement": statement}, asked=False
    )


def theorem_2(facts: RegionFacts, period: Enclosure, eta: Fraction | None) -> Claim:
    """Floquet bounds for any T-periodic orbit in U: the paper's chain beside the sharp one.

    det M in [exp(T inf div), exp(T sup div)] inside [exp(-d C T), exp(d C T)], C = theorem 1's best bound; every
    multiplier has modulus in [exp(T mu-), exp(T mu+)], every exponent lies in [mu-, mu+].
    """
    hypotheses = (WEIGHTS, REGION, "f is C^1", ORBIT, "its period lies in the given interval")
    refused = not_c1(facts)
    needed = [facts.extrema.get(k) for k in ("divergence_low", "divergence_high", "log_norm_low", "log_norm_high")]
    attenuated = enclosure(*facts.products.best.bound)
    if refused or None in needed or attenuated.upper is None:
        reason = refused or unbounded(facts, "C_W delta^q, div f or the logarithmic norm")
        return Claim("theorem_2", "section 5", hypotheses, "undecided", {"period": period}, reason)
    low, high, mu_low, mu_high = (entry.value for entry in needed if entry is not None)
    assert high.upper is not None and mu_high.upper is not None
    rate = facts.dimension * attenuated.upper
    values: dict[str, Value] = {
        "period": period,
        "det_m_paper": exponential(-rate, rate, period),
        "det_m": exponential(low.lower, high.upper, period),
        "multipliers": exponential(mu_low.lower, mu_high.upper, period),
        "exponents": Enclosure(mu_low.lower, mu_high.upper),
        "paper_floor": _paper_floor(facts.dimension),
    }
    values["orbit_excluded"] = _shorter_than_yorke(facts, period)
    if values["orbit_excluded"]:
        values["statement"] = "L T < 2 pi: no such orbit exists in the region (Yorke), the bounds above are vacuous"
    reason = "" if eta is None else _eta_test(facts, rate, low.lower, period, eta, values)
    return Claim("theorem_2", "section 5", hypotheses, "undecided" if reason else "proved", values, reason)


def exponential(low: Fraction, high: Fraction, period: Enclosure) -> Enclosure:
    """Outer [exp(T low), exp(T high)] for T anywhere in ``period``: the sign of the rate picks T's end."""
    assert period.upper is not None
    bottom = min(low * period.lower, low * period.upper)
    top = max(high * period.lower, high * period.upper)
    lower, upper = lower_rational(ball(bottom).exp()), upper_rational(ball(top).exp())
    return Enclosure(Fraction(0) if lower is None else max(lower, Fraction(0)), upper)


def _paper_floor(dimension: int) -> Enclosure:
    """[exp(-2 pi d), exp(2 pi d)]: for an orbit that exists, d C T >= 2 pi d, so the paper's interval contains this.

    The inner ends are rounded inward, so that the statement holds for them. d = 2: proofs/stuart_landau.py attains it.
    """
    turn = 2 * arb.pi() * dimension
    low, high = upper_rational((-turn).exp()), lower_rational(turn.exp())
    assert low is not None and high is not None
    return Enclosure(low, high)


def _shorter_than_yorke(facts: RegionFacts, period: Enclosure) -> bool:
    norm = facts.jacobian_norm.upper
    assert period.upper is not None
    return norm is not None and bool(ball(norm * period.upper) < 2 * arb.pi())


def _eta_test(
    facts: RegionFacts, rate: Fraction, inf_div: Fraction, period: Enclosure, eta: Fraction, values: dict[str, Value]
) -> str:
    """Paper: d C T < eta excludes nonconstant T-periodic orbits in U with -log det M >= eta; sharp: so does
    -T inf div < eta.

    Returns the reason why neither excludes them, or "".
    """
    assert period.upper is not None
    paper = rate * period.upper
    sharp = max(-inf_div * period.lower, -inf_div * period.upper)
    values["eta"] = Enclosure(eta, eta)
    for name, margin in (("paper", paper), ("sharp", sharp)):
        if readable(margin):
            values[f"eta_margin_{name}"] = Enclosure(margin, margin)
    by = [name for name, margin in (("paper", paper), ("sharp", sharp)) if margin < eta]
    if values["orbit_excluded"]:
        by.append("yorke")
    if by:
        values["eta_verdict"] = (
            f"excluded ({', '.join(by)}): no nonconstant T-periodic orbit in the region has -log det M >= eta"
        )
        return ""
    values["eta_verdict"] = "not excluded"
    return (
        f"the eta test needs d C T < eta or -T inf div < eta, but d C T = {decimal_up(paper, 4)} and "
        f"-T inf div = {decimal_up(sharp, 4)} are not below {decimal_up(eta, 4)}"
    )
