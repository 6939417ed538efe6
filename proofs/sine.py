"""kernels/sine.py: sin and cos for |x| <= 2^20 are off by at most 6u; the test for extrema of `SinShape`. Arb decides.

1. n: fl(x inverse) is off by a relative 2.1u of |x|/pi <= 2^20/pi; so n is within 0.5 + 2^-32 of x/pi, |n| < 2^19.
2. n high and n middle are exact (32 + 19 bits). x - n high is exact: for n != 0, |x| >= 1 is a multiple of 2^-52, n
   high one of 2^-30, and their difference is below 2. Then fl(. - n middle), fl(n rest), fl(. - .): |r - r*| <= 3.2u,
   |r*| <= (0.5 + 2^-32) pi < 1.571.
3. d = r - j/64 is exact (table.py) and |d| <= 1/128; |j| <= 101 as 64 . 1.571 < 100.6.
4. cos d - 1 and sin d by three terms: remainders d^8/8!, d^7/7! (Lagrange) below 0.004u together; the program in
   floating.py's arithmetic, one ball for d and balls for S, C = sin, cos of the node, stored up to u.
5. Altogether at most 6u: r - r* moves sin by at most 3.2u.
6. SinShape: m, h in units of 2 pi and m + phase lose at most 16u (|m| + h + 1).
"""

from __future__ import annotations

from collections.abc import Iterator

from flint import arb

from saturode_verify.kernels import sine as kernel
from saturode_verify.rigor.balls import dyadic, exact, precision

from .activations import require
from .floating import UNIT, Rounded, constant, largest, relative

BITS = 200


def units(text: str) -> arb:
    """So many u."""
    return arb(text) * UNIT


def reduction(claimed: str = "3.2") -> Iterator[str]:
    """Steps 1 to 3."""
    inverse, (high, middle, rest), _, _ = kernel._constants()
    pi, domain = arb.pi(), exact(kernel.SINE_DOMAIN)
    require(bool(abs(exact(inverse) - 1 / pi) <= UNIT / pi), "inverse is 1/pi up to u")
    require(bool(relative(UNIT, UNIT) * domain / pi < dyadic(1, -32)), "fl(x/pi) is off by at most 2^-32")
    require(bool(domain / pi + 1 < 2**19), "|n| < 2^19")
    yield "n is an integer within 0.5 + 2^-32 of x/pi, |n| < 2^19 [Arb]"
    for part, places in ((high, 30), (middle, 62)):
        integer = part * 2.0**places
        require(integer == int(integer) and 0 < integer < 2**32, "n high and n middle have at most 51 bits")
    after_high, after_middle = pi - exact(high), pi - exact(high) - exact(middle)
    require(bool(abs(exact(rest) - after_middle) <= UNIT * after_middle), "rest is stored up to u")
    reach, most = (arb(1) / 2 + dyadic(1, -32)) * pi, dyadic(1, 19)
    require(bool(reach < arb("1.571")), "|r*| < 1.571")
    require(bool(reach + most * after_high < 2), "x - n high is below 2, a multiple of 2^-52: exact")
    require(bool((arb(1) / 2 - dyadic(1, -32)) * pi > 1), "n != 0 only for |x| > 1")
    yield "n high, n middle and x - n high are exact; |r*| < 1.571 [Arb]"
    small = most * after_middle
    first = UNIT * (reach + small)
    product = relative(UNIT, UNIT) * small
    total = first + product + UNIT * (reach + first + product)
    require(bool(total <= units(claimed)), f"|r - r*| <= {claimed}u")
    require(bool(64 * (reach + total) < arb("100.6")) and kernel._NODES == 101, "|j| <= 101")
    yield f"|r - r*| <= {claimed}u and |j| <= 101 [Arb]"


def nodes() -> str:
    """The stored sines and cosines."""
    _, _, sines, cosines = kernel._constants()
    for index, (s, c) in enumerate(zip(sines.tolist(), cosines.tolist(), strict=True)):
        y = arb(index - kernel._NODES) / 64
        require(bool(abs(exact(s) - y.sin()) <= UNIT * abs(y.sin())), "sines are stored up to u")
        require(bool(abs(exact(c) - y.cos()) <= UNIT * abs(y.cos())), "cosines are stored up to u")
    return "sin and cos of j/64, |j| <= 101, are stored up to u [Arb]"


def values(claimed: str = "6", cosine: tuple[int, int] = (-720, 24)) -> Iterator[str]:
    """Steps 4 and 5; ``cosine``: 1/coefficient of d^6 and d^4."""
    require(cosine == (-720, 24), "cos d - 1 = -d^2/2 + d^4/24 - d^6/720 + ...")
    reach = arb(1) / 128
    d = Rounded(arb(0, reach))
    square = Rounded(arb(0).union(reach * reach), UNIT * reach * reach)
    less = (
        (square * constant(arb(1) / cosine[0]) + constant(arb(1) / cosine[1])) * square - Rounded(arb(1) / 2)
    ) * square
    small = (square * constant(arb(1) / 120) - constant(arb(1) / 6)) * square * d + d
    truncation = (reach**8 / 40320, reach**7 / 5040)
    require(bool(truncation[0] + truncation[1] <= units("0.004")), "both remainders are below 0.004u")
    less = Rounded(less.value + arb(0, truncation[0]), less.error + truncation[0])
    small = Rounded(small.value + arb(0, truncation[1]), small.error + truncation[1])
    node = Rounded(arb(0, 1), UNIT)
    bracket = node * less + node * small
    require(bool(bracket.error <= units("0.05")), "the bracket is off by at most 0.05u")
    yield "S (cos d - 1) + C sin d is off by at most 0.05u, remainders included [Arb]"
    # The sum is sin r, at most 1 in size, so its rounding costs u (1 + error).
    total = units("3.2") + bracket.error + UNIT
    total += UNIT * (1 + total)
    require(bool(total <= units(claimed)), f"sin and cos are off by at most {claimed}u")
    require(bool(largest(bracket.value) < arb("0.008")), "the bracket is small")
    yield f"sin and cos are off by at most 3.2u + 0.05u + u + u <= {claimed}u [Arb]"


def extrema(claimed: int = 16) -> str:
    """Step 6. An integer N with |m + q - N| <= h must be found.

    m and h are off by four roundings (1/(2 pi), |slope| 0.159..., the sum of halves, the product), relatively; m + q by
    one more, and its distance from the nearest integer, which is not farther than N, is exact. So the computed
    distance is at most h^ + off (h^ + |m^|)/(1 - off) + u (|m^| + 1); the widened half width is at least
    h^ + slack less u (h^ + slack), where slack is computed with three roundings.
    Compared coefficient by coefficient of |m^|, h^ and 1.
    """
    per_unit = 0.15915494309189535
    require(bool(abs(exact(per_unit) * 2 * arb.pi() - 1) <= UNIT), "0.159... is 1/(2 pi) up to u")
    off = relative(UNIT, UNIT, UNIT, UNIT)
    slack = claimed * UNIT * (1 - UNIT) ** 4
    lost = off / (1 - off) + UNIT
    require(bool(lost <= slack), f"SinShape loses less than {claimed}u (|m| + h + 1)")
    return f"SinShape: all roundings together are below {claimed}u (|m| + h + 1) [Arb]"


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    with precision(BITS):
        yield from reduction()
        yield nodes()
        yield from values()
        yield extrema()
