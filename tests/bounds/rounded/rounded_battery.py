"""Checks of the rounded engine that take the package as an argument, so that mutants meet the same as the original.

Every check returns "" or says what is false. All comparisons are exact: floats are taken as the rationals they are,
transcendental references are Arb balls at 200 bits, and only what is certainly outside counts as a violation.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from flint import arb, arb_mat

from saturode_verify.activation import Activation, Identity, Power, Sin, Tanh
from saturode_verify.bounds.affine import ball_layers
from saturode_verify.bounds.point import PointValues, evaluate, inner_bounds
from saturode_verify.bounds.quantities import NAMES, Quantities
from saturode_verify.bounds.rounded import adjoint, compound, engine, forms, forward, neurons, rotation, signs, spectral
from saturode_verify.kernels import kernel_for
from saturode_verify.network import Layer, Network
from saturode_verify.rigor import rounding
from saturode_verify.rigor.balls import ball, matrix, precision
from saturode_verify.rigor.spectral import spectral_norm_lower

BITS = 200
TINY = 2.0**-1074


@dataclass(frozen=True)
class Package:
    """The modules under test: the original ones, or those of a mutant."""

    rounding: Any
    neurons: Any
    forms: Any
    forward: Any
    adjoint: Any
    signs: Any
    rotation: Any
    spectral: Any
    compound: Any
    engine: Any


def original() -> Package:
    return Package(rounding, neurons, forms, forward, adjoint, signs, rotation, spectral, compound, engine)


def exact(values: np.ndarray | float) -> np.ndarray:
    """The floats as an object array of the Fractions that they are."""
    array = np.asarray(values, dtype=np.float64)
    return np.array([Fraction(v) for v in array.ravel().tolist()] + [None], dtype=object)[:-1].reshape(array.shape)


def exceeds(values: np.ndarray, bound: np.ndarray | float) -> bool:
    """Whether some exact value is above the float ``bound`` (infinity bounds everything)."""
    limit = np.broadcast_to(np.asarray(bound, dtype=np.float64), values.shape)
    finite = np.isfinite(limit)
    return bool((values[finite] > exact(limit[finite])).any())


# --- pieces of forward.py, in exact rational arithmetic ------------------------------------------------------------


def linear_cases(seed: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """(weight, bias, centre, half): ordinary, centre 0, bias dominant, cancelling sums, tiny, huge, exact zeros."""
    rng = np.random.default_rng(seed)
    for n in (1, 2, 3, 7, 40):
        weight, bias = rng.normal(size=(6, n)), rng.normal(size=6)
        middle, half = rng.normal(size=(5, n)), np.abs(rng.normal(size=(5, n)))
        yield weight, bias, middle, half
        yield weight, 0 * bias, 0 * middle, half
        yield weight, bias, 0.3 * middle, 0 * half
        yield weight, 0 * bias, middle, 1e-20 * half
        yield weight, bias, 1e-9 * middle, 1e-20 * half
        yield weight, -(weight @ middle[0]), middle[0] + np.zeros((5, n)), 0 * half
        alternating = np.concatenate((weight, -weight * (1 + 1e-12)), axis=1)
        yield alternating, 0 * bias, np.concatenate((middle, middle), axis=1), 0 * np.concatenate((half, half), axis=1)
        yield weight * 2.0**59, bias * 1e16, middle * 1e-310, half * 1e-310
        yield weight * 1e-310, bias * 0, middle, half
        # 1 absorbs every u that is added to it one after the other: an error of (n - 1) u, the worst there is.
        absorbed = np.full((5, n), 2.0**-53)
        absorbed[:, 0] = 1.0
        yield np.ones((6, n)), 0 * bias, absorbed, 0 * half


def check_times_magnitude(p: Package) -> str:
    """times_magnitude(rows) >= rows |W|^T."""
    for weight, bias, middle, half in linear_cases(1):
        layer = p.forms.RoundedLayer.of(weight, bias, None)
        for rows in (np.abs(middle), half):
            if exceeds(exact(rows) @ exact(np.abs(weight)).T, layer.times_magnitude(rows)):
                return "times_magnitude below the exact sum"
    return ""


def check_sum_upper(p: Package) -> str:
    rng = np.random.default_rng(2)
    for n in (1, 2, 5, 40, 300):
        values = np.abs(rng.normal(size=(30, n))) * 10.0 ** rng.integers(-3, 3, (30, n))
        if exceeds(exact(values).sum(axis=1), p.forms.sum_upper(values, 1)):
            return "sum_upper below the exact sum"
    return ""


def nasty_boxes(count: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (count, 2): ordinary, ulp-wide, denormal, straddling zero, up to 1.7e308, and of width 0."""
    rng = np.random.default_rng(seed)
    low = rng.normal(size=(count, 2)) * 10.0 ** rng.integers(-5, 5, (count, 2))
    width = np.abs(rng.normal(size=(count, 2))) * 10.0 ** rng.integers(-18, 3, (count, 2))
    high = low + width
    kind = rng.integers(0, 8, (count, 2))
    high = np.where(kind == 0, np.nextafter(low, np.inf), high)
    high = np.where(kind == 1, low, high)
    denormal = rng.integers(-1000, 1000, (2, count, 2)) * TINY
    low, high = np.where(kind == 2, denormal.min(axis=0), low), np.where(kind == 2, denormal.max(axis=0), high)
    large = 1.7e308 * rng.uniform(-1, 1, (2, count, 2))
    low, high = np.where(kind == 3, large.min(axis=0), low), np.where(kind == 3, large.max(axis=0), high)
    low, high = np.where(kind == 4, -1.7976931348623157e308, low), np.where(kind == 4, 1.7976931348623157e308, high)
    return low, high


def check_centres(p: Package, count: int = 1500) -> str:
    low, high = nasty_boxes(count)
    with np.errstate(over="ignore"):
        middle, half = p.forms.centres(low, high)
    if not ((low <= middle) & (middle <= high)).all():
        return "a centre outside its box"
    m = exact(middle)
    if exceeds(m - exact(low), half) or exceeds(exact(high) - m, half):
        return "m + h [-1, 1] does not cover the box"
    return ""


def check_first_layer(p: Package) -> str:
    """|W m + b - A_0| + sum_i |W_i h_i - A_i| <= R = round-off."""
    for weight, bias, middle, half in linear_cases(4):
        form = p.forms.first_layer(p.forms.RoundedLayer.of(weight, bias, None), middle, half)
        w, rows = exact(weight), exact(form.rows)
        centre = abs(exact(middle) @ w.T + exact(bias) - rows[:, 0])
        spread = abs(exact(half)[:, :, None] * w.T - rows[:, 1:]).sum(axis=1)
        if exceeds(centre + spread, form.radius):
            return "first layer: rounding above the radius"
        if exceeds(exact(form.radius), np.asarray(form.round_off)[:, None]):
            return "first layer: radius above round_off"
    return ""


def middle_layers(seed: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """(rows, radius, weight, bias) for layers in the middle of a network."""
    rng = np.random.default_rng(seed)
    for weight, bias, middle, half in linear_cases(seed):
        n = weight.shape[1]
        rows = np.stack((middle, half, -half * rng.uniform(size=half.shape)), axis=1)
        yield rows, np.zeros((5, n)), weight, bias
        yield rows, np.abs(rng.normal(size=(5, n))), weight, bias
        yield 0 * rows, np.abs(rng.normal(size=(5, n))), weight, 0 * bias


def check_affine_layer(p: Package) -> str:
    """Rounding of all rows <= R' - |W| R, and <= round_off."""
    for rows, radius, weight, bias in middle_layers(5):
        form = p.forms.AffineForm(rows, radius, radius.max(axis=1))
        made = p.forms._affine_layer(form, p.forms.RoundedLayer.of(weight, bias, None))
        w = exact(weight)
        wanted = exact(rows) @ w.T
        wanted[:, 0] += exact(bias)
        error = abs(wanted - exact(made.rows)).sum(axis=1)
        if exceeds(error + exact(radius) @ abs(w).T, made.radius):
            return "affine layer: radius too small"
        if exceeds(error, np.asarray(made.round_off)[:, None]):
            return "affine layer: round_off too small"
    return ""


def check_interval_layer(p: Package) -> str:
    """The exact interval of W z + b lies inside."""
    rng = np.random.default_rng(6)
    for weight, bias, middle, half in linear_cases(6):
        for low, high in (
            (middle, middle),
            (middle, np.nextafter(middle, np.inf)),
            (middle - half, middle + half),
            (-half, half),
            (middle, middle + half * rng.uniform(size=half.shape) * 1e-15),
        ):
            image = p.forms._interval_layer((low, high), p.forms.RoundedLayer.of(weight, bias, None))
            w, bottom, top = exact(weight), exact(low), exact(high)
            positive, negative = np.maximum(w, Fraction(0)).T, np.minimum(w, Fraction(0)).T
            if exceeds(top @ positive + bottom @ negative + exact(bias), image[1]):
                return "interval layer: upper end too small"
            if exceeds(-(bottom @ positive + top @ negative + exact(bias)), -image[0]):
                return "interval layer: lower end too large"
    return ""


def check_range(p: Package) -> str:
    """A_0 +- (sum |A_i| + R) lies in the range."""
    rng = np.random.default_rng(7)
    for _ in range(40):
        rows, radius = rng.normal(size=(4, 4, 5)), np.abs(rng.normal(size=(4, 5)))
        for centre, spread, rest in ((1, 1, 0), (1, 0, 1), (1e12, 1, 1), (1, 1e-16, 1e-17), (0, 1, 1), (1, 1e-320, 0)):
            scaled = np.concatenate((rows[:, :1] * centre, rows[:, 1:] * spread), axis=1)
            form = p.forms.AffineForm(scaled, radius * rest, radius.max(axis=1))
            low, high = form.range()
            a = exact(scaled)
            reach = abs(a[:, 1:]).sum(axis=1) + exact(radius * rest)
            if exceeds(a[:, 0] + reach, high) or exceeds(reach - a[:, 0], -low):
                return "AffineForm.range too narrow"
    return ""


def covers(p: Package, seed: int) -> Iterator[tuple[Any, Any]]:
    """(AffineCover, AffineForm) pairs: ordinary, cancelling offsets, no own radius, no slope."""
    rng = np.random.default_rng(seed)
    for rows, radius, *_ in middle_layers(seed):
        shape = radius.shape
        slope = rng.normal(size=shape)
        form = p.forms.AffineForm(rows, radius, radius.max(axis=1))
        for offset in (rng.normal(size=shape), -slope * rows[:, 0], 1e5 * rng.normal(size=shape), 0 * slope):
            for own in (np.zeros(shape), np.abs(rng.normal(size=shape))):
                yield p.neurons.AffineCover(slope, offset, own), form


def check_slopes(p: Package) -> str:
    """Rounding in p and lin <= rho - own radius; lambda and omega as defined."""
    for cover, form in itertools.islice(covers(p, 8), 0, None, 5):
        found = p.forward.Slopes.of(cover, form)
        a, alpha = exact(form.rows), exact(cover.slope)
        error = abs(alpha * a[:, 0] + exact(cover.offset) - exact(found.centre))
        error = error + abs(alpha[:, None] * a[:, 1:] - exact(found.linear)).sum(axis=1)
        if exceeds(error + exact(cover.radius), found.radius):
            return "Slopes.radius too small"
        if exceeds(abs(exact(found.linear)).sum(axis=1), found.size):
            return "Slopes.size too small"
        if exceeds(abs(alpha) * exact(form.radius) + exact(found.radius), found.doubt):
            return "Slopes.doubt too small"
    return ""


class StubNeurons:
    """Covers without a kernel."""

    def __init__(self, value: Any, slope: Any) -> None:
        self._covers = (value, slope)

    def cover(self, order: int, constant: Any) -> Any:
        assert constant is None
        return self._covers[order]


def check_hidden(p: Package) -> str:
    """The form of s(a), and the bounds ``noise`` of p S + N and ``loss`` of the rounding in the next F and T."""
    rng = np.random.default_rng(9)
    for cover, form in itertools.islice(covers(p, 10), 0, None, 23):
        boxes, n = form.radius.shape
        d = 2
        centre, tangent = rng.normal(size=(boxes, d, n)), rng.normal(size=(boxes, d, 2, n))
        for t_scale, second_scale in ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (1e-9, 10.0)):
            t, second = tangent * t_scale, second_scale * np.abs(rng.normal(size=(boxes, d, n)))
            y = p.forward.Jacobian(centre, t, p.forms.sum_upper(np.abs(t), 2), second)
            found = _hidden_error(p, cover, form, y)
            if found:
                return found
    return ""


