"""int div f along explicit curves: exact cases, mpmath without our code, refusals, and the bounds in ellipses."""

from __future__ import annotations

import cmath
import itertools
import math
from collections.abc import Sequence
from fractions import Fraction as Q
from typing import Any

import numpy as np
import pytest
from fixtures_networks import cube_stuart_landau, linear_centre, random_network, reference_jacobian, saturated_network
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import libmp, mp, mpf

from saturode_verify.activation import (
    ELU,
    GELU,
    Activation,
    Arctan,
    Identity,
    LeakyReLU,
    Power,
    ReLU,
    Sigmoid,
    SiLU,
    Sin,
    Softplus,
    Tanh,
)
from saturode_verify.errors import UnusableInput
from saturode_verify.network import Layer, Network
from saturode_verify.orbit.curve import Curve, closed_curve
from saturode_verify.orbit.curve_integral import (
    MAX_DIGITS,
    CurveDeterminant,
    _boundary,
    _bounds,
    curve_determinant,
)
from saturode_verify.orbit.curve_segments import RHOS, Segment
from saturode_verify.paper.reference import reference_orbit
from saturode_verify.rigor.numbers import Enclosure

LOOP = [(Q(0), Q(1), Q(0)), (Q(1, 2), Q(1, 3), Q(1)), (Q(2), Q(-1), Q(1, 7)), (Q(3), Q(1), Q(0))]
Real = Any
"""An mpmath mpf: mpmath is untyped."""

SPIKE = [(Q(0), Q(0)), (Q(1), Q(1)), (Q(2), Q(0))]


def neuron(activation: Activation, weight: float = 1.0, bias: float = 0.0, gain: float = 1.0) -> Network:
    """x' = gain s(weight x + bias) in one dimension."""
    hidden = Layer(np.array([[weight]]), np.array([bias]), activation)
    return Network((hidden, Layer(np.array([[gain]]), np.zeros(1), Identity())))


def width(enclosure: Enclosure | None) -> Q:
    assert enclosure is not None and enclosure.upper is not None
    return enclosure.upper - enclosure.lower


def assert_tight(result: CurveDeterminant) -> None:
    """Proved, to the relative accuracy of det that was asked for."""
    assert result.proved and result.det is not None
    assert 0 <= width(result.log_det) <= Q(1, 10**result.digits)
    assert 0 <= width(result.det) <= 2 * Q(1, 10**result.digits) * result.det.lower


def assert_value(result: CurveDeterminant, log_det: Q) -> None:
    """The enclosures hold the exact ``log_det`` and its exponential, and are tight."""
    assert_tight(result)
    assert result.log_det is not None and result.det is not None
    assert log_det in result.log_det
    with mp.workdps(result.digits + 30):
        grown = mp.exp(mpf(log_det.numerator) / log_det.denominator)
        assert Q(*libmp.to_rational(grown._mpf_)) in result.det


def test_linear_network_trace_times_period() -> None:
    weight = np.array([[0.5, 3.0], [-7.0, -2.25]])
    network = Network((Layer(weight, np.array([1.0, 2.0]), Identity()),))
    assert_value(curve_determinant(network, closed_curve(LOOP)), Q(-7, 4) * 3)
    result = curve_determinant(linear_centre(), closed_curve(LOOP))
    assert result.log_det == Enclosure(Q(0), Q(0)) and result.det == Enclosure(Q(1), Q(1))


def test_identity_layers_are_linear_too() -> None:
    """W_2 W_1 = (1, 0; 0, 1/4) (2, 1; 4, -3) has trace 2 - 3/4; T = 3."""
    first = Layer(np.array([[2.0, 1.0], [4.0, -3.0]]), np.ones(2), Identity())
    slopes = LeakyReLU(negative_slope=Q(1))
    for hidden in (first, Layer(first.weight, first.bias, slopes)):
        network = Network((hidden, Layer(np.array([[1.0, 0.0], [0.0, 0.25]]), np.zeros(2), Identity())))
        assert_value(curve_determinant(network, closed_curve(LOOP)), Q(15, 4))


