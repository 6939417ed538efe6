"""What kind of model a file is, told by its bytes and never by its name."""

from __future__ import annotations

from enum import Enum, auto

from ..errors import UnusableInput
from .archive import open_archive

FILE_FORMATS = ["torch (.pt, .pth: nn.Sequential, a module that holds one, state dict)", "exact JSON (.json)"]
"""The file formats that are read, for people."""
_KNOWN = f"the formats that are read are: {', '.join(FILE_FORMATS)}"
_EXPORT = "load it where it was made and write an nn.Sequential with torch.save, or the exact JSON"


class Kind(Enum):
    """The formats that have a reader."""

    EXACT_JSON = auto()
    TORCH = auto()


def kind_of(data: bytes, name: str) -> Kind:
    """The format of a model file's bytes. Raises UnusableInput, which says what the file ``name`` is instead."""
    if not data.strip():
        raise UnusableInput(f"{name} is empty", "give a model file; was it written completely?")
    if data.startswith(b"PK"):
        return _kind_of_zip(data, name)
    if data.startswith(b"\x80"):
        return Kind.TORCH
    if data[8:9] == b"{" and int.from_bytes(data[:8], "little") <= len(data) - 8:
        raise UnusableInput(f"{name} is a safetensors file, which is not supported yet", _EXPORT)
    if data.lstrip()[:1] in (b"{", b"["):
        return Kind.EXACT_JSON
    # An ONNX file starts with the protobuf field 1 (ir_version), a small integer, then a text field.
    if data[0] == 0x08 and data[2:3] in (b"\x12", b"\x1a", b"\x22", b"\x3a", b"\x42"):
        raise UnusableInput(f"{name} looks like an ONNX file, which is not supported yet", _EXPORT)
    raise UnusableInput(f"{name} is no model file that is understood", _KNOWN)


def _kind_of_zip(data: bytes, name: str) -> Kind:
    with open_archive(data, name) as archive:
        entries = archive.namelist()
    leaves = {entry.rpartition("/")[2] for entry in entries}
    if "constants.pkl" in leaves:
        raise UnusableInput(f"{name} is a TorchScript program, which is not supported", _EXPORT)
    if leaves & {"archive_format", "serialized_exported_program.json"}:
        raise UnusableInput(f"{name} is a torch.export program, which is not supported yet", _EXPORT)
    if "data.pkl" not in leaves:
        raise UnusableInput(f"{name} is damaged, or no archive of torch", _KNOWN)
    return Kind.TORCH
