"""The dispatcher: late is not wrong, a crash hides nothing, and one broken row stops nobody else."""

import logging
from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
import pytest_asyncio

from domain.notices import Notice
from domain.parcels import ParcelStatus
from domain.terms import Policy
from ports.channels import ChannelUnavailable
from ports.letters import MessageRecipient, RenderError, RenderedMessage
from runtime import intake
from runtime.letters import make_renderer
from store.columns import real_now
from store.database import Database
from store.merchants import NewMerchant
from store.outbox import LEASE, Outbox
from store.trouble import CannotConnect
from tests.builders import AT_ONCE, PLACED, a_scan, a_state
from tests.runtime.desk import DispatcherHarness, Killed, send_all

HOUR = timedelta(hours=1)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(url: str) -> AsyncIterator[DispatcherHarness]:
    db = Database(url)
    desk = DispatcherHarness(db)
    await desk.merchants.create(
        NewMerchant(id="acme", name="acme", sandbox=True, clock=PLACED, policy=Policy(notices=AT_ONCE))
    )
    yield desk
    await db.close()


# What came in


async def test_an_estimate_that_waited_keeps_its_receive_time(desk: DispatcherHarness) -> None:
    number = {"carrier": "ups", "tracking_number": "TRACK1"}
    await desk.receive("older", {**number, "estimate": {"day": "2026-03-05"}}, at=PLACED)
    await desk.dispatcher.inbox_processor.process_batch()  # parked: nobody knows the parcel
    await desk.set_clock(PLACED + 5 * HOUR)
    await desk.shipped()
    await desk.receive("newer", {**number, "estimate": {"day": "2026-03-09"}}, at=PLACED + 2 * HOUR)
    await desk.dispatcher.inbox_processor.process_batch()
    told = [fact.estimate for _, fact in desk.journeys.signals]
    newest = max((one for one in told if one is not None), key=lambda one: one.reported_at)
    assert (len(told), newest.day) == (2, date(2026, 3, 9))


async def test_while_other_dispatchers_run_deliveries_are_processed_one_at_a_time(desk: DispatcherHarness) -> None:
    """Whoever delivers is answered first; when it is quiet several are handed over at once."""
    desk.journeys.delay = 0.1
    await desk.shipped()
    number = {"carrier": "ups", "tracking_number": "TRACK1", "estimate": {"day": "2026-03-09"}}
    for name in ("rush-1", "rush-2", "rush-3", "rush-4"):
        await desk.receive(name, number)
    desk.arrived.set()
    assert await desk.dispatcher.inbox_processor.process_batch() == 4
    assert desk.journeys.max_concurrent == 1
    for name in ("quiet-1", "quiet-2", "quiet-3", "quiet-4"):
        await desk.receive(name, number)
    assert await desk.dispatcher.inbox_processor.process_batch() == 4
    assert desk.journeys.max_concurrent > 1
    assert len(desk.journeys.signals) == 8


async def test_in_a_busy_batch_a_journey_that_does_not_answer_is_skipped(
    desk: DispatcherHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "_STALL_SECONDS", 0.05)
    desk.journeys.delay = 0.1
    await desk.shipped()
    number = {"carrier": "ups", "tracking_number": "TRACK1", "estimate": {"day": "2026-03-09"}}
    for name in ("slow-1", "slow-2", "next-1", "next-2"):
        await desk.receive(name, number)
        if name in ("slow-2", "next-2"):
            desk.arrived.set()
            assert desk.journeys.max_concurrent <= 1
            await desk.dispatcher.inbox_processor.process_batch()
    assert desk.journeys.max_concurrent == 2


