"""Attacks on certificates: every kind of claim, every number and every word changed, nothing false confirmed.

A mutant is one claim with one change (`forgery.mutants`), re-hashed. It is *false* if a number lies beyond the truth,
if a hypothesis, a point or a text does not hold, or if it is malformed; *true* if every changed number holds the truth;
*open* if the evidence, right to about 45 digits or to the finer goal, does not decide. The truth is mpmath at
exact points, closed forms, and enclosures that the prover gives at a finer goal. No false mutant may be confirmed.

More than 50 000 mutants exist; 299 are tried by default and 1561 more by the slow tests, every kind of claim at least
4 and 22 times. Of those 1561 about 140 are true and confirmed: numbers moved outward, or inward by less than their
slack; ends removed; requirements that are still met, or undecided; an eta or a threshold, which are hypotheses. 24 are
open and confirmed: a last place of a range, or a lower end 1 - 2^-64 of delta = 1 raised to it. None is false.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache
from pathlib import Path as File
from typing import Any

import numpy as np
import pytest
from attack_oracles import (
    Truths,
    layer_saturation,
    minimal_period,
    no_closed_orbit,
    product_bound,
    require,
    sup_jacobian_norm,
    theorem_1,
    theorem_2,
    two_ended,
    weight_norms,
)
from attack_orbit_oracles import DIGITS, apart, curve_determinant, integral, periodic_orbit, stored
from fixtures_networks import cube_stuart_landau, random_network
from fixtures_orbits import linear_beside_cube
from forgery import FIXED, Judge, Mutant, Path, Record, enclosures, ends_of, entry_of, mutants, near, rehashed, replaced
from forgery_evidence import Evidence, Untrue, need
from mpmath import mp

import saturode_verify as sv
from saturode_verify.activation import Identity, Tanh
from saturode_verify.activation.registry import activation_from_spec
from saturode_verify.checker import Unusable, check_bytes
from saturode_verify.checker.check import RULES
from saturode_verify.curves import curve_certificate
from saturode_verify.network import Layer, Network
from saturode_verify.orbit.curve import closed_curve
from saturode_verify.rigor.numbers import format_exact, parse_exact, parse_typed

ORACLES: dict[str, Callable[[Evidence, Record], Truths]] = {
    "weight_norms": weight_norms, "layer_saturation": layer_saturation, "global_bound": product_bound,
    "theorem_1": theorem_1, "layerwise_bound": product_bound, "refined_bound": product_bound,
    "sup_jacobian_norm": sup_jacobian_norm, "divergence": two_ended, "log_norm": two_ended,
    "minimal_period": minimal_period, "theorem_2": theorem_2, "no_closed_orbit": no_closed_orbit, "require": require,
    "periodic_orbit": periodic_orbit, "curve_determinant": curve_determinant,
}  # fmt: skip
CLAIMLESS = {"layer", "criterion", "expression", "period", "eta", "interpolation", "pieces"}


def malformed(before: Any, after: Any) -> bool:
    """Whether a value is of another kind than before, has its ends exchanged, or is displayed dishonestly."""
    if type(after) is not type(before):
        return True
    if isinstance(after, dict):
        if set(after) != set(before):
            return True
        if "display" not in after:
            return any(malformed(before[key], after[key]) for key in before)
        if not isinstance(after["lower"], str):
            return True
        (low, high), shown = ends_of(after), after["display"]
        return parse_typed(shown[0]) > low or (high is not None and (high < low or parse_typed(shown[1]) < high))
    return isinstance(after, list) and any(malformed(before[0] if before else 0, entry) for entry in after)


def verdict(e: Evidence, mutant: Mutant) -> tuple[str, str]:
    """("false", why), ("true", ""), or ("open", "") where the evidence does not decide."""
    before, c = e.document["claims"][mutant.claim], mutant.record
    if c["status"] == "undecided" and set(c) - FIXED <= CLAIMLESS:
        return "true", "nothing is claimed"
    if c["status"] == "refuted" and c["name"] != "require":
        return "false", "it is not refuted"
    try:
        need(not any(malformed(before.get(k), v) for k, v in c.items() if k not in ("on", "statement")), "malformed")
        truths = ORACLES[c["name"]](e, c)
        state, unchanged = "true", dict(enclosures(before))
        for path, entry in enclosures(c):
            truth = truths.get(path)
            if truth is None:
                continue
            low, high = ends_of(entry)
            past = truth.inf_high is not None and low > truth.inf_high
            need(not past, f"{path} is above")
            need(high is None or truth.sup_low is None or high >= truth.sup_low, f"{path} is below")
            held = truth.inf_low is not None and low <= truth.inf_low
            over = high is None or (truth.sup_high is not None and high >= truth.sup_high)
            state = state if (held and over) or entry == unchanged.get(path) else "open"
    except Untrue as error:
        return "false", str(error)
    except (KeyError, TypeError, ValueError, AssertionError, IndexError, StopIteration) as error:
        return "false", f"malformed: {error!r}"
    return state, ""


class Case:
    """A certificate with its judge, and what is true of it."""

    def __init__(self, name: str) -> None:
        mp.dps = DIGITS
        self.network, self.document, finer = CASES[name]()
        self.evidence = Evidence(self.network, self.document, finer)
        self.claims: list[Record] = self.document["claims"]

    def sample(self, stride: int, offset: int = 0) -> Iterator[Mutant]:
        """At least one mutant of every claim."""
        for index, claim in enumerate(self.claims):
            try:
                truths = ORACLES[claim["name"]](self.evidence, claim)
            except (Untrue, KeyError):
                assert claim["status"] == "undecided"
                truths = {}
            found = list(mutants(self.claims, index, truths))
            yield from found[offset % min(stride, len(found)) :: stride]


Made = tuple[Network, Record, Record]
REQUIRED = ["sup_jacobian_norm <= 0.01", "sup_divergence < 5", "minimal_period >= 0.1", "delta_1 <= 1.5",
            "theorem_1 <= 100", "inf_log_norm >= 3", "sup_log_norm < 100"]  # fmt: skip


def regions(network: Network, *boxes: str) -> Made:
    """Everything about a region."""
    found = [
        sv.verify(network, [sv.Box(box) for box in boxes], rtol=rtol, period="2", eta="100", delta=["0.9"],
                  require=REQUIRED, time_limit=10)
        for rtol in ("0.05", "0.001")
    ]  # fmt: skip
    return network, found[0].document(), found[1].document()


def alone(name: str, *certificates: sv.Certificate) -> Iterator[Record]:
    """Nothing but one claim and its witness."""
    for certificate in certificates:
        found = certificate.document()
        kept = {key: [x for x in found[key] if x[by] == name] for key, by in (("claims", "name"), ("witness", "of"))}
        yield {**found, **kept}


def orbits(network: Network) -> Made:
    """An orbit to 12 and to 40 digits."""
    start = [1.0, 0.0, 0.0][: network.dimension]
    found = (sv.prove_orbit(network, near=start, rtol="0.5", digits=digits, time_limit=5) for digits in (12, 40))
    return network, *alone("periodic_orbit", *found)


def along(interpolation: str) -> Made:
    """A curve's determinant to 5 and to 20 digits."""
    network, rows = small_network(), [[0, 1, 0], [1, 0, 1], [2, -1, 0], [Fraction(7, 2), 0, -1], [4, 1, 0]]
    curve = closed_curve([[Fraction(x) for x in row] for row in rows], interpolation)
    found = (curve_certificate(network, curve, digits=digits, rtol="0.5") for digits in (5, 20))
    return network, *alone("curve_determinant", *found)


