"""Networks from torch: whole modules, state dicts, and modules in memory. Nothing stored in a file is ever run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..activation import Activation
from ..errors import UnusableInput
from ..network import Network
from .state_dict import is_state_dict, steps_of_state_dict
from .steps import layers_from_steps
from .tensors import import_torch
from .torch_layers import network_part, steps_of
from .torch_parts import is_module
from .torch_pickle import load_inert
from .wording import shown

if TYPE_CHECKING:
    import torch


def read_torch(data: bytes, source: str, activation: Activation | None, round_batchnorm: bool = False) -> Network:
    """The network in the bytes of a file that torch.save wrote: a whole module, or a state dict.

    ``activation`` is that of all hidden layers of a state dict, which does not say it; a whole module does.
    ``round_batchnorm`` allows folded BatchNorm parameters to be rounded, once, to binary64. The network computes
    what the modules compute in evaluation mode, in real arithmetic with the exact stored numbers.
    Raises UnusableInput for files and layers that are not understood.
    """
    held = load_inert(data)
    if is_state_dict(held):
        steps, notes = steps_of_state_dict(held, activation)
        layers, folded = layers_from_steps(steps, round_batchnorm)
        return Network(layers, source, (*notes, *folded))
    if not is_module(held):
        raise UnusableInput(
            f"the torch file holds a {shown(type(held).__name__)}, which is no network",
            "save the nn.Sequential or its state_dict() with torch.save",
        )
    if activation is not None:
        raise UnusableInput(
            f"--activation {activation.name} is contradictory: the file holds a whole module, which says its own",
            "leave out --activation",
        )
    return _network(held, source, round_batchnorm, from_file=True)


def network_from_module(module: torch.nn.Module, source: str = "", round_batchnorm: bool = False) -> Network:
    """The network that an nn.Sequential computes in evaluation mode; later changes of the module do not reach it.

    ``source`` is a name for people. Raises UnusableInput for anything that is not understood.
    """
    if not isinstance(module, import_torch().nn.Module):
        raise UnusableInput(f"a {shown(type(module).__name__)} is no torch module", "give an nn.Sequential")
    return _network(module, source, round_batchnorm, from_file=False)


def _network(module: object, source: str, round_batchnorm: bool, *, from_file: bool) -> Network:
    part, wrapped = network_part(module, from_file=from_file)
    steps, understood = steps_of(part)
    layers, folded = layers_from_steps(steps, round_batchnorm)
    return Network(layers, source, (*wrapped, *understood, *folded))
