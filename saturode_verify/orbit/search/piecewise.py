"""Periodic orbits by piecewise polynomial collocation at Radau points, on a mesh that follows the trajectory.

As in AUTO and COCO (Ascher, Mattheij & Russell, Numerical Solution of Boundary Value Problems, 1995, ch. 5): the
unknowns inside an interval are eliminated, which leaves a sparse block-cyclic system for the mesh values. The cost is
linear in the number of intervals, and growth and decay both are harmless, unlike in shooting.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu
from scipy.special import roots_jacobi

from .flow import Flow
from .march import Loop, hermite

DEGREE = 10
COARSE, FINE = 1e-8, 1e-13  # resolutions: enough to recognise an orbit, and near rounding level
_ITERATIONS, _CONVERGED, _MOST = 12, 1e-9, 2400
_FEWEST, _MOST_AT_FIRST = 12, 600


@cache
def radau() -> tuple[np.ndarray, np.ndarray]:
    """Nodes c_0 = 0 < c_1 < ... < c_m = 1 (m = DEGREE) and the matrix A of Radau IIA, (m, m)."""
    inner = (roots_jacobi(DEGREE - 1, 1, 0)[0] + 1) / 2
    nodes = np.concatenate([[0.0], inner, [1.0]])
    gaps = nodes[:, None] - nodes
    np.fill_diagonal(gaps, 1)
    weights = 1 / gaps.prod(axis=1)
    derivative = weights / (weights[:, None] * gaps)
    np.fill_diagonal(derivative, 0)
    np.fill_diagonal(derivative, -derivative.sum(axis=1))
    return nodes, np.linalg.inv(derivative[1:, 1:])


@dataclass(frozen=True, eq=False)
class Mesh:
    """0 = theta_0 < ... < theta_N = 2 pi (N + 1 numbers), with the Radau points of every interval."""

    ends: np.ndarray

    @property
    def widths(self) -> np.ndarray:
        return np.diff(self.ends)

    @property
    def angles(self) -> np.ndarray:
        """(N, m + 1) angles; the last of an interval is the first of the next."""
        return self.ends[:-1, None] + self.widths[:, None] * radau()[0]

    def evaluate(self, values: np.ndarray, angles: np.ndarray) -> np.ndarray:
        """The piecewise polynomial with ``values`` (N, m + 1, ...) at ``angles`` (M,) of [0, 2 pi): (M, ...)."""
        k = np.clip(np.searchsorted(self.ends, angles, side="right") - 1, 0, len(self.ends) - 2)
        gaps = ((angles - self.ends[k]) / self.widths[k])[:, None] - radau()[0]
        at_node = gaps == 0
        nodes = radau()[0][:, None] - radau()[0]
        np.fill_diagonal(nodes, 1)
        terms = 1 / nodes.prod(axis=1) / np.where(at_node, 1.0, gaps)
        basis = np.where(at_node.any(axis=1)[:, None], at_node, terms / terms.sum(axis=1)[:, None])
        return np.einsum("mj,mj...->m...", basis, values[k])

    def rough(self, values: np.ndarray) -> float:
        """The largest top coefficient of the local polynomials, relative to the largest value: a resolution check."""
        nodes = radau()[0]
        vandermonde = np.polynomial.chebyshev.chebvander(2 * nodes - 1, DEGREE)
        top = np.linalg.inv(vandermonde)[-2:]
        return float(np.abs(np.einsum("tj,kjd->ktd", top, values)).max() / np.abs(values).max())

    def refined(self) -> Mesh:
        """Every interval halved."""
        middles = (self.ends[:-1] + self.ends[1:]) / 2
        return Mesh(np.sort(np.concatenate([self.ends, middles])))


@dataclass(frozen=True, eq=False)
class PiecewiseOrbit:
    """u' = tau f(u) on a mesh: ``values`` (N, m + 1, d)."""

    mesh: Mesh
    values: np.ndarray
    tau: float


class CyclicSystem:
    """v_{k+1} - G_k v_k = r_k for k < N with v_N = twist v_0, possibly bordered by one column and one row.

    ``maps`` (N, d, d), ``column`` and ``row`` (N, d): v_{k+1} - G_k v_k - s column_k = r_k, sum row_k . v_k = p.
    """

    def __init__(
        self, maps: np.ndarray, twist: float, column: np.ndarray | None = None, row: np.ndarray | None = None
    ) -> None:
        n, d, _ = maps.shape
        self.shape = (n, d)
        index = np.arange(n * d).reshape(n, d)
        after = np.roll(index, -1, axis=0)
        ones = np.ones((n, d))
        ones[-1] = twist
        rows = [np.broadcast_to(index[:, :, None], maps.shape).ravel(), index.ravel()]
        columns = [np.broadcast_to(index[:, None, :], maps.shape).ravel(), after.ravel()]
        entries = [-maps.ravel(), ones.ravel()]
        size = n * d
        if column is not None and row is not None:
            rows += [index.ravel(), np.full(size, size)]
            columns += [np.full(size, size), index.ravel()]
            entries += [-column.ravel(), row.ravel()]
            size += 1
        triple = (np.concatenate(entries), (np.concatenate(rows), np.concatenate(columns)))
        self.factors = splu(csc_matrix(triple, shape=(size, size)))

    def solve(self, right: np.ndarray, last: float = 0.0) -> tuple[np.ndarray, float]:
        """(v_0 .. v_{N-1}), and s (0 if there is no border)."""
        size = self.factors.shape[0]
        vector = right.ravel() if size == right.size else np.append(right.ravel(), last)
        solution = self.factors.solve(vector)
        return solution[: right.size].reshape(self.shape), float(solution[-1].real) if size > right.size else 0.0


