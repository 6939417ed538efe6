"""mpmath at 60 digits throughout these tests."""

from __future__ import annotations

from collections.abc import Iterator

import mpmath as mp
import pytest


@pytest.fixture(autouse=True, scope="module")
def sixty_digits() -> Iterator[None]:
    """Undone afterwards, since mpmath's precision is global."""
    with mp.workdps(60):
        yield
