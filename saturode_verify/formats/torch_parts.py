"""A module as plain data: the name of its class and its instance dictionary, checked for anything unusual.

A live module and one read from a file look the same from here on. What a layer computes is known only if its class
is exactly torch's and nothing on the instance changes it; every test for that is in this file.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from ..errors import UnusableInput
from .tensors import import_torch
from .torch_pickle import StandIn
from .wording import listed, shown

_ACTIVATIONS = ("Tanh", "Sigmoid", "SiLU", "GELU", "Softplus", "ELU", "ReLU", "LeakyReLU")
DROPOUTS = ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout")
_CLASSES = {
    "torch.nn.modules.linear.Linear": "Linear",
    "torch.nn.modules.linear.Identity": "Identity",
    **{f"torch.nn.modules.activation.{name}": name for name in _ACTIVATIONS},
    **{f"torch.nn.modules.dropout.{name}": name for name in DROPOUTS},
    "torch.nn.modules.flatten.Flatten": "Flatten",
    "torch.nn.modules.batchnorm.BatchNorm1d": "BatchNorm1d",
    "torch.nn.modules.container.Sequential": "Sequential",
}
SUPPORTED_LAYERS = tuple(_CLASSES.values())
"""The classes of torch.nn whose computation is known."""

_PARAMETERS = {"Linear": ("weight", "bias"), "BatchNorm1d": ("weight", "bias")}
_BUFFERS = {"BatchNorm1d": ("running_mean", "running_var", "num_batches_tracked")}
_HOOKS = ("_forward_hooks", "_forward_pre_hooks")
_PLAIN = (
    "remove it before saving (torch.nn.utils.parametrize.remove_parametrizations, remove_weight_norm, "
    "remove_spectral_norm, or the hook's handle), so that plain layers are stored"
)


@dataclass(frozen=True)
class Part:
    """One module of a tree.

    ``path`` is the full name of its class; ``layer`` the short name if it is a supported class of torch, else None;
    ``where`` its place in the tree ("net.0"); ``state`` its instance dictionary.
    """

    path: str
    layer: str | None
    where: str
    state: dict[str, Any]

    def named(self) -> str:
        """How messages call it."""
        kind = self.layer or shown(re.sub(r"^torch\.nn\.modules\.\w+\.", "", self.path))
        return f"layer {shown(self.where)} ({kind})" if self.where else f"the {kind}"

    def children(self) -> list[tuple[str, object]]:
        """Its submodules in order, by name."""
        return [(name, child) for name, child in self._entries("_modules") if child is not None]

    def tensors(self, kind: str) -> dict[str, object]:
        """Its own ``_parameters`` or ``_buffers`` that are not None."""
        return {name: value for name, value in self._entries(kind) if value is not None}

    def number(self, name: str) -> float:
        """A stored option such as eps."""
        value = self.state.get(name)
        if type(value) is not int and type(value) is not float:
            raise UnusableInput(f"{self.named()} has no number {name}", "save the module with the present torch.save")
        if abs(value) > 2**53 and type(value) is int:
            raise UnusableInput(f"{self.named()} has a {name} above 2^53", "use a smaller number")
        return float(value)

    def _entries(self, kind: str) -> list[tuple[str, object]]:
        held: Any = self.state.get(kind)
        if type(held) not in (dict, OrderedDict) or not all(type(name) is str for name in type(held).keys(held)):
            raise UnusableInput(f"{self.named()} is no ordinary module", "save the nn.Sequential with torch.save")
        # The method is the class's own: a file can set attributes on an OrderedDict that hide it.
        return list(type(held).items(held))


def is_module(value: object) -> bool:
    """Whether `part_of` can look at it: a stand-in from a file, or a live module."""
    return isinstance(value, (StandIn, import_torch().nn.Module))


def part_of(value: object, where: str = "") -> Part:
    """The module ``value`` as data, with all checks that apply to any module. Raises UnusableInput."""
    if isinstance(value, StandIn):
        path, state = type(value).path, value.state
        layer = _CLASSES.get(path)
    elif is_module(value):
        path, state = f"{type(value).__module__}.{type(value).__qualname__}", vars(value)
        layer = _CLASSES.get(path)
        if layer is not None and getattr(import_torch().nn, layer) is not type(value):
            layer = None
    else:
        raise UnusableInput(f"{shown(where) or 'the model'} is no module", "give an nn.Sequential")
    if type(state) is not dict or not all(type(key) is str for key in state):
        raise UnusableInput(f"the {shown(path)} in the file is no module", "save the nn.Sequential with torch.save")
    part = Part(path, layer, where, state)
    _check_plain(part)
    return part


def _check_plain(part: Part) -> None:
    """Refuse whatever would make the module compute something else than its class says."""
    if not all(_is_empty(part.state.get(hooks)) for hooks in _HOOKS):
        raise UnusableInput(f"{part.named()} has a forward hook, such as an old weight_norm or spectral_norm", _PLAIN)
    if any(name == "parametrizations" for name, _ in part.children()):
        raise UnusableInput(f"{part.named()} has a parametrisation", _PLAIN)
    if part.layer is None:
        return
    kind = getattr(import_torch().nn, part.layer)
    tensors = {*_PARAMETERS.get(part.layer, ()), *_BUFFERS.get(part.layer, ())}
    hidden = [name for name in part.state if name in tensors or (hasattr(kind, name) and name != "_compiled_call_impl")]
    if hidden:
        raise UnusableInput(f"{part.named()} overrides {listed(hidden)} of its class", _PLAIN)
    unknown = [name for name in part.tensors("_parameters") if name not in _PARAMETERS.get(part.layer, ())]
    unknown += [name for name in part.tensors("_buffers") if name not in _BUFFERS.get(part.layer, ())]
    if part.layer != "Sequential":
        unknown += [name for name, _ in part.children()]
    if unknown:
        raise UnusableInput(f"{part.named()} has unexpected contents: {listed(unknown)}", _PLAIN)


def _is_empty(hooks: Any) -> bool:
    return hooks is None or (type(hooks) in (dict, OrderedDict) and not list(type(hooks).keys(hooks)))
