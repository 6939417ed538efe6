"""Which numbers of a region's claims are true: one oracle per kind, from the evidence."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

import numpy as np
from fixtures_networks import reference_field
from forgery import FIXED, Ends, Path, Record, Truth, ends_of, near
from forgery_evidence import Evidence, need, number, search, slope_of, turning
from mpmath import mp

from saturode_verify.bounds.candidates import FloatField
from saturode_verify.rigor.numbers import parse_typed

Truths = dict[Path, Truth]
INFINITE = Fraction(1 << 3000)


def both(pair: Ends) -> Truth:
    """One number, somewhere in the pair."""
    return Truth(*pair, *pair)


def times(*pairs: Ends) -> tuple[Fraction, Fraction | None]:
    """A product of nonnegative numbers, each somewhere in its pair."""
    lows, highs = zip(*pairs, strict=True)
    return math.prod(lows), None if None in highs else math.prod(highs)


def supremum(e: Evidence, k: int) -> tuple[Fraction, Fraction]:
    """sup |s'| on the line."""
    activation = e.hidden[k].activation
    if activation.name == "power":
        return INFINITE, INFINITE
    return near(number(slope_of(activation, turning(activation))))


def supported(e: Evidence, c: Record, key: str, what: str, level: Fraction) -> None:
    """The stored point lies in the region, and shows what it is stored for."""
    ends = [ends_of(entry) for entry in c[key]]
    need(len(ends) == e.d and all(low == high for low, high in ends), f"{key} is no point")
    point = tuple(low for low, _ in ends)
    inside = [all(a <= x <= b for x, (a, b) in zip(point, e.boxes[i], strict=True)) for i in e.places(c["on"])]
    need(any(inside), f"{key} is outside")
    need(e.at(what, point)[1] >= level, f"{key} does not show it")


def weight_norms(e: Evidence, c: Record) -> Truths:
    """The spectral norms themselves."""
    need(len(c["norms"]) == len(e.norms) and c["on"] == "region", "another number of layers")
    return {("norms", i): both(pair) for i, pair in enumerate(e.norms)}


def delta(e: Evidence, k: int, on: Any) -> tuple[Fraction, Fraction | None]:
    """Where delta_k lies."""
    width = range(len(e.hidden[k].bias))
    low = max(e.once(e.slope, k, i, sign, box) for i in width for sign in (1, -1) for box in e.places(on))
    return low - Fraction(1, 1 << 150), e.fine("layer_saturation", on, "delta", layer=k + 1)[1]


def layer_saturation(e: Evidence, c: Record) -> Truths:
    """Ranges of pre-activations and of s', delta_k and Lambda_k."""
    k, on = c["layer"] - 1, c["on"]
    need(0 <= k < len(e.hidden), "there is no such layer")
    width = len(e.hidden[k].bias)
    found: Truths = {("delta",): both(delta(e, k, on)), ("delta_everywhere",): both(supremum(e, k))}
    if "derivative" in c or "preactivation" in c:
        need(len(c["derivative"]) == len(c["preactivation"]) == width, "another number of neurons")
        for i in range(width):
            found["preactivation", i] = e.span(e.pre, "preactivation", k, i, on)
            found["derivative", i] = e.span(e.slope, "derivative", k, i, on)
    return found


def product_bound(e: Evidence, c: Record) -> Truths:
    """Products of norms with delta_k or Lambda_k; the refined bound from the finer certificate."""
    on, layers = c["on"], range(len(e.hidden))
    e.places(on)
    if c["name"] == "refined_bound":
        return {("bound",): both(e.fine("refined_bound", on, "bound"))}
    factors = [supremum(e, k) if c["name"] == "global_bound" else delta(e, k, on) for k in layers]
    return {("bound",): both(times(*e.norms, *factors))}


def theorem_1(e: Evidence, c: Record) -> Truths:
    """C_W delta^q; every layer must stand where its true delta_k puts it."""
    low, high = ends_of(c["delta"])
    layers, undecided = c["layers"], c["undecided_layers"]
    listed = [*layers, *undecided]
    need(low == high and c["saturated_layers"] == len(layers), "no threshold, or a wrong count")
    need(len(set(listed)) == len(listed) and set(listed) <= set(range(1, len(e.hidden) + 1)), "wrong layers")
    factors, constants, one = [], [], (Fraction(1), Fraction(1))
    for k in range(1, len(e.hidden) + 1):
        a, b = delta(e, k - 1, c["on"])
        need(k not in layers or a <= low, f"layer {k} is not saturated")
        need(k in listed or b is None or b > low, f"layer {k} is saturated")
        saturated = k in layers or (k in undecided and b is not None and b <= low)
        factors.append((low, low) if saturated else supremum(e, k - 1))
        constants.append(one if saturated else supremum(e, k - 1))
    return {("c_w",): both(times(*e.norms, *constants)), ("bound",): both(times(*e.norms, *factors))}


