"""spectral.py and compound.py alone: sets of matrices of every size against exact members of them."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb
from rounded_battery import BITS, NAMES, check_centres, exact, exceeds, member, original, series_of, set_error

from saturode_verify.bounds.rounded import compound, rotation, spectral
from saturode_verify.bounds.rounded.adjoint import LARGEST
from saturode_verify.rigor.balls import matrix, precision
from saturode_verify.rigor.spectral import spectral_norm_lower

KINDS = ["random", "repeated singular values", "orthogonal", "rank one", "zero", "skew", "graded"]


def centres_of(kind: str, rng: np.random.Generator, count: int, d: int) -> np.ndarray:
    """Matrices with generic, repeated, equal or vanishing singular values."""
    q, r = (np.linalg.qr(rng.normal(size=(count, d, d)))[0] for _ in range(2))
    values = np.abs(rng.normal(size=(count, 1, d)))
    if kind == "repeated singular values":
        values[:, :, : d // 2 + 1] = values[:, :, :1]
    if kind == "orthogonal":
        values[:] = 1.0
    if kind == "rank one":
        values[:, :, 1:] = 0.0
    if kind == "zero":
        values[:] = 0.0
    if kind == "graded":
        values = values * 10.0 ** -np.arange(0, 3 * d, 3)
    made = (q * values) @ r.swapaxes(1, 2)
    return made - made.swapaxes(1, 2) if kind == "skew" else made


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("d", [1, 2, 3, 4, 5, 6])
def test_bounds_are_never_below_members(kind: str, d: int) -> None:
    """Norm, both logarithmic norms, trace and sums of two eigenvalues; remainders absent, small, or dominant."""
    rng, package = np.random.default_rng(d), original()
    count = 3
    centre, none = centres_of(kind, rng, count, d), np.zeros((count, d, d, d))
    tangent = rng.normal(size=none.shape)
    term = (rng.normal(size=(1, d, 4)), rng.normal(size=(count, d, 4)), np.abs(rng.normal(size=(count, 4))))
    symbols, slack = rng.normal(size=(count, 3, d, d)), np.abs(rng.normal(size=(count, d, d)))
    for size in (0.0, 1e-9, 1.0, 1e6):
        for series in (
            series_of(package, centre, size * tangent),
            series_of(package, centre, none, symbols=size * symbols, slack=size * slack),
            series_of(package, centre, size * tangent, rank_one=[(term[0], term[1], size * term[2])]),
        ):
            with precision(BITS):
                found = spectral.spectral_bounds(series)
                sums = compound.two_sums(series) if d >= 3 else None
                assert np.isfinite(found.norm).all()
                for box in range(count):
                    for _ in range(2):
                        assert set_error(found, box, member(series, box, rng), sums) == ""


@pytest.mark.parametrize("scale", [1e-320, 1e-200, 1e-100, 1e-30, 1e20, 1e29, 1e60, 1e100, 1e200])
def test_scales(scale: float) -> None:
    """Up to LARGEST there is a bound, beyond there is silence; never a false one. Absolute slack is below 2^-220."""
    rng, package = np.random.default_rng(7), original()
    for d in (1, 2, 3, 5):
        centre = scale * rng.normal(size=(4, d, d))
        for series in (
            series_of(package, centre, np.zeros((4, d, d, d))),
            series_of(package, centre, np.broadcast_to(centre[:, None], (4, d, d, d)) * 0.1),
            series_of(package, 0 * centre, np.zeros((4, d, d, d)), slack=np.abs(centre)),
            series_of(package, 0 * centre, np.zeros((4, d, d, d)), symbols=centre[:, None]),
        ):
            with precision(BITS), np.errstate(all="ignore"):
                found = spectral.spectral_bounds(series)
                sums = compound.two_sums(series) if d >= 3 else None
                entries = (series.centre, series.tangent, series.symbols, series.slack)
                largest = max(np.abs(v).max(initial=0.0) for v in entries)
                assert np.isfinite(found.norm).all() == (largest <= LARGEST)
                for box in range(4):
                    assert set_error(found, box, member(series, box, rng), sums) == ""
                if scale < 1e-100:
                    assert (found.norm < 2.0**-220).all()


@pytest.mark.parametrize("d", [1, 2, 3, 4, 6])
def test_thin_sets_are_bounded_sharply(d: int) -> None:
    """Norm and eigenvalues to 1e-11 relative: `rotate` charges 8 (d^2 + 14) u times the sum of d^2 entries."""
    rng, package = np.random.default_rng(d), original()
    for kind in ("random", "repeated singular values", "orthogonal"):
        centre = centres_of(kind, rng, 20, d)
        found = spectral.spectral_bounds(series_of(package, centre, np.zeros((20, d, d, d))))
        norm = np.linalg.norm(centre, 2, axis=(1, 2))
        assert (found.norm <= norm * (1 + 1e-11)).all()
        values = np.linalg.eigvalsh((centre + centre.swapaxes(1, 2)) / 2)
        assert (np.abs(found.log_norm_high - values[:, -1]) <= 1e-11 * norm).all()
        assert (np.abs(found.log_norm_low + values[:, 0]) <= 1e-11 * norm).all()


def test_slightly_wrong_proposals_cost_tightness_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rotations perturbed by 1e-15 to 1: bounds stay above the exact norm and end in infinity (defect above 2^-10)."""
    rng, package = np.random.default_rng(8), original()
    honest, eigen = spectral.singular_vectors, spectral.eigenvectors
    centre = rng.normal(size=(10, 3, 3))
    series = series_of(package, centre, np.zeros((10, 3, 3, 3)))
    for size in (1e-15, 1e-10, 1e-5, 1e-4, 1e-2, 1.0):

        def svd(c: np.ndarray, size: float = size) -> tuple[np.ndarray, np.ndarray]:
            left, right = honest(c)
            return left + size * rng.normal(size=left.shape), right + size * rng.normal(size=right.shape)

        def vectors(c: np.ndarray, size: float = size) -> np.ndarray:
            return eigen(c) + size * rng.normal(size=c.shape)

        monkeypatch.setattr(spectral, "singular_vectors", svd)
        monkeypatch.setattr(spectral, "eigenvectors", vectors)
        monkeypatch.setattr(compound, "eigenvectors", vectors)
        with precision(BITS), np.errstate(all="ignore"):
            found, sums = spectral.spectral_bounds(series), compound.two_sums(series)
            for box in range(10):
                assert set_error(found, box, exact(centre[box]), sums) == ""
        assert np.isfinite(found.norm).all() == (size <= 1e-5) or size == 1e-4
        assert size < 1 or not np.isfinite(found.norm).any()


