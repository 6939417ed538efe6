"""The battery's checks of complex activations, trigonometric polynomials, strips, and the orbit theorem's inequalities."""
# ruff: noqa: E501

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
from hostile_cases import layer, model_of
from mpmath import mp, mpc, mpf
from mutation_battery import Package, holds, models
from mutation_claims import case

from saturode_verify.checker.field import evaluate
from saturode_verify.checker.model import read_model

F = Fraction


def _near(ball: tuple[int, int, int], z: Any, p: int, slack: float = 0) -> None:
    x, y = z.real * 2**p, z.imag * 2**p
    assert abs(x - ball[0]) <= ball[2] + slack and abs(y - ball[1]) <= ball[2] + slack, (ball, x, y)


def _complex(name: str, z: Any) -> list[Any]:
    g, t, d = 1 / (1 + mp.exp(-z)), mp.tanh(z), mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)
    h, area = g * (1 - g), (1 + mp.erf(z / mp.sqrt(2))) / 2
    b = 1 / (1 + z * z)
    return {
        "tanh": [t, 1 - t * t, -2 * t * (1 - t * t)],
        "sigmoid": [g, h, h * (1 - 2 * g)],
        "softplus": [mp.log(1 + mp.exp(z)), g, h],
        "silu": [z * g, g + z * h, 2 * h + z * h * (1 - 2 * g)],
        "gelu": [z * area, area + z * d, (2 - z * z) * d],
        "sin": [mp.sin(z), mp.cos(z), -mp.sin(z)],
        "arctan": [mp.atan(z), b, -2 * z * b * b],
        "power": [z**3, 3 * z * z, 6 * z],
        "identity": [z, mpc(1), mpc(0)],
    }[name]


LOW_HEIGHT = {"tanh": 1.2, "sigmoid": 2.5, "softplus": 2.5, "silu": 2.5, "arctan": 0.8}


def complexes(k: Package) -> None:
    """`local` and `inside`; the elementary functions also without their guard digits."""
    c, e, chance = k.complex_activation, k.complex_elementary, random.Random(12)
    with mp.workprec(120):
        for p in (24, 40):
            for name in ("tanh", "sigmoid", "softplus", "silu", "gelu", "sin", "arctan", "power", "identity"):
                for slope in (F(1), F(-3, 4)):
                    act = k.activation.Activation(name, slope, F(3) if name == "power" else F(0))
                    s = mpf(slope.numerator) / slope.denominator
                    for _ in range(14):
                        top = LOW_HEIGHT.get(name, 1.5)
                        x, y = int(chance.uniform(-3, 3) * 2**p), int(chance.uniform(-0.7, 0.7) * top * 2**p)
                        reach = tuple(int(chance.choice([0, 0.02, 0.2]) * 2**p) for _ in range(2))
                        if not c.inside(act, abs(y) + reach[1], p):
                            continue
                        found = c.local(act, (x, y), reach, p)
                        z = mpc(mpf(x) / 2**p, mpf(y) / 2**p)
                        true = [v * s**i for i, v in enumerate(_complex(name, s * z))]
                        _near(found.value, true[0], p)
                        _near(found.slope, true[1], p)
                        assert found.value[2] < 2000 and found.slope[2] < 2000
                        for u, v in itertools.product((-1, 0, 1), repeat=2):
                            w = z + mpc(u * mpf(reach[0]) / 2**p, v * mpf(reach[1]) / 2**p)
                            assert abs(_complex(name, s * w)[2] * s * s) * 2**p <= found.bend + 1, (name, slope, x, y)
        p = 30
        for name, width in (
            ("tanh", mp.pi / 2),
            ("sigmoid", mp.pi),
            ("silu", mp.pi),
            ("softplus", mp.pi),
            ("arctan", 1),
        ):
            act = k.activation.Activation(name)
            assert c.inside(act, int(width * 2**p) - 9, p) and not c.inside(act, int(width * 2**p) + 9, p)
            assert not c.inside(k.activation.Activation(name, F(2)), int(width * 2**p * 0.6), p)
        act = k.activation.Activation("arctan")
        for y, b in ((0.6, 0.3), (-0.6, 0.3), (0.0, 0.8)):
            bend = c.local(act, (0, int(y * 2**p)), (0, int(b * 2**p)), p).bend
            assert all(abs(_complex("arctan", mpc(0, y + s * b))[2]) * 2**p <= bend * 1.0001 for s in (-1, 1))
        holds(e._root_of_two_pi(30), mp.sqrt(2 * mp.pi), 30)
        e.GUARD = 0
        e.SERIES_GUARD = 12
        p = 26
        for _ in range(300):
            x, y = (int(chance.uniform(-3, 3) * 2**p) for _ in range(2))
            z = mpc(mpf(x) / 2**p, mpf(y) / 2**p)
            _near(
                e.normal_density(x, y, p),
                _complex("gelu", z)[1] - (1 + mp.erf(z / mp.sqrt(2))) / 2
                if z == 0
                else mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi),
                p,
            )
            _near(e.normal_distribution(x, y, p), (1 + mp.erf(z / mp.sqrt(2))) / 2, p)
            z, y = mpc(z.real, z.imag / 4), y // 4
            z = mpc(mpf(x) / 2**p, mpf(y) / 2**p)
            _near(e.log_one_plus_exp(x, y, p), mp.log(1 + mp.exp(z)), p)
            value, slope = e.arctan(x, y, p)
            _near(value, mp.atan(z), p)
            _near(slope, 1 / (1 + z * z), p)
        for x in (-9, 9, -7, 7):
            _near(e.normal_distribution(x << p, 1 << p, p), (1 + mp.erf(mpc(x, 1) / mp.sqrt(2))) / 2, p)
        (real, imaginary, error), w = e._normal_series(2 << 20, 1 << 20, 20)
        z = mpc(2, 1)
        _near((real, imaginary, error), mp.sqrt(mp.pi / 2) * mp.erf(z / mp.sqrt(2)), w)


