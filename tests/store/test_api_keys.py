"""API keys: whose they are, until when they work, what they are called."""

import re
from datetime import timedelta

import pytest

from domain.actors import Role
from store.engine.columns import real_now
from store.engine.database import Database
from store.merchants.api_keys import CACHE_TTL, USE_PRECISION, ApiKeys, CreatedKey, KeyToCreate
from store.merchants.key_text import key_id_of
from store.merchants.merchants import Merchants, NewMerchant
from tests.databases import raw
from tests.store.conftest import MASTER

# As a scanner of source code would have it (store/merchants/key_text.py).
SCANNED = re.compile(r"smot_(live|test|platform)_[0-9a-f]{8}_[0-9A-Za-z]{49}")
AGENT = KeyToCreate(Role.AGENT, "Maria Ullrich")


@pytest.fixture
def keys(db: Database) -> ApiKeys:
    return ApiKeys(db, MASTER)


async def created(keys: ApiKeys, merchant: str | None = "acme", new: KeyToCreate = AGENT) -> CreatedKey:
    made = await keys.create(merchant, new)
    assert made is not None
    return made


async def test_a_key_works_only_as_a_whole_and_until_it_is_revoked(
    db: Database, url: str, keys: ApiKeys
) -> None:
    text = (await created(keys, None, KeyToCreate(Role.ADMIN))).text
    holder = await keys.authenticate(text)
    assert holder is not None
    assert (holder.merchant, holder.role) == (None, Role.ADMIN)
    swapped = text[:-1] + ("A" if text[-1] != "A" else "B")
    for wrong in (swapped, text[:-1], text + "A", "", "smot_live_00000000_" + "A" * 49, text.upper()):
        assert await keys.authenticate(wrong) is None
    assert text.encode() not in await raw(url)
    assert not await keys.revoke("acme", holder.key_id)
    assert await keys.revoke(None, holder.key_id)
    assert await keys.authenticate(text) is None


async def test_the_text_of_a_key_says_what_it_opens_and_has_a_checksum(db: Database, keys: ApiKeys) -> None:
    await Merchants(db, MASTER).create(NewMerchant(id="shop", name="Shop", sandbox=False))
    texts = [(await created(keys, merchant)).text for merchant in ("acme", "shop", None)]
    kinds = [match[1] for text in texts if (match := SCANNED.fullmatch(text))]
    assert kinds == ["test", "live", "platform"]
    for text in texts:
        assert key_id_of(text) is not None
        assert key_id_of(text.replace("_live_", "_test_") if "_live_" in text else text[:-1] + "#") is None


async def test_nobody_gets_a_key_of_a_merchant_that_does_not_exist(keys: ApiKeys) -> None:
    assert await keys.create("no-such-shop", AGENT) is None


async def test_a_key_that_another_process_revokes_works_for_at_most_a_second(db: Database) -> None:
    now = [100.0]
    here, elsewhere = ApiKeys(db, MASTER, lambda: now[0]), ApiKeys(db, MASTER)
    text = (await created(here)).text
    holder = await here.authenticate(text)
    assert holder is not None
    now[0] += CACHE_TTL / 2
    assert await here.authenticate(text) == holder
    assert await elsewhere.revoke("acme", holder.key_id)
    now[0] += CACHE_TTL / 2  # counted from the look-up, not from the last use
    assert await here.authenticate(text) is None
    assert await here.authenticate(text) is None


async def test_a_key_is_compared_as_a_whole_also_while_it_is_cached(keys: ApiKeys) -> None:
    acme, other = [(await created(keys, merchant)).text for merchant in ("acme", "other")]
    for _ in range(2):
        assert [(await keys.authenticate(text)).merchant for text in (acme, other)] == ["acme", "other"]  # type: ignore[union-attr]
        assert await keys.authenticate(acme[:19] + other[19:]) is None


async def test_no_more_than_a_few_thousand_keys_are_remembered(
    keys: ApiKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.merchants.api_keys._MAX_CACHED", 3)
    for _ in range(5):
        assert await keys.authenticate((await created(keys)).text) is not None
    assert len(keys._cache) == 3


async def test_names_are_sealed_and_known_to_their_merchant_only(url: str, keys: ApiKeys) -> None:
    maria, nameless = await created(keys), await created(keys, new=KeyToCreate(Role.AGENT))
    platform = await created(keys, None, KeyToCreate(Role.ADMIN, "Otto Platform"))
    ids = {maria.row.id, nameless.row.id, platform.row.id, "link", ""}
    assert await keys.names("acme", ids) == {maria.row.id: "Maria Ullrich", platform.row.id: "platform"}
    assert await keys.names("other", ids) == {platform.row.id: "platform"}
    contents = await raw(url)
    assert b"Maria" not in contents
    assert b"Otto" not in contents
    changed = await keys.change("acme", maria.row.id, name="")
    assert changed is not None
    assert keys.name(changed) == ""
    assert await keys.change("other", maria.row.id, name="mine") is None


async def test_an_expired_key_is_refused(keys: ApiKeys) -> None:
    made = await created(keys, new=KeyToCreate(Role.AGENT, expires_at=real_now() + timedelta(hours=1)))
    assert await keys.authenticate(made.text) is not None
    await keys.change("acme", made.row.id, expires_at=real_now() - timedelta(seconds=1))
    assert await keys.authenticate(made.text) is None
    assert await keys.change("acme", made.row.id, name="too late") is None


async def test_a_rotated_key_works_until_the_overlap_is_over(keys: ApiKeys) -> None:
    old = await created(keys)
    new = await keys.rotate("acme", old.row.id, "creator", timedelta(hours=1))
    assert new is not None
    assert (new.row.role, keys.name(new.row), new.row.created_by) == ("agent", "Maria Ullrich", "creator")
    assert [await keys.authenticate(one.text) is not None for one in (old, new)] == [True, True]
    row = await keys.find("acme", old.row.id)
    assert row is not None
    assert row.replaced_by == new.row.id
    assert row.expires_at is not None
    assert await keys.rotate("acme", old.row.id, "creator", timedelta(days=9)) is not None
    again = await keys.find("acme", old.row.id)
    assert again is not None
    assert again.expires_at == row.expires_at, "a second rotation gives no longer life"
    assert await keys.rotate("acme", new.row.id, "creator", timedelta(0)) is not None
    assert await keys.authenticate(new.text) is None
    assert await keys.rotate("acme", new.row.id, "creator", timedelta(0)) is None
    assert await keys.rotate("other", old.row.id, "creator", timedelta(0)) is None


async def test_the_use_of_a_key_is_written_to_the_hour(keys: ApiKeys) -> None:
    made, unused = await created(keys), await created(keys)
    await keys.write_uses()
    assert (await keys.find("acme", made.row.id)).last_used_at is None  # type: ignore[union-attr]
    assert await keys.authenticate(made.text) is not None
    await keys.write_uses()
    first = (await keys.find("acme", made.row.id)).last_used_at  # type: ignore[union-attr]
    assert first is not None
    assert real_now() - first < USE_PRECISION
    keys._cache.clear()
    assert await keys.authenticate(made.text) is not None
    await keys.write_uses()
    assert (await keys.find("acme", made.row.id)).last_used_at == first  # type: ignore[union-attr]
    assert (await keys.find("acme", unused.row.id)).last_used_at is None  # type: ignore[union-attr]
