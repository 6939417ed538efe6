"""The theorem's inequalities on constants whose consequences are known by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flint import acb, arb
from mpmath import mp, mpf, quad

from saturode_verify.orbit.contraction import Constants, Radii, constants, contract, inverse_norm
from saturode_verify.orbit.frame import FrameBounds
from saturode_verify.orbit.proposal import Frame
from saturode_verify.orbit.tube import TubeBounds


def _constants(defect: float = 1e-8, curvature: float = 1.0) -> Constants:
    """d = 2, a = (pi/2, 1/2), Q = I, no residual, no shear."""
    one, zero = arb(1), arb(0)
    return Constants(
        period=one,
        inverse_norms=[(arb.pi() / 2).upper(), arb("0.5").upper()],
        defect=[arb(defect), arb(defect)],
        residual=[[zero, zero], [zero, zero]],
        shear=[[zero, zero], [zero, zero]],
        curvature=[arb(curvature), arb(curvature)],
        frame=[[one, zero], [zero, one]],
        tube=arb("0.1").upper(),
    )


def test_radii_of_a_nearly_linear_problem() -> None:
    """Without curvature G_i = (1 + r_s) y: r_i is a_i y up to r_s and the chosen growth of one per cent."""
    radii = contract(_constants(curvature=0.0))
    assert isinstance(radii, Radii)
    assert 1.57e-8 < float(radii.components[0]) < 1.6e-8
    assert 0.5e-8 < float(radii.components[1]) < 0.511e-8
    assert 1e-8 < float(radii.period) < 1.02e-8
    assert radii.distance >= radii.components[0]


def test_quadratic_threshold() -> None:
    """r = (pi/2) (y + n r^2) has a root iff (pi/2)^2 4 n y <= 1: here n = 1, so y <= 0.1013; the contraction
    asks for (pi/2) (2 + 3 r_s) n r < 1 besides, and r_s >= y, so that the true threshold is lower.
    """
    given = replace(_constants(), tube=arb(10))
    for defect, expected in ((0.02, True), (0.05, True), (0.11, False), (0.2, False)):
        outcome = contract(replace(given, defect=[arb(defect), arb(0)]))
        assert isinstance(outcome, Radii) is expected, (defect, outcome)


GENERAL = {
    "residual": [["0.01", "0.02"], ["0.03", "0.1"]],
    "shear": [["2", "3"], ["5", "7"]],
    "frame": [["1", "0.5"], ["0.25", "2"]],
}
ZEROS = [["0", "0"], ["0", "0"]]
CASES = {
    "all terms": ({**GENERAL, "curvature": ["1", "1"]}, ["1e-3", "1e-3"]),
    # In the second row nothing but one term is left, and there the contraction asks for more than the map's bound.
    "curvature alone": ({"residual": ZEROS, "shear": ZEROS, "frame": GENERAL["frame"], "curvature": ["1", "1"]},
                        ["1e-3", "0"]),
    "shear alone": ({"residual": ZEROS, "shear": [["0", "0"], ["50", "0"]], "frame": GENERAL["frame"],
                     "curvature": ["0", "0"]}, ["1e-3", "0"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_every_inequality_of_the_answer_holds(case: str) -> None:
    """Recomputed here from the theorem's statement, with other arithmetic."""
    parts, defects = CASES[case]
    named = {key: [[arb(x).upper() for x in row] for row in parts[key]] for key in GENERAL}
    curvature, defect = [[arb(x).upper() for x in values] for values in (parts["curvature"], defects)]
    radii = contract(replace(_constants(), **named, curvature=curvature, defect=defect))
    assert isinstance(radii, Radii)
    with mp.workdps(40):
        m, b, frame = ([[mpf(x) for x in row] for row in parts[key]] for key in GENERAL)
        a, n, y = [mp.pi / 2, mpf("0.5")], [mpf(x) for x in parts["curvature"]], [mpf(x) for x in defects]
        r, s = [mpf(float(x)) for x in radii.components], mpf(float(radii.period))
        q = max(sum(e * x for e, x in zip(row, r, strict=True)) for row in frame)
        assert q <= mpf(float(radii.distance)) * (1 + mpf(10) ** -12) and q <= mpf("0.1")
        for i in range(2):
            g = (1 + s) * y[i] + sum((m[i][j] + s * b[i][j]) * r[j] for j in range(2)) + (1 + s) * n[i] * q * q
            slope = s * y[i] + sum((m[i][j] + 2 * s * b[i][j]) * r[j] for j in range(2)) + (2 + 3 * s) * n[i] * q * q
            assert a[i] * g <= r[i] and a[i] * slope < r[i]
            if i == 0:
                assert g <= s and slope < s < 1


