"""Floquet modes on a piecewise mesh: inverse iteration for the exponents that periodic QR has found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .flow import Flow
from .piecewise import CyclicSystem, Interior, PiecewiseOrbit
from .records import Kind
from .spectrum import exponents

_ITERATIONS, _CLUSTER, _OFFSET = 4, 1e-5, 1e-6


@dataclass(frozen=True, eq=False)
class PiecewiseMode:
    """``values`` (N, m + 1, d) of q, or of the real a = e^{i theta/2} q of an antiperiodic mode."""

    kind: Kind
    exponent: complex
    values: np.ndarray


def piecewise_modes(flow: Flow, orbit: PiecewiseOrbit) -> list[PiecewiseMode] | str:
    """Approximations for all d - 1 nontrivial modes, or a sentence on why there are none."""
    n, points, d = orbit.values.shape
    _, jacobian = flow.linearise(orbit.values[:, 1:].reshape(-1, d))
    matrices = orbit.tau * jacobian.reshape(n, points - 1, d, d)
    found = exponents(Interior(orbit.mesh.widths, matrices).maps)[1:]
    if not np.isfinite(found).all():
        return "the Floquet exponents are not finite"
    if d > 1 and np.abs(found).min() < 1e-7:
        return f"the orbit is not hyperbolic: it has a second Floquet exponent near 0 ({np.abs(found).min():.1e})"
    kinds: list[Kind] = [_kind(x) for x in found]
    count = sum(2 if kind == "complex" else 1 for kind in kinds)
    if count != d - 1 or kinds.count("antiperiodic") % 2:
        return "the Floquet exponents could not be told apart"
    modes: list[PiecewiseMode] = []
    left = list(range(len(found)))
    while left:
        kind, first = kinds[left[0]], found[left[0]]
        near = [i for i in left if kinds[i] == kind and abs(found[i] - first) < _CLUSTER]
        modes += _cluster(orbit, matrices, kind, found[near])
        left = [i for i in left if i not in near]
    return modes


def _kind(exponent: complex) -> Kind:
    return "periodic" if exponent.imag == 0 else "antiperiodic" if exponent.imag == 0.5 else "complex"


def _cluster(orbit: PiecewiseOrbit, matrices: np.ndarray, kind: Kind, found: np.ndarray) -> list[PiecewiseMode]:
    """Independent modes for exponents that (nearly) agree."""
    centre = complex(found.mean())
    half = 0.5j if kind == "antiperiodic" else 0.0
    shift = centre - half + _OFFSET * (1 + abs(centre))
    iterate = _Inverse(orbit, matrices, shift if kind == "complex" else shift.real, -1.0 if half else 1.0)
    rng = np.random.default_rng(0)
    block = rng.normal(size=(*orbit.values.shape, len(found)))
    ratios = np.ones((len(found), len(found)))
    for _ in range(_ITERATIONS):
        block = _orthonormal(block)
        after = np.stack([iterate(block[..., i]) for i in range(len(found))], axis=-1)
        ratios = np.tensordot(block.conj(), after, axes=((0, 1, 2), (0, 1, 2)))
        block = after
    values, vectors = np.linalg.eig(ratios)
    numbers = shift + 1 / values + half
    apart = np.abs(numbers - numbers.mean()).max() > 1e-9 * (1 + abs(centre))
    if apart and (kind == "complex" or np.isrealobj(values)):
        block = block @ vectors
    else:
        block, numbers = _orthonormal(block), np.full(len(found), numbers.mean())
    if kind != "complex":
        numbers = np.real(numbers) + half
    return [PiecewiseMode(kind, complex(x), block[..., i] / np.abs(block[..., i]).max()) for i, x in enumerate(numbers)]


def _orthonormal(block: np.ndarray) -> np.ndarray:
    flat = np.linalg.qr(block.reshape(-1, block.shape[-1]))[0]
    return flat.reshape(block.shape)


class _Inverse:
    """w -> v with (tau Df(u) - d/dtheta - shift) v = w and v(2 pi) = twist v(0), in piecewise values (N, m + 1, d)."""

    def __init__(self, orbit: PiecewiseOrbit, matrices: np.ndarray, shift: complex, twist: float) -> None:
        d = matrices.shape[-1]
        self.inner = Interior(orbit.mesh.widths, matrices - shift * np.eye(d))
        self.system = CyclicSystem(self.inner.maps, twist)

    def __call__(self, w: np.ndarray) -> np.ndarray:
        forced = self.inner.response(-self.inner.integrate(w[:, 1:]))
        return self.inner.assemble(self.system.solve(forced[:, -1])[0], forced)
