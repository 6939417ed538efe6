"""The sampling lemma on functions whose sup, mean and bound on the strip are known in closed form."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from orbit_references import BITS, DIGITS, Number, at_least, exact_ball, holds, number

from saturode_verify.orbit.sampling import Sampling
from saturode_verify.rigor.balls import exact, precision

TIGHT = mpf(10) ** -12


@pytest.fixture(autouse=True)
def _precision() -> Iterator[None]:
    with precision(BITS), mp.workdps(DIGITS):
        yield


def _sampled(g: Callable[[Number], Number], nodes: int, shift: float = 0.0) -> list[Number]:
    """g(2 pi j/nodes - shift): a shift moves the maximum off the nodes."""
    return [g(2 * mp.pi * j / nodes - mpf(shift)) for j in range(nodes)]


def _upper(value: Number) -> arb:
    """The reference rounded up beyond its own error."""
    return exact_ball(abs(value) * (1 + mpf(10) ** -90) + mpf(10) ** -90)


def _balls(values: list[Number]) -> list[arb]:
    return [exact_ball(v) + arb(0, 1e-95) for v in values]


def _resolvent(a: Number, height: Number) -> tuple[Callable[[Number], Number], Number, Number, Number]:
    """g = 1/(a - cos t), a > 1: sup 1/(a - 1), mean 1/sqrt(a^2 - 1).

    |a - cos(t + i r)|^2 = a^2 - 2 a c C + c^2 + C^2 - 1 with c = cos t, C = cosh r falls in c for a C > 1: its minimum
    is (a - C)^2 and S = 1/(a - cosh r) while cosh r < a.
    """
    return lambda t: 1 / (a - mp.cos(t)), 1 / (a - 1), 1 / mp.sqrt(a * a - 1), 1 / (a - mp.cosh(height))


def _exponential(height: Number) -> tuple[Callable[[Number], Number], Number, Number, Number]:
    """g = e^{cos t}: sup e, mean I_0(1); Re cos(t + i r) = cos t cosh r <= cosh r gives S = e^{cosh r}."""
    return lambda t: mp.exp(mp.cos(t)), mp.e, mp.besseli(0, 1), mp.exp(mp.cosh(height))


CASES = {
    "resolvent a=2": (lambda h: _resolvent(mpf(2), h), 1.0),
    "resolvent a=1.01": (lambda h: _resolvent(mpf("1.01"), h), 0.125),
    "exponential": (_exponential, 1.5),
    "exponential, wide strip": (_exponential, 3.0),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("nodes", "degree"), [(1, 0), (2, 0), (3, 1), (9, 4), (40, 3), (41, 20), (300, 60)])
@pytest.mark.parametrize("shift", [0.0, 0.0371])
def test_known_suprema_and_means(name: str, nodes: int, degree: int, shift: float) -> None:
    build, height = CASES[name]
    g, sup, mean, strip = build(mpf(height))
    samples = _sampled(g, nodes, shift)
    lemma = Sampling(nodes, degree, exact(height))
    bound = lemma.supremum(_upper(max(abs(v) for v in samples)), _upper(strip))
    assert at_least(bound, sup)
    assert holds(lemma.mean(_balls(samples), _upper(strip)), mean)


@pytest.mark.parametrize("name", CASES)
def test_the_bounds_are_sharp_once_the_tail_is_small(name: str) -> None:
    """n = 60/rho: the tail is 2 S e^{-60}; M = 50 n: 1/cos(pi n/M) = 1.002, and the mean's error 2 S e^{-3000}."""
    build, height = CASES[name]
    g, sup, mean, strip = build(mpf(height))
    degree = int(60 / height)
    lemma = Sampling(50 * degree, degree, exact(height))
    # The maximum is at t = 0, a node; the others need not be sampled for it.
    bound = lemma.supremum(_upper(g(mpf(0))), _upper(strip))
    assert at_least(bound, sup) and number(bound) < sup * mpf("1.003")
    coarse = Sampling(int(70 / height), 0, exact(height))
    enclosed = coarse.mean(_balls(_sampled(g, coarse.nodes)), _upper(strip))
    assert holds(enclosed, mean) and number(enclosed.rad()) < mpf(10) ** -24


