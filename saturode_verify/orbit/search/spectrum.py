"""Floquet exponents from the step maps of the linearised flow, by periodic QR.

Orthogonal iteration with the factors and never with their product (K. Lust, Int. J. Bifurcation Chaos 11, 2001), so
that multipliers like 1e-38 beside 1 keep their relative accuracy. Only those of comparable size are multiplied out.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

_SWEEPS, _APART = 8, np.log(1e3)
_EQUAL = 1e-6


def exponents(maps: np.ndarray) -> np.ndarray:
    """The exponents log(mu) / (2 pi) of the product of maps (N, d, d), one of each conjugate pair, 0 <= Im <= 1/2.

    The first is the one nearest to 0, which belongs to the flow direction.
    """
    d = maps.shape[1]
    if d == 2:
        total = np.linalg.slogdet(maps)[1].sum() / (2 * np.pi)
        return np.array([0.0, total], dtype=complex)
    logs = _logarithms(maps)
    logs = logs[np.argsort(np.abs(logs), kind="stable")]
    found = logs / (2 * np.pi)
    found.imag[np.abs(found.imag) < _EQUAL] = 0.0
    found.imag[np.abs(np.abs(found.imag) - 0.5) < _EQUAL] = 0.5
    return np.concatenate([[0.0], [x for x in found[1:] if x.imag >= 0]])


def _logarithms(maps: np.ndarray) -> np.ndarray:
    """Complex logarithms of the multipliers."""
    d = maps.shape[1]
    q = np.eye(d)
    start, triangles = q, []
    for _ in range(_SWEEPS):
        start, triangles = q, []
        for step in maps:
            q, r = np.linalg.qr(step @ q)
            signs = np.where(np.diag(r) < 0, -1.0, 1.0)
            q, r = q * signs, signs[:, None] * r
            triangles.append(r)
    factors = np.array(triangles)
    sizes = np.log(np.maximum(np.diagonal(factors, axis1=1, axis2=2), 1e-300)).sum(axis=0)
    turn = start.T @ q
    cuts = [0, *[i for i in range(1, d) if sizes[i - 1] - sizes[i] > _APART], d]
    result = []
    for low, high in pairwise(cuts):
        product, shift = turn[low:high, low:high], 0.0
        block = np.eye(high - low)
        for r in factors[:, low:high, low:high]:
            block = r @ block
            size = np.abs(block).max()
            block, shift = block / size, shift + np.log(size)
        result.append(np.log(np.linalg.eigvals(product @ block).astype(complex)) + shift)
    return np.concatenate(result)
