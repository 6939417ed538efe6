"""`verify check` and `check`: hand a certificate and an exact model to the independent checker."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import UnusableInput
from .network import Network

if TYPE_CHECKING:
    from .checker import Report

MAX_BYTES = 1 << 26
"""Largest certificate that is read."""


def check(
    certificate: str | os.PathLike[str],
    network: Network,
    *,
    time_limit: float | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Report:
    """Re-prove every claim of a certificate file about ``network`` from its exact numbers.

    The checker searches nothing and shares no code with the prover: Python integers only. ``report.accepted`` says
    whether every claim that is called proved or refuted was confirmed; ``report.claims`` has one result each.
    ``time_limit``: seconds, after which what is left counts as unconfirmed. Raises UnusableInput for a file that is no
    certificate of this model.
    """
    from .checker import Unusable, check_bytes

    if time_limit is not None and not 0 < time_limit < math.inf:
        raise UnusableInput(f"--time-limit {time_limit} is no duration", "give a positive number of seconds")
    if not isinstance(network, Network):
        raise UnusableInput(f"a model is a {type(network).__name__}, no Network", "pass saturode_verify.load(path)")
    try:
        with Path(certificate).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnusableInput(f"cannot read {os.fspath(certificate)} ({error.strerror})", "give a certificate") from None
    except ValueError:  # a zero byte in the name
        raise UnusableInput(f"{os.fspath(certificate)[:40]!r} is no file name", "give a certificate") from None
    try:
        return check_bytes(content, network.canonical(), seconds=time_limit, progress=progress)
    except Unusable as error:
        raise UnusableInput(str(error), "give an unaltered certificate and the model that it is about") from None
