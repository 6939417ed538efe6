"""What one check may cost: a deadline that every inner loop looks at, and the bits of all numbers that are read.

Both are kept beside the call (in a context variable), because the loops that need them are the innermost ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from .verdict import Unconfirmed, Unusable

Progress = Callable[[str, float], None]
MAX_BITS = 1 << 29
"""Bits of all numbers read from one certificate and its model: 64 MB in memory."""
TIME_UP = "the checker's time limit was reached"


@dataclass
class _Meter:
    deadline: float
    bits: int


_METER: ContextVar[_Meter | None] = ContextVar("meter", default=None)


@contextmanager
def metered(deadline: float, bits: int = MAX_BITS) -> Iterator[None]:
    """Within the block `pulse` and `spend` raise once the time or the bits are used up."""
    token = _METER.set(_Meter(deadline, bits))
    try:
        yield
    finally:
        _METER.reset(token)


def pulse() -> None:
    """Raises Unconfirmed after the deadline. Cheap: for loops whose single step takes microseconds or more."""
    meter = _METER.get()
    if meter is not None and time.monotonic() > meter.deadline:
        raise Unconfirmed(TIME_UP)


def spend(bits: int) -> None:
    """Count a number that was read. Raises Unusable when all of them together are too long."""
    meter = _METER.get()
    if meter is None:
        return
    meter.bits -= bits
    if meter.bits < 0:
        raise Unusable(f"the certificate and the model have numbers of more than {MAX_BITS} bits together")
    if time.monotonic() > meter.deadline:
        raise Unconfirmed(TIME_UP)


@dataclass
class Limits:
    """``depth``: halvings of a stored leaf; ``extra``: boxes that one inequality may cost beside the stored leaves."""

    depth: int = 72
    extra: int = 3000
    deadline: float = float("inf")
    progress: Progress | None = None
    boxes: int = field(default=0)

    def tick(self, what: str, part: float) -> None:
        """Count a box. Raises Unconfirmed after the deadline."""
        self.boxes += 1
        if time.monotonic() > self.deadline:
            raise Unconfirmed(TIME_UP)
        if self.progress and self.boxes % 16 == 0:
            self.progress(what, part)
