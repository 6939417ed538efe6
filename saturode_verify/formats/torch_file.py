"""Torch models: files (state dicts, whole modules) and modules in memory."""

from __future__ import annotations

import re
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..activation import ACTIVATIONS, Activation
from ..errors import UnusableInput
from ..network import Network
from .layers import Activated, Linear, Step, assemble, read_module
from .pickled import SAVE_REMEDY, Stored, items, load_inert
from .tensors import exact_array

if TYPE_CHECKING:
    from torch import nn

_WRAPPERS = ("state_dict", "model_state_dict", "model")
"""Keys under which training scripts keep the state dict inside a checkpoint."""
_ENTRY = re.compile(r"(?:(.+)\.)?(weight|bias)")


def read_torch(path: Path, activation: Activation | None, rounded: bool = False) -> Network:
    """The network in a torch file; nothing in it is executed.

    ``activation`` is needed for a state dict and refused for a module that names its own. ``rounded`` folds
    BatchNorm by rounding once. Raises UnusableInput.
    """
    loaded = load_inert(path)
    if isinstance(loaded, Stored):
        if activation is not None:
            raise UnusableInput(
                f"{path.name} is a whole module that names its own activations", "leave out --activation for this file"
            )
        return read_module(loaded, path.name, rounded)
    return _read_state_dict(loaded, activation, path.name)


def network_from_module(module: nn.Module, source: str = "") -> Network:
    """The exact network of a torch module in memory (public as ``sv.from_torch``).

    Raises UnusableInput as for a file.
    """
    return read_module(_stored(module), source or type(module).__name__, rounded=False)


def _stored(module: Any) -> Stored:
    """A module in memory in the form that a file would give."""
    kind = f"{type(module).__module__}.{type(module).__qualname__}"
    record = Stored.__new__(type.__call__(type(Stored), "Stored", (Stored,), {"kind": kind}))
    state = dict(module.__dict__)
    state["_modules"] = {name: child if child is None else _stored(child) for name, child in module._modules.items()}
    record.__setstate__({key: value for key, value in state.items() if not key.startswith("__")})
    return record


def _read_state_dict(loaded: Any, activation: Activation | None, source: str) -> Network:
    if type(loaded) not in (dict, OrderedDict):
        raise UnusableInput(f"{source} holds a {type(loaded).__name__}, not a model", SAVE_REMEDY)
    entries = items(loaded, source)
    for key, value in entries:
        if isinstance(value, Stored) and key in _WRAPPERS:
            raise UnusableInput(f"{source} is a checkpoint with a whole module inside", SAVE_REMEDY)
        if key in _WRAPPERS and type(value) in (dict, OrderedDict):
            return _read_state_dict(value, activation, source)
    pairs = _linear_pairs(entries, source)
    if activation is None:
        raise UnusableInput(
            f"{source} is a state dict, which does not say its activation",
            f"add --activation NAME, one of {', '.join(sorted(ACTIVATIONS))}",
        )
    steps: list[Step] = []
    for position, pair in enumerate(pairs):
        steps += [pair] if position == len(pairs) - 1 else [pair, Activated(activation)]
    return assemble(steps, source, (), rounded=False)


def _linear_pairs(entries: list[tuple[str, Any]], source: str) -> list[Linear]:
    """(weight, bias) in layer order: by index where all keys end in one, else as stored."""
    found: dict[str, dict[str, np.ndarray]] = {}
    strange = []
    for key, value in entries:
        match = _ENTRY.fullmatch(key)
        array = exact_array(value, f"{source}: {key}") if match else None
        if match is None or array is None or array.ndim != (2 if match[2] == "weight" else 1):
            strange.append(key)
        else:
            found.setdefault(match[1] or "", {})[match[2]] = array
    strange += [f"{prefix}.bias" for prefix, pair in found.items() if "weight" not in pair]
    if strange or not found:
        raise UnusableInput(
            f"{source} holds entries that belong to no linear layer: {', '.join(strange[:6]) or 'none at all'}",
            "a state dict must hold linear layers only; with BatchNorm or others save the whole nn.Sequential",
        )
    pairs = [(prefix, pair["weight"], pair.get("bias")) for prefix, pair in found.items()]
    indexed = [re.fullmatch(r"(.*?)(\d+)", prefix) for prefix, _, _ in pairs]
    if all(indexed) and len({m[1] for m in indexed if m}) == 1:
        pairs.sort(key=lambda entry: int(re.findall(r"\d+$", entry[0])[0]))
    return [Linear(w, np.zeros(w.shape[0]) if b is None else b) for _, w, b in pairs]
