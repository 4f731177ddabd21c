"""How soon people should take a question, beside its deadline: wrong money or goods, and dates set by law, come first."""

from typing import Final, Literal

from domain.model.attention import AttentionKind

Priority = Literal["high", "normal", "low"]
_HIGH: Final[frozenset[AttentionKind]] = frozenset(
    {"payment_failed", "payment_unknown", "refund_failed", "refund_returned", "refund_late", "refund_due",
     "refund_mismatch", "refund_seen_twice", "dispute", "dispute_units", "action_stuck", "not_received",
     "privacy_request", "withdrawal"}
)  # fmt: skip
_LOW: Final[frozenset[AttentionKind]] = frozenset(
    {
        "parcel_found",
        "carrier_claim",
        "tracker_ended",
        "storefront_behind",
        "no_goodwill_limit",
        "unknown_parcel",
    }
)


def priority_of(kind: AttentionKind) -> Priority:
    """By the kind of the question."""
    if kind in _HIGH:
        return "high"
    return "low" if kind in _LOW else "normal"
