"""Fast checks of the checker's parts that take a copy of the package, so that mutants meet the same as the original.

Each check raises AssertionError (or anything else) where the copy is wrong. References are exact fractions, mpmath, or
the original package at a far higher precision.
"""
# ruff: noqa: E501

from __future__ import annotations

import importlib
import itertools
import random
import sys
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from hostile_cases import layer, model_of
from mpmath import mp, mpc, mpf

import saturode_verify.checker
from saturode_verify.checker.field import evaluate
from saturode_verify.checker.model import read_model

FOLDER = Path(saturode_verify.checker.__file__).parent
F = Fraction


class Package:
    """A copy of the checker under another name, one module of which may have another text."""

    def __init__(self, name: str) -> None:
        self.name, self.text = name, ("", "")
        self.reset()

    def load(self, module: str, text: str) -> None:
        """Take another text for one module. Raises what its import raises."""
        self.text = module, text
        self.reset()

    def reset(self) -> None:
        """A fresh copy: checks may change its constants."""
        self.close()
        top = ModuleType(self.name)
        top.__path__ = [str(FOLDER)]
        sys.modules[self.name] = top
        module, text = self.text
        if module:
            changed = ModuleType(f"{self.name}.{module}")
            changed.__package__ = self.name
            sys.modules[changed.__name__] = changed
            exec(compile(text, f"{module}.py", "exec"), changed.__dict__)

    def __getattr__(self, module: str) -> Any:
        return importlib.import_module(f"{self.name}.{module}")

    def close(self) -> None:
        """Forget the copy."""
        for name in [n for n in sys.modules if n == self.name or n.startswith(f"{self.name}.")]:
            del sys.modules[name]


def holds(interval: tuple[int, int], value: Any, p: int, width: float = 1e30) -> None:
    """low <= value 2^p <= high, and not absurdly wide."""
    low, high = interval
    scaled = value * (mpf(2) ** p if isinstance(value, mpf) else 2**p)
    assert low <= scaled <= high, (interval, scaled)
    assert high - low <= width, interval


def fixed(k: Package) -> None:
    f, chance = k.fixed, random.Random(1)
    for _ in range(400):
        p = chance.randint(1, 9)
        a, b = (tuple(sorted(chance.randint(-60, 60) for _ in range(2))) for _ in range(2))
        x, y = (F(chance.choice([t[0], t[1], chance.randint(*t)]), 1 << p) for t in (a, b))
        holds(f.times(a, b, p), x * y, p)
        holds(f.plus(a, b), x + y, p)
        holds(f.minus(a, b), x - y, p)
        holds(f.negative(a), -x, p)
        holds(f.square(a, p), x * x, p)
        assert f.square(a, p)[0] >= 0
        holds(f.scaled(a, -3), -3 * x, p)
        holds(f.scaled(a, 3), 3 * x, p)
        holds(f.around(x / 3, p), x / 3, p, 1)
        assert f.floor_at(x / 3, p) <= x / 3 * 2**p <= f.ceil_at(x / 3, p)
        assert F(a[0], 4) <= f.up(a[0], 2) < F(a[0], 4) + 1
        assert f.magnitude(a) == max(abs(a[0]), abs(a[1]))
        assert f.hull([a, b]) == (min(a[0], b[0]), max(a[1], b[1]))
        if b[0] > 0 or b[1] < 0:
            holds(f.divided(a, b, p), x / y, p)
        else:
            try:
                f.divided(a, b, p)
                raise AssertionError("divided by 0")
            except ArithmeticError:
                pass
        n = chance.randint(0, 5000)
        assert n <= f.root_up(n) ** 2 < n + 2 * f.root_up(n) + 1
        low, high = f.root_bounds(F(n, 7), 20)
        assert low**2 <= F(n, 7) <= high**2 and (n == 0 or high - low < F(1, 1000) * high)
        value = F(chance.randint(-(10**9), 10**9), chance.randint(1, 10**5)) * F(2) ** chance.randint(-60, 60)
        assert f.rounded(value, 12, False) <= value <= f.rounded(value, 12, True)