def trig(k: Package) -> None:
    """Balls, samples, Wiener norms and single coefficients."""
    t, chance = k.trig, random.Random(13)
    for _ in range(300):
        p = 4
        a, b = ((chance.randint(-40, 40), chance.randint(-40, 40), chance.randint(0, 9)) for _ in range(2))
        for signs in itertools.product((-1, 1), repeat=4):
            u = complex(a[0] + signs[0] * a[2], a[1] + signs[1] * a[2])
            v = complex(b[0] + signs[2] * b[2], b[1] + signs[3] * b[2])
            for ball, z in ((t.multiply(a, b, p), u * v / 16), (t.add(a, b), u + v), (t.subtract(a, b), u - v)):
                assert abs(z.real - ball[0]) <= ball[2] and abs(z.imag - ball[1]) <= ball[2]
            assert t.size(a) >= abs(u) - 1e-9
        assert t.size(a) <= abs(complex(a[0], a[1])) + 2 * a[2] + 1
        z = F(chance.randint(-99, 99), 7), F(chance.randint(-99, 99), 7)
        ball = t.exact_ball(z, p)
        assert all(abs(v * 16 - m) <= ball[2] for v, m in zip(z, ball[:2], strict=True))
    assert t.exact_ball((F(1, 2), F(3)), p) == (8, 48, 0)
    rows = [[(1, 2), (3, 4)], [(5, 6), (7, 8)]]
    unit = [[(x << 4, y << 4, 0) for x, y in row] for row in rows]
    found = t.product(unit, unit, 4)
    assert found[0][0][:2] == (-12 << 4, 42 << 4)  # (1 + 2i)^2 + (3 + 4i)(5 + 6i)
    n = 3
    row = [(F(chance.randint(-9, 9), 10), F(chance.randint(-9, 9), 10)) for _ in range(n + 1)]
    row[0] = (row[0][0], F(0))
    curve = t.Trig.real([row])
    with mp.workprec(200):
        coefficients = [mpc(_number(x), _number(y)) for x, y in curve.rows[0]]
        for p, height in ((20, F(0)), (20, F(1, 2)), (60, F(2)), (20, F(-1))):
            h = mpf(height.numerator) / height.denominator
            for line, power in ((curve, 0), (curve.derivative, 1)):
                samples = line.samples(7, p, height)[0]
                for j, ball in enumerate(samples):
                    theta = 2 * mp.pi * j / 7 + mpc(0, h)
                    z = sum(
                        c * (mpc(0, i) ** power) * mp.exp(mpc(0, i) * theta)
                        for i, c in enumerate(coefficients, start=-n)
                    )
                    _near(ball, z, p)
                    assert ball[2] < 100
            for power in (0, 1, 2):
                norm = sum(
                    abs(i) ** power * abs(c) * mp.exp(abs(i) * abs(h)) for i, c in enumerate(coefficients, start=-n)
                )
                found = curve.wiener(abs(height), power, p)[0]
                assert norm * 2**p <= found <= norm * 2**p * 1.5 + 2000
            for i in range(-n, n + 1):
                size = abs(coefficients[i + n])
                assert size * 2**p * 0.6 - 9 <= curve.smallest(0, i, p) <= size * 2**p + 1e-9
    for bad in ([[(F(1), F(1))]], [[]]):
        _raises(lambda bad=bad: t.Trig.real(bad), ValueError)
    _raises(lambda: t.Trig((((F(0), F(0)),) * 2,)), ValueError)