@pytest.mark.parametrize(("nodes", "degree"), [(4, 1), (6, 1), (8, 2), (40, 10), (300, 50), (1000, 5)])
def test_the_cosine_is_attained(nodes: int, degree: int) -> None:
    """p = cos(n (t - pi/M)) has the maximum 1 midway between two nodes; for M = 2 n m its values at the nodes are
    cos((2j - 1) pi/(2 m)), the largest of them cos(pi n/M): the lemma's factor cannot be improved.
    """
    samples = _sampled(lambda t: mp.cos(degree * (t - mp.pi / nodes)), nodes)
    bound = Sampling(nodes, degree, arb(1)).polynomial_supremum(_upper(max(abs(v) for v in samples)), degree)
    assert at_least(bound, 1) and number(bound) < 1 + TIGHT


@pytest.mark.parametrize(("nodes", "degree", "height"), [(3, 1, 0.25), (7, 3, 1.0), (40, 8, 0.125), (1, 0, 2.0)])
def test_the_supremum_is_the_lemmas_expression(nodes: int, degree: int, height: float) -> None:
    """(A + t)/cos(pi n/M) + t with t = 2 S e^{-rho (n+1)}/(1 - e^{-rho}), for A = 3/4 and S = 5: no term is left out.

    No function attains the tail t, so that comparing with true suprema would not miss a factor of it.
    """
    strip, at_nodes, rho = mpf(5), mpf("0.75"), mpf(height)
    tail = 2 * strip * mp.exp(-rho * (degree + 1)) / (1 - mp.exp(-rho))
    expected = (at_nodes + tail) / mp.cos(mp.pi * degree / nodes) + tail
    bound = Sampling(nodes, degree, exact(height)).supremum(exact(0.75), arb(5))
    assert at_least(bound, expected) and number(bound) < expected * (1 + TIGHT)