def _functions(k: Package, p: int, count: int) -> None:
    e, chance = k.elementary, random.Random(p)
    for i in range(count):
        x = int((chance.random() - 0.5) * 2.0 ** chance.choice([-8, 0, 1, 3, 4]) * 2**p)
        x = [0, 1, -1, 1 << p, -1 << p, 3 << p][i] if i < 6 else x
        v = mpf(x) / mpf(2) ** p
        holds(e.exp(x, p), mp.exp(v), p, 10**6 * (8 + 16 * float(mp.exp(v))))
        holds(e.sin_cos(x, p)[0], mp.sin(v), p, 200)
        holds(e.sin_cos(x, p)[1], mp.cos(v), p, 200)
        holds(e.atan(x, p), mp.atan(v), p, 2000)
        holds(e.erf(x, p), mp.erf(v), p, 2000)
        holds(e.atan((x << p) + (1 << 2 * p), p), mp.atan(v * mpf(2) ** p + mpf(2) ** p), p, 2000)
        if x:
            holds(e.log(abs(x), p), mp.log(abs(v)), p, 2000)
    for n in (2, 3, 5, 239):
        holds(e._atanh_inverse(n, p), mp.atanh(mpf(1) / n), p, 200)
        holds(e._atan_inverse(n, p), mp.atan(mpf(1) / n), p, 400)
    holds(e.pi(p), +mp.pi, p, 9000)
    holds(e.log_two(p), mp.log(2), p, 400)
    holds(e.root_of_pi(p), mp.sqrt(mp.pi), p, 9000)


def elementary(k: Package) -> None:
    """With the guard digits, and without them, where every error counts."""
    e, chance, w = k.elementary, random.Random(2), 50
    with mp.workprec(300):
        _functions(k, 40, 60)
        for _ in range(200):
            r = chance.randrange(1 << w)
            holds(e._exp_reduced(r, w), mp.exp(mpf(r) / 2**w), w, 10**6)
            squared = r * r >> w
            holds(e._alternating(r, squared, w, 2, 0), mp.sin(mpf(r) / 2**w), w)
            holds(e._alternating(1 << w, squared, w, 1, 0), mp.cos(mpf(r) / 2**w), w)
        for x in (F(0), F(-1000), F(1, 3), F(-7, 3), F(777, 2), F(-1, 10**9)):
            low, high = e.exp_rational(x, 40)
            value = mp.exp(mpf(x.numerator) / x.denominator)
            assert mpf(low.numerator) / low.denominator <= value <= mpf(high.numerator) / high.denominator
            assert high - low <= low / 2**30
        for far in (F(1 << 21), F(-(1 << 21))):
            _gives_up(lambda far=far: e.exp_rational(far))
        assert e.exp(-100 << 40, 40) == (0, 1)
        seen: list[Fraction] = []
        whole = e.exp_parts
        e.exp_parts = lambda x, p, bits: seen.append(F(x, 1 << p)) or whole(x, p, bits)
        e.exp_rational(F(1, 3), 40)
        assert seen[0] < F(1, 3) < seen[1]
        e.exp_parts = whole
        _gives_up(lambda: e.exp(1 << 40, 8))
        _gives_up(lambda: e.log(0, 8))
        e.GUARD = 0
        for name in ("pi", "log_two", "root_of_pi"):
            getattr(e, name).cache_clear()
        _functions(k, 26, 300)


def _gives_up(call: Callable[[], object]) -> None:
    try:
        call()
    except (ArithmeticError, ValueError):
        return
    raise AssertionError("no error")


def _density(x: Any) -> Any:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def _gate(x: Any) -> list[Any]:
    g = 1 / (1 + mp.exp(-x))
    h = g * (1 - g)
    return [g, h, h * (1 - 2 * g), h * (1 - 6 * h)]


def derivatives(name: str, x: Any) -> list[Any]:
    """s, s', s'', s''' in closed form."""
    g, t, d = _gate(x), mp.tanh(x), _density(x)
    w, b = 1 - t * t, 1 / (1 + x * x)
    return {
        "tanh": [t, w, -2 * t * w, w * (4 - 6 * w)],
        "sigmoid": g,
        "softplus": [mp.log(1 + mp.exp(x)), *g[:3]],
        "silu": [x * g[0], *(x * g[i] + i * g[i - 1] for i in (1, 2, 3))],
        "gelu": [x * mp.ncdf(x), mp.ncdf(x) + x * d, (2 - x * x) * d, (x**3 - 4 * x) * d],
        "sin": [mp.sin(x), mp.cos(x), -mp.sin(x), -mp.cos(x)],
        "arctan": [mp.atan(x), b, -2 * x * b * b, (6 * x * x - 2) * b**3],
    }[name]


def smooth(k: Package) -> None:
    chance, q = random.Random(4), 60
    with mp.workprec(300):
        for name, function in k.smooth.SMOOTH.items():
            for i in range(40):
                y = [0, 1, -1][i] if i < 3 else int(chance.uniform(-7, 7) * 2**q)
                for interval, value in zip(function(y, q), derivatives(name, mpf(y) / 2**q), strict=True):
                    holds(interval, value, q, 2000)
        for name, bounds in k.smooth.BOUNDS.items():
            grid = [mpf(i) / 20 for i in range(-100, 101)]
            table = [derivatives(name, x) for x in grid]
            fourth = [20 * (b[3] - a[3]) for a, b in itertools.pairwise(table)]
            tops = [max(abs(row[2]) for row in table), max(abs(row[3]) for row in table), max(map(abs, fourth))]
            assert all(top <= mpf(b.numerator) / b.denominator + 1e-12 for top, b in zip(tops, bounds, strict=True)), (
                name
            )


