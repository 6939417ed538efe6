"""True orbits are proved with their known data; everything else is refused, above all what once got through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from fixtures_networks import cube_stuart_landau
from fixtures_orbits import centre, cube_draft, draft_near, linear_beside_cube, product
from flint import acb, arb

import saturode_verify as sv
from saturode_verify.activation import ReLU
from saturode_verify.network import Layer, Network
from saturode_verify.orbit import existence
from saturode_verify.orbit.existence import NotProved, ProvedOrbit, prove
from saturode_verify.orbit.proposal import Column, Proposal
from saturode_verify.orbit.trig import TrigPolynomial
from saturode_verify.rigor.balls import precision

BITS = 400
EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "stuart-landau-tanh-32x32.pt"


@pytest.fixture(autouse=True)
def _exact() -> Iterator[None]:
    """Exact manipulation of coefficients needs more bits than they have."""
    with precision(BITS):
        yield


def _proved(network: Network, proposal: Proposal, bits: int) -> ProvedOrbit:
    with precision(bits):
        outcome = prove(network, proposal)
    assert isinstance(outcome, ProvedOrbit), outcome
    return outcome


def _refused(network: Network, proposal: Proposal, step: str, bits: int = BITS) -> str:
    with precision(bits):
        outcome = prove(network, proposal)
    assert isinstance(outcome, NotProved), outcome
    assert outcome.step in step.split("|"), outcome
    return outcome.reason


def test_the_exact_stuart_landau_network() -> None:
    """T = 2 pi/3 and det M = e^{-4 pi} (theory section 8), to 20 digits."""
    draft = cube_draft(20)
    orbit = _proved(cube_stuart_landau(), draft.proposal, draft.bits)
    with precision(400):
        assert orbit.period.contains(2 * arb.pi() / 3)
        assert orbit.determinant.contains((-4 * arb.pi()).exp())
        assert orbit.integral.contains(-4 * arb.pi())
    assert orbit.integral.rad() < arb("1e-20")
    assert orbit.stability == "stable"
    assert orbit.multipliers is not None
    assert [m.members for m in orbit.multipliers] == [1, 1]
    assert (orbit.point[0] ** 2 + orbit.point[1] ** 2).contains(1)
    assert all(low < -1 and high > 1 for low, high in orbit.hull)
    assert all(low > -1.01 and high < 1.01 for low, high in orbit.hull)


def test_reversed_time_turns_the_multiplier_around() -> None:
    network = cube_stuart_landau()
    last = network.layers[-1]
    backward = Network((network.layers[0], Layer(-last.weight, last.bias, last.activation)))
    draft = draft_near(backward, [1.0, 0.0])
    orbit = _proved(backward, draft.proposal, draft.bits)
    assert orbit.stability == "unstable"
    with precision(200):
        assert orbit.determinant.contains((4 * arb.pi()).exp())


# The attacks of the prototype's review, and others.


def test_a_negative_period_is_refused() -> None:
    """M1: the reversed orbit with tau < 0 turned every bound around, and a wrong det M was printed."""
    proposal = cube_draft().proposal
    mirrored = tuple(tuple(c.conjugate() for c in row) for row in proposal.orbit)
    columns = tuple(
        Column(c.kind, -c.exponent, tuple(tuple(x.conjugate() for x in row) for row in c.coefficients))
        for c in proposal.columns
    )
    reversed_time = replace(proposal, orbit=mirrored, tau=-proposal.tau, columns=columns)
    assert "tau > 0" in _refused(cube_stuart_landau(), reversed_time, "data")
    assert "tau > 0" in _refused(cube_stuart_landau(), replace(proposal, tau=-proposal.tau), "data")
    assert "tau > 0" in _refused(cube_stuart_landau(), replace(proposal, tau=arb(0)), "data")
    assert "tau > 0" in _refused(cube_stuart_landau(), replace(proposal, tau=arb("nan")), "data")
    assert "tau > 0" in _refused(cube_stuart_landau(), replace(proposal, tau=arb("0.3", "0.1")), "data")


def test_frames_without_an_exact_symmetry_cannot_be_written() -> None:
    """M2: only then are iterates real, and only for real iterates do the tube's bounds hold."""
    rows = ((acb(0), acb(1)), (acb(0), acb(0, 1)))
    with pytest.raises(ValueError, match="exponent of a periodic"):
        Column("periodic", acb(-1, 0.25), rows)
    with pytest.raises(ValueError, match="alpha \\+ i/2"):
        Column("antiperiodic", acb(-1, -0.5), rows)
    with pytest.raises(ValueError, match="alpha \\+ i/2"):
        Column("antiperiodic", acb(-1, arb("0.5") + arb((1, -400))), rows)
    with pytest.raises(ValueError, match="strictly between"):
        Column("complex", acb(-1, 0.5), rows)
    with pytest.raises(ValueError, match="strictly between"):
        Column("complex", acb(-1, 0), rows)
    with pytest.raises(ValueError, match="no known kind"):
        Column("rotated", acb(-1), rows)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="isolated"):
        Column("periodic", acb(0), rows)
    with pytest.raises(ValueError, match="mean of a real"):
        list(Column("periodic", acb(-1), ((acb(0, 1), acb(1)), (acb(0), acb(1)))).full())