def _raises(call: Callable[[], object], *kinds: type[BaseException] | str) -> None:
    try:
        call()
    except Exception as error:
        names = [kind if isinstance(kind, str) else kind.__name__ for kind in kinds]
        assert type(error).__name__ in names, error
        return
    raise AssertionError("nothing was raised")


def strips(k: Package) -> None:
    """Values and slopes on a line through the network, by samples; poles are found."""
    p, chance = k.strip.P, random.Random(14)
    with mp.workprec(150):
        for name, data, original in models():
            if name in ("relu", "elu", "leaky_relu"):
                continue
            model = k.model.read_model(data)
            kind = {"power": "power"}.get(name, name)
            for half, bend in ((0.02, 0), (0.2, 0), (0.05, 0.01), (0.0, 0.03)):
                start = [mpc(chance.uniform(-1, 1), chance.uniform(-0.05, 0.05)) for _ in range(2)]
                turn = [mpc(chance.uniform(-1, 1), chance.uniform(-0.1, 0.1)) for _ in range(2)]
                parts = [
                    [int(v * 2**p) for v in (z.real for z in s)]
                    for s in (start, [mpc(z.imag) for z in start], turn, [mpc(z.imag) for z in turn])
                ]
                line = k.strip.Line(*parts, [int(bend * 2**p)] * 2)
                sizes, columns = k.strip.through(model, line, int(half * 2**p))
                for s in (-1, 0, 1):
                    for _ in range(2):
                        e = [mpc(0) if not bend else bend * mp.expjpi(chance.uniform(-1, 1)) for _ in range(2)]
                        z = [mpc(mpf(a), mpf(b)) / 2**p + s * half * mpc(mpf(c), mpf(d)) / 2**p + x
                             for a, b, c, d, x in zip(*parts, e, strict=True)]  # fmt: skip
                        moved = [[mpc(int(i == j)) for i in range(2)] for j in range(2)]
                        for part in original.layers:
                            z = [sum(mpf(w.numerator) / w.denominator * v for w, v in zip(r, z, strict=True)) + mpf(b.numerator) / b.denominator
                                 for r, b in zip(part.weight, part.bias, strict=True)]  # fmt: skip
                            moved = [[sum(mpf(w.numerator) / w.denominator * v for w, v in zip(r, col, strict=True)) for r in part.weight]
                                     for col in moved]  # fmt: skip
                            if part is not original.layers[-1]:
                                if kind == "power":
                                    pairs = [(v * v, 2 * v) for v in z]
                                else:
                                    pairs = [tuple(_complex(kind, v)[:2]) for v in z]
                                z = [v for v, _ in pairs]
                                moved = [[q * v for (_, q), v in zip(pairs, col, strict=True)] for col in moved]
                        for i in range(2):
                            assert abs(z[i]) * 2**p <= sizes[i] + 1
                            for j in range(2):
                                _near(columns[j][i], moved[j][i], p, 1)
    pole = k.model.read_model(model_of(layer([[1]], [0]), layer([[1]], [0], "identity")))
    line = k.strip.Line([0], [int(1.5 * 2**p)], [0], [1 << p], [0])
    k.strip.through(pole, line, int(0.05 * 2**p))
    _raises(lambda: k.strip.through(pole, line, int(0.1 * 2**p)), "Rejected")
    line = k.strip.Line([0], [int(1.5 * 2**p)], [0], [0], [int(0.1 * 2**p)])
    _raises(lambda: k.strip.through(pole, line, 1 << p), "Rejected")
    _strip_bounds(k, pole)


