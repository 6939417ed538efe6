"""log(1 + e^z), arctan z, the normal distribution and its density at exact complex points z = (x + iy)/2^p, as balls.

"ulp" means one unit of the working precision. Each docstring proves its formula and counts what is lost.
"""

from __future__ import annotations

from functools import lru_cache
from math import isqrt

from . import elementary
from .fixed import Interval, divided, minus, negative, plus, square, times, up
from .trig import Ball
from .verdict import Rejected

GUARD = 24
SERIES_GUARD = 40
MAX_SQUARE = 2048
"""Largest |z|^2 at which the series of the normal distribution is summed."""


def ball_of(a: Interval, b: Interval) -> Ball:
    """The ball around two intervals, real and imaginary part."""
    x, y = a[0] + a[1] >> 1, b[0] + b[1] >> 1
    return x, y, max(a[1] - x, x - a[0], b[1] - y, y - b[0])


def _narrow(a: Interval, shift: int) -> Interval:
    return a[0] >> shift, up(a[1], shift)


def _shifted(value: int, shift: int) -> int:
    """floor(value 2^shift)."""
    return value << shift if shift >= 0 else value >> -shift


def log_one_plus_exp(x: int, y: int, p: int) -> Ball:
    """log(1 + e^z), |Im z| < pi certified by the caller.

    There e^z is never in (-inf, -1], so that the principal logarithm is analytic. For Re z <= 0, with E = e^x <= 1,
    A = 1 + E cos y and B = E sin y: the real part is log(A^2 + B^2)/2, and the imaginary part atan(B/A), as A > 0
    (E cos y = -1 would need y = +-pi). For Re z > 0: log(1 + e^z) = z + log(1 + e^-z), since both sides are analytic on
    the strip and agree on the real line; then B = -E sin y. All functions of one variable here are monotone, and
    evaluated at both ends. Raises Rejected where A > 0 is not certified.
    """
    w = p + GUARD
    x, y, one = x << GUARD, y << GUARD, 1 << w
    e = elementary.exp(-abs(x), w)
    e = e[0], min(e[1], one)
    s, c = elementary.sin_cos(y, w)
    a, b = plus((one, one), times(e, c, w)), times(e, s if x <= 0 else negative(s), w)
    squared = plus(square(a, w), square(b, w))
    if a[0] <= 0 or squared[0] <= 0:
        raise Rejected("a pre-activation on the strip is too close to a singularity of softplus")
    ratio = divided(b, a, w)
    angle = elementary.atan(ratio[0], w)[0], elementary.atan(ratio[1], w)[1]
    real = elementary.log(squared[0], w)[0] >> 1, up(elementary.log(squared[1], w)[1], 1)
    if x > 0:
        real, angle = plus(real, (x, x)), plus(angle, (y, y))
    return ball_of(_narrow(real, GUARD), _narrow(angle, GUARD))


def arctan(x: int, y: int, p: int) -> tuple[Ball, Ball]:
    """(arctan z, 1/(1 + z^2)), |Im z| < 1 certified by the caller.

    arctan z = (log(1 + iz) - log(1 - iz))/(2i) with the principal logarithms: 1 + iz = (1 - y) + ix and
    1 - iz = (1 + y) - ix have positive real parts, and the derivatives and the values at 0 agree. Hence the real part
    is (atan(x/(1 - y)) + atan(x/(1 + y)))/2, and the imaginary part log(((1 + y)^2 + x^2)/((1 - y)^2 + x^2))/4, where
    both squares are exact at precision 2p. The derivative is (1 + x^2 - y^2 - 2ixy)/|1 + z^2|^2, with exact numerator
    and |1 + z^2|^2 = ((1 - y)^2 + x^2)((1 + y)^2 + x^2): one floor per part.
    """
    w = p + GUARD
    a, b, one = x << GUARD, y << GUARD, 1 << w
    angles = []
    for below in (one - b, one + b):
        ratio = divided((a, a), (below, below), w)
        angles.append((elementary.atan(ratio[0], w)[0], elementary.atan(ratio[1], w)[1]))
    total = plus(angles[0], angles[1])
    unit = 1 << p
    near, far = (unit - y) ** 2 + x * x, (unit + y) ** 2 + x * x
    logs = minus(elementary.log(far, 2 * p), elementary.log(near, 2 * p))
    value = ball_of(_narrow(total, GUARD + 1), _narrow(logs, p + 2))
    below = near * far
    slope = (unit * unit + x * x - y * y << 3 * p) // below, (-2 * x * y << 3 * p) // below
    return value, (slope[0], slope[1], 1)


