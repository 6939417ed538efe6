"""The checker's limits: hostile input ends within its time, and what only the checker cannot show is "unconfirmed"."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from math import isqrt
from typing import Any

import pytest
from checker_cases import check, document, region_case
from hostile_cases import (
    ON_HULL,
    Record,
    certificate,
    claim,
    enclosure,
    identity_model,
    layer,
    model_of,
    open_above,
    random_model,
)

from saturode_verify.checker import Report, Unusable, check_bytes
from saturode_verify.checker.activation import Activation
from saturode_verify.checker.elementary import exp_rational
from saturode_verify.checker.fixed import divided, exact
from saturode_verify.checker.floors import Floors
from saturode_verify.checker.limits import metered
from saturode_verify.checker.model import read_model
from saturode_verify.checker.spectral import at_most, gram
from saturode_verify.checker.verdict import Unconfirmed

Case = tuple[bytes, bytes]
SECONDS = 1.0
ONE = enclosure(1)


def many_long_numbers() -> Case:
    model = identity_model(1)
    far = enclosure(1 << 65536)
    return certificate(model, [[(0, 1)]], [claim("weight_norms", norms=[far] * 20000)]), model


def many_nodes() -> Case:
    d, n = 60, 40000
    model = model_of(layer([[1] * d], [0]), layer([[1]] * d, [0] * d, "identity"))
    tree = [node for k in range(n) for node in ([0, f"{k + 1}/{n + 1}"], "leaf")] + ["leaf"]
    return certificate(model, [[(0, 1)] * d], [], [{"of": "bounds", "box": 0, "subdivision": tree}]), model


def high_precision() -> Case:
    model = random_model([8, 60, 60, 8], "gelu")
    bound = claim("sup_jacobian_norm", value=enclosure(0, Fraction(1, 1 << 2500)))
    return certificate(model, [[(0, 1)] * 8], [bound], settings={"precision": 4096}), model


def wide_model() -> Case:
    model = random_model([80, 200, 200, 80])
    return certificate(model, [[(0, 1)] * 80], [claim("sup_jacobian_norm", value=enclosure(0, 1))]), model


def wide_norms() -> Case:
    n = 300
    model = model_of(layer([[(i * j * 7 + i + j) % 11 - 5 for j in range(n)] for i in range(n)], [0] * n, "identity"))
    return certificate(model, [[(0, 1)] * n], [claim("weight_norms", norms=[enclosure(0, 50 * n)])]), model


def many_refined_bounds() -> Case:
    w = 60
    inner, last = layer([[1] * w] * w, [0] * w), layer([[1] * w] * 2, [0, 0], "identity")
    model = model_of(layer([[1, 1]] * w, [0] * w), inner, last)
    claims = [claim("weight_norms", norms=[enclosure(0, 2 * w)] * 3)]
    for k in (1, 2):
        ranges = {"preactivation": [enclosure(-4 * w, 4 * w)] * w, "derivative": [enclosure(0, 1)] * w}
        claims.append(claim("layer_saturation", layer=k, delta=enclosure(0, 1), delta_everywhere=ONE, **ranges))
    claims += [claim("refined_bound", bound=enclosure(0, 10**9))] * 200
    return certificate(model, [[(0, 1)] * 2], claims), model


def many_points() -> Case:
    d = 60
    model = identity_model(d)
    points = [[enclosure(Fraction(k, 1 << 20))] * d for k in range(800)]
    ends = {"inf": enclosure(d), "sup": enclosure(d)}
    pairs = zip(points[::2], points[1::2], strict=True)
    claims = [claim("divergence", inf_point=a, sup_point=b, **ends) for a, b in pairs]
    return certificate(model, [[(0, 1)] * d], claims), model


def many_thresholds() -> Case:
    depth = 5
    model = model_of(*[layer([[1]], [0])] * depth, layer([[1]], [0], "identity"))
    claims = [claim("weight_norms", norms=[ONE] * (depth + 1))]
    claims += [
        claim("layer_saturation", layer=k + 1, delta=enclosure(0, 1), delta_everywhere=ONE) for k in range(depth)
    ]
    saturated = f"{depth} hidden layers are delta-saturated (certified), the others are not"
    claims += [
        {
            **claim("refined_bound", bound=ONE, delta=ONE, c_w=ONE, layers=list(range(1, depth + 1))),
            "name": "theorem_1", "undecided_layers": [], "saturated_layers": depth, "best": False,
            "hypotheses": [*claim("refined_bound")["hypotheses"], saturated],
        }
    ] * 15000  # fmt: skip
    return certificate(model, [[(0, 1)]], claims), model


def many_climbs() -> Case:
    model = random_model([2, 20, 20, 2])
    claims = [claim("layer_saturation", layer=2, delta=ONE, delta_everywhere=ONE)]
    return certificate(model, [[(k, k + 1), (0, 1)] for k in range(500)], claims), model


def many_holes() -> Case:
    model = model_of(layer([[-1, 0], [0, -1]], [0, 0], "identity"))
    boxes = [[(k, 200 + k), (k, 200 + k)] for k in range(200)]
    points = {"inf_point": [enclosure(200)] * 2, "sup_point": [enclosure(200)] * 2}
    claims = [claim("divergence", inf=enclosure(-2), sup=enclosure(-2), **points)]
    claims += [claim("no_closed_orbit", text="divergence criterion", criterion="divergence")] * 100
    return certificate(model, boxes, claims), model


def many_parameters() -> Case:
    model = model_of(layer([["1"] * (1 << 20)] * 4, [0] * 4, "identity"))
    return b"{}", model


COSTLY: list[Callable[[], Case]] = [
    many_long_numbers, many_nodes, high_precision, wide_model, wide_norms, many_refined_bounds, many_points,
    many_thresholds, many_climbs, many_holes, many_parameters,
]  # fmt: skip


@pytest.mark.parametrize("case", COSTLY, ids=lambda case: case.__name__)
def test_ends_in_time(case: Callable[[], Case]) -> None:
    """Within twice the limit and what reading the JSON takes, by the processor's clock (the machine may be busy)."""
    data, model = case()
    started = time.process_time()
    try:
        check_bytes(data, model, seconds=SECONDS)
    except Unusable as error:
        assert "\n" not in str(error)
    assert time.process_time() - started < 2 * SECONDS + 2