async def test_one_defective_delivery_is_a_dead_letter_and_the_others_are_processed(
    desk: DispatcherHarness, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.shipped()
    await desk.shipped("ord_two", "TRACK2")
    desk.journeys.broken.add("ord_one")
    await desk.inbox.accept("acme", "no-such-source", "evt_0", b"{}", PLACED)
    await desk.receive("evt_1", {"carrier": "ups", "tracking_number": "TRACK1"})
    await desk.receive("evt_2", {"carrier": "ups", "tracking_number": "TRACK2"})
    assert await desk.dispatcher.inbox_processor.process_batch() == 3
    dead = (await desk.inbox.page("acme", "dead", limit=9)).items
    assert [(row.delivery_id, row.reason) for row in dead] == [
        ("evt_0", "KeyError"),
        ("evt_1", "RuntimeError"),
    ]
    assert [order for order, _ in desk.journeys.signals] == ["ord_two"]
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert [f"delivery {row.id}" in error for row, error in zip(dead, errors, strict=True)] == [True, True]
    assert "zdzislawa" not in caplog.text


async def test_a_journey_that_does_not_answer_costs_no_delivery(desk: DispatcherHarness) -> None:
    await desk.shipped()
    desk.journeys.unresponsive.add("ord_one")
    await desk.receive("evt_1", {"carrier": "ups", "tracking_number": "TRACK1"})
    await desk.dispatcher.inbox_processor.process_batch()
    [row] = (await desk.inbox.page("acme", "received", limit=9)).items
    assert row.reason == "temporal does not answer"


# What goes out


async def test_a_notice_that_another_sender_took_over_is_not_sent_twice(
    desk: DispatcherHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.late()
    slow = await desk.outbox.claim()
    later = Outbox(desk.db, lambda: real_now() + LEASE + timedelta(seconds=1))
    assert [row.id for row in await later.claim()] == [row.id for row in slow]

    async def claimed(limit: int, excluded_merchants: Any) -> list[Any]:
        return slow

    monkeypatch.setattr(desk.dispatcher.notification_sender.outbox, "claim", claimed)
    await send_all(desk.dispatcher.notification_sender)
    assert desk.channel.accepted == []
    assert await desk.notice_statuses() == [("delayed", "queued", "")]


async def test_a_false_delay_that_left_right_before_a_crash_is_corrected(desk: DispatcherHarness) -> None:
    state = await desk.late()
    desk.channel.errors.append(Killed())
    with pytest.raises(Killed):
        await send_all(desk.dispatcher.notification_sender)
    assert len(desk.channel.accepted) == 1
    state.parcels[0].apply_update([a_scan(ParcelStatus.DELIVERED, state.order.due() - 30 * HOUR)], None)
    await desk.advance(state, state.order.due())
    await desk.dispatcher.release_leases()
    await send_all(desk.dispatcher.notification_sender)
    assert await desk.notice_statuses() == [("delayed", "sent", "possibly_sent"), ("delay_corrected", "sent", "")]
    alarm, _ = await desk.outbox.of_order("acme", "ord_one")
    assert alarm.sent_at == state.order.due() - 12 * HOUR
    assert len(desk.channel.accepted) == 2


async def test_a_false_delay_that_no_channel_accepted_needs_no_correction(desk: DispatcherHarness) -> None:
    state = await desk.late()
    desk.channel.errors.append(ChannelUnavailable("not taken: 451"))
    await send_all(desk.dispatcher.notification_sender)
    state.parcels[0].apply_update([a_scan(ParcelStatus.DELIVERED, state.order.due() - 30 * HOUR)], None)
    await desk.advance(state, state.order.due())
    desk.dispatcher.notification_sender.outbox = Outbox(desk.db, lambda: real_now() + timedelta(minutes=1))
    await send_all(desk.dispatcher.notification_sender)
    dropped = [
        ("delayed", "dropped", "already_delivered"),
        ("delay_corrected", "dropped", "no_false_notice_sent"),
    ]
    assert await desk.notice_statuses() == dropped
    assert desk.channel.accepted == []


async def test_one_defective_notice_is_a_dead_letter_and_the_others_are_sent(
    desk: DispatcherHarness, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.late()
    other = a_state(await desk.order("ord_two"))
    await desk.advance(other, other.order.due() - 12 * HOUR)
    desk.channel.errors.append(RuntimeError("ada@example.org"))
    assert await send_all(desk.dispatcher.notification_sender) == 2
    assert await desk.notice_statuses() == [("delayed", "dead", "RuntimeError")]
    assert await desk.notice_statuses("ord_two") == [("delayed", "sent", "")]
    assert "ada@example.org" not in caplog.text


class FailingRenderer:
    """Letters that cannot be written: for some kinds, or in some languages."""

    def __init__(self, *kinds: str) -> None:
        self.kinds, self.letters = kinds, make_renderer(None)

    def render(self, notice: Notice, recipient: MessageRecipient) -> RenderedMessage:
        if notice.kind in self.kinds:
            raise RenderError(f'"{notice.kind}" in en')
        return self.letters.render(notice, recipient)

    def render_digest(self, notices: Sequence[tuple[Notice, MessageRecipient]]) -> RenderedMessage:
        return self.letters.render_digest(notices)


async def test_a_notice_that_cannot_be_rendered_is_a_visible_dead_letter_and_is_sent_when_that_is_fixed(
    desk: DispatcherHarness,
) -> None:
    await desk.late()
    desk.messages.renderer = FailingRenderer("delayed")
    await send_all(desk.dispatcher.notification_sender)
    assert await desk.notice_statuses() == [("delayed", "dead", "BrokenLetter")]
    assert desk.channel.accepted == []
    [row] = await desk.outbox.of_order("acme", "ord_one")
    assert row.id is not None
    assert await desk.outbox.replay("acme", row.id)
    desk.messages.renderer = make_renderer(None)
    await send_all(desk.dispatcher.notification_sender)
    assert await desk.notice_statuses() == [("delayed", "sent", "")]


async def test_a_notice_goes_out_in_the_customers_language_and_the_shops_name(desk: DispatcherHarness) -> None:
    await desk.late(locale="de-AT")
    await send_all(desk.dispatcher.notification_sender)
    [message] = desk.channel.accepted
    assert message.subject == "Ihr Paket verspätet sich vielleicht (Bestellung #ord_one)"
    assert message.brand == "acme"
    assert "<h1" in message.html
    assert "Guten Tag Ada," in message.text


async def test_a_notice_is_kept_while_the_store_is_unavailable(desk: DispatcherHarness) -> None:
    await desk.late()
    desk.channel.errors.append(CannotConnect("the database is not there"))
    with pytest.raises(CannotConnect):
        await send_all(desk.dispatcher.notification_sender)
    assert [status for _, status, _ in await desk.notice_statuses()] == ["queued"]


# What was left behind


async def test_orders_that_do_not_answer_or_are_broken_do_not_keep_others_from_starting(
    desk: DispatcherHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.sweeper._UNSTARTED_AFTER", -HOUR)
    for name in ("a", "b", "c", "d"):
        await desk.order(f"ord_{name}")
    desk.journeys.unresponsive, desk.journeys.broken = {"ord_a", "ord_c"}, {"ord_b"}
    await desk.dispatcher.housekeeping.sweep()
    assert desk.journeys.placed == ["ord_a", "ord_b", "ord_c", "ord_d"]


async def test_a_sweep_gives_up_when_nobody_answers_and_begins_with_others_next_time(
    desk: DispatcherHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.sweeper._UNSTARTED_AFTER", -HOUR)
    names = [f"ord_{letter}" for letter in "abcde"]
    for name in names:
        await desk.order(name)
    desk.journeys.unresponsive = {"ord_a", "ord_b", "ord_c"}
    await desk.dispatcher.housekeeping.sweep()
    assert desk.journeys.placed == names[:3]
    await desk.dispatcher.housekeeping.sweep()
    assert desk.journeys.placed == [*names[:3], *names[3:], *names[:3]]


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_what_another_dispatcher_holds_is_left_to_it_until_it_is_gone(desk: DispatcherHarness) -> None:
    async with desk.dispatcher.registered():
        await desk.late()
        [held] = await desk.outbox.claim()
        async with desk.dispatcher.registered():  # one more, on the same database
            assert await desk.outbox.claim() == []
    async with desk.dispatcher.registered():  # the others are gone, as after a crash
        assert [row.id for row in await desk.outbox.claim()] == [held.id]
