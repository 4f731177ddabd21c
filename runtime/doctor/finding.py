"""The result of one check of `smot doctor`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

FindingStatus = Literal["ok", "warning", "error"]


class Finding(BaseModel):
    """`next_step`: what the operator should do; empty when all is well."""

    model_config = ConfigDict(frozen=True)

    check: str
    status: FindingStatus
    message: str
    next_step: str = ""

    def line(self) -> str:
        """The finding as one line for people."""
        step = f"; {self.next_step}" if self.next_step else ""
        return f"{self.status:<12}  {self.check:<16}  {self.message}{step}"


def ok(check: str, message: str) -> Finding:
    """A check without a problem."""
    return Finding(check=check, status="ok", message=message)


def warning(check: str, message: str, next_step: str) -> Finding:
    """A check with a problem that does not stop smot yet."""
    return Finding(check=check, status="warning", message=message, next_step=next_step)


def error(check: str, message: str, next_step: str) -> Finding:
    """A check with a problem that stops smot."""
    return Finding(check=check, status="error", message=message, next_step=next_step)
