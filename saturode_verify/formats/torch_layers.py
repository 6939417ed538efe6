"""From a tree of modules to the sequence of maps that it computes in evaluation mode."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from ..activation import ELU, GELU, Activation, LeakyReLU, ReLU, Sigmoid, SiLU, Softplus, Tanh
from ..errors import UnusableInput
from .batchnorm import Affine, Normalisation
from .steps import Activate, Step, bounded
from .tensors import exact_array
from .torch_parts import DROPOUTS, SUPPORTED_LAYERS, Part, is_module, part_of
from .wording import listed, shown

MAX_DEPTH, MAX_LAYERS = 32, 1000
"""Limits of the module tree: a file can nest one Sequential in itself, or hold it exponentially often."""
LEAST_THRESHOLD = 20.0
"""torch's Softplus returns its input above this value of beta x; from 20 on that is rounding (below 3e-9)."""
_UNDERSTOOD = f"the layers that are understood are {', '.join(SUPPORTED_LAYERS)}"


def network_part(module: object, *, from_file: bool) -> tuple[Part, tuple[str, ...]]:
    """The supported layer or nn.Sequential that ``module`` is, or that is all there is in it; and notes about that.

    Raises UnusableInput if a module of an unknown class holds anything beside one nn.Sequential.
    """
    part = part_of(module)
    outermost, depth = part.path, 0
    while part.layer is None:
        depth += 1
        if depth > MAX_DEPTH:
            raise UnusableInput(f"the model nests more than {MAX_DEPTH} modules", "give its nn.Sequential alone")
        part = _only_sequential(part)
    if depth == 0:
        return part, ()
    holds, lacks = ("The file holds", "not in the file and was not") if from_file else ("The model is", "not")
    return part, (
        f"{holds} a {shown(outermost)}; certified is the field of the nn.Sequential {shown(part.where)!r} inside it; "
        f"the forward code of that class is {lacks} checked",
    )


def steps_of(part: Part) -> tuple[list[Step], tuple[str, ...]]:
    """The maps of a supported layer or nn.Sequential in order, and notes about how layers were understood.

    Raises UnusableInput that names all layers that are not supported.
    """
    leaves = _leaves(part)
    unknown = [leaf.named() for leaf in leaves if leaf.layer is None]
    if unknown:
        raise UnusableInput(f"the model has layers that are not understood: {', '.join(unknown[:12])}", _UNDERSTOOD)
    steps = bounded(step for leaf in leaves for step in _READERS[leaf.layer or ""](leaf))
    notes = []
    if any(leaf.state.get("training") is True and _acts_in_training(leaf) for leaf in leaves):
        notes.append("The model is in training mode; the certified field is that of evaluation mode")
    if any(leaf.layer == "Softplus" for leaf in leaves):
        notes.append(
            "Softplus is log(1 + exp(beta x)) / beta for all x: torch's shortcut above a threshold is rounding"
        )
    return steps, tuple(notes)


def _acts_in_training(part: Part) -> bool:
    """Whether a layer computes something else while it is trained."""
    return part.layer == "BatchNorm1d" or part.layer in DROPOUTS


def _only_sequential(part: Part) -> Part:
    """The one submodule of a module of an unknown class, which must hold no other numbers."""
    if part.path.startswith("torch.nn.modules.") and "container" not in part.path:
        raise UnusableInput(f"the model has layers that are not understood: {part.named()}", _UNDERSTOOD)
    own = [*part.tensors("_parameters"), *part.tensors("_buffers")]
    children = part.children()
    where = f"the {shown(part.path)}"
    remedy = "save (or give) the nn.Sequential alone, in the order in which the layers are evaluated"
    if own:
        raise UnusableInput(f"{where} has parameters of its own ({listed(own)}) beside its nn.Sequential", remedy)
    if len(children) != 1:
        names = listed([name for name, _ in children]) or "nothing"
        raise UnusableInput(f"{where} holds {names} where one nn.Sequential is expected", remedy)
    name, child = children[0]
    found = part_of(child, f"{part.where}.{name}" if part.where else name)
    if found.layer not in (None, "Sequential"):
        raise UnusableInput(f"{where} holds a {found.layer} where one nn.Sequential is expected", remedy)
    return found


def _leaves(root: Part) -> list[Part]:
    """The modules that are no nn.Sequential, in the order of evaluation."""
    found: list[Part] = []
    visited = 0

    def visit(part: Part, depth: int) -> None:
        nonlocal visited
        visited += 1
        if depth > MAX_DEPTH or visited > MAX_LAYERS:
            raise UnusableInput(
                f"the model nests more than {MAX_DEPTH} modules or has more than {MAX_LAYERS}", "give a plain MLP"
            )
        if part.layer != "Sequential":
            found.append(part)
            return
        for name, child in part.children():
            where = f"{part.where}.{name}" if part.where else name
            if not is_module(child):
                raise UnusableInput(f"layer {shown(where)} is no module", "save the nn.Sequential with torch.save")
            visit(part_of(child, where), depth + 1)

    visit(root, 0)
    return found


