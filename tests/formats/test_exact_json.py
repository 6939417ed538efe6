"""Exact JSON: bit-exact round trip, canonical form, strict reading."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from fixtures_networks import cube_stuart_landau, random_network
from hypothesis import given
from hypothesis import strategies as st

from saturode_verify.activation import ELU, Activation, Identity, LeakyReLU, Power, SiLU, Tanh
from saturode_verify.errors import UnusableInput
from saturode_verify.formats.exact_json import read_exact_json, write_exact_json
from saturode_verify.network import Layer, Network

FINITE = st.floats(allow_nan=False, allow_infinity=False, width=64)


@given(st.lists(FINITE, min_size=4, max_size=4), st.lists(FINITE, min_size=2, max_size=2))
def test_round_trip_is_bit_exact(weights: list[float], biases: list[float]) -> None:
    """Subnormals and the largest binary64 included; -0.0 becomes 0, the same real number."""
    network = Network((Layer(np.array(weights).reshape(2, 2), np.array(biases), Identity()),))
    again = read_exact_json(write_exact_json(network), "m.json")
    expected = network.layers[0].weight + 0.0
    assert again.layers[0].weight.tobytes() == expected.tobytes()
    assert again.layers[0].bias.tobytes() == (network.layers[0].bias + 0.0).tobytes()
    assert again.sha256 == network.sha256


@pytest.mark.parametrize(
    "activation",
    [Tanh(), SiLU(slope=Fraction(3, 4)), Power(exponent=3), ELU(), LeakyReLU()],
    ids=lambda a: a.name,
)
def test_activations_survive(activation: Activation) -> None:
    network = random_network(1, [2, 3, 2], activation)
    again = read_exact_json(write_exact_json(network), "m.json")
    assert again.layers[0].activation == activation
    assert again.canonical() == network.canonical()


def test_the_canonical_form_is_pinned() -> None:
    """Written out by hand from the contract: sorted keys, no spaces, odd mantissas, "0" for zero."""
    network = Network((Layer(np.array([[-0.1875, 0.0], [6.0, 1.0]]), np.array([-0.0, 0.5]), Identity()),))
    assert network.canonical() == (
        b'{"format":"saturode-model","layers":[{"activation":{"name":"identity"},"bias":["0","1*2^-1"],'
        b'"weight":[["-3*2^-4","0"],["3*2^1","1*2^0"]]}],"version":1}'
    )


def _document(**changes: Any) -> dict[str, Any]:
    document = json.loads(cube_stuart_landau().canonical())
    document.update(changes)
    return document


def _with_number(text: Any) -> bytes:
    document = _document()
    document["layers"][0]["weight"][1][1] = text
    return json.dumps(document).encode()


@pytest.mark.parametrize("text", ["3", "-6*2^-1", "1/4", "+7", "0", "1*2^-1074", "9007199254740991*2^971"])
def test_forms_of_numbers(text: str) -> None:
    network = read_exact_json(_with_number(text), "m.json")
    assert np.isfinite(network.layers[0].weight[1, 1])


@pytest.mark.parametrize(
    "text",
    ["0.5", "1e3", "1/3", "3/6", "9007199254740993", "1*2^1024", "1*2^-1075", "1/0", "NaN", "inf", "", " 1",
     "1*2^99999999", "9" * 5000, 1, 0.5, None, ["1"], True, "١"],
)  # fmt: skip
def test_numbers_that_no_binary64_holds_are_refused_by_place(text: Any) -> None:
    with pytest.raises(UnusableInput) as caught:
        read_exact_json(_with_number(text), "m.json")
    assert "layer 1, weight row 2, column 2" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "truncated or no JSON"),
        (b'{"format": "saturode-model", "format": "x"}', "stands twice"),
        (b"\xff\xfe{}", "truncated or no JSON"),
        (b"[" * 100_000, "truncated or no JSON"),
        (b'{"format":"saturode-model","version":1,"layers":[NaN]}', "NaN is no exact number"),
        (b"[1]", 'has no "format"'),
        (b'{"format":"saturode-certificate"}', "is a certificate, not a model"),
        (json.dumps(_document(version=2)).encode(), "model version 2"),
        (json.dumps(_document(version=True)).encode(), "model version True"),
        (json.dumps(_document(version=1.0)).encode(), "model version 1.0"),
        (b'{"format":"saturode-model","version":1}', 'has no "layers"'),
        (json.dumps(_document(extra=1)).encode(), "unknown keys: extra"),
        (json.dumps(_document(layers=[])).encode(), "no layers"),
        (json.dumps(_document(layers={})).encode(), "is no list"),
        (json.dumps(_document(layers=[{"weight": []}])).encode(), "exactly the keys"),
        (json.dumps(_document(layers=[{"weight": [[]], "bias": [], "activation": {}}])).encode(), "empty or differ"),
        (
            json.dumps(_document(layers=[{"weight": [["1"], ["1", "2"]], "bias": [], "activation": {}}])).encode(),
            "differ",
        ),
        (json.dumps(_document(layers=[{"weight": 3, "bias": [], "activation": {}}])).encode(), "list of rows"),
    ],
)
def test_bad_documents(data: bytes, message: str) -> None:
    with pytest.raises(UnusableInput) as caught:
        read_exact_json(data, "m.json")
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_verify_on_json_never_imports_torch(tmp_path: Any) -> None:
    """In a process where importing torch fails, the whole main job still runs."""
    path = tmp_path / "m.json"
    path.write_bytes(write_exact_json(cube_stuart_landau()))
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import saturode_verify as sv\n"
        f"c = sv.verify(sv.load({str(path)!r}), '[-1,1]^2', rtol='0.2')\n"
        "assert c.exit_status == 0 and c['sup_jacobian_norm'].value.upper > 15\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
