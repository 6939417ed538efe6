"""UNTRUSTED: Fourier coefficients in floats, and their exact copies."""

from __future__ import annotations

import numpy as np
from flint import acb

from ..trig import complex_number


def smooth_length(least: int) -> int:
    """The smallest number >= ``least`` with no prime factor above 5: fast transforms."""
    length = max(least, 1)
    while True:
        rest = length
        for p in (2, 3, 5):
            while rest % p == 0:
                rest //= p
        if rest == 1:
            return length
        length += 1


def coefficients(samples: np.ndarray, degree: int) -> np.ndarray:
    """Samples (M, ...) at 2 pi j/M to coefficients -degree..degree (2 degree + 1, ...); 2 degree < M."""
    c = np.fft.fft(samples, axis=0) / len(samples)
    return np.concatenate([c[len(c) - degree :], c[: degree + 1]])


def samples(coefficients: np.ndarray, nodes: int, shift: float = 0.0) -> np.ndarray:
    """Coefficients -K..K (2K + 1, ...) to values (nodes, ...) at 2 pi j/nodes + i shift; nodes > 2K."""
    degree = len(coefficients) // 2
    k = np.arange(-degree, degree + 1)
    folded = np.zeros((nodes, *coefficients.shape[1:]), complex)
    folded[k % nodes] = coefficients * np.exp(-shift * k).reshape(-1, *[1] * (coefficients.ndim - 1))
    return np.fft.ifft(folded, axis=0) * nodes


def derivative(coefficients: np.ndarray) -> np.ndarray:
    """d/dtheta."""
    degree = len(coefficients) // 2
    return coefficients * (1j * np.arange(-degree, degree + 1)).reshape(-1, *[1] * (coefficients.ndim - 1))


def numerical_degree(samples: np.ndarray, relative: float) -> int:
    """The last mode above ``relative`` times the largest one, in any component."""
    sizes = np.abs(np.fft.fft(samples.reshape(len(samples), -1), axis=0)).max(axis=1)
    half = np.maximum(
        sizes[: (len(sizes) + 1) // 2], np.r_[0.0, sizes[: len(sizes) // 2 : -1]][: (len(sizes) + 1) // 2]
    )
    return int(np.nonzero(half > relative * half.max())[0][-1])


def exact_rows(coefficients: np.ndarray) -> tuple[tuple[acb, ...], ...]:
    """(n, m) float coefficients to m rows of n exact numbers."""
    return tuple(tuple(complex_number(complex(c)) for c in coefficients[:, i]) for i in range(coefficients.shape[1]))


def real_rows(coefficients: np.ndarray) -> tuple[tuple[acb, ...], ...]:
    """The half 0..K of a real polynomial's coefficients -K..K; the mean loses its imaginary part."""
    half = coefficients[len(coefficients) // 2 :].copy()
    half[0] = half[0].real
    return exact_rows(half)
