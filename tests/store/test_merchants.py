"""Merchants, their secrets and their clocks."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.actors import Role
from store.engine.columns import real_now
from store.engine.database import Database
from store.merchants.api_keys import ApiKeys
from store.merchants.clock import Clocks, NotSandbox
from store.merchants.merchants import Merchants, NewMerchant
from store.notifications.channels import ChannelConfigs
from store.privacy.encryption import Cipher
from tests.builders import PLACED
from tests.databases import raw
from tests.store.conftest import MASTER

SHOP = NewMerchant(id="shop", name="Shop", sandbox=False, webhook_secrets={"generic": "whsec_1"})


async def test_a_merchant_is_made_once_with_all_its_keys(db: Database, url: str) -> None:
    merchants = Merchants(db, MASTER)
    keys = await merchants.create(SHOP, [Role.STOREFRONT, Role.AGENT])
    assert keys is not None
    assert set(keys) == {Role.STOREFRONT, Role.AGENT}
    holder = await ApiKeys(db, MASTER).authenticate(keys[Role.AGENT])
    assert holder is not None
    assert (holder.merchant, holder.role) == ("shop", Role.AGENT)
    assert await merchants.create(SHOP, [Role.ADMIN]) is None
    assert len((await ApiKeys(db, MASTER).page("shop", 10, None)).items) == 2


async def test_webhook_secrets_are_sealed_on_disk_and_none_for_strangers(db: Database, url: str) -> None:
    merchants = Merchants(db, MASTER)
    await merchants.create(SHOP)
    assert (await merchants.signing_config("shop", "generic")).secrets == ["whsec_1"]
    assert (await merchants.signing_config("shop", "easypost")).secrets == []
    assert (await merchants.signing_config("nobody", "generic")).secrets == []
    assert b"whsec_1" not in await raw(url)


async def test_a_sandbox_clock_goes_forward_and_never_back(db: Database) -> None:
    clocks = Clocks(db)
    later = PLACED + timedelta(days=3)
    assert await clocks.set("acme", later)
    assert await clocks.set("acme", later)
    assert not await clocks.set("acme", PLACED)
    assert await clocks.get("acme") == later
    assert await clocks.business_now("acme") == later
    assert await clocks.business_now("other") == PLACED


async def test_the_clock_of_a_production_merchant_cannot_be_advanced(db: Database) -> None:
    await Merchants(db, MASTER).create(SHOP)
    clocks = Clocks(db)
    assert await clocks.get("shop") is None
    assert abs(await clocks.business_now("shop") - real_now()) < timedelta(seconds=5)
    with pytest.raises(NotSandbox):
        await clocks.set("shop", PLACED)
    with pytest.raises(LookupError):
        await clocks.get("nobody")


async def test_a_sandbox_clock_begins_now_unless_set(db: Database) -> None:
    await Merchants(db, MASTER).create(NewMerchant(id="play", name="Play", sandbox=True))
    clock = await Clocks(db).get("play")
    assert clock is not None
    assert abs(clock - real_now()) < timedelta(seconds=5)


@pytest.fixture
def decryptions(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The size of everything that is decrypted from here on."""
    sizes: list[int] = []
    decrypt = Cipher.decrypt

    def counting(self: Cipher, context: str, ciphertext: bytes) -> bytes:
        sizes.append(len(ciphertext))
        return decrypt(self, context, ciphertext)

    monkeypatch.setattr(Cipher, "decrypt", counting)
    return sizes


async def test_a_merchant_that_does_not_exist_costs_what_one_that_exists_costs(
    db: Database, decryptions: list[int]
) -> None:
    """Else the time of an unsigned webhook tells the merchants' names."""
    merchants, channels = Merchants(db, MASTER), ChannelConfigs(db, MASTER)
    secrets = {"easypost": "a" * 43, "aftership": "b" * 43, "generic": "whsec_" + "c" * 44}
    await merchants.create(replace(SHOP, webhook_secrets=secrets))
    await channels.put("shop", "sms", "https://sms.example/v1/messages?token=" + "d" * 22)
    for looked_up in (
        lambda merchant: merchants.signing_config(merchant, "generic"),
        lambda merchant: merchants.signing_config(merchant, "shopify"),
        lambda merchant: channels.find(merchant, "sms"),
    ):
        decryptions.clear()
        await looked_up("shop")
        await looked_up("nobody")
        known, unknown = decryptions
        assert abs(known - unknown) < 16
