"""A region certificate as one Coq file: low <= sup ||Df|| <= c on the certificate's boxes, with its own two numbers.

Nothing here is trusted: the file states the theorem about the exact weights, and Coq's kernel accepts it or not. The
certificate contributes low, c, the point where low is reached and the subdivision from which Coq's computation starts.
"""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from ..certificate.record import Certificate, load_certificate
from ..errors import UnusableInput
from ..figures.model import check_model, find_model
from ..network import Layer, Network
from ..rigor.numbers import Enclosure
from .terms import CERTIFICATE_REMEDY, Cut, common_denominator, cuts, rational, real, tree, whole

LIBRARY = ("Enclosure", "Tanh", "Network", "Cover", "Reached")
"""The Coq files of this folder, in the order in which they need each other."""
FUEL = 12
"""Halvings of a leaf of the certificate that Coq may add."""
_SPARE_BITS, _LEAST_BITS, _MOST_BITS = 24, 40, 400
_LOADS, _OWN = ("From ", "Import ", "Set "), "From Saturode "
Box = list[tuple[Fraction, Fraction]]


def export(
    certificate: str | os.PathLike[str], model: str | os.PathLike[str] | None, activation: str | None = None
) -> tuple[str, Enclosure]:
    """The Coq file of a certificate file, and the enclosure of sup ||Df|| that it states. Raises UnusableInput."""
    record = load_certificate(certificate)
    network = find_model(record, Path(certificate).parent, model, activation)
    return coq_file(record, network)


def coq_file(certificate: Certificate, network: Network) -> tuple[str, Enclosure]:
    """The text of the Coq file, and the enclosure of sup ||Df|| that it states.

    Raises UnusableInput where the certificate is about another network, the network is no 2-n-2 tanh network, or the
    certificate has no proved upper end of sup ||Df||.
    """
    check_model(certificate, network, network.source or "the model")
    _check_shape(network)
    stated = _stated(certificate)
    boxes = [[_ends(side) for side in box] for box in certificate.region]
    subdivisions = [_subdivision(certificate, i) for i in range(len(boxes))]
    bits = _precision(stated)
    parts = [
        _header(certificate, bits),
        library_text(),
        _network_terms(network, stated),
        _region(boxes),
        *(_box_lemma(i, box, nodes, bits) for i, (box, nodes) in enumerate(zip(boxes, subdivisions, strict=True))),
        _theorem(len(boxes)),
    ]
    if stated.point is not None:
        parts.append(_reached(stated.point, _point_precision(certificate, stated.value.lower)))
    return "\n".join(parts), stated.value


def library_text() -> str:
    """The Coq library of this folder as one text: what it loads stands first, once, because a name that Coq's own
    library uses too means what was loaded or defined last.
    """
    loads: dict[str, None] = {}
    texts = []
    for name in LIBRARY:
        lines = (Path(__file__).parent / f"{name}.v").read_text(encoding="utf-8").splitlines()
        loads.update((line, None) for line in lines if line.startswith(_LOADS) and not line.startswith(_OWN))
        texts.append("\n".join(line for line in lines if not line.startswith(_LOADS)).strip())
    return "\n".join(loads) + "\n\n" + "\n\n".join(texts) + "\n"


def _check_shape(network: Network) -> None:
    sizes = "-".join(map(str, network.sizes))
    remedy = "give a 2-n-2 network with one hidden tanh layer; `verify check` re-checks every other certificate"
    if network.dimension != 2 or len(network.hidden) != 1:
        raise UnusableInput(f"the Coq export cannot state a {sizes} network", remedy)
    name = network.hidden[0].activation.name
    if name != "tanh":
        raise UnusableInput(f"the Coq export knows tanh, not {name}", remedy)


class _Stated(NamedTuple):
    """The claim: low <= sup ||Df|| <= top, and the point where low is reached (None where low is 0)."""

    value: Enclosure
    top: Fraction
    point: list[Fraction] | None


