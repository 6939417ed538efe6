"""Every printed bound against many random samples of the shipped models, and its gap to the sampled extremes.

The samples are plain floats (errors near 1e-13); a violation beyond 1e-10 would be a false claim. The same with 10^6
samples per model takes minutes and was run by hand.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fixtures_networks import cube_stuart_landau, random_network

from saturode_verify.activation import ELU, GELU, Arctan, Sigmoid, SiLU, Sin, Softplus, Tanh
from saturode_verify.certificate.record import Certificate
from saturode_verify.job import verify
from saturode_verify.network import Network
from saturode_verify.region import Box

EXAMPLES = Path(__file__).parent.parent / "examples"
SAMPLES, TINY, RTOL = 50_000, 1e-10, 0.02


def _slopes(name: str, a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(s, s') in floats, written independently of the package's own search."""
    if name == "tanh":
        return np.tanh(a), 1 - np.tanh(a) ** 2
    sigmoid = 1 / (1 + np.exp(-a))
    if name == "silu":
        return a * sigmoid, sigmoid * (1 + a * (1 - sigmoid))
    if name == "sigmoid":
        return sigmoid, sigmoid * (1 - sigmoid)
    if name == "softplus":
        return np.log1p(np.exp(a)), sigmoid
    if name == "sin":
        return np.sin(a), np.cos(a)
    if name == "arctan":
        return np.arctan(a), 1 / (1 + a**2)
    if name == "elu":
        return np.where(a > 0, a, np.expm1(np.minimum(a, 0))), np.where(a > 0, 1.0, np.exp(np.minimum(a, 0)))
    if name == "gelu":
        from math import erf, pi, sqrt

        phi = (1 + np.vectorize(erf)(a / sqrt(2))) / 2
        return a * phi, phi + a * np.exp(-(a**2) / 2) / sqrt(2 * pi)
    return a**3, 3 * a**2


def _check(network: Network, box: Box, certificate: Certificate) -> None:
    rng = np.random.default_rng(12345)
    low, high = (np.array([float(side[end]) for side in box.sides]) for end in (0, 1))
    values = np.vstack([low + (high - low) * rng.random((SAMPLES, box.dimension)), low, high])
    jacobian = np.broadcast_to(np.eye(box.dimension), (len(values), box.dimension, box.dimension))
    profiles = [c for c in certificate if c.name == "layer_saturation"]
    for k, layer in enumerate(network.layers):
        values, jacobian = values @ layer.weight.T + layer.bias, layer.weight @ jacobian
        if k == len(profiles):
            break
        for sampled, ranges in ((values, profiles[k].preactivation), (None, profiles[k].derivative)):
            if sampled is None:
                values, sampled = _slopes(layer.activation.name, values)
                jacobian = sampled[:, :, None] * jacobian
                assert np.abs(sampled).max() <= float(profiles[k].delta.upper) + TINY
                assert float(profiles[k].delta.upper) <= np.abs(sampled).max() * (1 + 2 * RTOL)
            assert all(float(r.lower) - TINY <= c.min() and c.max() <= float(r.upper) + TINY
                       for r, c in zip(ranges, sampled.T, strict=True))  # fmt: skip
    norm = np.linalg.norm(jacobian, 2, axis=(1, 2)).max()
    trace = np.trace(jacobian, axis1=1, axis2=2)
    eigenvalues = np.linalg.eigvalsh((jacobian + jacobian.swapaxes(1, 2)) / 2)
    enclosure = certificate["sup_jacobian_norm"].value
    assert norm <= float(enclosure.upper) * (1 + TINY) <= norm * (1 + 2 * RTOL)
    for claim, smallest, largest in (
        (certificate["divergence"], trace.min(), trace.max()),
        (certificate["log_norm"], eigenvalues[:, 0].min(), eigenvalues[:, -1].max()),
    ):
        allowed = 2 * RTOL * max(abs(smallest), abs(largest), norm / 128) + TINY
        assert float(claim.inf.lower) - TINY <= smallest <= float(claim.inf.lower) + allowed
        assert float(claim.sup.upper) - allowed <= largest <= float(claim.sup.upper) + TINY


@pytest.mark.parametrize("name", ["stuart-landau-tanh.pt", "stuart-landau-tanh-32x32.pt"])
def test_shipped_models(name: str) -> None:
    pytest.importorskip("torch")
    from saturode_verify.formats import load

    network, box = load(EXAMPLES / name), Box("[-1.6,1.6]^2")
    _check(network, box, verify(network, box, rtol=RTOL))


@pytest.mark.parametrize(
    "activation", [Tanh(), SiLU(), Sigmoid(), Softplus(), Sin(), Arctan(), ELU(), GELU()], ids=lambda a: a.name
)
def test_every_smooth_activation(activation: object) -> None:
    network, box = random_network(21, [2, 12, 8, 2], activation), Box("[-2,1]x[0,3/2]")  # type: ignore[arg-type]
    _check(network, box, verify(network, box, rtol=RTOL))


def test_three_dimensions_and_cubes() -> None:
    network, box = random_network(22, [3, 10, 3], SiLU()), Box("[-1,1]^3")
    _check(network, box, verify(network, box, rtol=RTOL))
    network, box = cube_stuart_landau(), Box("[-1,3/2]x[0,1]")
    _check(network, box, verify(network, box, rtol=RTOL))
