"""From stored torch layers, each a class name and a state, to the exact network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from ..activation import ELU, GELU, Activation, Identity, LeakyReLU, ReLU, Sigmoid, SiLU, Softplus, Tanh
from ..errors import UnusableInput
from ..network import Layer, Network
from . import batchnorm
from .batchnorm import BatchNorm
from .pickled import SAVE_REMEDY, Stored, items
from .tensors import exact_array

SEQUENTIAL = "torch.nn.modules.container.Sequential"


@dataclass(frozen=True, slots=True)
class Linear:
    """weight (out, in), bias (out,)."""

    weight: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True, slots=True)
class Activated:
    """x -> factor * s(x)."""

    activation: Activation
    factor: Fraction = Fraction(1)


Step = Linear | Activated | BatchNorm
State = dict[str, Any]


def _linear(state: State) -> list[Step]:
    tensors = dict(items(state.get("_parameters"), "a Linear layer"))
    weight = exact_array(tensors.get("weight"), "a Linear weight")
    if weight.ndim != 2:
        raise UnusableInput(f"a Linear weight has shape {weight.shape}", SAVE_REMEDY)
    bias = tensors.get("bias")
    return [Linear(weight, np.zeros(weight.shape[0]) if bias is None else exact_array(bias, "a Linear bias"))]


def _gelu(state: State) -> list[Step]:
    if state.get("approximate", "none") != "none":
        raise UnusableInput("GELU(approximate='tanh') is not supported", "train with GELU(), the exact erf form")
    return [Activated(GELU())]


def _softplus(state: State) -> list[Step]:
    """softplus_beta(x) = log(1 + e^(beta x)) / beta: slope beta, then a factor that must fold exactly.

    torch's ``threshold`` replaces the function by x far out in floating point only; certified is the real softplus.
    """
    beta = _real(state.get("beta", 1), "Softplus beta")
    if beta <= 0 or Fraction(float(1 / beta)) != 1 / beta:
        raise UnusableInput(
            f"Softplus with beta = {float(beta)} cannot be folded exactly", "use a power of two as beta"
        )
    return [Activated(Softplus(slope=beta), 1 / beta)]


def _real(value: Any, what: str) -> Fraction:
    if type(value) not in (int, float) or value != value or abs(value) == float("inf"):
        raise UnusableInput(f"{what} is no finite number", SAVE_REMEDY)
    return Fraction(value)


def _batchnorm(state: State) -> list[Step]:
    buffers = dict(items(state.get("_buffers"), "a BatchNorm1d"))
    parameters = dict(items(state.get("_parameters"), "a BatchNorm1d"))
    if buffers.get("running_mean") is None or buffers.get("running_var") is None:
        raise UnusableInput("a BatchNorm1d has no running statistics", "train it with track_running_stats=True")
    mean, variance = (exact_array(buffers[f"running_{k}"], f"BatchNorm running_{k}") for k in ("mean", "var"))
    eps = _real(state.get("eps"), "BatchNorm eps")
    gain, shift = (
        np.full(mean.shape, default)
        if parameters.get(key) is None
        else exact_array(parameters[key], f"BatchNorm {key}")
        for key, default in (("weight", 1.0), ("bias", 0.0))
    )
    if not (gain.shape == shift.shape == mean.shape == variance.shape) or mean.ndim != 1:
        raise UnusableInput("the statistics of a BatchNorm1d differ in shape", SAVE_REMEDY)
    exact = [[Fraction(v) for v in array.tolist()] for array in (gain, shift, mean, variance)]
    radicands = [v + eps for v in exact[3]]
    if any(v <= 0 for v in radicands):
        raise UnusableInput("a BatchNorm1d has a variance that is not positive", "save a trained model")
    return [BatchNorm(exact[0], exact[1], exact[2], radicands)]


_A = "torch.nn.modules.activation."
LAYERS: dict[str, Callable[[State], list[Step]]] = {
    "torch.nn.modules.linear.Linear": _linear,
    "torch.nn.modules.linear.Identity": lambda state: [],
    "torch.nn.modules.dropout.Dropout": lambda state: [],
    _A + "Tanh": lambda state: [Activated(Tanh())],
    _A + "Sigmoid": lambda state: [Activated(Sigmoid())],
    _A + "SiLU": lambda state: [Activated(SiLU())],
    _A + "GELU": _gelu,
    _A + "Softplus": _softplus,
    _A + "ELU": lambda state: [Activated(ELU(alpha=_real(state.get("alpha", 1.0), "ELU alpha")))],
    _A + "ReLU": lambda state: [Activated(ReLU())],
    _A + "LeakyReLU": lambda state: [
        Activated(LeakyReLU(negative_slope=_real(state.get("negative_slope", 0.01), "LeakyReLU slope")))
    ],
    "torch.nn.modules.batchnorm.BatchNorm1d": _batchnorm,
}
"""What each layer class means, from its stored state."""

SUPPORTED_LAYERS = sorted(["Sequential", *(name.rsplit(".", 1)[-1] for name in LAYERS)])


@dataclass
class Reading:
    """What a walk through the module tree collects."""

    steps: list[Step] = field(default_factory=list)
    unsupported: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_module(module: Stored, source: str, rounded: bool) -> Network:
    """The network of a stored module. Raises UnusableInput that names every unsupported layer at once."""
    reading = Reading()
    _walk(_holder(module, reading), "", reading)
    if reading.unsupported:
        raise UnusableInput(
            f"unsupported layers: {', '.join(reading.unsupported)}",
            f"use only {', '.join(SUPPORTED_LAYERS)} in one nn.Sequential, or write the exact JSON yourself",
        )
    return assemble(reading.steps, source, tuple(reading.notes), rounded)


def _holder(module: Stored, reading: Reading) -> Stored:
    """The nn.Sequential inside a module of the user's own class, if that is the only thing in it."""
    while module.kind not in (SEQUENTIAL, *LAYERS):
        _plain(module, module.kind)
        children = [(n, c) for n, c in items(module.state.get("_modules", {}), module.kind) if isinstance(c, Stored)]
        own = [
            k
            for k in ("_parameters", "_buffers")
            for _, v in items(module.state.get(k, {}), module.kind)
            if v is not None
        ]
        weighted = [(n, c) for n, c in children if _has_parameters(c)]
        if len(weighted) != 1 or own:
            raise UnusableInput(
                f"{module.kind} is no nn.Sequential, and it holds {len(weighted)} modules with weights"
                f"{' and weights of its own' if own else ''}, in an order that only its code knows",
                SAVE_REMEDY,
            )
        name, child = weighted[0]
        reading.notes.append(
            f"The file holds a {module.kind}; certified is the field of its part {name!r}, an MLP: the code that uses "
            "that part is not in the file and was not checked."
        )
        module = child
    return module


