"""Certificates made by the prover, as documents that tests may change, and the re-hashing that a forger would do."""

from __future__ import annotations

import copy
import hashlib
import json
from functools import lru_cache
from typing import Any

import numpy as np
from fixtures_networks import random_network

import saturode_verify as sv
from saturode_verify.activation import Identity, Tanh
from saturode_verify.activation.registry import activation_from_spec
from saturode_verify.checker import Report, check_bytes
from saturode_verify.network import Layer, Network


def small_network(name: str = "tanh") -> Network:
    """A random 2-6-5-2 network."""
    return random_network(3, [2, 6, 5, 2], activation_from_spec({"name": name}))


@lru_cache(maxsize=16)
def region_case(name: str = "tanh", box: str = "[-1,1.1]x[-0.5,1/3]") -> tuple[str, bytes]:
    """(certificate, model) of a small network with every kind of region claim."""
    network = small_network(name)
    certificate = sv.verify(
        network, sv.Box(box), rtol="0.05", period="2", eta="100", delta=["0.9"], require=["sup_jacobian_norm <= 0.01"]
    )
    return certificate.to_json(), network.canonical()


def document(text: str) -> dict[str, Any]:
    """A fresh copy."""
    return copy.deepcopy(json.loads(text))


def rehashed(changed: dict[str, Any]) -> bytes:
    """The document with a hash that fits."""
    body = {k: v for k, v in changed.items() if k not in ("environment", "sha256")}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return json.dumps({**changed, "sha256": hashlib.sha256(text).hexdigest()}, ensure_ascii=False).encode()


def check(changed: dict[str, Any], model: bytes, seconds: float = 60) -> Report:
    """The checker's report on a re-hashed document."""
    return check_bytes(rehashed(changed), model, seconds=seconds)


def drifting_network() -> Network:
    """x' = (2 + tanh(x)/4, tanh(y)/8 - y-like term): c = (1, 0) is transversal everywhere."""
    first = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
    last = np.array([[0.25, 0.0, 0.125], [0.0, 0.125, 0.25]])
    return Network((Layer(first, np.zeros(3), Tanh()), Layer(last, np.array([2.0, 0.0]), Identity())))
