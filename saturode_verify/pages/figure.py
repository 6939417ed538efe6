"""The picture of `verify plot` inside a page: an inline SVG whose names clash with no other, described in words."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from ..certificate.record import Certificate
from ..figures.plot import figure_bytes
from ..network import Network
from .markup import plain, tag

_NAMED = re.compile(r"url\(#([^)]*)\)")
_KEPT = {"svg", "g", "path", "use", "defs", "clipPath", "rect", "pattern", "image", "linearGradient", "stop"}
"""What matplotlib draws with; its metadata and its style sheet, which would reach all of the page, are left out."""


def picture(certificate: Certificate, network: Network | None, prefix: str) -> str:
    """The figure as HTML. Raises UnusableInput where `verify plot` would."""
    root = ET.fromstring(figure_bytes(certificate, network, "svg"))
    for parent in root.iter():
        for child in list(parent):
            if _local(child.tag) not in _KEPT:
                parent.remove(child)
    for element in root.iter():
        element.tag = _local(element.tag)
        attributes = {_local(key): value for key, value in element.attrib.items()}
        element.attrib.clear()
        element.attrib.update({key: _renamed(key, value, prefix) for key, value in attributes.items()})
        element.tail = None
        element.text = None
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.attrib["role"] = "img"
    root.attrib["aria-labelledby"] = f"{prefix}-title {prefix}-desc"
    root.attrib["style"] = "stroke-linejoin:round;stroke-linecap:butt"
    drawn = ET.tostring(root, encoding="unicode", short_empty_elements=False)
    words = _words(certificate)
    heads = tag("title", plain(words[0]), id=f"{prefix}-title") + tag("desc", plain(words[1]), id=f"{prefix}-desc")
    start = drawn.index(">") + 1
    return tag("figure", tag("div", drawn[:start] + heads + drawn[start:], class_="scroll paper"), class_="drawing")


def _local(name: str) -> str:
    """The name without its namespace: HTML knows SVG's."""
    return name.rpartition("}")[2]


def _renamed(key: str, value: str, prefix: str) -> str:
    if key == "id":
        return f"{prefix}-{value}"
    if key == "href":
        return f"#{prefix}-{value[1:]}" if value.startswith("#") else "".join(value.split())
    return _NAMED.sub(rf"url(#{prefix}-\1)", " ".join(value.split()) if key == "d" else value)


def _words(certificate: Certificate) -> tuple[str, str]:
    """Title and description for who does not see the picture."""
    orbits = [claim for claim in certificate if claim.name == "periodic_orbit" and claim.proved]
    curves = any(claim.name == "curve_determinant" for claim in certificate)
    found = [f"{len(orbits)} proved periodic orbit{'s' if len(orbits) > 1 else ''}"] if orbits else []
    found += ["the given closed curve"] if curves else []
    what = " and ".join(found) or "no proved orbit"
    if certificate.model["layers"][0] > 2:
        return (
            "Projections of the orbit",
            f"Three projections to coordinate planes, showing {what}, and the components over one period.",
        )
    return (
        "Phase portrait, and bounds of the Jacobian's norm",
        f"Left: field lines, the sign of div f, and {what}. Right: the proved upper bound of the norm of Df on every "
        "leaf of the subdivision, as a heat map. The numbers stand in the tables of this page. Field lines, the sign "
        "of div f and equilibria come from floating point and are not proved.",
    )
