"""The exact model as JSON (contract: "Exact model"): strict reader, canonical writer. No torch."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ..activation import activation_from_spec
from ..errors import UnusableInput
from ..network import FORMAT, VERSION, Layer, Network
from ..rigor.numbers import parse_exact
from .wording import listed, shown

MAX_BYTES = 1 << 26
"""Longest text that is read: as lists and strings of Python it takes many times its length."""
_REMEDY = "write the file with `verify export MODEL -o MODEL.json`"


def write_exact_json(network: Network) -> bytes:
    """The canonical form; reading it back gives the same weights bit for bit (-0.0 becomes 0, the same real)."""
    return network.canonical()


def read_exact_json(data: bytes, source: str) -> Network:
    """Parse an exact model. Raises UnusableInput naming the first entry that is wrong."""
    if len(data) > MAX_BYTES:
        raise UnusableInput(f"{source} is JSON of more than 64 MiB", "give a smaller model")
    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise UnusableInput(f"{source} is truncated or no JSON ({_short(error)})", _REMEDY) from None
    if isinstance(document, dict) and document.get("format") == "saturode-certificate":
        raise UnusableInput(f"{source} is a certificate, not a model", "give the model that it certifies")
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UnusableInput(f'{source} is JSON but has no "format": "{FORMAT}"', _REMEDY)
    version = document.get("version")
    if type(version) is not int or version != VERSION:
        raise UnusableInput(f"{source} has model version {shown(version)}, not {VERSION}", _REMEDY)
    unknown = sorted(set(document) - {"format", "version", "layers"})
    if unknown:
        raise UnusableInput(f"{source} has unknown keys: {listed(unknown)}", _REMEDY)
    if "layers" not in document:
        raise UnusableInput(f'{source} has no "layers"', _REMEDY)
    layers = document["layers"]
    if not isinstance(layers, list):
        raise UnusableInput(f'"layers" of {source} is no list', _REMEDY)
    return Network(tuple(_layer(entry, i) for i, entry in enumerate(layers, start=1)), source)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no exact number")


def _short(error: Exception) -> str:
    return str(error).split("\n")[0][:80]


def _layer(entry: Any, position: int) -> Layer:
    if not isinstance(entry, dict) or set(entry) != {"weight", "bias", "activation"}:
        raise UnusableInput(f"layer {position} needs exactly the keys weight, bias and activation", _REMEDY)
    weight, bias = entry["weight"], entry["bias"]
    if not isinstance(bias, list) or not isinstance(weight, list) or not all(isinstance(row, list) for row in weight):
        raise UnusableInput(f"layer {position}: weight must be a list of rows and bias a list", _REMEDY)
    if not weight or len({len(row) for row in weight}) != 1 or not weight[0]:
        raise UnusableInput(f"layer {position}: the rows of the weight are empty or differ in length", _REMEDY)
    rows = [
        [_number(text, f"layer {position}, weight row {i}, column {j}") for j, text in enumerate(row, start=1)]
        for i, row in enumerate(weight, start=1)
    ]
    biases = [_number(text, f"layer {position}, bias {i}") for i, text in enumerate(bias, start=1)]
    return Layer(
        np.array(rows, dtype=np.float64), np.array(biases, dtype=np.float64), activation_from_spec(entry["activation"])
    )


def _number(text: Any, where: str) -> float:
    """The binary64 whose exact value ``text`` is."""
    if not isinstance(text, str):
        raise UnusableInput(f"{where}: {shown(text)} is no string", 'numbers are strings such as "-3*2^-4"')
    try:
        exact = parse_exact(text)
        _, slash, denominator = text.partition("/")
        if slash and denominator.strip("0123456789") == "" and int(denominator) & (int(denominator) - 1):
            raise ValueError(f"the denominator of {shown(text)} is no power of two")
        value = exact.numerator / exact.denominator
    except (ValueError, OverflowError) as error:
        raise UnusableInput(
            f"{where}: {_short(error)}", "give an integer, m*2^e or p/2^k that a binary64 holds"
        ) from None
    if value.as_integer_ratio() != (exact.numerator, exact.denominator):
        raise UnusableInput(f"{where}: no binary64 equals {shown(text)}", "round it to a binary64 first")
    return value
