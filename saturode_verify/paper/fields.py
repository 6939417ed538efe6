"""The benchmark vector fields that neural ODEs are trained on: one Field per entry of FIELDS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..errors import UnusableInput
from ..region import Box
from . import fields_neurons as neurons
from . import fields_planar as planar

Sampler = Callable[["Field", int, int], np.ndarray]
"""(field, count, seed) -> states (count, d) that the field is learned at; the same seed gives the same states."""


@dataclass(frozen=True)
class Field:
    """An autonomous field x' = f(x), the box it is learned on, and where it comes from.

    ``right_hand_side`` maps states (n, d) to derivatives (n, d), both float64. ``citation`` is one line. ``units`` says
    what the state and the time are in the cited model's terms; without it they are that model's own. The trajectory
    from ``start`` tends to the field's stable limit cycle; () where no cycle is known. ``sampler`` chooses the training
    states; without it they fill the box.
    """

    name: str
    box: Box
    right_hand_side: Callable[[np.ndarray], np.ndarray]
    citation: str
    units: str = ""
    start: tuple[float, ...] = ()
    sampler: Sampler | None = None

    @property
    def dimension(self) -> int:
        """d, the dimension of the state space."""
        return self.box.dimension

    def frame(self) -> tuple[np.ndarray, np.ndarray]:
        """Centre and half widths (d,) of the training box."""
        sides = np.array([[float(low), float(high)] for low, high in self.box.sides])
        return sides.mean(axis=1), (sides[:, 1] - sides[:, 0]) / 2


def _around_the_cycle(field: Field, count: int, seed: int) -> np.ndarray:
    from .trajectories import states_around_the_cycle  # scipy, only when a training asks

    return states_around_the_cycle(field, count, seed)


_ALL = (
    Field(
        name="stuart-landau",
        box=Box("[-1.6,1.6]^2"),
        right_hand_side=planar.stuart_landau,
        citation="J. T. Stuart, On the non-linear mechanics of wave disturbances in stable and unstable parallel "
        "flows. Part 1, J. Fluid Mech. 9 (1960) 353-370",
        start=(1.0, 0.0),
    ),
    Field(
        name="van-der-pol",
        box=Box("[-2.5,2.5]x[-4.5,4.5]"),
        right_hand_side=planar.van_der_pol,
        citation='B. van der Pol, On "relaxation-oscillations", Philos. Mag. 2 (1926) 978-992, with mu = 2',
        start=(2.0, 0.0),
    ),
    Field(
        name="fitzhugh-nagumo",
        box=Box("[-2.5,2.5]x[-0.8,2]"),
        right_hand_side=planar.fitzhugh_nagumo,
        citation="R. FitzHugh, Impulses and physiological states in theoretical models of nerve membrane, Biophys. J. "
        "1 (1961) 445-466; J. Nagumo, S. Arimoto, S. Yoshizawa, An active pulse transmission line simulating nerve "
        "axon, Proc. IRE 50 (1962) 2061-2070; a = 0.7, b = 0.8, eps = 0.08, I = 0.5",
        start=(2.0, 0.0),
    ),
    Field(
        name="morris-lecar",
        box=Box("[-1.3,0.9]x[0,0.7]"),
        right_hand_side=neurons.MorrisLecar(current=100.0, phi=0.04, g_ca=4.4, v3=2.0, v4=30.0),
        citation=f"{neurons.MORRIS_LECAR}, Hopf regime, I = 100",
        units=neurons.MORRIS_LECAR_UNITS,
        start=(0.4, 0.2),
    ),
    Field(
        name="morris-lecar-snlc",
        box=Box("[-1.2,0.9]x[-0.05,0.55]"),
        right_hand_side=neurons.MorrisLecar(current=45.0, phi=0.067, g_ca=4.0, v3=12.0, v4=17.4),
        citation=f"{neurons.MORRIS_LECAR}, SNLC regime, I = 45",
        units=neurons.MORRIS_LECAR_UNITS,
        start=(0.4, 0.1),
    ),
    Field(
        name="morris-lecar-homoclinic",
        box=Box("[-0.8,0.6]x[-0.05,0.55]"),
        right_hand_side=neurons.MorrisLecar(current=37.0, phi=0.23, g_ca=4.0, v3=12.0, v4=17.4),
        citation=f"{neurons.MORRIS_LECAR}, homoclinic regime, I = 37",
        units=neurons.MORRIS_LECAR_UNITS,
        start=(0.0, 0.15),
    ),
    Field(
        name="hodgkin-huxley",
        box=Box("[-1.7,0.9]x[-0.05,1.05]^3"),
        right_hand_side=neurons.hodgkin_huxley,
        citation=neurons.HODGKIN_HUXLEY,
        units=neurons.HODGKIN_HUXLEY_UNITS,
        start=(-0.5, 0.05, 0.6, 0.3),
        sampler=_around_the_cycle,
    ),
)

FIELDS: dict[str, Field] = {field.name: field for field in _ALL}
"""Every benchmark field by the name that ``verify train`` takes."""


def find_field(name: str) -> Field:
    """The benchmark field called ``name``; raises UnusableInput if there is none."""
    if name not in FIELDS:
        raise UnusableInput(f"there is no benchmark field {name[:40]!r}", f"choose one of: {', '.join(FIELDS)}")
    return FIELDS[name]
