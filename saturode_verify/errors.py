"""The one exception that a user is meant to see."""

from __future__ import annotations


class UnusableInput(ValueError):
    """Input that no claim can be made about: says what is wrong and what to do.

    The command line prints it as ``verify: error: PROBLEM; REMEDY`` with exit status 2.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        self.problem = " ".join(problem.split())
        self.remedy = " ".join(remedy.split())
        super().__init__(f"{self.problem}; {self.remedy}")
