"""THEOREM (theory 8). x' = x - w y - (x^2+y^2) x, y' = w x + y - (x^2+y^2) y, w > 0: in polar form r' = r - r^3,
angle' = w. The unit circle is a periodic orbit with minimal period T = 2 pi/w; on it div = -2, so det M = e^{-4 pi/w};
its multipliers are 1 and e^{-4 pi/w}.

Proof. Polar form: x x' + y y' = r r' and x y' - y x' = r^2 angle'. div = 2 - 4 r^2. The columns
(-sin, cos)(wt) and e^{-2t} (cos, sin)(wt) solve the variational equation on (cos, sin)(wt); after T they are
1 and e^{-2T} times themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

from .algebra import Expression, identity, sp

X, Y, T = sp.symbols("x y t", real=True)
W = sp.Symbol("w", positive=True)


def field(speed: Expression) -> Expression:
    """The right-hand side with the angular speed ``speed``."""
    square = X**2 + Y**2
    return sp.Matrix([X - speed * Y - square * X, speed * X + Y - square * Y])


def polar(speed: Expression = W) -> Iterator[str]:
    """The polar form; the claim is angle' = w, whatever speed the field has."""
    r = sp.Symbol("r", positive=True)
    angle = sp.Symbol("phi", real=True)
    at = {X: r * sp.cos(angle), Y: r * sp.sin(angle)}
    f = field(speed).subs(at)
    yield identity(at[X] * f[0] + at[Y] * f[1], r * (r - r**3), "r r' = r (r - r^3)")
    yield identity(at[X] * f[1] - at[Y] * f[0], r**2 * W, "r^2 angle' = r^2 w")


def determinant(exponent: Expression = -4 * sp.pi / W) -> Iterator[str]:
    """div on the circle and its integral; ``exponent``: the claimed log det M."""
    f = field(W)
    divergence = sp.diff(f[0], X) + sp.diff(f[1], Y)
    yield identity(divergence, 2 - 4 * (X**2 + Y**2), "div f = 2 - 4 r^2")
    on_circle = sp.simplify(divergence.subs({X: sp.cos(W * T), Y: sp.sin(W * T)}))
    integral = sp.integrate(on_circle, (T, 0, 2 * sp.pi / W))
    yield identity(integral, exponent, "int_0^T div = -4 pi/w on r = 1, so det M = e^{-4 pi/w}; w = 1: e^{-4 pi}")


def monodromy(rate: int = -2) -> Iterator[str]:
    """Both columns of a fundamental matrix; ``rate``: the claimed rate of the radial one."""
    circle = sp.Matrix([sp.cos(W * T), sp.sin(W * T)])
    at = {X: circle[0], Y: circle[1]}
    yield identity(sp.diff(circle, T), field(W).subs(at), "the unit circle is an orbit, with period 2 pi/w")
    jacobian = field(W).jacobian([X, Y]).subs(at)
    along, across = sp.diff(circle, T) / W, sp.exp(rate * T) * circle
    yield identity(sp.diff(along, T), jacobian * along, "x' solves the variational equation: multiplier 1")
    yield identity(sp.diff(across, T), jacobian * across, "e^{-2t} (cos, sin) solves it too: multiplier e^{-4 pi/w}")


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield from polar()
    yield from determinant()
    yield from monodromy()
