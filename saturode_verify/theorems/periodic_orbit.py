"""The claim of theory section 7: a periodic orbit exists, with its Floquet data along the true orbit."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import arb

from ..orbit.existence import NotProved, ProvedOrbit
from ..orbit.floquet import Multiplier
from ..rigor.balls import lower_rational, upper_rational
from ..rigor.numbers import Enclosure
from .bounds import WEIGHTS
from .claim import Claim, Value

HYPOTHESES = (
    WEIGHTS,
    "f is real analytic on a complex neighbourhood of the stored curve (checked)",
    "the stored curve, frame, period and radii are data: the theorem's inequalities were checked for them",
)
ONE, ZERO = Enclosure(Fraction(1), Fraction(1)), Enclosure(Fraction(0), Fraction(0))


def periodic_orbit(outcome: ProvedOrbit | NotProved | str, on: int | str = "region") -> Claim:
    """The claim from a proof, or undecided with the failing inequality (or the search's reason).

    What is unique is the fixed point of the theorem; other orbits may pass through the tube, and none is denied.
    """
    if isinstance(outcome, str):
        return Claim("periodic_orbit", "section 7", HYPOTHESES, "undecided", {}, outcome, on)
    if isinstance(outcome, NotProved):
        reason = f"not proved ({outcome.step}): {outcome.reason}"
        return Claim("periodic_orbit", "section 7", HYPOTHESES, "undecided", {}, reason, on)
    try:
        values = _values(outcome)
    except ValueError as error:
        reason = f"an orbit is proved, but its Floquet data cannot be written: {error}"
        return Claim("periodic_orbit", "section 7", HYPOTHESES, "undecided", {}, reason, on)
    return Claim("periodic_orbit", "section 7", HYPOTHESES, "proved", values, "", on)


def _values(outcome: ProvedOrbit) -> dict[str, Value]:
    values: dict[str, Value] = {
        "period": positive(outcome.period),
        "radius": Enclosure(ZERO.lower, upper_rational(outcome.distance)),
        "point": [enclosed(x) for x in outcome.point],
        "integral_divergence": enclosed(outcome.integral),
        "det_m": positive(outcome.determinant),
        "stability": outcome.stability,
        "minimal_period": True,
        "statement": _statement(outcome),
    }
    # Of d multipliers one is 1; d - 1 more are listed where they could be bounded.
    if outcome.multipliers is not None:
        pairs = list(zip(outcome.multipliers, outcome.exponents, strict=True))[1:]
        values["multipliers"] = [{"re": ONE, "im": ZERO, "modulus": ONE}, *(_multiplier(m) for m, _ in pairs)]
        values["exponents"] = [ZERO, *(enclosed(exponent) for _, exponent in pairs)]
    return values


def _statement(outcome: ProvedOrbit) -> str:
    verdict = {
        "stable": "asymptotically orbitally stable",
        "unstable": "unstable",
        "undecided": "its stability is undecided: some nontrivial multiplier is not separated from the unit circle",
    }[outcome.stability]
    return (
        "a periodic orbit of the exact field exists, every coordinate of it within the radius of the stored curve's at "
        f"the same angle; {verdict}"
    )


def _multiplier(multiplier: Multiplier) -> dict[str, Any]:
    modulus = (2 * arb.pi() * multiplier.rate).exp()
    return {
        "re": enclosed(multiplier.value.real),
        "im": enclosed(multiplier.value.imag),
        "modulus": positive(modulus),
    }


def enclosed(value: arb) -> Enclosure:
    """Exact rational ends around a finite ball; ValueError if they are too large to be written."""
    low, high = lower_rational(value), upper_rational(value)
    if low is None or high is None:
        raise ValueError("a number beyond 2^65536")
    return Enclosure(low, high)


def positive(value: arb) -> Enclosure:
    """As `enclosed`, for a number that is known to be positive: the lower end is at least 0."""
    found = enclosed(value)
    return Enclosure(max(found.lower, ZERO.lower), found.upper)
