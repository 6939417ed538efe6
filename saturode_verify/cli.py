"""The ``verify`` command, on click (the most used command-line library; progress and tables are rich's).

Heavy modules are imported inside the commands, so that ``verify --help`` stays fast.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from .cli_check import check
from .cli_export import export
from .cli_orbit import orbit
from .cli_paper import paper
from .cli_report import cite, report
from .cli_train import train
from .console import INTERRUPTED, answer, help_option, progress
from .errors import UnusableInput

USAGE = 2
_MAIN = "MODEL"


class DefaultGroup(click.Group):
    """``verify MODEL ...`` runs the main job; a known first word runs that action."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help", "--version"):
            args = [_MAIN, *args]
        return super().parse_args(ctx, args or ["--help"])

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        main_job = self.commands[_MAIN]
        with click.Context(main_job, info_name="verify", color=False) as inner:
            main_job.format_usage(inner, formatter)
            main_job.format_help_text(inner, formatter)
            main_job.format_options(inner, formatter)
        others = [(name, c.get_short_help_str(100)) for name, c in sorted(self.commands.items()) if name != _MAIN]
        with formatter.section("Other actions (verify ACTION --help)"):
            formatter.write_dl(others)
        with formatter.section("Exit status"):
            formatter.write_dl(_EXIT)


_EXIT = [
    ("0", "everything asked is proved"),
    ("2", "unusable input"),
    ("3", "undecided within the limits (what was proved is printed and written)"),
    ("4", "something asked is refuted, with a witness point where one point refutes it"),
    ("5", "certificate rejected"),
    ("130", "interrupted (what was proved so far is written when -o was given)"),
]


@click.group(cls=DefaultGroup)
@click.version_option(package_name="saturode-verify")
def cli() -> None:
    """Proved bounds on the dynamics of a neural ODE."""


@cli.command(_MAIN)
@click.argument("models", nargs=-1, required=True, metavar="MODEL...")
@help_option("--box boxes", 'Region, such as "[-1.6,1.6]^2" or a JSON file; several make a union.', multiple=True)
@help_option("--activation", "The hidden layers' activation, when the file does not say.", metavar="NAME")
@help_option("--delta", "Threshold of theorem 1 (repeatable); the best one is always reported.", multiple=True)
@help_option("--period", 'T, or "[T-,T+]": Floquet bounds for orbits of that period (theorem 2).')
@help_option("--eta", "With --period: exclude T-periodic orbits with -log det M >= eta.")
@help_option("--rtol", "Relative gap of the two-sided enclosures.", default="0.01", show_default=True)
@help_option("--time-limit", "Seconds for the search of each model.", default="60", show_default=True,
              metavar="SECONDS")  # fmt: skip
@help_option("--precision", "Precision of values at points.", type=int, default=64, show_default=True, metavar="BITS")
@help_option("--require", 'Decide a claim, such as "sup_jacobian_norm <= 3" (repeatable).', multiple=True)
@help_option("--workers", "Processes that share the boxes.", type=int, default=1, show_default=True, metavar="N")
@help_option("--dask", "Share the boxes on a dask.distributed cluster instead.", metavar="ADDRESS")
@help_option("-o output", "Write the certificate (several models: into this folder).", metavar="CERTIFICATE.json")
@help_option("--json as_json", "Print the certificate itself, and nothing else, on standard output.", is_flag=True)
@help_option("--quiet", "Print nothing; the exit status and -o speak.", is_flag=True)
def main_job(models: tuple[str, ...], boxes: tuple[str, ...], activation: str | None, output: str | None,
             as_json: bool, quiet: bool, workers: int, dask: str | None, **settings: Any) -> int:  # fmt: skip
    """Prove bounds of ||Df||, div f, the saturation profile and the Floquet data of MODEL on each region.

    Several models, such as the checkpoints of a training run, share the work and are shown in one table.
    """
    from .formats import load
    from .interrupt import interruptible
    from .job import verify_all
    from .output import certificate_paths
    from .region import parse_box
    from .settings import read_settings

    if as_json and quiet:
        raise UnusableInput("--json and --quiet contradict each other", "give one of them")
    if not boxes:
        raise UnusableInput("no region was given", 'add --box "[-1.6,1.6]^2" (one side per dimension, or ^d)')
    regions = [parse_box(text) for text in boxes]
    paths = certificate_paths(output, models)
    networks = [load(model, activation=activation) for model in models]
    for network in networks:
        read_settings(network, **settings)
    # A Ctrl-C during the search ends the search; one that comes later waits until the certificate is written.
    with interruptible() as late:
        with progress(quiet or as_json) as report:
            found = verify_all(networks, regions, progress=report, workers=workers, dask=dask, **settings)
        for certificate, path in zip(found, paths, strict=False):
            certificate.save(path)
        answer(found, as_json, quiet, several=len(models) > 1)
    if late() or any(certificate.environment["interrupted"] for certificate in found):
        return INTERRUPTED
    # Refuted outweighs undecided, which outweighs proved: the statuses 4, 3, 0 are in this order.
    return max(certificate.exit_status for certificate in found)


