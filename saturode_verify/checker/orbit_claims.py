"""Theory section 7: a true periodic orbit beside the stored curve, by Banach's fixed point theorem.

u = uh + Q w, tau = tauh (1 + s): with the constants of the theorem (the prover's `orbit/contraction.py` has its proof)

    G_i = (1 + r_s) y_i + sum_j (m_ij + r_s b_ij) r_j + (1 + r_s) n_i q^2,
    L_i = r_s y_i + sum_j (m_ij + 2 r_s b_ij) r_j + (2 + 3 r_s) n_i q^2,

a_i G_i <= r_i, G_1 <= r_s, a_i L_i < r_i, L_1 < r_s and q = max_i sum_j |Q_ij| r_j <= radius of the tube prove that a
periodic orbit of period 2 pi tauh (1 + s), |s| <= r_s, lies within q of uh.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from .claims_common import encloses
from .consequences import PI
from .document import Box, Claim
from .elementary import exp_rational
from .exact import shown
from .facts import Facts
from .fixed import exact
from .floquet import spectrum
from .limits import pulse
from .multipliers import listed, part, trivial
from .orbit_bounds import Bounds, orbit_bounds, orbit_hull, short
from .orbit_data import Candidate, read_candidate
from .orbit_tube import Tube, inverse_norm, tube_bounds
from .verdict import Rejected

VERDICTS = {
    "stable": "asymptotically orbitally stable",
    "unstable": "unstable",
    "undecided": "its stability is undecided: some nontrivial multiplier is not separated from the unit circle",
}

EXISTS = (
    "a periodic orbit of the exact field exists, every coordinate of it within the radius of the stored curve's at the "
    "same angle"
)


class Proof:
    """The theorem's constants for one candidate; made only if every inequality holds."""

    def __init__(self, facts: Facts, c: Candidate) -> None:
        model, d = facts.model, facts.model.dimension
        if not all(layer.activation.analytic for layer in model.hidden):
            raise Rejected("the field is not analytic")
        self.c, self.d = c, d
        self.bounds: Bounds = orbit_bounds(model, c, facts.limits)
        self.distance = short(
            max(sum((a * r for a, r in zip(row, c.radii, strict=True)), Fraction(0)) for row in self.bounds.frame)
        )
        if self.distance > c.tube:
            raise Rejected(f"q = {shown(self.distance)} exceeds the tube's radius {shown(c.tube)}")
        hull = orbit_hull(c, self.bounds.values, self.bounds.p, c.tube)
        self.tube: Tube = tube_bounds(model, hull, self.bounds.p)
        self._contract()
        self._minimal()

    def _contract(self) -> None:
        c, b, d, r = self.c, self.bounds, self.d, self.c.radii
        s, q2 = c.period_radius, self.distance * self.distance
        moved = [[sum(self.tube.jacobian[k][i] * b.frame[i][j] for i in range(d)) for j in range(d)] for k in range(d)]
        norms = [PI[1] / 2, *(inverse_norm(x, kind) for x, kind in zip(c.exponents, c.kinds, strict=True))]
        for i in range(d):
            pulse()
            shear = [c.tau * sum(b.inverse[i][k] * moved[k][j] for k in range(d)) for j in range(d)]
            bend = c.tau / 2 * sum(b.inverse[i][k] * self.tube.curvature[k] for k in range(d))
            linear = sum(m * x for m, x in zip(b.residual[i], r, strict=True))
            sheared = s * sum(m * x for m, x in zip(shear, r, strict=True))
            image = (1 + s) * b.defect[i] + linear + sheared + (1 + s) * bend * q2
            lipschitz = s * b.defect[i] + linear + 2 * sheared + (2 + 3 * s) * bend * q2
            self._demand(norms[i] * image <= r[i], f"a_{i + 1} G_{i + 1} <= r_{i + 1}", norms[i] * image, r[i])
            self._demand(norms[i] * lipschitz < r[i], f"a_{i + 1} L_{i + 1} < r_{i + 1}", norms[i] * lipschitz, r[i])
            if i == 0:
                self._demand(image <= s, "G_1 <= r_s", image, s)
                self._demand(lipschitz < s, "L_1 < r_s", lipschitz, s)

    @staticmethod
    def _demand(holds: bool, what: str, left: Fraction, right: Fraction) -> None:
        if not holds:
            raise Rejected(f"{what} fails: {shown(left)} against {shown(right)}")

    def _minimal(self) -> None:
        """The gcd of the modes that are certainly not 0 (|c_k - ch_k| <= q) must be 1."""
        orbit, p, turns = self.c.orbit, self.bounds.p, 0
        for k in range(1, orbit.degree + 1):
            if any(exact(orbit.smallest(i, k, p), p) > self.distance for i in range(self.d)):
                turns = gcd(turns, k)
            if turns == 1:
                return
        raise Rejected(f"the minimal period is not proved: the certified modes have the common divisor {turns}")

    @property
    def trace(self) -> tuple[Fraction, Fraction]:
        """Bounds of the mean of div f along the true orbit."""
        slack = sum(self.tube.curvature) * self.distance
        low, high = self.bounds.mean
        return low - slack, high + slack

    @property
    def turn(self) -> tuple[Fraction, Fraction]:
        """Bounds of the true period."""
        c = self.c
        return 2 * PI[0] * c.tau * (1 - c.period_radius), 2 * PI[1] * c.tau * (1 + c.period_radius)


