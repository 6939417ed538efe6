"""The saturation map: for every neuron the range of s' on the region, as a strip of bars and as a table."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from ..certificate.record import Certificate
from ..rigor.numbers import Enclosure
from ..theorems.claim import Claim
from .markup import details, number, plain, table, tag, text

SMALL = Fraction(1, 10)
"""Share of sup |s'| over all reals below which a neuron counts as saturated."""
_WIDTH, _HEIGHT, _LEFT, _EDGE, _WIDEST = 720, 96, 40, 10, 18
_KINDS = {
    "saturated": "saturated: proved |s'| <= 10 % of sup |s'| over all reals, everywhere on U",
    "active": "active: proved |s'| > 10 % of sup |s'| over all reals, everywhere on U",
    "mixed": "neither: the range reaches across these 10 %",
}


def saturation_map(certificate: Certificate, prefix: str) -> str:
    """One strip per hidden layer of the region, its legend, and the numbers; "" for a network without hidden layers."""
    layers = [
        claim for claim in certificate if claim.name == "layer_saturation" and claim.on == "region"
        and claim.values.get("derivative")
    ]  # fmt: skip
    if not layers:
        return ""
    strips = [_strip(claim, f"{prefix}-layer-{i}") for i, claim in enumerate(layers)]
    seen = {kind for claim in layers for kind in _kinds(claim)}
    legend = "".join(
        tag("li", tag("span", "", class_=f"swatch {kind}") + text(words))
        for kind, words in _KINDS.items()
        if kind in seen
    )
    return "\n".join([*strips, tag("ul", legend, class_="legend"), *(_numbers(claim) for claim in layers)])


def _kinds(claim: Claim) -> list[str]:
    return [_kind(derivative, claim.delta_everywhere) for derivative in claim.derivative]


def _kind(derivative: Enclosure, everywhere: Enclosure) -> str:
    low, high = derivative.lower, derivative.upper
    if high is None or everywhere.upper is None:
        return "mixed"
    if max(abs(low), abs(high)) <= SMALL * everywhere.lower:
        return "saturated"
    return "active" if low > SMALL * everywhere.upper or high < -SMALL * everywhere.upper else "mixed"


def _strip(claim: Claim, name: str) -> str:
    """Bars from the least to the largest s' of each neuron, over lines at 0 and at sup |s'| of all reals."""
    kinds = _kinds(claim)
    counts = Counter(kinds)
    summary = ", ".join(f"{counts[kind]} {kind}" for kind in _KINDS if counts[kind]).replace("mixed", "neither")
    title = f"Hidden layer {claim.layer}, {len(kinds)} neurons: {summary}"
    step = min(_WIDEST, (_WIDTH - _LEFT) / len(kinds))
    words = "Each bar is one neuron's range of s' on U"
    words += "; the upper line is sup |s'| over all reals." if claim.delta_everywhere.upper else "."
    heads = tag("title", plain(title), id=f"{name}-title") + tag("desc", plain(words), id=f"{name}-desc")
    drawn = _lines(claim, _LEFT + step * len(kinds)) + _bars(claim, kinds, step)
    svg = tag("svg", heads + drawn, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img",
              aria_labelledby=f"{name}-title {name}-desc")  # fmt: skip
    caption = tag("figcaption", text(f"{title}. {words}"))
    return tag("figure", tag("div", svg, class_="scroll") + caption, class_="strip")


def _bars(claim: Claim, kinds: list[str], step: float) -> str:
    """One bar per neuron, with its range for who points at it; a range without upper end reaches the top."""
    span, bars = _span(claim), []
    for i, (derivative, kind) in enumerate(zip(claim.derivative, kinds, strict=True)):
        high, low = _height(derivative.upper, span), _height(derivative.lower, span)
        tip = f"neuron {i + 1}: s' in [{', '.join(derivative.display(4))}]"
        bars.append(
            tag(
                "rect", tag("title", plain(tip)), class_=kind, x=f"{_LEFT + step * (i + 0.11):.2f}", y=f"{high:.2f}",
                width=f"{step * 0.78:.2f}", height=f"{max(low - high, 1.2):.2f}",
            )
        )  # fmt: skip
    return "".join(bars)


def _lines(claim: Claim, right: float) -> str:
    """The lines at 0 and at sup |s'| over all reals, with their values."""
    span, top = _span(claim), claim.delta_everywhere.upper
    marks = [(Fraction(0), "0"), *([(top, claim.delta_everywhere.display(3)[1])] if top else [])]
    lines = []
    for value, label in marks:
        y = f"{_height(value, span):.2f}"
        lines.append(tag("line", x1=f"{_LEFT - 4}", x2=f"{right:.2f}", y1=y, y2=y))
        lines.append(tag("text", plain(label), x=f"{_LEFT - 8}", y=y, dy="3.5", text_anchor="end"))
    return "".join(lines)


def _height(value: Fraction | None, span: tuple[Fraction, Fraction]) -> float:
    """From a value of s' to the drawing, downward."""
    bottom, top = span
    share = 1.0 if value is None else float((value - bottom) / (top - bottom))
    return _HEIGHT - _EDGE - share * (_HEIGHT - 2 * _EDGE)


def _span(claim: Claim) -> tuple[Fraction, Fraction]:
    """The axis: 0, sup |s'| over all reals if it is finite, and every range."""
    ends = [
        Fraction(0),
        *(d.lower for d in claim.derivative),
        *(d.upper for d in claim.derivative if d.upper is not None),
    ]
    if claim.delta_everywhere.upper is not None:
        ends.append(claim.delta_everywhere.upper)
    return min(ends), max(ends) if max(ends) > min(ends) else min(ends) + 1


def _numbers(claim: Claim) -> str:
    rows = []
    inputs: list[Enclosure | None] = list(claim.preactivation) if "preactivation" in claim.values else []
    inputs += [None] * (len(claim.derivative) - len(inputs))
    for i, (derivative, value) in enumerate(zip(claim.derivative, inputs, strict=False), start=1):
        ends = [*derivative.display(6), *(("", "") if value is None else value.display(6))]
        rows.append([str(i), *map(number, ends)])
    name = f"Ranges of the neurons of hidden layer {claim.layer} on U"
    head = ["neuron", "s' >=", "s' <=", "pre-activation >=", "pre-activation <="]
    return details(name, table(name, head, rows, range(1, 5)))
