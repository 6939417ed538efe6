"""Floquet multipliers for d > 2: discs around e^{2 pi l_j}, after Gershgorin.

Along the true orbit Y' = tau Df Y and Y = Q z give z' = (Lambda + E) z with |E_ij| <= e_ij,

    e_ij = m_ij + sum_k |Q^-1_ik| [r_s tau (|Df| |Q|)_kj + tau (1 + r_s) C_k q max_l |Q_lj|].

For weights t > 0 and R_j = sum_k e_jk t_k/t_j < 1 every multiplier lies in a disc |mu/e^{2 pi l_j} - 1| <= 2 pi R_j
e^{2 pi R_j}, with |log |mu| / 2 pi - Re l_j| <= R_j, and a union of k discs that is apart from the others holds
exactly k (the prover's `orbit/floquet.py` has the proof).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from .claims_common import encloses
from .consequences import PI
from .document import Claim
from .elementary import exp_rational, sin_cos
from .fixed import exact, floor_at, root_bounds
from .limits import pulse
from .multipliers import listed, part, trivial
from .orbit_bounds import short
from .orbit_tube import grown
from .verdict import Rejected

if TYPE_CHECKING:
    from .orbit_claims import Proof

Pair = tuple[Fraction, Fraction]
ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Centre:
    """e^{2 pi l}: intervals of its parts; ``size`` bounds its modulus from above."""

    re: Pair
    im: Pair
    size: Fraction
    rate: Fraction
    straight: bool


@dataclass(frozen=True)
class Region:
    """Where a multiplier lies; ``members``: how many lie in the same union of discs."""

    re: Pair
    im: Pair
    rate: Pair
    members: int


def centre(exponent: tuple[Fraction, Fraction], kind: str) -> Centre:
    """The disc's centre."""
    x, y = exponent
    low, high = grown(x)
    if kind == "antiperiodic":
        return Centre((-high, -low), (ZERO, ZERO), high, x, True)
    if y == 0:
        return Centre((low, high), (ZERO, ZERO), high, x, True)
    p = 900
    slack = exact(8 * (int(abs(y)) + 1), p)
    sine, cosine = sin_cos(floor_at(2 * PI[0] * y, p), p)
    parts = []
    for a, b in (cosine, sine):
        ends = [g * v for g in (low, high) for v in (exact(a, p) - slack, exact(b, p) + slack)]
        parts.append((min(ends), max(ends)))
    return Centre(parts[0], parts[1], high, x, False)


def perturbation(proof: Proof) -> list[list[Fraction]]:
    """e_ij."""
    c, b, tube, d = proof.c, proof.bounds, proof.tube, proof.d
    s, found = c.period_radius, []
    for i in range(d):
        row = []
        for j in range(d):
            pulse()
            high = max(b.frame[k][j] for k in range(d))
            total = b.residual[i][j]
            for k in range(d):
                moved = sum((tube.jacobian[k][m] * b.frame[m][j] for m in range(d)), ZERO)
                bent = (1 + s) * tube.curvature[k] * proof.distance * high
                total += b.inverse[i][k] * c.tau * (s * moved + bent)
            row.append(short(total))
        found.append(row)
    return found