@pytest.mark.parametrize("kind", ["antiperiodic", "complex"])
def test_columns_of_the_wrong_kind_prove_nothing(kind: str) -> None:
    """The radial mode declared antiperiodic, or one of a pair (which is a column too many in the plane)."""
    proposal = cube_draft().proposal
    exponent = acb(-2, 0.5) if kind == "antiperiodic" else acb(-2, 0.25)
    rows = proposal.columns[0].coefficients
    if kind == "complex":
        rows = tuple((*(c.conjugate() for c in reversed(row[1:])), *row) for row in rows)
    wrong = replace(proposal, columns=(Column(kind, exponent, rows),))  # type: ignore[arg-type]
    _refused(cube_stuart_landau(), wrong, "data|frame|contraction|tube")


def test_too_few_nodes_are_refused() -> None:
    """M5: with M <= 2n samples say nothing: 1 - cos(nt) vanishes at n nodes."""
    proposal = cube_draft().proposal
    for nodes in (proposal.degree, 2 * proposal.degree, 1, 0, -5):
        assert "M > 2n" in _refused(cube_stuart_landau(), replace(proposal, nodes=nodes), "data")
    degree = len(proposal.orbit[0]) - 2
    assert "degree of the polynomial parts" in _refused(cube_stuart_landau(), replace(proposal, degree=degree), "data")
    for height in (arb(0), arb(-1), arb("nan"), arb("inf")):
        _refused(cube_stuart_landau(), replace(proposal, height=height), "data")
    assert "box" in _refused(cube_stuart_landau(), replace(proposal, boxes=0), "strip")


@pytest.mark.parametrize("fraction", [0.75, Fraction(3, 4), arb("0.75"), True])
def test_degrees_and_nodes_are_whole_numbers(fraction: object) -> None:
    """With n = 3.75 the tail of a mode 4 that no node sees was counted as smaller than it is: a false radius."""
    proposal = cube_draft().proposal
    degree = True if fraction is True else proposal.degree + fraction  # type: ignore[operator]
    assert "whole numbers" in _refused(cube_stuart_landau(), replace(proposal, degree=degree), "data")  # type: ignore[arg-type]
    nodes = True if fraction is True else proposal.nodes + fraction  # type: ignore[operator]
    assert "whole numbers" in _refused(cube_stuart_landau(), replace(proposal, nodes=nodes), "data")  # type: ignore[arg-type]


def test_malformed_proposals_are_refused() -> None:
    """Whatever the data's type: a reason, no exception."""
    network, proposal = cube_stuart_landau(), cube_draft().proposal
    narrow = TrigPolynomial(proposal.inverse[0].coefficients[:1])
    for change in (
        {"orbit": ((), ())},
        {"orbit": ()},
        {"orbit": ((acb(1),),)},
        {"inverse": (narrow, narrow)},
        {"inverse": ()},
        {"columns": ()},
        {"height": 0.5},
        {"height": arb("0.5", "0.1")},
        {"tau": 0.5},
        {"nodes": 100.0},
        {"boxes": 64.0},
    ):
        _refused(network, replace(proposal, **change), "data|strip")


