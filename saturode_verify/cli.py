"""The ``verify`` command, on click (the most used command-line library; progress and tables are rich's).

Heavy modules are imported inside the commands, so that ``verify --help`` stays fast.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from .errors import UnusableInput

if TYPE_CHECKING:
    from .certificate.record import Certificate

USAGE, INTERRUPTED = 2, 130
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
    ("130", "interrupted (what was proved so far is written when -o was given)"),
]


@click.group(cls=DefaultGroup)
@click.version_option(package_name="saturode-verify")
def cli() -> None:
    """Proved bounds on the dynamics of a neural ODE."""


def _help_option(name: str, text: str, **more: Any) -> Callable:
    return click.option(*name.split(), help=text, **more)


@cli.command(_MAIN)
@click.argument("models", nargs=-1, required=True, metavar="MODEL...")
@_help_option("--box boxes", 'Region, such as "[-1.6,1.6]^2" or a JSON file; several make a union.', multiple=True)
@_help_option("--activation", "The hidden layers' activation, when the file does not say.", metavar="NAME")
@_help_option("--delta", "Threshold of theorem 1 (repeatable); the best one is always reported.", multiple=True)
@_help_option("--period", 'T, or "[T-,T+]": Floquet bounds for orbits of that period (theorem 2).')
@_help_option("--eta", "With --period: exclude T-periodic orbits with -log det M >= eta.")
@_help_option("--rtol", "Relative gap of the two-sided enclosures.", default="0.01", show_default=True)
@_help_option("--time-limit", "Seconds for the search of each model.", default="60", show_default=True,
              metavar="SECONDS")  # fmt: skip
@_help_option("--precision", "Precision of values at points.", type=int, default=64, show_default=True, metavar="BITS")
@_help_option("--require", 'Decide a claim, such as "sup_jacobian_norm <= 3" (repeatable).', multiple=True)
@_help_option("--workers", "Processes that share the boxes.", type=int, default=1, show_default=True, metavar="N")
@_help_option("--dask", "Share the boxes on a dask.distributed cluster instead.", metavar="ADDRESS")
@_help_option("-o output", "Write the certificate (several models: into this folder).", metavar="CERTIFICATE.json")
@_help_option("--json as_json", "Print the certificate itself, and nothing else, on standard output.", is_flag=True)
@_help_option("--quiet", "Print nothing; the exit status and -o speak.", is_flag=True)
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
        with _progress(quiet or as_json) as report:
            found = verify_all(networks, regions, progress=report, workers=workers, dask=dask, **settings)
        for certificate, path in zip(found, paths, strict=False):
            certificate.save(path)
        _answer(found, as_json, quiet, several=len(models) > 1)
    if late() or any(certificate.environment["interrupted"] for certificate in found):
        return INTERRUPTED
    # Refuted outweighs undecided, which outweighs proved: the statuses 4, 3, 0 are in this order.
    return max(certificate.exit_status for certificate in found)


def _answer(found: list[Certificate], as_json: bool, quiet: bool, several: bool) -> None:
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
def _progress(hidden: bool) -> Iterator[Callable[[int, float], None] | None]:
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


@cli.command()
@click.argument("model")
@_help_option("--activation", "The hidden layers' activation, when the file does not say.", metavar="NAME")
@_help_option(
    "--round-batchnorm", "Fold BatchNorm by rounding once; the folded network is the one certified.", is_flag=True
)
@_help_option("-o output", "The exact model to write.", required=True, metavar="MODEL.json")
def export(model: str, activation: str | None, round_batchnorm: bool, output: str) -> None:
    """Write the exact rational form of MODEL."""
    from .formats import load
    from .formats.exact_json import write_exact_json
    from .output import write_atomically

    network = load(model, activation=activation, round_batchnorm=round_batchnorm)
    write_atomically(output, write_exact_json(network))
    click.echo(f"{output}: {'-'.join(map(str, network.sizes))}, sha256 {network.sha256}")
    for note in network.notes:
        click.echo(f"- {note}")


@cli.command()
@click.argument("certificates", nargs=-1, required=True)
@_help_option("-o output", "Write the table to a file instead of standard output.", metavar="TABLE.tex")
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
@click.argument("field")
@_help_option("--hidden", "Widths of the hidden layers.", default="32", show_default=True, metavar="N[,N...]")
@_help_option("--activation", "Activation of the hidden layers.", default="tanh", show_default=True, metavar="NAME")
@_help_option("--seed", "Seed; the same seed gives the same weights.", type=int, default=0, show_default=True)
@_help_option("-o output", "The model to write.", required=True, metavar="MODEL.pt")
def train(field: str, hidden: str, activation: str, seed: int, output: str) -> None:
    """Train a benchmark neural ODE on FIELD (stuart-landau)."""
    from .output import check_writable
    from .paper.training import parse_widths, save
    from .paper.training import train as train_network

    check_writable(output)
    with _training_progress() as report:
        module = train_network(field, parse_widths(hidden), activation, seed, progress=report)
    save(module, output)
    click.echo(f"{output}: {field}, hidden {hidden}, {activation}, seed {seed}")


@contextmanager
def _training_progress() -> Iterator[Callable[[int, int, float], None] | None]:
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


def _fail(message: str) -> int:
    click.echo(f"verify: error: {message}", err=True)
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
    except BrokenPipeError:
        sys.stderr.close()
        status = USAGE
    except OSError as error:
        status = _fail(f"the system refused a read or write ({error.strerror}); check the paths and the free space")
    sys.exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()