def test_cube_by_hand() -> None:
    """x' = x^3, x = t up and down: int 3 x^2 = 2.

    Cubic with end slopes 0: x = 3u^2 - 2u^3, int 3 x^2 = 2 * 3 (9/5 - 2 + 4/7).
    """
    network = neuron(Power(exponent=3))
    assert_value(curve_determinant(network, closed_curve(SPIKE, "linear")), Q(2))
    assert_value(curve_determinant(network, closed_curve(SPIKE, "cubic")), Q(78, 35))
    assert_value(curve_determinant(network, closed_curve(SPIKE, "linear"), digits=60), Q(2))


def test_stuart_landau_on_a_square() -> None:
    """div 3 f = 3 (2 - 4 r^2); on each side of the diamond r^2 = (1-u)^2 + u^2 has mean 2/3, hence 4 * 3 (2 - 8/3)."""
    corners = [(Q(k), Q(x), Q(y)) for k, (x, y) in enumerate([(1, 0), (0, 1), (-1, 0), (0, -1), (1, 0)])]
    assert_value(curve_determinant(cube_stuart_landau(), closed_curve(corners, "linear")), Q(-8))


def test_stuart_landau_on_its_circle() -> None:
    """div 3 f = -6 on r = 1: about -12 pi for one turn; |r - 1| < 2e-6 on the cubic, so within 24 * 2 pi * 2e-6."""
    result = curve_determinant(cube_stuart_landau(), reference_orbit("stuart-landau"))
    assert_tight(result)
    assert result.log_det is not None
    assert abs(float(result.log_det.lower) + 12 * math.pi) < 3.1e-4


@settings(max_examples=15)
@given(
    st.lists(st.tuples(*[st.integers(-8, 8)] * 3), min_size=1, max_size=3),
    st.lists(st.fractions(min_value=-2, max_value=2, max_denominator=9), min_size=1, max_size=3),
    st.integers(1, 5),
)
def test_polynomial_fields_against_exact_integrals(
    neurons: list[tuple[int, int, int]], states: list[Q], exponent: int
) -> None:
    """x' = sum_i c_i (w_i x + b_i)^n on the polygon through ``states`` at t = 0, 1, ...; X -> X + D u on a side:

    int_0^1 n c w (p + q u)^(n-1) du = c w ((p + q)^n - p^n)/q with p = w X + b, q = w D (n c w p^(n-1) if q = 0).
    """
    first = np.array([[w / 8] for _, w, _ in neurons])
    bias = np.array([b / 4 for _, _, b in neurons])
    last = np.array([[c / 2 for c, _, _ in neurons]])
    network = Network((Layer(first, bias, Power(exponent=exponent)), Layer(last, np.zeros(1), Identity())))
    total = Q(0)
    closed = [*states, states[0]]
    for start, end in itertools.pairwise(closed):
        for c, w, b in ((Q(c, 2), Q(w, 8), Q(b, 4)) for c, w, b in neurons):
            p, q = w * start + b, w * (end - start)
            total += (
                exponent * c * w * p ** (exponent - 1) if q == 0 else c * w * ((p + q) ** exponent - p**exponent) / q
            )
    curve = closed_curve([(Q(t), x) for t, x in enumerate(closed)], "linear")
    assert_value(curve_determinant(network, curve), total)


def test_constant_curve() -> None:
    network = random_network(3, [2, 5, 4, 2], SiLU(slope=Q(2)))
    x = (Q(1, 3), Q(-2, 5))
    result = curve_determinant(network, closed_curve([(Q(0), *x), (Q(7, 3), *x)]))
    jacobian = reference_jacobian(network, x)
    assert_value(result, Q(7, 3) * (jacobian[0][0] + jacobian[1][1]))


