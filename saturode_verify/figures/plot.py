"""``verify plot``: the picture of one certificate, as the bytes of a PDF, PNG or SVG file.

Thick lines, the colours of the leaves and every number come from the certificate's exact data, rounded outward; the
field, the sign of its divergence and equilibria are drawn from plain floating point, and the figure says so. The same
certificate and model give the same bytes with the same version of matplotlib.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from ..certificate.record import Certificate, load_certificate
from ..errors import UnusableInput
from ..network import Network
from ..output import check_writable, write_atomically
from ..rigor.numbers import Enclosure
from .model import check_model, find_model

KINDS = ("pdf", "png", "svg")
"""The formats that are written, told by the file's suffix."""
LARGEST, RESOLVED = 10**100, 10**9
"""Regions beyond LARGEST, or with sides below a RESOLVED-th of their ends, are not drawn."""


def plot(
    certificate: str | os.PathLike[str],
    output: str | os.PathLike[str],
    model: str | os.PathLike[str] | None = None,
    activation: str | None = None,
) -> None:
    """Draw the certificate file into ``output`` (.pdf, .png or .svg), written atomically.

    ``model``: the model file; without it the file of the name that the certificate gives is taken, beside the
    certificate or in the current folder. Raises UnusableInput for everything that cannot be drawn.
    """
    kind = kind_of(output)
    check_writable(output)
    require_matplotlib()
    record = load_certificate(certificate)
    check_drawable(record)
    network = None
    if needs_model(record) or model is not None:
        network = find_model(record, Path(certificate).parent, model, activation)
    write_atomically(output, figure_bytes(record, network, kind))


def figure_bytes(certificate: Certificate, network: Network | None, kind: str) -> bytes:
    """The picture in the format ``kind``; ``network`` may be None only where `needs_model` says so.

    Raises UnusableInput if matplotlib is missing, the certificate has no picture, or the network is another one.
    """
    require_matplotlib()
    check_drawable(certificate)
    if network is not None:
        check_model(certificate, network, network.source or "the model")
    elif needs_model(certificate):
        raise UnusableInput("the field and the leaves' bounds need the model", "add --model MODEL")
    from .style import rendered, styled

    with styled():
        if network is not None and not _in_space(certificate):
            from .plane import draw

            return rendered(draw(certificate, network), kind)
        from .space import draw as draw_in_space

        return rendered(draw_in_space(certificate), kind)


def kind_of(output: str | os.PathLike[str]) -> str:
    """The format that the suffix of ``output`` names. Raises UnusableInput for any other."""
    suffix = Path(output).suffix
    if suffix[1:].lower() not in KINDS:
        what = f"the suffix {ascii(suffix)[1:-1][:20]} names no format" if suffix else "the figure's name has no suffix"
        raise UnusableInput(what, "let the name end in .pdf, .png or .svg")
    return suffix[1:].lower()


def needs_model(certificate: Certificate) -> bool:
    """In the plane the field and the leaves' bounds are drawn; in space only the curves."""
    return not _in_space(certificate)


def check_drawable(certificate: Certificate) -> None:
    """Raises UnusableInput, in one line, if there is nothing to draw."""
    d = certificate.model["layers"][0]
    remedy = "use `verify table` for its numbers"
    if d == 1:
        raise UnusableInput("a model of dimension 1 has no phase portrait", remedy)
    curves = [part for part in certificate.witness if isinstance(part, dict) and ("orbit" in part or "rows" in part)]
    if d > 2 and not curves:
        raise UnusableInput(f"in dimension {d} only orbits and curves are drawn, and this certificate has none", remedy)
    if d == 2 and not all(_visible(side) for box in certificate.region for side in box):
        raise UnusableInput("a side of the region is too short or too long to be drawn", remedy)


def _visible(side: Enclosure) -> bool:
    """The side has a length that floats resolve."""
    assert side.upper is not None  # `check_parts` refuses a region without upper ends
    size = max(abs(side.lower), abs(side.upper))
    return size < LARGEST and side.upper - side.lower > size / RESOLVED


def require_matplotlib() -> None:
    """Raises UnusableInput if matplotlib is not installed; nothing is imported yet."""
    try:
        missing = find_spec("matplotlib") is None
    except (ImportError, ValueError):  # ValueError: it was taken out of sys.modules
        missing = True
    if missing:
        raise UnusableInput("drawing needs the package matplotlib", 'pip install "saturode-verify[plot]"')


def _in_space(certificate: Certificate) -> bool:
    return certificate.model["layers"][0] > 2
