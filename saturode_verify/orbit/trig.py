"""Trigonometric polynomials with exact coefficients: values, derivatives, bounds on strips.

theta is an angle; a polynomial of degree K is theta -> sum_{|k| <= K} c_k e^{i k theta}, with values in C^m.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from flint import acb, arb

from ..rigor.balls import ZERO, exact

Coefficients = Sequence[Sequence[acb]]
INFINITY = arb("inf")


def largest(values: Iterable[arb | acb]) -> arb:
    """An exact upper bound of every |value|; infinite if one of them is NaN or infinite."""
    found = ZERO
    for value in values:
        size = value.abs_upper()
        if size > found:
            found = size
        elif not size <= found:  # NaN
            return INFINITY
    return found


@dataclass(frozen=True)
class TrigPolynomial:
    """``coefficients[i][k + K]`` is the k-th Fourier coefficient of component i, an exact complex number."""

    coefficients: tuple[tuple[acb, ...], ...]

    def __post_init__(self) -> None:
        lengths = {len(row) for row in self.coefficients}
        if len(lengths) != 1 or lengths.pop() % 2 == 0:  # an even length, or none
            raise ValueError("every component needs coefficients -K..K")
        if not all(c.is_finite() and c.is_exact() for row in self.coefficients for c in row):
            raise ValueError("a coefficient is not an exact finite number")

    @staticmethod
    def real(half: Coefficients) -> TrigPolynomial:
        """The real polynomial with coefficients c_0, ..., c_K and c_{-k} = conj c_k; ValueError unless c_0 is real."""
        if not all(len(row) > 0 for row in half):
            raise ValueError("a component has no coefficients")
        if any(not row[0].imag.is_zero() for row in half):
            raise ValueError("the mean of a real function is real")
        return TrigPolynomial(tuple((*(c.conjugate() for c in reversed(row[1:])), *row) for row in half))

    @property
    def degree(self) -> int:
        """K."""
        return len(self.coefficients[0]) // 2

    def coefficient(self, component: int, k: int) -> acb:
        """c_k of a component, 0 beyond the degree."""
        return self.coefficients[component][k + self.degree] if abs(k) <= self.degree else acb(0)

    @cached_property
    def derivative(self) -> Moved:
        """d/dtheta."""
        return Moved(self.coefficients).derivative

    def samples(self, nodes: int, height: arb = ZERO) -> list[list[acb]]:
        """Balls around the values at 2 pi j/nodes + i height, j = 0..nodes-1, per component."""
        return Moved(self.coefficients).samples(nodes, height)

    def wiener(self, height: arb, power: int = 0) -> list[arb]:
        """Per component an upper bound of sum |k|^power |c_k| e^{|k| height}.

        It bounds the power-th derivative on the strip |Im theta| <= height.
        """
        growth = [(height * k).exp() * arb(k) ** power if k or not power else ZERO for k in range(self.degree + 1)]
        degree = self.degree
        sums = []
        for row in self.coefficients:
            terms = (c.abs_upper() * growth[abs(k - degree)] for k, c in enumerate(row) if not c.is_zero())
            sums.append(sum(terms, ZERO).upper())
        return sums


@dataclass(frozen=True)
class Moved:
    """A trigonometric polynomial with coefficients known up to rounding: a derivative, say."""

    coefficients: tuple[tuple[acb, ...], ...]

    @property
    def derivative(self) -> Moved:
        """d/dtheta."""
        degree = len(self.coefficients[0]) // 2
        factors = [acb(0, k) for k in range(-degree, degree + 1)]
        return Moved(tuple(tuple(c * f for c, f in zip(row, factors, strict=True)) for row in self.coefficients))

    def samples(self, nodes: int, height: arb = ZERO) -> list[list[acb]]:
        """As `TrigPolynomial.samples`: one discrete Fourier transform per component, aliases added up."""
        degree = len(self.coefficients[0]) // 2
        flat = height.is_zero()
        growth = [] if flat else [(-height * k).exp() for k in range(-degree, degree + 1)]
        found = []
        for row in self.coefficients:
            folded = [acb(0)] * nodes
            for k, c in enumerate(row):
                # dft's kernel is e^{-2 pi i jk/nodes}: mode k stands at index -k.
                at = (degree - k) % nodes
                folded[at] = folded[at] + (c if flat else c * growth[k])
            found.append(acb.dft(folded))
        return found


def real_parts(values: Sequence[Sequence[acb]]) -> list[list[arb]]:
    """The real parts of values that are known to be real."""
    return [[value.real for value in row] for row in values]


def complex_number(value: complex) -> acb:
    """The exact ball of a finite float complex."""
    return acb(exact(float(value.real)), exact(float(value.imag)))
