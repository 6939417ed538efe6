"""Illustration 1: a trained two-layer tanh network, frozen, whose pre-activations are multiplied by s.

Two regions' worth of truth: on a region that holds the cycle some neuron's line a = 0 always crosses, so delta = 1 for
every s; delta < 1 needs a bias shift that carries all those lines out of the region.
"""

from __future__ import annotations

from fractions import Fraction

from ..certificate.record import Certificate
from ..network import Network
from ..region import Box
from ..rigor.numbers import Enclosure
from .content import Picture, Section, Table, at_most, claimed, inside, interval, source
from .drawing import sweep
from .prose import prose
from .trained import trained
from .variants import scaled, shifted
from .workspace import Workspace

REGION = Box("[-1.6,1.6]^2")
SCALES = tuple(Fraction(2) ** k for k in range(-2, 5))
MARGIN = Fraction(1, 2)
OPTIONS = {"rtol": "0.01", "time_limit": 60}
HEAD = (
    "$s$", r"$C_W$ (3) $\le$", r"$\delta$ (2)", r"$C_W\delta$ (3) $\le$", r"$\tilde C$ (3) $\le$",
    r"$\sup_U\|Df\|$ (3)", "certificate",
)  # fmt: skip


def illustration_1(work: Workspace) -> Section:
    """Both sweeps, as two tables and one figure."""
    network = trained(work, "stuart-landau", (32,), "tanh")
    plain = [_certify(work, f"attenuation-plain-{_text(s)}", scaled(network, s)) for s in SCALES]
    shift = needed_shift(plain[SCALES.index(Fraction(1))]) + MARGIN
    moved = shifted(network, shift)
    saturated = [_certify(work, f"attenuation-shifted-{_text(s)}", scaled(moved, s)) for s in SCALES]
    figure = work.write("figures", "attenuation.pdf", sweep([float(s) for s in SCALES], plain, saturated))
    return Section(
        "Illustration 1: attenuation of the Jacobian",
        prose("attenuation", needed=_decimal(shift - MARGIN), shift=_decimal(shift)),
        [
            _table(TABLES[0], r"On $U=[-1.6,1.6]^2$, which holds the cycle: $\delta=1$ for every $s$.", plain),
            _table(
                TABLES[1], rf"The same network with all pre-activations shifted by $c={_decimal(shift)}$.", saturated
            ),
        ],
        [Picture(figure.name, "Certified bounds over the scale $s$: with the shift (solid) and without (dashed).")],
        holds=_deltas_are(plain, Fraction(99, 100), 1) and _deltas_are(saturated[-1:], 0, Fraction(1, 1000)),
    )


TABLES = ("attenuation-plain", "attenuation-shifted")


def needed_shift(certificate: Certificate) -> Fraction:
    """A multiple of 2^-10 above minus the least pre-activation of the first layer on the region."""
    ranges = certificate["layer_saturation"].preactivation
    least = min(value.lower for value in ranges)
    return Fraction(-(least * 1024 // 1), 1024)


def _deltas_are(certificates: list[Certificate], low: Fraction | int, high: Fraction | int) -> bool:
    return all(inside(claimed(c, "layer_saturation", "delta"), low, high) for c in certificates)


def _certify(work: Workspace, name: str, network: Network) -> Certificate:
    return work.region(name, work.derived(name, network), REGION, **OPTIONS)


def _table(name: str, caption: str, certificates: list[Certificate]) -> Table:
    rows = []
    for scale, certificate in zip(SCALES, certificates, strict=True):
        delta = claimed(certificate, "layer_saturation", "delta")
        rows.append([
            f"${scale}$",
            at_most(claimed(certificate, "global_bound", "bound")),
            interval(delta),
            at_most(claimed(certificate, "layerwise_bound", "bound")),
            at_most(claimed(certificate, "refined_bound", "bound")),
            interval(claimed(certificate, "sup_jacobian_norm", "value")),
            source(certificate),
        ])  # fmt: skip
    return Table(name, caption, HEAD, rows)


def _text(scale: Fraction) -> str:
    return str(scale).replace("/", "-")


def _decimal(value: Fraction) -> str:
    """Exact: the numbers here are dyadic."""
    return Enclosure(value, value).display(20)[1]
