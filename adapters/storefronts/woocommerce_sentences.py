"""The notes by which a WooCommerce shop's staff read what happened to an order here. Customers do not see them."""

from adapters.woocommerce.amounts import to_text
from domain.model.storefront_update import StorefrontUpdate, UpdateKind

_SENTENCES: dict[UpdateKind, str] = {
    "return_requested": "Return {number} was requested for {units}, worth {amount}. It waits for a review.",
    "return_opened": "Return {number} was opened for {units}, worth {amount}.",
    "return_refused": "Return {number} was refused.",
    "return_received": "{units} of return {number} arrived so far.",
    "return_cancelled": "Return {number} was cancelled.",
    "return_expired": "Return {number} has expired: the goods did not come in time. Nothing is owed for it.",
    "return_closed": "Return {number} is complete.",
    "return_reopened": "Return {number} was opened again.",
    "refunded": "{amount} was refunded {way}{for_return}.",
    "refund_failed": "A refund of {amount}{for_return} came back. It is owed again.",
}
_WAYS = {
    "woocommerce": "through this shop's payment gateway",
    "credit": "as store credit",
    "by_hand": "by a person",
}


def sentence(update: StorefrontUpdate) -> str:
    """What happened, in one or two sentences."""
    count = sum(update.units.values())
    way = _WAYS.get(update.paid_by) or f"through {update.paid_by or 'another provider'}"
    reference = f" ({update.reference})" if update.reference and update.paid_by not in _WAYS else ""
    return _SENTENCES[update.kind].format(
        number=update.number,
        units=f"{count} unit" if count == 1 else f"{count} units",
        amount=f"{to_text(update.amount)} {update.amount.currency}" if update.amount else "an unknown amount",
        way=way + reference,
        for_return=f" for return {update.number}" if update.number else "",
    )
