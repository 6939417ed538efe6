"""``python -m proofs [NAME ...]``: prove the statements of all files, or of some, and print one line for each."""

from __future__ import annotations

import sys

from . import FILES, prove


def main(names: list[str]) -> None:
    """Raises Unproved at the first statement that fails."""
    for name in names or FILES:
        for line in prove(name):
            print(f"{name}: {line}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
