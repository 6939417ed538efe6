"""kernels/exponential.py: |E - e^-a| <= 2.5 u e^-a for 0 <= a <= 708, step by step. Arb decides every inequality.

Notation of that docstring: c = ln 2/64, n the integer, rho = a - n c, r the computed remainder, u = 2^-53.

1. n: fl(a inverse) is off by a relative 2.1u of a/c <= 65373; adding 1.5 2^52 rounds to a nearest integer (the sum lies
   in [2^52, 2^53), where floats are the integers). So |rho| <= (0.5 + 2^-35) c < 0.00542.
2. n high is exact: n < 2^16 and high = (an integer below 2^36) 2^-42. The other four steps give |r - rho| <= 0.012u.
3. q for e^-rho - 1: the Taylor remainder |rho|^7/7! e^|rho| (Lagrange), and Horner's rule with stored coefficients in
   floating.py's arithmetic, |q - (e^-rho - 1)| <= 0.024u; one ball holds all rho.
4. T = 2^(-j/64) up to u; fl(fl(T q) + T) relative to T e^-rho: at most 2.04u, called 2.5u.
5. 2^-(n >> 6): n = 64 m + j, m <= 1021, e^-a = 2^-m T e^-rho. The result is normal: e^-708 (1 - 2.5u) > 2^-1022; the
   exponent's bits are those of 1023 - m modulo 2^12 (integer arithmetic modulo 2^64, all m).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flint import arb

from saturode_verify.kernels import exponential as kernel
from saturode_verify.rigor.balls import dyadic, exact, precision

from .activations import require
from .floating import UNIT, Rounded, constant, largest, relative

BITS = 200
COEFFICIENTS = (-120, 24, -6, 2, -1)
"""1/k of the coefficients of Horner's rule after the first one, 1/720."""


def cell() -> arb:
    """c."""
    return arb(2).log() / 64


def reach() -> arb:
    """The bound of |rho|."""
    return (arb(1) / 2 + dyadic(1, -35)) * cell()


def reduction() -> Iterator[str]:
    """Steps 1 and 2; the stored constants are checked again."""
    inverse, high, low, powers = kernel._reduction()
    c, top = cell(), exact(kernel.EXP_DOMAIN) / cell()
    near = relative(UNIT, UNIT)
    require(bool(abs(exact(inverse) - 1 / c) <= UNIT / c), "inverse is 1/c up to u")
    require(bool(top < 65373) and bool(near < arb("2.1") * UNIT), "a/c <= 65373, off by 2.1u")
    require(bool(top * arb("2.1") * UNIT < dyadic(1, -35)), "n is a nearest integer of a/c up to 2^-35")
    require(kernel._MAGIC == 1.5 * 2**52 and bool(top + 1 < 2**50), "the sum lies in [2^52, 2^53)")
    yield "n is an integer within 0.5 + 2^-35 of a/c, 0 <= n < 2^16 [Arb]"
    require(bool(reach() < arb("0.00542")), "|rho| < 0.00542")
    integer = high * 2.0**42
    require(integer == int(integer) < 2**36 and 65374 < 2**16, "n high has 52 bits: it is exact")
    require(bool(abs(exact(low) - (c - exact(high))) <= UNIT * (c - exact(high))), "low is c - high up to u")
    yield "|rho| <= (0.5 + 2^-35) c < 0.00542, and n high is exact [Arb]"
    for j, power in enumerate(powers.tolist()):
        wanted = (-c * j).exp()
        require(bool(abs(exact(power) - wanted) <= UNIT * wanted), f"powers[{j}] is 2^(-{j}/64) up to u")
    yield "the 64 powers 2^(-j/64) are stored up to u [Arb]"


