"""The benchmark vector fields that neural ODEs are trained on: one Field per entry of FIELDS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..errors import UnusableInput
from ..region import Box


@dataclass(frozen=True)
class Field:
    """An autonomous field x' = f(x), the box it is learned on, and where it comes from.

    ``right_hand_side`` maps states (n, d) to derivatives (n, d), both float64; state and time are in the
    units of the cited model. ``citation`` is one line.
    """

    name: str
    box: Box
    right_hand_side: Callable[[np.ndarray], np.ndarray]
    citation: str

    @property
    def dimension(self) -> int:
        """d, the dimension of the state space."""
        return self.box.dimension


def stuart_landau(states: np.ndarray) -> np.ndarray:
    """x' = x - y - (x^2+y^2) x, y' = x + y - (x^2+y^2) y at ``states`` (n, 2).

    In polar form r' = r - r^3 and angle' = 1: the cycle is r = 1 with T = 2 pi, the divergence on it is -2,
    hence det M = e^{-4 pi} (theory section 8 with w = 1).
    """
    x, y = states[:, 0], states[:, 1]
    growth = 1.0 - (x * x + y * y)
    return np.stack([growth * x - y, x + growth * y], axis=1)


_ALL = (
    Field(
        name="stuart-landau",
        box=Box("[-1.6,1.6]^2"),
        right_hand_side=stuart_landau,
        citation="J. T. Stuart, On the non-linear mechanics of wave disturbances in stable and unstable parallel "
        "flows. Part 1, J. Fluid Mech. 9 (1960) 353-370",
    ),
)

FIELDS: dict[str, Field] = {field.name: field for field in _ALL}
"""Every benchmark field by the name that ``verify train`` takes."""


def find_field(name: str) -> Field:
    """The benchmark field called ``name``; raises UnusableInput if there is none."""
    if name not in FIELDS:
        raise UnusableInput(f"there is no benchmark field {name[:40]!r}", f"choose one of: {', '.join(FIELDS)}")
    return FIELDS[name]
