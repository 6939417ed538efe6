"""The model that belongs to a certificate: given, or found under the name that the certificate carries."""

from __future__ import annotations

import os
from pathlib import Path

from ..certificate.record import Certificate
from ..errors import UnusableInput
from ..formats import load
from ..network import Network

_REMEDY = "give the certified model with --model MODEL"


def find_model(
    certificate: Certificate,
    folder: Path,
    model: str | os.PathLike[str] | None = None,
    activation: str | None = None,
) -> Network:
    """The network whose hash the certificate names: the file ``model``, or its source in ``folder`` or here.

    Raises UnusableInput if there is none, or if it is another network.
    """
    if model is not None:
        network = load(model, activation=activation)
        check_model(certificate, network, Path(model).name)
        return network
    source = certificate.model["source"]
    if not source or Path(source).name != source or "\0" in source:
        raise UnusableInput("the certificate names no model file", _REMEDY)
    found = [path for path in dict.fromkeys([folder / source, Path(source)]) if path.is_file()]
    if not found:
        raise UnusableInput(
            f"the model {ascii(source)[1:-1][:60]} is neither beside the certificate nor in the current folder", _REMEDY
        )
    networks = [load(path, activation=activation) for path in found]
    for network in networks:
        if network.sha256 == certificate.model["sha256"]:
            return network
    check_model(certificate, networks[0], str(found[0]))
    raise AssertionError("unreachable: the hashes differ")


def check_model(certificate: Certificate, network: Network, name: str) -> None:
    """Raises UnusableInput unless ``network`` is the very one that the certificate speaks of."""
    wanted = certificate.model["sha256"]
    if network.sha256 != wanted:
        raise UnusableInput(
            f"{ascii(name)[1:-1][:60]} is another model: its sha256 begins {network.sha256[:12]}, the certificate's "
            f"{ascii(wanted)[1:-1][:12]}",
            _REMEDY,
        )
    if network.sizes != certificate.model["layers"]:
        raise UnusableInput("the certificate gives this model other layers", "take the certificate as it was written")
