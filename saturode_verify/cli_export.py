"""``verify export``: the exact form of a model, or a certificate as a file for Coq."""

from __future__ import annotations

import click

from .console import help_option
from .errors import UnusableInput


@click.command()
@click.argument("model")
@help_option("--activation", "The hidden layers' activation, when the file does not say.", metavar="NAME")
@help_option(
    "--round-batchnorm", "Fold BatchNorm by rounding once; the folded network is the one certified.", is_flag=True
)
@help_option("--coq", "MODEL is a region certificate: write its sup ||Df|| as theorems for coqc.", is_flag=True)
@help_option("--model certified", "With --coq: the certified model, if not beside the certificate.", metavar="MODEL")
@help_option("-o output", "The exact model, or with --coq the Coq file, to write.", required=True, metavar="FILE")
def export(
    model: str, activation: str | None, round_batchnorm: bool, coq: bool, certified: str | None, output: str
) -> None:
    """Write the exact rational form of MODEL; with --coq, a certificate as a proof that Coq's kernel checks."""
    if coq:
        if round_batchnorm:
            raise UnusableInput(
                "--round-batchnorm does not go with --coq", "export the folded model first and give it with --model"
            )
        _export_coq(model, certified, activation, output)
    elif certified is not None:
        raise UnusableInput("--model is only for --coq", "give the model as the argument of `verify export`")
    else:
        _export_model(model, activation, round_batchnorm, output)


def _export_model(model: str, activation: str | None, round_batchnorm: bool, output: str) -> None:
    from .formats import load
    from .formats.exact_json import write_exact_json
    from .output import write_atomically

    network = load(model, activation=activation, round_batchnorm=round_batchnorm)
    write_atomically(output, write_exact_json(network))
    click.echo(f"{output}: {'-'.join(map(str, network.sizes))}, sha256 {network.sha256}")
    for note in network.notes:
        click.echo(f"- {note}")


def _export_coq(certificate: str, model: str | None, activation: str | None, output: str) -> None:
    from .coq.export import export as coq_text
    from .output import check_writable, write_atomically

    check_writable(output)
    text, value = coq_text(certificate, model, activation)
    write_atomically(output, text.encode())
    lower, upper = value.display()
    click.echo(f"{output}: sup ||Df|| in [{lower}, {upper}], the certificate's own exact ends, as theorems for Coq")
    click.echo(f"- nothing is proved yet: run coqc {output} (Coq 8.16 with Coquelicot and Coq-Interval)")
