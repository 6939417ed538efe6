"""From bytes to a report: hashes, structure, then every claim by its own rule."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from . import consequences, product_claims, region_claims, saturation_claims
from .curve_claims import curve_determinant
from .document import Certificate, Claim, Enclosure, read_certificate
from .facts import Facts
from .limits import Limits, Progress, metered
from .model import Model, read_activation, read_model
from .orbit_claims import periodic_orbit
from .require import require
from .texts import check_texts
from .verdict import ClaimResult, Outcome, Rejected, Report, Unconfirmed, Unusable

Rule = Callable[[Facts, Claim], None]
RULES: dict[str, Rule] = {
    "weight_norms": saturation_claims.weight_norms,
    "layer_saturation": saturation_claims.layer_saturation,
    "global_bound": product_claims.global_bound,
    "theorem_1": product_claims.theorem_1,
    "layerwise_bound": product_claims.layerwise_bound,
    "refined_bound": product_claims.refined_bound,
    "sup_jacobian_norm": region_claims.sup_jacobian_norm,
    "divergence": region_claims.divergence,
    "log_norm": region_claims.log_norm,
    "minimal_period": consequences.minimal_period,
    "theorem_2": consequences.theorem_2,
    "no_closed_orbit": consequences.no_closed_orbit,
    "require": require,
    "periodic_orbit": periodic_orbit,
    "curve_determinant": curve_determinant,
}
LONGEST = 3600
"""Seconds without a time limit of the caller's."""
_BOUND = {"bound"}
_ENDS = {"inf", "sup", "inf_point", "sup_point"}
KEYS: dict[str, set[str]] = {
    "weight_norms": {"norms"},
    "layer_saturation": {"layer", "delta", "delta_everywhere", "derivative", "preactivation"},
    "global_bound": _BOUND,
    "layerwise_bound": _BOUND,
    "refined_bound": _BOUND,
    "theorem_1": {"delta", "saturated_layers", "layers", "undecided_layers", "c_w", "bound", "best"},
    "sup_jacobian_norm": {"value", "point"},
    "divergence": _ENDS,
    "log_norm": {*_ENDS, "excludes_periodic_orbits"},
    "minimal_period": {"value", "statement"},
    "theorem_2": {
        "period", "det_m_paper", "det_m", "multipliers", "exponents", "paper_floor", "orbit_excluded", "statement",
        "eta", "eta_margin_paper", "eta_margin_sharp", "eta_verdict",
    },
    "no_closed_orbit": {"criterion", "vector", "statement"},
    "curve_determinant": {"period", "interpolation", "pieces", "log_det", "det", "statement"},
    "require": {"expression", "value", "point", "statement"},
    "periodic_orbit": {
        "period", "radius", "point", "integral_divergence", "det_m", "stability", "minimal_period", "statement",
        "multipliers", "exponents",
    },
}  # fmt: skip
"""What a claim may state: everything here is checked, and nothing else is let through."""
EMPTY = {"layer", "criterion", "expression", "period", "eta", "interpolation", "pieces"}
"""An undecided claim with these alone states nothing."""


