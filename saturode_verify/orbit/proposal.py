"""What the search hands to the proof: exact numbers, none of which the proof trusts.

A frame column q_j with exponent l_j means, approximately, (tau Df(u) - d/dtheta) q_j = l_j q_j. The proof works in the
space of w with Q w real, which it needs to be invariant; so only three kinds of columns exist, and the symmetry of each
is exact by construction (never by a tolerance):

* periodic: l real, q real: coefficients c_0, ..., c_K and c_{-k} = conj c_k;
* antiperiodic (negative multiplier): l = alpha + i/2 and q = e^{-i theta/2} a with a real and antiperiodic. a has the
  coefficients a_k at k + 1/2, k = 0..K, and conj a_k at -(k + 1/2); so q has c_k = a_k, c_{-1-k} = conj a_k;
* complex: coefficients c_{-K}, ..., c_K and a complex l; the column after it is its conjugate, with conj l.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from flint import acb, arb

from ..rigor.balls import ZERO
from .trig import TrigPolynomial

Kind = Literal["periodic", "antiperiodic", "complex"]
KINDS = ("periodic", "antiperiodic", "complex")
HALF = arb(1) / 2


@dataclass(frozen=True)
class Column:
    """One frame column, or a conjugate pair; ``coefficients`` per component as the module's text says.

    Raises ValueError unless the exponent and the coefficients are of the stated kind, and the periodic inverse of
    d/dtheta - l exists (l is not i times an integer).
    """

    kind: Kind
    exponent: acb
    coefficients: tuple[tuple[acb, ...], ...]

    def __post_init__(self) -> None:
        real, imaginary = self.exponent.real, self.exponent.imag
        if self.kind not in KINDS or not (self.exponent.is_exact() and self.exponent.is_finite()):
            raise ValueError("a frame column is of no known kind, or its exponent is not an exact number")
        if self.kind == "periodic" and not imaginary.is_zero():
            raise ValueError("the exponent of a periodic real column is real")
        if self.kind == "antiperiodic" and not (imaginary - HALF).is_zero():
            raise ValueError("the exponent of an antiperiodic column is alpha + i/2")
        if self.kind == "complex" and not (imaginary > 0 and imaginary < HALF):
            raise ValueError("a complex exponent has its imaginary part strictly between 0 and 1/2")
        if self.kind == "periodic" and real.is_zero():
            raise ValueError("a nontrivial exponent 0: the orbit would not be isolated")

    def full(self) -> Iterator[tuple[TrigPolynomial, acb]]:
        """The column, or both of the pair, each with its exponent."""
        rows = self.coefficients
        if self.kind == "periodic":
            yield TrigPolynomial.real(rows), self.exponent
        elif self.kind == "antiperiodic":
            mirrored = (([c.conjugate() for c in reversed(row)], row) for row in rows)
            yield TrigPolynomial(tuple((*low, *row, acb(0)) for low, row in mirrored)), self.exponent
        else:
            yield TrigPolynomial(rows), self.exponent
            conjugates = tuple(tuple(c.conjugate() for c in reversed(row)) for row in rows)
            yield TrigPolynomial(conjugates), self.exponent.conjugate()


@dataclass(frozen=True)
class Proposal:
    """A candidate for a periodic orbit, u' = tau f(u) in the angle theta, with the frame that the proof uses.

    ``orbit``: per component the coefficients c_0..c_K of u; ``tau`` = T / 2 pi; ``columns``: d - 1 frame columns beside
    u'; ``inverse``: d x d polynomials, an approximate inverse of the frame, row by row; ``height``: rho of the strip;
    ``degree``, ``nodes``: n and M of the sampling lemma; ``boxes``: boxes on the strip's edge.
    """

    orbit: tuple[tuple[acb, ...], ...]
    tau: arb
    columns: tuple[Column, ...]
    inverse: tuple[TrigPolynomial, ...]
    height: arb
    degree: int
    nodes: int
    boxes: int


@dataclass(frozen=True)
class Frame:
    """Q = [u', q_2, ..., q_d] as polynomials with values in C^d, and the exponents 0, l_2, ..., l_d."""

    columns: tuple[TrigPolynomial, ...]
    exponents: tuple[acb, ...]
    kinds: tuple[str, ...]

    @staticmethod
    def of(columns: Sequence[Column]) -> Frame:
        """The columns q_2..q_d; the first, u', is the orbit's derivative and is handled apart."""
        pairs = [(column.kind, polynomial, exponent) for column in columns for polynomial, exponent in column.full()]
        return Frame(
            tuple(polynomial for _, polynomial, _ in pairs),
            (acb(ZERO), *(exponent for _, _, exponent in pairs)),
            ("trivial", *(kind for kind, _, _ in pairs)),
        )