def best_theorem_1(e: Evidence, on: Any) -> tuple[Fraction, Fraction | None]:
    """The bound of the certificate's own best threshold."""
    best = next(x for x in e.document["claims"] if x["name"] == "theorem_1" and x["on"] == on and x["best"])
    truth = theorem_1(e, best)["bound",]
    return truth.inf_low or Fraction(0), truth.sup_high


def sup_jacobian_norm(e: Evidence, c: Record) -> Truths:
    """The supremum, and that its stored point shows the lower end."""
    if ends_of(c["value"])[0] > 0:
        supported(e, c, "point", "norm", ends_of(c["value"])[0])
    return {("value",): both(e.top("norm", c["on"]))}


def two_ended(e: Evidence, c: Record) -> Truths:
    """Infimum and supremum, each shown by its point; the sign that excludes orbits."""
    what = {"divergence": "div", "log_norm": "mu"}[c["name"]]
    inf, sup = e.bottom(what, c["on"]), e.top(what, c["on"])
    least = ends_of(c["inf"])[1]
    need(least is not None and c["sup"]["upper"] is not None, "an end is missing")
    supported(e, c, "sup_point", what, ends_of(c["sup"])[0])
    supported(e, c, "inf_point", "-" + what, -(least or Fraction(0)))
    excludes = c.get("excludes_periodic_orbits", False)
    need(excludes is False or sup[0] < 0 or inf[1] > 0, "no sign excludes orbits")
    return {("inf",): both(inf), ("sup",): both(sup)}


def shortest(e: Evidence, on: Any) -> tuple[Fraction, Fraction]:
    """Where 2 pi / L lies."""
    low, high = e.top("norm", on)
    return Fraction(0) if high is None else near(2 * mp.pi / number(high))[0], near(2 * mp.pi / number(low))[1]


def minimal_period(e: Evidence, c: Record) -> Truths:
    """2 pi / L, and a sentence that says no more."""
    pair, text = shortest(e, c["on"]), c.get("statement") or ""
    match = re.fullmatch(r"no nonconstant periodic orbit with period < (\S+) lies in the region", text)
    need(text == "" or (match is not None and parse_typed(match[1]) <= pair[1]), "a false statement")
    return {("value",): both(pair)}


def grown(ends: list[Fraction | None]) -> Truth:
    """exp of four ends, outward."""
    found = [None if x is None else near(mp.exp(number(x)))[i & 1] for i, x in enumerate(ends)]
    return Truth(*found)


def theorem_2(e: Evidence, c: Record) -> Truths:
    """The exponentials of the true rates for the stated period; margins, verdicts and sentences."""
    (t0, t1), on = ends_of(c["period"]), c["on"]
    assert t1 is not None
    need(t0 >= 0, "a negative period")
    low_rate, high_rate = times((Fraction(e.d), Fraction(e.d)), best_theorem_1(e, on))
    div, mu = (e.bottom("div", on), e.top("div", on)), (e.bottom("mu", on), e.top("mu", on))

    def power(low: Ends, high: Ends) -> Truth:
        return grown([*(r if r is None else min(r * t0, r * t1) for r in low),
                      *(r if r is None else max(r * t0, r * t1) for r in high)])  # fmt: skip

    sharp = max(-div[0][1] * t0, -div[0][1] * t1)
    found: Truths = {
        ("det_m_paper",): power((None if high_rate is None else -high_rate, -low_rate), (low_rate, high_rate)),
        ("det_m",): power(*div), ("multipliers",): power(*mu), ("exponents",): Truth(*mu[0], *mu[1]),
        ("eta_margin_paper",): Truth(None, None, low_rate * t1, None),
        ("eta_margin_sharp",): Truth(None, None, sharp, None),
    }  # fmt: skip
    if "paper_floor" in c:
        bottom, top = ends_of(c["paper_floor"])
        turn = near(mp.exp(2 * e.d * mp.pi))[1]
        need(bottom * turn >= 1 and top is not None and top <= turn, "wider than the paper's bounds can be")
    impossible = e.top("norm", on)[0] * t1 < near(2 * mp.pi)[1]
    need(c["orbit_excluded"] is False or impossible, "orbits are possible")
    text = c.get("statement")
    need(text is None or (impossible and text.startswith("L T < 2 pi: no such orbit exists")), "a false statement")
    if "eta" in c:
        eta = ends_of(c["eta"])[0]
        shown = {"paper": low_rate * t1 < eta, "sharp": sharp < eta, "yorke": impossible}
        verdict = re.fullmatch(r"excluded \((.*)\): no nonconstant T-periodic orbit .* eta", c["eta_verdict"])
        need(verdict is not None or c["eta_verdict"] == "not excluded", "no verdict")
        need(verdict is None or all(shown[name] for name in verdict[1].split(", ")), "eta is not excluded")
    return found


