"""The dispatcher: late deliveries are right, a crash hides nothing, and one broken row stops no other."""

import json
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import update

from adapters.carriers.generic import Generic
from domain.actors import SYSTEM, Actor, Role
from domain.model.notice import Notice
from domain.model.scan import ParcelStatus
from domain.model.terms import Policy
from ports.carriers import CarrierMessage
from ports.channels import ChannelUnavailable
from ports.inbound_webhooks import InvalidPayload
from ports.messages import MessageRecipient, RenderedMessage, RenderError
from runtime.message_templates import make_renderer
from runtime.replays import make_delivery_replays, make_notice_replays
from services.inbound import processor
from services.inbound.carriers import CarrierHandler
from services.inbound.processor import InboxProcessor
from services.metrics import REGISTRY
from services.opened_texts import open_text
from services.paging import PageRequest
from services.replays.replayer import Replayer
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.db_errors import CannotConnect
from store.engine.queue import LEASE
from store.inbox.inbox import InboundDelivery
from store.inbox.replays import InboxFilter
from store.inbox.unknown_parcels import MAX_PARKED
from store.merchants.merchants import NewMerchant
from store.notifications.dead_notices import NoticeFilter
from store.notifications.outbox import Outbox
from store.tables.all import InboxRow
from tests.builders import AT_ONCE, PLACED, a_scan, a_state
from tests.runtime.dispatcher_harness import DispatcherHarness, Killed, process_all, send_all

HOUR = timedelta(hours=1)


@pytest_asyncio.fixture(loop_scope="session")
async def harness(url: str) -> AsyncIterator[DispatcherHarness]:
    db = Database(url)
    harness = DispatcherHarness(db)
    await harness.merchants.create(
        NewMerchant(id="acme", name="acme", sandbox=True, clock=PLACED, policy=Policy(notices=AT_ONCE))
    )
    yield harness
    await db.close()


# Incoming deliveries


async def test_an_estimate_that_waited_keeps_its_receive_time(harness: DispatcherHarness) -> None:
    number = {"carrier": "ups", "tracking_number": "TRACK1"}
    await harness.receive("older", {**number, "estimate": {"day": "2026-03-05"}}, at=PLACED)
    await harness.process_inbox()  # parked: the parcel is unknown
    await harness.set_clock(PLACED + 5 * HOUR)
    await harness.shipped()
    await harness.receive("newer", {**number, "estimate": {"day": "2026-03-09"}}, at=PLACED + 2 * HOUR)
    await harness.process_inbox()
    estimates = [event.update.estimate for _, event in harness.journeys.signals]
    newest = max(
        (estimate for estimate in estimates if estimate is not None), key=lambda one: one.reported_at
    )
    assert (len(estimates), newest.day) == (2, date(2026, 3, 9))