def test_a_curve_twice_around_is_refused() -> None:
    """u(2 theta) with 2 tau solves the equation too, but its multipliers are squares."""
    proposal = cube_draft().proposal

    def doubled(row: tuple[acb, ...]) -> tuple[acb, ...]:
        return tuple(row[k // 2] if k % 2 == 0 else acb(0) for k in range(2 * len(row) - 1))

    def doubled_full(row: tuple[acb, ...]) -> tuple[acb, ...]:
        half = len(row) // 2
        return tuple(row[k // 2 + half] if k % 2 == 0 else acb(0) for k in range(-2 * half, 2 * half + 1))

    twice = replace(
        proposal,
        orbit=tuple(doubled(row) for row in proposal.orbit),
        tau=2 * proposal.tau,
        columns=tuple(
            Column(c.kind, 2 * c.exponent, tuple(doubled(row) for row in c.coefficients)) for c in proposal.columns
        ),
        inverse=tuple(
            TrigPolynomial(tuple(doubled_full(tuple(c / 2 if i == 0 else c for c in row)) for row in p.coefficients))
            for i, p in enumerate(proposal.inverse)
        ),
        degree=2 * proposal.degree,
        nodes=2 * proposal.nodes,
        height=proposal.height / 2,
    )
    assert "2 times around" in _refused(cube_stuart_landau(), twice, "minimal period")


def test_an_equilibrium_is_refused() -> None:
    proposal = cube_draft().proposal
    still = replace(proposal, orbit=tuple((acb(0), *[acb(0)] * (len(row) - 1)) for row in proposal.orbit))
    assert "not proved invertible" in _refused(cube_stuart_landau(), still, "frame")


def test_an_orbit_without_a_certified_mode_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """gcd of no modes is 0: no claim. A distance above every coefficient certifies none of them."""
    proposal = cube_draft().proposal
    orbit = TrigPolynomial.real(proposal.orbit)
    assert existence._certified_turns(orbit, arb(2)) == 0 and existence._certified_turns(orbit, arb("0.1")) == 1
    monkeypatch.setattr(existence, "_certified_turns", lambda *_: 0)
    assert "may be an equilibrium" in _refused(cube_stuart_landau(), proposal, "minimal period")


@pytest.mark.parametrize("exponent", ["-3", "-1", "-0.1", "-0.001", "0.5", "2"])
def test_a_centre_has_no_isolated_cycles(exponent: str) -> None:
    """div f = 0: the second exponent of every cycle is 0, and no frame makes the map contract.

    The candidate is accurate (a cycle of the linear part times a quasi-Newton would not be): what fails is the frame.
    """
    network = centre()
    angles = 2 * np.pi * np.arange(129) / 129
    from scipy.integrate import solve_ivp

    from saturode_verify.bounds.candidates import FloatField
    from saturode_verify.orbit.candidate.propose import Effort, propose
    from saturode_verify.orbit.jets import ExactField
    from saturode_verify.orbit.search import FloatMode, FloatOrbit

    field = FloatField(network)
    start = np.array([0.5, 0.0])

    def right(_: float, x: np.ndarray) -> np.ndarray:
        return field.evaluate(x[None])[0][0]

    normal = right(0.0, start)

    def section(t: float, x: np.ndarray) -> float:
        return float(normal @ (x - start)) if t > 0.1 else 1.0

    section.direction = 1.0  # type: ignore[attr-defined]
    section.terminal = True  # type: ignore[attr-defined]
    run = solve_ivp(right, (0, 50), start, events=section, rtol=1e-12, atol=1e-13, dense_output=True)
    period = run.t_events[0][0]
    states = run.sol(period * angles / (2 * np.pi)).T
    # The frame's second column: across the cycles.
    across = field.evaluate(states)[0] @ np.array([[0.0, 1.0], [-1.0, 0.0]])
    mode = FloatMode("periodic", float(exponent), across / np.abs(across).max())
    draft = propose(network, ExactField(network), FloatOrbit(states, period / (2 * np.pi), (mode,)), 12, Effort())
    if isinstance(draft, str):
        return
    with precision(draft.bits):
        outcome = prove(network, draft.proposal)
    assert isinstance(outcome, NotProved), outcome


def test_what_is_no_orbit_is_refused() -> None:
    """Circles of other radii, shifted ones, and a wrong period."""
    proposal = cube_draft().proposal
    network = cube_stuart_landau()
    for factor in (arb("0.9").mid(), arb("1.01").mid(), arb((1, -20))):
        scaled = tuple(tuple((c * factor).mid() for c in row) for row in proposal.orbit)
        _refused(network, replace(proposal, orbit=scaled), "contraction|tube|frame|minimal period")
    shifted = tuple((row[0] + acb(arb((1, -4))), *row[1:]) for row in proposal.orbit)
    _refused(network, replace(proposal, orbit=shifted), "contraction|tube")
    _refused(network, replace(proposal, tau=(proposal.tau * arb("1.1")).mid()), "contraction|tube")


@pytest.mark.parametrize("size", [1e-10, 1e-8, 1e-6, 1e-4, 1e-3, 1e-2, 1e-1])
@pytest.mark.parametrize("name", ["cube", "tanh"])
def test_perturbed_proposals_are_refused_or_enclose_the_truth(size: float, name: str) -> None:
    """Orbit, period, frame and exponents off by ``size``: no enclosure may miss the values of the accurate proof."""
    network = cube_stuart_landau() if name == "cube" else sv.load(EXAMPLE)
    draft = cube_draft(30) if name == "cube" else draft_near(network, [1.0, 0.0], 30)
    truth = _proved(network, draft.proposal, draft.bits)
    rng = np.random.default_rng(int(-np.log10(size)))
    accepted = 0
    for _ in range(4):
        outcome = prove(network, _perturbed(draft.proposal, size, rng))
        if isinstance(outcome, ProvedOrbit):
            accepted += 1
            assert outcome.period.contains(truth.period) and outcome.integral.contains(truth.integral)
            assert outcome.determinant.contains(truth.determinant)
            assert outcome.period.rad() > truth.period.rad()
    assert accepted == 4 or size > 1e-7
    assert accepted == 0 or size < 1e-1


def test_the_divergence_between_the_curve_and_the_orbit_is_paid_for() -> None:
    """A circle of radius 1 + e, e = 2^-24: angle' = 3 at every radius, so T hardly moves, but div = 3 (2 - 4 r^2) does.

    Along the curve int div is -4 pi - 16 pi e - ...: without |grad div| times the distance the claim would be false.
    """
    proposal = cube_draft().proposal
    factor = 1 + arb((1, -24))
    wide = tuple(tuple((c * factor).mid() for c in row) for row in proposal.orbit)
    orbit = _proved(cube_stuart_landau(), replace(proposal, orbit=wide), BITS)
    truth = -4 * arb.pi()
    assert orbit.integral.contains(truth) and orbit.period.contains(2 * arb.pi() / 3)
    assert abs(orbit.integral.mid() - truth) > arb("2e-6") > orbit.period.rad() * 6


def _perturbed(proposal: Proposal, size: float, rng: np.random.Generator) -> Proposal:
    def moved(row: tuple[acb, ...]) -> tuple[acb, ...]:
        noise = rng.normal(size=(len(row), 2)) * size
        return tuple(
            acb((c.real + arb(noise[k, 0])).mid(), (c.imag + arb(noise[k, 1] if k else 0.0)).mid()) if k < 5 else c
            for k, c in enumerate(row)
        )

    def stretched(value: arb) -> arb:
        return (value * (1 + arb(float(rng.normal()) * size))).mid()

    columns = tuple(
        Column(c.kind, acb(stretched(c.exponent.real), c.exponent.imag), tuple(moved(row) for row in c.coefficients))
        for c in proposal.columns
    )
    orbit = tuple(moved(row) for row in proposal.orbit)
    return replace(proposal, orbit=orbit, tau=stretched(proposal.tau), columns=columns)


def test_kinked_activations_are_refused_with_the_reason() -> None:
    network = cube_stuart_landau()
    rough = Network((Layer(network.layers[0].weight, network.layers[0].bias, ReLU()), network.layers[1]))
    reason = _refused(rough, cube_draft().proposal, "data")
    assert "relu" in reason and "kink" in reason


def test_the_multipliers_of_a_product_are_the_union() -> None:
    """z_i' = 3 rate_i z_i beside the cube's cycle: exponents rate_i per unit of theta, multipliers e^{2 pi rate_i}."""
    rates = [-0.25, 0.125]
    network = linear_beside_cube(rates)
    draft = draft_near(network, [1.0, 0.0, 0.0, 0.0])
    orbit = _proved(network, draft.proposal, draft.bits)
    assert orbit.multipliers is not None and orbit.stability == "unstable"
    with precision(200):
        expected = [(2 * arb.pi() * rate).exp() for rate in (0.0, 0.125, -0.25, -2.0)]
        for value in expected:
            holding = [m for m in orbit.multipliers if m.value.contains(acb(value))]
            assert len(holding) == 1 and holding[0].members == 1 and holding[0].real
            assert holding[0].value.real.rel_accuracy_bits() > 33  # 1e-10
        assert orbit.determinant.contains((2 * arb.pi() * (0.125 - 0.25 - 2)).exp())


def test_a_second_cycle_beside_the_first_is_no_isolated_orbit() -> None:
    """The product of two oscillators has a torus full of cycles where the periods agree: exponent 0 twice."""
    network = product(cube_stuart_landau(), cube_stuart_landau())
    certificate = sv.prove_orbit(network, near=[1.0, 0.0, 0.0, 1.0], time_limit=1)
    assert not certificate.proved
    assert certificate["periodic_orbit"].status == "undecided" and certificate.reason