def reference_integral(network: Network, curve: Curve, cuts: int) -> Q:
    """int div f by mpmath: Hermite's basis written out, slopes of parabolas by Lagrange, quad on ``cuts`` per piece."""

    def real(value: Q) -> Real:
        return mpf(value.numerator) / value.denominator

    times = [real(t) for t in curve.times]
    states = [[real(x) for x in state] for state in curve.states]
    count = len(times) - 1

    def slope(j: int, i: int) -> Real:
        before, after = times[j % count + 1] - times[j % count], times[(j - 1) % count + 1] - times[(j - 1) % count]
        x, y, z = states[(j - 1) % count][i], states[j % count][i], states[j % count + 1][i]
        # Derivative at 0 of the parabola through (-after, x), (0, y), (before, z).
        return (
            -x * before / (after * (after + before))
            + y * (before - after) / (after * before)
            + z * after / (before * (after + before))
        )

    def divergence(j: int, u: Real) -> Real:
        h = times[j + 1] - times[j]
        point = []
        for i in range(curve.dimension):
            p, q = states[j][i], states[j + 1][i]
            x = p + u * (q - p)
            if curve.interpolation == "cubic":
                x = p * (1 + 2 * u) * (1 - u) ** 2 + h * slope(j, i) * u * (1 - u) ** 2
                x += q * u**2 * (3 - 2 * u) + h * slope(j + 1, i) * u**2 * (u - 1)
            point.append(Q(*libmp.to_rational(x._mpf_)))
        jacobian = reference_jacobian(network, point)
        return sum((real(jacobian[i][i]) for i in range(curve.dimension)), mpf(0))

    total = mpf(0)
    for j in range(count):
        knots = [mpf(k) / cuts for k in range(cuts + 1)]
        total += (times[j + 1] - times[j]) * mp.quad(lambda u, j=j: divergence(j, u), knots, method="gauss-legendre")
    return Q(*libmp.to_rational(total._mpf_))


@pytest.mark.parametrize(
    ("activation", "sizes"),
    [
        (Tanh(), [2, 3, 2]),
        (Tanh(slope=Q(-3)), [2, 2, 2, 2]),
        (SiLU(), [2, 3, 2]),
        (SiLU(slope=Q(1, 2)), [2, 2, 2, 2]),
        (GELU(), [2, 3, 2]),
        (GELU(slope=Q(5, 4)), [2, 2, 2, 2]),
        (Arctan(slope=Q(3, 2)), [2, 3, 2]),
        (Softplus(), [2, 2, 2, 2]),
        (Sin(slope=Q(2)), [2, 2, 3, 2]),
        (Sigmoid(slope=Q(4)), [2, 3, 2]),
        (Sigmoid(), [2, 2, 2, 2, 2]),
    ],
    ids=lambda v: v.name if isinstance(v, Activation) else "-".join(map(str, v)),
)
@pytest.mark.parametrize("interpolation", ["cubic", "linear"])
def test_against_mpmath(activation: Activation, sizes: Sequence[int], interpolation: str) -> None:
    network, curve = random_network(5, sizes, activation), closed_curve(LOOP, interpolation)
    with mp.workdps(25):
        expected = reference_integral(network, curve, 6)
    # The reference is good to 18 digits: the enclosure is widened by that much, no more.
    for digits in (12, 3):
        result = curve_determinant(network, curve, digits=digits)
        assert_tight(result)
        assert result.log_det is not None and result.log_det.upper is not None
        assert result.log_det.lower - Q(1, 10**17) <= expected <= result.log_det.upper + Q(1, 10**17)


def test_saturated_network() -> None:
    """Biases +-12: every tanh' is below 4 e^-18; the determinant is 1 up to that, and 30 digits resolve it."""
    network, curve = saturated_network(12.0), closed_curve(LOOP, "linear")
    with mp.workdps(50):
        expected = reference_integral(network, curve, 4)
    result = curve_determinant(network, curve, digits=30)
    assert_tight(result)
    assert result.log_det is not None and result.log_det.upper is not None
    assert result.log_det.lower - Q(1, 10**32) <= expected <= result.log_det.upper + Q(1, 10**32)
    assert 0 < abs(expected) < Q(1, 10**9)


def test_hardly_saturated_at_all_is_still_proved() -> None:
    result = curve_determinant(saturated_network(), closed_curve(LOOP))
    assert_tight(result)
    assert result.log_det is not None and Q(0) in result.log_det


