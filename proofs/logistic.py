"""kernels/logistic.py: the errors of tanh, sigmoid and silu, each "at most X u, called Y u", over the whole line.

tanh and sigmoid are functions of E = e^-a alone: bisection over E in [0, 1]. silu has z and E = e^-|z|: bisection over
|z| in [0, 1024], which includes everything up to the cut at 708. Signs do not matter, by symmetry. The kernels'
programs are written out in floating.py's arithmetic, with the gate of gates.py; the numbers proved are the constants
that the kernels use. Relative ones are compared with the exact weight w or p: `_relative` then covers the rounding of
the error itself, (1 + 16u)(1 - 9u)(1 - u)^3 >= 1.

Beyond the cut: |z|^2 e^-|z| decreases for |z| > 2 and is below 2^-1000 at 708, less than any spare part of u.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flint import arb

from saturode_verify.rigor.balls import dyadic, precision

from .activations import require
from .bisection import on_interval
from .floating import UNIT, Rounded, largest, relative
from .gates import Gate, divided, gate, shift

BITS = 120
Bound = tuple[str, str, str]
"""(name, relative to the weight, absolute), in u."""

TANH = {"t": "4.5", "w": "9", "tw": "28", "third": "108"}
TANH_MOST = {"w": "9", "tw": "16", "third": "36"}
SIGMOID = {"value": "4", "p": "9", "pt": "14", "third": "26"}
SIGMOID_MOST = {"p": "3", "pt": "3", "third": "7"}
SILU = {"value": "8", "first": "8", "second": "8", "third": "14"}


def units(text: str) -> arb:
    """So many u."""
    return arb(text) * UNIT


def over_gates(holds: Callable[[Gate], bool], statement: str) -> str:
    """Prove a property of the gate for all E in [0, 1]."""
    cells = on_interval(lambda e: holds(gate(e)), 0.0, 1.0, statement)
    return f"{statement} [Arb, {cells} cells]"


def weighted(weight: arb, weight_relative: arb, factor: Callable[[Gate], Rounded], g: Gate) -> tuple[arb, arb]:
    """Errors of fl(factor weight) relative to the weight, and absolute."""
    q = factor(g)
    # |fl(q^ w^) - q w| <= w ((|q| + dq)(1 + e)(1 + u) - |q|), written without cancellation.
    size = largest(q.value)
    share = q.error + (size + q.error) * relative(weight_relative, UNIT)
    return share, share * largest(weight)


def prove_weighted(
    name: str, scale: int, factor: Callable[[Gate], Rounded], share: str, most: str, extra: int = 0
) -> Iterator[str]:
    """Both constants of a derivative ``factor`` times the weight w = scale p."""

    def errors(g: Gate) -> tuple[arb, arb]:
        found, whole = weighted(scale * g.p, g.p_relative, factor, g)
        return found * 2**extra, whole * 2**extra

    yield over_gates(lambda g: bool(errors(g)[0] <= units(share)), f"{name} is off by at most {share}u w, 0 <= E <= 1")
    yield over_gates(lambda g: bool(errors(g)[1] <= units(most)), f"{name} is off by at most {most}u, 0 <= E <= 1")


def prove_tanh(claims: dict[str, str] = TANH, most: dict[str, str] = TANH_MOST) -> Iterator[str]:
    """t, w = 4p, -2tw and w (6t^2 - 2)."""
    yield over_gates(lambda g: g.t.within(units(claims["t"])), f"tanh: t is off by at most {claims['t']}u")
    yield over_gates(lambda g: bool(g.p_relative <= units(claims["w"])), f"tanh': w is off by at most {claims['w']}u w")
    yield over_gates(
        lambda g: bool(4 * g.p_relative * largest(g.p) <= units(most["w"])), f"tanh': and at most {most['w']}u"
    )
    yield from prove_weighted("tanh''", 4, lambda g: g.t, claims["tw"], most["tw"], extra=1)
    yield from prove_weighted("tanh'''", 4, _tanh_bracket, claims["third"], most["third"])


def _tanh_bracket(g: Gate) -> Rounded:
    return g.t * g.t * 6 - 2


def prove_sigmoid(claims: dict[str, str] = SIGMOID, most: dict[str, str] = SIGMOID_MOST) -> Iterator[str]:
    """(1 + t)/2 for t of either sign, p, -pt, p (1 - 6p)."""
    for sign in (1, -1):
        statement = f"sigma is off by at most {claims['value']}u, z of sign {sign}"
        yield over_gates(lambda g, s=sign: _half(g, s).within(units(claims["value"])), statement)
    yield over_gates(lambda g: bool(g.p_relative <= units(claims["p"])), f"sigma' is off by at most {claims['p']}u p")
    yield over_gates(lambda g: g.density.within(units(most["p"])), f"sigma' is off by at most {most['p']}u")
    yield from prove_weighted("sigma''", 1, lambda g: g.t, claims["pt"], most["pt"])
    yield from prove_weighted("sigma'''", 1, lambda g: g.density * -6 + 1, claims["third"], most["third"])


def _half(g: Gate, sign: int) -> Rounded:
    return ((g.t if sign > 0 else -g.t) + 1).times_power_of_two(-1)


def prove_silu(claims: dict[str, str] = SILU) -> Iterator[str]:
    """The four orders; z >= 0 and E = e^-z, the value also for z < 0."""

    def over(holds: Callable[[arb, Gate], bool], statement: str) -> str:
        cells = on_interval(lambda z: holds(z, gate((-z).exp())), 0.0, 1024.0, statement)
        return f"{statement} [Arb, {cells} cells]"

    yield over(
        lambda z, g: _value_share() <= units(claims["value"]), f"silu is off by at most {claims['value']}u |silu|"
    )
    for sign in (1, -1):
        yield over(
            lambda z, g, s=sign: (_half(g, s) + _signed(z, s) * g.density).within(units(claims["first"])),
            f"silu' is off by at most {claims['first']}u, z of sign {sign}",
        )
    yield over(
        lambda z, g: ((2 - Rounded(z) * g.t) * g.density).within(units(claims["second"])),
        f"silu'' is off by at most {claims['second']}u",
    )
    yield over(
        lambda z, g: (((g.density * -6 + 1) * Rounded(z) - g.t * 3) * g.density).within(units(claims["third"])),
        f"silu''' is off by at most {claims['third']}u",
    )


def _signed(z: arb, sign: int) -> Rounded:
    return Rounded(sign * z)


def _value_share() -> arb:
    """max(z, 0) - fl(fl(E r) |z|), relative to |silu|: |z| E r is at most |silu|, its factor E r = E/(1+E).

    (E d/dE) log(E/(1+E)) = 1/(1+E) <= 1. The error is reported as 8u of the computed value, with three roundings.
    """
    product = relative(-(1 - shift()).log() * (1 + 4 * UNIT), divided(), UNIT, UNIT)
    whole = product + UNIT * (1 + product)
    return whole / (1 - whole) / (1 - UNIT) ** 3


def tails() -> Iterator[str]:
    """Beyond the cut, and the rounding of relative errors."""
    cut = arb(708)
    require(bool(710**2 * (-cut).exp() < dyadic(1, -1000)), "710^2 e^-708 < 2^-1000")
    require(bool(2 * (-cut).exp() < dyadic(1, -1020)), "2 e^-708 < 2^-1020")
    require(bool((-cut).exp() < dyadic(1, -1018)), "p < 2^-1018 beyond the cut")
    require(bool(cut * (-cut).exp() < dyadic(1, -1010)), "708 e^-708 < 2^-1010")
    yield "beyond the cut at 708: 2 e^-708 < 2^-1020, 708 e^-708 < 2^-1010, 710^2 e^-708 < 2^-1000 [Arb]"
    require(bool((1 + 16 * UNIT) * (1 - 9 * UNIT) * (1 - UNIT) ** 3 > 1), "_relative covers its own rounding")
    yield "(1 + 16u)(1 - 9u)(1 - u)^3 > 1: relative errors are reported with the computed weight [Arb]"


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    with precision(BITS):
        yield from prove_tanh()
        yield from prove_sigmoid()
        yield from prove_silu()
        yield from tails()
