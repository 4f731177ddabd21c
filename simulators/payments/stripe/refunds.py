"""/v1/refunds: create, read, change the metadata, cancel."""

from typing import Final

from simulators.payments.stripe import refund_steps
from simulators.payments.stripe.bodies import refund_body
from simulators.payments.stripe.call import Body, StripeCall, StripeRefusal, api_error
from simulators.payments.stripe.event_log import EventLog
from simulators.payments.stripe.forms import check_metadata, integer, one_of
from simulators.payments.stripe.world import StripeObject, StripeWorld

CREATE_PARAMS: Final = (
    "charge",
    "payment_intent",
    "amount",
    "reason",
    "metadata.*",
    "instructions_email",
    "reverse_transfer",
    "refund_application_fee",
)
_REASONS = ("duplicate", "fraudulent", "requested_by_customer")
_LARGEST = 99_999_999
_STEPS = {"bhd": 10, "jod": 10, "kwd": 10, "omr": 10, "tnd": 10, "isk": 100, "ugx": 100}
"""Currencies whose amounts must be a multiple of this."""


def create(world: StripeWorld, call: StripeCall) -> Body:
    """POST /v1/refunds. What is wrong with the parameters is not kept under the key; what is wrong with the charge is."""
    amount = _checked(call)
    charge = _charge_of(world, call)
    amount = _payable(charge, amount)
    refund = _store(world, call, charge, amount)
    total = charge.body["amount_refunded"] + amount
    changed = world.change(charge, amount_refunded=total, refunded=total == charge.body["amount"])
    log = EventLog(world, call)
    refund = refund_steps.begin(world, refund)
    log.write("refund.created", refund)
    log.write("charge.refunded", changed, {"amount_refunded": charge.body["amount_refunded"]})
    return refund.body


def _checked(call: StripeCall) -> int | None:
    """The amount that was asked for, once the parameters are valid."""
    params = call.params
    if ("charge" in params) == ("payment_intent" in params):
        text = "One of the following params should be provided for this request: payment_intent or charge."
        raise StripeRefusal(400, api_error(text))
    amount = integer(params, "amount")
    if amount is not None and amount <= 0:
        raise _invalid("Invalid positive integer", "parameter_invalid_integer")
    if amount is not None and amount > _LARGEST:
        raise _invalid("Amount must be no more than $999,999.99", "amount_too_large")
    one_of(params, "reason", _REASONS)
    check_metadata(call.under("metadata"))
    return amount


def _invalid(text: str, code: str = "", *, is_kept: bool = False) -> StripeRefusal:
    return StripeRefusal(400, api_error(text, code, "amount"), is_kept=is_kept)


def _charge_of(world: StripeWorld, call: StripeCall) -> StripeObject:
    if "charge" in call.params:
        return world.get(call.account, "charge", call.params["charge"], "charge")
    intent = world.get(call.account, "payment_intent", call.params["payment_intent"], "payment_intent")
    return world.get(call.account, "charge", intent.body["latest_charge"])


def _payable(charge: StripeObject, amount: int | None) -> int:
    """The amount to refund. Raises StripeRefusal for what the charge does not allow."""
    body, name = charge.body, charge.id
    if charge.plan["charged_back"]:
        text = f"Charge {name} has been charged back; cannot issue a refund."
        raise StripeRefusal(400, api_error(text, "charge_disputed"), is_kept=True)
    left = body["amount"] - body["amount_refunded"]
    if left == 0:
        text = f"Charge {name} has already been refunded."
        raise StripeRefusal(400, api_error(text, "charge_already_refunded"), is_kept=True)
    wanted = left if amount is None else amount
    if wanted > left:
        text = (
            f"Refund amount ({_shown(wanted)}) is greater than unrefunded amount on charge ({_shown(left)})"
        )
        raise _invalid(text, is_kept=True)
    if not body["captured"] and wanted < body["amount"]:
        text = "You cannot partially refund an uncaptured charge. Instead, capture the charge for an amount"
        raise _invalid(f"{text} less than the original amount", is_kept=True)
    if wanted % _STEPS.get(body["currency"], 1):
        raise _invalid(f"Invalid amount for {body['currency']}", "parameter_invalid_integer")
    return wanted


def _shown(amount: int) -> str:
    return f"${amount / 100:,.2f}"


def _store(world: StripeWorld, call: StripeCall, charge: StripeObject, amount: int) -> StripeObject:
    body = refund_body(charge.body, amount, world.now())
    body |= {"metadata": call.under("metadata"), "reason": call.params.get("reason")}
    return world.add(
        StripeObject(body["id"], "refund", charge.account, body["created"], charge.id, body, charge.plan)
    )


def update(world: StripeWorld, call: StripeCall, name: str) -> Body:
    """POST /v1/refunds/{id}: metadata only; an empty value takes the entry away."""
    given = call.under("metadata")
    refund = world.get(call.account, "refund", name)
    merged = {key: value for key, value in (refund.body["metadata"] | given).items() if value}
    check_metadata(merged)
    return world.change(refund, metadata=merged).body


def cancel(world: StripeWorld, call: StripeCall, name: str) -> Body:
    """POST /v1/refunds/{id}/cancel: only while the customer still has to do something."""
    refund = world.get(call.account, "refund", name)
    if refund.body["status"] != "requires_action":
        text = f"Refunds in status {refund.body['status']} cannot be canceled."
        raise StripeRefusal(400, api_error(text), is_kept=True)
    canceled = world.change(refund, status="canceled", failure_reason="merchant_request", next_action=None)
    refund_steps.give_back(world, refund)
    EventLog(world, call).write("refund.updated", canceled, {"status": "requires_action"})
    return canceled.body
