"""No claim says more than was proved: theorem 1's ends, periods, refutations and their witnesses."""

from __future__ import annotations

import numpy as np
import pytest
from fixtures_networks import cube_stuart_landau, linear_centre, random_network, reference_jacobian

from saturode_verify.activation import Identity, Tanh
from saturode_verify.certificate.record import Certificate
from saturode_verify.job import verify
from saturode_verify.network import Layer, Network
from saturode_verify.report.rows import rows
from saturode_verify.report.text import notes
from saturode_verify.theorems.claim import Claim

BOX = "[0.3,2]^2"
SOON = "0.0001"


@pytest.fixture(scope="module")
def folded() -> Network:
    """Layer 2 sees 1 + tanh x - tanh(x + 1/4): its range needs subdivision, so a short run gives a loose delta_2."""
    first = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    second = np.array([[1.0, -1, 0, 0], [0, 0, 1, -1]])
    return Network(
        (
            Layer(first, np.array([0, 0.25, 0, 0.25]), Tanh()),
            Layer(second, np.ones(2), Tanh()),
            Layer(np.eye(2), np.zeros(2), Identity()),
        )
    )


def _named(certificate: Certificate, name: str) -> list[Claim]:
    return [claim for claim in certificate if claim.name == name]


def test_a_loose_run_never_refutes_theorem_1(folded: Network) -> None:
    """The best bound lies between layerwise C(U) and C_W delta^q at any threshold: only those ends decide."""
    loose, tight = (verify(folded, BOX, time_limit=t, rtol=r) for t, r in ((SOON, "0.01"), (20, "0.001")))
    low, high = loose["theorem_1"].bound.lower, tight["theorem_1"].bound.upper
    assert high < low, "the loose run's own threshold is worse than the best"
    question = f"theorem_1 <= {(low + high) / 2}"
    for time_limit, rtol, expected in ((SOON, "0.01", "undecided"), (20, "0.001", "proved")):
        (claim,) = _named(verify(folded, BOX, time_limit=time_limit, rtol=rtol, require=[question]), "require")
        assert claim.status == expected


def test_an_undecided_q_is_said_and_enclosed(folded: Network) -> None:
    """delta = 3/5 lies inside the loose enclosure of delta_2: the true q is 1 more or not, the bound covers both."""
    loose, tight = (verify(folded, BOX, time_limit=t, rtol=r, delta="0.6") for t, r in ((SOON, "0.01"), (20, "0.001")))
    vague, sharp = (next(c for c in _named(x, "theorem_1") if not c.best) for x in (loose, tight))
    assert vague.undecided_layers == [2] and sharp.undecided_layers == []
    assert any("at least 0 hidden layers" in text and "undecided" in text for text in vague.hypotheses)
    assert vague.bound.lower <= sharp.bound.lower and sharp.bound.upper <= vague.bound.upper and vague.proved
    assert vague.c_w.lower <= sharp.c_w.lower and sharp.c_w.upper <= vague.c_w.upper
    assert any("q >= 0" in row.text for row in rows(loose)) and not any("q >=" in row.text for row in rows(tight))


def test_the_saturation_note_needs_a_proof() -> None:
    """tanh' reaches 1 at 0 only: on [0.02, 1] delta = sech^2(0.02) = 0.9996; on [0.05, 1] it is 0.9975."""
    one = np.ones((1, 1))
    neuron = Network((Layer(one, np.zeros(1), Tanh()), Layer(one, np.zeros(1), Identity())))
    for box, said in (("[0.02,1]", True), ("[0.05,1]", False)):
        found = [note for note in notes(verify(neuron, box)) if note.startswith("saturation")]
        assert bool(found) == said and not any("reaches" in note for note in found)
    wide = verify(random_network(3, [2, 6, 6, 2], Tanh()), "[3,4]^2", time_limit=SOON)
    proved = all(1000 * c.delta.lower >= 999 for c in _named(wide, "layer_saturation"))
    assert any(note.startswith("saturation") for note in notes(wide)) == proved
    assert not any(note.startswith("saturation") for note in notes(verify(linear_centre(), "[0,1]^2")))


