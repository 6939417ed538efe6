"""LEMMAS (bounds/linearise.py, bounds/affine.py): affine enclosures of one neuron, of compositions and of products.

1. Constant form: lo <= g <= hi gives |g - (lo + hi)/2| <= (hi - lo)/2. Monotone form: (g - c a)' = g' - c has one sign
   for c <= inf g' or c >= sup g', so that the ends span the range of g - c a.
2. Taylor form: g(a) - g(m) - g'(m)(a - m) = int_0^1 (1-t) g''(m + t(a-m)) dt (a-m)^2, of weight 1/2; it is also
   int_0^1 (g'(m + t(a-m)) - g'(m)) dt (a - m).
3. Composition: s(a) = alpha a + beta + rho e, a = A + R e': the remainder is at most |alpha| R + rho.
4. Product of two forms, by induction over the number d of variables t_i: cross terms (p_i y + p y_i) t_i t and
   the square p y t^2 = p y/2 + p y (2 t^2 - 1)/2, |2 t^2 - 1| <= 1; remainders: (P + dp)(Y + dy) =
   P Y + dp (Y + dy) + dy P.
"""

from __future__ import annotations

from collections.abc import Iterator

from .algebra import at_most, at_most_on, identity, nonnegative, reals, sp


def constant_form() -> Iterator[str]:
    """Step 1: g = lo + a, hi = g + b."""
    low, a, b = nonnegative("l a b")
    value, high = low + a, low + a + b
    half = (high - low) / 2
    yield at_most(value - (low + high) / 2, half, (low, a, b), "g - (lo + hi)/2 <= (hi - lo)/2")
    yield at_most((low + high) / 2 - value, half, (low, a, b), "(lo + hi)/2 - g <= (hi - lo)/2")
    x, c = reals("x c")
    g = sp.Function("g")
    yield identity(sp.diff(g(x) - c * x, x), sp.diff(g(x), x) - c, "(g - c a)' = g' - c: monotone for c <= inf g'")


def taylor() -> Iterator[str]:
    """Step 2, along a = m + t h: phi(t) = g(m + t h), phi' = h g', phi'' = h^2 g''."""
    t, h, m = reals("t h m")
    g = sp.Function("g")
    phi = g(m + t * h)
    claimed = h * sp.diff(g(m + t * h), m)
    yield identity(sp.diff(phi, t).doit(), claimed.doit(), "d/dt g(m + t h) = h g'(m + t h)")
    along = sp.Function("phi")(t)
    primitive = (1 - t) * sp.diff(along, t) + along
    statement = "int_0^1 (1-t) phi'' dt = phi(1) - phi(0) - phi'(0), by parts"
    yield identity(sp.diff(primitive, t), (1 - t) * sp.diff(along, t, 2), statement)
    yield identity(
        sp.integrate(1 - t, (t, 0, 1)), sp.Rational(1, 2), "its weight is 1/2: it is in h^2/2 [inf, sup] g''"
    )


def composition() -> str:
    """Step 3."""
    alpha, centre, beta, radius, rho, e, f = reals("alpha A beta R rho e f")
    value = alpha * (centre + radius * f) + beta + rho * e
    rest = alpha * radius * f + rho * e
    return identity(value - rest, alpha * centre + beta, "s(a) = alpha A + beta + (alpha R e' + rho e), |e|, |e'| <= 1")


def product(square: int = 1) -> Iterator[str]:
    """Step 4; P = p0 + L, Y = y0 + K with linear parts L, K in the variables so far; p t and y t are new."""
    p0, y0, linear_p, linear_y, p, y, t = reals("p0 y0 L K p y t")
    found = (p0 + linear_p + p * t) * (y0 + linear_y + y * t)
    before = (p0 + linear_p) * (y0 + linear_y)
    added = (p0 * y + p * y0) * t + (linear_p * y + p * linear_y) * t + p * y / 2 + square * p * y * (2 * t**2 - 1) / 2
    yield identity(found, before + added, "product, d -> d + 1: coefficient, cross terms, p y/2 and p y (2 t^2 - 1)/2")
    ends = (sp.Integer(0), sp.Integer(1))
    yield at_most_on(2 * t**2 - 1, sp.Integer(1), t, ends, "2 t^2 - 1 <= 1 for |t| <= 1")
    yield at_most_on(1 - 2 * t**2, sp.Integer(1), t, ends, "2 t^2 - 1 >= -1 for |t| <= 1")
    dp, dy, left, right = reals("dp dy P Y")
    rest = dp * (right + dy) + dy * left
    yield identity((left + dp) * (right + dy), left * right + rest, "remainders: dp (Y + dy) + dy P")


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield from constant_form()
    yield from taylor()
    yield composition()
    yield from product()
