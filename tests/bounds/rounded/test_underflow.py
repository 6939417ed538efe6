"""Attacks that got through: underflow in the adjoint that met large factors, and budgets that forgot the depth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from fractions import Fraction

import numpy as np
import pytest

from saturode_verify.activation import Identity, Power
from saturode_verify.bounds.rounded.adjoint import JacobianSeries, RankOne
from saturode_verify.bounds.rounded.engine import RoundedEngine
from saturode_verify.bounds.rounded.spectral import spectral_bounds
from saturode_verify.network import Layer, Network

SLOPE = Fraction(2**60)
HALF = Fraction(1, 2**101)


def _chain(width: int, middle: float, last: float) -> tuple[Network, Fraction]:
    """1 -> width -> 1 -> 1 with (2^60 y)^3, y = 2^60 x, and the exact sup of f' = width last middle 3 2^120 (2^120
    x)^2.
    """
    layers = (
        Layer(np.full((width, 1), 2.0**60), np.zeros(width), Power(exponent=3, slope=SLOPE)),
        Layer(np.full((1, width), middle), np.zeros(1), Identity()),
        Layer(np.array([[last]]), np.zeros(1), Identity()),
    )
    truth = width * Fraction(last) * Fraction(middle) * 3 * SLOPE * (SLOPE * 2**60 * HALF) ** 2 * 2**60
    return Network(layers), truth


def _check(network: Network, truth: Fraction) -> None:
    """div = f' lies in [0, truth]: both ends must hold, or be no information."""
    side = np.array([[float(HALF)]])
    outer = RoundedEngine(network).bound(-side, side).outer[0]
    assert np.isinf(outer[1]) or Fraction(float(outer[1])) >= truth
    assert outer[2] >= 0


def test_a_wide_layer_whose_adjoint_underflows() -> None:
    """B_1 = 0.495 2^-1074 rounds to 0, and the rank-one term of 2^20 neurons with it."""
    _check(*_chain(2**20, 2.0**-200, 0.99 * 2.0**-875))


@contextmanager
def _flushed() -> Iterator[None]:
    """Subnormal results and operands count as zero."""
    torch = pytest.importorskip("torch")
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor cannot flush subnormals")
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def test_flush_to_zero() -> None:
    network, truth = _chain(1, 2.0**-160, 2.0**-863)
    with _flushed():
        _check(network, truth)


def _powers(rng: np.random.Generator) -> tuple[Network, Fraction, list[Fraction], Fraction]:
    """A scalar chain of powers with extreme weights; a point, its exact pre-activations and f there."""
    weights = [2.0**60, 1.0, 0.3, 2.0**-160, 1e-310, -3e-320, -1.5]
    chosen = rng.choice(weights, rng.integers(2, 6)).tolist()
    biases = rng.choice([0.0, 0.0, 1e-310, 1.0, 2.0**90], len(chosen)).tolist()
    exponents = [*rng.integers(1, 5, len(chosen) - 1).tolist()]
    layers = [
        Layer(np.array([[w]]), np.array([b]), Power(exponent=e))
        for w, b, e in zip(chosen, biases, [*exponents, 1], strict=True)
    ]
    network = Network((*layers[:-1], Layer(layers[-1].weight, layers[-1].bias, Identity())))
    x = Fraction(float(rng.choice([2.0**3.5, 1.0, 1e-310, 2.0**40, -0.7, 2.0**99])))
    value, before = x, []
    for w, b, e in zip(chosen, biases, [*exponents, 1], strict=True):
        before.append(Fraction(w) * value + Fraction(b))
        value = before[-1] ** e
    return network, x, before[:-1], value


@pytest.mark.parametrize("mode", ["gradual", "flushed"])
def test_subnormal_factors_that_meet_large_ones(mode: str) -> None:
    """An attack that got through: a flushed weight 1e-310 times an activation of 2^1016. Of the 3,000 pre-activations
    many must be known.
    """
    rng = np.random.default_rng(4)
    cases = [_powers(rng) for _ in range(1000)]
    engines = [RoundedEngine(network) for network, *_ in cases]
    points = [np.array([[float(x)]]) for _, x, *_ in cases]
    with _flushed() if mode == "flushed" else nullcontext():
        found = [engine.bound(x, x) for engine, x in zip(engines, points, strict=True)]
        lower = [
            [float(engine.field_lower(x, x, np.array([c]))[0]) for c in (1.0, -1.0)]
            for engine, x in zip(engines, points, strict=True)
        ]
    known = 0
    for (_, _, before, value), bounds, below in zip(cases, found, lower, strict=True):
        for a, low, high in zip(before, bounds.low[0].tolist(), bounds.high[0].tolist(), strict=True):
            assert np.isinf(low) or Fraction(low) <= a
            assert np.isinf(high) or a <= Fraction(high)
            known += np.isfinite(high - low)
        for least, c in zip(below, (1, -1), strict=True):
            assert np.isinf(least) or Fraction(least) <= c * value
    assert known > 1500


@pytest.mark.parametrize("layers", [2, 150, 1000, 2000])
def test_sums_over_many_layers(layers: int) -> None:
    """d = 1: one rank-one term of weight 1 and ``layers`` of 0.99 u, each lost by rounding to nearest: the sup is
    their sum.
    """
    unit = 2.0**-53
    weights = [1.0, *[0.99 * unit] * layers]
    terms = [RankOne(np.ones((1, 1, 1)), np.ones((1, 1, 1)), np.full((1, 1), w)) for w in weights]
    zero = np.zeros((1, 1, 1))
    series = JacobianSeries(np.zeros((1, 2, 1, 1)), terms, zero, np.ones(1, dtype=bool))
    truth = sum(map(Fraction, weights))
    found = spectral_bounds(series)
    for bound in (found.norm, found.divergence_high, found.divergence_low, found.log_norm_high, found.log_norm_low):
        assert Fraction(float(bound[0])) >= truth