def _stated(certificate: Certificate) -> _Stated:
    """The region's proved claim with an upper end."""
    try:
        claim = certificate["sup_jacobian_norm"]
    except KeyError:
        raise UnusableInput(
            "the certificate has no claim sup_jacobian_norm", "give a region certificate, written by `verify MODEL`"
        ) from None
    value, point = claim.values.get("value"), claim.values.get("point")
    if not claim.proved or claim.on != "region" or not isinstance(value, Enclosure) or value.upper is None:
        raise UnusableInput("sup ||Df|| is not proved on the region", "give `verify` more time with --time-limit")
    if value.lower <= 0:
        return _Stated(value, value.upper, None)
    reached = [entry.lower for entry in point if isinstance(entry, Enclosure)] if isinstance(point, list) else []
    if len(reached) != 2:
        raise UnusableInput("the certificate has no point where its lower end is reached", CERTIFICATE_REMEDY)
    return _Stated(value, value.upper, reached)


def _ends(side: Enclosure) -> tuple[Fraction, Fraction]:
    if side.upper is None:
        raise UnusableInput("the region is not bounded", "certify a box with finite ends")
    return side.lower, side.upper


def _subdivision(certificate: Certificate, box: int) -> list[Cut | None]:
    """The stored leaves of one box; the whole box where none are stored."""
    for entry in certificate.witness:
        if isinstance(entry, dict) and entry.get("of") == "bounds" and entry.get("box") == box:
            return cuts(entry.get("subdivision"))
    return [None]


def _precision(stated: _Stated) -> int:
    """Bits that resolve the gap between the certificate's two ends, with some to spare."""
    gap = stated.top - stated.value.lower
    if gap <= 0:
        return _MOST_BITS
    ratio = stated.top / gap
    wanted = ratio.numerator.bit_length() - ratio.denominator.bit_length() + _SPARE_BITS
    return min(max(wanted, _LEAST_BITS), _MOST_BITS)


def _point_precision(certificate: Certificate, lower: Fraction) -> int:
    """Bits that tell the norm at a point from its lower end, which was rounded at the certificate's precision."""
    asked = certificate.settings.get("precision")
    return 64 + 2 * max(lower.numerator.bit_length(), asked if isinstance(asked, int) else 0)


def _header(certificate: Certificate, bits: int) -> str:
    return (
        "(* Written by `verify export --coq`; check with coqc (Coq 8.16, with Coquelicot and Coq-Interval).\n"
        f"   certificate sha256 {certificate.sha256}\n"
        f"   model sha256 {certificate.model['sha256']}\n"
        "   Its theorems are the certificate's claim low <= sup ||Df|| <= c, with the certificate's own numbers,\n"
        "   about the real function with the exact stored weights.\n"
        f"   Computed with {bits} bits and at most {FUEL} halvings of each of the certificate's leaves. *)\n"
    )


def _network_terms(network: Network, stated: _Stated) -> str:
    first, last = network.layers
    slope = first.activation.slope
    rows = [_neuron(first, last, k, slope) for k in range(len(first.bias))]
    constants = [rational(Fraction(entry)) for entry in last.bias.tolist()]
    joined = ";\n  ".join(rows)
    return (
        "(* The certified network, with its exact weights: ax, ay, bias; o1, o2. *)\n"
        f"Definition hidden : list neuron := [\n  {joined}].\n\n"
        f"Definition f1 : R -> R -> R := field o1 {constants[0]} hidden.\n"
        f"Definition f2 : R -> R -> R := field o2 {constants[1]} hidden.\n\n"
        f"{_number('c', stated.top)}\n{_number('low', stated.value.lower)}"
    )


def _number(name: str, value: Fraction) -> str:
    """The number as a real, for the theorem, and as a rational, for the computation."""
    return (
        f"Definition {name} : R := {real(value)}.\n"
        f"Definition {name}_q : Q := {rational(value)}.\n"
        f"Lemma same_{name} : Q2R {name}_q = {name}.\n"
        f"Proof. unfold {name}_q, {name}, Q2R. simpl. lra. Qed.\n"
    )


def _neuron(first: Layer, last: Layer, k: int, slope: Fraction) -> str:
    """tanh(slope (w x + b)) is tanh of slope w and slope b: exact, and so are these rationals."""
    inner = [slope * Fraction(value) for value in (*first.weight[k].tolist(), float(first.bias[k]))]
    outer = [Fraction(float(last.weight[i, k])) for i in range(2)]
    return "Neuron " + " ".join(rational(value) for value in (*inner, *outer))


