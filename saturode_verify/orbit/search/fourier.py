"""Trigonometric interpolation at M (odd) equidistant nodes of the circle.

Differentiation by the fast Fourier transform is the spectral differentiation matrix of Trefethen (Spectral Methods in
MATLAB, 2000, ch. 3) applied in O(M log M).
"""

from __future__ import annotations

from math import gcd

import numpy as np


def wave_numbers(count: int) -> np.ndarray:
    """k = 0, 1, ..., (M-1)/2, -(M-1)/2, ..., -1 in the order of the FFT."""
    return np.rint(np.fft.fftfreq(count, 1 / count))


def derivative(samples: np.ndarray) -> np.ndarray:
    """d/dtheta of the interpolant of samples (M, ...) at the nodes; real for real samples."""
    k = wave_numbers(len(samples)).reshape(-1, *[1] * (samples.ndim - 1))
    result = np.fft.ifft(1j * k * np.fft.fft(samples, axis=0), axis=0)
    return result if np.iscomplexobj(samples) else result.real


def envelope(samples: np.ndarray) -> np.ndarray:
    """E_k = max over |j| >= k of |c_j|, k = 0 .. (M-1)/2, relative to E_0 (whose rounding errors all others share)."""
    flat = samples.reshape(len(samples), -1)
    c = np.abs(np.fft.fft(flat, axis=0)).max(axis=1) / len(flat)
    half = (len(c) + 1) // 2
    folded = c[:half].copy()
    folded[1:] = np.maximum(folded[1:], c[:-half:-1])
    falling = np.maximum.accumulate(folded[::-1])[::-1]
    return falling / max(falling[0], np.finfo(float).tiny)


def node_count(samples: np.ndarray, level: float, most: int) -> int:
    """Odd M for which the coefficients of a smooth function have fallen to ``level``, from finely taken samples.

    The decay between 1e-6 and 1e-12 is extrapolated, below which rounding errors of the samples are in the way.
    """
    e = envelope(samples)
    coarse, fine = int((e > 1e-6).sum()), int((e > 1e-12).sum())
    degree = fine + (fine - coarse) * (-12 - np.log10(level)) / 6
    return min(nice_odd(2 * (1.05 * degree + 4) + 1), most)


def nice_odd(least: float) -> int:
    """The smallest odd M >= least without prime factors above 7."""
    m = int(np.ceil(least)) | 1
    while True:
        rest = m
        for p in (3, 5, 7):
            while rest % p == 0:
                rest //= p
        if rest == 1:
            return m
        m += 2


def cover(samples: np.ndarray, level: float = 1e-6) -> int:
    """g such that samples (M, d) wind g times around a shorter orbit: the gcd of the wave numbers that matter."""
    c = np.abs(np.fft.fft(samples, axis=0)).max(axis=1)[: (len(samples) + 1) // 2]
    c[0] = 0
    return gcd(*np.nonzero(c > level * c.max())[0].tolist())


def on_uniform_mesh(samples: np.ndarray, intervals: int, nodes: np.ndarray) -> np.ndarray:
    """The interpolant of real samples (M, d) at theta = 2 pi (k + nodes_i) / N: (N, len(nodes), d)."""
    m = len(samples)
    k = wave_numbers(m)
    c = np.fft.fft(samples, axis=0) / m
    result = np.empty((intervals, len(nodes), samples.shape[1]))
    for i, node in enumerate(nodes):
        folded = np.zeros((intervals, samples.shape[1]), dtype=complex)
        np.add.at(folded, k.astype(int) % intervals, c * np.exp(2j * np.pi * k * node / intervals)[:, None])
        result[:, i] = (np.fft.ifft(folded, axis=0) * intervals).real
    return result
