"""Three proofs of the same orbits: the package's in function space, time steps in Arb (`lohner`), CAPD's table.

Each one encloses the true value, so any two must overlap; where they differ much in width the thinner must lie inside
the wider, up to the case that the truth sits at the very edge of it, which the fixed inputs here exclude.

The two trained networks are 2-8-2 fits of Stuart-Landau by least squares on a 25 x 25 grid of [-1.5,1.5]^2 with weight
decay 1e-4 (torch 2.13.0, L-BFGS, seed 0), rounded to multiples of 2^-16. The decay matters: networks that fit better
have large weights that cancel, and plain boxes see none of that cancellation, so that time steps become tiny.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from fixtures_networks import cube_stuart_landau
from flint import arb, ctx
from lohner import Orbit, prove_by_steps

import saturode_verify as sv
from saturode_verify.network import Layer, Network

TABLES = Path(__file__).parent.parent / "tables"
EXAMPLES = TABLES.parent.parent / "examples"
CAPD = json.loads((TABLES / "capd_orbits.json").read_text())
NETWORKS: dict[str, Callable[[], Network]] = {
    "cube_stuart_landau": cube_stuart_landau,
    "stuart-landau-tanh-8": lambda: sv.load(TABLES / "stuart-landau-tanh-8.json"),
    "stuart-landau-silu-8": lambda: sv.load(TABLES / "stuart-landau-silu-8.json"),
}
STEPS = {"cube_stuart_landau": Fraction(1, 96)}
"""The length of a step where it is not 1/32: the cube network's field is three times as fast."""
Interval = tuple[Fraction, Fraction]

by_network = pytest.mark.parametrize("name", NETWORKS)


@cache
def by_steps(name: str) -> Orbit:
    """The independent proof."""
    return prove_by_steps(NETWORKS[name](), 1.0, STEPS.get(name, Fraction(1, 32)), Fraction(1, 10**20))


@cache
def by_package(name: str, digits: int = 16) -> dict[str, Interval]:
    """The package's claim, by the names of `Orbit`."""
    model = NETWORKS[name]() if name in NETWORKS else sv.load(EXAMPLES / f"{name}.pt")
    claim = sv.prove_orbit(model, near=[1.0, 0.0], digits=digits)["periodic_orbit"]
    assert claim.status == "proved", claim.reason
    found = {"period": claim.period, "integral_divergence": claim.integral_divergence, "determinant": claim.det_m}
    return {name: (value.lower, value.upper) for name, value in found.items()}


def from_table(network: str, entry: str) -> Interval:
    """An interval of CAPD's table."""
    low, high = (Fraction(float.fromhex(end)) for end in CAPD[network][entry])
    return low, high


def width(interval: Interval) -> Fraction:
    return interval[1] - interval[0]


def inside(inner: Interval, outer: Interval) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def assert_agree(one: Interval, other: Interval) -> None:
    """The thinner inside the wider."""
    thin, wide = sorted((one, other), key=width)
    assert inside(thin, wide), f"{[float(x) for x in thin]} is not inside {[float(x) for x in wide]}"


@by_network
def test_steps_are_sharp_enough_to_mean_something(name: str) -> None:
    found = by_steps(name)
    assert width(found.point) < Fraction(1, 10**18)
    assert width(found.period) < Fraction(1, 10**15)
    assert width(found.integral_divergence) < Fraction(1, 10**15)
    # Relative to 1e-6: the derivative's entries are of order 1 with errors of 1e-19, exp(int div) loses nothing.
    assert width(found.multiplier) < Fraction(1, 10**8) * found.multiplier[0]
    assert width(found.determinant) < Fraction(1, 10**15) * found.determinant[0]


@by_network
def test_the_two_ways_to_the_multiplier_agree(name: str) -> None:
    found = by_steps(name)
    assert_agree(found.multiplier, found.determinant)


def test_steps_on_the_exact_cycle() -> None:
    """Of the cube network: r = 1, T = 2 pi/3, int div = -4 pi (see its docstring)."""
    found = by_steps("cube_stuart_landau")
    assert found.point[0] <= 1 <= found.point[1]
    with ctx.workprec(256):
        assert_agree(found.period, ends(2 * arb.pi() / 3))
        assert_agree(found.integral_divergence, ends(-4 * arb.pi()))
        assert_agree(found.determinant, ends((-4 * arb.pi()).exp()))


@by_network
def test_steps_against_capd(name: str) -> None:
    found = by_steps(name)
    assert CAPD[name]["sha"] == NETWORKS[name]().sha256
    assert_agree(found.point, from_table(name, "x"))
    assert_agree(found.period, from_table(name, "period"))
    assert_agree(found.multiplier, from_table(name, "multiplier"))
    assert_agree(found.determinant, from_table(name, "det"))
    assert_agree(found.integral_divergence, from_table(name, "log_det"))


@pytest.mark.parametrize("digits", [16, 30])
@by_network
def test_package_against_steps(name: str, digits: int) -> None:
    """With 16 digits the time steps are the sharper ones, with 30 the package is."""
    ours, theirs = by_package(name, digits), by_steps(name)
    assert width(ours["determinant"]) < 10 * Fraction(1, 10**digits) * ours["determinant"][0]
    assert_agree(ours["period"], theirs.period)
    assert_agree(ours["integral_divergence"], theirs.integral_divergence)
    assert_agree(ours["determinant"], theirs.determinant)
    assert_agree(ours["determinant"], theirs.multiplier)


@pytest.mark.parametrize("name", [*NETWORKS, "stuart-landau-tanh", "stuart-landau-tanh-32x32"])
def test_package_against_capd(name: str) -> None:
    if name not in NETWORKS:
        pytest.importorskip("torch", reason="the examples are torch files")
        assert CAPD[name]["sha"] == sv.load(EXAMPLES / f"{name}.pt").sha256
    ours = by_package(name)
    assert_agree(ours["period"], from_table(name, "period"))
    assert_agree(ours["integral_divergence"], from_table(name, "log_det"))
    assert_agree(ours["determinant"], from_table(name, "multiplier"))
    assert_agree(ours["determinant"], from_table(name, "det"))


def test_a_network_without_this_cycle_is_refused() -> None:
    """Turned backwards in time the cube network's cycle repels: its return map has the slope e^{4 pi}."""
    first, last = cube_stuart_landau().layers
    backwards = Network((first, Layer(-last.weight, last.bias, last.activation)))
    with pytest.raises(ValueError):
        prove_by_steps(backwards, 1.0, Fraction(1, 96), Fraction(1, 10**20))


@pytest.mark.parametrize(("step", "radius"), [(Fraction(1, 8), Fraction(1, 10**20)), (Fraction(1, 96), Fraction(1, 4))])
def test_too_long_a_step_or_too_wide_a_start_is_refused(step: Fraction, radius: Fraction) -> None:
    """No box holds the orbit for so long, or the set of starts outgrows what boxes can follow."""
    with pytest.raises(ValueError):
        prove_by_steps(cube_stuart_landau(), 1.0, step, radius)


def ends(ball: arb) -> Interval:
    """Both ends, exactly."""
    parts = (ball.mid().man_exp(), ball.rad().man_exp())
    middle, radius = (Fraction(int(mantissa)) * Fraction(2) ** int(exponent) for mantissa, exponent in parts)
    return middle - radius, middle + radius
