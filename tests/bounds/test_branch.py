"""Branch and bound: exact covering, inherited bounds, valid bounds at any stop, and gaps that close."""

from __future__ import annotations

import random
import time
from fractions import Fraction

import numpy as np
import pytest
from fixtures_networks import cube_stuart_landau, random_network, reference_jacobian
from hypothesis import given, settings
from hypothesis import strategies as st

from saturode_verify.activation import Identity, ReLU, Tanh
from saturode_verify.bounds.bounders import MappedBounder, serial
from saturode_verify.bounds.branch import BranchAndBound
from saturode_verify.bounds.goal import Goal, Threshold
from saturode_verify.bounds.outcome import Enclosed
from saturode_verify.bounds.partition import Partition, propose_cuts
from saturode_verify.bounds.point import PointEngine, inner_bounds
from saturode_verify.bounds.quantities import NAMES
from saturode_verify.bounds.rounded.engine import ChunkBounds
from saturode_verify.network import Layer, Network
from saturode_verify.region import Box
from saturode_verify.rigor.balls import lower_rational, precision, upper_rational
from saturode_verify.rigor.numbers import parse_exact


def _search(network: Network, box: Box, goal: Goal, start: Partition | None = None, bits: int = 0) -> BranchAndBound:
    return BranchAndBound(network, MappedBounder(network, serial, bits=bits), box, goal, start)


def _run(network: Network, box: Box, goal: Goal, start: Partition | None = None, bits: int = 0) -> Enclosed:
    with precision(64):
        return _search(network, box, goal, start, bits).run()


def _ends(outcome: Enclosed, name: str) -> tuple[Fraction, Fraction]:
    """(lower, upper) of a supremum."""
    entry = outcome.suprema[NAMES.index(name)]
    assert entry.lower is not None
    low, high = lower_rational(entry.lower), upper_rational(entry.upper)
    assert low is not None and high is not None
    return low, high


def _leaves(box: Box, order: list) -> list[Box]:
    """Replay a subdivision in preorder, exactly."""
    entries = iter(order)

    def grow(part: Box) -> list[Box]:
        entry = next(entries)
        if entry == "leaf":
            return [part]
        lower, upper = part.split(entry[0], parse_exact(entry[1]))
        return grow(lower) + grow(upper)

    found = grow(box)
    assert next(entries, None) is None
    return found


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
    """Volumes add up exactly, every sample lies in a leaf, and the outcome's bounds hold at it."""
    network = random_network(seed, [d, 4, 3, d], Tanh())
    box = Box([(Fraction(-1, 3), Fraction(7, 10))] * d)
    outcome = _run(network, box, Goal(Fraction(1, 20), deadline=time.monotonic() + 5))
    leaves = _leaves(box, outcome.partition.preorder())
    assert sum(_volume(leaf) for leaf in leaves) == _volume(box)
    assert len(leaves) == outcome.partition.leaves()
    generator = random.Random(seed)
    for _ in range(10):
        point = [low + (high - low) * Fraction(generator.random()) for low, high in box.sides]
        assert any(point in leaf for leaf in leaves)
        jacobian = np.array([[float(v) for v in row] for row in reference_jacobian(network, point)])
        assert _ends(outcome, "norm")[1] >= np.linalg.norm(jacobian, 2) * (1 - 1e-12)
        assert _ends(outcome, "divergence_high")[1] >= np.trace(jacobian) - 1e-12
        assert _ends(outcome, "divergence_low")[1] >= -np.trace(jacobian) - 1e-12


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300)), min_size=1, max_size=3), st.data())
def test_a_partition_covers_rational_boxes(ends: list[tuple[float, float]], data: st.DataObject) -> None:
    """Prototype attack: children computed as centre +- half width left their parent, and centres left U."""
    box = Box([tuple(sorted((Fraction(a) / 3, Fraction(b) / 3))) for a, b in ends])
    partition = Partition(box)
    nodes, lower, upper = partition.root()
    for _ in range(6):
        cuts = propose_cuts(lower, upper)
        axes = np.array([data.draw(st.integers(0, box.dimension - 1)) for _ in nodes])
        chosen = cuts[np.arange(len(nodes)), axes]
        keep = ~np.isnan(chosen)
        if not keep.any():
            break
        nodes, lower, upper = partition.split(nodes[keep], lower[keep], upper[keep], axes[keep], chosen[keep])
        nodes, lower, upper = nodes[:4], lower[:4], upper[:4]
    leaves = _leaves(box, partition.preorder())
    assert sum(_volume(leaf) for leaf in leaves) == _volume(box)


