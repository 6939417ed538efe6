"""Machine-checked bounds on the dynamics of neural ODEs (see README.md).

Importing this package is cheap: every public name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .certificate.record import Certificate, load_certificate
    from .checks import check
    from .errors import UnusableInput
    from .formats import load
    from .formats.torch_file import network_from_module as from_torch
    from .job import verify, verify_all
    from .network import Layer, Network
    from .orbits import prove_orbit
    from .region import Box

_PUBLIC = {
    "Box": ("region", "Box"),
    "Certificate": ("certificate.record", "Certificate"),
    "Layer": ("network", "Layer"),
    "Network": ("network", "Network"),
    "UnusableInput": ("errors", "UnusableInput"),
    "check": ("checks", "check"),
    "from_torch": ("formats.torch_file", "network_from_module"),
    "load": ("formats", "load"),
    "load_certificate": ("certificate.record", "load_certificate"),
    "prove_orbit": ("orbits", "prove_orbit"),
    "verify": ("job", "verify"),
    "verify_all": ("job", "verify_all"),
}
__all__ = [
    "Box",
    "Certificate",
    "Layer",
    "Network",
    "UnusableInput",
    "check",
    "from_torch",
    "load",
    "load_certificate",
    "prove_orbit",
    "verify",
    "verify_all",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'saturode_verify' has no attribute {name!r}")
    module, attribute = _PUBLIC[name]
    return getattr(import_module(f".{module}", __name__), attribute)