async def test_in_a_rush_deliveries_are_applied_one_at_a_time_and_else_together(
    harness: DispatcherHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Senders are answered first."""
    monkeypatch.setattr(processor, "_BUSY_BATCH", 4)
    harness.journeys.delay = 0.1
    await harness.shipped()
    number = {"carrier": "ups", "tracking_number": "TRACK1", "estimate": {"day": "2026-03-09"}}
    for name in ("rush-1", "rush-2", "rush-3", "rush-4"):
        await harness.receive(name, number)
    harness.arrived.set()
    assert await harness.process_inbox() == 4
    assert harness.journeys.max_concurrent == 1
    for few, arrived in ((3, True), (4, False)):
        harness.journeys.max_concurrent = 0
        for turn in range(few):
            await harness.receive(f"few-{few}-{turn}", number)
        if arrived:
            harness.arrived.set()
        assert await harness.process_inbox() == few
        assert harness.journeys.max_concurrent > 1, "no full batch, or no more that arrive"
    assert len(harness.journeys.signals) == 11


async def test_in_a_rush_a_journey_that_does_not_answer_delays_one_batch(
    harness: DispatcherHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processor, "_STALL_SECONDS", 0.05)
    monkeypatch.setattr(processor, "_BUSY_BATCH", 2)
    harness.journeys.delay = 0.1
    await harness.shipped()
    number = {"carrier": "ups", "tracking_number": "TRACK1", "estimate": {"day": "2026-03-09"}}
    for name in ("slow-1", "slow-2", "next-1", "next-2"):
        await harness.receive(name, number)
        if name in ("slow-2", "next-2"):
            harness.arrived.set()
            assert harness.journeys.max_concurrent <= 1
            await harness.process_inbox()
    assert harness.journeys.max_concurrent == 2


async def test_a_merchant_whose_journeys_do_not_settle_delays_no_other(harness: DispatcherHarness) -> None:
    await harness.shipped()
    await harness.shipped("ord_two", "TRACK2")
    await harness.set_clock(PLACED)
    harness.journeys.settled.clear()
    await harness.receive("slow", {"carrier": "ups", "tracking_number": "TRACK1"})
    inbox = harness.dispatcher.inbox_processor
    assert await inbox.process() == 1
    other = InboundDelivery("other", "generic", "evt_1", b"{}", PLACED)
    await harness.receive("next", {"carrier": "ups", "tracking_number": "TRACK2"})
    assert await harness.inbox.accept(other) == "new"
    assert await inbox.process() == 1, "acme's next batch waits for its first, the other's does not"
    while other_left := await harness.inbox.due_merchants():
        assert other_left == ["acme"]
        if len(inbox.in_flight) == 1:
            break
        await inbox.in_flight.wait_for_any()
    harness.journeys.settled.set()
    await inbox.in_flight.drain()
    assert await harness.process_inbox() == 1
    assert [order for order, _ in harness.journeys.signals] == ["ord_one", "ord_two"]


async def test_one_defective_delivery_is_a_dead_letter_and_the_others_are_processed(
    harness: DispatcherHarness, caplog: pytest.LogCaptureFixture
) -> None:
    await harness.shipped()
    await harness.shipped("ord_two", "TRACK2")
    harness.journeys.broken.add("ord_one")
    await harness.inbox.accept(InboundDelivery("acme", "no-such-source", "evt_0", b"{}", PLACED))
    await harness.receive("evt_1", {"carrier": "ups", "tracking_number": "TRACK1"})
    await harness.receive("evt_2", {"carrier": "ups", "tracking_number": "TRACK2"})
    assert await harness.process_inbox() == 3
    dead = (await harness.inbox.page("acme", "dead", limit=9)).items
    assert [(row.delivery_id, row.reason) for row in dead] == [
        ("evt_0", "KeyError"),
        ("evt_1", "RuntimeError"),
    ]
    assert [order for order, _ in harness.journeys.signals] == ["ord_two"]
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert [f"delivery {row.id}" in error for row, error in zip(dead, errors, strict=True)] == [True, True]
    assert "zdzislawa" not in caplog.text


async def test_what_could_be_read_is_applied_and_the_rest_is_visible_and_can_be_replayed(
    harness: DispatcherHarness,
) -> None:
    await harness.shipped()
    good = {"carrier": "ups", "tracking_number": "TRACK1", "estimate": {"day": "2026-03-09"}}
    await harness.receive("evt_1", good, {"carrier": "ups", "tracking_number": "zdzislawa" * 9})
    await harness.process_inbox()
    assert len(harness.journeys.signals) == 1
    [row] = (await harness.inbox.page("acme", "partly", limit=9)).items
    assert row.reason == "data.parcels[1].tracking_number: string_too_long"
    assert await harness.inbox.replay("acme", row.id or 0)
    await harness.process_inbox()
    [again] = (await harness.inbox.page("acme", "partly", limit=9)).items
    assert (again.id, again.attempts) == (row.id, 1)


class _OldReader(Generic):
    """A reader that does not know a field yet."""

    def read(self, body: bytes, now: datetime) -> CarrierMessage:
        raise InvalidPayload("data.parcels[0].estimate: extra_forbidden")


async def test_after_a_fix_of_the_reader_a_replay_applies_what_was_dead(harness: DispatcherHarness) -> None:
    await harness.shipped()
    working = harness.dispatcher.inbox_processor
    fixed = working.handlers["generic"]
    assert isinstance(fixed, CarrierHandler)
    broken = InboxProcessor(harness.inbox, {"generic": replace(fixed, source=_OldReader())}, harness.arrived)
    number = {"carrier": "ups", "tracking_number": "TRACK1", "estimate": {"day": "2026-03-09"}}
    await harness.receive("evt_1", number)
    await process_all(broken)
    replays = make_delivery_replays(harness.stores, harness.arrived)
    [dead] = (await replays.page("acme", InboxFilter(), PageRequest())).items
    assert (dead.reason, dead.replayable) == ("data.parcels[0].estimate: extra_forbidden", True)
    by = Replayer(Actor(role=Role.AGENT, name="key_1"), "Zdzislawa called, the reader is repaired")
    for _ in range(2):
        assert await replays.replay_one("acme", dead.id, by) is (not harness.journeys.signals)
        await harness.process_inbox()
    assert len(harness.journeys.signals) == 1
    [placed, line] = (await harness.stores.audit.page("acme", limit=9)).items
    assert placed.action == "placed"
    assert (line.action, line.subject, line.name) == ("delivery_replayed", str(dead.id), "key_1")
    assert "Zdzislawa" not in line.details, "sealed"
    reason = json.loads(line.details)["reason"]
    assert await open_text(harness.stores.vault, reason) == by.reason


async def test_what_waited_too_long_for_its_parcel_waits_again_after_a_replay_and_joins_it(
    harness: DispatcherHarness,
) -> None:
    await harness.receive("evt_1", {"carrier": "ups", "tracking_number": "TRACK1"})
    await harness.process_inbox()
    long_ago = real_now() - MAX_PARKED - HOUR
    async with harness.db.write() as session:
        await session.exec(update(InboxRow).values(parked_at=long_ago))
    assert await harness.inbox.dead_letter_parked() == 1
    replays, by = make_delivery_replays(harness.stores, harness.arrived), Replayer(SYSTEM, "it comes late")
    assert (await replays.replay("acme", InboxFilter(problem="parcel_unknown"), by)).queued == 1
    await harness.process_inbox()
    assert await harness.inbox.dead_letter_parked() == 0, "its 72 hours begin again"
    await harness.shipped()
    await harness.process_inbox()
    assert len(harness.journeys.signals) == 1
    assert [row.delivery_id for row in (await harness.inbox.page("acme", "done", limit=9)).items] == ["evt_1"]


@pytest.mark.scenario("S-9")
async def test_unlisted_codes_are_counted_by_source_alone(harness: DispatcherHarness) -> None:
    await harness.shipped()
    scans = [
        {"at": "2026-03-02T08:00:00Z", "status": status}
        for status in ("delayed!", "in_transit", "zugestellt")
    ]
    await harness.receive("evt_1", {"carrier": "ups", "tracking_number": "TRACK1", "scans": scans})
    before = REGISTRY.get_sample_value("smot_carrier_codes_unlisted_total", {"source": "generic"}) or 0
    await harness.process_inbox()
    assert REGISTRY.get_sample_value("smot_carrier_codes_unlisted_total", {"source": "generic"}) == before + 2


async def test_a_journey_that_does_not_answer_costs_no_delivery(harness: DispatcherHarness) -> None:
    await harness.shipped()
    harness.journeys.unresponsive.add("ord_one")
    await harness.receive("evt_1", {"carrier": "ups", "tracking_number": "TRACK1"})
    await harness.process_inbox()
    [row] = (await harness.inbox.page("acme", "received", limit=9)).items
    assert row.reason == "temporal does not answer"


# Outgoing notices


async def test_a_notice_that_another_sender_took_over_is_not_sent_twice(
    harness: DispatcherHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await harness.late()
    slow = await harness.outbox.claim()
    later = Outbox(harness.db, lambda: real_now() + LEASE + timedelta(seconds=1))
    assert [row.id for row in await later.claim()] == [row.id for row in slow]

    async def claimed(limit: int, excluded_merchants: Any) -> list[Any]:
        return slow

    monkeypatch.setattr(harness.dispatcher.notification_sender.outbox, "claim", claimed)
    await send_all(harness.dispatcher.notification_sender)
    assert harness.channel.accepted == []
    assert await harness.notice_statuses() == [("delayed", "queued", "")]


async def test_a_false_delay_that_left_right_before_a_crash_is_corrected(harness: DispatcherHarness) -> None:
    state = await harness.late()
    harness.channel.errors.append(Killed())
    with pytest.raises(Killed):
        await send_all(harness.dispatcher.notification_sender)
    assert len(harness.channel.accepted) == 1
    state.parcels[0].apply_update([a_scan(ParcelStatus.DELIVERED, state.order.due() - 30 * HOUR)], None)
    await harness.advance(state, state.order.due())
    await harness.dispatcher.release_leases()
    await send_all(harness.dispatcher.notification_sender)
    assert await harness.notice_statuses() == [
        ("delayed", "sent", "possibly_sent"),
        ("delay_corrected", "sent", ""),
    ]
    alarm, _ = await harness.outbox.of_order("acme", "ord_one")
    assert alarm.sent_at == state.order.due() - 12 * HOUR
    assert len(harness.channel.accepted) == 2


async def test_a_false_delay_that_no_channel_accepted_needs_no_correction(harness: DispatcherHarness) -> None:
    state = await harness.late()
    harness.channel.errors.append(ChannelUnavailable("not taken: 451"))
    await send_all(harness.dispatcher.notification_sender)
    state.parcels[0].apply_update([a_scan(ParcelStatus.DELIVERED, state.order.due() - 30 * HOUR)], None)
    await harness.advance(state, state.order.due())
    harness.dispatcher.notification_sender.outbox = Outbox(
        harness.db, lambda: real_now() + timedelta(minutes=1)
    )
    await send_all(harness.dispatcher.notification_sender)
    dropped = [
        ("delayed", "dropped", "already_delivered"),
        ("delay_corrected", "dropped", "no_false_notice_sent"),
    ]
    assert await harness.notice_statuses() == dropped
    assert harness.channel.accepted == []


async def test_one_defective_notice_is_a_dead_letter_and_the_others_are_sent(
    harness: DispatcherHarness, caplog: pytest.LogCaptureFixture
) -> None:
    await harness.late()
    other = a_state(await harness.order("ord_two"), seq=1, base=1)
    await harness.advance(other, other.order.due() - 12 * HOUR)
    harness.channel.errors.append(RuntimeError("ada@example.org"))
    assert await send_all(harness.dispatcher.notification_sender) == 2
    assert await harness.notice_statuses() == [("delayed", "dead", "RuntimeError")]
    assert await harness.notice_statuses("ord_two") == [("delayed", "sent", "")]
    assert "ada@example.org" not in caplog.text


class FailingRenderer:
    """Messages that cannot be rendered: for some kinds, or in some languages."""

    def __init__(self, *kinds: str) -> None:
        self.kinds, self.letters = kinds, make_renderer(None)

    def render(self, notice: Notice, recipient: MessageRecipient) -> RenderedMessage:
        if notice.kind in self.kinds:
            raise RenderError(f'"{notice.kind}" in en')
        return self.letters.render(notice, recipient)

    def render_digest(self, notices: Sequence[tuple[Notice, MessageRecipient]]) -> RenderedMessage:
        return self.letters.render_digest(notices)


async def test_a_notice_that_cannot_be_rendered_is_a_visible_dead_letter_and_is_sent_when_that_is_fixed(
    harness: DispatcherHarness,
) -> None:
    await harness.late()
    harness.messages.renderer = FailingRenderer("delayed")
    await send_all(harness.dispatcher.notification_sender)
    assert await harness.notice_statuses() == [("delayed", "dead", "RenderError")]
    assert harness.channel.accepted == []
    replays, by = make_notice_replays(harness.stores), Replayer(Actor(role=Role.AGENT, name="key_1"), "fixed")
    [dead] = (await replays.page("acme", NoticeFilter(), PageRequest())).items
    assert (dead.order, dead.kind, dead.reason) == ("ord_one", "delayed", "RenderError")
    harness.messages.renderer = make_renderer(None)
    assert (await replays.replay("acme", NoticeFilter(problem="Render"), by)).queued == 1
    assert not await replays.replay_one("acme", dead.id, by), "it is queued already"
    await send_all(harness.dispatcher.notification_sender)
    assert await harness.notice_statuses() == [("delayed", "sent", "")]
    assert not await replays.replay_one("acme", dead.id, by), "it was sent"
    [line] = [row for row in (await harness.stores.audit.page("acme", limit=99)).items if row.name == "key_1"]
    assert (line.action, json.loads(line.details)["queued"]) == ("notices_replayed", 1)


async def test_a_notice_goes_out_in_the_customers_language_and_the_shops_name(
    harness: DispatcherHarness,
) -> None:
    await harness.late(locale="de-AT")
    await send_all(harness.dispatcher.notification_sender)
    [message] = harness.channel.accepted
    assert message.subject == "Ihr Paket verspätet sich vielleicht (Bestellung #ord_one)"
    assert message.brand == "acme"
    assert "<h1" in message.html
    assert "Guten Tag Ada," in message.text


async def test_a_notice_is_kept_while_the_store_is_unavailable(harness: DispatcherHarness) -> None:
    await harness.late()
    harness.channel.errors.append(CannotConnect("the database is not there"))
    with pytest.raises(CannotConnect):
        await send_all(harness.dispatcher.notification_sender)
    assert [status for _, status, _ in await harness.notice_statuses()] == ["queued"]


# Rows left by a crash


async def test_orders_that_do_not_answer_or_are_broken_do_not_keep_others_from_starting(
    harness: DispatcherHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.housekeeping._UNSTARTED_AFTER", -HOUR)
    for name in ("a", "b", "c", "d"):
        await harness.order(f"ord_{name}")
    harness.journeys.unresponsive, harness.journeys.broken = {"ord_a", "ord_c"}, {"ord_b"}
    await harness.dispatcher.housekeeping.sweep()
    assert harness.journeys.placed == ["ord_a", "ord_b", "ord_c", "ord_d"]


async def test_a_sweep_stops_at_journeys_that_do_not_answer_and_begins_with_others_next_time(
    harness: DispatcherHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.housekeeping._UNSTARTED_AFTER", -HOUR)
    names = [f"ord_{letter}" for letter in "abcde"]
    for name in names:
        await harness.order(name)
    harness.journeys.unresponsive = {"ord_a", "ord_b", "ord_c"}
    await harness.dispatcher.housekeeping.sweep()
    assert harness.journeys.placed == names[:3]
    await harness.dispatcher.housekeeping.sweep()
    assert harness.journeys.placed == [*names[:3], *names[3:], *names[:3]]


async def test_a_sweep_starts_an_order_once_and_those_that_this_process_started_not_at_all(
    harness: DispatcherHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.housekeeping._UNSTARTED_AFTER", -HOUR)
    for name in ("ord_begun", "ord_crashed"):
        await harness.order(name)
    housekeeping = harness.dispatcher.housekeeping
    housekeeping.started.remember("ord_begun")
    for _ in range(2):
        await housekeeping.sweep()
    assert harness.journeys.placed == ["ord_crashed"]
    for name in ("ord_begun", "ord_crashed"):
        row = await harness.stores.orders.by_id("acme", name)
        assert row is not None
        assert row.intent == "started"


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_rows_leased_by_another_dispatcher_are_left_to_it_until_it_is_gone(
    harness: DispatcherHarness,
) -> None:
    async with harness.dispatcher.registered():
        await harness.late()
        [held] = await harness.outbox.claim()
        async with harness.dispatcher.registered():  # one more, on the same database
            assert await harness.outbox.claim() == []
    async with harness.dispatcher.registered():  # the others are gone, as after a crash
        assert [row.id for row in await harness.outbox.claim()] == [held.id]
