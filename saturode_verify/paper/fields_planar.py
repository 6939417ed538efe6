"""Planar oscillators in their authors' own, dimensionless units: states (n, 2) -> derivatives (n, 2)."""

from __future__ import annotations

import numpy as np


def stuart_landau(states: np.ndarray) -> np.ndarray:
    """x' = x - y - (x^2+y^2) x, y' = x + y - (x^2+y^2) y at ``states`` (n, 2).

    In polar form r' = r - r^3 and angle' = 1: the cycle is r = 1 with T = 2 pi, the divergence on it is -2,
    hence det M = e^{-4 pi} (theory section 8 with w = 1).
    """
    x, y = states[:, 0], states[:, 1]
    growth = 1.0 - (x * x + y * y)
    return np.stack([growth * x - y, x + growth * y], axis=1)


def van_der_pol(states: np.ndarray) -> np.ndarray:
    """x' = y, y' = mu (1 - x^2) y - x with mu = 2: a mild relaxation oscillation of period 7.63."""
    x, y = states[:, 0], states[:, 1]
    return np.stack([y, 2.0 * (1.0 - x * x) * y - x], axis=1)


def fitzhugh_nagumo(states: np.ndarray) -> np.ndarray:
    """v' = v - v^3/3 - w + I, w' = eps (v + a - b w) with a = 0.7, b = 0.8, eps = 0.08, I = 0.5; period 39.5."""
    v, w = states[:, 0], states[:, 1]
    return np.stack([v - v**3 / 3.0 - w + 0.5, 0.08 * (v + 0.7 - 0.8 * w)], axis=1)
