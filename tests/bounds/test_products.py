"""Theorem 1 with layers whose saturation is undecided: the enclosure holds for every q that is possible."""

from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb

from saturode_verify.bounds.facts import enclosure
from saturode_verify.bounds.products import Attenuation, WeightNorms, attenuation
from saturode_verify.rigor.balls import ONE, ball, largest_magnitude, lower_rational, negated_upper, precision
from saturode_verify.rigor.numbers import power_of_two

HALF, QUARTER = arb(1) / 2, arb(1) / 4


def _attenuate(lambdas: list[arb], deltas: list[tuple[arb, arb]], delta: Fraction) -> Attenuation:
    norms = WeightNorms([(ONE, ONE)] * (len(lambdas) + 1), [(value, value) for value in lambdas])
    with precision(64):
        return attenuation(norms, deltas, delta)


def test_an_undecided_layer_counts_both_ways() -> None:
    """||W|| = 1, Lambda = 1, delta_1 <= 1/4, delta_2 in [1/4, 3/4]: at delta = 1/2, q is 1 or 2."""
    entry = _attenuate([ONE, ONE], [(ball(Fraction(1, 8)), QUARTER), (QUARTER, 3 * QUARTER)], Fraction(1, 2))
    assert (entry.layers, entry.undecided) == ([1], [2])
    bound = enclosure(*entry.bound)
    assert (bound.lower, bound.upper) == (Fraction(1, 4), Fraction(1, 2))
    assert enclosure(*entry.c_w).lower == enclosure(*entry.c_w).upper == 1


def test_c_w_is_the_hull_over_every_case() -> None:
    """Lambda = 1/4 (sigmoid): C_W is 1 if the layer is saturated, 1/4 if not."""
    small = ball(Fraction(1, 32)), ball(Fraction(3, 16))
    entry = _attenuate([QUARTER], [small], Fraction(1, 8))
    c_w, bound = enclosure(*entry.c_w), enclosure(*entry.bound)
    assert (c_w.lower, c_w.upper) == (Fraction(1, 4), 1)
    assert (bound.lower, bound.upper) == (Fraction(1, 8), Fraction(1, 4))


@pytest.mark.parametrize("delta", [Fraction(1, 5), Fraction(4, 5)])
def test_decided_layers_leave_no_gap(delta: Fraction) -> None:
    entry = _attenuate([ONE], [(QUARTER, HALF)], delta)
    assert entry.undecided == [] and entry.layers == ([1] if delta > Fraction(1, 2) else [])
    bound = enclosure(*entry.bound)
    assert bound.upper is not None and bound.upper - bound.lower < Fraction(1, 2**60)


def test_minus_a_long_exact_ball_is_bounded_from_above() -> None:
    """At 64 bits arb's unary minus and abs round an exact 200-bit number: the helpers stay above it."""
    long = 1 + power_of_two(-200)
    with precision(64):
        assert not (-ball(-long)).is_exact() and not abs(ball(long)).is_exact()
        for bound in (negated_upper(ball(-long)), largest_magnitude(ball(-long), ONE)):
            low = lower_rational(bound)
            assert bound.is_exact() and low is not None and low >= long
        assert largest_magnitude(-HALF, ONE) == ONE
