"""From a sequence of affine maps, activations and batch normalisations to the layers of a Network.

The Network alternates weights and activations; what a file strings together otherwise gets exact identity layers
in between, so that the vector field stays what it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ..activation import Activation, Identity
from ..errors import UnusableInput
from ..network import Layer
from .batchnorm import Affine, Normalisation, fold_after, fold_before
from .tensors import MAX_ENTRIES


@dataclass(frozen=True)
class Activate:
    """x -> scale * s(x), entry by entry; ``scale`` is a power of two."""

    activation: Activation
    scale: Fraction = Fraction(1)


Step = Affine | Activate | Normalisation


def bounded(steps: Iterable[Step]) -> list[Step]:
    """All steps. Raises UnusableInput, before memory is full, if they hold more than MAX_ENTRIES numbers.

    One stored tensor can stand for the weights of a thousand layers.
    """
    found: list[Step] = []
    total = 0
    for step in steps:
        total += 0 if isinstance(step, Activate) else step.inputs * (step.outputs if isinstance(step, Affine) else 4)
        check_size(total)
        found.append(step)
    return found


def check_size(entries: int) -> None:
    """Raises UnusableInput if a model would have too many weights."""
    if entries > MAX_ENTRIES:
        raise UnusableInput(f"the model has more than {MAX_ENTRIES} weights", "give a smaller model")


def identity_affine(size: int, factor: float = 1.0) -> Affine:
    """x -> factor * x on R^size."""
    check_size(size * size)
    return Affine(factor * np.eye(size), np.zeros(size))


def layers_from_steps(steps: Sequence[Step], round_batchnorm: bool) -> tuple[tuple[Layer, ...], tuple[str, ...]]:
    """The layers that compute the ``steps`` one after the other, and notes about what was folded.

    Raises UnusableInput if no step fixes the dimension, or a folding is not exact (and not asked to round).
    """
    width = next((step.inputs for step in steps if not isinstance(step, Activate)), None)
    if width is None:
        raise UnusableInput("the model has no linear layer", "give a network with at least one nn.Linear")
    folded, notes = _fold_normalisations(steps, width, round_batchnorm)
    return _layers(folded, width), notes


def _fold_normalisations(
    steps: Sequence[Step], width: int, round_batchnorm: bool
) -> tuple[list[Affine | Activate], tuple[str, ...]]:
    """Fold each BatchNorm into the Linear before it, else into the one after it, else into a new identity."""
    done: list[Affine | Activate] = []
    notes: list[str] = []
    waiting = list(steps)
    while waiting:
        step = waiting.pop(0)
        if isinstance(step, Normalisation):
            previous, follower = (done or [None])[-1], (waiting or [None])[0]
            if isinstance(previous, Affine):
                done.pop()
                fold = fold_after(previous, step, round_batchnorm)
            elif isinstance(follower, Affine):
                del waiting[0]
                fold = fold_before(step, follower, round_batchnorm)
            else:
                fold = fold_after(identity_affine(width), step, round_batchnorm)
            notes += fold.notes()
            step = fold.affine
        if isinstance(step, Affine):
            width = step.outputs
        done.append(step)
    return done, tuple(dict.fromkeys(notes))


def _layers(steps: Sequence[Affine | Activate], width: int) -> tuple[Layer, ...]:
    layers: list[Layer] = []
    pending: Affine | None = None
    scale = Fraction(1)
    for step in steps:
        if isinstance(step, Affine):
            if pending is not None:
                layers.append(Layer(pending.weight, pending.bias, Identity()))
            pending, scale = _scale_inputs(step, scale), Fraction(1)
            width = step.outputs
        else:
            before = pending if pending is not None else _scale_inputs(identity_affine(width), scale)
            layers.append(Layer(before.weight, before.bias, step.activation))
            pending, scale = None, step.scale
            check_size(sum(layer.weight.size for layer in layers))  # identities may have come in between
    last = pending if pending is not None else _scale_inputs(identity_affine(width), scale)
    return (*layers, Layer(last.weight, last.bias, Identity()))


def _scale_inputs(affine: Affine, scale: Fraction) -> Affine:
    """x -> affine(scale * x). Exact: a power of two only moves exponents, and underflow is noticed."""
    if scale == 1:
        return affine
    with np.errstate(over="ignore", under="ignore"):
        weight = affine.weight * float(scale)
        exact = np.isfinite(weight).all() and bool((weight / float(scale) == affine.weight).all())
    if not exact:
        raise UnusableInput(
            "the output factor 1/beta of a Softplus cannot be multiplied into the next weights exactly",
            "use Softplus with beta = 1",
        )
    return Affine(weight, affine.bias)
