"""The report of `smot verify`: how much was checked, and what is broken, in sentences."""

from domain.base import Frozen


class BrokenInvariant(Frozen):
    """One broken invariant.

    invariant: I1 to I11.
    subject: the order, leg, notice or other record that breaks it.
    message: one sentence for people.
    """

    invariant: str
    subject: str
    message: str


class VerificationReport(Frozen):
    """How many records were checked, per kind, and all that is broken. Every invariant holds when nothing is broken."""

    checked: dict[str, int]
    broken: tuple[BrokenInvariant, ...] = ()


def money(minor: int, currency: str) -> str:
    """An amount as the ledger has it, for a sentence."""
    return f"{minor} minor units {currency}"
