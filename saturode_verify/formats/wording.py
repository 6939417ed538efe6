"""What a stranger's file says, made fit for one line of a message."""

from __future__ import annotations

import re
from reprlib import Repr

_PLAIN = re.compile(r"[\w.<>/+ -]{1,80}", re.ASCII)
_SHORT = Repr()
_SHORT.maxlevel = 2


def shown(value: object) -> str:
    """Plain words as they are, anything else quoted, without control characters and short."""
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return value
    if isinstance(value, int) and abs(value) >= 10**15:
        return "a huge integer"
    return ascii(value)[:60] if isinstance(value, str) else _SHORT.repr(value)[:60]


def listed(names: list[str], most: int = 8) -> str:
    """``names`` with commas; only the first ``most`` of a long list, and how many are left out."""
    text = ", ".join(shown(name) for name in names[:most])
    return text if len(names) <= most else f"{text} and {len(names) - most} more"
