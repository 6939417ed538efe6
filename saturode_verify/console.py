"""What the actions of the command line share: options, progress on standard error, the answer on standard output."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from .certificate.record import Certificate

INTERRUPTED = 130


def help_option(name: str, text: str, **more: Any) -> Callable:
    return click.option(*name.split(), help=text, **more)


def answer(found: list[Certificate], as_json: bool, quiet: bool, several: bool) -> None:
    from .report.evolution import print_evolution
    from .report.text import print_report

    if as_json and several:
        click.echo("[" + ",".join(certificate.to_json() for certificate in found) + "]")
    elif as_json:
        click.echo(found[0].to_json(), nl=False)
    elif several and not quiet:
        print_evolution(found, sys.stdout)
    elif not quiet:
        print_report(found[0], sys.stdout)


@contextmanager
def progress(hidden: bool) -> Iterator[Callable[[int, float], None] | None]:
    """A progress line on standard error while it is a terminal."""
    if hidden or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("proving", total=None)

        def report(boxes: int, gap: float) -> None:
            bar.update(task, description=f"{boxes} boxes, largest relative gap {gap:.2g}")

        yield report


@contextmanager
def training_progress() -> Iterator[Callable[[int, int, float], None] | None]:
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("training", total=None)

        def report(step: int, total: int, loss: float) -> None:
            bar.update(task, completed=step, total=total, description=f"training, loss {loss:.2e}")

        yield report
