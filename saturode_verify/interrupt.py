"""Ctrl-C as a wish, not an exception: the work that is under way ends soon and in good order."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """``requested`` becomes True with the first Ctrl-C; calling the object returns it."""

    def __init__(self) -> None:
        self.requested = False

    def __call__(self) -> bool:
        return self.requested

    def handle(self, number: int, frame: FrameType | None) -> None:
        """The signal handler: a second Ctrl-C is impatience, and raises KeyboardInterrupt."""
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Turn SIGINT into a flag inside the block, and restore the handler afterwards.

    Inside another such block the wish is the same. Does nothing outside the main thread, where no handler can be set,
    and where SIGINT is ignored or not Python's.
    """
    before = signal.getsignal(signal.SIGINT)
    outer = getattr(before, "__self__", None)
    if isinstance(outer, Interruption):
        yield outer
        return
    wish = Interruption()
    if threading.current_thread() is not threading.main_thread() or before in (None, signal.SIG_IGN):
        yield wish
        return
    signal.signal(signal.SIGINT, wish.handle)
    try:
        yield wish
    finally:
        signal.signal(signal.SIGINT, before)
