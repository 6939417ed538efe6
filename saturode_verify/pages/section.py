"""One certificate's part of the page: verdict, model, claims in words, picture, numbers and saturation map."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..certificate.record import Certificate
from ..errors import UnusableInput
from ..network import Network
from ..report.cite import keys_of, label
from ..report.rows import Row, box_text, rows
from ..report.sentences import sentence
from ..report.text import verdict, verdict_word
from ..theorems.claim import Claim
from .markup import badge, details, items, number, plain, table, tag, text
from .saturation import saturation_map


@dataclass(frozen=True)
class Part:
    """A certificate with the name of its file and, where it was found, its network."""

    certificate: Certificate
    file: str
    network: Network | None


def name_of(certificate: Certificate) -> str:
    """The model's file, or the beginning of its hash."""
    return certificate.model["source"] or f"model {certificate.model['sha256'][:12]}"


def verdict_line(certificate: Certificate) -> str:
    """`verdict` without its first word, which stands as a badge before it."""
    if not any(claim.asked for claim in certificate):
        return "nothing was asked for"
    return verdict(certificate).partition(": ")[2]


def section(part: Part, prefix: str, several: bool) -> str:
    """The section with id ``prefix``; its headings are one level lower if there are several."""
    certificate, top = part.certificate, 3 if several else 2
    blocks = [
        tag("p", f"{badge(verdict_word(certificate))} {text(verdict_line(certificate))}", class_="verdict"),
        _facts(part),
        tag("p", text(certificate.scope), class_="scope"),
    ]
    for heading, content in (
        ("Claims in words", _claims(certificate)),
        ("Picture", _picture(part, f"{prefix}-figure")),
        ("Enclosures", _enclosures(certificate)),
        ("Saturation map", saturation_map(certificate, prefix)),
    ):
        if content:
            blocks += [tag(f"h{top}", text(heading)), content]
    title = tag("h2", plain(f"{prefix[1:]}. {name_of(certificate)}"), id=f"{prefix}-name") if several else ""
    named = {"aria_labelledby": f"{prefix}-name"} if several else {}
    return tag("section", "\n".join([title, *blocks]), id=prefix, **named)


def _facts(part: Part) -> str:
    """Model and region, exactly."""
    certificate = part.certificate
    model = certificate.model
    names = [_activation(spec) for spec in model["activations"]]
    boxes = [box_text(certificate, i) for i in range(len(certificate.region))]
    region = text(f"U = {boxes[0]}")
    if len(boxes) > 1:
        union = " ∪ ".join(f"U_{i}" for i in range(1, len(boxes) + 1)) if len(boxes) <= 8 else "the union of its boxes"
        region = text(f"U = {union}") + items("ul", (text(f"U_{i} = {box}") for i, box in enumerate(boxes, start=1)))
        region = details(f"U, a union of {len(boxes)} boxes", region) if len(boxes) > 8 else region
    entries = {
        "Model": plain(name_of(certificate)),
        "Layers": plain(" – ".join(map(str, model["layers"]))),
        "Activations": plain(", ".join(names) or "none: the model is linear"),
        "Region": region,
        "Model sha256": tag("code", plain(model["sha256"])),
        "Certificate": plain(part.file),
        "Certificate sha256": tag("code", plain(certificate.sha256)),
    }
    return tag(
        "dl", "\n".join(tag("dt", plain(key)) + tag("dd", value) for key, value in entries.items()), class_="facts"
    )


def _activation(spec: dict[str, object]) -> str:
    """``tanh``, ``power (exponent 3)``: the name with its parameters."""
    more = ", ".join(f"{key} {value}" for key, value in sorted(spec.items()) if key != "name")
    return f"{spec['name']} ({more})" if more else str(spec["name"])


