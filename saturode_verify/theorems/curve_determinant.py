"""The curve claim of theory section 7: det of the fundamental matrix along an explicit closed curve."""

from __future__ import annotations

from ..orbit.curve_integral import CurveDeterminant
from ..rigor.numbers import Enclosure
from .bounds import WEIGHTS
from .claim import Claim, Status, Value

SMOOTH = "every activation is analytic, so f is in C^1"
_JOINED = {
    "linear": "straight lines in t between the rows",
    "cubic": "cubic Hermite polynomials in t between the rows, with the slopes of the parabolas through neighbouring "
    "rows, periodically",
}


def curve_determinant(result: CurveDeterminant) -> Claim:
    """Liouville: Y' = Df(g(t)) Y, Y(0) = I has det Y(T) = exp(int_0^T div f(g(t)) dt), for every closed curve g.

    Needs Df continuous along g and nothing else; that g solves x' = f(x) is neither needed nor claimed.
    """
    curve = result.curve
    shape = f"g is the closed curve through the rows of the witness, joined by {_JOINED[curve.interpolation]}"
    values: dict[str, Value] = {"interpolation": curve.interpolation, "pieces": len(curve.pieces)}
    values["period"] = Enclosure(curve.period, curve.period)
    if result.log_det is not None and result.det is not None:
        values |= {"log_det": result.log_det, "det": result.det, "statement": STATEMENT}
    status: Status = "undecided" if result.reason else "proved"
    return Claim("curve_determinant", "section 7", (WEIGHTS, SMOOTH, shape), status, values, result.reason)


STATEMENT = (
    "det of the fundamental matrix of Y' = Df(g(t)) Y after one period T of the given closed curve g (Liouville); the "
    "curve is not claimed to be an orbit of f, nor to be near one, so this is not det M of an orbit"
)
"""What a proved curve claim says, and what it does not."""
