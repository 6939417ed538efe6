"""The main job: a network and boxes in, a certificate out."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
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
from .interrupt import Interruption, interruptible
from .network import Network
from .region import Box, read_boxes
from .rigor.balls import precision
from .rigor.numbers import Enclosure, format_exact
from .settings import Settings, read_settings
from .theorems import bounds as section3
from .theorems import closed_orbits, orbits
from .theorems.claim import Claim
from .theorems.require import require

Progress = Callable[[int, float], None]
LONGEST = 10**9
"""Seconds: a longer time limit is none, and a float cannot hold every one."""


def verify(
    network: Network, box: Box | str | Sequence[Box | str], *, progress: Progress | None = None, **settings: Any
) -> Certificate:
    """Certify every bound on each box and on their union.

    ``box``: a Box, its text form, or a list of boxes of the network's dimension. ``settings``: those of
    `read_settings`. ``progress(boxes, relative gap)`` is called often. Raises UnusableInput. Ctrl-C (in the main
    thread) ends the search and yields the certificate of what was proved so far, with ``environment["interrupted"]``
    true; a second Ctrl-C raises KeyboardInterrupt.
    """
    if not isinstance(network, Network):
        raise UnusableInput(f"the model is a {type(network).__name__}, no Network", "pass saturode_verify.load(path)")
    boxes = read_boxes(box, network.dimension)
    exact = read_settings(network, **settings)
    # Floats only propose here, and their overflows mean nothing.
    with interruptible() as wish, precision(exact.precision), np.errstate(all="ignore"):
        return _Run(network, boxes, exact, progress, wish).certificate()


class _Run:
    """One run of the main job, inside the working precision."""

    def __init__(
        self, network: Network, boxes: list[Box], settings: Settings, progress: Progress | None, wish: Interruption
    ) -> None:
        self.network, self.boxes, self.settings, self.progress, self.wish = network, boxes, settings, progress, wish
        self.started = time.monotonic()
        limit = settings.time_limit
        self.deadline = float("inf") if limit is None else self.started + float(min(limit, LONGEST))
        self.engine, self.floats = ArbEngine(network), FloatField(network)
        self.norms = WeightNorms.of(network)

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
                # A file name may hold bytes that are no text.
                "source": self.network.source.encode("utf-8", "replace").decode(),
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
        goal = Goal(self.settings.rtol, thresholds, share, self.wish)
        outcome = BranchAndBound(self.engine, self.floats, box, goal).run(self.progress)
        self.wish.requested = self.wish.requested or outcome.interrupted
        return outcome

    def _out_of_time(self) -> bool:
        return self.wish.requested or time.monotonic() > self.deadline

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
            return None, "sampling found no constant vector to try"
        reason = prove_transversal(self.engine, leaves, vector, self._out_of_time)
        return (None, reason) if reason else (vector, "")

    def _environment(self) -> dict[str, Any]:
        names = ("saturode-verify", "python-flint", "numpy")
        return {
            "versions": {"python": platform.python_version(), **{name: version(name) for name in names}},
            "elapsed_seconds": f"{time.monotonic() - self.started:.2f}",
            "host": {"machine": platform.machine(), "system": platform.system(), "cpus": os.cpu_count()},
            "interrupted": self.wish.requested,
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