def small_network(name: str = "tanh") -> Network:
    """A random 2-6-5-2 network."""
    return random_network(3, [2, 6, 5, 2], activation_from_spec({"name": name}))


def drifting_network() -> Network:
    """x' = 2 + tanh(x)/4 + tanh((x+y)/2)/8 > 0: (1, 0) is transversal everywhere."""
    first, last = [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]], [[0.25, 0.0, 0.125], [0.0, 0.125, 0.25]]
    hidden = Layer(np.array(first), np.zeros(3), Tanh())
    return Network((hidden, Layer(np.array(last), np.array([2.0, 0.0]), Identity())))


def contracting() -> Network:
    """About x' = (-tanh x, -tanh y, tanh z/8): no sum of two eigenvalues is positive, though one eigenvalue is."""
    first = np.array([[1.0, 0.25, 0.0], [0.0, 1.0, 0.25], [0.25, 0.0, 1.0]])
    last = np.array([[-1.0, 0.0625, 0.0], [0.0, -0.75, 0.0625], [0.0625, 0.0, 0.125]])
    hidden = Layer(first, np.array([0.5, 0.25, 1.0]), Tanh())
    return Network((hidden, Layer(last, np.zeros(3), Identity())))


def shipped(name: str) -> Network:
    """A model of the test tables."""
    return sv.load(File(__file__).parent.parent / "tables" / f"stuart-landau-{name}-8.json")