def _hidden_error(p: Package, cover: Any, form: Any, y: Any) -> str:
    part, moved = p.forward._hidden(StubNeurons(cover, cover), form, y)
    value = p.forms.Activated.of(cover, form)
    activated = value.form
    a, slope, own = exact(form.rows), exact(cover.slope), exact(cover.radius)
    wanted = slope[:, None] * a
    wanted[:, 0] += exact(cover.offset)
    error = abs(wanted - exact(activated.rows)).sum(axis=1)
    if exceeds(error + own, value.radius):
        return "value_radius too small"
    if exceeds(abs(slope) * exact(form.radius) + exact(value.radius), activated.radius):
        return "radius of s(a) too small"
    slopes = part.slopes
    f, t, second = exact(y.centre), exact(y.tangent), exact(y.second)
    c, lin = exact(slopes.centre)[:, None], exact(slopes.linear)
    size, doubt = exact(slopes.size)[:, None], exact(slopes.doubt)[:, None]
    t_size = abs(t).sum(axis=2)
    if exceeds(doubt * (abs(f) + t_size) + size * t_size + (size + doubt + abs(c)) * second, part.noise):
        return "noise too small"
    # Through one further layer with cancelling weights: rounding of both products, entry by entry.
    rng = np.random.default_rng(11)
    n = f.shape[2]
    weight = rng.normal(size=(3, n))
    weight[0] = np.where(np.arange(n) % 2 == 0, 1.0, -1.0) * rng.uniform(1, 1 + 1e-9, n)
    layer, w = p.forms.RoundedLayer.of(weight, np.zeros(3), None), exact(weight)
    off = abs((c * f) @ w.T - exact(layer.times(slopes.centre[:, None] * y.centre)))
    exact_moved = lin[:, None] * f[:, :, None] + c[:, None] * t
    off = off + abs(exact_moved @ w.T - exact(layer.times(moved))).sum(axis=2)
    if exceeds(off - exact(part.loss) @ abs(w).T, 2.0**-900):
        return "loss too small"
    return ""


# --- neurons.py, with adversarial values inside their stated errors ------------------------------------------------


def _cubic(coefficients: Sequence[Fraction], order: int, a: Fraction) -> Fraction:
    total = Fraction(0)
    for power, c in enumerate(coefficients):
        factor = 1
        for k in range(order):
            factor *= power - k
        if power >= order:
            total += c * factor * a ** (power - order)
    return total


def _outward(value: Fraction, direction: float) -> float:
    near = float(value)
    if (direction > 0 and Fraction(near) < value) or (direction < 0 and Fraction(near) > value):
        return float(np.nextafter(near, direction))
    return near


def check_covers(p: Package, count: int = 300) -> str:
    """Cubics on [l, u], whose values are off by just the stated error: |g(a) - alpha a - beta| <= rho all the same.

    On [l, u] inside (0, inf) with coefficients of one sign, and at the sign-changing ones' endpoints, images are exact.
    """
    rng = np.random.default_rng(12)
    for trial in range(count):
        error = float(rng.choice([0.0, 0.0, 1e-3, 1e-14]))
        kind = trial % 5
        coefficients = [
            Fraction(float(v)) for v in np.abs(rng.normal(size=4)) * ([1, 1, 0, 0] if kind == 0 else [1] * 4)
        ]
        if kind == 1:
            coefficients = [10**6 * coefficients[0], coefficients[1], coefficients[2] / 100, Fraction(0)]
        sign = -1 if trial % 2 else 1
        coefficients = [sign * c for c in coefficients]
        if kind in (2, 3) and trial % 3:
            coefficients[0] = -coefficients[0]
        low = float(abs(rng.normal()) + 0.01) * float(10.0 ** rng.integers(-2, 3))
        width = float(rng.choice([0.0, 2e-16, 1e-12, 1e-5, 0.3, 5.0]))
        high = low * (1 + width)
        found = _cover_error(p, coefficients, low, high, error, rng)
        if found:
            return f"{found}, kind {kind}, width {width}, error {error}"
    return ""


def _cover_error(
    p: Package, coefficients: list[Fraction], low: float, high: float, error: float, rng: np.random.Generator
) -> str:
    middle = min(max(0.5 * low + 0.5 * high, low), high)

    def reported(a: float) -> list[tuple[np.ndarray, np.ndarray]]:
        parts = []
        for order in range(4):
            true = _cubic(coefficients, order, Fraction(a))
            value = float(true + Fraction(error) * int(rng.choice([-1, 1])))
            stated = _outward(abs(Fraction(value) - true), np.inf)
            parts.append((np.array([[value]]), np.array([[stated]])))
        return parts

    images = []
    for order in range(4):
        ends = [_cubic(coefficients, order, Fraction(a)) for a in (low, high)]
        images.append((np.array([[_outward(min(ends), -np.inf)]]), np.array([[_outward(max(ends), np.inf)]])))
    arrays = [np.array([[v]]) for v in (low, high, middle)]
    layer = p.neurons.LayerNeurons(*arrays, reported(low), reported(high), reported(middle), images)
    points = [Fraction(low), Fraction(high), Fraction(middle)]
    points += [points[0] + (points[1] - points[0]) * Fraction(k, 16) for k in (1, 4, 5, 8, 11, 15)]
    for order in (0, 1):
        candidates = {
            "best": layer.cover(order, None),
            "taylor": layer._taylor(order),
            "rising": layer._monotone(order, images[order + 1][0]),
            "falling": layer._monotone(order, images[order + 1][1]),
            "constant": layer._constant(order),
        }
        for name, cover in candidates.items():
            slope, offset, radius = (exact(v)[0, 0] for v in (cover.slope, cover.offset, cover.radius))
            if any(abs(_cubic(coefficients, order, a) - slope * a - offset) > radius for a in points):
                return f"the {name} cover of order {order} is false"
    return ""


# --- spectral.py and compound.py ------------------------------------------------------------------------------------


def rationals(values: np.ndarray) -> arb_mat:
    """Object array of dyadic Fractions as an exact ball matrix."""
    return arb_mat(values.shape[0], values.shape[1], [ball(v) for v in values.ravel().tolist()])


def series_of(p: Package, centre: np.ndarray, tangent: np.ndarray, **parts: Any) -> Any:
    """A JacobianSeries with empty defaults."""
    count, d = centre.shape[:2]
    symbols = parts.get("symbols", np.zeros((count, 0, d, d)))
    slack = parts.get("slack", np.zeros((count, d, d)))
    rank_one = [p.adjoint.RankOne(*term) for term in parts.get("rank_one", [])]
    matrices = np.concatenate((centre[:, None], tangent, symbols), axis=1)
    return p.adjoint.JacobianSeries(matrices, rank_one, slack, np.ones(count, dtype=bool))


def member(series: Any, box: int, rng: np.random.Generator) -> np.ndarray:
    """An exact extreme matrix (input, output) of the set, signs at random."""
    made = exact(series.centre[box])
    d = len(made)

    def sign(*shape: int) -> np.ndarray:
        return np.array([int(v) for v in rng.choice([-1, 1], size=int(np.prod(shape)))], dtype=object).reshape(shape)

    for matrices in (series.tangent[box], series.symbols[box]):
        if len(matrices):
            made = made + (sign(len(matrices), 1, 1) * exact(matrices)).sum(axis=0)
    for term in series.rank_one:
        left, right, weight = (
            exact(term.left[min(box, len(term.left) - 1)]),
            exact(term.right[box]),
            exact(term.weight[box]),
        )
        made = made + (right * (weight * sign(len(weight)))) @ left.T
    return made + sign(d, d) * exact(series.slack[box])


def set_error(found: Any, box: int, transposed: np.ndarray, sums: tuple[np.ndarray, np.ndarray] | None = None) -> str:
    """Whether the bounds of ``found`` are below those of an exact matrix (input, output) of the set."""
    jacobian = rationals(transposed.T)
    trace = ball(sum(transposed.diagonal().tolist(), Fraction(0)))
    lower = _inner_of(jacobian)
    for name in NAMES:
        inner = {"divergence_high": trace, "divergence_low": -trace}.get(name, getattr(lower, name))
        if inner > arb(float(getattr(found, name)[box])):
            return f"{name} {float(getattr(found, name)[box])!r} is below {inner.str(20)}"
    if sums is None:
        return ""
    return sums_error(jacobian, float(sums[0][box]), float(sums[1][box]))