def _box_lemma(index: int, box: Box, nodes: list[Cut | None], bits: int) -> str:
    ends = [end for side in box for end in side]
    grid = common_denominator([*ends, *(node[1] for node in nodes if node)]) << FUEL
    corners = " ".join(whole(end * grid) for end in ends)
    return (
        f"Definition subdivision_{index} : cuts :=\n{tree(nodes, grid)}.\n\n"
        f"Lemma accepted_{index} : accepted (F.PtoP {bits}) {grid}%positive (map (hold (F.PtoP {bits})) hidden)\n"
        f"  (iq (F.PtoP {bits}) c_q) {FUEL} subdivision_{index} {corners} = true.\n"
        "Proof. vm_cast_no_check (eq_refl true). Qed.\n\n"
        f"Lemma bounded_{index} : forall x y : R, {_inside(box)} -> bounded hidden c x y.\n"
        "Proof.\n"
        "  intros x y inside. rewrite <- same_c.\n"
        f"  apply (accepted_sound _ _ _ _ _ _ _ _ _ _ accepted_{index}). unfold within, grid. lra.\n"
        "Qed.\n"
    )


def _inside(box: Box) -> str:
    (x0, x1), (y0, y1) = box
    return f"({real(x0)} <= x <= {real(x1)} /\\ {real(y0)} <= y <= {real(y1)})"


def _region(boxes: list[Box]) -> str:
    region = " \\/\n  ".join(_inside(box) for box in boxes)
    return (
        f"Definition region (x y : R) : Prop :=\n  {region}.\n\n"
        "(* (d1, d2) = Df(x, y) (u, v), the derivative of f = (f1, f2) in the direction (u, v) *)\n"
        "Definition directional (x y u v d1 d2 : R) : Prop :=\n"
        "  is_derive (fun t => f1 (x + t * u) (y + t * v)) 0 d1 /\\\n"
        "  is_derive (fun t => f2 (x + t * u) (y + t * v)) 0 d2.\n\n"
        "Lemma directional_rows x y u v : directional x y u v (row o1 hidden x y u v) (row o2 hidden x y u v).\n"
        "Proof. split; apply is_derive_field. Qed.\n"
    )


def _theorem(boxes: int) -> str:
    cases = "".join(
        f"  destruct inside as [inside|inside]; [exact (bounded_{i} x y inside)|].\n" for i in range(boxes - 1)
    )
    return (
        "Theorem sup_jacobian_norm : forall x y : R, region x y -> forall u v : R, exists d1 d2 : R,\n"
        "  directional x y u v d1 d2 /\\ sqrt (d1 * d1 + d2 * d2) <= c * sqrt (u * u + v * v).\n"
        "Proof.\n"
        "  intros x y inside u v. exists (row o1 hidden x y u v), (row o2 hidden x y u v).\n"
        "  split; [apply directional_rows|]. apply (bounded_norm hidden c x y).\n"
        f"{cases}  exact (bounded_{boxes - 1} x y inside).\n"
        "Qed.\n\nPrint Assumptions sup_jacobian_norm.\n"
    )


def _reached(point: list[Fraction], bits: int) -> str:
    """The lower end: at the certificate's point some direction is stretched by at least that much."""
    x, y = map(rational, point)
    precision = f"(F.PtoP {bits})"
    return (
        f"Definition point_x : Q := {x}.\nDefinition point_y : Q := {y}.\n\n"
        f"Lemma reached_there : reached {precision} point_x point_y low_q (map (hold {precision}) hidden) = true.\n"
        "Proof. vm_cast_no_check (eq_refl true). Qed.\n\n"
        "Ltac in_region := first [lra | left; lra | right; in_region].\n\n"
        "Theorem sup_jacobian_norm_reached : exists x y : R, region x y /\\ exists u v : R, 0 < u * u + v * v /\\\n"
        "  exists d1 d2 : R, directional x y u v d1 d2 /\\ low * sqrt (u * u + v * v) <= sqrt (d1 * d1 + d2 * d2).\n"
        "Proof.\n"
        "  exists (Q2R point_x), (Q2R point_y). split; [unfold region, point_x, point_y, Q2R; simpl; in_region|].\n"
        f"  destruct (reached_sound {precision} hidden point_x point_y low_q) as (u & v & apart & large);\n"
        "    [rewrite same_low; unfold low; lra|exact reached_there|]. rewrite same_low in large.\n"
        "  exists u, v. split; [exact apart|]. do 2 eexists. split; [apply directional_rows|exact large].\n"
        "Qed.\n\nPrint Assumptions sup_jacobian_norm_reached.\n"
    )
