"""Payments that shoppers made, as control requests create them, and how the API shows them."""

from simulators.payments.stripe.bodies import charge_body, intent_body
from simulators.payments.stripe.call import Body, StripeCall
from simulators.payments.stripe.controls import StripePayment
from simulators.payments.stripe.world import StripeObject, StripeWorld, new_id

_CARDS = {
    "4000000000007726": "pending_then_succeeded",
    "4000000000005126": "succeeded_then_failed",
}
"""Stripe's test cards whose refunds do not simply succeed."""


def capture(world: StripeWorld, request: StripePayment) -> Body:
    """A paid payment intent with its charge; repeated with the same id, the same one."""
    name = request.payment_intent or new_id("pi")
    existing = world.find(request.account, "payment_intent", name)
    if existing is not None:
        return _shown(existing)
    body = charge_body(name, request.amount, request.currency.lower(), world.now())
    if not request.captured:
        body |= {"captured": False, "amount_captured": 0}
    plan = request.model_dump(
        include={"after_seconds", "failure_reason", "reference", "reference_after_seconds"}
    )
    plan |= {"refunds": _CARDS.get(request.card, request.refunds), "charged_back": False}
    world.add(StripeObject(body["id"], "charge", request.account, body["created"], name, body, plan))
    intent = intent_body(name, body)
    return _shown(
        world.add(StripeObject(name, "payment_intent", request.account, body["created"], "", intent, {}))
    )


def _shown(intent: StripeObject) -> Body:
    return {"payment_intent": intent.id, "charge": intent.body["latest_charge"]}


def read_intent(world: StripeWorld, call: StripeCall, name: str) -> Body:
    """GET /v1/payment_intents/{id}; the charge itself where `expand` asks for it."""
    intent = world.get(call.account, "payment_intent", name, "intent")
    if "latest_charge" not in call.under("expand").values():
        return intent.body
    charge = world.get(call.account, "charge", intent.body["latest_charge"])
    return {**intent.body, "latest_charge": charge.body}


def read_account(world: StripeWorld, call: StripeCall) -> Body:
    """GET /v1/account: the account that the key, or Stripe-Account, stands for."""
    name = f"Shop {call.account.removeprefix('acct_')}"
    return {
        "id": call.account,
        "object": "account",
        "business_profile": {"name": name},
        "charges_enabled": True,
        "country": "DE",
        "default_currency": "eur",
        "settings": {"dashboard": {"display_name": name, "timezone": "Etc/UTC"}},
        "type": "standard",
    }
