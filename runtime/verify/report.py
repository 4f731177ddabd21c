"""The report of `smot verify`: how much was checked, and what is broken, in sentences."""

from domain.base import Frozen

MAX_LISTED = 1_000  # broken invariants in one report


class BrokenInvariant(Frozen):
    """One broken invariant.

    invariant: I1 to I13.
    subject: the order, leg, notice or other record that breaks it.
    message: one sentence for people.
    merchant, order_id: whose order it is, and the merchant's name for it; empty for what is about no single order.
    """

    invariant: str
    subject: str
    message: str
    merchant: str = ""
    order_id: str = ""

    def line(self) -> str:
        """The sentence, with the invariant and the order as its merchant knows it."""
        whose = f" [{self.merchant}, order {self.order_id}]" if self.merchant else ""
        return f"{self.invariant} {self.message}{whose}"


class VerificationReport(Frozen):
    """How many records were checked, per kind, and what is broken: the first thousand. Nothing broken: every invariant holds."""

    checked: dict[str, int]
    broken: tuple[BrokenInvariant, ...] = ()


def money(minor: int, currency: str) -> str:
    """An amount as the ledger has it, for a sentence."""
    return f"{minor} minor units {currency}"
