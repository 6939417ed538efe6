"""Deciding lines that need networks with sup |s'| other than 1, undecided layers, or intervals of periods: by hand."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from checker_cases import check, document, region_case
from hostile_cases import enclosure, layer, model_of

from saturode_verify.checker import region_claims
from saturode_verify.checker.affine import Engine
from saturode_verify.checker.consequences import exponential_ends
from saturode_verify.checker.document import Claim, Enclosure
from saturode_verify.checker.model import read_model
from saturode_verify.checker.product_claims import product, theorem_1
from saturode_verify.checker.sweep import Limits, sweep
from saturode_verify.checker.verdict import Rejected, Unconfirmed

UNIT = 1 << 64
SLACK = Fraction(1, 10**30)


def _between(low: Fraction | int | str, high: Fraction | int | str) -> Enclosure:
    return Enclosure(Fraction(low), Fraction(high))


def test_the_ends_of_an_exponential_take_the_worse_end_of_the_period() -> None:
    """e^-6 = 0.002479, e^10 = 22026.5."""
    low, high = exponential_ends(Fraction(-3), Fraction(5), _between(1, 2))
    assert Fraction(2478, 10**6) < low < Fraction(2479, 10**6)
    assert high is not None
    assert 22026 < high < 22027
    low, high = exponential_ends(Fraction(3), Fraction(-5), _between(1, 2))
    assert 20 < low < 21
    assert high is not None
    assert Fraction(67, 10**4) < high < Fraction(68, 10**4)


def test_products_with_an_infinite_factor() -> None:
    """0 times infinity is 0: a factor 0 means that f is constant."""
    two, three = Fraction(2), Fraction(3)
    assert product([(two, None), (two, three)]) == (4, None)
    assert product([(two, three), (two, three)]) == (4, 9)
    assert product([(Fraction(0), None), (Fraction(0), Fraction(0))]) == (0, 0)


class _Facts:
    """1-1-1-1 with sigmoids, all norms 1, delta_1 in [0.1, 0.24], delta_2 in [0.22, 0.25]."""

    model = read_model(model_of(*(layer([[1]], [0], name) for name in ("sigmoid", "sigmoid", "identity"))))
    _deltas = (_between("1/10", "24/100"), _between("22/100", "1/4"))

    def claim(self, name: str, _: object, **more: Any) -> SimpleNamespace:
        if name == "weight_norms":
            return SimpleNamespace(enclosures=lambda _: [_between(1, 1)] * 3)
        return SimpleNamespace(enclosure=lambda _: self._deltas[more["layer"] - 1])


def _theorem(bound: Enclosure, c_w: Enclosure) -> Claim:
    values = {
        "delta": _between("1/5", "1/5"), "saturated_layers": 0, "layers": [], "undecided_layers": [1],
        "c_w": c_w, "bound": bound, "best": False,
    }  # fmt: skip
    return Claim(0, "region", "theorem_1", "proved", values, (), "section 3", "")


def test_theorem_1_with_an_undecided_layer() -> None:
    """The first layer's factor is 1/5 or 1/4, the second's sup |s'| = 1/4; C_W has 1 or 1/4 for the first."""
    bound = _between(Fraction(1, 20) - SLACK, Fraction(1, 16) + SLACK)
    c_w = _between(Fraction(1, 16) - SLACK, Fraction(1, 4) + SLACK)
    facts: Any = _Facts()
    theorem_1(facts, _theorem(bound, c_w))
    for wrong in (_between("6/100", "7/100"), _between("1/20", "6/100"), _between("1/5", "1/4")):
        with pytest.raises(Rejected):
            theorem_1(facts, _theorem(wrong, c_w))
    for wrong in (_between("1/5", "1/4"), _between("1/16", "1/5")):
        with pytest.raises(Rejected):
            theorem_1(facts, _theorem(bound, wrong))


def test_a_product_bound_must_reach_the_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    facts: Any = SimpleNamespace()
    claim: Any = SimpleNamespace(on="region")
    monkeypatch.setattr(region_claims, "refined_upper", lambda *_: Fraction(2))
    monkeypatch.setattr(region_claims, "norms_of", lambda _: [_between(3, 3)])
    monkeypatch.setattr(region_claims, "deltas_of", lambda *_: [])
    region_claims._by_products(facts, claim, Fraction(2))
    with pytest.raises(Unconfirmed):
        region_claims._by_products(facts, claim, Fraction(2) - SLACK)


@pytest.mark.parametrize(("level", "answer"), [("1/2", 1), ("3/2", 0), ("5/2", -1)])
@pytest.mark.parametrize("sign", [1, -1])
def test_an_eigenvalue_known_between_two_numbers(level: str, answer: int, sign: int) -> None:
    """sign Df = diag(a, 0), a in [1, 2]: the largest eigenvalue of its symmetric part is a."""
    wide = (UNIT, 2 * UNIT) if sign > 0 else (-2 * UNIT, -UNIT)
    jacobian = [[wide, (0, 0)], [(0, 0), (0, 0)]]
    facts: Any = SimpleNamespace(fine=64, at=lambda _: SimpleNamespace(jacobian=jacobian))
    assert region_claims.eigenvalue_reaches(facts, [], Fraction(level), sign) == answer


def test_what_no_halving_shows_is_not_shown() -> None:
    """A test that never answers ends open, whatever else was tried."""
    model = read_model(model_of(layer([[1]], [0], "tanh"), layer([[1]], [0], "identity")))
    engine, sides = Engine(model, 96), ((Fraction(0), Fraction(1)),)
    for limits in (Limits(depth=3), Limits(extra=5)):
        found = sweep(engine, [sides], {"never": lambda _: 0, "always": lambda _: 1}, limits, "", False)
        assert (found["never"].holds, found["always"].holds) == (0, 1)


def test_a_negative_norm_is_refused() -> None:
    """Its square would be large enough."""
    text, model = region_case()
    changed = document(text)
    claim = next(c for c in changed["claims"] if c["name"] == "weight_norms")
    claim["norms"][0] = enclosure(-100, -99)
    assert check(changed, model).claims[claim_index(changed, "weight_norms")].outcome == "rejected"


def claim_index(changed: dict[str, Any], name: str) -> int:
    return next(i for i, c in enumerate(changed["claims"]) if c["name"] == name)
