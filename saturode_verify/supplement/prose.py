"""The supplement's sentences: LaTeX files of the package with <<names>> that the experiments fill in."""

from __future__ import annotations

import re
from importlib.resources import files

FOLDER = files("saturode_verify.supplement") / "prose"
_NAME = re.compile(r"<<([a-z0-9_]+)>>")


def prose(name: str, **values: str) -> str:
    """The file ``name``.tex with every <<key>> replaced. Raises KeyError for a key without a value."""
    text = (FOLDER / f"{name}.tex").read_text(encoding="utf-8")
    return _NAME.sub(lambda match: values[match[1]], text)
