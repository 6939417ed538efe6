"""Another proof of a periodic orbit: validated Taylor steps in Arb and a contraction on the section {y = 0, x > 0}.

It shares no code and no idea with saturode_verify.orbit, which works in function space: from the package it takes
the exact weights and the activation's name. Planar fields x' = C s(A x + b) + c with one hidden layer only.

One step of length h from a box S (Moore's method with Lohner's mean value form):
1. A box B with S + [0,h] f(B) inside B holds x(t) for 0 <= t <= h and all starts in S (Picard).
2. The flow's derivative J(t) over the step has |J(t) - I| <= e^{hL} - 1, L = sup ||Df(B)|| in the row sum norm
   (Gronwall): call these matrices W.
3. Taylor coefficients come out of recurrences. x(h) and J(h) are the Taylor polynomials of degree ORDER plus
   h^{ORDER+1} times the next coefficient at some x(t), J(t), hence at some point of B and W (Lagrange).
The set of all starts is kept as centre + V dx: V, the derivative of the flow from the beginning, is multiplied by J(h);
the centre is a thin ball, moved by the polynomial from its midpoint and by J(h) times its radius.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul

from flint import arb, ctx

from saturode_verify.network import Network

BITS = 128
ORDER = 24
_MOST_STEPS = 2000
_ZERO, _ONE = arb(0), arb(1)
Vector = list[arb]
Matrix = list[list[arb]]


@dataclass(frozen=True)
class Orbit:
    """Exact intervals: for one x in ``start`` the orbit of (x, 0) closes after the ``period``; it lies in ``point``.

    ``multiplier`` is the derivative of the return map, with an absolute error like that of its entries;
    ``determinant`` is exp of ``integral_divergence``, with a small relative error. Both enclose the same number.
    """

    start: tuple[Fraction, Fraction]
    point: tuple[Fraction, Fraction]
    period: tuple[Fraction, Fraction]
    integral_divergence: tuple[Fraction, Fraction]
    multiplier: tuple[Fraction, Fraction]
    determinant: tuple[Fraction, Fraction]


def prove_by_steps(network: Network, near: float, step: Fraction, radius: Fraction) -> Orbit:
    """The orbit through (x, 0), x within ``radius`` of a point found near ``near``, by steps of length ``step``.

    The return map P has P(centre) + P'(X) (X - centre) inside X = ``start`` and |P'(X)| < 1: one fixed point, and it
    lies in that set. Raises ValueError if this cannot be shown.
    """
    with ctx.workprec(BITS):
        field, length = _Field(network), _exact(step)
        guess, period = _approximate(field, _exact(Fraction(near)), 4 * length)
        offset = arb(0, _exact(radius))
        centre, flow, integral = [guess, _ZERO], [[_ONE, _ZERO], [_ZERO, _ONE]], _ZERO
        whole = int(float(period / length))
        for duration in [*[length] * whole, period - whole * length]:
            centre, flow, increment = _step(field, centre, flow, _spread(centre, flow, offset), duration)
            integral += increment
        landed = _land(field, _spread(centre, flow, offset))
        middle = _land(field, centre)
        slope = _return_slope(flow, landed)
        image = middle.point + slope * offset
        if not (offset.contains_interior(middle.point - guess + slope * offset) and abs(slope) < 1):
            raise ValueError("the return map was not shown to contract: another step or radius may do")
        total = integral + landed.delay * landed.divergence
        return Orbit(
            start=_ends(guess + offset),
            point=_ends(image),
            period=_ends(period + landed.delay),
            integral_divergence=_ends(total),
            multiplier=_ends(slope),
            determinant=_ends(total.exp()),
        )


class _Field:
    """f, Df and div f on balls, and the Taylor coefficients of x' = f(x), J' = Df(x) J, z' = div f(x)."""

    def __init__(self, network: Network) -> None:
        if network.sizes[0] != 2 or len(network.hidden) != 1 or network.hidden[0].activation.slope != 1:
            raise ValueError("planar networks with one hidden layer and slope 1 only")
        first, last = network.layers
        self.unit = _UNITS[first.activation.name]
        if first.activation.name == "power" and first.activation.parameters() != {"exponent": 3}:
            raise ValueError("of the powers only the cube")
        self.inner = [[arb(w) for w in row] for row in first.weight.tolist()]
        self.shift = [arb(b) for b in first.bias.tolist()]
        self.outer = [[arb(w) for w in row] for row in last.weight.tolist()]
        self.bias = [arb(b) for b in last.bias.tolist()]
        self.trace = [_dot(row, column) for row, column in zip(self.inner, zip(*self.outer, strict=True), strict=True)]

    def value(self, box: Vector) -> Vector:
        """f on a box."""
        return [coefficients[1] for coefficients in self.taylor(box, None, 1)[0]]

    def jacobian(self, box: Vector) -> Matrix:
        """Df on a box, row by row."""
        return [[entry[1] for entry in row] for row in self.taylor(box, _IDENTITY, 1)[1]]

    def divergence(self, box: Vector) -> arb:
        """div f on a box."""
        return self.taylor(box, None, 1)[2][1]

    def taylor(self, start: Vector, matrix: Matrix | None, order: int) -> tuple[list[Vector], list[Matrix], Vector]:
        """Coefficients 0..order of x from ``start``, of J from ``matrix`` (if any) and of z from 0.

        Lists of coefficients per entry: x[i][k], J[i][j][k], z[k].
        """
        states = [[x] for x in start]
        columns = [[[entry] for entry in column] for column in zip(*matrix, strict=True)] if matrix else []
        integral = [_ZERO]
        units = [self.unit() for _ in self.inner]
        before: list[list[Vector]] = [[[] for _ in units] for _ in columns]
        for k in range(order):
            now = [x[k] for x in states]
            for unit, row, shift in zip(units, self.inner, self.shift, strict=True):
                unit.push(_dot(row, now) + shift if k == 0 else _dot(row, now))
            for i, (row, bias) in enumerate(zip(self.outer, self.bias, strict=True)):
                rate = _dot(row, [unit.values[k] for unit in units])
                states[i].append((rate + bias if k == 0 else rate) / (k + 1))
            integral.append(_dot(self.trace, [unit.slopes[k] for unit in units]) / (k + 1))
            for column, inputs in zip(columns, before, strict=True):
                moved = [entry[k] for entry in column]
                for own, row in zip(inputs, self.inner, strict=True):
                    own.append(_dot(row, moved))
                rates = [_product(unit.slopes, own, k) for unit, own in zip(units, inputs, strict=True)]
                for entry, row in zip(column, self.outer, strict=True):
                    entry.append(_dot(row, rates) / (k + 1))
        return states, [list(row) for row in zip(*columns, strict=True)], integral


