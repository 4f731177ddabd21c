"""Business keys: the name under which an effect happens once. Every key is made here and nowhere else.

A key is made of business words and ids, never of personal data: keys appear in logs, in Temporal and at
providers. If two places made the key of one effect differently, the effect would happen twice.
"""

import hashlib
import json
import re
import uuid
import zlib
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, Literal, NamedTuple

from domain.money import CURRENCIES, MAX_MINOR, Money

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


def letter_answer(merchant: str, order: str, question: tuple[str, str, int], answer: str) -> str:
    """The command of an answer by a letter's link: two clicks, or two readers of one letter, are one command.

    `question`: its kind, subject and round.
    """
    kind, subject, round = question
    return digest("letter", merchant, order, kind, subject, str(round), answer)


def storefront_cancellation(source: str, order: str) -> str:
    """The command by which a storefront cancels an order."""
    return digest(source, "cancel", order)


# Settlements: the occasion of a payment, its legs, and their names at the provider and in the ledger


def occasion_of_return(return_id: str, part: int) -> str:
    """The occasion of one part of a return. The goods may come in parts; each part is paid once."""
    return f"{_legs_of_return(return_id)}{part}"


def occasion_of_cancel(order: str) -> str:
    """The cancellation of an order."""
    return f"cancel/{order}"


def occasion_of_undelivered(order: str, parcel: str) -> str:
    """Units of a parcel that never arrived."""
    return f"undelivered/{order}/{parcel}"


def occasion_of_unshipped(order: str) -> str:
    """Units that will not ship."""
    return f"unshipped/{order}"


def occasion_of_lateness(order: str) -> str:
    """The goodwill for a late order; there is one per order."""
    return f"late/{order}"


def occasion_of_external_refund(order: str, refund: str) -> str:
    """The occasion of a refund made in the storefront. `refund`: the id that the storefront gave to it."""
    return f"external/{order}/{refund}"


def dispute(provider: str, reference: str) -> str:
    """Our id of a dispute, by the provider's id of it."""
    return f"dsp_{digest('dispute', provider, reference)[:20]}"


def refusal_as_dispute(leg: str) -> str:
    """What stands for a provider's id while only the refusal of that refund shows that its payment is disputed."""
    return f"refused/{leg}"


def occasion_of_dispute(order: str, dispute: str) -> str:
    """What a bank paid after a dispute. It also begins the keys of the ledger's entries for the dispute."""
    return f"dispute/{order}/{dispute}"


def dispute_of_occasion(occasion: str) -> str:
    """That occasion without the number of its part."""
    return "/".join(occasion.split("/")[:3])


def parts_of_dispute(occasion: str) -> tuple[str, str]:
    """The order and the dispute in `occasion_of_dispute`."""
    _, order, dispute = occasion.split("/")[:3]
    return order, dispute


def dispute_booking(occasion: str, number: int) -> str:
    """The subject of one movement for a dispute, by its place among them."""
    return f"{occasion}/booking/{number}"


def occasion_of_reversal(return_id: str) -> str:
    """The store credit of a return that is taken back."""
    return f"reversal/{return_id}"


def claw_back(subject: str, number: int) -> str:
    """The id of the claims about one return or parcel, which are numbered: each is made once."""
    return f"clw_{digest('claw-back', subject, str(number))[:20]}"


def claw_back_of_parcel(order: str, parcel: str) -> str:
    """A parcel as the subject of a claim: parcels are named within their order."""
    return f"{order}/{parcel}"


def claw_back_work(claim: str, kind: str, number: int) -> str:
    """One step of a claim outside its journey: what is booked under it is booked once."""
    return f"{claim}/{kind}/{number}"


def claw_back_link(merchant: str, order: str, claim: str, number: int) -> str:
    """The page on which a claim is paid: its idempotency key at the provider, and its name in the provider's webhooks."""
    return f"{merchant}/{order}/{claim}/{number}"


def payment_by_hand(claim: str, number: int) -> str:
    """What a person received for a claim, as the id of a payment."""
    return f"{claim}/by_hand/{number}"


def claim_of_link(key: str) -> tuple[str, str, str]:
    """The merchant, the order and the claim in a key of `claw_back_link`. Raises ValueError for another text."""
    merchant, order, claim, _ = key.split("/")
    return merchant, order, claim


