"""One row per box and claim, shared by the text table and the LaTeX table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from ..certificate.record import Certificate
from ..region import Box, short_text
from ..rigor.numbers import Enclosure, decimal_up
from ..theorems.claim import Claim
from .tex import escape

DIGITS, MOST_DIGITS = 6, 40


@dataclass(frozen=True, slots=True)
class Row:
    """``where``: box text or "union"; ``claim``: its name; ``text`` and ``latex`` name the quantity.

    The ends are outward decimals, or "".
    """

    where: str
    claim: str
    text: str
    latex: str
    lower: str
    upper: str
    status: str


def rows(certificate: Certificate, digits: int = DIGITS) -> list[Row]:
    """All claims of a certificate, in its order."""
    found = []
    for claim in certificate:
        for text, latex, value in _MAKERS[claim.name](claim):
            shown = telling_digits(value, digits) if value is not None and claim.name in _SHARP else digits
            lower, upper = ("", "") if value is None else value.display(shown)
            # Such enclosures are proved whatever became of the eta test, or of the digits asked for.
            proved = claim.name in _ALWAYS_PROVED and value is not None and not text.startswith("eta")
            status = "proved" if proved else claim.status
            found.append(Row(_where(certificate, claim), claim.name, text, latex, lower, upper, status))
    return found


def telling_digits(value: Enclosure, least: int) -> int:
    """Enough significant digits to tell the two ends apart, at least ``least`` and at most MOST_DIGITS."""
    if value.upper is None or value.lower == value.upper:
        return least
    size, width = max(abs(value.lower), abs(value.upper)), value.upper - value.lower
    ratio = size / width
    digits = len(str(ratio.numerator // ratio.denominator)) + 1
    return min(max(least, digits), MOST_DIGITS)


def _where(certificate: Certificate, claim: Claim) -> str:
    if isinstance(claim.on, int):
        return box_text(certificate, claim.on)
    return box_text(certificate, 0) if len(certificate.region) == 1 else "union"


def box_text(certificate: Certificate, index: int) -> str:
    """``[-1.6,1.6]^2`` or the product of the sides."""
    sides = [(side.lower, side.lower if side.upper is None else side.upper) for side in certificate.region[index]]
    text = str(Box(sides))
    factors = text.split("x")
    return f"{factors[0]}^{len(factors)}" if len(factors) > 1 and len(set(factors)) == 1 else text


Entry = tuple[str, str, Enclosure | None]


def _weights(claim: Claim) -> Iterator[Entry]:
    for i, norm in enumerate(claim.norms, start=1):
        yield f"||W_{i}||", rf"$\|W_{{{i}}}\|$", norm


def _saturation(claim: Claim) -> Iterator[Entry]:
    k = claim.layer
    yield f"delta_{k} = sup max|s'|, layer {k}", rf"$\delta_{{{k}}}$", claim.delta


def _theorem_1(claim: Claim) -> Iterator[Entry]:
    q, delta = claim.saturated_layers, claim.delta
    short = delta.upper.denominator < 1000 and delta.upper < 10**6
    shown = short_text(delta.upper) if short else decimal_up(delta.upper, 4)
    best = ", best threshold" if claim.best else ""
    power, more = (f"{q}", "") if not claim.undecided_layers else ("q", rf", $q\ge {q}$")
    name = f"theorem 1: C_W delta^{power}, delta {'=' if short else '<='} {shown}{f', q >= {q}' if more else ''}{best}"
    relation = "=" if short else r"\le "
    yield name, rf"Theorem 1, $C_W\delta^{{{power}}}$, $\delta{relation}{shown}${more}{best}", claim.bound


def _bound(text: str, latex: str) -> Callable[[Claim], Iterator[Entry]]:
    def maker(claim: Claim) -> Iterator[Entry]:
        yield text, latex, claim.bound

    return maker


def _norm(claim: Claim) -> Iterator[Entry]:
    yield "sup ||Df||", r"$\sup_U\|Df\|$", claim.value


def _two_ended(low: tuple[str, str], high: tuple[str, str]) -> Callable[[Claim], Iterator[Entry]]:
    def maker(claim: Claim) -> Iterator[Entry]:
        yield *low, claim.values.get("inf")  # type: ignore[misc]
        yield *high, claim.values.get("sup")  # type: ignore[misc]

    return maker


def _period(claim: Claim) -> Iterator[Entry]:
    latex = r"$2\pi/L(U)$ (no orbit has a shorter period)"
    yield "2 pi / L(U) (no orbit has a shorter period)", latex, claim.values.get("value")  # type: ignore[misc]


def _theorem_2(claim: Claim) -> Iterator[Entry]:
    if "det_m" not in claim.values:
        yield "theorem 2", "Theorem 2", None
        return
    yield "theorem 2, for orbits of period T", "Theorem 2, for orbits of period $T$", claim.period
    yield "det M, paper: exp(+-d C T)", r"$\det M$, $e^{\pm dCT}$", claim.det_m_paper
    yield "det M, sharp: exp(T div)", r"$\det M$, $e^{T\,\mathrm{div}}$", claim.det_m
    yield "|multiplier|: exp(T mu)", r"$|\rho|$, $e^{T\mu}$", claim.multipliers
    yield "Floquet exponents", r"$\log|\rho|/T$", claim.exponents
    if "eta" in claim.values:
        yield f"eta test: {claim.eta_verdict.split(':')[0]}", r"$\eta$", claim.eta


def _closed(claim: Claim) -> Iterator[Entry]:
    name = claim.criterion.replace("_", " ")
    yield f"no closed orbit ({name})", f"no closed orbit ({escape(name)})", None


def _orbit(claim: Claim) -> Iterator[Entry]:
    if not claim.proved:
        yield "periodic orbit", "periodic orbit", None
        return
    yield f"periodic orbit ({claim.stability}): minimal period T", rf"orbit ({claim.stability}), $T$", claim.period
    yield "int_0^T div f along it", r"$\int_0^T\mathrm{div}\,f$", claim.integral_divergence
    yield "det M", r"$\det M$", claim.det_m
    pairs = zip(claim.multipliers, claim.exponents, strict=True) if "multipliers" in claim.values else ()
    for j, (multiplier, exponent) in enumerate(pairs, start=1):
        kind = " (trivial)" if j == 1 else ""
        yield f"multiplier rho_{j}{kind}", rf"$\rho_{{{j}}}$", multiplier["re"]
        if multiplier["im"] != Enclosure(Fraction(0), Fraction(0)):
            yield f"  its imaginary part, Im rho_{j}", rf"$\mathrm{{Im}}\,\rho_{{{j}}}$", multiplier["im"]
            yield f"  |rho_{j}|", rf"$|\rho_{{{j}}}|$", multiplier["modulus"]
        if j > 1:
            yield f"exponent log|rho_{j}|/T", rf"$\log|\rho_{{{j}}}|/T$", exponent
    yield "distance to the stored curve", "distance to the stored curve", claim.radius


def _curve(claim: Claim) -> Iterator[Entry]:
    yield "closed curve: T", "closed curve, $T$", claim.period
    yield "int_0^T div f along the curve", r"$\int_0^T\mathrm{div}\,f$", claim.values.get("log_det")  # type: ignore[misc]
    yield "det of the curve (no orbit is claimed)", r"$\det$ (curve)", claim.values.get("det")  # type: ignore[misc]


def _require(claim: Claim) -> Iterator[Entry]:
    latex = rf"require \texttt{{{escape(claim.expression)}}}"
    yield f"require {claim.expression}", latex, claim.values.get("value")  # type: ignore[misc]


_MAKERS: dict[str, Callable[[Claim], Iterator[Entry]]] = {
    "weight_norms": _weights,
    "layer_saturation": _saturation,
    "theorem_1": _theorem_1,
    "global_bound": _bound("global bound: prod ||W|| prod Lambda", r"global $\prod\|W_l\|\prod\Lambda_k$"),
    "layerwise_bound": _bound("layerwise C(U)", r"layerwise $C(U)$"),
    "refined_bound": _bound("refined C~(U)", r"refined $\tilde C(U)$"),
    "sup_jacobian_norm": _norm,
    "divergence": _two_ended(("inf div f", r"$\inf_U\mathrm{div}\,f$"), ("sup div f", r"$\sup_U\mathrm{div}\,f$")),
    "log_norm": _two_ended(("mu- = inf lambda_min", r"$\mu_-$"), ("mu+ = sup lambda_max", r"$\mu_+$")),
    "minimal_period": _period,
    "theorem_2": _theorem_2,
    "no_closed_orbit": _closed,
    "periodic_orbit": _orbit,
    "curve_determinant": _curve,
    "require": _require,
}
_ALWAYS_PROVED = {"theorem_2", "curve_determinant"}
_SHARP = {"periodic_orbit", "curve_determinant"}
"""Claims whose enclosures agree in many digits."""
