"""Strict JSON: bounded size and depth, no floats, no long integers, no duplicate keys."""

from __future__ import annotations

import json
import re
from typing import Any

from .limits import pulse
from .verdict import Unusable

MAX_BYTES = 1 << 26
MAX_DEPTH = 24
MAX_INTEGER_DIGITS = 18
MAX_MARKS = 1 << 24
"""Quotation marks and brackets: what bounds the number of objects in memory."""
_MARK = re.compile(r'\\.|["\[\]{}]', re.DOTALL)


def read_json(data: bytes, what: str) -> dict[str, Any]:
    """The document, an object. Raises Unusable."""
    if len(data) > MAX_BYTES:
        raise Unusable(f"{what} has {len(data)} bytes, more than the {MAX_BYTES} that are read")
    try:
        text = data.decode("utf-8")
        _check_depth(text, what)
        document = json.loads(
            text, parse_constant=_refuse, parse_float=_refuse, parse_int=_integer, object_pairs_hook=_unique
        )
    except Unusable:
        raise
    except MemoryError:
        raise Unusable(f"{what} does not fit into the memory") from None
    except (ValueError, RecursionError) as error:
        raise Unusable(f"{what} is truncated or no strict JSON ({str(error)[:80]})") from None
    if not isinstance(document, dict):
        raise Unusable(f"{what} is no JSON object")
    return document


def _check_depth(text: str, what: str) -> None:
    """One pass; a backslash outside a string is no JSON, whatever follows it."""
    depth, quoted = 0, False
    for count, match in enumerate(_MARK.finditer(text)):
        mark = match[0]
        if count & 4095 == 0:
            pulse()
            if count >= MAX_MARKS:
                raise Unusable(f"{what} has more than {MAX_MARKS} strings, lists and objects")
        if mark == '"':
            quoted = not quoted
        elif quoted or len(mark) > 1:
            continue
        elif mark in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise Unusable(f"{what} is nested deeper than {MAX_DEPTH}")
        elif mark in "]}":
            depth -= 1


def _refuse(text: str) -> None:
    raise ValueError(f"{text[:40]} is no exact number")


def _integer(text: str) -> int:
    if len(text) > MAX_INTEGER_DIGITS:
        raise ValueError(f"an integer of {len(text)} digits")
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found
