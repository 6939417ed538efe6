"""The theorem: a true periodic orbit beside the candidate, by Banach's fixed point in C^0(circle) x R.

Write u = uh + Q w and tau = tauh (1 + s), Q = [uh', q_2, ..., q_d], Lambda = diag(0, l_2, ..., l_d), with the defect
rho0 = tauh f(uh) - uh', R = tauh Df(uh) Q - Q' - Q Lambda and N(h) = f(uh + h) - f(uh) - Df(uh) h. As Q^{-1} uh' = e_1,

    u' = tau f(u)   <=>   w' - Lambda w = s e_1 + g(w, s),
    g = Q^{-1} [(1 + s) rho0 + R w + s tauh Df(uh) Q w + (1 + s) tauh N(Q w)].

A solution with mean w_1 = 0 is a fixed point of

    s+ = -mean g_1,   w_1+ = the primitive of mean 0 of g_1 - mean g_1,   w_j+ = (d/dtheta - l_j)^{-1} g_j  (j >= 2).

In the sup norm the linear maps have the norms a_1 = pi/2 (sawtooth kernel, it kills constants) and

    a_j = int_0^{2 pi} |e^{l_j t}| dt / |1 - e^{2 pi l_j}|;   for real l_j this is 1/|l_j|.

THEOREM. Let tauh > 0, r_1, ..., r_d > 0, 0 < r_s < 1, and with q = max_i sum_j |Q_ij| r_j <= radius of the tube,

    G_i = (1 + r_s) y_i + sum_j (m_ij + r_s b_ij) r_j + (1 + r_s) n_i q^2,
    L_i = r_s y_i + sum_j (m_ij + 2 r_s b_ij) r_j + (2 + 3 r_s) n_i q^2,

where y_i >= |(Q^{-1} rho0)_i|, m_ij >= |(Q^{-1} R)_ij|, b_ij >= tauh |(Q^{-1} Df(uh) Q)_ij| and
n_i >= (tauh/2) sum_k |Q^{-1}_ik| C_k, C_k >= sum_ij |d_i d_j f_k| on the tube. If

    a_i G_i <= r_i,  G_1 <= r_s,  a_i L_i < r_i,  L_1 < r_s,

then exactly one (w, s) with |w_j| <= r_j, |s| <= r_s, mean w_1 = 0 and Q w real solves the equation: an orbit of
x' = f(x) of period 2 pi tauh (1 + s) within q (sup norm) of uh. Other orbits may pass through the tube.

Proof. |N(h)_k| <= C_k q^2/2 and |N(h)_k - N(h')_k| <= C_k q |h - h'| on the (convex) tube, so G bounds |g| on the set,
and L_i eps bounds |g_i(w, s) - g_i(w', s')| for |w_j - w'_j| <= eps r_j, |s - s'| <= eps r_s. The set is closed and
invariant: with the exact symmetries of the columns (`proposal`) Q w real is kept by the map. In the norm
max(|w_j|/r_j, |s|/r_s) the map is a contraction; its fixed point is C^1 and solves the equation.
proofs/orbit_theorem.py checks the ansatz, G and L; proofs/periodic_inverse.py the norms a_j.
"""

from __future__ import annotations

from dataclasses import dataclass

from flint import acb, arb

from ..rigor.balls import ONE, ZERO, dyadic
from .frame import FrameBounds, Matrix
from .proposal import Frame
from .trig import largest
from .tube import TubeBounds

ROUNDS, GROWTH = 40, arb(101) / 100


@dataclass(frozen=True)
class Constants:
    """The theorem's constants, exact upper bounds that are finite and not negative; ``period`` = tauh > 0."""

    period: arb
    inverse_norms: list[arb]
    defect: list[arb]
    residual: Matrix
    shear: Matrix
    curvature: list[arb]
    frame: Matrix
    tube: arb


@dataclass(frozen=True)
class Radii:
    """The set of the theorem: |w_j| <= ``components[j]``, |s| <= ``period``, hence |u - uh| <= ``distance``.

    ``tube`` >= ``distance`` is the radius of the tube on which f's derivatives are bounded.
    """

    components: list[arb]
    period: arb
    distance: arb
    tube: arb


def constants(period: arb, frame: Frame, bounds: FrameBounds, tube: TubeBounds) -> Constants:
    """Collect y, m, b, n and the norms a."""
    d = len(bounds.defect)
    moved = [[sum((tube.jacobian[k][i] * bounds.frame[i][j] for i in range(d)), ZERO) for j in range(d)]
             for k in range(d)]  # fmt: skip
    shear = [[(period * sum((bounds.inverse[i][k] * moved[k][j] for k in range(d)), ZERO)).upper() for j in range(d)]
             for i in range(d)]  # fmt: skip
    curvature = [
        (period / 2 * sum((a * c for a, c in zip(row, tube.curvature, strict=True)), ZERO)).upper()
        for row in bounds.inverse
    ]
    norms = [(arb.pi() / 2).upper(), *(inverse_norm(exponent) for exponent in frame.exponents[1:])]
    return Constants(period, norms, bounds.defect, bounds.residual, shear, curvature, bounds.frame, tube.radius)


