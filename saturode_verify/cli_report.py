"""``verify report``: certificates as an HTML page; ``verify cite``: the literature behind them as BibTeX."""

from __future__ import annotations

import click

from .console import help_option


@click.command()
@click.argument("certificates", nargs=-1, required=True)
@help_option("--model models", "A certified model that is not beside its certificate (repeatable).", multiple=True,
             metavar="MODEL")  # fmt: skip
@help_option("--activation", "The hidden layers' activation, when the model file does not say.", metavar="NAME")
@help_option("-o output", "The page to write.", required=True, metavar="REPORT.html")
def report(certificates: tuple[str, ...], models: tuple[str, ...], activation: str | None, output: str) -> None:
    """Self-contained HTML page of certificates: claims in words, tables, pictures, saturation maps."""
    from .formats import load
    from .output import check_writable, write_atomically
    from .pages.page import page, read_parts

    check_writable(output)
    networks = [load(model, activation=activation) for model in models]
    write_atomically(output, page(read_parts(certificates, networks, activation)).encode())
    click.echo(output)


@click.command()
@click.argument("certificates", nargs=-1, required=True)
@help_option("-o output", "Write to a file instead of standard output.", metavar="REFERENCES.bib")
def cite(certificates: tuple[str, ...], output: str | None) -> None:
    """BibTeX of just the theorems and methods that certificates used."""
    from .certificate.record import load_certificate
    from .output import write_atomically
    from .report.cite import bibliography

    text = bibliography([load_certificate(path) for path in certificates])
    if output is None:
        click.echo(text, nl=False)
    else:
        write_atomically(output, text.encode())