def occasion_of_claw_back(claim: str) -> str:
    """What a customer paid for a claim and gets back."""
    return f"claw_back/{claim}"


def legs_taken_back(occasion: str) -> str:
    """The start of the key of every leg whose store credit that reversal takes back."""
    return _legs_of_return(occasion.split("/")[1])


def is_part_of(part: str, occasion: str) -> bool:
    """Whether it is that occasion or one of its further parts; see `next_part`."""
    return part == occasion or part.startswith(f"{occasion}/")


def next_part(occasion: str, existing: Iterable[str]) -> str:
    """The occasion's next part. The first part has the occasion's own name, the others are numbered from 2."""
    part = 1 + sum(is_part_of(other, occasion) for other in existing)
    return f"{occasion}/{part}" if part > 1 else occasion


def further_tender(first: str, number: int) -> str:
    """The id of a payment that a storefront took later for the same order and did not name."""
    return f"{first}-{number}"


def tender(tender: str) -> str:
    """A tender's id in keys: 32 hex digits. It is hashed because it is the merchant's text and may hold any character.

    Fewer digits would not do: two ids with the same first ten are found in seconds.
    """
    return hashlib.sha256(tender.encode()).hexdigest()[:32]


def leg(occasion: str, tender_id: str, epoch: int) -> str:
    """One payment."""
    return f"{occasion}/{tender(tender_id)}/{epoch}"


def leg_in_letters(leg: str) -> str:
    """The short name of a leg in the links of letters, which hold plain ids only."""
    return digest("leg", leg)[:20]


def leg_without_epoch(leg: str) -> str:
    """The part of the key that all epochs of a leg share."""
    return leg.rpartition("/")[0]


def provider_refund(merchant: str, leg: str) -> str:
    """The idempotency key of a refund at the payment provider. It is also kept there as metadata for look-ups."""
    return f"{merchant}/{leg}"


def refund_call(key: str, number: int) -> str:
    """One call for a refund at a provider that keeps the failure of a call under its key: the number rises after each failure."""
    return str(uuid.uuid5(_REFUND_CALLS, f"{key}/{number}"))


def unanswered_refund(key: str) -> str:
    """What an order at WooCommerce remembers a refund by that no gateway has answered."""
    return f"_smot_refund_unanswered_{digest(key)}"


def leg_of_provider_refund(key: str) -> tuple[str, str]:
    """The merchant and the leg in a key of `provider_refund`."""
    merchant, _, leg_key = key.partition("/")
    return merchant, leg_key


_PAYMENT_OF_AN_ORDER = re.compile(r"([a-z]+-[0-9]{1,20})-[0-9]{1,20}")


def whole_payment(payment: str) -> str:
    """The storefront's order in the id of one of its payments, as in `shopify-ORDER-TRANSACTION`; empty for other ids.

    Disputes there name the order only.
    """
    match = _PAYMENT_OF_AN_ORDER.fullmatch(payment)
    return match[1] if match else ""


_REFUND_CALLS: Final = uuid.UUID("6f2f1f6e-5d0f-5a3c-9a53-0b1f3d6f7c11")
_NOTE = re.compile(r"smot refund (\S.{0,254}) (\d{1,16}) ([A-Z]{3})")


class NotedRefund(NamedTuple):
    """What the note of a refund says that was made here: the key of `provider_refund`, and what was asked for."""

    key: str
    amount: Money


def refund_note(key: str, amount: Money) -> str:
    """The note of a refund at a provider that keeps nothing else of ours. Its staff can read it."""
    return f"smot refund {key} {amount.minor} {amount.currency}"


def refund_in_note(note: str) -> NotedRefund | None:
    """What `refund_note` wrote; None for another note."""
    return noted(_NOTE.fullmatch(note.strip()))


def noted(match: re.Match[str] | None) -> NotedRefund | None:
    """Key, minor units and currency in the groups of a note; None for what no note of ours says."""
    if match is None or match[3] not in CURRENCIES or int(match[2]) > MAX_MINOR:
        return None
    return NotedRefund(match[1], Money(minor=int(match[2]), currency=match[3]))


