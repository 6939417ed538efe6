"""What the checker answers: one result per claim, and the whole certificate's verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["confirmed", "rejected", "unconfirmed", "not claimed"]


UNCHECKED = "(the texts in scope, settings and environment, and the reasons of undecided claims, are not checked)"


def printable(text: str) -> str:
    """One line of plain ASCII, whatever a file holds."""
    return "".join(c if " " <= c <= "~" else "?" for c in text)


class Unusable(Exception):
    """The certificate or the model cannot be used at all; the message is one line."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


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
        told = f": {self.reason}" if self.reason else ""
        return printable(f"{self.outcome}: claim {self.index} {self.name[:40]}{where}{told}")


@dataclass(frozen=True)
class Report:
    """What was found; `accepted` is the verdict."""

    claims: tuple[ClaimResult, ...]
    seconds: float

    @property
    def accepted(self) -> bool:
        """Every claim that states anything is confirmed, and there is one."""
        outcomes = {c.outcome for c in self.claims}
        return "confirmed" in outcomes and outcomes <= {"confirmed", "not claimed"}

    @property
    def first_failure(self) -> ClaimResult | None:
        """The first claim that stands in the way of acceptance."""
        for c in self.claims:
            if c.outcome not in ("confirmed", "not claimed"):
                return c
        return None

    def text(self) -> str:
        """The verdict, then one line per claim."""
        count = sum(c.outcome == "confirmed" for c in self.claims)
        verdict = "ACCEPTED" if self.accepted else "REJECTED"
        head = f"{verdict}: {count} of {len(self.claims)} claims confirmed in {self.seconds:.1f} s"
        return "\n".join([head, *(c.line() for c in self.claims), UNCHECKED])