def _inner_of(jacobian: arb_mat) -> Quantities:
    inner = inner_bounds(PointValues(jacobian, [], [], True))
    assert inner is not None
    return inner


def sums_error(jacobian: arb_mat, high: float, low: float) -> str:
    """Ky Fan: tr(P S) over 2-planes P lies between both sums; the planes of the float eigenvectors, orthonormalised."""
    d = jacobian.nrows()
    symmetric = (jacobian + jacobian.transpose()) / 2
    floats = np.array([[float(v.mid()) for v in row] for row in symmetric.tolist()])
    scale = np.abs(floats).max()
    vectors = np.linalg.eigh(floats / scale if scale > 0 else floats)[1]
    for pair, bound, sign in (((d - 1, d - 2), high, 1), ((0, 1), low, -1)):
        v = matrix(np.ascontiguousarray(vectors[:, list(pair)]))
        gram, form = v.transpose() * v, v.transpose() * symmetric * v
        value = (gram.inv() * form).trace() * sign
        if value > arb(bound):
            return f"a sum of two eigenvalues is {value.str(20)}, the bound {bound!r}"
    return ""


Term = tuple[np.ndarray, np.ndarray, np.ndarray]


def spectral_cases(p: Package) -> Iterator[Any]:
    """Series that isolate each kind of term, d = 1..6."""
    rng = np.random.default_rng(13)
    for d in (1, 2, 3, 4, 6):
        count = 6
        centre, zero = rng.normal(size=(count, d, d)), np.zeros((count, d, d))
        none = np.zeros((count, d, d, d))
        tangent = rng.normal(size=(count, d, d, d))
        term: Term = (rng.normal(size=(1, d, 5)), rng.normal(size=(count, d, 5)), np.abs(rng.normal(size=(count, 5))))
        ones: Term = (np.ones((1, d, 1)), np.ones((count, d, 1)), np.ones((count, 1)))
        yield series_of(p, centre, none)
        yield series_of(p, centre + centre.swapaxes(1, 2), none)
        yield series_of(p, np.broadcast_to(np.eye(d), zero.shape) * 3.0, none)
        yield series_of(p, zero, tangent)
        yield series_of(p, centre, 1e-3 * tangent)
        yield series_of(p, centre, none, symbols=0.1 * rng.normal(size=(count, 3, d, d)))
        yield series_of(p, zero, none, rank_one=[term])
        yield series_of(p, zero, none, rank_one=[ones])
        yield series_of(p, centre, none, rank_one=[term, ones])
        yield series_of(p, zero, none, slack=np.abs(centre))
        yield series_of(p, centre, none, slack=np.ones((count, d, d)))
        yield series_of(p, -5 * np.broadcast_to(np.eye(d), zero.shape), none, slack=0.01 * np.abs(centre))
        yield series_of(p, 1e-170 * centre, none)


def check_spectral(p: Package) -> str:
    rng = np.random.default_rng(14)
    with precision(BITS), np.errstate(all="ignore"):
        for series in spectral_cases(p):
            d = series.centre.shape[1]
            found = p.spectral.spectral_bounds(series)
            sums = p.compound.two_sums(series) if d >= 3 else None
            for box in range(len(series.centre)):
                for _ in range(3):
                    error = set_error(found, box, member(series, box, rng), sums)
                    if error:
                        return f"d = {d}: {error}"
    return ""


def check_targets(p: Package) -> str:
    """With targets of every kind the bounds stay above the members, and are never above those without targets."""
    rng = np.random.default_rng(33)
    with precision(BITS), np.errstate(all="ignore"):
        for d in (1, 2, 3, 5, 6):
            centre, count = rng.normal(size=(3, d, d)) + 2 * np.eye(d), 3
            tangent = 0.3 * rng.normal(size=(count, d, d, d))
            for size in (1.0, 1e-9):
                small = size * np.abs(rng.normal(size=(count, d, d)))
                series = series_of(p, centre, size * tangent, symbols=0.1 * small[:, None], slack=0.01 * small)
                plain = p.spectral.spectral_bounds(series)
                usual = np.stack([getattr(plain, name) for name in NAMES])
                kinds = [np.full(5, v) for v in (1e300, 1e-300, np.nan, np.inf, -np.inf, -1e300)]
                kinds += [usual[:, 0] * 0.97, usual[:, 1] * 1.01, np.where(np.arange(5) == 3, np.nan, usual[:, 2])]
                for targets in kinds:
                    found = p.spectral.spectral_bounds(series, targets)
                    if not all((getattr(found, n) <= u).all() for n, u in zip(NAMES, usual, strict=True)):
                        return f"targets {targets.tolist()} raise a bound"
                    for box in range(count):
                        error = set_error(found, box, member(series, box, rng))
                        if error:
                            return f"targets {targets.tolist()}, d = {d}: {error}"
    return ""


def check_uninformative(p: Package) -> str:
    """Boxes with NaN, infinity or too large an entry, or declared so, get infinities; the others keep their bounds."""
    rng = np.random.default_rng(34)
    for bad in (np.nan, np.inf, -2 * p.adjoint.LARGEST, 1e200, None):
        for field in ("centre", "tangent", "symbols", "slack"):
            arrays = {
                "centre": rng.normal(size=(3, 3, 3)),
                "tangent": rng.normal(size=(3, 3, 3, 3)),
                "symbols": rng.normal(size=(3, 2, 3, 3)),
                "slack": np.abs(rng.normal(size=(3, 3, 3))),
            }
            if bad is not None:
                arrays[field][1].flat[4] = abs(bad) if field == "slack" else bad
            series = series_of(p, arrays.pop("centre"), arrays.pop("tangent"), **arrays)
            silent = [1] if bad is None else [0, 1]
            series.informative[silent[0]] = False
            others = [box for box in range(3) if box not in silent]
            with np.errstate(all="ignore"):
                found = p.spectral.spectral_bounds(series)
                values = [*(getattr(found, name) for name in NAMES), *p.compound.two_sums(series)]
            if any((v[silent] != np.inf).any() or not np.isfinite(v[others]).all() for v in values):
                return f"{bad} in {field} is not silenced"
    return ""


def check_stretched_proposals(p: Package) -> str:
    """Proposals that are off by 1e-5: shrunk bases make all rotated matrices too small, stretched ones too large."""
    rng = np.random.default_rng(15)
    honest_svd, honest_eigen = p.spectral.singular_vectors, p.spectral.eigenvectors
    try:
        for factor in (1 - 1e-5, 1 + 1e-5):

            def svd(centre: np.ndarray, factor: float = factor) -> tuple[np.ndarray, np.ndarray]:
                left, right = honest_svd(centre)
                return factor * left, factor * right

            def eigen(symmetric: np.ndarray, factor: float = factor) -> np.ndarray:
                return factor * honest_eigen(symmetric)

            p.spectral.singular_vectors = svd
            p.spectral.eigenvectors = p.compound.eigenvectors = eigen
            with precision(BITS), np.errstate(all="ignore"):
                for d in (1, 2, 3, 5):
                    centre = rng.normal(size=(4, d, d))
                    eye = np.broadcast_to(np.eye(d), centre.shape)
                    for matrices in (centre, centre + centre.swapaxes(1, 2), 3 * eye, -3 * eye):
                        series = series_of(p, matrices, np.zeros((4, d, d, d)))
                        found = p.spectral.spectral_bounds(series)
                        sums = p.compound.two_sums(series) if d >= 3 else None
                        for box in range(4):
                            error = set_error(found, box, exact(matrices[box]), sums)
                            if error:
                                return f"stretched by {factor}: {error}"
    finally:
        p.spectral.singular_vectors = honest_svd
        p.spectral.eigenvectors = p.compound.eigenvectors = honest_eigen
    return ""


def check_stretched_remainders(p: Package) -> str:
    """Shrunk bases where all of the matrix is in R: the factor must be charged for R too."""
    rng = np.random.default_rng(36)
    honest = p.compound.eigenvectors
    try:
        p.compound.eigenvectors = lambda c: (1 - 1e-5) * honest(c)
        with precision(BITS), np.errstate(all="ignore"):
            for d in (3, 4, 5):
                ones: Term = (np.ones((1, d, 1)), np.ones((3, d, 1)), np.ones((3, 1)))
                zero, none = np.zeros((3, d, d)), np.zeros((3, d, d, d))
                eye = np.broadcast_to(np.eye(d), zero.shape)
                for series in (
                    series_of(p, zero, none, symbols=eye[:, None]),
                    series_of(p, zero, none, rank_one=[ones]),
                ):
                    sums = p.compound.two_sums(series)
                    for box in range(3):
                        for _ in range(6):
                            x = rationals(member(series, box, rng).T)
                            error = sums_error(x, float(sums[0][box]), float(sums[1][box]))
                            if error:
                                return f"shrunk: {error}"
    finally:
        p.compound.eigenvectors = honest
    return ""


def check_garbage_proposals(p: Package) -> str:
    """Proposals that are no rotations at all: bounds may become useless, not false."""
    rng = np.random.default_rng(28)
    honest_svd, honest_eigen = p.spectral.singular_vectors, p.spectral.eigenvectors
    kinds: list[Callable[[int, int], np.ndarray]] = [
        lambda n, d: np.zeros((n, d, d)),
        lambda n, d: np.full((n, d, d), np.nan),
        lambda n, d: rng.normal(size=(n, d, d)),
        lambda n, d: 1e200 * rng.normal(size=(n, d, d)),
        lambda n, d: np.broadcast_to(np.ones((d, d)), (n, d, d)),
        lambda n, d: np.linalg.qr(rng.normal(size=(n, d, d)))[0],
        lambda n, d: np.linalg.qr(rng.normal(size=(n, d, d)))[0] * (1 - 2e-3),
        lambda n, d: np.linalg.qr(rng.normal(size=(n, d, d)))[0] + 1e-4 * rng.normal(size=(n, d, d)),
    ]
    try:
        for make in kinds:
            p.spectral.singular_vectors = lambda c, make=make: (make(*c.shape[:2]), make(*c.shape[:2]))
            p.spectral.eigenvectors = p.compound.eigenvectors = lambda c, make=make: make(*c.shape[:2])
            with precision(BITS), np.errstate(all="ignore"):
                for d in (1, 2, 3, 5):
                    centre = rng.normal(size=(5, d, d))
                    centre[0] = np.diag(rng.normal(size=d))
                    for series in (
                        series_of(p, centre, 0.1 * rng.normal(size=(5, d, d, d))),
                        series_of(p, centre - 10 * np.eye(d), np.zeros((5, d, d, d))),
                    ):
                        found = p.spectral.spectral_bounds(series)
                        sums = p.compound.two_sums(series) if d >= 3 else None
                        for box in range(5):
                            error = set_error(found, box, member(series, box, rng), sums)
                            if error:
                                return f"garbage: {error}"
    finally:
        p.spectral.singular_vectors = honest_svd
        p.spectral.eigenvectors = p.compound.eigenvectors = honest_eigen
    return ""


