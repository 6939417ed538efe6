"""Power of the tests: every deciding line of the checker, changed by itself, is noticed by the battery.

The default run takes a sample; `-m slow` takes all.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from mutation_battery import CHECKS, FOLDER, Package
from mutation_claims import CHECKS as CLAIMS
from mutation_claims import FORGERIES, refused
from mutation_orbits import CHECKS as ORBITS
from mutation_survivors import SURVIVORS
from mutation_table import MUTANTS, Mutant

ALL: dict[str, Callable[[Package], None]] = {**CHECKS, **ORBITS, **CLAIMS}
FIRST = {
    "fixed": ["fixed"], "elementary": ["elementary"], "smooth": ["smooth", "turning", "activations"],
    "activation": ["activations", "turning", "lines"],
    "affine": ["affine", "lines", "products", "chains", "one_sided"],
    "forms": ["products", "chains", "affine"], "kinks": ["lines", "affine", "one_sided"], "field": ["affine"],
    "spectral": ["spectral"], "quantities": ["quantities"], "strip": ["covers", "strips"],
    "complex_activation": ["complexes"],
    "complex_elementary": ["complexes"], "trig": ["trig"],
    "orbit_bounds": ["sampling", "contraction", "nodes"],
    "orbit_tube": ["sampling"], "orbit_claims": ["contraction"], "floquet": ["contraction", "discs"],
    "facts": ["dependents"], "region_claims": ["dependents"], "require": ["dependents"],
    "verdict": ["altered"], "floors": ["attained"], "subdivision": ["one_sided"],
    "orbit_data": ["candidates"],
    "curve_claims": ["candidates"],
}  # fmt: skip
"""The checks that are most likely to notice a change of a module; the others follow."""
CASES = {
    **dict.fromkeys(("orbit_bounds", "orbit_tube", "orbit_claims", "orbit_data", "multipliers", "floquet"), "orbit"),
    "curve_claims": "curve", "subdivision": "deep",
}  # fmt: skip
NEAR = {
    "saturation_claims": ("norm", "delta", "layer ", "pre ", "slope", "deep", "union", "ranges"),
    "product_claims": ("global", "theorem_1", "layer", "refined", "thres", "satur", "listed", "undecided too", "two b",
                       "best"),
    "region_claims": ("L ", "div", "log", "exclu", "mu"), "require": ("require",), "topology": ("holes",),
    "consequences": ("period", "theorem_2", "floor", "exclu", "vac", "stat", "eta", "crit", "vect", "bend", "two",
                     "holes"),
    "claims_common": ("kink", "norm", "theorem_2", "delta"), "floors": ("delta", "refined"), "curve_claims": ("curve",),
    "check": ("model", "unknown", "undecided", "refuted"), "facts": ("tree", "pre", "union", "L p", "deep", "theorem"),
}  # fmt: skip
"""How the names of the forgeries begin that a module's rules should refuse."""
PATCHING = ("elementary", "complexes", "quantities", "covers", "candidates", "dependents")
"""Checks that change the copy."""
SAMPLE = [i for i in range(0, len(MUTANTS), 10) if MUTANTS[i].module in FIRST and MUTANTS[i].module not in CASES]


def _forged(name: str, package: Package) -> None:
    assert not refused(package, name), name


def _trials(module: str) -> Iterator[tuple[str, Callable[[Package], None]]]:
    first = ["direct", *FIRST.get(module, [])]
    yield from ((name, ALL[name]) for name in first)
    yield "altered", ALL["altered"]
    yield "accepted", ALL["accepted"]
    near = CASES.get(module, "one")
    words = NEAR.get(module, ())
    for name in sorted(FORGERIES, key=lambda name: (not name.startswith(words), FORGERIES[name][0] != near)):
        yield name, partial(_forged, name)
    done = (*first, "forgeries", "altered", "accepted")
    yield from ((name, check) for name, check in ALL.items() if name not in done)


def caught(mutant: Mutant) -> str:
    """The check that notices the mutant, "" if none does."""
    source = (FOLDER / f"{mutant.module}.py").read_text(encoding="utf-8")
    assert source.count(mutant.old) == 1, "the mutant's text must occur just once: adapt it to the source"
    package = Package(f"mutant_{os.getpid()}")
    try:
        try:
            package.load(mutant.module, source.replace(mutant.old, mutant.new))
        except Exception:
            return "import"
        for name, check in _trials(mutant.module):
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    check(package)
            except Exception:
                return name
            if name in PATCHING:
                package.reset()
        return ""
    finally:
        package.close()


@pytest.mark.parametrize("name", [name for name in ALL if name != "forgeries"])
def test_the_original_passes(name: str) -> None:
    package = Package(f"original_{name}")
    try:
        ALL[name](package)
    finally:
        package.close()


@pytest.mark.parametrize(
    "case",
    ["two", "short", "kink", "signs", "ring"]
    + [pytest.param(name, marks=pytest.mark.slow) for name in ("one", "deep", "orbit", "curve")],
)
def test_every_forgery_is_refused(case: str) -> None:
    package = Package(f"original_{case}")
    try:
        for name, (which, _) in FORGERIES.items():
            assert which != case or not refused(package, name), name
    finally:
        package.close()


@pytest.mark.parametrize("index", SAMPLE)
def test_mutants_are_caught(index: int) -> None:
    assert caught(MUTANTS[index]), MUTANTS[index]


@pytest.mark.slow
@pytest.mark.parametrize("index", [i for i in range(len(MUTANTS)) if i not in SAMPLE])
def test_all_mutants_are_caught(index: int) -> None:
    assert caught(MUTANTS[index]), MUTANTS[index]


@pytest.mark.slow
@pytest.mark.parametrize("index", range(len(SURVIVORS)))
def test_survivors_survive(index: int) -> None:
    """One that is caught belongs into the other table."""
    mutant, reason = SURVIVORS[index]
    assert not caught(mutant), reason
