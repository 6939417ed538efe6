"""The battery's forged certificates: every one must be refused, and the true ones accepted, by each copy of the checker."""
# ruff: noqa: E501

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from types import SimpleNamespace
from typing import Any

from checker_cases import rehashed, small_network
from fixtures_networks import cube_stuart_landau, random_network
from hostile_cases import ON_HULL, certificate, claim, enclosure, layer, model_of, open_above
from mutation_battery import Package
from test_checker_curves import ROWS

import saturode_verify as sv
from saturode_verify.activation import Tanh
from saturode_verify.curves import curve_certificate
from saturode_verify.orbit.curve import closed_curve

F = Fraction
Record = dict[str, Any]
Forgery = Callable[[Record], object]


@cache
def case(name: str) -> tuple[str, bytes]:
    """(certificate, model), true."""
    if name in ("one", "two", "short"):
        network = random_network(3, [2, 3, 2], Tanh())
        boxes = ["[-0.1,0.1]x[0.1,0.2]"] + ["[0.1,0.3]x[0.1,0.2]"] * (name == "two")
        made = sv.verify(
            network, [sv.Box(box) for box in boxes], rtol="0.5", period="1" if name == "short" else "2", eta="100", delta=["0.9"],
            require=["sup_jacobian_norm <= 0.01", "minimal_period >= 1", "inf_divergence > 0", "delta_1 <= 2"],
        )  # fmt: skip
        return made.to_json(), network.canonical()
    if name == "deep":
        network = small_network()
        made = sv.verify(network, sv.Box("[-1,1]x[-0.5,1/3]"), rtol="0.4", period="2")
        return made.to_json(), network.canonical()
    if name == "orbit":
        network = cube_stuart_landau()
        made = sv.prove_orbit(network, near=[1.0, 0.1])
        found = json.loads(made.to_json())
        found["claims"], found["witness"] = (
            found["claims"][:1],
            [w for w in found["witness"] if w["of"] == "periodic_orbit"],
        )
        return rehashed(found).decode(), network.canonical()
    if name == "curve":
        network = small_network()
        made = curve_certificate(
            network, closed_curve([[F(x) for x in row] for row in ROWS], "cubic"), digits=4, rtol="0.5"
        )
        found = json.loads(made.to_json())
        found["claims"] = [c for c in found["claims"] if c["name"] == "curve_determinant"]
        found["witness"] = [w for w in found["witness"] if w["of"] == "curve_determinant"]
        return rehashed(found).decode(), network.canonical()
    return _hand_made(name)


def _hand_made(name: str) -> tuple[str, bytes]:
    if name == "signs":  # div f = 2x + 2y changes its sign
        model = model_of(
            layer([[1, 0], [0, 1]], [0, 0], "power", exponent=2), layer([[1, 0], [0, 1]], [0, 0], "identity")
        )
        points = {"inf_point": [enclosure(-1)] * 2, "sup_point": [enclosure(1)] * 2}
        ends = {"inf": enclosure(F(-41, 10), -4), "sup": enclosure(4, F(41, 10))}
        mu = {"inf": enclosure(F(-21, 10), -2), "sup": enclosure(2, F(21, 10))}
        claims = [claim("divergence", **ends, **points), claim("log_norm", **mu, **points)]
        return certificate(model, [[(-1, 1)] * 2], claims).decode(), model
    if name == "ring":
        model = model_of(layer([[-1, 0], [0, -1]], [0, 0], "identity"))
        boxes = [[(0, 3), (0, 1)], [(0, 3), (2, 3)], [(0, 1), (0, 3)], [(2, 3), (0, 3)]]
        points = {"inf_point": [enclosure(0)] * 2, "sup_point": [enclosure(0)] * 2}
        hull = {
            **claim("no_closed_orbit", text="divergence criterion", criterion="divergence"),
            "hypotheses": list(ON_HULL),
        }
        claims = [claim("divergence", inf=enclosure(-2), sup=enclosure(-2), **points), hull]
        return certificate(model, boxes, claims).decode(), model
    if name == "kink":
        unit = [[1, 0], [0, 1]]
        model = model_of(layer(unit, [0, 0], "relu"), layer(unit, [0, 0], "identity"))
        clarke = "s' is the Clarke generalised derivative: upper bounds hold for it, lower bounds are at differentiable points"
        norm = claim("sup_jacobian_norm", value=enclosure(F(1, 2), F(11, 10)), point=[enclosure(1)] * 2)
        norm["hypotheses"].append(clarke)
        return certificate(model, [[(-1, 1)] * 2], [norm]).decode(), model
    d, rows = 3, [[-2, 0, 0], [0, F(-1), 0], [0, 0, F(1, 2)]]
    rows = [[str(x) if F(x).denominator == 1 else "1*2^-1" for x in row] for row in rows]
    model = model_of(layer(rows, [0] * d, "identity"))
    absent = claim("no_closed_orbit", text="two_eigenvalues", criterion="two_eigenvalues")
    return certificate(model, [[(0, 1)] * d], [absent]).decode(), model