def test_the_constants_by_hand() -> None:
    """tau = 3, |Q^-1| = [[1, 2], [0, 1]], |Df| = [[1, 0], [2, 1]], |Q| = [[1, 1], [0, 2]], C = (4, 6).

    |Df| |Q| = [[1, 1], [2, 4]], so b = 3 [[5, 9], [2, 4]]; n = (3/2) (4 + 12, 6); a = (pi/2, 1/2) for l = -2.
    """

    def table(rows: list[list[int]]) -> list[list[arb]]:
        return [[arb(x) for x in row] for row in rows]

    bounds = FrameBounds([arb(1), arb(2)], table([[3, 4], [5, 6]]), table([[1, 1], [0, 2]]), table([[1, 2], [0, 1]]))
    tube = TubeBounds(arb("0.25"), [], table([[1, 0], [2, 1]]), [arb(4), arb(6)])
    frame = Frame((), (acb(0), acb(-2)), ("trivial", "periodic"))
    found = constants(arb(3), frame, bounds, tube)
    assert [[float(x) for x in row] for row in found.shear] == [[15, 27], [6, 12]]
    assert [float(x) for x in found.curvature] == [24, 9]
    assert [[float(x) for x in row] for row in found.residual] == [[3, 4], [5, 6]]
    assert [float(x) for x in found.defect] == [1, 2] and float(found.tube) == 0.25
    assert found.inverse_norms[0] >= arb.pi() / 2 and abs(float(found.inverse_norms[1]) - 0.5) < 1e-15


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"period": arb(-1)}, "tau > 0"),
        ({"period": arb(0)}, "tau > 0"),
        ({"period": arb("nan")}, "tau > 0"),
        ({"defect": [arb("inf"), arb(0)]}, "constant y"),
        ({"defect": [arb(-1e-9), arb(0)]}, "constant y"),
        ({"curvature": [arb("nan"), arb(0)]}, "constant n"),
        ({"residual": [[arb(-1), arb(0)], [arb(0), arb(0)]]}, "constant m"),
        ({"inverse_norms": [arb(2), arb("inf")]}, "constant a"),
        ({"tube": arb(-1)}, "constant tube"),
    ],
)
def test_constants_that_are_no_bounds_are_refused(change: dict, word: str) -> None:
    """A negative tau turned every bound around in the prototype, and a wrong orbit was accepted (review, M1)."""
    outcome = contract(replace(_constants(), **change))
    assert isinstance(outcome, str) and word in outcome


def test_a_failure_names_the_inequality_and_the_numbers() -> None:
    large = contract(replace(_constants(), residual=[[arb(1), arb(0)], [arb(0), arb(0)]]))
    assert isinstance(large, str) and ("a_1 G_1 <= r_1 fails" in large or "exceeds the tube" in large)
    narrow = contract(replace(_constants(), tube=arb(1e-9)))
    assert isinstance(narrow, str) and "exceeds the tube's radius 1e-09" in narrow
    slow = contract(replace(_constants(), defect=[arb(2), arb(0)], curvature=[arb(0), arb(0)], tube=arb(100)))
    assert isinstance(slow, str) and "not below 1" in slow


@pytest.mark.parametrize("exponent", [(-2.0, 0.0), (3.0, 0.0), (-0.3, 0.5), (0.2, 0.25), (0.0, 0.5), (0.0, 0.1)])
def test_inverse_norm_is_the_kernels_integral(exponent: tuple[float, float]) -> None:
    """(d/dtheta - l)^{-1} g (t) = int_0^{2 pi} e^{l x} g(t - x) dx / (1 - e^{2 pi l}): its norm integrates |.|."""
    real, imaginary = exponent
    with mp.workdps(30):
        mass = quad(lambda x: mp.exp(real * x), [0, 2 * mp.pi])
        truth = mass / abs(1 - mp.exp(2 * mp.pi * mp.mpc(real, imaginary)))
        bound = inverse_norm(acb(real, imaginary))
        assert truth <= mpf(float(bound)) * (1 + mpf(10) ** -12)
        assert mpf(float(bound)) <= truth * (1 + mpf(10) ** -9)


def test_an_exponent_at_an_integer_multiple_of_i_has_no_inverse() -> None:
    assert not inverse_norm(acb(0, 0)).is_finite()
    assert not inverse_norm(acb(0, 1)).is_finite()
