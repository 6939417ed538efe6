"""Attacks that got through: underflow in the adjoint that met large factors, and budgets that forgot the depth."""

from __future__ import annotations

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


def test_flush_to_zero() -> None:
    torch = pytest.importorskip("torch")
    network, truth = _chain(1, 2.0**-160, 2.0**-863)
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor cannot flush subnormals")
    try:
        _check(network, truth)
    finally:
        torch.set_flush_denormal(False)


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
