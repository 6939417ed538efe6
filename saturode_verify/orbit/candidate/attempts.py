"""Search and proof together: propose, try to prove, and where an inequality fails turn the knob that it names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, log10
from typing import TYPE_CHECKING

from ...network import Network
from ...rigor.balls import precision
from ..existence import NotProved, ProvedOrbit, Step, prove
from ..jets import ExactField
from ..proposal import Proposal
from .propose import Effort, propose

if TYPE_CHECKING:
    from ..search.records import FloatOrbit

ATTEMPTS = 8
KNOBS: dict[Step, str] = {
    "strip": "narrower strips and more boxes were tried: the field is barely analytic along this orbit",
    "tube": "more digits were tried; a larger --digits starts from a finer candidate",
    "frame": "the orbit may be near a fold or not isolated; a larger --digits starts from a finer candidate",
    "contraction": "more digits were tried; a larger --digits, or --near a point closer to the orbit, may help",
}
"""After the failing inequality: what was tried, and which knob is left."""


@dataclass(frozen=True)
class Attempt:
    """A proved orbit with the proposal and the precision (bits) that its proof used."""

    orbit: ProvedOrbit
    proposal: Proposal
    bits: int


def attempt(
    network: Network, found: FloatOrbit, digits: int, stop: Callable[[], bool] = lambda: False
) -> Attempt | NotProved:
    """Prove that an orbit of the exact field exists beside a float orbit, with int div f to 10^-digits.

    Of several proofs the sharpest is returned, even if it has fewer digits; of several failures the last. ``stop`` is
    asked before each attempt.
    """
    field, effort = ExactField(network), Effort()
    best: Attempt | None = None
    failure = NotProved("data", "interrupted before anything was tried")
    for _ in range(ATTEMPTS):
        if stop():
            break
        draft = propose(network, field, found, digits, effort)
        if isinstance(draft, str):
            failure = NotProved("frame", draft)
            break
        with precision(draft.bits):
            outcome = prove(network, draft.proposal)
        if isinstance(outcome, ProvedOrbit):
            if best is None or outcome.integral.rad() < best.orbit.integral.rad():
                best = Attempt(outcome, draft.proposal, draft.bits)
            missing = _missing_digits(best.orbit, digits)
            if missing == 0:
                break
            effort = replace(effort, digits=effort.digits + missing)
        else:
            failure = outcome
            harder = _harder(effort, outcome)
            if harder is None:
                break
            effort = harder
    if best is not None:
        return best
    knob = KNOBS.get(failure.step)
    return NotProved(failure.step, f"{failure.reason} ({knob})") if knob else failure


def _missing_digits(orbit: ProvedOrbit, digits: int) -> int:
    """How many digits int div f lacks, and the multipliers with it."""
    radius = min(float(orbit.integral.rad().upper()), 1e300)
    unknown = orbit.multipliers is None or any(m.members != 1 for m in orbit.multipliers)
    lacking = max(0, ceil(log10(max(radius, 1e-300)) + digits))
    return lacking + 1 if lacking else 4 if unknown else 0


def _harder(effort: Effort, failure: NotProved) -> Effort | None:
    """What to change after a failure; None if nothing would help."""
    if failure.step == "strip":
        return (
            replace(effort, boxes=effort.boxes * 4) if effort.boxes < 16 else replace(effort, strip=effort.strip * 0.7)
        )
    if failure.step in ("frame", "contraction", "tube", "multipliers"):
        return replace(
            effort, digits=effort.digits + 4, frame=max(effort.frame * 1e-2, 1e-15), degree=effort.degree * 1.2
        )
    return None
