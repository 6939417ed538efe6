"""``verify paper``: all experiments, their certificates, tables and figures, and the supplement that holds them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..formats import load
from ..output import write_atomically
from ..pages.page import page
from ..pages.section import Part
from ..report.cite import bibliography
from .adaptive import adaptive
from .checking import checked
from .checkpoints import weight_growth
from .compiling import compile_document
from .conjecture import conjecture
from .content import Section
from .converse import converse
from .dimension_four import dimension_four
from .document import document, tabular
from .fields_table import benchmark_fields
from .homoclinic import homoclinic
from .illustration_1 import illustration_1
from .illustration_2 import illustration_2
from .trained import state_files
from .workspace import Entry, Report, Workspace

EXPERIMENTS: tuple[Callable[[Workspace], Section], ...] = (
    illustration_1, illustration_2, converse, benchmark_fields, dimension_four, weight_growth, adaptive, homoclinic,
    conjecture,
)  # fmt: skip
NAME = "supplement"
CHECK_SECONDS = 600
SHOWN = ("determinant-", "converse-", "spiral-")
"""Certificates whose claims stand in words on the page; all of them would make tens of megabytes."""


@dataclass(frozen=True)
class Supplement:
    """What was made: the PDF (None without LaTeX), how many certificates, how many of them were checked independently,
    and what stands in the way of those that were not accepted.
    """

    pdf: Path | None
    certificates: int
    checked: int
    unaccepted: list[str]


def _report_and_references(folder: Path, entries: Sequence[Entry]) -> None:
    """The page of the certificates named in SHOWN, and the literature behind all of them."""
    parts = [
        Part(e.certificate, f"{e.name}.json", load(folder / "models" / f"{e.model}.json"))
        for e in entries
        if e.name.startswith(SHOWN)
    ]
    if parts:
        write_atomically(folder / "report.html", page(parts).encode())
    write_atomically(folder / "references.bib", bibliography([e.certificate for e in entries]).encode())


def build(folder: Path, *, quick: bool, workers: int, report: Report) -> Supplement:
    """Everything into ``folder``; what an earlier, killed run left there is used.

    ``quick``: with the trained models that come with the package, and without the independent checker. Raises
    UnusableInput for a folder that cannot be written, a training that fails, or a document that LaTeX refuses.
    """
    work = Workspace(folder, quick, report)
    sections = [experiment(work) for experiment in EXPERIMENTS]
    for leftover in state_files(folder):
        leftover.unlink()
    for section in sections:
        for table in section.tables:
            work.write("tables", f"{table.name}.tex", tabular(table).encode())
    due = [] if quick else work.entries
    checks = checked(folder, due, CHECK_SECONDS, workers, report)
    write_atomically(folder / f"{NAME}.tex", document(sections, work.entries, checks).encode())
    _report_and_references(folder, work.entries)
    report("compiling")
    pdf = compile_document(folder, NAME)
    answers = [(entry.name, checks[entry.certificate.sha256]) for entry in due]
    wrong = [f"{name}: {answer}" for name, answer in answers if answer != "accepted"]
    return Supplement(pdf, len(work.entries), len(due), wrong)
