"""``verify orbit``: periodic orbits proved, or the determinant along a given curve."""

from __future__ import annotations

from typing import Any

import click

from .console import INTERRUPTED, answer, help_option, progress
from .errors import UnusableInput


@click.command()
@click.argument("model")
@help_option("--near", 'Start of the search, such as "1,0": on the cycle, or where a trajectory leads to it.')
@help_option("--box boxes", 'Search all over this box, such as "[-1.6,1.6]^2".', multiple=True)
@help_option("--all every", "With --box: prove every orbit that the search finds, not only one.", is_flag=True)
@help_option("--digits", "Digits asked of det M.", type=int, default=16, show_default=True, metavar="N")
@help_option("--curve", "No search: det along this closed curve, a CSV file with rows t,x1,...,xd, or the name of a "
              "benchmark field for its reference orbit.")  # fmt: skip
@help_option("--interpolation", "With --curve: how its rows are joined.", type=click.Choice(["cubic", "linear"]),
              default="cubic", show_default=True)  # fmt: skip
@help_option("--period", "With --curve: T, where the file's last row does not repeat the first.")
@help_option("--activation", "The hidden layers' activation, when the file does not say.", metavar="NAME")
@help_option("--rtol", "Relative gap of the bounds on the box around an orbit.", default="0.01", show_default=True)
@help_option("--time-limit", "Seconds for these bounds.", default="60", show_default=True, metavar="SECONDS")
@help_option("--precision", "Precision of values at points.", type=int, default=64, show_default=True, metavar="BITS")
@help_option("-o output", "Write the certificate.", metavar="CERTIFICATE.json")
@help_option("--json as_json", "Print the certificate itself, and nothing else, on standard output.", is_flag=True)
@help_option("--quiet", "Print nothing; the exit status and -o speak.", is_flag=True)
def orbit(model: str, near: str | None, boxes: tuple[str, ...], every: bool, digits: int, curve: str | None,
          interpolation: str, period: str | None, activation: str | None, output: str | None, as_json: bool,
          quiet: bool, **settings: Any) -> int:  # fmt: skip
    """Find periodic orbits of MODEL, prove that true ones exist beside them, and enclose their Floquet data."""
    from .formats import load
    from .interrupt import interruptible
    from .output import check_writable
    from .region import parse_box

    if as_json and quiet:
        raise UnusableInput("--json and --quiet contradict each other", "give one of them")
    if curve is not None and (near is not None or boxes or every):
        raise UnusableInput("--curve asks for no search", "leave out --near, --box and --all, or leave out --curve")
    if period is not None and curve is None:
        raise UnusableInput("--period needs --curve", "the period of an orbit is proved, not given")
    if output is not None:
        check_writable(output)
    regions = [parse_box(box) for box in boxes] or None
    network = load(model, activation=activation)
    with interruptible() as late:
        with progress(quiet or as_json) as report:
            if curve is not None:
                from .curves import curve_certificate

                found = curve_certificate(
                    network, curve, interpolation=interpolation, period=period, digits=digits, progress=report,
                    **settings,
                )  # fmt: skip
            else:
                from .orbits import prove_orbit

                found = prove_orbit(network, near, box=regions, every=every, digits=digits, progress=report, **settings)
        if output is not None:
            found.save(output)
        answer([found], as_json, quiet, several=False)
    if late() or found.environment["interrupted"]:
        return INTERRUPTED
    return found.exit_status