def _has_parameters(module: Stored) -> bool:
    own = any(v is not None for _, v in items(module.state.get("_parameters", {}), module.kind))
    children = items(module.state.get("_modules", {}), module.kind)
    return own or any(_has_parameters(c) for _, c in children if isinstance(c, Stored))


def _walk(module: Stored, path: str, reading: Reading) -> None:
    name = module.kind.rsplit(".", 1)[-1]
    if module.kind == SEQUENTIAL:
        _plain(module, path or name)
        for key, child in items(module.state.get("_modules"), "an nn.Sequential"):
            if not isinstance(child, Stored):
                raise UnusableInput(f"entry {key!r} of an nn.Sequential is no layer", SAVE_REMEDY)
            _walk(child, f"{path}.{key}" if path else key, reading)
    elif module.kind in LAYERS:
        _plain(module, path or name)
        reading.steps += LAYERS[module.kind](module.state)
    else:
        reading.unsupported.append(f"{name} (at {path})" if path else name)


_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def _plain(module: Stored, where: str) -> None:
    """Refuse what would change the layer's function: hooks, a replaced forward, parametrisations."""
    state = module.state
    hooked = any(state.get(key) for key in _HOOKS[:2])
    replaced = "forward" in state or "__call__" in state
    parametrised = any(k == "parametrizations" for k, _ in items(state.get("_modules", {}), where))
    if hooked or replaced or parametrised:
        raise UnusableInput(
            f"the layer {where} carries hooks, a replaced forward or a parametrisation",
            "remove them (torch.nn.utils.parametrize.remove_parametrizations) and save the plain layers",
        )


def assemble(steps: list[Step], source: str, notes: tuple[str, ...], rounded: bool) -> Network:
    """Chain the steps into layers; BatchNorm is folded, missing linear parts become exact identities."""
    steps, folded = _fold_norms(steps, rounded)
    layers: list[Layer] = []
    pending: Linear | None = None
    factor = Fraction(1)
    for position, step in enumerate(steps):
        if isinstance(step, Linear):
            if pending is not None:
                layers.append(Layer(pending.weight, pending.bias, Identity()))
            pending, factor = Linear(_scaled(step.weight, factor), step.bias), Fraction(1)
        elif isinstance(step, Activated):
            before = pending or _identity(steps, position, layers)
            layers.append(
                Layer(before.weight if pending else _scaled(before.weight, factor), before.bias, step.activation)
            )
            pending, factor = None, step.factor
    if not steps or (pending is None and not layers):
        raise UnusableInput("the model has no linear layer", "give an MLP with at least one nn.Linear")
    if pending is None:
        size = layers[-1].weight.shape[0]
        pending = Linear(_scaled(np.eye(size), factor), np.zeros(size))
    layers.append(Layer(pending.weight, pending.bias, Identity()))
    return Network(tuple(layers), source, (*notes, batchnorm.NOTE) if folded and rounded else notes)


def _fold_norms(steps: list[Step], rounded: bool) -> tuple[list[Step], bool]:
    """Fold each BatchNorm into the linear layer before it; elsewhere it becomes a diagonal linear layer."""
    done: list[Step] = []
    folded = False
    for step in steps:
        if not isinstance(step, BatchNorm):
            done.append(step)
            continue
        folded = True
        before = done[-1] if done else None
        if isinstance(before, Linear):
            done[-1] = Linear(*step.after(before.weight, before.bias, rounded))
        else:
            done.append(Linear(*step.as_diagonal(rounded)))
    return done, folded


def _identity(steps: list[Step], position: int, layers: list[Layer]) -> Linear:
    """The identity in front of an activation that has no linear layer before it."""
    if layers:
        size = layers[-1].weight.shape[0]
    else:
        following = next((s for s in steps[position:] if isinstance(s, Linear)), None)
        if following is None:
            raise UnusableInput("the model has no linear layer", "give an MLP with at least one nn.Linear")
        size = following.weight.shape[1]
    return Linear(np.eye(size), np.zeros(size))


def _scaled(weight: np.ndarray, factor: Fraction) -> np.ndarray:
    """weight * factor for a power of two, refused where it would leave binary64's normal range."""
    if factor == 1:
        return weight
    scaled = weight * float(factor)
    if not np.array_equal(scaled / float(factor), weight) or not np.isfinite(scaled).all():
        raise UnusableInput("folding a Softplus beta leaves the range of binary64", "rescale the model")
    return scaled