def periodic_orbit(facts: Facts, claim: Claim) -> None:
    """Every inequality of the theorem with the stored radii, then every number of the claim."""
    box = 0 if claim.on == "region" else int(claim.on)
    stored = [w for w in facts.certificate.witness if w.get("of") == "periodic_orbit" and w.get("box") == box]
    if len(stored) != 1 or (claim.on == "region" and len(facts.certificate.boxes) != 1):
        raise Rejected("the claim has no orbit of its own in the witness")
    proof = Proof(facts, read_candidate(stored[0], facts.model.dimension))
    turn, trace = proof.turn, proof.trace
    _inside(proof, facts.certificate.boxes[box])
    encloses(claim.enclosure("period"), *turn, "the period")
    encloses(claim.enclosure("radius"), Fraction(0), proof.distance, "the radius")
    start = [sum((c[0] for c in row), Fraction(0)) for row in proof.c.orbit.rows]
    point = claim.enclosures("point")
    if len(point) != len(start):
        raise Rejected("the point has a wrong dimension")
    for entry, x in zip(point, start, strict=True):
        encloses(entry, x - proof.distance, x + proof.distance, "the point of the orbit")
    ends = [t * x for t in turn for x in trace]
    encloses(claim.enclosure("integral_divergence"), min(ends), max(ends), "the integral of div f")
    det = exp_rational(min(ends))[0], exp_rational(max(ends))[1]
    encloses(claim.enclosure("det_m"), *det, "det M")
    if claim.values.get("minimal_period") is not True:
        raise Rejected("minimal_period is not true")
    stability = _planar(claim, det, trace) if facts.model.dimension == 2 else spectrum(proof, claim)
    if claim.values.get("stability") not in (stability, "undecided"):
        raise Rejected(f"the stability {str(claim.values.get('stability'))[:20]} is not proved")
    _statement(claim)


def _inside(proof: Proof, box: Box) -> None:
    """The true orbit lies in the box that the claim is on."""
    p = proof.bounds.p
    for (low, high), side in zip(orbit_hull(proof.c, proof.bounds.values, p, proof.distance), box, strict=True):
        if not side[0] <= exact(low, p) <= exact(high, p) <= side[1]:
            raise Rejected("the orbit is not shown to lie in the box that the claim is on")


def _statement(claim: Claim) -> None:
    """One of the known texts, with the verdict that the claim's stability has."""
    verdict = VERDICTS[str(claim.values["stability"])]
    if claim.values.get("statement") not in (None, f"{EXISTS}; {verdict}"):
        raise Rejected("an unknown statement")


def _planar(claim: Claim, det: tuple[Fraction, Fraction], trace: tuple[Fraction, Fraction]) -> str:
    """d = 2: one multiplier is 1, the other is det M, and log det M / T is the mean of div f."""
    if listed(claim):
        multipliers, exponents = claim.values["multipliers"], claim.enclosures("exponents")
        if not isinstance(multipliers, list) or len(multipliers) != 2 or len(exponents) != 2:
            raise Rejected("two multipliers and two exponents are needed")
        trivial(multipliers[0], exponents[0])
        entry = multipliers[1]
        encloses(part(entry, "re"), *det, "re of the multiplier")
        encloses(part(entry, "im"), Fraction(0), Fraction(0), "im of the multiplier")
        encloses(part(entry, "modulus"), *det, "the modulus")
        encloses(exponents[1], *trace, "the exponent")
    return "stable" if trace[1] < 0 else "unstable" if trace[0] > 0 else "undecided"
