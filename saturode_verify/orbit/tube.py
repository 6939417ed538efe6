"""Bounds of f's first and second derivatives on a box that holds a tube around the candidate.

They are multiplied by the tube's radius, which refinement makes tiny, so a single box and absolute values will do: with
sigma_k >= |s_k'| and kappa_k >= |s_k''| on the pre-activations' ranges, A_l >= |dz_l/dx| entrywise and
H_l >= sum_ij |d_i d_j z_l|,

    A_1 = |W_1|, H_1 = 0,   A_{l+1} = |W_{l+1}| sigma A_l,   H_{l+1} = |W_{l+1}| (kappa (A_l 1)^2 + sigma H_l).

proofs/tube.py proves them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flint import arb, arb_mat

from ..activation import Activation
from ..network import Network
from ..rigor.balls import ZERO, absolute, largest_magnitude, matrix
from .trig import TrigPolynomial, real_parts

Interval = tuple[arb, arb]


@dataclass(frozen=True)
class TubeBounds:
    """Exact bounds on the hull of {x : |x - u(theta)|_inf <= ``radius``}.

    ``jacobian[k][i]`` >= |df_k/dx_i|; ``curvature[k]`` >= sum_ij |d_i d_j f_k|; ``hull``: the box, per coordinate.
    """

    radius: arb
    hull: list[Interval]
    jacobian: list[list[arb]]
    curvature: list[arb]

    @property
    def divergence_slope(self) -> arb:
        """Exact bound of |grad div f|_1, since sum_i |d_i sum_k d_k f_k| <= sum_k sum_ij |d_i d_j f_k|."""
        return sum(self.curvature, ZERO).upper()


def orbit_hull(orbit: TrigPolynomial, nodes: int, radius: arb) -> list[Interval]:
    """A box that holds u(theta) + [-radius, radius]^d for every real theta.

    At a maximum of u_i the slope vanishes, so some node within pi/nodes of it has a value at most
    (pi/nodes)^2/2 sup |u_i''| below.
    """
    half = arb.pi() / nodes
    found = []
    for row, bend in zip(real_parts(orbit.samples(nodes)), orbit.wiener(ZERO, power=2), strict=True):
        slack = half * half / 2 * bend + radius
        low, high = min(v.lower() for v in row), max(v.upper() for v in row)
        found.append(((low - slack).lower(), (high + slack).upper()))
    return found


def tube_bounds(network: Network, hull: Sequence[Interval], radius: arb) -> TubeBounds | str:
    """The bounds on ``hull``, or the reason why they are not finite."""
    d = network.dimension
    lows, highs = [low for low, _ in hull], [high for _, high in hull]
    first = absolute(matrix(network.layers[0].weight))
    slopes, bends = first, arb_mat(first.nrows(), 1)
    for number, (layer, after) in enumerate(zip(network.layers, network.layers[1:], strict=False), start=1):
        ranges = _pre_activations(matrix(layer.weight), layer.bias.tolist(), lows, highs)
        lows, highs, sigma, kappa = [], [], [], []
        for low, high in ranges:
            images = [_image(layer.activation, order, low, high) for order in range(3)]
            if any(image is None or not (image[0].is_finite() and image[1].is_finite()) for image in images):
                return f"no finite bound of s, s' and s'' on the pre-activations of hidden layer {number} in the tube"
            (bottom, top), first_order, second_order = (image for image in images if image is not None)
            lows.append(bottom)
            highs.append(top)
            sigma.append(largest_magnitude(*first_order))
            kappa.append(largest_magnitude(*second_order))
        slopes, bends = _propagate(absolute(matrix(after.weight)), slopes, bends, sigma, kappa)
    jacobian = [[slopes[k, i].upper() for i in range(d)] for k in range(d)]
    return TubeBounds(radius, list(hull), jacobian, [bends[k, 0].upper() for k in range(d)])


def _propagate(
    weight: arb_mat, slopes: arb_mat, bends: arb_mat, sigma: list[arb], kappa: list[arb]
) -> tuple[arb_mat, arb_mat]:
    d, width = slopes.ncols(), slopes.nrows()
    scaled = arb_mat(width, d, [sigma[m] * slopes[m, i] for m in range(width) for i in range(d)])
    squares = [sum((slopes[m, i] for i in range(d)), ZERO) for m in range(width)]
    bent = arb_mat(width, 1, [kappa[m] * squares[m] * squares[m] + sigma[m] * bends[m, 0] for m in range(width)])
    return weight * scaled, weight * bent


def _pre_activations(weight: arb_mat, bias: list[float], lows: list[arb], highs: list[arb]) -> list[Interval]:
    """Midpoint and radius form: W m + b +- |W| r."""
    middle = [((low + high) / 2).mid() for low, high in zip(lows, highs, strict=True)]
    radii = [(high - m).max(m - low).upper() for m, low, high in zip(middle, lows, highs, strict=True)]
    columns = len(middle)
    centre, spread = weight * arb_mat(columns, 1, middle), absolute(weight) * arb_mat(columns, 1, radii)
    found = []
    for c, r, b in zip(centre.entries(), spread.entries(), bias, strict=True):
        shifted = c + arb(b)
        found.append(((shifted - r).lower(), (shifted + r).upper()))
    return found


def _image(activation: Activation, order: int, low: arb, high: arb) -> Interval | None:
    return activation.image(order, low, high, [activation.derivatives(end, order)[order] for end in (low, high)])