@pytest.mark.parametrize("activation", [Tanh(), Arctan(), Sigmoid()], ids=lambda a: a.name)
def test_poles_near_the_curve_need_halving(activation: Activation) -> None:
    """s(400 x), x from 0 to 1 and back: poles within 1/100 of the curve. int 400 s'(400 x) dt = 2 (s(400) - s(0))."""
    network = neuron(activation, weight=400.0)
    result = curve_determinant(network, closed_curve(SPIKE, "linear"))
    assert_tight(result)
    assert result.segments > 10
    with mp.workdps(40):
        values = {"tanh": mp.tanh(400), "arctan": mp.atan(400), "sigmoid": 1 / (1 + mp.exp(-400)) - mpf(1) / 2}
        twice = Q(*libmp.to_rational((2 * values[activation.name])._mpf_))
    assert result.log_det is not None and twice in result.log_det


def test_few_digits_hold_many_digits() -> None:
    """The error bound, not luck: at every number of digits the enclosure meets all the sharper ones."""
    network, curve = random_network(8, [2, 6, 2], Tanh(slope=Q(2))), closed_curve(LOOP)
    sharp = curve_determinant(network, curve, digits=40).log_det
    assert sharp is not None and sharp.upper is not None
    for digits in range(1, 15):
        rough = curve_determinant(network, curve, digits=digits).log_det
        assert rough is not None and rough.upper is not None
        assert rough.lower <= sharp.lower and sharp.upper <= rough.upper


def test_slope_zero_is_a_constant_field() -> None:
    result = curve_determinant(neuron(Tanh(slope=Q(0)), 3.0, 1.0), closed_curve(SPIKE))
    assert result.proved and result.log_det is not None and Q(0) in result.log_det


def test_huge_integrals() -> None:
    """x' = 2^40 x^3: log det = 2^41 exactly, det beyond 2^65536 has no upper end."""
    result = curve_determinant(neuron(Power(exponent=3), gain=-(2.0**40)), closed_curve(SPIKE, "linear"))
    assert result.log_det is not None and Q(-(2**41)) in result.log_det and width(result.log_det) < Q(1, 10**12)
    assert result.det is not None and result.det.lower == 0 and result.det.upper == Q(1, 2**65536)
    result = curve_determinant(neuron(Power(exponent=3), gain=2.0**40), closed_curve(SPIKE, "linear"))
    assert result.det is not None and result.det.upper is None


@pytest.mark.parametrize(
    ("activation", "why"),
    [
        (ReLU(), "refused: hidden layer 2 is relu, whose derivative jumps"),
        (LeakyReLU(), "refused: hidden layer 2 is leaky_relu, whose derivative jumps"),
        (ELU(), "refused: hidden layer 2 is elu, which is not analytic"),
        (ELU(alpha=Q(2)), "refused: hidden layer 2 is elu, whose derivative jumps"),
    ],
)
def test_kinks_are_refused(activation: Activation, why: str) -> None:
    first, second, last = random_network(1, [2, 3, 3, 2], Tanh()).layers
    network = Network((first, Layer(second.weight, second.bias, activation), last))
    result = curve_determinant(network, closed_curve(LOOP))
    assert not result.proved and result.reason.startswith(why)
    assert result.log_det is None and result.det is None


def test_hopeless_weights_end_in_a_reason() -> None:
    result = curve_determinant(neuron(Tanh(), weight=1e30), closed_curve([(Q(0), Q(-1)), (Q(1), Q(1)), (Q(2), Q(-1))]))
    assert "could not be bounded around piece" in result.reason and result.log_det is None


def test_stopping() -> None:
    result = curve_determinant(random_network(1, [2, 8, 2], Tanh()), closed_curve(LOOP), stop=lambda: "enough")
    assert result.reason == "enough" and result.log_det is None


def test_wrong_questions() -> None:
    with pytest.raises(UnusableInput, match=r"1 components but the model has 2; give rows t, x_1, \.\.\., x_2"):
        curve_determinant(linear_centre(), closed_curve(SPIKE))
    with pytest.raises(UnusableInput, match=f"ask for 1 to {MAX_DIGITS}"):
        curve_determinant(linear_centre(), closed_curve(LOOP), digits=0)


