"""Forged certificates: what can be changed in a claim's record, and a checker that re-reads it fast."""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
import re
from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor
from typing import Any, NamedTuple

from mpmath import libmp, mpf

from saturode_verify.checker import Unusable, orbit_claims
from saturode_verify.checker.check import RULES, Checker
from saturode_verify.checker.document import read_certificate
from saturode_verify.checker.facts import Facts
from saturode_verify.checker.model import read_model
from saturode_verify.checker.orbit_data import Candidate
from saturode_verify.checker.sweep import Limits
from saturode_verify.rigor.numbers import decimal_down, decimal_up, format_exact, parse_exact, parse_typed

Record = dict[str, Any]
Path = tuple[str | int, ...]
Ends = tuple[Fraction | None, Fraction | None]
FIXED = {"on", "name", "theorem", "hypotheses", "status", "asked", "reason"}
_PROOF = orbit_claims.Proof
GIVEN = {"point", "inf_point", "sup_point", "vector", "delta", "eta"}
"""Where exact: data or hypotheses, whose ends move together."""


class Truth(NamedTuple):
    """An infimum in [inf_low, inf_high] and a supremum in [sup_low, sup_high]; None: not known."""

    inf_low: Fraction | None
    inf_high: Fraction | None
    sup_low: Fraction | None
    sup_high: Fraction | None


class Mutant(NamedTuple):
    """``claim``: its index; ``record``: what stands there now; ``label``: what was done, and where."""

    claim: int
    label: str
    record: Record


def ends_of(entry: Record) -> tuple[Fraction, Fraction | None]:
    """Both exact ends."""
    return parse_exact(entry["lower"]), None if entry["upper"] is None else parse_exact(entry["upper"])


def entry_of(low: Fraction, high: Fraction) -> Record:
    """The record of two ends, displayed honestly, whatever their order."""
    return {"lower": format_exact(low), "upper": format_exact(high), "display": [decimal_down(low), decimal_up(high)]}


def near(value: Any) -> tuple[Fraction, Fraction]:
    """Bounds of a number that mpmath has computed to 60 digits."""
    x = Fraction(*libmp.to_rational(mpf(value)._mpf_))
    return x - abs(x) / (1 << 150), x + abs(x) / (1 << 150)


def enclosures(value: Any, path: Path = ()) -> Iterator[tuple[Path, Record]]:
    """Every {lower, upper, display} in a record."""
    if isinstance(value, dict) and set(value) == {"lower", "upper", "display"}:
        yield path, value
    elif isinstance(value, dict | list):
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from enclosures(entry, (*path, key))


def replaced(record: Record, path: Path, value: Any) -> Record:
    """A copy with another value at the path."""
    changed = copy.deepcopy(record)
    place: Any = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


def mutants(claims: list[Record], index: int, truths: dict[Path, Truth]) -> Iterator[Mutant]:
    """All of one claim; ``truths``: where its numbers really lie, so that they can be missed by a hair."""
    claim = claims[index]
    others = [entry for other in claims for _, entry in enclosures(other)]
    found = list(enclosures(claim))
    for count, (path, entry) in enumerate(found):
        changes = list(_numbers(path, entry, truths.get(path)))
        taken = [others[(7 * count + 5 * index + k) % len(others)] for k in (1, 2, 3)]
        changes += [("another's", e) for e in taken + [e for p, e in found if p[0] == path[0]][:3] if e != entry]
        for label, value in changes:
            yield Mutant(index, f"{'.'.join(map(str, path))}: {label}", replaced(claim, path, value))
    for key, value in _structure(claim, claims):
        yield Mutant(index, f"{key}: {str(value)[:60]!r}", {**claim, key: value})


def _numbers(path: Path, entry: Record, truth: Truth | None) -> Iterator[tuple[str, Any]]:
    low, high = ends_of(entry)
    if high is None:
        for top in (low, low + 1, 2 * low + 1, low + 10**9):
            yield f"upper {top} where none was", entry_of(low, top)
        high = low + 1
    if path[0] in GIVEN and low == high:
        factors = ("0", "-1", "1/2", "9/10", "999/1000", "1001/1000", "2", "100", f"1/{10**30}")
        values = [low * Fraction(f) for f in factors] + [low + s * Fraction(1, low.denominator) for s in (1, -1)]
        yield from ((f"value {i}", entry_of(x, x)) for i, x in enumerate(values) if x != low)
        yield "no exact number", entry_of(low, low + 1)
    else:
        for label, a, b in itertools.chain(_inward(low, high), _anywhere(low, high), _grazed(low, high, truth)):
            if (a, b) != ends_of(entry):
                yield label, entry_of(a, b)
    yield "null", None
    yield "lower null", {**entry, "lower": None}
    yield "upper null", {**entry, "upper": None, "display": [entry["display"][0], "inf"]}
    yield "display above", {**entry, "display": [decimal_up(high + 1), entry["display"][1]]}
    yield "display below", {**entry, "display": [entry["display"][0], decimal_down(low - 1)]}


