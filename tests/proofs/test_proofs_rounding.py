"""Bisection and rounding proofs: constants that are too small are not proved, and the arithmetic is a bound."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import pairwise

import pytest
from flint import arb

from proofs import exponential, floating, gates, logistic, neurons, rounding, sensitivity, sine, tabulated
from proofs.activations import Unproved
from proofs.bisection import on_box, on_interval
from proofs.floating import UNIT, Rounded
from saturode_verify.kernels.base import Sensitivity
from saturode_verify.kernels.logistic import SiLUFormula, TanhFormula
from saturode_verify.kernels.tabulated import ArctanFormula, GELUFormula
from saturode_verify.rigor.balls import exact, precision, rational

TANH, MOST = logistic.TANH, logistic.TANH_MOST


def lowered(pairs: Sensitivity, order: int, value: float) -> Sensitivity:
    """The same constants with another A at one order."""
    changed = [(value, b) if k == order else (a, b) for k, (a, b) in enumerate(pairs)]
    return changed[0], changed[1], changed[2], changed[3]


FALSE: dict[str, Callable[[], str | Iterable[str]]] = {
    "product_error 1.01 (n + 6) called 0.99": lambda: rounding.product_error(0.99),
    "inflate with 2n + 30": lambda: rounding.inflate(2, 30),
    "ETA 2^-903": lambda: rounding.underflow(-903),
    "scaled: 8u for ten roundings": lambda: rounding.scaled(spare=8),
    "scaled: 1u for two roundings": lambda: rounding.scaled(own=1),
    "hull: 2u": lambda: rounding.hull(2),
    "powers: (m + 6) u": lambda: rounding.powers(slope=1),
    "elu: 4u": lambda: rounding.elu(value=4),
    "elu: 3u": lambda: rounding.elu(slope=3),
    "|r - rho| <= 0.01u": lambda: exponential.remainder_error("0.01"),
    "exp by five terms": lambda: exponential.polynomial((-120, 24, -6, 2, 1)),
    "q to 0.02u": lambda: exponential.polynomial(claimed="0.02"),
    "exp to 2.02u": lambda: exponential.result("2.02"),
    "tanh to 3.9u": lambda: logistic.prove_tanh(TANH | {"t": "3.9"}),
    "tanh' to 8u w": lambda: logistic.prove_tanh(TANH | {"w": "8"}),
    "tanh'' to 26u w": lambda: logistic.prove_tanh(TANH | {"tw": "26"}),
    "tanh''' to 90u w": lambda: logistic.prove_tanh(TANH | {"third": "90"}),
    "tanh''' to 20u": lambda: logistic.prove_tanh(most=MOST | {"third": "20"}),
    "sigma to 2.5u": lambda: logistic.prove_sigmoid(logistic.SIGMOID | {"value": "2.5"}),
    "sigma'' to 13u p": lambda: logistic.prove_sigmoid(logistic.SIGMOID | {"pt": "13"}),
    "sigma''' to 2u": lambda: logistic.prove_sigmoid(most=logistic.SIGMOID_MOST | {"third": "2"}),
    "silu to 7u": lambda: logistic.prove_silu(logistic.SILU | {"value": "7"}),
    "silu' to 4u": lambda: logistic.prove_silu(logistic.SILU | {"first": "4"}),
    "silu'' to 4u": lambda: logistic.prove_silu(logistic.SILU | {"second": "4"}),
    "silu''' to 6u": lambda: logistic.prove_silu(logistic.SILU | {"third": "6"}),
    "softplus: 1.2u": lambda: tabulated.softplus("1.2"),
    "Horner without second order": lambda: tabulated.horner("0"),
    "gelu': 1.1u": lambda: tabulated.gelu_low_orders("1.1"),
    "gelu'' to 5u": lambda: tabulated.gelu_high_orders(tabulated.GELU | {"second": "5"}),
    "gelu''' to 6u": lambda: tabulated.gelu_high_orders(tabulated.GELU | {"third": "6"}),
    "arctan to 2.5u": lambda: tabulated.arctan_value("2.5"),
    "arctan' to 2.9u": lambda: tabulated.arctan_derivatives(tabulated.ARCTAN | {"first": "2.9"}),
    "arctan'' to 5u": lambda: tabulated.arctan_derivatives(tabulated.ARCTAN | {"second": "5"}),
    "arctan''' to 22u": lambda: tabulated.arctan_derivatives(tabulated.ARCTAN | {"third": "22"}),
    "sine: |r - r*| <= 3u": lambda: sine.reduction("3"),
    "sine to 5u": lambda: sine.values("5"),
    "sine with d^4/23": lambda: sine.values(cosine=(-720, 23)),
    "SinShape with 4u": lambda: sine.extrema(4),
    "|tanh''| <= w": lambda: sensitivity.tanh_quotients((1, 1, 4, 16)),
    "tanh: |y s'| <= 0.7": lambda: sensitivity.logistic_family(tanh=lowered(TanhFormula.sensitivity, 0, 0.7)),
    "silu: |y s''| <= 1.2": lambda: sensitivity.logistic_family(silu=lowered(SiLUFormula.sensitivity, 1, 1.2)),
    "gelu: |y s'''| <= 0.7": lambda: sensitivity.gelu(lowered(GELUFormula.sensitivity, 2, 0.7)),
    "arctan: |y s'| <= 0.49": lambda: sensitivity.arctan(lowered(ArctanFormula.sensitivity, 0, 0.49)),
    "arctan: |y s''''| <= 1": lambda: sensitivity.arctan(lowered(ArctanFormula.sensitivity, 3, 1.0)),
    "reach: 2u": lambda: neurons.reach(1),
    "Taylor: 8u on the radius": lambda: neurons.taylor(radius=8),
    "Taylor: 3u on the data": lambda: neurons.taylor(data=3),
    "monotone: 5u on the radius": lambda: neurons.monotone(radius=5),
    "constant: 2u": lambda: neurons.constant(2),
}


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_is_not_proved(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Fewer cells: a false inequality leaves one cell after another undecided around the point where it fails.
    monkeypatch.setattr("proofs.bisection.MOST_CELLS", 500)
    # The constants as such, not what the package has stored for them.
    monkeypatch.setattr(rounding.rounding, "product_error", lambda n: 0.99 * (n + 6) * 2.0**-53)
    monkeypatch.setattr(rounding.rounding, "inflate", lambda n: 1 + (2 * n + 30) * 2.0**-53)
    with precision(160), pytest.raises(Unproved):
        list(FALSE[name]())


def test_stored_constants_are_read_from_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounding.rounding, "ETA", 2.0**-901)
    with pytest.raises(Unproved, match="ETA"):
        rounding.underflow()
    monkeypatch.setattr(exponential.kernel, "EXP_ERROR", 2.0 * 2.0**-53)
    with precision(160), pytest.raises(Unproved, match="EXP_ERROR"):
        exponential.result()


def test_bisection_decides_for_every_point() -> None:
    assert on_interval(lambda x: bool(x * (1 - x) < arb(0.26)), 0.0, 1.0, "x (1 - x) < 0.26") > 1
    with pytest.raises(Unproved, match=r"0\.25"):  # attained at 1/2 only
        on_interval(lambda x: bool(x * (1 - x) < arb(0.25)), 0.0, 1.0, "x (1 - x) < 0.25")
    with pytest.raises(Unproved):  # fails on an interval of length 2^-40
        on_interval(lambda x: bool(abs(x - arb(0.3)) > arb(2) ** -40), 0.0, 1.0, "misses a spot")
    assert on_box(lambda cell: bool(cell[0] * cell[1] < arb(1.01)), [(0.0, 1.0), (0.0, 1.0)], "x y < 1.01")
    with pytest.raises(Unproved):
        on_box(lambda cell: bool(cell[0] + cell[1] < arb(1.99)), [(0.0, 1.0), (0.0, 1.0)], "fails in one corner")


def test_bisection_covers_the_interval() -> None:
    seen: list[tuple[Fraction, Fraction]] = []

    def small(cell: arb) -> bool:
        if cell.rad() > arb(0.03):
            return False
        seen.append((rational(cell.lower()), rational(cell.upper())))
        return True

    on_interval(small, -1.0, 2.0, "cells are small")
    seen.sort()
    assert seen[0][0] <= -1 and seen[-1][1] >= 2
    assert all(left[1] >= right[0] for left, right in pairwise(seen))


def test_rounded_arithmetic_bounds_float64() -> None:
    # (0.1 + 0.2) * 0.3 - 1/64 in float64, against exact rational arithmetic on the decimal values.
    numbers = [Fraction(1, 10), Fraction(2, 10), Fraction(3, 10)]
    with precision(200):
        a, b, c = (floating.constant(arb(x.numerator) / x.denominator) for x in numbers)
        found = (a + b) * c - Rounded(arb(1) / 64)
        computed = (0.1 + 0.2) * 0.3 - 1 / 64
        assert abs(exact(computed) - found.value) <= found.error
        assert found.error < 4 * UNIT


def test_the_gate_bounds_float64() -> None:
    # E moved by its whole allowance 2.5u (times 1 - 2^-10 to stay inside), in exact arithmetic: t and p stay in bounds.
    for grown in (Fraction(1, 1000), Fraction(1, 3), Fraction(9, 10), Fraction(1)):
        moved = grown * (1 + Fraction(5, 2**54) * (1 - Fraction(1, 2**10)))
        with precision(200):
            cell = gates.gate(arb(grown.numerator) / grown.denominator)
            for value in ((1 - moved) / (1 + moved), -(1 - moved) / (1 + moved)):
                distance = abs(abs(arb(value.numerator) / value.denominator) - cell.t.value)
                assert distance <= cell.t.error
            density = moved / (1 + moved) ** 2
            assert abs(arb(density.numerator) / density.denominator / cell.p - 1) <= cell.p_relative
            assert cell.t.error <= 4.5 * UNIT and cell.p_relative <= 9 * UNIT
