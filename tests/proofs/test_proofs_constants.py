"""The constants that proofs/ proves are those that the code uses: every number beside UNIT, read from the source."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable

import pytest

from proofs import logistic, tabulated
from saturode_verify.bounds.rounded import spectral
from saturode_verify.bounds.rounded.neurons import LayerNeurons
from saturode_verify.kernels.base import Composite
from saturode_verify.kernels.logistic import SigmoidFormula, SiLUFormula, TanhFormula
from saturode_verify.kernels.piecewise import ELUFormula
from saturode_verify.kernels.sine import SinFormula, SinShape
from saturode_verify.kernels.tabulated import ArctanFormula, GELUFormula, SoftplusFormula
from saturode_verify.kernels.turning import hull_of_ends


def units(function: Callable[..., object]) -> list[float]:
    """The numbers that stand before or after ``* UNIT``, and the last two arguments of ``_relative``, in order."""
    found: list[tuple[int, int, float]] = []
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            sides = (node.left, node.right)
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Mult):
            sides = (node.value,)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_relative":
            sides = ()
            found += [(a.lineno, a.col_offset, a.value) for a in node.args[1:] if isinstance(a, ast.Constant)]
        else:
            continue
        if any(isinstance(side, ast.Name) and side.id == "UNIT" for side in sides):
            found += [(s.lineno, s.col_offset, s.value) for s in sides if isinstance(s, ast.Constant)]
    return [value for _, _, value in sorted(found)]


def numbers(*texts: str) -> list[float]:
    """The claims of a proof, as floats."""
    return [float(text) for text in texts]


TANH, TANH_MOST = logistic.TANH, logistic.TANH_MOST
SIGMOID, SIGMOID_MOST = logistic.SIGMOID, logistic.SIGMOID_MOST
SILU, GELU, ARCTAN = logistic.SILU, tabulated.GELU, tabulated.ARCTAN
EXPECTED: dict[str, tuple[Callable[..., object], list[float]]] = {
    "tanh": (
        TanhFormula.values,
        numbers(TANH["t"], TANH["w"], TANH_MOST["w"], TANH["tw"], TANH_MOST["tw"], TANH["third"], TANH_MOST["third"]),
    ),
    "sigmoid": (
        SigmoidFormula.values,
        numbers(
            SIGMOID["value"],
            *(claims[name] for name in ("p", "pt", "third") for claims in (SIGMOID, SIGMOID_MOST)),
        ),
    ),
    "silu": (SiLUFormula.values, numbers(SILU["value"])),
    "silu's derivatives": (SiLUFormula._derivatives, numbers(SILU["first"], SILU["second"], SILU["third"])),
    "softplus": (
        SoftplusFormula.values,
        [1.01, 1.5, *numbers(SIGMOID["value"], SIGMOID_MOST["p"], SIGMOID_MOST["pt"])],
    ),
    "gelu": (GELUFormula.values, [1.01, 2]),
    "gelu's derivatives": (GELUFormula._from_density, numbers(GELU["second"], GELU["third"])),
    "arctan": (ArctanFormula.values, [4, *numbers(ARCTAN["first"])]),
    "arctan's derivatives": (ArctanFormula._higher, numbers(ARCTAN["second"], ARCTAN["third"])),
    "sin": (SinFormula.values, [6]),
    "sin's extrema": (SinShape.images, [16]),
    "elu": (ELUFormula._left, [6, 5]),
    "slopes": (Composite._scaled, [1.01, 1.01, 16, 8]),
    "hull": (hull_of_ends, [4, 4]),
    "neurons: Taylor": (LayerNeurons._taylor, [4, 32, 8]),
    "neurons: monotone": (LayerNeurons._monotone, [8, 8]),
    "neurons: constant": (LayerNeurons._constant, [4, 4]),
    "2 x 2": (spectral._plane_perron, [16]),
    "slack": (spectral.norm_of_slack, [8]),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_code_uses_the_constants_that_are_proved(name: str) -> None:
    function, expected = EXPECTED[name]
    assert units(function) == expected
