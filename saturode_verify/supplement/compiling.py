"""From supplement.tex to a PDF, with latexmk where there is one, else pdflatex."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from ..errors import UnusableInput

SECONDS = 240
_LEFTOVERS = (".aux", ".fdb_latexmk", ".fls", ".out")
_QUIET = ("-interaction=nonstopmode", "-halt-on-error")


def compile_document(folder: Path, name: str) -> Path | None:
    """The PDF of ``folder``/``name``.tex, or None where no LaTeX is installed. Raises UnusableInput if it fails."""
    if shutil.which("pdflatex") is None:
        return None
    if shutil.which("latexmk") is not None:
        _run(["latexmk", "-pdf", *_QUIET, f"{name}.tex"], folder, name)
    else:
        for _ in range(3):  # references and the long table settle
            _run(["pdflatex", *_QUIET, f"{name}.tex"], folder, name)
    for suffix in _LEFTOVERS:
        (folder / f"{name}{suffix}").unlink(missing_ok=True)
    return folder / f"{name}.pdf"


def _run(command: list[str], folder: Path, name: str) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise UnusableInput(f"{command[0]} did not end in {SECONDS} s", f"compile {name}.tex by hand") from None
    if done.returncode:
        raise UnusableInput(f"{command[0]} failed on {name}.tex", f"see {folder / name}.log") from None