def test_long_numbers_are_counted() -> None:
    data, model = many_long_numbers()
    with pytest.raises(Unusable, match=r"bits together|time limit"):
        check_bytes(data, model, seconds=60)


def test_parameters_are_counted_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unusable, match="too many parameters"):
        read_model(many_parameters()[1])
    monkeypatch.setattr("saturode_verify.checker.model.MAX_BITS", 8000)
    read_model(identity_model(2))
    with pytest.raises(Unusable, match="different sizes"):
        read_model(model_of(layer([["1*2^-1074", "1*2^1000"]] * 2, [0, 0], "identity")))


def test_a_deadline_is_met_inside_an_elimination() -> None:
    rows = [[(3 * i + 7 * j * j) % 1013 for j in range(120)] for i in range(120)]
    with metered(time.monotonic() - 1), pytest.raises(Unconfirmed, match="time limit"):
        at_most(gram([[(x, x) for x in row] for row in rows], 0), 0, Fraction(10**9))


def test_high_dimensions_are_unconfirmed() -> None:
    model = identity_model(21)
    absent = claim("no_closed_orbit", text="two_eigenvalues", criterion="two_eigenvalues")
    report = check_bytes(certificate(model, [[(0, 1)] * 21], [absent]), model, seconds=20)
    assert report.claims[0].outcome == "unconfirmed" and "too long" in report.claims[0].reason


def _changed(change: Callable[[dict[str, Any]], None]) -> Report:
    text, model = region_case()
    changed = document(text)
    change(changed)
    return check(changed, model)


def _named(changed: dict[str, Any], name: str, number: int = 0) -> Record:
    return [c for c in changed["claims"] if c["name"] == name][number]


def test_a_bogus_claim_does_not_poison_true_ones() -> None:
    def change(changed: dict[str, Any]) -> None:
        for number in (99, 0, -1, 10**9):
            changed["claims"].append({**_named(changed, "layer_saturation"), "layer": number})
        changed["claims"].append({**_named(changed, "layer_saturation", 1), "layer": 1})

    report = _changed(change)
    assert [c.outcome for c in report.claims[-5:]] == ["rejected"] * 5
    assert {c.outcome for c in report.claims[:-5]} <= {"confirmed", "not claimed"}


@pytest.mark.parametrize("layers", [[True, 2], [1.5, 2], ["1", 2], [[1], 2], [None]])
def test_layers_are_numbers(layers: list[Any]) -> None:
    def change(changed: dict[str, Any]) -> None:
        asked = _named(changed, "theorem_1")
        asked |= {"layers": layers, "saturated_layers": len(layers)}
        count = len(layers) + len(asked["undecided_layers"])
        asked["hypotheses"][-1] = f"{count} hidden layers are delta-saturated (certified), the others are not"

    if any(isinstance(number, float) for number in layers):
        with pytest.raises(Unusable):
            _changed(change)
    else:
        assert next(c.outcome for c in _changed(change).claims if c.name == "theorem_1") == "rejected"


