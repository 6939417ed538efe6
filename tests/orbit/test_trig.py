"""Values, derivatives and bounds of trigonometric polynomials against term-by-term sums in mpmath."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flint import acb, arb, fmpz
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from orbit_references import BITS, DIGITS, holds, number, polynomial, real_rows, value_at

from saturode_verify.orbit.trig import TrigPolynomial, complex_number, largest, real_parts
from saturode_verify.rigor.balls import ZERO, exact, precision


@pytest.fixture(autouse=True)
def _precision() -> Iterator[None]:
    with precision(BITS), mp.workdps(DIGITS):
        yield


def _assert_samples(found: list[list[acb]], orbit: TrigPolynomial, nodes: int, height: arb, order: int) -> None:
    degree = orbit.degree
    for j in sorted({0, 1 % nodes, nodes // 2, nodes - 1}):
        truth = value_at(orbit, mp.mpc(2 * mp.pi * j / nodes, number(height)), order)
        for row, value, coefficients in zip(found, truth, orbit.coefficients, strict=True):
            scale = (
                sum(abs(number(c)) for c in coefficients) * mp.exp(degree * abs(number(height))) * (1 + degree**order)
            )
            assert len(row) == nodes
            assert holds(row[j], value, scale)
            assert row[j].rad() < exact(1e-50) * exact(float(scale))


@pytest.mark.parametrize("nodes", [1, 2, 3, 4, 5, 8, 12, 13, 32, 49, 97, 120, 128, 243, 251])
@pytest.mark.parametrize(("degree", "real"), [(0, False), (1, True), (6, False), (20, True)])
def test_samples_and_derivatives_with_more_or_fewer_nodes_than_modes(nodes: int, degree: int, real: bool) -> None:
    """With nodes <= 2K the transform adds modes that agree at the nodes; the values there stay exact."""
    orbit = polynomial(nodes + 1000 * degree, degree, 2, real)
    for height in (ZERO, exact(-1.5)):
        _assert_samples(orbit.samples(nodes, height), orbit, nodes, height, 0)
        _assert_samples(orbit.derivative.samples(nodes, height), orbit, nodes, height, 1)
        _assert_samples(orbit.derivative.derivative.samples(nodes, height), orbit, nodes, height, 2)


@settings(max_examples=40)
@given(st.integers(1, 400), st.integers(0, 9), st.booleans())
def test_samples_at_any_length(nodes: int, degree: int, real: bool) -> None:
    with precision(BITS), mp.workdps(DIGITS):
        orbit = polynomial(nodes + degree, degree, 1, real)
        _assert_samples(orbit.samples(nodes, exact(0.5)), orbit, nodes, exact(0.5), 0)


def test_a_single_mode_by_hand() -> None:
    """c_1 = 1, c_{-1} = 0: e^{i theta} at theta = pi/2 + i is e^{-1} i; its derivative is i times that, -e^{-1}."""
    orbit = TrigPolynomial(((acb(0), acb(0), acb(1)),))
    assert holds(orbit.samples(4, arb(1))[0][1], mp.mpc(0, mp.exp(-1)), 1)
    assert holds(orbit.derivative.samples(4, arb(1))[0][1], -mp.exp(-1), 1)
    # Two nodes see mode 1 and mode -1 alike: (+1, -1).
    assert [complex(v) for v in orbit.samples(2)[0]] == [1, -1]


def test_a_low_precision_widens_and_never_loses_the_value() -> None:
    """Coefficients of 300 bits sampled at 20: the ball must grow."""
    long = acb(arb((fmpz(3**190), fmpz(-300))), arb((fmpz(7**107), fmpz(-300))))
    orbit = TrigPolynomial(((long, acb(1), long),))
    with precision(20):
        found = orbit.samples(7, exact(0.5))[0]
        bound = orbit.wiener(exact(0.5), 2)[0]
    for j, ball in enumerate(found):
        assert holds(ball, value_at(orbit, mp.mpc(2 * mp.pi * j / 7, 0.5))[0])
    assert number(bound) >= 2 * abs(number(long)) * mp.exp(0.5)


def test_a_ball_as_height_holds_every_height() -> None:
    orbit = polynomial(3, 5)
    found = orbit.samples(9, arb(0.5, 0.001))[0]
    for height in (mpf("0.4995"), mpf("0.5"), mpf("0.5009")):
        for j, ball in enumerate(found):
            assert holds(ball, value_at(orbit, mp.mpc(2 * mp.pi * j / 9, height))[0])


@pytest.mark.parametrize("power", [0, 1, 2, 3])
@pytest.mark.parametrize("height", [0.0, 0.25, 2.0])
@pytest.mark.parametrize("real", [True, False])
def test_wiener_bounds_both_edges_of_the_strip(power: int, height: float, real: bool) -> None:
    orbit = polynomial(17 + power, 8, 2, real, decay=0.5)
    for i, bound in enumerate(orbit.wiener(exact(height), power)):
        assert bound.is_exact()
        for edge in (-height, height):
            for j in range(12):
                assert abs(value_at(orbit, mp.mpc(j * mp.pi / 6, edge), power)[i]) <= number(bound)


def test_wiener_is_the_sum_and_is_attained() -> None:
    """2 cos theta + 6 cos 3 theta: sum |c_k| e^{|k| h} = 2 (e^h + 3 e^{3h})."""
    orbit = TrigPolynomial.real(real_rows([0, 1, 0, 3]))
    h = mpf(1) / 2
    for power, expected in ((0, mp.exp(h) + 3 * mp.exp(3 * h)), (2, mp.exp(h) + 27 * mp.exp(3 * h))):
        (bound,) = orbit.wiener(exact(0.5), power)
        assert 2 * expected <= number(bound) <= 2 * expected * (1 + mpf(10) ** -50)
    # One-sided: e^{i theta} is largest, e^h, on the lower edge, e^{-i theta} on the upper one.
    for row in ((0, 0, 1), (1, 0, 0)):
        (bound,) = TrigPolynomial((tuple(acb(c) for c in row),)).wiener(exact(0.5))
        assert mp.exp(h) <= number(bound) <= mp.exp(h) * (1 + mpf(10) ** -50)


def test_wiener_without_power_counts_the_mean_and_with_power_does_not() -> None:
    orbit = TrigPolynomial.real(real_rows([5]))
    assert orbit.wiener(exact(0.5))[0] == 5 and orbit.wiener(exact(0.5), 1)[0] == 0


def test_real_mirrors_the_coefficients_and_the_values_are_real() -> None:
    orbit = TrigPolynomial.real(real_rows([1, 2 + 3j, -4j], [0, 1j, 5]))
    assert [complex(c) for c in orbit.coefficients[0]] == [4j, 2 - 3j, 1, 2 + 3j, -4j]
    assert orbit.degree == 2
    assert complex(orbit.coefficient(1, -1)) == -1j and complex(orbit.coefficient(1, 3)) == 0
    for j, (value, real) in enumerate(zip(orbit.samples(11)[0], real_parts(orbit.samples(11))[0], strict=True)):
        truth = value_at(orbit, 2 * mp.pi * j / 11)[0]
        assert value.imag.contains(0) and holds(real, mp.re(truth), 10)


@pytest.mark.parametrize(
    "half",
    [
        [[acb(1, 1)]],
        [[acb(arb(1), arb(0, exact(2.0**-200)))]],
        [[acb(1), acb(arb(1, 1))]],
        [[acb(1), acb(arb("nan"))]],
        [[acb(1), acb(0, arb("inf"))]],
        [[acb(arb("nan"))]],
        [[acb(0, arb("nan"))]],
        [[acb(1), acb(2)], [acb(1)]],
        [],
    ],
    ids=["mean", "almost real mean", "ball", "nan", "inf", "nan mean", "nan imaginary mean", "ragged", "nothing"],
)
def test_data_that_are_no_real_polynomial_are_refused(half: list[list[acb]]) -> None:
    with pytest.raises(ValueError):
        TrigPolynomial.real(half)


@pytest.mark.parametrize(
    "rows", [((acb(1), acb(2)),), ((),), ((acb(1),), (acb(1), acb(2), acb(3))), ((acb(arb(1, 1e-300)),),)]
)
def test_rows_of_even_or_unequal_length_are_refused(rows: tuple[tuple[acb, ...], ...]) -> None:
    with pytest.raises(ValueError):
        TrigPolynomial(rows)


def test_largest() -> None:
    nan, inf = arb("nan"), arb("inf")
    assert largest([]) == 0
    assert largest([arb(-3), arb(2)]) == 3
    assert largest([acb(3, 4), acb(-1)]) >= 5 and largest([acb(3, 4)]) < exact(5.0000001)
    for bad in ([nan], [arb(1), nan, arb(2)], [inf, nan], [-inf], [arb(0, inf)], [acb(1, nan)], [acb(inf, 1), acb(2)]):
        assert not largest(bad).is_finite() and largest(bad) > 0
    wide = largest([arb(1, 5), arb(-2, 3)])
    assert wide.is_exact() and 6 <= float(wide) < 6.00001
    huge = arb((fmpz(1), fmpz(10**12)))
    assert largest([huge, -huge]) == huge
    assert largest([acb(huge, huge)]) > huge
    with precision(2):  # 3^20 does not fit: rounded up, and exact
        assert largest([arb(3) ** 1, exact(3**20)]) >= exact(3**20)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_largest_is_a_bound(values: list[float]) -> None:
    found = largest([exact(v) for v in values])
    assert found.is_exact() and all(exact(abs(v)) <= found for v in values)


def test_complex_number_is_exact() -> None:
    value = complex_number(complex(0.1, -5e-324))
    assert value.is_exact() and complex(value) == complex(0.1, -5e-324)
    for bad in (complex("nan"), complex("inf"), complex(0, float("-inf"))):
        with pytest.raises((ValueError, OverflowError)):
            complex_number(bad)
