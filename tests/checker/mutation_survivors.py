"""Changes of the checker that nothing notices, each with the reason why it lets no false claim through."""
# ruff: noqa: E501

from __future__ import annotations

from mutation_table import Mutant

M = Mutant
SURVIVORS: list[tuple[Mutant, str]] = [
    (
        M("fixed", "    if b[0] <= 0:\n", "    if b[0] < 0:\n"),
        "a division by 0 raises ZeroDivisionError, which is an ArithmeticError as well",
    ),
    (
        M("elementary", "bottom[1] + 3 * (high - low)", "bottom[1]"),
        "the ends of r are 2 ulp apart, and the count of lost ulps in `_exp_reduced` has hundreds to spare",
    ),
    (
        M("elementary", "8 * (total + error + width)", "8 * (total + error)"),
        "the width is a few ulp; the error counts 3 ulp per term, of which less than 2 can be lost",
    ),
    (
        M("elementary", "while term or (2 * n + 3) << w < 2 * doubled:", "while term:"),
        "terms increase until 2n + 3 > 2x^2, so that one is computed as 0 far behind 4x^2 at any precision in use",
    ),
    (
        M("smooth", "    if not rising and not (above[1] < 0 < below[0]):\n", "    if False:\n"),
        "it guards the table of brackets, all of which have opposite signs",
    ),
    (
        M(
            "activation",
            "bracket[0] <= ends[1] and bracket[1] >= ends[0]",
            "bracket[0] < ends[1] and bracket[1] > ends[0]",
        ),
        "where bracket and range share one end alone, the value at that end is evaluated anyway",
    ),
    (
        M("affine", "    if high - low < 2 * taylor[2]:\n", "    if True:\n"),
        "both enclosures are right, the condition chooses the narrower",
    ),
    (
        M("kinks", "v[0] - up(factor * (a - c), p)", "v[1] - (factor * (a - c) >> p)"),
        "it moves the end by at most 2 units, which are added to the rest",
    ),
    (
        M("kinks", "        if low <= 0 <= high:\n", "        if low < 0 < high:\n"),
        "where the range only touches the kink, the form holds both one-sided values: only the splitting is lost",
    ),
    (
        M("strip", "        if not inside(activation, abs(y) + reach[1], P):\n", "        if False:\n"),
        "`local` bounds s'' on the same box, and raises where it comes near a pole",
    ),
    (
        M("strip", "inside(activation, abs(y) + reach[1], P)", "inside(activation, abs(y), P)"),
        "likewise: the bound of s'' is for the whole box",
    ),
    (
        M("complex_activation", "    if max(y + b, b - y) >= one:\n", "    if False:\n"),
        "`inside` refuses such boxes of arctan first",
    ),
    (
        M("floors", "if low is None or b < low:", "if low is None or a < low:"),
        "the value at any point of the box is an attained one: the condition only chooses the lowest",
    ),
    (
        M("require", 'if claim.values.get("statement", YORKE_VACUOUS) != YORKE_VACUOUS:', "if False:"),
        "the next line and `_period` admit a statement only where they compare it",
    ),
    (
        M(
            "document",
            "isinstance(side, Enclosure) and side.upper is not None for side",
            "isinstance(side, Enclosure) for side",
        ),
        "the missing end is then refused where it is used",
    ),
    (
        M("document", "len({len(box) for box in boxes}) != 1 or ", ""),
        "every box is compared with the model's dimension",
    ),
    (
        M("consequences", "    if len(vector) != facts.model.dimension:\n", "    if False:\n"),
        "components are paired strictly, so that another number of them is malformed",
    ),
    (
        M(
            "region_claims",
            "if excludes is not False and not (excludes is True and",
            "if excludes is not False and not (excludes and",
        ),
        "1 instead of true, and only where it follows",
    ),
    (
        M("consequences", "    if period.lower < 0:\n", "    if False:\n"),
        "a product's ends are taken over both signs of T, so that the claim holds for its positive part",
    ),
    (
        M("saturation_claims", "    if len(norms) != len(facts.model.layers):\n", "    if False:\n"),
        "norms and layers are paired strictly",
    ),
    (
        M("quantities", "(i, m, -int(j == k))", "(i, m, int(j == k))"),
        "j = k only above the diagonal, which elimination does not read",
    ),
    (
        M("multipliers", "    if len(both) == 1:\n", "    if False:\n"),
        "the missing list is then found to be no list",
    ),
    (
        M("curve_claims", "    if len(stored) != 1 or not all", "    if not all"),
        "without a stored curve the index fails, and of several the first is checked in full",
    ),
    (
        M("saturation_claims", "if type(layer) is not int or not 1 <=", "if not 1 <="),
        "true counts as 1; a text or a list cannot be compared with a number",
    ),
    (
        M("trig", "return multiply(ball, (low, 0, high - low), p)", "return multiply(ball, (low, 0, 0), p)"),
        "2 ulp of the exponential; the bound of the circle's error has about as much to spare, no input was found that shows it",
    ),
]
BY_HAND: list[Mutant] = [
    M("sweep", 'failed[name] = Outcome(0, f"it is not shown on', 'failed[name] = Outcome(1, f"it is not shown on'),
    M("curve_claims", 'claim.values.get("interpolation") != stored[0]["interpolation"] or ', ""),
    M("saturation_claims", "norm.upper >= 0 and at_most", "at_most"),
    M("orbit_bounds", "max(a, size(b[0])) for a, b in zip(tops.defect", "size(b[0]) for a, b in zip(tops.defect"),
    M(
        "consequences",
        "bottom = min(low * period.lower, low * period.top)",
        "bottom = max(low * period.lower, low * period.top)",
    ),
    M("product_claims", "factors.append((min(delta, supremum[0]),", "factors.append((max(delta, supremum[0]),"),
    M("product_claims", "            factors.append(supremum)\n", ""),
    M("product_claims", "(None if infinite and high else high)", "high"),
    M("region_claims", "    if top is None or top > bound:\n", "    if False:\n"),
    M("region_claims", "row.append((top - high, top - low))", "row.append((top - low, top - high))"),
]
"""Not harmless; the battery does not notice them, tests of their own do (test_checker_products, _orbits, _curves)."""
