"""The main job on networks whose answers are known, and properties that every certificate must have."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from fixtures_networks import cube_stuart_landau, linear_centre, random_network, reference_jacobian, saturated_network
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

from saturode_verify.activation import Activation, Identity, ReLU, Sigmoid, SiLU, Sin, Tanh
from saturode_verify.certificate.record import Certificate, load_certificate
from saturode_verify.errors import UnusableInput
from saturode_verify.job import verify
from saturode_verify.network import Layer, Network
from saturode_verify.region import Box
from saturode_verify.rigor.numbers import Enclosure
from saturode_verify.theorems.claim import Claim

PI_LOW, PI_HIGH = Fraction(31415926535897932, 10**16), Fraction(31415926535897933, 10**16)


def _claims(certificate: Certificate, name: str, on: int | str = "region") -> list[Claim]:
    return [c for c in certificate if c.name == name and c.on == on]


def _upper(value: Enclosure) -> Fraction:
    assert value.upper is not None
    return value.upper


def assert_chain(certificate: Certificate, on: int | str = "region") -> None:
    """lower <= upper <= refined <= layerwise <= theorem 1 (best and asked), and theorem 1 <= global where it must."""
    (norm,) = _claims(certificate, "sup_jacobian_norm", on)
    (refined,) = _claims(certificate, "refined_bound", on)
    (layerwise,) = _claims(certificate, "layerwise_bound", on)
    (everywhere,) = _claims(certificate, "global_bound", on)
    value = norm.value
    assert value.lower <= _upper(value) <= _upper(refined.bound) <= _upper(layerwise.bound)
    assert value.lower <= refined.bound.lower <= layerwise.bound.lower
    for theorem in _claims(certificate, "theorem_1", on):
        if theorem.bound.upper is None:
            continue
        assert _upper(layerwise.bound) <= theorem.bound.upper
        if theorem.best:
            assert everywhere.bound.upper is None or theorem.bound.upper <= everywhere.bound.upper * (
                1 + Fraction(1, 2**50)
            )


@settings(max_examples=25)
@given(
    st.integers(0, 10**6),
    st.integers(1, 4),
    st.integers(1, 3),
    st.sampled_from([Tanh(), SiLU(), Sigmoid(), Sin(), ReLU()]),
)
def test_the_chain_holds_in_every_certificate(seed: int, d: int, depth: int, activation: Activation) -> None:
    generator = random.Random(seed)
    network = random_network(seed, [d, *(generator.randint(1, 5) for _ in range(depth)), d], activation)
    boxes = [Box([(m, m + generator.random()) for m in (generator.uniform(-1, 1) for _ in range(d))]) for _ in range(2)]
    certificate = verify(network, boxes, rtol="0.1", time_limit="0.6", delta=["0.3", 1])
    for on in (0, 1, "region"):
        assert_chain(certificate, on)
    (region,) = _claims(certificate, "sup_jacobian_norm")
    each = [_claims(certificate, "sup_jacobian_norm", i)[0].value for i in (0, 1)]
    assert region.value.lower == max(v.lower for v in each)
    point = [low + (high - low) / 3 for low, high in boxes[0].sides]
    try:
        jacobian = np.array([[float(v) for v in row] for row in reference_jacobian(network, point)])
    except ValueError:
        return
    assert np.linalg.norm(jacobian, 2) <= float(_upper(each[0])) * (1 + 1e-12)


def test_stuart_landau_cubes_in_closed_form() -> None:
    """On [-1,1]^2: L = 3 (sqrt 10 + 2), div in [-18, 6], mu in [-15, 3]; minimal period 2 pi / L."""
    certificate = verify(cube_stuart_landau(), "[-1,1]^2", rtol="0.01", period="2.1")
    assert certificate.exit_status == 0
    with mp.workdps(30):
        true = Fraction(str(3 * (mp.sqrt(10) + 2)))
    tiny = Fraction(1, 10**15)
    norm = certificate["sup_jacobian_norm"].value
    assert norm.lower - tiny <= true <= _upper(norm) + tiny and _upper(norm) - norm.lower <= norm.lower / 100
    divergence = certificate["divergence"]
    assert divergence.inf.lower <= -18 <= _upper(divergence.inf) and divergence.sup.lower <= 6 <= _upper(divergence.sup)
    log_norm = certificate["log_norm"]
    assert log_norm.inf.lower <= -15 <= _upper(log_norm.inf) and log_norm.sup.lower <= 3 <= _upper(log_norm.sup)
    period = certificate["minimal_period"].value
    assert period.lower <= 2 * PI_HIGH / true and 2 * PI_LOW / true <= _upper(period)
    # det M of the cycle, e^{-4 pi} with T = 2 pi/3, lies in the sharp interval.
    assert certificate["theorem_2"].det_m.lower <= Fraction(3487342, 10**12) <= _upper(certificate["theorem_2"].det_m)
    assert certificate["global_bound"].status == "undecided"  # sup|s'| of a cube is infinite
    assert "infinite" in certificate["global_bound"].reason


def test_a_linear_centre_is_exact() -> None:
    """||Df|| = 1, div = 0 and mu = 0 everywhere; no hidden layer, so every product bound is ||W_1|| = 1."""
    certificate = verify(linear_centre(), "[-1,1]^2")
    assert certificate.exit_status == 0
    for name in ("sup_jacobian_norm",):
        value = certificate[name].value
        assert value.lower <= 1 <= _upper(value) and _upper(value) - value.lower < Fraction(1, 10**12)
    for name in ("global_bound", "theorem_1", "layerwise_bound", "refined_bound"):
        bound = certificate[name].bound
        assert bound.lower <= 1 <= _upper(bound) <= 1 + Fraction(1, 10**12)
    assert 0 in certificate["divergence"].inf and 0 in certificate["divergence"].sup
    assert _claims(certificate, "layer_saturation") == []
    with pytest.raises(KeyError):
        certificate["layer_saturation"]


def test_one_neuron_is_elementary() -> None:
    """f(x) = 2 tanh(3x + 1/2) on [0, 1]: f' = 6 sech^2 is largest at 0, delta = sech^2(1/2), all bounds coincide."""
    network = Network(
        (Layer(np.array([[3.0]]), np.array([0.5]), Tanh()), Layer(np.array([[2.0]]), np.zeros(1), Identity()))
    )
    certificate = verify(network, "[0,1]", rtol="0.001", delta=["1/2", "9/10"])
    with mp.workdps(30):
        slope = Fraction(str(mp.sech(mp.mpf("0.5")) ** 2))
    tiny = Fraction(1, 10**12)
    for value, true in (
        (certificate["sup_jacobian_norm"].value, 6 * slope),
        (certificate["layerwise_bound"].bound, 6 * slope),
        (certificate["refined_bound"].bound, 6 * slope),
        (certificate["layer_saturation"].delta, slope),
        (certificate["global_bound"].bound, Fraction(6)),
    ):
        assert value.lower - tiny <= true <= _upper(value) + tiny
        assert _upper(value) - value.lower <= Fraction(1, 1000) * true + tiny
    half, nine = _claims(certificate, "theorem_1")[:2]
    assert half.saturated_layers == 0 and half.bound.lower <= 6 <= _upper(half.bound)
    assert nine.saturated_layers == 1 and nine.bound.lower <= Fraction(54, 10) <= _upper(nine.bound)


