"""Letters of one occasion leave in their causal order: the one that explains a payment before the one that reports it."""

from domain import payment_keys
from domain.model.notice import Notice


def explains(earlier: Notice, notice: Notice, order: str) -> bool:
    """Whether the earlier notice says why the money of the other one moves. `order`: our id of it."""
    if notice.kind not in ("refunded", "credit_reversed"):
        return False
    match earlier.kind:
        case "order_cancelled":
            return notice.subject == payment_keys.occasion_of_cancel(order)
        case "rest_cancelled":
            return notice.subject == earlier.subject
        case "parcel_lost" | "trace_closed":
            return payment_keys.is_part_of(
                notice.subject, payment_keys.occasion_of_undelivered(order, earlier.subject)
            )
        case "return_cancelled":
            return notice.subject == payment_keys.occasion_of_reversal(earlier.subject)
        case _:
            return False
