"""Machine-checked proofs of the claims that the package prints; ``python -m proofs`` runs them all (README.md).

Each file of ``FILES`` states a theorem in its docstring, proves it in numbered steps, and has a function
``statements()`` that yields one line per statement proved and raises ``activations.Unproved`` at the first that is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

FILES = (
    "activations",
    "elementary",
    "chain_rule",
    "norms",
    "liouville",
    "theorem_2",
    "yorke",
    "closed_orbits",
    "stuart_landau",
    "cube_network",
    "hamiltonian",
    "known_cases",
    "periodic_inverse",
    "orbit_theorem",
    "frame",
    "tube",
    "sampling",
    "multiplier_discs",
    "quadrature",
    "rounding",
    "exponential",
    "logistic",
    "tabulated",
    "sine",
    "sensitivity",
    "neurons",
    "affine",
    "spectral",
)


def prove(name: str) -> Iterator[str]:
    """The statements of one file, as they are proved; sympy is imported only by files that need it."""
    if name not in FILES:
        raise ValueError(f"no proof is called {name}; there are {', '.join(FILES)}")
    yield from import_module(f".{name}", __name__).statements()
