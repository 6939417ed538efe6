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
        raise _failure(path, error) from None


def _failure(path: Path, error: Exception) -> UnusableInput:
    """What to tell the user when torch could not load the file, in one line."""
    text = " ".join(str(error).split())
    if path.read_bytes()[:2] != b"PK" and "torch.nn.modules" in text:
        return UnusableInput(
            f"{path.name} is a whole module in the format from before torch 1.6, of which only state dicts are read",
            SAVE_REMEDY,
        )
    if any(word in text for word in ("Unsupported", "blocked", "reduce", "Can only")):
        detail = "".join(c for c in text.rsplit("error: ", 1)[-1][:80] if c.isprintable())
        return UnusableInput(
            f"{path.name} holds something that is neither tensor nor layer ({detail}); nothing was executed", _MALICIOUS
        )
    return UnusableInput(f"{path.name} is damaged or no torch file ({type(error).__name__})", SAVE_REMEDY)


def _global_names(torch: Any, path: Path) -> list[str]:
    """Every class or function that the pickle names, beyond torch's defaults."""
    try:
        return sorted(torch.serialization.get_unsafe_globals_in_checkpoint(path))
    except Exception:  # not the zip format, or damaged: the load itself will say so
        return []


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
