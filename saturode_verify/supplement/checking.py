"""The independent checker over all certificates of a run, in parallel; answers are kept by the certificate's hash."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from ..checks import check
from ..formats import load
from .workspace import Entry, Report, read_notes, write_notes

_FILE = "checks.json"


def checked(folder: Path, entries: Sequence[Entry], seconds: float, workers: int, report: Report) -> dict[str, str]:
    """Per certificate hash "accepted", or the first claim in the way. ``seconds``: the limit of each."""
    path = folder / _FILE
    known = read_notes(path)
    due = [entry for entry in entries if known.get(entry.certificate.sha256) != "accepted"]
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        jobs = [pool.submit(_check, folder, entry.name, entry.model, seconds) for entry in due]
        for entry, job in zip(due, jobs, strict=True):
            report(f"checking {entry.name}")
            known[entry.certificate.sha256] = job.result()
            write_notes(path, known)
    return known


def _check(folder: Path, name: str, model: str, seconds: float) -> str:
    network = load(folder / "models" / f"{model}.json")
    found = check(folder / "certificates" / f"{name}.json", network, time_limit=seconds)
    if found.accepted:
        return "accepted"
    failure = found.first_failure
    return "rejected" if failure is None else failure.line()
