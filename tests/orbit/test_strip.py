"""Bounds on complex strips against dense samples, and strips that reach a singularity.

The curve cos theta has the imaginary part -sin(theta) sinh(rho) on Im theta = rho: at most sinh(rho), which decides by
hand how wide a strip may be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from flint import acb, arb
from mpmath import mp, mpc, mpf
from orbit_references import (
    BITS,
    SMOOTH,
    Number,
    half_width,
    jet,
    label,
    mlp,
    number,
    polynomial,
    real_rows,
    scalar,
    value_at,
)

from saturode_verify.activation import Activation, Arctan, Identity, LeakyReLU, Power, SiLU, Sin, Softplus, Tanh
from saturode_verify.network import Layer, Network
from saturode_verify.orbit import strip
from saturode_verify.orbit.jets import ExactField
from saturode_verify.orbit.strip import StripBounds, strip_bounds
from saturode_verify.orbit.trig import TrigPolynomial
from saturode_verify.rigor.balls import exact, precision

TOLERANCE = mpf(10) ** -15
NETWORKS = {
    **{label(a): mlp(k, [2, 4, 2], [a]) for k, a in enumerate(SMOOTH)},
    "slopes": mlp(20, [2, 4, 2], [Tanh(slope=Fraction(-1, 2))]),
    "two hidden": mlp(24, [2, 4, 3, 2], [Tanh(), SiLU()]),
    "two hidden, sloped": mlp(22, [3, 3, 3, 3], [Sin(slope=Fraction(1, 2)), Arctan(slope=Fraction(1, 4))]),
    "linear": mlp(23, [2, 2], []),
}
every = pytest.mark.parametrize("name", NETWORKS)
COSINE = TrigPolynomial.real(real_rows([0, 0.5]))


@pytest.fixture(autouse=True)
def _precision() -> Iterator[None]:
    with precision(BITS), mp.workdps(20):
        yield


def _orbit(dimension: int) -> TrigPolynomial:
    """A small wavy closed curve."""
    return polynomial(dimension, 3, dimension, real=True, decay=0.4)


def _samples(network: Network, orbit: TrigPolynomial, heights: list[float], count: int) -> Iterator[tuple]:
    for height in heights:
        for j in range(count):
            f, df, _ = jet(network, value_at(orbit, mpc(2 * mp.pi * j / count, height)))
            yield f, df


def _largest(network: Network, orbit: TrigPolynomial, heights: list[float], count: int) -> list[Number]:
    """max |f_k|, |Df_ki| row by row, |div f| over the samples, in one list."""
    found: list[Number] = []
    for f, df in _samples(network, orbit, heights, count):
        sizes = [abs(x) for x in [*f, *(x for row in df for x in row), sum(df[k][k] for k in range(len(f)))]]
        found = [max(pair) for pair in zip(found, sizes, strict=True)] if found else sizes
    return found


def _listed(bounds: StripBounds) -> list[Number]:
    entries = [*bounds.field, *(x for row in bounds.jacobian for x in row), bounds.divergence]
    assert all(x.is_exact() and x.is_finite() for x in entries)
    return [number(x) for x in entries]


@every
def test_bounds_hold_on_the_whole_strip_and_are_close(name: str) -> None:
    """Boxes of half length pi/4096 widen f by about |Df u'| pi/4096, so that the ratio to the samples tends to 1."""
    network, height = NETWORKS[name], 0.2
    orbit = _orbit(network.dimension)
    bounds = strip_bounds(ExactField(network), orbit, exact(height), 4096)
    assert isinstance(bounds, StripBounds), bounds
    assert bounds.height == exact(height)
    truth = _largest(network, orbit, [height, -height, 0.0, height / 2], 24)
    for bound, size in zip(_listed(bounds), truth, strict=True):
        assert size * (1 - TOLERANCE) <= bound <= 1.5 * size  # 24 points miss the maximum by some per cent


@every
@pytest.mark.parametrize("boxes", [1, 2, 3, 7, 20, 64])
def test_few_boxes_are_refused_or_right(name: str, boxes: int) -> None:
    network, height = NETWORKS[name], 0.3
    orbit = _orbit(network.dimension)
    bounds = strip_bounds(ExactField(network), orbit, exact(height), boxes)
    if isinstance(bounds, str):
        assert "more boxes on the line" in bounds
        return
    for bound, size in zip(_listed(bounds), _largest(network, orbit, [height, -height], 12), strict=True):
        assert bound >= size * (1 - TOLERANCE)