def test_lapack_may_give_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """With identities instead, the norm is that of the entrywise absolute values at most."""

    def fail(*_: object, **__: object) -> None:
        raise np.linalg.LinAlgError("no convergence")

    rng, package = np.random.default_rng(9), original()
    centre = rng.normal(size=(5, 3, 3))
    monkeypatch.setattr(np.linalg, "svd", fail)
    monkeypatch.setattr(np.linalg, "eigh", fail)
    found = spectral.spectral_bounds(series_of(package, centre, np.zeros((5, 3, 3, 3))))
    monkeypatch.undo()
    with precision(BITS):
        for box in range(5):
            assert set_error(found, box, exact(centre[box])) == ""
    assert np.isfinite(found.norm).all()


@pytest.mark.parametrize("d", [2, 3, 4, 6])
def test_collatz_wielandt_with_zero_rows_and_columns(d: int) -> None:
    """rho <= bound for nonnegative symmetric matrices that are zero, sparse, reducible or badly scaled."""
    rng = np.random.default_rng(d)
    with precision(BITS), np.errstate(all="ignore"):
        for density in (0.0, 0.2, 0.5, 1.0):
            for scale in (1e-250, 1e-160, 1e-20, 1.0, 1e20, 1e140):
                a = np.abs(rng.normal(size=(12, d, d))) * (rng.uniform(size=(12, d, d)) < density) * scale
                a[:, 0], a[:, :, 0] = 0.0, 0.0
                a = a + a.swapaxes(1, 2)
                if density == 0.5:
                    a[:, -1] *= 1e-12
                    a[:, :, -1] *= 1e-12
                # `_perron_upper` is told that entries are at least ETA; adding it changes the radius by d ETA at most.
                for found, values in zip(spectral._perron_upper(a + 2.0**-900), a, strict=True):
                    assert not spectral_norm_lower(matrix(values)) > arb(float(found))


