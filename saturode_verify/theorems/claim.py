"""A claim: what is asserted, by which theorem, under which hypotheses, and with what outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from ..rigor.numbers import Enclosure

Status = Literal["proved", "refuted", "undecided"]
Value = Enclosure | str | int | bool | list[Any]


@dataclass(frozen=True)
class Claim:
    """One record of a certificate; ``values`` are its enclosures, also readable as attributes.

    ``on`` is the 0-based index of a box, or "region" for the union. ``asked``: an undecided outcome decides
    the exit status. ``reason`` says why it is not proved.
    """

    name: str
    theorem: str
    hypotheses: tuple[str, ...]
    status: Status
    values: dict[str, Value] = field(default_factory=dict)
    reason: str = ""
    on: int | str = "region"
    asked: bool = True

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["values"][name]
        except KeyError:
            raise AttributeError(f"the claim {self.__dict__.get('name')!r} has no {name!r}") from None

    @property
    def proved(self) -> bool:
        return self.status == "proved"
