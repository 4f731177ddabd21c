"""What `smot verify` found: how much it looked at, and what is broken, in sentences."""

from domain.base import Frozen


class BrokenInvariant(Frozen):
    """One broken promise. `invariant`: I1 … I11; `subject`: what it is about; `says`: one sentence that names it."""

    invariant: str
    subject: str
    message: str


class VerificationReport(Frozen):
    """Everything that was looked at, counted, and all that is broken; nothing broken means every promise holds."""

    checked: dict[str, int]
    broken: tuple[BrokenInvariant, ...] = ()


def money(minor: int, currency: str) -> str:
    """An amount as the books have it, for a sentence."""
    return f"{minor} minor units {currency}"
