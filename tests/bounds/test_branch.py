"""Branch and bound: exact covering, inherited bounds, valid bounds at any stop, and gaps that close."""

from __future__ import annotations

import random
import time
from fractions import Fraction

import numpy as np
import pytest
from fixtures_networks import cube_stuart_landau, random_network, reference_jacobian
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from saturode_verify.activation import Identity, ReLU, Tanh
from saturode_verify.bounds.branch import BranchAndBound, Enclosed, Goal, Threshold, short_dyadic
from saturode_verify.bounds.candidates import FloatField
from saturode_verify.bounds.engine import ArbEngine
from saturode_verify.bounds.point import inner_bounds
from saturode_verify.bounds.profile import profile_hull
from saturode_verify.bounds.quantities import NAMES
from saturode_verify.network import Layer, Network
from saturode_verify.region import Box
from saturode_verify.rigor.balls import lower_rational, precision, upper_rational


def _run(network: Network, box: Box, goal: Goal) -> Enclosed:
    with precision(64):
        return BranchAndBound(ArbEngine(network), FloatField(network), box, goal).run()


def _ends(outcome: Enclosed, name: str) -> tuple[Fraction, Fraction]:
    """(lower, upper) of a supremum."""
    entry = outcome.suprema[NAMES.index(name)]
    assert entry.lower is not None
    low, high = lower_rational(entry.lower), upper_rational(entry.upper)
    assert low is not None and high is not None
    return low, high


def _volume(box: Box) -> Fraction:
    product = Fraction(1)
    for low, high in box.sides:
        product *= high - low
    return product


def test_stuart_landau_has_its_closed_form_suprema() -> None:
    """3x(Stuart-Landau) on [-1,1]^2, r^2 in [0, 2]: div = 3(2 - 4 r^2) lies in [-18, 6]; the symmetric part has the
    eigenvalues 3(1 - r^2) and 3(1 - 3 r^2), so mu+ = 3, mu- = -15; Df/3 = a I + J + c S with a = 1 - 2 r^2, c = r^2 and
    a reflection S, hence ||Df|| = 3 (sqrt(a^2 + 1) + r^2), largest at r^2 = 2: 3 (sqrt 10 + 2).
    """
    outcome = _run(cube_stuart_landau(), Box("[-1,1]^2"), Goal(Fraction(1, 100)))
    assert outcome.stopped == ""
    norm = 3 * (10**0.5 + 2)
    for name, true, scale in (
        ("divergence_high", 6, 18), ("divergence_low", 18, 18), ("log_norm_high", 3, 15), ("log_norm_low", 15, 15),
        ("norm", Fraction(norm), norm),
    ):  # fmt: skip
        low, high = _ends(outcome, name)
        assert low - Fraction(1, 10**14) <= true <= high + Fraction(1, 10**14)
        assert high - low <= Fraction(scale) / 100 + Fraction(1, 10**14)


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_leaves_cover_the_box_exactly_and_bound_their_samples(seed: int, d: int) -> None:
    """Volumes add up exactly, every sample lies in a leaf, and the leaf's bound holds at it."""
    network = random_network(seed, [d, 4, 3, d], Tanh())
    box = Box([(Fraction(-1, 3), Fraction(7, 10))] * d)
    outcome = _run(network, box, Goal(Fraction(1, 20), deadline=time.monotonic() + 5))
    leaves = list(outcome.leaves())
    assert sum(_volume(leaf.box) for leaf in leaves) == _volume(box)
    generator = random.Random(seed)
    for _ in range(10):
        point = [low + (high - low) * Fraction(generator.random()) for low, high in box.sides]
        homes = [leaf for leaf in leaves if point in leaf.box]
        assert homes
        jacobian = np.array([[float(v) for v in row] for row in reference_jacobian(network, point)])
        for leaf in homes:
            assert float(leaf.outer[0]) >= np.linalg.norm(jacobian, 2) * (1 - 1e-12)
            assert float(leaf.outer[1]) >= np.trace(jacobian) - 1e-12


def test_bounds_are_valid_when_time_is_up_at_once() -> None:
    network = random_network(3, [2, 8, 8, 2], Tanh())
    short = _run(network, Box("[-2,2]^2"), Goal(Fraction(1, 1000), deadline=time.monotonic()))
    full = _run(network, Box("[-2,2]^2"), Goal(Fraction(1, 100)))
    assert short.stopped == "the time limit was reached"
    for name in NAMES:
        assert _ends(short, name)[1] >= _ends(full, name)[0]
        assert _ends(short, name)[0] <= _ends(full, name)[1]


class _Interrupting(ArbEngine):
    """Raises KeyboardInterrupt in the n-th call."""

    def __init__(self, network: Network, calls: int) -> None:
        super().__init__(network)
        self.left = calls

    def bound(self, boxes: list[Box]) -> list:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return super().bound(boxes)


@pytest.mark.parametrize("calls", [2, 5, 9])
def test_an_interrupt_leaves_valid_bounds_of_the_whole_box(calls: int) -> None:
    network, box = random_network(3, [2, 8, 8, 2], Tanh()), Box("[-2,2]^2")
    with precision(64):
        run = BranchAndBound(_Interrupting(network, calls), FloatField(network), box, Goal(Fraction(1, 100)))
        outcome = run.run()
    assert outcome.interrupted
    assert sum(_volume(leaf.box) for leaf in outcome.leaves()) == _volume(box)
    assert _ends(outcome, "norm")[1] >= _ends(_run(network, box, Goal(Fraction(1, 50))), "norm")[0]


