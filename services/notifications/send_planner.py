"""The send planner gathers what a delivery decision needs: recipient, contacts, preferences, and the policy in force.

The decision itself is a pure rule: `domain/notifications/delivery_decision.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, get_args

from domain import notice_keys
from domain.clock import local_day
from domain.model.notice import Notice, ProgressKind
from domain.model.notice_kinds import KindRule
from domain.model.notice_policy import ChannelName, NoticePolicy
from domain.model.order import SealedCustomer
from domain.model.state import JourneyState
from domain.money import Money
from domain.notifications.causes import explains
from domain.notifications.current_notice import current_notice
from domain.notifications.delivery_decision import (
    DeliveryDecision,
    Recipient,
    SendHistory,
    counts_toward_cap,
    decide_delivery,
)
from domain.notifications.facts import Facts, Stale
from domain.notifications.urgency import last_throttling_at
from ports.channels import Channel, ChannelDirectory, MailSender
from ports.messages import MessageRecipient
from services.letter_logo import letter_logo
from services.notifications.letter_links import NO_LINKS, LetterLinks, LinkReader
from services.notifications.letter_looks import letter_colours
from services.opened_texts import open_text
from services.order_markup import letter_markup
from store.ledger.expiry_notices import ExpiringCredit
from store.merchants.clock import Clocks
from store.merchants.policies import Policies
from store.notifications.languages import CustomerLanguages
from store.notifications.mail_senders import MailSenders
from store.notifications.outbox import Outbox
from store.notifications.preferences import Preferences
from store.notifications.sent_notices import sent_notices
from store.notifications.suppressions import Suppressions
from store.orders.snapshots import SnapshotStore
from store.privacy.vault import ERASED, Vault
from store.tables.all import OutboxRow


@dataclass(frozen=True)
class PreparedNotice:
    """A notice that is still true, opened for sending.

    row: the claimed row of the outbox.
    message_recipient: name, order and brand for the text.
    customer: our `cus_…`.
    policy: the merchant's notice policy in force now.
    recipient: what the decision needs to know of the customer.
    contacts: what each channel reaches the customer by: an address, a number, or our name of the customer.
    channels: the merchant's channels.
    sender: whom the merchant's e-mail is from.
    suppressed: letters do not go to the e-mail address any more.
    links: what its links are about.
    parcel_at: when the last notice that throttles it left, or may have left: about the same parcel, and as urgent.
    waits_for: a notice of the same order that has not left yet and must leave before.
    revised: it says something else than when it was written.
    text: of an agent's reply, what they wrote, in clear: for the letter alone.
    letters_held: its merchant is paused, and letters wait meanwhile.
    markup: the order as JSON-LD, where the letter is about parcels or the order.
    """

    row: OutboxRow
    notice: Notice
    message_recipient: MessageRecipient
    customer: str
    policy: NoticePolicy
    recipient: Recipient
    contacts: Mapping[ChannelName, str]
    channels: Mapping[ChannelName, Channel]
    sender: MailSender
    suppressed: bool = False
    links: LetterLinks = NO_LINKS
    parcel_at: datetime | None = None
    waits_for: OutboxRow | None = None
    revised: bool = False
    text: str = ""
    letters_held: bool = False
    markup: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rule(self) -> KindRule:
        return self.policy.rule_of(self.notice.kind)

    def decision(self, now: datetime, history: SendHistory | None = None) -> DeliveryDecision:
        """Send, hold or drop at `now`. `history`: what the customer was sent before, once the cap is counted."""
        return decide_delivery(
            self.notice,
            self.policy,
            self.recipient,
            now,
            history or SendHistory(last_for_parcel_at=self.parcel_at),
        )

    @property
    def previous_channel(self) -> ChannelName | None:
        """The channel by which it may have left before a crash; None if that is not set up any more or has bounced."""
        name = self.row.channel
        if name in self.row.bounced_channels.split(","):
            return None
        return next(
            (channel for channel in self.channels if channel == name and channel in self.contacts), None
        )

    def cap_day(self, now: datetime) -> date | None:
        """The customer's local day in whose frequency cap it counts; None if it does not count."""
        return local_day(now, self.recipient.zone) if counts_toward_cap(self.rule) else None


TrackingPage = Callable[[str, str], str | None]
"""The carrier's page about a parcel, by carrier and number, where it is known."""


