"""A state dict as an MLP: names and tensors without code, read as Linear layers with one activation in between."""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Any

import numpy as np

from ..activation import ACTIVATIONS, Activation
from ..errors import UnusableInput
from .batchnorm import Affine
from .steps import Activate, Step, bounded
from .tensors import exact_array, import_torch
from .wording import listed, shown

_WRAPPERS = ("state_dict", "model_state_dict", "model")
"""Keys under which training scripts keep the state dict inside a checkpoint."""
_REMEDY = "save the whole nn.Sequential with torch.save, or the state_dict() of an MLP of Linear layers"


def is_state_dict(value: object) -> bool:
    """Whether ``value`` is a dictionary, the only form of a state dict."""
    return type(value) in (dict, OrderedDict)


def steps_of_state_dict(held: object, activation: Activation | None) -> tuple[list[Step], tuple[str, ...]]:
    """Linear layers with ``activation`` between them, and the note that this reading of the file is an assumption.

    Raises UnusableInput for entries that are no part of a Linear layer, or a missing activation.
    """
    layers = _ordered(_grouped(_unwrapped(held)))
    if activation is None and len(layers) > 1:
        raise UnusableInput(
            "the file is a state dict, which does not say the activation between its layers",
            f"add --activation NAME, one of {', '.join(ACTIVATIONS)}",
        )
    affines = bounded(_affine(name, tensors) for name, tensors in layers)
    steps: list[Step] = []
    for affine in affines[:-1]:
        steps.append(affine)
        if activation is not None:
            steps.append(Activate(activation))
    steps.append(affines[-1])
    return steps, (_note([name for name, _ in layers], activation),)


def _note(names: list[str], activation: Activation | None) -> str:
    order = listed([name or "the only layer" for name in names], most=len(names))
    between = f", with {activation.name} between them" if activation is not None and len(names) > 1 else ""
    return (
        f"The file is a state dict: its layers were taken in the order {order}{between}; "
        "the code that evaluates them is not in the file and was not checked"
    )


def _unwrapped(held: object) -> dict[str, Any]:
    """The dictionary of tensors, also from inside a checkpoint."""
    entries = _entries(held)
    for name in _WRAPPERS:
        if is_state_dict(entries.get(name)):
            return _entries(entries[name])
    return entries


def _entries(held: Any) -> dict[str, Any]:
    # The method is the class's own: a file can set attributes on an OrderedDict that hide it.
    pairs = list(type(held).items(held))
    if not all(type(name) is str for name, _ in pairs):
        raise UnusableInput("the file holds a dictionary whose keys are no names", _REMEDY)
    return dict(pairs)


def _grouped(entries: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Tensors by layer, then by "weight" and "bias"; refuses keys that belong to no linear layer."""
    torch = import_torch()
    grouped: dict[str, dict[str, Any]] = {}
    strange = []
    for key, value in entries.items():
        layer, _, leaf = key.rpartition(".")
        axes = {"weight": 2, "bias": 1}.get(leaf)
        if type(value) not in (torch.Tensor, torch.nn.Parameter) or torch.Tensor.dim(value) != axes:
            strange.append(key)
        else:
            grouped.setdefault(layer, {})[leaf] = value
    strange += [f"{name}.bias" for name, tensors in grouped.items() if "weight" not in tensors]
    if any("parametrizations" in key or re.search(r"weight_(g|v|orig)$", key) for key in strange):
        raise UnusableInput(
            f"the state dict has parametrised weights: {listed(strange)}",
            "remove the parametrisation before saving (torch.nn.utils.parametrize.remove_parametrizations)",
        )
    if strange:
        raise UnusableInput(f"the state dict has entries that belong to no linear layer: {listed(strange)}", _REMEDY)
    if not grouped:
        raise UnusableInput("the file holds an empty dictionary", _REMEDY)
    return grouped


def _ordered(grouped: dict[str, dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """By number where all names are one stem and different numbers (net.0, net.2, net.10), else as stored."""
    matches = [re.fullmatch(r"(.*?)([0-9]{1,9})", name) for name in grouped]
    numbered = [(match[1], int(match[2])) for match in matches if match]
    stems, numbers = {stem for stem, _ in numbered}, [number for _, number in numbered]
    layers = list(grouped.items())
    if len(numbered) < len(layers) or len(stems) > 1 or len(set(numbers)) < len(numbers):
        return layers
    return [layer for _, layer in sorted(zip(numbers, layers, strict=True), key=lambda pair: pair[0])]


def _affine(name: str, tensors: dict[str, Any]) -> Affine:
    prefix = f"{shown(name)}." if name else ""
    weight = exact_array(tensors["weight"], f"{prefix}weight", 2)
    if "bias" not in tensors:
        return Affine(weight, np.zeros(weight.shape[0]))
    return Affine(weight, exact_array(tensors["bias"], f"{prefix}bias", 1))
