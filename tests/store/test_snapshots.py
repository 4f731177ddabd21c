"""Snapshots of journeys: one writer wins, a commit is written whole or not at all, and never twice."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from domain.journey import agenda
from domain.model.attention import AttentionItem
from domain.model.order import Order
from domain.model.promise import FollowUp
from domain.model.state import JourneyState
from domain.model.terms import Policy
from store.audit import AuditLine, AuditLog
from store.engine.database import Database
from store.inbox.tracking_numbers import ParcelLookup, TrackingNumbers
from store.merchants.clock import Clocks
from store.merchants.policies import NewPolicy, Policies
from store.notifications.outbox import Outbox
from store.orders.attention import AttentionFilters, AttentionList
from store.orders.derived_rows import DERIVATION
from store.orders.labels import OrderLabels
from store.orders.named_orders import NamedOrders
from store.orders.orders import Orders
from store.orders.returns import Returns
from store.orders.snapshots import SnapshotStore
from tests.builders import (
    AGENT,
    PLACED,
    a_delivered_state,
    a_parcel,
    a_return,
    a_state,
    add_question,
    an_order,
)
from tests.databases import rows
from tests.store.conftest import next_version


def with_delay_notice(state: JourneyState, key: str) -> JourneyState:
    state.notify(PLACED, key, "delayed", "p1", day="2026-03-09")
    state.audit(PLACED, AGENT, "delay_told", "p1")
    return state


async def test_an_order_begins_with_the_policy_of_the_day_it_came(
    db: Database, snapshots: SnapshotStore, placed: Order
) -> None:
    await Policies(db).publish("acme", NewPolicy(Policy(window=99), ""), AGENT)
    state = await snapshots.load("acme", "ord_one")
    assert (state.seq, state.clock, state.terms.version) == (1, PLACED, 1)
    assert state.terms.policy.window == 14
    await Orders(db).place(an_order(order="ord_two", order_id="2"), "hash")
    assert (await snapshots.load("acme", "ord_two")).terms.policy.window == 99


async def test_a_committed_state_is_loaded_unchanged(snapshots: SnapshotStore, state: JourneyState) -> None:
    a_parcel(state)
    assert await snapshots.commit(with_delay_notice(state, "p1/delayed/1")) == "committed"
    loaded = await snapshots.load("acme", "ord_one")
    assert loaded == state.model_copy(update={"pending_notices": [], "audit_log": []})
    snapshot = await snapshots.snapshot("acme", "ord_one")
    assert snapshot is not None
    assert (snapshot.state, snapshot.as_of) == (loaded, PLACED)


async def test_an_order_that_rested_wakes_at_its_merchants_time_under_the_newest_rules(
    db: Database, snapshots: SnapshotStore, state: JourneyState, monkeypatch: pytest.MonkeyPatch
) -> None:
    await snapshots.commit(state)
    later = PLACED + timedelta(days=9)
    await Clocks(db).set("acme", later)
    monkeypatch.setattr(agenda, "LATEST", 7)
    woken = await snapshots.load("acme", "ord_one")
    assert (woken.clock, woken.rules_version) == (later, 7)
    monkeypatch.undo()
    # It changes nothing.
    assert await snapshots.commit(woken.model_copy(update={"rules_version": 1})) == "committed"


async def test_orders_of_other_merchants_and_unknown_orders_are_not_found(
    snapshots: SnapshotStore, state: JourneyState
) -> None:
    await snapshots.commit(state)
    for merchant, order in (("other", "ord_one"), ("acme", "ord_none")):
        assert await snapshots.snapshot(merchant, order) is None
        with pytest.raises(LookupError):
            await snapshots.load(merchant, order)
    with pytest.raises(LookupError):
        await snapshots.commit(a_state(an_order(merchant="other"), seq=2))


async def test_the_newer_state_wins_and_the_older_writer_is_rejected(
    snapshots: SnapshotStore, state: JourneyState
) -> None:
    await snapshots.commit(state)
    newer = state.model_copy(update={"seq": 6, "base": 2, "window_extension": 3})
    assert await snapshots.commit(newer) == "committed"
    assert await snapshots.commit(state) == "superseded"
    assert await snapshots.commit(state.model_copy(update={"seq": 5, "base": 2})) == "superseded"
    late = state.model_copy(update={"seq": 8, "base": 2})
    assert await snapshots.commit(late) == "superseded", (
        "a run that did not see version 6 must not overwrite it"
    )
    different = newer.model_copy(update={"window_extension": 4})
    assert await snapshots.commit(different) == "superseded"
    assert (await snapshots.load("acme", "ord_one")).window_extension == 3


async def test_a_superseded_commit_leaves_no_trace(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    await snapshots.commit(state.model_copy(update={"seq": 3}))
    a_parcel(state)
    assert await snapshots.commit(with_delay_notice(state, "p1/delayed/1")) == "superseded"
    assert await Outbox(db).of_order("acme", "ord_one") == []
    assert [row.action for row in (await AuditLog(db).page("acme", limit=9)).items] == ["placed"]
    assert await TrackingNumbers(db).find("acme", ParcelLookup("TRACK1")) == []


async def test_of_many_writers_of_one_version_exactly_one_wins(
    snapshots: SnapshotStore, state: JourneyState
) -> None:
    rivals = [state.model_copy(update={"window_extension": days}) for days in range(20)]
    answers = await asyncio.gather(*(snapshots.commit(rival) for rival in rivals))
    assert sorted(answers) == ["committed"] + ["superseded"] * 19
    won = (await snapshots.load("acme", "ord_one")).window_extension
    assert answers[won] == "committed"


async def test_a_repeated_commit_writes_nothing_twice(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    a_parcel(state)
    with_delay_notice(state, "p1/delayed/1")
    assert [await snapshots.commit(state) for _ in range(3)] == ["committed"] * 3
    assert [row.key for row in await Outbox(db).of_order("acme", "ord_one")] == ["p1/delayed/1"]
    assert [row.action for row in (await AuditLog(db).page("acme", limit=9)).items] == [
        "placed",
        "delay_told",
    ]
    assert len(await TrackingNumbers(db).find("acme", ParcelLookup("TRACK1"))) == 1


async def test_a_notice_is_enqueued_once_per_key_over_all_commits(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    for _ in range(2):
        assert await snapshots.commit(with_delay_notice(state, "p1/delayed/1")) == "committed"
        next_version(state)
    [row] = await Outbox(db).of_order("acme", "ord_one")
    assert row.message_id.startswith("msg_")


async def test_the_order_row_has_the_status_of_the_journey(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    await snapshots.commit(state)
    row = await Orders(db).find("acme", "ord_one")
    assert row is not None
    waiting = agenda.next_action(state)
    assert waiting is not None
    assert (row.stage, row.next_deadline, row.next_owner) == ("placed", waiting.at, waiting.owner)
    state.cancelled_at = PLACED
    next_version(state)
    await snapshots.commit(with_delay_notice(state, "ord_one/order_cancelled/1"))
    row = await Orders(db).find("acme", "ord_one")
    assert row is not None
    assert (row.stage, row.next_deadline, row.next_reason) == ("cancelled", None, "")


async def test_a_notice_being_sent_does_not_keep_an_order_open(
    db: Database, snapshots: SnapshotStore, placed: Order
) -> None:
    state = a_delivered_state(order=placed, seq=2, base=1)
    state.closed_at = state.clock
    await snapshots.commit(with_delay_notice(state, "last/words/1"))
    row = await Orders(db).find("acme", "ord_one")
    assert row is not None
    assert row.stage == "closed"


async def test_returns_are_found_by_id_and_code_and_follow_their_case(
    db: Database, snapshots: SnapshotStore, placed: Order
) -> None:
    state = a_delivered_state(order=placed, seq=2, base=1)
    case = a_return(state)
    by_mail = [a_return(state, code_hash="", method="mail") for _ in range(2)]
    await snapshots.commit(state)
    returns, names = Returns(db), NamedOrders(db)
    found = await names.find_by_code("acme", case.code_hash)
    assert found is not None
    assert (found.return_id, found.order.id, found.order.order_id) == (case.return_id, "ord_one", "#1001")
    assert found == await names.find_return("acme", case.return_id)
    assert await names.find_by_code("other", case.code_hash) is None
    assert await names.find_return("other", case.return_id) is None
    case.decision = "cancelled"
    next_version(state)
    await snapshots.commit(state)
    row = (await returns.page("acme", limit=10, status="cancelled")).items[0]
    assert (row.id, row.status, row.goods) == (case.return_id, "cancelled", "not_expected")
    page = await returns.page("acme", limit=2)
    rest = await returns.page("acme", limit=2, cursor=page.next)
    ids = {row.id for row in page.items + rest.items}
    assert ids == {case.return_id, *(one.return_id for one in by_mail)}
    assert [row.id for row in (await returns.page("acme", limit=9, status="cancelled")).items] == [
        case.return_id
    ]


async def test_open_questions_are_listed_by_deadline_until_they_are_settled(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    for days, subject in ((3, "p1"), (1, "p2"), (2, "p3")):
        add_question(state, AttentionItem(
                kind="presumed_lost", subject=subject, owner="agent", opened_at=PLACED,
                deadline=PLACED + timedelta(days=days), default="refund",
            )
        )  # fmt: skip
    await snapshots.commit(state)
    listed = AttentionList(db)
    first = await listed.page("acme", PLACED, limit=2)
    assert [one.row.subject for one in first.items] == ["p2", "p3"]
    labels = await OrderLabels(db).of("acme", {first.items[0].row.order})
    assert {order: label.order_id for order, label in labels.items()} == {
        state.order.order: state.order.order_id
    }
    assert await OrderLabels(db).of("other", {first.items[0].row.order}) == {}
    assert [
        one.row.subject for one in (await listed.page("acme", PLACED, limit=2, cursor=first.next)).items
    ] == ["p1"]
    assert (await listed.page("other", PLACED, limit=9)).items == []
    assert (await listed.page("acme", PLACED, AttentionFilters(owner="finance"), limit=9)).items == []
    state.settle_question("presumed_lost", "p2")
    state.settle_question("presumed_lost", "p3")
    next_version(state)
    await snapshots.commit(state)
    assert [one.row.id for one in (await listed.page("acme", PLACED, limit=9)).items] == ["presumed_lost/p1"]


async def test_rows_that_an_older_version_derived_are_written_anew_by_the_next_commit(
    db: Database, url: str, snapshots: SnapshotStore, placed: Order
) -> None:
    state = a_delivered_state(order=placed, seq=2, base=1)
    a_return(state)
    add_question(state, AttentionItem(
            kind="presumed_lost", subject="p1", owner="agent", opened_at=PLACED, deadline=PLACED, default="refund",
        )
    )  # fmt: skip
    state.follow_ups.append(FollowUp(subject="p1", promised_at=PLACED, due=PLACED + timedelta(days=5)))
    await snapshots.commit(state)
    tables = ("returns", "attention", "date_promises", "parcels", "figure_facts")
    derived = [rows(url, f"SELECT * FROM {table}") for table in tables]
    assert all(derived), derived
    async with db.write() as session:
        for change in (
            "returns SET status = 'older', goods = 'older'",
            "attention SET id = 'older', owner = 'finance'",
            "date_promises SET outcome = 'older'",
            "snapshots SET derivation = derivation - 1",
        ):
            await (await session.connection()).execute(text(f"UPDATE {change}"))
    next_version(state)
    assert await snapshots.commit(state) == "committed"
    assert [rows(url, f"SELECT * FROM {table}") for table in tables] == derived
    assert rows(url, "SELECT derivation FROM snapshots") == [(DERIVATION,)]


async def test_a_tracking_number_finds_its_order_newest_first(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    a_parcel(state)
    await snapshots.commit(state)
    later = an_order(order="ord_two", order_id="2", placed_at=PLACED + timedelta(days=400))
    await Orders(db).place(later, "hash")
    second = a_state(later, seq=2, base=1)
    a_parcel(second, carrier="dhl")
    await snapshots.commit(second)
    parcels = TrackingNumbers(db)
    assert [row.order for row in await parcels.find("acme", ParcelLookup("TRACK1"))] == ["ord_two", "ord_one"]
    spelled = ParcelLookup("track1", carrier="a name of no carrier")
    assert [row.order for row in await parcels.find("acme", spelled)] == ["ord_two", "ord_one"]
    assert await parcels.find("other", ParcelLookup("TRACK1")) == []


async def test_refusals_of_the_api_are_in_the_same_audit_log(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    await snapshots.commit(with_delay_notice(state, "p1/delayed/1"))
    refused = AuditLine(AGENT, "refused", PLACED, order="ord_one", details={"reason": "units_unavailable"})
    await AuditLog(db).write("acme", refused)
    await AuditLog(db).write("acme", AuditLine(AGENT, "policy_published", PLACED))
    audit = AuditLog(db)
    page = await audit.page("acme", limit=2, order="ord_one")
    rest = await audit.page("acme", limit=2, order="ord_one", cursor=page.next)
    assert [row.action for row in page.items + rest.items] == ["placed", "delay_told", "refused"]
    assert rest.next is None
    assert len((await audit.page("acme", limit=9)).items) == 4
    assert (await audit.page("other", limit=9)).items == []
