"""Model files of any format that is understood, told by content and not by suffix."""

from __future__ import annotations

import os
from pathlib import Path

from ..activation import activation_named
from ..errors import UnusableInput
from ..network import Network
from .exact_json import read_exact_json
from .layers import SUPPORTED_LAYERS

FILE_FORMATS = ["torch (.pt, .pth: nn.Sequential, a module that holds one, state dict)", "exact JSON (.json)"]
MAX_JSON_BYTES = 1 << 30

__all__ = ["FILE_FORMATS", "SUPPORTED_LAYERS", "load"]


def load(path: str | os.PathLike[str], activation: str | None = None, round_batchnorm: bool = False) -> Network:
    """The exact network in a file.

    ``activation`` names that of the hidden layers when the file does not say (a state dict). ``round_batchnorm``
    folds BatchNorm by rounding once to binary64. Raises UnusableInput for everything that is no such model.
    """
    file = Path(path)
    head = _head(file)
    chosen = None if activation is None else activation_named(activation)
    if head.lstrip()[:1] in (b"{", b"["):
        if chosen is not None:
            raise UnusableInput(f"{file.name} names its own activations", "leave out --activation for exact JSON")
        if file.stat().st_size > MAX_JSON_BYTES:
            raise UnusableInput(f"{file.name} is larger than 1 GiB", "export a smaller model")
        return read_exact_json(file.read_bytes(), file.name)
    if head[:4] == b"PK\x03\x04" or head[:1] == b"\x80":
        from .torch_file import read_torch

        return read_torch(file, chosen, round_batchnorm)
    raise UnusableInput(f"{file.name} is no model file that is understood", f"give one of: {'; '.join(FILE_FORMATS)}")


def _head(file: Path) -> bytes:
    remedy = "give a model file (.pt or exact .json)"
    if not file.exists():
        raise UnusableInput(f"there is no file {file}", remedy)
    if not file.is_file():
        raise UnusableInput(f"{file} is no regular file", remedy)
    try:
        with file.open("rb") as handle:
            head = handle.read(64)
    except OSError as error:
        raise UnusableInput(f"cannot read {file} ({error.strerror})", remedy) from None
    if not head:
        raise UnusableInput(f"{file.name} is empty", remedy)
    return head