SQUARE = "[-1,1.1]x[-0.5,1/3]"
CASES: dict[str, Callable[[], Made]] = {
    **{name: lambda name=name: regions(small_network(name), SQUARE)
       for name in ("tanh", "silu", "sigmoid", "sin", "gelu", "arctan", "softplus")},
    "union": lambda: regions(small_network(), "[-1,0.5]x[-0.5,1/3]", "[0.4,1.1]x[-0.4,0.3]"),
    "d = 3": lambda: regions(random_network(5, [3, 6, 5, 3], Tanh()), "[-1,1]x[0,1]x[0,1/3]"),
    "contracting": lambda: regions(contracting(), "[-1/2,1/2]^3"),
    "drifting": lambda: regions(drifting_network(), "[-1,1]^2"),
    "cubes": lambda: orbits(cube_stuart_landau()), "cubes d = 3": lambda: orbits(linear_beside_cube([-0.5])),
    "orbit tanh": lambda: orbits(shipped("tanh")), "orbit silu": lambda: orbits(shipped("silu")),
    "linear": lambda: along("linear"), "cubic": lambda: along("cubic"),
}  # fmt: skip
FAST = [("tanh", 41, 90), ("drifting", 53, 60), ("cubes", 5, 110), ("linear", 24, 7)]
SLOW = [("tanh", 31, 130), ("silu", 61, 65), ("sigmoid", 61, 65), ("sin", 61, 65), ("gelu", 89, 50), ("arctan", 61, 65),
        ("softplus", 61, 65), ("union", 89, 120), ("d = 3", 61, 70), ("contracting", 41, 75), ("drifting", 41, 70),
        ("cubes", 2, 280), ("cubes d = 3", 31, 20), ("orbit tanh", 5, 110), ("orbit silu", 5, 110), ("linear", 8, 20),
        ("cubic", 8, 20)]  # fmt: skip
"""(case, every how many-th mutant, at least how many)."""
get_case = lru_cache(maxsize=4)(Case)


def answers(case: Case, changed: Record, model: bytes | None = None) -> list[str]:
    """The outcome of every claim of a re-hashed certificate; nothing where it cannot be used."""
    try:
        report = check_bytes(rehashed(changed), model or case.network.canonical(), seconds=30)
    except Unusable:
        return []
    return [claim.outcome for claim in report.claims]


def attack(name: str, stride: int, offset: int, extra: int, whole: int) -> Counter[tuple[str, str, str]]:
    """Counts of (kind, truth, outcome); none may be (., "false", "confirmed")."""
    case = get_case(name)
    judge, tally = Judge(case.document, case.network.canonical(), extra), Counter()
    for claim, outcome in zip(case.claims, judge.outcomes, strict=True):
        assert outcome == ("not claimed" if claim["name"] == "no_closed_orbit" and claim["status"] == "undecided"
                           else "confirmed"), claim["name"]  # fmt: skip
    for index, claim in enumerate(case.claims):
        if claim["status"] != "undecided":
            state, why = verdict(case.evidence, Mutant(index, "as it is", claim))
            assert state != "false", (claim["name"], why)
    for mutant in case.sample(stride, offset):
        state, why = verdict(case.evidence, mutant)
        outcome = judge.outcome(mutant)
        assert (state, outcome) != ("false", "confirmed"), (case.claims[mutant.claim]["name"], mutant.label, why)
        tally[case.claims[mutant.claim]["name"], state, outcome] += 1
        if tally.total() % whole == 0:  # the whole certificate, with nothing carried over
            claims = [*case.claims[: mutant.claim], mutant.record, *case.claims[mutant.claim + 1 :]]
            again = answers(case, {**case.document, "claims": claims}) or ["refused"] * len(claims)
            assert again[mutant.claim] == outcome, (case.claims[mutant.claim]["name"], mutant.label)
    assert {kind for kind, _, _ in tally} == {claim["name"] for claim in case.claims}
    return tally


@pytest.mark.parametrize(("name", "stride", "least"), FAST)
def test_no_false_mutant_is_confirmed(name: str, stride: int, least: int) -> None:
    tally = attack(name, stride, 5, 300, 10**9)
    assert tally.total() >= least


@pytest.mark.slow
@pytest.mark.parametrize(("name", "stride", "least"), SLOW)
def test_no_false_mutant_is_confirmed_at_length(name: str, stride: int, least: int) -> None:
    tally = attack(name, stride, 0, 3000, 25)
    assert tally.total() >= least


