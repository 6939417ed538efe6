"""The zip archive that torch.save writes, read once and strictly, and written anew for torch.

Two programs can read one hostile archive in two ways. torch gets an archive that this module made, so that whatever
was checked here is what it loads.
"""

from __future__ import annotations

import io
import zipfile

from ..errors import UnusableInput

_SAVE_AGAIN = "write or copy the file again"


def open_archive(data: bytes, name: str) -> zipfile.ZipFile:
    """The archive in ``data``; never one that unpacks to more than it holds. Raises UnusableInput."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except Exception:  # zipfile raises errors of many kinds on damaged archives
        raise UnusableInput(f"{name} is a damaged or incomplete archive", _SAVE_AGAIN) from None
    infos = archive.infolist()
    if any(info.compress_type != zipfile.ZIP_STORED for info in infos):
        raise UnusableInput(f"{name} is a compressed archive, which torch.save does not write", "unpack it first")
    if sum(info.file_size for info in infos) > len(data) or len(set(archive.namelist())) < len(infos):
        raise UnusableInput(f"{name} is an archive whose entries overlap", _SAVE_AGAIN)
    return archive


def entries(data: bytes, name: str) -> dict[str, bytes]:
    """Every file of the archive without the folder that torch.save puts around them. Raises UnusableInput."""
    with open_archive(data, name) as archive:
        try:
            found = {info.filename: archive.read(info) for info in archive.infolist()}
        except Exception:
            raise UnusableInput(f"{name} is a damaged or incomplete archive", _SAVE_AGAIN) from None
    inside = {path.partition("/")[2]: content for path, content in found.items()}
    if len({path.partition("/")[0] for path in found}) != 1 or len(inside) < len(found) or "data.pkl" not in inside:
        raise UnusableInput(f"{name} is damaged, or no archive of torch", _SAVE_AGAIN)
    return inside


def packed(files: dict[str, bytes]) -> bytes:
    """The archive of these files as torch reads it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, content in files.items():
            archive.writestr(f"archive/{path}", content)
    return buffer.getvalue()
