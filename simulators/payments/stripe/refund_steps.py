"""What becomes of a refund after it was made: paid, failed days later, its bank reference, money short."""

from typing import Final

from simulators.payments.stripe.call import Body
from simulators.payments.stripe.event_log import EventLog
from simulators.payments.stripe.world import StripeObject, StripeWorld, new_id

PLANS: Final = {
    "at_once": (),
    "pending_then_succeeded": (("after_seconds", "succeed"),),
    "pending_then_failed": (("after_seconds", "fail"),),
    "succeeded_then_failed": (("after_seconds", "fail"),),
    "requires_action": (),
}
"""Plan of a charge's refunds -> its later steps, each with the setting that says after how many seconds."""

_REFERENCE: Final = "74027364123456789012345"


def begin(world: StripeWorld, refund: StripeObject) -> StripeObject:
    """The first state of a new refund, and its later steps."""
    plan = refund.plan
    for setting, step in PLANS[plan["refunds"]]:
        world.add_step(world.moment() + plan[setting], refund, step, plan["failure_reason"])
    if plan["refunds"] == "requires_action":
        return world.change(refund, **_email_sent(world.now()))
    if plan["refunds"].startswith("pending"):
        return refund
    return _pay(world, refund)


def _email_sent(now: int) -> Body:
    sent = {"email_sent_at": now, "email_sent_to": "buyer@example.com"}
    details = {"email_sent": sent, "expires_at": now + 90 * 86_400}
    return {
        "status": "requires_action",
        "pending_reason": None,
        "next_action": {"type": "display_details", "display_details": details},
    }


def _pay(world: StripeWorld, refund: StripeObject) -> StripeObject:
    """Succeeded where the balance suffices; otherwise it waits for the next top-up."""
    plan = refund.plan
    balance = world.balance(refund.account, refund.body["currency"])
    if balance is not None and balance < refund.body["amount"]:
        return world.change(refund, pending_reason="insufficient_funds")
    world.add_to_balance(refund.account, refund.body["currency"], -refund.body["amount"])
    card: Body = {"type": "reversal"}
    if plan["reference"] != "none":
        card = {
            "type": "refund",
            "reference_status": "pending",
            "reference_type": "acquirer_reference_number",
        }
        world.add_step(
            world.moment() + plan["reference_after_seconds"], refund, "reference", plan["reference"]
        )
    return world.change(
        refund,
        status="succeeded",
        pending_reason=None,
        balance_transaction=new_id("txn"),
        destination_details={"card": card, "type": "card"},
    )


def run_step(world: StripeWorld, refund: StripeObject, step: str, reason: str) -> None:
    """One later step. A refund that has ended is left as it is."""
    if step == "reference":
        _state_reference(world, refund, reason)
    elif step == "fail":
        fail(world, refund, reason)
    elif refund.body["status"] == "pending":
        succeed(world, refund)


def succeed(world: StripeWorld, refund: StripeObject) -> None:
    """Pay a pending refund, if the balance suffices now."""
    paid = _pay(world, refund)
    if paid.body != refund.body:
        EventLog(world).write("refund.updated", paid, _before(refund.body, paid.body))


def fail(world: StripeWorld, refund: StripeObject, reason: str) -> None:
    """Fail a pending or a succeeded refund: the money is back with the account, and the charge can be refunded again."""
    if refund.body["status"] not in ("pending", "succeeded"):
        return
    if refund.body["status"] == "succeeded":
        world.add_to_balance(refund.account, refund.body["currency"], refund.body["amount"])
    failed = world.change(
        refund,
        status="failed",
        pending_reason=None,
        failure_reason=reason,
        failure_balance_transaction=new_id("txn"),
    )
    give_back(world, refund)
    EventLog(world).write("refund.failed", failed, _before(refund.body, failed.body))


def give_back(world: StripeWorld, refund: StripeObject) -> None:
    """The charge holds the amount again."""
    charge = world.get(refund.account, "charge", refund.body["charge"])
    left = charge.body["amount_refunded"] - refund.body["amount"]
    world.change(charge, amount_refunded=left, refunded=False)


def _state_reference(world: StripeWorld, refund: StripeObject, reference: str) -> None:
    if refund.body["status"] != "succeeded":
        return
    card = {**refund.body["destination_details"]["card"], "reference_status": reference}
    if reference == "available":
        card["reference"] = _REFERENCE
    stated = world.change(refund, destination_details={"card": card, "type": "card"})
    EventLog(world).write("refund.updated", stated, _before(refund.body, stated.body))


def _before(old: Body, new: Body) -> Body:
    return {name: old.get(name) for name, value in new.items() if old.get(name) != value}