def named(document: Record, name: str, number: int = 0) -> Record:
    """One claim."""
    return [c for c in document["claims"] if c["name"] == name][number]


def _ends(entry: Record) -> tuple[Fraction, Fraction]:
    from saturode_verify.rigor.numbers import parse_exact

    return parse_exact(entry["lower"]), parse_exact(entry["upper"])


def moved(name: str, key: str, end: str, number: int = 0, index: int | None = None, part: str = "") -> Forgery:
    """One end of a number, moved past the other by their distance."""

    def change(document: Record) -> None:
        holder = named(document, name, number)
        value = holder[key] if index is None else holder[key][index]
        value = value[part] if part else value
        low, high = _ends(value)
        width = high - low or F(1, 1 << 40)
        value.update(
            enclosure(high + width, high + 2 * width) if end == "lower" else enclosure(low - 2 * width, low - width)
        )

    return change


def _middle(end: str) -> Forgery:
    """Half of a range of pre-activations."""

    def change(document: Record) -> None:
        ranges = named(document, "layer_saturation")["preactivation"]
        low, high = _ends(ranges[0])
        middle = (low + high) / 2
        ranges[0] = enclosure(low, middle) if end == "upper" else enclosure(middle, high)

    return change


def put(name: str, number: int = 0, **values: Any) -> Forgery:
    """Other values of a claim (None: removed)."""

    def change(document: Record) -> None:
        holder = named(document, name, number)
        for key, value in values.items():
            if value is None:
                del holder[key]
            else:
                holder[key] = value

    return change


def top(**values: Any) -> Forgery:
    """Other values of the document."""
    return lambda document: document.update(values)


def tree(change: Callable[[list[Any]], object], key: str = "subdivision") -> Forgery:
    """Another subdivision."""

    def apply(document: Record) -> None:
        change(next(w for w in document["witness"] if w["of"] == "bounds")[key])

    return apply


def also(**values: Any) -> Forgery:
    """One more claim."""
    return lambda document: document["claims"].append(values)


def _point(name: str, key: str, number: int = 0) -> Forgery:
    return put(name, number, **{key: [enclosure(10**6)] * 2})


def _model(**values: Any) -> Forgery:
    return lambda document: document["model"].update(values)


def _hypotheses(document: Record) -> None:
    named(document, "divergence")["hypotheses"].pop()


def _orbit(change: Callable[[Record], object]) -> Forgery:
    return lambda document: change(document["witness"][0])


def _times(data: Any, key: Any, factor: Fraction) -> None:
    from saturode_verify.rigor.numbers import format_exact, parse_exact

    data[key] = format_exact(parse_exact(data[key]) * factor)