def turning(k: Package) -> None:
    """Critical points and images over intervals that end at, just before and just after them."""
    p, a = 50, k.activation
    slack = mpf(2) ** -p
    with mp.workprec(300):
        for name, orders in k.smooth.TURNING.items():
            for order in range(len(orders)):
                for bracket, value in k.smooth.turning(name, order, p):
                    middle = mpf(bracket[0] + bracket[1]) / 2 ** (p + 1)
                    root = mp.findroot(lambda x, name=name, order=order: derivatives(name, x)[order + 1], middle)
                    assert bracket[0] <= root * 2**p <= bracket[1], (name, order, bracket)
                    holds(value, derivatives(name, root)[order], p, 1000)
                    act = a.Activation(name)
                    if order > 1:
                        continue
                    low, high = bracket
                    for ends in (
                        (low - 2**46, high),
                        (low, high + 2**46),
                        (low - 2**47, high + 2**46),
                        (low, low + 2**44),
                    ):
                        image = act.image(order, *ends, p)
                        assert image[0] <= derivatives(name, root)[order] * 2**p + 1 <= image[1] + 2, (name, order)
                        sure = act.attained(order, *ends, p)
                        seen = [derivatives(name, mpf(x) / 2**p)[order] for x in (*ends,)]
                        assert sure[0] * slack >= min([*seen, derivatives(name, root)[order]]) - slack
                        assert sure[1] * slack <= max([*seen, derivatives(name, root)[order]]) + slack


