"""The vector fields that are measured, and the region of each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

from saturode_verify.formats import load
from saturode_verify.network import Network
from saturode_verify.region import Box

EXAMPLES = Path(__file__).parent.parent / "examples"
_REGIONS = {
    "stuart-landau": "[-1.6,1.6]^2",
    "sl_": "[-1.6,1.6]^2",
    "ml_": "[-1.5,1]x[-0.1,0.8]",
    "vdp": "[-3,3]x[-9,9]",
    "d4_": "[-1.6,1.6]^4",
    "field4d": "[-1,1]^4",
    "field8d": "[-0.25,0.25]^8",
}
"""By the beginning of a file's name. A ``boxes.json`` of the same form beside the models goes first."""


@dataclass(frozen=True)
class Model:
    """A network and the box that it is measured on."""

    name: str
    network: Network
    box: Box

    @property
    def sides(self) -> tuple[np.ndarray, np.ndarray]:
        """The box in floats (d,), (d,): what the unverified bisection starts from."""
        low, high = zip(*self.box.sides, strict=True)
        return np.array([float(x) for x in low]), np.array([float(x) for x in high])


def read_models(folder: Path | None, only: str) -> list[Model]:
    """The examples, and every other model in ``folder``, whose names match ``only``; each network once."""
    found: dict[str, Model] = {}
    for source in [EXAMPLES, *([folder] if folder else [])]:
        given = source / "boxes.json"
        regions = [*(json.loads(given.read_text()) if given.is_file() else {}).items(), *_REGIONS.items()]
        for path in sorted(source.glob("*.pt"), key=lambda p: (p.stat().st_size, p.name)):
            # A state dict does not know its activations: its whole model is measured.
            if fnmatch(path.stem, only) and not path.stem.endswith("_sd"):
                network = load(path)
                found.setdefault(network.sha256, Model(path.stem, network, _region(path.stem, network, regions)))
    return sorted(found.values(), key=lambda model: model.network.dimension)


def _region(name: str, network: Network, regions: Sequence[tuple[str, str]]) -> Box:
    """The first region whose key begins the name; [-1,1]^d for a stranger."""
    text = next((box for key, box in regions if name.startswith(key)), f"[-1,1]^{network.dimension}")
    return Box(text)
