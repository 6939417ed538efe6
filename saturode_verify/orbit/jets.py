"""f and Df at many thin balls at once, real or complex: the batches go through Arb's matrix product."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flint import acb, acb_mat, arb, arb_mat

from ..activation import Activation
from ..network import Network
from ..rigor.balls import matrix
from .analytic import values_and_slopes

Batch = list[list]
"""One list per component, each with one ball per point."""
Check = Callable[[Activation, list], bool]


@dataclass(frozen=True)
class Jet:
    """``values[k][j]`` = f_k and ``jacobian[k][i][j]`` = df_k/dx_i at point j; the Jacobian is empty if not asked."""

    values: Batch
    jacobian: list[Batch]


class ExactField:
    """The vector field of a network, its weights as exact matrices of balls."""

    def __init__(self, network: Network) -> None:
        self.dimension = network.dimension
        self.layers = [(matrix(layer.weight), layer.bias.tolist(), layer.activation) for layer in network.layers]

    def evaluate(self, points: Sequence[Sequence], slopes: bool = True, check: Check | None = None) -> Jet | None:
        """f and, if ``slopes``, Df at the points (component by component, arb or acb).

        ``check(activation, pre-activations)`` is asked before each activation is applied; None as soon as it says no.
        """
        make = acb_mat if isinstance(points[0][0], acb) else arb_mat
        count = len(points[0])
        state, columns = make(self.dimension, count, [x for row in points for x in row]), []
        for exact, bias, activation in self.layers[:-1]:
            weight = exact if make is arb_mat else acb_mat(exact)
            z = _shifted((weight * state).entries(), bias, count)
            if check is not None and not check(activation, z):
                return None
            values, derivatives = values_and_slopes(activation, z, slopes)
            state = make(weight.nrows(), count, values)
            if slopes:
                before = [(weight * column).entries() for column in columns] or self._first(weight, count)
                scaled = [[s * c for s, c in zip(derivatives, column, strict=True)] for column in before]
                columns = [make(weight.nrows(), count, column) for column in scaled]
        exact, bias, _ = self.layers[-1]
        weight = exact if make is arb_mat else acb_mat(exact)
        values = _rows(_shifted((weight * state).entries(), bias, count), count)
        if not slopes:
            return Jet(values, [])
        after = [(weight * column).entries() for column in columns] or self._first(weight, count)
        parts = [_rows(column, count) for column in after]
        d = self.dimension
        return Jet(values, [[parts[i][k] for i in range(d)] for k in range(d)])

    def _first(self, weight: arb_mat | acb_mat, count: int) -> list[list]:
        """The columns of the first layer's pre-activation Jacobian, its weight, the same at every point."""
        return [[weight[m, i] for m in range(weight.nrows()) for _ in range(count)] for i in range(self.dimension)]


def divergence(jet: Jet) -> list:
    """div f at every point."""
    total = jet.jacobian[0][0]
    for k in range(1, len(jet.values)):
        total = [a + b for a, b in zip(total, jet.jacobian[k][k], strict=True)]
    return total


def _shifted(entries: list, bias: list[float], count: int) -> list:
    shifts = [arb(b) for b in bias for _ in range(count)]
    return [z + b for z, b in zip(entries, shifts, strict=True)]


def _rows(entries: list, count: int) -> Batch:
    return [entries[k : k + count] for k in range(0, len(entries), count)]