def no_closed_orbit(e: Evidence, c: Record) -> Truths:
    """Each criterion is false where a point contradicts it; no numbers."""
    criterion, on = c["criterion"], c["on"]
    boxes = [e.boxes[i] for i in e.places(on)]
    need(criterion == "transversal_vector" or set(c) - FIXED == {"criterion"}, "more than the criterion says")
    if criterion == "divergence":
        need(e.d == 2 and (e.top("div", on)[0] < 0 or e.bottom("div", on)[1] > 0), "div has both signs")
    elif criterion == "two_eigenvalues":
        need(e.d >= 3, "d < 3")
        pairs = [(e.once(two_sum, e, sign, i)) for sign in (1, -1) for i in e.places(on)]
        half = len(pairs) // 2
        need(max(pairs[:half]) < 1e-9 or max(pairs[half:]) < 1e-9, "sums of two eigenvalues have both signs")
    else:
        need(criterion == "transversal_vector" and len(c["vector"]) == e.d, "an unknown criterion")
        need(str(c.get("statement", "no equilibrium")).startswith("no equilibrium"), "a statement")
        ends = [ends_of(entry) for entry in c["vector"]]
        need(all(low == high for low, high in ends), "no exact vector")
        v, field = np.array([float(low) for low, _ in ends]), FloatField(e.network)
        for box in boxes:
            point = search(lambda x: -field.evaluate(x)[0] @ v, box)
            value = sum(low * f for (low, _), f in zip(ends, reference_field(e.network, point), strict=True))
            need(value > 0, "c . f <= 0 at a point")
    return {}


def two_sum(e: Evidence, sign: int, box: int) -> float:
    """The largest sum of two eigenvalues of +-(Df + Df^T)/2 that floats find."""
    field = FloatField(e.network)

    def score(x: np.ndarray) -> np.ndarray:
        j = sign * field.evaluate(x)[1]
        return np.linalg.eigvalsh((j + j.swapaxes(1, 2)) / 2)[:, -2:].sum(axis=1)

    return float(score(np.array([[float(x) for x in search(score, e.boxes[box])]]))[0])


EXTREMA = {"sup_jacobian_norm": (1, "norm"), "sup_divergence": (1, "div"), "inf_divergence": (-1, "div"),
           "sup_log_norm": (1, "mu"), "inf_log_norm": (-1, "mu")}  # fmt: skip


def quantity(e: Evidence, name: str) -> Ends:
    """Where a requirement's quantity lies."""
    if name in EXTREMA:
        sign, what = EXTREMA[name]
        return e.top(what, "region") if sign > 0 else e.bottom(what, "region")
    if name in ("global_bound", "layerwise_bound", "refined_bound"):
        truth = product_bound(e, {"name": name, "on": "region"})["bound",]
        return truth.inf_low, truth.sup_high
    if name == "theorem_1":
        layerwise = product_bound(e, {"name": "layerwise_bound", "on": "region"})["bound",]
        return layerwise.inf_low, best_theorem_1(e, "region")[1]
    if name == "minimal_period":
        return shortest(e, "region")
    match = re.fullmatch(r"delta_([1-9])", name)
    need(match is not None and int(match[1]) <= len(e.hidden), "an unknown quantity")
    return delta(e, int(name[6:]) - 1, "region")


def require(e: Evidence, c: Record) -> Truths:
    """The verdict against the true quantity, and that the point refutes."""
    match = re.fullmatch(r"\s*(\w+)\s*(<=|>=|<|>)\s*(\S+)\s*", c["expression"])
    assert match is not None
    name, relation, bound = match[1], match[2], parse_typed(match[3])
    low, high = quantity(e, name)
    above = low is not None and (low > bound if relation in ("<=", ">") else low >= bound)
    below = high is not None and (high < bound if relation in (">=", "<") else high <= bound)
    holds, fails = (below, above) if relation[0] == "<" else (above, below)
    need(not (c["status"] == "proved" and fails), "it fails")
    need(not (c["status"] == "refuted" and holds), "it holds")
    need(c.get("statement") is None, "a statement")
    if c["status"] == "refuted" and "point" in c:
        sign, what = EXTREMA.get(name, (1, "norm"))
        need((relation[0] == "<") == (sign > 0), "no point refutes this")
        supported(e, {**c, "on": "region"}, "point", what if sign > 0 else "-" + what, sign * bound)
    return {("value",): both((low, high))}
