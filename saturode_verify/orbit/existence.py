"""From a proposal to a proved periodic orbit with its Floquet data, or to the reason why not.

Nothing about the proposal is trusted: every hypothesis of `contraction`'s theorem is checked here or there.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import Literal

from flint import acb, arb

from ..network import Network
from ..rigor.balls import ZERO, dyadic
from .analytic import why_not_analytic
from .contraction import Radii, constants, contract
from .floquet import Multiplier, multipliers, perturbation
from .frame import Candidate, FrameBounds, frame_bounds
from .jets import ExactField, divergence
from .proposal import Frame, Proposal
from .sampling import Sampling
from .strip import strip_bounds
from .trig import TrigPolynomial, largest, real_parts
from .tube import Interval, TubeBounds, orbit_hull, tube_bounds

TUBE_FACTOR, SMALLEST_TUBE = 16, dyadic(1, -4000)

SLACK = arb(101) / 100
"""Claims keep this much room, so that another arithmetic with slightly larger constants can confirm them."""

Stability = Literal["stable", "unstable", "undecided"]
Step = Literal["data", "strip", "tube", "frame", "contraction", "minimal period", "multipliers"]


@dataclass(frozen=True)
class NotProved:
    """No proof, and why: the inequality that failed, with numbers. ``step`` says where."""

    step: Step
    reason: str


@dataclass(frozen=True)
class ProvedOrbit:
    """A true periodic orbit u of x' = f(x); every ball contains the true value.

    ``period`` is its minimal period T; ``point`` = u(0); ``distance``: exact bound of sup |u - stored curve|_inf;
    ``integral`` = int_0^T div f; ``determinant`` = det M = e^integral; ``multipliers``: d of them, the trivial one
    first, with ``exponents`` = log |mu| / T; ``hull``: a box that holds the orbit.
    """

    period: arb
    point: list[arb]
    distance: arb
    integral: arb
    determinant: arb
    multipliers: list[Multiplier] | None
    exponents: list[arb]
    stability: Stability
    hull: list[Interval]
    radii: Radii


def prove(network: Network, proposal: Proposal) -> ProvedOrbit | NotProved:
    """Check the theorem for this candidate, in the working precision."""
    try:
        candidate = _candidate(network, proposal)
    except (ValueError, TypeError, AttributeError) as error:  # hostile data may be of any type
        return NotProved("data", f"the candidate's data are unusable: {error}")
    if isinstance(candidate, NotProved):
        return candidate
    bounds = frame_bounds(candidate)
    if isinstance(bounds, str):
        return NotProved("frame", bounds)
    tube = _tube(network, candidate, bounds)
    if isinstance(tube, str):
        return NotProved("tube", tube)
    radii = contract(constants(proposal.tau, candidate.frame, bounds, tube))
    if isinstance(radii, str):
        return NotProved("contraction", radii)
    turns = _certified_turns(candidate.orbit, radii.distance)
    if turns != 1:
        return NotProved("minimal period", _not_minimal(turns))
    return _conclude(candidate, bounds, tube, radii)


def _candidate(network: Network, proposal: Proposal) -> Candidate | NotProved:
    """Exact polynomials, f and Df at the nodes, bounds on the strip."""
    refused = why_not_analytic(network)
    if refused:
        return NotProved("data", refused)
    d = network.dimension
    orbit, frame = TrigPolynomial.real(proposal.orbit), Frame.of(proposal.columns)
    if len(orbit.coefficients) != d or any(len(column.coefficients) != d for column in frame.columns):
        return NotProved("data", f"the candidate is not a curve in dimension {d} with a frame there")
    if len(frame.columns) != d - 1 or [len(row.coefficients) for row in proposal.inverse] != [d] * d:
        return NotProved("data", f"the frame needs {d - 1} columns beside u' and a {d} x {d} inverse")
    if not proposal.height.is_exact():
        return NotProved("data", "the strip's width is not an exact number")
    if not (proposal.tau.is_exact() and proposal.tau > 0 and proposal.tau.is_finite()):
        return NotProved("data", "tau > 0 is a hypothesis: the candidate's period is not an exact positive number")
    sampling = Sampling(proposal.nodes, proposal.degree, proposal.height)
    inverse_degree = max(row.degree for row in proposal.inverse)
    degrees = [orbit.degree, *(column.degree for column in frame.columns)]
    if max(degrees) + inverse_degree > proposal.degree:
        return NotProved("data", "n is below the degree of the polynomial parts of P rho0 and P R")
    field = ExactField(network)
    strip = strip_bounds(field, orbit, proposal.height, proposal.boxes)
    if isinstance(strip, str):
        return NotProved("strip", strip)
    jet = field.evaluate(real_parts(orbit.samples(proposal.nodes)))
    assert jet is not None  # only a check can stop it, and none was given
    return Candidate(proposal, orbit, frame, jet, strip, sampling)


def _tube(network: Network, candidate: Candidate, bounds: FrameBounds) -> TubeBounds | str:
    """Bounds on a tube a few times wider than the defect lets one expect; `contract` checks that it was wide enough."""
    d, defect = network.dimension, bounds.defect
    norms = [ZERO, *(1 / abs(exponent) for exponent in candidate.frame.exponents[1:])]
    reach = largest(sum((bounds.frame[i][j] * (norms[j] + 2) * defect[j] for j in range(d)), ZERO) for i in range(d))
    if not reach.is_finite():
        return "the defect tau f(u) - u' is not bounded"
    radius = (TUBE_FACTOR * reach + SMALLEST_TUBE).upper()
    hull = orbit_hull(candidate.orbit, candidate.sampling.nodes, radius)
    return tube_bounds(network, hull, radius)


def _certified_turns(orbit: TrigPolynomial, distance: arb) -> int:
    """gcd of the k >= 1 for which the true orbit's k-th Fourier coefficient is not 0; 0 if none is certified.

    A function of period 2 pi/m has only modes that m divides, and |c_k(u) - c_k(uh)| <= |u - uh|.
    """
    turns = 0
    for k in range(1, orbit.degree + 1):
        if any(orbit.coefficient(i, k).abs_lower() > distance for i in range(len(orbit.coefficients))):
            turns = gcd(turns, k)
        if turns == 1:
            break
    return turns


def _not_minimal(turns: int) -> str:
    if turns == 0:
        return "no Fourier mode of the orbit is certified to be nonzero: it may be an equilibrium"
    return (
        f"only Fourier modes that are multiples of {turns} are certified to be nonzero: the curve may go {turns} times "
        "around a shorter orbit, whose multipliers would be others"
    )


def _conclude(candidate: Candidate, bounds: FrameBounds, tube: TubeBounds, radii: Radii) -> ProvedOrbit | NotProved:
    proposal, d = candidate.proposal, len(candidate.orbit.coefficients)
    turn = 2 * arb.pi() * proposal.tau * (1 + arb(0, radii.period))
    along = candidate.sampling.mean(divergence(candidate.jet), candidate.strip.divergence)
    integral = turn * (along + arb(0, (tube.divergence_slope * radii.distance * SLACK).upper()))
    determinant = integral.exp()
    if not (integral.is_finite() and turn.is_finite()):
        return NotProved("multipliers", "the integral of the divergence is not bounded")
    found = _planar(integral, determinant) if d == 2 else None
    if d > 2:
        found = multipliers(candidate.frame, perturbation(proposal.tau, bounds, tube, radii, SLACK))
    spread = arb(0, radii.distance)
    start = [sum(row[1:], row[0]).real for row in candidate.orbit.coefficients]
    hull = orbit_hull(candidate.orbit, candidate.sampling.nodes, radii.distance)
    exponents = [2 * arb.pi() * m.rate / turn for m in found or []]
    return ProvedOrbit(
        turn, [x + spread for x in start], radii.distance, integral, determinant, found, exponents,
        _stability(found), hull, radii,
    )  # fmt: skip


def _planar(integral: arb, determinant: arb) -> list[Multiplier]:
    """d = 2: along a nonconstant orbit one multiplier is 1, hence the other is det M."""
    rate = integral / (2 * arb.pi())
    return [Multiplier(acb(1), arb(0), 1, True), Multiplier(acb(determinant), rate, 1, True)]


def _stability(found: list[Multiplier] | None) -> Stability:
    """From the nontrivial multipliers, once the trivial one is told from them (its disc is isolated)."""
    if found is None or found[0].members != 1:
        return "undecided"
    if all(multiplier.rate < 0 for multiplier in found[1:]):
        return "stable"
    return "unstable" if any(multiplier.rate > 0 for multiplier in found[1:]) else "undecided"
