"""What the region claims share: stored subdivisions, sweeps over them, values at points, memoised results of claims."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, TypeVar

from .affine import Engine
from .document import Certificate, Claim, Enclosure
from .exact import shown
from .field import PointValue, evaluate
from .limits import Limits, pulse
from .model import Model
from .quantities import Test, divergence_at_most, eigenvalue_at_most, norm_at_most, preactivation_at_most
from .subdivision import MAX_NODES, Sides, leaves
from .sweep import Outcome, sweep
from .verdict import Rejected, Unconfirmed

Name = int | str
Key = tuple[str | int, ...]
MAX_PRECISION = 4096
MAX_POINTS = 256
"""Points whose values are remembered."""
KINKED_DEPTH = 10
"""Cuts that are followed where s' jumps: below, the prover chases kinks, which `kinks` takes whole."""

Found = TypeVar("Found")


class Facts:
    """One certificate and its model. ``on`` is a claim's place: a box number or "region"."""

    def __init__(self, model: Model, certificate: Certificate, limits: Limits) -> None:
        self.model, self.certificate, self.limits = model, certificate, limits
        asked = certificate.settings.get("precision", 64)
        self.precision = min(max(asked if type(asked) is int else 64, 32), MAX_PRECISION)
        self.p = 96 + max(0, self.precision - 64)
        small = [_smallness(claim) for claim in certificate.claims if claim.name == "sup_jacobian_norm"]
        self.p += max(small, default=0)
        inner = [_small(end) for claim in certificate.claims for end in _inner_ends(claim)]
        self.fine = self.precision + 128 + max([*small, *inner], default=0)
        if not model.c1:  # at a kink bounds are tight only to first order, and the prover halves each axis 64 times
            limits.depth = max(limits.depth, 72 * model.dimension)
        self.engine = Engine(model, self.p)
        self.check: Callable[[Claim], None] = lambda claim: None
        self._leaves: dict[tuple[str, Name], list[Sides]] = {}
        self._proved: dict[tuple[int, Key], dict[Fraction, Outcome]] = {}
        self._points: dict[tuple[Fraction, ...], PointValue] = {}
        self._swept: set[int] = set()
        self._known: dict[tuple[object, ...], Any] = {}
        self._named: dict[tuple[str, Name, object], list[Claim]] = {}
        for claim in certificate.claims:
            for layer in {None, _layer(claim)}:
                self._named.setdefault((claim.name, claim.on, layer), []).append(claim)

    def once(self, key: tuple[object, ...], make: Callable[[], Found]) -> Found:
        """What ``make`` returns, made at the first call with this key only."""
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    def named(self, name: str, on: Name, layer: int | None = None) -> list[Claim]:
        """All claims of that name (about that layer) at that place, confirmed or not."""
        return self._named.get((name, on, layer), [])

    def confirmed(self, claim: Claim) -> bool:
        """Whether it is."""
        try:
            self.check(claim)
        except (Rejected, Unconfirmed):
            return False
        return True

    def boxes(self, on: Name) -> list[int]:
        """The boxes that a place consists of."""
        return [on] if isinstance(on, int) else list(range(len(self.certificate.boxes)))

    def claim(self, name: str, on: Name, layer: int | None = None, best: bool = False) -> Claim:
        """The first claim of that name at that place, confirmed. Raises Unconfirmed if it is missing or is not.

        ``best``: the one of theorem 1 that says so.
        """
        for claim in self.named(name, on, layer):
            if not best or claim.values.get("best") is True:
                if not self.confirmed(claim):
                    pulse()
                    raise Unconfirmed(f"it rests on claim {claim.index} {name}, which is not confirmed")
                return claim
        raise Unconfirmed(f"it rests on a claim {name} that the certificate does not have")

    def leaves(self, what: str, name: Name) -> list[Sides]:
        """The leaves of a stored subdivision; the whole box where none is stored. Raises Rejected."""
        key = (what, name)
        if key not in self._leaves:
            box = self.hull() if name == "hull" else self.certificate.boxes[int(name)]
            stored = [w for w in self.certificate.witness if w.get("of") == what and w.get("box") == name
                      and type(w.get("box")) is type(name)]  # fmt: skip
            deepest = MAX_NODES if self.model.c1 else KINKED_DEPTH
            self._leaves[key] = leaves(box, stored[0].get("subdivision"), deepest) if stored else [list(box)]
        return self._leaves[key]

    def hull(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """The smallest box around the region."""
        boxes = self.certificate.boxes
        return tuple((min(box[i][0] for box in boxes), max(box[i][1] for box in boxes)) for i in range(len(boxes[0])))

    def check_subdivisions(self) -> None:
        """Every stored subdivision covers its box exactly. Raises Rejected."""
        for w in self.certificate.witness:
            if "subdivision" not in w:
                continue
            name = w.get("box")
            if name == "hull":
                leaves(self.hull(), w["subdivision"])
            elif type(name) is int and 0 <= name < len(self.certificate.boxes):
                leaves(self.certificate.boxes[name], w["subdivision"])
            else:
                raise Rejected(f"a subdivision belongs to no box ({str(name)[:20]})")

    def at(self, point: Sequence[Fraction]) -> PointValue:
        """f and Df at an exact point."""
        key = tuple(point)
        if key not in self._points:
            if len(self._points) >= MAX_POINTS:
                self._points.clear()
            self._points[key] = evaluate(self.model, point, self.fine)
        return self._points[key]

    def inside(self, point: Sequence[Fraction], on: Name) -> None:
        """Raises Rejected unless the point lies in a box of the place."""
        for i in self.boxes(on):
            box = self.certificate.boxes[i]
            if len(point) == len(box) and all(low <= x <= high for x, (low, high) in zip(point, box, strict=True)):
                return
        raise Rejected(f"the point ({', '.join(shown(x) for x in point)}) is not in the region")

    def require_upper(self, on: Name, key: Key, bound: Fraction, what: str) -> None:
        """``key`` is at most ``bound`` on every box of the place. Raises Rejected or Unconfirmed."""
        for i in self.boxes(on):
            if key[:2] == ("pre", 0):
                outcome = self._first_layer(i, int(key[2]), int(key[3]), bound)
            else:
                outcome = self._outcome(i, key, bound)
            if outcome.holds == -1:
                raise Rejected(f"{what} <= {shown(bound)} is false: {outcome.where}")
            if outcome.holds == 0:
                raise Unconfirmed(f"{what} <= {shown(bound)}: {outcome.where}")

    def _first_layer(self, box: int, neuron: int, sign: int, bound: Fraction) -> Outcome:
        """The first pre-activations are linear: their extremes are exact."""
        layer = self.model.layers[0]
        top = sign * layer.bias[neuron]
        for w, (low, high) in zip(layer.weight[neuron], self.certificate.boxes[box], strict=True):
            top += max(sign * w * low, sign * w * high)
        return Outcome(1) if top <= bound else Outcome(-1, f"it is exactly {shown(top)} at a corner of box {box}")

    def _outcome(self, box: int, key: Key, bound: Fraction) -> Outcome:
        if box not in self._swept:
            self._swept.add(box)
            self._sweep_all(box)
        known = self._proved.setdefault((box, key), {})
        for level, outcome in known.items():
            if (outcome.holds == 1 and level <= bound) or (outcome.holds == -1 and level >= bound):
                return outcome
        if bound not in known:
            self._sweep(box, {key: bound})
        return known[bound]

    def _sweep_all(self, box: int) -> None:
        """One pass for the tightest bounds that any claim states on this box."""
        wanted: dict[Key, Fraction] = {}
        for claim in self.certificate.claims:
            pulse()
            if claim.on in ("region", box):
                for key, bound in _stated(claim):
                    if self._testable(key):
                        wanted[key] = min(wanted.get(key, bound), bound)
        for kind in (True, False):
            self._sweep(box, {k: v for k, v in wanted.items() if (k[0] == "pre") != kind})

    def _sweep(self, box: int, wanted: dict[Key, Fraction]) -> None:
        if not wanted:
            return
        jacobian = any(key[0] != "pre" for key in wanted)
        tests = {repr(key): self._test(key, bound) for key, bound in wanted.items()}
        what = f"box {box}: " + ("Df" if jacobian else "pre-activations")
        found = sweep(self.engine, self.leaves("bounds", box), tests, self.limits, what, jacobian)
        for key, bound in wanted.items():
            self._proved.setdefault((box, key), {})[bound] = found[repr(key)]

    def _testable(self, key: Key) -> bool:
        """Not of the first layer, which needs no sweep, nor of a neuron that the model does not have."""
        if key[0] != "pre":
            return True
        layer, neuron = int(key[1]), int(key[2])
        return 0 < layer < len(self.model.hidden) and neuron < len(self.model.hidden[layer].bias)

    def _test(self, key: Key, bound: Fraction) -> Test:
        p = self.p
        if key[0] == "norm":
            return norm_at_most(bound, p)
        if key[0] == "divergence":
            return divergence_at_most(bound, p, int(key[1]))
        if key[0] == "log_norm":
            return eigenvalue_at_most(bound, p, int(key[1]))
        layer, neuron, sign = (int(k) for k in key[1:])
        return preactivation_at_most(layer, neuron, bound, p, sign)


def _layer(claim: Claim) -> int | None:
    layer = claim.values.get("layer")
    return layer if type(layer) is int else None


def _smallness(claim: Claim) -> int:
    """Bits that a tiny bound of ||Df|| needs beyond the usual ones."""
    value = claim.values.get("value")
    return _small(value.upper) if isinstance(value, Enclosure) else 0


def _small(value: Fraction | None) -> int:
    """Zeros after the binary point, at most 2500."""
    if not value:
        return 0
    return min(max(value.denominator.bit_length() - value.numerator.bit_length(), 0), 2500)


def _inner_ends(claim: Claim) -> list[Fraction | None]:
    """The ends that values at points must reach: where Df is tiny they need a finer evaluation."""
    if claim.name == "sup_jacobian_norm":
        value = claim.values.get("value")
        return [value.lower] if isinstance(value, Enclosure) else []
    if claim.name not in ("divergence", "log_norm"):
        return []
    low, high = claim.values.get("inf"), claim.values.get("sup")
    return [low.upper, high.lower] if isinstance(low, Enclosure) and isinstance(high, Enclosure) else []


def _stated(claim: Claim) -> list[tuple[Key, Fraction]]:
    """The outer bounds that a claim states about a box (malformed ones are found when the claim is checked)."""
    found: list[tuple[Key, Fraction]] = []
    if claim.name == "sup_jacobian_norm":
        value = claim.values.get("value")
        if isinstance(value, Enclosure) and value.upper is not None:
            found.append((("norm",), value.upper))
    if claim.name in ("divergence", "log_norm"):
        low, high = claim.values.get("inf"), claim.values.get("sup")
        if isinstance(low, Enclosure) and isinstance(high, Enclosure) and high.upper is not None:
            found += [((claim.name, 1), high.upper), ((claim.name, -1), -low.lower)]
    if claim.name == "layer_saturation":
        layer, ranges = claim.values.get("layer"), claim.values.get("preactivation")
        if type(layer) is int and isinstance(ranges, list):
            for neuron, entry in enumerate(ranges):
                if isinstance(entry, Enclosure) and entry.upper is not None:
                    found.append((("pre", layer - 1, neuron, 1), entry.upper))
                    found.append((("pre", layer - 1, neuron, -1), -entry.lower))
    return found
