"""The vector field and its Jacobian in plain float64, in either direction of time."""

from __future__ import annotations

import numpy as np

from ...bounds.candidates import FLOAT_ACTIVATIONS, FloatField
from .records import Equilibrium

_ITERATIONS = 30


class Flow:
    """x' = sign f(x). Unlike ``FloatField.evaluate`` it computes values without the Jacobian where that suffices."""

    def __init__(self, field: FloatField, sign: float = 1.0) -> None:
        self.field, self.sign = field, sign
        self.layers = [(layer.weight, layer.bias, layer.activation, _slope(layer.activation)) for layer in field.layers]
        self.dimension = field.layers[0].weight.shape[1]

    def backward(self) -> Flow:
        """The same field with time reversed."""
        return Flow(self.field, -self.sign)

    def values(self, points: np.ndarray) -> np.ndarray:
        """Points (n, d) -> sign f (n, d)."""
        for weight, bias, activation, slope in self.layers[:-1]:
            points = FLOAT_ACTIVATIONS[activation.name](slope * (points @ weight.T + bias), activation)[0]
        weight, bias, _, _ = self.layers[-1]
        return self.sign * (points @ weight.T + bias)

    def linearise(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points (n, d) -> sign f (n, d) and sign Df (n, d, d); one matrix product per layer and not one per point."""
        n, d = points.shape
        tangent = None  # (d, n, width): row j is the derivative along x_j
        for weight, bias, activation, slope in self.layers[:-1]:
            forward = (
                np.broadcast_to(weight.T[:, None, :], (d, 1, len(bias))) if tangent is None else tangent @ weight.T
            )
            values, derivative = FLOAT_ACTIVATIONS[activation.name](slope * (points @ weight.T + bias), activation)
            points, tangent = values, slope * derivative * forward
        weight, bias, _, _ = self.layers[-1]
        last = np.broadcast_to(weight.T[:, None, :], (d, n, d)) if tangent is None else tangent @ weight.T
        return self.sign * (points @ weight.T + bias), self.sign * last.transpose(1, 2, 0)


def _slope(activation: object) -> float:
    return float(getattr(activation, "slope", 1))


def equilibrium_near(flow: Flow, point: np.ndarray) -> Equilibrium | None:
    """Newton's method for f = 0 from ``point``; None where it does not converge. Eigenvalues are those of f, not -f."""
    x = point.copy()
    with np.errstate(all="ignore"):
        step = np.full_like(x, np.inf)
        for _ in range(_ITERATIONS):
            f, jacobian = flow.linearise(x[None])
            if not (np.isfinite(f).all() and np.isfinite(jacobian).all()):
                return None
            step = np.linalg.lstsq(jacobian[0], -f[0], rcond=None)[0]
            x = x + step
            if np.abs(step).max() <= 1e-14 * (1 + np.abs(x).max()):
                break
        if np.abs(step).max() > 1e-9 * (1 + np.abs(x).max()):
            return None
        f, jacobian = flow.linearise(x[None])
        scale = 1 + np.abs(jacobian).max() * (1 + np.abs(x).max())
        if not np.abs(f).max() <= 1e-9 * scale:
            return None
    values = np.linalg.eigvals(flow.sign * jacobian[0])
    return Equilibrium(x, values[np.argsort(-values.real, kind="stable")])