REQUIRE = {k: claim("require")[k] for k in ("theorem", "hypotheses", "asked", "on", "name")}
PERIODIC = {"theorem": "section 6", "hypotheses": [
    *claim("divergence")["hypotheses"],
    "a nonconstant T-periodic orbit of the exact field that lies in the region (this claim asserts none to exist)",
]}  # fmt: skip
FORGERIES: dict[str, tuple[str, Forgery]] = {
    "version": ("one", top(version=2)), "version true": ("one", top(version=True)), "format": ("one", top(format="x")),
    "keys": ("one", top(more=1)), "scope": ("one", top(scope=1)), "witness": ("one", top(witness=[1])),
    "settings": ("one", top(settings=[])), "no region": ("one", top(region=[])),
    "two dimensions": ("one", lambda d: d["region"].append([enclosure(0, 1)])),
    "one dimension": ("one", lambda d: d["region"][0].pop()),
    "open side": ("one", lambda d: d["region"][0].__setitem__(0, open_above(0))),
    "region": ("one", lambda d: d["region"][0].__setitem__(0, enclosure(-3, 3))),
    "model hash": ("one", _model(sha256="0" * 64)), "model layers": ("one", _model(layers=[2, 4, 2])),
    "model activations": ("one", _model(activations=[{"name": "sin"}])),
    "unknown claim": ("one", also(**{**claim("weight_norms"), "name": "nothing"})),
    "unknown key": ("one", put("divergence", more=enclosure(0, 1))),
    "refuted": ("one", put("divergence", status="refuted")), "status": ("one", put("divergence", status="true")),
    "asked": ("one", put("divergence", asked=1)), "on 7": ("two", put("divergence", on=7)),
    "on -1": ("two", put("divergence", 1, on=-1)), "on 1 as true": ("two", put("divergence", 1, on=True)),
    "wide point": ("one", put("divergence", sup_point=[enclosure(F(-1, 10), F(1, 10)), enclosure(F(1, 10), F(2, 10))])),
    "open end shown closed": ("one", put("sup_jacobian_norm", value={**open_above(4), "display": ["4", "4.7"]})),
    "reversed eta": ("one", put("theorem_2", eta={"lower": "100", "upper": "99", "display": ["100", "99"]})),
    "on true": ("two", put("divergence", on=True)), "on 0 alone": ("one", put("divergence", on=0)),
    "hypothesis": ("one", _hypotheses), "section": ("one", put("divergence", theorem="section 3")),
    "reason": ("one", put("divergence", reason="none")), "hypothesis number": ("one", put("divergence", hypotheses=[1])),
    "undecided": ("one", put("divergence", status="undecided", sup=enclosure(-9, -8))),
    "undecided number": ("one", also(**{**claim("weight_norms"), "status": "undecided", "layer": enclosure(1)})),
    "display low": ("one", lambda d: named(d, "divergence")["inf"]["display"].__setitem__(0, "3.9")),
    "display high": ("one", lambda d: named(d, "divergence")["sup"]["display"].__setitem__(1, "3.8")),
    "display wide": ("one", lambda d: named(d, "divergence")["sup"]["display"].__setitem__(1, "9")),
    "display inf": ("one", lambda d: named(d, "divergence")["sup"]["display"].__setitem__(1, "inf")),
    "reversed": ("one", lambda d: named(d, "divergence").update(
        inf={"lower": "9", "upper": "8", "display": ["9", "8"]})),
    "no number": ("one", lambda d: named(d, "divergence")["inf"].update(lower="3.55")),
    "denominator 0": ("one", lambda d: named(d, "divergence")["inf"].update(lower="1/0")),
    "only undecided": ("one", lambda d: d.update(claims=[])),
    # subdivisions
    "tree short": ("deep", tree(lambda t: t.pop())), "tree long": ("deep", tree(lambda t: t.append("leaf"))),
    "tree cut": ("deep", tree(lambda t: t.__setitem__(0, [0, "100"]))),
    "tree edge": ("deep", tree(lambda t: t.__setitem__(slice(None), [[0, "1"], "leaf", "leaf"]))),
    "tree axis": ("deep", tree(lambda t: t.__setitem__(0, [7, "0"]))),
    "tree axis true": ("deep", tree(lambda t: t.__setitem__(slice(None), [[True, "0"], "leaf", "leaf"]))),
    "tree node": ("deep", tree(lambda t: t.__setitem__(0, "twig"))),
    "tree box": ("deep", lambda d: d["witness"][0].update(box=5)), "tree text": ("deep", lambda d: d["witness"][0].update(box="x")),
    # weights and saturation
    "norm low": ("one", moved("weight_norms", "norms", "lower", index=0)),
    "norm high": ("one", moved("weight_norms", "norms", "upper", index=1)),
    "norm negative": ("one", put("weight_norms", norms=[enclosure(-2, -1)] * 2)),
    "norms": ("one", lambda d: named(d, "weight_norms")["norms"].pop()),
    "layer 0": ("one", put("layer_saturation", layer=0)), "layer 2": ("one", put("layer_saturation", layer=2)),
    "layer true": ("one", put("layer_saturation", layer=True)),
    "delta low": ("one", moved("layer_saturation", "delta", "lower")),
    "delta high": ("one", moved("layer_saturation", "delta", "upper")),
    "delta everywhere low": ("one", moved("layer_saturation", "delta_everywhere", "lower")),
    "delta everywhere high": ("one", moved("layer_saturation", "delta_everywhere", "upper")),
    "delta 2": ("one", put("layer_saturation", delta=enclosure(1, 2), delta_everywhere=enclosure(F(1, 2), F(3, 4)))),
    "slopes alone": ("one", put("layer_saturation", preactivation=None)),
    "ranges": ("one", lambda d: named(d, "layer_saturation")["preactivation"].pop()),
    "pre low": ("one", moved("layer_saturation", "preactivation", "lower", index=0)),
    "pre high": ("one", moved("layer_saturation", "preactivation", "upper", index=2)),
    "pre middle": ("one", _middle("upper")), "pre middle low": ("one", _middle("lower")),
    "deep pre low": ("deep", moved("layer_saturation", "preactivation", "lower", 1, index=0)),
    "deep pre high": ("deep", moved("layer_saturation", "preactivation", "upper", 1, index=0)),
    "slope low": ("one", moved("layer_saturation", "derivative", "lower", index=0)),
    "slope high": ("one", moved("layer_saturation", "derivative", "upper", index=1)),
    "union slope low": ("two", moved("layer_saturation", "derivative", "lower", 2, index=0)),
    "union slope high": ("two", moved("layer_saturation", "derivative", "upper", 2, index=1)),
    "union pre": ("two", moved("layer_saturation", "preactivation", "upper", 2, index=1)),
    # products
    **{f"{n} {e}": ("one", moved(n, "bound", e)) for n in ("global_bound", "layerwise_bound", "refined_bound") for e in ("lower", "upper")},
    **{f"theorem_1 {i} {key} {e}": ("one", moved("theorem_1", key, e, i)) for i in (0, 1) for key in ("bound", "c_w") for e in ("lower", "upper")},
    "threshold": ("one", put("theorem_1", 1, delta=enclosure(F(1, 2)))),
    "threshold wide": ("one", put("theorem_1", 1, delta=enclosure(1, 2))),
    "saturated count": ("one", put("theorem_1", 1, saturated_layers=0, hypotheses=[*claim("refined_bound")["hypotheses"], "0 hidden layers are delta-saturated (certified), the others are not"])),
    "saturated text": ("one", put("theorem_1", 1, hypotheses=[*claim("refined_bound")["hypotheses"], "2 hidden layers are delta-saturated (certified), the others are not"])),
    "saturated where it is not": ("one", put("theorem_1", 0, saturated_layers=1, layers=[1], bound=enclosure(0, 10), hypotheses=[*claim("refined_bound")["hypotheses"], "1 hidden layers are delta-saturated (certified), the others are not"])),
    "listed nowhere": ("one", put("theorem_1", 1, saturated_layers=0, layers=[], hypotheses=[*claim("refined_bound")["hypotheses"], "0 hidden layers are delta-saturated (certified), the others are not"])),
    "layer 5": ("one", put("theorem_1", 1, layers=[5])), "layers": ("one", put("theorem_1", 1, layers=[True])),
    "layers twice": ("one", put("theorem_1", 1, layers=[1], undecided_layers=[1], hypotheses=[*claim("refined_bound")["hypotheses"], "at least 1 hidden layers are delta-saturated (certified); 1 more may be (undecided), and c_w and bound are enclosed for every case"])),
    "undecided too tight": ("one", put("theorem_1", 1, delta=enclosure(F(1, 2)), layers=[], saturated_layers=0, undecided_layers=[1], bound=enclosure(2, F(5, 2)), c_w=enclosure(1, 9), hypotheses=[*claim("refined_bound")["hypotheses"], "at least 0 hidden layers are delta-saturated (certified); 1 more may be (undecided), and c_w and bound are enclosed for every case"])),
    "two best": ("one", put("theorem_1", 0, best=True)), "best 1": ("one", put("theorem_1", 0, best=1)),
    # ||Df||, divergence, logarithmic norm
    "L low": ("one", moved("sup_jacobian_norm", "value", "lower")), "L high": ("one", moved("sup_jacobian_norm", "value", "upper")),
    "L by its point": ("one", put("sup_jacobian_norm", value=enclosure(F(465, 100), F(467115, 100000)))),
    "L slightly": ("one", put("sup_jacobian_norm", value=enclosure(4, F(46206, 10000)))),
    "L point": ("one", _point("sup_jacobian_norm", "point")), "L no point": ("one", put("sup_jacobian_norm", point=None)),
    **{f"{n} {key} {e}": ("one", moved(n, key, e)) for n in ("divergence", "log_norm") for key in ("inf", "sup") for e in ("lower", "upper")},
    "divergence outer low": ("one", put("divergence", inf=enclosure(F(3569, 1000), F(35695, 10000)))),
    "divergence outer high": ("one", put("divergence", sup=enclosure(F(3863, 1000), F(38632, 10000)))),
    "log_norm outer low": ("one", put("log_norm", inf=enclosure(F(-1722, 10000), F(-1720, 10000)))),
    "log_norm outer high": ("one", put("log_norm", sup=enclosure(F(397, 100), F(3971, 1000)))),
    "excludes": ("one", put("log_norm", excludes_periodic_orbits=True)), "excludes 1": ("one", put("log_norm", excludes_periodic_orbits=1)),
    "div point": ("one", _point("divergence", "sup_point")), "div inf point": ("one", _point("divergence", "inf_point")),
    "mu point": ("one", _point("log_norm", "inf_point")),
    "union divergence": ("two", put("divergence", 2, sup=enclosure(F(3863, 1000), F(3863, 1000)))),
    # consequences
    "period low": ("one", moved("minimal_period", "value", "lower")), "period high": ("one", moved("minimal_period", "value", "upper")),
    "period text": ("one", put("minimal_period", statement="no nonconstant periodic orbit with period < 1.36 lies in the region")),
    "period text 2": ("one", put("minimal_period", statement="no orbit lies in the region")),
    "period constant": ("one", put("minimal_period", value=None)),
    **{f"theorem_2 {key} {e}": ("one", moved("theorem_2", key, e)) for key in ("det_m", "det_m_paper", "multipliers", "exponents") for e in ("lower", "upper")},
    "period negative": ("one", put("theorem_2", period=enclosure(-2, 2))),
    "floor": ("one", put("theorem_2", paper_floor=enclosure(F(1, 10**9), 3))),
    "floor high": ("one", put("theorem_2", paper_floor=enclosure(1, 10**9))),
    "excluded alone": ("one", put("theorem_2", orbit_excluded=True, eta=None, eta_margin_paper=None, eta_margin_sharp=None, eta_verdict=None)),
    "vacuous text": ("short", put("theorem_2", statement="nothing")),
    "period above": ("one", put("minimal_period", value=enclosure(1, F(11, 10)), statement=None)),
    "best 0": ("one", put("theorem_1", 0, best=0)),
    "layers 1 and 5": ("one", put("theorem_1", 1, layers=[1, 5], saturated_layers=2, hypotheses=[*claim("refined_bound")["hypotheses"], "2 hidden layers are delta-saturated (certified), the others are not"])),
    "excluded": ("one", put("theorem_2", orbit_excluded=True)), "excluded 1": ("one", put("theorem_2", orbit_excluded=1)),
    "vacuous": ("one", put("theorem_2", statement="L T < 2 pi: no such orbit exists in the region (Yorke), the bounds above are vacuous")),
    "statement": ("one", put("theorem_2", statement="nothing")),
    "eta": ("one", put("theorem_2", eta=enclosure(1))), "eta verdict": ("one", put("theorem_2", eta_verdict="excluded (yorke): no nonconstant T-periodic orbit in the region has -log det M >= eta")),
    "eta gone": ("one", put("theorem_2", eta=None)), "eta paper": ("one", moved("theorem_2", "eta_margin_paper", "upper")),
    "eta sharp": ("one", moved("theorem_2", "eta_margin_sharp", "lower")),
    "criterion": ("one", put("no_closed_orbit", criterion="none")),
    "criterion vector": ("one", put("no_closed_orbit", vector=[enclosure(1)] * 2)),
    "vector": ("one", put("no_closed_orbit", 1, vector=[enclosure(0)] * 2)),
    "vector back": ("one", put("no_closed_orbit", 1, vector=[enclosure(0), enclosure(-1)])),
    "vector long": ("one", put("no_closed_orbit", 1, vector=[enclosure(0), enclosure(1), enclosure(0)])),
    "vector statement": ("one", put("no_closed_orbit", 1, statement="nothing returns")),
    "bendixson": ("signs", also(**claim("no_closed_orbit", text="divergence criterion", criterion="divergence"))),
    "bendixson hull": ("signs", also(**{**claim("no_closed_orbit", text="divergence criterion", criterion="divergence"), "hypotheses": list(ON_HULL)})),
    "two eigenvalues in the plane": ("signs", also(**claim("no_closed_orbit", text="two_eigenvalues", criterion="two_eigenvalues"))),
    "two eigenvalues d 2": ("ring", also(**{**claim("no_closed_orbit", text="two_eigenvalues", criterion="two_eigenvalues"), "hypotheses": [
        *claim("no_closed_orbit", text="two_eigenvalues")["hypotheses"][:2], "the region's hull was used (convex and compact)"]})),
    "holes": ("ring", also(**claim("no_closed_orbit", text="divergence criterion", criterion="divergence"))),
    "log norm excludes": ("signs", put("log_norm", excludes_periodic_orbits=True)),
    "kinked divergence": ("kink", also(**claim("divergence", inf=enclosure(-1, 0), sup=enclosure(2, 3),
                                                inf_point=[enclosure(-1)] * 2, sup_point=[enclosure(1)] * 2))),
    "kinked log norm": ("kink", also(**claim("log_norm", inf=enclosure(-1, 0), sup=enclosure(1, 3),
                                             inf_point=[enclosure(-1)] * 2, sup_point=[enclosure(1)] * 2))),
    # requirements
    "require proved": ("one", put("require", 0, status="proved")), "require value": ("one", moved("require", "value", "lower")),
    "require value high": ("one", moved("require", "value", "upper")),
    "require point": ("one", _point("require", "point")), "require text": ("one", put("require", 0, expression="sup_jacobian_norm")),
    "require name": ("one", put("require", 0, expression="norm <= 1")), "require statement": ("one", put("require", 0, statement="x")),
    "require number": ("one", put("require", 0, expression="sup_jacobian_norm <= x")),
    "require box": ("two", put("require", 0, on=0)),
    "require period": ("one", put("require", 1, expression="minimal_period >= 2")),
    "require period refuted": ("one", put("require", 1, status="refuted", expression="minimal_period >= 2")),
    "require period value": ("one", moved("require", "value", "lower", 1)),
    "require period below": ("one", put("require", 1, expression="minimal_period <= 2")),
    "require strict": ("one", put("require", 2, expression="inf_divergence > 3.6")),
    "require delta": ("one", put("require", 3, expression="delta_1 <= 0.99")),
    "require delta 2": ("one", put("require", 3, expression="delta_2 <= 2")),
    **{f"require {text}": ("one", also(**{**REQUIRE, "status": status, "expression": text})) for text, status in (
        ("sup_divergence <= 3.88", "proved"), ("sup_divergence >= 3.88", "refuted"), ("sup_divergence >= 3.88", "proved"),
        ("inf_divergence <= 3.56", "refuted"), ("inf_log_norm >= -0.175", "proved"), ("sup_log_norm < 4", "refuted"),
        ("global_bound <= 4.9", "proved"), ("theorem_1 < 4.9", "proved"), ("refined_bound < 4.8184", "proved"))},
    "require point outside": ("one", also(**{**REQUIRE, "status": "refuted", "expression": "sup_divergence <= 3.8",
                                           "point": [enclosure(F(-11, 100)), enclosure(F(1, 10))]})),
    "require true refuted": ("one", put("require", 1, status="refuted")),
    "require irrelevant point": ("one", also(**{**REQUIRE, "status": "refuted", "expression": "sup_divergence >= 4",
                                             "point": [enclosure(0), enclosure(F(1, 10))]})),
    "require a point of little": ("one", also(**{**REQUIRE, "status": "refuted", "expression": "sup_divergence <= 3.8",
                                              "point": [enclosure(F(1, 10)), enclosure(F(2, 10))]})),
    "require a point of little norm": ("one", also(**{**REQUIRE, "status": "refuted", "expression": "sup_jacobian_norm <= 4.6",
                                                   "point": [enclosure(F(1, 10)), enclosure(F(2, 10))]})),
    "require a point of little mu": ("one", also(**{**REQUIRE, "status": "refuted", "expression": "sup_log_norm <= 3.97",
                                                 "point": [enclosure(F(1, 10)), enclosure(F(2, 10))]})),
    # orbits
    **{f"orbit {key} {e}": ("orbit", moved("periodic_orbit", key, e)) for key in ("period", "integral_divergence", "det_m") for e in ("lower", "upper")},
    "orbit radius": ("orbit", moved("periodic_orbit", "radius", "upper")),
    "orbit point": ("orbit", moved("periodic_orbit", "point", "lower", index=0)),
    "orbit point high": ("orbit", moved("periodic_orbit", "point", "upper", index=1)),
    **{f"orbit multiplier {p} {i}": ("orbit", moved("periodic_orbit", "multipliers", "lower", index=i, part=p)) for p in ("re", "im", "modulus") for i in (0, 1)},
    **{f"orbit exponent {i}": ("orbit", moved("periodic_orbit", "exponents", "upper", index=i)) for i in (0, 1)},
    "orbit unstable": ("orbit", put("periodic_orbit", stability="unstable", statement=None)),
    "orbit statement": ("orbit", put("periodic_orbit", statement="the only periodic orbit")),
    "orbit minimal": ("orbit", put("periodic_orbit", minimal_period=1)),
    "orbit multipliers alone": ("orbit", put("periodic_orbit", exponents=None)),
    "orbit outside": ("orbit", lambda d: d["region"].__setitem__(0, [enclosure(-1, 1)] * 2)),
    "orbit beside": ("orbit", lambda d: d["region"][0].__setitem__(1, enclosure(2, 3))),
    "orbit tau": ("orbit", _orbit(lambda w: _times(w, "tau", 1 + F(1, 1 << 40)))),
    "orbit radii": ("orbit", _orbit(lambda w: _times(w["radii"], 0, F(1, 1000)))),
    "orbit negative radius": ("orbit", _orbit(lambda w: _times(w["radii"], 1, F(-1)))),
    "orbit period radius": ("orbit", _orbit(lambda w: w.update(period_radius="2"))),
    "orbit tube": ("orbit", _orbit(lambda w: _times(w, "tube", F(1, 10**9)))),
    "orbit nodes": ("orbit", _orbit(lambda w: w.update(nodes=w["degree"]))),
    "orbit degree": ("orbit", _orbit(lambda w: w.update(degree=1))),
    "orbit strip": ("orbit", _orbit(lambda w: w.update(strip="1*2^-70"))),
    "orbit rows": ("orbit", _orbit(lambda w: w["orbit"].pop())),
    "orbit kind": ("orbit", _orbit(lambda w: w["columns"][0].update(kind="complex"))),
    "orbit exponent sign": ("orbit", _orbit(lambda w: _times(w["columns"][0]["exponent"], 0, F(-1)))),
    "orbit inverse": ("orbit", _orbit(lambda w: [_times(c, i, F(3)) for row in w["inverse"] for e in row for c in e for i in (0, 1)])),
    "orbit none": ("orbit", lambda d: d.update(witness=[])),
    "orbit twice": ("orbit", lambda d: d["witness"].append(d["witness"][0])),
    # curves
    **{f"curve {key} {e}": ("curve", moved("curve_determinant", key, e)) for key in ("log_det", "det") for e in ("lower", "upper")},
    "curve period": ("curve", put("curve_determinant", period=enclosure(3))),
    "curve period wide": ("curve", put("curve_determinant", period=enclosure(3, 5))),
    "curve pieces": ("curve", put("curve_determinant", pieces=3)),
    "curve interpolation": ("curve", put("curve_determinant", interpolation="linear")),
    "curve statement": ("curve", put("curve_determinant", statement="the curve is an orbit")),
    "curve row": ("curve", lambda d: d["witness"][0]["rows"][1].__setitem__(1, "5/4")),
    "curve open": ("curve", lambda d: d["witness"][0]["rows"][-1].__setitem__(1, "5/4")),
    "curve times": ("curve", lambda d: d["witness"][0]["rows"].__setitem__(1, ["0", "1", "0"])),
    "curve short row": ("curve", lambda d: d["witness"][0]["rows"][1].pop()),
    "curve region": ("curve", lambda d: d["region"][0].__setitem__(0, enclosure(F(-1, 2), F(1, 2)))),
    "curve none": ("curve", lambda d: d.update(witness=[])),
}  # fmt: skip
TRUE = ("one", "two", "short", "kink", "signs", "ring", "space", "deep", "orbit", "curve")


