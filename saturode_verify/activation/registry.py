"""From names and JSON objects to activations; every refusal says what would have been accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from fractions import Fraction
from reprlib import Repr
from typing import Any

from ..errors import UnusableInput
from ..rigor.numbers import parse_exact
from .base import Activation
from .elementary import MAX_POWER, Arctan, Identity, Power, Sin
from .gated import GELU, SiLU
from .hyperbolic import Sigmoid, Softplus, Tanh
from .piecewise import ELU, LeakyReLU, ReLU

ACTIVATIONS: dict[str, type[Activation]] = {
    kind.name: kind
    for kind in (Tanh, Sigmoid, SiLU, GELU, Softplus, Sin, Arctan, ELU, ReLU, LeakyReLU, Identity, Power)
}
"""Every activation of the exact model by its contract name."""

_SHORT = Repr()
_SHORT.maxlevel = 2
_KNOWN = "the known activations are " + ", ".join(ACTIVATIONS)


def activation_from_spec(spec: object) -> Activation:
    """The activation of a JSON object ``{"name": ..., parameters}``; inverse of `Activation.spec`.

    Raises UnusableInput for anything that the exact model does not know, or that a binary64 cannot hold.
    """
    if not isinstance(spec, Mapping):
        raise UnusableInput(f"an activation is {_shown(spec)}", 'write an object such as {"name": "tanh"}')
    name = spec.get("name")
    if not isinstance(name, str) or name not in ACTIVATIONS:
        raise UnusableInput(f"unknown activation {_shown(name)}", _KNOWN)
    kind = ACTIVATIONS[name]
    allowed = [f.name for f in fields(kind)]
    for key in spec:
        if key != "name" and key not in allowed:
            raise UnusableInput(
                f"activation {name} has an unknown field {_shown(key)}", f"it takes {', '.join(['name', *allowed])}"
            )
    if kind is Power and "exponent" not in spec:
        raise UnusableInput("activation power has no exponent", f'add "exponent", an integer from 1 to {MAX_POWER}')
    parameters: dict[str, Any] = {key: _parameter(name, key, spec[key]) for key in allowed if key in spec}
    return kind(**parameters)


def activation_named(text: str) -> Activation:
    """The activation that a person names on the command line: ``tanh``, ``SiLU``, ``power:3``."""
    name, colon, exponent = text.strip().lower().partition(":")
    if name not in ACTIVATIONS:
        raise UnusableInput(f"unknown activation {_shown(text)}", _KNOWN)
    if name == Power.name:
        if not (exponent.isascii() and exponent.isdigit() and len(exponent) <= 4):
            raise UnusableInput(
                f"activation {_shown(text)} has no exponent", f"write power:3, with an integer from 1 to {MAX_POWER}"
            )
        return Power(exponent=int(exponent))
    if colon:
        raise UnusableInput(f"activation {_shown(text)} takes no number", f"write {name}; only power takes one")
    return ACTIVATIONS[name]()


def _parameter(name: str, key: str, value: object) -> Fraction | int:
    """One field's value: the exponent is a JSON integer, every other number an exact number in a string."""
    if key == "exponent":
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise UnusableInput(f"the exponent of {name} is {_shown(value)}", f"give an integer from 1 to {MAX_POWER}")
    if not isinstance(value, str):
        raise UnusableInput(
            f"the {key} of {name} is {_shown(value)}", 'write an exact number as a string, such as "1*2^-3"'
        )
    try:
        return parse_exact(value)
    except ValueError as error:
        raise UnusableInput(
            f"the {key} of {name}: {error}", 'write an exact number as a string, such as "1*2^-3"'
        ) from None


def _shown(value: object) -> str:
    """A stranger's value, short enough for one line whatever its size or depth."""
    if isinstance(value, int) and abs(value) >= 10**15:
        return "a huge integer"
    return _SHORT.repr(value)[:60]
