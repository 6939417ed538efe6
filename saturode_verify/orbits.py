"""Periodic orbits end to end: found in floats, proved in Arb, beside the region's bounds on a box around each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from .bounds.bounders import keep_memory, serial
from .bounds.candidates import FloatField
from .certificate.record import Certificate
from .errors import UnusableInput
from .interrupt import Interruption, interruptible
from .network import Network
from .orbit.analytic import why_not_analytic
from .orbit.candidate.attempts import Attempt, attempt
from .orbit.existence import NotProved
from .orbit.search import Equilibrium, FloatOrbit, NotFound, find_all, find_near
from .orbit.witness import proposal_data
from .region import Box, read_boxes, rounded_box
from .rigor.balls import precision as working_precision
from .rigor.balls import rational
from .rigor.numbers import Enclosure, format_exact
from .run import Findings, Progress, Run
from .settings import Number, Settings, exact_number, read_settings
from .theorems.claim import Claim
from .theorems.periodic_orbit import periodic_orbit

DIGITS, MAX_DIGITS = 16, 200
LARGEST_START = 10**100


@dataclass(frozen=True)
class Search:
    """Where to look: from a point, or all over a box."""

    near: tuple[Fraction, ...] | None
    box: Box | None
    digits: int

    def as_json(self) -> dict[str, Any]:
        """The additions to the certificate's settings."""
        return {
            "digits": self.digits,
            "near": None if self.near is None else [format_exact(x) for x in self.near],
            "search_box": None if self.box is None else [Enclosure(low, high) for low, high in self.box.sides],
        }


@dataclass(frozen=True)
class Outcome:
    """What became of one float orbit: the proof's result, and a box around it."""

    result: Attempt | NotProved
    box: Box


def prove_orbit(
    network: Network,
    near: Sequence[Number] | str | None = None,
    *,
    box: Box | str | Sequence[Box | str] | None = None,
    digits: int = DIGITS,
    every: bool = False,
    rtol: Number = "0.01",
    time_limit: Number | None = 60,
    precision: int = 64,
    progress: Progress | None = None,
) -> Certificate:
    """Find a periodic orbit, prove that a true one exists beside it, and enclose its Floquet data.

    ``near``: a point (d numbers or "1,0") whose trajectory leads to the orbit, or that lies close to it. Without it the
    search starts all over ``box``, and keeps the first orbit it proves, or with ``every`` all of them, one box of the
    certificate each. ``digits``: int div f is enclosed to about 10^-digits, so det M to that many digits.
    ``rtol``, ``time_limit`` (seconds) and ``precision`` (bits) are those of the bounds on the box around each orbit.

    The certificate's claim ``periodic_orbit`` is "undecided", with the failing inequality or the search's reason, where
    there is no proof. Raises UnusableInput for a wrong model, point, box or setting.
    """
    if not isinstance(network, Network):
        raise UnusableInput(f"a model is a {type(network).__name__}, no Network", "pass saturode_verify.load(path)")
    exact = read_settings(network, rtol=rtol, time_limit=time_limit, precision=precision)
    search = _read_search(network, near, box, digits)
    if every and search.box is None:
        raise UnusableInput("--all needs --box", 'name the box to search, such as --box "[-1.6,1.6]^2"')
    keep_memory()
    with interruptible() as wish, np.errstate(all="ignore"), threadpool_limits(1):
        found, environment = _find(network, search)
        outcomes = _prove(network, found, search.digits, every, wish) if isinstance(found, list) else []
        reason = found if isinstance(found, str) else ""
        return _certificate(network, exact, search, outcomes, reason, environment, wish, progress)


def _read_search(
    network: Network, near: Sequence[Number] | str | None, box: Box | str | Sequence[Box | str] | None, digits: int
) -> Search:
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= MAX_DIGITS:
        raise UnusableInput(f"--digits {str(digits)[:40]} is outside 1..{MAX_DIGITS}", "use for example --digits 20")
    if near is None and box is None:
        raise UnusableInput("no start was given", 'add --near "1,0", or --box "[-1.6,1.6]^2" to search all over a box')
    if near is not None and box is not None:
        raise UnusableInput("--near and --box both say where to search", "give one of them")
    if near is not None:
        return Search(_point(near, network.dimension), None, digits)
    assert box is not None
    boxes = read_boxes(box, network.dimension)
    if len(boxes) > 1:
        raise UnusableInput(f"{len(boxes)} boxes were given to search", "give one box that holds them all")
    return Search(None, boxes[0], digits)


def _point(near: Sequence[Number] | str, dimension: int) -> tuple[Fraction, ...]:
    if not isinstance(near, str | Sequence | np.ndarray):
        raise UnusableInput(f"--near is {str(near)[:40]}, no point", f"give {dimension} numbers")
    parts = near.split(",") if isinstance(near, str) else list(near)
    if len(parts) != dimension:
        raise UnusableInput(
            f"--near has {len(parts)} numbers but the model has dimension {dimension}",
            f"give {dimension} numbers, separated by commas",
        )
    point = tuple(exact_number(part, "--near") for part in parts)
    if max(abs(x) for x in point) > LARGEST_START:
        raise UnusableInput("--near is out of reach for a search in floating point", "give numbers below 1e100")
    return point


