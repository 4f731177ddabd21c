"""Business keys: the name under which an effect happens once. Every key is made here and nowhere else.

A key is made of business words and ids, never of personal data: keys appear in logs, in Temporal and at
providers. If two places made the key of one effect differently, the effect would happen twice.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

# Workflows and commands

WORKFLOW_ID_PREFIX: Final = "order/"


def workflow_id(merchant: str, order: str) -> str:
    """`order/{merchant}/{ord_…}`: the id of an order's journey. It holds no text that a merchant chose."""
    return f"{WORKFLOW_ID_PREFIX}{merchant}/{order}"


def order_of_workflow(workflow_id: str) -> tuple[str, str]:
    """The merchant and the order in a journey's workflow id."""
    merchant, _, order = workflow_id.removeprefix(WORKFLOW_ID_PREFIX).partition("/")
    return merchant, order


def command(merchant: str, route: str, object_: str, idempotency_key: str) -> str:
    """The command of an API request with an Idempotency-Key: a repeated request is the same command, under any API key.

    object_: what the path names.
    """
    return hashlib.sha256(json.dumps([merchant, route, object_, idempotency_key]).encode()).hexdigest()


def update_id(command_id: str, attempt: int) -> str:
    """The id of a Temporal update. `attempt` rises when a refused command is sent again with other content."""
    return f"{command_id}/{attempt}"


def drop_off_scan(return_id: str, partner: str, location_id: str, nonce: str) -> str:
    """The command of one scan of a drop-off code. `partner`: the name of its key; `nonce`: the scanner's own name of the scan."""
    return f"scan/{return_id}/{partner}/{location_id}/{nonce}"


def restocked(return_id: str, receipt: int) -> str:
    """The one change of the stock by the goods of a receipt. `receipt`: its number in the return."""
    return f"restock/{return_id}/{receipt}"


def dock_batch(merchant: str, return_id: str, scanned: str) -> str:
    """The command of what a batch of a dock says of one return: the same batch again is the same command.

    `scanned`: the receipts and what they say.
    """
    return digest("dock", merchant, return_id, scanned)


def unknown_goods(merchant: str, receipt: str) -> str:
    """Goods of no return that we know, by the warehouse's own name of the receipt: the same receipt is one case."""
    return f"ung_{digest(merchant, receipt)[:26]}"


def unknown_goods_question(merchant: str, goods: str) -> str:
    """The question about such goods: it belongs to no order."""
    return f"unknown_goods/{merchant}/{goods}"


def letter_answer(merchant: str, order: str, question: tuple[str, str, int], answer: str) -> str:
    """The command of an answer by a letter's link: two clicks, or two readers of one letter, are one command.

    `question`: its kind, subject and round.
    """
    kind, subject, round = question
    return digest("letter", merchant, order, kind, subject, str(round), answer)


def planned_command(plan: str) -> str:
    """The command that waits under that plan: it has its effect once, as the plan is made once."""
    return digest("planned", plan)


def page_form(order: str, action: str, sent: str) -> str:
    """The command of a form on a customer's page: two clicks, two tabs or the back button are one command.

    `sent`: what makes it this form, as the quote that it shows, or its number.
    """
    return digest("page", order, action, sent)


def answer_to_plan(merchant: str, order: str, plan: str, answer: str) -> str:
    """The command that takes a planned command back, or does it at once: two clicks are one command."""
    return digest("answer-plan", merchant, order, plan, answer)


def sheet_command(merchant: str, order: str, sheet: str) -> str:
    """The command of one sheet of the console, which a person filled in. `sheet`: its random name; two clicks are one command."""
    return digest("sheet", merchant, order, sheet)


def storefront_cancellation(source: str, order: str) -> str:
    """The command by which a storefront cancels an order."""
    return digest(source, "cancel", order)


# Conversations, and the events of outgoing webhooks


def conversation(order: str) -> str:
    """The thread of letters in which a shop answers what the customer of an order wrote."""
    return f"conversation_{digest(order)}"


def delay_revision(subject: str, revision: int) -> str:
    """One delay notice of an order, as the subject of its webhook event."""
    return f"{subject}/{revision}"


