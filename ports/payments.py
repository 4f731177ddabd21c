"""Refunds through a payment provider: one effect per key, what became of them, and what the provider reports by itself."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, Protocol

from pydantic import Field

from domain.base import Frozen
from domain.clock import Instant
from domain.model.dispute import DisputeState, DisputeStatement
from domain.model.payment import ReturnedGoods
from domain.model.provider_event import ProviderEvent
from domain.money import Money

UNASSIGNED: Final = "unassigned"
"""In the place of a provider: nobody has said which one holds the payment."""

ProviderState = Literal["accepted", "settled", "failed"]
"""
accepted: the provider will pay and has not finished; nothing is owed under the key meanwhile.
settled: the provider says that it has paid. Some take that back days later: then the state is failed.
failed: no money moved, or it came back.
"""


class PaymentAccount(Frozen):
    """A merchant's account at a provider.

    base: an address to use instead of the provider's own.
    account: the merchant's own name there: a connected account, a shop's domain, a site's address.
    keys: by name; never logged, never shown.
    """

    provider: str
    base: str = ""
    account: str = ""
    keys: Mapping[str, str] = Field(repr=False)


class RefundRequest(Frozen):
    """One refund.

    key: merchant and leg key (`keys.provider_refund`), sent as the idempotency key and kept at the provider for look-ups.
    merchant: whose money it is, so that a provider never pays back another merchant's.
    order: the shop's own id of the order.
    payment: the provider's id of the captured payment.
    amount: positive.
    as_store_credit: to the customer's store credit at the provider, and not back through the payment; where it has one.
    sent_at, last_sent_at: when this key was sent for the first and the last time, in real time; None before the first time.
    goods: the units of a return that it pays for, where it alone does so at the provider.
    """

    key: str
    merchant: str
    order: str
    payment: str
    amount: Money
    as_store_credit: bool = False
    sent_at: Instant | None = None
    last_sent_at: Instant | None = None
    goods: ReturnedGoods | None = None


class ProviderRefund(Frozen):
    """A refund as the provider knows it.

    reference: the provider's id of it.
    key: our key, where the provider kept one; empty for a refund that was not made here.
    payment: the provider's id of the payment that it belongs to.
    payment_alias: another id of the same payment at the provider, such as the charge of a payment intent.
    raw_state: the provider's own word for its state.
    reason: the provider's word for why it failed or waits.
    bank_reference: the number by which the customer's bank finds it (ARN), once there is one.
    at: since when it is in this state, by the provider's time.
    """

    reference: str
    key: str = ""
    payment: str
    payment_alias: str = ""
    amount: Money
    state: ProviderState
    raw_state: str = ""
    reason: str = ""
    bank_reference: str = ""
    at: Instant | None = None

    def event(self, leg: str, now: datetime) -> ProviderEvent:
        """The provider's statement about that leg; at that time where it states none."""
        return ProviderEvent(
            reference=self.reference,
            leg=leg,
            amount=self.amount,
            state=self.state,
            raw_state=self.raw_state,
            reason=self.reason,
            bank_reference=self.bank_reference,
            at=self.at or now,
        )


class Declined(Frozen):
    """A clean refusal: nothing was paid and nothing will be paid under this key.

    left: what the payment still holds, where it holds less than was asked for and the provider says how much.
    """

    code: str
    left: Money | None = None


class OutcomeUnknown(Exception):
    """No answer, or an answer that does not say whether money moved. Look up before any retry."""


class NotSent(OutcomeUnknown):
    """This call did not get as far as the provider's payments: by it nothing has happened and nothing will."""


class PersonNeeded(OutcomeUnknown):
    """Only a person who looks at the provider's account can know it: neither a look-up nor a retry will."""


class AccountRefused(NotSent):
    """The provider refuses the merchant's keys, or the merchant has none for it: nothing is known until a person sets them."""


class Payments(Protocol):
    """One payment provider."""

    async def refund(self, request: RefundRequest) -> ProviderRefund | Declined:
        """Pay back once per key; the same key again gives the first refund. Raises OutcomeUnknown, and NotSent where it can."""

    async def find(self, request: RefundRequest) -> ProviderRefund | Declined | None:
        """What happened under that request's key; None proves that nothing did. Raises OutcomeUnknown."""

    def refunds_since(self, merchant: str, since: datetime) -> AsyncIterator[ProviderRefund]:
        """All refunds of the merchant's account that were made or changed since then. Raises OutcomeUnknown."""

    async def check(self, merchant: str) -> str:
        """The provider's name for the account, by a call with the merchant's keys that changes nothing. Raises OutcomeUnknown."""


class ProviderDispute(Frozen):
    """A customer's bank takes money back, or asks about it.

    payment_alias: another id of the same payment at the provider.
    fee: what the provider has charged for it in all, where it says.
    respond_by: the provider's deadline for evidence.
    """

    reference: str
    payment: str
    payment_alias: str = ""
    amount: Money
    fee: Money | None = None
    state: DisputeState
    raw_state: str
    reason: str
    respond_by: Instant | None
    at: Instant

    @property
    def statement(self) -> DisputeStatement:
        """What it says, for the order's journey."""
        return DisputeStatement.model_validate(self.model_dump(include=set(DisputeStatement.model_fields)))


class DisputeMessages(Protocol):
    """A provider that lists what its webhooks said about disputes, so that a lost one is found."""

    def dispute_messages(self, merchant: str, since: datetime) -> AsyncIterator[bytes]:
        """The messages of the merchant's account since then, as webhooks bring them, in any order. Raises OutcomeUnknown."""


class ProviderLinkPayment(Frozen):
    """A customer paid on a page that was opened for a claim. key: `keys.claw_back_link`."""

    key: str
    payment: str
    amount: Money


class PaymentEvents(Frozen):
    """What one webhook of a provider reports.

    delivery: the provider's id of the message; the same for a repetition.
    account: the account at the provider that it is about, where the message names one: it must be the merchant's.
    unreadable: the pointer of the field because of which a part could not be read.
    """

    delivery: str
    account: str = ""
    refunds: Sequence[ProviderRefund] = ()
    disputes: Sequence[ProviderDispute] = ()
    links: Sequence[ProviderLinkPayment] = ()
    unreadable: str = ""


class PaymentEventSource(Protocol):
    """Reads a provider's webhooks."""

    @property
    def name(self) -> str:
        """The provider's."""

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> str:
        """The delivery id of a message that one of the secrets signed. Raises InvalidSignature."""

    def read(self, body: bytes) -> PaymentEvents:
        """What it reports; nothing for types that are not followed. Raises InvalidPayload."""


class PaymentAccounts(Protocol):
    """The merchants' accounts at providers."""

    async def account(self, merchant: str, provider: str) -> PaymentAccount | None:
        """The account; None where the merchant has none."""