def test_a_saturated_region_has_no_slow_orbit_and_the_paper_bound_is_sharp_enough() -> None:
    """Bias 150: |a| >= 147 in both layers, so delta <= 4 e^-294 < 1e-127: theorem 1 is below 1e-250, and no orbit is
    faster than T = 1e250; float64 with absolute errors of 1e-16 could say nothing here.
    """
    certificate = verify(saturated_network(150.0), "[-1,1]^2", period="100", eta="1/1000")
    assert certificate.exit_status == 0
    assert _upper(certificate["theorem_1"].bound) < Fraction(1, 10**250)
    assert certificate["theorem_1"].saturated_layers == 2
    theorem = certificate["theorem_2"]
    assert (
        1 - Fraction(1, 10**15)
        < theorem.det_m_paper.lower
        <= 1
        <= _upper(theorem.det_m_paper)
        < 1 + Fraction(1, 10**15)
    )
    assert theorem.eta_verdict.startswith("excluded (paper, sharp, yorke)")
    assert theorem.orbit_excluded is True
    assert certificate["minimal_period"].value.lower > 10**250
    transversal = next(c for c in _claims(certificate, "no_closed_orbit") if c.criterion == "transversal_vector")
    assert transversal.proved


def test_saturation_below_the_range_of_floats_is_bounded_and_quick() -> None:
    """Bias 400: delta < 1e-340 is no float; the product bounds hold all the same, and the search soon ends."""
    certificate = verify(saturated_network(), "[-1,1]^2")
    assert _upper(certificate["theorem_1"].bound) < Fraction(1, 10**600)
    value = certificate["sup_jacobian_norm"].value
    assert 0 < value.lower <= _upper(value) <= _upper(certificate["refined_bound"].bound)
    assert float(certificate.environment["elapsed_seconds"]) < 20


