"""Business keys: who does what once. Computed here only, so that two places never spell one effect differently."""

import hashlib
from collections.abc import Iterable


def workflow_id(merchant: str, order: str) -> str:
    """`order/{merchant}/{ord_…}`: no personal data, no merchant-given text."""
    return f"order/{merchant}/{order}"


def occasion_of_return(return_id: str, part: int) -> str:
    """Goods may come in parts, each part is paid once."""
    return f"return/{return_id}/{part}"


def occasion_of_cancel(order: str) -> str:
    return f"cancel/{order}"


def occasion_of_undelivered(order: str, parcel: str) -> str:
    return f"undelivered/{order}/{parcel}"


def occasion_of_unshipped(order: str) -> str:
    return f"unshipped/{order}"


def occasion_of_lateness(order: str) -> str:
    return f"late/{order}"


def occasion_of_external_refund(order: str, refund: str) -> str:
    """A refund made in the storefront, by its own id of it."""
    return f"elsewhere/{order}/{refund}"


def next_part(occasion: str, existing: Iterable[str]) -> str:
    """The occasion's next part: the first is spelled like the occasion itself, the others are numbered."""
    part = 1 + sum(one == occasion or one.startswith(f"{occasion}/") for one in existing)
    return f"{occasion}/{part}" if part > 1 else occasion


def occasion_of_reversal(return_id: str) -> str:
    return f"reversal/{return_id}"


def leg(occasion: str, tender: str, epoch: int) -> str:
    """One payment. The tender is hashed: it is the merchant's text and may hold anything."""
    return f"{occasion}/{hashlib.sha256(tender.encode()).hexdigest()[:10]}/{epoch}"


def notice(subject: str, reason: str, revision: int) -> str:
    return f"{subject}/{reason}/{revision}"


def digest(*parts: str) -> str:
    """A stable short name for a list of texts, e.g. an update id of an idempotency key."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]
