"""`python -m saturode_verify.checker CERTIFICATE --model MODEL.json`, also as a zipapp.

Exit status: 0 accepted; 5 rejected; 2 unusable input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

if __package__:
    from .check import check_files, show_progress
    from .verdict import Unusable
else:  # pragma: no cover - the file was run by its path
    raise SystemExit("run it as a module, or as the zipapp that archive.py builds")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser("saturode-check", description="Re-prove a certificate with exact integers only.")
    parser.add_argument("certificate")
    parser.add_argument(
        "--model", required=True, help="the exact model, written by `verify export MODEL -o MODEL.json`"
    )
    parser.add_argument("--time-limit", type=float, default=None, metavar="SECONDS")
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args(arguments)
    if options.time_limit is not None and not 0 < options.time_limit < float("inf"):
        parser.error("--time-limit needs a positive number of seconds")
    shown = sys.stderr.isatty() and not options.quiet
    try:
        report = check_files(
            options.certificate, options.model, seconds=options.time_limit,
            progress=show_progress if shown else None,
        )  # fmt: skip
    except Unusable as error:
        print(f"saturode-check: error: {error}", file=sys.stderr)
        return 5 if "altered" in str(error) or "another model" in str(error) else 2
    if shown:
        sys.stderr.write("\r" + " " * 60 + "\r")
    print(report.text() if not options.quiet else report.text().split("\n")[0])
    return 0 if report.accepted else 5


if __name__ == "__main__":
    sys.exit(main())
