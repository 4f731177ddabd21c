"""The sums in the facts of audit lines: facts hold minor units, and the order knows the currency."""

from collections.abc import Mapping

from domain.money import Money

AMOUNTS = ("amount", "principal", "refund", "minor")
"""The facts that are sums, the one that a line is about first."""


def amount_in(facts: Mapping[str, str | int], currency: str) -> Money | None:
    """The sum that a line is about; None where it is about none. currency: the order's, where the line names no other."""
    minor = next((facts[name] for name in AMOUNTS if isinstance(facts.get(name), int)), None)
    named = str(facts.get("currency") or currency)
    return Money(minor=int(minor), currency=named) if minor and named else None
