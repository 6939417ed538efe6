"""Tensors of a file as exact float64 arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import UnusableInput
from ..network import exact_float64
from .pickled import import_torch


def exact_array(tensor: Any, what: str) -> np.ndarray:
    """The float64 array of a dense float16, bfloat16, float32 or float64 tensor, with no change of value.

    Raises UnusableInput for anything else (quantised, sparse, complex, subclassed, on no device, NaN).
    """
    torch = import_torch()
    if type(tensor) not in (torch.Tensor, torch.nn.Parameter):
        raise UnusableInput(f"{what} is no plain tensor", "save dense float tensors")
    dense = tensor.layout is torch.strided and not tensor.is_quantized and tensor.device.type == "cpu"
    if not dense or tensor.dtype not in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        kind = str(tensor.dtype).removeprefix("torch.") if dense else "quantised, sparse or empty"
        raise UnusableInput(f"{what} is a {kind} tensor", "store the model in float16, bfloat16, float32 or float64")
    plain = torch.Tensor.detach(tensor)
    return exact_float64(torch.Tensor.to(plain, torch.float64).contiguous().numpy().copy(), what)