class Interior:
    """v' = B v + w inside every interval, for ``matrices`` (N, m, d, d) of B at c_1 .. c_m.

    That is V_i = v_0 + h sum_j A_ij (B_j V_j + w_j), i = 1 .. m, solved for V as a function of v_0 and w.
    """

    def __init__(self, widths: np.ndarray, matrices: np.ndarray) -> None:
        n, m, d, _ = matrices.shape
        self.widths = widths
        system = -np.einsum("k,ij,kjpq->kipjq", widths, radau()[1], matrices).reshape(n, m * d, m * d)
        system[:, np.arange(m * d), np.arange(m * d)] += 1
        self.inverse = np.linalg.inv(system).reshape(n, m, d, m, d)
        self.propagators = self.inverse.sum(axis=3)  # (N, m, d, d): v_0 -> V_i

    @property
    def maps(self) -> np.ndarray:
        """(N, d, d): v_k -> v_{k+1} for w = 0."""
        return self.propagators[:, -1]

    def response(self, integral: np.ndarray) -> np.ndarray:
        """V (N, m, d) for v_0 = 0 when h sum_j A_ij w_j is ``integral`` (N, m, d)."""
        n, m, d = integral.shape
        flat = self.inverse.reshape(n, m * d, m * d) @ integral.reshape(n, m * d, 1)
        return flat.reshape(n, m, d)

    def integrate(self, w: np.ndarray) -> np.ndarray:
        """h sum_j A_ij w_j for w (N, m, d)."""
        return np.einsum("k,ij,kjd->kid", self.widths, radau()[1], w)

    def assemble(self, at_mesh: np.ndarray, forced: np.ndarray) -> np.ndarray:
        """All values (N, m + 1, d) from those at theta_0 .. theta_{N-1} and the response to w."""
        inside = np.einsum("kipq,kq->kip", self.propagators, at_mesh) + forced
        return np.concatenate([at_mesh[:, None], inside], axis=1)


def guess(loop: Loop) -> PiecewiseOrbit:
    """A mesh with about as many intervals as the integrator took steps, and the loop with its gap spread evenly."""
    duration = loop.times[-1]
    count = int(np.clip(len(loop.times) - 1, _FEWEST, _MOST_AT_FIRST))
    steps = np.linspace(0, len(loop.times) - 1, count + 1)
    mesh = Mesh(2 * np.pi * np.interp(steps, np.arange(len(loop.times)), loop.times) / duration)
    angles = mesh.angles
    values = hermite(loop.times, loop.states, loop.slopes, angles * duration / (2 * np.pi))
    values = values - angles[:, :, None] / (2 * np.pi) * (loop.states[-1] - loop.states[0])
    return PiecewiseOrbit(mesh, values, float(duration / (2 * np.pi)))


def solve(flow: Flow, orbit: PiecewiseOrbit, resolution: float = COARSE) -> PiecewiseOrbit | None:
    """Newton's method, with the mesh halved until ``Mesh.rough`` is below ``resolution`` or falls no more.

    None where Newton fails or the resolution does not even become COARSE.
    """
    before = np.inf
    with np.errstate(all="ignore"):
        while True:
            found = _newton(flow, orbit)
            if found is None:
                return None
            rough = found.mesh.rough(found.values)
            if rough < resolution:
                return found
            if rough > 0.3 * before or 2 * len(found.mesh.widths) > _MOST:
                return found if rough < COARSE else None
            orbit, before = halved(found), rough


def halved(orbit: PiecewiseOrbit) -> PiecewiseOrbit:
    """The same function on twice as many intervals."""
    mesh = orbit.mesh.refined()
    angles = np.minimum(mesh.angles, np.nextafter(2 * np.pi, 0))
    values = orbit.mesh.evaluate(orbit.values, angles.ravel()).reshape(*angles.shape, -1)
    return PiecewiseOrbit(mesh, values, orbit.tau)


def _newton(flow: Flow, orbit: PiecewiseOrbit) -> PiecewiseOrbit | None:
    values, tau, widths = orbit.values, orbit.tau, orbit.mesh.widths
    for _ in range(_ITERATIONS):
        size = float(np.ptp(values, axis=(0, 1)).max())
        step = _newton_step(flow, values, tau, widths)
        if step is None or size == 0:
            return None
        change = max(float(np.abs(step[0]).max()) / size, abs(step[1]) / tau)
        scale = min(1.0, 0.5 / change)
        values, tau = values + scale * step[0], tau + scale * step[1]
        if change < _CONVERGED:
            return PiecewiseOrbit(orbit.mesh, values, tau)
    return None


def _newton_step(flow: Flow, values: np.ndarray, tau: float, widths: np.ndarray) -> tuple[np.ndarray, float] | None:
    """The correction of the values (N, m + 1, d) and of tau; the phase condition is sum h f(v) . dv = 0."""
    n, points, d = values.shape
    f, jacobian = flow.linearise(values[:, 1:].reshape(-1, d))
    f, jacobian = f.reshape(n, points - 1, d), jacobian.reshape(n, points - 1, d, d)
    if not (np.isfinite(f).all() and np.isfinite(jacobian).all()):
        return None
    inner = Interior(widths, tau * jacobian)
    slope = inner.integrate(f)
    defect = inner.response(values[:, :1] + tau * slope - values[:, 1:])
    along = inner.response(slope)
    row = widths[:, None] * np.roll(f[:, -1], 1, axis=0)
    try:
        system = CyclicSystem(inner.maps, 1.0, along[:, -1], row)
    except RuntimeError:  # exactly singular
        return None
    at_mesh, change = system.solve(defect[:, -1])
    step = inner.assemble(at_mesh, defect + change * along)
    return (step, change) if np.isfinite(step).all() else None
