"""Torch itself, imported late, and the exact values of its tensors."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from ..errors import UnusableInput
from ..network import exact_float64

MAX_ENTRIES = 1 << 24
"""Most numbers of a tensor, and of a whole model: a few bytes can describe what fills any memory."""


def import_torch() -> ModuleType:
    """The torch module; UnusableInput says how to do without it if it is not installed."""
    try:
        import torch
    except ImportError:
        raise UnusableInput(
            "reading a torch model needs torch, which is not installed",
            "pip install torch==2.13.0, or export the model to exact JSON where torch is (verify export)",
        ) from None
    return torch


def exact_array(value: Any, what: str, dimensions: int) -> np.ndarray:
    """The exact values of a float16, bfloat16, float32 or float64 tensor with ``dimensions`` axes, as float64.

    Only a plain tensor will do. Its methods are taken from the class, since attributes that a file set on the
    instance could hide them. Raises UnusableInput for anything else.
    """
    torch = import_torch()
    if type(value) not in (torch.Tensor, torch.nn.Parameter):
        raise UnusableInput(f"{what} is no plain tensor", "store the weights as ordinary dense tensors")
    if value.layout is not torch.strided or value.is_quantized or value.device.type == "meta":
        raise UnusableInput(
            f"{what} is quantised, sparse or has no data", "store the weights as ordinary dense tensors"
        )
    if value.dtype not in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        kind = str(value.dtype).removeprefix("torch.")
        raise UnusableInput(f"{what} holds {kind} numbers", "store the model in float16, float32 or float64")
    if torch.Tensor.dim(value) != dimensions:
        shape = "x".join(map(str, value.shape)) or "a single number"
        raise UnusableInput(f"{what} has the shape {shape}", "only Linear and BatchNorm1d parameters are understood")
    if torch.Tensor.numel(value) > MAX_ENTRIES:
        raise UnusableInput(f"{what} claims {torch.Tensor.numel(value)} entries", f"the limit is {MAX_ENTRIES}")
    resolved = torch.Tensor.resolve_neg(torch.Tensor.detach(value))
    return exact_float64(torch.Tensor.numpy(torch.Tensor.to(resolved, "cpu", torch.float64)), what)