def rotated(p: Package, series: Any, left: np.ndarray, right: np.ndarray, symmetric: bool) -> Any:
    loss = p.rotation.rounding_loss(series)
    if symmetric:
        return p.rotation.rotate_symmetric(series, loss, left)
    return p.rotation.rotate(series, loss, left, right)


def check_rotate(p: Package) -> str:
    """V^T X U, or its symmetric part, lies in C' + sum t_j T_j' +- R for exact members X (no slack in it)."""
    rng = np.random.default_rng(16)
    for d in (1, 2, 3, 5):
        for trial in range(12):
            basis = np.linalg.qr(rng.normal(size=(2, 2, d, d)))[0]
            left, right = basis[0], basis[1]
            none, zero = np.zeros((2, d, d, d)), np.zeros((2, d, d))
            # Matrices that the rotation makes diagonal (so that its other entries cancel), or rank-one terms alone.
            diagonal = left @ (np.eye(d) * rng.normal(size=(2, d, 1))) @ right.swapaxes(1, 2)
            symmetric = bool(trial % 2)
            if symmetric:
                right = left
                diagonal = left @ (np.eye(d) * rng.normal(size=(2, d, 1))) @ left.swapaxes(1, 2)
            term: Term = (right[:, :, :1] * 1.0, left[:, :, -1:] * 1.0, np.ones((2, 1)))
            many: Term = (rng.normal(size=(1, d, 7)), rng.normal(size=(2, d, 7)), np.abs(rng.normal(size=(2, 7))))
            for series in (
                series_of(p, diagonal, none),
                series_of(p, zero, none, symbols=diagonal[:, None]),
                series_of(p, diagonal, none, symbols=rng.normal(size=(2, 4, d, d))),
                series_of(p, zero, none, rank_one=[term]),
                series_of(p, zero, none, rank_one=[many]),
            ):
                if _rotation_error(p, series, left, right, symmetric, rng):
                    return "rotate: R too small"
    return ""


def check_rotate_tangents(p: Package) -> str:
    """At exact t, the rotated member is within R of C' + sum t_j T_j': the T_j' keep their signs and their order.

    All kinds of terms by themselves and together; for `rotate_symmetric` the members are not symmetric.
    """
    rng = np.random.default_rng(32)
    for d in (1, 2, 3, 4, 6):
        count = 2
        zero, none = np.zeros((count, d, d)), np.zeros((count, d, d, d))
        tangent = rng.normal(size=none.shape)
        many: Term = (rng.normal(size=(1, d, 5)), rng.normal(size=(count, d, 5)), np.abs(rng.normal(size=(count, 5))))
        # R = max over the signs for one symbol with one sign pattern, one term: attained by a member.
        single: Term = (rng.normal(size=(1, d, 1)), rng.normal(size=(count, d, 1)), np.ones((count, 1)))
        bases = np.linalg.qr(rng.normal(size=(2, count, d, d)))[0]
        units = np.broadcast_to(np.eye(d), (2, count, d, d))
        for left, right in (bases, units, bases * (1 + 1e-4)):
            for series in (
                series_of(p, rng.normal(size=zero.shape), none),
                series_of(p, zero, tangent),
                series_of(p, zero, none, symbols=rng.normal(size=(count, 1, d, d))),
                series_of(p, zero, none, rank_one=[single]),
                series_of(p, rng.normal(size=zero.shape), tangent, symbols=tangent[:, :1], rank_one=[many, single]),
            ):
                for symmetric in (False, True):
                    if _tangents_error(p, series, left, right, symmetric, rng):
                        return f"{'rotate_symmetric' if symmetric else 'rotate'}: a member is outside, d = {d}"
    return ""


def _tangents_error(
    p: Package, series: Any, left: np.ndarray, right: np.ndarray, symmetric: bool, rng: np.random.Generator
) -> bool:
    turned = rotated(p, series, left, right, symmetric)
    other = left if symmetric else right
    if symmetric and not (turned.rest == turned.rest.swapaxes(1, 2)).all():
        return True
    still = series_of(
        p,
        series.centre,
        0 * series.tangent,
        symbols=series.symbols,
        rank_one=[(r.left, r.right, r.weight) for r in series.rank_one],
    )
    d = series.centre.shape[1]
    for box in range(len(series.centre)):
        for _ in range(2):
            t = np.array([Fraction(int(v), 8) for v in rng.integers(-8, 9, d)] + [None], dtype=object)[:-1]
            x = member(still, box, rng) + (t[:, None, None] * exact(series.tangent[box])).sum(axis=0)
            made = exact(left[box]).T @ x @ exact(other[box])
            made = (made + made.T) / 2 if symmetric else made
            signed = exact(turned.signed[box])
            if exceeds(abs(made - signed[0] - (t[:, None, None] * signed[1:]).sum(axis=0)), turned.rest[box]):
                return True
    return False


def check_many_symbols(p: Package) -> str:
    """1 absorbs every u that is added to it one after the other: the sum of 2000 symbols is off by 1999 u."""
    symbols = np.broadcast_to(np.eye(2) * 2.0**-53, (1, 2000, 2, 2)).copy()
    symbols[:, 0] = np.eye(2)
    series = series_of(p, np.zeros((1, 2, 2)), np.zeros((1, 2, 2, 2)), symbols=symbols)
    basis = np.eye(2)[None]
    truth = exact(symbols[0]).sum(axis=0)
    for turned in (rotated(p, series, basis, basis, symmetric) for symmetric in (False, True)):
        if exceeds(truth, turned.rest[0]):
            return "rotate: the sum of many symbols is above R"
    return ""


def _rotation_error(
    p: Package, series: Any, left: np.ndarray, right: np.ndarray, symmetric: bool, rng: np.random.Generator
) -> bool:
    turned = rotated(p, series, left, right, symmetric)
    for box in range(2):
        for _ in range(3):
            x = member(series, box, rng)
            made = exact(left[box]).T @ x @ exact(right[box])
            if symmetric:
                made = (made + made.T) / 2
            # The tangents are all zero in these cases, so no t enters.
            if exceeds(abs(made - exact(turned.signed[box, 0])), turned.rest[box]):
                return True
    return False


def check_patterns(p: Package) -> str:
    """Every C + sum +-T_j is within R of the M_s with its signs, also when only two directions are enumerated."""
    rng = np.random.default_rng(17)
    for d, enumerated in ((1, 4), (2, 4), (3, 4), (4, 2), (4, 4), (5, 4)):
        signed = rng.normal(size=(3, 1 + d, d, d)) * 10.0 ** rng.integers(-3, 3, (3, 1 + d, 1, 1))
        # In the last box T_j has row j only, and grows with j.
        signed[2, 1:] = np.eye(d)[:, :, None] * (1.0 + np.arange(d))[:, None, None]
        seen: list[tuple[np.ndarray, np.ndarray]] = []

        def remember(matrices: np.ndarray, rest: np.ndarray, seen: list[Any] = seen) -> np.ndarray:
            seen.append((matrices, rest[:, 0]))
            return np.zeros(matrices.shape[:2])

        p.signs.SignSearch(p.signs.Rotated(signed, np.zeros((3, d, d))), remember, enumerated)
        matrices, rest = seen[0]
        for box in range(3):
            found = exact(matrices[box])
            for pattern in itertools.product((-1, 1), repeat=d):
                made = exact(signed[box, 0]) + (
                    np.array(pattern, dtype=object)[:, None, None] * exact(signed[box, 1:])
                ).sum(0)
                limit = exact(rest[box])
                if not any((abs(made - m) <= limit).all() for m in found):
                    return "patterns: a sign pattern is not covered"
    return ""


FORMS = np.array(
    [
        *np.eye(4, dtype=int).tolist(),
        [1, 1, 1, 1],
        [1, -1, 1, -1],
        [1, 1, -1, -1],
        [1, -1, -1, 1],
    ],
    dtype=object,
)
"""Linear forms of the four entries of a 2 x 2 matrix: single entries, and sums, for which signs matter."""


