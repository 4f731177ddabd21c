"""Business keys of payments: settlements, their legs, and their names at the provider and in the ledger. See `domain/keys.py`."""

import hashlib
import re
import uuid
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from domain.keys import digest
from domain.money import CURRENCIES, MAX_MINOR, Money


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


def occasion_of_late_money(subject: str) -> str:
    """The goodwill for money that did not come by the date that was told; one for a return, or for another occasion."""
    return f"late_money/{subject}"


def is_late_money(occasion: str) -> bool:
    """Whether it is an occasion of `occasion_of_late_money`."""
    return occasion.startswith("late_money/")


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


def return_legs_prefix(return_id: str) -> str:
    """The start of the key of every leg that pays this return."""
    return _legs_of_return(return_id)


def _legs_of_return(return_id: str) -> str:
    return f"return/{return_id}/"
