"""Theory sections 2 and 3: norms of the weights, ranges of pre-activations and of s', delta_k."""

from __future__ import annotations

from fractions import Fraction

from .claims_common import FINE, encloses
from .document import Claim, Enclosure
from .exact import shown
from .facts import MAX_PRECISION, Facts
from .fixed import Interval, exact
from .floors import Floors
from .spectral import at_least, at_most, gram
from .verdict import Rejected, Unconfirmed

MAX_WIDTH = 700


def weight_norms(facts: Facts, claim: Claim) -> None:
    """||W_l|| from both sides, by elimination of t^2 I - W^T W."""
    norms = claim.enclosures("norms")
    if len(norms) != len(facts.model.layers):
        raise Rejected(f"{len(norms)} norms for {len(facts.model.layers)} layers")
    if max(min(len(layer.weight), len(layer.weight[0])) for layer in facts.model.layers) > MAX_WIDTH:
        raise Unconfirmed(f"layers wider than {MAX_WIDTH} take too long to eliminate")
    for number, (layer, norm) in enumerate(zip(facts.model.layers, norms, strict=True), start=1):
        facts.limits.tick("weight norms", number / len(norms))
        square = gram([[(w, w) for w in row] for row in layer.rows], 0)
        q = 2 * layer.scale
        if norm.lower > 0 and not at_least(square, q, norm.lower**2):
            what = f"||W_{number}|| >= {shown(norm.lower)}"
            if at_most(square, q, norm.lower**2):
                raise Rejected(f"{what} is false, by elimination")
            raise Unconfirmed(f"{what} could not be shown by elimination")
        if norm.upper is not None and not (norm.upper >= 0 and at_most(square, q, norm.upper**2)):
            what = f"||W_{number}|| <= {shown(norm.upper)}"
            if norm.upper < 0 or at_least(square, q, norm.upper**2 + norm.upper**2 / (1 << 150)):
                raise Rejected(f"{what} is false, by elimination")
            raise Unconfirmed(f"{what} could not be shown by elimination")


def layer_of(facts: Facts, claim: Claim) -> int:
    """0-based index of the claim's hidden layer. Raises Rejected."""
    layer = claim.values.get("layer")
    if type(layer) is not int or not 1 <= layer <= len(facts.model.hidden):
        raise Rejected("there is no such hidden layer")
    return layer - 1


def layer_saturation(facts: Facts, claim: Claim) -> None:
    """Pre-activations by sweeps, s' by exact images, delta from both sides, Lambda."""
    k = layer_of(facts, claim)
    activation, width = facts.model.hidden[k].activation, len(facts.model.hidden[k].bias)
    supremum = activation.supremum(FINE)
    if supremum is None:
        if claim.enclosure("delta_everywhere").upper is not None:
            raise Rejected("sup |s'| over the line is infinite")
    else:
        encloses(claim.enclosure("delta_everywhere"), exact(supremum[0], FINE), exact(supremum[1], FINE), "Lambda")
    if ("preactivation" in claim.values) != ("derivative" in claim.values):
        raise Rejected("ranges of pre-activations and of s' stand one without the other")
    if "preactivation" in claim.values:
        ranges, slopes = claim.enclosures("preactivation"), claim.enclosures("derivative")
        if not len(ranges) == len(slopes) == width:
            raise Rejected(f"{len(ranges)} ranges for {width} neurons")
        for i, entry in enumerate(ranges):
            what = f"pre-activation {i + 1} of layer {k + 1}"
            facts.require_upper(claim.on, ("pre", k, i, 1), entry.top, what)
            facts.require_upper(claim.on, ("pre", k, i, -1), -entry.lower, f"minus {what}")
        _slopes(facts, claim, k, ranges, slopes)
    _delta(facts, claim, k, supremum)


def _slopes(facts: Facts, claim: Claim, k: int, ranges: list[Enclosure], slopes: list[Enclosure]) -> None:
    if len(facts.boxes(claim.on)) > 1:
        parts = [facts.claim("layer_saturation", i, layer=k + 1) for i in facts.boxes(claim.on)]
        if all("derivative" in part.values for part in parts) and all(
            slope.lower <= entry.lower and entry.top <= slope.top
            for part in parts for slope, entry in zip(slopes, part.enclosures("derivative"), strict=True)
        ):  # fmt: skip
            return
    for i, (entry, slope) in enumerate(zip(ranges, slopes, strict=True)):
        low, high = _image(facts, k, entry, slope.lower.denominator.bit_length())
        encloses(slope, low, high, f"s' of neuron {i + 1} of layer {k + 1}")


