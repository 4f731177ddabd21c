"""A caller that joins a shared lock learns whether it is the first: only then may it take over abandoned rows."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from store.engine.database import Database


class FirstJoiners:
    """The names of those that were first, in order."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def join(self, db: Database, name: str) -> AsyncExitStack:
        async def first() -> None:
            await asyncio.sleep(0)
            self.names.append(name)

        stack = AsyncExitStack()
        await stack.enter_async_context(db.shared("the work", first))
        return stack


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_a_caller_that_joins_others_does_not_take_the_lock(db: Database, url: str) -> None:
    other, firsts = Database(url), FirstJoiners()
    one = await firsts.join(db, "one")
    two = await firsts.join(other, "two")
    await one.aclose()
    three = await firsts.join(db, "three")  # two has not left yet
    for left in (two, three):
        await left.aclose()
    four = await firsts.join(other, "four")
    assert firsts.names == ["one", "four"]
    await four.aclose()
    await other.close()


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_of_many_that_join_at_once_one_is_the_first_and_the_others_wait_for_it(
    db: Database, url: str
) -> None:
    four_engines, firsts = [Database(url) for _ in range(4)], FirstJoiners()
    joined = await asyncio.gather(*(firsts.join(one, str(n)) for n, one in enumerate(four_engines)))
    assert len(firsts.names) == 1
    for one, there in zip(four_engines, joined, strict=True):
        await there.aclose()
        await one.close()


async def test_a_single_caller_takes_the_lock_each_time(db: Database) -> None:
    firsts = FirstJoiners()
    for name in ("one", "two"):
        await (await firsts.join(db, name)).aclose()
    assert firsts.names == ["one", "two"]
