"""The literature behind a certificate: which theorem and which method each claim used, and their BibTeX entries.

Cited is what a proof rests on. What only proposes where to look (searches, integrators) proves nothing and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from ..certificate.record import Certificate
from ..theorems.claim import Claim

_LIOUVILLE = ("CoddingtonLevinson1955", "Chicone2006")
THEOREMS: dict[str, tuple[str, ...]] = {
    "layer_saturation": ("Matzakos2026",),
    "weight_norms": ("HornJohnson2013",),
    "global_bound": ("HornJohnson2013",),
    "theorem_1": ("Matzakos2026",),
    "layerwise_bound": ("Matzakos2026",),
    "refined_bound": ("Matzakos2026",),
    "sup_jacobian_norm": ("HornJohnson2013",),
    "divergence": (),
    "log_norm": ("HornJohnson2013",),
    "minimal_period": ("Yorke1969", "Fenchel1929"),
    "theorem_2": ("Matzakos2026", *_LIOUVILLE, "HornJohnson2013", "Wazewski1948"),
    "no_closed_orbit": (),
    "periodic_orbit": ("Banach1922", "Riesz1914", *_LIOUVILLE, "Gershgorin1931"),
    "curve_determinant": (*_LIOUVILLE, "Trefethen2013", "Rabinowitz1969"),
    "require": (),
}
"""Keys of references.bib per claim; `keys_of` adds what depends on the claim's own values."""
CRITERIA: dict[str, tuple[str, ...]] = {
    "divergence": ("Bendixson1901",),
    "two_eigenvalues": ("Smith1986", "LiMuldowney1993", "Douglas1931", "Rado1930", "Fan1949"),
    "transversal_vector": (),
}
"""Keys per criterion of no_closed_orbit; a transversal vector's proof needs no theorem of others."""
ARITHMETIC: dict[str, tuple[str, ...]] = {
    "arb": ("Johansson2017",),
    "float64": ("JeannerodRump2013", "Collatz1942", "Wielandt1950"),
}
"""Keys per arithmetic; Arb has a part in every certificate."""
CLARKE = "Clarke1983"
_ENTRY = re.compile(r"@\w+\{(\w+),")
_ENCLOSURES = {"delta", "norms", "bound", "value", "inf", "det_m", "det"}
"""Values that are proved even where the claim as a whole is not."""


@cache
def references() -> dict[str, str]:
    """Every BibTeX entry by its key, in the order of references.bib."""
    text = Path(__file__).with_name("references.bib").read_text(encoding="utf-8")
    entries = [part.strip() for part in text.split("\n\n") if part.strip()]
    found = {}
    for entry in entries:
        match = _ENTRY.match(entry)
        assert match, f"references.bib: {entry[:40]!r} is no entry"
        found[match[1]] = entry
    return found


def keys_of(claim: Claim) -> tuple[str, ...]:
    """The works that this claim used: none if nothing of it is proved."""
    if claim.status == "undecided" and not _ENCLOSURES & set(claim.values):
        return ()
    keys = list(THEOREMS[claim.name])
    if claim.name == "no_closed_orbit":
        keys += CRITERIA.get(claim.criterion, ())
    if claim.name == "theorem_2" and claim.values.get("orbit_excluded"):
        keys += THEOREMS["minimal_period"]
    if claim.name == "require":
        keys += _required(claim.expression)
    if any("Clarke" in hypothesis for hypothesis in claim.hypotheses):
        keys.append(CLARKE)
    return tuple(keys)


def _required(expression: str) -> tuple[str, ...]:
    """``require`` rests on what its quantity rests on."""
    name = next(iter(re.findall(r"\w+", expression)), "")
    if name.startswith("delta_"):
        return THEOREMS["layer_saturation"]
    return THEOREMS.get("log_norm" if name.endswith("_log_norm") else name, ())


def label(key: str) -> str:
    """``LiMuldowney1993`` becomes ``Li and Muldowney 1993``."""
    names, year = key[:-4], key[-4:]
    return f"{' and '.join(re.findall('[A-Z][a-z]+', names))} {year}"


def used(certificates: Sequence[Certificate]) -> dict[str, list[str]]:
    """Key -> what it was used for (claims and arithmetic), in the order of references.bib; unused works are absent."""
    reasons: dict[str, list[str]] = {}
    for key, reason in (pair for certificate in certificates for pair in _uses(certificate)):
        found = reasons.setdefault(key, [])
        if reason not in found:
            found.append(reason)
    return {key: reasons[key] for key in references() if key in reasons}


def _uses(certificate: Certificate) -> Iterator[tuple[str, str]]:
    for claim in certificate:
        criterion = f" ({claim.criterion})" if claim.name == "no_closed_orbit" else ""
        for key in keys_of(claim):
            yield key, claim.name + criterion
    parts = [part for part in certificate.witness if isinstance(part, dict)]
    for name, keys in ARITHMETIC.items():
        if name == "arb" or any(part.get("arithmetic") == name for part in parts):
            for key in keys:
                yield key, f"arithmetic ({name})"


def bibliography(certificates: Sequence[Certificate]) -> str:
    """BibTeX of just the works that these certificates used, each below a comment that says for what."""
    lines = [
        f"% {_comment(c.model['source'] or 'model ' + c.model['sha256'][:12])}: certificate sha256 {c.sha256}"
        for c in certificates
    ]
    entries, found = references(), used(certificates)
    blocks = [f"% used for: {_comment(', '.join(reasons))}\n{entries[key]}" for key, reasons in found.items()]
    return "\n".join(lines) + "\n\n" + "\n\n".join(blocks) + "\n"


def _comment(text: str) -> str:
    """A stranger's text between entries: BibTeX ignores what stands there, but for an @."""
    return "".join(c if c.isprintable() and c.isascii() and c != "@" else "?" for c in " ".join(text.split()))
