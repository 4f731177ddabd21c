"""What several processes do at the same moment: each has its own engine on the same tables."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from domain.actors import SYSTEM
from domain.model.order import Tender
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.model.terms import Policy
from ports.idempotency import IdempotencyKey, RequestStarted
from store.engine.columns import real_now
from store.engine.database import Database
from store.idempotency import StoreIdempotency
from store.inbox.inbox import InboundDelivery, Inbox
from store.inbox.tracking_numbers import ParcelLookup
from store.merchants.clock import Clocks
from store.merchants.policies import NewPolicy, Policies, PublishOutcome
from store.notifications.outbox import Outbox
from store.orders.orders import Orders
from store.orders.snapshots import SnapshotStore
from store.privacy.vault import Vault
from store.tables.all import IdempotencyRow, InboxRow, OrderRow, OutboxRow, SnapshotRow
from tests.builders import PLACED, a_parcel, a_scan, an_order
from tests.store.concurrency import MANY, all_at_once, locked_rows, waiting
from tests.store.conftest import MASTER
from tests.store.due_deliveries import claim_due
from tests.store.ledger_fixtures import gbp


async def test_of_many_first_commits_one_is_written(
    four_engines: list[Database], state: JourneyState
) -> None:
    rivals = [
        state.model_copy(deep=True, update={"closed_at": PLACED + timedelta(days=n)}) for n in range(MANY)
    ]
    outcomes = await all_at_once(
        [SnapshotStore(four_engines[n % 4]).commit(one) for n, one in enumerate(rivals)]
    )
    assert sorted(map(str, outcomes)) == ["committed"] + ["superseded"] * (MANY - 1)


async def test_of_many_next_commits_one_is_written(four_engines: list[Database], state: JourneyState) -> None:
    await SnapshotStore(four_engines[0]).commit(state)
    rivals = [
        state.model_copy(deep=True, update={"base": 2, "seq": 3, "closed_at": PLACED + timedelta(days=n)})
        for n in range(MANY)
    ]
    outcomes = await all_at_once(
        [SnapshotStore(four_engines[n % 4]).commit(one) for n, one in enumerate(rivals)]
    )
    assert sorted(map(str, outcomes)) == ["committed"] + ["superseded"] * (MANY - 1)


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_what_a_commit_writes_is_measured_against_the_commit_before_it_not_against_an_older_reading(
    db: Database, four_engines: list[Database], state: JourneyState
) -> None:
    """Delivered and back to placed: a writer that read the order before the first would find nothing to change."""
    await SnapshotStore(db).commit(state)
    first, second = state.model_copy(deep=True), state.model_copy(deep=True)
    a_parcel(first, scans=[a_scan(ParcelStatus.DELIVERED, PLACED + timedelta(days=2))])
    first.base, first.seq, second.base, second.seq = 2, 3, 3, 4
    assert first.stage != second.stage
    async with locked_rows(db, select(SnapshotRow).where(SnapshotRow.order == state.order.order)):
        one = asyncio.create_task(SnapshotStore(four_engines[0]).commit(first))
        await waiting(db, 1)
        two = asyncio.create_task(SnapshotStore(four_engines[1]).commit(second))
        await waiting(db, 2)
    assert [await one, await two] == ["committed", "committed"]
    async with db.read() as session:
        row = await session.get_one(OrderRow, state.order.order)
    assert row.stage == second.stage


async def test_an_order_placed_many_times_at_once_is_placed_once(
    four_engines: list[Database], db: Database
) -> None:
    order = an_order()
    placed = await all_at_once(
        [
            Orders(four_engines[n % 4]).place(order.model_copy(update={"order": f"ord_{n}"}), "hash")
            for n in range(MANY)
        ]
    )
    outcomes = sorted(outcome.outcome for outcome in placed)  # type: ignore[attr-defined]
    assert outcomes == ["duplicate"] * (MANY - 1) + ["new"]
    assert len({outcome.order for outcome in placed}) == 1  # type: ignore[attr-defined]


async def test_two_orders_that_claim_the_same_two_payments_the_other_way_round_do_not_wait_for_each_other(
    four_engines: list[Database],
) -> None:
    for turn in range(10):
        tenders = [
            Tender(
                tender_id=name,
                kind="card",
                amount=gbp(3500),
                payment=f"pay_{turn}_{name}",
                provider="sandbox",
            )
            for name in "ab"
        ]
        rivals = [
            an_order(order=f"ord_{turn}_{n}", order_id=f"#{turn}-{n}", tenders=tuple(tenders[::step]))
            for n, step in enumerate((1, -1))
        ]
        outcomes = await all_at_once(
            [Orders(four_engines[n]).place(order, "hash") for n, order in enumerate(rivals)]
        )
        assert sorted(outcome.outcome for outcome in outcomes) == ["new", "payment_taken"], outcomes  # type: ignore[attr-defined]


async def test_one_of_many_gets_an_idempotency_slot(four_engines: list[Database]) -> None:
    slot = IdempotencyKey(merchant="acme", route="POST /v1/orders", object="", key="abc")
    outcomes = await all_at_once(
        [StoreIdempotency(four_engines[n % 4], MASTER).begin(slot, "hash") for n in range(MANY)]
    )
    assert [type(outcome) for outcome in outcomes].count(RequestStarted) == 1


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_one_of_many_takes_over_an_abandoned_slot(four_engines: list[Database], db: Database) -> None:
    slot = IdempotencyKey(merchant="acme", route="POST /v1/orders", object="", key="abc")
    await StoreIdempotency(four_engines[0], MASTER).begin(slot, "hash")

    def later() -> datetime:
        return real_now() + timedelta(minutes=5)

    tables = [StoreIdempotency(four_engines[n % 4], MASTER, later) for n in range(MANY)]
    async with locked_rows(db, select(IdempotencyRow)):
        tasks = [asyncio.create_task(table.begin(slot, "hash")) for table in tables]
        await waiting(db, MANY)
    outcomes = await asyncio.gather(*tasks)
    assert [type(outcome) for outcome in outcomes].count(RequestStarted) == 1


async def test_a_delivery_parked_while_its_parcel_comes_is_woken(
    four_engines: list[Database], db: Database, state: JourneyState
) -> None:
    for turn in range(6):
        number = f"TRACK{turn}"
        inbox = Inbox(four_engines[0], MASTER)
        await inbox.accept(InboundDelivery("acme", "generic", f"evt_{turn}", b"{}", PLACED))
        [row] = await claim_due(inbox)
        assert row.id is not None
        a_parcel(state, number)
        state.base, state.seq = turn + 1, turn + 2
        await all_at_once(
            [
                inbox.park(row.id, [ParcelLookup(number)]),
                SnapshotStore(four_engines[1]).commit(state.model_copy(deep=True)),
            ]
        )
        async with db.read() as session:
            known = await session.get_one(InboxRow, row.id)
        assert known.status == "received", turn
        await inbox.mark_done(row.id)


async def test_several_dispatchers_never_send_a_later_notice_of_an_order_during_an_earlier_one(
    four_engines: list[Database], db: Database
) -> None:
    now = real_now()
    async with db.write() as session:
        for order in range(6):
            for n in range(4):
                key = f"{order}/{n}"
                session.add(OutboxRow(
                    merchant="acme", order=f"ord_{order}", key=key, kind="delayed", notice="{}", message_id=key,
                    customer="c", created_at=now, not_before=now,
                ))  # fmt: skip
    taken = await asyncio.gather(*(Outbox(four_engines[n % 4]).claim(limit=3) for n in range(8)))
    keys = [row.key for rows in taken for row in rows]
    assert len(keys) == len({*keys})
    owners: dict[str, set[int]] = {}
    for number, rows in enumerate(taken):
        for row in rows:
            owners.setdefault(row.order, set()).add(number)
    assert all(len(who) == 1 for who in owners.values()), owners


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_two_processes_move_one_clock_one_after_the_other(four_engines: list[Database]) -> None:
    inside: list[str] = []

    async def move(name: str, clocks: Clocks) -> None:
        async with clocks.advancing("acme"):
            inside.append(f"{name} in")
            await asyncio.sleep(0.05)
            inside.append(f"{name} out")

    await asyncio.gather(*(move(str(n), Clocks(one)) for n, one in enumerate(four_engines)))
    assert [line.split()[1] for line in inside] == ["in", "out"] * 4
    assert [inside[n].split()[0] == inside[n + 1].split()[0] for n in range(0, 8, 2)] == [True] * 4


async def test_a_clock_moved_by_many_never_goes_back(four_engines: list[Database], db: Database) -> None:
    await all_at_once(
        [
            Clocks(four_engines[n % 4]).set("acme", PLACED + timedelta(hours=(n * 7) % MANY))
            for n in range(MANY)
        ]
    )
    assert await Clocks(db).get("acme") == PLACED + timedelta(hours=MANY - 1)


async def test_policies_published_at_once_have_versions_of_their_own(four_engines: list[Database]) -> None:
    outcomes = await all_at_once(
        [
            Policies(four_engines[n % 4]).publish("acme", NewPolicy(Policy(window=n), ""), SYSTEM)
            for n in range(8)
        ]
    )
    assert sorted(one.current.version for one in outcomes if isinstance(one, PublishOutcome)) == [
        *range(2, 10)
    ]


async def test_of_publishers_that_expect_the_same_version_one_wins(four_engines: list[Database]) -> None:
    outcomes = await all_at_once(
        [
            Policies(four_engines[n % 4]).publish("acme", NewPolicy(Policy(window=n), ""), SYSTEM, expected=1)
            for n in range(8)
        ]
    )
    said = sorted(one.outcome for one in outcomes if isinstance(one, PublishOutcome))
    assert said == ["conflict"] * 7 + ["published"]


async def test_a_person_new_to_many_at_once_has_one_key(four_engines: list[Database]) -> None:
    sealed = await asyncio.gather(
        *(Vault(four_engines[n % 4], MASTER).seal("acme", "cus_9", "Ada") for n in range(MANY))
    )
    assert len({one.key for one in sealed}) == 1
