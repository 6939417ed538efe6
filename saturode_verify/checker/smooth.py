"""The activations s as functions of one real variable: values of s, s', s'', s''' at exact fixed-point arguments.

``base(y, q)`` is a list of four intervals at precision q. ``K[k]`` bounds |s^(k)| on the whole line, k = 2, 3, 4:

* tanh, with t = tanh and w = 1 - t^2: s'' = -2tw, s''' = w(4 - 6w), s'''' = tw(16 - 24t^2). |t|w <= 2/(3 sqrt 3) <
0.3850
  gives 0.77 and 0.385 * 16 < 6.2; |w(4 - 6w)| <= 2 for w in [0, 1].
* sigmoid: s^(k)(x) = tanh^(k)(x/2)/2^(k+1). softplus: its derivative is the sigmoid.
* silu = x sigmoid: s^(k) = x g^(k) + k g^(k-1). |x| g' <= |x| e^-|x| <= 1/e < 0.37, and |g''|, |g'''|, |g''''| <= g'
(with
  t = tanh(x/2): g'' = -t g', g''' = (1 - 6g')g', g'''' = t(2 - 3t^2) g'): 2/4 + 0.37, 3 * 0.0963 + 0.37, 4/8 + 0.37.
* gelu, phi the normal density <= 0.4: s'' = (2 - x^2) phi, s''' = (x^3 - 4x) phi, s'''' = (-x^4 + 7x^2 - 4) phi. With
  u = x^2: |2 - u|e^(-u/2) <= 2; |x||u - 4|e^(-u/2) <= 4 * 0.607 for u <= 8 and <= 8^1.5 e^-4 beyond;
  |u^2 - 7u + 4|e^(-u/2) <= 4 + 14/e for u <= 7 and <= 4 + 16/e^2 beyond.
* arctan: s'' = -2x/(1+x^2)^2, s''' = (6x^2 - 2)/(1+x^2)^3, s'''' = 24x(1 - x^2)/(1+x^2)^4, and |x|/(1+x^2)^2 < 0.325.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import isqrt

from . import elementary
from .fixed import Interval, divided, floor_at, minus, negative, plus, scaled, square, times, up
from .limits import pulse

Values = list[Interval]

BOUNDS: dict[str, tuple[Fraction, Fraction, Fraction]] = {
    "tanh": (Fraction(77, 100), Fraction(2), Fraction(62, 10)),
    "sigmoid": (Fraction(97, 1000), Fraction(1, 8), Fraction(194, 1000)),
    "softplus": (Fraction(1, 4), Fraction(97, 1000), Fraction(1, 8)),
    "silu": (Fraction(87, 100), Fraction(67, 100), Fraction(87, 100)),
    "gelu": (Fraction(4, 5), Fraction(1), Fraction(4)),
    "sin": (Fraction(1), Fraction(1), Fraction(1)),
    "arctan": (Fraction(65, 100), Fraction(2), Fraction(78, 10)),
}
"""K[2], K[3], K[4] of the module's text."""


def tanh(y: int, q: int) -> Values:
    """E = e^{-2|y|}: t = (1 - E)/(1 + E) decreases in E; w = 4E/(1 + E)^2 increases for E <= 1."""
    one = 1 << q
    low, high = elementary.exp(-2 * abs(y), q)
    high = min(high, one)
    t = ((one - high) << q) // (one + high), -((low - one << q) // (one + low))
    w = (4 * low << q) // up((one + low) ** 2, q), -((-4 * high << q) // ((one + high) ** 2 >> q))
    w = w[0], min(w[1], one)
    if y < 0:
        t = -t[1], -t[0]
    third = times(w, minus((4 * one, 4 * one), scaled(w, 6)), q)
    return [t, w, scaled(times(t, w, q), -2), third]


