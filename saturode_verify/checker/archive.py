"""Build ``saturode-check.pyz``: the checker as one file that a bare Python runs."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipapp
from pathlib import Path

NAME = "saturode_check"


def build(target: str | os.PathLike[str]) -> Path:
    """Write the zipapp; returns its path."""
    here, target = Path(__file__).parent, Path(target)
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / NAME
        package.mkdir()
        for file in sorted(here.glob("*.py")):
            shutil.copyfile(file, package / file.name)
        main = f"import sys\n\nfrom {NAME}.__main__ import main\n\nsys.exit(main())\n"
        (Path(folder) / "__main__.py").write_text(main, encoding="utf-8")
        zipapp.create_archive(folder, target, interpreter="/usr/bin/env python3", compressed=True)
    return target