def _strip_bounds(k: Package, model: Any) -> None:
    """x -> tanh x along cos theta: |f| <= |tanh|, |Df| <= |sech^2| on |Im theta| <= 1/2, covered without gaps."""
    p = k.strip.P
    with mp.workprec(100):
        orbit = k.trig.Trig.real([[(F(0), F(0)), (F(1, 4), F(0))]])  # cos(theta)/2
        bounds = k.strip.strip_bounds(model, orbit, F(1, 2), 9, k.limits.Limits())
        top = slope = mpf(0)
        for i in range(200):
            z = mp.cos(2 * mp.pi * i / 200 + mpc(0, 0.5)) / 2
            top, slope = max(top, abs(mp.tanh(z))), max(slope, abs(mp.sech(z) ** 2))
        assert top * 2**p <= bounds.field[0] <= 1.5 * top * 2**p
        assert slope * 2**p <= bounds.jacobian[0][0] <= 1.5 * slope * 2**p
        assert slope * 2**p <= bounds.divergence


def covers(k: Package) -> None:
    """The lines that `strip_bounds` carries hold the curve between its samples; its results are the largest of all."""
    p, lines = k.strip.P, []
    with mp.workprec(150):
        orbit = k.trig.Trig.real([[(F(0), F(0)), (F(1, 4), F(1, 9)), (F(1, 7), F(0))]])
        coefficients = [mpc(_number(x), _number(y)) for x, y in orbit.rows[0]]
        for boxes in (4, 7):
            lines.clear()
            counts = iter([5, 9, 3, 1, 2, 1, 1])

            def record(model: Any, line: Any, half: int, counts: Any = counts) -> tuple[list[int], list[Any]]:
                lines.append((line, half))
                n = next(counts)
                return [n], [[(n, 0, 0)]]

            k.strip.through = record
            found = k.strip.strip_bounds(SimpleNamespace(dimension=1), orbit, F(1, 2), boxes, k.limits.Limits())
            assert (found.field, found.jacobian, found.divergence) == ([9], [[9]], 9) and len(lines) == boxes
            for j, (line, half) in enumerate(lines):
                assert half * boxes >= mp.pi * 2**p
                for i in range(-10, 11):
                    t = mpf(half) / 2**p * i / 10
                    theta = 2 * mp.pi * j / boxes + t + mpc(0, 0.5)
                    z = sum(c * mp.exp(mpc(0, n) * theta) for n, c in enumerate(coefficients, start=-2)) * 2**p
                    middle = mpc(line.x[0], line.y[0]) + mpc(line.gx[0], line.gy[0]) * t
                    assert abs(z - middle) <= line.r[0] + 1


def nodes(k: Package) -> None:
    """Defect, residual and frame at every node of a wrong candidate, against floats; what is not invertible is refused."""
    text, data = case("orbit")
    stored = next(w for w in json.loads(text)["witness"])
    c = k.orbit_data.read_candidate(stored, 2)
    rows = [list(row) for row in c.orbit.rows]
    rows[0][c.orbit.degree + 2] = rows[0][c.orbit.degree - 2] = (F(1, 10), F(0))
    c = replace(c, orbit=k.trig.Trig(tuple(map(tuple, rows))), tau=c.tau * F(5, 4))
    model, original = k.model.read_model(data), read_model(data)
    found = k.orbit_bounds.orbit_bounds(model, c, k.limits.Limits())

    def value(curve: Any, theta: float) -> Any:
        n = curve.degree
        return np.array([sum(complex(float(x), float(y)) * np.exp(1j * i * theta) for i, (x, y) in enumerate(row, start=-n))
                         for row in curve.rows])  # fmt: skip

    for j in range(0, c.nodes, 5):
        theta = 2 * np.pi * j / c.nodes
        point = evaluate(original, [F(float(x)) for x in value(c.orbit, theta).real], 100)
        field = np.array([x[0] / 2**100 for x in point.field])
        jacobian = np.array([[x[0] / 2**100 for x in row] for row in point.jacobian])
        inverse = np.array([value(row, theta) for row in c.inverse])
        q = np.array([value(c.orbit.derivative, theta), value(c.frame[0], theta)]).T
        moved = np.array([value(c.orbit.derivative.derivative, theta), value(c.frame[0].derivative, theta)]).T
        tau, rate = float(c.tau), complex(*map(float, c.exponents[0]))
        defect = abs(inverse @ (tau * field - value(c.orbit.derivative, theta)))
        residual = abs(inverse @ (tau * jacobian @ q - moved - q @ np.diag([0, rate])))
        assert all(a <= float(b) + 1e-9 for a, b in zip(defect, found.defect, strict=True))
        for i in range(2):
            for m in range(2):
                assert residual[i, m] <= float(found.residual[i][m]) + 1e-9
                assert abs(q[i, m]) <= float(found.frame[i][m]) + 1e-9 and abs(inverse[i, m]) * 0.99 <= float(
                    found.inverse[i][m]
                )
    assert max(found.defect) < 5
    trace = evaluate(original, [F(float(x)) for x in value(c.orbit, 0.0).real], 100)
    del trace
    tops = [[9, 0]]
    k.orbit_bounds._grow(tops, [[(1, 0, 0), (3, 4, 0)]])
    assert tops == [[9, 5]]
    worse = replace(
        c, inverse=tuple(k.trig.Trig(tuple(tuple((3 * x, 3 * y) for x, y in row) for row in r.rows)) for r in c.inverse)
    )
    try:
        k.orbit_bounds.orbit_bounds(model, worse, k.limits.Limits())
    except Exception as error:
        assert "invertible" in str(error)
    else:
        raise AssertionError("an inverse that is none")
    alias, height = 0.0, float(c.height)
    strip = k.strip.strip_bounds(model, c.orbit, c.height, c.boxes, k.limits.Limits())
    alias = 2 * strip.divergence / 2**k.strip.P * np.exp(-height * c.nodes)
    assert float(found.mean[1] - found.mean[0]) >= 2 * alias


