"""``verify check``: re-prove a certificate with a program that shares no code with the prover."""

from __future__ import annotations

import sys

import click

from .console import help_option

REJECTED = 5


@click.command()
@click.argument("certificate")
@help_option("--model", "The model that the certificate is about.", required=True)
@help_option("--activation", "The hidden layers' activation, when the model's file does not say.", metavar="NAME")
@help_option("--time-limit", "Seconds; what is left then counts as unconfirmed.", type=float, metavar="SECONDS")
@help_option("--quiet", "Print nothing; the exit status speaks.", is_flag=True)
def check(certificate: str, model: str, activation: str | None, time_limit: float | None, quiet: bool) -> int:
    """Re-check CERTIFICATE from its exact numbers, independently: integers only, no search."""
    from .checker.check import show_progress
    from .checks import check as check_file
    from .formats import load

    shown = sys.stderr.isatty() and not quiet
    report = check_file(
        certificate, load(model, activation=activation), time_limit=time_limit,
        progress=show_progress if shown else None,
    )  # fmt: skip
    if shown:
        click.echo("\r" + " " * 60 + "\r", nl=False, err=True)
    if not quiet:
        click.echo(report.text())
    return 0 if report.accepted else REJECTED
