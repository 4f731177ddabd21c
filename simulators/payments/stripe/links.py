"""Payment links: one price, paid once, then a checkout session is completed."""

from typing import Final

from simulators.payments.stripe import listing, payments
from simulators.payments.stripe.call import Body, StripeCall, StripeRefusal, api_error
from simulators.payments.stripe.controls import StripePayment
from simulators.payments.stripe.event_log import EventLog
from simulators.payments.stripe.forms import integer
from simulators.payments.stripe.world import StripeObject, StripeWorld, new_id

CREATE_PARAMS: Final = (
    "line_items.*",
    "metadata.*",
    "payment_intent_data.metadata.*",
    "restrictions.completed_sessions.limit",
    "after_completion.*",
    "inactive_message",
)
UPDATE_PARAMS: Final = ("active", "metadata.*", "inactive_message", "restrictions.completed_sessions.limit")


def create(world: StripeWorld, call: StripeCall) -> Body:
    """POST /v1/payment_links with one line and a price of its own."""
    price = call.under("line_items.0.price_data")
    amount, quantity = integer(price, "unit_amount"), integer(call.params, "line_items.0.quantity")
    if not price.get("currency") or not amount or amount < 1 or not quantity or quantity < 1:
        text = "Missing required param: line_items[0][price_data]."
        raise StripeRefusal(400, api_error(text, "parameter_missing", "line_items[0]"))
    name = new_id("plink")
    limit = integer(call.params, "restrictions.completed_sessions.limit")
    body: Body = {
        "id": name,
        "object": "payment_link",
        "active": True,
        "currency": price["currency"],
        "inactive_message": call.params.get("inactive_message"),
        "livemode": False,
        "metadata": call.under("metadata"),
        "payment_intent_data": {"metadata": call.under("payment_intent_data.metadata")},
        "restrictions": limit and {"completed_sessions": {"count": 0, "limit": limit}},
        "url": f"https://buy.stripe.test/{name}",
    }
    plan = {"amount": amount * quantity}
    return world.add(StripeObject(name, "payment_link", call.account, world.now(), "", body, plan)).body


def update(world: StripeWorld, call: StripeCall, name: str) -> Body:
    """POST /v1/payment_links/{id}."""
    link = world.get(call.account, "payment_link", name)
    changes: Body = {}
    if "active" in call.params:
        changes["active"] = call.params["active"] == "true"
    if "inactive_message" in call.params:
        changes["inactive_message"] = call.params["inactive_message"]
    return world.change(link, **changes, metadata=link.body["metadata"] | call.under("metadata")).body


def sessions(world: StripeWorld, call: StripeCall) -> Body:
    """GET /v1/checkout/sessions, by payment link and payment intent."""
    wanted = {name: call.params[name] for name in ("payment_link", "payment_intent") if name in call.params}
    for name, value in wanted.items():
        world.get(call.account, name, value, name)
    return listing.page(
        world,
        call,
        "checkout.session",
        lambda one: all(one.body[name] == value for name, value in wanted.items()),
    )


def pay(world: StripeWorld, account: str, name: str) -> Body:
    """A customer pays. Raises StripeRefusal for a link that is off or used up."""
    link = world.get(account, "payment_link", name)
    limits = (link.body["restrictions"] or {}).get("completed_sessions")
    if not link.body["active"] or (limits and limits["count"] >= limits["limit"]):
        raise StripeRefusal(400, api_error("This link is no longer active."))
    payment = payments.capture(
        world,
        StripePayment(account=account, amount=link.plan["amount"], currency=link.body["currency"].upper()),
    )
    intent = world.get(account, "payment_intent", payment["payment_intent"])
    world.change(intent, metadata=link.body["payment_intent_data"]["metadata"])
    if limits:
        world.change(link, restrictions={"completed_sessions": {**limits, "count": limits["count"] + 1}})
    EventLog(world).write("checkout.session.completed", _session(world, link, intent.id))
    return payment


def _session(world: StripeWorld, link: StripeObject, intent: str) -> StripeObject:
    body: Body = {
        "id": new_id("cs_test"),
        "object": "checkout.session",
        "amount_total": link.plan["amount"],
        "created": world.now(),
        "currency": link.body["currency"],
        "livemode": False,
        "metadata": link.body["metadata"],
        "mode": "payment",
        "payment_intent": intent,
        "payment_link": link.id,
        "payment_status": "paid",
        "status": "complete",
    }
    return world.add(
        StripeObject(body["id"], "checkout.session", link.account, body["created"], link.id, body, {})
    )
