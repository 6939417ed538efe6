"""The theorem's constants y, m, |Q|, |Q^{-1}| against dense samples that mpmath computes from the coefficients alone.

Frames far from Floquet's make y and m of size one, so that nothing hides below a rounding error; candidates of the
search make them tiny.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from fixtures_networks import cube_stuart_landau
from flint import acb, arb
from mpmath import matrix, mp, mpf
from orbit_references import DIGITS, Number, jet, mlp, number, value_at

import saturode_verify as sv
from saturode_verify.activation import SiLU, Sin, Tanh
from saturode_verify.network import Network
from saturode_verify.orbit.candidate.propose import Effort, propose
from saturode_verify.orbit.frame import Candidate, FrameBounds, frame_bounds
from saturode_verify.orbit.jets import ExactField
from saturode_verify.orbit.proposal import Column, Frame, Kind, Proposal
from saturode_verify.orbit.sampling import Sampling
from saturode_verify.orbit.search.records import FloatMode, FloatOrbit
from saturode_verify.orbit.strip import StripBounds, strip_bounds
from saturode_verify.orbit.trig import TrigPolynomial, complex_number, real_parts
from saturode_verify.rigor.balls import exact, precision

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "stuart-landau-tanh.pt"
BITS = 120
Curve = Callable[[np.ndarray], list[np.ndarray]]


@pytest.fixture(autouse=True)
def _precision() -> Iterator[None]:
    with precision(BITS), mp.workdps(60):
        yield


def _candidate(network: Network, proposal: Proposal) -> Candidate:
    """As the proof builds it."""
    orbit, field = TrigPolynomial.real(proposal.orbit), ExactField(network)
    strip = strip_bounds(field, orbit, proposal.height, proposal.boxes)
    assert isinstance(strip, StripBounds), strip
    at_nodes = field.evaluate(real_parts(orbit.samples(proposal.nodes)))
    assert at_nodes is not None
    sampling = Sampling(proposal.nodes, proposal.degree, proposal.height)
    return Candidate(proposal, orbit, Frame.of(proposal.columns), at_nodes, strip, sampling)


@dataclass(frozen=True)
class Truth:
    """Largest moduli over sampled angles: lower bounds of the suprema."""

    defect: list[Number]
    residual: list[list[Number]]
    frame: list[list[Number]]
    inverse: list[list[Number]]


def _truth(network: Network, proposal: Proposal, count: int = 24) -> Truth:
    """Q^{-1} by mpmath's own elimination at angles that are no nodes."""
    orbit, frame = TrigPolynomial.real(proposal.orbit), Frame.of(proposal.columns)
    d, tau = len(orbit.coefficients), number(proposal.tau)
    exponents = [number(e) for e in frame.exponents]
    sizes: list[list[list[Number]]] = []
    for j in range(count):
        theta = 2 * mp.pi * (j + mpf("0.317")) / count
        x = [mp.re(v) for v in value_at(orbit, theta)]
        f, df, _ = jet(network, x)
        first, bend = value_at(orbit, theta, 1), value_at(orbit, theta, 2)
        columns = [first, *(value_at(c, theta) for c in frame.columns)]
        moved = [bend, *(value_at(c, theta, 1) for c in frame.columns)]
        q = matrix(d, d)
        r = matrix(d, d)
        for i in range(d):
            for c in range(d):
                q[i, c] = columns[c][i]
                product = sum(df[i][k] * columns[c][k] for k in range(d))
                r[i, c] = tau * product - moved[c][i] - exponents[c] * columns[c][i]
        inverse = q**-1
        rho = inverse * matrix([tau * f[i] - first[i] for i in range(d)])
        m = inverse * r
        sizes.append(
            [[abs(rho[i, 0]) for i in range(d)]]
            + [[abs(a[i, c]) for i in range(d) for c in range(d)] for a in (m, q, inverse)]
        )
    best = [[max(column) for column in zip(*rows, strict=True)] for rows in zip(*sizes, strict=True)]
    grids = [[row[i * d : (i + 1) * d] for i in range(d)] for row in best[1:]]
    return Truth(best[0], *grids)