@dataclass(frozen=True)
class SendPlanner:
    """Reads all of it as it is now: the policy in force, not the one under which the order was placed."""

    vault: Vault
    channels: ChannelDirectory
    snapshots: SnapshotStore
    outbox: Outbox
    preferences: Preferences
    languages: CustomerLanguages
    suppressions: Suppressions
    senders: MailSenders
    policies: Policies
    clocks: Clocks
    links: LinkReader
    credit: ExpiringCredit
    tracking_page: TrackingPage

    async def prepare(self, row: OutboxRow) -> PreparedNotice | Stale:
        """The notice as it is true now, opened; or why it must not be sent any more."""
        written = Notice.model_validate_json(row.notice)
        snapshot = await self.snapshots.snapshot(row.merchant, row.order)
        assert snapshot is not None, "a notice is written together with its snapshot"
        every = await self.outbox.of_order(row.merchant, row.order)
        others = [
            one for one in every if notice_keys.first_notice(one.key) != notice_keys.first_notice(row.key)
        ]
        sent, now = tuple(sent_notices(others)), await self.clocks.business_now(row.merchant)
        notice = current_notice(
            written, Facts(snapshot.state, sent, now, await self._credit(row.merchant, written))
        )
        if isinstance(notice, Stale):
            return notice
        customer = snapshot.state.order.customer
        name, contacts = await self.vault.open(customer.name), await self._contacts(customer)
        if ERASED in (name, *contacts.values()):
            return Stale(reason="erased person")
        opened = _Opened(row, notice, name, contacts)
        prepared = await self._prepared(opened, snapshot.state)
        if not contacts["email"] and customer.phone is None and not prepared.recipient.reachable:
            return Stale(reason="no address")
        if notice.kind in get_args(ProgressKind) and notice.kind not in prepared.policy.progress:
            return Stale(reason="switched_off")
        return replace(
            prepared,
            links=await self.links.of(notice, snapshot.state, now),
            parcel_at=last_throttling_at(notice, sent),
            waits_for=_explanation(notice, others, row),
            revised=notice.details != written.details,
            markup=letter_markup(
                notice, prepared.rule.topic, snapshot.state, now, prepared.message_recipient.brand
            ),
            text=await open_text(self.vault, str(notice.details.get("text", ""))),
        )

    async def _prepared(self, opened: "_Opened", state: JourneyState) -> PreparedNotice:
        row, order, customer = opened.row, state.order, state.order.customer.customer
        in_force = await self.policies.in_force(row.merchant)
        policy = in_force.policy.notices
        topic = policy.rule_of(opened.notice.kind).topic
        channels = await self.channels.for_merchant(row.merchant)
        profile = await self.senders.profile(row.merchant)
        suppressed = await self._is_suppressed(row.merchant, opened.contacts["email"])
        excluded = [*row.bounced_channels.split(","), *(["email"] if suppressed else [])]
        reachable = frozenset(name for name in channels if opened.contacts.get(name) and name not in excluded)
        return PreparedNotice(
            row=row,
            notice=opened.notice,
            message_recipient=MessageRecipient(
                name=opened.name,
                order_id=order.number or order.order_id,
                zone=order.destination.zone,
                locale=await self.languages.of(row.merchant, customer) or order.customer.locale,
                brand=profile.name,
                **letter_colours(profile.accent),
                logo=letter_logo(profile.branding),
                page_url=self._page(opened.notice),
            ),
            customer=customer,
            policy=policy,
            recipient=Recipient(
                zone=order.destination.zone,
                reachable=reachable,
                addresses=frozenset(name for name, contact in opened.contacts.items() if contact),
                preferences=await self.preferences.current(row.merchant, customer, (topic,)),
            ),
            letters_held=in_force.letters_held,
            contacts=opened.contacts,
            channels=channels,
            sender=profile.sender,
            suppressed=suppressed,
        )

    async def _credit(self, merchant: str, notice: Notice) -> Money | None:
        is_about_credit = notice.kind == "credit_expiring"
        return await self.credit.left(merchant, notice.subject) if is_about_credit else None

    async def _is_suppressed(self, merchant: str, address: str) -> bool:
        return bool(address) and await self.suppressions.includes(merchant, address)

    def _page(self, notice: Notice) -> str | None:
        """Where the letter's button leads: to the page on which something is paid, or to the carrier's."""
        if "pay_url" in notice.details:
            return str(notice.details["pay_url"])
        carrier, number = notice.details.get("carrier"), notice.details.get("number")
        return self.tracking_page(str(carrier), str(number)) if carrier and number else None

    async def _contacts(self, customer: SealedCustomer) -> dict[ChannelName, str]:
        """Push and chat reach customers by our name of them, under which the merchant registered them with the provider."""
        email = await self.vault.open(customer.email)
        contacts: dict[ChannelName, str] = {"email": email, "webhook": email}
        contacts |= {"push": customer.customer, "chat": customer.customer}
        if customer.phone is not None:
            phone = await self.vault.open(customer.phone)
            contacts |= {"sms": phone, "whatsapp": phone}
        return contacts


@dataclass(frozen=True)
class _Opened:
    """A notice that is still true, and whom it goes to, in clear."""

    row: OutboxRow
    notice: Notice
    name: str
    contacts: dict[ChannelName, str]


def _explanation(notice: Notice, others: Sequence[OutboxRow], row: OutboxRow) -> OutboxRow | None:
    """The notice that says why this one's money moves, as long as it has not left."""
    for other in others:
        written_before = other.id is not None and row.id is not None and other.id < row.id
        if (
            written_before
            and other.status in ("queued", "held")
            and explains(Notice.model_validate_json(other.notice), notice, row.order)
        ):
            return other
    return None