class Discs:
    """The discs, and which of them are apart."""

    def __init__(self, centres: list[Centre], errors: list[list[Fraction]]) -> None:
        self.centres, self.errors, self.count = centres, errors, len(centres)

    def sums(self, weights: list[Fraction]) -> list[Fraction]:
        """R_j."""
        return [
            short(sum((e * t for e, t in zip(row, weights, strict=True)), ZERO) / weights[i])
            for i, row in enumerate(self.errors)
        ]

    def apart(self, i: int, j: int, sums: list[Fraction]) -> bool:
        """Are the two discs certified to be disjoint?"""
        pulse()
        a, b = self.centres[i], self.centres[j]
        gaps = [max(p[0] - q[1], q[0] - p[1], ZERO) for p, q in ((a.re, b.re), (a.im, b.im))]
        distance = root_bounds(gaps[0] ** 2 + gaps[1] ** 2, 400)[0]
        return distance > a.size * relative(sums[i]) + b.size * relative(sums[j])

    def isolated(self, group: set[int]) -> dict[int, Fraction] | None:
        """R_j of a group, with the best weights that keep it apart from all others; None if none do."""
        best: dict[int, Fraction] | None = None
        for k in range(0, 120, 2):
            small = Fraction(1, 1 << k)
            sums = self.sums([ONE if i in group else small for i in range(self.count)])
            if not all(x < 1 for x in sums):
                continue
            if all(self.apart(i, j, sums) for i in group for j in range(self.count) if j not in group):
                found = {i: sums[i] for i in group}
                if best is None or max(found.values()) < max(best.values()):
                    best = found
        return best

    def touching(self, group: set[int]) -> set[int]:
        """The group and every disc that is not apart from it with equal weights."""
        sums = self.sums([ONE] * self.count)
        if not all(x < 1 for x in sums):
            return set(range(self.count))
        return group | {j for j in range(self.count) if any(i != j and not self.apart(i, j, sums) for i in group)}

    def groups(self) -> list[set[int]]:
        """A partition into unions that are apart. Raises Rejected if some disc is not bounded."""
        found: list[set[int]] = []
        for index in range(self.count):
            if any(index in group for group in found):
                continue
            group = {index}
            while self.isolated(group) is None:
                more = self.touching(group)
                if more == group:
                    raise Rejected("a multiplier's disc is not bounded")
                group = more
            merged = group.union(*(g for g in found if g & group))
            found = [*(g for g in found if not g & group), merged]
        return found

    def regions(self) -> list[Region]:
        """One per multiplier, in the order of the frame."""
        found: dict[int, Region] = {}
        for group in self.groups():
            sums = self.isolated(group)
            if sums is None:
                raise Rejected("a union of discs is not isolated")
            parts = [self._disc(i, sums[i], len(group)) for i in sorted(group)]
            re, im, rate = (_hull([getattr(part_of, key) for part_of in parts]) for key in ("re", "im", "rate"))
            whole = Region(re, im, rate, len(group))
            found |= dict.fromkeys(group, whole)
        return [found[i] for i in range(self.count)]

    def _disc(self, i: int, bound: Fraction, members: int) -> Region:
        c = self.centres[i]
        radius = c.size * relative(bound)
        im = c.im if c.straight and members == 1 else (c.im[0] - radius, c.im[1] + radius)
        return Region((c.re[0] - radius, c.re[1] + radius), im, (c.rate - bound, c.rate + bound), members)


def relative(bound: Fraction) -> Fraction:
    """2 pi R e^{2 pi R}."""
    turn = 2 * PI[1] * bound
    return short(turn * exp_rational(turn)[1])


def _hull(parts: list[Pair]) -> Pair:
    return min(a for a, _ in parts), max(b for _, b in parts)


def spectrum(proof: Proof, claim: Claim) -> str:
    """Check the claim's multipliers and exponents; the stability that follows."""
    kinds = ("trivial", *proof.c.kinds)
    exponents = ((ZERO, ZERO), *proof.c.exponents)
    discs = Discs([centre(x, kind) for x, kind in zip(exponents, kinds, strict=True)], perturbation(proof))
    try:
        regions = discs.regions()
    except Rejected:
        if listed(claim):
            raise
        return "undecided"
    if listed(claim):
        _listed(claim, regions, proof.turn)
    if regions[0].members != 1:
        return "undecided"
    if all(region.rate[1] < 0 for region in regions[1:]):
        return "stable"
    return "unstable" if any(region.rate[0] > 0 for region in regions[1:]) else "undecided"


def _listed(claim: Claim, regions: list[Region], turn: Pair) -> None:
    multipliers, exponents = claim.values["multipliers"], claim.enclosures("exponents")
    if not isinstance(multipliers, list) or not len(multipliers) == len(exponents) == len(regions):
        raise Rejected("the multipliers or exponents are not d many")
    trivial(multipliers[0], exponents[0])
    for number, (entry, exponent, region) in enumerate(zip(multipliers, exponents, regions, strict=True)):
        if number == 0:
            continue
        encloses(part(entry, "re"), *region.re, f"re of multiplier {number + 1}")
        encloses(part(entry, "im"), *region.im, f"im of multiplier {number + 1}")
        turns = [2 * pi * rate for pi in PI for rate in region.rate]
        modulus = exp_rational(min(turns))[0], exp_rational(max(turns))[1]
        encloses(part(entry, "modulus"), *modulus, f"the modulus of multiplier {number + 1}")
        rates = [x / t for x in (min(turns), max(turns)) for t in turn]
        encloses(exponent, min(rates), max(rates), f"exponent {number + 1}")
