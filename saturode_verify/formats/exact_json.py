"""The exact model as a JSON file (contract: "Exact model"): every parameter is a binary64, written exactly.

The reader is strict: it takes what the contract names and nothing else, because a field that it overlooked, or a
number that it rounded, would be a different vector field from the one in the file.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from ..activation import activation_from_spec
from ..errors import UnusableInput
from ..network import FORMAT, VERSION, Layer, Network
from ..rigor.numbers import MAX_DIGITS
from .wording import shown

_REMEDY = "write an exact model with `verify export MODEL -o MODEL.json`"
_LAYER_FIELDS = ("weight", "bias", "activation")
_NUMBER = re.compile(r"([+-]?[0-9]+)(?:\*2\^([+-]?[0-9]{1,7})|/([0-9]+))?")
_EXPONENTS = range(-1074, 1024)
"""The exponents of the last bit that a binary64 may have."""


def read_exact_json(data: bytes, source: str) -> Network:
    """The network that the bytes of an exact model file hold.

    ``source`` is the file's name, for people. Raises UnusableInput for anything but the documented format, and for
    a number that no binary64 holds exactly, with its layer, row and column (all counted from 1).
    """
    document = _parse(data, source)
    if document.get("format") == "saturode-certificate":
        raise UnusableInput(f"{shown(source)} is a certificate, not a model", "give the model that it certifies")
    if document.get("format") != FORMAT:
        raise UnusableInput(f'{shown(source)} is JSON, but its "format" is not {FORMAT}', _REMEDY)
    _require_fields(document, ("format", "version", "layers"), shown(source))
    version = document["version"]
    if type(version) is not int or version != VERSION:
        raise UnusableInput(
            f"{shown(source)} has version {shown(version)} of the exact model; only {VERSION} is known", _REMEDY
        )
    layers = document["layers"]
    if not isinstance(layers, list):
        raise UnusableInput(f'"layers" of {shown(source)} is no list', _REMEDY)
    return Network(tuple(_layer(entry, f"layer {k}") for k, entry in enumerate(layers, start=1)), source)


def write_exact_json(network: Network) -> bytes:
    """The canonical exact model, whose SHA-256 is ``network.sha256``. Notes are not part of it."""
    return network.canonical()


def exact_binary64(text: str) -> float:
    """The binary64 that equals the text ``m``, ``m*2^e`` or ``p/q`` with q a power of two.

    Raises ValueError if the text has another form, or no binary64 has its value.
    """
    match = _NUMBER.fullmatch(text)
    if not match or len(text) > MAX_DIGITS:
        raise ValueError(f"{shown(text)} is not an integer, m*2^e or p/q")
    mantissa, exponent = int(match[1]), int(match[2] or 0)
    if match[3]:
        denominator = int(match[3])
        if denominator == 0 or denominator & (denominator - 1):
            raise ValueError(f"{shown(text)} has a denominator that is no power of two")
        exponent = 1 - denominator.bit_length()
    if mantissa == 0:
        return 0.0
    # Exact exactly when the odd part has at most 53 bits and first and last bit lie in the range of binary64.
    shift = (mantissa & -mantissa).bit_length() - 1
    odd, exponent = mantissa >> shift, exponent + shift
    if odd.bit_length() > 53 or exponent not in _EXPONENTS or exponent + odd.bit_length() > 1024:
        raise ValueError(f"{shown(text)} is not exactly a binary64 number")
    return math.ldexp(odd, exponent)


def _parse(data: bytes, source: str) -> dict[str, Any]:
    try:
        document = json.loads(
            data.decode("utf-8"), object_pairs_hook=_distinct, parse_constant=_no_constant, parse_float=_no_float
        )
    except UnicodeDecodeError:
        raise UnusableInput(f"{shown(source)} is not UTF-8 text", _REMEDY) from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UnusableInput(f"{shown(source)} is broken or cut-off JSON ({where}: {error.msg})", _REMEDY) from None
    except RecursionError:
        raise UnusableInput(f"{shown(source)} is nested too deeply for an exact model", _REMEDY) from None
    except UnusableInput as error:
        raise UnusableInput(f"{shown(source)}: {error.problem}", error.remedy) from None
    except ValueError:  # Python refuses to read an integer of thousands of digits
        raise UnusableInput(f"{shown(source)} holds an integer of absurd size", _REMEDY) from None
    if not isinstance(document, dict):
        raise UnusableInput(f"{shown(source)} is JSON, but no exact model", _REMEDY)
    return document


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, refused if it says one thing twice: readers disagree about which one counts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise UnusableInput(f"the key {shown(twice)} occurs twice in one object", "keep one of the two")
    return found


def _no_constant(token: str) -> NoReturn:
    raise UnusableInput(f"{token} is no real number", 'write numbers as strings such as "3*2^-4"')


def _no_float(token: str) -> NoReturn:
    raise UnusableInput(f"the number {shown(token)} is not exact text", 'write numbers as strings such as "3*2^-4"')


def _require_fields(entry: object, fields: Sequence[str], where: str) -> None:
    if not isinstance(entry, dict):
        raise UnusableInput(f"{where} is no JSON object", _REMEDY)
    missing = [f'"{name}"' for name in fields if name not in entry]
    extra = [shown(name) for name in entry if name not in fields]
    if missing:
        raise UnusableInput(f"{where} lacks {', '.join(missing)}", _REMEDY)
    if extra:
        more = "" if len(extra) <= 3 else f" and {len(extra) - 3} more"
        raise UnusableInput(f"{where} has unknown fields {', '.join(extra[:3])}{more}", _REMEDY)


def _layer(entry: Any, where: str) -> Layer:
    _require_fields(entry, _LAYER_FIELDS, where)
    rows = entry["weight"]
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) for row in rows):
        raise UnusableInput(f'the "weight" of {where} is no list of rows', _REMEDY)
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise UnusableInput(
                f"row {number} of the weight of {where} has {len(row)} entries, row 1 has {len(rows[0])}",
                "write every row of an out x in matrix in full",
            )
    weight = [_numbers(row, f"{where}, row {number}, column") for number, row in enumerate(rows, start=1)]
    bias = _numbers(entry["bias"], f"bias of {where}, row")
    try:
        activation = activation_from_spec(entry["activation"])
    except UnusableInput as error:
        raise UnusableInput(f"{where}: {error.problem}", error.remedy) from None
    return Layer(np.array(weight, dtype=np.float64), np.array(bias, dtype=np.float64), activation)


def _numbers(texts: object, where: str) -> list[float]:
    if not isinstance(texts, list):
        raise UnusableInput(f"{where.rsplit(',', 1)[0]} is no list of numbers", _REMEDY)
    values = []
    for position, text in enumerate(texts, start=1):
        if not isinstance(text, str):
            raise UnusableInput(
                f"{where} {position}: {shown(text)} is no string", 'write numbers as strings such as "3*2^-4"'
            )
        try:
            values.append(exact_binary64(text))
        except ValueError as error:
            raise UnusableInput(
                f"{where} {position}: {error}", "the exact model holds binary64 numbers: round this one yourself first"
            ) from None
    return values