@pytest.mark.parametrize("nodes", [1, 2, 5, 16])
def test_a_mode_that_no_node_sees(nodes: int) -> None:
    """g = sin(M t) vanishes at all M nodes; the tail is left of the bound, from S = cosh(M rho): it must be >= 1."""
    for degree in range((nodes + 1) // 2):
        for height in (0.01, 0.5, 4.0):
            lemma = Sampling(nodes, degree, exact(height))
            assert at_least(lemma.supremum(arb(0), _upper(mp.cosh(nodes * mpf(height)))), 1)


@pytest.mark.parametrize("nodes", [1, 2, 5, 16])
@pytest.mark.parametrize("height", [0.01, 0.5, 4.0])
def test_the_mean_of_a_mode_that_looks_constant(nodes: int, height: float) -> None:
    """g = cos(M t) is 1 at every node and has mean 0: the error bound with S = cosh(M rho) is
    (1 + e^{-2 M rho})/(1 - e^{-M rho}) >= 1, and tends to 1, so that no smaller constant would do.
    """
    lemma = Sampling(nodes, 0, exact(height))
    found = lemma.mean([arb(1)] * nodes, _upper(mp.cosh(nodes * mpf(height))))
    assert holds(found, mpf(0), 1)
    decay = mp.exp(-nodes * mpf(height))
    expected = (1 + decay**2) / (1 - decay)
    assert expected <= number(found.rad()) < expected * (1 + mpf(10) ** -8) + mpf(10) ** -20


@settings(max_examples=60)
@given(st.integers(0, 5), st.integers(1, 8), st.integers(0, 12), st.floats(0.05, 1.5), st.integers(0, 10**6))
def test_polynomial_part_and_analytic_part_together(
    degree: int, extra: int, beyond: int, height: float, seed: int
) -> None:
    """p of degree n with any coefficients, not counted in S, plus h with modes up to n + 12, S its sum on the edge."""
    with precision(BITS), mp.workdps(40):
        rng = np.random.default_rng(seed)
        nodes = 2 * degree + extra
        p = rng.normal(size=2 * degree + 1) + 1j * rng.normal(size=2 * degree + 1)
        top = degree + beyond
        h = (rng.normal(size=2 * top + 1) + 1j * rng.normal(size=2 * top + 1)) * np.exp(
            -height * np.abs(np.arange(-top, top + 1))
        )
        c = h.copy()
        c[top - degree : top + degree + 1] += p
        strip = (np.abs(h) * np.exp(height * np.abs(np.arange(-top, top + 1)))).sum() * (1 + 1e-12)
        # Trap: subtract at the nodes what the modes above n show there, as far as modes <= n can.
        if seed % 2 and 2 * degree + 1 == nodes:
            at_nodes = np.array(
                [(h * np.exp(2j * np.pi * j / nodes * np.arange(-top, top + 1))).sum() for j in range(nodes)]
            )
            seen = np.fft.fft(at_nodes) / nodes
            for k in range(-degree, degree + 1):
                c[top + k] = h[top + k] - seen[k % nodes]
        modes = np.arange(-top, top + 1)
        value = np.exp(1j * np.outer(np.linspace(0, 2 * np.pi, 600), modes)) @ c
        at = np.abs(np.exp(2j * np.pi * np.outer(np.arange(nodes) / nodes, modes)) @ c).max() * (1 + 1e-12) + 1e-13
        bound = Sampling(nodes, degree, exact(height)).supremum(exact(float(at)), exact(float(strip)))
        assert float(bound) >= np.abs(value).max() * (1 - 1e-12)


@pytest.mark.parametrize(
    ("nodes", "degree", "height"),
    [
        (2, 1, "1"), (1, 1, "1"), (20, 10, "1"), (19, 10, "1"), (0, 0, "1"), (-1, 0, "1"), (8, -1, "1"), (8, 1, "0"),
        (8, 1, "-0.5"), (8, 1, "nan"), (8, 1, "inf"), (8, 1, "-inf"), (8, 1, "0.5 +/- 0.6"),
    ],
)  # fmt: skip
def test_what_the_lemma_does_not_cover_is_refused(nodes: int, degree: int, height: str) -> None:
    """M = 2n: sin(n t) vanishes at every node; M = n: 1 - cos(n t) does, and has sup 2 (review, M5)."""
    with pytest.raises(ValueError, match="M > 2n"):
        Sampling(nodes, degree, arb(height))


def test_a_cosine_that_the_precision_cannot_tell_from_zero_is_refused() -> None:
    """cos(pi n/(2n+1)) is about pi/(4n): 2^-41 for n = 2^40, below what 20 bits resolve."""
    with precision(20), pytest.raises(ValueError, match="not certified positive"):
        Sampling(2**41 + 1, 2**40, arb(1))
    with precision(200):
        bound = Sampling(2**41 + 1, 2**40, arb(1)).polynomial_supremum(arb(1), 2**40)
        assert 1 / mp.cos(mp.pi * 2**40 / (2**41 + 1)) <= number(bound)


def test_a_polynomial_of_higher_degree_is_refused() -> None:
    lemma = Sampling(9, 3, arb(1))
    assert lemma.polynomial_supremum(arb(2), 0) == 2  # a constant is its own sup
    for degree in (4, 5, 100, -1):
        with pytest.raises(ValueError, match="higher degree"):
            lemma.polynomial_supremum(arb(1), degree)


@pytest.mark.parametrize("bad", ["nan", "inf"])
def test_bounds_that_are_not_finite_stay_so(bad: str) -> None:
    lemma = Sampling(9, 3, arb(1))
    outcomes = [
        lemma.supremum(arb(bad), arb(1)), lemma.supremum(arb(1), arb(bad)), lemma.polynomial_supremum(arb(bad), 2),
        lemma.mean([arb(1)] * 9, arb(bad)), lemma.mean([*[arb(1)] * 8, arb(bad)], arb(1)),
    ]  # fmt: skip
    assert not any(outcome.is_finite() for outcome in outcomes)


def test_a_thick_height_gives_the_bound_of_its_narrowest_strip() -> None:
    thick, narrow = Sampling(9, 3, arb(1, 0.25)), Sampling(9, 3, exact(0.75))
    assert thick.supremum(arb(1), arb(1)) >= narrow.supremum(arb(1), arb(1))
    assert thick.mean([arb(1)] * 9, arb(1)).rad() >= narrow.mean([arb(1)] * 9, arb(1)).rad() * exact(0.999999)


def test_a_very_narrow_strip_costs_and_does_not_lie() -> None:
    """rho = 2^-300: 1/(1 - e^{-rho}) is about 2^300 and 200 bits cannot tell 1 - e^{-rho} from 0: no finite bound."""
    bound = Sampling(9, 3, exact(2.0**-300)).supremum(arb(1), arb(1))
    assert not bound.is_finite() or number(bound) > mpf(2) ** 299
