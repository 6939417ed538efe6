"""The main job: a network and boxes in, a certificate out."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib.metadata import version
from typing import Any

import numpy as np

from . import region as regions
from .bounds.branch import BranchAndBound, Enclosed, Goal, Node
from .bounds.candidates import FloatField
from .bounds.engine import ArbEngine
from .bounds.facts import RegionFacts, gather
from .bounds.products import WeightNorms
from .bounds.transversal import propose_vector, prove_transversal
from .certificate.record import Certificate
from .errors import UnusableInput
from .network import Network
from .region import Box
from .rigor.balls import precision
from .rigor.numbers import Enclosure, format_exact, typed
from .theorems import bounds as section3
from .theorems import closed_orbits, orbits
from .theorems.claim import Claim
from .theorems.require import Requirement, parse, require

Number = int | float | str | Fraction
Progress = Callable[[int, float], None]
MAX_PRECISION = 4096


@dataclass(frozen=True)
class Settings:
    """What is asked, in exact numbers; ``period`` is an interval that contains T."""

    rtol: Fraction
    precision: int
    time_limit: Fraction | None
    deltas: tuple[Fraction, ...] = ()
    period: Enclosure | None = None
    eta: Fraction | None = None
    requirements: tuple[Requirement, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The certificate's ``settings``."""
        return {
            "rtol": format_exact(self.rtol),
            "precision": self.precision,
            "time_limit": None if self.time_limit is None else format_exact(self.time_limit),
            "delta": [format_exact(d) for d in self.deltas],
            "period": self.period,
            "eta": None if self.eta is None else format_exact(self.eta),
            "require": [r.text for r in self.requirements],
        }


def _exact(value: Number, what: str) -> Fraction:
    """A number as its user wrote it: the float 1e-3 means 1/1000, as it is printed."""
    return value if isinstance(value, Fraction) else typed(str(value), what)


def read_settings(
    network: Network,
    *,
    rtol: Number = "0.01",
    delta: Sequence[Number] = (),
    period: Number | None = None,
    eta: Number | None = None,
    precision: int = 64,
    time_limit: Number | None = 60,
    require: Sequence[str] = (),
) -> Settings:
    """Exact settings; UnusableInput for values out of range or options that contradict each other."""
    settings = Settings(
        rtol=_exact(rtol, "--rtol"),
        precision=precision,
        time_limit=None if time_limit is None else _exact(time_limit, "--time-limit"),
        deltas=tuple(_exact(d, "--delta") for d in delta),
        period=None if period is None else _period(period),
        eta=None if eta is None else _exact(eta, "--eta"),
        requirements=tuple(parse(text, len(network.hidden)) for text in require),
    )
    if not 0 < settings.rtol < 1:
        raise UnusableInput("--rtol must lie strictly between 0 and 1", "use for example --rtol 0.01")
    if not 53 <= settings.precision <= MAX_PRECISION:
        raise UnusableInput(f"--precision {precision} is outside 53..{MAX_PRECISION} bits", "use for example 64")
    if settings.time_limit is not None and settings.time_limit <= 0:
        raise UnusableInput("--time-limit must be positive", "give seconds, for example 60")
    if any(d < 0 for d in settings.deltas):
        raise UnusableInput("--delta must not be negative", "a threshold for |s'| such as 0.1")
    if settings.eta is not None and settings.period is None:
        raise UnusableInput("--eta needs --period", "the eta test is d C T < eta, so give the period T as well")
    if settings.eta is not None and settings.eta <= 0:
        raise UnusableInput("--eta must be positive", "eta bounds -log det M, for example 1")
    return settings


def _period(value: Number) -> Enclosure:
    """``6.28`` or ``[6.2,6.3]``."""
    if isinstance(value, str) and value.strip().startswith("["):
        low, high = Box(value).sides[0]
    else:
        low = high = _exact(value, "--period")
    if low <= 0:
        raise UnusableInput("--period must be positive", "give T, or an interval such as [6.2,6.3]")
    return Enclosure(low, high)


def verify(
    network: Network, box: Box | str | Sequence[Box | str], *, progress: Progress | None = None, **settings: Any
) -> Certificate:
    """Certify every bound on each box and on their union.

    ``box``: a Box, its text form, or a list of boxes of the network's dimension. ``settings``: those of
    `read_settings`. ``progress(boxes, relative gap)`` is called often. Raises UnusableInput. Ctrl-C ends the search
    and yields the certificate of what was proved so far, with ``environment["interrupted"]`` true.
    """
    given = [box] if isinstance(box, str | Box) else list(box)
    boxes = [Box(entry) if isinstance(entry, str) else entry for entry in given]
    if not boxes:
        raise UnusableInput("no box was given", 'add --box "[-1,1]^2"')
    for entry in boxes:
        if entry.dimension != network.dimension:
            raise UnusableInput(
                f"the box {entry} has dimension {entry.dimension} but the model has {network.dimension}",
                f'give {network.dimension} sides, for example "[-1,1]^{network.dimension}"',
            )
    exact = read_settings(network, **settings)
    # Floats only propose here, and their overflows mean nothing.
    with precision(exact.precision), np.errstate(all="ignore"):
        return _Run(network, boxes, exact, progress).certificate()