@pytest.mark.parametrize("best", [1, 0, "yes", None])
def test_best_is_a_truth_value(best: Any) -> None:
    report = _changed(lambda changed: _named(changed, "theorem_1", 1).update(best=best))
    assert [c.outcome for c in report.claims if c.name == "theorem_1"] == ["confirmed", "rejected"]


def test_best_is_the_least_and_the_only_one() -> None:
    def both(changed: dict[str, Any]) -> None:
        _named(changed, "theorem_1", 0)["best"] = True

    assert [c.outcome for c in _changed(both).claims if c.name == "theorem_1"] == ["rejected", "rejected"]

    def exchanged(changed: dict[str, Any]) -> None:
        first, second = _named(changed, "theorem_1", 0), _named(changed, "theorem_1", 1)
        first["best"], second["best"] = True, False
        first["bound"] = enclosure(0, 10**6)

    assert [c.outcome for c in _changed(exchanged).claims if c.name == "theorem_1"] == ["rejected", "confirmed"]


def test_a_false_rival_does_not_dethrone_the_best() -> None:
    def change(changed: dict[str, Any]) -> None:
        _named(changed, "theorem_1", 0)["bound"] = enclosure(0, Fraction(1, 1000))

    assert [c.outcome for c in _changed(change).claims if c.name == "theorem_1"] == ["rejected", "confirmed"]


def test_digits_are_ascii() -> None:
    def change(changed: dict[str, Any]) -> None:
        _named(changed, "require")["expression"] = "delta_\u0661 <= 9"

    report = _changed(change)
    assert next(c for c in report.claims if c.name == "require").outcome == "rejected"


def test_limits_are_not_called_malformed() -> None:
    """A period that is too long, an infinite bound, a division by an interval that holds 0."""
    report = _changed(lambda changed: _named(changed, "theorem_1", 1)["bound"].update(open_above(0)))
    found = next(c for c in report.claims if c.name == "theorem_2")
    assert found.outcome == "unconfirmed" and "malformed" not in found.reason
    for broken in (lambda: divided((1, 1), (-1, 1), 8), lambda: exp_rational(Fraction(1 << 21))):
        with pytest.raises(ArithmeticError):
            broken()


def test_climbing_over_the_end_of_the_floats() -> None:
    """Points beyond binary64: no float can choose one, and none becomes a nan."""
    model = read_model(model_of(layer([["1*2^900", "-1*2^900"]], [0]), layer([[1], [1]], [0, 0], "identity")))
    sides = [(Fraction(0), Fraction(1 << 1000)), (Fraction(0), Fraction(1 << 1000))]
    Floors(model, sides, [sides], 64).climb(0, 0)


@pytest.mark.parametrize(("name", "key"), [("sup_jacobian_norm", "value"), ("divergence", "sup"), ("log_norm", "sup")])
def test_slightly_too_tight_is_unconfirmed_and_far_too_tight_is_rejected(name: str, key: str) -> None:
    """Upper ends between what is attained and what is proved are open; those below a value at a point are false."""

    def halved(changed: dict[str, Any]) -> None:
        entry = _named(changed, name)[key]
        low = Fraction(entry["display"][0])
        _named(changed, name)[key] = enclosure(low / 2 - 1, low / 2)

    assert next(c for c in _changed(halved).claims if c.name == name).outcome == "rejected"


def test_norms_of_weights_beyond_the_eliminations_digits() -> None:
    """||W|| = 2^(1/2), claimed to 300 bits: neither end is contradicted."""
    model = model_of(layer([[1, 1], [1, -1]], [0, 0], "identity"))
    floor = isqrt(2 << 600)
    for a, b, outcome in (
        (Fraction(floor, 1 << 300), Fraction(floor + 1, 1 << 300), {"confirmed", "unconfirmed"}),
        (Fraction(14143, 10000), Fraction(15, 10), {"rejected"}),
        (Fraction(1), Fraction(14142, 10000), {"rejected"}),
    ):
        data = certificate(model, [[(0, 1)] * 2], [claim("weight_norms", norms=[enclosure(a, b)])])
        assert check_bytes(data, model).claims[0].outcome in outcome


