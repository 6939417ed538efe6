"""The parts: trigonometric interpolation, the integrator, collocation, and covers of shorter orbits."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from fixtures_networks import cube_stuart_landau, linear_centre

from saturode_verify.activation import GELU, Sigmoid, SiLU, Softplus, Tanh
from saturode_verify.bounds.candidates import FloatField
from saturode_verify.network import Layer, Network
from saturode_verify.orbit.search.flow import Flow, equilibrium_near
from saturode_verify.orbit.search.fourier import cover, derivative, envelope, node_count, on_uniform_mesh
from saturode_verify.orbit.search.march import Loop, March
from saturode_verify.orbit.search.near import close, distances, reverse
from saturode_verify.orbit.search.piecewise import Mesh, PiecewiseOrbit, radau


def angles(count: int) -> np.ndarray:
    return 2 * np.pi * np.arange(count) / count


def test_derivative_of_the_highest_mode() -> None:
    """cos 5 t on eleven nodes is still resolved: its derivative is -5 sin 5 t."""
    t = angles(11)
    assert derivative(np.cos(5 * t)[:, None])[:, 0] == pytest.approx(-5 * np.sin(5 * t), abs=1e-13)


def test_node_count_reaches_rounding() -> None:
    """1 / (1.25 - cos t) has coefficients (4/3) 2^-|k|: 2^-53 is reached at k = 53."""
    t = angles(4095)
    samples = (1 / (1.25 - np.cos(t)))[:, None]
    count = node_count(samples, 1e-16, 9999)
    assert 107 <= count <= 135
    assert envelope(samples[:: 4095 // 45])[10] == pytest.approx(2.0**-10, rel=0.1)


def test_values_on_a_uniform_mesh() -> None:
    t = angles(21)
    samples = np.stack([np.cos(7 * t), np.sin(3 * t) + 2], axis=1)
    nodes = np.array([0.0, 0.3, 1.0])
    x = 2 * np.pi * (np.arange(5)[:, None] + nodes) / 5
    expected = np.stack([np.cos(7 * x), np.sin(3 * x) + 2], axis=2)
    assert on_uniform_mesh(samples, 5, nodes) == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize(("waves", "times"), [((1, 5), 1), ((2, 4), 2), ((2, 3), 1), ((6, 9), 3)])
def test_cover(waves: tuple[int, int], times: int) -> None:
    """Modes 2 and 3 alone make an orbit of minimal period 2 pi; an offset is no mode."""
    t = angles(63)
    assert cover(np.stack([5 + np.cos(waves[0] * t), 0.1 * np.sin(waves[1] * t)], axis=1)) == times


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_orbit_passed_several_times_is_reduced(turns: int) -> None:
    """A loop that runs round the unit circle two or three times closes to the cycle with T = 2 pi / 3."""
    times = np.linspace(0, turns * 2 * np.pi / 3, 60 * turns)
    angle = 3 * times + 0.3
    states = 1.01 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    slopes = 3.03 * np.stack([-np.sin(angle), np.cos(angle)], axis=1)
    orbit = close(Flow(FloatField(cube_stuart_landau())), Loop(times, states, slopes, 1e-3, 2.02))
    assert isinstance(orbit, PiecewiseOrbit)
    assert orbit.tau == pytest.approx(1 / 3, rel=1e-12)
    u = orbit.mesh.evaluate(orbit.values, angles(101))
    assert cover(u) == 1
    assert np.hypot(*u.T) == pytest.approx(1, abs=1e-11)


def test_radau_integrates_polynomials() -> None:
    """A c^k = c^{k+1} / (k + 1) at every node for k < m: the quadrature is exact on the interpolant."""
    nodes, a = radau()
    for k in range(len(a)):
        assert a @ nodes[1:] ** k == pytest.approx(nodes[1:] ** (k + 1) / (k + 1), abs=1e-13)


def test_mesh_evaluates_between_and_at_nodes() -> None:
    mesh = Mesh(2 * np.pi * np.array([0.0, 0.1, 0.15, 0.4, 0.6, 0.8, 1.0]))
    values = np.cos(mesh.angles)[:, :, None]
    at = np.concatenate([mesh.angles[:, :-1].ravel(), np.linspace(0, 6.28, 50)])
    assert mesh.evaluate(values, at)[:, 0] == pytest.approx(np.cos(at), abs=1e-9)


def test_march_returns_after_one_turn() -> None:
    """Circles about the origin close exactly: T = 2 pi, the gap is the integrator's error, the size the diameter."""
    loop = March(Flow(FloatField(linear_centre())), np.array([[2.0, 0.0], [0.0, 1e-4]])).advance(0.01, 2000)
    for i, radius in enumerate([2.0, 1e-4]):
        assert loop[i].times[-1] == pytest.approx(2 * np.pi, rel=1e-4)
        assert loop[i].gap < 1e-4
        assert loop[i].size == pytest.approx(2 * radius, rel=0.05)


def test_reversed_flow_goes_back() -> None:
    """Along the circle backward: the angle falls; the reversed loop is again one of the forward field."""
    loop = March(Flow(FloatField(linear_centre())).backward(), np.array([[2.0, 0.0]])).advance(0.01, 2000)[0]
    assert loop.states[1, 1] < 0
    forward = reverse(loop)
    assert forward.states[1, 1] > 0
    assert forward.slopes[0] == pytest.approx([0.0, 2.0], abs=1e-3)


@pytest.mark.parametrize("activation", [Tanh(), Sigmoid(), Softplus(), SiLU(), GELU()], ids=lambda a: a.name)
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_flow_agrees_with_the_field(activation: Tanh, depth: int) -> None:
    """Values without Jacobian, and the Jacobian by tangents, against FloatField's own."""
    rng = np.random.default_rng(depth)
    sizes = [3, *[7] * depth, 3]
    layers = [Layer(rng.normal(size=(n, m)), rng.normal(size=n), activation) for m, n in pairwise(sizes)]
    layers[-1] = Layer(layers[-1].weight, layers[-1].bias, linear_centre().layers[-1].activation)
    field = FloatField(Network(tuple(layers)))
    points = rng.normal(size=(5, 3))
    values, jacobian, _ = field.evaluate(points)
    flow = Flow(field).backward()
    assert flow.values(points) == pytest.approx(-values, abs=1e-13)
    assert flow.linearise(points)[0] == pytest.approx(-values, abs=1e-13)
    assert flow.linearise(points)[1] == pytest.approx(-jacobian, abs=1e-13)


def test_eigenvalues_belong_to_f_in_either_direction() -> None:
    flow = Flow(FloatField(cube_stuart_landau())).backward()
    rest = equilibrium_near(flow, np.array([0.05, 0.02]))
    assert rest is not None
    assert rest.eigenvalues.real == pytest.approx([3, 3])


def test_distance_to_a_curve_is_not_to_its_nodes() -> None:
    """The square with corners (+-1, +-1): (0, 1.5) is 1/2 away from its side, though sqrt(1.25) from its corners."""
    square = np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])
    assert distances(np.array([[0.0, 1.5], [1.0, 0.2], [2.0, 2.0]]), square) == pytest.approx([0.5, 0, np.sqrt(2)])
