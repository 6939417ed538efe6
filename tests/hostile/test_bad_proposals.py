"""Floats only propose: whatever they propose, no bound becomes false (it may become useless)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from fixtures_networks import cube_stuart_landau
from mpmath import mp

from saturode_verify.bounds import branch, candidates
from saturode_verify.job import verify
from saturode_verify.rigor import spectral

GARBAGE: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "random": lambda rng, n: rng.normal(size=(n, n)),
    "huge": lambda rng, n: 1e300 * rng.normal(size=(n, n)),
    "zero": lambda rng, n: np.zeros((n, n)),
    "nan": lambda rng, n: np.full((n, n), np.nan),
    "nearly orthogonal": lambda rng, n: np.linalg.qr(rng.normal(size=(n, n)))[0] + 1e-3 * rng.normal(size=(n, n)),
}


def _assert_true_claims() -> None:
    """On [-1,1]^2: L = 3 (sqrt 10 + 2), div in [-18, 6], mu in [-15, 3] for 3x(Stuart-Landau)."""
    certificate = verify(cube_stuart_landau(), "[-1,1]^2", rtol="0.3", time_limit="0.5")
    with mp.workdps(30):
        norm = Fraction(str(3 * (mp.sqrt(10) + 2)))
    tiny = Fraction(1, 10**20)
    value = certificate["sup_jacobian_norm"].value
    assert value.lower <= norm + tiny and (value.upper is None or norm <= value.upper + tiny)
    for name, low, high in (("divergence", -18, 6), ("log_norm", -15, 3)):
        claim = certificate[name]
        if "inf" in claim.values:
            assert claim.inf.lower <= low <= claim.inf.upper and claim.sup.lower <= high <= claim.sup.upper
    exact = [np.linalg.norm(np.array(w), 2) for w in ([layer.weight for layer in cube_stuart_landau().layers])]
    for enclosed, true in zip(certificate["weight_norms"].norms, exact, strict=True):
        assert float(enclosed.lower) <= true * (1 + 1e-12) and true <= float(enclosed.upper) * (1 + 1e-12)


@pytest.mark.parametrize("kind", GARBAGE)
def test_rotations_may_be_garbage(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from saturode_verify.bounds import norms, point
    from saturode_verify.bounds.rounded import spectral as batched

    rng, make = np.random.default_rng(0), GARBAGE[kind]

    def batch(values: np.ndarray) -> np.ndarray:
        return np.stack([make(rng, values.shape[-1]) for _ in values])

    for module in (spectral, norms, point, batched):
        for name, fake in (
            ("eigenvector_guess", lambda values: make(rng, values.shape[0])),
            ("svd_guess", lambda values: (make(rng, values.shape[0]), make(rng, values.shape[1]))),
            ("eigenvectors", batch),
            ("_svd", lambda values: (batch(values), batch(values))),
        ):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, fake)
    _assert_true_claims()


@pytest.mark.parametrize("vector", [[0.0, 0.0], [-1.0, 2.0], [1e-300, 1.0], [1.0, 1e300]])
def test_perron_vectors_may_be_garbage(vector: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spectral, "_perron_guess", lambda values: (vector * len(values))[: len(values)])
    _assert_true_claims()


def test_lapack_may_give_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise np.linalg.LinAlgError("no convergence")

    monkeypatch.setattr(np.linalg, "svd", fail)
    monkeypatch.setattr(np.linalg, "eigh", fail)
    certificate = verify(cube_stuart_landau(), "[-1,1]^2", rtol="0.3", time_limit="0.5")
    assert certificate["sup_jacobian_norm"].value.upper >= 15


@pytest.mark.parametrize("score", [0.0, np.inf, np.nan, -np.inf])
def test_candidates_and_scores_may_be_garbage(score: float, monkeypatch: pytest.MonkeyPatch) -> None:
    def scores(self: candidates.FloatField, points: np.ndarray) -> np.ndarray:
        return np.full((5 + len(self.layers) - 1, len(points)), score)

    monkeypatch.setattr(candidates.FloatField, "scores", scores)
    monkeypatch.setattr(branch, "propose", lambda field, box: ([(Fraction(1, 3), Fraction(-1, 7))], []))
    _assert_true_claims()


@pytest.mark.parametrize("vector", [[0, 0], [1, 0], [0, -1]])
def test_a_wrong_transversal_vector_is_not_proved(vector: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """The cycle passes through every box around the origin: no vector can be transversal there."""
    from saturode_verify import run

    monkeypatch.setattr(run, "propose_vector", lambda floats, boxes: [Fraction(v) for v in vector])
    certificate = verify(cube_stuart_landau(), "[-1,1]^2", rtol="0.3")
    claim = next(c for c in certificate if c.name == "no_closed_orbit" and c.criterion == "transversal_vector")
    assert claim.status == "undecided"
