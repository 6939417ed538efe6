"""The exact model: strict reading, the canonical form and its hash, weights as integers."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from .activation import KINKED, Activation
from .exact import canonical_text, is_binary64, parse
from .smooth import SMOOTH
from .strict import read_json
from .verdict import Unusable

MAX_PARAMETERS = 1 << 22
MAX_BITS = 1 << 29
"""Parameters times the bits of the longest, as integers over a common power of two."""
MAX_POWER = 64
_NAMES = (*SMOOTH, *KINKED, "identity", "power")
_EXTRA = {"elu": ("alpha", Fraction(1)), "leaky_relu": ("negative_slope", Fraction(0.01))}


@dataclass(frozen=True)
class Layer:
    """z -> s(W z + b); row-major exact rationals."""

    weight: tuple[tuple[Fraction, ...], ...]
    bias: tuple[Fraction, ...]
    activation: Activation

    @cached_property
    def scale(self) -> int:
        """The smallest e >= 0 such that all weights and biases are integers times 2^-e."""
        entries = [*self.bias, *(w for row in self.weight for w in row)]
        return max(w.denominator.bit_length() - 1 for w in entries)

    @cached_property
    def rows(self) -> list[list[int]]:
        """W 2^scale, exactly."""
        return [[w.numerator << (self.scale + 1 - w.denominator.bit_length()) for w in row] for row in self.weight]

    @cached_property
    def absolute(self) -> list[list[int]]:
        """|W| 2^scale."""
        return [[abs(w) for w in row] for row in self.rows]

    @cached_property
    def shifts(self) -> list[int]:
        """b 2^scale."""
        return [b.numerator << (self.scale + 1 - b.denominator.bit_length()) for b in self.bias]


@dataclass(frozen=True)
class Model:
    """f(x) = W_L s(... s(W_1 x + b_1) ...) + b_L on R^d; the last layer's activation is the identity."""

    layers: tuple[Layer, ...]

    @property
    def hidden(self) -> tuple[Layer, ...]:
        """The layers with an activation."""
        return self.layers[:-1]

    @property
    def dimension(self) -> int:
        """d."""
        return len(self.layers[0].weight[0])

    @property
    def sizes(self) -> list[int]:
        """[d, n_1, ..., d]."""
        return [self.dimension, *(len(layer.bias) for layer in self.layers)]

    @property
    def c1(self) -> bool:
        """Whether f is continuously differentiable."""
        return all(layer.activation.c1 for layer in self.hidden)

    @cached_property
    def sha256(self) -> str:
        """The hash of the canonical form."""
        layers = [
            {
                "weight": [[canonical_text(w) for w in row] for row in layer.weight],
                "bias": [canonical_text(b) for b in layer.bias],
                "activation": layer.activation.spec(),
            }
            for layer in self.layers
        ]
        document = {"format": "saturode-model", "version": 1, "layers": layers}
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def read_model(data: bytes) -> Model:
    """Read an exact model. Raises Unusable."""
    document = read_json(data, "the model")
    if document.get("format") != "saturode-model" or type(document.get("version")) is not int:
        raise Unusable("the model is no exact model (write it with `verify export MODEL -o MODEL.json`)")
    if document["version"] != 1 or set(document) != {"format", "version", "layers"}:
        raise Unusable("the model has an unknown version or unknown keys")
    try:
        return _model(document["layers"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unusable(f"the model is malformed ({str(error)[:80]})") from None


def _model(entries: Any) -> Model:
    if not isinstance(entries, list) or not entries:
        raise ValueError("no layers")
    if sum(_count(entry) for entry in entries) > MAX_PARAMETERS:
        raise ValueError("too many parameters")
    layers = tuple(_layer(entry) for entry in entries)
    if sum(_bits(layer) for layer in layers) > MAX_BITS:
        raise ValueError("the parameters are of too different sizes")
    width = len(layers[0].weight[0])
    inputs = width
    for layer in layers:
        if len(layer.weight[0]) != width:
            raise ValueError("layers do not chain")
        width = len(layer.bias)
    if width != inputs or layers[-1].activation.spec() != {"name": "identity"}:
        raise ValueError("no vector field: input and output sizes differ, or the last layer is not linear")
    return Model(layers)


def _count(entry: Any) -> int:
    """Numbers in a layer that nobody has read yet."""
    if not isinstance(entry, dict) or set(entry) != {"weight", "bias", "activation"}:
        raise ValueError("a layer needs exactly weight, bias and activation")
    return sum(map(len, _rows(entry["weight"]))) + len(_list(entry["bias"]))


def _bits(layer: Layer) -> int:
    longest = max(abs(x) for row in (*layer.weight, layer.bias) for x in row)
    whole = max(longest.numerator.bit_length() - longest.denominator.bit_length() + 1, 0)
    return (layer.scale + whole) * len(layer.bias) * (len(layer.weight[0]) + 1)


def _layer(entry: dict[str, Any]) -> Layer:
    weight = tuple(tuple(_number(w) for w in row) for row in _rows(entry["weight"]))
    bias = tuple(_number(b) for b in _list(entry["bias"]))
    if not bias or len(weight) != len(bias) or len({len(row) for row in weight}) != 1 or not weight[0]:
        raise ValueError("a layer's weight and bias do not fit")
    return Layer(weight, bias, read_activation(entry["activation"]))


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("a list is missing")
    return value


def _rows(value: Any) -> list[list[Any]]:
    return [_list(row) for row in _list(value)]


def _number(text: Any) -> Fraction:
    value = parse(text)
    if not is_binary64(value):
        raise ValueError(f"no binary64 equals {str(text)[:40]}")
    return value


def read_activation(entry: Any) -> Activation:
    """The activation of a JSON object. Raises ValueError."""
    if not isinstance(entry, dict) or entry.get("name") not in _NAMES:
        raise ValueError("an unknown activation")
    name = entry["name"]
    key, default = _EXTRA.get(name, ("", Fraction(0)))
    allowed = {"name", "slope", *([key] if key else []), *(["exponent"] if name == "power" else [])}
    if not set(entry) <= allowed:
        raise ValueError(f"the activation {name} has unknown fields")
    slope = _number(entry["slope"]) if "slope" in entry else Fraction(1)
    parameter = _number(entry[key]) if key and key in entry else default
    if name == "power":
        exponent = entry["exponent"]
        if type(exponent) is not int or not 1 <= exponent <= MAX_POWER:
            raise ValueError("the exponent of power is out of range")
        parameter = Fraction(exponent)
    return Activation(name, slope, parameter)