def webhook_event(merchant: str, order: str, seq: int, type: str, subject: str) -> str:
    """An event's id, the same for every attempt, every receiver and every repeated commit."""
    return f"evt_{digest(merchant, order, str(seq), type, subject)}"


def ping_event(nonce: str) -> str:
    """The event of a test message. `nonce` is random: each test message is a new event."""
    return f"evt_{nonce}"


def channel_trial(command: str) -> str:
    """A test message of a channel: one for each command, however often that is repeated."""
    return f"channel_trial_{digest(command)}"


def scripted_parcel(order: str, script: str) -> str:
    """The tracking number of a scripted parcel: an order has one for each script."""
    return f"SIM{digest(order, script)[:20].upper()}"


def scripted_delivery(tracking_number: str, step: int) -> str:
    """The delivery of one step of a scripted parcel, which is applied once."""
    return f"scripted_{tracking_number}_{step}"


def date_promise(kind: str, subject: str, number: int) -> str:
    """One date that a customer was told. `number`: counted from 1, as a broken date is followed by another."""
    return f"{kind}/{subject}/{number}"


def question(kind: str, subject: str) -> str:
    """An open question for a person; there is one per kind and subject."""
    return f"{kind}/{subject}"


def attention_item(merchant: str, order: str, question: str, opened_at: datetime) -> str:
    """One open question in the queue; opened again later it is another one. It holds no text of it, so it may be in a URL."""
    return f"att_{digest(merchant, order, question, opened_at.isoformat())[:24]}"


def bulk_command(request: str, action: str, item: str) -> str:
    """The command of one question of a request about many. `request`: the same for every retry of it."""
    return digest("bulk", request, action, item)


def unknown_parcel(merchant: str, normalized_number: str) -> str:
    """The open question about a tracking number that no parcel of the merchant has. It is about no order."""
    return f"unknown_parcel/{merchant}/{normalized_number}"


def action(kind: str, fields: Iterable[str]) -> str:
    """An automatic step of a journey, as the subject of a question about it."""
    return "/".join([kind, *fields])


# Deliveries: what carriers, storefronts and channel providers send to this system


def content(body: bytes) -> str:
    """The id of a delivery that carries no id: the same bytes are the same delivery."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def unreadable_refund(content: str) -> str:
    """The name of a storefront's refund whose own id cannot be read: the same content is the same refund."""
    return digest("refund", content)


def storefront_delivery(shop: str, topic: str, sent_id: str) -> str:
    """The id of a storefront's webhook. A storefront numbers its webhooks per shop and topic."""
    return f"{shop}/{topic}/{sent_id}"


def privacy_request(name: str) -> str:
    """The id of a person's request about their data. `name`: random."""
    return f"prq_{name}"


def storefront_privacy_request(merchant: str, source: str, delivery: str) -> str:
    """The request that a storefront's webhook demands: one, however often it is delivered."""
    return privacy_request(digest(merchant, source, delivery)[:32])


def withdrawal(merchant: str, form: str) -> str:
    """The id of a statement of withdrawal. form: names the form or the request: sent twice it is one statement."""
    return f"wdr_{digest(merchant, form)[:32]}"


def opened_by_withdrawal(statement: str, order: str, earlier: Sequence[str]) -> str:
    """The command by which a statement of withdrawal opens a return of that order, once after its earlier returns."""
    return digest("withdrawal", statement, order, *earlier)


def withdrawals_of_address(merchant: str, email: str) -> str:
    """Under what statements of withdrawal with one e-mail address are counted."""
    return digest("withdrawals of address", merchant, email)


def withdrawal_confirmation(statement: str) -> str:
    """The message that confirms a statement of withdrawal: the same for all attempts."""
    return f"withdrawal_{statement}"


def channel_source(channel: str) -> str:
    """The source of deliveries from a channel's provider. Carriers and storefronts have their own sources."""
    return f"channel/{channel}"


def mail_source(relay: str) -> str:
    """The source of deliveries from a mail server or relay."""
    return f"mail/{relay}"


def payment_source(provider: str) -> str:
    """The source of deliveries from a payment provider: a storefront may have the same name."""
    return f"payments/{provider}"