def test_a_partition_refuses_false_cuts() -> None:
    partition = Partition(Box("[0,1]"))
    for cut in (0.0, 1.0, 2.0, float("nan")):
        with pytest.raises(ValueError, match="strictly inside"):
            partition.split(*partition.root(), np.array([0]), np.array([cut]))
    partition.split(*partition.root(), np.array([0]), np.array([0.5]))
    with pytest.raises(ValueError, match="only a leaf"):
        partition.split(*partition.root(), np.array([0]), np.array([0.25]))
    with pytest.raises(ValueError, match="same box"):
        Partition(Box("[0,2]")).copy_from(partition)


def test_bounds_are_valid_when_time_is_up_at_once() -> None:
    network = random_network(3, [2, 8, 8, 2], Tanh())
    short = _run(network, Box("[-2,2]^2"), Goal(Fraction(1, 1000), deadline=time.monotonic()))
    full = _run(network, Box("[-2,2]^2"), Goal(Fraction(1, 100)))
    assert short.stopped == "the time limit was reached"
    for name in NAMES:
        assert _ends(short, name)[1] >= _ends(full, name)[0]
        assert _ends(short, name)[0] <= _ends(full, name)[1]


@pytest.mark.parametrize("calls", [1, 2, 5])
def test_a_wish_to_end_leaves_valid_bounds_of_the_whole_box(calls: int) -> None:
    network, box = random_network(3, [2, 8, 8, 2], Tanh()), Box("[-2,2]^2")
    left = iter([False] * calls + [True] * 9)
    outcome = _run(network, box, Goal(Fraction(1, 10000), interrupted=lambda: next(left)))
    assert outcome.stopped == "the run was interrupted"
    assert sum(_volume(leaf) for leaf in _leaves(box, outcome.partition.preorder())) == _volume(box)
    assert _ends(outcome, "norm")[1] >= _ends(_run(network, box, Goal(Fraction(1, 50))), "norm")[0]


def test_another_networks_subdivision_is_a_valid_start() -> None:
    """The bounds must be this network's own, whatever tree the search starts from."""
    network, other = random_network(3, [2, 8, 8, 2], Tanh()), random_network(4, [2, 5, 2], Tanh())
    box, goal = Box("[-2,2]^2"), Goal(Fraction(1, 100))
    start = _run(other, box, goal).partition
    warm, cold = _run(network, box, goal, start), _run(network, box, goal)
    assert sum(_volume(leaf) for leaf in _leaves(box, warm.partition.preorder())) == _volume(box)
    for name in NAMES:
        assert _ends(warm, name)[1] >= _ends(cold, name)[0]
        assert _ends(cold, name)[1] >= _ends(warm, name)[0]


def test_both_engines_enclose_the_same_suprema() -> None:
    network, box, goal = random_network(5, [2, 6, 5, 2], Tanh()), Box("[-1,1]x[0,1/3]"), Goal(Fraction(1, 100))
    fast, slow = _run(network, box, goal), _run(network, box, goal, bits=64)
    for name in NAMES:
        assert max(_ends(fast, name)[0], _ends(slow, name)[0]) <= min(_ends(fast, name)[1], _ends(slow, name)[1])


def test_thin_boxes_end_and_stay_inside() -> None:
    """Prototype attack: on a region 2 ulp wide, leaves drifted out of U and a false lower bound was printed."""
    ulp = Fraction(1, 2**52)
    one = np.ones((1, 1))
    network = Network((Layer(2.0**52 * one, np.array([-(2.0**52) - 5.0]), Tanh()), Layer(one, np.zeros(1), Identity())))
    box = Box([(Fraction(1), 1 + 2 * ulp)])
    outcome = _run(network, box, Goal(Fraction(1, 1000), deadline=time.monotonic() + 20), bits=64)
    low, high = _ends(outcome, "norm")
    # f'(x) = 2^52 sech^2(2^52 (x - 1) - 5) is increasing on the box: the supremum is at its upper end, argument -3.
    true = Fraction(2**52) / Fraction(float(np.cosh(3.0))) ** 2
    assert low <= true * (1 + Fraction(1, 10**14)) and true <= high * (1 + Fraction(1, 10**14))
    assert high - low <= high / 1000
    for leaf in _leaves(box, outcome.partition.preorder()):
        assert 1 <= leaf.sides[0][0] <= leaf.sides[0][1] <= 1 + 2 * ulp


