"""The batched engine: many boxes in, one array per bound out."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np

from ...kernels import kernel_for
from ...network import Network
from ...rigor.rounding import ETA, MAX_ENTRY, UNIT, check_magnitude, check_rounding, inflate, product_error, self_test
from .adjoint import JacobianSeries, adjoint
from .compound import two_sums
from .forms import AffineForm, RoundedLayer, field_form
from .forward import ForwardPass, forward
from .spectral import spectral_bounds


@dataclass(frozen=True, slots=True)
class ChunkBounds:
    """Bounds over a chunk of boxes.

    ``outer`` (boxes, quantities): upper bounds of the suprema in the order of `quantities.NAMES`, then of max |s'| per
    hidden layer; inf is "no information".
    ``low``, ``high`` (boxes, neurons of all hidden layers): outer pre-activation ranges.
    ``scores`` (boxes, d): how much splitting an axis should help (unverified).
    """

    outer: np.ndarray
    low: np.ndarray
    high: np.ndarray
    scores: np.ndarray

    @classmethod
    def join(cls, parts: list[ChunkBounds]) -> ChunkBounds:
        """Chunks one after the other."""
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))


class RoundedEngine:
    """Rounded float64 on affine forms; raises ValueError (NoKernel among them) for a network outside its hypotheses."""

    def __init__(self, network: Network) -> None:
        _self_tested()
        reason = check_magnitude([layer.weight for layer in network.layers])
        if reason:
            raise ValueError(reason)
        self._layers = [
            RoundedLayer.of(layer.weight, layer.bias, kernel_for(layer.activation)) for layer in network.layers
        ]

    def bound(self, lower: np.ndarray, upper: np.ndarray, targets: np.ndarray | None = None) -> ChunkBounds:
        """All bounds over the boxes [lower, upper], float64 arrays (boxes, d).

        ``targets``: values of the first five suprema below which the caller gains no more; they only steer the effort.
        """
        with np.errstate(all="ignore"):
            passed = forward(self._layers, lower, upper)
            series = adjoint(self._layers, passed)
            spectral = spectral_bounds(series, targets)
            neurons = [part.neurons for part in passed.hidden]
            slopes = [np.maximum(-n.images[1][0], n.images[1][1]).max(axis=1) for n in neurons]
            outer = np.stack([*(getattr(spectral, f.name) for f in fields(spectral)), *slopes], axis=1)
            nothing = np.zeros((len(lower), 0))
            low = np.concatenate([nothing, *(n.lower for n in neurons)], axis=1)
            high = np.concatenate([nothing, *(n.upper for n in neurons)], axis=1)
            scores = _split_scores(passed, series)
            check_rounding()
        return ChunkBounds(
            np.where(np.isnan(outer), np.inf, outer),
            np.where(np.isnan(low), -np.inf, low),
            np.where(np.isnan(high), np.inf, high),
            scores,
        )

    def two_sums(self, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Upper bounds over each box of lambda_1 + lambda_2 and of -(lambda_{d-1} + lambda_d), d >= 3."""
        with np.errstate(all="ignore"):
            found = two_sums(adjoint(self._layers, forward(self._layers, lower, upper)))
            check_rounding()
        return found

    def field_lower(self, lower: np.ndarray, upper: np.ndarray, vector: np.ndarray) -> np.ndarray:
        """Lower bounds of c . f over each box, c a float vector; -inf or NaN is no information."""
        with np.errstate(all="ignore"):
            found = _functional_lower(field_form(self._layers, lower, upper), vector)
            check_rounding()
        return found


@lru_cache(maxsize=1)
def _self_tested() -> None:
    """The hypotheses' self-test, once per process."""
    self_test()


def _split_scores(passed: ForwardPass, series: JacobianSeries) -> np.ndarray:
    """UNVERIFIED, steers only: per axis the size of its tangent, and its part in the remainders of all neurons.

    A neuron's remainder is quadratic in its pre-activation's spread, to which axis i contributes |A_i| / sum |A_i|.
    """
    score = np.sqrt((series.tangent**2).sum(axis=(2, 3)))
    for term, part in zip(series.rank_one, reversed(passed.hidden), strict=True):
        sizes = np.sqrt((term.left**2).sum(axis=1) * (term.right**2).sum(axis=1)) * term.weight
        rows = np.abs(part.form.rows[:, 1:])
        score = score + (rows @ (sizes / part.form.spread)[:, :, None])[:, :, 0]
    return np.nan_to_num(score, posinf=0.0)


def _functional_lower(form: AffineForm, vector: np.ndarray) -> np.ndarray:
    """c . f for f in an affine form: every product sum of d terms is off by product_error(d) of its absolute sum."""
    if not np.abs(vector).max() <= MAX_ENTRY:
        return np.full(len(form.rows), -np.inf)
    values = form.rows @ vector
    size = np.abs(vector)
    loss = product_error(len(vector)) * (np.abs(form.rows).sum(axis=1) @ size)
    reach = np.abs(values[:, 1:]).sum(axis=1) + (form.radius @ size) + loss
    reach = reach * (inflate(form.rows.shape[1] + len(vector)) + 16 * UNIT) + ETA
    lower = values[:, 0] - reach - 4 * UNIT * np.abs(values[:, 0])
    return lower if form.wild is None else np.where(form.wild.any(axis=1), -np.inf, lower)
