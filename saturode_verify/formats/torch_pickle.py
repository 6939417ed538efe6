"""Reading what torch.save wrote without running anything that the file brings along.

First the pickle is scanned (`pickle_scan`): it may name plain tensors, containers, and classes, none of which is
loaded. Then torch.load is called with weights_only=True, and every class that the file names, torch's layers included,
is answered with a `StandIn`: it keeps the stored state and can do nothing. The layers are later read from that state,
so no code of the file, of its author, or of torch's layers runs. Functions that torch itself counts as safe are refused
where plain tensors need none of them: they make tensors of uninitialised memory, arrays of any size, and encodings
that take hours.
"""

from __future__ import annotations

import io
import pickle
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import ClassVar

from ..errors import UnusableInput
from .archive import entries, packed
from .pickle_scan import Scan, scan
from .tensors import import_torch
from .wording import listed, shown

SAVE_AGAIN = "save the nn.Sequential or its state_dict() with torch.save"
_PLAIN = {
    "builtins.set", "collections.OrderedDict", "collections.Counter", "torch.Size", "torch.device",
    "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state",
}  # fmt: skip
"""What torch.save writes for plain tensors and containers in models and checkpoints, beside types of numbers."""
_STORAGE = re.compile(r"torch\.(cuda\.)?[A-Z][A-Za-z0-9]*Storage")
_LEGACY_PICKLES = 5
"""Magic number, version, machine, the object, and the keys of the storages that follow."""
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
            if data.startswith(b"PK"):
                files = entries(data, "it")
                found, data = scan(io.BytesIO(files["data.pkl"])), packed(files)
                _stand_in(torch, found, torch.serialization.get_unsafe_globals_in_checkpoint(io.BytesIO(data)))
            else:
                _check_legacy(torch, data)
            return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True, mmap=False)
    except UnusableInput:
        raise
    except Exception as error:  # a damaged or hostile file makes torch raise errors of any kind
        raise _damaged(type(error).__name__) from None


def _stand_in(torch: ModuleType, found: Scan, unknown: list[str]) -> None:
    """Let torch answer the names that it does not know (``unknown``) with stand-ins, if all names are harmless."""
    strange = sorted(name for name in found.names if not _is_plain(torch, name))
    forbidden = [name for name in strange if _is_forbidden(name)]
    if forbidden:
        raise _refusal(forbidden)
    unasked = [name for name in strange if name not in unknown]
    if unasked:
        raise UnusableInput(
            f"it is made with {listed(unasked)}, and only plain tensors are read",
            "store the weights as ordinary dense tensors, without other objects",
        )
    torch.serialization.add_safe_globals(
        [(type("StandIn", (StandIn,), {"path": name, "__slots__": ()}), name) for name in strange]
    )


def _check_legacy(torch: ModuleType, data: bytes) -> None:
    """Refuse a file of the format before torch 1.6 unless it holds plain tensors, each with its numbers."""
    stream, scans, start, problem = io.BytesIO(data), list[Scan](), 0, ""
    try:
        while len(scans) < _LEGACY_PICKLES:
            start = stream.tell()
            scans.append(scan(stream))
    except ValueError:
        problem = "ValueError"
    strange = sorted(name for found in scans for name in found.names if not _is_plain(torch, name))
    if strange and all(name.startswith("torch.nn.") for name in strange):
        raise UnusableInput(
            "it is a whole module in the format from before torch 1.6, of which only state dicts are read", SAVE_AGAIN
        )
    if strange:
        raise _refusal(strange)
    # The last pickle lists the storages whose numbers follow; the memory of any other would stay as torch found it.
    listed_keys = scans[-1].texts if scans else []
    if data[start : stream.tell()] != pickle.dumps(listed_keys, protocol=2):
        problem = problem or "no list of storages"
    if problem or not set().union(*(found.storages for found in scans)) <= set(listed_keys):
        raise _damaged(problem or "missing storages")


def _is_plain(torch: ModuleType, name: str) -> bool:
    kind = vars(torch).get(name.removeprefix("torch."))
    return name in _PLAIN or isinstance(kind, torch.dtype) or _STORAGE.fullmatch(name) is not None


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


def _is_forbidden(name: str) -> bool:
    """Whether ``name`` is certainly no layer: it belongs to Python itself or to numpy."""
    root = name.partition(".")[0]
    return root in sys.stdlib_module_names or root == "numpy"


def _refusal(names: list[str]) -> UnusableInput:
    return UnusableInput(f"it refers to {listed(names)}, which is no layer; nothing was executed", _DISTRUST)


def _damaged(kind: str) -> UnusableInput:
    return UnusableInput(f"it is damaged, incomplete or not written by torch.save ({kind})", SAVE_AGAIN)