def test_theorem_2_takes_the_end_of_the_period_that_widens() -> None:
    """div = -1 and mu in [-1/2, -1/2] exactly: det M in [e^{-T+}, e^{-T-}]."""
    network = Network((Layer(np.diag([-0.5, -0.5]), np.zeros(2), Identity()),))
    certificate = verify(network, "[-1,1]^2", period="[2,3]")
    det = certificate["theorem_2"].det_m
    with mp.workdps(40):
        low, high = Fraction(str(mp.exp(-3))), Fraction(str(mp.exp(-2)))
    tiny = Fraction(1, 10**15)
    assert det.lower <= low + tiny and _upper(det) >= high - tiny
    assert low - det.lower < tiny and _upper(det) - high < tiny
    assert certificate["log_norm"].excludes_periodic_orbits is True
    assert certificate["no_closed_orbit"].proved and certificate["no_closed_orbit"].criterion == "divergence"


def test_a_refused_eta_test_says_by_how_much() -> None:
    certificate = verify(cube_stuart_landau(), "[-1,1]^2", rtol="0.05", period=2, eta=1)
    theorem = certificate["theorem_2"]
    assert theorem.status == "undecided" and certificate.exit_status == 3
    assert "-T inf div = 36" in theorem.reason or "-T inf div = 37" in theorem.reason
    assert theorem.eta_verdict == "not excluded"


@pytest.mark.parametrize(
    ("expression", "status"),
    [
        ("sup_jacobian_norm <= 16", "proved"),
        ("sup_jacobian_norm < 15", "refuted"),
        ("sup_divergence < 6.5", "proved"),
        ("sup_divergence <= 5.999", "refuted"),
        ("inf_divergence >= -17.9", "refuted"),
        ("inf_divergence > -18.5", "proved"),
        ("inf_log_norm >= -14.9", "refuted"),
        ("sup_log_norm >= 2.9", "proved"),
        ("sup_log_norm > 3.2", "refuted"),
        ("minimal_period >= 0.4", "proved"),
        ("delta_1 <= 12.1", "proved"),
    ],
)
def test_requirements(expression: str, status: str) -> None:
    """On [-1,1]^2: L = 15.487, div in [-18, 6], mu in [-15, 3], delta_1 = 3 * 2^2 = 12 (cubes of x +- 1, x +- y)."""
    certificate = verify(cube_stuart_landau(), "[-1,1]^2", rtol="0.05", require=[expression])
    (claim,) = _claims(certificate, "require")
    assert claim.status == status
    assert certificate.exit_status == {"proved": 0, "refuted": 4}[status]
    point = claim.values.get("point")
    if status == "refuted" and (("<" in expression) == expression.startswith("sup")):
        assert point is not None
        x = [side.lower for side in point]
        assert x in Box("[-1,1]^2")
        _assert_witness(expression, reference_jacobian(cube_stuart_landau(), x))


def _assert_witness(expression: str, rows: list[list[Fraction]]) -> None:
    """The witness really violates the requirement, by an independent evaluation."""
    jacobian = np.array([[float(v) for v in row] for row in rows])
    name, _, bound = expression.split()
    eigenvalues = np.linalg.eigvalsh((jacobian + jacobian.T) / 2)
    value = {
        "sup_jacobian_norm": np.linalg.norm(jacobian, 2),
        "sup_divergence": np.trace(jacobian),
        "inf_divergence": np.trace(jacobian),
        "inf_log_norm": eigenvalues[0],
        "sup_log_norm": eigenvalues[-1],
    }[name]
    assert value > float(bound) if name.startswith("sup") else value < float(bound)


def test_relu_gets_its_norm_and_refusals_for_orbits() -> None:
    network = random_network(8, [2, 6, 2], ReLU())
    certificate = verify(network, "[-1,1]^2", rtol="0.2", time_limit=5, period=1)
    assert certificate["sup_jacobian_norm"].value.lower > 0
    assert "Clarke" in " ".join(certificate["sup_jacobian_norm"].hypotheses)
    for name in ("divergence", "log_norm", "minimal_period", "theorem_2", "no_closed_orbit"):
        claim = certificate[name]
        assert claim.status == "undecided" and "relu is not continuously differentiable" in claim.reason
        assert "inf" not in claim.values and "det_m" not in claim.values


