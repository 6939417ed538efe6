"""Conductance-based neuron models, scaled so that states and periods are of order one.

Potentials are in units of 50 mV, times in units of 20 ms (Morris-Lecar) or 5 ms (Hodgkin-Huxley); gating variables have
no unit. Inside, everything is in the models' own mV, ms, mS/cm^2, uF/cm^2 and uA/cm^2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MILLIVOLTS = 50.0
"""mV in one unit of the first state."""
MORRIS_LECAR_MS, HODGKIN_HUXLEY_MS = 20.0, 5.0
"""ms in one unit of time."""

MORRIS_LECAR_UNITS = "x_1 = V / 50 mV, x_2 = w (no unit), time in units of 20 ms"
HODGKIN_HUXLEY_UNITS = "x_1 = V / 50 mV, (x_2, x_3, x_4) = (m, h, n) (no unit), time in units of 5 ms"

MORRIS_LECAR = (
    "C. Morris, H. Lecar, Voltage oscillations in the barnacle giant muscle fiber, Biophys. J. 35 (1981) 193-213; "
    "parameters of J. Rinzel, B. Ermentrout, Analysis of neural excitability and oscillations, in: Methods in Neuronal "
    "Modeling, 2nd ed., MIT Press 1998, as in G. B. Ermentrout, D. H. Terman, Mathematical Foundations of "
    "Neuroscience, Springer 2010, table 3.1"
)
HODGKIN_HUXLEY = (
    "A. L. Hodgkin, A. F. Huxley, A quantitative description of membrane current and its application to conduction "
    "and excitation in nerve, J. Physiol. 117 (1952) 500-544; potentials shifted to a rest near -65 mV as in "
    "Ermentrout & Terman 2010, section 1.9, I = 10"
)


@dataclass(frozen=True)
class MorrisLecar:
    """The Morris-Lecar field in the scaled state (V / 50 mV, w).

    C V' = I - g_L (V - V_L) - g_K w (V - V_K) - g_Ca m(V) (V - V_Ca), w' = phi cosh((V - V3)/(2 V4)) (w_oo(V) - w),
    m = (1 + tanh((V - V1)/V2))/2, w_oo = (1 + tanh((V - V3)/V4))/2, where C = 20 uF/cm^2, g_L = 2 and g_K = 8 mS/cm^2,
    V_L = -60, V_K = -84, V_Ca = 120, V1 = -1.2, V2 = 18 mV. The regimes differ in ``current`` I (uA/cm^2), ``phi``
    (1/ms), ``g_ca`` (mS/cm^2), ``v3`` and ``v4`` (mV).
    """

    current: float
    phi: float
    g_ca: float
    v3: float
    v4: float

    def __call__(self, states: np.ndarray) -> np.ndarray:
        v, w = MILLIVOLTS * states[:, 0], states[:, 1]
        open_ca = (1.0 + np.tanh((v + 1.2) / 18.0)) / 2.0
        open_k = (1.0 + np.tanh((v - self.v3) / self.v4)) / 2.0
        ionic = 2.0 * (v + 60.0) + 8.0 * w * (v + 84.0) + self.g_ca * open_ca * (v - 120.0)
        v_dot = (self.current - ionic) / 20.0
        w_dot = self.phi * np.cosh((v - self.v3) / (2.0 * self.v4)) * (open_k - w)
        return MORRIS_LECAR_MS * np.stack([v_dot / MILLIVOLTS, w_dot], axis=1)


def hodgkin_huxley(states: np.ndarray) -> np.ndarray:
    """The Hodgkin-Huxley field at states (V / 50 mV, m, h, n), with I = 10 uA/cm^2: period 14.6 ms.

    C V' = I - g_Na m^3 h (V - 50) - g_K n^4 (V + 77) - g_L (V + 54.4), x' = alpha_x (1 - x) - beta_x x for x = m, h, n,
    with C = 1 uF/cm^2, g_Na = 120, g_K = 36, g_L = 0.3 mS/cm^2; potentials in mV, rates in 1/ms:
    alpha_m = u((V+40)/10), beta_m = 4 e^{-(V+65)/18}, alpha_h = 0.07 e^{-(V+65)/20}, beta_h = 1/(1 + e^{-(V+35)/10}),
    alpha_n = 0.1 u((V+55)/10), beta_n = 0.125 e^{-(V+65)/80}, where u(z) = z/(1 - e^{-z}) and u(0) = 1.
    """
    v, m, h, n = MILLIVOLTS * states[:, 0], states[:, 1], states[:, 2], states[:, 3]
    sodium, potassium, leak = 120.0 * m**3 * h * (v - 50.0), 36.0 * n**4 * (v + 77.0), 0.3 * (v + 54.4)
    m_dot = _linoid((v + 40.0) / 10.0) * (1.0 - m) - 4.0 * np.exp(-(v + 65.0) / 18.0) * m
    h_dot = 0.07 * np.exp(-(v + 65.0) / 20.0) * (1.0 - h) - h / (1.0 + np.exp(-(v + 35.0) / 10.0))
    n_dot = 0.1 * _linoid((v + 55.0) / 10.0) * (1.0 - n) - 0.125 * np.exp(-(v + 65.0) / 80.0) * n
    v_dot = (10.0 - sodium - potassium - leak) / MILLIVOLTS
    return HODGKIN_HUXLEY_MS * np.stack([v_dot, m_dot, h_dot, n_dot], axis=1)


def _linoid(z: np.ndarray) -> np.ndarray:
    """z/(1 - e^{-z}), continued by 1 at its removable singularity; expm1 keeps every digit beside it."""
    at_zero = z == 0
    safe = np.where(at_zero, 1.0, z)
    return np.where(at_zero, 1.0, safe / -np.expm1(-safe))
