"""Model files: exact JSON, and what torch.save writes. The format is told by content, not by suffix."""

from __future__ import annotations

import os
from pathlib import Path

from ..activation import activation_named
from ..errors import UnusableInput
from ..network import Network
from .content import FILE_FORMATS, Kind, kind_of
from .torch_parts import SUPPORTED_LAYERS
from .wording import shown

__all__ = ["FILE_FORMATS", "SUPPORTED_LAYERS", "load"]

MAX_FILE_BYTES = 1 << 30
"""Largest file that is read."""


def load(path: str | os.PathLike[str], activation: str | None = None, round_batchnorm: bool = False) -> Network:
    """The network in the model file ``path``.

    ``activation`` names the activation of the hidden layers where the file does not say it (a state dict);
    ``round_batchnorm`` allows folded BatchNorm parameters to be rounded, once, to binary64. No code in the file is
    run, and torch is imported for torch files only. Raises UnusableInput for anything that is not understood.
    """
    chosen = None if activation is None else activation_named(activation)
    data, source = _read(path)
    if kind_of(data, shown(source)) is Kind.EXACT_JSON:
        from .exact_json import read_exact_json

        network = read_exact_json(data, source)
        if chosen is not None:
            raise UnusableInput(
                f"--activation {chosen.name} is contradictory: the exact model {shown(source)} says its own",
                "leave out --activation",
            )
        return network
    from .torch_file import read_torch

    try:
        return read_torch(data, source, chosen, round_batchnorm)
    except UnusableInput as error:
        raise UnusableInput(f"{shown(source)}: {error.problem}", error.remedy) from None


def _read(path: str | os.PathLike[str]) -> tuple[bytes, str]:
    """The bytes of a regular file, and its name as valid text."""
    target = Path(path)
    source = target.name.encode("utf-8", "replace").decode()
    name, remedy = shown(source or str(target)), "give the path of a model file"
    try:
        if target.is_dir():
            raise UnusableInput(f"{name} is a directory", remedy)
        if not target.exists():
            raise UnusableInput(f"there is no file {shown(str(target))}", remedy)
        if not target.is_file():
            raise UnusableInput(f"{name} is no regular file", remedy)
        if target.stat().st_size > MAX_FILE_BYTES:
            raise UnusableInput(f"{name} is larger than 1 GiB", "give a smaller model")
        return target.read_bytes(), source
    except UnusableInput:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the path
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise UnusableInput(f"{name} cannot be read ({reason})", remedy) from None
