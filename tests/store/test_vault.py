"""The vault: personal data are encrypted on disk, readable for us, and gone once the key is deleted."""

import asyncio

import pytest
from sqlmodel import select

from domain.sealed import Sealed
from ports.channels import Message
from store.engine.database import Database
from store.notifications.letters import Letters
from store.privacy.encryption import Tampered
from store.privacy.vault import ERASED, Vault
from store.tables.all import OutboxRow, PersonKeyRow
from tests.builders import PLACED
from tests.databases import raw
from tests.keys import deployment_keys
from tests.store.conftest import MASTER


async def test_a_sealed_text_opens_also_after_a_restart(db: Database, vault: Vault) -> None:
    sealed = await vault.seal("acme", "cus_1", "Ada Lovelace ✉")
    assert "Ada" not in sealed.ciphertext
    assert await vault.open(sealed) == "Ada Lovelace ✉"
    assert await Vault(db, MASTER).open(sealed) == "Ada Lovelace ✉"


async def test_one_person_has_one_key_for_any_number_of_concurrent_callers(vault: Vault) -> None:
    boxes = await asyncio.gather(*(vault.seal("acme", "cus_1", "Ada") for _ in range(20)))
    assert len({box.key for box in boxes}) == 1
    assert len({box.ciphertext for box in boxes}) == 20
    assert (await vault.seal("other", "cus_1", "Ada")).key != boxes[0].key


async def test_an_erased_person_is_erased_everywhere_and_may_come_back_as_another(vault: Vault) -> None:
    sealed = await vault.seal("acme", "cus_1", "Ada")
    bystander = await vault.seal("acme", "cus_2", "Bob")
    assert await vault.erase("acme", "cus_1")
    assert await vault.open(sealed) == ERASED
    assert await vault.open(bystander) == "Bob"
    assert not await vault.erase("acme", "cus_1")
    again = await vault.seal("acme", "cus_1", "Ada")
    assert again.key != sealed.key
    assert await vault.open(again) == "Ada"


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_a_destroyed_key_is_in_no_file_any_more(db: Database, vault: Vault) -> None:
    for number in range(50):
        await vault.seal("acme", f"cus_{number}", "Ada")
    async with db.read() as session:
        kept = [wrapped for wrapped in (await session.exec(select(PersonKeyRow.wrapped))).all() if wrapped]
    await db.overwrite_deleted()
    for number in range(50):
        await vault.erase("acme", f"cus_{number}")
    await db.overwrite_deleted()
    stored = await raw(db.url)
    assert len(kept) == 50
    assert [wrapped for wrapped in kept if wrapped in stored] == []


async def test_only_the_persons_own_merchant_erases_them(vault: Vault) -> None:
    sealed = await vault.seal("acme", "cus_1", "Ada")
    assert not await vault.erase("other", "cus_1")
    assert await vault.open(sealed) == "Ada"


async def test_a_ciphertext_of_another_person_or_changed_does_not_decrypt(vault: Vault) -> None:
    ada, bob = await vault.seal("acme", "cus_1", "Ada"), await vault.seal("acme", "cus_2", "Bob")
    with pytest.raises(Tampered):
        await vault.open(Sealed(key=bob.key, ciphertext=ada.ciphertext))
    with pytest.raises(Tampered):
        await vault.open(Sealed(key=ada.key, ciphertext=ada.ciphertext[:-8] + "AAAAAAA="))


async def test_another_master_key_opens_nothing(db: Database, vault: Vault) -> None:
    sealed = await vault.seal("acme", "cus_1", "Ada")
    with pytest.raises(Tampered):
        await Vault(db, deployment_keys(b"x" * 32)).open(sealed)
    with pytest.raises(ValueError, match="32 bytes"):
        deployment_keys(b"short")


def test_a_pseudonym_is_stable_and_reveals_nothing(vault: Vault, db: Database) -> None:
    name = vault.customer_of("acme", "ada@example.org")
    assert name == Vault(db, MASTER).customer_of("acme", "ada@example.org")
    assert name.startswith("cus_")
    assert "ada" not in name
    four_engines = {
        vault.customer_of("other", "ada@example.org"),
        vault.customer_of("acme", "bob@example.org"),
        Vault(db, deployment_keys(b"x" * 32)).customer_of("acme", "ada@example.org"),
    }
    assert name not in four_engines
    assert len(four_engines) == 3


async def test_no_plaintext_stands_in_the_database_files(db: Database, vault: Vault, url: str) -> None:
    await vault.seal("acme", "cus_1", "Ada Lovelace")
    message = Message(
        message_id="m1", merchant="acme", to="ada@example.org", subject="Your lamp", text="Dear Ada Lovelace"
    )
    row = OutboxRow(
        merchant="acme", order="ord_1", customer="cus_1", key="k", kind="delayed", notice="", message_id="m1",
        created_at=PLACED, not_before=PLACED,
    )  # fmt: skip
    letters = Letters(db, vault, MASTER)
    await letters.keep(await letters.sealed(message, row, "email", PLACED))
    assert [one.to for one in await letters.of_customer("acme", "cus_1")] == ["ada@example.org"]
    stolen = await raw(url)
    assert b"m1" in stolen
    for secret in (b"Lovelace", b"ada@example.org", b"Your lamp"):
        assert secret not in stolen