def activations(k: Package) -> None:
    """Slopes, kinks, images, attained values, bends, suprema against samples."""
    p, chance = 40, random.Random(6)
    cases = [(n, F(s), F(0)) for n in k.smooth.SMOOTH for s in ("1", "-3/4", "3")]
    with mp.workprec(90):
        for name, slope, parameter in cases:
            act, s = k.activation.Activation(name, slope, parameter), mpf(slope.numerator) / slope.denominator

            def at(x: int, name: str = name, s: Any = s) -> list[Any]:
                return [v * s**i for i, v in enumerate(derivatives(name, s * mpf(x) / 2**p))]

            for _ in range(3):
                low = int(chance.uniform(-4, 3) * 2**p)
                high = low + int(chance.choice([0.01, 0.5, 4]) * 2**p)
                points = [low, high, *(low + (high - low) * i // 6 for i in range(1, 6))]
                table = [at(x) for x in points]
                for interval, value in zip(act.point(low, p), table[0], strict=True):
                    holds(interval, value, p, 64)
                for order in (0, 1):
                    alone = act.attained(order, low, low, p)
                    assert alone[0] >= table[0][order] * 2**p >= alone[1]
                images = act.images(low, high, p)
                bends = act.bends(low, high, p, act.point((low + high) // 2, p))
                for row in table:
                    holds(images[0], row[0], p)
                    holds(images[1], row[1], p)
                    holds(bends[0], row[2], p)
                    holds(bends[1], row[3], p)
                    assert abs(row[2]) * 2**p <= act.bend(low, high, p)
                    assert abs(row[1]) * 2**p <= act.supremum(p)[1] and abs(row[2]) * 2**p <= act.lipschitz(p)[1]
                    assert abs(row[1]) * 2**p <= act.lipschitz(p)[0]
                for order in (0, 1):
                    assert images[order] == act.image(order, low, high, p)
                    sure = act.attained(order, low, high, p)
                    fine = [at(low + (high - low) * i // 24)[order] * 2**p for i in range(25)]
                    step = mpf(high - low) / 24 * 3 * (1 + abs(s)) ** 2
                    assert sure[0] >= min(fine) - step and sure[1] <= max(fine) + step
                    assert sure[0] <= min(fine) + step and sure[1] >= max(fine) - step
            top = act.supremum(p)
            fine = max(abs(at(int(x * 2**p))[1]) for x in [-90, 90, *(j / 20 for j in range(-80, 81, 2))])
            assert top[0] - 2 <= fine * 2**p * mpf("1.02") and fine * 2**p <= top[1] + 1 and top[1] - top[0] <= 4000
    _kinked(k)


def _kinked(k: Package) -> None:
    p, one = 20, 1 << 20
    act = k.activation.Activation
    cases = [("relu", F(0)), ("leaky_relu", F(1, 8)), ("elu", F(1, 2)), ("elu", F(1)), ("power", F(3)), ("power", F(2))]
    for name, parameter in cases:
        for slope in (F(1), F(-2)):
            a = act(name, slope, parameter)
            for low, high in itertools.combinations((-3 * one, -one, -1, 0, 1, one, 2 * one), 2):
                image = a.image(1, low, high, p), a.image(0, low, high, p)
                for x in (low, high, (low + high) // 2, *([0] if low <= 0 <= high else [])):
                    for order in (0, 1):
                        value = a.point(x, p)[order]
                        assert image[1 - order][0] <= value[0] and value[1] <= image[1 - order][1], (name, low, high)
                sure = a.attained(1, low, high, p)
                assert image[0][0] <= sure[0] and sure[1] <= image[0][1]
                if name in ("relu", "leaky_relu", "elu") and low < 0 < high and slope == 1:
                    left, right = a.sides(low, high, p)
                    assert right[0] <= one <= right[1] and right[1] <= one + 2
                    for x in (low, -1):
                        assert left[0] <= a.point(x, p)[1][0] and a.point(x, p)[1][1] <= left[1] + 1
                    assert sure[1] >= one - 2
            assert a.c1 == (name == "power" or (parameter == 1 and name == "elu")), name
            assert a.analytic == (name == "power")
    assert act("elu", F(1), F(2)).supremum(p)[1] >= 2 * one and act("relu", F(3)).supremum(p)[1] >= 3 * one
    assert act("power", F(1), F(2)).supremum(p) is None
    for point in (-one, one):
        holds(act("elu", F(1), F(2)).point(point, p)[1], mpf(1) if point > 0 else 2 * mp.exp(-1), p, 64)
    assert (
        act("relu").attained(1, -one, 0, p)[1] <= 0
        and act("leaky_relu", F(1), F(1, 8)).attained(1, 0, one, p)[0] >= one
    )
    assert act("relu").bends(-1, 1, p, act("relu").point(0, p)) is None
    cube = act("power", F(1), F(3))
    assert cube.bends(-one, one, p, cube.point(0, p))[0] == (-6 * one, 6 * one)
    assert act("power", F(1), F(4)).bends(-one, one, p, cube.point(0, p))[0][0] <= 0


@cache
def models() -> list[Any]:
    """Small models of every kind of activation, read by the original."""
    chance, found = random.Random(9), []
    for name in ("tanh", "silu", "sin", "power", "relu", "elu", "leaky_relu", "sigmoid"):
        more = {"power": {"exponent": 2}, "elu": {"alpha": "1*2^-1"}, "leaky_relu": {"negative_slope": "1*2^-3"}}.get(
            name, {}
        )
        sizes, parts = [2, 3, 3, 2], []
        for i in range(3):
            e = 16 if name == "sin" else 6
            rows = [[f"{chance.randint(-1 << e, 1 << e)}*2^-{e}" for _ in range(sizes[i])] for _ in range(sizes[i + 1])]
            kind = {"name": name, **more} if i < 2 else {"name": "identity"}
            parts.append(layer(rows, [f"{chance.randint(-40, 40)}*2^-6" for _ in rows], kind.pop("name"), **kind))
        found.append((name, model_of(*parts), read_model(model_of(*parts))))
    return found


def affine(k: Package) -> None:
    """Engine and point evaluation at so few digits that every rounding counts, against 200 bits."""
    chance = random.Random(3)
    for p in (12, 30):
        for name, data, original in models():
            model = k.model.read_model(data)
            engine = k.affine.Engine(model, p)
            for width in (0, 2, 1 << (p - 3), 1 << p):
                low = [chance.randint(-1 << p, 1 << p) for _ in range(2)]
                high = [x + chance.randint(0, width) for x in low]
                found = engine.enclose(low, high)
                ball = (
                    [a + b >> 1 for a, b in zip(low, high, strict=True)],
                    [(b - a + 1) // 2 for a, b in zip(low, high, strict=True)],
                )
                value = None if name == "power" and width > 2 else k.field.evaluate_ball(model, ball, p)
                for corner in [*itertools.product(*zip(low, high, strict=True)), tuple(ball[0])]:
                    point = [F(x, 1 << p) for x in corner]
                    true = evaluate(original, point, 200)
                    one_point = k.field.evaluate(model, [x / 3 for x in point], p)
                    _within(one_point, evaluate(original, [x / 3 for x in point], 200), p)
                    ranges = found.field.ranges()
                    for i in range(2):
                        _meets(ranges[i], true.field[i], p)
                        for j in range(2):
                            _meets(found.jacobian[j].ranges()[i], true.jacobian[i][j], p)
                    for part, other in zip(found.ranges, true.pre, strict=True):
                        for a, b in zip(part, other, strict=True):
                            _meets(a, b, p)
                    if value is not None:
                        _within(value, true, p)


def _meets(interval: tuple[int, int], true: tuple[int, int], p: int) -> None:
    assert interval[0] << (200 - p) <= true[1] and true[0] <= interval[1] << (200 - p), (interval, p)


def _within(value: Any, true: Any, p: int) -> None:
    for i in range(2):
        _meets(value.field[i], true.field[i], p)
        for j in range(2):
            _meets(value.jacobian[i][j], true.jacobian[i][j], p)
    for name in ("pre", "slope"):
        for part, other in zip(getattr(value, name), getattr(true, name), strict=True):
            for a, b in zip(part, other, strict=True):
                _meets(a, b, p)


def lines(k: Package) -> None:
    """`linearise` and `chord`: |s(a) - middle - factor (a - c)| <= rest everywhere."""
    chance, fine = random.Random(5), 120
    for name in ("tanh", "sigmoid", "silu", "sin", "gelu", "arctan", "softplus", "power", "relu", "elu", "leaky_relu"):
        parameter = {"power": F(3), "elu": F(1, 2), "leaky_relu": F(1, 8)}.get(name, F(0))
        act = k.activation.Activation(name, F(1), parameter)
        for p in (6, 14):
            for size in (0, 1, 1 << (p - 3), 1 << (p - 2), 1 << p, 3 << p):
                c, reach = chance.randint(-3 << p, 3 << p), size
                pairs = [k.affine.linearise(act, c, reach, p)]
                if name in ("relu", "leaky_relu"):
                    pairs.append(k.kinks.chord(act, c, (c - reach, c + reach), p))
                for pair in pairs:
                    for order, (middle, factor, rest) in enumerate(pair):
                        for i in range(17):
                            x = (c - reach << 4) + reach * 2 * i
                            value = act.point(x << (fine - p - 4), fine)[order]
                            line = (middle << 4 << p) + factor * (x - (c << 4))  # precision 2p + 4
                            gap = (
                                max(abs(v - (line << fine - 2 * p - 4)) for v in value)
                                if value[0] == value[1]
                                else min(abs(v - (line << fine - 2 * p - 4)) for v in value)
                            )
                            assert gap <= rest << (fine - p), (name, order, p, c, reach)


def chains(k: Package) -> None:
    """Df from forms of the slopes: every choice inside them lies inside."""
    chance, p = random.Random(8), 10
    for name, data, _ in models()[:3]:
        del name
        model = k.model.read_model(data)
        engine = k.affine.Engine(model, p)
        weights = [[[F(w) for w in row] for row in part.weight] for part in model.layers]
        for _ in range(60):
            big = chance.choice([(2000, 500, 300), (2000, 0, 900), (1000, 900, 0), (0, 0, 3000), (40, 0, 0)])
            slopes = [
                k.forms.Form(
                    [chance.randint(-big[0], big[0]) for _ in part.bias],
                    [[chance.randint(-big[1], big[1]) for _ in part.bias] for _ in range(2)],
                    [chance.randint(0, big[2]) for _ in part.bias],
                )
                for part in model.hidden
            ]
            columns = engine._jacobian(slopes)
            for _ in range(12):
                t = [chance.choice([-1, 1, F(1, 3)]) for _ in range(2)]
                total = weights[0]
                for form, rows in zip(slopes, weights[1:], strict=True):
                    d = [form.c[i] + sum(g[i] * x for g, x in zip(form.g, t, strict=True)) + chance.choice([-1, 1]) * form.r[i]
                         for i in range(len(form.c))]  # fmt: skip
                    middle = [[F(d[i], 1 << p) * v for v in row] for i, row in enumerate(total)]
                    total = [[sum(w * middle[i][j] for i, w in enumerate(row)) for j in range(2)] for row in rows]
                for j, column in enumerate(columns):
                    for i in range(2):
                        line = column.c[i] + sum(g[i] * x for g, x in zip(column.g, t, strict=True))
                        assert abs(total[i][j] * 2**p - line) <= column.r[i]


def products(k: Package) -> None:
    """Forms' maps and products hold every choice of their arguments."""
    chance = random.Random(18)
    for _ in range(60):
        a, b = (
            k.forms.Form([chance.randint(-900, 900) for _ in range(3)],
                         [[chance.randint(-300, 300) for _ in range(3)] for _ in range(2)],
                         [chance.randint(0, 40) for _ in range(3)])
            for _ in range(2)
        )  # fmt: skip
        for full in (True, False):
            found = k.forms.product(a, b, 6, full=full)
            for t in itertools.product((-1, 1), repeat=2):
                for e, h in itertools.product((-1, 1), repeat=2):
                    for i in range(3):
                        x = a.c[i] + sum(g[i] * s for g, s in zip(a.g, t, strict=True)) + (e * a.r[i] if full else 0)
                        y = b.c[i] + sum(g[i] * s for g, s in zip(b.g, t, strict=True)) + h * b.r[i]
                        line = found.c[i] + sum(g[i] * s for g, s in zip(found.g, t, strict=True))
                        assert abs(F(x * y, 64) - line) <= found.r[i]
        rows = [[chance.randint(-30, 30) for _ in range(3)] for _ in range(4)]
        moved = k.forms.Weights(rows, 4).times([a], [5, -7, 100, 0])[0]
        for t in itertools.product((-1, 1), repeat=2):
            for i, row in enumerate(rows):
                x = [a.c[j] + sum(g[j] * s for g, s in zip(a.g, t, strict=True)) for j in range(3)]
                for sign in (-1, 1):
                    y = sum(w * (v + sign * (r if w > 0 else -r)) for w, v, r in zip(row, x, a.r, strict=True))
                    line = moved.c[i] + sum(g[i] * s for g, s in zip(moved.g, t, strict=True))
                    assert abs(F(y + [5, -7, 100, 0][i], 16) - line) <= moved.r[i]
    box = k.forms.box_form([-5, 2], [8, 2])
    assert box.ranges()[0][0] <= -5 and box.ranges()[0][1] >= 8 and box.ranges()[1] == (2, 2)


def spectral(k: Package) -> None:
    """Definiteness of integer and interval matrices; norms between bounds close on either side."""
    s, chance = k.spectral, random.Random(10)
    for _ in range(150):
        n = chance.randint(1, 4)
        rows = [[chance.randint(-4, 4) for _ in range(n)] for _ in range(n)]
        symmetric = [[rows[i][j] + rows[j][i] for j in range(n)] for i in range(n)]
        least = min(np.linalg.eigvalsh(np.array(symmetric, dtype=float)))
        answer = s.definite([[(x << 40, x << 40) for x in row] for row in symmetric], 40)
        assert not (answer == 1 and least < -1e-6) and not (answer == -1 and least > 1e-6)
        strict = s.definite([[(x << 40, x << 40) for x in row] for row in symmetric], 40, singular=True)
        assert not (strict == 1 and least < 1e-9) and not (strict == -1 and least > 1e-6)
        wide = [[(x << 4, (x << 4) + chance.randint(0, 9)) for x in row] for row in symmetric]
        for i in range(n):
            for j in range(i):
                wide[j][i] = wide[i][j]
        answer = s.definite(wide, 4)
        for _ in range(8):
            pick = np.zeros((n, n))
            for i in range(n):
                for j in range(i + 1):
                    pick[i, j] = pick[j, i] = chance.choice(wide[i][j])
            least = min(np.linalg.eigvalsh(pick))
            assert not (answer == 1 and least < -1e-6) and not (answer == -1 and least > 1e-6)
        m = [[chance.randint(-9, 9) for _ in range(chance.choice([n, n]))] for _ in range(n + chance.randint(0, 2))]
        norm = F(float(np.linalg.norm(np.array(m, dtype=float), 2)))
        gram = s.gram([[(x, x) for x in row] for row in m], 0)
        if norm == 0:
            assert s.at_most(gram, 0, F(0)) and s.at_least(gram, 0, F(0))
            continue
        more, less = norm * (1 + F(1, 10**9)), norm * (1 - F(1, 10**9))
        assert s.at_most(gram, 0, more**2) and not s.at_most(gram, 0, less**2)
        assert s.at_least(gram, 0, less**2) and not s.at_least(gram, 0, more**2)
        assert not s.at_most(gram, 0, F(0)) and not s.at_most(gram, 0, F(-1))
        low, high = s.enclose(gram, 0)
        assert low <= more**2 and high >= less**2 and high <= low * F(101, 100)
        assert F(0) < s.rayleigh(gram, 0) <= more**2 and s.rayleigh(gram, 3) == s.rayleigh(gram, 0) / 8
        slow = s.gram([[(10**6, 10**6), (0, 0)], [(0, 0), (10**6 + 1, 10**6 + 1)]], 0)
        low, high = s.enclose(slow, 0)
        assert low <= (10**6 + 1) ** 2 <= high and low >= 10**12
        rough = [[(x - 3, x + 3) for x, _ in row] for row in slow]
        assert s.rayleigh(rough, 0) <= (10**6 + 1) ** 2 - 2
        thick = s.gram([[(x - 1, x + 2) for x in row] for row in m], 0)
        for _ in range(4):
            pick = np.array([[chance.choice([x - 1, x + 2]) for x in row] for row in m], dtype=float)
            true = pick.T @ pick if len(m) > len(m[0]) else pick @ pick.T
            assert all(
                thick[i][j][0] <= true[i, j] <= thick[i][j][1] for i in range(len(true)) for j in range(len(true))
            )
        q = chance.choice([-3, 0, 5, 300])
        level = F(chance.randint(1, 50), 7)
        shifted, p = s.shifted([[(x << 3, (x << 3) + 3) for x, _ in row] for row in gram], q, level)
        unit = 2 ** (p - q - (level.numerator.bit_length() - level.denominator.bit_length()))
        for i, row in enumerate(shifted):
            for j, entry in enumerate(row):
                for end in (0, 3):
                    exact = (level * F(2) ** q if i == j else 0) - ((gram[i][j][0] << 3) + end)
                    assert entry[0] <= exact * F(unit) <= entry[1]


def direct(k: Package) -> None:
    """Single values where one unit decides."""
    d = k.spectral.definite
    assert d([[(-1, 5)]], 4) == d([[(0, 5)]], 4) == d([[(-1, 5)]], 4, singular=True) == 0
    assert d([[(0, 0)]], 4) == 1 and d([[(0, 0)]], 4, singular=True) == -1 and d([[(-5, -1)]], 4) == -1
    wide = [[(0, 16)]]
    assert not k.spectral.at_most(wide, 0, F(4)) and not k.spectral.at_least(wide, 0, F(4))
    assert k.spectral.rayleigh(wide, 0) == 0
    thick = [k.forms.Form([0, 0], [[0, 0], [0, 0]], [1000, 1000]) for _ in range(2)]  # norms up to 2000
    found = k.affine.Enclosed([], [], thick[0], thick, None)
    assert [k.quantities.norm_at_most(F(b, 16), 4)(found) for b in (500, 1999, 2001)] == [0, 0, 1]
    f = k.field
    for ends in ((0, 1), (-1, 0), (3, 8)):
        middle, radius = f._ball(ends)
        assert middle - radius <= ends[0] and ends[1] <= middle + radius
    middles, radii = f._slopes_times([(3, 3), (2, 5)], ([5, 7], [0, 1]), 2)
    for m, r, exact in zip(
        middles * 3, radii * 3, (F(15, 4), F(35, 4), F(15, 4), F(40, 4), F(15, 4), F(12, 4)), strict=True
    ):
        assert abs(exact - m) <= r
    relu, one = k.activation.Activation("relu"), 1 << 20
    assert relu.point(0, 20)[1] == relu.image(1, 0, 0, 20) == (0, one)
    model = k.model.read_model(model_of(layer([["3*2^-16", "-5*2^-16"], ["1", "70001*2^-16"]], [0, 0], "identity")))
    for j, column in enumerate(k.affine.Engine(model, 10)._jacobian([])):
        for i in range(2):
            assert abs(model.layers[0].weight[i][j] * 2**10 - column.c[i]) <= column.r[i]
    chance, part = random.Random(20), k.model.read_model(models()[0][1]).layers[1]
    for _ in range(200):
        images = [tuple(sorted(chance.randint(-9, 9) for _ in range(2))) for _ in range(3)]
        for row, b, found in zip(part.weight, part.bias, k.kinks.interval_layer(part, images, 3), strict=True):
            ends = [[w * x for x in image] for w, image in zip(row, images, strict=True)]
            assert found[0] <= sum(map(min, ends)) + b * 8 and sum(map(max, ends)) + b * 8 <= found[1]
    e = k.elementary
    with mp.workprec(400):
        for i in range(1, 60):
            y, w, extra = i << 56, 60, 2 * (i * i >> 8) + 48
            x = mpf(i) / 16
            holds(e.erf_series(y, w, extra), mp.sqrt(mp.pi) / 2 * mp.exp(x * x) * mp.erf(x), w)


def quantities(k: Package) -> None:
    """Tests of a box: never 1 where some member of the forms is above the bound, never -1 where none is."""
    q, chance, p = k.quantities, random.Random(11), 16
    for number in range(160):
        d, q.MAX_SIGNS = chance.choice([2, 3]), chance.choice([1, 6])
        sizes = [(60000, 9000, 4000), (60000, 0, 4000), (60000, 9000, 0), (60000, 900, 1)][number % 4]
        forms = [
            k.forms.Form([chance.randint(-sizes[0], sizes[0]) for _ in range(d)],
                         [[chance.randint(-sizes[1], sizes[1]) for _ in range(d)] for _ in range(d)],
                         [chance.choice([0, chance.randint(0, sizes[2])]) for _ in range(d)])
            for _ in range(d)
        ]  # fmt: skip
        found = k.affine.Enclosed([forms[0]], [forms[0].ranges()], forms[0], forms, None)
        seen: dict[str, list[float]] = {}
        for t in itertools.product((-1, 1), repeat=d):
            for _ in range(6):
                signs = [[chance.choice([-1, 1]) for _ in range(d)] for _ in range(d)]
                if chance.random() < 0.3:
                    signs = [[1] * d] * d
                m = np.array([[forms[j].c[i] + sum(forms[j].g[a][i] * t[a] for a in range(d)) + signs[j][i] * forms[j].r[i]
                               for j in range(d)] for i in range(d)], dtype=float)  # fmt: skip
                e = np.linalg.eigvalsh((m + m.T) / 2)
                row = {
                    "norm": np.linalg.norm(m, 2), "div+": np.trace(m), "div-": -np.trace(m), "eig+": e[-1], "eig-": -e[0],
                    "two+": e[-1] + e[-2], "two-": -e[0] - e[1], "pre+": m[0, 0], "pre-": -m[0, 0],
                    "field": np.dot([3, -2, 1][:d], m[:, 0]),
                }  # fmt: skip
                for key, value in row.items():
                    seen.setdefault(key, []).append(float(value))
        tests: dict[str, Callable[[Fraction], Any]] = {
            "norm": lambda b: q.norm_at_most(b, p),
            "div+": lambda b: q.divergence_at_most(b, p, 1),
            "div-": lambda b: q.divergence_at_most(b, p, -1),
            "eig+": lambda b: q.eigenvalue_at_most(b, p, 1),
            "eig-": lambda b: q.eigenvalue_at_most(b, p, -1),
            "pre+": lambda b: q.preactivation_at_most(0, 0, b, p, 1),
            "pre-": lambda b: q.preactivation_at_most(0, 0, b, p, -1),
        }
        for key, make in tests.items():
            top = max(seen[key])
            assert make(F(int(top) - 3, 1 << p))(found) != 1, key
            if d < q.MAX_SIGNS and not any(form.r[i] for form in forms for i in range(d)):
                assert make(F(int(top) - 9, 1 << p))(found) == -1, key
                assert make(F(int(top) + 9, 1 << p))(found) == 1, key
            least = min(max(seen[key][i::6]) for i in range(6))
            for bound in (top, (top + least) / 2, least + 1):
                if bound >= top:
                    assert make(F(int(bound) + 3, 1 << p))(found) != -1, key
            loose = max(sum(abs(x) for form in forms for x in (*form.c, *form.r, *(y for g in form.g for y in g))), 1)
            assert make(F(2 * loose, 1 << p))(found) == 1, key
            assert key == "norm" or make(F(-2 * loose, 1 << p))(found) == -1, key
        for sign, key in ((1, "two+"), (-1, "two-")):
            answer = q.two_sum_below(p, sign)(found)
            assert not (answer == 1 and max(seen[key]) > 1) and not (answer == -1 and max(seen[key]) < -1), key
            if d < q.MAX_SIGNS and not any(form.r[i] for form in forms for i in range(d)):
                assert answer == (1 if max(seen[key]) < -9 else -1 if max(seen[key]) > 9 else answer)
        answer = q.transversal([F(3), F(-2), F(1)][:d], p)(found)
        assert not (answer == 1 and min(seen["field"]) <= 0) and not (answer == -1 and min(seen["field"]) > 0)


def one_sided(k: Package) -> None:
    """Splitting kinks: a norm that only the split enclosures can show, and none that is false."""
    p = 40
    data = model_of(layer([[1], [-1]], [0, 0], "relu"), layer([[1, -1]], [0], "identity"))  # relu(x) - relu(-x) = x
    model = k.model.read_model(data)
    engine = k.affine.Engine(model, p)
    found = engine.enclose([-1 << p], [1 << p])
    assert found.one_sided is not None
    for bound, answer in ((F(2), 1), (F(201, 100), 1), (F(99, 100), 0), (F(19, 10), 0)):
        assert k.quantities.norm_at_most(bound + F(1, 1 << 20), p)(found) == answer
    hulls = [column.ranges()[0] for columns in found.one_sided() for column in columns]
    assert sorted({round(low / 2**p) for low, _ in hulls}) == [0, 1, 2] and all(high - low < 99 for low, high in hulls)
    data = model_of(layer([[1], [1]], [0, 0], "elu", alpha="2"), layer([[1, 1]], [0], "identity"))
    model = k.model.read_model(data)
    found = k.affine.Engine(model, p).enclose([-1 << p], [0])
    for bound in (F(3), F(39, 10)):
        assert k.quantities.norm_at_most(bound, p)(found) != 1  # s' = 2 e^x below 0: up to 4 in all
    assert k.quantities.norm_at_most(F(41, 10), p)(found) == 1
    tall = k.subdivision.leaves(((F(0), F(1)),), [[0, "1/2"], [0, "1/4"], "leaf", "leaf", "leaf"], 1)
    assert tall == [[(F(0), F(1, 2))], [(F(1, 2), F(1))]]


CHECKS: dict[str, Callable[[Package], None]] = {
    "fixed": fixed, "elementary": elementary, "smooth": smooth, "turning": turning, "activations": activations,
    "affine": affine, "lines": lines, "products": products, "chains": chains, "spectral": spectral, "quantities": quantities,
    "one_sided": one_sided, "direct": direct,
}  # fmt: skip
__all__ = ["CHECKS", "Package", "mpc"]
