"""One network on one region: from branch and bound through the theorems to a certificate."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from importlib.metadata import version
from typing import Any

from . import region as regions
from .bounds.bounders import MappedBounder, Mapper, local_engine, why_not_rounded
from .bounds.branch import BranchAndBound, TooCoarse
from .bounds.candidates import FloatField, two_sum_signs
from .bounds.facts import RegionFacts, gather
from .bounds.goal import Goal
from .bounds.outcome import Enclosed
from .bounds.partition import Partition
from .bounds.products import WeightNorms
from .bounds.sign_search import prove_negative
from .bounds.transversal import propose_vector, prove_transversal
from .certificate.record import Certificate
from .interrupt import Interruption
from .network import Network
from .region import Box
from .rigor.numbers import Enclosure
from .rigor.rounding import HYPOTHESES
from .settings import Settings
from .theorems import bounds as section3
from .theorems import closed_orbits, orbits
from .theorems.claim import Claim
from .theorems.require import require

Progress = Callable[[int, float], None]
ROUNDED, BALLS = "float64", "arb"
"""What decided the bounds on the leaves of a subdivision."""
LONGEST = 10**9
"""Seconds: a longer time limit is none, and a float cannot hold every one."""


@dataclass(frozen=True)
class Findings:
    """What was found before the bounds on the boxes: claims about curves, which stand first on their boxes.

    ``periods``: per box, of the orbit proved there; ``witness``, ``settings``, ``environment`` are added to the
    certificate's own.
    """

    claims: tuple[Claim, ...] = ()
    periods: tuple[Enclosure | None, ...] = ()
    witness: tuple[dict[str, Any], ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, Any] = field(default_factory=dict)

    def on(self, where: int | str) -> list[Claim]:
        """The claims of one box, or of the region."""
        return [claim for claim in self.claims if claim.on == where]


class Run:
    """One network on one region, inside the working precision.

    ``starts``: subdivisions by box, to begin with where the box is there, and replaced by this run's own.
    """

    def __init__(
        self,
        network: Network,
        boxes: list[Box],
        settings: Settings,
        mapper: Mapper,
        wish: Interruption,
        progress: Progress | None,
        starts: dict[Box, Partition],
        findings: Findings | None = None,
    ) -> None:
        self.network, self.boxes, self.settings, self.progress, self.wish = network, boxes, settings, progress, wish
        self.started = time.monotonic()
        limit = settings.time_limit
        self.deadline = float("inf") if limit is None else self.started + float(min(limit, LONGEST))
        self.floats, self.starts, self.findings = FloatField(network), starts, findings or Findings()
        thin = all(low == high for box in boxes for low, high in box.sides)
        self.fallback = "the region is a point" if thin else why_not_rounded(network)
        self.bits = settings.precision if self.fallback else 0
        self.mapper = mapper
        self.norms = WeightNorms.of(network)
        self.witness: list[dict[str, Any]] = []
        # A union's sign proofs are those of its boxes: (what, bits, box) -> the leaves and the answer.
        self._signs: dict[tuple[Any, int, Box], tuple[Partition, Any]] = {}

    def certificate(self) -> Certificate:
        outcomes = [self._enclose(box, i, len(self.boxes) - i) for i, box in enumerate(self.boxes)]
        claims: list[Claim] = []
        if len(self.boxes) > 1:
            for i, (box, outcome) in enumerate(zip(self.boxes, outcomes, strict=True)):
                facts = self._facts([box], [outcome])
                claims += self.findings.on(i)
                claims += [replace(c, on=i, asked=False) for c in self._claims(facts, [i])]
        facts = self._facts(self.boxes, outcomes)
        claims += [*self.findings.on("region"), section3.weight_norms(self.norms)]
        claims += self._claims(facts, list(range(len(self.boxes))))
        if self.findings.claims:  # then these were asked for, and the bounds stand beside them for comparison
            claims = [replace(claim, asked=claim in self.findings.claims) for claim in claims]
        claims += [require(facts, requirement) for requirement in self.settings.requirements]
        return Certificate(
            model={
                "sha256": self.network.sha256,
                "layers": self.network.sizes,
                "activations": [layer.activation.spec() for layer in self.network.hidden],
                # A file name may hold bytes that are no text.
                "source": self.network.source.encode("utf-8", "replace").decode(),
            },
            region=[[Enclosure(low, high) for low, high in box.sides] for box in self.boxes],
            settings={**self.settings.as_json(), **self.findings.settings},
            scope=scope_of(
                self.network,
                self.fallback,
                any(part["arithmetic"] == ROUNDED for part in self.witness),
                any(claim.name == "periodic_orbit" and claim.proved for claim in claims),
            ),
            claims=tuple(claims),
            witness=[*self.findings.witness, *self.witness],
            environment=self._environment(),
        )

    def _enclose(self, box: Box, name: int | str, boxes_left: int) -> Enclosed:
        now = time.monotonic()
        share = now + max(0.0, self.deadline - now) / boxes_left
        thresholds = tuple(t for r in self.settings.requirements if (t := r.threshold()) is not None)
        goal = Goal(self.settings.rtol, thresholds, share, self.wish, resolve=not self.bits)
        try:
            outcome = self._search(box, goal)
        except TooCoarse:
            # Deep saturation, cancelling weights: ball arithmetic still resolves what float64 cannot.
            self.fallback = "its rounding is too coarse for this network on this region"
            self.bits = self.settings.precision
            outcome = self._search(box, replace(goal, resolve=False))
        self.starts[box] = outcome.partition
        self._keep("bounds", name, outcome.partition)
        return outcome

    def _search(self, box: Box, goal: Goal) -> Enclosed:
        bounder = MappedBounder(self.network, self.mapper, self.bits)
        search = BranchAndBound(self.network, bounder, box, goal, self.starts.get(box))
        return search.run(self.progress)

    def _keep(self, what: str, name: int | str, partition: Partition) -> None:
        arithmetic = BALLS if self.bits else ROUNDED
        part = {"of": what, "box": name, "arithmetic": arithmetic, "subdivision": partition.preorder()}
        if part not in self.witness:
            self.witness.append(part)

    def _sign(self, what: Any, box: Box, prove: Callable[[Partition], Any]) -> tuple[Partition, Any]:
        """What ``prove`` answered for a fresh partition of the box, and the partition: once for each box."""
        key = (what, self.bits, box)
        if key not in self._signs:
            partition = Partition(box)
            self._signs[key] = partition, prove(partition)
        return self._signs[key]

    def _out_of_time(self) -> bool:
        return self.wish.requested or time.monotonic() > self.deadline

    def _facts(self, boxes: Sequence[Box], outcomes: list[Enclosed]) -> RegionFacts:
        return gather(self.network, self.norms, boxes, outcomes, self.settings.deltas)

    def _claims(self, facts: RegionFacts, names: list[int]) -> list[Claim]:
        rtol = self.settings.rtol
        claims = section3.layer_saturation(facts, rtol) + section3.product_bounds(facts)
        claims += [section3.sup_jacobian_norm(facts, rtol), section3.divergence(facts, rtol)]
        claims += [section3.log_norm(facts, rtol), orbits.minimal_period(facts)]
        period = self._period(names)
        if period is not None:
            claims.append(orbits.theorem_2(facts, period, self.settings.eta))
        vector, searched = self._transversal(facts, names)
        facts = self._with_two_sums(facts, names)
        return claims + closed_orbits.criteria(facts, lambda: self._hull_facts(facts), vector, searched)

    def _period(self, names: list[int]) -> Enclosure | None:
        """The period that was asked about, or that of the one orbit on these boxes."""
        if not self.findings.periods:
            return self.settings.period
        return self.findings.periods[names[0]] if len(names) == 1 else None

    def _hull_facts(self, facts: RegionFacts) -> RegionFacts:
        hull = regions.hull(facts.boxes)
        return self._with_two_sums(self._facts([hull], [self._enclose(hull, "hull", 1)]), ["hull"])

    def _with_two_sums(self, facts: RegionFacts, names: Sequence[int | str]) -> RegionFacts:
        """Prove the sign of a sum of two eigenvalues (d >= 3) where all samples have it."""
        if facts.dimension < 3 or facts.rough:
            return facts
        engine, found = local_engine(self.network, self.bits), list(facts.two_sum)
        for side, worth in enumerate(two_sum_signs(self.floats, facts.boxes)):
            if not worth:
                continue

            def prove(partition: Partition, side: int = side) -> tuple[float, str]:
                return prove_negative(partition, lambda a, b: engine.two_sums(a, b)[side], self._out_of_time)

            proved = [self._sign(("two_eigenvalues", side), box, prove) for box in facts.boxes]
            if any(reason for _, (_, reason) in proved):
                continue
            top = Fraction(max(value for _, (value, _) in proved))
            found[side] = -top if side else top
            for name, (partition, _) in zip(names, proved, strict=True):
                self._keep("two_eigenvalues", name, partition)
        return replace(facts, two_sum=(found[0], found[1]))

    def _transversal(self, facts: RegionFacts, names: list[int]) -> tuple[list[Fraction] | None, str]:
        """A vector for the whole region is tried on single boxes first: then the union needs no further proof."""
        own = [facts.boxes] if len(facts.boxes) < len(self.boxes) else []
        reason = "sampling found no constant vector to try"
        engine = local_engine(self.network, self.bits)
        for boxes in [self.boxes, *own] if not facts.rough else []:
            vector = propose_vector(self.floats, boxes)
            if vector is None:
                continue

            def prove(partition: Partition, vector: list[Fraction] = vector) -> str:
                return prove_transversal(engine, partition, vector, self._out_of_time)

            proved = [self._sign(("transversal_vector", tuple(vector)), box, prove) for box in facts.boxes]
            reason = next((why for _, why in proved if why), "")
            if not reason:
                for name, (partition, _) in zip(names, proved, strict=True):
                    self._keep("transversal_vector", name, partition)
                return vector, ""
        return None, reason

    def _environment(self) -> dict[str, Any]:
        names = ("saturode-verify", "python-flint", "numpy")
        return {
            "versions": {"python": platform.python_version(), **{name: version(name) for name in names}},
            "elapsed_seconds": f"{time.monotonic() - self.started:.2f}",
            "host": {"machine": platform.machine(), "system": platform.system(), "cpus": os.cpu_count()},
            "interrupted": self.wish.requested,
            **self.findings.environment,
        }


def scope_of(network: Network, fallback: str, rounded: bool, orbit: bool = False) -> str:
    """What the claims speak of, and which arithmetic they rely on.

    ``fallback``: why ball arithmetic decided bounds over boxes, or ""; ``rounded``: whether float64 decided some;
    ``orbit``: whether some periodic orbit was proved to exist.
    """
    base = (
        "The claims speak of the real vector field of the stored weights (exact dyadic rationals), not of its "
        "execution in floating point; "
    )
    base += (
        "a periodic orbit is asserted to exist only where a claim periodic_orbit is proved, in ball arithmetic (Arb), "
        "and no other orbit is denied by it."
        if orbit
        else "no periodic orbit is asserted to exist."
    )
    arithmetic = "Every bound was decided in ball arithmetic (Arb), which is trusted."
    if rounded:
        arithmetic = (
            "Bounds over boxes, and the ranges that pre-activations are known to sweep, were decided in float64 with "
            f"all rounding bounded a priori, under the hypotheses that {HYPOTHESES}; values of Df at points, weight "
            "norms and everything else in ball arithmetic (Arb), which is trusted."
        )
    if fallback:
        where = "For some boxes r" if rounded else "R"
        arithmetic += f" {where}ounded float64 was refused because {fallback}, and ball arithmetic took its place."
    proposals = "Otherwise floating point only proposed points, splits and rotations."
    return " ".join([base, arithmetic, proposals, *(note.rstrip(".") + "." for note in network.notes)])