def inverse_norm(exponent: acb) -> arb:
    """Exact bound of the sup norm of (d/dtheta - l)^{-1} on periodic functions; infinite if l is near i Z."""
    turn = 2 * arb.pi()
    real = exponent.real
    if exponent.imag.is_zero():
        return (1 / abs(real)).upper()
    # int_0^{2 pi} e^{x t} dt
    mass = turn if real.is_zero() else (turn * real).expm1() / real
    return (mass / abs(1 - (turn * exponent).exp())).upper()


def contract(given: Constants) -> Radii | str:
    """Radii for which every inequality of the theorem holds, or which one failed and by how much."""
    refused = _unusable(given)
    if refused:
        return refused
    components = [(a * y).upper() for a, y in zip(given.inverse_norms, given.defect, strict=True)]
    radii = _radii(given, components, given.defect[0])
    first = ""
    for _ in range(ROUNDS):
        # Radii below a_i L_i would fail the contraction, however small G_i is.
        needed = [g.max(slope) for g, slope in zip(*_images(given, radii), strict=True)]
        grown = [(a * g * GROWTH).upper() for a, g in zip(given.inverse_norms, needed, strict=True)]
        # A radius of 0 is no radius: with a defect of exactly 0 any positive one will do.
        smallest = [r if r > 0 else _TINY for r in grown]
        radii = _radii(given, smallest, (needed[0] * GROWTH).upper())
        failed = _failure(given, radii)
        if not failed:
            return radii
        first = first or failed  # the radii only grow from here, and say less and less
        if not radii.distance <= given.tube:
            break
    return first


_TINY = dyadic(1, -4000)


def _radii(given: Constants, components: list[arb], period: arb) -> Radii:
    distance = largest(
        sum((entry * r for entry, r in zip(row, components, strict=True)), ZERO).upper() for row in given.frame
    )
    return Radii(components, period if period > 0 else _TINY, distance, given.tube)


def _images(given: Constants, radii: Radii) -> tuple[list[arb], list[arb]]:
    """(G, L) of the theorem."""
    r, s, square = radii.components, radii.period, radii.distance * radii.distance
    bounds, lipschitz = [], []
    for y, m, b, n in zip(given.defect, given.residual, given.shear, given.curvature, strict=True):
        linear = sum((m_j * r_j for m_j, r_j in zip(m, r, strict=True)), ZERO)
        sheared = s * sum((b_j * r_j for b_j, r_j in zip(b, r, strict=True)), ZERO)
        bounds.append((1 + s) * y + linear + sheared + (1 + s) * n * square)
        lipschitz.append(s * y + linear + 2 * sheared + (2 + 3 * s) * n * square)
    return bounds, lipschitz


def _failure(given: Constants, radii: Radii) -> str:
    """The first inequality that does not hold, or ""."""
    if not radii.period < ONE:
        return f"r_s = {_shown(radii.period)} is not below 1: the candidate's period or shape is too far off"
    if not radii.distance <= given.tube:
        return f"q = {_shown(radii.distance)} exceeds the tube's radius {_shown(given.tube)}"
    image, lipschitz = _images(given, radii)
    for i, (a, g, contraction, r) in enumerate(
        zip(given.inverse_norms, image, lipschitz, radii.components, strict=True), start=1
    ):
        if not a * g <= r:
            return f"a_{i} G_{i} <= r_{i} fails: {_shown(a * g)} > {_shown(r)}"
        if not a * contraction < r:
            return f"the contraction a_{i} L_{i} < r_{i} fails: the quotient is {_shown(a * contraction / r)}"
    if not image[0] <= radii.period:
        return f"G_1 <= r_s fails: {_shown(image[0])} > {_shown(radii.period)}"
    if not lipschitz[0] < radii.period:
        return f"the contraction L_1 < r_s fails: the quotient is {_shown(lipschitz[0] / radii.period)}"
    return ""


def _unusable(given: Constants) -> str:
    """Why the constants are no bounds at all, or ""."""
    if not (given.period > 0 and given.period.is_finite()):
        return "tau > 0 is a hypothesis: the candidate's period is not positive"
    groups = {
        "a (an exponent at or near i Z)": given.inverse_norms,
        "y": given.defect,
        "m": [entry for row in given.residual for entry in row],
        "b": [entry for row in given.shear for entry in row],
        "n": given.curvature,
        "Q": [entry for row in given.frame for entry in row],
        "tube": [given.tube],
    }
    for name, values in groups.items():
        if not all(value.is_finite() and value >= 0 for value in values):
            return f"the constant {name} is not finite and nonnegative"
    return ""


def _shown(value: arb) -> str:
    upper = value.upper()
    return f"{float(upper):.3g}" if upper.is_finite() else "infinity"
