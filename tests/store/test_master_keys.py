"""Master keys take the place of one another: what they sealed is sealed again, and nothing is lost on the way."""

import secrets

import pytest
from sqlalchemy import LargeBinary

from domain.actors import Actor, Role
from domain.sealed import Sealed
from ports.payments import PaymentAccount
from ports.trackers import CarrierAccount
from store.engine.database import Database
from store.merchants.carrier_accounts import StoredCarrierAccounts
from store.merchants.merchants import Merchants, NewMerchant
from store.merchants.payment_accounts import StoredPaymentAccounts
from store.notifications.channels import ChannelConfigs
from store.privacy.encryption import DeploymentKeys, MasterKeyMissing, MasterKeyRing, master_key_id
from store.privacy.processes import Processes, this_process
from store.privacy.rewrapping import COLUMNS, rewrap, uses_of_master_keys
from store.privacy.root_key import activate, forget_root, open_keys, read_active
from store.privacy.vault import ERASED, Vault
from store.tables.all import METADATA
from store.webhooks.endpoints import WebhookEndpoints

OLD = (
    b"a master key for tests, 32 bytes or more"  # with which the fixture sealed the secrets of its merchants
)
NEW = b"the master key that takes its place"
PERSONS = 450  # more than two batches
# Sealed with ciphers that derive from the root key, which stays.
PAYMENTS = PaymentAccount(provider="stripe", account="acct_one", keys={"secret_key": "sk_test_secret"})
BY_ROOT_KEY = {
    "api_keys.name", "idempotency.response", "inbox.body", "openid_attempts.sealed", "root_keys.wrapped",
    "users.person", "users.totp",
}  # fmt: skip


@pytest.fixture
async def keys(db: Database) -> DeploymentKeys:
    """The keys at the first start; the old master key seals everything."""
    return await open_keys(db, MasterKeyRing([OLD]))


async def filled(db: Database, keys: DeploymentKeys) -> list[Sealed]:
    """A merchant with a secret of each kind, and many persons."""
    await Merchants(db, keys).create(
        NewMerchant(id="shop", name="Shop", sandbox=False, webhook_secrets={"generic": "whsec_1"})
    )
    await ChannelConfigs(db, keys).put("shop", "sms", "https://sms.example/?token=t")
    await WebhookEndpoints(db, keys).create("shop", "https://shop.example/hooks", ["order.updated"])
    account = CarrierAccount(source="easypost", base="", key="EZ-secret")
    await StoredCarrierAccounts(db, keys).put("shop", account, 5)
    await StoredPaymentAccounts(db, keys).put("shop", PAYMENTS, Actor(role=Role.ADMIN, name="admin"))
    vault = Vault(db, keys)
    return [await vault.seal("shop", f"cus_{number}", f"Ada {number}") for number in range(PERSONS)]


async def everything_opens(db: Database, keys: DeploymentKeys, sealed: list[Sealed]) -> None:
    assert (await Merchants(db, keys).signing_config("shop", "generic")).secrets == ["whsec_1"]
    found = await ChannelConfigs(db, keys).find("shop", "sms")
    assert found is not None
    assert found.url == "https://sms.example/?token=t"
    [endpoint] = await WebhookEndpoints(db, keys).all("shop")
    assert WebhookEndpoints(db, keys).url_of(endpoint) == "https://shop.example/hooks"
    account = await StoredCarrierAccounts(db, keys).account("shop")
    assert account is not None
    assert account.key == "EZ-secret"
    assert await StoredPaymentAccounts(db, keys).account("shop", "stripe") == PAYMENTS
    vault = Vault(db, keys)
    assert [await vault.open(one) for one in sealed[::90]] == [
        f"Ada {number}" for number in range(0, PERSONS, 90)
    ]


def test_every_column_of_sealed_bytes_is_sealed_again_or_derives_from_the_root_key() -> None:
    found = {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert found == BY_ROOT_KEY | {f"{one.table.name}.{one.column}" for one in COLUMNS}


async def test_a_rotation_that_is_cut_off_goes_on_and_ends_without_the_old_key(
    db: Database, keys: DeploymentKeys
) -> None:
    sealed = await filled(db, keys)
    old, new = master_key_id(OLD), master_key_id(NEW)
    pseudonym, link_key = keys.pseudonym("customer", "ada"), keys.derived("codes")
    both = await open_keys(db, MasterKeyRing([OLD, NEW]))
    assert (both.active, await read_active(db)) == (old, old)
    await activate(db, both.ring, new)
    both = await open_keys(db, MasterKeyRing([OLD, NEW]))
    assert both.active == new
    async for _ in rewrap(db, both):
        break  # as after a kill
    uses = await uses_of_master_keys(db)
    assert uses[old]["person_keys"] > 0
    assert uses[new]["person_keys"] > 0
    await everything_opens(db, both, sealed)
    again = await open_keys(db, MasterKeyRing([OLD, NEW]))
    assert sum([rows async for rows in rewrap(db, again)]) > PERSONS / 2
    uses = await uses_of_master_keys(db)
    assert set(uses) == {new}
    assert uses[new]["person_keys"] == PERSONS
    assert [rows async for rows in rewrap(db, again)] == []

    alone = await open_keys(db, MasterKeyRing([NEW]))
    await everything_opens(db, alone, sealed)
    assert (alone.pseudonym("customer", "ada"), alone.derived("codes")) == (pseudonym, link_key)
    with pytest.raises(MasterKeyMissing, match=new):
        await open_keys(db, MasterKeyRing([OLD]))


async def test_a_person_who_is_erased_meanwhile_stays_erased(db: Database, keys: DeploymentKeys) -> None:
    vault = Vault(db, keys)
    ada, bob = [await vault.seal("acme", one, one) for one in ("cus_ada", "cus_bob")]
    both = await open_keys(db, MasterKeyRing([OLD, NEW]))
    await activate(db, both.ring, master_key_id(NEW))
    both.active = master_key_id(NEW)
    assert await vault.erase("acme", "cus_ada")
    async for _ in rewrap(db, both):
        pass
    fresh = Vault(db, both)
    assert [await fresh.open(one) for one in (ada, bob)] == [ERASED, "cus_bob"]


async def test_a_process_reads_a_key_again_that_was_added_since(db: Database, keys: DeploymentKeys) -> None:
    given = [OLD]
    here = await open_keys(db, MasterKeyRing([OLD], lambda: given))
    other = DeploymentKeys(MasterKeyRing([OLD, NEW]), master_key_id(NEW), secrets.token_bytes(32))
    wrapped = other.wrap("context", b"secret")
    with pytest.raises(MasterKeyMissing):
        here.unwrap("context", wrapped)
    given.append(NEW)
    assert here.unwrap("context", wrapped) == b"secret"
    assert here.ring.ids == (master_key_id(OLD), master_key_id(NEW))


async def test_processes_are_listed_while_they_run(db: Database, keys: DeploymentKeys) -> None:
    processes, row = Processes(db), this_process("worker", "0.1.0", keys)
    await processes.write(row)
    await processes.write(row)
    [found] = await processes.live()
    assert (found.id, found.known, found.active) == (row.id, keys.active, keys.active)
    await processes.remove(row.id)
    assert await processes.live() == []


async def test_without_any_key_a_root_key_can_be_forgotten(db: Database, keys: DeploymentKeys) -> None:
    await forget_root(db)
    other = await open_keys(db, MasterKeyRing([NEW]))
    assert other.active == master_key_id(NEW)
    assert other.pseudonym("a") != keys.pseudonym("a")
