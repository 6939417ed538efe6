"""Batched float64 values and images of the activations, with proved errors."""

from __future__ import annotations

from .base import Image, Kernel, NoKernel, Rounded
from .registry import kernel_for

__all__ = ["Image", "Kernel", "NoKernel", "Rounded", "kernel_for"]