class Checker:
    """Every claim once, with its outcome remembered."""

    def __init__(self, model: Model, certificate: Certificate, limits: Limits) -> None:
        self.facts = Facts(model, certificate, limits)
        self.facts.check = self._require
        self.results: dict[int, tuple[Outcome, str]] = {}
        self._open: set[int] = set()

    def _require(self, claim: Claim) -> None:
        outcome, reason = self.outcome(claim)
        if outcome != "confirmed":
            raise Unconfirmed(reason)

    def outcome(self, claim: Claim) -> tuple[Outcome, str]:
        """The claim's outcome and its reason."""
        if claim.index not in self.results:
            if claim.index in self._open:
                return "unconfirmed", "it rests on itself"
            self._open.add(claim.index)
            self.results[claim.index] = self._apply(claim)
            self._open.discard(claim.index)
        return self.results[claim.index]

    def _apply(self, claim: Claim) -> tuple[Outcome, str]:
        rule = RULES.get(claim.name)
        if rule is not None and claim.status == "undecided" and _empty(claim):
            return "not claimed", ""
        if rule is None:
            return "unconfirmed", f"this checker knows no rule for {claim.name[:40]}"
        if not set(claim.values) <= KEYS[claim.name]:
            return "rejected", f"it states what no rule knows: {sorted(set(claim.values) - KEYS[claim.name])[0][:40]}"
        if claim.status == "refuted" and claim.name != "require":
            return "rejected", "only a requirement can be refuted"
        try:
            self.facts.limits.tick("claims", 0.0)
            check_texts(claim)
            rule(self.facts, claim)
        except Rejected as failed:
            return "rejected", str(failed)
        except Unconfirmed as failed:
            return "unconfirmed", str(failed)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            return "rejected", f"its values are malformed ({str(error)[:80]})"
        except MemoryError:
            return "unconfirmed", "the checker ran out of memory"
        except (ArithmeticError, RecursionError) as error:
            return "unconfirmed", f"the checker's arithmetic gave up ({str(error)[:80]})"
        return "confirmed", ""


def _empty(claim: Claim) -> bool:
    """An undecided claim that states nothing: only what was asked stands in it."""
    kinds = {"layer": int, "pieces": int, "criterion": str, "interpolation": str, "expression": str}
    return all(
        key in EMPTY and (type(value) is kinds[key] if key in kinds else isinstance(value, Enclosure))
        for key, value in claim.values.items()
    )


def check_bytes(
    certificate: bytes, model: bytes, *, seconds: float | None = None, progress: Progress | None = None
) -> Report:
    """Re-prove a certificate for an exact model (JSON). Raises Unusable with one line if either cannot be used."""
    started = time.monotonic()
    limits = Limits(deadline=started + (LONGEST if seconds is None else seconds), progress=progress)
    with metered(limits.deadline):
        try:
            field, document = read_model(model), read_certificate(certificate)
            _same_model(field, document)
            checker = Checker(field, document, limits)
            checker.facts.check_subdivisions()
        except (Rejected, Unconfirmed) as failed:
            raise Unusable(str(failed)) from None
        results = []
        for claim in document.claims:
            outcome, reason = checker.outcome(claim)
            results.append(ClaimResult(claim.index, claim.name, claim.on, claim.status, outcome, reason))
    return Report(tuple(results), time.monotonic() - started)


def _same_model(model: Model, certificate: Certificate) -> None:
    stated = certificate.model
    if stated.get("sha256") != model.sha256:
        raise Unusable("the certificate is about another model: the hashes of the exact models differ")
    try:
        activations = [read_activation(entry) for entry in stated["activations"]]
    except (ValueError, TypeError, KeyError):
        raise Unusable("the certificate describes its model wrongly") from None
    if stated.get("layers") != model.sizes or activations != [layer.activation for layer in model.hidden]:
        raise Unusable("the certificate describes its model wrongly")
    if any(len(box) != model.dimension for box in certificate.boxes):
        raise Unusable("the region and the model have different dimensions")


def check_files(
    certificate: str | os.PathLike[str], model: str | os.PathLike[str], *, seconds: float | None = None,
    progress: Progress | None = None,
) -> Report:  # fmt: skip
    """`check_bytes` for two files."""
    contents = []
    for name in (certificate, model):
        try:
            with Path(name).open("rb") as file:
                contents.append(file.read((1 << 26) + 1))
        except OSError as error:
            raise Unusable(f"cannot read {os.fspath(name)} ({error.strerror})") from None
    return check_bytes(contents[0], contents[1], seconds=seconds, progress=progress)


def show_progress(what: str, part: float) -> None:
    """One line on a terminal's standard error."""
    sys.stderr.write(f"\r{what[:50]:<50} {100 * part:3.0f} %")
    sys.stderr.flush()
