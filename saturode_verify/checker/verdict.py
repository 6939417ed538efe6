"""What the checker answers: one result per claim, and the whole certificate's verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["confirmed", "rejected", "unconfirmed", "not claimed"]


class Unusable(Exception):
    """The certificate or the model cannot be used at all; the message is one line."""


class Rejected(Exception):
    """A number of a claim is false or follows from nothing; the message gives the inequality and its numbers."""


class Unconfirmed(Exception):
    """Neither confirmed nor refuted within the checker's limits; the message says what could not be shown."""


@dataclass(frozen=True)
class ClaimResult:
    """``outcome``: "confirmed"; "rejected", with the first inequality that failed; "unconfirmed", with what could not
    be shown; "not claimed", where the certificate itself says undecided and states no number.
    """

    index: int
    name: str
    on: int | str
    status: str
    outcome: Outcome
    reason: str = ""

    def line(self) -> str:
        """One line for people."""
        where = "" if self.on == "region" else f" on box {self.on}"
        return f"{self.outcome}: claim {self.index} {self.name}{where}{': ' + self.reason if self.reason else ''}"


@dataclass(frozen=True)
class Report:
    """``accepted``: every claim that the certificate calls proved or refuted is confirmed, and none is rejected."""

    claims: tuple[ClaimResult, ...]
    seconds: float

    @property
    def accepted(self) -> bool:
        """The certificate's verdict."""
        return all(
            c.outcome == "confirmed" or (c.status == "undecided" and c.outcome != "rejected") for c in self.claims
        )

    @property
    def first_failure(self) -> ClaimResult | None:
        """The first claim that stands in the way of acceptance."""
        for c in self.claims:
            if c.outcome == "rejected" or (c.status != "undecided" and c.outcome != "confirmed"):
                return c
        return None

    def text(self) -> str:
        """The verdict, then one line per claim."""
        count = sum(c.outcome == "confirmed" for c in self.claims)
        verdict = "ACCEPTED" if self.accepted else "REJECTED"
        head = f"{verdict}: {count} of {len(self.claims)} claims confirmed in {self.seconds:.1f} s"
        return "\n".join([head, *(c.line() for c in self.claims)])
