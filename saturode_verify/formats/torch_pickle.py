"""Reading what torch.save wrote without running anything that the file brings along.

torch.load is only ever called with weights_only=True, whose unpickler knows no class but plain tensors. Every
other class that the file names, torch's layers included, is answered with a `StandIn`: it keeps the stored state and
can do nothing. The layers are later read from that state, so no code of the file, of its author, or of torch's layers
runs. Which names are refused at once only decides the message; safety does not rest on it.
"""

from __future__ import annotations

import io
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import ClassVar

from ..errors import UnusableInput
from .tensors import import_torch
from .wording import listed, shown

SAVE_AGAIN = "save the nn.Sequential or its state_dict() with torch.save"
_DISTRUST = f"do not load this file with torch; {SAVE_AGAIN}, without other objects"


class StandIn:
    """Takes the place of a class named in a file: ``path`` is that name, ``state`` what was stored for an object."""

    __slots__ = ("state",)
    path: ClassVar[str] = ""
    state: object

    def __new__(cls, *arguments: object) -> StandIn:
        if arguments:  # a stored module is made without any: this is a call of a function, or a strange object
            raise UnusableInput(f"it asks to call {shown(cls.path)}; nothing was executed", _DISTRUST)
        made = super().__new__(cls)
        made.state = None
        return made

    def __setstate__(self, state: object) -> None:
        self.state = state


def load_inert(data: bytes) -> object:
    """The object that torch.save wrote, with a `StandIn` for everything but tensors and plain data.

    Raises UnusableInput if the file is damaged, or asks for anything that could run code.
    """
    torch = import_torch()
    try:
        with _no_globals(torch), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            names = _names_in(torch, data)
            forbidden = [name for name in names if _is_forbidden(name)]
            if forbidden:
                raise _refusal(forbidden)
            stand_ins = [(type("StandIn", (StandIn,), {"path": name, "__slots__": ()}), name) for name in names]
            torch.serialization.add_safe_globals(stand_ins)
            return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True, mmap=False)
    except UnusableInput:
        raise
    except Exception as error:  # a damaged or hostile file makes torch raise errors of any kind
        raise _explained(error, data) from None


@contextmanager
def _no_globals(torch: ModuleType) -> Iterator[None]:
    """Forget, for a while, the classes that this process allows: their code would run on the file's data."""
    before = torch.serialization.get_safe_globals()
    torch.serialization.clear_safe_globals()
    try:
        yield
    finally:
        torch.serialization.clear_safe_globals()
        torch.serialization.add_safe_globals(before)


def _names_in(torch: ModuleType, data: bytes) -> list[str]:
    """The globals that the file names beside plain tensors and containers; none in the format before torch 1.6."""
    if not data.startswith(b"PK"):
        return []
    return sorted(torch.serialization.get_unsafe_globals_in_checkpoint(io.BytesIO(data)))


def _is_forbidden(name: str) -> bool:
    """Whether ``name`` is certainly no layer: it belongs to Python itself or to numpy."""
    root = name.partition(".")[0]
    return root in sys.stdlib_module_names or root == "numpy"


def _refusal(names: list[str]) -> UnusableInput:
    return UnusableInput(f"it refers to {listed(names)}, which is no layer; nothing was executed", _DISTRUST)


def _explained(error: Exception, data: bytes) -> UnusableInput:
    """One line for what torch's unpickler raised."""
    named = re.search(r"GLOBAL (\S+)", str(error))
    if named and not data.startswith(b"PK") and named[1].startswith("torch.nn."):
        return UnusableInput(
            "it is a whole module in the format from before torch 1.6, of which only state dicts are read", SAVE_AGAIN
        )
    if named:
        return _refusal([named[1]])
    return UnusableInput(f"it is damaged, incomplete or not written by torch.save ({type(error).__name__})", SAVE_AGAIN)
