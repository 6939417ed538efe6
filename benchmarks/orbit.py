"""Periodic orbits proved by us and by CAPD, in one run: `python -m benchmarks.orbit [MODEL ...]`.

See README.md in this folder for what the columns mean.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

if __name__ == "__main__" and not __package__:  # started as a file, not as a module
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import saturode_verify as sv
from benchmarks.layout import Table, significant
from benchmarks.models import EXAMPLES

ROUNDS = 3
LIMIT = 300.0
OURS, CAPD, CAPD_LOG = "ours", "CAPD", "CAPD, int div"
_NEAR = {
    "stuart-landau": "1,0",
    "sl_": "1,0",
    "ml_": "0.5,0.1",
    "vdp": "2,0",
    "ros": "0.5,0.5,0",
    "d4_": "1,0,0,0",
}
"""Where the search starts, by the beginning of a file's name."""


@dataclass(frozen=True)
class Proof:
    """One engine's proof: seconds of search and proof, of setting up before; widths, the one of det M relative.

    ``failure`` says why there is none, or "".
    """

    failure: str = ""
    seconds: float = float("inf")
    setup: float = 0.0
    period: Fraction = Fraction(0)
    det: Fraction | None = None
    """None where the interval holds 0."""


@dataclass(frozen=True)
class Task:
    """A model's file, a point near its orbit, the digits asked of us, the seconds CAPD may take."""

    path: Path
    near: str
    digits: int
    limit: float


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.orbit", description=__doc__)
    parser.add_argument("models", nargs="*", type=Path, metavar="MODEL", help="files; the examples if none is named")
    parser.add_argument("--near", metavar="X0", help="start of every search, such as '1,0'; else by the file's name")
    parser.add_argument("--digits", type=int, default=16, metavar="N", help="digits of int div asked of us (16)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help=f"the best of N counts ({ROUNDS})")
    parser.add_argument("--limit", type=float, default=LIMIT, metavar="S", help=f"CAPD's seconds per run ({LIMIT:.0f})")
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    return parser.parse_args(arguments)


def ours(task: Task) -> Proof:
    """The library call, and the certificate's intervals."""
    started = time.perf_counter()
    network = sv.load(task.path)
    loaded = time.perf_counter()
    certificate = sv.prove_orbit(network, near=task.near, digits=task.digits)
    seconds = time.perf_counter() - loaded
    claim = certificate["periodic_orbit"]
    if claim.status != "proved":
        return Proof(failure=claim.reason.splitlines()[0][:80], seconds=seconds)
    width = claim.period.upper - claim.period.lower
    return Proof("", seconds, loaded - started, width, relative_width(claim.det_m.lower, claim.det_m.upper))


def capd(task: Task) -> tuple[Proof, Proof]:
    """det M from the return map's derivative, and instead as exp of int div f, a further state in its last pass.

    A process of its own: CAPD's loops cannot be stopped otherwise.
    """
    if find_spec("capdpy") is None:
        absent = Proof(failure="not installed (pip install uj-capdpy)")
        return absent, absent
    command = [sys.executable, "-m", "benchmarks.capd_peer", str(task.path.resolve()), task.near]
    try:
        run = subprocess.run(
            command, capture_output=True, text=True, timeout=task.limit, cwd=EXAMPLES.parent, check=False
        )
    except subprocess.TimeoutExpired:
        late = Proof(failure=f"no result in {task.limit:.0f} s")
        return late, late
    found = json.loads(run.stdout) if run.returncode == 0 else {"absent": _last_line(run.stderr)}
    return read_capd(found)


def read_capd(found: dict[str, Any]) -> tuple[Proof, Proof]:
    """Both proofs out of `CapdOrbit`'s JSON."""
    if "absent" in found:
        absent = Proof(failure=found["absent"])
        return absent, absent
    spent = found["seconds"]
    seconds, setup = spent["search"] + spent["existence"], spent["setup"]
    period, slope, log_det = (
        tuple(Fraction(float.fromhex(end)) for end in found[name]) for name in ("period", "return_det", "log_det")
    )
    width, ratio = period[1] - period[0], Fraction(math.expm1(log_det[1] - log_det[0]))
    return (
        Proof("", seconds + spent["derivative"], setup, width, relative_width(*slope)),
        Proof("", seconds + spent["log_det"], setup, width, ratio),
    )


def relative_width(lower: Fraction, upper: Fraction) -> Fraction | None:
    """(upper - lower) / min of the moduli."""
    return None if lower <= 0 <= upper else (upper - lower) / min(abs(lower), abs(upper))


def compare(task: Task, rounds: int) -> dict[str, Proof]:
    """The fastest of each, by name; they take turns."""
    best: dict[str, Proof] = {}
    for _ in range(rounds):
        engines: list[tuple[tuple[str, ...], Callable[[], tuple[Proof, ...]]]] = [
            ((OURS,), lambda: (ours(task),)),
            ((CAPD, CAPD_LOG), lambda: capd(task)),
        ]
        for names, prove in engines:
            if any(best[name].failure for name in names if name in best):
                continue
            for name, proof in zip(names, prove(), strict=True):
                best[name] = min(best.get(name, proof), proof, key=lambda entry: entry.seconds)
    return best


def row(proof: Proof, reference: Proof) -> list[str]:
    """Cells of the table behind the names."""
    if proof.failure:
        return [proof.failure]
    ratio = "" if reference.failure else significant(proof.seconds / reference.seconds)
    det = "holds 0" if proof.det is None else f"{float(proof.det):.1e}"
    return [significant(proof.seconds), ratio, significant(proof.setup, 2), f"{float(proof.period):.1e}", det]


def near_point(path: Path) -> str | None:
    """The start for a file of this name, if it is known."""
    return next((point for key, point in _NEAR.items() if path.stem.startswith(key)), None)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a model is missing, or unknown without --near."""
    asked = options(arguments)
    table = Table(
        "Periodic orbits: seconds to find and prove one, and how sharp the result is",
        ["model", "method", "seconds", "x ours", "set-up s", "width of T", "rel. width of det M"],
        notes=[
            f"The best of {asked.rounds} runs, in turns; set-up (reading, parsing) is not in the seconds.",
            "CAPD: det M from the return map's derivative; int div: exp of the integral, carried as a further state.",
        ],
    )
    models = asked.models or sorted(EXAMPLES.glob("*.pt"), key=lambda path: path.stat().st_size)
    for path in models:
        near = asked.near or near_point(path)
        if not path.is_file() or near is None:
            what = "give --near, a point near the orbit" if path.is_file() else "no such file"
            print(f"{path}: {what}", file=sys.stderr)
            return 1
        print(f"measuring {path.stem} ...", file=sys.stderr, flush=True)
        found = compare(Task(path, near, asked.digits, asked.limit), asked.rounds)
        for name, proof in found.items():
            table.add(path.stem, name, *row(proof, found[OURS]))
    print(table.text(asked.markdown))
    return 0


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1][:80] if text.strip() else "ended without a word"


if __name__ == "__main__":
    raise SystemExit(main())