def _image(facts: Facts, k: int, entry: Enclosure, bits: int) -> tuple[Fraction, Fraction]:
    """The range of s' over an exact range of pre-activations; ``bits``: how small its values are."""
    p = max(FINE, bits + 64, *(x.denominator.bit_length() + 32 for x in (entry.lower, entry.top)))
    p = min(p, MAX_PRECISION)
    low = entry.lower.numerator * (1 << p) // entry.lower.denominator
    high = -(-entry.top.numerator * (1 << p) // entry.top.denominator)
    image = facts.model.hidden[k].activation.image(1, low, high, p)
    return exact(image[0], p), exact(image[1], p)


def _delta(facts: Facts, claim: Claim, k: int, supremum: Interval | None) -> None:
    delta = claim.enclosure("delta")
    if delta.upper is not None:
        tops = [exact(supremum[1], FINE)] if supremum is not None else []
        if "derivative" in claim.values:
            tops.append(max(magnitude_of(entry) for entry in claim.enclosures("derivative")))
        if (not tops or delta.upper < min(tops)) and not _sharper(facts, claim, k, delta.upper):
            shown_top = shown(min(tops)) if tops else "infinity"
            what = f"delta_{k + 1} <= {shown(delta.upper)}, but max |s'| is"
            floor = max(layer_floor(facts, i, k, delta.upper) for i in facts.boxes(claim.on))
            if floor > delta.upper:
                raise Rejected(f"{what} >= {shown(floor)}")
            raise Unconfirmed(f"{what} only proved to be <= {shown_top}")
    floor = Fraction(0)
    for i in facts.boxes(claim.on):
        floor = max(floor, layer_floor(facts, i, k, delta.lower))
    if delta.lower > floor:
        raise Unconfirmed(f"delta_{k + 1} >= {shown(delta.lower)}: points found so far only show {shown(floor)}")


def _sharper(facts: Facts, claim: Claim, k: int, bound: Fraction) -> bool:
    """Whether delta_k <= bound where the stated ranges of s' are wider: they come from rounded pre-activations.

    Neurons whose stated range does not do get pre-activations that are tighter at one end, by as little as does.
    """
    if "derivative" not in claim.values:
        return False
    ranges, slopes = claim.enclosures("preactivation"), claim.enclosures("derivative")
    for i, (entry, slope) in enumerate(zip(ranges, slopes, strict=True)):
        if magnitude_of(slope) > bound and not _shrunk(facts, claim, k, i, entry, bound):
            return False
    return True


def _shrunk(facts: Facts, claim: Claim, k: int, i: int, entry: Enclosure, bound: Fraction) -> bool:
    most = min(max(abs(entry.lower), abs(entry.top)) / (1 << 36), entry.top - entry.lower)
    bits = bound.denominator.bit_length()
    for sign, key in ((1, entry.top), (-1, -entry.lower)):

        def fits(step: Fraction, sign: int = sign) -> bool:
            low, high = (entry.lower, entry.top - step) if sign > 0 else (entry.lower + step, entry.top)
            return low <= high and max(map(abs, _image(facts, k, Enclosure(low, high), bits))) <= bound

        if not fits(most):
            continue
        below, above = Fraction(0), most
        for _ in range(40):
            middle = (below + above) / 2
            below, above = (below, middle) if fits(middle) else (middle, above)
        try:
            facts.require_upper(claim.on, ("pre", k, i, sign), key - above, "a pre-activation")
        except (Rejected, Unconfirmed):
            continue
        return True
    return False


def magnitude_of(entry: Enclosure) -> Fraction:
    """The largest absolute value of an interval."""
    return max(abs(entry.lower), abs(entry.top))


def floors_of(facts: Facts, box: int) -> Floors:
    """The attained ranges on a box (kept)."""
    known: dict[int, Floors] = facts.__dict__.setdefault("floors", {})
    if box not in known:
        stated = [claim.values.get("delta") for claim in facts.certificate.claims if claim.name == "layer_saturation"]
        bits = max((d.lower.denominator.bit_length() for d in stated if isinstance(d, Enclosure)), default=0)
        p = facts.fine + min(max(0, bits - 128), 3000)  # small slopes need more digits
        known[box] = Floors(facts.model, list(facts.certificate.boxes[box]), facts.leaves("bounds", box), p)
    return known[box]


def layer_floor(facts: Facts, box: int, k: int, wanted: Fraction) -> Fraction:
    """A lower bound of delta_k on a box; points are sought only until ``wanted`` is reached."""
    floors, width = floors_of(facts, box), len(facts.model.hidden[k].bias)
    values = [floors.floor(k, i) for i in range(width)]
    for i in sorted(range(width), key=lambda i: -values[i])[:16]:
        if max(values) >= wanted:
            break
        floors.climb(k, i)
        values[i] = floors.floor(k, i)
    return max(values)
