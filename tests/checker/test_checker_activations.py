"""Activations at complex points against Arb at 400 bits; orbits, curves and kinked regions from end to end."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from checker_cases import check, document
from fixtures_networks import random_network
from flint import acb, arb, ctx

import saturode_verify as sv
from saturode_verify.activation import Identity
from saturode_verify.activation.registry import activation_from_spec
from saturode_verify.checker import check_bytes
from saturode_verify.checker.activation import Activation
from saturode_verify.checker.affine import Engine, linearise
from saturode_verify.checker.complex_activation import inside, local
from saturode_verify.checker.kinks import chord
from saturode_verify.checker.model import read_model
from saturode_verify.checker.quantities import norm_at_most
from saturode_verify.checker.sweep import Limits, sweep
from saturode_verify.checker.verdict import Rejected, Unconfirmed
from saturode_verify.curves import curve_certificate
from saturode_verify.network import Layer, Network
from saturode_verify.orbit.curve import closed_curve
from saturode_verify.rigor.numbers import Enclosure, format_exact, parse_exact

P = 88
Complex = Callable[[acb], acb]


def _gate(z: acb) -> acb:
    return 1 / (1 + (-z).exp())


def _density(z: acb) -> acb:
    return (-z * z / 2).exp() / (2 * arb.pi()).sqrt()


def _area(z: acb) -> acb:
    return (-z / arb(2).sqrt()).erfc() / 2


def _gate_slope(z: acb) -> acb:
    return _gate(z) * _gate(-z)


def _gate_bend(z: acb) -> acb:
    return _gate_slope(z) * (1 - 2 * _gate(z))


REFERENCE: dict[str, tuple[float, Complex, Complex, Complex]] = {
    "tanh": (math.pi / 2, acb.tanh, lambda z: 1 - z.tanh() ** 2, lambda z: -2 * z.tanh() * (1 - z.tanh() ** 2)),
    "sigmoid": (math.pi, _gate, _gate_slope, _gate_bend),
    "silu": (
        math.pi, lambda z: z * _gate(z), lambda z: _gate(z) + z * _gate_slope(z),
        lambda z: 2 * _gate_slope(z) + z * _gate_bend(z),
    ),
    "softplus": (math.pi, lambda z: z.exp().log1p(), _gate, _gate_slope),
    "arctan": (1.0, acb.atan, lambda z: 1 / (1 + z * z), lambda z: -2 * z / (1 + z * z) ** 2),
    "gelu": (
        9.0, lambda z: z * _area(z), lambda z: _area(z) + z * _density(z), lambda z: (2 - z * z) * _density(z),
    ),
    "sin": (30.0, acb.sin, acb.cos, lambda z: -z.sin()),
}  # fmt: skip
"""(height below which points are tried, s, s', s'') of each analytic activation."""


@pytest.fixture
def bits() -> Any:
    before, ctx.prec = ctx.prec, 400
    yield
    ctx.prec = before


def _boxes(height: float, slope: Fraction, count: int, tame: bool) -> list[tuple[int, int, int, int]]:
    """Centres and reaches at precision P inside the strip; if not ``tame``, near its edge, tiny, far out or large."""
    chance, found = random.Random(f"{height}{slope}{tame}"), []
    edge = height / abs(float(slope))
    for _ in range(count):
        x, y = chance.uniform(-3, 3), edge * chance.uniform(-0.5, 0.5)
        reach = [0.05 * chance.random(), 0.05 * min(edge, 1) * chance.random()]
        if not tame:
            x *= chance.choice([0, 1e-25, 1e-9, 1e-3, 1, 4, 15, 200])
            y = chance.choice([0, edge * chance.uniform(-1, 1), edge * (1 - 10 ** chance.uniform(-14, 0))])
            free = chance.choice([0, 0.01, 0.5, 0.999]) * (edge - abs(y))
            reach = [chance.choice([0, 1e-20, 1e-3, 1, 50]) * chance.random(), free * chance.random()]
        found.append(tuple(int(v * 2**P) for v in (x, y, *reach)))
    return found


def _corner(chance: random.Random) -> float:
    return chance.choice([-1.0, 1.0, chance.uniform(-1, 1)])


@pytest.mark.parametrize("name", REFERENCE)
@pytest.mark.parametrize("slope", [Fraction(1), Fraction(-5, 4), Fraction(1, 64)])
def test_complex_values_slopes_and_bends_are_enclosed(name: str, slope: Fraction, bits: None) -> None:
    height, *functions = REFERENCE[name]
    activation, chance, scale = Activation(name, slope), random.Random(2), arb(2) ** -P
    factor = arb(slope.numerator) / slope.denominator
    seen = 0
    for x, y, a, b in _boxes(height, slope, 400, tame=False):
        if not inside(activation, abs(y) + b, P):
            continue
        try:
            found = local(activation, (x, y), (a, b), P)
        except (Rejected, ArithmeticError):
            continue
        seen += 1
        z = acb(x, y) * scale * factor
        for ball, true in ((found.value, functions[0](z)), (found.slope, functions[1](z) * factor)):
            assert abs(true.real / scale - ball[0]) <= ball[2], (x, y)
            assert abs(true.imag / scale - ball[1]) <= ball[2], (x, y)
        for _ in range(3):
            w = acb(x + int(_corner(chance) * a), y + int(_corner(chance) * b)) * scale * factor
            assert abs(functions[2](w)) * factor**2 / scale <= found.bend, (x, y, a, b)
    assert seen > 330


@pytest.mark.parametrize("name", REFERENCE)
def test_complex_enclosures_are_narrow(name: str, bits: None) -> None:
    height, *functions = REFERENCE[name]
    chance = random.Random(4)
    for x, y, a, b in _boxes(min(height, 3.0), Fraction(1), 40, tame=True):
        found = local(Activation(name), (x, y), (a, b), P)
        assert max(found.value[2], found.slope[2]) <= 8
        shifts = [(_corner(chance), _corner(chance)) for _ in range(60)]
        sampled = max(
            float(abs(functions[2](acb(x + int(s * a), y + int(t * b)) * arb(2) ** -P)).mid()) for s, t in shifts
        )
        assert found.bend <= (4 * sampled + 0.5) * 2**P


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "silu", "softplus", "arctan"])
def test_nothing_is_claimed_at_a_singularity(name: str) -> None:
    edge = int(Fraction(REFERENCE[name][0]) * 2**P)
    assert not inside(Activation(name), edge + 2**40, P)
    assert not inside(Activation(name, Fraction(-2)), edge // 2 + 2**40, P)
    assert inside(Activation(name), edge - 2**40, P)
    with pytest.raises((Rejected, ArithmeticError, ValueError)):
        local(Activation(name), (0, edge // 2), (0, edge), P)


def test_kinks_and_far_points_are_refused() -> None:
    for name in ("relu", "elu"):
        with pytest.raises(Unconfirmed):
            inside(Activation(name, parameter=Fraction(1)), 1, P)
    with pytest.raises(ArithmeticError):
        local(Activation("gelu"), (0, 70 << P), (0, 0), P)


FEATURES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "arctan": np.arctan,
    "softplus": lambda a: np.logaddexp(0, a),
    "gelu": lambda a: a * (1 + np.vectorize(math.erf)(a / math.sqrt(2))) / 2,
}


@lru_cache(maxsize=4)
def fitted(name: str, width: int = 10) -> Network:
    """Stuart-Landau on [-1.4, 1.4]^2 by least squares on random features."""
    chance = np.random.default_rng(1)
    weight, bias = chance.uniform(-0.7, 0.7, (width, 2)), chance.uniform(-1, 1, width)
    points = chance.uniform(-1.4, 1.4, (400, 2))
    x, y, growth = points[:, 0], points[:, 1], 1 - (points**2).sum(axis=1)
    columns = np.column_stack([FEATURES[name](points @ weight.T + bias), np.ones(len(points))])
    target = np.column_stack([growth * x - y, x + growth * y])
    last = np.linalg.solve(columns.T @ columns + 1e-6 * np.eye(width + 1), columns.T @ target).T
    hidden = Layer(weight, bias, activation_from_spec({"name": name}))
    return Network((hidden, Layer(np.ascontiguousarray(last[:, :-1]), last[:, -1].copy(), Identity())))


@lru_cache(maxsize=4)
def orbit_of(name: str) -> str:
    """The certificate of its cycle."""
    certificate = sv.prove_orbit(fitted(name), near=[1.0, 0.0], rtol="0.5")
    assert certificate["periodic_orbit"].proved
    return certificate.to_json()


@pytest.mark.parametrize("name", FEATURES)
def test_orbits_are_confirmed(name: str) -> None:
    report = check_bytes(orbit_of(name).encode(), fitted(name).canonical())
    assert report.accepted, report.text()


def test_forged_orbits_are_rejected() -> None:
    changed = document(orbit_of("gelu"))
    changed["claims"], changed["witness"] = changed["claims"][:1], changed["witness"][:1]
    assert check(changed, fitted("gelu").canonical()).accepted
    _raise(changed["claims"][0]["det_m"])
    assert not check(changed, fitted("gelu").canonical()).accepted


def _raise(entry: dict[str, Any]) -> None:
    low, high = parse_exact(entry["lower"]), parse_exact(entry["upper"])
    moved = Enclosure(2 * high - low, 3 * high - 2 * low)
    assert moved.upper is not None
    entry |= {
        "lower": format_exact(moved.lower), "upper": format_exact(moved.upper), "display": list(moved.display())
    }  # fmt: skip


@pytest.mark.parametrize("name", FEATURES)
def test_curves_are_confirmed(name: str) -> None:
    network = random_network(3, [2, 4, 2], activation_from_spec({"name": name}))
    rows = [[0, 1, 0], [1, 0, 1], [2, -1, 0], [Fraction(7, 2), 0, -1], [4, 1, 0]]
    curve = closed_curve([[Fraction(x) for x in row] for row in rows], "cubic")
    certificate = curve_certificate(network, curve, digits=6, rtol="0.5")
    assert certificate["curve_determinant"].proved
    report = check_bytes(certificate.to_json().encode(), network.canonical())
    assert report.accepted, report.text()


KINKED: list[tuple[list[dict[str, str]], list[int], bool, list[str]]] = [
    ([{"name": "relu"}] * 2, [2, 6, 5, 2], True, ["[0.5,0.75]x[0.5,0.625]"]),
    ([{"name": "relu"}], [2, 8, 2], True, ["[-1,1]^2"]),
    ([{"name": "relu"}], [2, 6, 2], False, ["[-1,1]^2"]),
    ([{"name": "relu"}] * 3, [2, 4, 4, 4, 2], True, ["[-1,1]^2"]),
    ([{"name": "relu"}] * 2, [2, 6, 5, 2], True, ["[1/3,1/3]x[0.1,0.1]"]),
    ([{"name": "relu"}], [2, 6, 2], False, ["[0,0]^2"]),
    ([{"name": "relu", "slope": "-3*2^-2"}], [2, 6, 2], True, ["[-1,1]^2", "[1,2]^2"]),
    ([{"name": "leaky_relu", "negative_slope": "1*2^-2"}], [2, 5, 2], True, ["[-1,1]^2"]),
    ([{"name": "leaky_relu", "negative_slope": "-1*2^-1"}], [2, 5, 2], True, ["[-1,1]x[0,1]"]),
    ([{"name": "elu", "alpha": "3*2^-1"}] * 2, [2, 6, 5, 2], True, ["[-1,1]^2"]),
    ([{"name": "elu", "alpha": "1*2^-1", "slope": "-3*2^-1"}], [2, 6, 2], True, ["[-1,1]^2"]),
    ([{"name": "tanh"}, {"name": "relu"}], [2, 6, 5, 2], True, ["[-1,1]^2"]),
    ([{"name": "elu"}, {"name": "leaky_relu"}], [2, 6, 5, 2], True, ["[-1,1]^2"]),
]


def _kinked(specs: list[dict[str, str]], sizes: list[int], biased: bool) -> Network:
    layers = []
    for seed, (before, after) in enumerate(itertools.pairwise(sizes), start=5):
        chance = np.random.default_rng(seed)
        activation = activation_from_spec(dict(specs[seed - 5])) if seed - 5 < len(specs) else Identity()
        weight = chance.standard_normal((after, before)) / np.sqrt(before)
        layers.append(Layer(weight, chance.standard_normal(after) * biased, activation))
    return Network(tuple(layers))


@pytest.mark.parametrize(("specs", "sizes", "biased", "boxes"), KINKED)
def test_everything_proved_about_kinked_networks_is_confirmed(
    specs: list[dict[str, str]], sizes: list[int], biased: bool, boxes: list[str]
) -> None:
    network = _kinked(specs, sizes, biased)
    certificate = sv.verify(
        network, [sv.Box(box) for box in boxes], rtol="0.05", period="2", eta="100", delta=["0.9"], time_limit=2,
        require=["sup_jacobian_norm <= 0.01", "sup_jacobian_norm <= 100"],
    )  # fmt: skip
    report = check_bytes(certificate.to_json().encode(), network.canonical())
    assert report.accepted, report.text()
    names = {c.name for c in report.claims if c.outcome == "confirmed"}
    assert names >= {"layer_saturation", "theorem_1", "refined_bound", "sup_jacobian_norm", "require"}


@pytest.mark.parametrize("spec", [{"name": "relu"}, {"name": "leaky_relu"}, {"name": "elu", "alpha": "2"}])
def test_theorems_that_need_c1_are_rejected_at_kinks(spec: dict[str, str]) -> None:
    """The claims of a smooth network, moved to one with the same weights and a kink."""
    smooth = random_network(3, [2, 6, 2], activation_from_spec({"name": "elu"}))
    kinked = random_network(3, [2, 6, 2], activation_from_spec(dict(spec)))
    box = "[2,2.5]x[2,2.5]"
    changed = document(sv.verify(kinked, sv.Box(box), rtol="0.3", period="2").to_json())
    proved = document(sv.verify(smooth, sv.Box(box), rtol="0.3", period="2").to_json())["claims"]
    names = {"divergence", "log_norm", "minimal_period", "theorem_2", "no_closed_orbit"}
    changed["claims"] = [c for c in changed["claims"] if c["name"] not in names]
    kept = len(changed["claims"])
    changed["claims"] += [c for c in proved if c["name"] in names and c["status"] == "proved"]
    assert len(changed["claims"]) >= kept + 4
    report = check(changed, kinked.canonical())
    assert {c.outcome for c in report.claims[kept:]} == {"rejected"}, report.text()


def _plane(rows: list[list[float]], out: list[list[float]]) -> Engine:
    relu = activation_from_spec({"name": "relu"})
    layers = Layer(np.array(rows), np.zeros(len(rows)), relu), Layer(np.array(out), np.zeros(len(out)), Identity())
    return Engine(read_model(Network(layers).canonical()), 96)


def _holds(engine: Engine, bound: Fraction) -> int:
    box = [(Fraction(-1), Fraction(1))] * 2
    return sweep(engine, [box], {"norm": norm_at_most(bound, 96)}, Limits(depth=20), "", True)["norm"].holds


def test_the_product_of_one_sided_slopes_is_taken_whole() -> None:
    """(relu x - relu -x, 0) = (x, 0), whose product set at 0 is [0, 2]; (|x|, |y|) has a product set of norm 1."""
    engine = _plane([[1, 0], [-1, 0]], [[1, -1], [0, 0]])
    assert _holds(engine, 2 + Fraction(1, 1 << 60)) == 1
    assert _holds(engine, Fraction(199, 100)) != 1
    engine = _plane([[1, 0], [-1, 0], [0, 1], [0, -1]], [[1, 1, 0, 0], [0, 0, 1, 1]])
    assert _holds(engine, 1 + Fraction(1, 1 << 60)) == 1
    assert _holds(engine, 1 - Fraction(1, 1 << 60)) != 1


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu"])
def test_chords_and_sides_hold_the_function(name: str) -> None:
    p, chance = 60, random.Random(3)
    for _ in range(300):
        slope = chance.choice([Fraction(1), Fraction(-3, 4), Fraction(5)])
        parameter = Fraction(0) if name == "relu" else Fraction(chance.randint(-64, 64), 16)
        activation = Activation(name, slope, parameter)
        if activation.c1:
            continue
        size = chance.choice([4, 2**20, 2**50, 2**61])
        low, high = sorted(chance.randint(-size, size) for _ in range(2))
        c = (low + high) // 2 + (0 if name == "elu" else chance.randint(-size, size))
        forms = linearise(activation, c, max(high - c, c - low), p) if name == "elu" else chord(
            activation, c, (low, high), p)  # fmt: skip
        left, right = activation.sides(low, high, p) if low <= 0 <= high else ((0, 0), (0, 0))
        for x in (low, high, *(chance.randint(low, high) for _ in range(5)), *([0, -1, 1] if low < 0 < high else [])):
            values = activation.point(x, p)
            for (middle, factor, rest), value in zip(forms, values, strict=False):
                line = Fraction(middle) + Fraction(factor * (x - c), 1 << p)
                assert value[0] <= line + rest
                assert value[1] >= line - rest
                assert value[1] - line <= rest + 16
                assert line - value[0] <= rest + 16
            if low <= 0 <= high and x:
                side = right if x * slope > 0 else left
                assert side[0] - 8 <= values[1][0]
                assert values[1][1] <= side[1] + 8