def test_two_boxes_give_claims_for_each_and_for_the_union() -> None:
    certificate = verify(cube_stuart_landau(), [Box("[-1,1]^2"), Box("[2,3]^2")], rtol="0.05")
    assert [c.on for c in certificate][-1] == "region"
    first, second = (_claims(certificate, "divergence", i)[0] for i in (0, 1))
    region = certificate["divergence"]
    assert region.inf.lower == min(first.inf.lower, second.inf.lower)
    assert region.sup.upper == max(_upper(first.sup), _upper(second.sup))
    # div = 3(2 - 4 r^2) on [2,3]^2: r^2 in [8, 18].
    assert second.inf.lower <= -210 <= _upper(second.inf) and second.sup.lower <= -90 <= _upper(second.sup)
    bendixson = {on: _claims(certificate, "no_closed_orbit", on)[0].status for on in (0, 1, "region")}
    assert bendixson == {0: "undecided", 1: "proved", "region": "undecided"}


def test_a_ring_of_boxes_needs_the_hull_for_bendixson() -> None:
    """Four boxes around a hole: div < 0 on the ring alone proves nothing; with div < 0 on the hull it does."""
    ring = [Box("[-3,3]x[2,3]"), Box("[-3,3]x[-3,-2]"), Box("[-3,-2]x[-3,3]"), Box("[2,3]x[-3,3]")]
    outside = verify(cube_stuart_landau(), ring, rtol="0.2")
    assert _upper(outside["divergence"].sup) < 0
    claim = outside["no_closed_orbit"]
    assert claim.status == "undecided" and "one sign" in claim.reason
    decay = Network((Layer(-np.eye(2), np.zeros(2), Identity()),))
    claim = verify(decay, ring)["no_closed_orbit"]
    assert claim.proved and any("hull" in hypothesis for hypothesis in claim.hypotheses)


def test_three_dimensions_use_two_eigenvalues() -> None:
    """x' = A x with symmetric part diag(1, -2, -3): lambda_1 + lambda_2 = -1; with diag(2, -1, -3) it is 1."""
    matrix = np.diag([1.0, -2.0, -3.0]) + np.array([[0, 5, 0], [-5, 0, 1], [0, -1, 0.0]])
    certificate = verify(Network((Layer(matrix, np.zeros(3), Identity()),)), "[-1,1]^3")
    claim = next(c for c in certificate if c.name == "no_closed_orbit" and c.criterion == "two_eigenvalues")
    assert claim.proved
    unstable = np.diag([2.0, -1.0, -3.0])
    certificate = verify(Network((Layer(unstable, np.zeros(3), Identity()),)), "[-1,1]^3")
    claim = next(c for c in certificate if c.name == "no_closed_orbit" and c.criterion == "two_eigenvalues")
    assert claim.status == "undecided"


def test_signs_are_proved_once_per_box_of_a_union(monkeypatch: pytest.MonkeyPatch) -> None:
    """f = x + (10, 0, 0) with c = (1, 0, 0), and lambda_{d-1} + lambda_d = 2: on two boxes and their union."""
    from saturode_verify import run
    from saturode_verify.bounds import sign_search, transversal

    asked: list[Box] = []

    def counted(partition: Any, *others: Any) -> Any:
        asked.append(partition.box)
        return sign_search.prove_negative(partition, *others)

    monkeypatch.setattr(run, "prove_negative", counted)
    monkeypatch.setattr(transversal, "prove_negative", counted)
    network = Network((Layer(np.eye(3), np.array([10.0, 0.0, 0.0]), Identity()),))
    certificate = verify(network, ["[0,1]^3", "[1,2]x[0,1]^2"])
    for criterion in ("transversal_vector", "two_eigenvalues"):
        claims = [c for c in certificate if c.name == "no_closed_orbit" and c.criterion == criterion]
        assert len(claims) == 3 and all(c.proved for c in claims)
    # Per box one transversal vector and one sum of two eigenvalues; the hull has one sum of its own.
    assert sorted(asked.count(box) for box in set(asked)) == [1, 2, 2]


