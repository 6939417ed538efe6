"""What a certificate's entries must look like before anything reads them; says nothing of their truth."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

from ..rigor.numbers import Enclosure
from ..theorems.claim import Claim

Check = Callable[[Any], bool]


def _whole(value: Any) -> bool:
    return type(value) is int and value >= 0


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _interval(value: Any) -> bool:
    return isinstance(value, Enclosure)


def _bounded(value: Any) -> bool:
    return isinstance(value, Enclosure) and value.upper is not None


def _list(entry: Check) -> Check:
    return lambda value: isinstance(value, list | tuple) and all(entry(v) for v in value)


def _multiplier(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"re", "im", "modulus"} and all(map(_bounded, value.values()))


_INTERVALS, _NUMBERS, _BOUND = _list(_interval), _list(_whole), ({"bound": _interval}, {})
_TWO_ENDED = ({}, {"inf": _bounded, "sup": _bounded, "inf_point": _INTERVALS, "sup_point": _INTERVALS})

SHAPES: dict[str, tuple[dict[str, Check], dict[str, Check]]] = {
    "layer_saturation": (
        {"layer": _whole, "delta": _interval, "delta_everywhere": _interval},
        {"derivative": _INTERVALS, "preactivation": _INTERVALS},
    ),
    "weight_norms": ({"norms": _INTERVALS}, {}),
    "global_bound": _BOUND,
    "layerwise_bound": _BOUND,
    "refined_bound": _BOUND,
    "theorem_1": (
        {"delta": _bounded, "saturated_layers": _whole, "layers": _NUMBERS, "undecided_layers": _NUMBERS,
         "c_w": _interval, "bound": _interval, "best": _flag},
        {},
    ),
    "sup_jacobian_norm": ({"value": _interval}, {"point": _INTERVALS}),
    "divergence": _TWO_ENDED,
    "log_norm": (_TWO_ENDED[0], {**_TWO_ENDED[1], "excludes_periodic_orbits": _flag}),
    "theorem_2": (
        {"period": _bounded},
        {"det_m_paper": _interval, "det_m": _interval, "multipliers": _interval, "exponents": _interval,
         "eta": _bounded, "eta_verdict": _text, "orbit_excluded": _flag, "statement": _text},
    ),
    "minimal_period": ({}, {"value": _interval, "statement": _text}),
    "no_closed_orbit": ({"criterion": _text}, {"vector": _INTERVALS, "statement": _text}),
    "periodic_orbit": (
        {},
        {"period": _bounded, "radius": _bounded, "point": _INTERVALS, "integral_divergence": _bounded,
         "det_m": _bounded, "multipliers": _list(_multiplier), "exponents": _list(_bounded), "stability": _text,
         "minimal_period": _flag, "statement": _text},
    ),
    "curve_determinant": (
        {"period": _bounded, "interpolation": _text, "pieces": _whole},
        {"log_det": _bounded, "det": _interval, "statement": _text},
    ),
    "require": ({"expression": _text}, {"value": _interval, "point": _INTERVALS, "statement": _text}),
}  # fmt: skip
"""Per claim name: the values that it must have, and those that it may have."""

_TOGETHER = {
    "theorem_2": (("det_m_paper", "det_m", "multipliers", "exponents"), ("eta", "eta_verdict")),
    "divergence": (("inf", "sup"),),
    "log_norm": (("inf", "sup"),),
    "periodic_orbit": (
        ("period", "radius", "point", "integral_divergence", "det_m", "stability", "minimal_period"),
        ("multipliers", "exponents"),
    ),
    "curve_determinant": (("log_det", "det"),),
}


def check_parts(model: Any, region: Any, settings: Any, scope: Any, witness: Any, environment: Any) -> None:
    """Raises ValueError if a part of a certificate other than its claims has a wrong shape."""
    kinds: dict[str, Check] = {"sha256": _text, "layers": _NUMBERS, "activations": _list(_activation), "source": _text}
    _require(isinstance(model, dict) and set(model) == set(kinds), "model")
    for key, check in kinds.items():
        _require(check(model[key]), f"model.{key}")
    _require(len(model["layers"]) >= 2, "model.layers")
    sides = _list(_bounded)
    _require(_list(sides)(region) and bool(region), "region")
    _require(all(len(box) == model["layers"][0] > 0 for box in region), "region (dimensions)")
    for name, part, kind in (("settings", settings, dict), ("scope", scope, str), ("witness", witness, list),
                             ("environment", environment, dict)):  # fmt: skip
        _require(isinstance(part, kind), name)


def _activation(value: Any) -> bool:
    return isinstance(value, dict) and _text(value.get("name"))


def check_claim(claim: Claim, boxes: int) -> None:
    """Raises ValueError if a claim has an unknown name, a wrong place, or values of the wrong kind."""
    _require(claim.name in SHAPES, f"claim name {str(claim.name)[:40]!r}")
    where = f"claim {claim.name}"
    _require(claim.on == "region" or (_whole(claim.on) and boxes > 1 and int(claim.on) < boxes), f"{where}, on")
    _require(_text(claim.theorem) and _text(claim.reason) and _flag(claim.asked), where)
    _require(_list(_text)(claim.hypotheses), f"{where}, hypotheses")
    needed, possible = SHAPES[claim.name]
    for key in needed:
        _require(key in claim.values, f"{where}, {key} (missing)")
    for key, check in chain(needed.items(), possible.items()):
        _require(key not in claim.values or check(claim.values[key]), f"{where}, {key}")
    for group in _TOGETHER.get(claim.name, ()):
        _require(
            len({key in claim.values for key in group}) == 1, f"{where}, {' and '.join(group)} (one without other)"
        )


def _require(good: bool, what: str) -> None:
    if not good:
        raise ValueError(f"a wrong {what}")