def _pairs(bounds: FrameBounds, truth: Truth) -> Iterator[tuple[arb, Number, str]]:
    for i, (bound, size) in enumerate(zip(bounds.defect, truth.defect, strict=True)):
        yield bound, size, f"y_{i}"
    for name in ("residual", "frame", "inverse"):
        for i, (row, sizes) in enumerate(zip(getattr(bounds, name), getattr(truth, name), strict=True)):
            for c, (bound, size) in enumerate(zip(row, sizes, strict=True)):
                yield bound, size, f"{name}_{i}{c}"


def _assert_bounds(bounds: FrameBounds | str, truth: Truth, ratio: float = float("inf")) -> None:
    assert isinstance(bounds, FrameBounds), bounds
    for bound, size, name in _pairs(bounds, truth):
        assert bound.is_exact() and bound.is_finite() and bound >= 0, name
        assert number(bound) >= size * (1 - mpf(10) ** -25) - mpf(10) ** -50, name
        assert number(bound) <= ratio * size + mpf(10) ** -6, name


def _modes(curve: Curve, degree: int, noise: np.random.Generator) -> np.ndarray:
    """Coefficients -K..K per component of a curve, plus noise of a few per cent."""
    theta = 2 * np.pi * np.arange(64) / 64
    c = np.fft.fft(np.array(curve(theta)), axis=1) / 64
    c = np.concatenate([c[:, 64 - degree :], c[:, : degree + 1]], axis=1)
    return c + 0.03 * (noise.normal(size=c.shape) + 1j * noise.normal(size=c.shape))


def _exact(rows: np.ndarray) -> tuple[tuple[acb, ...], ...]:
    return tuple(tuple(complex_number(complex(c)) for c in row) for row in rows)


def _column(kind: Kind, exponent: complex, curve: Curve, noise: np.random.Generator) -> Column:
    c = _modes(curve, 3, noise)
    if kind == "periodic":
        c[:, 3] = c[:, 3].real
    # The antiperiodic kind's c_0..c_2 stand for c_{-3}..c_2: no column has a degree above 3.
    rows = {"periodic": c[:, 3:], "antiperiodic": c[:, 3:6], "complex": c}[kind]
    return Column(kind, complex_number(exponent), _exact(rows))


def _half_turned(phase: float) -> Curve:
    """e^{-i theta/2} times the real antiperiodic vector at the angle theta/2 + phase of the plane of n and e_3."""

    def curve(t: np.ndarray) -> list[np.ndarray]:
        turned = np.exp(-0.5j * t)
        across, up = turned * np.cos(t / 2 + phase), turned * np.sin(t / 2 + phase)
        return [across * np.cos(t), across * np.sin(t), up]

    return curve


PLANE = [lambda t: [np.cos(t), np.sin(t)]]
FRAMES: dict[str, tuple[Network, list[tuple[Kind, complex, Curve]]]] = {
    "plane": (mlp(1, [2, 4, 2], [Tanh()]), [("periodic", -0.75, PLANE[0])]),
    "periodic and periodic": (
        mlp(2, [3, 4, 3], [SiLU()]),
        [
            ("periodic", -0.5, lambda t: [np.cos(t), np.sin(t), 0 * t]),
            ("periodic", 0.25, lambda t: [0 * t, 0 * t, 1 + 0 * t]),
        ],
    ),
    "antiperiodic pair": (
        mlp(3, [3, 4, 3], [Sin()]),
        [("antiperiodic", -0.5 + 0.5j, _half_turned(0.0)), ("antiperiodic", 0.125 + 0.5j, _half_turned(np.pi / 2))],
    ),
    "complex": (
        mlp(4, [3, 4, 3], [Tanh()]),
        [("complex", -0.5 + 0.25j, lambda t: [np.cos(t), np.sin(t), 0.75j + 0 * t])],
    ),
}  # fmt: skip
every = pytest.mark.parametrize("name", FRAMES)


@cache
def _synthetic(name: str, inverse_degree: int = 12) -> tuple[Network, Proposal]:
    """A wavy circle, a frame beside it, and Q^{-1} interpolated in floats and cut to ``inverse_degree``."""
    network, columns = FRAMES[name]
    d, rng = network.dimension, np.random.default_rng(11)
    orbit = _modes(lambda t: [np.cos(t), np.sin(t), *[0 * t] * (d - 2)], 3, rng)[:, 3:]
    orbit[:, 0] = orbit[:, 0].real
    half = _exact(orbit)
    proposal = Proposal(
        half, exact(0.7), tuple(_column(*column, rng) for column in columns), (), exact(0.25), 0, 0, 512
    )
    return network, replace(proposal, inverse=_inverse(proposal, inverse_degree))


