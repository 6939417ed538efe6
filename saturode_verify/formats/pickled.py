"""Loading a torch file without running anything from it.

`torch.load(weights_only=True)` unpickles tensors; every class that the file names, torch's own layers included,
is replaced by an inert `Stored` record that only keeps the state which the file gives it. A record can be neither
called nor constructed with arguments, so no code is reachable: what a layer is, is decided afterwards from its name
and its state.
"""

from __future__ import annotations

import sys
import warnings
from collections import OrderedDict
from pathlib import Path
from typing import Any

from ..errors import UnusableInput

SAVE_REMEDY = "save the plain nn.Sequential, or model.state_dict() and give --activation"
_MALICIOUS = "do not load this file with torch; " + SAVE_REMEDY


class _Inert(type):
    """Classes that refuse to be called: REDUCE, the opcode that calls things, ends here."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        raise UnusableInput(f"the file wants to call {getattr(cls, 'kind', '?')}; nothing was executed", _MALICIOUS)


class Stored(metaclass=_Inert):
    """An object of the file: the full name of its class and the state dictionary that was stored for it."""

    kind: str = ""
    state: dict[str, Any]

    def __new__(cls, *args: Any) -> Stored:
        if args:
            raise UnusableInput(f"the file constructs {cls.kind} with arguments; nothing was executed", _MALICIOUS)
        record = object.__new__(cls)
        object.__setattr__(record, "state", {})
        return record

    def __setstate__(self, state: Any) -> None:
        if type(state) is not dict or not all(type(key) is str for key in state):
            raise UnusableInput(f"{self.kind} is stored in a form that is not understood", SAVE_REMEDY)
        object.__setattr__(self, "state", state)


def _stand_in(name: str) -> type:
    return type.__call__(_Inert, name.rsplit(".", 1)[-1], (Stored,), {"kind": name})


def items(mapping: Any, what: str) -> list[tuple[str, Any]]:
    """Entries of a plain dict or OrderedDict with text keys; never calls a method that the file may have planted."""
    if type(mapping) not in (dict, OrderedDict):
        raise UnusableInput(f"{what} is stored in a form that is not understood", SAVE_REMEDY)
    entries = list(type(mapping).items(mapping))
    if not all(type(key) is str for key, _ in entries):
        raise UnusableInput(f"{what} has keys that are no text", SAVE_REMEDY)
    return entries


def load_inert(path: Path) -> Any:
    """The object in a torch file, as tensors, plain containers and `Stored` records. Needs torch.

    Raises UnusableInput if the file is damaged, or names a function or a class of Python's own library.
    """
    torch = import_torch()
    names = _global_names(torch, path)
    foreign = sorted(name for name in names if name.split(".")[0] in sys.stdlib_module_names)
    if foreign:
        raise UnusableInput(
            f"{path.name} refers to {', '.join(foreign[:4])}, which no model needs; nothing was executed", _MALICIOUS
        )
    allowed = [(_stand_in(name), name) for name in names]
    try:
        with torch.serialization.safe_globals(allowed), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True)
    except UnusableInput:
        raise
    except Exception as error:  # a damaged or hostile file can fail in any way
        reason = str(error).strip().split("\n")[0][:100]
        refused = "Unsupported" in str(error) or "blocked" in str(error) or "reduce" in str(error)
        what = "holds something that is not a tensor or a layer; nothing was executed" if refused else "is damaged"
        raise UnusableInput(
            f"{path.name} {what} ({type(error).__name__}: {_plain(reason)})", _MALICIOUS if refused else SAVE_REMEDY
        ) from None


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _global_names(torch: Any, path: Path) -> list[str]:
    """Every class or function that the pickle names, beyond torch's defaults."""
    try:
        return sorted(torch.serialization.get_unsafe_globals_in_checkpoint(path))
    except Exception:  # not the zip format, or damaged: the load itself will say so
        return [f"torch.nn.modules.{name}" for name in _LEGACY]


_LEGACY = (
    "container.Sequential", "linear.Linear", "linear.Identity", "activation.Tanh", "activation.Sigmoid",
    "activation.SiLU", "activation.GELU", "activation.Softplus", "activation.ELU", "activation.ReLU",
    "activation.LeakyReLU", "batchnorm.BatchNorm1d", "dropout.Dropout",
)  # fmt: skip
"""In the format from before torch 1.6 the names cannot be listed without loading; these layers are understood there."""


def import_torch() -> Any:
    """The torch module. Raises UnusableInput if it is not installed."""
    try:
        import torch
    except ImportError:
        raise UnusableInput(
            "this model file needs torch, which is not installed",
            "pip install torch==2.13.0, or export the model to exact JSON where torch is",
        ) from None
    return torch