@pytest.mark.parametrize(
    ("expression", "status"),
    [
        ("minimal_period >= 0.2", "proved"),
        ("minimal_period > 0.2", "proved"),
        ("minimal_period >= 1", "undecided"),
        ("minimal_period <= 0.1", "undecided"),
        ("minimal_period < 9", "undecided"),
        ("minimal_period >= -1", "proved"),
    ],
)
def test_a_period_is_bounded_from_below_only(expression: str, status: str) -> None:
    """x' = A x, trace 0, det 25: every orbit has period 2 pi / 5 = 1.2566, while 2 pi / ||A|| = 0.2413."""
    slow = Network((Layer(np.array([[-1.0, -26], [1, 1]]), np.zeros(2), Identity()),))
    certificate = verify(slow, "[-1,1]^2", require=[expression])
    (claim,) = _named(certificate, "require")
    assert claim.status == status and (status == "proved") == (claim.reason == "")
    if "<" in expression:
        assert "only bounded from below" in claim.reason
    assert any(row.text == "2 pi / L(U) (no orbit has a shorter period)" for row in rows(certificate))


def test_no_orbit_at_all_proves_every_lower_bound_of_its_period() -> None:
    still = Network((Layer(np.zeros((2, 2)), np.ones(2), Identity()),))
    statuses = [c.status for c in verify(still, "[0,1]^2", require=["minimal_period >= 3", "minimal_period <= 3"])]
    assert statuses[-2:] == ["proved", "undecided"]


def test_yorke_speaks_of_nonconstant_orbits() -> None:
    """x' = -x has the equilibrium 0 with -log det M = 2 >= eta: only nonconstant orbits are excluded."""
    decay = Network((Layer(-np.eye(2), np.zeros(2), Identity()),))
    verdict = verify(decay, "[-1,1]^2", period=1, eta=1)["theorem_2"].eta_verdict
    assert verdict.startswith("excluded (yorke)") and "no nonconstant T-periodic orbit" in verdict


def test_nothing_is_said_of_opposite_directions() -> None:
    claims = _named(verify(linear_centre(), "[-1,1]^2"), "no_closed_orbit")
    assert claims[-1].reason == "sampling found no constant vector to try"


@pytest.mark.parametrize(
    ("expression", "pointed", "words"),
    [
        ("sup_divergence <= 5", True, ""),
        ("sup_divergence >= 7", False, "on the whole region"),
        ("inf_divergence <= -19", False, "on the whole region"),
        ("layerwise_bound <= 3", True, ""),
        ("layerwise_bound >= 1e6", False, "for the whole region"),
        ("delta_1 <= 1", False, "intermediate value theorem"),
        ("delta_1 >= 100", False, "for the whole region"),
    ],
)
def test_a_refutation_has_a_point_or_says_what_refutes(expression: str, pointed: bool, words: str) -> None:
    (claim,) = _named(verify(cube_stuart_landau(), "[-1,1]^2", rtol="0.1", require=[expression]), "require")
    assert claim.status == "refuted" and ("point" in claim.values) == pointed and words in claim.reason
    if expression == "layerwise_bound <= 3":
        rows_ = reference_jacobian(cube_stuart_landau(), [side.lower for side in claim.point])
        assert np.linalg.norm(np.array([[float(v) for v in row] for row in rows_]), 2) > 3


def test_advice_fits_the_cause(folded: Network) -> None:
    """The time limit is blamed only where it ended the search."""
    for network, box, hurry, advice in (
        (folded, BOX, SOON, "; raise --time-limit"),
        (cube_stuart_landau(), "[-1,1]^2", 20, "; lower --rtol, or raise --precision"),
    ):
        found = verify(network, box, time_limit=hurry, rtol="0.1")
        middle = (found["layerwise_bound"].bound.lower + found["theorem_1"].bound.upper) / 2
        found = verify(network, box, time_limit=hurry, rtol="0.1", require=[f"theorem_1 <= {middle}"])
        (claim,) = _named(found, "require")
        assert claim.status == "undecided" and claim.reason.endswith(advice)
    assert "raise --time-limit or --rtol" in verify(folded, BOX, time_limit=SOON, rtol="1e-6")["divergence"].reason


def test_a_rounded_threshold_is_an_inequality(folded: Network) -> None:
    names = [row.text for row in rows(verify(folded, BOX)) if row.text.startswith("theorem 1")]
    assert any("delta <= 0." in name and "=" in name for name in names)


def test_more_than_99_hidden_layers_may_be_asked_for() -> None:
    deep = random_network(0, [1, *[1] * 101, 1], Tanh())
    certificate = verify(deep, "[0,1]", time_limit="0.01", require=["delta_101 <= 1"])
    assert _named(certificate, "require")[0].proved
