"""Floquet multipliers of the true orbit: discs around the exponents' multipliers, after Gershgorin.

Along the true orbit u with tau, Y' = tau Df(u) Y and Y = Q z give z' = (Lambda + E(theta)) z,

    E = Q^{-1} R + Q^{-1} (tau Df(u) - tauh Df(uh)) Q,
    |E_ij| <= e_ij = m_ij + sum_k |Q^{-1}_ik| [r_s tauh (|Df(uh)| |Q|)_kj + tauh (1 + r_s) C_k q max_l |Q_lj|].

Let mu be a multiplier, z = e^{nu theta} p with p periodic, and let |p_i|/t_i be largest for i = j (weights t > 0). With
x = Re(nu - l_j), R_j = sum_k e_jk t_k/t_j and the norm (1 - e^{-2 pi x})/(x |1 - e^{-2 pi (nu - l_j)}|) of
(d/dtheta + nu - l_j)^{-1}, p_j = (d/dtheta + nu - l_j)^{-1} (E p)_j gives for m = mu / e^{2 pi l_j}

    |m - 1| <= R_j (e^{2 pi x} - 1)/x,   hence |x| <= R_j and |m - 1| <= 2 pi R_j e^{2 pi R_j}.

So every multiplier lies in one of these discs, and |mu| = |e^{2 pi l_j}| to within the factor e^{+-2 pi R_j}. Along
z' = (Lambda + sigma E) z, sigma from 0 to 1, the multipliers move continuously: a union of k discs that is disjoint
from the others contains exactly k, the ends of those paths that start in it. So the weights may differ from union to
union. proofs/multiplier_discs.py checks the inequalities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flint import acb, arb

from ..rigor.balls import ONE, ZERO, dyadic
from .contraction import Radii
from .frame import FrameBounds, Matrix
from .proposal import Frame
from .trig import largest
from .tube import TubeBounds

WEIGHTS = range(0, 120, 2)
"""Weights 2^-k of the discs outside a union: they trade its radii against the others'."""


@dataclass(frozen=True)
class Multiplier:
    """One nontrivial or trivial multiplier: its disc, and bounds of its logarithmic modulus per turn of theta.

    ``members``: how many multipliers the union of discs that holds it contains (1: it is isolated); ``real``: proved.
    ``value``: a ball that contains it; ``rate``: a ball that contains log |mu| / 2 pi.
    """

    value: acb
    rate: arb
    members: int
    real: bool


def perturbation(period: arb, frame: FrameBounds, tube: TubeBounds, radii: Radii, slack: arb) -> Matrix:
    """e_ij, exact upper bounds of |E_ij|, times ``slack`` >= 1."""
    d = len(frame.defect)
    s = radii.period
    found = []
    for i in range(d):
        row = []
        for j in range(d):
            high = largest(frame.frame[k][j] for k in range(d))
            terms = (
                frame.inverse[i][k]
                * period
                * (
                    s * sum((tube.jacobian[k][m] * frame.frame[m][j] for m in range(d)), ZERO)
                    + (1 + s) * tube.curvature[k] * radii.distance * high
                )
                for k in range(d)
            )
            row.append((slack * (frame.residual[i][j] + sum(terms, ZERO))).upper())
        found.append(row)
    return found


def multipliers(frame: Frame, errors: Matrix) -> list[Multiplier] | None:
    """All d multipliers, in the frame's order; None if some disc could not be bounded."""
    everyone = set(range(len(errors)))
    groups: list[set[int]] = []
    for index in everyone:
        if not any(index in group for group in groups):
            group = {index}
            while _isolated(frame, errors, group) is None:
                more = _touching(frame, errors, group)
                if more == group:
                    return None
                group = more
            groups = [*(g for g in groups if not g & group), group | set().union(*(g for g in groups if g & group))]
    found: dict[int, Multiplier] = {}
    for group in groups:
        radii = _isolated(frame, errors, group)
        if radii is None:
            return None
        found |= _members(frame, group, radii)
    return [found[index] for index in sorted(found)]


def _centre(frame: Frame, index: int) -> acb:
    exponent, turn = frame.exponents[index], 2 * arb.pi()
    if frame.kinds[index] == "antiperiodic":
        return acb(-(turn * exponent.real).exp())
    return acb((turn * exponent.real).exp()) if exponent.imag.is_zero() else (turn * exponent).exp()


def _relative(bound: arb) -> arb:
    turn = 2 * arb.pi() * bound
    return (turn * turn.exp()).upper()


def _row_sums(errors: Matrix, weights: Sequence[arb]) -> list[arb]:
    return [
        (sum((e * t for e, t in zip(row, weights, strict=True)), ZERO) / weights[i]).upper()
        for i, row in enumerate(errors)
    ]


def _apart(frame: Frame, i: int, j: int, bounds: Sequence[arb]) -> bool:
    first, second = _centre(frame, i), _centre(frame, j)
    return bool(abs(first - second) > abs(first) * _relative(bounds[i]) + abs(second) * _relative(bounds[j]))


def _isolated(frame: Frame, errors: Matrix, group: set[int]) -> dict[int, arb] | None:
    """R_j of the group's discs, with the best weights that keep them apart from all others; None if none do."""
    best: dict[int, arb] | None = None
    for k in WEIGHTS:
        small = dyadic(1, -k)
        bounds = _row_sums(errors, [ONE if i in group else small for i in range(len(errors))])
        if not all(bound < 1 for bound in bounds):
            continue
        others = [i for i in range(len(errors)) if i not in group]
        if all(_apart(frame, i, j, bounds) for i in group for j in others):
            found = {i: bounds[i] for i in group}
            if best is None or largest(found.values()) < largest(best.values()):
                best = found
    return best


def _touching(frame: Frame, errors: Matrix, group: set[int]) -> set[int]:
    """The group and every disc that, with equal weights, is not apart from it."""
    bounds = _row_sums(errors, [ONE] * len(errors))
    if not all(bound < 1 for bound in bounds):
        return set(range(len(errors)))
    return group | {j for j in range(len(errors)) if any(not _apart(frame, i, j, bounds) for i in group if i != j)}


def _members(frame: Frame, group: set[int], bounds: dict[int, arb]) -> dict[int, Multiplier]:
    discs, rates = {}, {}
    for i in group:
        centre = _centre(frame, i)
        radius = (abs(centre) * _relative(bounds[i])).upper()
        straight = len(group) == 1 and frame.kinds[i] != "complex"
        discs[i] = centre + acb(arb(0, radius), ZERO if straight else arb(0, radius))
        rates[i] = frame.exponents[i].real + arb(0, bounds[i])
    if len(group) == 1:
        return {i: Multiplier(discs[i], rates[i], 1, frame.kinds[i] != "complex") for i in group}
    value, rate = _union(list(discs.values())), _union_real(list(rates.values()))
    return {i: Multiplier(value, rate, len(group), False) for i in group}


def _union(balls: list[acb]) -> acb:
    return acb(_union_real([b.real for b in balls]), _union_real([b.imag for b in balls]))


def _union_real(balls: list[arb]) -> arb:
    result = balls[0]
    for b in balls[1:]:
        result = result.union(b)
    return result
