"""Small models and certificates, well formed in every text, that are made to cost a checker much time or memory."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from saturode_verify.checker.model import read_model
from saturode_verify.rigor.numbers import Enclosure, format_exact

Record = dict[str, Any]
WEIGHTS = "every weight is the exact dyadic rational of the stored float"
REGION = "x in the region"
C1 = "f is C^1"
CONNECTED = (WEIGHTS, C1, "d = 2", "every component of the region is simply connected (proved)")
ON_HULL = (WEIGHTS, C1, "d = 2", "div f has one sign on the region's hull, which was used")
TEXTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "weight_norms": ("section 3", (WEIGHTS,)),
    "layer_saturation": ("section 2", (WEIGHTS, REGION)),
    "refined_bound": ("section 3", (WEIGHTS, REGION)),
    "sup_jacobian_norm": ("section 3", (WEIGHTS, REGION)),
    "divergence": ("section 4", (WEIGHTS, REGION, C1)),
    "log_norm": ("section 4", (WEIGHTS, REGION, C1)),
    "divergence criterion": ("section 6", CONNECTED),
    "two_eigenvalues": ("section 6", (WEIGHTS, "f is C^1 near the region", "the region is convex and compact")),
    "require": ("section 3", (WEIGHTS, REGION)),
}


def enclosure(low: Fraction | int | str, high: Fraction | int | str | None = None) -> Record:
    """An enclosure with its own display."""
    a = Fraction(low)
    b = a if high is None else Fraction(high)
    return {"lower": format_exact(a), "upper": format_exact(b), "display": list(Enclosure(a, b).display())}


def open_above(low: Fraction | int) -> Record:
    """[low, infinity)."""
    found = enclosure(low)
    return {**found, "upper": None, "display": [found["display"][0], "inf"]}


def layer(weight: Sequence[Sequence[Any]], bias: Sequence[Any], name: str = "tanh", **more: Any) -> Record:
    """One layer of an exact model."""
    return {
        "weight": [[str(x) for x in row] for row in weight],
        "bias": [str(x) for x in bias],
        "activation": {"name": name, **more},
    }


def model_of(*layers: Record) -> bytes:
    """An exact model."""
    return json.dumps({"format": "saturode-model", "version": 1, "layers": list(layers)}).encode()


def random_model(sizes: Sequence[int], name: str = "tanh") -> bytes:
    """Weights k 2^-9, the last layer linear."""
    chance = random.Random(1)
    layers = []
    for k, (width, size) in enumerate(zip(sizes[1:], sizes[:-1], strict=True)):
        rows = [[f"{chance.randint(-999, 999)}*2^-9" for _ in range(size)] for _ in range(width)]
        layers.append(layer(rows, [1] * width, "identity" if k == len(sizes) - 2 else name))
    return model_of(*layers)


def identity_model(d: int) -> bytes:
    """f(x) = x."""
    return model_of(layer([[int(i == j) for j in range(d)] for i in range(d)], [0] * d, "identity"))


def claim(name: str, on: int | str = "region", text: str = "", **values: Any) -> Record:
    """A proved claim with the texts of its theorem."""
    section, hypotheses = TEXTS[text or name]
    return {
        "on": on, "name": name, "theorem": section, "hypotheses": list(hypotheses), "status": "proved", "asked": True,
        **values,
    }  # fmt: skip


def certificate(
    model: bytes, boxes: Sequence[Sequence[tuple[Any, Any]]], claims: Sequence[Record],
    witness: Sequence[Record] = (), settings: Record | None = None,
) -> bytes:  # fmt: skip
    """With a hash that fits."""
    read = read_model(model)
    body = {
        "format": "saturode-certificate",
        "version": 1,
        "model": {
            "sha256": read.sha256, "layers": read.sizes, "source": "",
            "activations": [part.activation.spec() for part in read.hidden],
        },
        "region": [[enclosure(a, b) for a, b in box] for box in boxes],
        "settings": settings or {},
        "scope": "",
        "claims": list(claims),
        "witness": list(witness),
    }  # fmt: skip
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return json.dumps({**body, "environment": {}, "sha256": hashlib.sha256(text).hexdigest()}).encode()
