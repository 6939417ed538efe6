"""tanh, sigmoid and silu: rational functions of one exponential.

Everything comes from E = e^-a, a = |z| cut to [0, 708], and the `Gate` of z:

    r = 1/(1 + E),   t = sign(z) (1 - E)/(1 + E) = 2 sigma(z) - 1,   p = E/(1 + E)^2 = sigma'(z).

Write e for the relative error of the computed E, |e| <= 2.5u. It moves (1-E)/(1+E) by 2E/(1+E)^2 e, and p,
relatively, by (1-E)/(1+E) e. Roundings: d = fl(1+E) u, r another u; 1 - E and the product u each; so

    |t - t*| <= [5E + 4(1 - E^2)]/(1+E)^2 u <= 4u, called 4.5u with all second-order terms;
    |p - p*| <= (2.5 + 2*2 + 2) u p* = 8.5u p*  (r counts twice, two products).

Beyond |z| = 708 the cut changes t by 2 e^-708 < 2^-1020, p by less, and |z|^2 p too: far below the spare parts of u
in every constant. Where s' saturates, the errors of tanh and sigmoid are relative to s' (the theory lives there): all
their derivatives carry the factor p, and beyond the cut both the exact and the computed p are below 2^-1018 < ETA.
proofs/logistic.py proves every constant over the whole line.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..rigor.rounding import ETA, UNIT
from .base import Formula, Rounded
from .exponential import EXP_DOMAIN, exp_minus


class Gate(NamedTuple):
    """See the module: e^-a, 1/(1 + e^-a), and t with the sign of z."""

    grown: np.ndarray
    reciprocal: np.ndarray
    t: np.ndarray

    def density(self) -> np.ndarray:
        """p; uses up ``grown`` and ``reciprocal``."""
        p = self.grown
        p *= self.reciprocal
        p *= self.reciprocal
        return p


def gate(a: np.ndarray, sign: np.ndarray) -> Gate:
    """The gate of z with a = min(|z|, 708) and the sign of ``sign``."""
    grown = exp_minus(a)
    reciprocal = grown + 1.0
    np.divide(1.0, reciprocal, out=reciprocal)
    t = 1.0 - grown
    t *= reciprocal
    np.copysign(t, sign, out=t)
    return Gate(grown, reciprocal, t)


class TanhFormula(Formula):
    """tanh z/2 is t, so with z = 2x: tanh x = t, tanh' = w = 4p, tanh'' = -2tw, tanh''' = w(6t^2 - 2).

    Errors: t 4.5u, w 8.5u w (called 9u w). tanh'': 2 (4.5u + 9.5u |t|) w is at most 28u w, and with w = 1 - t^2 at most
    14.1u, called 16u. tanh''': 6t^2 - 2 is off by (54|t| + 12t^2 + |6t^2 - 2|)u, the product by 9.5u |.| more: together
    at most 108u, times w; and w times that is at most 30u (at |t| = 0.3), called 36u. Past a = 354
    tanh^(k) is within 2^-1010 of its limit, as is the value computed. Sensitivity: |y| sech^2 y <= 4 |y| e^-2|y| <=
    2/e < 0.736; |tanh^(k+1)| <= (1, 2, 4, 16) sech^2.
    """

    sensitivity = ((0.75, 0.0), (1.5, 0.0), (3.0, 0.0), (12.0, 0.0))

    def values(self, x: np.ndarray, order: int) -> list[Rounded]:
        """See `Formula.values`."""
        a = np.abs(x)
        np.minimum(a, EXP_DOMAIN / 2, out=a)
        a += a
        parts = gate(a, x)
        t = parts.t
        found: list[Rounded] = [(t, 4.5 * UNIT)]
        if order >= 1:
            w = parts.density()
            w *= 4.0
            found.append((w, _relative(w, 9.0, 9.0)))
            if order >= 2:
                found.append((_times(t, w, -2.0), _relative(w, 28.0, 16.0)))
            if order >= 3:
                q = t * t
                q *= 6.0
                q -= 2.0
                q *= w
                found.append((q, _relative(w, 108.0, 36.0)))
        return found


class SigmoidFormula(Formula):
    """sigma = (1 + t)/2, sigma' = p, sigma'' = -pt, sigma''' = p(1 - 6p).

    Errors: sigma 2.25u + u; p 8.5u p (called 9u p); pt: (4.5u + 9.5u |t|) p <= 14u p, and at most 2.1u, called 3u
    (p = (1 - t^2)/4); p(1-6p): |1 - 6p| <= 1 is off by 57.1u p + u, so with the product's 9.5u at most 26u p (as p
    <= 1/4) and at most 5.1u, called 7u.
    Sensitivity: sigma^(k+1)(y) = tanh^(k+1)(y/2)/2^(k+2), hence at most that of tanh over 2^(k+1).
    """

    sensitivity = ((0.375, 0.0), (0.375, 0.0), (0.375, 0.0), (0.75, 0.0))

    def values(self, x: np.ndarray, order: int) -> list[Rounded]:
        """See `Formula.values`."""
        a = np.abs(x)
        np.minimum(a, EXP_DOMAIN, out=a)
        parts = gate(a, x)
        t = parts.t
        value = t + 1.0
        value *= 0.5
        found: list[Rounded] = [(value, 4 * UNIT)]
        if order >= 1:
            p = parts.density()
            found.append((p, _relative(p, 9.0, 3.0)))
            if order >= 2:
                found.append((_times(t, p, -1.0), _relative(p, 14.0, 3.0)))
            if order >= 3:
                found.append((_curvature(p), _relative(p, 26.0, 7.0)))
        return found


class SiLUFormula(Formula):
    """x sigma(x), with z = x cut to [-708, 708] wherever it only meets something that decays.

    s = max(x, 0) - |z| (E r): |z| E r is off by (2.5 + 2 + 2) u of itself, which is at most |s|; with the last
    difference 7.6u |s|, called 8u. Past |x| = 708 the exact and the computed |z| E r are below 2^-1010 < ETA.
    s' = (1 + t)/2 + zp: 2.25u + u, zp <= 0.224 off by 9.5u of itself, last sum 1.1u: 6.5u, called 8u.
    s'' = p(2 - zt): p(4.5u |z| + u|zt| + u|2 - zt|) + 9.5u |s''|, with p|z| <= 0.224, |s''| <= 0.5: 6.5u, called 8u.
    s''' = p(z(1 - 6p) - 3t): the bracket times p is off by 57u |z| p^2 + 2u p|z| (57 * 0.056 + 0.45 = 3.7u), and by
    p (3 * 4.5u + 3u |t|) <= 4.2u, its last rounding u |s'''|, the product 9.5u |s'''|, |s'''| <= 0.31: 11.2u, called
    14u. Past 708, |s^(k) - limit| <= 710^2 e^-708 there and beyond, far below the slack of u.
    Sensitivity: s^(k+1) = y sigma^(k+1) + (k+1) sigma^(k) and y^2 |sigma^(k+1)| <= 16 e^-2
    |tanh^(k+1)/sech^2|/2^(k+2) (y^2 sech^2(y/2) <= 16 h^2 e^-2h, h = |y|/2) <= (., 0.55, 0.55, 1.1); |s'| <= 1.1.
    """

    sensitivity = ((0.0, 1.1), (1.3, 0.0), (1.7, 0.0), (2.6, 0.0))

    def values(self, x: np.ndarray, order: int) -> list[Rounded]:
        """See `Formula.values`."""
        a = np.abs(x)
        np.minimum(a, EXP_DOMAIN, out=a)
        parts = gate(a, x)
        loss = parts.grown * parts.reciprocal
        loss *= a
        value = np.maximum(x, 0.0)
        value -= loss
        error = np.abs(value, out=loss)
        error *= 8 * UNIT
        error += ETA
        found: list[Rounded] = [(value, error)]
        if order >= 1:
            found += self._derivatives(np.copysign(a, x, out=a), parts, order)
        return found

    @staticmethod
    def _derivatives(z: np.ndarray, parts: Gate, order: int) -> list[Rounded]:
        t, p = parts.t, parts.density()
        first = t + 1.0
        first *= 0.5
        first += z * p
        found: list[Rounded] = [(first, 8 * UNIT)]
        if order >= 2:
            second = z * t
            np.subtract(2.0, second, out=second)
            second *= p
            found.append((second, 8 * UNIT))
        if order >= 3:
            third = p * -6.0
            third += 1.0
            third *= z
            t *= 3.0  # the last use of t
            third -= t
            third *= p
            found.append((third, 14 * UNIT))
        return found


def _relative(weight: np.ndarray, factor: float, most: float) -> np.ndarray:
    """min(factor u weight, most u) + ETA; the factors leave room for the 9u by which the weight itself is off."""
    error = weight * (factor * UNIT * (1 + 16 * UNIT))
    np.minimum(error, most * UNIT, out=error)
    error += ETA
    return error


def _times(t: np.ndarray, w: np.ndarray, factor: float) -> np.ndarray:
    """factor t w, the factor a power of two."""
    product = t * w
    product *= factor
    return product


def _curvature(p: np.ndarray) -> np.ndarray:
    """p (1 - 6p)."""
    product = p * -6.0
    product += 1.0
    product *= p
    return product