Moved = Iterator[tuple[str, Fraction, Fraction]]


def _inward(low: Fraction, high: Fraction) -> Moved:
    """Each end by the width, by half of it, and by one unit in its last place (as stored, and as printed)."""
    width = high - low or Fraction(1, 1 << 60)
    units = [Fraction(1, x.denominator) if x.denominator > 1 else Fraction(1) for x in (low, high)]
    printed = parse_typed(decimal_up(low)) - low, high - parse_typed(decimal_down(high))
    for label, up, down in (("width", width, width), ("half", width / 2, width / 2), ("ulp", *units),
                            ("printed ulp", *printed)):  # fmt: skip
        yield f"lower by {label}", low + up, max(high, low + up)
        yield f"upper by {label}", min(low, high - down), high - down
    yield "above itself", high + width / 2, high + 3 * width / 2
    yield "below itself", low - 3 * width / 2, low - width / 2
    yield "outward", low - width, high + width


def _anywhere(low: Fraction, high: Fraction) -> Moved:
    """Factors, signs, exchanged ends, zeros, whole numbers."""
    zero, up, down = Fraction(0), Fraction(floor(low) + 1), Fraction(ceil(high) - 1)
    for f in (Fraction(1, 2), Fraction(9, 10), Fraction(999, 1000)):
        inner, outer = (low / f if low > 0 else low * f), (high * f if high > 0 else high / f)
        yield f"both times {f}", low * f, high * f
        yield f"both over {f}", low / f, high / f
        yield f"lower inward by {f}", inner, max(inner, high)
        yield f"upper inward by {f}", min(low, outer), outer
    yield "sign", -high, -low
    yield "exchanged", high, low
    yield "zero", zero, zero
    yield "lower zero", zero, max(high, zero)
    yield "upper zero", min(low, zero), zero
    yield "lower whole", up, max(high, up)
    yield "upper whole", min(low, down), down


def _grazed(low: Fraction, high: Fraction, truth: Truth | None) -> Moved:
    """Ends that miss the true value by very little."""
    for bits in (20, 45, 90) if truth else ():
        assert truth is not None
        if truth.inf_high is not None:
            past = truth.inf_high + max(abs(truth.inf_high) / (1 << bits), Fraction(1, 1 << 200))
            yield f"lower 2^-{bits} past the truth", past, max(high, past)
        if truth.sup_low is not None:
            past = truth.sup_low - max(abs(truth.sup_low) / (1 << bits), Fraction(1, 1 << 200))
            yield f"upper 2^-{bits} past the truth", min(low, past), past


def _structure(claim: Record, claims: list[Record]) -> Iterator[tuple[str, Any]]:
    """Everything that is no enclosure."""
    yield from (("status", status) for status in ("proved", "refuted", "undecided") if status != claim["status"])
    yield from (("on", on) for on in ("region", 0, 1, 2, -1, "hull", None, True) if on is not claim["on"])
    yield from (("name", name) for name in RULES if name != claim["name"])
    yield "extra", "2"
    for key, value in claim.items():
        if key in FIXED:
            continue
        yield key, None
        if isinstance(value, list):
            yield from ((key, other) for other in ([], value * 2, value[:-1], value[1:] + value[:1], [*value, 1]))
        elif isinstance(value, bool):
            yield key, not value
        elif isinstance(value, int):
            yield from ((key, other) for other in (value + 1, value - 1, 0, -value, 10**6, str(value)))
        elif isinstance(value, str):
            yield from ((key, text) for text in _texts(key, value, claims))