def _inverse(proposal: Proposal, degree: int, nodes: int = 96) -> tuple[TrigPolynomial, ...]:
    columns = [TrigPolynomial.real(proposal.orbit).derivative, *Frame.of(proposal.columns).columns]
    q = np.array([[[complex(v) for v in row] for row in column.samples(nodes)] for column in columns])
    inverse = np.linalg.inv(q.transpose(2, 1, 0))
    c = np.fft.fft(inverse, axis=0) / nodes
    c = np.concatenate([c[nodes - degree :], c[: degree + 1]])
    return tuple(TrigPolynomial(_exact(c[:, i, :].T)) for i in range(c.shape[1]))


def _sized(proposal: Proposal, degree: int, nodes: int) -> Proposal:
    return replace(proposal, degree=degree, nodes=nodes)


@cache
def _known(name: str) -> Truth:
    network, proposal = _synthetic(name)
    with mp.workdps(60):
        return _truth(network, proposal)


@every
def test_bounds_hold_and_are_sharp_with_many_nodes(name: str) -> None:
    """n = 100, rho = 1/4: the tail is e^{-25} S; M = 8 n: 1/cos(pi/8) = 1.08. What is left is what 24 angles miss."""
    network, proposal = _synthetic(name)
    bounds = frame_bounds(_candidate(network, _sized(proposal, 100, 800)))
    _assert_bounds(bounds, _known(name), ratio=1.25)


@every
@pytest.mark.parametrize(("degree", "nodes"), [(15, 31), (15, 40), (16, 90), (40, 81), (60, 200)])
def test_bounds_hold_with_as_few_nodes_as_the_lemma_allows(name: str, degree: int, nodes: int) -> None:
    """15 = 12 + 3 is the degree of P Q: the smallest n; M = 31 the fewest nodes."""
    network, proposal = _synthetic(name)
    bounds = frame_bounds(_candidate(network, _sized(proposal, degree, nodes)))
    if isinstance(bounds, str):  # |PQ - I| at M = 2n + 1 is multiplied by 1/cos(pi n/M), about 20
        assert "not proved invertible" in bounds
        return
    _assert_bounds(bounds, _known(name))