def changes_of(value: Any) -> list[Any]:
    """Other values for a number of the witness."""
    if isinstance(value, int):
        return [0, -value, value // 2, value + 1, 10**9, None, str(value)]
    factors = ("0", "-1", "1/2", "2", "1/1000", f"{2**20 + 1}/{2**20}", f"{2**50 + 1}/{2**50}")
    return [format_exact(parse_exact(value) * Fraction(f)) for f in factors] + [None, "", "1/0", 1]


@pytest.mark.slow
def test_a_changed_orbit_is_never_called_near() -> None:
    """Where the moved curve is farther from the true orbit than the radius, or the theorem's inequalities fail."""
    case = get_case("cubes")
    radius = ends_of(case.claims[0]["radius"])[1] or Fraction(0)
    places: list[Path] = [(key,) for key in ("tau", "period_radius", "tube", "strip", "degree", "nodes", "boxes")]
    places += [("precision",), ("radii", 0), ("radii", 1), ("orbit", 0, 1, 0), ("orbit", 1, 1, 1)]
    places += [("columns", 0, "exponent", 0), ("columns", 0, "coefficients", 0, 1, 0), ("inverse", 0, 0, 0, 0)]
    count = 0
    for path in places:
        value: Any = case.document["witness"][0]
        for key in path:
            value = value[key]
        for new in (x for x in changes_of(value) if x != value):
            changed = {**case.document, "witness": [replaced(case.document["witness"][0], path, new)]}
            outcome, count = answers(case, changed), count + 1
            if outcome != ["confirmed"]:
                continue
            assert isinstance(new, str if isinstance(value, str) else int) and new not in ("", "1/0"), (path, new)
            moved = Evidence(case.network, changed, case.evidence.finer)
            assert apart(moved) <= radius, (path, new)
            assert path[0] not in ("tau", "radii", "period_radius") or parse_exact(str(new)) > 0, (path, new)
    assert count >= 120


def test_broken_subdivisions_and_models_are_refused() -> None:
    case = get_case("tanh")
    place = next(i for i, w in enumerate(case.document["witness"]) if w["of"] == "bounds")
    tree = case.document["witness"][place]["subdivision"]
    cut = next(i for i, node in enumerate(tree) if node != "leaf")
    trees: list[Any] = [tree[:-1], [*tree, "leaf"], tree[1:], [], None, "leaf", [*tree[:cut], *tree[cut + 1 :]]]
    trees += [replaced({"t": tree}, ("t", cut), node)["t"] for node in (
        [0, "1000"], [0, "-1"], [7, "0"], [-1, "0"], [0, "1/0"], [0, 0], ["0", "0"], [True, "0"], None)]  # fmt: skip
    documents = [replaced(case.document, ("witness", place, "subdivision"), other) for other in trees]
    documents += [replaced(case.document, ("witness", place, "box"), box) for box in (1, -1, None, True, "0", "region")]
    models = [("sha256", "0" * 64), ("layers", [2, 6, 5, 3]), ("activations", [{"name": "sin"}] * 2)]
    documents += [replaced(case.document, ("model", key), value) for key, value in models]
    assert [answers(case, changed) for changed in documents] == [[]] * len(documents)
    assert answers(case, case.document, small_network("sin").canonical()) == []


@pytest.mark.slow
@pytest.mark.parametrize(("side", "low", "high"), [(0, "-2", "11/10"), (0, "-1", "3"), (1, "-1", "1/3"), (1, "0", "2")])
def test_another_region_has_other_numbers(side: int, low: str, high: str) -> None:
    case = get_case("tanh")
    changed = replaced(case.document, ("region", 0, side), entry_of(Fraction(low), Fraction(high)))
    evidence = Evidence(case.network, changed, {"claims": []})
    false, outcomes = 0, answers(case, changed)
    for index, outcome in enumerate(outcomes):
        state, why = verdict(evidence, Mutant(index, "region", changed["claims"][index]))
        assert (state, outcome) != ("false", "confirmed"), (changed["claims"][index]["name"], why)
        false += state == "false"
    assert false >= 1 or not outcomes  # a cut of the subdivision may lie outside the new region


def test_sums_in_floats_agree_with_the_curves_truth() -> None:
    """The finer certificate of the prover that curve claims are held against, by a quadrature of our own."""
    case = get_case("linear")
    low, high = ends_of(case.evidence.finer["claims"][0]["log_det"])
    assert abs(integral(case.network, stored(case.document, "curve_determinant")) - float(low)) < 1e-11
    assert high is not None and high - low < Fraction(1, 10**18)


def test_the_finer_orbit_is_the_circle() -> None:
    """T = 2 pi/3 and det M = e^{-4 pi}: what orbit claims are held against, in closed form."""
    case = get_case("cubes")
    fine = case.evidence.finer["claims"][0]
    for key, value in (("period", 2 * mp.pi / 3), ("det_m", mp.exp(-4 * mp.pi)), ("integral_divergence", -4 * mp.pi)):
        low, high = ends_of(fine[key])
        assert high is not None and low <= near(value)[1] and near(value)[0] <= high
        assert high - low < abs(high) / 10**38


def test_every_kind_is_attacked_at_least_a_thousand_times_in_all() -> None:
    kinds = {claim["name"] for name in ("tanh", "cubes", "linear") for claim in get_case(name).claims}
    assert kinds == set(RULES)
    assert sum(least for _, _, least in (*FAST, *SLOW)) >= 1000
