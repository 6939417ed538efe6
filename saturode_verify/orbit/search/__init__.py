"""UNTRUSTED float search for periodic orbits of x' = f(x). No claim rests on it: the proof decides."""

from __future__ import annotations

from .everywhere import Budget, find_all
from .frame import floquet_modes
from .near import find_near
from .records import Equilibrium, FloatMode, FloatOrbit, Found, NotFound

__all__ = [
    "Budget",
    "Equilibrium",
    "FloatMode",
    "FloatOrbit",
    "Found",
    "NotFound",
    "find_all",
    "find_near",
    "floquet_modes",
]
