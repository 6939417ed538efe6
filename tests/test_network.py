"""Networks: exactness of what they store, and refusals of what is no vector field."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fixtures_networks import random_network

from saturode_verify import Box, from_torch, load, verify  # the public names exist
from saturode_verify.activation import Identity, Tanh
from saturode_verify.errors import UnusableInput
from saturode_verify.network import Layer, Network, exact_text

assert Box and from_torch and load and verify


def _layer(shape: tuple[int, int], activation: Any = None) -> Layer:
    return Layer(np.ones(shape), np.zeros(shape[0]), activation or Identity())


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "int32"])
def test_other_dtypes_become_float64_exactly(dtype: str) -> None:
    values = np.array([[1, -3]], dtype=dtype)
    layer = Layer(values, np.zeros(1, dtype=dtype), Identity())
    assert layer.weight.dtype == np.float64 and layer.weight.tolist() == [[1.0, -3.0]]
    assert not layer.weight.flags.writeable


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.array([[np.nan, 1.0]]), "1 NaN or infinite"),
        (np.array([[np.inf, -np.inf]]), "2 NaN or infinite"),
        (np.array([[2**60 + 1]]), "integers of 2^53 or more"),
        (np.array([[2**53 + 1]]), "integers of 2^53 or more"),
        ([[2**53 + 1, 0.5]], "integers of 2^53 or more"),
        (np.array([[1 + 1j]]), "complex128 numbers"),
        (np.array([["1"]]), "numbers"),
        (np.array([[True]]), "bool numbers"),
        (np.array([[np.longdouble(1)]]), "numbers"),
        (np.array([1.0]), "shape (1,)"),
        (np.zeros((0, 2)), "shape (0, 2)"),
    ],
)
def test_weights_that_are_refused(values: Any, message: str) -> None:
    with pytest.raises(UnusableInput) as caught:
        Layer(values, np.zeros(1), Identity())
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ((), "no layers"),
        ((_layer((3, 2), Tanh()), _layer((2, 4))), "layer 1 gives 3 values but layer 2 takes 4"),
        ((_layer((3, 2)),), "no vector field"),
        ((_layer((2, 3)),), "non-autonomous"),
        ((_layer((2, 2), Tanh()),), "the last layer ends in tanh"),
    ],
)
def test_layers_that_make_no_field(layers: tuple[Layer, ...], message: str) -> None:
    with pytest.raises(UnusableInput) as caught:
        Network(layers)
    assert message in str(caught.value)


def test_the_hash_is_that_of_the_real_field() -> None:
    network = random_network(0, [2, 3, 2], Tanh())
    renamed = Network(network.layers, source="elsewhere.pt", notes=("a note",))
    assert renamed.sha256 == network.sha256
    bumped = [Layer(layer.weight, layer.bias, layer.activation) for layer in network.layers]
    weight = bumped[0].weight.copy()
    weight[0, 0] = np.nextafter(weight[0, 0], 1)
    bumped[0] = Layer(weight, bumped[0].bias, Tanh())
    assert Network(tuple(bumped)).sha256 != network.sha256


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-0.0, "0"), (1.0, "1*2^0"), (-0.1875, "-3*2^-4"), (5e-324, "1*2^-1074"), (2.0**1023, "1*2^1023")],
)
def test_exact_text(value: float, text: str) -> None:
    assert exact_text(value) == text