def _linear(part: Part) -> list[Step]:
    tensors = part.tensors("_parameters")
    if "weight" not in tensors:
        raise UnusableInput(f"{part.named()} has no weight", "save the module with the present torch.save")
    weight = exact_array(tensors["weight"], f"the weight of {part.named()}", 2)
    if "bias" not in tensors:
        return [Affine(weight, np.zeros(weight.shape[0]))]
    bias = exact_array(tensors["bias"], f"the bias of {part.named()}", 1)
    if bias.shape != weight.shape[:1]:
        raise UnusableInput(
            f"{part.named()} has a bias of {len(bias)} entries beside {weight.shape[0]} rows of weights",
            "the bias needs one entry per row of the weight",
        )
    return [Affine(weight, bias)]


def _batchnorm(part: Part) -> list[Step]:
    buffers, parameters = part.tensors("_buffers"), part.tensors("_parameters")
    if "running_mean" not in buffers or "running_var" not in buffers:
        raise UnusableInput(
            f"{part.named()} has no running statistics, so its output depends on the other points of a batch",
            "train it with track_running_stats=True",
        )
    mean = exact_array(buffers["running_mean"], f"running_mean of {part.named()}", 1)
    variance = exact_array(buffers["running_var"], f"running_var of {part.named()}", 1)
    gamma, beta = np.ones(len(mean)), np.zeros(len(mean))
    if "weight" in parameters:
        gamma = exact_array(parameters["weight"], f"the weight of {part.named()}", 1)
    if "bias" in parameters:
        beta = exact_array(parameters["bias"], f"the bias of {part.named()}", 1)
    if len({len(mean), len(variance), len(gamma), len(beta)}) != 1 or len(mean) == 0:
        raise UnusableInput(f"{part.named()} holds vectors of different sizes", "save the module again")
    eps = part.number("eps")
    if not np.isfinite(eps) or not all(Fraction(v) + Fraction(eps) > 0 for v in variance.tolist()):
        raise UnusableInput(f"{part.named()} has a running_var + eps that is not positive", "train the model again")
    return [Normalisation(gamma, beta, mean, variance, eps)]


def _softplus(part: Part) -> list[Step]:
    beta, threshold = part.number("beta"), part.number("threshold")
    exact = Fraction(beta) if np.isfinite(beta) and beta > 0 else Fraction(0)
    if exact == 0 or (exact.numerator & (exact.numerator - 1)) or (exact.denominator & (exact.denominator - 1)):
        raise UnusableInput(
            f"{part.named()} has beta = {beta!r}, so its factor 1/beta cannot be folded exactly",
            "use a beta that is a power of two, such as 1, 2 or 0.5",
        )
    if not threshold >= LEAST_THRESHOLD:
        raise UnusableInput(
            f"{part.named()} has threshold = {threshold!r}, above which it is a different function from softplus",
            f"use a threshold of at least {LEAST_THRESHOLD:g}, torch's default",
        )
    return [Activate(Softplus(slope=exact), 1 / exact)]


def _gelu(part: Part) -> list[Step]:
    approximate = part.state.get("approximate", "none")
    if type(approximate) is not str or approximate != "none":
        raise UnusableInput(
            f"{part.named()} has approximate={shown(approximate)}", "use nn.GELU(approximate='none'), the exact GELU"
        )
    return [Activate(GELU())]


def _with_number(kind: Callable[[Fraction], Activation], option: str) -> Callable[[Part], list[Step]]:
    def read(part: Part) -> list[Step]:
        value = part.number(option)
        if not np.isfinite(value):
            raise UnusableInput(f"{part.named()} has {option} = {value!r}", "use a finite number")
        return [Activate(kind(Fraction(value)))]

    return read


def _plain(activation: Activation) -> Callable[[Part], list[Step]]:
    return lambda _: [Activate(activation)]


_READERS: dict[str, Callable[[Part], list[Step]]] = {
    "Linear": _linear,
    "BatchNorm1d": _batchnorm,
    "Softplus": _softplus,
    "GELU": _gelu,
    "ELU": _with_number(lambda alpha: ELU(alpha=alpha), "alpha"),
    "LeakyReLU": _with_number(lambda slope: LeakyReLU(negative_slope=slope), "negative_slope"),
    "Tanh": _plain(Tanh()),
    "Sigmoid": _plain(Sigmoid()),
    "SiLU": _plain(SiLU()),
    "ReLU": _plain(ReLU()),
    # The identity on a single vector, in evaluation mode.
    **{name: lambda _: [] for name in SUPPORTED_LAYERS if name in ("Identity", "Flatten", *DROPOUTS)},
}
