"""From intervals around the entries of Df to its norm, as a user of an interval package would: in plain floats."""

from __future__ import annotations

import numpy as np


def norms_of_entries(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Bounds of ||Df|| from entrywise bounds (boxes, d, d): the smaller of || |J| || and ||mid|| + ||rad||.

    NOT rigorous: nothing here accounts for its own rounding. Infinity stands for no information.
    """
    with np.errstate(all="ignore"):
        known = np.isfinite(np.abs(low) + np.abs(high)).reshape(len(low), -1).min(axis=1)
        low, high = (np.where(known[:, None, None], ends, 0.0) for ends in (low, high))
        largest = np.maximum(np.abs(low), np.abs(high))
        centred = norm_2(0.5 * (low + high)) + norm_2(0.5 * (high - low))
        return np.where(known, np.minimum(norm_2(largest), centred), np.inf)


def norm_2(matrices: np.ndarray) -> np.ndarray:
    """Spectral norms; for 2 x 2 by the formula, which is far cheaper than an SVD."""
    if matrices.shape[1:] != (2, 2):
        return np.linalg.norm(matrices, 2, axis=(1, 2))
    gram = matrices.swapaxes(1, 2) @ matrices
    first, second, off = gram[:, 0, 0], gram[:, 1, 1], gram[:, 0, 1]
    return np.sqrt(0.5 * (first + second + np.sqrt((first - second) ** 2 + 4 * off**2)))