def test_the_transversal_vector_speaks_of_containment_only() -> None:
    """Near (1, 0) Stuart-Landau runs upward: c = (0, 1) works, and the cycle still crosses the box."""
    certificate = verify(cube_stuart_landau(), "[0.9,1.1]x[-0.1,0.1]", rtol="0.05")
    claim = next(c for c in certificate if c.name == "no_closed_orbit" and c.criterion == "transversal_vector")
    assert claim.proved
    assert "contained in the region" in claim.statement and "may cross" in claim.statement
    point = [Fraction(1), Fraction(0)]
    assert sum(c.lower * v for c, v in zip(claim.vector, (0, 3), strict=True)) > 0 and point in Box(
        "[0.9,1.1]x[-0.1,0.1]"
    )


def test_the_same_input_gives_the_same_bytes(tmp_path: Any) -> None:
    network = random_network(2, [2, 8, 2], SiLU())
    one, two = (verify(network, "[-1,1/3]x[0,0.1]", rtol="0.05", require=["sup_divergence < 9"]) for _ in range(2))
    assert one.sha256 == two.sha256
    a, b = one.document(), two.document()
    a.pop("environment"), b.pop("environment")
    assert json.dumps(a) == json.dumps(b)


def test_no_float_stands_in_a_claim() -> None:
    document = verify(random_network(2, [2, 4, 2], Tanh()), "[-1,1]^2", period=1, eta=2, delta=[0.5]).document()

    def walk(value: Any) -> None:
        assert not isinstance(value, float)
        for entry in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(entry)

    walk(document)


def test_the_subdivision_in_the_witness_covers_the_box() -> None:
    certificate = verify(random_network(2, [2, 6, 2], Tanh()), "[-1,1]x[0,1/3]", rtol="0.05")
    (witness,) = [part for part in certificate.witness if part["of"] == "bounds"]
    order = iter(witness["subdivision"])

    def volume(box: Box) -> Fraction:
        node = next(order)
        if node == "leaf":
            (a, b), (c, d) = box.sides
            return (b - a) * (d - c)
        axis, cut = node
        from saturode_verify.rigor.numbers import parse_exact

        halves = box.split(axis, parse_exact(cut))
        return volume(halves[0]) + volume(halves[1])

    assert volume(Box("[-1,1]x[0,1/3]")) == Fraction(2, 3)
    assert next(order, None) is None


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"rtol": 0}, "--rtol must lie"),
        ({"rtol": "x"}, "--rtol"),
        ({"eta": 1}, "--eta needs --period"),
        ({"period": -1}, "--period must be positive"),
        ({"period": "[3,2]"}, "reversed"),
        ({"period": 1, "eta": 0}, "--eta must be positive"),
        ({"precision": 10}, "--precision 10"),
        ({"precision": "64"}, "--precision '64' is no whole number"),
        ({"precision": 64.5}, "--precision '64.5' is no whole number"),
        ({"precision": True}, "--precision"),
        ({"period": "[1,2]^2"}, "--period has 2 intervals"),
        ({"period": "[1,2]x[3,4]"}, "--period has 2 intervals"),
        ({"period": "1e60000"}, "--period: a number with more than 1200 digits"),
        ({"period": 10**5000}, "--period: a number with more than 1200 digits"),
        ({"delta": "1e-5000"}, "--delta: a number with more than 1200 digits"),
        ({"delta": None}, "--delta"),
        ({"rtol": "1e-60000"}, "--rtol: a number with more than 1200 digits"),
        ({"period": 1, "eta": "1e-5000"}, "--eta: a number with more than 1200 digits"),
        ({"time_limit": 0}, "--time-limit"),
        ({"delta": ["nan"]}, "--delta"),
        ({"delta": [-1]}, "--delta"),
        ({"require": ["sup_norm < 1"]}, "unknown quantity 'sup_norm'"),
        ({"require": ["sup_divergence"]}, "cannot read the requirement"),
        ({"require": ["delta_2 < 1"]}, "unknown quantity 'delta_2'"),
        ({"require": ["sup_divergence < one"]}, "the requirement"),
    ],
)
def test_unusable_settings(settings_: dict[str, Any], message: str) -> None:
    with pytest.raises(UnusableInput) as caught:
        verify(random_network(2, [2, 4, 2], Tanh()), "[-1,1]^2", **settings_)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("box", [[[(-1, 1), (-1, 1)]], None, 3, [None], "[0,1e-5000]^2", [Fraction(1)]])
