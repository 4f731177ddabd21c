"""A harness of the notification sender: what became of one customer's notices, by mail and by text."""

from typing import Any, cast

import pytest
from sqlmodel import col, update

from adapters.webhooks.ssrf_guard import EgressPolicy
from adapters.webhooks.transport import HttpWebhookTransport
from domain.actors import SYSTEM
from domain.model.delay_terms import DelayTerms
from domain.model.notice_policy import NoticePolicy
from domain.model.order import SealedCustomer
from domain.model.promise import DelayNotice
from domain.model.state import JourneyState
from domain.model.terms import Policy
from domain.notifications.preferences import ChannelPreference
from ports.channels import Channel
from runtime.channels import MerchantChannels
from runtime.message_templates import make_renderer
from runtime.notification_wiring import make_letter_reports, make_notification_sender
from runtime.stores import make_stores
from runtime.verify.messages import frequency_caps
from services.drop_off_codes import DropOffCodes
from services.journeys import Journeys
from services.notifications.messages import MessageBuilder
from services.notifications.sender import NotificationSender
from services.tokens import TokenSigner
from store.engine.database import Database
from store.merchants.policies import NewPolicy
from store.notifications.channels import ChannelConfigs
from store.notifications.mail_senders import MailSenders
from store.notifications.preferences import Preferences
from store.tables.all import FrequencyCapRow, OutboxRow
from tests.builders import PLACED, a_state
from tests.runtime.dispatcher_harness import DispatcherHarness, FakeChannel, Killed, send_all
from tests.runtime.verified_deployment import MASTER

PHONE = "+447700900123"


class FakeChannels(MerchantChannels):
    """E-mail and texts that a test reads."""

    def __init__(self, harness: DispatcherHarness) -> None:
        super().__init__(
            harness.channel,
            ChannelConfigs(harness.db, MASTER),
            MailSenders(harness.db),
            HttpWebhookTransport(EgressPolicy()),
            {},
            sandbox_sends=True,
        )
        self.sms, self.sms_enabled = FakeChannel(), False

    async def for_merchant(self, merchant: str) -> dict[Any, Channel]:
        channels = await super().for_merchant(merchant)
        return {**channels, "sms": self.sms} if self.sms_enabled else channels


class NotificationHarness(DispatcherHarness):
    """With a separate sender for each name, and a shop with the default notices, where few are allowed a day."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.channels = FakeChannels(self)
        self.sender = self.make_sender(db)

    def make_sender(self, db: Database) -> NotificationSender:
        messages = MessageBuilder(
            TokenSigner(MASTER.derived("codes")),
            DropOffCodes(MASTER.derived("codes")),
            "https://shop.example",
            make_renderer(None),
        )
        stores = make_stores(db, MASTER)
        reports = make_letter_reports(stores, self.channels, cast(Journeys, self.journeys))
        return make_notification_sender(stores, reports, messages)

    async def enqueue(self, *names: str, kind: Any = "delayed") -> list[JourneyState]:
        """Orders of Ada, each with a delay notice that is true: nothing has shipped."""
        states = []
        for name in names:
            customer = SealedCustomer(
                customer="cus_ada",
                name=await self.vault.seal("acme", "cus_ada", "Ada"),
                email=await self.vault.seal("acme", "cus_ada", "ada@example.org"),
                phone=await self.vault.seal("acme", "cus_ada", PHONE),
            )
            order = (await self.order(name)).model_copy(update={"customer": customer})
            state = a_state(order, Policy(delays=DelayTerms(at_risk=24 * 14)), seq=1, base=1)
            if kind == "order_cancelled":
                state.cancelled_at = PLACED
            state.delay_notices = [
                DelayNotice(
                    subject="unshipped", revision=1, reason="not_shipped", expected=None, notified_at=PLACED, due=state.due
                )
            ]  # fmt: skip
            due = {"reason": "not_shipped", "revision": 1, "due": state.due.isoformat()}
            state.notify(
                PLACED, f"{name}/unshipped/1", kind, "unshipped", **(due if kind == "delayed" else {})
            )
            await self.commit(state)
            states.append(state)
        return states

    async def rows(self, *names: str) -> list[Any]:
        return [row for name in names for row in await self.outbox.of_order("acme", name)]

    async def cap_used(self) -> int:
        async with self.db.read() as session:
            row = await session.get(FrequencyCapRow, ("acme", "cus_ada"))
        return row.used if row else 0


async def consent_to_sms(harness: NotificationHarness) -> None:
    """Ada wants to be notified by text, before e-mail."""
    harness.channels.sms_enabled = True
    first = Policy(notices=NoticePolicy(channels=("sms", "email"), digest_minutes=0))
    await harness.stores.policies.publish("acme", NewPolicy(first, ""), SYSTEM)
    yes = ChannelPreference(
        channel="sms", topic="delivery", allowed=True, source="agent", at=PLACED, by="system/journey"
    )
    await Preferences(harness.db).record_choices("acme", "cus_ada", [yes], SYSTEM)


async def crash_after_send(harness: NotificationHarness) -> None:
    """A message was accepted and its sender died before that was recorded; another one takes over."""
    harness.channel.errors.append(Killed())
    with pytest.raises(Killed):
        await send_all(harness.sender)
    await harness.outbox.release_leases()


async def make_retries_due(harness: NotificationHarness) -> None:
    """Every notice that waits for its next try has waited long enough."""
    async with harness.db.write() as session:
        await session.exec(update(OutboxRow).values(not_before=OutboxRow.created_at))


async def cap_discrepancies(harness: NotificationHarness) -> list[str]:
    """Where the counters of the customers' days are wrong."""
    async with harness.db.read() as session:
        return [frequency_cap.message async for frequency_cap in frequency_caps(session)]


async def opt_out_of_email(harness: NotificationHarness) -> None:
    no = ChannelPreference(
        channel="email",
        topic="delivery",
        allowed=False,
        source="unsubscribe_link",
        at=PLACED,
        by="customer/link",
    )
    await Preferences(harness.db).record_choices("acme", "cus_ada", [no], SYSTEM)


async def assign_customers(harness: NotificationHarness, **customers: str) -> None:
    """These orders are of several people."""
    await harness.enqueue(*customers)
    async with harness.db.write() as session:
        for order, customer in customers.items():
            of_order = update(OutboxRow).where(col(OutboxRow.order) == order)
            await session.exec(of_order.values(customer=customer))
