"""What is false is not proved: a wrong constant, a dropped term, a wrong sign in each of the sympy proofs."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pytest
import sympy as sp
from fixtures_networks import cube_stuart_landau

from proofs import (
    affine,
    algebra,
    chain_rule,
    closed_orbits,
    cube_network,
    elementary,
    frame,
    hamiltonian,
    known_cases,
    liouville,
    multiplier_discs,
    norms,
    orbit_theorem,
    periodic_inverse,
    quadrature,
    sampling,
    spectral,
    stuart_landau,
    theorem_2,
    tube,
    yorke,
)
from proofs.activations import Unproved

HALF = sp.Rational(1, 2)


def without_correction() -> list[list[object]]:
    """Y^{-1} with A^{-1} alone in its first block."""
    inverse = liouville.inverse_blocks()
    inverse[0][0] = liouville.INVERSE
    return inverse


def wrong_output() -> list[list[object]]:
    """The network of cubes with one output weight changed."""
    output = [list(row) for row in cube_network.OUTPUT]
    output[1][7] = -2
    return output


FALSE: dict[str, Callable[[], str | Iterable[str]]] = {
    "chain rule without D_1": lambda: chain_rule.network(2, forget=1),
    "chain rule without D_2": lambda: chain_rule.network(2, forget=2),
    "chain rule with another function than s'": lambda: chain_rule.step("t'"),
    "D = E F E without F": lambda: norms.regrouped(with_middle=False),
    "E = diag e instead of its root": lambda: norms.factor(sp.Integer(1)),
    "layers joined by delta^2": lambda: norms.layerwise(sp.Integer(1)),
    "|tr A| <= (d - 1) ||A||": lambda: norms.trace(sp.Symbol("d", integer=True, positive=True) - 1),
    "block inverse without Schur's term": lambda: liouville.block_inverse(without_correction()),
    "Jacobi's formula without Schur's term": lambda: liouville.induction_step(without_correction()),
    "|y|^2 growing with 2 A": lambda: theorem_2.growth("2 A"),
    "the other end of the period": lambda: theorem_2.period_ends(-1),
    "Stuart-Landau with another speed": lambda: stuart_landau.polar(2 * stuart_landau.W),
    "det M = e^{-2 pi/w}": lambda: stuart_landau.determinant(-2 * sp.pi / stuart_landau.W),
    "radial rate -1": lambda: stuart_landau.monodromy(-1),
    "another output weight": lambda: cube_network.equals_field(wrong_output()),
    "J symmetric": lambda: hamiltonian.planar(1),
    "|tau'| = |v'|/|v|": lambda: yorke.tangent(sp.Integer(0)),
    "floor 3 pi d": lambda: yorke.floor(3),
    "flux with the wrong sign": lambda: closed_orbits.flux(1),
    "twice the rate of area": lambda: closed_orbits.area(2),
    "a_1 = pi/4": lambda: periodic_inverse.sawtooth(sp.pi / 4),
    "a_j halved": lambda: periodic_inverse.norms(HALF),
    "ansatz without the shear": lambda: orbit_theorem.ansatz(with_shear=False),
    "Taylor's weight 1": lambda: orbit_theorem.remainder(sp.Integer(1)),
    "curvature 1 + 3 r_s in L": lambda: orbit_theorem.lipschitz((1, 3)),
    "curvature 2 + 2 r_s in L": lambda: orbit_theorem.lipschitz((2, 2)),
    "tail from n": lambda: sampling.tail(0),
    "one tail instead of two": lambda: sampling.supremum(twice=False),
    "second derivative without s' d_i d_j z": lambda: tube.neuron(with_bend=False),
    "moving frame without the change of Df": lambda: multiplier_discs.moving_frame(with_change=False),
    "change of tau Df without s A": lambda: multiplier_discs.change(0),
    "(y e^y - e^y + 1)' = 2 y e^y": lambda: multiplier_discs.exponential_bound(2),
    "gelu'''' with 6 x^2": lambda: elementary.gelu_and_arctan(6),
    "silu's extrema at 2.3993573": lambda: elementary.silu_digits(("2.39935729", "2.3993573")),
    "a bracket without a root": lambda: elementary.isolated("gelu", 1, ((-1.25, -1.0), (1.25, 1.5))),
    "a missing bracket": lambda: elementary.isolated("arctan", 2, ((0.5, 0.625),)),
    "x = P v + (P Q - I) x": lambda: frame.splitting(1),
    "t^2 twice in a product": lambda: affine.product(2),
    "Cauchy-Schwarz with 2 (W M - L^2)": lambda: spectral.schur(2),
    "Gram matrix without mixed terms": lambda: spectral.gram(with_mixed=False),
    "discriminant (a - b)^2 + 2 c^2": lambda: spectral.plane(2),
    "8u for eight roundings": lambda: spectral.rounding(8),
    "rotation: 1 product_error": lambda: spectral.rotation(1),
    "rank one: 2 product_error": lambda: spectral.rotation(rank_one=2),
    "weights of T_k bounded by 31/15": lambda: quadrature.error(sp.Rational(31, 15)),
    "ratio 1/rho instead of 1/rho^2": lambda: quadrature.series(1),
    "rotation at twice the speed": lambda: known_cases.centre(2),
    "two roots in one bracket": lambda: elementary.isolated("tanh", 2, ((-0.75, 0.75),)),
}


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_is_not_proved(name: str) -> None:
    with pytest.raises(Unproved):
        list(FALSE[name]())


def test_the_network_of_cubes_is_the_one_in_the_tests() -> None:
    hidden, out = cube_stuart_landau().layers
    assert np.array_equal(hidden.weight, [[a, b] for a, b, _ in cube_network.AFFINE])
    assert np.array_equal(hidden.bias, [c for _, _, c in cube_network.AFFINE])
    assert np.array_equal(out.weight, np.array(cube_network.OUTPUT, dtype=np.float64))
    assert not out.bias.any()


def test_polynomial_inequalities() -> None:
    x, y = algebra.nonnegative("x y")
    assert algebra.at_most(x * y, (x + y) ** 2, [x, y], "x y <= (x + y)^2").endswith("[sympy]")
    with pytest.raises(Unproved):
        algebra.at_most((x + y) ** 2, 4 * x * y, [x, y], "false for x = 0, y = 1")
    z = sp.Symbol("z", real=True)
    ends = (sp.Integer(0), sp.Integer(1))
    # (z - 1/2)^2 >= 0 has an interior zero: Bernstein's form needs the two halves.
    with pytest.raises(Unproved):
        algebra.at_most_on(z - z**2, sp.Rational(1, 4), z, ends, "true, not seen")
    assert algebra.at_most_on(z - z**2, sp.Rational(1, 4), z, (HALF, sp.Integer(1)), "seen on a half")
    with pytest.raises(Unproved):
        algebra.at_most_on(z - z**2, sp.Rational(24, 100), z, ends, "false at 1/2")


def test_words_are_not_commuted() -> None:
    a, b = algebra.words("A B")
    with pytest.raises(Unproved):
        algebra.identity(a * b, b * a, "false for matrices")
    assert liouville.trace(a * b - b * a) == 0
    assert liouville.trace(a * b * a - b * a * b) != 0
