"""The frame Q, its inverse, and how nearly it is a Floquet frame: the constants of the theorem, as sup norms.

Only an approximate inverse P is known. With E >= |PQ - I| entrywise on the circle, and eps = max_i sum_l E_il < 1,

    Q^{-1} = (PQ)^{-1} P,   |(Q^{-1} v)_i| <= |(P v)_i| + sum_l E_il max_m |(P v)_m| / (1 - eps).

P v is sampled as a whole: |P| |v| would lose what cancels. proofs/frame.py proves the inequality.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flint import acb_mat, arb

from ..rigor.balls import ZERO
from .jets import Jet
from .proposal import Frame, Proposal
from .sampling import Sampling
from .strip import StripBounds
from .trig import TrigPolynomial, largest

Matrix = list[list[arb]]


@dataclass(frozen=True)
class FrameBounds:
    """Exact upper bounds on the circle, entry by entry, none of them negative.

    ``defect[i]`` = y_i >= |(Q^{-1} (tau f(u) - u'))_i|; ``residual[i][j]`` = m_ij >= |(Q^{-1} R)_ij| with
    R = tau Df(u) Q - Q' - Q Lambda; ``frame`` >= |Q|; ``inverse`` >= |Q^{-1}|.
    """

    defect: list[arb]
    residual: Matrix
    frame: Matrix
    inverse: Matrix


@dataclass(frozen=True)
class Candidate:
    """A proposal with what was computed from it: u, the frame, f and Df at the nodes, bounds on the strip."""

    proposal: Proposal
    orbit: TrigPolynomial
    frame: Frame
    jet: Jet
    strip: StripBounds
    sampling: Sampling


def frame_bounds(candidate: Candidate) -> FrameBounds | str:
    """The constants, or the reason why Q is not proved invertible."""
    proposal, sampling, d = candidate.proposal, candidate.sampling, len(candidate.orbit.coefficients)
    if len(candidate.frame.columns) != d - 1 or len(proposal.inverse) != d:
        return f"the frame needs {d - 1} columns beside u' and an inverse with {d} rows"
    degrees = [candidate.orbit.degree, *(column.degree for column in candidate.frame.columns)]
    frame_degree, inverse_degree = max(degrees), max(row.degree for row in proposal.inverse)
    nodes = _at_nodes(candidate)
    error = _matrix(d, lambda i, c: sampling.polynomial_supremum(
        largest(m[i, c] for m in nodes.identity_error), frame_degree + inverse_degree
    ))  # fmt: skip
    spread = largest(sum(row, ZERO) for row in error)
    if not spread < 1:
        return f"the frame is not proved invertible: |PQ - I| <= {float(spread):.3g} is not below 1"

    def through(vector: Sequence[arb]) -> list[arb]:
        """From bounds of |P v| to bounds of |Q^{-1} v|."""
        rest = largest(vector) / (1 - spread)
        return [(vector[i] + sum(error[i], ZERO) * rest).upper() for i in range(d)]

    frame = _matrix(d, lambda i, c: sampling.polynomial_supremum(largest(m[i, c] for m in nodes.frame), degrees[c]))
    raw = _matrix(d, lambda i, k: sampling.polynomial_supremum(largest(m[i, k] for m in nodes.inverse), inverse_degree))
    strip_inverse, strip_field, strip_residual = _on_strip(candidate)
    defect = [
        sampling.supremum(largest(m[i, 0] for m in nodes.defect), sum(
            (a * b for a, b in zip(strip_inverse[i], strip_field, strict=True)), ZERO).upper())
        for i in range(d)
    ]  # fmt: skip
    residual = _matrix(d, lambda i, c: sampling.supremum(
        largest(m[i, c] for m in nodes.residual),
        sum((strip_inverse[i][k] * strip_residual[k][c] for k in range(d)), ZERO).upper(),
    ))  # fmt: skip
    return FrameBounds(
        through(defect), _transposed([through(column) for column in _transposed(residual)]), frame,
        _transposed([through(column) for column in _transposed(raw)]),
    )  # fmt: skip


@dataclass(frozen=True)
class _Nodes:
    """d x d (or d x 1) matrices, one per node."""

    frame: list[acb_mat]
    inverse: list[acb_mat]
    identity_error: list[acb_mat]
    defect: list[acb_mat]
    residual: list[acb_mat]


def _at_nodes(candidate: Candidate) -> _Nodes:
    proposal, jet, count = candidate.proposal, candidate.jet, candidate.sampling.nodes
    d = len(candidate.orbit.coefficients)
    first, bend = candidate.orbit.derivative.samples(count), candidate.orbit.derivative.derivative.samples(count)
    columns = [first, *(column.samples(count) for column in candidate.frame.columns)]
    slopes = [bend, *(column.derivative.samples(count) for column in candidate.frame.columns)]
    inverse = [row.samples(count) for row in proposal.inverse]
    exponents = acb_mat(d, d, [candidate.frame.exponents[i] if i == c else 0 for i in range(d) for c in range(d)])
    identity = acb_mat(d, d, [int(i == c) for i in range(d) for c in range(d)])
    found = _Nodes([], [], [], [], [])
    for j in range(count):
        q = acb_mat(d, d, [columns[c][i][j] for i in range(d) for c in range(d)])
        p = acb_mat(d, d, [inverse[i][k][j] for i in range(d) for k in range(d)])
        moved = acb_mat(d, d, [slopes[c][i][j] for i in range(d) for c in range(d)])
        jacobian = acb_mat(d, d, [proposal.tau * jet.jacobian[k][i][j] for k in range(d) for i in range(d)])
        defect = acb_mat(d, 1, [proposal.tau * jet.values[k][j] - first[k][j] for k in range(d)])
        found.frame.append(q)
        found.inverse.append(p)
        found.identity_error.append(p * q - identity)
        found.defect.append(p * defect)
        found.residual.append(p * (jacobian * q - moved - q * exponents))
    return found


def _on_strip(candidate: Candidate) -> tuple[Matrix, list[arb], Matrix]:
    """On the strip, exact bounds of |P|, of |tau f(u)| and of |tau Df(u) Q|: all that is not a polynomial."""
    proposal, strip, d = candidate.proposal, candidate.strip, len(candidate.orbit.coefficients)
    height, tau = strip.height, proposal.tau
    inverse = [row.wiener(height) for row in proposal.inverse]
    frame = [candidate.orbit.wiener(height, power=1), *(column.wiener(height) for column in candidate.frame.columns)]
    field = [(tau * bound).upper() for bound in strip.field]
    residual = _matrix(
        d, lambda k, c: (tau * sum((strip.jacobian[k][i] * frame[c][i] for i in range(d)), ZERO)).upper()
    )
    return inverse, field, residual


def _matrix(d: int, entry: Callable[[int, int], arb]) -> Matrix:
    return [[entry(i, c) for c in range(d)] for i in range(d)]


def _transposed(rows: Matrix) -> Matrix:
    return [list(column) for column in zip(*rows, strict=True)]