def candidates(k: Package) -> None:
    """The hypotheses about an orbit's data, and about a curve's; what the quadrature leaves open is in its result."""
    stored = json.loads(case("orbit")[0])["witness"][0]
    whole = k.orbit_data.read_candidate(stored, 2)
    for change in (
        {"period_radius": "1"}, {"period_radius": "0"}, {"radii": ["1", "-1"]}, {"radii": ["0", "1"]}, {"tube": "0"},
        {"nodes": 2 * whole.degree}, {"degree": 1}, {"strip": "0"}, {"tau": "-1"}, {"nodes": True}, {"radii": ["1"]},
    ):  # fmt: skip
        _raises(lambda change=change: k.orbit_data.read_candidate({**stored, **change}, 2), "Rejected")
    facts = SimpleNamespace(model=SimpleNamespace(dimension=1), limits=k.limits.Limits())
    rows = [["0", "0"], ["1", "1"], ["3", "0"]]
    curve, period = k.curve_claims.read_curve({"rows": rows, "interpolation": "linear"}, facts)
    assert period == 3 and [h for h, _ in curve] == [1, 2]
    for bad in (
        [*rows[:2], ["3", "1"]],
        [rows[0], rows[2], rows[1], ["4", "0"]],
        [rows[0], rows[0], rows[2]],
        rows[:1],
    ):
        _raises(lambda bad=bad: k.curve_claims.read_curve({"rows": bad, "interpolation": "linear"}, facts), "Rejected")
    _raises(lambda: k.curve_claims.read_curve({"rows": rows, "interpolation": "none"}, facts), "Rejected")
    cubic, _ = k.curve_claims.read_curve({"rows": rows, "interpolation": "cubic"}, facts)
    slopes = [sum(j * x for j, x in enumerate(piece[0])) / h for h, piece in cubic]
    assert slopes == [cubic[1][1][0][1] / 2, cubic[0][1][0][1]] and [sum(piece[0]) for _, piece in cubic] == [1, 0]
    assert slopes[0] == F(1, 2)  # (h_1 d_0 + h_0 d_1)/(h_0 + h_1) with slopes 1 and -1/2 over 1 and 2
    k.curve_claims._rule = lambda *_: (4, F(1, 10))
    k.curve_claims._sum = lambda *_: (5, 6)
    low, high = k.curve_claims.integral(facts, curve, period, F(1))
    assert low <= F(15, 2 << 128) - F(2, 10) and high >= F(18, 2 << 128) + F(2, 10)


def _number(x: Fraction) -> Any:
    return mpf(x.numerator) / x.denominator


