"""One thing that was looked at."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Verdict = Literal["ok", "look at this", "broken"]


class Finding(BaseModel):
    """`next_step`: what a person should do about it; empty when all is well."""

    model_config = ConfigDict(frozen=True)

    what: str
    verdict: Verdict
    says: str
    next_step: str = ""

    def line(self) -> str:
        step = f"; {self.next_step}" if self.next_step else ""
        return f"{self.verdict:<12}  {self.what:<16}  {self.says}{step}"


def ok(what: str, says: str) -> Finding:
    return Finding(what=what, verdict="ok", says=says)


def look(what: str, says: str, next_step: str) -> Finding:
    return Finding(what=what, verdict="look at this", says=says, next_step=next_step)


def broken(what: str, says: str, next_step: str) -> Finding:
    return Finding(what=what, verdict="broken", says=says, next_step=next_step)