def _texts(key: str, value: str, claims: list[Record]) -> list[str]:
    """Other texts that a forger could write in this place."""
    known = {text for c in claims for text in (c.get(key), c.get("statement")) if isinstance(text, str)}
    known |= {"", value + " ", value.upper(), "no closed orbit exists anywhere"}
    known |= {
        "criterion": {"divergence", "two_eigenvalues", "transversal_vector", "trace"},
        "stability": {"stable", "unstable", "undecided", "neutral"},
        "interpolation": {"linear", "cubic"},
    }.get(key, set())
    if key == "eta_verdict":
        tail = ": no nonconstant T-periodic orbit in the region has -log det M >= eta"
        known |= {f"excluded ({', '.join(names)}){tail}" for n in (1, 2, 3)
                  for names in itertools.combinations(("paper", "sharp", "yorke"), n)} | {"not excluded"}  # fmt: skip
    if key == "expression":
        name, relation, bound = value.split()
        factors = (Fraction(1, 2), Fraction(999, 1000), Fraction(1), Fraction(2), Fraction(50))
        bounds = [*(format_exact(parse_typed(bound) * f) for f in factors), "0", "-1"]
        known |= {f"{name} {r} {b}" for r in ("<=", "<", ">=", ">") for b in bounds}
        known |= {f"{other} {relation} {bound}" for other in (
            "sup_divergence", "inf_divergence", "sup_log_norm", "inf_log_norm", "global_bound", "refined_bound",
            "theorem_1", "delta_1", "delta_9", "minimal_period", "sup_jacobian_norm", "nothing")}  # fmt: skip
    match = re.search(r"period < (\S+)", value)
    if match:
        factors = (Fraction(1, 2), Fraction(1001, 1000), Fraction(2), Fraction(-1))
        known |= {value.replace(match[1], decimal_up(parse_typed(match[1]) * f)) for f in factors}
    return sorted(known - {value})


def rehashed(changed: Record) -> bytes:
    """The document with a hash that fits."""
    body = {key: value for key, value in changed.items() if key not in ("environment", "sha256")}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return json.dumps({**changed, "sha256": hashlib.sha256(text).hexdigest()}, ensure_ascii=False).encode()


class Judge:
    """The checker on one certificate, many times, for one changed claim each; every mutant is re-hashed and re-read.

    What a fresh checker would prove again is carried over. Leaves, values at points (at one precision), attained ranges
    and the outcomes of sweeps are functions of the model, the region and the witness, which a mutant of a claim leaves
    as they are (a sweep's outcome for one bound is used for another only where it implies it), and so is the orbit's
    proof. Outcomes of the other claims are carried over unless the mutant changes what they look it up by: this could
    only confirm more, since a rule that reads the mutated claim would then have refused.
    """

    def __init__(self, document: Record, model: bytes, extra: int = 3000) -> None:
        self.document, self.model, self.extra = document, read_model(model), extra
        self.proofs: list[tuple[Any, orbit_claims.Proof]] = []
        self.base = self._checker(document)
        self.base.facts.check_subdivisions()
        self.outcomes = [self._outcome(self.base, index) for index in range(len(document["claims"]))]

    def _checker(self, document: Record) -> Checker:
        return Checker(self.model, read_certificate(rehashed(document)), Limits(extra=self.extra))

    def _outcome(self, checker: Checker, index: int) -> str:
        plain = orbit_claims.Proof
        orbit_claims.Proof = self._proof  # type: ignore[assignment,misc]
        try:
            return checker.outcome(checker.facts.certificate.claims[index])[0]
        finally:
            orbit_claims.Proof = plain  # type: ignore[misc]

    def _proof(self, facts: Facts, candidate: Candidate) -> orbit_claims.Proof:
        """A function of the model and the candidate."""
        for known, proof in self.proofs:
            if known == candidate:
                return proof
        self.proofs.append((candidate, _PROOF(facts, candidate)))
        return self.proofs[-1][1]

    def outcome(self, mutant: Mutant) -> str:
        """The mutated claim's outcome; "refused" where the certificate cannot be used."""
        claims = list(self.document["claims"])
        before, claims[mutant.claim] = claims[mutant.claim], mutant.record
        try:
            checker = self._checker({**self.document, "claims": claims})
        except Unusable:
            return "refused"
        facts, known = checker.facts, self.base.facts
        shared = ["_leaves", "_proved", "_swept", "floors"]
        if (facts.p, facts.fine) == (known.p, known.fine):
            shared += ["_points", "engine"]
        facts.__dict__.update({key: known.__dict__[key] for key in shared if key in known.__dict__})
        if all(mutant.record.get(key) == before.get(key) for key in ("on", "name", "layer", "best")):
            checker.results = {k: v for k, v in self.base.results.items() if k != mutant.claim}
        return self._outcome(checker, mutant.claim)