def test_what_is_no_box(box: Any) -> None:
    with pytest.raises(UnusableInput, match="box"):
        verify(linear_centre(), box)
    with pytest.raises(UnusableInput, match="no Network"):
        verify("model.pt", "[0,1]^2")  # type: ignore[arg-type]


def test_one_number_or_text_where_several_may_stand() -> None:
    certificate = verify(linear_centre(), "[0,1]^2", delta=0.5, require="sup_divergence <= 1")
    assert certificate.settings["delta"] == ["1*2^-1"] and certificate.settings["require"] == ["sup_divergence <= 1"]


def test_extreme_sizes_are_no_crash(tmp_path: Any) -> None:
    """The widest box of floats, an endless time limit, and numbers at the edge of what can be written."""
    assert verify(linear_centre(), "[-1.7e308,1.7e308]^2", time_limit="1e400").exit_status == 0
    decay = Network((Layer(-np.eye(2), np.zeros(2), Identity()),))
    for network, box, more in (
        (decay, "[-1,1]^2", {"period": 45400, "eta": "1e1000"}),
        (decay, "[-1/3,1e-1100]^2", {"period": "1e1100", "eta": "1/3"}),
        (saturated_network(22711.0), "[-1,1]^2", {"time_limit": 1}),
    ):
        certificate = verify(network, box, **more)
        certificate.save(tmp_path / "c.json")
        assert load_certificate(tmp_path / "c.json").document() == certificate.document()


def test_a_box_of_the_wrong_dimension() -> None:
    with pytest.raises(UnusableInput, match="dimension 3 but the model has 2"):
        verify(random_network(2, [2, 4, 2], Tanh()), "[-1,1]^3")
    with pytest.raises(UnusableInput, match="no box"):
        verify(random_network(2, [2, 4, 2], Tanh()), [])


def test_arithmetic_that_fails_its_self_test_is_not_relied_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GEMM in float32, say: everything is then decided in ball arithmetic, and the certificate says so."""
    from saturode_verify.bounds.rounded import engine
    from saturode_verify.rigor.rounding import HypothesisViolated

    def fail() -> None:
        raise HypothesisViolated("a float64 matrix product is not computed in float64 (integers)")

    monkeypatch.setattr(engine, "_self_tested", fail)
    certificate = verify(random_network(6, [2, 5, 2], Tanh()), "[-1/2,1/2]^2", rtol="0.1")
    assert "Rounded float64 was refused because a float64 matrix product" in certificate.scope
    assert certificate["sup_jacobian_norm"].proved


@pytest.mark.parametrize(
    ("network", "box", "reason"),
    [
        (Network((Layer(np.diag([2.0**61, 1.0]), np.zeros(2), Identity()),)), "[-1,1]^2", "has an entry above 2^60"),
        (random_network(7, [2, 5, 2], Tanh()), "[1/3,1/3]^2", "the region is a point"),
        (saturated_network(150.0), "[-1,1]^2", "its rounding is too coarse"),
    ],
)
def test_the_scope_says_which_arithmetic_decided(network: Network, box: str, reason: str) -> None:
    certificate = verify(network, box)
    assert reason in certificate.scope and "HYPOTHES" not in certificate.scope
    assert certificate["sup_jacobian_norm"].proved


def test_a_mixed_certificate_names_both_arithmetics() -> None:
    """One box in the open, one in deep saturation: what float64 decided must not be called Arb's, in either order."""
    layers = (
        Layer(np.array([[1.0, 0.5], [-0.5, 1.0]]), np.zeros(2), Tanh()),
        Layer(np.array([[1.0, 0.25], [0.5, -1.0]]), np.zeros(2), Identity()),
    )
    for boxes in (["[-0.1,0.1]^2", "[400,401]^2"], ["[400,401]^2", "[-0.1,0.1]^2"]):
        certificate = verify(Network(layers), boxes)
        kinds = {part["box"]: part["arithmetic"] for part in certificate.witness if part["of"] == "bounds"}
        assert kinds[boxes.index("[400,401]^2")] == "arb"
        assert ("operations round to nearest" in certificate.scope) == ("float64" in kinds.values())
        assert "its rounding is too coarse" in certificate.scope


def test_the_scope_names_the_hypotheses_of_rounded_arithmetic() -> None:
    scope = verify(random_network(7, [2, 5, 2], Tanh()), "[-1,1]^2").scope
    assert "operations round to nearest" in scope and "self-tested at start-up" in scope
