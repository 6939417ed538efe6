"""The whole page: title, what "proved" means, contents, how several models compare, then every certificate.

The page holds everything that it shows and asks the network for nothing; its policy forbids scripts and loads. The same
certificates and models give the same bytes with the same version of matplotlib.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ..certificate.record import Certificate, load_certificate
from ..errors import UnusableInput
from ..figures.model import find_model
from ..figures.plot import needs_model
from ..network import Network
from ..report.evolution import columns, row
from ..report.rows import box_text
from ..report.text import verdict_word
from ..theorems.claim import Claim
from .markup import badge, number, plain, table, tag, text
from .section import Part, name_of, section, verdict_line

PROVED = (
    "“Proved” means: for the real vector field f of the model, whose weights are exactly the stored binary "
    "floating-point numbers, the true value lies between the two printed numbers, the lower one rounded down and the "
    "upper one rounded up."
)
UNCHECKED = (
    "This page repeats what the certificates say, whose hashes were compared; it proves nothing anew. To prove the "
    "claims again, independently:"
)
_EVOLVES = {"global_bound", "layerwise_bound", "sup_jacobian_norm", "divergence", "layer_saturation"}
_SECURITY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def read_parts(
    certificates: Sequence[str | os.PathLike[str]],
    networks: Sequence[Network] = (),
    activation: str | None = None,
) -> list[Part]:
    """The certificate files, each with its network: one of ``networks`` with its hash, or the file that it names.

    Without a network, a planar certificate's picture is left out. Raises UnusableInput for a file that is no
    certificate, and for a network that belongs to none.
    """
    parts = []
    for path in certificates:
        record = load_certificate(path)
        _complete(record, Path(path).name)
        found = next((n for n in networks if n.sha256 == record.model["sha256"]), None)
        if found is None and needs_model(record):
            try:
                found = find_model(record, Path(path).parent, None, activation)
            except UnusableInput:
                found = None
        parts.append(Part(record, Path(path).name, found))
    known = {part.certificate.model["sha256"] for part in parts}
    for network in networks:
        if network.sha256 not in known:
            raise UnusableInput(
                f"no certificate is about the model {ascii(network.source)[1:-1][:60]} (sha256 {network.sha256[:12]})",
                "give the certified models with --model",
            )
    return parts


def _complete(certificate: Certificate, file: str) -> None:
    """Raises UnusableInput if a claim calls an orbit proved without its numbers, or with unpaired multipliers."""
    for claim in certificate:
        if claim.name == "periodic_orbit" and claim.proved and not _has_numbers(claim):
            raise UnusableInput(f"{file} claims an orbit without its numbers", "take the certificate as it was written")


def _has_numbers(claim: Claim) -> bool:
    if "period" not in claim.values:
        return False
    return "multipliers" not in claim.values or len(claim.multipliers) == len(claim.exponents)


def page(parts: Sequence[Part]) -> str:
    """The HTML document."""
    several = len(parts) > 1
    title = _title(parts)
    body = [
        tag("header", tag("h1", plain(title)) + tag("p", text(PROVED)) + tag("p", f"{text(UNCHECKED)} {_CHECK}")),
        *([_contents(parts), _evolution([part.certificate for part in parts])] if several else []),
        tag("main", "\n".join(section(part, f"c{i}", several) for i, part in enumerate(parts, start=1))),
        tag("footer", tag("p", f"Made by {tag('code', 'verify report')}. BibTeX of what the proofs rest on: {_CITE}.")),
    ]
    head = [
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f'<meta http-equiv="Content-Security-Policy" content="{plain(_SECURITY)}">',
        tag("title", plain(title)),
        f"<style>\n{_style()}</style>",
    ]
    document = [tag("head", "\n".join(head)), tag("body", "\n".join(part for part in body if part))]
    return f'<!DOCTYPE html>\n<html lang="en">\n{chr(10).join(document)}\n</html>\n'


_CHECK = tag("code", "verify check CERTIFICATE --model MODEL")
_CITE = tag("code", "verify cite CERTIFICATE")


def _style() -> str:
    return Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def _title(parts: Sequence[Part]) -> str:
    if len(parts) == 1:
        certificate = parts[0].certificate
        return f"{name_of(certificate)}: {verdict_word(certificate).lower()}"
    counts = Counter(verdict_word(part.certificate).lower() for part in parts)
    return f"{len(parts)} certificates: " + ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))


def _contents(parts: Sequence[Part]) -> str:
    entries = []
    for i, part in enumerate(parts, start=1):
        link = tag("a", plain(name_of(part.certificate)), href=f"#c{i}")
        words = text(verdict_line(part.certificate))
        entries.append(tag("li", f"{badge(verdict_word(part.certificate))} {link}: {words}"))
    return tag("nav", tag("h2", "Contents") + tag("ol", "\n".join(entries)), aria_label="Contents")


def _evolution(certificates: Sequence[Certificate]) -> str:
    """One row per model, where at least two certificates are about a region rather than about an orbit or a curve."""
    found = [c for c in certificates if _about_a_region(c)]
    if len(found) < 2:
        return ""
    names = columns(found)
    regions = [" ∪ ".join(box_text(c, i) for i in range(len(c.region))) for c in found]
    shown = len(set(regions)) > 1
    lines = []
    for certificate, region in zip(found, regions, strict=True):
        cells = row(certificate, len(names) - 6)
        inner = [number(cell) if _is_number(cell) else text(cell) for cell in cells[1:-1]]
        lines.append([plain(cells[0]), *([text(region)] if shown else []), *inner, badge(cells[-1])])
    heads = [names[0], *(["region"] if shown else []), *names[1:]]
    numeric = range(2 if shown else 1, len(heads) - 1)
    content = table("Upper bounds, and [lower, upper] of two-sided quantities, rounded outward", heads, lines, numeric)
    return tag("section", tag("h2", "The models compared") + content)


def _about_a_region(certificate: Certificate) -> bool:
    asked = {claim.name for claim in certificate if claim.asked}
    on_region = {claim.name for claim in certificate if claim.on == "region"}
    return not asked & {"periodic_orbit", "curve_determinant"} and on_region >= _EVOLVES


def _is_number(cell: str) -> bool:
    return bool(cell) and not cell.startswith("[") and cell != "none"
