"""Names and JSON objects of activations: round trips, and the wording of every refusal."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import pytest
from activation_reference import EVERY, label
from hypothesis import given
from hypothesis import strategies as st

from saturode_verify.activation import (
    ACTIVATIONS,
    ELU,
    GELU,
    Activation,
    LeakyReLU,
    Power,
    SiLU,
    Tanh,
    activation_from_spec,
    activation_named,
)
from saturode_verify.errors import UnusableInput

CONTRACT = [
    "tanh",
    "sigmoid",
    "silu",
    "gelu",
    "softplus",
    "sin",
    "arctan",
    "elu",
    "relu",
    "leaky_relu",
    "identity",
    "power",
]
KNOWN = (
    "the known activations are tanh, sigmoid, silu, gelu, softplus, sin, arctan, elu, relu, leaky_relu, identity, power"
)


def test_the_contract_names_are_known() -> None:
    assert list(ACTIVATIONS) == CONTRACT
    assert all(kind.name == name for name, kind in ACTIVATIONS.items())


@pytest.mark.parametrize("activation", EVERY, ids=label)
@pytest.mark.parametrize(
    "slope", [Fraction(1), Fraction(-3, 8), Fraction(0), Fraction(2) ** 1023, Fraction(0.1)], ids=str
)
def test_spec_round_trip(activation: Activation, slope: Fraction) -> None:
    scaled = replace(activation, slope=slope)
    assert activation_from_spec(json.loads(json.dumps(scaled.spec()))) == scaled


binary64 = st.floats(allow_nan=False, allow_infinity=False).map(Fraction)


@given(binary64, binary64)
def test_spec_round_trip_of_any_binary64(slope: Fraction, parameter: Fraction) -> None:
    for activation in (LeakyReLU(slope, parameter), ELU(slope, parameter)):
        assert activation_from_spec(activation.spec()) == activation


def test_spec_texts_are_canonical() -> None:
    assert Tanh().spec() == {"name": "tanh"}
    assert Tanh(slope=Fraction(-6)).spec() == {"name": "tanh", "slope": "-3*2^1"}
    assert SiLU(slope=Fraction(0)).spec() == {"name": "silu", "slope": "0"}
    assert Power(exponent=3).spec() == {"name": "power", "exponent": 3}
    assert ELU().spec() == {"name": "elu", "alpha": "1*2^0"}
    # 0.01 is 5764607523034235 / 2^59 exactly.
    assert LeakyReLU().spec() == {"name": "leaky_relu", "negative_slope": "5764607523034235*2^-59"}


def test_exact_numbers_are_read_in_every_form_of_the_contract() -> None:
    for text in ("2", "4*2^-1", "1*2^1", "4/2"):
        assert activation_from_spec({"name": "tanh", "slope": text}) == Tanh(slope=Fraction(2))
    assert activation_from_spec({"name": "leaky_relu"}) == LeakyReLU(negative_slope=Fraction(0.01))
    assert activation_from_spec({"name": "elu"}) == ELU(alpha=Fraction(1))


NUMBER = 'write an exact number as a string, such as "1*2^-3"'
HELD = "write an integer or m*2^e, e.g. the exact value of a stored float"
EXPONENT = "give an integer from 1 to 64"


@pytest.mark.parametrize(
    ("spec", "problem", "remedy"),
    [
        (None, "an activation is None", 'write an object such as {"name": "tanh"}'),
        ("tanh", "an activation is 'tanh'", 'write an object such as {"name": "tanh"}'),
        ({}, "unknown activation None", KNOWN),
        ({"name": ["tanh"]}, "unknown activation ['tanh']", KNOWN),
        ({"name": "mish"}, "unknown activation 'mish'", KNOWN),
        ({"name": "TANH"}, "unknown activation 'TANH'", KNOWN),
        ({"name": "tanh", "alpha": "1"}, "activation tanh has an unknown field 'alpha'", "it takes name, slope"),
        ({"name": "elu", 3: "1"}, "activation elu has an unknown field 3", "it takes name, slope, alpha"),
        ({"name": "power"}, "activation power has no exponent", 'add "exponent", an integer from 1 to 64'),
        ({"name": "power", "exponent": True}, "the exponent of power is True", EXPONENT),
        ({"name": "power", "exponent": 2.0}, "the exponent of power is 2.0", EXPONENT),
        ({"name": "power", "exponent": "2"}, "the exponent of power is '2'", EXPONENT),
        ({"name": "power", "exponent": 0}, "power has an exponent that is not understood", EXPONENT),
        ({"name": "power", "exponent": 65}, "power has an exponent that is not understood", EXPONENT),
        ({"name": "power", "exponent": 10**5000}, "power has an exponent that is not understood", EXPONENT),
        ({"name": "tanh", "slope": 1}, "the slope of tanh is 1", NUMBER),
        ({"name": "tanh", "slope": 10**5000}, "the slope of tanh is a huge integer", NUMBER),
        ({"name": "tanh", "slope": True}, "the slope of tanh is True", NUMBER),
        ({"name": "tanh", "slope": None}, "the slope of tanh is None", NUMBER),
        ({"name": "tanh", "slope": "1/3"}, "the slope of tanh is not a binary64 number", HELD),
        ({"name": "tanh", "slope": "1*2^1024"}, "the slope of tanh is not a binary64 number", HELD),
        ({"name": "tanh", "slope": "1*2^-1075"}, "the slope of tanh is not a binary64 number", HELD),
        ({"name": "tanh", "slope": "9007199254740993"}, "the slope of tanh is not a binary64 number", HELD),
        ({"name": "elu", "alpha": "1/10"}, "the alpha of elu is not a binary64 number", HELD),
        (
            {"name": "leaky_relu", "negative_slope": "1/10"},
            "the negative_slope of leaky_relu is not a binary64 number",
            HELD,
        ),
        (
            {"name": "tanh", "slope": "0.1"},
            "the slope of tanh: '0.1' is not an exact number (integer, m*2^e or p/q)",
            NUMBER,
        ),
        (
            {"name": "tanh", "slope": "1*2^9999999999"},
            "the slope of tanh: exponent 9999999999 is outside +-65536",
            NUMBER,
        ),
    ],
)
def test_unusable_specs(spec: object, problem: str, remedy: str) -> None:
    with pytest.raises(UnusableInput) as caught:
        activation_from_spec(spec)
    assert (caught.value.problem, caught.value.remedy) == (problem, remedy)


def test_long_or_deep_strangers_are_shown_shortly() -> None:
    deep: object = []
    for _ in range(10**4):
        deep = [deep]
    for spec in ({"name": "x" * 10**6}, {"name": deep}, deep, {"name": "tanh", "slope": [deep] * 99}):
        with pytest.raises(UnusableInput) as caught:
            activation_from_spec(spec)
        assert len(caught.value.problem) < 100


def test_names_of_the_command_line() -> None:
    assert activation_named("SiLU") == SiLU()
    assert activation_named(" gelu ") == GELU()
    assert activation_named("Power:12") == Power(exponent=12)
    assert activation_named("leaky_relu") == LeakyReLU()


@pytest.mark.parametrize(
    ("text", "problem", "remedy"),
    [
        ("mish", "unknown activation 'mish'", KNOWN),
        ("", "unknown activation ''", KNOWN),
        ("tanh:3", "activation 'tanh:3' takes no number", "write tanh; only power takes one"),
        ("tanh:", "activation 'tanh:' takes no number", "write tanh; only power takes one"),
        ("power", "activation 'power' has no exponent", "write power:3, with an integer from 1 to 64"),
        ("power:-1", "activation 'power:-1' has no exponent", "write power:3, with an integer from 1 to 64"),
        ("power:³", "activation 'power:³' has no exponent", "write power:3, with an integer from 1 to 64"),
        ("power:65", "power has an exponent that is not understood", EXPONENT),
    ],
)
def test_unusable_names(text: str, problem: str, remedy: str) -> None:
    with pytest.raises(UnusableInput) as caught:
        activation_named(text)
    assert (caught.value.problem, caught.value.remedy) == (problem, remedy)


def test_constructors_refuse_what_the_model_format_cannot_hold() -> None:
    with pytest.raises(UnusableInput, match="the slope of tanh is not a binary64 number"):
        Tanh(slope=Fraction(1, 3))
    with pytest.raises(UnusableInput, match="the alpha of elu"):
        ELU(alpha=Fraction(2) ** 1024)
    with pytest.raises(UnusableInput, match="power has an exponent"):
        Power(exponent=True)


def test_importing_the_activations_stays_light() -> None:
    heavy = "{'torch', 'scipy', 'mpmath', 'sympy'}"
    code = f"import sys, saturode_verify.activation; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