def _gate(y: int, q: int) -> Values:
    """sigmoid g, g', g'', g''' with E = e^{-|y|}: g = 1/(1 + E) for y >= 0, g' = E/(1 + E)^2 (increasing in E <= 1)."""
    one = 1 << q
    low, high = elementary.exp(-abs(y), q)
    high = min(high, one)
    if y >= 0:
        g = (one << q) // (one + high), -((-one << q) // (one + low))
    else:
        g = (low << q) // (one + low), -((-high << q) // (one + high))
    slope = (low << q) // up((one + low) ** 2, q), -((-high << q) // ((one + high) ** 2 >> q))
    bend = times(slope, minus((one, one), scaled(g, 2)), q)
    return [g, slope, bend, times(slope, minus((one, one), scaled(slope, 6)), q)]


def sigmoid(y: int, q: int) -> Values:
    """The logistic function."""
    return _gate(y, q)


def softplus(y: int, q: int) -> Values:
    """log(1 + e^y) = max(y, 0) + log(1 + E)."""
    one = 1 << q
    low, high = elementary.exp(-abs(y), q)
    value = elementary.log(one + low, q)[0] + max(y, 0), elementary.log(one + high, q)[1] + max(y, 0)
    return [value, *_gate(y, q)[:3]]


def silu(y: int, q: int) -> Values:
    """x g(x)."""
    g = _gate(y, q)
    x = (y, y)
    return [times(x, g[0], q), *(plus(times(x, g[k], q), scaled(g[k - 1], k)) for k in (1, 2, 3))]


@lru_cache(maxsize=64)
def _root_two(q: int) -> Interval:
    low = isqrt(2 << (2 * q))
    return low, low + 1


def gelu(y: int, q: int) -> Values:
    """x Phi(x), Phi(x) = (1 + erf(x/sqrt 2))/2.

    erf at the upper end of x/sqrt 2 exceeds that at the lower by less than twice the width, as erf' <= 2/sqrt pi < 2;
    likewise e^-u, u >= 0, by at most the width.
    """
    one, x = 1 << q, (y, y)
    low, high = divided(x, _root_two(q), q)
    below = elementary.erf(low, q)
    area = below[0] + one >> 1, up(below[1] + 2 * (high - low) + one, 1)
    squared = square(x, q)
    least, most = squared[0] >> 1, up(squared[1], 1)
    decay = elementary.exp(-most, q)
    decay = decay[0], decay[1] + most - least
    density = divided(decay, times(_root_two(q), elementary.root_of_pi(q), q), q)
    first = plus(area, times(x, density, q))
    second = times(minus((2 * one, 2 * one), squared), density, q)
    third = times(times(x, minus(squared, (4 * one, 4 * one)), q), density, q)
    return [times(x, area, q), first, second, third]


def sin(y: int, q: int) -> Values:
    """sin."""
    s, c = elementary.sin_cos(y, q)
    return [s, c, negative(s), negative(c)]


def arctan(y: int, q: int) -> Values:
    """arctan."""
    one, x = 1 << q, (y, y)
    squared = square(x, q)
    slope = divided((one, one), plus((one, one), squared), q)
    power = square(slope, q)
    second = scaled(times(x, power, q), -2)
    third = times(minus(scaled(squared, 6), (2 * one, 2 * one)), times(power, slope, q), q)
    return [elementary.atan(y, q), slope, second, third]


SMOOTH = {
    "tanh": tanh, "sigmoid": sigmoid, "softplus": softplus, "silu": silu, "gelu": gelu, "sin": sin, "arctan": arctan,
}  # fmt: skip

_ZERO = (Fraction(0), Fraction(0))


def _pair(low: Fraction, high: Fraction) -> tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]:
    return (-high, -low), (low, high)


