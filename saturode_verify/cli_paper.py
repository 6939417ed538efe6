"""``verify paper``: the paper's experiments with certificates."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .console import help_option

UNDECIDED = 3


@click.command()
@help_option("-o output", "Folder for models, certificates, tables, figures and the supplement.", required=True,
             metavar="DIR")  # fmt: skip
@help_option("--quick", "Take the trained models that come with the package, and do not re-prove the certificates.",
             is_flag=True)  # fmt: skip
@help_option("--workers", "Processes that check certificates.", type=click.IntRange(1), default=2, show_default=True,
             metavar="N")  # fmt: skip
def paper(output: str, quick: bool, workers: int) -> int:
    """Reproduce every table and figure of the paper, with certificates, each re-proved by the independent checker.

    A killed run goes on where it was; a full run after a quick one, in the same folder, takes its models and re-proves.
    """
    from .supplement.build import build

    shown = sys.stderr.isatty()

    def report(what: str) -> None:
        if shown:
            click.echo(f"\r{what[:70]:<72}", nl=False, err=True)

    made = build(Path(output), quick=quick, workers=workers, report=report)
    if shown:
        click.echo("\r" + " " * 72 + "\r", nl=False, err=True)
    for line in made.unaccepted:
        click.echo(f"not accepted by the checker: {line}")
    count = made.checked - len(made.unaccepted)
    click.echo(f"{made.certificates} certificates, {count} of them re-proved by the independent checker")
    click.echo(
        str(made.pdf) if made.pdf else f"{output}/supplement.tex (no LaTeX here: install pdflatex to compile it)"
    )
    return UNDECIDED if made.unaccepted else 0
