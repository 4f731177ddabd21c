"""The JSON of the stand-in's objects, with the fields that Stripe's published objects have and clients read."""

from simulators.payments.stripe.call import Body
from simulators.payments.stripe.world import StripeObject, new_id


def intent_body(name: str, charge: Body) -> Body:
    """A payment intent that has one charge."""
    captured = charge["captured"]
    return {
        "id": name,
        "object": "payment_intent",
        "amount": charge["amount"],
        "amount_capturable": 0 if captured else charge["amount"],
        "amount_received": charge["amount_captured"],
        "capture_method": "automatic" if captured else "manual",
        "created": charge["created"],
        "currency": charge["currency"],
        "customer": None,
        "latest_charge": charge["id"],
        "livemode": False,
        "metadata": {},
        "payment_method_types": ["card"],
        "status": "succeeded" if captured else "requires_capture",
    }


def charge_body(intent: str, amount: int, currency: str, created: int) -> Body:
    """A captured charge of a card."""
    return {
        "id": new_id("ch"),
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "balance_transaction": new_id("txn"),
        "captured": True,
        "created": created,
        "currency": currency,
        "customer": None,
        "disputed": False,
        "livemode": False,
        "metadata": {},
        "paid": True,
        "payment_intent": intent,
        "payment_method": new_id("pm"),
        "payment_method_details": {"card": {"brand": "visa", "last4": "4242"}, "type": "card"},
        "refunded": False,
        "status": "succeeded",
    }


def refund_body(charge: Body, amount: int, created: int) -> Body:
    """A refund that is still pending."""
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "customer": None,
        "customer_account": None,
        "destination_details": {"card": {"type": "pending"}, "type": "card"},
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method": None,
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending",
        "pending_reason": "processing",
        "transfer_reversal": None,
    }


def dispute_body(charge: Body, status: str, reason: str, created: int) -> Body:
    """A dispute about a whole charge; seven days for evidence."""
    return {
        "id": new_id("dp"),
        "object": "dispute",
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "evidence": {"uncategorized_text": None},
        "evidence_details": {
            "due_by": created + 7 * 86_400,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": status.startswith("warning"),
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": "visa",
                "case_type": "inquiry" if status.startswith("warning") else "chargeback",
            },
            "type": "card",
        },
        "reason": reason,
        "status": status,
    }


def list_body(url: str, page: list[StripeObject], *, has_more: bool) -> Body:
    """One page of a list."""
    return {"object": "list", "url": url, "has_more": has_more, "data": [one.body for one in page]}