class _Tanh:
    """h = tanh a, w = h' = 1 - h^2: h_k = (1/k) sum i a_i w_{k-i}."""

    def __init__(self) -> None:
        self.values: Vector = []
        self.slopes: Vector = []
        self._rates: Vector = []

    def push(self, a: arb) -> None:
        """The next coefficient of a."""
        k = len(self.values)
        self._rates.append(k * a)
        if k == 0:
            self.values.append(a.tanh())
            self.slopes.append(a.sech() ** 2)
        else:
            self.values.append(_product(self._rates, self.slopes, k, since=1) / k)
            self.slopes.append(-_product(self.values, self.values, k))


class _Silu:
    """a g with g = sigmoid a and w = g' = g - g^2; its slope is g + a w."""

    def __init__(self) -> None:
        self.values: Vector = []
        self.slopes: Vector = []
        self._inputs: Vector = []
        self._rates: Vector = []
        self._gates: Vector = []
        self._gate_slopes: Vector = []

    def push(self, a: arb) -> None:
        """The next coefficient of a."""
        k = len(self.values)
        self._inputs.append(a)
        self._rates.append(k * a)
        if k == 0:
            self._gates.append(1 / (1 + (-a).exp()))
            self._gate_slopes.append((a / 2).sech() ** 2 / 4)
        else:
            self._gates.append(_product(self._rates, self._gate_slopes, k, since=1) / k)
            self._gate_slopes.append(self._gates[k] - _product(self._gates, self._gates, k))
        self.values.append(_product(self._inputs, self._gates, k))
        self.slopes.append(self._gates[k] + _product(self._inputs, self._gate_slopes, k))


class _Cube:
    """a^3, with the slope 3 a^2."""

    def __init__(self) -> None:
        self.values: Vector = []
        self.slopes: Vector = []
        self._inputs: Vector = []
        self._squares: Vector = []

    def push(self, a: arb) -> None:
        """The next coefficient of a."""
        k = len(self.values)
        self._inputs.append(a)
        self._squares.append(_product(self._inputs, self._inputs, k))
        self.values.append(_product(self._squares, self._inputs, k))
        self.slopes.append(3 * self._squares[k])


_UNITS: dict[str, Callable[[], _Tanh | _Silu | _Cube]] = {"tanh": _Tanh, "silu": _Silu, "power": _Cube}
_IDENTITY: Matrix = [[_ONE, _ZERO], [_ZERO, _ONE]]


def _step(field: _Field, centre: Vector, flow: Matrix, hull: Vector, h: arb) -> tuple[Vector, Matrix, arb]:
    """Centre, V and the increment of int div f after one step; ``hull`` holds the centre and all the set."""
    box = _enclosure(field, hull, _between(_ZERO, h))
    last = ORDER + 1
    states, matrices, integrals = field.taylor(box, _near_identity(field, box, h), last)
    tail = h**last
    middle = [c.mid() for c in centre]
    moved, _, _ = field.taylor(middle, None, ORDER)
    _, jacobian, increment = field.taylor(hull, _IDENTITY, ORDER)
    growth = [
        [_horner(entry, h) + tail * rest[last] for entry, rest in zip(row, rests, strict=True)]
        for row, rests in zip(jacobian, matrices, strict=True)
    ]
    offset = [c - m for c, m in zip(centre, middle, strict=True)]
    centre = [
        _horner(x, h) + tail * rest[last] + _dot(row, offset)
        for x, rest, row in zip(moved, states, growth, strict=True)
    ]
    return centre, _matrix_product(growth, flow), _horner(increment, h) + tail * integrals[last]


