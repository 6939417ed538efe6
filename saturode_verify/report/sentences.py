"""A claim in words: one or two plain sentences with its numbers, rounded outward, in the notation of the tables."""

from __future__ import annotations

from collections.abc import Callable

from ..rigor.numbers import Enclosure, decimal_down, decimal_up
from ..theorems.claim import Claim
from .rows import DIGITS, telling_digits

Words = Callable[[Claim, str], str]


def sentence(claim: Claim, place: str = "U") -> str:
    """What the claim says; ``place`` names the box or region that it is about."""
    return _WORDS[claim.name](claim, place)


def interval(value: Enclosure, sharp: bool = False) -> str:
    """``[lower, upper]``, with as many digits as tell the ends apart where ``sharp``."""
    low, high = value.display(telling_digits(value, DIGITS) if sharp else DIGITS)
    return f"[{low}, infinity)" if value.upper is None else f"[{low}, {high}]"


def _upper(value: Enclosure) -> str:
    return value.display(DIGITS)[1]


def _weights(claim: Claim, place: str) -> str:
    norms = ", ".join(f"||W_{i}|| in {interval(norm)}" for i, norm in enumerate(claim.norms, start=1))
    return f"The spectral norms of the weight matrices: {norms}."


def _saturation(claim: Claim, place: str) -> str:
    k, delta, everywhere = claim.layer, claim.delta, claim.delta_everywhere
    neurons = f" ({len(claim.derivative)} neurons)" if "derivative" in claim.values else ""
    words = f"In hidden layer {k}{neurons}, the largest |s'| on {place}, delta_{k}, lies in {interval(delta)}"
    if everywhere.upper is None:
        return f"{words}; over all real numbers |s'| has no bound."
    words += f"; over all real numbers |s'| is at most {_upper(everywhere)}."
    if 1000 * delta.lower >= 999 * everywhere.upper:
        words += " So the layer is not saturated there, and theorem 1 gains next to nothing from it."
    return words


def _bounded(name: str, by: str, everywhere: bool = False) -> Words:
    """The upper end of the bound ``name``, which comes about ``by``; an infinite one says so."""

    def of(claim: Claim, place: str) -> str:
        where, how = "R^d" if everywhere else place, by.format(place=place)
        if claim.bound.upper is None:
            return f"No finite {name} bound of ||Df(x)|| is known for x in {where}."
        return f"||Df(x)|| <= {_upper(claim.bound)} for every x in {where} ({name} bound, {how})."

    return of


def _theorem_1(claim: Claim, place: str) -> str:
    delta = claim.delta.upper
    shown, exact = decimal_up(delta, DIGITS), decimal_down(delta, DIGITS) == decimal_up(delta, DIGITS)
    named = "layer" if len(claim.layers) == 1 else "layers"
    layers = f" ({named} {', '.join(map(str, claim.layers))})" if claim.layers else ""
    relation = ">=" if claim.undecided_layers else "="
    best = ", the best one" if claim.best else ""
    start = (
        f"Theorem 1 with the threshold delta {'=' if exact else '<='} {shown}{best}: the number of hidden layers that "
        f"are delta-saturated on {place} is q {relation} {claim.saturated_layers}{layers}"
    )
    if claim.bound.upper is None:
        return f"{start}, but C_W is infinite."
    return f"{start}, so ||Df(x)|| <= C_W delta^q <= {_upper(claim.bound)} for every x in {place}."


def _norm(claim: Claim, place: str) -> str:
    return f"The largest value of ||Df(x)|| over x in {place}, L({place}), lies in {interval(claim.value)}."


def _divergence(claim: Claim, place: str) -> str:
    if "inf" not in claim.values:
        return f"Nothing is proved about the divergence of f on {place}."
    low, high = interval(claim.inf), interval(claim.sup)
    return f"On {place} the least value of div f lies in {low}, and the largest one in {high}."


def _log_norm(claim: Claim, place: str) -> str:
    if "inf" not in claim.values:
        return f"Nothing is proved about the logarithmic norm on {place}."
    words = (
        f"Of the eigenvalues of the symmetric part of Df on {place}, the least one, mu-, lies in {interval(claim.inf)} "
        f"and the largest one, mu+, in {interval(claim.sup)}."
    )
    excluded = f" Their sign excludes every nonconstant periodic orbit in {place}."
    return words + (excluded if claim.values.get("excludes_periodic_orbits") else "")


def _period(claim: Claim, place: str) -> str:
    value = claim.values.get("value")
    if isinstance(value, Enclosure):
        shortest = value.display(DIGITS)[0]
        return (
            f"Every nonconstant periodic orbit that lies in {place} has a period of at least 2 pi / L({place}) >= "
            f"{shortest} (none is asserted to exist)."
        )
    return _statement(claim) or f"No lower bound of the periods of orbits in {place} is proved."