def accepted(k: Package) -> None:
    """True certificates."""
    for name in TRUE:
        text, model = case(name)
        report = k.check.check_bytes(text.encode(), model, seconds=60)
        assert report.accepted, report.text()


def refused(k: Package, name: str) -> str:
    """Nothing if the forgery is refused: no claim that it changed is confirmed, or else the whole is not accepted."""
    which, change = FORGERIES[name]
    text, model = case(which)
    true = json.loads(text)
    changed = copy.deepcopy(true)
    change(changed)
    claims = dict(enumerate(true["claims"])) if isinstance(changed["claims"], list) else {}
    forged = [i for i, record in enumerate(changed["claims"]) if claims.get(i) != record]
    try:
        report = k.check.check_bytes(rehashed(changed), model, seconds=20)
    except k.verdict.Unusable:
        return ""
    if not forged:
        return f"{name} is accepted" if report.accepted else ""
    taken = [i for i in forged if report.claims[i].outcome in ("confirmed", "not claimed")]
    return f"{name} is accepted" if taken else ""


def forgeries(k: Package) -> None:
    """All of them but those that take long."""
    for name, (which, _) in FORGERIES.items():
        if which not in ("orbit", "curve"):
            assert not refused(k, name), name


def altered(k: Package) -> None:
    """Bytes that are no certificate, or not the one whose hash they carry."""
    text, model = case("one")
    assert k.verdict.printable("a\n\u0661") == "a??"
    deep = b'{"a":' + b"[" * 40 + b"]" * 40 + b"}"
    for data in (
        deep,
        b'{"a":NaN}',
        b'{"a":1.5}',
        b'{"a":1e3}',
        b'{"a":' + b"9" * 60 + b"}",
        b'{"a":1,"a":2}',
        b"[]",
        b"3",
        b'{"a"',
    ):
        try:
            k.strict.read_json(data, "it")
        except k.verdict.Unusable:
            continue
        raise AssertionError(f"read: {data[:60]!r}")
    for data, other in (
        (text.replace('"proved"', '"undecided"', 1).encode(), model),
        (text.encode(), case("deep")[1]),
        (text.replace("{", '{"a":1,"a":2,', 1).encode(), model),
        (text.replace('"asked": true', '"asked": 1.5', 1).replace('"asked":true', '"asked":1.5', 1).encode(), model),
        (b"[" * 50 + b"]" * 50, model), (b"[]", model), (b'{"a":' + b"9" * 60 + b"}", model),
        (b'{"a":' + b"[" * 40 + b"]" * 40 + b"}", model), (b'{"a":NaN}', model), (text.encode(), b"{}"),
        (text.encode(), model.replace(b'"version"', b'"more":1,"version"', 1)),
        (text.encode(), model.replace(b'"version":1', b'"version":2').replace(b'"version": 1', b'"version": 2')),
    ):  # fmt: skip
        try:
            k.check.check_bytes(data, other, seconds=20)
        except k.verdict.Unusable as error:
            assert "\n" not in str(error)
        else:
            raise AssertionError(f"used: {data[:60]!r}")


