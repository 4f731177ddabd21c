"""The send planner gathers what a delivery decision needs: recipient, contacts, preferences, and the policy in force.

The decision itself is a pure rule: `domain/notifications/delivery_decision.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from domain.clock import local_day
from domain.model.notice import Notice
from domain.model.notice_kinds import KindRule, kinds_in_throttle_group
from domain.model.notice_policy import ChannelName, NoticePolicy
from domain.model.order import SealedCustomer
from domain.model.state import JourneyState
from domain.notifications.delivery_decision import (
    DeliveryDecision,
    Recipient,
    SendHistory,
    counts_toward_cap,
    decide_delivery,
)
from domain.notifications.staleness import stale_reason
from ports.channels import Channel, ChannelDirectory
from ports.messages import MessageRecipient
from store.merchants.merchants import Merchants
from store.notifications.brands import Brands
from store.notifications.outbox import Outbox
from store.notifications.preferences import Preferences
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
    parcel_at: when the last notice of the same throttle group about the same parcel left, or may have left.
    """

    row: OutboxRow
    notice: Notice
    message_recipient: MessageRecipient
    customer: str
    policy: NoticePolicy
    recipient: Recipient
    contacts: Mapping[ChannelName, str]
    channels: Mapping[ChannelName, Channel]
    parcel_at: datetime | None

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


@dataclass(frozen=True)
class SendPlanner:
    """Reads all of it as it is now: the policy in force, not the one under which the order was placed."""

    vault: Vault
    channels: ChannelDirectory
    snapshots: SnapshotStore
    outbox: Outbox
    preferences: Preferences
    brands: Brands
    merchants: Merchants

    async def prepare(self, row: OutboxRow) -> PreparedNotice | str:
        """The notice, opened; or why it must not be sent any more."""
        notice = Notice.model_validate_json(row.notice)
        snapshot = await self.snapshots.snapshot(row.merchant, row.order)
        assert snapshot is not None, "a notice is written together with its snapshot"
        sent = await self.outbox.sent_times(row.merchant, row.order)
        stale = stale_reason(notice, snapshot.state, sent)
        if stale is not None:
            return stale
        order = snapshot.state.order
        name, contacts = await self.vault.open(order.customer.name), await self._contacts(order.customer)
        if ERASED in (name, *contacts.values()):
            return "erased person"
        if not contacts["email"] and order.customer.phone is None:
            return "no address"
        return await self._prepared(row, notice, snapshot.state, name, contacts)

    async def _prepared(
        self, row: OutboxRow, notice: Notice, state: JourneyState, name: str, contacts: dict[ChannelName, str]
    ) -> PreparedNotice:
        order, customer = state.order, state.order.customer.customer
        policy = (await self.merchants.policy_in_force(row.merchant)).notices
        topic = policy.rule_of(notice.kind).topic
        channels = await self.channels.for_merchant(row.merchant)
        bounced = row.bounced_channels.split(",")
        reachable = frozenset(name for name in channels if contacts.get(name) and name not in bounced)
        return PreparedNotice(
            row=row,
            notice=notice,
            message_recipient=MessageRecipient(
                name=name,
                order_id=order.number or order.order_id,
                zone=order.destination.zone,
                locale=order.customer.locale,
                brand=await self.brands.of(row.merchant),
            ),
            customer=customer,
            policy=policy,
            recipient=Recipient(
                zone=order.destination.zone,
                reachable=reachable,
                preferences=await self.preferences.current(row.merchant, customer, (topic,)),
            ),
            contacts=contacts,
            channels=channels,
            parcel_at=await self._last_throttled_at(row, notice),
        )

    async def _contacts(self, customer: SealedCustomer) -> dict[ChannelName, str]:
        """Push and chat reach customers by our name of them, under which the merchant registered them with the provider."""
        email = await self.vault.open(customer.email)
        contacts: dict[ChannelName, str] = {"email": email, "webhook": email}
        contacts |= {"push": customer.customer, "chat": customer.customer}
        if customer.phone is not None:
            phone = await self.vault.open(customer.phone)
            contacts |= {"sms": phone, "whatsapp": phone}
        return contacts

    async def _last_throttled_at(self, row: OutboxRow, notice: Notice) -> datetime | None:
        """See `PreparedNotice.parcel_at`."""
        kinds = kinds_in_throttle_group(notice.kind)
        if not kinds:
            return None
        rows = await self.outbox.of_order(row.merchant, row.order)
        left = [
            at
            for one in rows
            if one.id != row.id and one.kind in kinds and (at := one.sent_at or one.sending_at) is not None
            and Notice.model_validate_json(one.notice).subject == notice.subject
        ]  # fmt: skip
        return max(left, default=None)
