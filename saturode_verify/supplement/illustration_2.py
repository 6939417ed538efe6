"""Illustration 2: a bias-shifted tanh network at s = 1, 4, 15; a determinant along a curve is no Floquet determinant.

For each s two different claims (theory section 7): the determinant along the *field's* cycle, whatever the network does
there; and whether the *network* has a periodic orbit near it, or provably none.
"""

from __future__ import annotations

from fractions import Fraction

from ..certificate.record import Certificate
from ..figures.plot import figure_bytes
from ..network import Network
from ..paper.fields import find_field
from ..region import Box
from .content import MISSING, Picture, Section, Table, at_least, claimed, inside, interval, no_orbit, orbit_is, source
from .prose import prose
from .variants import bias_shifted, scaled
from .workspace import Workspace

REGION = Box("[-1.6,1.6]^2")
SCALES = (1, 4, 15)
DOCUMENT = {1: r"$10^{-5}$", 4: "$0.91$", 15: "$1.00$"}
"""What the paper reports."""
EXPECTED = {1: (0, Fraction(1, 10**4)), 4: (Fraction(1, 10), 10), 15: (Fraction(9999, 10**4), Fraction(10001, 10**4))}
"""Where the text says that the determinant along the circle lies."""
UNITS, PERIOD = 256, "[6.2831853,6.2831854]"


def shifted_base(work: Workspace) -> Network:
    """The bias-shifted network at s = 1."""
    return work.trained(
        f"stuart-landau-shifted-{UNITS}", lambda: bias_shifted(find_field("stuart-landau"), UNITS, 1.0, 0)
    )


def illustration_2(work: Workspace) -> Section:
    """The table of both claims, and a phase portrait for each s."""
    base = shifted_base(work)
    rows, pictures, holds = [], [], True
    for scale in SCALES:
        network = work.derived(f"shifted-{UNITS}-scale-{scale}", scaled(base, Fraction(scale)))
        curve = work.curve(f"determinant-curve-{scale}", network, "stuart-landau", digits=8)
        orbit = work.orbit(f"determinant-orbit-{scale}", network, box=REGION)
        region = work.region(f"determinant-region-{scale}", network, REGION, rtol="0.01", period=PERIOD)
        rows.append(_row(scale, curve, orbit, region))
        holds &= inside(claimed(curve, "curve_determinant", "det"), *EXPECTED[scale])
        holds &= orbit_is(orbit, "stable") if scale == 1 else no_orbit(region)
        shown = orbit if orbit["periodic_orbit"].proved else region
        file = work.write("figures", f"portrait-{scale}.pdf", figure_bytes(shown, network, "pdf"))
        pictures.append(
            Picture(file.name, rf"The network at $s={scale}$; closed orbit in $U$: {_answer(orbit, region)}.")
        )
    return Section(
        "Illustration 2: determinants along a curve, and orbits",
        prose("determinants", units=str(UNITS)),
        [Table(
            "determinants",
            r"The determinant along the unit circle with $T=2\pi$ (not an orbit of the network), beside what is proved "
            r"of the network's own orbits in $U=[-1.6,1.6]^2$. For the field itself $\det M=e^{-4\pi}\approx3.487\times"
            r"10^{-6}$.",
            ("$s$", r"$\delta(U)$ (2)", "paper", r"$\det$ along the circle (7)", r"orbit in $U$ (6, 7)",
             r"$\det M$ of the orbit (7)", r"$T\ge2\pi/L$ (6)", "certificates"),
            rows,
        )],
        pictures,
        holds,
    )  # fmt: skip


def _row(scale: int, curve: Certificate, orbit: Certificate, region: Certificate) -> list[str]:
    return [
        f"${scale}$",
        interval(claimed(region, "layer_saturation", "delta")),
        DOCUMENT[scale],
        interval(claimed(curve, "curve_determinant", "det"), 6),
        _answer(orbit, region),
        interval(claimed(orbit, "periodic_orbit", "det_m"), 6) if orbit["periodic_orbit"].proved else MISSING,
        at_least(claimed(region, "minimal_period", "value")),
        source(curve, orbit, region),
    ]


def _answer(orbit: Certificate, region: Certificate) -> str:
    if orbit["periodic_orbit"].proved:
        return f"proved, {orbit['periodic_orbit'].stability}"
    proved = [claim for claim in region if claim.name == "no_closed_orbit" and claim.proved]
    return f"none ({str(proved[0].criterion).replace('_', ' ')})" if proved else "undecided"