def dependents(k: Package) -> None:
    """What rests on a false claim is not confirmed; attained values and hulls are what they are called."""
    text, model = case("one")
    changed = json.loads(text)
    moved("sup_jacobian_norm", "value", "upper")(changed)
    report = k.check.check_bytes(rehashed(changed), model, seconds=20)
    found = {c.name: c.outcome for c in report.claims}
    assert found["sup_jacobian_norm"] == "rejected" and found["minimal_period"] == "unconfirmed"
    boxes = [((0, 1), (3, 4)), ((5, 6), (-1, 0))]
    named_boxes = SimpleNamespace(certificate=SimpleNamespace(boxes=boxes))
    assert k.facts.Facts.hull(named_boxes) == ((0, 6), (-1, 4)) and k.facts.Facts.boxes(named_boxes, "region") == [0, 1]
    known = k.document.Enclosure(F(1), F(2))
    decided = {("<=", 2): "proved", ("<", 1): "refuted", (">=", 1): "proved", (">", 2): "refuted"}
    for relation in ("<=", "<", ">=", ">"):
        for bound in (1, 2):
            assert k.require._decide(known, relation, F(bound)) == decided.get((relation, bound), "undecided")
    facts = object.__new__(k.facts.Facts)
    facts.certificate, facts._swept, key = named_boxes.certificate, {0, 1}, ("norm",)
    facts.inside([F(1), F(3)], "region")
    outside = None
    try:
        facts.inside([F(1), F(2)], "region")
    except k.verdict.Rejected as error:
        outside = error
    assert outside is not None
    outcome = k.sweep.Outcome
    facts._proved = {(0, key): {F(5): outcome(1), F(1): outcome(-1)}}
    facts._sweep = lambda box, wanted: facts._proved[box, key].update(dict.fromkeys(wanted.values(), outcome(0)))
    assert [facts._outcome(0, key, F(x)).holds for x in (6, 5, 4, 1, 0)] == [1, 1, 0, -1, -1]
    for holds, kind in ((1, None), (0, k.verdict.Unconfirmed), (-1, k.verdict.Rejected)):
        facts._outcome = lambda *_, holds=holds: outcome(holds)
        try:
            facts.require_upper("region", key, F(1), "it")
        except (k.verdict.Unconfirmed, k.verdict.Rejected) as error:
            assert type(error) is kind
        else:
            assert kind is None

    def outside_all(*_: object) -> None:
        raise k.verdict.Rejected("outside")

    k.facts.Facts.inside = outside_all
    report = k.check.check_bytes(text.encode(), model, seconds=20)
    found = {c.name: c.outcome for c in report.claims}
    assert {found[name] for name in ("sup_jacobian_norm", "divergence", "log_norm")} == {"rejected"}
    assert [c.outcome for c in report.claims if c.name == "require"][0] != "confirmed"  # noqa: RUF015


