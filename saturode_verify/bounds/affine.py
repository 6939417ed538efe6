"""Affine forms of all pre-activations, of f and of Df over one box.

The box is x = m + h.t with t in [-1, 1]^d. A form for n quantities is A_0 + sum_i A_i t_i +- R: every quantity
equals an affine function of t plus an error of absolute value at most R. Coefficients are thin balls (rounding is
inside them), so the inequalities below are those of exact arithmetic:

* affine layer: A' = A W^T (+ b on row 0), R' = R |W|^T;
* s(a) with s(a) = alpha a + beta +- rho on the range of a: A' = alpha A (+ beta), R' = |alpha| R + rho;
* product P Y, both affine: t_i^2 lies in [0, 1], hence
  centre p_0 y_0 + 1/2 sum_i p_i y_i, coefficient p_0 y_i + p_i y_0, and remainder
  1/2 sum_i |p_i y_i| + sum_{i<j} |p_i y_j + p_j y_i| + R_P (|y_0| + sum|y_i| + R_Y) + R_Y (|p_0| + sum|p_i|).

Beside each form runs the plain interval, which wins on large boxes; ranges are the intersection of both.
Convergence is of second order in the box (prototype: 4-7 times sharper than the mean-value form). proofs/affine.py
proves the rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import arb, arb_mat, ctx

from ..activation.base import MAX_ORDER
from ..network import Layer, Network
from ..region import Box
from ..rigor.balls import ZERO, absolute, ball, exact, finite, matrix
from ..rigor.numbers import power_of_two
from .linearise import NeuronImages, NoInformation, Range, linearise, neuron_images

Row = list[arb]


@dataclass(frozen=True, slots=True)
class BallLayer:
    """A layer's transposed weight, its absolute value and its bias as exact balls."""

    transposed: arb_mat
    magnitude: arb_mat
    bias: Row
    layer: Layer

    @classmethod
    def of(cls, layer: Layer) -> BallLayer:
        transposed = matrix(layer.weight).transpose()
        return cls(transposed, absolute(transposed), [exact(v) for v in layer.bias.tolist()], layer)


@dataclass(slots=True)
class Form:
    """Rows A_0..A_d of n balls each, and n remainders."""

    rows: list[Row]
    remainder: Row


@dataclass(slots=True)
class JacobianForm:
    """Df over the box: J_0 + sum_i t_i G_i +- R entrywise, and the plain interval [lower, upper] (d x d each)."""

    centre: arb_mat
    coefficients: list[arb_mat]
    remainder: arb_mat
    lower: arb_mat
    upper: arb_mat


@dataclass(slots=True)
class BoxForms:
    """What one pass over a box yields; ranges are pairs of exact balls, per hidden layer and neuron."""

    preactivation: list[list[Range]]
    derivative: list[list[Range]]
    field: Form
    jacobian: JacobianForm


def centre_and_radii(box: Box) -> tuple[Row, Row]:
    """Exact m and h with box inside {m + h.t}, equal to it when its ends are dyadic of moderate length.

    Other ends are rounded outward at a scale far below the box's width and its distance from 0.
    """
    centre, radii = [], []
    for low, high in box.sides:
        low, high = _dyadic_below(low, high), -_dyadic_below(-high, -low)
        centre.append(ball((low + high) / 2))
        radii.append(ball((high - low) / 2))
    return centre, radii


def _dyadic_below(end: Fraction, other: Fraction) -> Fraction:
    """A dyadic <= end, closer than 2^-(prec+16) of the larger of |end| and |other|; end itself if dyadic."""
    if end.denominator & (end.denominator - 1) == 0:
        return end
    size = max(abs(end), abs(other))
    exponent = size.numerator.bit_length() - size.denominator.bit_length() - ctx.prec - 16
    grid = power_of_two(exponent)
    return (end / grid).__floor__() * grid


def enclose(layers: list[BallLayer], box: Box) -> BoxForms:
    """Forms of all quantities over the box.

    Raises NoInformation if something is unbounded there (never a wrong bound).
    """
    d = box.dimension
    centre, radii = centre_and_radii(box)
    form = Form([centre, *([radii[i] if i == j else ZERO for j in range(d)] for i in range(d))], [ZERO] * d)
    plain: list[Range] = [((m - h).lower(), (m + h).upper()) for m, h in zip(centre, radii, strict=True)]
    jacobian: _Jacobian | None = None
    preactivation, derivative = [], []
    for position, layer in enumerate(layers):
        form, plain = _affine_layer(form, layer), _interval_layer(plain, layer)
        jacobian = _Jacobian.first(layer, d) if jacobian is None else jacobian.through(layer)
        if position == len(layers) - 1:
            break
        neurons = _neurons(form, plain, layer)
        preactivation.append([(n.lower, n.upper) for n in neurons])
        plain = [_known(n.images[0]) for n in neurons]
        slopes = [_known(n.images[1]) for n in neurons]
        derivative.append(slopes)
        jacobian = jacobian.times(_apply(form, neurons, 1), slopes)
        form = _apply(form, neurons, 0)
    assert jacobian is not None  # a Network has at least one layer
    return BoxForms(preactivation, derivative, form, jacobian.finish())


def _known(image: Range | None) -> Range:
    if image is None:
        raise NoInformation
    return image


def _affine_layer(form: Form, layer: BallLayer) -> Form:
    rows = (arb_mat(form.rows) * layer.transposed).tolist()
    rows[0] = [a + b for a, b in zip(rows[0], layer.bias, strict=True)]
    remainder = (arb_mat([form.remainder]) * layer.magnitude).entries()
    return Form(rows, remainder)


