"""What a pickle is going to do, read off its opcodes before anything is built from it.

A pickle has no loops: an opcode after the other pushes, pops and combines. So a run with sizes in place of objects
finds every name that the real run would look up, every storage that it would ask for, and how large its nested tuples
are. Hashing a tuple as a key walks through all of it: one that is doubled a hundred times, in as many bytes, would take
for ever, and one of great depth would overflow the stack of the process.
"""

from __future__ import annotations

import pickletools
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

MAX_TUPLE, MAX_DEPTH = 1 << 20, 100
"""Largest number of entries of a tuple, those of the tuples inside it included, and deepest nesting."""
MAX_BYTES = 1 << 22
"""Longest pickle that is read; numbers of tensors are no part of it."""
_CONSTANTS = (
    "NONE", "NEWTRUE", "NEWFALSE", "EMPTY_TUPLE", "EMPTY_LIST", "EMPTY_DICT", "EMPTY_SET", "BININT", "BININT1",
    "BININT2", "BINFLOAT", "LONG1",
)  # fmt: skip
_TEXTS = ("BINUNICODE", "SHORT_BINSTRING")
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_POPPED = {"BUILD": 1, "APPEND": 1, "SETITEM": 2, "REDUCE": 2, "NEWOBJ": 2}
"""How many entries leave the stack; the last two push their result."""


@dataclass(frozen=True, slots=True)
class _Item:
    """An object to be: its size and depth as a tuple, its value if it is a text, its entries if it is a tuple."""

    size: int = 1
    depth: int = 0
    text: str = ""
    items: tuple[_Item, ...] = ()


_ANY = _Item()


@dataclass
class Scan:
    """The globals ("module.name") and the keys of the storages that a pickle asks for, and all texts in it in order."""

    names: set[str] = field(default_factory=set)
    storages: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)


def scan(stream: BytesIO) -> Scan:
    """Read one pickle of ``stream`` up to its end. Raises ValueError if torch.save writes no such pickle."""
    machine, last = _Machine(), stream.tell() + MAX_BYTES
    for opcode, argument, place in pickletools.genops(stream):
        if (place or 0) > last:
            raise ValueError(f"a pickle of more than {MAX_BYTES} bytes")
        try:
            machine.step(opcode.name, argument)
        except (LookupError, TypeError) as error:
            raise ValueError(f"the pickle's stack does not hold what {opcode.name} needs") from error
    return machine.found


class _Machine:
    """The stack machine of the opcodes that torch's own restricted unpickler knows; any other one is refused."""

    def __init__(self) -> None:
        self.found = Scan()
        self._stack: list[_Item] = []
        self._marked: list[list[_Item]] = []
        self._memo: dict[int, _Item] = {}

    def step(self, name: str, argument: Any) -> None:
        """One opcode. Raises ValueError, LookupError, TypeError."""
        if name in _CONSTANTS:
            self._stack.append(_ANY)
        elif name in _TEXTS:
            self.found.texts.append(argument)
            self._stack.append(_Item(text=argument))
        elif name in _TUPLES:
            self._stack[-_TUPLES[name] :] = [_tuple(self._top(_TUPLES[name]))]
        elif name in _POPPED:
            del self._stack[-len(self._top(_POPPED[name])) :]
            if name in ("REDUCE", "NEWOBJ"):
                self._stack.append(_ANY)
        elif name not in ("PROTO", "STOP"):
            _OTHERS[name](self, argument)

    def _top(self, count: int) -> list[_Item]:
        found = self._stack[-count:]
        if len(found) < count:
            raise IndexError
        return found

    def mark(self, _: Any) -> None:
        """What follows is one collection."""
        self._marked.append(self._stack)
        self._stack = []

    def collect(self, _: Any) -> list[_Item]:
        """The entries since the last mark, which join the object below it."""
        found, self._stack = self._stack, self._marked.pop()
        return found

    def tuple_of_marked(self, _: Any) -> None:
        """A tuple of any length."""
        made = _tuple(self.collect(_))
        self._stack.append(made)

    def name(self, argument: str) -> None:
        """A global; old names count under their new ones, as torch sees them."""
        module, _, attribute = argument.partition(" ")
        module, attribute = NAME_MAPPING.get((module, attribute), (IMPORT_MAPPING.get(module, module), attribute))
        self.found.names.add(f"{module}.{attribute}")
        self._stack.append(_ANY)

    def put(self, index: int) -> None:
        """Remember the top of the stack."""
        self._memo[index] = self._stack[-1]

    def get(self, index: int) -> None:
        """Push what was remembered."""
        self._stack.append(self._memo[index])

    def storage(self, _: Any) -> None:
        """("storage", type, key, place, size) becomes the storage of that key."""
        self.found.storages.add(self._stack.pop().items[2].text)
        self._stack.append(_ANY)


_OTHERS: dict[str, Callable[[_Machine, Any], Any]] = {
    "MARK": _Machine.mark,
    "TUPLE": _Machine.tuple_of_marked,
    "APPENDS": _Machine.collect,
    "SETITEMS": _Machine.collect,
    "GLOBAL": _Machine.name,
    "BINPUT": _Machine.put,
    "LONG_BINPUT": _Machine.put,
    "BINGET": _Machine.get,
    "LONG_BINGET": _Machine.get,
    "BINPERSID": _Machine.storage,
}


def _tuple(items: list[_Item]) -> _Item:
    size, depth = 1 + sum(item.size for item in items), 1 + max((item.depth for item in items), default=0)
    if size > MAX_TUPLE or depth > MAX_DEPTH:
        raise ValueError("it nests tuples without end")
    return _Item(size, depth, items=tuple(items))
