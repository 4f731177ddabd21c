"""Accounts at payment providers: keys sealed, one a merchant and provider, and whether they are refused."""

from datetime import UTC, datetime

import pytest

from domain.actors import Actor, Role
from ports.payments import PaymentAccount
from store.engine.database import Database
from store.merchants.merchants import Merchants, NewMerchant
from store.merchants.payment_accounts import StoredPaymentAccounts
from store.privacy.encryption import Tampered
from store.tables.all import PaymentAccountRow
from tests.keys import deployment_keys
from tests.store.conftest import MASTER

ADMIN = Actor(role=Role.ADMIN, name="admin")
STRIPE = PaymentAccount(provider="stripe", account="acct_one", keys={"secret_key": "sk_test_very-secret"})


async def kept(db: Database) -> StoredPaymentAccounts:
    for name in ("alder", "birch"):
        await Merchants(db, MASTER).create(NewMerchant(id=name, name=name, sandbox=True))
    accounts = StoredPaymentAccounts(db, MASTER)
    assert await accounts.put("alder", STRIPE, ADMIN) is not None
    return accounts


async def test_keys_can_be_read_back_and_are_stored_encrypted_for_one_merchant_and_provider(
    db: Database,
) -> None:
    accounts = await kept(db)
    assert await accounts.account("alder", "stripe") == STRIPE
    assert [await accounts.account(*other) for other in (("birch", "stripe"), ("alder", "shopify"))] == [
        None,
        None,
    ]
    async with db.write() as session:
        row = await session.get_one(PaymentAccountRow, ("alder", "stripe"))
        assert b"very-secret" not in row.keys
        session.add(PaymentAccountRow(**{**row.model_dump(), "merchant": "birch"}))
    assert "very-secret" not in repr(STRIPE)
    with pytest.raises(Tampered):
        await accounts.account("birch", "stripe")
    others = StoredPaymentAccounts(db, deployment_keys(b"another master key of 32 bytes.."))
    with pytest.raises(Tampered):
        await others.account("alder", "stripe")


async def test_an_account_is_replaced_and_removed_and_never_made_for_an_unknown_merchant(
    db: Database,
) -> None:
    accounts = await kept(db)
    await accounts.record_refused("alder", "stripe", datetime(2026, 3, 2, tzinfo=UTC))
    newer = STRIPE.model_copy(update={"keys": {"secret_key": "sk_test_newer"}})
    row = await accounts.put("alder", newer, ADMIN)
    assert row is not None
    assert (await accounts.account("alder", "stripe"), row.refused_at) == (newer, None)
    assert await accounts.providers("alder") == ["stripe"]
    assert await accounts.merchants("stripe") == ["alder"]
    assert await accounts.put("nobody", newer, ADMIN) is None
    assert [await accounts.remove("alder", "stripe", ADMIN) for _ in range(2)] == [True, False]


async def test_it_is_kept_since_when_keys_are_refused(db: Database) -> None:
    accounts = await kept(db)
    first, later = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)
    assert [await accounts.record_refused("alder", "stripe", at) for at in (first, later)] == [first, first]
    assert await accounts.record_refused("alder", "stripe", None) is None
    assert await accounts.record_refused("alder", "stripe", later) == later
    assert await accounts.record_refused("birch", "stripe", later) is None