_F = Fraction
TURNING: dict[str, tuple[tuple[tuple[Fraction, Fraction], ...], ...]] = {
    "tanh": ((), (_ZERO,), _pair(_F(1, 2), _F(7, 8))),
    "sigmoid": ((), (_ZERO,), _pair(_F(1), _F(7, 4))),
    "softplus": ((), (), (_ZERO,)),
    "arctan": ((), (_ZERO,), _pair(_F(1, 2), _F(3, 4))),
    "silu": (((_F(-3, 2), _F(-1)),), _pair(_F(2), _F(3)), (_ZERO, *_pair(_F(3), _F(4)))),
    "gelu": (((_F(-1), _F(-1, 2)),), _pair(_F(1), _F(2)), (_ZERO, *_pair(_F(3, 2), _F(9, 4)))),
}
"""Brackets of all critical points of s, s' and s'' (of sin they are found apart).

s^(3) vanishes: tanh where w = 2/3, that is t^2 = 1/3; sigmoid where g' = 1/6, likewise twice; softplus (g'' = 0) at 0;
arctan where x^2 = 1/3; gelu at 0 and +-2; silu, with t = tanh(x/2): 8 s^(3) = (1 - t^2)(x(3t^2 - 1) - 6t), odd, and for
x > 0 a zero needs 3t^2 > 1 and x = 6t/(3t^2 - 1), whose right side decreases: one zero.

silu: s' = g(1 + x(1 - g)) = g(1 + x/(1 + e^x)), zero where 1 + e^x + x = 0: one zero, as the left side increases.
s'' = g'(2 - x tanh(x/2)), and x tanh(x/2) is even and increases with |x|: one zero on each side.
gelu: s'' = (2 - x^2) phi; so s' increases on [-sqrt 2, sqrt 2] from s'(-sqrt 2) < 0 to s'(sqrt 2) > 0 and elsewhere
tends monotonically to 0 or 1 from below 0 or above 1: one zero.
The bracket's ends have certified opposite signs of the next derivative (checked when it is bisected).
"""


@lru_cache(maxsize=256)
def turning(name: str, order: int, q: int) -> tuple[tuple[Interval, Interval], ...]:
    """Per critical point of s^(order), order <= 2: (bracket at precision q, interval of the value there).

    The derivative vanishes at the critical point, so within the bracket's width v it is at most v sup |s^(order + 2)|
    < 8v, and the value differs from that at the bracket's low end by at most 8 v^2.
    """
    found = []
    for left, right in TURNING[name][order]:
        low, high = _bisect(name, order + 1, floor_at(left, q), floor_at(right, q), q)
        value = SMOOTH[name](low, q)[order]
        slack = 1 + (8 * (high - low) ** 2 >> q) if high > low else 0
        found.append(((low, high), (value[0] - slack, value[1] + slack)))
    return tuple(found)


def _bisect(name: str, order: int, low: int, high: int, q: int) -> Interval:
    """Shrink a bracket to where the sign of s^(order) is no longer certified, beyond which it cannot be halved.

    The secant's zero is off by about the square of the width: if the signs close to its either side are certified to
    be opposite, these are the next bracket; else the middle halves the old one.
    """
    if low == high:
        return low, high
    below, above = SMOOTH[name](low, q)[order], SMOOTH[name](high, q)[order]
    rising = below[1] < 0 < above[0]
    if not rising and not (above[1] < 0 < below[0]):
        raise ArithmeticError(f"{name}: no sign change of derivative {order} is certified in a bracket")
    while high - low > 1:
        pulse()
        before, secant = high - low, low + (high - low) * below[0] // (below[0] - above[0])
        reach = (before**2 >> q) + 64
        for cut in (secant - reach, secant + reach, low + high >> 1):
            if not low < cut < high or (cut == low + high >> 1 and 16 * (high - low) < before):
                continue
            value = SMOOTH[name](cut, q)[order]
            if value[0] <= 0 <= value[1]:
                continue
            if (value[0] > 0) == rising:
                high, above = cut, value
            else:
                low, below = cut, value
        if 16 * (high - low) > 15 * before:
            break
    return low, high