def _enclosure(field: _Field, start: Vector, times: arb) -> Vector:
    """A box that no orbit from ``start`` leaves during ``times``."""
    box = start
    for _ in range(20):
        image = [s + times * rate for s, rate in zip(start, field.value(box), strict=True)]
        if all(b.contains(i) for b, i in zip(box, image, strict=True)):
            return box
        box = [i + (i - i.mid()) / 4 for i in image]
    raise ValueError("no a-priori box: the step is too long")


def _near_identity(field: _Field, box: Vector, duration: arb) -> Matrix:
    """I plus or minus e^{hL} - 1 in every entry: holds the flow's derivative for all times up to the duration."""
    rows = [sum((abs(entry) for entry in row), _ZERO) for row in field.jacobian(box)]
    largest = rows[0].max(rows[1]) * duration
    slack = arb(0, largest.expm1().abs_upper())
    return [[_ONE + slack, slack], [slack, _ONE + slack]]


@dataclass(frozen=True)
class _Landing:
    """The crossing of {y = 0}: how much later, where, and f, div f and the flow's further derivative around it."""

    delay: arb
    point: arb
    speed: Vector
    divergence: arb
    further: Matrix


def _land(field: _Field, state: Vector) -> _Landing:
    """From a set close to the section: y changes its sign where |y| / inf |y'| is less than the time allowed."""
    allowed = (8 * state[1] / field.value(state)[1]).abs_upper()
    box = _enclosure(field, state, arb(0, allowed))
    speed = field.value(box)
    delay = -state[1] / speed[1]
    if not abs(delay) < allowed:
        raise ValueError("the section is not reached")
    point = state[0] + delay * speed[0]
    return _Landing(delay, point, speed, field.divergence(box), _near_identity(field, box, allowed))


def _return_slope(flow: Matrix, landed: _Landing) -> arb:
    """dP/dx: with V = D phi_T it is V_11 - (f_1/f_2) V_21, for the time changes so as to stay on y = 0."""
    total = _matrix_product(landed.further, flow)
    return total[0][0] - landed.speed[0] / landed.speed[1] * total[1][0]


def _approximate(field: _Field, x: arb, h: arb) -> tuple[arb, arb]:
    """(x, period) near the orbit, both exact numbers; nothing is claimed about them. ValueError if nothing returns."""
    duration = _ZERO
    for _ in range(5):
        state, duration, below = [x, _ZERO], _ZERO, False
        for _ in range(_MOST_STEPS):
            states = field.taylor([c.mid() for c in state], None, ORDER)[0]
            after = [_horner(c, h).mid() for c in states]
            if below and after[1] > 0:
                break
            below = below or bool(after[1] < 0)
            state, duration = after, (duration + h).mid()
        else:
            raise ValueError("no orbit returns to y = 0 with y' > 0")
        late = _ZERO
        for _ in range(12):
            slope = _horner([k * c for k, c in enumerate(states[1])][1:], late)
            late = (late - _horner(states[1], late) / slope).mid()
        x, duration = _horner(states[0], late).mid(), (duration + late).mid()
    return x, duration


def _spread(centre: Vector, flow: Matrix, offset: arb) -> Vector:
    """A box around centre + V (offset, 0)."""
    return [c + row[0] * offset for c, row in zip(centre, flow, strict=True)]


def _product(left: Vector, right: Vector, k: int, since: int = 0) -> arb:
    """Coefficient k of a product of series (without the terms below ``since`` of the left one)."""
    reverse = right[k - since :: -1] if k > since else right[:1]
    return sum(map(mul, left[since : k + 1], reverse), _ZERO)


def _horner(coefficients: Vector, t: arb) -> arb:
    total = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        total = total * t + c
    return total


def _dot(left: Sequence[arb], right: Sequence[arb]) -> arb:
    return sum(map(mul, left, right), _ZERO)


def _matrix_product(left: Matrix, right: Matrix) -> Matrix:
    columns = list(zip(*right, strict=True))
    return [[_dot(row, column) for column in columns] for row in left]


def _between(low: arb, high: arb) -> arb:
    """The ball [low, high] or a little more."""
    return arb((low + high) / 2, ((high - low) / 2).abs_upper())


def _exact(value: Fraction) -> arb:
    """A ball of a rational number, exact if it is dyadic."""
    return arb(value.numerator) / value.denominator


def _ends(ball: arb) -> tuple[Fraction, Fraction]:
    """Both ends of a ball, exactly."""
    middle, radius = (_fraction(x) for x in (ball.mid(), ball.rad()))
    return middle - radius, middle + radius


def _fraction(value: arb) -> Fraction:
    mantissa, exponent = value.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
