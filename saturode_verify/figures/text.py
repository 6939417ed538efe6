"""Words and numbers of a figure: every number is one of a claim, rounded outward."""

from __future__ import annotations

from typing import Any

from ..certificate.record import Certificate
from ..report.tex import number
from ..rigor.numbers import Enclosure, decimal_up
from ..theorems.claim import Claim

DIGITS, SHORT = 7, 5
"""Significant digits of an orbit's numbers, and of a region's."""
NORM = "sup_jacobian_norm"


def interval(value: Enclosure, digits: int = DIGITS) -> str:
    """``[lower, upper]`` as math text, a common power of ten behind it."""
    lower, upper = value.display(digits)
    (low, power), (high, other) = (text.partition("e")[::2] for text in (lower, upper))
    if power == other:
        low, high = _padded(low, high)
        behind = number(f"1e{power}").strip("$").removeprefix("1") if power else ""
        return rf"$[{{{low}}},\,{{{high}}}]{behind}$".replace("inf", r"\infty")
    return rf"$[{{{_inner(lower)}}},\,{{{_inner(upper)}}}]$"


def _padded(low: str, high: str) -> tuple[str, str]:
    """Equally many decimals: zeros at the end change no number."""
    decimals = [len(text.partition(".")[2]) for text in (low, high)]
    if low == "0" or "inf" in high:
        return low, high
    return tuple(  # type: ignore[return-value]
        (text if "." in text or max(decimals) == 0 else text + ".") + "0" * (max(decimals) - have)
        for text, have in zip((low, high), decimals, strict=True)
    )


def _inner(text: str) -> str:
    return number(text).strip("$")


def orbit_line(claim: Claim, name: str = "Orbit") -> str:
    """T, det M, stability and radius of a proved orbit."""
    stability = "its stability is undecided" if claim.stability == "undecided" else f"it is {claim.stability}"
    return (
        rf"{name}, proved:  $T\in{interval(claim.period)[1:]},  $\det M\in{interval(claim.det_m)[1:]};"
        f"\n    {stability}; every point of it is within ${_inner(decimal_up(claim.radius.upper, 3))}$ of the stored "
        "curve, which is drawn."
    )


def curve_line(claim: Claim) -> str:
    """T and the determinant along a given curve."""
    determinant = claim.values.get("det")
    shown = f"  not proved ({claim.status})."
    if isinstance(determinant, Enclosure):
        shown = rf",  $\det\in{interval(determinant)[1:]}, proved."
    return rf"Given curve, no orbit claimed:  $T\in{interval(claim.period)[1:]}{shown}"


def values(certificate: Certificate, name: str) -> dict[str, Any]:
    """The values of the region's claim ``name``; empty if there is no such claim."""
    return next((claim.values for claim in certificate if claim.name == name and claim.on == "region"), {})


def _how(certificate: Certificate, name: str) -> str:
    """An enclosure that the claim's reason calls too wide is valid all the same."""
    proved = any(claim.name == name and claim.on == "region" and claim.proved for claim in certificate)
    return "proved" if proved else "enclosed, wider than asked"


def norm_title(certificate: Certificate) -> str:
    """The region's enclosure of sup ||Df||."""
    value, how = values(certificate, NORM).get("value"), _how(certificate, NORM)
    if not isinstance(value, Enclosure):
        return r"(b) No bound of $\|Df\|$ is proved on $U$"
    start = how.capitalize() if how == "proved" else "Enclosed"
    return rf"(b) {start}: $\mathrm{{sup}}_U\,\|Df\|_2\in{interval(value, SHORT)[1:]}"


def region_lines(certificate: Certificate) -> list[str]:
    """What is proved of the divergence and of closed orbits on the region."""
    lines, found = [], values(certificate, "divergence")
    if {"inf", "sup"} <= set(found):
        low, high = interval(found["inf"], SHORT)[1:], interval(found["sup"], SHORT)[1:]
        lines.append(
            rf"Region $U$, {_how(certificate, 'divergence')}:  $\mathrm{{inf}}_U\,\mathrm{{div}}\,f\in{low},  "
            rf"$\mathrm{{sup}}_U\,\mathrm{{div}}\,f\in{high}."
        )
    if any(c.name == "no_closed_orbit" and c.on == "region" and c.proved for c in certificate):
        lines.append("Region $U$, proved: no closed orbit lies in it.")
    return lines


def heading(certificate: Certificate) -> str:
    """The model and the certificate's hash, plain text."""
    names = ", ".join(dict.fromkeys(spec["name"] for spec in certificate.model["activations"])) or "linear"
    sizes = "-".join(map(str, certificate.model["layers"]))
    kind = f"{plain(f'{sizes} {names}')} network, certificate {certificate.sha256[:12]}"
    source = plain(certificate.model["source"])
    return f"{source}, {kind}" if source else kind


def plain(text: str, most: int = 40) -> str:
    """A stranger's text, short, without characters that the font lacks."""
    clean = "".join(c if c.isprintable() and ord(c) < 0x250 else "?" for c in " ".join(text.split()))
    return clean if len(clean) <= most else clean[: most - 3] + "..."


def undecided_lines(certificate: Certificate) -> list[str]:
    """A line if some orbit was looked for and not proved."""
    missing = sum(claim.name == "periodic_orbit" and not claim.proved for claim in certificate)
    if not missing:
        return []
    return ["No periodic orbit is proved here." if missing == 1 else f"For {missing} candidates no orbit is proved."]
