"""Multipliers of z' = (Lambda + E(theta)) z against the true ones, which are known for constant E."""

from __future__ import annotations

import numpy as np
import pytest
from flint import acb, arb

from saturode_verify.orbit.contraction import Radii
from saturode_verify.orbit.floquet import multipliers, perturbation
from saturode_verify.orbit.frame import FrameBounds
from saturode_verify.orbit.proposal import Frame
from saturode_verify.orbit.tube import TubeBounds

SEEDS = range(40)


def _frame(exponents: list[complex], kinds: list[str] | None = None) -> Frame:
    names = kinds or ["trivial", *("periodic" if e.imag == 0 else "complex" for e in exponents[1:])]
    return Frame((), tuple(acb(e.real, e.imag) for e in map(complex, exponents)), tuple(names))


def _errors(matrix: np.ndarray) -> list[list[arb]]:
    return [[arb(float(abs(x)) * (1 + 1e-12) + 1e-300) for x in row] for row in matrix]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("size", [1e-9, 1e-4, 1e-2])
def test_constant_perturbations(seed: int, size: float) -> None:
    """For constant E the multipliers are e^{2 pi eigenvalue(Lambda + E)}: each disc set holds as many as it says."""
    rng = np.random.default_rng(seed)
    exponents = [0.0, *rng.uniform(-1.5, 0.7, 3)]
    perturbation = rng.normal(size=(4, 4)) * size
    truth = np.exp(2 * np.pi * np.linalg.eigvals(np.diag(exponents) + perturbation))
    found = multipliers(_frame(exponents), _errors(perturbation))
    if found is None:
        assert size > 1e-3
        return
    for multiplier in {id(m.value): m for m in found}.values():
        slack = 1e-9 * abs(complex(multiplier.value.mid())) + 1e-12
        near = [mu for mu in truth if _contains(multiplier.value, mu, slack)]
        assert len(near) >= multiplier.members
        for mu in near[: multiplier.members]:
            low, high = float(multiplier.rate.lower()), float(multiplier.rate.upper())
            assert low - 1e-6 <= np.log(abs(mu)) / (2 * np.pi) <= high + 1e-6
    # No multiplier is outside all of the discs.
    for mu in truth:
        assert any(_contains(m.value, mu, 1e-9 * abs(mu) + 1e-12) for m in found)


def _contains(value: acb, mu: complex, slack: float) -> bool:
    real, imaginary = value.real, value.imag
    return (
        float(real.lower()) - slack <= mu.real <= float(real.upper()) + slack
        and float(imaginary.lower()) - slack <= mu.imag <= float(imaginary.upper()) + slack
    )


def test_radius_formula() -> None:
    """One column, E_11 <= R: |mu/e^{2 pi l} - 1| <= 2 pi R e^{2 pi R}; for R = 0.01 that is 0.0669."""
    found = multipliers(_frame([0.0]), [[arb("0.01")]])
    assert found is not None
    radius = float(found[0].value.real.upper()) - 1
    assert 0.066905 < radius < 0.066909
    assert abs(float(found[0].rate.upper()) - 0.01) < 1e-8


def test_weights_give_each_disc_its_own_size() -> None:
    """Off-diagonal errors enter squared: with |E_12| = |E_21| = 1e-4 and gap e^{-2 pi}, R is about 1e-8, not 1e-4."""
    off = [[arb(0), arb("1e-4")], [arb("1e-4"), arb(0)]]
    found = multipliers(_frame([0.0, -1.0]), off)
    assert found is not None and all(m.members == 1 and m.real for m in found)
    assert float(found[0].rate.upper()) < 3e-8


def test_touching_discs_are_counted_together() -> None:
    errors = [[arb("1e-3")] * 3 for _ in range(3)]
    found = multipliers(_frame([0.0, -1.0, -1.0005]), errors)
    assert found is not None
    assert [m.members for m in found] == [1, 2, 2]
    assert not found[1].real and found[1].value.imag.contains(0)


def test_hopeless_errors_bound_nothing() -> None:
    assert multipliers(_frame([0.0, -1.0]), [[arb(5), arb(5)], [arb(5), arb(5)]]) is None
    assert multipliers(_frame([0.0, -1.0]), [[arb("nan"), arb(0)], [arb(0), arb(0)]]) is None


def test_a_negative_multiplier_is_exactly_real() -> None:
    found = multipliers(_frame([0.0, -0.1 + 0.5j], ["trivial", "antiperiodic"]), _errors(np.full((2, 2), 1e-12)))
    assert found is not None
    assert found[1].real and found[1].value.imag.is_zero()
    assert abs(float(found[1].value.real.mid()) + np.exp(-0.2 * np.pi)) < 1e-9


def test_a_pair_near_the_real_axis_is_not_called_real() -> None:
    """l = -0.1 +- 0.001 i with errors that let the discs meet: two multipliers, perhaps real, perhaps not."""
    exponents = [0.0, -0.1 + 0.001j, -0.1 - 0.001j]
    found = multipliers(_frame(exponents), _errors(np.full((3, 3), 1e-3)))
    assert found is not None
    assert found[1].members == 2 and not found[1].real and found[1].value.imag.contains(0)


def test_the_perturbation_by_hand() -> None:
    """tau = 3, r_s = 1/8, q = 1/4, slack 2, |Q^-1| = [[1, 2], [0, 1]], |Df| |Q| = [[1, 1], [2, 4]], C = (4, 6),
    max_l |Q_lj| = (1, 2), m = [[3, 4], [5, 6]].

    e_1j = 2 (m_1j + 3 [(1/8) DQ_1j + (9/8) 4 (1/4) max_j + 2 ((1/8) DQ_2j + (9/8) 6 (1/4) max_j)]):
    e_11 = 2 (3 + 3 [1/8 + 9/8 + 2 (1/4 + 27/16)]) = 36.75, e_12 = 2 (4 + 3 [1/8 + 9/4 + 2 (1/2 + 27/8)]) = 68.75;
    e_21 = 2 (5 + 3 (1/4 + 27/16)) = 21.625, e_22 = 2 (6 + 3 (1/2 + 27/8)) = 35.25.
    """

    def table(rows: list[list[int]]) -> list[list[arb]]:
        return [[arb(x) for x in row] for row in rows]

    bounds = FrameBounds([arb(0)] * 2, table([[3, 4], [5, 6]]), table([[1, 1], [0, 2]]), table([[1, 2], [0, 1]]))
    tube = TubeBounds(arb(1), [], table([[1, 0], [2, 1]]), [arb(4), arb(6)])
    radii = Radii([arb(0)] * 2, arb(1) / 8, arb(1) / 4, arb(1))
    found = perturbation(arb(3), bounds, tube, radii, arb(2))
    assert [[float(x) for x in row] for row in found] == [[36.75, 68.75], [21.625, 35.25]]