def test_a_proposed_point_outside_the_box_is_an_error_not_a_bound() -> None:
    network = random_network(3, [2, 4, 2], Tanh())
    with precision(64):
        run = _search(network, Box("[0,1]^2"), Goal(Fraction(1, 10)))
        with pytest.raises(ValueError, match="outside the box"):
            run._try_point((Fraction(2), Fraction(0)))


def test_relu_takes_no_lower_bound_on_a_kink() -> None:
    """f = relu(x) - relu(-x) = x has the product set [0, 2] at 0; D = (1, 1) there would claim a norm of 2."""
    first = Layer(np.array([[1.0], [-1.0]]), np.zeros(2), ReLU())
    network = Network((first, Layer(np.array([[1.0, -1.0]]), np.zeros(1), Identity())))
    with precision(64):
        assert inner_bounds(PointEngine(network).at_point((Fraction(0),))) is None
    outcome = _run(network, Box("[-1,1]"), Goal(Fraction(1, 100), deadline=time.monotonic() + 20))
    low, high = _ends(outcome, "norm")
    assert low == 1
    assert 1 <= high <= 2 + Fraction(1, 10**12)
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
    hull = outcome.preactivation
    root = _run(network, box, Goal(Fraction(1, 100), deadline=time.monotonic())).preactivation
    assert hull is not None and root is not None
    widths = [[float(high - low) for low, high in layer] for layer in hull]
    roots = [[float(high - low) for low, high in layer] for layer in root]
    assert sum(widths[1]) < 0.9 * sum(roots[1])
    points = np.random.default_rng(0).uniform(-2, 2, (4000, 2))
    first = points @ network.layers[0].weight.T + network.layers[0].bias
    second = np.tanh(first) @ network.layers[1].weight.T + network.layers[1].bias
    for layer, values in zip(hull, (first, second), strict=True):
        for (low, high), column in zip(layer, values.T, strict=True):
            assert float(low) - 1e-12 <= column.min() and column.max() <= float(high) + 1e-12
            assert float(high - low) <= 1.25 * (column.max() - column.min())


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1.6, 1.6), (1 / 3, 0.34), (1e30, 1.5e30), (0.0, 5e-324 * 8)])
def test_cuts_are_short_and_strictly_inside(low: float, high: float) -> None:
    cut = float(propose_cuts(np.array([[low]]), np.array([[high]]))[0, 0])
    assert low < cut < high
    assert min(cut - low, high - cut) > (high - low) / 4
    mantissa = Fraction(cut).numerator
    assert (mantissa // (mantissa & -mantissa or 1)).bit_length() <= 12
    assert np.isnan(propose_cuts(np.array([[low]]), np.array([[np.nextafter(low, np.inf)]]))).all()


def test_no_information_at_the_root_is_split_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that knows nothing on wide boxes still ends with finite bounds."""
    network = random_network(3, [1, 4, 1], Tanh())
    bounder = MappedBounder(network, serial)
    honest = bounder.bound

    def shy(lower: np.ndarray, upper: np.ndarray, targets: np.ndarray | None = None) -> ChunkBounds:
        found = honest(lower, upper, targets)
        outer = np.where((upper - lower > 1).any(axis=1)[:, None], np.inf, found.outer)
        return ChunkBounds(outer, found.low, found.high, found.scores)

    monkeypatch.setattr(bounder, "bound", shy)
    with precision(64):
        outcome = BranchAndBound(network, bounder, Box("[-2,2]"), Goal(Fraction(1, 100))).run()
    assert outcome.stopped == ""
    assert _ends(outcome, "norm")[1] < 100