@lru_cache(maxsize=64)
def _root_of_two_pi(p: int) -> Interval:
    low, high = elementary.pi(p)
    return isqrt(2 * low << p), isqrt(2 * high << p) + 1


def normal_density(x: int, y: int, p: int) -> Ball:
    """phi(z) = e^(-z^2/2)/sqrt(2 pi) = e^((y^2 - x^2)/2) (cos xy - i sin xy)/sqrt(2 pi).

    The exponent is exact at precision 2p + 1 and rounded both ways; xy is a floor (slopes at most 1: one ulp).
    """
    w = p + GUARD
    exponent = y * y - x * x
    if exponent >> 2 * p > MAX_SQUARE:
        raise ArithmeticError("a normal density too far from the real line")
    down = w - 2 * p - 1
    size = elementary.exp(_shifted(exponent, down), w)[0], elementary.exp(-_shifted(-exponent, down), w)[1]
    s, c = elementary.sin_cos(_shifted(x * y, down + 1), w)
    size = divided(size, _root_of_two_pi(w), w)
    real, imaginary = times(size, (c[0] - 1, c[1] + 1), w), times(size, (-s[1] - 1, 1 - s[0]), w)
    return ball_of(_narrow(real, GUARD), _narrow(imaginary, GUARD))


def normal_distribution(x: int, y: int, p: int) -> Ball:
    """Phi(z) = (1 + erf(z/sqrt 2))/2, the entire function with Phi' = phi and Phi(-inf) = 0.

    Far out: for x <= 0 the integral of phi along the ray t + iy, t <= x, gives |Phi(z)| <= e^(y^2/2) Phi(x), and
    Phi(x) <= e^(-x^2/2)/2; with Phi(z) = 1 - Phi(-z), Phi is within e^((y^2 - x^2)/2)/2 of 0 or 1, according to the
    sign of x. That is below 2^-p once (x^2 - y^2)/2 > (3/4) p > p log 2. Elsewhere Phi(z) = 1/2 + S/sqrt(2 pi).
    """
    if 2 * (x * x - y * y) > 3 * p << 2 * p:
        return (1 << p if x > 0 else 0), 0, 1
    (real, imaginary, error), w = _normal_series(x, y, p)
    root = _root_of_two_pi(w)
    a = divided((real - error, real + error), root, w)
    b = divided((imaginary - error, imaginary + error), root, w)
    return ball_of(_narrow(plus(a, (1 << w - 1, 1 << w - 1)), w - p), _narrow(b, w - p))


def _normal_series(x: int, y: int, p: int) -> tuple[Ball, int]:
    """S = sum t_n/(2n + 1), t_n = z (-z^2/2)^n/n!, as a ball, and its precision w.

    Let r = |z|^2/2. The terms of the sum are at most |z| e^r, which w exceeds p for. -z^2/2 is off by two floors
    (sqrt 2 ulp), a product by as much, and its quotient by n again. With e_n the error of t_n in ulps, at most one real
    unit,

        e_n <= (r e_(n-1) + sqrt 2 |t_(n-1)| + 2 sqrt 2)/n + sqrt 2.

    Products of consecutive ratios r/i are at most e^r, and |t_(j-1)| r^(n-j) (j-1)!/n! = |z| r^(n-1)/n!; hence
    e_n <= sqrt 2 |z| e^r + 5n e^r. Each term of S adds sqrt 2 by its own floors. The sum stops after a term t_N whose
    computed parts are at most one ulp, with N >= 2r: the ratios that follow are at most 1/2, so that the tail is at
    most |t_N| <= e_N + 2. In all (N + 2)((2|z| + 5N) e^r + 2).
    """
    squared = x * x + y * y
    if squared >> 2 * p >= MAX_SQUARE:
        raise ArithmeticError("a normal distribution too far from the real line")
    r = up(squared, 2 * p + 1)
    growth = r + (r >> 1) + 1  # e^r < 2^growth, as log2 e < 3/2
    extra = growth + SERIES_GUARD
    w = p + extra
    a, b = _shifted(y * y - x * x, w - 2 * p - 1), _shifted(-x * y, w - 2 * p)
    u, v, n = x << extra, y << extra, 0
    real, imaginary = u, v
    while n < 2 * r or not (-1 <= u <= 1 and -1 <= v <= 1):
        n += 1
        u, v = (u * a - v * b >> w) // n, (u * b + v * a >> w) // n
        real += u // (2 * n + 1)
        imaginary += v // (2 * n + 1)
    size = isqrt(squared >> 2 * p) + 1
    error = (n + 2) * ((2 * size + 5 * n << growth) + 2)
    return (real, imaginary, error), w