SLOPES = {
    "tanh": (Tanh(), lambda z: 1 / cmath.cosh(z) ** 2),
    "sigmoid": (Sigmoid(), lambda z: 1 / (4 * cmath.cosh(z / 2) ** 2)),
    "softplus": (Softplus(), lambda z: 1 / (1 + cmath.exp(-z))),
    "silu": (SiLU(), lambda z: 1 / (1 + cmath.exp(-z)) + z / (4 * cmath.cosh(z / 2) ** 2)),
    "arctan": (Arctan(), lambda z: 1 / (1 + z * z)),
    "sin": (Sin(), cmath.cos),
    "power": (Power(exponent=4), lambda z: 4 * z**3),
}


@pytest.mark.parametrize("name", SLOPES)
@pytest.mark.parametrize("rho", RHOS)
@pytest.mark.parametrize("scale", [0.03, 0.3, 1.3])
def test_bounds_in_ellipses(name: str, rho: Q, scale: float) -> None:
    """Where the ellipse leaves the strip there is no bound; elsewhere it holds at 200 points, and is no wild guess."""
    activation, slope = SLOPES[name]
    centre = 0.7
    segment = Segment(1, 0, 0, Q(1), ((Q(centre), Q(scale)),))
    bound = float(_bounds(neuron(activation), [segment], _boundary(rho, 2))[0])
    short = scale * float(rho - 1 / rho) / 2
    if short >= {"tanh": math.pi / 2, "arctan": 1.0, "sin": math.inf, "power": math.inf}.get(name, math.pi):
        assert bound == math.inf
        return
    turns = [float(rho) * cmath.exp(2j * math.pi * k / 200) for k in range(200)]
    largest = max(abs(slope(centre + scale * (w + 1 / w) / 2)) for w in turns)
    assert bound >= largest * (1 - 1e-12)
    if short < 0.8:
        assert bound <= 6 * largest


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "silu", "softplus", "arctan"])
@pytest.mark.parametrize("slope", [Q(1), Q(-4)])
def test_the_edge_of_the_strip(name: str, slope: Q) -> None:
    """Ellipses of height 0.97 and 1.03 half widths, far from every pole: the strip itself is what is checked."""
    width = {"tanh": math.pi / 2, "arctan": 1.0}.get(name, math.pi) / abs(slope)
    for height, inside in ((0.97, True), (1.03, False)):
        scale = Q(height * width / ((2.5 - 1 / 2.5) / 2))
        segment = Segment(1, 0, 0, Q(1), ((40 / slope, scale),))
        network = neuron(type(SLOPES[name][0])(slope=slope))
        assert _bounds(network, [segment], _boundary(Q(5, 2), 2))[0].is_finite() is inside


def test_hidden_strips_are_checked_layer_by_layer() -> None:
    """tanh(3 sin z): layer 1 is entire, layer 2 leaves its strip first: Im 3 sin(0.7 + i y) = 3 cos(0.7) sinh y."""
    first = Layer(np.array([[1.0]]), np.zeros(1), Sin())
    network = Network((first, Layer(np.array([[3.0]]), np.zeros(1), Tanh()), neuron(Tanh()).layers[1]))
    segment = Segment(1, 0, 0, Q(1), ((Q(0.7), Q(0.3)),))
    assert _bounds(network, [segment], _boundary(Q(5), 2))[0].is_finite() is False
    assert _bounds(network, [segment], _boundary(Q(5, 2), 2))[0].is_finite() is True


def test_layers_share_no_columns() -> None:
    """Many pieces at once give the sum of the pieces one by one (d = 3, three hidden layers of different widths)."""
    network = random_network(2, [3, 5, 4, 6, 3], Softplus())
    rows = [(Q(t), Q(t % 3), Q(t % 4, 2), Q(t % 5, 3)) for t in range(6)]
    whole = curve_determinant(network, closed_curve([*rows, (Q(6), *rows[0][1:])], "linear"), digits=20).log_det
    parts = Q(0)
    for before, after in zip(rows, [*rows[1:], (Q(6), *rows[0][1:])], strict=True):
        there_and_back = closed_curve([before, after, (after[0] + 1, *before[1:])], "linear")
        part = curve_determinant(network, there_and_back, digits=20).log_det
        assert part is not None
        parts += part.lower / 2
    assert whole is not None and abs(whole.lower - parts) < Q(1, 10**18)
