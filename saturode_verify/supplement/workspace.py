"""The folder of a run: models, certificates, tables and figures, each made once and found again after a kill."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..certificate.record import Certificate, load_certificate
from ..curves import curve_certificate
from ..errors import UnusableInput
from ..formats import load
from ..formats.exact_json import write_exact_json
from ..job import verify
from ..network import Network
from ..orbits import prove_orbit
from ..output import write_atomically
from ..region import Box

Report = Callable[[str], None]
SHIPPED = files("saturode_verify.supplement") / "models"
_PARTS = ("models", "certificates", "tables", "figures")
_RECIPES = "recipes.json"


@dataclass(frozen=True)
class Entry:
    """A certificate of the run with the names of its file and of its model's."""

    name: str
    model: str
    certificate: Certificate


@dataclass
class Workspace:
    """``folder`` with its sub-folders; ``quick``: models come with the package, none is trained.

    A certificate is taken from an earlier run if the model's hash and everything that was asked are the same.
    """

    folder: Path
    quick: bool
    report: Report
    entries: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        try:
            for part in _PARTS:
                (self.folder / part).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UnusableInput(f"cannot write into {self.folder} ({error.strerror})", "give another folder") from None
        self._recipes = read_notes(self.folder / _RECIPES)

    def trained(self, name: str, make: Callable[[], Network]) -> Network:
        """The trained model ``name``: of an earlier run, shipped (quick), or made now."""
        path = self.model_path(name)
        if not path.exists():
            self.report(f"model {name}")
            write_atomically(path, (SHIPPED / path.name).read_bytes() if self.quick else write_exact_json(make()))
        return load(path)

    def derived(self, name: str, network: Network) -> Network:
        """``network`` as the model file ``name``, so that its certificates can be checked."""
        write_atomically(self.model_path(name), write_exact_json(network))
        return load(self.model_path(name))

    def region(self, name: str, network: Network, box: Box | str, **options: Any) -> Certificate:
        """`verify` on a box."""
        return self._certificate(name, network, ("region", str(box), options), lambda: verify(network, box, **options))

    def orbit(self, name: str, network: Network, **options: Any) -> Certificate:
        """`prove_orbit`."""
        return self._certificate(name, network, ("orbit", options), lambda: prove_orbit(network, **options))

    def curve(self, name: str, network: Network, curve: str, **options: Any) -> Certificate:
        """`curve_certificate` along a benchmark field's reference orbit."""
        return self._certificate(
            name, network, ("curve", curve, options), lambda: curve_certificate(network, curve, **options)
        )

    def write(self, part: str, name: str, data: bytes) -> Path:
        """A table or a figure."""
        path = self.folder / part / name
        write_atomically(path, data)
        return path

    def model_path(self, name: str) -> Path:
        """Where the model ``name`` is kept."""
        return self.folder / "models" / f"{name}.json"

    def _certificate(
        self, name: str, network: Network, asked: Sequence[Any], make: Callable[[], Certificate]
    ) -> Certificate:
        path = self.folder / "certificates" / f"{name}.json"
        recipe = f"{network.sha256} {asked!r}"
        known = self._recipes.get(name) == recipe and path.exists()
        if known:
            certificate = load_certificate(path)
        else:
            self.report(f"certificate {name}")
            certificate = make()
            if certificate.environment.get("interrupted"):
                raise KeyboardInterrupt
            certificate.save(path)
            self._recipes[name] = recipe
            write_notes(self.folder / _RECIPES, self._recipes)
        self.entries.append(Entry(name, Path(network.source).stem, certificate))
        return certificate


def read_notes(path: Path) -> dict[str, str]:
    """What an earlier run noted in ``path``; nothing if there is none. Raises UnusableInput for a damaged file."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise UnusableInput(f"{path.name} in {path.parent} is damaged", "delete it, or give another folder")
    return found


def write_notes(path: Path, notes: dict[str, str]) -> None:
    """Keep them for the next run."""
    write_atomically(path, json.dumps(notes, indent=1, sort_keys=True).encode())