def awaited_payment(payment: str) -> str:
    """The thing that a parked delivery waits for which is about a payment of no order that we know."""
    return f"payment/{payment}"


def provider_event(*stated: str) -> str:
    """A statement of a payment provider: the same words are the same statement."""
    return digest("provider-event", *stated)


def payment_difference(*said: str) -> str:
    """A difference between a provider and the ledger: when either says something else, it is another one."""
    return f"dif_{digest(*said)}"


def payment_difference_question(merchant: str, difference: str) -> str:
    """The question to finance about a difference: it belongs to no order."""
    return f"payment_difference/{merchant}/{difference}"


def awaited_order(order_id: str) -> str:
    """The thing that a parked delivery waits for when its order is unknown; others wait for a tracking number."""
    return f"order/{order_id}"


AWAITED_RESUMPTION: Final = "order/\x1fof a paused merchant"
"""What a delivery waits for that would begin an order of a paused merchant; no order id has a control character."""

ParcelName = tuple[str, str, date | None]
"""Carrier, tracking number, and the day of shipping if the sender states it: carriers reuse numbers."""


def scan(number: str, shipped_on: date | None, at: datetime, code: str, local: str | None) -> str:
    """A key of 32 hex characters, equal for the same event sent twice (TRK-2).

    Only what a sender cannot spell in two ways decides: no place, no message, no carrier's name, no offset of the time.
    number: the normalized tracking number.
    at: the time, in UTC, of which seconds count.
    code: the sender's code of the event.
    local: the time as it was written, if its zone is unknown.
    """
    utc = datetime.combine(at, at.time()).isoformat()[:19]  # isoformat takes twice as long with the offset
    event = f"{number}\x1f{utc}+00:00\x1f{code}"
    if shipped_on is not None:
        event += f"\x1f{shipped_on.isoformat()}"
    if local is not None:
        event += f"\x1f{local}"
    return hashlib.sha256(event.encode()).hexdigest()[:32]


def fulfilment_scan(storefront: str, fulfilment: str, tracking_number: str, status: str) -> str:
    """The scan that a storefront's fulfilment status is turned into."""
    return digest(storefront, fulfilment, tracking_number, status)


def approval(merchant: str, command_id: str) -> str:
    """A command that waits for a second person: the same for every retry of its request."""
    return "apr_" + digest(merchant, command_id)[:26]


def approved_command(approval: str) -> str:
    """The command that a second person approved, which is performed once. It names its plan too, also in addresses."""
    return digest("approved", approval)


# Locks: names of advisory locks, for work that only one process may do at a time

CLAIMING_NOTICES: Final = "claim notices"
DISPATCHING: Final = "dispatching"
MIGRATIONS: Final = "migrations"
WEBHOOK_RETENTION: Final = "webhook retention"


def clock_lock(merchant: str) -> str:
    """Moving a sandbox merchant's clock."""
    return f"clock/{merchant}"


def preferences_lock(merchant: str, customer: str) -> str:
    """Writing a customer's preferences."""
    return f"preferences/{merchant}/{customer}"


def redemption_lock(merchant: str, reference: str) -> str:
    """Every step of store credit that is spent under one reference of the shop."""
    return f"redeem/{merchant}/{reference}"


def claw_back_lock(merchant: str, claim: str) -> str:
    """Every step of one claim in the ledger."""
    return f"claw_back/{merchant}/{claim}"


def adjustment_lock(merchant: str, reference: str) -> str:
    """Adjusting store credit under one reference."""
    return f"adjust/{merchant}/{reference}"


def advisory_lock_id(name: str) -> int:
    """The number of an advisory lock. Two names may share a number; this costs time and nothing else."""
    return zlib.crc32(f"smot/{name}".encode())


def timeline_place(source: str, *parts: str) -> str:
    """Where facts of one moment stand on an order's timeline: by their source and their key or number in it."""
    return "/".join((source, *parts))


def search_term(kind: str, text: str) -> str:
    """What is hashed for the search index: a name is never taken for an address of the same letters."""
    return f"{kind}\x1f{text}"


def digest(*parts: str) -> str:
    """A stable short name for a list of texts: 40 hex characters."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]