def test_a_delta_sharper_than_the_stated_slopes() -> None:
    """Pre-activations are stated rounded; where s' is tiny this shows in delta, which need not be as wide."""
    model = model_of(layer([["15"]], ["1/2"]), layer([["1"]], ["0"], "identity"))
    # tanh' over [15, 30]: at 15 it is 4e-13; the stated range begins 2^-40 lower.
    p = 300
    top = exact(Activation("tanh").image(1, int(Fraction(31, 2) * 2**p), 30 << p, p)[1], p)
    low = Fraction(31, 2) - Fraction(1, 1 << 44)
    wide = exact(Activation("tanh").image(1, int(low * 2**p), 31 << p, p)[1], p) + Fraction(1, 1 << 200)
    values = {"preactivation": [enclosure(low, 31)], "derivative": [enclosure(0, wide)], "delta_everywhere": ONE}
    for more, outcome in ((Fraction(1, 1 << 60), "confirmed"), (Fraction(-1, 1 << 60), "rejected")):
        delta = enclosure(0, top * (1 + more))
        data = certificate(model, [[(1, 2)]], [claim("layer_saturation", layer=1, delta=delta, **values)])
        assert check_bytes(data, model).claims[0].outcome == outcome


def test_a_maximum_on_a_whole_plane() -> None:
    """lambda_max = 1/8 wherever z = 0, claimed with a slack of 2^-40."""
    rows = [["-1", "0", "0"], ["0", "-1", "0"], ["0", "0", "1/8"]]
    unit = [[int(i == j) for j in range(3)] for i in range(3)]
    model = model_of(layer(unit, [0] * 3), layer(rows, [0] * 3, "identity"))
    centre = [enclosure(0)] * 3
    slack = Fraction(1, 1 << 40)
    ends = {"inf": enclosure(-1 - slack, -1), "sup": enclosure(Fraction(1, 8), Fraction(1, 8) + slack)}
    claims = [claim("log_norm", inf_point=centre, sup_point=centre, **ends)]
    half = Fraction(1, 2)
    report = check_bytes(certificate(model, [[(-half, half)] * 3], claims), model, seconds=60)
    assert report.accepted, report.text()


def test_bendixson_confirms_the_variant_that_was_verified() -> None:
    """A ring of boxes: its hull is simply connected, it is not; a cross: div f has one sign on it, not on its hull."""
    model = model_of(layer([[-1, 0], [0, -1]], [0, 0], "identity"))
    ring = [[(0, 3), (0, 1)], [(0, 3), (2, 3)], [(0, 1), (0, 3)], [(2, 3), (0, 3)]]
    points = {"inf_point": [enclosure(0)] * 2, "sup_point": [enclosure(0)] * 2}
    trace = claim("divergence", inf=enclosure(-2), sup=enclosure(-2), **points)
    connected = claim("no_closed_orbit", text="divergence criterion", criterion="divergence")
    hull = {**connected, "hypotheses": list(ON_HULL)}
    report = check_bytes(certificate(model, ring, [trace, connected, hull]), model)
    assert [c.outcome for c in report.claims] == ["confirmed", "unconfirmed", "confirmed"], report.text()
    # Negative on two boxes, positive at the far corner of their hull.
    squares = model_of(
        layer([[1, 0], [0, 1]], [0, 0], "power", exponent=2), layer([[1, 0], [0, 1]], [0, 0], "identity")
    )  # div f = 2x + 2y
    corner = [[(-9, -1), (-1, Fraction(1, 2))], [(-1, Fraction(1, 2)), (-9, -1)]]
    ends = {"inf_point": [enclosure(-9), enclosure(-1)], "sup_point": [enclosure(-1), enclosure(Fraction(1, 2))]}
    trace = claim("divergence", inf=enclosure(-21, -20), sup=enclosure(-1, Fraction(-9, 10)), **ends)
    report = check_bytes(certificate(squares, corner, [trace, connected, hull]), squares)
    assert [c.outcome for c in report.claims] == ["confirmed", "confirmed", "unconfirmed"], report.text()


def test_a_union_is_not_convex() -> None:
    d = 3
    model = model_of(layer([[-int(i == j) for j in range(d)] for i in range(d)], [0] * d, "identity"))
    boxes = [[(0, 1)] * d, [(5, 6)] * d]
    convex = claim("no_closed_orbit", text="two_eigenvalues", criterion="two_eigenvalues")
    texts = [*convex["hypotheses"][:2], "the region's hull was used (convex and compact)"]
    data = certificate(model, boxes, [convex, {**convex, "hypotheses": texts}])
    report = check_bytes(data, model)
    assert [c.outcome for c in report.claims] == ["rejected", "confirmed"], report.text()