def remainder_error(claimed: str = "0.012") -> str:
    """Step 2: r = fl(fl(a - n high) - fl(n low)); a - n high = rho + n (c - high)."""
    part = dyadic(1, 16) * dyadic(1, -42)
    low = relative(UNIT, UNIT) * part  # fl(n low) against n (c - high)
    first = UNIT * (reach() + part)
    last = UNIT * (reach() + first + low)
    bound = arb(claimed) * UNIT
    require(
        bool(first <= arb("0.00543") * UNIT) and bool(last <= arb("0.00543") * UNIT), "two differences, 0.00543u each"
    )
    require(bool(first + low + last <= bound), f"|r - rho| <= {claimed}u")
    return f"|r - rho| <= {claimed}u [Arb]"


def horner(coefficients: Sequence[int] = COEFFICIENTS) -> Rounded:
    """The kernel's q: the exact value of the polynomial at rho, with a bound of what rounding and r - rho add."""
    r = Rounded(arb(0, reach()), arb("0.012") * UNIT)
    q = r * _stored(720)
    q = q + _stored(coefficients[0])
    for denominator in coefficients[1:]:
        q = q * r
        q = q + _stored(denominator)
    return q * r


def _stored(denominator: int) -> Rounded:
    """The float for 1/denominator: exact for a power of two."""
    size = abs(denominator)
    return Rounded(arb(1) / denominator) if size & (size - 1) == 0 else constant(arb(1) / denominator)


def polynomial(coefficients: Sequence[int] = COEFFICIENTS, claimed: str = "0.024") -> Iterator[str]:
    """Step 3; the coefficients are those of e^-rho - 1: (-1)^k/k!."""
    wanted, factorial = [], 720
    for k in (5, 4, 3, 2, 1):
        factorial //= k + 1
        wanted.append((-1) ** k * factorial)
    require(list(coefficients) == wanted, "the coefficients are (-1)^k/k!, k = 6..1")
    size = reach()
    truncation = size**7 / 5040 * size.exp()
    require(bool(truncation <= arb("0.0003") * UNIT), "the Taylor remainder is at most 0.0003u")
    yield "|e^-rho - 1 - polynomial| <= |rho|^7/7! e^|rho| <= 0.0003u [Arb]"
    total = horner(coefficients).error + truncation
    require(bool(total <= arb(claimed) * UNIT), f"|q - (e^-rho - 1)| <= {claimed}u")
    yield f"|q - (e^-rho - 1)| <= {claimed}u [Arb]"


def result(claimed: str = "2.04") -> str:
    """Step 4: with T^ = T (1 + e) computed is T^ (1 + q^ (1 + e'))(1 + e''), and 1 + q = e^-rho."""
    size = reach()
    off = arb("0.024") * UNIT
    product = off + UNIT * (largest(size.exp() - 1) + off)
    total = relative(UNIT, product / (-size).exp(), UNIT)
    require(bool(total <= arb(claimed) * UNIT), f"|E - e^-a| <= {claimed}u e^-a")
    require(bool(arb(claimed) * UNIT <= exact(kernel.EXP_ERROR)), "EXP_ERROR is larger")
    return f"|fl(T + fl(T q)) - T e^-rho| <= {claimed}u T e^-rho: EXP_ERROR = 2.5u [Arb]"


def scaling() -> str:
    """Step 5."""
    c = cell()
    largest_shift = 65373 >> 6
    require(bool(exact(kernel.EXP_DOMAIN) / c + 1 < 64 * (largest_shift + 1)), "n >> 6 is at most 1021")
    require(bool((-exact(kernel.EXP_DOMAIN)).exp() * (1 - 3 * UNIT) > dyadic(1, -1022)), "E is normal")
    magic = 0x4338000000000000
    require(float(magic - (0x433 << 52) + 2**52) == kernel._MAGIC, "the bits of 1.5 2^52")
    for m in range(largest_shift + 1):
        bits = ((1023 - ((magic + 64 * m + 63) >> 6)) << 52) % 2**64
        require(bits == (1023 - m) << 52 and 1 <= 1023 - m <= 2046, f"the factor is 2^-{m}")
    return f"the factor is exactly 2^-(n >> 6), n >> 6 <= {largest_shift}, and E is normal [Arb, integers]"


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    with precision(BITS):
        yield from reduction()
        yield remainder_error()
        yield from polynomial()
        yield result()
        yield scaling()
