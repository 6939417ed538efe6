"""exp, log, sin, cos, atan, erf and pi at exact fixed-point arguments, as intervals with proved ends.

Every series below is summed with floors at a working precision w = p + guard. "ulp" means 2^-w. Each function's
docstring counts what is lost; the counts are far below 2^guard ulp, so that the results are a few 2^-p wide.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import isqrt

from .fixed import Interval, divided, minus, plus, scaled, square, times, up

HALVINGS = 8
GUARD = 28
MAX_ARGUMENT = 1 << 20


def _exp_series(y: int, w: int) -> tuple[int, int]:
    """(sum, number of terms) of 1 + y + y^2/2 + ..., every quotient a floor, y >= 0."""
    term, total, count = 1 << w, 0, 0
    while term:
        total += term
        count += 1
        term = (term * y >> w) // count
    return total, count


def _exp_reduced(r: int, w: int) -> Interval:
    """exp(r/2^w) for 0 <= r < 2^w.

    y = floor(r/2^8): r/2^(8+w) - y/2^w in [0, 1) ulp. The Taylor terms of e^y are floors, each below its true value by
    less than 2 ulp (the relative deficit of a term is inherited by a factor y/i < 1/256), and the omitted tail is below
    2 ulp (the next term is below 1 ulp + 2 ulp y, ratio < 1/256). With e^{y + ulp} - e^y < 2 ulp the sum S of N terms
    has S <= v <= S + E ulp, v = e^{r/256}, E = 2N + 4. Eight squarings with floors stay below v^2, v^4, ..., and turn a
    deficit E_i into at most 2 v^(2^i) E_i + 1; as the product of all v^(2^i) is at most v^255 < e, the final deficit is
    below e 2^8 (E + 1) < 3 (E + 1) 2^8 ulp.
    """
    low, terms = _exp_series(r >> HALVINGS, w)
    for _ in range(HALVINGS):
        low = low * low >> w
    return low, low + (3 * (2 * terms + 5) << HALVINGS)


def _atanh_inverse(n: int, w: int) -> Interval:
    """atanh(1/n) = sum 1/((2k+1) n^(2k+1)), n >= 2: two floors per term lose < 2 ulp, the tail is < 2 ulp."""
    power, total, k = (1 << w) // n, 0, 0
    while power:
        total += power // (2 * k + 1)
        power //= n * n
        k += 1
    return total, total + 2 * k + 4


def _atan_inverse(n: int, w: int) -> Interval:
    """atan(1/n), n >= 2: the alternating series; each term is off by < 2 ulp, the tail by < 2 ulp."""
    power, total, k = (1 << w) // n, 0, 0
    while power:
        total += (power // (2 * k + 1)) * (-1 if k & 1 else 1)
        power //= n * n
        k += 1
    return total - 2 * k - 4, total + 2 * k + 4


def _narrow(a: Interval, shift: int) -> Interval:
    return a[0] >> shift, up(a[1], shift)


@lru_cache(maxsize=64)
def log_two(p: int) -> Interval:
    """log 2 = 2 atanh(1/3)."""
    return _narrow(scaled(_atanh_inverse(3, p + GUARD), 2), GUARD)


@lru_cache(maxsize=64)
def pi(p: int) -> Interval:
    """The number pi = 16 atan(1/5) - 4 atan(1/239) (Machin)."""
    w = p + GUARD
    return _narrow(minus(scaled(_atan_inverse(5, w), 16), scaled(_atan_inverse(239, w), 4)), GUARD)


def exp_parts(x: int, p: int, bits: int) -> tuple[Interval, int]:
    """((low, high), k) with low 2^(k-bits) <= e^(x/2^p) <= high 2^(k-bits).

    x = k log 2 + r with k = floor(x / log 2) for an approximate log 2; if the low end of r is negative, k - 1 serves.
    That r lies in [0, 1) is checked.
    """
    w = max(bits + GUARD, p)
    size = max(0, x.bit_length() - p) + 8
    ln = log_two(w + size)
    argument = x << (w + size - p)
    k = argument // ln[1]
    r = minus((argument, argument), scaled(ln, k))
    if r[0] < 0:
        k, r = k - 1, plus(r, ln)
    low, high = r[0] >> size, up(r[1], size)
    if low < 0 or high >= 1 << w:
        raise ArithmeticError("argument reduction of exp went wrong")
    bottom = _exp_reduced(low, w)
    return _narrow((bottom[0], bottom[1] + 3 * (high - low)), w - bits), k  # e^r has a slope below 3


def exp(x: int, p: int) -> Interval:
    """e^x at precision p; the absolute error of a large result is that of its p leading bits."""
    if x == 0:
        return 1 << p, 1 << p
    if x >> p > MAX_ARGUMENT:
        raise ArithmeticError("an exponential beyond e^(2^20)")
    if x < -(p + 8) << p:
        return 0, 1  # e^-(p+8) < 2^-p
    (low, high), k = exp_parts(x, p, p + 8)
    shift = k - 8
    return (low << shift, high << shift) if shift >= 0 else _narrow((low, high), -shift)


def exp_rational(x: Fraction, bits: int = 800) -> tuple[Fraction, Fraction]:
    """Rational bounds of e^x with relative error about 2^-bits. Raises ArithmeticError beyond |x| = 2^20."""
    if abs(x) > 1 << 20:
        raise ArithmeticError("an exponential beyond e^(2^20)")
    found = []
    for upward in (False, True):
        scale = bits + 32
        number = -((-x.numerator << scale) // x.denominator) if upward else (x.numerator << scale) // x.denominator
        ends, k = exp_parts(number, scale, bits)
        found.append(Fraction(ends[1] if upward else ends[0]) * Fraction(2) ** (k - bits))
    return found[0], found[1]


def log(x: int, p: int) -> Interval:
    """log of x/2^p > 0: x = 2^k y with y in [3/4, 3/2), log y = 2 atanh(z), z = (y-1)/(y+1), |z| <= 1/5.

    z is a floor (1 ulp; atanh has slope < 1.05 there); each term of the series is off by < 3 ulp and the tail by
    < 2 ulp.
    """
    if x <= 0:
        raise ValueError("log of a number that is not positive")
    w = p + GUARD
    k = x.bit_length() - p
    y = x << (w - k) >> p if w - k >= p else x >> (p + k - w)  # in [1/2, 1), a floor: relative error 2 ulp
    if 4 * y < 3 << w:
        y, k = 2 * y, k - 1
    z = ((y - (1 << w)) << w) // (y + (1 << w))
    squared, power, total, n = z * z >> w, z, 0, 0
    while power not in (0, -1):
        total += power // (2 * n + 1)
        power = power * squared >> w
        n += 1
    error = 2 * (3 * n + 4) + 16
    return _narrow(plus((2 * total - error, 2 * total + error), scaled(log_two(w), k)), GUARD)


def sin_cos(x: int, p: int) -> tuple[Interval, Interval]:
    """(sin, cos) of x/2^p: x = k pi/2 + r, |r| < 1, Taylor series of r^2.

    r is known to its interval's width v (slopes at most 1: add v). The terms of both series are floors of magnitudes:
    each is off by < 2 ulp, the tails by < 2 ulp.
    """
    w = p + GUARD
    size = max(0, x.bit_length() - p) + 8
    half = pi(w + size - 1)  # pi/2 at precision w + size
    argument = x << (w + size - p)
    k = (2 * argument + half[0]) // (2 * half[0])
    r = minus((argument, argument), scaled(half, k))
    low, high = r[0] >> size, up(r[1], size)
    if max(-low, high) >= 1 << w:
        raise ArithmeticError("argument reduction of sin went wrong")
    slack = high - low
    squared = low * low >> w
    sine, cosine = _alternating(low, squared, w, 2, slack), _alternating(1 << w, squared, w, 1, slack)
    turned = [(sine, cosine), (cosine, (-sine[1], -sine[0])), ((-sine[1], -sine[0]), (-cosine[1], -cosine[0])),
              ((-cosine[1], -cosine[0]), sine)][k & 3]  # fmt: skip
    return _narrow(turned[0], GUARD), _narrow(turned[1], GUARD)


def _alternating(first: int, squared: int, w: int, index: int, slack: int) -> Interval:
    """first (1 - q/(i(i+1)) + ...) for q = ``squared``, a floor of the true square, and i = ``index``.

    Every term is off by < 3 ulp (its own floors, and q off by 1 ulp), the tail by < 2 ulp.
    """
    total, term, count = 0, abs(first), 0
    while term:
        total += -term if count & 1 else term
        term = (term * squared >> w) // (index * (index + 1))
        index += 2
        count += 1
    total = total if first >= 0 else -total
    error = 3 * count + 4 + slack
    return total - error, total + error


def atan(x: int, p: int) -> Interval:
    """The arc tangent of x/2^p: a(x) = 2 a(x / (1 + root(1 + x^2))) three times, then the Taylor series.

    After three halvings |y| <= tan(pi/16) < 0.2. y is an interval of width v (slope at most 1: add v); each series term
    is off by < 3 ulp, the tail by < 2 ulp; everything times 8.
    """
    if x < 0:
        low, high = atan(-x, p)
        return -high, -low
    w = p + GUARD
    if x >> (2 * p):  # x >= 2^p: pi/2 - 1/x <= atan x <= pi/2
        quarter = _narrow(pi(w), 1)
        return _narrow((quarter[0] - (1 << GUARD), quarter[1]), GUARD)
    y: Interval = (x << GUARD, x << GUARD)
    one = 1 << w
    for _ in range(3):
        root = square(y, w)
        root = isqrt((root[0] + one) << w), isqrt((root[1] + one) << w) + 1
        y = divided(y, (root[0] + one, root[1] + one), w)
    low, width = y[0], y[1] - y[0]
    squared, power, total, n = low * low >> w, low, 0, 0
    while power:
        total += (power // (2 * n + 1)) * (-1 if n & 1 else 1)
        power = power * squared >> w
        n += 1
    error = 3 * n + 4
    return _narrow((8 * (total - error), 8 * (total + error + width)), GUARD)


@lru_cache(maxsize=64)
def root_of_pi(p: int) -> Interval:
    """The square root of pi."""
    low, high = pi(p + 8)
    return isqrt(low << (p + 8)) >> 8, (isqrt(high << (p + 8)) + 1 >> 8) + 1


def erf_series(y: int, w: int, extra: int) -> Interval:
    """sum t_n, t_n = 2^n x^(2n+1) / (2n+1)!!, n = 0, 1, ..., for x = y/2^w >= 0; e^{x^2} <= 2^(extra - 46).

    Let r_n = 2x^2/(2n + 3), so that t_{n+1} = r_n t_n. The doubled square is a floor (1 ulp), the product too (1 ulp,
    divided by 2n + 3), and the quotient: t_n is too small by at most e_n ulp with

        e_0 = 0,    e_{n+1} <= e_n r_n + (t_n + 1)/(2n + 3) + 1.

    What is lost at step m arrives at n > m times r_{m+1} ... r_{n-1} = t_n/t_{m+1}. The part t_m/(2m + 3) =
    t_{m+1}/(2x^2) becomes t_n/(2x^2), n times for m < n, and n t_n <= x^2 t_{n-1}: summed over n it is at most half of
    sum t_n = (sqrt pi/2) e^{x^2} erf x, below 0.45 e^{x^2}. The rest is below 2 per step, and the products of ratios
    are at most x^2k/k! <= e^{x^2}, k = n - 1 - m, as r_j <= x^2/(j + 1): below N^2 e^{x^2} over m < n < N. The loop
    ends before a term t_N that is computed as 0, hence t_N <= e_N <= (2N + 1) e^{x^2}, and not before 2N + 3 >= 4x^2,
    from where on ratios are at most 1/2: the tail is at most 2 t_N. In all less than (N + 3)^2 e^{x^2}.
    """
    doubled, term, total, n = 2 * y * y >> w, y, 0, 0
    while term or (2 * n + 3) << w < 2 * doubled:
        total += term
        n += 1
        term = (term * doubled >> w) // (2 * n + 1)
    return total, total + ((n + 3) ** 2 << (extra - 46))


def erf(x: int, p: int) -> Interval:
    """erf of x/2^p = (2/sqrt pi) e^{-x^2} sum t_n with the sum of `erf_series`.

    Far out 1 - e^{-x^2} <= erf x <= 1 (as erfc x <= e^{-x^2} for x >= 0) is enough. Elsewhere the sum is carried with
    48 bits more than e^{x^2} < 2^(2 floor(x^2) + 2) needs.
    """
    if x < 0:
        low, high = erf(-x, p)
        return -high, -low
    one = 1 << p
    if x * x >> (2 * p) > p:  # e^{-x^2} < 2^-p
        return one - 2, one
    extra = 2 * (x * x >> (2 * p)) + 48
    w = p + extra
    y = x << extra
    ends = erf_series(y, w, extra)
    decay = exp(-y * y >> w, w), exp(-(y * y >> w), w)
    found = times(ends, (min(decay[0][0], decay[1][0]), max(decay[0][1], decay[1][1])), w)
    low, high = divided(scaled(found, 2), root_of_pi(w), w)
    return max(low >> extra, 0), min(up(high, extra), one)