@pytest.mark.parametrize("boxes", [1, 2, 3, 4, 5, 64])
@pytest.mark.parametrize("mode", [1, 5])
def test_one_box_covers_the_circle(boxes: int, mode: int) -> None:
    """f(x) = x on cos k theta, rho = 1: |f| is at most cosh k, however few boxes. By hand for one box around 0: cosh k
    + i k sinh k [-pi, pi] (the slope is -i k sinh k) + (pi^2/2) k^2 e^k (1 + i) [-1, 1]; modulus 22.72 for k = 1.
    """
    orbit = TrigPolynomial.real(real_rows([*[0] * mode, 0.5]))
    bounds = strip_bounds(ExactField(scalar(Identity())), orbit, arb(1), boxes)
    assert isinstance(bounds, StripBounds)
    rest = mp.pi**2 / 2 * mode**2 * mp.exp(mode)
    one_box = mp.hypot(mp.cosh(mode) + rest, mp.pi * mode * mp.sinh(mode) + rest)
    found = number(bounds.field[0])
    assert mp.cosh(mode) <= found <= one_box * (1 + mpf(10) ** -6)
    assert boxes > 1 or found >= one_box * (1 - mpf(10) ** -6)
    assert bounds.jacobian[0][0] == 1 and bounds.divergence == 1


def test_the_edge_below_counts_as_well() -> None:
    """u = cos(theta) + sin(2 theta)/2 - 0.3 is not symmetric in theta; |f| on Im theta = -rho equals that on +rho at
    the conjugate points, and no more is assumed.
    """
    orbit = TrigPolynomial.real(real_rows([-0.3, 0.5, -0.25j]))
    network = scalar(Sin(), 1.5, 0.7)
    bounds = strip_bounds(ExactField(network), orbit, exact(0.5), 1024)
    assert isinstance(bounds, StripBounds)
    for bound, size in zip(_listed(bounds), _largest(network, orbit, [0.5, -0.5, 0.1], 60), strict=True):
        assert size * (1 - TOLERANCE) <= bound <= size * 1.05


@pytest.mark.parametrize("activation", [Tanh(), SiLU(), Softplus(), Arctan()], ids=label)
@pytest.mark.parametrize("slope", [Fraction(1), Fraction(-2), Fraction(1, 4)], ids=str)
@pytest.mark.parametrize("weight", [1.0, -0.5])
def test_a_strip_up_to_the_singularity_and_not_beyond(activation: Activation, slope: Fraction, weight: float) -> None:
    """|Im weight cos theta| reaches |weight| sinh(rho): the limit is asinh(half width/|weight|), met where cos is 0."""
    sloped = replace(activation, slope=slope)
    limit = mp.asinh(half_width(sloped) / abs(weight))
    field = ExactField(scalar(sloped, weight))
    inside = strip_bounds(field, COSINE, exact(float(limit * mpf("0.97"))), 4096)
    assert isinstance(inside, StripBounds), inside
    for factor in (1, "1.0000001", "1.02", "1.5", "3"):
        for boxes in (1, 2, 64, 2048):
            reason = strip_bounds(field, COSINE, exact(float(limit * mpf(factor))), boxes)
            assert isinstance(reason, str) and f"of a {activation.name} layer may reach a singularity" in reason


def test_just_outside_but_off_the_real_axis_of_the_pole() -> None:
    """tanh(6 + cos theta): no pole is met where |Im z| first passes pi/2, for Re z is 6 there; beyond that line the
    maximum principle's argument fails all the same, and the strip is refused.
    """
    limit = mp.asinh(mp.pi / 2)
    field = ExactField(scalar(Tanh(), 1.0, 6.0))
    assert isinstance(strip_bounds(field, COSINE, exact(float(limit * mpf("0.97"))), 2048), StripBounds)
    assert isinstance(strip_bounds(field, COSINE, exact(float(limit * mpf("1.01"))), 2048), str)


def test_the_second_layer_is_watched_too() -> None:
    """(cos theta)^2 = (1 + cos 2 theta)/2 has imaginary parts up to sinh(2 rho)/2; tanh of it ends at pi/2."""
    layers = [Layer(np.eye(1), np.zeros(1), a) for a in (Power(exponent=2), Tanh(), Identity())]
    field, limit = ExactField(Network(tuple(layers))), mp.asinh(mp.pi) / 2
    assert isinstance(strip_bounds(field, COSINE, exact(float(limit * mpf("0.97"))), 8192), StripBounds)
    reason = strip_bounds(field, COSINE, exact(float(limit * mpf("1.001"))), 8192)
    assert isinstance(reason, str) and "a tanh layer" in reason