@cli.command()
@click.argument("certificates", nargs=-1, required=True)
@help_option("-o output", "Write the table to a file instead of standard output.", metavar="TABLE.tex")
def table(certificates: tuple[str, ...], output: str | None) -> None:
    """LaTeX table (booktabs) of one or more certificates: one row per box and claim."""
    from .certificate.record import load_certificate
    from .output import write_atomically
    from .report.latex import table as latex_table

    text = latex_table([load_certificate(path) for path in certificates])
    if output is None:
        click.echo(text, nl=False)
    else:
        write_atomically(output, text.encode())


@cli.command()
@click.argument("certificate")
@help_option("--model", "The certified model, where it is not beside the certificate.", metavar="MODEL")
@help_option("--activation", "The hidden layers' activation, when the model file does not say.", metavar="NAME")
@help_option("-o output", "The picture; its suffix is its format.", required=True, metavar="FIGURE.{pdf,png,svg}")
def plot(certificate: str, model: str | None, activation: str | None, output: str) -> None:
    """Picture of a certificate: phase portrait with its orbits, and the leaves' bounds of ||Df|| as a heat map."""
    from .figures.plot import plot as draw

    draw(certificate, output, model, activation)
    click.echo(output)


@cli.command()
def supports() -> None:
    """Activations, layers and file formats that are understood."""
    from .activation import ACTIVATIONS
    from .formats import FILE_FORMATS, SUPPORTED_LAYERS

    for title, names in (
        ("activations", sorted(ACTIVATIONS)),
        ("torch layers", sorted(SUPPORTED_LAYERS)),
        ("file formats", FILE_FORMATS),
    ):
        click.echo(f"{title}: {', '.join(names)}")


cli.add_command(check)
cli.add_command(export)
cli.add_command(orbit)
cli.add_command(train)
cli.add_command(paper)
cli.add_command(report)
cli.add_command(cite)


def _fail(message: str) -> int:
    printable = "".join(character if character.isprintable() else "?" for character in message)
    click.echo(f"verify: error: {printable}", err=True)
    return USAGE


def main() -> None:
    """Entry point: maps every outcome to its exit status; only bugs show a traceback."""
    try:
        status = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except UnusableInput as error:
        status = _fail(str(error))
    except click.ClickException as error:
        hint = "see `verify --help`"
        status = _fail(f"{' '.join(error.format_message().split()).rstrip('.')}; {hint}")
    except (KeyboardInterrupt, click.Abort):
        click.echo("verify: interrupted", err=True)
        status = INTERRUPTED
    except (BrokenPipeError, SystemExit):  # rich turns the first into the second
        sys.stderr.close()
        status = USAGE
    except OSError as error:
        status = _fail(f"the system refused a read or write ({error.strerror}); check the paths and the free space")
    sys.exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()
