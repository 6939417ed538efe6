"""Inequalities about Df and f on one box, decided from affine forms: 1 proved, -1 refuted, 0 neither.

Df(t) = C + sum t_i G_i + E, |E| <= R entrywise. The norm and the largest eigenvalue of the symmetric part are convex in
t, so their suprema over the cube are at vertices; ||E|| <= the Frobenius norm of R. At a vertex v the value differs
from that of C + sum v_i G_i by at most the same, which refutes. Where the entries of R are of different sizes, bounds
by rows are sharper: 2 |x_i E_ij y_j| <= R_ij (x_i^2 + y_j^2), so that 2 x.Ey <= x.diag(r)x + y.diag(c)y with the sums r
of the rows and c of the columns of R. Hence ||M + E|| <= l if [[l - diag(r), M], [M^T, l - diag(c)]] is positive
semidefinite, and the symmetric part of M + E is <= l if (l - diag((r + c)/2)) - (M + M^T)/2 is.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction
from operator import add, sub

from .affine import Enclosed, Form
from .fixed import ceil_at, floor_at, root_up
from .spectral import definite

Test = Callable[[Enclosed], int]
Square = list[list[int]]
MAX_SIGNS = 6
"""Directions whose sign patterns are enumerated; the others are added to R."""


def _thin(matrix: Square) -> list[list[tuple[int, int]]]:
    return [[(entry, entry) for entry in row] for row in matrix]


class Vertices:
    """The vertex matrices of an affine Jacobian and its remainder."""

    def __init__(self, columns: list[Form]) -> None:
        d = len(columns)
        self.d = d
        self.middle = [[columns[j].c[i] for j in range(d)] for i in range(d)]
        self.radius = [[columns[j].r[i] for j in range(d)] for i in range(d)]
        slopes = [[[columns[j].g[k][i] for j in range(d)] for i in range(d)] for k in range(d)]
        slopes.sort(key=lambda g: -sum(abs(x) for row in g for x in row))
        for g in slopes[MAX_SIGNS:]:
            for i in range(d):
                for j in range(d):
                    self.radius[i][j] += abs(g[i][j])
        self.slopes = [g for g in slopes[:MAX_SIGNS] if any(any(row) for row in g)]

    def each(self) -> Iterator[Square]:
        """C + sum +-G_i."""
        found = [self.middle]
        for g in self.slopes:
            found = [[list(map(sign, row, line)) for row, line in zip(matrix, g, strict=True)]
                     for matrix in found for sign in (add, sub)]  # fmt: skip
        yield from found

    def loads(self) -> tuple[list[int], list[int]]:
        """The sums of the rows and of the columns of R."""
        return list(map(sum, self.radius)), [sum(column) for column in zip(*self.radius, strict=True)]

    def remainder(self) -> int:
        """||R||_F, rounded up."""
        return root_up(sum(r * r for row in self.radius for r in row))


def norm_at_most(bound: Fraction, p: int) -> Test:
    """||Df|| <= bound on the box: for the whole enclosure of Df, or for each of those that `kinks` splits it into."""
    level = floor_at(bound, p)

    def test(found: Enclosed) -> int:
        assert found.jacobian is not None
        answer = _norm_test(found.jacobian, level, p)
        if answer == 0 and found.one_sided is not None:
            return int(all(_norm_test(columns, level, p) == 1 for columns in found.one_sided()))
        return answer

    return test


def _norm_test(columns: list[Form], level: int, p: int) -> int:
    vertices = Vertices(columns)
    rest, proved = vertices.remainder(), True
    for matrix in vertices.each():
        plain = level >= rest and definite(_level_minus_gram(level - rest, matrix), 2 * p) == 1
        if not plain and (not proved or definite(_dilated(level, matrix, vertices.loads()), p) != 1):
            proved = False
            # Not <= above the exact bound: the level is raised by one unit against its floor.
            if definite(_level_minus_gram(level + rest + 1, matrix), 2 * p) == -1:
                return -1
    return int(proved)


def _level_minus_gram(level: int, matrix: Square) -> list[list[tuple[int, int]]]:
    d = len(matrix)
    columns = list(zip(*matrix, strict=True))
    return _thin([
        [(level * level if i == j else 0) - sum(a * b for a, b in zip(columns[i], columns[j], strict=True))
         for j in range(d)] for i in range(d)
    ])  # fmt: skip


def _dilated(level: int, matrix: Square, loads: tuple[list[int], list[int]]) -> list[list[tuple[int, int]]]:
    """[[level - diag(r), M], [M^T, level - diag(c)]], with loads (r, c)."""
    d = len(matrix)
    found = [[0] * 2 * d for _ in range(2 * d)]
    for i in range(d):
        found[i][i], found[d + i][d + i] = level - loads[0][i], level - loads[1][i]
        for j in range(d):
            found[i][d + j] = found[d + j][i] = matrix[i][j]
    return _thin(found)


def _diagonal(form: list[Form]) -> tuple[int, int, int]:
    """(C, sum |G_i|, R) of the trace."""
    d = len(form)
    middle = sum(form[i].c[i] for i in range(d))
    reach = sum(abs(sum(form[i].g[k][i] for i in range(d))) for k in range(d))
    return middle, reach, sum(form[i].r[i] for i in range(d))


def divergence_at_most(bound: Fraction, p: int, sign: int) -> Test:
    """sign div f <= bound on the box, sign = +-1."""
    level = floor_at(bound, p)

    def test(found: Enclosed) -> int:
        assert found.jacobian is not None
        middle, reach, rest = _diagonal(found.jacobian)
        if sign * middle + reach + rest <= level:
            return 1
        return -1 if sign * middle + reach - rest > level + 1 else 0

    return test


def eigenvalue_at_most(bound: Fraction, p: int, sign: int) -> Test:
    """The largest eigenvalue of sign (Df + Df^T)/2 is <= bound on the box."""
    level = 2 * floor_at(bound, p)

    def test(found: Enclosed) -> int:
        assert found.jacobian is not None
        vertices = Vertices(found.jacobian)
        rest, proved, d = 2 * vertices.remainder(), True, vertices.d
        levels = [level - r - c for r, c in zip(*vertices.loads(), strict=True)]
        for matrix in vertices.each():
            plain = definite(_level_minus_symmetric([level - rest] * d, matrix, sign), p) == 1
            if not plain and (not proved or definite(_level_minus_symmetric(levels, matrix, sign), p) != 1):
                proved = False
                if definite(_level_minus_symmetric([level + rest + 3] * d, matrix, sign), p) == -1:
                    return -1
        return int(proved)

    return test


def _level_minus_symmetric(levels: list[int], matrix: Square, sign: int) -> list[list[tuple[int, int]]]:
    """diag(levels) - sign (M + M^T)."""
    d = len(matrix)
    return _thin([
        [(levels[i] if i == j else 0) - sign * (matrix[i][j] + matrix[j][i]) for j in range(d)] for i in range(d)
    ])  # fmt: skip


def two_sum_below(p: int, sign: int) -> Test:
    """The sum of the two largest eigenvalues of sign (Df + Df^T)/2 is < 0: its second additive compound is negative.

    The compound is linear in the matrix and its eigenvalues are the sums of two eigenvalues, so that a perturbation of
    norm rho moves them by at most 2 rho.
    """

    def test(found: Enclosed) -> int:
        assert found.jacobian is not None
        vertices = Vertices(found.jacobian)
        rest, proved = 4 * vertices.remainder(), True
        for matrix in vertices.each():
            if definite(_minus_compound(-rest - 1, matrix, sign), p) != 1:
                proved = False
                if definite(_minus_compound(rest + 1, matrix, sign), p) == -1:
                    return -1
        return int(proved)

    return test


def _minus_compound(level: int, matrix: Square, sign: int) -> list[list[tuple[int, int]]]:
    """level I - (sign (M + M^T))^[2] on the basis e_i ^ e_j, i < j."""
    d = len(matrix)
    s = [[sign * (matrix[i][j] + matrix[j][i]) for j in range(d)] for i in range(d)]
    pairs = list(itertools.combinations(range(d), 2))

    def entry(a: tuple[int, int], b: tuple[int, int]) -> int:
        (i, j), (k, m) = a, b
        total = 0
        for x, y, factor in ((i, k, int(j == m)), (j, m, int(i == k)), (i, m, -int(j == k)), (j, k, -int(i == m))):
            total += factor * s[x][y]
        return total

    return _thin([[(level if a == b else 0) - entry(a, b) for b in pairs] for a in pairs])


def transversal(vector: list[Fraction], p: int) -> Test:
    """c . f > 0 on the box."""
    scale = max(x.denominator for x in vector)
    for x in vector:
        if scale % x.denominator:
            scale *= x.denominator
    weights = [int(x * scale) for x in vector]

    def test(found: Enclosed) -> int:
        field = found.field
        middle = sum(w * c for w, c in zip(weights, field.c, strict=True))
        reach = sum(abs(sum(w * x for w, x in zip(weights, g, strict=True))) for g in field.g)
        rest = sum(abs(w) * r for w, r in zip(weights, field.r, strict=True))
        if middle - reach - rest > 0:
            return 1
        return -1 if middle - reach + rest <= 0 else 0

    return test


def preactivation_at_most(layer: int, neuron: int, bound: Fraction, p: int, sign: int) -> Test:
    """sign a <= bound on the box for one neuron's pre-activation a."""
    level, above = floor_at(bound, p), ceil_at(bound, p)

    def test(found: Enclosed) -> int:
        low, high = found.ranges[layer][neuron]
        if (high if sign > 0 else -low) <= level:
            return 1
        form = found.pre[layer]
        middle = sign * form.c[neuron]
        reach, rest = sum(abs(g[neuron]) for g in form.g), form.r[neuron]
        return -1 if middle + reach - rest > above else 0

    return test
