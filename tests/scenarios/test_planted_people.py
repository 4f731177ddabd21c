"""Of people whose data came in by every door, those who are erased leave nothing that our keys open, and the others all."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from runtime.admin.verify_command import check_deployment
from runtime.admin.verify_privacy import search_deployment
from runtime.config.settings import Settings
from tests.patience import PATIENCE
from tests.scenarios.deployment import Deployment
from tests.scenarios.planted_people import RELAY_SECRET, PlantedPerson, live, set_up
from tests.scenarios.problem_assertions import eventually
from tests.scenarios.shared_deployment import FAST_DELETION, LOCAL_WEBHOOKS
from tests.scenarios.shop import AT_ONCE, Shop

REASON = {"reason": "they proved who they are"}
NEVER_KEPT = {"request_key"}  # only its pseudonym is


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory, http: aiohttp.ClientSession) -> AsyncIterator[Shop]:
    env = {**FAST_DELETION, **LOCAL_WEBHOOKS, "SMOT_MAIL_WEBHOOKS": json.dumps({"generic": RELAY_SECRET})}
    deployment = Deployment(tmp_path_factory.mktemp("planted") / "data", env)
    await deployment.open()
    made = await Shop.create(deployment, http, notices=AT_ONCE)
    await set_up(made)
    yield made
    await deployment.close()


async def test_half_of_the_people_are_erased_and_nothing_of_them_is_left(shop: Shop) -> None:
    people = [PlantedPerson(), PlantedPerson()]
    await asyncio.gather(*(live(shop, person) for person in people))
    await eventually(lambda: _waiting(shop) == 0, PATIENCE)
    erased, others = people[:1], people[1:]
    before = await found(shop, people)
    for person in people:
        assert before[person.token] == person.texts.keys() - NEVER_KEPT, "each is kept, sealed"
    for person in erased:
        await erase(shop, person)
    after = await found(shop, people)
    assert [after[person.token] for person in erased] == [set() for _ in erased]
    assert [after[person.token] for person in others] == [before[person.token] for person in others]
    assert await found(shop, people, opened=False) == {person.token: set() for person in people}
    report = await check_deployment(Settings(data=shop.deployment.data), quiesced=False)
    assert not report.broken


async def erase(shop: Shop, person: PlantedPerson) -> None:
    """By the e-mail address, until it is done."""
    body = {"kind": "erasure", "person": {"email": person.mail}}
    made = (await shop.call("POST", "/v1/privacy/requests", body, role="admin")).ok().body
    assert made["orders"] == len(person.orders)
    path = f"/v1/privacy/requests/{made['id']}"
    (await shop.call("POST", f"{path}/approvals", REASON, role="admin")).ok()
    state = "SELECT status FROM privacy_requests WHERE id = ?"
    await eventually(lambda: shop.deployment.rows(state, made["id"]) == [("done",)], PATIENCE)


async def found(shop: Shop, people: list[PlantedPerson], *, opened: bool = True) -> dict[str, set[str]]:
    """By person: the kinds of their texts that stand anywhere, in clear or where our keys open it."""
    texts = [(person.token, kind, text) for person in people for kind, text in person.texts.items()]
    file = shop.deployment.data.parent / "planted.txt"
    file.write_text("".join(f"{text}\n" for _, _, text in texts))
    hits, _ = await search_deployment(Settings(data=shop.deployment.data), Path(file), [], opened=opened)
    result: dict[str, Any] = {person.token: set() for person in people}
    for hit in hits:
        token, kind, _ = texts[hit.number - 1]
        result[token].add(kind)
    return result


def _waiting(shop: Shop) -> int:
    count = "SELECT COUNT(*) FROM inbox WHERE status = 'received'"
    return int(shop.deployment.rows(count)[0][0])
