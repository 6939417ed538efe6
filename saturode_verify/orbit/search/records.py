"""What the float search hands over. Nothing here is proved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Kind = Literal["periodic", "antiperiodic", "complex"]


@dataclass(frozen=True, eq=False)
class FloatMode:
    """(tau Df(u) - d/dtheta) q = exponent q: a nontrivial Floquet mode at the nodes 2 pi j / M.

    ``kind`` and ``exponent`` (per unit of theta):

    * periodic: a real l, multiplier e^{2 pi l};
    * antiperiodic: alpha + 0.5j, multiplier -e^{2 pi alpha}; q = e^{-i theta/2} a(theta) with a real and
      a(theta + 2 pi) = -a(theta), so that the Fourier coefficients satisfy conj c_k = c_{-1-k};
    * complex: l with 0 < Im l < 1/2; one record stands for the pair (l, q), (conj l, conj q).

    ``samples`` (M, d) are real for a periodic mode and complex otherwise; their sup norm is about 1.
    """

    kind: Kind
    exponent: complex
    samples: np.ndarray

    @property
    def count(self) -> int:
        """How many of the d - 1 nontrivial multipliers the record stands for."""
        return 2 if self.kind == "complex" else 1


@dataclass(frozen=True, eq=False)
class FloatOrbit:
    """u' = tau f(u) in the angle theta = 2 pi t / T: ``states`` (M, d), M odd, at theta = 2 pi j / M.

    ``tau`` = T / (2 pi) > 0, T the minimal period; ``modes`` stand for d - 1 nontrivial multipliers in all.
    """

    states: np.ndarray
    tau: float
    modes: tuple[FloatMode, ...]

    @property
    def period(self) -> float:
        """T, in the time of x' = f(x)."""
        return 2 * np.pi * self.tau


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """A zero of f: ``point`` (d,), ``eigenvalues`` (d,) of Df there (complex, by falling real part)."""

    point: np.ndarray
    eigenvalues: np.ndarray


@dataclass(frozen=True, eq=False)
class NotFound:
    """Why there is no orbit: ``reason`` is a sentence that ends with what to try.

    ``equilibrium`` is where the trajectory ended, if it was an equilibrium.
    """

    reason: str
    equilibrium: Equilibrium | None = None


@dataclass(frozen=True, eq=False)
class Found:
    """All that a search of a box found: ``outside`` counts the orbits dropped because they leave the box.

    ``incomplete`` are the reasons of candidates that looked like orbits but could not be polished.
    """

    orbits: list[FloatOrbit]
    equilibria: list[Equilibrium]
    outside: int
    incomplete: tuple[str, ...] = ()
