"""Power of the tests: every error term of the rounded engine, dropped by itself, is noticed by the battery."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from rounded_battery import CHECKS, MODULES, Package, load, original, unload

import saturode_verify

ROOT = Path(saturode_verify.__file__).parent
FILES = {"rounding": ROOT / "rigor" / "rounding.py"}
FILES |= {name: ROOT / "bounds" / "rounded" / f"{name}.py" for name in MODULES if name not in FILES}


class Mutant(NamedTuple):
    """Replace ``old`` (the only occurrence in its module) by ``new``; ``check`` is the one that should notice first."""

    module: str
    old: str
    new: str
    check: str
    also: tuple[tuple[str, str], ...] = ()
    """Further replacements, for terms that stand in for each other."""


M = Mutant
REST = "rest = np.abs(turned[:, 1 + d :]).sum(axis=1) * inflate(terms)"
"""Once in `rotate` and once in `rotate_symmetric`."""
MUTANTS = [
    # rounding.py: all constants at once, or one of them.
    M("rounding", "UNIT = 2.0**-53\n", "UNIT = 2.0**-57\n", "range"),
    M("rounding", "UNIT = 2.0**-53\n", "UNIT = 0.0\n", "range"),
    M("rounding", "ETA = 2.0**-900\n", "ETA = 0.0\n", "perron"),
    M("rounding", "return 1.01 * (terms + 6) * UNIT", "return 0.0 * terms", "first_layer"),
    M("rounding", "return 1.0 + (4 * terms + 40) * UNIT", "return 1.0 + 0.0 * terms", "sum_upper"),
    # neurons.py
    M("neurons", " + e1 * reach + e0) * (1 + 32", " + e0) * (1 + 32", "covers"),
    M("neurons", " + e1 * reach + e0) * (1 + 32", " + e1 * reach) * (1 + 32", "covers"),
    M("neurons", "* (1 + 32 * UNIT) + 8 * UNIT * sizes + ETA", "* (1 + 32 * UNIT) + ETA", "covers"),
    M("neurons", "sizes = np.abs(value) + np.abs(at_zero)", "sizes = 0.0", "covers"),
    M("neurons", "np.minimum(np.maximum(second[1], 0) * half_square, lipschitz)", "0.0 * lipschitz", "covers"),
    M("neurons", "np.maximum(np.minimum(second[0], 0) * half_square, -lipschitz)", "0.0 * lipschitz", "covers"),
    M("neurons", "half_square = 0.5 * (reach * reach) + ETA", "half_square = 0.4 * (reach * reach)", "covers"),
    M("neurons", " + np.maximum(e_left, e_right)) * (1 + 8", ") * (1 + 8", "covers"),
    M("neurons", "* (1 + 8 * UNIT) + 8 * UNIT * sizes + ETA", "* (1 + 8 * UNIT) + ETA", "covers"),
    M("neurons", "(0.5 * np.abs(high - low) + ", "(", "covers"),
    M(
        "neurons",
        "(high - low) * (1 + 4 * UNIT) + 4 * UNIT * np.abs(middle) + ETA",
        "high - low",
        "covers",
    ),
    M("neurons", "np.maximum(np.minimum(second[0], 0)", "np.maximum(np.minimum(second[1], 0)", "covers"),
    # forward.py
    M("forms", "add_up(values, axis) * inflate(values.shape[axis])", "add_up(values, axis)", "sum_upper"),
    M("forms", "flat *= inflate(rows.shape[-1])", "pass", "times_magnitude"),
    M(
        "forms",
        "np.nextafter(np.maximum(upper - middle, middle - lower), np.inf)",
        "np.maximum(upper - middle, middle - lower)",
        "centres",
    ),
    M("forms", "np.maximum(upper - middle, middle - lower), np.inf", "0.5 * upper - 0.5 * lower, np.inf", "centres"),
    M(
        "forms",
        "np.minimum(np.maximum(0.5 * lower + 0.5 * upper, lower), upper)",
        "lower + (upper - lower) * 0.5",
        "centres",
    ),
    M("forms", "(spread + np.abs(self.rows[:, 0]))", "spread", "affine_layer"),
    M("forms", "(spread + np.abs(self.rows[:, 0]))", "np.abs(self.rows[:, 0])", "affine_layer"),
    M("forms", "(self.spread + self.radius)", "self.spread", "range"),
    M("forms", "(self.spread + self.radius)", "self.radius", "range"),
    M(
        "forms",
        "(1 + 4 * UNIT) + 4 * UNIT * np.abs(centre) + ETA\n        return centre - reach",
        "(1 + 4 * UNIT) + ETA\n        return centre - reach",
        "range",
    ),
    M("forward", "radius = (cover.radius + scaling_loss(cover, form))", "radius = cover.radius", "slopes"),
    M(
        "forward",
        "(steepness * form.radius + radius) * (1 + 8 * UNIT) + ETA",
        "radius * (1 + 8 * UNIT) + ETA",
        "slopes",
    ),
    M(
        "forward",
        "(steepness * form.radius + radius) * (1 + 8 * UNIT) + ETA",
        "steepness * form.radius * (1 + 8 * UNIT)",
        "slopes",
    ),
    M("forms", "np.abs(cover.slope) * form.total + np.abs(cover.offset)", "np.abs(cover.offset)", "slopes"),
    M("forms", "np.abs(cover.slope) * form.total + np.abs(cover.offset)", "np.abs(cover.slope) * form.total", "slopes"),
    M("forward", "noise, loss = doubt * absolute, ", "noise, loss = 0 * doubt * absolute, ", "hidden"),
    M("forward", "(size + doubt) * (y.tangent_size + y.second)", "size * (y.tangent_size + y.second)", "hidden"),
    M("forward", "(size + doubt) * (y.tangent_size + y.second)", "doubt * (y.tangent_size + y.second)", "hidden"),
    M("forward", "(size + doubt) * (y.tangent_size + y.second)", "(size + doubt) * y.second", "hidden"),
    M("forward", "(size + doubt) * (y.tangent_size + y.second)", "(size + doubt) * y.tangent_size", "hidden"),
    M("forward", "noise += p * y.second", "pass", "hidden"),
    M("forward", "moved += slopes.centre[:, None, None] * y.tangent", "pass", "hidden"),
    M("forward", "if not y.absent:", "if False:", "hidden"),
    M("forward", "size = steepness * form.spread", "size = 0.9 * steepness * form.spread", "slopes"),
    M("forward", "noise * (1 + 16 * UNIT) + ETA", "noise", "hidden"),
    M("forward", "(p + size) * absolute", "size * absolute", "hidden"),
    M("forward", "(p + size) * absolute", "p * absolute", "hidden"),
    M("forward", "loss += p * y.tangent_size", "pass", "hidden"),
    M("forms", "value_radius = (cover.radius + scaling_loss(cover, form))", "value_radius = cover.radius", "hidden"),
    M("forms", "(np.abs(cover.slope) * form.radius + value_radius)", "value_radius", "hidden"),
    M("forms", "(np.abs(cover.slope) * form.radius + value_radius)", "(np.abs(cover.slope) * form.radius)", "hidden"),
    M("forward", "part.noise + part.loss", "part.noise", "engine"),
    M("forward", "part.noise + part.loss", "part.loss", "engine"),
    M("forward", "sum_upper(np.abs(tangent), 2),", "np.abs(tangent).sum(axis=2),", "engine"),
    M("forms", "g * np.abs(middle) + 4 * UNIT * half", "4 * UNIT * half", "first_layer"),
    M("forms", "g * np.abs(middle) + 4 * UNIT * half", "g * np.abs(middle)", "first_layer"),
    M("forms", "4 * UNIT * half) + 2 * g * np.abs(layer.bias)", "4 * UNIT * half)", "first_layer"),
    M("forms", "form.radius + g * form.total", "form.radius", "affine_layer"),
    M("forms", "form.radius + g * form.total", "g * form.total", "affine_layer"),
    M(
        "forms",
        "(layer.times_magnitude(form.radius + g * form.total) + bias)",
        "layer.times_magnitude(form.radius + g * form.total)",
        "affine_layer",
    ),
    M(
        "forms",
        "g * layer.largest * sum_upper(form.total, 1) + bias.max()",
        "0.0 * sum_upper(form.total, 1) + bias.max()",
        "affine_layer",
    ),
    M(
        "forms",
        "g * layer.largest * sum_upper(form.total, 1) + bias.max()",
        "g * layer.largest * sum_upper(form.total, 1)",
        "affine_layer",
    ),
    M("forms", "layer.times_magnitude(half + g * size)", "layer.times_magnitude(half)", "interval_layer"),
    M(
        "forms",
        "layer.times_magnitude(half + g * size)",
        "layer.times_magnitude(g * size)",
        "interval_layer",
    ),
    # adjoint.py
    M("adjoint", "rank_one.append(RankOne(back, part.jacobian.centre, part.slopes.radius))", "pass", "adjoint"),
    M("adjoint", "slack += _absolute_terms(part, magnitude, last)", "pass", "adjoint"),
    M("rounding", "v.max(initial=0.0) <= limit for", "True for", "uninformative"),
    M("rounding", "-limit <= v.min(initial=0.0)", "True", "uninformative"),
    M("rounding", "max(axis=1, initial=0.0) <= limit", "max(axis=1, initial=0.0) <= np.inf", "uninformative"),
    M("rounding", "v.min(initial=0.0) >= -MAX_FACTOR and ", "", "wild"),
    M("rounding", " and v.max(initial=0.0) <= MAX_FACTOR", "", "wild"),
    M("rounding", "[np.abs(v) <= MAX_FACTOR for v in arrays]", "[v <= MAX_FACTOR for v in arrays]", "wild"),
    M("rounding", "[np.abs(v) <= MAX_FACTOR for v in arrays]", "[np.abs(arrays[0]) <= MAX_FACTOR]", "wild"),
    M("rounding", "MAX_FACTOR = 2.0**100", "MAX_FACTOR = 2.0**102", "wild"),
    M(
        "neurons",
        "for mask in (constant, wild",
        "for mask in (wild",
        "wild",
        also=(("self.images[order + 1])))", "self.images[order + 1])),)"),),
    ),
    M("neurons", "wild((self.lower, self.upper, *self", "wild((self.upper, *self", "wild"),
    M("neurons", "wild((self.lower, self.upper, *self", "wild((self.lower, *self", "wild"),
    M("neurons", "self.upper, *self.images[order + 1])", "self.upper)", "wild"),
    M("neurons", "best.radius[mask] = monotone.radius[mask] = np.nan", "best.radius[mask] = np.nan", "wild"),
    M("neurons", "best.radius[mask] = monotone.radius[mask] = np.nan", "monotone.radius[mask] = np.nan", "wild"),
    M("forms", "_forget(form.wild, rows, radius)", "pass", "wild"),
    M("forms", "wild((self.total, self.radius))", "wild((self.total,))", "wild"),
    M("forms", "wild((self.total, self.radius))", "wild((self.radius,))", "wild"),
    M("forms", "_forget(wild((middle, half)), rows, radius)", "_forget(wild((half,)), rows, radius)", "wild"),
    M("forms", "_forget(wild((middle, half)), rows, radius)", "_forget(wild((middle,)), rows, radius)", "wild"),
    M("forms", "_forget(wild((middle, half)), centre, reach)", "_forget(wild((half,)), centre, reach)", "wild"),
    M("forms", "_forget(wild((middle, half)), centre, reach)", "_forget(wild((middle,)), centre, reach)", "wild"),
    M("engine", "<= MAX_ENTRY", "<= np.inf", "wild"),
    M("engine", "lower if form.wild is None else np.where(form.wild.any(axis=1), -np.inf, lower)", "lower", "wild"),
    M("adjoint", "slack += _effect_loss(part, size)", "pass", "adjoint"),
    M("adjoint", "slack += _transport_loss(scaled, layer, earlier)", "pass", "adjoint"),
    M("adjoint", "slack += _push_loss(size, effect.shape[3], layer, earlier, error)", "pass", "adjoint_rounding"),
    M("adjoint", "symbols.append(quadratic)", "pass", "adjoint"),
    M("adjoint", "symbols.append(np.moveaxis(pushed * error.radius[:, None, None], 3, 1))", "pass", "adjoint"),
    M("adjoint", "centre = centre + shift", "pass", "adjoint"),
    M(
        "adjoint",
        "np.concatenate((diagonal, mixed), axis=1)",
        "np.concatenate((diagonal, 0 * mixed), axis=1)",
        "adjoint",
    ),
    M(
        "adjoint",
        "np.concatenate((diagonal, mixed), axis=1)",
        "np.concatenate((0 * diagonal, mixed), axis=1)",
        "adjoint",
    ),
    M("adjoint", "inner = part.loss if last else np.zeros(1)", "inner = np.zeros(part.loss.shape)", "adjoint"),
    M("adjoint", "(doubt + g * size) * y.tangent_size + (size", "g * size * y.tangent_size + (size", "adjoint"),
    M("adjoint", "(doubt + g * size) * y.tangent_size + (size", "doubt * y.tangent_size + (size", "adjoint_rounding"),
    M("adjoint", " + (size + doubt) * y.second", "", "adjoint"),
    M("adjoint", "effect += value.slope[:, None, None] * pushed", "pass", "adjoint"),
    M("adjoint", "size += turned.reshape(count, d, outputs)", "pass", "adjoint"),
    M("adjoint", "size = _against(np.abs(bent), magnitude)", "size = 0 * _against(bent, magnitude)", "adjoint"),
    M(
        "adjoint",
        "part.form.round_off + 8 * UNIT * part.form.radius.max(axis=1)",
        "8 * UNIT * part.form.radius.max(axis=1)",
        "adjoint",
    ),
    M("adjoint", "sum_upper(earlier.loss + g * earlier.noise, 2)", "sum_upper(g * earlier.noise, 2)", "adjoint"),
    M("adjoint", "sum_upper(earlier.loss + g * earlier.noise, 2)", "sum_upper(earlier.loss, 2)", "adjoint"),
    M(
        "adjoint",
        "np.abs(error.slope) * earlier.form.radius + error.radius",
        "error.radius",
        "adjoint_rounding",
    ),
    M(
        "adjoint",
        "np.abs(error.slope) * earlier.form.radius + error.radius",
        "np.abs(error.slope) * earlier.form.radius",
        "adjoint_rounding",
    ),
    M(
        "adjoint",
        "product_error(terms + y.centre.shape[1] + 8)",
        "product_error(terms + 8)",
        "adjoint_rounding",
    ),
    # rotation.py
    M("rotation", "product_error(d) * (np.abs(turned) @ np.abs(basis)) * inflate(d) + UNIT", "0.0", "defect"),
    M("rotation", "np.abs(np.eye(d) - turned @ basis) + rounding", "rounding", "stretched_proposals"),
    M(
        "rotation",
        "(rest + loss[:, None, None]) * (1 + (4 * len(terms) + 32) * UNIT) + ETA",
        "rest * (1 + 32 * UNIT) + ETA",
        "rotate",
    ),
    M(
        "rotation",
        "8 * product_error(d * d + 8) * sum_upper(np.abs(series.matrices).reshape(count, -1), 1)",
        "np.zeros(count)",
        "rotate",
    ),
    M("rotation", "loss = loss + 32 * product_error(d + 8) * sum_upper(sizes, 1)", "pass", "rotate"),
    M("rotation", "rest = rest + inputs @", "rest = rest + 0 * inputs @", "rotate"),
    M("rotation", "inputs *= term.weight[:, None]", "pass", "rotate"),
    M("rotation", "np.abs(_turned(left, term.right))", "np.abs(_turned(left.swapaxes(1, 2), term.right))", "rotate"),
    M("rotation", "np.abs(_turned(right, term.left))", "np.abs(_turned(right.swapaxes(1, 2), term.left))", "rotate"),
    M("rotation", "np.abs(_turned(right, term.left))", "np.abs(_turned(left, term.left))", "rotate"),
    M("rotation", "np.abs(_turned(right, term.left))", "_turned(right, term.left)", "rotate"),
    M(
        "rotation",
        f"@ kronecker\n    {REST}",
        "@ kronecker\n    rest = 0 * turned[:, 0]",
        "rotate",
    ),
    M(
        "rotation",
        f"reshape(count, d * d, -1)\n    {REST}",
        "reshape(count, d * d, -1)\n    rest = 0 * turned[:, 0]",
        "rotate",
    ),
    M(
        "rotation",
        f"@ kronecker\n    {REST}",
        "@ kronecker\n    rest = np.abs(turned[:, 1 + d :]).sum(axis=1)",
        "many_symbols",
    ),
    M(
        "rotation",
        f"reshape(count, d * d, -1)\n    {REST}",
        "reshape(count, d * d, -1)\n    rest = np.abs(turned[:, 1 + d :]).sum(axis=1)",
        "many_symbols",
    ),
    M("rotation", "kernel = 0.5 * (", "kernel = (", "rotate_tangents"),
    M("rotation", "0.5 * (outer + outer.swapaxes(1, 2))", "outer", "rotate_tangents"),
    M("rotation", "0.5 * (outer + outer.swapaxes(1, 2))", "0.5 * outer", "rotate_tangents"),
    M("rotation", "basis[:, None, :, j]", "basis[:, None, :, i]", "rotate_tangents"),
    M("rotation", "place[i, j] = place[j, i] = np", "place[:] = 0\n    place[i, j] = np", "rotate_tangents"),
    M("rotation", "0.5 * (full.rest + full.rest.swapaxes(1, 2))", "full.rest", "rotate_tangents"),
    M("rotation", "0.5 * (full.rest + full.rest.swapaxes(1, 2))", "0.5 * full.rest", "rotate_tangents"),
    M("rotation", " & below((series.matrices, series.slack), LARGEST, len(series.slack))", "", "uninformative"),
    M("rotation", "series.informative & below", "below", "uninformative"),
    M("rotation", "below((series.matrices, series.slack)", "below((series.matrices,)", "uninformative"),
    M("rotation", "below((series.matrices, series.slack)", "below((series.slack,)", "uninformative"),
    M("rotation", "if good.all():", "if good.any():", "uninformative"),
    M(
        "rotation",
        "np.where(defect <= MAX_DEFECT, 1 + defect",
        "np.where(defect == defect, 1 + defect",
        "garbage_proposals",
    ),
    # signs.py
    M("signs", "self._base + np.abs(self._others).sum(axis=1)", "self._base", "patterns"),
    M(
        "signs",
        "self._base + np.abs(self._others).sum(axis=1)",
        "np.abs(self._others).sum(axis=1)",
        "sign_search",
    ),
    M("signs", "np.abs(self._others).sum(axis=1)", "self._others.sum(axis=1)", "sign_search"),
    M("signs", "form.rest + product_error(terms + 4)", "product_error(terms + 4)", "sign_search"),
    M("signs", " + product_error(terms + 4) * sum_upper(np.abs(form.signed), 1)", "", "patterns"),
    M("signs", "sum_upper(np.abs(form.signed), 1)", "sum_upper(np.abs(form.signed[:, :1]), 1)", "patterns"),
    M("signs", "sum_upper(np.abs(form.signed), 1)", "sum_upper(form.signed, 1)", "sign_search"),
    M("signs", "product((1.0, -1.0), repeat=count)", "product((1.0, 1.0), repeat=count)", "sign_search"),
    M("signs", "other._start(bound)", "pass", "spectral"),
    M(
        "signs",
        "np.take_along_axis(matrices, order, axis=1)",
        "np.take_along_axis(matrices, 0 * order, axis=1)",
        "patterns",
    ),
    M("signs", " = matrices + form.signed[:, :1]", " = matrices", "sign_search"),
    M("signs", "self._others = ordered[:, chosen:]", "self._others = ordered[:, chosen + 1 :]", "sign_search"),
    M("signs", "self._others = ordered[:, chosen:]", "self._others = form.signed[:, 1 + chosen :]", "patterns"),
    M("signs", "self._values.max(axis=1)", "self._values.min(axis=1)", "sign_search"),
    M("signs", "self._values.max(axis=1)", "self._values[:, 0]", "sign_search"),
    M("signs", "Rotated(signed, self._base[box])", "Rotated(signed, 0 * self._base[box])", "refine"),
    M("signs", "Rotated(signed, self._base[box])", "Rotated(signed, self._base[0 * box])", "refine"),
    M("signs", "self._matrices[box, pattern][:, None]", "self._matrices[box, 0 * pattern][:, None]", "refine"),
    M("signs", "self._matrices[box, pattern][:, None]", "self._matrices[0 * box, pattern][:, None]", "refine"),
    M("signs", "self._others[box]), axis=1)", "0.5 * self._others[box]), axis=1)", "refine"),
    M("signs", "self._others[box]), axis=1)", "self._others[box][:, 1:]), axis=1)", "refine"),
    M("signs", "self._others[box]), axis=1)", "self._others[0 * box]), axis=1)", "refine"),
    M("signs", "np.minimum(self._values[box, pattern], finer.values())", "finer.values()", "refine"),
    M("signs", "np.minimum(self._values[box, pattern], finer.values())", "finer._values.min(axis=1)", "refine"),
    M("signs", "self._values[box, pattern] = np", "self._values[box, 0 * pattern] = np", "refine"),
    M("signs", "finer.refine(targets[box], np.ones(len(box), dtype=bool))", "pass", "refine"),
    M("signs", "self._values > targets", "self._values < targets", "refine"),
    M("signs", "boxes[:, None] & (self", "(self", "refine"),
    # spectral.py
    M(
        "spectral",
        "searches[0].values() * stretch_of(left) * stretch_of(right)",
        "searches[0].values() * stretch_of(left)",
        "stretched_proposals",
    ),
    M(
        "spectral",
        "searches[0].values() * stretch_of(left) * stretch_of(right)",
        "searches[0].values() * stretch_of(right)",
        "stretched_proposals",
    ),
    M("spectral", "* stretch_of(right) * (1 + 16 * UNIT) + slack", "* stretch_of(right) * (1 + 16 * UNIT)", "spectral"),
    M("spectral", "_unrotated(search.values(), defect) + slack", "_unrotated(search.values(), defect)", "spectral"),
    M("spectral", "_unrotated(search.values(), defect) + slack", "search.values() + slack", "stretched_proposals"),
    M(
        "spectral",
        "np.where(known & (bound == bound), bound, np.inf)",
        "np.where(bound == bound, bound, np.inf)",
        "uninformative",
    ),
    M(
        "spectral",
        "rising.with_bound(metzler_upper(-1.0))",
        "rising.with_bound(metzler_upper(1.0))",
        "spectral",
    ),
    M(
        "spectral",
        "gram += mixed + mixed.swapaxes(-1, -2) + rest.swapaxes(-1, -2) @ rest",
        "gram += mixed + mixed.swapaxes(-1, -2)",
        "norm",
    ),
    M(
        "spectral",
        "gram += mixed + mixed.swapaxes(-1, -2) + rest.swapaxes(-1, -2) @ rest",
        "gram += rest.swapaxes(-1, -2) @ rest",
        "norm",
    ),
    M("spectral", "whole = size + rest", "whole = size", "norm"),
    M("spectral", "mixed += size[..., i, 0] * rest[..., i, 1]", "pass", "norm"),
    M("spectral", "mixed += rest[..., i, 0] * whole[..., i, 1]", "pass", "norm"),
    M("spectral", "mixed += rest[..., i, 0] * whole[..., i, 1]", "mixed += rest[..., i, 0] * size[..., i, 1]", "norm"),
    M("spectral", "+ matrices[..., 1, 0] * matrices[..., 1, 1])", ")", "norm"),
    M("spectral", "(off * off) + ETA)", "(off * off))", "perron"),
    M("spectral", "0.5 * (first + second + root) * (1 + 16 * UNIT) + ETA", "0.5 * (first + second + root)", "perron"),
    M("spectral", "axis=(-2, -1)) * inflate(d) + ETA", "axis=(-2, -1))", "perron"),
    M("spectral", "np.max(matrix @ x / x, axis=(-2, -1))", "np.mean(matrix @ x / x, axis=(-2, -1))", "perron_generic"),
    M("spectral", "np.maximum(matrix[..., 0, 1], matrix[..., 1, 0])", "0.99 * matrix[..., 0, 1]", "perron"),
    M("spectral", "(majorant + rest)", "majorant", "norm"),
    M("spectral", "= diagonal + shift", "= diagonal", "norm"),
    M("spectral", "corrected = value + 2 * defect * np.abs(value)", "corrected = value", "stretched_proposals"),
    M("spectral", "np.sqrt(rows * columns + ETA)", "np.sqrt(rows * columns)", "norm_of_slack"),
    M(
        "spectral",
        "product_error(d + 4) * np.abs(diagonals).sum(axis=(1, 2)) * inflate(terms * d)",
        "np.zeros(len(centre))",
        "divergence",
    ),
    M(
        "spectral",
        "np.abs(products.sum(axis=1)) + product_error(d) * np.abs(products).sum(axis=1)",
        "np.abs(products.sum(axis=1))",
        "divergence",
    ),
    M("spectral", "spread = spread + sum_upper(traces * term.weight, 1)", "pass", "divergence"),
    M("spectral", "spread + loss + np.trace(series.slack, axis1=1, axis2=2)", "spread + loss", "divergence"),
    M(
        "spectral",
        "spread + loss + np.trace(series.slack, axis1=1, axis2=2)",
        "loss + np.trace(series.slack, axis1=1, axis2=2)",
        "divergence",
    ),
    M(
        "spectral",
        "(inflate(d + len(series.rank_one)) + 32 * UNIT) + 4 * UNIT * np.abs(centre) + ETA",
        "1.0",
        "divergence",
    ),
    M(
        "spectral",
        "np.where(defect <= MAX_DEFECT, corrected",
        "np.where(defect == defect, corrected",
        "garbage_proposals",
    ),
    # compound.py
    M("compound", " & (defect <= MAX_DEFECT)", "", "garbage_proposals"),
    M("compound", "known = clean.informative & (defect", "known = (defect", "uninformative"),
    M("compound", "+ turned.rest\n    size", "\n    size", "stretched_remainders"),
    M("compound", "np.abs(turned.signed).sum(axis=1) + turned.rest", "turned.rest", "stretched_proposals"),
    M("compound", ".values() + correction", ".values()", "spectral"),
    M("compound", "for sign in (1.0, -1.0):", "for sign in (1.0, 1.0):", "spectral"),
    M("compound", "(a == e, b, c, -1)", "(a == e, b, c, 1)", "compound"),
    M("compound", "(b == c, a, e, -1)", "(b == c, a, e, 1)", "compound"),
    M("compound", "if equal:", "if equal and sign > 0:", "compound"),
    M("compound", "return bounds[0], bounds[1]", "return bounds[1], bounds[0]", "spectral"),
    M(
        "compound",
        "4 * defect * size + 2 * norm_of_slack(clean.slack)",
        "2 * norm_of_slack(clean.slack)",
        "stretched_proposals",
    ),
    M("compound", "4 * defect * size + 2 * norm_of_slack(clean.slack)", "4 * defect * size", "spectral"),
    M(
        "compound",
        "4 * defect * size + 2 * norm_of_slack(clean.slack)",
        "4 * defect * size + norm_of_slack(clean.slack)",
        "spectral",
    ),
    M("compound", "@ np.abs(signed) + loss", "@ np.abs(signed)", "compound"),
    M("compound", "turned.rest.reshape(count, d * d) @ np.abs(signed) + loss", "loss", "compound"),
    M("compound", "* inflate(d * d + terms) + ETA", "", "compound"),
    # engine.py
    M("engine", "(form.radius @ size) + loss", "loss", "functional"),
    M("engine", "(form.radius @ size) + loss", "(form.radius @ size)", "functional"),
    M("engine", "np.abs(values[:, 1:]).sum(axis=1) + (form", "(form", "functional"),
]

COVERED: list[tuple[Mutant, str]] = [
    (
        M("forms", "half + g * size) + 2 * g * np.abs(layer.bias)", "half + g * size)", "interval_layer"),
        "|centre| <= |W| |middle| + |b| up to rounding: 2u |centre| holds both roundings of size u |b|",
    ),
    (
        M("forms", " + 2 * UNIT * np.abs(centre) + ETA", "", "interval_layer"),
        "the same the other way round: 2 g |b| and the spare 6u |W| |middle| of g",
    ),
    (
        M("forms", "(1 + 4 * UNIT) + 2 * UNIT * size + ETA", "1.0", "interval_layer"),
        "rounding of middle: the spare 6u of g; of half: the 44u of inflate",
    ),
    (
        M("adjoint", "part.form.round_off + 8 * UNIT * part.form.radius.max(axis=1)", "part.form.round_off", "adjoint"),
        "three roundings in g, applied to delta = W (alpha delta + rho' eps): the spare 6u of g in _push_loss",
    ),
    (
        M("adjoint", "slack += 2 * UNIT * np.abs(centre)", "pass", "engine"),
        "one rounding of centre + shift per layer: the spare 13u of product_error(n + 8) up to 13 hidden layers",
    ),
    (
        M("spectral", "_perron_upper(gram * inflate(3 * d + 10) + ETA)", "_perron_upper(gram)", "norm"),
        "(d + 4)u in the products of nonnegatives: 16u of the closed formula, 16u of the root, inflate(d)",
    ),
    (
        M("spectral", " + product_error(d) * (turned @ np.abs(matrices))", "", "norm"),
        "d u |M|^T |M| has norm <= d^2 u ||M||^2, below the (12 d + 80)u of inflate for d <= 15",
    ),
    (
        M("spectral", "4 * UNIT * shift[..., None]", "0.0 * shift[..., None]", "norm"),
        "the diagonal + shift is rounded once: the factor 1 + 8u beside it",
    ),
    (
        M("engine", "- 4 * UNIT * np.abs(values[:, 0])", "", "functional"),
        "the last subtraction costs u |value|: the spare 6u of product_error in loss",
    ),
    (
        M("rotation", "full.rest.swapaxes(1, 2)) * (1 + 4 * UNIT)", "full.rest.swapaxes(1, 2))", "rotate_tangents"),
        "one sum of two (halving is exact): the spare of (1 + 32 u), which has two roundings of R to hold",
    ),
    (
        M("signs", ".sum(axis=1)) * inflate(terms)", ".sum(axis=1))", "sign_search"),
        "rounding of R itself: 8u; of the sum of the others: the share of product_error that is charged for them",
    ),
    (
        M("signs", "self._base = base * (1 + 8 * UNIT) + ETA", "self._base = base + ETA", "sign_search"),
        "two roundings of R: inflate(terms) beside it, in every search that uses the base",
    ),
    (
        M("compound", "linear[row, column, i, j] += sign", "linear[row, column, i, j] = sign", "compound"),
        "no change at all: for one (i, j) the four cases concern different entries of S",
    ),
]
"""Terms that others cover, provably, so that no input can tell, and why; dropped with what covers them: TOGETHER."""
TOGETHER = [
    M(
        "forms",
        "half + g * size) + 2 * g * np.abs(layer.bias)",
        "half + g * size)",
        "interval_layer",
        ((" + 2 * UNIT * np.abs(centre) + ETA", ""),),
    ),
    M(
        "forms",
        "(1 + 4 * UNIT) + 2 * UNIT * size + ETA",
        "1.0",
        "interval_layer",
        (
            ("flat *= inflate(rows.shape[-1])", "pass"),
            ("reach = reach * (1 + 4 * UNIT) + 2 * UNIT * np.abs(centre) + ETA", "pass"),
        ),
    ),
    M(
        "adjoint",
        "part.form.round_off + 8 * UNIT * part.form.radius.max(axis=1)",
        "part.form.round_off",
        "adjoint_rounding",
        (("slack += _push_loss(size, effect.shape[3], layer, earlier, error)", "pass"),),
    ),
    M(
        "engine",
        "- 4 * UNIT * np.abs(values[:, 0])",
        "",
        "functional",
        (("(form.radius @ size) + loss", "(form.radius @ size)"),),
    ),
    M(
        "signs",
        ".sum(axis=1)) * inflate(terms)",
        ".sum(axis=1))",
        "sign_search",
        (("self._base = base * (1 + 8 * UNIT) + ETA", "self._base = base + ETA"),),
    ),
]


@cache
def source(module: str) -> str:
    return FILES[module].read_text(encoding="utf-8")


def mutated(mutant: Mutant, name: str) -> Package:
    texts = {module: source(module) for module in FILES}
    for old, new in ((mutant.old, mutant.new), *mutant.also):
        assert source(mutant.module).count(old) == 1, "the mutant's text must occur just once: adapt it to the source"
        texts[mutant.module] = texts[mutant.module].replace(old, new)
    return load(name, texts)


def caught(mutant: Mutant, name: str) -> str:
    """What the battery finds wrong with the mutant, "" if nothing; its own check is tried first."""
    package = mutated(mutant, name)
    try:
        for check in sorted(CHECKS, key=lambda check: (check != mutant.check, check == "engine")):
            found = CHECKS[check](package)
            if found:
                return f"{check}: {found}"
        return ""
    finally:
        unload(package)


@pytest.mark.parametrize("check", CHECKS)
def test_the_original_passes_the_battery(check: str) -> None:
    assert CHECKS[check](original()) == ""


@pytest.mark.parametrize("index", range(len(MUTANTS)))
def test_every_mutant_is_caught(index: int) -> None:
    assert caught(MUTANTS[index], f"mutant_{index}")


@pytest.mark.parametrize("index", range(len(TOGETHER)))
def test_terms_that_cover_each_other_are_caught_together(index: int) -> None:
    assert caught(TOGETHER[index], f"together_{index}")


@pytest.mark.parametrize("index", range(len(COVERED)))
def test_covered_terms_stay_in_the_source(index: int) -> None:
    """A mutant that its check does catch belongs into MUTANTS: the table of survivors must stay honest."""
    mutant, reason = COVERED[index]
    package = mutated(mutant, f"covered_{index}")
    try:
        assert CHECKS[mutant.check](package) == "", reason
    finally:
        unload(package)
