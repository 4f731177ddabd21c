"""Disputes: an inquiry, a chargeback, the evidence, how it ends."""

from typing import Final

from simulators.payments.stripe import refund_steps
from simulators.payments.stripe.bodies import dispute_body
from simulators.payments.stripe.call import Body, StripeCall, StripeRefusal, api_error
from simulators.payments.stripe.event_log import EventLog
from simulators.payments.stripe.world import StripeObject, StripeWorld, new_id

UPDATE_PARAMS: Final = ("evidence.*", "metadata.*", "submit")
_TEST_EVIDENCE = {
    "winning_evidence": "won",
    "losing_evidence": "lost",
    "escalate_inquiry_evidence": "needs_response",
}
FEE: Final = 1500  # for a chargeback, in the charge's currency; not given back
_ENDS = ("won", "lost", "warning_closed", "prevented")


def open_dispute(
    world: StripeWorld, charge: StripeObject, status: str, reason: str, amount: int | None = None
) -> StripeObject:
    """A customer's bank disputes a charge: `warning_…` only inquires, the others take the money."""
    body = dispute_body(charge.body, status, reason, world.now())
    body["amount"] = amount or body["amount"]
    dispute = world.add(
        StripeObject(body["id"], "dispute", charge.account, body["created"], charge.id, body, {})
    )
    world.change(charge, disputed=True)
    EventLog(world).write("charge.dispute.created", dispute)
    return dispute if status.startswith("warning") else _take_money(world, dispute)


def _take_money(world: StripeWorld, dispute: StripeObject) -> StripeObject:
    """The charge can no longer be refunded, and its pending refunds fail."""
    charge = world.get(dispute.account, "charge", dispute.body["charge"])
    world.set_plan(charge, {**charge.plan, "charged_back": True})
    for refund in world.children(charge.id, "refund"):
        if refund.body["status"] == "pending":
            refund_steps.fail(world, refund, "charge_for_pending_refund_disputed")
    taken = _transaction(dispute, -dispute.body["amount"], FEE)
    moved = world.change(dispute, balance_transactions=[taken], is_charge_refundable=False)
    EventLog(world).write("charge.dispute.funds_withdrawn", moved)
    return moved


def _transaction(dispute: StripeObject, amount: int, fee: int) -> Body:
    return {
        "id": new_id("txn"), "object": "balance_transaction", "amount": amount, "currency": dispute.body["currency"],
        "fee": fee, "net": amount - fee, "reporting_category": "dispute" if amount < 0 else "dispute_reversal",
        "type": "adjustment",
    }  # fmt: skip


def change_status(world: StripeWorld, dispute: StripeObject, status: str) -> StripeObject:
    """The next state of a dispute, with the events that belong to it."""
    old = dispute.body["status"]
    changed = world.change(dispute, status=status)
    if status == "needs_response" and old.startswith("warning"):
        changed = _take_money(world, changed)
    EventLog(world).write(
        "charge.dispute.closed" if status in _ENDS else "charge.dispute.updated", changed, {"status": old}
    )
    if status == "won" and changed.body["balance_transactions"]:
        # A payment whose dispute was won can be refunded again: woocommerce-payments #7960, alphagov/pay-connector #5739.
        charge = world.get(dispute.account, "charge", dispute.body["charge"])
        world.set_plan(charge, {**charge.plan, "charged_back": False})
        back = _transaction(changed, changed.body["amount"], 0)
        changed = world.change(changed, balance_transactions=[*changed.body["balance_transactions"], back])
        EventLog(world).write("charge.dispute.funds_reinstated", changed)
    return changed


def update(world: StripeWorld, call: StripeCall, name: str) -> Body:
    """POST /v1/disputes/{id}: evidence. In test mode one of three words decides the dispute."""
    dispute = world.get(call.account, "dispute", name)
    if dispute.body["status"] in _ENDS:
        raise StripeRefusal(400, api_error("This dispute is already closed"), is_kept=True)
    evidence = dispute.body["evidence"] | call.under("evidence")
    count = dispute.body["evidence_details"]["submission_count"]
    is_submitted = call.params.get("submit", "true") == "true"
    details = {"has_evidence": True, "submission_count": count + is_submitted}
    changed = world.change(
        dispute, evidence=evidence, evidence_details=dispute.body["evidence_details"] | details
    )
    word = evidence.get("uncategorized_text")
    if not is_submitted:
        return changed.body
    return change_status(world, changed, _TEST_EVIDENCE.get(word, "under_review")).body