def _claims(certificate: Certificate) -> str:
    """What was asked first, then what follows on the region, then every box by itself, folded."""
    asked = [claim for claim in certificate if claim.asked]
    besides = [claim for claim in certificate if not claim.asked and claim.on == "region"]
    blocks = [tag("p", "What was asked for:"), _listed(certificate, asked)] if asked else []
    if besides:
        heading = [tag("p", "What is known besides, on the region:")] if asked else []
        blocks += [*heading, _listed(certificate, besides), *_floor(certificate)]
    for i in range(len(certificate.region) if len(certificate.region) > 1 else 0):
        own = [claim for claim in certificate if claim.on == i and not claim.asked]
        if own:
            blocks.append(details(f"On the box U_{i + 1} = {box_text(certificate, i)}", _listed(certificate, own)))
    return "\n".join(blocks)


def _floor(certificate: Certificate) -> list[str]:
    """How narrow the paper's interval can be at all (theory, section 6)."""
    found = [claim for claim in certificate if claim.name == "minimal_period" and claim.on == "region" and claim.proved]
    if not found:
        return []
    words = (
        "A nonconstant periodic orbit that exists in U has d C T >= 2 pi d, so the paper's interval exp(+-d C T) for "
        f"det M is never narrower than exp(+-{2 * certificate.model['layers'][0]} pi)."
    )
    return [tag("p", text(words), class_="note")]


def _listed(certificate: Certificate, claims: Iterable[Claim]) -> str:
    return items("ul", (_claim(certificate, claim) for claim in claims), class_="claims")


def _claim(certificate: Certificate, claim: Claim) -> str:
    place = f"U_{claim.on + 1}" if isinstance(claim.on, int) and len(certificate.region) > 1 else "U"
    words = tag("p", f"{badge(claim.status)} {text(sentence(claim, place))}")
    if claim.reason:
        words += tag("p", text(f"Reason: {claim.reason}."), class_="reason")
    literature = "; ".join(dict.fromkeys(label(key) for key in keys_of(claim)))
    basis = f"{claim.name}: theory, {claim.theorem}{f'. Literature: {literature}' if literature else ''}."
    hypotheses = tag("p", "Hypotheses:") + items("ul", (text(words) for words in claim.hypotheses))
    return words + details("Theorem and hypotheses", tag("p", text(basis)) + hypotheses, "basis")


def _picture(part: Part, prefix: str) -> str:
    """The figure, or one line that says why there is none."""
    from ..figures.plot import needs_model

    if part.network is None and needs_model(part.certificate):
        why = "no model with this sha256 was found; give it with --model"
        return tag("p", text(f"Not drawn: {why}."), class_="note")
    try:
        from .figure import picture

        return picture(part.certificate, part.network, prefix)
    except UnusableInput as error:
        return tag("p", text(f"Not drawn: {error.problem}."), class_="note")


def _enclosures(certificate: Certificate) -> str:
    """Every row; of a union first those of the whole region and what was asked, the boxes' own ones folded."""
    found = rows(certificate)
    if len(certificate.region) == 1:
        return _table(certificate, found, "Lower and upper ends, rounded outward")
    asked = {claim.name for claim in certificate if claim.asked and claim.on != "region"}
    main = [row for row in found if row.where == "union" or row.claim in asked]
    boxes = [row for row in found if row not in main]
    blocks = [_table(certificate, main, "Lower and upper ends, rounded outward: the region, and what was asked")]
    if boxes:
        blocks.append(details(f"{len(boxes)} rows of the boxes", _table(certificate, boxes, "The boxes by themselves")))
    return "\n".join(blocks)


def _table(certificate: Certificate, found: list[Row], caption: str) -> str:
    several = len(certificate.region) > 1
    lines = []
    for row in found:
        name = tag("code", plain(row.text)) if row.claim == "require" else text(row.text)
        where = [text("U" if row.where == "union" else row.where)] if several else []
        lines.append([name, *where, number(row.lower), number(row.upper), badge(row.status)])
    heads = ["quantity", *(["on"] if several else []), "lower", "upper", "status"]
    first = 2 if several else 1
    return table(caption, heads, lines, (first, first + 1))
