"""The certificate as data: keys, hash, claims with exact enclosures. Nothing here says that a claim is true."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .exact import parse, shows
from .strict import read_json
from .verdict import Unconfirmed, Unusable

KEYS = {
    "format", "version", "model", "region", "settings", "scope", "claims", "witness", "environment", "sha256"
}  # fmt: skip
CLAIM_KEYS = {"on", "name", "theorem", "hypotheses", "status", "asked", "reason"}
MAX_CLAIMS, MAX_BOXES = 20000, 2000


@dataclass(frozen=True)
class Enclosure:
    """lower <= true value <= upper; None: no upper end is claimed."""

    lower: Fraction
    upper: Fraction | None

    @property
    def top(self) -> Fraction:
        """The upper end. Raises Unconfirmed if there is none."""
        if self.upper is None:
            raise Unconfirmed("an upper end is missing")
        return self.upper


Box = tuple[tuple[Fraction, Fraction], ...]


@dataclass(frozen=True)
class Claim:
    """``values``: everything beside the fixed keys, enclosures decoded."""

    index: int
    on: int | str
    name: str
    status: str
    values: dict[str, Any]
    hypotheses: tuple[str, ...]
    theorem: str
    reason: str

    def enclosure(self, key: str) -> Enclosure:
        """A value that must be an enclosure. Raises ValueError."""
        found = self.values.get(key)
        if not isinstance(found, Enclosure):
            raise ValueError(f"{key} is no enclosure")
        return found

    def enclosures(self, key: str) -> list[Enclosure]:
        """A value that must be a list of enclosures. Raises ValueError."""
        found = self.values.get(key)
        if not isinstance(found, list) or not all(isinstance(entry, Enclosure) for entry in found):
            raise ValueError(f"{key} is no list of enclosures")
        return found

    def point(self, key: str) -> list[Fraction]:
        """A value that must be an exact point. Raises ValueError."""
        found = self.enclosures(key)
        if any(entry.lower != entry.upper for entry in found):
            raise ValueError(f"{key} is no exact point")
        return [entry.lower for entry in found]


@dataclass(frozen=True)
class Certificate:
    """A whole, unaltered certificate."""

    model: dict[str, Any]
    boxes: list[Box]
    settings: dict[str, Any]
    claims: list[Claim]
    witness: list[dict[str, Any]]


def read_certificate(data: bytes) -> Certificate:
    """Read a certificate and compare its hash. Raises Unusable with one line."""
    document = read_json(data, "the certificate")
    if document.get("format") != "saturode-certificate":
        raise Unusable("this is no saturode certificate")
    if type(document.get("version")) is not int or document["version"] != 1:
        raise Unusable(f"unknown certificate version {str(document.get('version'))[:20]}: this checker knows 1")
    if set(document) != KEYS:
        raise Unusable(f"the certificate lacks or adds keys: {', '.join(sorted(set(document) ^ KEYS))[:80]}")
    body = {key: value for key, value in document.items() if key not in ("environment", "sha256")}
    try:
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        if hashlib.sha256(text).hexdigest() != document["sha256"]:
            raise Unusable("the certificate was altered: its sha256 does not fit its contents")
        return _certificate(document)
    except MemoryError:
        raise Unusable("the certificate does not fit into the memory") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unusable(f"the certificate is malformed ({str(error)[:120]})") from None


def _certificate(document: dict[str, Any]) -> Certificate:
    boxes = [_box(entry) for entry in _list(document["region"])]
    if not 1 <= len(boxes) <= MAX_BOXES or len({len(box) for box in boxes}) != 1 or not boxes[0]:
        raise ValueError("no region, or boxes of different dimensions")
    claims, witness = _list(document["claims"]), _list(document["witness"])
    if len(claims) > MAX_CLAIMS or not all(isinstance(part, dict) for part in witness):
        raise ValueError("too many claims, or a witness that is no object")
    if not isinstance(document["model"], dict) or not isinstance(document["settings"], dict):
        raise ValueError("model or settings is no object")
    if not isinstance(document["scope"], str):
        raise ValueError("scope is no text")
    decoded = [_claim(entry, index, len(boxes)) for index, entry in enumerate(claims)]
    return Certificate(document["model"], boxes, document["settings"], decoded, witness)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("a list is missing")
    return value


def _box(entry: Any) -> Box:
    sides = [decode(side) for side in _list(entry)]
    if not all(isinstance(side, Enclosure) and side.upper is not None for side in sides):
        raise ValueError("a side of a box is no interval")
    return tuple((side.lower, side.top) for side in sides)


def _claim(entry: Any, index: int, boxes: int) -> Claim:
    if not isinstance(entry, dict) or not {"on", "name", "theorem", "hypotheses", "status", "asked"} <= set(entry):
        raise ValueError(f"claim {index} lacks keys")
    on, status, name = entry["on"], entry["status"], entry["name"]
    if on != "region" and not (type(on) is int and boxes > 1 and 0 <= on < boxes):
        raise ValueError(f"claim {index} is on {str(on)[:20]}, which is no box")
    if status not in ("proved", "refuted", "undecided") or not isinstance(name, str):
        raise ValueError(f"claim {index} has an unknown status or name")
    hypotheses = _list(entry["hypotheses"])
    theorem, reason = entry["theorem"], entry.get("reason", "")
    if not all(isinstance(text, str) for text in (*hypotheses, theorem, reason)) or type(entry["asked"]) is not bool:
        raise ValueError(f"claim {index} has a section, hypothesis or reason that is no text, or an unknown asked")
    values = {key: decode(value) for key, value in entry.items() if key not in CLAIM_KEYS}
    return Claim(index, on, name, status, values, tuple(hypotheses), theorem, reason)


def decode(value: Any) -> Any:
    """Objects {lower, upper, display} as enclosures; the display must be theirs. Raises ValueError."""
    if isinstance(value, dict):
        if set(value) == {"lower", "upper", "display"}:
            return _enclosure(value)
        return {key: decode(entry) for key, entry in value.items()}
    return [decode(entry) for entry in value] if isinstance(value, list) else value


def _enclosure(value: dict[str, Any]) -> Enclosure:
    lower, upper = parse(value["lower"]), None if value["upper"] is None else parse(value["upper"])
    if upper is not None and not lower <= upper:
        raise ValueError("an enclosure has lower > upper")
    display = value["display"]
    if not isinstance(display, list) or len(display) != 2:
        raise ValueError("a display is no pair")
    if not shows(display[0], lower, -1):
        raise ValueError(f"a display {str(display[0])[:30]} is not the exact lower end rounded down")
    if (upper is None) != (display[1] == "inf") or (upper is not None and not shows(display[1], upper, 1)):
        raise ValueError(f"a display {str(display[1])[:30]} is not the exact upper end rounded up")
    return Enclosure(lower, upper)
