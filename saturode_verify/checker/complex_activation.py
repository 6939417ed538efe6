"""Activations at complex points: values and slopes at a centre, and bounds of |s'| and |s''| around it.

With z = x + iy: tanh z = (sinh 2x + i sin 2y)/(cosh 2x + cos 2y) and |sech^2 z| = 2/(cosh 2x + cos 2y), which on a box
with |x| >= X, |y| <= Y < pi/2 is at most 2/(cosh 2X + cos 2Y). The logistic functions follow from
sigmoid(z) = (1 + tanh(z/2))/2; softplus' is the sigmoid.

Domains: tanh has its poles at i pi (m + 1/2), sigmoid and silu at i pi (2m + 1), where softplus has logarithmic branch
points; arctan has them at +-i. sin, gelu and powers are entire. `inside` admits the strip up to the nearest of these.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import complex_elementary, elementary
from .activation import Activation
from .complex_elementary import ball_of
from .fixed import Interval, divided, minus, plus, root_up, times, up
from .trig import Ball, add, multiply, size
from .verdict import Rejected, Unconfirmed

HALVED = ("sigmoid", "silu", "softplus")
ENTIRE = ("sin", "gelu", "power", "identity", "leaky_relu")


@dataclass(frozen=True)
class Local:
    """``value``, ``slope`` at the centre; ``bend`` >= |s''| on the box around it."""

    value: Ball
    slope: Ball
    bend: int


def _hyperbolic(x: int, p: int) -> tuple[Interval, Interval]:
    """(cosh x, sinh x)."""
    grown, shrunk = elementary.exp(x, p), elementary.exp(-x, p)
    total, rest = plus(grown, shrunk), minus(grown, shrunk)
    return (total[0] >> 1, up(total[1], 1)), (rest[0] >> 1, up(rest[1], 1))


def _tanh(x: int, y: int, p: int) -> Ball:
    cosh, sinh = _hyperbolic(2 * x, p)
    sine, cosine = elementary.sin_cos(2 * y, p)
    below = plus(cosh, cosine)
    return ball_of(divided(sinh, below, p), divided(sine, below, p))


def _sech_bound(x: int, y: int, p: int) -> int:
    """|sech^2| on a box with |Re| >= x >= 0, |Im| <= y, y < pi/2 certified by the caller."""
    cosh = _hyperbolic(2 * x, p)[0]
    cosine = elementary.sin_cos(2 * y, p)[1]
    low = cosh[0] + (cosine[0] if 2 * y < elementary.pi(p)[0] else -(1 << p))
    if low <= 0:
        raise Rejected("a pre-activation on the strip is too close to a pole of the activation")
    return -(-(2 << (2 * p)) // low)


def inside(activation: Activation, height: int, p: int) -> bool:
    """Is |Im z| <= height certified to lie inside the activation's analytic strip?"""
    if activation.name in ENTIRE or activation.slope == 0:
        return True
    half = elementary.pi(p)[0]
    widths = {"tanh": half // 2, "sigmoid": half, "silu": half, "softplus": half, "arctan": 1 << p}
    if activation.name not in widths:
        raise Unconfirmed(f"{activation.name} is not analytic")
    return height * abs(activation.slope) < widths[activation.name]


def local(activation: Activation, centre: tuple[int, int], reach: tuple[int, int], p: int) -> Local:
    """At centre (x, y) of the box |Re z - x| <= reach[0], |Im z - y| <= reach[1]; slope included."""
    q, factor = p + 24, activation.slope
    x, y = (int(v * factor * (1 << 24)) for v in centre)
    shift = 1 + int(abs(factor)) // (1 << 24)  # the floors of x and y
    a, b = (int(v * abs(factor) * (1 << 24)) + shift + 1 for v in reach)
    found = _unscaled(activation, x, y, a, b, q)
    slope, bend = found.slope, found.bend
    if factor != 1:
        f = factor.numerator, factor.denominator
        slope = (slope[0] * f[0] // f[1], slope[1] * f[0] // f[1], slope[2] * abs(f[0]) // f[1] + 2)
        bend = int(bend * factor**2) + 1
    value = found.value
    slack = 1 if factor == 1 else 4 + up(shift * (size(found.slope) + up(found.bend * (a + b), q)), q)
    return Local(_lowered(value, 24, slack), _lowered(slope, 24, slack + up(shift * bend, q)), up(bend, 24) + 1)


def _lowered(a: Ball, shift: int, slack: int) -> Ball:
    return a[0] >> shift, a[1] >> shift, up(a[2], shift) + slack


def _unscaled(activation: Activation, x: int, y: int, a: int, b: int, p: int) -> Local:
    name, one = activation.name, 1 << p
    if name == "tanh":
        t, w, bend = _tanh_local(x, y, a, b, p)
        return Local(t, w, bend)
    if name in HALVED:
        return _logistic(name, x, y, a, b, p)
    if name == "sin":
        cosh, sinh = _hyperbolic(y, p)
        s, c = elementary.sin_cos(x, p)
        value = ball_of(times(s, cosh, p), times(c, sinh, p))
        slope = ball_of(times(c, cosh, p), times(s, (-sinh[1], -sinh[0]), p))
        return Local(value, slope, _hyperbolic(abs(y) + b, p)[0][1])
    if name == "power":
        return _power(int(activation.parameter), x, y, a, b, p)
    if name == "identity" or (name == "leaky_relu" and activation.analytic):
        return Local((x, y, 0), (one, 0, 0), 0)
    if name == "arctan":
        value, slope = complex_elementary.arctan(x, y, p)
        return Local(value, slope, _arctan_bend(x, y, a, b, p))
    if name == "gelu":
        return _gelu(x, y, a, b, p)
    raise Unconfirmed(f"{name} is not analytic")


def _tanh_local(x: int, y: int, a: int, b: int, p: int) -> tuple[Ball, Ball, int]:
    """tanh, sech^2 and a bound of |tanh''| = 2 |tanh| |sech^2|; on the box |tanh| <= |t| + sup |sech^2| |(a, b)|."""
    t = _tanh(x, y, p)
    square = multiply(t, t, p)
    w = ((1 << p) - square[0], -square[1], square[2])
    top = _sech_bound(max(abs(x) - a, 0), abs(y) + b, p)
    reach = size(t) + up(top * (a + b), p)
    return t, w, up(2 * reach * top, p)


def _logistic(name: str, x: int, y: int, a: int, b: int, p: int) -> Local:
    """g = (1 + t)/2, g' = w/4, g'' = tanh''/8 at z/2; silu = z g: s' = g + z g', |s''| <= 2 |g'| + |z| |g''|.

    softplus has s' = g and s'' = g'.
    """
    q = p + 1  # z/2 at precision p + 1 has the same integers
    t, w, bend = _tanh_local(x, y, a, b, q)
    g = ((1 << q) + t[0] >> 1, t[1] >> 1, up(t[2], 1) + 1)
    slope = (w[0] >> 2, w[1] >> 2, up(w[2], 2) + 1)
    second = up(bend, 3)
    z: Ball = (2 * x, 2 * y, 0)
    first = up(_sech_bound(max(abs(x) - a, 0), abs(y) + b, q), 2)
    if name == "softplus":
        value = complex_elementary.log_one_plus_exp(x, y, p)
        return Local(value, _lowered(g, 1, 1), up(first, 1) + 1)
    if name == "silu":
        total = 2 * first + up((size(z) + 2 * (a + b)) * second, q)
        g, slope, second = multiply(z, g, q), add(g, multiply(z, slope, q)), total
    return Local(_lowered(g, 1, 1), _lowered(slope, 1, 1), up(second, 1) + 1)


def _power(n: int, x: int, y: int, a: int, b: int, p: int) -> Local:
    value: Ball = (1 << p, 0, 0)
    slope: Ball = (0, 0, 0)
    z: Ball = (x, y, 0)
    for k in range(n):
        if k == n - 1:
            slope = (n * value[0], n * value[1], n * value[2])
        value = multiply(value, z, p)
    reach = size(z) + a + b
    bend = n * (n - 1) << p
    for _ in range(n - 2):
        bend = up(bend * reach, p)
    return Local(value, slope, bend)


def _arctan_bend(x: int, y: int, a: int, b: int, p: int) -> int:
    """|s''| = 2|z|/(|z - i| |z + i|)^2, where |z - i| >= m and |z + i| >= n on the box. Near 0 |z| <= |x| + a + i(|y| +
    b) is best; far out 2|z| <= |z - i| + |z + i| gives (m + n)/(m n)^2, as that decreases in both distances.
    """
    reach, one = max(abs(x) - a, 0), 1 << p
    if max(y + b, b - y) >= one:
        raise Rejected("a pre-activation on the strip may reach a branch point of arctan")
    near, far = reach**2 + (one - y - b) ** 2, reach**2 + (one + y - b) ** 2
    top = min(2 * size((abs(x) + a, abs(y) + b, 0)), root_up(near) + root_up(far))
    return -(-(top << 4 * p) // (near * far))


def _gelu(x: int, y: int, a: int, b: int, p: int) -> Local:
    """s = z Phi, s' = Phi + z phi, s'' = (2 - z^2) phi.

    On a box around z of radius rho: |2 - z^2| grows by at most (2|z| + rho) rho, |phi| <= e^((Y^2 - X^2)/2)/sqrt(2 pi)
    for |x| >= X, |y| <= Y, and 1/sqrt(2 pi) < 2/5.
    """
    z: Ball = (x, y, 0)
    area, density = complex_elementary.normal_distribution(x, y, p), complex_elementary.normal_density(x, y, p)
    squared, rho = multiply(z, z, p), size((a, b, 0))
    factor = size(((2 << p) - squared[0], -squared[1], squared[2])) + up((2 * size(z) + rho) * rho, p)
    exponent = (abs(y) + b) ** 2 - max(abs(x) - a, 0) ** 2
    top = -(-2 * elementary.exp(up(exponent, p + 1), p)[1] // 5)
    return Local(multiply(z, area, p), add(area, multiply(z, density, p)), up(factor * top, p))
