"""The exact model: an MLP whose every parameter is the dyadic rational that its binary64 encodes."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from .activation import Activation
from .errors import UnusableInput

FORMAT = "saturode-model"
VERSION = 1


def exact_float64(values: object, what: str) -> np.ndarray:
    """``values`` as a float64 array with no change of value.

    float16, float32, float64 and integers below 2^53 convert exactly; anything else is refused.
    Raises UnusableInput for NaN, infinity, or a conversion that would round.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "fiu" or array.dtype.itemsize > 8:
        raise UnusableInput(f"{what} holds {array.dtype} numbers", "store the model in float16, float32 or float64")
    converted = np.array(array, dtype=np.float64)
    if not np.isfinite(converted).all():
        raise UnusableInput(
            f"{what} holds {int((~np.isfinite(converted)).sum())} NaN or infinite entries",
            "the training has diverged: save a checkpoint with finite weights",
        )
    # At 2^53 itself an odd integer above it may have been rounded down to it, by numpy or by the conversion.
    if _holds_integers(values, array) and (np.abs(converted) >= 2.0**53).any():
        raise UnusableInput(f"{what} holds integers of 2^53 or more", "store the weights in float64")
    converted.setflags(write=False)
    return converted


def _holds_integers(values: object, array: np.ndarray) -> bool:
    """Whether some entry was an integer before numpy chose one type for all (a list may mix them with floats)."""
    if isinstance(values, np.ndarray | np.generic):
        return array.dtype.kind in "iu"
    flat = np.array(values, dtype=object).ravel()
    return any(not isinstance(entry, float | np.floating) for entry in flat)


@dataclass(frozen=True, eq=False)
class Layer:
    """z -> s(weight z + bias): ``weight`` (out, in) and ``bias`` (out,) are read-only float64 arrays."""

    weight: np.ndarray
    bias: np.ndarray
    activation: Activation

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", exact_float64(self.weight, "a weight matrix"))
        object.__setattr__(self, "bias", exact_float64(self.bias, "a bias vector"))
        if self.weight.ndim != 2 or 0 in self.weight.shape:
            raise UnusableInput(f"a weight has shape {self.weight.shape}", "every layer needs an out x in matrix")
        if self.bias.shape != self.weight.shape[:1]:
            raise UnusableInput(
                f"a bias of shape {self.bias.shape} stands beside a weight of shape {self.weight.shape}",
                "the bias needs one entry per row of the weight",
            )


@dataclass(frozen=True, eq=False)
class Network:
    """The autonomous vector field f(x) = W_L s_{L-1}(... s_1(W_1 x + b_1) ...) + b_L on R^d.

    ``layers`` are in the order of evaluation; the last one has the identity activation. ``source`` is a
    file name for people, ``notes`` are sentences that every certificate of this network must carry.
    Raises UnusableInput if layers do not chain, or input and output sizes differ.
    """

    layers: tuple[Layer, ...]
    source: str = ""
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        # Layers are told apart by their place: one that stands twice (tied weights) gets a copy.
        layers, seen = [], set()
        for layer in self.layers:
            layers.append(replace(layer) if id(layer) in seen else layer)
            seen.add(id(layer))
        object.__setattr__(self, "layers", tuple(layers))
        if not self.layers:
            raise UnusableInput("the model has no layers", "give at least one linear layer")
        _check_chain(self.layers)
        if self.layers[-1].activation.spec() != {"name": "identity"}:
            raise UnusableInput(
                f"the last layer ends in {self.layers[-1].activation.name}",
                "append a linear layer with the identity as its weight",
            )

    @property
    def dimension(self) -> int:
        """d, the dimension of the state space."""
        return self.layers[0].weight.shape[1]

    @property
    def hidden(self) -> tuple[Layer, ...]:
        """The layers 1..L-1, those with an activation."""
        return self.layers[:-1]

    @property
    def sizes(self) -> list[int]:
        """[d, n_1, ..., n_{L-1}, d]."""
        return [self.dimension, *(layer.weight.shape[0] for layer in self.layers)]

    def canonical(self) -> bytes:
        """The canonical JSON of the exact model: sorted keys, no spaces, odd mantissas, UTF-8."""
        document = {"format": FORMAT, "version": VERSION, "layers": [_layer_json(layer) for layer in self.layers]}
        return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @cached_property
    def sha256(self) -> str:
        """Hash of the canonical form: the identity of the certified vector field."""
        return hashlib.sha256(self.canonical()).hexdigest()


def _check_chain(layers: Sequence[Layer]) -> None:
    for position, (before, after) in enumerate(itertools.pairwise(layers), start=1):
        if before.weight.shape[0] != after.weight.shape[1]:
            raise UnusableInput(
                f"layer {position} gives {before.weight.shape[0]} values but layer {position + 1} takes "
                f"{after.weight.shape[1]}",
                "check that the file holds one MLP with its layers in order",
            )
    inputs, outputs = layers[0].weight.shape[1], layers[-1].weight.shape[0]
    if inputs == outputs + 1:
        raise UnusableInput(
            f"the model maps {inputs} inputs to {outputs} outputs: a non-autonomous field with time as an input",
            "the theory is about autonomous fields x' = f(x); freeze the time input into the first bias "
            "or add t' = 1 as a state",
        )
    if inputs != outputs:
        raise UnusableInput(
            f"the model maps {inputs} inputs to {outputs} outputs, so it is no vector field",
            "give the network whose output is x' for the input x",
        )


def exact_text(value: float) -> str:
    """Canonical text ``m*2^e`` with odd m of a finite float's exact value (zero of either sign is "0")."""
    if value == 0:
        return "0"
    numerator, denominator = value.as_integer_ratio()
    shift = (numerator & -numerator).bit_length() - 1
    return f"{numerator >> shift}*2^{shift + 1 - denominator.bit_length()}"


def _layer_json(layer: Layer) -> dict[str, object]:
    return {
        "weight": [[exact_text(v) for v in row] for row in layer.weight.tolist()],
        "bias": [exact_text(v) for v in layer.bias.tolist()],
        "activation": layer.activation.spec(),
    }
