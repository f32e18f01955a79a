"""One answer of a check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tandem.exits import ENVIRONMENT, OK, REFUSED, USAGE

Level = Literal["good", "note", "bad"]
MARKS: dict[Level, str] = {"good": "✓", "note": "!", "bad": "✗"}


@dataclass(frozen=True)
class Finding:
    """`subject` was looked at: what was found, and for `bad` and `note` what to do (`remedy`)."""

    subject: str
    level: Level
    found: str
    remedy: str = ""
    code: int = ENVIRONMENT

    def line(self) -> str:
        """The finding as one message."""
        return f"{self.subject}: {self.found}" + (f"\n{self.remedy}" if self.remedy else "")


def good(subject: str, found: str) -> Finding:
    """As it should be."""
    return Finding(subject, "good", found)


def note(subject: str, found: str, remedy: str = "") -> Finding:
    """Worth knowing, no reason to stop."""
    return Finding(subject, "note", found, remedy)


def bad(subject: str, found: str, remedy: str, code: int = ENVIRONMENT) -> Finding:
    """A reason to stop."""
    return Finding(subject, "bad", found, remedy, code)


def exit_code(findings: Iterable[Finding]) -> int:
    """The code of the worst finding: wrong input first, then a refusal, then what the machine lacks."""
    codes = {finding.code for finding in findings if finding.level == "bad"}
    return next((code for code in (USAGE, REFUSED, ENVIRONMENT) if code in codes), OK)