class _Run:
    """One run of the main job, inside the working precision."""

    def __init__(self, network: Network, boxes: list[Box], settings: Settings, progress: Progress | None) -> None:
        self.network, self.boxes, self.settings, self.progress = network, boxes, settings, progress
        self.started = time.monotonic()
        self.deadline = float("inf") if settings.time_limit is None else self.started + float(settings.time_limit)
        self.engine, self.floats = ArbEngine(network), FloatField(network)
        self.norms = WeightNorms.of(network)
        self.interrupted = False

    def certificate(self) -> Certificate:
        outcomes = [self._enclose(box, len(self.boxes) - i) for i, box in enumerate(self.boxes)]
        claims: list[Claim] = []
        if len(self.boxes) > 1:
            for i, (box, outcome) in enumerate(zip(self.boxes, outcomes, strict=True)):
                facts = self._facts([box], [outcome])
                claims += [replace(c, on=i, asked=False) for c in self._claims(facts, [outcome])]
        facts = self._facts(self.boxes, outcomes)
        claims.append(section3.weight_norms(self.norms))
        claims += self._claims(facts, outcomes)
        claims += [require(facts, requirement) for requirement in self.settings.requirements]
        return Certificate(
            model={
                "sha256": self.network.sha256,
                "layers": self.network.sizes,
                "activations": [layer.activation.spec() for layer in self.network.hidden],
                "source": self.network.source,
            },
            region=[[Enclosure(low, high) for low, high in box.sides] for box in self.boxes],
            settings=self.settings.as_json(),
            scope=_scope(self.network),
            claims=tuple(claims),
            witness=[_witness(i, outcome) for i, outcome in enumerate(outcomes)],
            environment=self._environment(),
        )

    def _enclose(self, box: Box, boxes_left: int) -> Enclosed:
        now = time.monotonic()
        share = now + max(0.0, self.deadline - now) / boxes_left
        thresholds = tuple(t for r in self.settings.requirements if (t := r.threshold()) is not None)
        goal = Goal(self.settings.rtol, thresholds, now if self.interrupted else share)
        outcome = BranchAndBound(self.engine, self.floats, box, goal).run(self.progress)
        self.interrupted = self.interrupted or outcome.interrupted
        return outcome

    def _facts(self, boxes: Sequence[Box], outcomes: list[Enclosed]) -> RegionFacts:
        return gather(self.network, self.norms, boxes, outcomes, self.settings.deltas)

    def _claims(self, facts: RegionFacts, outcomes: list[Enclosed]) -> list[Claim]:
        rtol = self.settings.rtol
        claims = section3.layer_saturation(facts, rtol) + section3.product_bounds(facts)
        claims += [section3.sup_jacobian_norm(facts, rtol), section3.divergence(facts, rtol)]
        claims += [section3.log_norm(facts, rtol), orbits.minimal_period(facts)]
        if self.settings.period is not None:
            claims.append(orbits.theorem_2(facts, self.settings.period, self.settings.eta))
        vector, searched = self._transversal(facts, outcomes)
        return claims + closed_orbits.criteria(facts, lambda: self._hull_facts(facts), vector, searched)

    def _hull_facts(self, facts: RegionFacts) -> RegionFacts:
        hull = regions.hull(facts.boxes)
        return self._facts([hull], [self._enclose(hull, 1)])

    def _transversal(self, facts: RegionFacts, outcomes: list[Enclosed]) -> tuple[list[Fraction] | None, str]:
        leaves: list[Node] = [leaf for outcome in outcomes for leaf in outcome.leaves()]
        vector = propose_vector(self.floats, facts.boxes)
        if vector is None or facts.rough:
            return None, "f takes opposite directions in the region, so no constant vector was found to try"
        reason = prove_transversal(self.engine, leaves, vector, 0.0 if self.interrupted else self.deadline)
        return (None, reason) if reason else (vector, "")

    def _environment(self) -> dict[str, Any]:
        names = ("saturode-verify", "python-flint", "numpy")
        return {
            "versions": {"python": platform.python_version(), **{name: version(name) for name in names}},
            "elapsed_seconds": f"{time.monotonic() - self.started:.2f}",
            "host": {"machine": platform.machine(), "system": platform.system(), "cpus": os.cpu_count()},
            "interrupted": self.interrupted,
        }


def _scope(network: Network) -> str:
    base = (
        "The claims speak of the real vector field of the stored weights (exact dyadic rationals), not of its "
        "execution in floating point; no periodic orbit is asserted to exist. Every enclosure was decided in ball "
        "arithmetic (Arb), which is trusted; floating point only proposed points, splits and rotations."
    )
    return " ".join([base, *(note.rstrip(".") + "." for note in network.notes)])


def _witness(index: int, outcome: Enclosed) -> dict[str, Any]:
    """The subdivision in preorder: "leaf", or [axis, cut], then the lower and the upper half."""
    order: list[Any] = []
    stack = [outcome.root]
    while stack:
        node = stack.pop()
        if node.children is None or node.split is None:
            order.append("leaf")
            continue
        axis, cut = node.split
        order.append([axis, format_exact(cut)])
        stack.extend(reversed(node.children))
    return {"box": index, "subdivision": order}
