"""Accounts with which carriers are polled: keys sealed, one rate limit for all pollers."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from ports.trackers import CarrierAccount
from store.engine.database import Database
from store.merchants.carrier_accounts import StoredCarrierAccounts
from store.merchants.merchants import Merchants, NewMerchant
from store.privacy.encryption import Tampered
from store.tables.all import CarrierAccountRow
from tests.keys import deployment_keys
from tests.store.conftest import MASTER

NOW = datetime(2026, 3, 2, 8, 0, 30, tzinfo=UTC)
ACCOUNT = CarrierAccount(source="easypost", base="http://sim.test", key="EZTK-very-secret")


async def kept(db: Database, per_minute: int = 300) -> StoredCarrierAccounts:
    await Merchants(db, MASTER).create(NewMerchant(id="acme", name="Acme", sandbox=True))
    accounts = StoredCarrierAccounts(db, MASTER)
    assert await accounts.put("acme", ACCOUNT, per_minute) is not None
    return accounts


async def test_the_key_can_be_read_back_and_is_stored_encrypted(db: Database) -> None:
    accounts = await kept(db)
    assert await accounts.account("acme") == ACCOUNT
    async with db.read() as session:
        row = await session.get_one(CarrierAccountRow, "acme")
    assert b"very-secret" not in row.key
    assert "very-secret" not in repr(ACCOUNT)
    with pytest.raises(Tampered):
        await StoredCarrierAccounts(db, deployment_keys(b"another master key of 32 bytes..")).account("acme")


async def test_an_account_is_replaced_and_removed_and_never_created_for_an_unknown_merchant(
    db: Database,
) -> None:
    accounts = await kept(db)
    other = CarrierAccount(source="aftership", key="as")
    assert await accounts.put("acme", other, 5) is not None
    assert await accounts.account("acme") == other
    assert await accounts.merchants() == ["acme"]
    assert await accounts.put("nobody", other, 5) is None
    assert await accounts.remove("acme")
    assert not await accounts.remove("acme")
    assert await accounts.account("acme") is None
    assert await accounts.acquire_call("acme", NOW) is None


# TRK-8
async def test_all_callers_share_one_rate_limit_and_wait_for_the_next_minute(db: Database) -> None:
    one = await kept(db, per_minute=10)
    other = StoredCarrierAccounts(Database(db.url), MASTER)
    turns = await asyncio.gather(*(who.acquire_call("acme", NOW) for who in (one, other) for _ in range(10)))
    next_minute = NOW.replace(second=0) + timedelta(minutes=1)
    assert [turns.count(None), turns.count(next_minute)] == [10, 10]
    assert await other.acquire_call("acme", next_minute) is None
    assert await one.acquire_call("acme", NOW) is None, "a slower clock spends of the newest minute"


async def test_a_refused_key_is_marked_with_its_time_until_it_is_accepted_again(db: Database) -> None:
    accounts = await kept(db)
    await accounts.record_unauthorized("acme", NOW)
    await accounts.record_unauthorized("acme", NOW + timedelta(hours=1))
    row = await accounts.find("acme")
    assert row is not None
    assert row.refused_at == NOW
    await accounts.record_unauthorized("acme", None)
    row = await accounts.find("acme")
    assert row is not None
    assert row.refused_at is None
