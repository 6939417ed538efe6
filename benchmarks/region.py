"""Our bounds of ||Df|| on regions beside those of other packages, in one run: `python -m benchmarks.region`.

See README.md in this folder for what the columns mean.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

if __name__ == "__main__" and not __package__:  # started as a file, not as a module
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.bisection import Reached
from benchmarks.layout import Table, significant
from benchmarks.measure import ALL_FIVE, Effort, Speed, certify, speeds, tightness
from benchmarks.models import Model, read_models
from benchmarks.peers import COMPETITORS, OURS, UNROUNDED, Runner

GOALS = [0.01, 0.001]
FULL = Effort(rounds=9, slice=0.1, widths=(0.2, 0.1, 0.05, 0.02, 0.01, 0.001), boxes=60, samples=600, limit=20.0)
QUICK = Effort(rounds=3, slice=0.03, widths=(0.1, 0.01), boxes=20, samples=300, limit=2.0)


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.region", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repeats, two widths, 2 s per certification")
    parser.add_argument("--models", type=Path, metavar="DIR", help="measure every .pt file of this folder as well")
    parser.add_argument(
        "--only", default="*", metavar="NAME", help="only models whose name matches, for example '*32x32'"
    )
    parser.add_argument("--limit", type=float, metavar="S", help="seconds per certification instead of 20 (2)")
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    return parser.parse_args(arguments)


def tables(widths: Sequence[float]) -> tuple[Table, Table, Table]:
    """The empty tables of throughput, tightness and proofs."""
    throughput = Table(
        "1. Throughput: boxes per second on one core, half-width 1/64 of the region's",
        ["model", "engine", "proved", "boxes/s", "x ours", "from..to", "set-up s"],
        notes=["x ours: median over rounds in which the engines took turns, with the least and the most beside it."],
    )
    tightness = Table(
        "2. Tightness: median of bound / sampled supremum of ||Df|| over the same random boxes",
        ["model", "engine", *(f"h={width:g}" for width in widths)],
        notes=["h: half-width relative to the region's. The samples lie below the supremum: 1 is out of reach."],
    )
    proofs = Table(
        "3. Seconds to come close to sup ||Df|| on the whole region (one bisection for all; last our branch and bound)",
        ["model", "engine", "within 1 %", "boxes", "within 0.1 %", "boxes"],
        notes=["gap: how far above the proved lower bound the largest bound still was when time was up."],
    )
    return throughput, tightness, proofs


def speed_row(runner: Runner, speed: Speed) -> list[str]:
    """Cells of table 1."""
    span = "" if runner.name == OURS else f"{significant(speed.least)}..{significant(speed.most)}"
    return [runner.proved, f"{speed.rate:,.0f}", significant(speed.ratio), span, f"{runner.setup:.2f}"]


def reached_cells(entries: Sequence[Reached]) -> list[str]:
    """Cells of table 3."""
    cells = []
    for entry in entries:
        gap = "unknown" if not np.isfinite(entry.gap) else f"{significant(100 * entry.gap)} %"
        cells += [significant(entry.seconds) if entry.met else f"gap {gap}, {entry.seconds:.0f} s", f"{entry.boxes:,}"]
    return cells


def compare(model: Model, effort: Effort, throughput: Table, tight: Table, proof: Table) -> None:
    """One model's rows of all three tables."""
    runners = [Runner(competitor, model.network) for competitor in COMPETITORS]
    present = [runner for runner in runners if not runner.absent]
    rates = speeds(model, present, effort)
    ratios = tightness(model, present, effort)
    truth, proofs = certify(model, present, GOALS, effort)
    for runner in runners:
        if runner.absent:
            for table in (throughput, tight, proof):
                table.add(model.name, runner.name, runner.absent)
            continue
        throughput.add(model.name, runner.name, *speed_row(runner, rates[runner.name]))
        tight.add(model.name, runner.name, *(f"{ratio:.5f}" for ratio in ratios[runner.name]))
        proof.add(model.name, runner.name, *reached_cells(proofs[runner.name]))
    proof.add(model.name, ALL_FIVE, *reached_cells(proofs[ALL_FIVE]))
    if UNROUNDED in rates:
        throughput.notes.append(f"{model.name}: rigour costs a factor of {rates[UNROUNDED].ratio:.2f} in time.")
    proof.notes.append(f"{model.name}, {model.box}: proved sup ||Df|| >= {truth:.8g}.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if there is no model."""
    asked = options(arguments)
    effort = QUICK if asked.quick else FULL
    if asked.limit is not None:
        effort = replace(effort, limit=asked.limit)
    started = time.perf_counter()
    throughput, tight, proof = tables(effort.widths)
    models = read_models(asked.models, asked.only)
    if not models:
        print("no model has such a name", file=sys.stderr)
        return 1
    with np.errstate(all="ignore"), threadpool_limits(1):
        for model in models:
            print(f"measuring {model.name} ...", file=sys.stderr, flush=True)
            compare(model, effort, throughput, tight, proof)
    for table in (throughput, tight, proof):
        print(table.text(asked.markdown))
    print(f"{time.perf_counter() - started:.0f} s in all")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