def test_thin_boxes_end_and_stay_inside() -> None:
    """Prototype attack: on a region 2 ulp wide, leaves drifted out of U and a false lower bound was printed."""
    ulp = Fraction(1, 2**52)
    one = np.ones((1, 1))
    network = Network((Layer(2.0**52 * one, np.array([-(2.0**52) - 5.0]), Tanh()), Layer(one, np.zeros(1), Identity())))
    box = Box([(Fraction(1), 1 + 2 * ulp)])
    outcome = _run(network, box, Goal(Fraction(1, 1000), deadline=time.monotonic() + 20))
    low, high = _ends(outcome, "norm")
    # f'(x) = 2^52 sech^2(2^52 (x - 1) - 5) is increasing on the box: the supremum is at its upper end, argument -3.
    true = Fraction(2**52) / Fraction(float(np.cosh(3.0))) ** 2
    assert low <= true * (1 + Fraction(1, 10**14)) and true <= high * (1 + Fraction(1, 10**14))
    assert high - low <= high / 1000
    for leaf in outcome.leaves():
        assert 1 <= leaf.box.sides[0][0] <= leaf.box.sides[0][1] <= 1 + 2 * ulp


def test_a_proposed_point_outside_the_box_is_an_error_not_a_bound() -> None:
    network = random_network(3, [2, 4, 2], Tanh())
    with precision(64):
        run = BranchAndBound(ArbEngine(network), FloatField(network), Box("[0,1]^2"), Goal(Fraction(1, 10)))
        with pytest.raises(ValueError, match="outside the box"):
            run._try_point((Fraction(2), Fraction(0)))


def test_relu_takes_no_lower_bound_on_a_kink() -> None:
    """f = relu(x) - relu(-x) = x has the product set [0, 2] at 0; D = (1, 1) there would claim a norm of 2."""
    first = Layer(np.array([[1.0], [-1.0]]), np.zeros(2), ReLU())
    network = Network((first, Layer(np.array([[1.0, -1.0]]), np.zeros(1), Identity())))
    with precision(64):
        assert inner_bounds(ArbEngine(network).at_point((Fraction(0),))) is None
    outcome = _run(network, Box("[-1,1]"), Goal(Fraction(1, 100), deadline=time.monotonic() + 20))
    low, high = _ends(outcome, "norm")
    assert low == 1
    assert 1 <= high <= 2
    assert "cannot be split further" in outcome.stopped


def test_thresholds_are_decided_beyond_the_gap() -> None:
    """With rtol = 1/2 the norm would stay vague; a threshold 0.1 % above the truth forces the decision."""
    network, box = random_network(3, [2, 8, 2], Tanh()), Box("[-1,1]^2")
    low, _ = _ends(_run(network, box, Goal(Fraction(1, 10000))), "norm")
    outcome = _run(network, box, Goal(Fraction(1, 2), (Threshold(0, low * Fraction(1001, 1000), False),)))
    assert _ends(outcome, "norm")[1] <= low * Fraction(1001, 1000)


def test_the_profile_of_the_leaves_is_tighter_than_the_root_and_contains_samples() -> None:
    network, box = random_network(4, [2, 6, 6, 2], Tanh()), Box("[-2,2]^2")
    outcome = _run(network, box, Goal(Fraction(1, 100)))
    hull = profile_hull(leaf.bounds.preactivation for leaf in outcome.leaves())
    assert hull is not None and outcome.root.bounds.preactivation is not None
    widths = [[float(high - low) for low, high in layer] for layer in hull]
    roots = [[float(high - low) for low, high in layer] for layer in outcome.root.bounds.preactivation]
    assert sum(widths[1]) < 0.9 * sum(roots[1])
    points = np.random.default_rng(0).uniform(-2, 2, (4000, 2))
    first = points @ network.layers[0].weight.T + network.layers[0].bias
    second = np.tanh(first) @ network.layers[1].weight.T + network.layers[1].bias
    for layer, values in zip(hull, (first, second), strict=True):
        for (low, high), column in zip(layer, values.T, strict=True):
            assert float(low) - 1e-12 <= column.min() and column.max() <= float(high) + 1e-12
            assert float(high - low) <= 1.25 * (column.max() - column.min())


@pytest.mark.parametrize(
    ("low", "high"), [("0", "1"), ("1/3", "1/3000001"), ("-8/5", "8/5"), ("1e30", "1000000000000000000000000000001")]
)
def test_cuts_are_short_and_strictly_inside(low: str, high: str) -> None:
    a, b = sorted([Fraction(low), Fraction(high)])
    cut = short_dyadic(a, b)
    assert a < cut < b
    assert cut.denominator & (cut.denominator - 1) == 0
    assert min(cut - a, b - cut) > (b - a) / 4


def test_no_information_at_the_root_is_split_away() -> None:
    """An engine that knows nothing on wide boxes still ends with finite bounds."""

    class Shy(ArbEngine):
        def _bound(self, box: Box):
            bounds = super()._bound(box)
            if box.sides[0][1] - box.sides[0][0] > 1:
                bounds = type(bounds)(type(bounds.outer)(deltas=[arb.pos_inf()] * self._hidden))
            return bounds

    network = random_network(3, [1, 4, 1], Tanh())
    with precision(64):
        outcome = BranchAndBound(Shy(network), FloatField(network), Box("[-2,2]"), Goal(Fraction(1, 100))).run()
    assert outcome.stopped == ""
    assert _ends(outcome, "norm")[1] < 100