def test_not_a_number_is_no_information() -> None:
    """One bad entry anywhere in a box silences that box, and that box only."""
    rng, package = np.random.default_rng(10), original()
    for bad in (np.nan, np.inf, -np.inf, 2 * LARGEST):
        for field in ("centre", "tangent", "symbols", "slack"):
            arrays = {
                "centre": rng.normal(size=(3, 3, 3)),
                "tangent": rng.normal(size=(3, 3, 3, 3)),
                "symbols": rng.normal(size=(3, 2, 3, 3)),
                "slack": np.abs(rng.normal(size=(3, 3, 3))),
            }
            arrays[field][1].flat[4] = bad
            series = series_of(package, arrays.pop("centre"), arrays.pop("tangent"), **arrays)
            with np.errstate(all="ignore"):
                found, sums = spectral.spectral_bounds(series), compound.two_sums(series)
            for values in (found.norm, found.divergence_high, found.divergence_low, found.log_norm_high, *sums):
                assert np.isfinite(values).tolist() == [True, False, True]


def test_centres_cover_twenty_thousand_boxes() -> None:
    assert check_centres(original(), 20000) == ""


def test_defect_of_singular_matrices() -> None:
    """||I - Q^T Q||_inf >= 1 for singular Q."""
    for q in (np.zeros((1, 3, 3)), np.ones((1, 3, 3))):
        gram = exact(q[0]).T @ exact(q[0]) - exact(np.eye(3))
        assert not exceeds(np.array([abs(gram).sum(axis=1).max(), None], dtype=object)[:1], rotation.defect_of(q)[0])


@pytest.mark.parametrize("d", [6, 8])
def test_targets_lower_the_bounds(d: int) -> None:
    """With more than four directions and targets 3 % below, the three bounds of every box fall, and stay true."""
    rng, package = np.random.default_rng(d), original()
    centre = rng.normal(size=(1, d, d)) + 2 * np.eye(d)
    series = series_of(package, centre, 0.1 * rng.normal(size=(1, d, d, d)))
    plain = spectral.spectral_bounds(series)
    usual = np.array([getattr(plain, name)[0] for name in NAMES])
    found = spectral.spectral_bounds(series, usual - 0.03 * np.abs(usual))
    for name in ("norm", "log_norm_high", "log_norm_low"):
        assert getattr(found, name)[0] < getattr(plain, name)[0] - 1e-3
    assert found.divergence_high[0] == plain.divergence_high[0]
    assert found.divergence_low[0] == plain.divergence_low[0]
    with precision(BITS):
        for _ in range(200):
            assert set_error(found, 0, member(series, 0, rng)) == ""


def test_without_need_targets_change_nothing() -> None:
    """Far above, far below, NaN: the same bounds, bit by bit."""
    rng, package = np.random.default_rng(11), original()
    series = series_of(package, rng.normal(size=(4, 6, 6)), 0.1 * rng.normal(size=(4, 6, 6, 6)))
    plain = spectral.spectral_bounds(series)
    for target in (1e300, np.inf, 1e-300, np.nan):
        with np.errstate(all="ignore"):
            found = spectral.spectral_bounds(series, np.full(5, target))
        for name in NAMES:
            assert (getattr(found, name) == getattr(plain, name)).all()