def test_one_bad_neuron_of_many_is_enough() -> None:
    """Only the last neuron, of weight 3, leaves the strip of arctan: 3 sinh(0.4) = 1.23 > 1 > sinh(0.4)."""
    hidden = Layer(np.array([[1.0], [0.5], [-1.0], [3.0]]), np.zeros(4), Arctan())
    network = Network((hidden, Layer(np.ones((1, 4)), np.zeros(1), Identity())))
    assert isinstance(strip_bounds(ExactField(network), COSINE, exact(0.4), 512), str)
    assert isinstance(strip_bounds(ExactField(network), COSINE, exact(0.3), 512), StripBounds)


@pytest.mark.parametrize("activation", [Sin(), Power(exponent=3), LeakyReLU(negative_slope=Fraction(1))], ids=label)
def test_entire_activations_have_no_limit(activation: Activation) -> None:
    bounds = strip_bounds(ExactField(scalar(activation)), COSINE, arb(3), 2048)
    assert isinstance(bounds, StripBounds)
    assert number(bounds.field[0]) >= mp.cosh(3)


@pytest.mark.parametrize(
    ("height", "boxes"), [("0", 64), ("-1", 64), ("nan", 64), ("inf", 64), ("1", 0), ("1", -5), ("0.1 +/- 0.2", 64)]
)
def test_what_is_no_strip_is_refused(height: str, boxes: int) -> None:
    reason = strip_bounds(ExactField(scalar(Tanh())), COSINE, arb(height), boxes)
    assert isinstance(reason, str) and "positive width and at least one box" in reason


def test_a_thick_height_bounds_every_strip_in_it() -> None:
    thick = strip_bounds(ExactField(scalar(Sin())), COSINE, arb(1, 0.25), 512)
    widest = strip_bounds(ExactField(scalar(Sin())), COSINE, exact(1.25), 4096)
    assert isinstance(thick, StripBounds) and isinstance(widest, StripBounds)
    assert number(thick.field[0]) >= abs(mp.sin(mpc(0, mp.sinh(mpf(1.25)))))


@pytest.mark.parametrize("activation", SMOOTH, ids=label)
@pytest.mark.parametrize("weight", [1e300, 1e-300])
def test_huge_and_tiny_weights_are_refused_or_right(activation: Activation, weight: float) -> None:
    network = scalar(activation, weight, 0.0, 1e300)
    bounds = strip_bounds(ExactField(network), COSINE, exact(0.25), 64)
    if isinstance(bounds, str):
        assert weight > 1 and ("singularity" in bounds or "no finite bound" in bounds)
        return
    # theta = 0: u = cosh(0.25), real on the upper edge.
    f, df, _ = jet(network, [mp.cosh(mpf(0.25))])
    assert number(bounds.field[0]) >= abs(f[0]) * (1 - TOLERANCE)
    assert number(bounds.jacobian[0][0]) >= abs(df[0][0]) * (1 - TOLERANCE)


def test_an_orbit_of_huge_degree_and_tiny_coefficients() -> None:
    """A mode 1e-12 e^{40 i theta}, invisible on the real line, at rho = 0.75: e^{30} 1e-12 = 10.7."""
    half = [acb(0)] * 41
    half[40] = acb(exact(1e-12))
    orbit = TrigPolynomial.real((tuple(half),))
    assert isinstance(strip_bounds(ExactField(scalar(Tanh())), orbit, exact(0.75), 8192), str)
    bounds = strip_bounds(ExactField(scalar(Identity())), orbit, exact(0.75), 8192)
    assert isinstance(bounds, StripBounds)
    # |2 cos(40 theta)| 1e-12 is at most 2e-12 cosh(30) = 10.69 on the strip.
    assert 10.68 < float(bounds.field[0]) < 10.9


def test_the_largest_of_all_chunks_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Boxes are bounded some at a time: the bounds are those of all of them, wherever the largest lies."""
    field, orbit = ExactField(NETWORKS[label(SMOOTH[0])]), _orbit(2)
    whole = strip_bounds(field, orbit, arb("0.05"), 64)
    monkeypatch.setattr(strip, "CHUNK", 7)
    parts = strip_bounds(field, orbit, arb("0.05"), 64)
    assert isinstance(whole, StripBounds)
    assert isinstance(parts, StripBounds)
    pairs = [*zip(whole.field, parts.field, strict=True), (whole.divergence, parts.divergence)]
    pairs += [pair for rows in zip(whole.jacobian, parts.jacobian, strict=True) for pair in zip(*rows, strict=True)]
    assert all(not (a > b or b > a) and abs(a - b) <= abs(a) * arb("1e-12") for a, b in pairs)