def _find(network: Network, search: Search) -> tuple[list[FloatOrbit] | str, dict[str, Any]]:
    """(float orbits, or why there are none; what else the search saw, in floats, for the environment)."""
    refused = why_not_analytic(network)
    if refused:
        return refused, {}
    if network.dimension == 1:
        return "on a line every solution of x' = f(x) is monotone: there is no periodic orbit to find", {}
    field = FloatField(network)
    if search.near is not None:
        result = find_near(field, [float(x) for x in search.near])
        if isinstance(result, FloatOrbit):
            return [result], {}
        rests = [result] if isinstance(result, Equilibrium) else [result.equilibrium] if result.equilibrium else []
        return _no_orbit(result), {"search": _seen(rests)}
    assert search.box is not None
    found = find_all(field, search.box)
    seen = {"search": {**_seen(found.equilibria), "outside": found.outside, "incomplete": list(found.incomplete)}}
    if not found.orbits:
        return _nothing(len(found.equilibria), found.outside), seen
    return found.orbits, seen


def _no_orbit(result: Equilibrium | NotFound) -> str:
    if isinstance(result, NotFound):
        return result.reason
    return f"the search ended at the equilibrium near {_shown(result.point)}: give --near a point closer to a cycle"


def _nothing(equilibria: int, outside: int) -> str:
    beside = f", and {outside} orbits that leave the box" if outside else ""
    seen = f"the search of the box found {equilibria} equilibria{beside}, but no periodic orbit"
    return f"{seen}: try a larger box or --near"


def _seen(equilibria: Sequence[Equilibrium]) -> dict[str, Any]:
    """Equilibria as text: observed in floating point, proved by nothing."""
    return {
        "equilibria": [
            {"point": _shown(e.point), "eigenvalues": ", ".join(f"{v:.4g}" for v in e.eigenvalues)} for e in equilibria
        ]
    }


def _shown(point: np.ndarray) -> str:
    return "(" + ", ".join(f"{x:.6g}" for x in point) + ")"


def _prove(network: Network, found: list[FloatOrbit], digits: int, every: bool, wish: Interruption) -> list[Outcome]:
    """Outcomes in the order of the search; without ``every`` the first that is proved, or else the first."""
    outcomes: list[Outcome] = []
    for orbit in found:
        if wish.requested:
            break
        result = attempt(network, orbit, digits, wish)
        outcome = Outcome(result, _box_of(result, orbit))
        if not every and isinstance(result, Attempt):
            return [outcome]
        outcomes.append(outcome)
    return outcomes if every else outcomes[:1]


def _box_of(result: Attempt | NotProved, orbit: FloatOrbit) -> Box:
    """A box around the proved orbit (around the float one where nothing is proved), its ends short decimals."""
    if isinstance(result, Attempt):
        sides = [(rational(low), rational(high)) for low, high in result.orbit.hull]
    else:
        ends = zip(orbit.states.min(axis=0), orbit.states.max(axis=0), strict=True)
        sides = [(Fraction(float(low)), Fraction(float(high))) for low, high in ends]
    return rounded_box(sides)


def _certificate(
    network: Network, exact: Settings, search: Search, outcomes: list[Outcome], reason: str,
    environment: dict[str, Any], wish: Interruption, progress: Progress | None,
) -> Certificate:  # fmt: skip
    if not outcomes:
        reason = reason or "interrupted before any orbit was proved"
        claims, boxes = [periodic_orbit(reason)], [_search_box(search)]
        periods: list[Enclosure | None] = [None]
    else:
        names = list(range(len(outcomes))) if len(outcomes) > 1 else ["region"]
        boxes = [outcome.box for outcome in outcomes]
        claims = [_claim(outcome, name) for outcome, name in zip(outcomes, names, strict=True)]
        periods = [claim.period if claim.proved else None for claim in claims]
    witness = [
        {"of": "periodic_orbit", "box": i, "arithmetic": "arb", **_data(o.result)}
        for i, o in enumerate(outcomes)
        if isinstance(o.result, Attempt)
    ]
    findings = Findings(tuple(claims), tuple(periods), tuple(witness), search.as_json(), environment)
    with working_precision(exact.precision):
        return Run(network, boxes, exact, serial, wish, progress, {}, findings).certificate()


def _data(proved: Attempt) -> dict[str, Any]:
    return proposal_data(proved.proposal, proved.orbit.radii, proved.bits)


def _claim(outcome: Outcome, on: int | str) -> Claim:
    """The claim, its numbers written in the precision of the proof."""
    if isinstance(outcome.result, NotProved):
        return periodic_orbit(outcome.result, on)
    with working_precision(outcome.result.bits):
        return periodic_orbit(outcome.result.orbit, on)


def _search_box(search: Search) -> Box:
    if search.box is not None:
        return search.box
    assert search.near is not None
    return Box([(x, x) for x in search.near])