def sampling(k: Package) -> None:
    """The sampling lemma's factors, the norms of the periodic inverses, the tube's derivatives, the orbit's box."""
    with mp.workprec(1500):
        height, degree, nodes = F(1, 3), 5, 16
        s = k.orbit_bounds.Sampler(SimpleNamespace(height=height, degree=degree, nodes=nodes))
        h = _number(height)
        tail = 2 * mp.exp(-h * (degree + 1)) / (1 - mp.exp(-h))
        cosine = mp.cos(mp.pi * degree / nodes)
        eps = mpf(2) ** -150
        assert tail <= _number(s.tail) <= tail * (1 + eps)
        assert cosine * (1 - eps) <= _number(s.cosine(degree)) <= cosine
        assert 3 / cosine <= _number(s.polynomial(F(3), degree)) <= 3 / cosine * (1 + eps)
        top = (3 + 7 * tail) / cosine + 7 * tail
        assert top <= _number(s.supremum(F(3), F(7))) <= top * (1 + eps)
        alias = 2 * 7 * mp.exp(-h * nodes) / (1 - mp.exp(-h * nodes))
        assert alias <= _number(s.alias(F(7))) <= alias * (1 + eps)
        _raises(lambda: s.polynomial(F(3), degree + 1), "Rejected")
        _raises(lambda: s.cosine(nodes // 2), "Rejected")
        for x, y, kind in (
            (F(-2, 5), F(0), "periodic"),
            (F(-2, 5), F(1, 2), "antiperiodic"),
            (F(3, 7), F(1, 5), "complex"),
            (F(0), F(2, 5), "complex"),
            (F(-1), F(1, 3), "complex"),
        ):
            a, b = _number(x), _number(y)
            mass = mp.quad(lambda t, a=a: mp.exp(a * t), [0, 2 * mp.pi])
            true = mass / abs(1 - mp.exp(2 * mp.pi * mpc(a, b)))
            found = _number(k.orbit_tube.inverse_norm((x, y), kind))
            assert true * (1 - mpf(2) ** -60) <= found <= true * (1 + mpf(2) ** -40), kind
            low, high = map(_number, k.orbit_tube.grown(x))
            assert low <= mp.exp(2 * mp.pi * a) <= high <= low * (1 + eps)
            c = k.floquet.centre((x, y), kind)
            true = mp.exp(2 * mp.pi * mpc(a, b))
            assert _number(c.re[0]) - eps <= true.real <= _number(c.re[1]) + eps and abs(true) <= _number(c.size)
            assert _number(c.im[0]) - eps <= true.imag <= _number(c.im[1]) + eps and c.rate == x
        r = F(1, 100)
        assert 2 * mp.pi * _number(r) * mp.exp(2 * mp.pi * _number(r)) <= _number(k.floquet.relative(r))
    _tube(k)
    _hull(k)


def _tube(k: Package) -> None:
    p, chance = 40, random.Random(15)
    for name, data, original in models():
        if name in ("relu", "elu", "leaky_relu"):
            continue
        model = k.model.read_model(data)
        for width in (0.001, 0.5):
            centre = [chance.uniform(-1, 1) for _ in range(2)]
            hull = [(int((c - width) * 2**p), int((c + width) * 2**p)) for c in centre]
            tube = k.orbit_tube.tube_bounds(model, hull, p)
            fine, step = 400, F(1, 1 << 60)
            for corner in itertools.product(*hull):
                point = [F(x, 1 << p) for x in corner]
                value = k.field.evaluate(original, point, fine)
                moved = [
                    k.field.evaluate(original, [x + step * (i == j) for j, x in enumerate(point)], fine)
                    for i in range(2)
                ]
                for row in range(2):
                    for j in range(2):
                        assert abs(F(value.jacobian[row][j][0], 1 << fine)) <= tube.jacobian[row][j] + step
                    second = sum(
                        abs(F(moved[i].jacobian[row][j][0] - value.jacobian[row][j][0], 1 << fine)) / step
                        for i in range(2) for j in range(2)
                    )  # fmt: skip
                    assert second <= tube.curvature[row] + F(1, 1 << 40), name


def _hull(k: Package) -> None:
    p = 40
    orbit = k.trig.Trig.real([[(F(0), F(0)), (F(0), F(1, 2))], [(F(0), F(0)), (F(1, 2), F(0))]])
    for nodes in (5, 7):
        values = orbit.samples(nodes, p)
        box = k.orbit_bounds.orbit_hull(SimpleNamespace(orbit=orbit, nodes=nodes), values, p, F(1, 8))
        for low, high in box:
            assert low <= -9 << p - 3 and high >= 9 << p - 3 and high <= 2 << p


def _proof(k: Package, **changes: Any) -> Any:
    """A proof whose inequalities hold with room, d = 2, all matrices small and simple."""
    zero = [[F(0)] * 2 for _ in range(2)]
    bounds = k.orbit_bounds.Bounds(
        [F(0), F(0)], [row[:] for row in zero], [[F(1), F(0)], [F(0), F(1)]], [[F(1), F(0)], [F(0), F(1)]],
        (F(-1), F(-1)), [], 60,
    )  # fmt: skip
    c = SimpleNamespace(
        radii=(F(1, 100), F(1, 100)), period_radius=F(1, 100), tau=F(1), exponents=((F(-1), F(0)),), kinds=("periodic",),
        tube=F(1), orbit=None,
    )  # fmt: skip
    proof = object.__new__(k.orbit_claims.Proof)
    proof.c, proof.d, proof.bounds = c, 2, bounds
    proof.tube = k.orbit_tube.Tube([row[:] for row in zero], [F(0), F(0)])
    proof.distance = F(1, 100)
    for key, value in changes.items():
        if key in ("defect", "residual", "frame", "inverse", "mean"):
            object.__setattr__(bounds, key, value)
        elif key in ("jacobian", "curvature"):
            object.__setattr__(proof.tube, key, value)
        elif key == "distance":
            proof.distance = value
        else:
            setattr(c, key, value)
    return proof


def contraction(k: Package) -> None:
    """Each inequality of the theorem fails just when its terms, alone or together, reach their limit."""
    _proof(k)._contract()
    r = F(1, 100)
    half = k.consequences.PI[1] / 2  # the norm of the mean-free inverse
    edge = F(999, 1000)

    def edges(make: Callable[[Fraction], dict[str, Any]], limit: Fraction) -> None:
        _proof(k, **make(limit * edge))._contract()
        _raises(lambda: _proof(k, **make(limit / edge))._contract(), "Rejected")

    s = F(1, 100)
    edges(lambda x: {"defect": [x, F(0)]}, r / half / (1 + s))  # a_1 G_1 <= r_1
    edges(lambda x: {"defect": [F(0), x]}, r / (1 + s))
    edges(lambda x: {"residual": [[x, F(0)], [F(0), F(0)]]}, 1 / half)
    edges(lambda x: {"residual": [[F(0), F(0)], [x, F(0)]]}, F(1))
    edges(lambda x: {"jacobian": [[x, F(0)], [F(0), F(0)]]}, 1 / half / s / 2)  # the Lipschitz constant is larger
    edges(lambda x: {"jacobian": [[x, F(0)], [F(0), F(0)]], "tau": F(3)}, 1 / half / s / 6)
    edges(lambda x: {"jacobian": [[F(0), F(0)], [F(0), x]], "frame": [[F(1), F(0)], [F(0), F(3)]]}, 1 / s / 2 / 3)
    edges(lambda x: {"jacobian": [[F(0), F(0)], [F(0), x]], "inverse": [[F(1), F(0)], [F(0), F(3)]]}, 1 / s / 2 / 3)
    q = F(1, 100)
    edges(lambda x: {"curvature": [x, F(0)]}, r / half / ((2 + 3 * s) / 2 * q * q))
    edges(lambda x: {"curvature": [F(0), x], "tau": F(5)}, r / ((2 + 3 * s) * 5 / 2 * q * q))
    edges(
        lambda x: {"curvature": [F(0), x], "inverse": [[F(1), F(0)], [F(0), F(7)]]}, r / ((2 + 3 * s) / 2 * 7 * q * q)
    )
    edges(lambda x: {"curvature": [F(0), F(1)], "distance": x}, F(99258, 1000000))  # r = (2 + 3s)/2 q^2
    half_r = [F(0), r / 2]
    edges(lambda x: {"defect": half_r, "residual": [[F(0), F(0)], [x, F(0)]]}, 1 - (1 + s) / 2)
    shear = {"jacobian": [[F(0), F(0)], [F(3, 10) / s, F(0)]]}
    edges(lambda x: {**shear, "residual": [[F(0), F(0)], [x, F(0)]]}, F(4, 10))
    # With a large r_1 the period's own inequalities decide: G_1 <= r_s and L_1 < r_s.
    wide = {"radii": (F(1, 10), F(1, 100))}
    edges(lambda x: {**wide, "defect": [x, F(0)]}, s / (1 + s))
    edges(lambda x: {**wide, "curvature": [x, F(0)]}, s / ((2 + 3 * s) / 2 * q * q))
    _raises(
        lambda: _proof(k, exponents=((F(-1, 2), F(0)),), residual=[[F(0), F(0)], [F(2, 3), F(0)]])._contract(),
        "Rejected",
    )
    proof = _proof(k, curvature=[F(3), F(4)], mean=(F(-2), F(-1)))
    assert proof.trace == (F(-2) - 7 * q, F(-1) + 7 * q)
    with mp.workprec(200):
        low, high = map(_number, _proof(k, tau=F(3)).turn)
        assert low <= 6 * mp.pi * mpf("0.99") <= 6 * mp.pi * mpf("1.01") <= high * (1 + mpf(2) ** -90)
        assert high - low < 0.4
    _minimal(k)
    _perturbation(k)
    for broken in ({"defect": [F(-1), F(0)]}, {"residual": [[F(-1), F(0)], [F(0), F(0)]]}, {"mean": (F(1), F(0))}):
        _raises(lambda broken=broken: k.orbit_bounds._demand_bounds(_proof(k, **broken).bounds), "Rejected")


def _minimal(k: Package) -> None:
    """Modes 2 and 4 alone leave half the period open; a mode 3 beyond q closes it, one below q does not."""
    zero = (F(0), F(0))
    for third, fine in ((F(1, 2), True), (F(1, 200), False), (F(0), False)):
        orbit = k.trig.Trig.real([[zero, zero, (F(1), F(0)), (third, F(0)), (F(1, 3), F(0))]])
        proof = _proof(k, orbit=orbit)
        proof.d = 1
        if fine:
            proof._minimal()
        else:
            _raises(proof._minimal, "Rejected")


def _perturbation(k: Package) -> None:
    chance = random.Random(16)
    for _ in range(5):
        m, q, inv, a = ([[F(chance.randint(0, 9)) for _ in range(2)] for _ in range(2)] for _ in range(4))
        curve, s, tau, dist = [F(chance.randint(1, 9)) for _ in range(2)], F(1, 7), F(3), F(1, 5)
        proof = _proof(
            k, residual=m, frame=q, inverse=inv, jacobian=a, curvature=curve, period_radius=s, tau=tau, distance=dist
        )
        for i in range(2):
            for j in range(2):
                true = m[i][j] + sum(
                    inv[i][n] * tau * (s * sum(a[n][x] * q[x][j] for x in range(2)) + (1 + s) * curve[n] * dist * max(q[0][j], q[1][j]))
                    for n in range(2)
                )  # fmt: skip
                found = k.floquet.perturbation(proof)[i][j]
                assert true <= found <= true * F(1001, 1000)


def discs(k: Package) -> None:
    """Gershgorin: separation, weights, unions and the sizes of the discs."""
    f = k.floquet
    centres = [f.centre((F(0), F(0)), "trivial"), f.centre((F(-1, 2), F(0)), "periodic")]
    assert centres[0].re[0] <= 1 <= centres[0].re[1]
    small = [[F(1, 1000), F(1, 500)], [F(1, 300), F(1, 1000)]]
    d = f.Discs(centres, small)
    assert d.sums([F(1), F(1)]) == [F(3, 1000), F(13, 3000)]
    assert d.sums([F(1), F(1, 2)]) == [F(1, 1000) + F(1, 1000), F(2, 300) + F(1, 1000)]
    regions = d.regions()
    assert [r.members for r in regions] == [1, 1]
    for region, centre in zip(regions, centres, strict=True):
        assert region.re[0] < centre.re[0] and region.re[1] > centre.re[1] and region.im == (0, 0)
        assert region.rate[0] <= centre.rate - F(1, 1000) and region.rate[1] >= centre.rate + F(1, 1000)
    # x e^x = 1 - e^-pi at x = 0.553, and = e^pi - 1 at x = 2.275, x = 2 pi R.
    for first, second, apart in ((F(85, 1000), F(36, 100), True), (F(9, 100), F(37, 100), False)):
        assert d.apart(0, 1, [first, F(0)]) is apart and d.apart(1, 0, [first, F(0)]) is apart
        assert d.apart(0, 1, [F(0), second]) is apart
    wide = [
        f.Centre((F(0), F(1)), (F(0), F(0)), F(1), F(0), True),
        f.Centre((F(1, 2), F(2)), (F(0), F(0)), F(1), F(0), True),
    ]
    assert not f.Discs(wide, small).apart(0, 1, [F(0), F(0)])
    joined = f.Discs(centres, [[F(1, 8), F(1, 8)], [F(1, 8), F(1, 8)]]).regions()
    assert [r.members for r in joined] == [2, 2] and joined[0] == joined[1] and joined[0].im[1] > 0
    _raises(lambda: f.Discs(centres, [[F(2), F(2)], [F(2), F(2)]]).regions(), "Rejected")
    _raises(lambda: f.Discs(centres, [[F(1), F(0)], [F(0), F(1, 100)]]).regions(), "Rejected")


CHECKS: dict[str, Callable[[Package], None]] = {
    "complexes": complexes, "trig": trig, "strips": strips, "covers": covers, "nodes": nodes, "candidates": candidates, "sampling": sampling, "contraction": contraction,
    "discs": discs,
}  # fmt: skip