LedgerStep = Literal[
    "capture", "reserve", "post", "reverse", "release",
    "redeem", "authorize_credit", "capture_credit", "void_credit", "refund_credit", "adjust_credit", "claim_credit", "expire",
    "claw_back", "net_claw_back", "pay_claw_back", "write_off_claw_back", "reduce_claw_back",
    "hold_dispute", "release_dispute", "charge_dispute_fee", "return_dispute_fee", "write_off_dispute", "recover_dispute",
]  # fmt: skip


def later_capture(order: str, tender_id: str) -> str:
    """The subject of the `capture` of a payment that was taken after the order was placed."""
    return f"{order}/{tender(tender_id)}"


def ledger_round(leg: str, round: int) -> str:
    """The subject of `post` and `reverse` of a leg that was paid, came back and may be settled again: the first has the leg's."""
    return leg if round == 1 else f"{leg}/round/{round}"


def ledger_entry(step: LedgerStep, subject: str) -> str:
    """One entry of the ledger, unique per merchant.

    The subject of `capture` is the order; of a redemption and of an adjustment the shop's reference; of `refund_credit`
    `refund_of_redemption`; of `claim_credit` the link; of a dispute `dispute_booking`; of a claim `claw_back_work`; of the
    other steps the leg.
    """
    return f"{step}/{subject}"


def refund_of_redemption(reference: str, refund: str) -> str:
    """One refund of what was paid with store credit. Both are the shop's own references and may hold any character."""
    return digest(reference, refund)


def credit_given_back(leg: str, entry: str) -> str:
    """The credit of that leg that an entry gave back after it had expired: it is valid again, as long as before."""
    return f"{leg}/{digest(entry)[:12]}"


# Notices, their messages, and the events of outgoing webhooks


def notice(subject: str, reason: str, revision: int) -> str:
    """A notice to a customer. `subject`: what it is about; `revision` rises when there is something new to say."""
    return f"{subject}/{reason}/{revision}"


def order_notice(order: str, about: str, reason: str, revision: int) -> str:
    """A notice about a parcel or a consent, whose ids are unique only within their order."""
    return notice(f"{order}/{about}", reason, revision)


def message(merchant: str, notice: str) -> str:
    """The message of a notice. It is the same for all attempts, so that receivers can drop a copy."""
    return f"msg_{digest(merchant, notice)}"


def channel_message(message: str, channel: str) -> str:
    """The message as one channel sends it: the copy of a second channel is another message. E-mail has the plain id."""
    return message if channel in ("", "email") else f"{message}/{channel}"


def message_of_channel(channel_message: str) -> str:
    """The message from which `channel_message` made that id."""
    return channel_message.partition("/")[0]


def delay_revision(subject: str, revision: int) -> str:
    """One delay notice of an order, as the subject of its webhook event."""
    return f"{subject}/{revision}"


def webhook_event(merchant: str, order: str, seq: int, type: str, subject: str) -> str:
    """An event's id, the same for every attempt, every receiver and every repeated commit."""
    return f"evt_{digest(merchant, order, str(seq), type, subject)}"


def ping_event(nonce: str) -> str:
    """The event of a test message. `nonce` is random: each test message is a new event."""
    return f"evt_{nonce}"


def return_legs_prefix(return_id: str) -> str:
    """The start of the key of every leg that pays this return."""
    return _legs_of_return(return_id)


def question(kind: str, subject: str) -> str:
    """An open question for a person; there is one per kind and subject."""
    return f"{kind}/{subject}"


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
    utc = at.replace(
        tzinfo=None, microsecond=0
    ).isoformat()  # isoformat takes three times as long with the offset
    event = f"{number}\x1f{utc}+00:00\x1f{code}"
    if shipped_on is not None:
        event += f"\x1f{shipped_on.isoformat()}"
    if local is not None:
        event += f"\x1f{local}"
    return hashlib.sha256(event.encode()).hexdigest()[:32]


def fulfilment_scan(storefront: str, fulfilment: str, tracking_number: str, status: str) -> str:
    """The scan that a storefront's fulfilment status is turned into."""
    return digest(storefront, fulfilment, tracking_number, status)


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


def _legs_of_return(return_id: str) -> str:
    return f"return/{return_id}/"
