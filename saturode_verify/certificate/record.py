"""The certificate: claims with their exact numbers, what a checker needs, and a hash over all of it.

Canonical form (what ``sha256`` covers): the document without ``environment`` and ``sha256``, as JSON with sorted keys,
no spaces, UTF-8. The same input gives the same bytes outside ``environment``.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UnusableInput
from ..output import write_atomically
from ..rigor.numbers import Enclosure, format_exact, parse_exact
from ..theorems.claim import Claim
from .shape import check_claim, check_parts

FORMAT, VERSION = "saturode-certificate", 1
MAX_BYTES = 1 << 26
"""Largest certificate that is read."""
_KEYS = {
    "format", "version", "model", "region", "settings", "scope", "claims", "witness", "environment", "sha256"
}  # fmt: skip
_CLAIM_KEYS = {"on", "name", "theorem", "hypotheses", "status", "asked"}


@dataclass(frozen=True)
class Certificate:
    """A finished run; ``certificate["sup_jacobian_norm"]`` is the region's claim of that name."""

    model: dict[str, Any]
    region: list[list[Enclosure]]
    settings: dict[str, Any]
    scope: str
    claims: tuple[Claim, ...]
    witness: list[Any]
    environment: dict[str, Any]

    def __getitem__(self, name: str) -> Claim:
        """The region's claim ``name`` (the first box's, if only boxes have one); of several theorem_1 the best.

        Raises KeyError if there is none.
        """
        named = [claim for claim in self.claims if claim.name == name]
        found = [claim for claim in named if claim.on == "region"] or named
        if not found:
            raise KeyError(name)
        return next((claim for claim in found if claim.values.get("best")), found[0])

    def __iter__(self) -> Iterator[Claim]:
        return iter(self.claims)

    @property
    def proved(self) -> bool:
        """Is everything that was asked proved?"""
        return self.exit_status == 0

    @property
    def reason(self) -> str:
        """Why not: the reasons of the claims asked for that are not proved, one per line."""
        return "\n".join(claim.reason for claim in self.claims if claim.asked and not claim.proved)

    @property
    def exit_status(self) -> int:
        """0: everything asked is proved; 4: something asked is refuted; 3: something asked is undecided."""
        asked = [claim.status for claim in self.claims if claim.asked]
        return 4 if "refuted" in asked else 3 if "undecided" in asked else 0

    def document(self) -> dict[str, Any]:
        """The JSON document, hash included."""
        body = self._body()
        return {**body, "environment": self.environment, "sha256": _digest(body)}

    @property
    def sha256(self) -> str:
        return _digest(self._body())

    def to_json(self) -> str:
        """The whole certificate as text: one line per top-level key, claims and boxes one per line."""
        return _layout(self.document())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write atomically: a killed run never leaves half a certificate. Raises UnusableInput if it cannot."""
        write_atomically(path, self.to_json().encode())

    def _body(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": VERSION,
            "model": self.model,
            "region": _encode(self.region),
            "settings": _encode(self.settings),
            "scope": self.scope,
            "claims": [_encode_claim(claim) for claim in self.claims],
            "witness": self.witness,
        }


def _digest(body: dict[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _encode(value: Any) -> Any:
    if isinstance(value, Enclosure):
        upper = None if value.upper is None else format_exact(value.upper)
        return {"lower": format_exact(value.lower), "upper": upper, "display": list(value.display())}
    if isinstance(value, dict):
        return {key: _encode(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_encode(entry) for entry in value]
    return value


def _encode_claim(claim: Claim) -> dict[str, Any]:
    record: dict[str, Any] = {
        "on": claim.on,
        "name": claim.name,
        "theorem": claim.theorem,
        "hypotheses": list(claim.hypotheses),
        "status": claim.status,
        "asked": claim.asked,
        **_encode(claim.values),
    }
    return {**record, "reason": claim.reason} if claim.reason else record


def _layout(document: dict[str, Any]) -> str:
    lines = []
    for key, value in document.items():
        if key in ("claims", "witness") and value:
            entries = ",\n  ".join(json.dumps(entry, ensure_ascii=False) for entry in value)
            lines.append(f"{json.dumps(key)}: [\n  {entries}\n ]")
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{" + ",\n ".join(lines) + "}\n"


def load_certificate(path: str | os.PathLike[str]) -> Certificate:
    """Read a certificate file strictly, and compare its hash.

    This is no check of the claims. Raises UnusableInput if it is not a whole, unaltered certificate.
    """
    file, remedy = Path(path), "give a certificate written by `verify MODEL --box BOX -o CERTIFICATE.json`"
    try:
        document = _read(file, remedy)
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise UnusableInput(f"{file.name} is no saturode certificate", remedy)
        if type(document.get("version")) is not int or document["version"] != VERSION:
            shown = str(document.get("version"))[:40]
            raise UnusableInput(f"{file.name} has certificate version {shown}, not {VERSION}", remedy)
        if set(document) != _KEYS:
            raise UnusableInput(f"{file.name} lacks or adds keys: {sorted(set(document) ^ _KEYS)}", remedy)
        body = {key: value for key, value in document.items() if key not in ("environment", "sha256")}
        if _digest(body) != document["sha256"]:
            raise UnusableInput(f"{file.name} was altered: its sha256 does not fit its contents", remedy)
        return _decode_certificate(document)
    except UnusableInput:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UnusableInput(f"{file.name} is malformed ({str(error)[:200]})", remedy) from None


def _read(file: Path, remedy: str) -> Any:
    """The JSON document; text that UTF-8 cannot hold is refused when its hash is computed."""
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise UnusableInput(f"{file.name} has more than {MAX_BYTES} bytes", remedy)
        return json.loads(
            content.decode("utf-8"),
            parse_constant=_no_number, parse_float=_no_number, object_pairs_hook=_unique,
        )  # fmt: skip
    except UnusableInput:
        raise
    except OSError as error:
        raise UnusableInput(f"cannot read {file} ({error.strerror})", remedy) from None
    except _NoCertificate as error:
        raise UnusableInput(f"{file.name} is malformed ({error})", remedy) from None
    except (ValueError, RecursionError):
        raise UnusableInput(f"{file.name} is truncated or no JSON", remedy) from None


class _NoCertificate(ValueError):
    """JSON that is well formed and still no certificate."""


def _no_number(text: str) -> None:
    raise _NoCertificate(f"{text[:40]} is no number of a certificate")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _NoCertificate("a key stands twice in one object")
    return found


def _decode_certificate(document: dict[str, Any]) -> Certificate:
    region = _decode(document["region"])
    parts = [document[key] for key in ("scope", "witness", "environment")]
    json.dumps(document["environment"], ensure_ascii=False).encode()
    settings = _decode(document["settings"])
    check_parts(document["model"], region, settings, *parts)
    claims = tuple(_decode_claim(entry) for entry in document["claims"])
    for claim in claims:
        check_claim(claim, len(region))
    return Certificate(document["model"], region, settings, parts[0], claims, *parts[1:])


def _decode(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"lower", "upper", "display"}:
            upper = None if value["upper"] is None else parse_exact(value["upper"])
            enclosure = Enclosure(parse_exact(value["lower"]), upper)
            if list(enclosure.display()) != value["display"]:
                raise ValueError("a display is not that of its exact ends")
            return enclosure
        return {key: _decode(entry) for key, entry in value.items()}
    return [_decode(entry) for entry in value] if isinstance(value, list) else value


def _decode_claim(entry: dict[str, Any]) -> Claim:
    if entry["status"] not in ("proved", "refuted", "undecided"):
        raise ValueError(f"unknown status {entry['status']!r}")
    if not isinstance(entry["hypotheses"], list):
        raise ValueError("a wrong list of hypotheses")
    values = {key: _decode(value) for key, value in entry.items() if key not in _CLAIM_KEYS | {"reason"}}
    return Claim(
        entry["name"], entry["theorem"], tuple(entry["hypotheses"]), entry["status"], values,
        entry.get("reason", ""), entry["on"], entry["asked"],
    )  # fmt: skip
