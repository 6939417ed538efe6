"""Writing files so that a killed run never leaves half of one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from .errors import UnusableInput

_REMEDY = "give a file in a folder that exists, is writable and has space"


def _is_special(path: str | os.PathLike[str]) -> bool:
    """Something exists there that is neither a regular file nor a folder."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Refuse an output path before any long work: UnusableInput if its folder does not exist or cannot be written."""
    folder = Path(path).parent
    good = os.access(path, os.W_OK) if _is_special(path) else os.access(folder, os.W_OK)
    if Path(path).is_dir() or not folder.is_dir() or not good:
        raise UnusableInput(f"cannot write {path}", _REMEDY)


def certificate_paths(output: str | None, models: Sequence[str]) -> list[Path]:
    """Where each model's certificate goes: ``output`` itself for one, a file in the folder ``output`` for several.

    Refuses unwritable places before any long work. Raises UnusableInput.
    """
    if output is None:
        return []
    if len(models) == 1:
        check_writable(output)
        return [Path(output)]
    folder = Path(output)
    if not folder.is_dir():
        raise UnusableInput(
            f"{output} is no folder, and {len(models)} models make {len(models)} certificates",
            "create the folder first, and give it with -o",
        )
    paths = [folder / f"{Path(model).stem}.json" for model in models]
    if len(set(paths)) < len(paths):
        raise UnusableInput("two models have the same file name", "rename one: certificates get these names")
    for path in paths:
        check_writable(path)
    return paths


def write_atomically(path: str | os.PathLike[str], data: bytes) -> None:
    """Write ``data`` beside ``path`` and move it there. Raises UnusableInput (full disk, no such folder, ...).

    A device or pipe (/dev/null, /dev/stdout) is written to, never replaced; so is what a symbolic link names.
    """
    target, partial = Path(os.path.realpath(path)), None
    try:
        if _is_special(path):
            with open(path, "wb") as stream:
                stream.write(data)
            return
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as handle:
            partial = handle.name
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        os.chmod(partial, 0o644)
        os.replace(partial, target)
        partial = None
    except OSError as error:
        raise UnusableInput(f"cannot write {target} ({error.strerror})", _REMEDY) from None
    finally:
        if partial is not None:
            with suppress(OSError):
                os.unlink(partial)
