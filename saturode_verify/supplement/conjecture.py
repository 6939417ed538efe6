"""The conjecture: equal certified sup ||Df||, different profiles of s'; what the attraction of an orbit follows."""

from __future__ import annotations

from fractions import Fraction

from ..certificate.record import Certificate
from ..network import Network
from ..region import Box
from .content import Section, Table, hull, interval, no_orbit, quotient, saturation, source
from .illustration_2 import UNITS, shifted_base
from .prose import prose
from .trained import trained
from .variants import faster, scaled
from .workspace import Workspace

REGION = Box("[-1.6,1.6]^2")
TARGET = Fraction(16)
"""All networks are rescaled in time so that their certified sup ||Df|| on the region is just below this."""
HEAD = (
    "network", r"range of $|s'|$ on $U$ (2)", r"$\sup_U\|Df\|$ (3)", "closed orbit in $U$ (6, 7)",
    r"$\log\det M$ (7)", r"$\log\det M/(T\,\sup\|Df\|)$", "certificates",
)  # fmt: skip


def conjecture(work: Workspace) -> Section:
    """One row a network, all with the same Lipschitz constant on U up to the certified gap."""
    base = shifted_base(work)
    networks = {
        "tanh, 2-32-32-2": trained(work, "stuart-landau", (32, 32), "tanh"),
        "SiLU, 2-32-32-2": trained(work, "stuart-landau", (32, 32), "silu"),
        f"tanh shifted, 2-{UNITS}-2, $s=1$": base,
        f"tanh shifted, 2-{UNITS}-2, $s=4$": scaled(base, Fraction(4)),
        f"tanh shifted, 2-{UNITS}-2, $s=15$": scaled(base, Fraction(15)),
    }
    made = [_row(work, index, label, network) for index, (label, network) in enumerate(networks.items())]
    rows = [row for row, _ in made]
    answers = [answer for _, answer in made]
    return Section(
        "The conjecture: derivative profile against Lipschitz constant",
        prose("conjecture"),
        [Table("conjecture", r"Networks with the same certified $\sup_U\|Df\|$, $U=[-1.6,1.6]^2$.", HEAD, rows)],
        holds=answers == ["proved, stable"] * 3 + ["none"] * 2,
    )


def _row(work: Workspace, index: int, label: str, network: Network) -> tuple[list[str], str]:
    name = f"conjecture-{index}"
    before = work.region(f"{name}-before", work.derived(f"{name}-before", network), REGION, rtol="0.001")
    upper = before["sup_jacobian_norm"].value.upper
    factor = TARGET / upper
    rescaled = work.derived(name, faster(network, _rounded_down(factor)))
    region = work.region(f"{name}-region", rescaled, REGION, rtol="0.001")
    orbit = work.orbit(f"{name}-orbit", rescaled, box=REGION, digits=10)
    found, norm = orbit["periodic_orbit"], region["sup_jacobian_norm"].value
    log_det = found.integral_divergence if found.proved else None
    ratio = None if log_det is None else quotient(log_det, found.period, norm)
    answer = _existence(orbit, region)
    cells = [interval(norm), answer, interval(log_det, 6), interval(ratio), source(region, orbit)]
    return [label, _profile(region), *cells], answer


def _rounded_down(value: Fraction) -> Fraction:
    """To 20 binary places after the leading one."""
    scale = Fraction(2) ** (20 - (value.numerator.bit_length() - value.denominator.bit_length()))
    return Fraction(int(value * scale)) / scale


def _profile(certificate: Certificate) -> str:
    return ", ".join(interval(hull(claim.derivative), 2) for claim in saturation(certificate))


def _existence(orbit: Certificate, region: Certificate) -> str:
    if orbit["periodic_orbit"].proved:
        return f"proved, {orbit['periodic_orbit'].stability}"
    return "none" if no_orbit(region) else "undecided"
