"""What `smot verify` found: how much it looked at, and what is broken, in sentences."""

from domain.base import Fact


class Broken(Fact):
    """One broken promise. `invariant`: I1 … I11; `subject`: what it is about; `says`: one sentence that names it."""

    invariant: str
    subject: str
    says: str


class Report(Fact):
    """Everything that was looked at, counted, and all that is broken; nothing broken means every promise holds."""

    checked: dict[str, int]
    broken: tuple[Broken, ...] = ()


def money(minor: int, currency: str) -> str:
    """An amount as the books have it, for a sentence."""
    return f"{minor} minor units {currency}"
