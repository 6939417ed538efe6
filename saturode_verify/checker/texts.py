"""What a confirmed claim may carry as texts: its theorem's section and hypotheses. Dropping one would claim more."""

from __future__ import annotations

from typing import Any

from .document import Claim
from .verdict import Rejected

_WEIGHTS = "every weight is the exact dyadic rational of the stored float"
_REGION = "x in the region"
_C1 = "f is C^1"
_CLARKE = "s' is the Clarke generalised derivative: upper bounds hold for it, lower bounds are at differentiable points"
_ORBIT = "a nonconstant T-periodic orbit of the exact field that lies in the region (this claim asserts none to exist)"
CONNECTED = "every component of the region is simply connected (proved)"
CONVEX = "the region is convex and compact"
_NEAR = "f is C^1 near the region"
_JOINED = {
    "linear": "straight lines in t between the rows",
    "cubic": "cubic Hermite polynomials in t between the rows, with the slopes of the parabolas through neighbouring "
    "rows, periodically",
}
_PLAIN = (_WEIGHTS, _REGION)
_SMOOTH = (*_PLAIN, _C1)
_FIXED: dict[str, tuple[str, tuple[tuple[str, ...], ...]]] = {
    "weight_norms": ("section 3", ((_WEIGHTS,),)),
    "layer_saturation": ("section 2", (_PLAIN,)),
    "global_bound": ("section 3", ((_WEIGHTS, "x anywhere"),)),
    "layerwise_bound": ("section 3", (_PLAIN,)),
    "refined_bound": ("section 3", (_PLAIN,)),
    "sup_jacobian_norm": ("section 3", (_PLAIN, (*_PLAIN, _CLARKE))),
    "divergence": ("section 4", (_SMOOTH,)),
    "log_norm": ("section 4", (_SMOOTH,)),
    "minimal_period": ("section 6", ((*_SMOOTH, _ORBIT),)),
    "theorem_2": ("section 5", ((*_SMOOTH, _ORBIT, "its period lies in the given interval"),)),
    "periodic_orbit": ("section 7", ((
        _WEIGHTS,
        "f is real analytic on a complex neighbourhood of the stored curve (checked)",
        "the stored curve, frame, period and radii are data: the theorem's inequalities were checked for them",
    ),)),
}  # fmt: skip
_CRITERIA = {
    "divergence": (
        (_WEIGHTS, _C1, "d = 2", CONNECTED),
        (_WEIGHTS, _C1, "d = 2", "div f has one sign on the region's hull, which was used"),
    ),
    "two_eigenvalues": (
        (_WEIGHTS, _NEAR, CONVEX),
        (_WEIGHTS, _NEAR, "the region's hull was used (convex and compact)"),
    ),
    "transversal_vector": ((*_PLAIN, "the region is compact"),),
}


def check_texts(claim: Claim) -> None:
    """Raises Rejected unless section and hypotheses are the theorem's own, and no reason stands beside a proof."""
    section, allowed = _allowed(claim)
    if claim.theorem != section:
        raise Rejected(f"this claim belongs to {section} of the theory")
    if claim.hypotheses not in allowed:
        raise Rejected("its hypotheses are not those of the theorem")
    if claim.status == "proved" and claim.reason:
        raise Rejected("a proved claim gives no reason")


def _allowed(claim: Claim) -> tuple[str, tuple[tuple[str, ...], ...]]:
    values = claim.values
    if claim.name == "theorem_1":
        return "section 3", ((*_PLAIN, _saturated(values)),)
    if claim.name == "no_closed_orbit":
        return "section 6", _CRITERIA.get(str(values.get("criterion")), ())
    if claim.name == "curve_determinant":
        joined = _JOINED.get(str(values.get("interpolation")), "")
        shape = f"g is the closed curve through the rows of the witness, joined by {joined}"
        return "section 7", ((_WEIGHTS, "every activation is analytic, so f is in C^1", shape),)
    if claim.name == "require":
        period = str(values.get("expression")).strip().startswith("minimal_period")
        return ("section 6", ((*_SMOOTH, _ORBIT),)) if period else ("section 3", (_PLAIN,))
    return _FIXED[claim.name]


def _saturated(values: dict[str, Any]) -> str:
    q, more = values.get("saturated_layers"), values.get("undecided_layers", [])
    if not more:
        return f"{q} hidden layers are delta-saturated (certified), the others are not"
    return (
        f"at least {q} hidden layers are delta-saturated (certified); {len(more)} more may be (undecided), and c_w and "
        "bound are enclosed for every case"
    )
