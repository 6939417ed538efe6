"""From the form of Df over a box to bounds of its norm, divergence and logarithmic norm.

All bounds hold for every Df(x) with x in the box. With J = J_0 + sum t_i G_i +- R and exactly orthogonal U, V:

* ||J||_2 = ||U^T J V||_2 <= ||N||_2, N = |U^T J_0 V| + sum |U^T G_i V| + |U^T| R |V| entrywise; also
  ||J||_2 <= ||N without R||_2 + ||R||_2; with U, V near the singular vectors of J_0 this is exact to first order;
* S = (J + J^T)/2 and O orthogonal: x^T O^T S O x <= |x|^T M |x| with M_ab >= |(O^T S O)_ab| off the diagonal and
  M_aa >= (O^T S O)_aa, so lambda_max(S) <= lambda_max(M) (a Metzler matrix);
* the sum of the two largest eigenvalues of S is lambda_max of its second additive compound.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from flint import arb, arb_mat

from ..rigor.balls import ZERO, absolute, finite
from ..rigor.spectral import (
    INFINITY,
    eigenvector_guess,
    metzler_eigenvalue_upper,
    nearby_orthogonal,
    nonnegative_norm_upper,
    scaled_floats,
    svd_guess,
)
from .affine import JacobianForm


@dataclass(slots=True)
class MatrixForm:
    """centre + sum_i t_i coefficients_i +- remainder, entrywise, t in [-1, 1]^d."""

    centre: arb_mat
    coefficients: list[arb_mat]
    remainder: arb_mat

    def map(self, linear, positive) -> MatrixForm:
        """Apply a linear map of matrices, and to the remainder its entrywise absolute version."""
        return MatrixForm(linear(self.centre), [linear(g) for g in self.coefficients], positive(self.remainder))


def split_forms(jacobian: JacobianForm) -> list[MatrixForm]:
    """The affine form, and the plain interval as a form without coefficients."""
    middle = (jacobian.lower + jacobian.upper) / 2
    radius = (jacobian.upper - jacobian.lower) / 2
    return [
        MatrixForm(jacobian.centre, jacobian.coefficients, jacobian.remainder),
        MatrixForm(middle, [], radius),
    ]


def norm_upper(jacobian: JacobianForm) -> arb:
    """Exact upper bound of ||Df|| over the box (infinity: no information)."""
    return min(_norm_upper(form) for form in split_forms(jacobian))


def _norm_upper(form: MatrixForm) -> arb:
    left, right = svd_guess(scaled_floats(form.centre))
    u, v = nearby_orthogonal(left).transpose(), nearby_orthogonal(right)
    main = absolute(u * form.centre * v)
    for g in form.coefficients:
        main += absolute(u * g * v)
    together = nonnegative_norm_upper(main + absolute(u) * form.remainder * absolute(v))
    apart = (nonnegative_norm_upper(main) + nonnegative_norm_upper(form.remainder)).upper()
    return min(together, apart)


def divergence_range(jacobian: JacobianForm) -> tuple[arb, arb]:
    """Exact (lower, upper) of div f = tr Df over the box."""
    lows, highs = [], []
    for form in split_forms(jacobian):
        centre = form.centre.trace()
        spread = sum((abs(g.trace()) for g in form.coefficients), form.remainder.trace())
        lows.append((centre - spread).lower())
        highs.append((centre + spread).upper())
    return max(lows), min(highs)


def symmetric_forms(jacobian: JacobianForm) -> list[MatrixForm]:
    """Forms of the symmetric part of Df."""

    def symmetrise(values: arb_mat) -> arb_mat:
        return (values + values.transpose()) / 2

    return [form.map(symmetrise, symmetrise) for form in split_forms(jacobian)]


def negated(form: MatrixForm) -> MatrixForm:
    """The form of minus the matrix."""
    return form.map(lambda values: -values, lambda values: values)


def additive_compound(form: MatrixForm) -> MatrixForm:
    """Second additive compound of a symmetric form: its eigenvalues are the sums of two eigenvalues."""
    return form.map(_compound, lambda rest: absolute(_compound(rest, signed=False)))


def _compound(values: arb_mat, signed: bool = True) -> arb_mat:
    """Matrix of S^[2] in the basis e_a ^ e_b, a < b: S(e_a ^ e_b) = S e_a ^ e_b + e_a ^ S e_b."""
    pairs = list(combinations(range(values.nrows()), 2))
    rows = []
    for a, b in pairs:
        row = []
        for c, e in pairs:
            total = ZERO
            if b == e:
                total += values[a, c]
            if a == c:
                total += values[b, e]
            if a == e:
                total += -values[b, c] if signed else values[b, c]
            if b == c:
                total += -values[a, e] if signed else values[a, e]
            row.append(total)
        rows.append(row)
    return arb_mat(rows)


def eigenvalue_upper(forms: list[MatrixForm]) -> arb:
    """Exact upper bound of lambda_max of a symmetric matrix given by several valid forms (infinity: no information)."""
    return min(_eigenvalue_upper(form) for form in forms)


def _eigenvalue_upper(form: MatrixForm) -> arb:
    rotation = nearby_orthogonal(eigenvector_guess(scaled_floats(form.centre)))
    turned = rotation.transpose()
    centre = (turned * form.centre * rotation).tolist()
    spread = absolute(turned) * form.remainder * absolute(rotation)
    for g in form.coefficients:
        spread += absolute(turned * g * rotation)
    rest = spread.tolist()
    size = len(centre)
    majorant = [
        [(centre[a][b] if a == b else abs(centre[a][b])) + rest[a][b] for b in range(size)] for a in range(size)
    ]
    return metzler_eigenvalue_upper(majorant)


@dataclass(slots=True)
class SpectralBounds:
    """Exact outer bounds over one box; infinities mean "no information"."""

    norm: arb = INFINITY
    divergence_low: arb = -INFINITY
    divergence_high: arb = INFINITY
    log_norm_low: arb = -INFINITY
    log_norm_high: arb = INFINITY
    two_sum_low: arb = -INFINITY
    two_sum_high: arb = INFINITY


def spectral_bounds(jacobian: JacobianForm, compound: bool = True) -> SpectralBounds:
    """All bounds of one box.

    ``two_sum``, if ``compound``: sums of the two largest (high) and two smallest (low) eigenvalues of the symmetric
    part, for d >= 2.
    """
    symmetric = symmetric_forms(jacobian)
    opposite = [negated(form) for form in symmetric]
    parts = (jacobian.centre, *jacobian.coefficients, jacobian.remainder, jacobian.lower, jacobian.upper)
    if not finite(*(entry for part in parts for entry in part.entries())):
        return SpectralBounds()
    low, high = divergence_range(jacobian)
    bounds = SpectralBounds(norm_upper(jacobian), low, high, -eigenvalue_upper(opposite), eigenvalue_upper(symmetric))
    if not compound:
        return bounds
    if symmetric[0].centre.nrows() == 2:
        bounds.two_sum_low, bounds.two_sum_high = low, high
    elif symmetric[0].centre.nrows() > 2:
        bounds.two_sum_low = -eigenvalue_upper([additive_compound(form) for form in opposite])
        bounds.two_sum_high = eigenvalue_upper([additive_compound(form) for form in symmetric])
    return bounds