def _theorem_2(claim: Claim, place: str) -> str:
    orbit = f"nonconstant periodic orbit in {place} whose period T lies in {interval(claim.period)}"
    if "det_m" not in claim.values:
        return f"Nothing is proved about a {orbit}."
    words = (
        f"If there is a {orbit}, then det M lies in {interval(claim.det_m)} (by the paper's chain exp(+-d C T): in "
        f"{interval(claim.det_m_paper)}), the modulus of every Floquet multiplier in {interval(claim.multipliers)} "
        f"and every exponent in {interval(claim.exponents)}. This asserts no such orbit to exist."
    )
    if "eta" in claim.values:
        words += f" The eta test, eta = {_upper(claim.eta)}: {claim.eta_verdict}."
    return " ".join([words, _statement(claim)]).rstrip()


_CRITERIA = {
    "divergence": "div f has one strict sign on {place} (Bendixson's criterion)",
    "two_eigenvalues": "the two largest, or the two smallest, eigenvalues of the symmetric part of Df have a sum of "
    "one strict sign on {place}",
    "transversal_vector": "some constant vector c has c . f > 0 on {place}",
}


def _closed(claim: Claim, place: str) -> str:
    criterion = _CRITERIA.get(claim.criterion, "another criterion holds on {place}").format(place=place)
    if not claim.proved:
        return f"It is not proved that {criterion}, so this criterion leaves open whether {place} holds a closed orbit."
    return " ".join([f"No closed orbit lies in {place}: {criterion}.", _statement(claim)]).rstrip()


_STABILITY = {
    "stable": "The orbit is asymptotically orbitally stable.",
    "unstable": "The orbit is unstable.",
}


def _orbit(claim: Claim, place: str) -> str:
    if not claim.proved or "period" not in claim.values:
        return "No periodic orbit is proved to exist here."
    stability = _STABILITY.get(claim.stability, "Whether it is stable is undecided.")
    radius = decimal_up(claim.radius.upper, 3)
    which = "" if place == "U" else f" beside the stored curve of {place}"
    return (
        f"A periodic orbit of f exists{which}. Its minimal period T lies in {interval(claim.period, True)}; along it, "
        f"int_0^T div f lies in {interval(claim.integral_divergence, True)}, so det M lies in "
        f"{interval(claim.det_m, True)}. {stability} Each coordinate of it stays within {radius} of the stored curve's."
    )


def _curve(claim: Claim, place: str) -> str:
    curve = f"the given closed curve ({claim.pieces} {claim.interpolation} pieces, T in {interval(claim.period, True)})"
    if "det" not in claim.values:
        return f"Nothing is proved about the determinant along {curve}."
    return (
        f"Along {curve}, the fundamental matrix of Y' = Df(g(t)) Y has after one period a determinant in "
        f"{interval(claim.det, True)}; its logarithm, int_0^T div f, lies in {interval(claim.log_det, True)}. The "
        "curve is not claimed to be an orbit, nor to be near one."
    )


def _require(claim: Claim, place: str) -> str:
    asked, value = claim.expression, claim.values.get("value")
    start = {"proved": "Required, and proved", "refuted": "Required, and refuted"}.get(
        claim.status, "Required, and neither proved nor refuted"
    )
    words = f"{start}, on {place}: {asked}."
    if claim.proved and isinstance(value, Enclosure):
        words += f" The quantity lies in {interval(value)}."
    if "point" in claim.values:
        point = ", ".join(decimal_down(side.lower, 8) for side in claim.point)
        words += f" It fails at a point x near ({point}), which the certificate holds exactly."
    return " ".join([words, _statement(claim)]).rstrip()


def _statement(claim: Claim) -> str:
    """The claim's own further sentence, if it has one."""
    text = str(claim.values.get("statement", ""))
    return f"{text[:1].upper()}{text[1:]}{'.' if text and not text.endswith('.') else ''}"


_WORDS: dict[str, Words] = {
    "weight_norms": _weights,
    "layer_saturation": _saturation,
    "global_bound": _bounded("global", "norms of the weights times sup |s'| over all reals", everywhere=True),
    "theorem_1": _theorem_1,
    "layerwise_bound": _bounded("layerwise", "C({place}), norms of the weights times delta_k"),
    "refined_bound": _bounded("refined", "C~({place}), with every neuron's own sup |s'|"),
    "sup_jacobian_norm": _norm,
    "divergence": _divergence,
    "log_norm": _log_norm,
    "minimal_period": _period,
    "theorem_2": _theorem_2,
    "no_closed_orbit": _closed,
    "periodic_orbit": _orbit,
    "curve_determinant": _curve,
    "require": _require,
}
