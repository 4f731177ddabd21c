"""Of people whose data came in by every door, those who are erased leave nothing that our keys open, and the others all."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from runtime.admin.verify_command import check_deployment
from tests.patience import PATIENCE
from tests.scenarios.deployment import Deployment
from tests.scenarios.planted_people import PLANTED_ENV, PlantedPerson, live, set_up
from tests.scenarios.planted_search import NEVER_KEPT, erase, found, waiting
from tests.scenarios.problem_assertions import eventually
from tests.scenarios.shop import AT_ONCE, Shop

pytestmark = pytest.mark.databases_in_turn


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory, http: aiohttp.ClientSession) -> AsyncIterator[Shop]:
    deployment = Deployment(tmp_path_factory.mktemp("planted") / "data", PLANTED_ENV)
    await deployment.open()
    made = await Shop.create(deployment, http, notices=AT_ONCE)
    await set_up(made)
    yield made
    await deployment.close()


async def test_half_of_the_people_are_erased_and_nothing_of_them_is_left(shop: Shop) -> None:
    people = [PlantedPerson(), PlantedPerson()]
    await asyncio.gather(*(live(shop, person) for person in people))
    await eventually(lambda: waiting(shop) == 0, PATIENCE)
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
    report = await check_deployment(shop.deployment.settings, quiesced=False)
    assert not report.broken