def largest_form(level: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """The convex function max_k |F_k . M| - level, bounded exactly but for one rounding upward of the result."""

    def bound(matrices: np.ndarray, rest: np.ndarray) -> np.ndarray:
        flat, reach = (exact(v).reshape(*v.shape[:2], 4) for v in (matrices, rest))
        values = (abs(flat @ FORMS.T) + reach @ abs(FORMS).T).max(axis=2) - Fraction(level)
        return np.vectorize(lambda v: _outward(v, np.inf), otypes=[float])(values)

    return bound


def sign_forms(p: Package) -> Iterator[tuple[Any, float]]:
    """(form, level): 1 to 8 directions; R zero, small, dominant; cancelling sums; directions of sizes far apart."""
    rng = np.random.default_rng(29)
    for directions in (1, 2, 4, 5, 8):
        shape = (2, 1 + directions, 2, 2)
        signed, zero, some = rng.normal(size=shape), np.zeros((2, 2, 2)), np.abs(rng.normal(size=(2, 2, 2)))
        yield p.signs.Rotated(signed, zero), 0.0
        yield p.signs.Rotated(signed, some), 0.0
        yield p.signs.Rotated(signed * 10.0 ** rng.integers(-9, 4, (2, 1 + directions, 1, 1)), 1e-3 * some), 0.0
        cancelling = signed.copy()
        # At one vertex (all of its T_j enumerated or not) nothing but the rounding of the sums is left.
        cancelling[:, 1:] = np.abs(cancelling[:, 1:])
        cancelling[:, 0] = -cancelling[:, 1:].sum(axis=1)
        yield p.signs.Rotated(cancelling, zero), 0.0
        quiet = signed.copy()
        quiet[:, 2:] = 0.0
        yield p.signs.Rotated(quiet, some), 0.0
        # R = 1, and every other number is lost in a sum with it.
        yield p.signs.Rotated(np.abs(signed) * 2.0**-56, zero + 1.0), 4.0
        yield p.signs.Rotated(0.0 * signed, some), 0.0


def vertex_maxima(form: Any, level: float, rng: np.random.Generator) -> list[Fraction]:
    """Per box, the exact maximum of max_k |F_k . M| - level over |Delta| <= R, all vertices and some inner points."""
    directions = form.signed.shape[1] - 1
    corners = [[Fraction(s) for s in pattern] for pattern in itertools.product((-1, 1), repeat=directions)]
    inner = [[Fraction(int(v), 16) for v in rng.integers(-16, 17, directions)] for _ in range(4)]
    places = np.array(corners + inner, dtype=object)
    made = []
    for signed, rest in zip(form.signed, form.rest, strict=True):
        flat = exact(signed).reshape(1 + directions, -1)
        forms = abs((flat[0] + places @ flat[1:]) @ FORMS.T) + exact(rest).reshape(-1) @ abs(FORMS).T
        made.append(forms.max() - Fraction(level))
    return made


def check_sign_search(p: Package) -> str:
    """`values` are not below the exact maximum over t, however many directions are enumerated."""
    rng = np.random.default_rng(30)
    for form, level in sign_forms(p):
        truth = np.array(vertex_maxima(form, level, rng), dtype=object)
        for step in (1, 2, 4):
            if exceeds(truth, p.signs.SignSearch(form, largest_form(level), step).values()):
                return f"SignSearch({form.signed.shape[1] - 1} directions, step {step}) is too small"
    return ""


def check_refine(p: Package) -> str:
    """Refined values: not below the truth, not above the others; sharp when all is refined; other boxes unchanged."""
    rng = np.random.default_rng(31)
    for form, level in sign_forms(p):
        truth = np.array(vertex_maxima(form, level, rng), dtype=object)
        floats = truth.astype(float)
        size = np.abs(form.signed).sum(axis=(1, 2, 3)) + form.rest.max(axis=(1, 2))
        # Step 1 with eight directions needs two further searches, of four and of three.
        for step, aims in ((4, (-np.inf, np.nan, np.inf, None, "just below")), (1, (-np.inf,))):
            for aim in aims:
                search = p.signs.SignSearch(form, largest_form(level), step)
                before = search.values().copy()
                targets = floats - 1e-3 * size if aim == "just below" else np.full(2, aim, dtype=float)
                targets = 0.5 * (floats + before) if aim is None else targets
                boxes = np.array([True, aim != "just below"])
                search.refine(targets, boxes)
                after = search.values()
                if exceeds(truth, after):
                    return f"refine({aim}) goes below the truth"
                if not (after <= before).all() or not (after == before)[~boxes].all():
                    return f"refine({aim}) raises a value, or touches another box"
                if aim in (np.inf,) and not (after == before).all():
                    return "refine does something though nothing exceeds the target"
                if aim == -np.inf and not (after <= floats + 1e-12 * size).all():
                    return "refine does not enumerate all directions"
                if aim is None and not (after <= np.maximum(targets, floats) + 1e-12 * size).all():
                    return "a pattern above the target is left unrefined"
    return ""


def check_norm(p: Package) -> str:
    """`norm_upper` and `metzler_upper` of matrices, alone and in a search: M + signs * R for R from 0 to dominant."""
    rng = np.random.default_rng(18)
    with precision(BITS), np.errstate(all="ignore"):
        for d in (1, 2, 3, 5):
            for scale in (0.0, 1e-16, 1e-3, 1.0, 1e3):
                signed = np.zeros((6, 1 + d, d, d))
                signed[:, 0] = rng.normal(size=(6, d, d)) if scale else 0.7 * np.eye(d) * rng.normal(size=(6, 1, d))
                signed[:3, 0] = signed[:3, 0] + signed[:3, 0].swapaxes(1, 2)
                rest = scale * np.abs(rng.normal(size=(6, d, d)))
                rest = rest + rest.swapaxes(1, 2)
                form = p.signs.Rotated(signed, rest)
                half = p.signs.Rotated(signed[:3], rest[:3])
                both = [p.spectral.metzler_upper(sign) for sign in (1.0, -1.0)]
                norms = np.minimum(
                    p.signs.SignSearch(form, p.spectral.norm_upper).values(),
                    p.spectral.norm_upper(signed[:, :1], rest[:, None])[:, 0],
                )
                tops = [
                    np.minimum(p.signs.SignSearch(half, b).values(), b(signed[:3, :1], rest[:3, None])[:, 0])
                    for b in both
                ]
                for box in range(6):
                    # The maximiser over |Delta| <= R has, for the norm of a positive matrix, the signs of M.
                    delta = exact(rest[box]) * exact(np.where(signed[box, 0] < 0, -1.0, 1.0))
                    jacobian = rationals((exact(signed[box, 0]) + delta).T)
                    if spectral_norm_lower(jacobian) > arb(float(norms[box])):
                        return "norm_upper too small"
                    if box < 3:
                        inner = _inner_of(jacobian)
                        if inner.log_norm_high > arb(float(tops[0][box])):
                            return "metzler_upper too small"
                        low = _inner_of(rationals(exact(signed[box, 0]) - exact(rest[box]) * _signs(signed[box, 0])))
                        if low.log_norm_low > arb(float(tops[1][box])):
                            return "metzler_upper of -M too small"
    return ""


def _signs(values: np.ndarray) -> np.ndarray:
    made = exact(np.where(values < 0, -1.0, 1.0))
    for i in range(len(made)):
        made[i, i] = Fraction(1)
    return made


def check_perron(p: Package) -> str:
    """Circulant matrices (all row sums equal: the radius is the row sum), and 2 x 2 ones by the closed formula."""
    rng = np.random.default_rng(19)
    with precision(BITS):
        for d in (3, 4, 6):
            first = np.abs(rng.normal(size=(40, d)))
            index = (np.arange(d)[None] - np.arange(d)[:, None]) % d
            found = p.spectral._perron_upper(first[:, index])
            if exceeds(exact(first).sum(axis=1), found):
                return "_perron_upper too small (circulant)"
        small = np.abs(rng.normal(size=(60, 2, 2))) * 10.0 ** rng.integers(-8, 8, (60, 1, 2))
        small = np.concatenate((small, 1e-170 * small, 1e-260 * small))
        small[:, 1, 0] = small[:, 0, 1]
        for a, bound in zip(small, p.spectral._perron_upper(small), strict=True):
            x, y, z = arb(a[0, 0]), arb(a[1, 1]), arb(a[0, 1])
            if (x + y + ((x - y) ** 2 + 4 * z * z).sqrt()) / 2 > arb(float(bound)):
                return "_perron_upper too small (2 x 2)"
    return ""


def check_perron_generic(p: Package) -> str:
    """Positive symmetric matrices whose Perron vector is not flat, down to nearly equal eigenvalues."""
    rng = np.random.default_rng(35)
    with precision(BITS):
        for d in (3, 4, 6):
            for spread in (1e-9, 0.1, 3.0):
                a = np.exp(spread * rng.normal(size=(15, d, d)))
                a = a + a.swapaxes(1, 2)
                a[5:] *= np.eye(d) + 1e-9
                for values, bound in zip(a, p.spectral._perron_upper(a), strict=True):
                    if spectral_norm_lower(matrix(values)) > arb(float(bound)):
                        return "_perron_upper too small"
    return ""


def check_defect(p: Package) -> str:
    rng = np.random.default_rng(20)
    for d in (1, 2, 3, 4, 6):
        basis = np.linalg.qr(rng.normal(size=(25, d, d)))[0]
        found = p.rotation.defect_of(basis)
        for q, bound in zip(basis, found, strict=True):
            gram = exact(q).T @ exact(q) - exact(np.eye(d))
            if exceeds(np.array(abs(gram).sum(axis=1).max(), dtype=object).reshape(1), bound):
                return "defect_of too small"
    return ""


def check_divergence(p: Package) -> str:
    """Traces with cancelling diagonals: of the centre, of tangents and symbols, of rank-one terms, of slack."""
    rng = np.random.default_rng(21)
    for d in (1, 2, 3, 5, 6):
        for _ in range(25):
            cancelling = rng.normal(size=(1, d, d))
            cancelling[0, -1, -1] = -cancelling[0, :-1, :-1].trace() * (1 + 1e-15) + 1e-17
            zero, none = np.zeros((1, d, d)), np.zeros((1, d, d, d))
            right, left = rng.normal(size=(1, d, 3)), rng.normal(size=(1, d, 3))
            left[:, -1] = -(left[:, :-1] * right[:, :-1]).sum(axis=1) / right[:, -1]
            tangent = none.copy()
            tangent[:, 0] = cancelling
            for series in (
                series_of(p, cancelling, none),
                series_of(p, zero, tangent),
                series_of(p, zero, none, symbols=np.stack((cancelling, 0.5 * cancelling), axis=1)),
                series_of(p, zero, none, rank_one=[(left, right, np.ones((1, 3)))]),
                series_of(p, zero, none, slack=np.abs(cancelling)),
                series_of(p, np.abs(cancelling), none),
            ):
                low, high = p.spectral._divergence(series)
                for _ in range(4):
                    trace = np.array([sum(member(series, 0, rng).diagonal().tolist(), Fraction(0))], dtype=object)
                    if exceeds(trace, high) or exceeds(-trace, -low):
                        return "divergence too narrow"
    return ""


def check_norm_of_slack(p: Package) -> str:
    rng = np.random.default_rng(22)
    with precision(BITS):
        for d in (1, 2, 3, 6):
            for scale in (1.0, 1e-200, 1e-260):
                slack = np.stack([np.full((d, d), abs(rng.normal())) for _ in range(20)]) * scale
                for s, bound in zip(slack, p.spectral.norm_of_slack(slack), strict=True):
                    if spectral_norm_lower(matrix(s)) > arb(float(bound)):
                        return "norm_of_slack too small"
    return ""


def check_compound(p: Package) -> str:
    """S^[2] entry by entry: (e_a ^ e_b)^T S^[2] (e_c ^ e_e) from its definition, against the computed one +- rest."""
    rng = np.random.default_rng(23)
    for d in (3, 4, 5):
        signed = rng.normal(size=(6, 1 + d, d, d))
        signed = signed + signed.swapaxes(2, 3)
        signed[3:, 1:] = 0
        rest = np.abs(rng.normal(size=(6, d, d))) * np.array([0, 1, 1, 0, 1e8, 1e9])[:, None, None]
        rest = rest + rest.swapaxes(1, 2)
        made = p.compound._compound(p.signs.Rotated(signed, rest))
        pairs = list(itertools.combinations(range(d), 2))
        for box in range(6):
            s = [exact(signed[box, k]) for k in range(1 + d)]
            r = exact(rest[box])
            for i, (a, b) in enumerate(pairs):
                for j, (c, e) in enumerate(pairs):
                    off = sum(
                        (
                            abs(_wedge(m, a, b, c, e) - Fraction(float(made.signed[box, k, i, j])))
                            for k, m in enumerate(s)
                        ),
                        Fraction(0),
                    )
                    most = (r[a, c] if b == e else 0) + (r[b, e] if a == c else 0)
                    most += (r[b, c] if a == e else 0) + (r[a, e] if b == c else 0)
                    if off + most > Fraction(float(made.rest[box, i, j])):
                        return "compound: rest too small"
    return ""


def _wedge(s: np.ndarray, a: int, b: int, c: int, e: int) -> Fraction:
    """<e_a ^ e_b, S e_c ^ e_e + e_c ^ S e_e> with <x ^ y, z ^ w> = (x.z)(y.w) - (x.w)(y.z)."""
    same = Fraction(1)
    first = s[a, c] * (same if b == e else 0) - (same if a == e else 0) * s[b, c]
    second = (same if a == c else 0) * s[b, e] - s[a, e] * (same if b == c else 0)
    return first + second


# --- adjoint.py on made-up forward passes ---------------------------------------------------------------------------


def _magnitudes(rng: np.random.Generator, shape: tuple[int, ...], scales: Sequence[float]) -> np.ndarray:
    """Random signed numbers, all of one of the scales (0 among them, so that single terms are isolated)."""
    return rng.normal(size=shape) * float(rng.choice(scales))


UP = 1 + 1e-14
"""What makes the made-up bounds upper bounds, whatever their own rounding."""


@dataclass
class MadeUp:
    """A forward pass that obeys the invariants of `forward`, with freely chosen coefficients and errors."""

    layers: list[Any]
    passed: Any


@dataclass
class Coefficients:
    """Of one hidden layer and one box: s = value a + beta +- value_radius, s' = centre + lin.t + alpha delta + rho eps.

    ``round_off`` of its pre-activations; ``coarse`` is what ``loss`` holds beside the rounding proper.
    """

    value: np.ndarray
    value_radius: np.ndarray
    centre: np.ndarray
    linear: np.ndarray
    alpha: np.ndarray
    rho: np.ndarray
    round_off: float = 0.0
    coarse: float = 0.0

    @classmethod
    def zero(cls, d: int, width: int, **given: Any) -> Coefficients:
        """All zero but what is given."""
        parts = {name: np.zeros(width) for name in ("value", "value_radius", "centre", "alpha", "rho")}
        made = cls(**parts, linear=np.zeros((d, width)))
        for name, value in given.items():
            setattr(made, name, value)
        return made


def made_up(
    p: Package,
    weights: list[np.ndarray],
    chosen: list[Coefficients],
    rng: np.random.Generator,
    without_loss: bool = False,
) -> MadeUp:
    """The pass with these coefficients; F is off by nearly all that ``coarse`` allows.

    ``without_loss``: the caller vouches for it that all F and T are computed without rounding.
    """
    layers = [p.forms.RoundedLayer.of(w, np.zeros(len(w)), None) for w in weights]
    d = weights[0].shape[1]
    y_f = weights[0].T[None].copy()
    y_t, second = np.zeros((1, d, *y_f.shape[1:])), np.zeros_like(y_f)
    radius = np.full((1, len(weights[0])), chosen[0].round_off) * UP
    parts, values = [], []
    for k, layer in enumerate(chosen):
        size = np.abs(layer.linear).sum(axis=0)[None] * UP
        doubt = (np.abs(layer.alpha) * radius + layer.rho) * UP
        rows = (layer.centre, layer.linear, layer.alpha, layer.rho)
        slopes = p.forward.Slopes(*(v[None] for v in rows), size, doubt)
        t_size, f_size = np.abs(y_t).sum(axis=2) * UP, np.abs(y_f)
        c, lam, omega = np.abs(layer.centre)[None, None], size[:, None], doubt[:, None]
        noise = (omega * (f_size + t_size) + lam * t_size + (lam + omega + c) * second) * UP
        g = 0.0 if without_loss else 1.01 * (len(layer.centre) + 14) * 2.0**-53
        loss = (g * ((c + lam) * f_size + c * t_size) + layer.coarse) * UP
        form = p.forms.AffineForm(np.zeros((1, 1 + d, radius.shape[1])), radius, np.array([layer.round_off]))
        neurons = p.neurons.LayerNeurons(*[np.zeros_like(radius)] * 3, [], [], [], [])
        jacobian = p.forward.Jacobian(y_f, y_t, t_size, second)
        parts.append(p.forward.HiddenPass(neurons, form, slopes, jacobian, noise, loss))
        values.append(p.forms.Activated(layer.value[None], layer.value_radius[None], form))
        weight = weights[k + 1]
        moved = slopes.linear[:, None] * y_f[:, :, None] + slopes.centre[:, None, None] * y_t
        error = 0.9 * layer.coarse * np.abs(weight).sum(axis=1)
        y_f = (slopes.centre[:, None] * y_f) @ weight.T + error * rng.choice([-1.0, 1.0], size=(1, d, len(weight)))
        y_t = moved @ weight.T
        second = ((noise + loss) @ np.abs(weight).T) * UP
        round_off = chosen[k + 1].round_off if k + 1 < len(chosen) else 0.0
        radius = ((np.abs(layer.value) * radius + layer.value_radius) @ np.abs(weight).T + round_off) * UP
    return MadeUp(layers, p.forward.ForwardPass(parts, values[:-1], y_f, y_t))


def random_pass(p: Package, rng: np.random.Generator, d: int, width: int, hidden: int) -> MadeUp:
    """All coefficients and rounding bounds at random, many of them zero."""
    sizes = [d, *[width] * hidden, d]
    weights = [rng.normal(size=(sizes[k + 1], sizes[k])) for k in range(hidden + 1)]
    own, small = [0.0, 0.0, 1.0, 1.0, 1e-6], [0.0, 0.0, 0.0, 1e-3, 1e-9]
    chosen = []
    for _ in range(hidden):
        value, centre, alpha = (_magnitudes(rng, (width,), own) for _ in range(3))
        value_radius, rho = (np.abs(_magnitudes(rng, (width,), own)) for _ in range(2))
        linear = _magnitudes(rng, (d, width), own)
        round_off, coarse = (abs(float(_magnitudes(rng, (1,), small)[0])) for _ in range(2))
        chosen.append(Coefficients(value, value_radius, centre, linear, alpha, rho, round_off, coarse))
    return made_up(p, weights, chosen, rng)


def quadratic_pass(p: Package, rng: np.random.Generator, d: int) -> MadeUp:
    """Only (lin.t) T in the second layer is there: T is exact (short numbers), so only the rounding in Q needs room."""
    first, second = rng.integers(1, 64, (1, d)).astype(float), np.array([[float(rng.integers(1, 64))]])
    chosen = [Coefficients.zero(d, 1, linear=rng.integers(-64, 64, (d, 1)).astype(float))]
    chosen.append(Coefficients.zero(d, 1, linear=rng.normal(size=(d, 1))))
    return made_up(p, [first, second, rng.normal(size=(d, 1))], chosen, rng, without_loss=True)


def absorbing_pass(p: Package, rng: np.random.Generator, through: bool) -> MadeUp:
    """h = g W in the last hidden layer is 1 + 1999 * 2^-53, and every 2^-53 that is added to a partial sum 1 is lost.

    It is applied to the error rho' eps of the layer before; if ``through``, to alpha delta there, delta = rho' eps of
    the first layer. F and T are exact: powers of two.
    """
    width = 2000
    one, eye = np.ones(1), np.ones((1, 1))
    column, bent = np.full((width, 1), 2.0**-27), np.full(width, 2.0)
    column[0], bent[0] = 1.0, 1.0
    last = Coefficients.zero(1, width, alpha=bent)
    start = Coefficients.zero(1, 1, centre=one, value_radius=one)
    between = [Coefficients.zero(1, 1, centre=one, value=one)] if through else []
    weights = [eye, *[eye] * len(between), column, np.ones((1, width))]
    return made_up(p, weights, [start, *between, last], rng, without_loss=True)


def _truth(made: MadeUp, signs: list[np.ndarray], number: Callable[[Any], Any]) -> np.ndarray:
    """Df (input, output) for signs [t, (eps, eps', r) per layer], in the arithmetic of ``number``."""
    t, hidden = signs[0], made.passed.hidden
    y = number(made.layers[0].transposed)
    delta = number(hidden[0].form.round_off) * signs[3]
    for k, part in enumerate(hidden):
        eps, value_eps = signs[1 + 3 * k], signs[2 + 3 * k]
        s = part.slopes
        slope = number(s.centre[0]) + (t[:, None] * number(s.linear[0])).sum(axis=0)
        slope = slope + number(s.alpha[0]) * delta + number(s.radius[0]) * eps
        weight = number(made.layers[k + 1].weight)
        y = (y * slope) @ weight.T
        if k + 1 < len(hidden):
            value = made.passed.values[k]
            delta = (number(value.slope[0]) * delta + number(value.radius[0]) * value_eps) @ weight.T
            delta = delta + number(hidden[k + 1].form.round_off) * signs[3 + 3 * (k + 1)]
    return y


def check_adjoint(p: Package, trials: int = 700) -> str:
    """Every choice of t, eps, eps' and rounding in a made-up pass gives a Df inside the series, exactly."""
    rng = np.random.default_rng(26)
    for trial in range(trials):
        d, width, hidden = ((1, 1, 1), (1, 1, 2), (2, 1, 2), (1, 1, 3), (2, 2, 2), (2, 1, 3), (1, 2, 3))[trial % 7]
        found = _made_up_error(p, random_pass(p, rng, d, width, hidden), rng)
        if found:
            return f"random trial {trial}: {found}"
    return ""


def check_adjoint_rounding(p: Package) -> str:
    """The same where one single rounding error of the backward pass decides."""
    rng = np.random.default_rng(27)
    for trial in range(20):
        found = _made_up_error(p, quadratic_pass(p, rng, 1 + trial % 2), rng)
        if found:
            return f"quadratic forms: {found}"
    found = _diagonal_error(p, 64)
    if found:
        return found
    for through in (False, True):
        found = _made_up_error(p, absorbing_pass(p, rng, through), rng)
        if found:
            return f"pushed errors, through={through}: {found}"
    return ""


def _diagonal_error(p: Package, d: int) -> str:
    """The constant sum_i Q_ii / 2 = 0.77 - (d - 1) 2^-54, computed as 0.77: each subtraction is absorbed (tie to even).

    One neuron per layer, lin = (7/8, -2^-27, ...) and (7/4, 2^-26, ...), so Q_1i + Q_i1 = 0; with t = (0, 1, ..., 1)
    all other terms have the sign of that error and are as large as their symbols: (d - 1) u / 2 is left for slack.
    """
    first, second = np.full((d, 1), -(2.0**-27)), np.full((d, 1), 2.0**-26)
    first[0], second[0] = 0.875, 1.75
    chosen = [Coefficients.zero(d, 1, linear=first), Coefficients.zero(d, 1, linear=second)]
    unit = np.zeros((d, 1))
    unit[0] = 1.0
    made = made_up(p, [unit.T, np.ones((1, 1)), unit], chosen, np.random.default_rng(0), without_loss=True)
    series = p.adjoint.adjoint(made.layers, made.passed)
    true = exact(first[1:, 0]).sum() * exact(second[1:, 0]).sum()
    bound = sum(map(Fraction, np.abs(series.symbols[0, :, 0, 0]).tolist()), Fraction(float(series.slack[0, 0, 0])))
    off = abs(true - Fraction(float(series.centre[0, 0, 0])))
    return "the sum of the diagonal forms is off by more than its charge" if off > bound else ""


def _made_up_error(p: Package, made: MadeUp, rng: np.random.Generator) -> str:
    series = p.adjoint.adjoint(made.layers, made.passed)
    d, widths = series.centre.shape[1], [part.slopes.centre.shape[1] for part in made.passed.hidden]
    bound = _exact_remainder(series)
    rough = np.vectorize(float, otypes=[float])(bound)
    centre, tangent = series.centre[0], series.tangent[0]
    best: dict[tuple[int, ...], tuple[float, list[np.ndarray]]] = {}
    for _ in range(24):
        signs = [rng.choice([-1, 1, 1, 0] if rng.integers(2) else [-1, 1], size=d)]
        signs += [rng.choice([-1, 1], size=width) for width in widths for _ in range(3)]
        rest = np.abs(_truth(made, signs, np.asarray) - centre - (signs[0][:, None, None] * tangent).sum(axis=0))
        for entry in np.ndindex(d, d):
            gap = float(rest[entry] - rough[entry])
            if entry not in best or gap > best[entry][0]:
                best[entry] = gap, signs
    for entry, (gap, signs) in best.items():
        if gap < -1e-9 * float(rough[entry]):
            continue
        whole = [np.array([int(v) for v in sign], dtype=object) for sign in signs]
        rest = _truth(made, whole, exact) - exact(centre) - (whole[0][:, None, None] * exact(tangent)).sum(axis=0)
        if abs(rest[entry]) > bound[entry]:
            excess = float((abs(rest[entry]) - bound[entry]) / (abs(rest[entry])))
            return f"the series of Df is too narrow by {excess:.2g}"
    return ""


def _exact_remainder(series: Any) -> np.ndarray:
    total = exact(series.slack[0])
    if len(series.symbols[0]):
        total = total + abs(exact(series.symbols[0])).sum(axis=0)
    for term in series.rank_one:
        total = total + (abs(exact(term.right[0])) * exact(term.weight[0])) @ abs(exact(term.left[0])).T
    return total


# --- the whole engine against Arb -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sample:
    """An exact point of box ``box`` and what f does there; ``jacobians[k]``: of the pre-activations of layer k+1."""

    box: int
    point: tuple[Fraction, ...]
    values: PointValues
    jacobians: list[arb_mat]
    inner: Quantities | None


@dataclass(frozen=True)
class Case:
    """A network, boxes, and exact samples in them."""

    network: Network
    lower: np.ndarray
    upper: np.ndarray
    samples: list[Sample]


def case_of(
    network: Network, lower: np.ndarray, upper: np.ndarray, per_box: int, rng: np.random.Generator, deep: bool = True
) -> Case:
    """Samples at corners, the middle and random points (all of them exact rationals in the float box)."""
    layers, samples = ball_layers(network), []
    with precision(BITS):
        for box in range(len(lower)):
            for _ in range(per_box):
                choice = [
                    (0, 1, Fraction(1, 2), Fraction(int(rng.integers(2**20)), 2**20))[k]
                    for k in rng.integers(0, 4, lower.shape[1])
                ]
                sides = zip(lower[box].tolist(), upper[box].tolist(), choice, strict=True)
                point = tuple(Fraction(low) + (Fraction(high) - Fraction(low)) * t for low, high, t in sides)
                values = evaluate(layers, point)
                before = [evaluate(layers[:k], point).jacobian for k in range(1, len(layers))] if deep else []
                samples.append(Sample(box, point, values, [*before, values.jacobian], inner_bounds(values)))
    return Case(network, lower, upper, samples)


@dataclass
class Outcome:
    """First violation, if any, and how many of the bounds say nothing."""

    violation: str = ""
    bounds: int = 0
    silent: int = 0


def contains(p: Package, case: Case, series_too: bool = True, forms_too: bool = False) -> Outcome:
    """All bounds of the engine against all samples."""
    outcome = Outcome()
    layers = [p.forms.RoundedLayer.of(v.weight, v.bias, kernel_for(v.activation)) for v in case.network.layers]
    with precision(BITS), np.errstate(all="ignore"):
        passed = p.forward.forward(layers, case.lower, case.upper)
        series = p.adjoint.adjoint(layers, passed)
        bounds = p.spectral.spectral_bounds(series)
        known = p.rotation.cleaned(series).informative
        middle, half = p.forms.centres(case.lower, case.upper)
        for sample in case.samples:
            found = _ranges_error(passed, sample, outcome) or _spectral_error(bounds, sample, outcome)
            if not found and series_too:
                box = sample.box
                t = [
                    (x - Fraction(m)) / Fraction(h)
                    for x, m, h in zip(sample.point, middle[box].tolist(), half[box].tolist(), strict=True)
                ]
                ts = [ball(v) for v in t]
                found = _series_error(series, sample, ts) if known[box] else ""
                if forms_too and not found:
                    found = _forms_error(case.network, passed, sample, ts)
            if found:
                outcome.violation = found
                break
    return outcome


def _ranges_error(passed: Any, sample: Sample, outcome: Outcome) -> str:
    for depth, part in enumerate(passed.hidden):
        low, high = part.neurons.lower[sample.box].tolist(), part.neurons.upper[sample.box].tolist()
        for k, a in enumerate(sample.values.preactivation[depth]):
            outcome.bounds += 2
            outcome.silent += (not abs(low[k]) < np.inf) + (not abs(high[k]) < np.inf)
            if a < low[k] or a > high[k]:
                return f"pre-activation {a.str(25)} of layer {depth + 1} outside [{low[k]!r}, {high[k]!r}]"
        low, high = (part.neurons.images[1][side][sample.box].tolist() for side in (0, 1))
        for k, slope in enumerate(sample.values.slopes[depth]):
            if slope < low[k] or slope > high[k]:
                return f"slope {slope.str(25)} of layer {depth + 1} outside [{low[k]!r}, {high[k]!r}]"
    return ""


def _spectral_error(bounds: Any, sample: Sample, outcome: Outcome) -> str:
    for name in NAMES:
        bound = float(getattr(bounds, name)[sample.box])
        outcome.bounds += 1
        outcome.silent += not abs(bound) < np.inf
        if sample.inner is not None and getattr(sample.inner, name) > bound:
            return f"{name}: {getattr(sample.inner, name).str(25)} above {bound!r}"
    return ""


def _series_error(series: Any, sample: Sample, t: list[arb]) -> str:
    """|J - C - sum t_j T_j| <= sum |symbols| + rank-one + slack by entries; J is (output, input), C the other way."""
    box, jacobian = sample.box, sample.values.jacobian.tolist()
    d = len(t)
    symbols = np.abs(series.symbols[box]).sum(axis=0)
    slack = series.slack[box]
    terms = [
        (*(np.abs(side[min(box, len(side) - 1)]) for side in (r.left, r.right)), r.weight[box]) for r in series.rank_one
    ]
    rough = symbols + slack + sum((right * weight) @ left.T for left, right, weight in terms)
    centre, tangent = series.centre[box].tolist(), series.tangent[box].tolist()
    for i in range(d):
        for o in range(d):
            rest = jacobian[o][i] - centre[i][o]
            for j in range(d):
                rest -= t[j] * tangent[j][i][o]
            # Certainly inside by floats, or else compared in exact arithmetic.
            if abs(rest) < float(rough[i, o]) * (1 - 1e-12):
                continue
            bound = sum(map(Fraction, np.abs(series.symbols[box, :, i, o]).tolist()), Fraction(float(slack[i, o])))
            for left, right, weight in terms:
                bound += (exact(left[o]) * exact(right[i]) * exact(weight)).sum()
            if abs(rest) > ball(bound):
                return f"Df[{o},{i}] is off by {abs(rest).str(10)}, more than {float(bound)!r}"
    return ""


def _forms_error(network: Network, passed: Any, sample: Sample, t: list[arb]) -> str:
    """Pre-activations within R of A_0 + sum A_i t_i, and layer Jacobians within SR of F + sum T_j t_j."""
    box, d = sample.box, len(t)
    for depth, part in enumerate(passed.hidden):
        rows, radius = part.form.rows[box].tolist(), part.form.radius[box].tolist()
        y = part.jacobian
        f, tangent, second = (v[min(box, len(v) - 1)].tolist() for v in (y.centre, y.tangent, y.second))
        jacobian = sample.jacobians[depth].tolist()
        for k, a in enumerate(sample.values.preactivation[depth]):
            off = a - rows[0][k] - sum((t[j] * rows[1 + j][k] for j in range(d)), arb(0))
            if abs(off) > radius[k]:
                return f"a of layer {depth + 1} is off by {abs(off).str(10)}, more than {radius[k]!r}"
            for i in range(d):
                off = jacobian[k][i] - f[i][k] - sum((t[j] * tangent[i][j][k] for j in range(d)), arb(0))
                if abs(off) > second[i][k]:
                    return f"Y of layer {depth + 1} is off by {abs(off).str(10)}, more than {second[i][k]!r}"
        if exceeds(abs(exact(y.tangent[box])).sum(axis=1), y.tangent_size[box]):
            return "tangent_size too small"
        if depth + 1 < len(passed.hidden):
            unrolled = exact(part.noise[box]) + exact(part.loss[box])
            weight = abs(exact(network.layers[depth + 1].weight))
            if exceeds(unrolled @ weight.T, passed.hidden[depth + 1].jacobian.second[box]):
                return "SR below |W| (noise + loss)"
    return ""


def network_of(
    rng: np.random.Generator,
    sizes: Sequence[int],
    activation: Activation,
    scale: float = 1.0,
    bias: float = 0.3,
    sparse: bool = False,
) -> Network:
    """Weights of normal entries times scale / sqrt(fan-in); ``sparse``: most entries zero, and a zero row in each."""
    layers = []
    for position in range(1, len(sizes)):
        weight = rng.normal(size=(sizes[position], sizes[position - 1])) * (scale / sizes[position - 1] ** 0.5)
        if sparse:
            weight = weight * (rng.uniform(size=weight.shape) < 0.4)
            weight[rng.integers(len(weight))] = 0.0
        last = position == len(sizes) - 1
        layers.append(Layer(weight, bias * rng.normal(size=sizes[position]), Identity() if last else activation))
    return Network(tuple(layers))


def cancelling_network(
    rng: np.random.Generator, d: int, width: int, hidden: int, at: int, activation: Activation, strength: float
) -> Network:
    """Neurons come in pairs with equal pre-activations; layer ``at`` (from 1) subtracts each pair almost exactly.

    What it yields is of size 1, its rounding of size u * strength, so the rounding of just that product decides.
    """
    layers = []
    previous = d
    for position in range(1, hidden + 2):
        last = position == hidden + 1
        half = rng.normal(size=(width, previous)) / previous**0.5
        if position == at and position > 1:
            pairs = strength * rng.normal(size=(width, previous // 2))
            half[:, 0::2] = pairs
            half[:, 1::2] = -pairs + rng.normal(size=pairs.shape) / previous**0.5
        weight = half[:d] if last else np.repeat(half, 2, axis=0)
        bias = 0.3 * rng.normal(size=d if last else width)
        layers.append(Layer(weight, bias if last else np.repeat(bias, 2), Identity() if last else activation))
        previous = 2 * width
    return Network(tuple(layers))


def offset_network(
    rng: np.random.Generator, d: int, width: int, hidden: int, at: int, size: float
) -> tuple[Network, np.ndarray]:
    """Layer ``at`` computes sums of size ``size`` that its bias cancels; also the point around which it does."""
    layers, centre = [], rng.normal(size=d) * (size if at == 1 else 1.0)
    value, previous = centre, d
    for position in range(1, hidden + 2):
        last = position == hidden + 1
        weight = rng.normal(size=(d if last else width, previous)) / previous**0.5
        bias = 0.3 * rng.normal(size=len(weight))
        if position == at:
            weight = weight if at == 1 else weight * size
            # Across the large common part the values' own dependence on x is kept small by tiny columns.
            bias = bias - weight @ value
        layers.append(Layer(weight, bias, Identity() if last else Tanh()))
        value = np.tanh(weight @ value + bias)
        previous = width
    return Network(tuple(layers)), centre


@cache
def battery_cases() -> list[Case]:
    """The compact battery for mutants: small boxes where rounding decides, and wide ones where each form term does."""
    rng = np.random.default_rng(24)
    cases = []

    def add(network: Network, centre: np.ndarray, half: float, boxes: int = 3, per_box: int = 2) -> None:
        d = network.dimension
        middle = centre + rng.normal(size=(boxes, d)) * half
        cases.append(case_of(network, middle - half, middle + half, per_box, rng))

    for d, hidden in ((1, 1), (2, 1), (2, 2), (3, 3)):
        for half in (0.0, 1e-9, 0.05, 0.3):
            add(network_of(rng, [d, *[5] * hidden, d], Tanh()), 0.3 * rng.normal(size=d), half)
    for at, strength in itertools.product((2, 3, 4), (1e5, 1e9)):
        for activation in (Tanh(), Sin()):
            add(cancelling_network(rng, 2, 4, 3, at, activation, strength), rng.normal(size=2), 0.0)
    for at in (1, 2, 3):
        network, centre = offset_network(rng, 2, 4, 3, at, 1e8)
        add(network, centre, 0.0, 6)
    for half in (0.3, 3.0):
        # Squares: s' is affine and s'' constant, so every bound of a remainder is attained at a corner.
        add(network_of(rng, [1, 1, 1, 1], Power(exponent=2)), np.zeros(1), half, 6, 6)
        add(network_of(rng, [2, 2, 2, 2], Power(exponent=2)), np.zeros(2), half, 6, 6)
        add(network_of(rng, [2, 3, 3, 2], Power(exponent=3), bias=0.0), np.zeros(2), half, 6, 6)
    return cases


def check_engine(p: Package) -> str:
    for case in battery_cases():
        found = contains(p, case, forms_too=True).violation
        if found:
            return f"{case.network.sizes} {case.network.layers[0].activation.name}: {found}"
    return ""


def check_functional(p: Package) -> str:
    """Lower bounds of c . (A_0 + sum +-A_i +- R), with c that makes the sum cancel, or R or rounding dominate."""
    rng = np.random.default_rng(25)
    for d in (1, 2, 4):
        for _ in range(20):
            rows, radius, vector = rng.normal(size=(4, 1 + d, d)), np.abs(rng.normal(size=(4, d))), rng.normal(size=d)
            rows[:, 0, -1] -= (rows[:, 0] @ vector) / vector[-1]
            for spread, rest, shift in ((1, 1, 0), (1, 0, 0), (0, 1, 0), (0, 0, 0), (0, 0, 1), (0, 0, 1e6)):
                scaled = np.concatenate((rows[:, :1] + shift, rows[:, 1:] * spread), axis=1)
                form = p.forms.AffineForm(scaled, radius * rest, radius.max(axis=1))
                found = p.engine._functional_lower(form, vector)
                values = exact(scaled) @ exact(vector)
                least = values[:, 0] - abs(values[:, 1:]).sum(axis=1) - exact(radius * rest) @ abs(exact(vector))
                if exceeds(-least, -found):
                    return "functional lower bound too large"
    return ""


def check_wild(p: Package) -> str:
    """Above 2^100 nothing meets a product: the box knows nothing then, the neuron's cover is constant."""
    ones, big, layer = np.ones((3, 2)), 2.0**101, p.forms.RoundedLayer.of(np.ones((2, 2)), np.zeros(2), None)
    wild = ones * np.array([[1.0], [big], [np.nan]])
    for middle, half in ((wild, ones), (ones, wild)):
        form = p.forms.first_layer(layer, middle, half)
        if not (np.isfinite(form.radius[0]).all() and (form.range()[1][1:] == np.inf).all()):
            return "a large input"
    for rows, radius in ((wild, ones), (-wild, ones), (ones, np.abs(wild))):
        form = p.forms.AffineForm(np.stack((rows, ones), axis=1), radius, radius.max(axis=1))
        made = p.forms._affine_layer(form, layer)
        lower = p.engine._functional_lower(form, np.ones(2))
        if not (np.isfinite(made.radius[0]).all() and (made.range()[0][1:] == -np.inf).all()):
            return "a large form"
        if form.wild is None or (form.wild != [[False] * 2, [True] * 2, [True] * 2]).any():
            return "a large form is not marked"
        if not np.isfinite(lower[0]) or (lower[1:] != -np.inf).any():
            return "c . f of a large form"
        if (p.engine._functional_lower(form, np.array([0.0, 2.0**61])) != -np.inf).any():
            return "a large vector"
    for low, high in ((-np.abs(wild), ones), (wild, wild)):
        if (p.forms._interval_layer((low, high), layer)[1][1:] != np.inf).any():
            return "a large interval"
    return _wild_covers(p, big)


def _wild_covers(p: Package, big: float) -> str:
    point = [(np.ones((1, 1)), np.zeros((1, 1)))] * 4
    for low, high, steepness, constant in (
        (-1.0, 1.0, 1.0, False), (-big, 1.0, 1.0, False), (1.0, big, 1.0, False), (-1.0, 1.0, big, False),
        (-1.0, 1.0, -big, False), (-1.0, 1.0, 1.0, True),
    ):  # fmt: skip
        # The constant cover would be the worst by far.
        images = [(np.full((1, 1), -(2.0**300)), np.full((1, 1), 2.0**300))] * 4
        images[1] = (np.full((1, 1), min(steepness, 0.9)), np.full((1, 1), max(steepness, 1.1)))
        arrays = [np.full((1, 1), v) for v in (low, high, 0.5 * low + 0.5 * high)]
        neurons = p.neurons.LayerNeurons(*arrays, point, point, point, images)
        cover = neurons.cover(0, np.ones((1, 1), dtype=bool) if constant else None)
        tame = max(abs(low), abs(high), abs(steepness)) < big and not constant
        if (cover.slope[0, 0] != 0) != tame:
            return f"the cover over [{low}, {high}] with slopes to {steepness}"
    return ""


CHECKS: dict[str, Callable[[Package], str]] = {
    name.removeprefix("check_"): check for name, check in list(globals().items()) if name.startswith("check_")
}
"""All checks by name."""


MODULES = ("rounding", "neurons", "forms", "forward", "adjoint", "signs", "rotation", "spectral", "compound", "engine")
"""In the order of their imports."""


def load(name: str, sources: dict[str, str]) -> Package:
    """The rounded package from (changed) sources of its modules, under module names that start with ``name``."""
    modules: dict[str, ModuleType] = {}
    for part in MODULES:
        text = sources[part].replace("from ...rigor.rounding", f"from {name}_rounding")
        text = text.replace("from ...", "from saturode_verify.")
        text = text.replace("from .", f"from {name}_")
        module = ModuleType(f"{name}_{part}")
        modules[part] = sys.modules[module.__name__] = module
        exec(compile(text, module.__name__, "exec"), module.__dict__)
    return Package(**modules)


def unload(package: Package) -> None:
    """Forget the modules of a mutant."""
    for module in vars(package).values():
        del sys.modules[module.__name__]