@every
def test_the_tail_counts_every_part_that_is_no_polynomial(name: str) -> None:
    """y_i >= t (1/cos(pi n/M) + 1) with S = sum_k |P_ik| tau |f_k|, and m_ic the same with S = sum_k |P_ik| tau
    sum_l |Df_kl| |Q_lc|, the moduli bounded on the strip by sum |m|^p |c_m| e^{rho |m|} (p = 1 for u', else 0).

    A strip of 1/64 makes the tail 100 times larger than the samples: bounds that left a part out would be below this,
    yet far above the truth.
    """
    network, proposal = _synthetic(name)
    proposal = replace(proposal, height=exact(2.0**-6), tau=exact(1.75))
    candidate = _candidate(network, _sized(proposal, 16, 90))
    bounds, d = frame_bounds(candidate), network.dimension
    assert isinstance(bounds, FrameBounds)
    rho, tau = number(proposal.height), number(proposal.tau)

    def wiener(row: tuple[acb, ...], power: int = 0) -> Number:
        modes = range(-(len(row) // 2), len(row) // 2 + 1)
        return sum(abs(m) ** power * abs(number(c)) * mp.exp(abs(m) * rho) for m, c in zip(modes, row, strict=True))

    p = [[wiener(row) for row in polynomial.coefficients] for polynomial in proposal.inverse]
    columns = [[wiener(row, 1) for row in candidate.orbit.coefficients]]
    columns += [[wiener(row) for row in column.coefficients] for column in candidate.frame.columns]
    field = [tau * number(x) for x in candidate.strip.field]
    jacobian = [[tau * number(x) for x in row] for row in candidate.strip.jacobian]
    unit = 2 * mp.exp(-17 * rho) / (1 - mp.exp(-rho)) * (1 / mp.cos(mp.pi * 16 / 90) + 1)
    for i in range(d):
        assert number(bounds.defect[i]) >= unit * mp.fdot(p[i], field)
        for c, column in enumerate(columns):
            moved = [mp.fdot(row, column) for row in jacobian]
            assert number(bounds.residual[i][c]) >= unit * mp.fdot(p[i], moved)


@every
@pytest.mark.parametrize("size", [1e-6, 1e-3, 0.02])
def test_a_perturbed_inverse_still_gives_bounds(name: str, size: float) -> None:
    network, proposal = _synthetic(name)
    rng = np.random.default_rng(5)

    def moved(row: TrigPolynomial) -> TrigPolynomial:
        noise = rng.normal(size=(len(row.coefficients), 25, 2)) * size / 5
        return TrigPolynomial(
            tuple(
                tuple((c + complex_number(complex(*x))).mid() for c, x in zip(r, part.tolist(), strict=True))
                for r, part in zip(row.coefficients, noise, strict=True)
            )
        )

    perturbed = replace(proposal, inverse=tuple(moved(row) for row in proposal.inverse))
    bounds = frame_bounds(_candidate(network, _sized(perturbed, 60, 300)))
    if isinstance(bounds, str):
        assert size > 1e-3 and "not proved invertible" in bounds
        return
    _assert_bounds(bounds, _known(name), ratio=1.4 if size < 1e-4 else float("inf"))


@every
@pytest.mark.parametrize(
    ("factor", "usable"), [(0.5, True), (0.75, True), (1.5, True), (0.0, False), (2.5, False), (-1.0, False)]
)
def test_a_scaled_inverse(name: str, factor: float, usable: bool) -> None:
    """P = c Q^{-1} gives PQ - I = (c - 1) I, and |(Q^{-1} v)_i| <= |(Pv)_i| + |c - 1| max |Pv|/(1 - |c - 1|)."""
    network, proposal = _synthetic(name)
    scaled = tuple(
        TrigPolynomial(tuple(tuple((c * exact(factor)).mid() for c in r) for r in row.coefficients))
        for row in proposal.inverse
    )
    bounds = frame_bounds(_candidate(network, _sized(replace(proposal, inverse=scaled), 60, 300)))
    if usable:
        _assert_bounds(bounds, _known(name))
    else:
        assert isinstance(bounds, str) and "is not below 1" in bounds


@pytest.mark.parametrize("inverse_degree", [0, 1, 2, 4])
def test_an_inverse_cut_short_is_refused_or_right(inverse_degree: int) -> None:
    for name in FRAMES:
        network, proposal = _synthetic(name, inverse_degree)
        bounds = frame_bounds(_candidate(network, _sized(proposal, 40, 200)))
        if isinstance(bounds, FrameBounds):
            _assert_bounds(bounds, _known(name))
        else:
            assert inverse_degree < 4 and "not proved invertible" in bounds


def test_a_singular_frame_is_refused_whatever_the_inverse() -> None:
    """A matrix PQ with |PQ - I| < 1 is invertible, hence none is that close where Q is singular: for q_2 = u' always,
    at a few angles for q_2 = cos(theta) (1, 1).
    """
    network, proposal = _synthetic("plane")
    slope = [[(c * acb(0, k)).mid() for k, c in enumerate(row)] for row in proposal.orbit]
    same = Column("periodic", acb(-1), tuple(tuple(row) for row in slope))
    crossing = Column("periodic", acb(-1), _exact(np.array([[0, 0.5], [0, 0.5]])))
    for column in (same, crossing):
        for inverse in (proposal.inverse, _inverse(replace(proposal, columns=(crossing,)), 12, 97)):
            attempt = _sized(replace(proposal, columns=(column,), inverse=inverse), 60, 300)
            bounds = frame_bounds(_candidate(network, attempt))
            assert isinstance(bounds, str) and "the frame is not proved invertible" in bounds


def test_one_antiperiodic_column_has_no_inverse() -> None:
    """det (u', e^{-i theta/2} a) changes sign with a along the circle: an odd number of such columns is impossible."""
    network, proposal = _synthetic("plane")
    rng = np.random.default_rng(2)
    turned: Curve = lambda t: [np.exp(-0.5j * t) * np.cos(t / 2), np.exp(-0.5j * t) * np.sin(t / 2)]  # noqa: E731
    column = _column("antiperiodic", -1 + 0.5j, turned, rng)
    attempt = replace(proposal, columns=(column,))
    attempt = _sized(replace(attempt, inverse=_inverse(attempt, 12)), 60, 300)
    bounds = frame_bounds(_candidate(network, attempt))
    assert isinstance(bounds, str) and "not proved invertible" in bounds


def test_a_degree_below_the_polynomial_parts_is_never_used() -> None:
    """n must reach deg P + deg Q = 15: one less is an error, not a bound (review, M5)."""
    network, proposal = _synthetic("plane")
    with pytest.raises(ValueError, match="higher degree"):
        frame_bounds(_candidate(network, _sized(proposal, 14, 400)))


def test_wrong_counts_are_refused() -> None:
    network, proposal = _synthetic("plane")
    column = proposal.columns[0]
    for attempt in (
        replace(proposal, columns=()), replace(proposal, columns=(column, column)),
        replace(proposal, inverse=proposal.inverse[:1]),
        replace(proposal, inverse=(*proposal.inverse, proposal.inverse[0])),
    ):  # fmt: skip
        bounds = frame_bounds(_candidate(network, _sized(attempt, 60, 300)))
        assert isinstance(bounds, str) and "the frame needs 1 columns" in bounds


@cache
def _searched(name: str) -> tuple[Network, Proposal, int]:
    """A candidate of the search's second half, from a float orbit that is known or found by integrating."""
    if name == "cubes":
        # u = (cos, sin), tau = 1/3, and the radial mode with exponent tau (-6) = -2.
        network, theta = cube_stuart_landau(), 2 * np.pi * np.arange(33) / 33
        circle = np.stack([np.cos(theta), np.sin(theta)], axis=1)
        orbit = FloatOrbit(circle, 1 / 3, (FloatMode("periodic", -2.0 + 0j, circle),))
    else:
        from saturode_verify.bounds.candidates import FloatField
        from saturode_verify.orbit.search import find_near

        network = sv.load(EXAMPLE)
        found = find_near(FloatField(network), [1.0, 0.0])
        assert isinstance(found, FloatOrbit)
        orbit = found
    draft = propose(network, ExactField(network), orbit, 16, Effort())
    assert not isinstance(draft, str), draft
    return network, draft.proposal, draft.bits


@pytest.mark.parametrize("name", ["cubes", "tanh"])
def test_candidates_of_the_search(name: str) -> None:
    network, proposal, bits = _searched(name)
    with precision(bits), mp.workdps(DIGITS):
        bounds, truth = frame_bounds(_candidate(network, proposal)), _truth(network, proposal, 12)
        _assert_bounds(bounds, truth)
        assert isinstance(bounds, FrameBounds)
        # Not vacuous: M = 2.5 n costs 3.2, and the tail is of the goal's size.
        assert all(number(bound) < mpf(10) ** -15 for bound in bounds.defect)
        for row, sizes in zip(bounds.frame, truth.frame, strict=True):
            assert all(number(b) < 4 * size + mpf(10) ** -8 for b, size in zip(row, sizes, strict=True))
        assert all(number(bound) < mpf(10) ** -8 for row in bounds.residual for bound in row)


def test_the_cube_network_by_hand() -> None:
    """u' = (-sin, cos) and q_2 = +-(cos, sin) are orthonormal: Q^{-1} = Q^T, all entries have the sup 1; the exact
    orbit has no defect, and the exact mode no residual.
    """
    network, proposal, bits = _searched("cubes")
    with precision(bits):
        bounds = frame_bounds(_candidate(network, _sized(proposal, 200, 2000)))
    assert isinstance(bounds, FrameBounds)
    for matrix_bound in (bounds.frame, bounds.inverse):
        assert all(1 - 1e-6 < float(x) < 1.06 for row in matrix_bound for x in row)
    assert all(float(x) < 1e-12 for x in [*bounds.defect, *(x for row in bounds.residual for x in row)])


def test_a_moved_candidate_has_the_defect_that_it_has() -> None:
    """tau (1 + e) instead of tau: tau f - u' = e u', so that Q^{-1} of it is e e_1: y = (e, 0)."""
    network, proposal, bits = _searched("cubes")
    e = 2.0**-10
    with precision(bits):
        moved = replace(proposal, tau=(proposal.tau * (1 + exact(e))).mid())
        bounds = frame_bounds(_candidate(network, _sized(moved, 200, 2000)))
    assert isinstance(bounds, FrameBounds)
    assert e * (1 - 1e-9) <= float(bounds.defect[0]) < e * 1.06
    assert float(bounds.defect[1]) < 1e-6