def attained(k: Package) -> None:
    """Attained ranges are just inside the exact ones, and the points that are sought lie in the box."""
    read = k.model.read_model(case("one")[1])
    sides = [(F(1, 3), F(2, 3)), (F(-1, 3), F(1, 7))]
    floors = k.floors.Floors(read, sides, [sides], 60)
    weight, bias = read.layers[0].weight, read.layers[0].bias
    for i, (row, b) in enumerate(zip(weight, bias, strict=True)):
        least = b + sum(min(w * x for x in side) for w, side in zip(row, sides, strict=True))
        most = b + sum(max(w * x for x in side) for w, side in zip(row, sides, strict=True))
        assert (
            least * 2**60 <= floors.low[0][i] < least * 2**60 + 9
            and most * 2**60 - 9 < floors.high[0][i] <= most * 2**60
        )
        top = max(
            abs(k.activation.Activation("tanh").image(1, floors.low[0][i], floors.high[0][i], 60)[end])
            for end in (0, 1)
        )
        assert top - 99 <= floors.floor(0, i) * 2**60 <= top + 1
        point = floors._ascend(0, i, 1, (F(1, 2), F(0)))
        assert all(low <= x <= high for x, (low, high) in zip(point, sides, strict=True))


CHECKS: dict[str, Callable[[Package], None]] = {
    "accepted": accepted, "forgeries": forgeries, "altered": altered, "dependents": dependents,
    "attained": attained,
}  # fmt: skip