def _interval_layer(plain: list[Range], layer: BallLayer) -> list[Range]:
    middle = arb_mat([[(low + high) / 2 for low, high in plain]]) * layer.transposed
    radius = arb_mat([[(high - low) / 2 for low, high in plain]]) * layer.magnitude
    return [
        ((c + b - r).lower(), (c + b + r).upper())
        for c, b, r in zip(middle.entries(), layer.bias, radius.entries(), strict=True)
    ]


def _neurons(form: Form, plain: list[Range], layer: BallLayer) -> list[NeuronImages]:
    activation, found = layer.layer.activation, []
    for column, remainder, (low, high) in zip(zip(*form.rows, strict=True), form.remainder, plain, strict=True):
        spread = sum((abs(a) for a in column[1:]), remainder)
        low = max(low, (column[0] - spread).lower())
        high = min(high, (column[0] + spread).upper())
        if not (finite(low, high) and low <= high):
            raise NoInformation
        found.append(neuron_images(activation, low, high, MAX_ORDER))
    return found


def _apply(form: Form, neurons: list[NeuronImages], order: int) -> Form:
    """The form of s^(order)(a), neuron by neuron, for the pre-activation form of a."""
    columns, remainders = [], []
    for column, remainder, neuron in zip(zip(*form.rows, strict=True), form.remainder, neurons, strict=True):
        enclosure = linearise(neuron, order)
        if enclosure is None:
            raise NoInformation
        alpha, beta, rho = enclosure
        columns.append([alpha * column[0] + beta, *(alpha * a for a in column[1:])])
        remainders.append(abs(alpha) * remainder + rho)
    return Form([list(row) for row in zip(*columns, strict=True)], remainders)


@dataclass(slots=True)
class _Jacobian:
    """Derivatives of a layer's n values by x_1..x_d: ``forms[j]`` by x_j, ``plain[j]`` its plain intervals."""

    forms: list[Form]
    plain: list[list[Range]]

    @classmethod
    def first(cls, layer: BallLayer, d: int) -> _Jacobian:
        rows = layer.transposed.tolist()
        zeros = [ZERO] * len(rows[0])
        return cls([Form([row, *([zeros] * d)], zeros) for row in rows], [[(w, w) for w in row] for row in rows])

    def times(self, slopes: Form, ranges: list[Range]) -> _Jacobian:
        """Multiply by diag(s'(a)): ``slopes`` is its form, ``ranges`` its plain range."""
        plain = [[_product(y, p) for y, p in zip(row, ranges, strict=True)] for row in self.plain]
        return _Jacobian([_multiply(slopes, form) for form in self.forms], plain)

    def through(self, layer: BallLayer) -> _Jacobian:
        """Multiply by the layer's weight."""
        stacked = arb_mat([row for form in self.forms for row in form.rows]) * layer.transposed
        remainders = (arb_mat([form.remainder for form in self.forms]) * layer.magnitude).tolist()
        rows, height = stacked.tolist(), len(self.forms[0].rows)
        forms = [Form(rows[j * height : (j + 1) * height], r) for j, r in enumerate(remainders)]
        middle = arb_mat([[(low + high) / 2 for low, high in row] for row in self.plain]) * layer.transposed
        radius = arb_mat([[(high - low) / 2 for low, high in row] for row in self.plain]) * layer.magnitude
        plain = [
            [((c - r).lower(), (c + r).upper()) for c, r in zip(cs, rs, strict=True)]
            for cs, rs in zip(middle.tolist(), radius.tolist(), strict=True)
        ]
        return _Jacobian(forms, plain)

    def finish(self) -> JacobianForm:
        """Transpose to d x d matrices: row = component of f, column = variable."""
        height = len(self.forms[0].rows)
        slices = [arb_mat([form.rows[i] for form in self.forms]).transpose() for i in range(height)]
        remainder = arb_mat([form.remainder for form in self.forms]).transpose()
        lower = arb_mat([[low for low, _ in row] for row in self.plain]).transpose()
        upper = arb_mat([[high for _, high in row] for row in self.plain]).transpose()
        return JacobianForm(slices[0], slices[1:], remainder, lower, upper)


def _product(a: Range, b: Range) -> Range:
    products = [a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1]]
    return min(p.lower() for p in products), max(p.upper() for p in products)


def _multiply(left: Form, right: Form) -> Form:
    columns, remainders = [], []
    for p, p_rest, y, y_rest in zip(
        zip(*left.rows, strict=True), left.remainder, zip(*right.rows, strict=True), right.remainder, strict=True
    ):
        p0, y0, centre, rest = p[0], y[0], p[0] * y[0], ZERO
        column, p_sum, y_sum = [centre], ZERO, ZERO
        for i in range(1, len(p)):
            square = p[i] * y[i]
            centre += square / 2
            rest += abs(square) / 2
            for j in range(i + 1, len(p)):
                rest += abs(p[i] * y[j] + p[j] * y[i])
            column.append(p0 * y[i] + p[i] * y0)
            p_sum += abs(p[i])
            y_sum += abs(y[i])
        column[0] = centre
        columns.append(column)
        remainders.append(rest + p_rest * (abs(y0) + y_sum + y_rest) + y_rest * (abs(p0) + p_sum))
    return Form([list(row) for row in zip(*columns, strict=True)], remainders)


def ball_layers(network: Network) -> list[BallLayer]:
    """The network's layers as exact ball matrices (once per network)."""
    return [BallLayer.of(layer) for layer in network.layers]
