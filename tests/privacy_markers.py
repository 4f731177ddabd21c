"""Show 4 of the pages: `python -m tests.privacy_markers`. Forty people come in by every door, and half of them are erased.

On a deployment of its own for each kind of database: all journeys run to their end, then each person's texts are searched for
as `smot verify --privacy --opened` does, half the people are erased, and the search runs again. Prints a table; exit code 1
where a text of an erased person is left, one of another person is gone, or the books do not balance.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from runtime.admin.verify_command import check_deployment
from tests.databases import KINDS, Databases, Kind
from tests.scenarios.deployment import Deployment
from tests.scenarios.planted_people import PLANTED_ENV, PlantedPerson, live, set_up
from tests.scenarios.planted_search import NEVER_KEPT, erase, found, waiting
from tests.scenarios.problem_assertions import eventually
from tests.scenarios.shop import AT_ONCE, Shop

AT_A_TIME = 4  # people
PATIENCE = 600.0  # seconds
WEEKS = 15  # after which every journey has ended
_RUNNING = "SELECT COUNT(*) FROM orders WHERE merchant = ? AND stage NOT IN ('closed', 'cancelled')"


@dataclass
class Outcome:
    """What was found of people on one kind of database, by person: the kinds of their texts."""

    kind: Kind
    erased: Sequence[PlantedPerson]
    others: Sequence[PlantedPerson]
    before: dict[str, set[str]]
    after: dict[str, set[str]]
    in_clear: dict[str, set[str]]
    broken: list[str]
    running: int
    seconds: dict[str, float] = field(default_factory=dict)

    def texts(self, people: Sequence[PlantedPerson], found_: dict[str, set[str]]) -> int:
        """How many of these people's texts were found."""
        return sum(len(found_[person.token]) for person in people)

    @property
    def is_good(self) -> bool:
        return (
            all(
                self.before[one.token] == one.texts.keys() - NEVER_KEPT
                for one in (*self.erased, *self.others)
            )
            and not any(self.after[one.token] for one in self.erased)
            and all(self.after[one.token] == self.before[one.token] for one in self.others)
            and not any(self.in_clear.values())
            and not self.broken
            and not self.running
        )


async def play(kind: Kind, count: int, folder: Path, databases: Databases) -> Outcome:
    """All of it on one deployment."""
    folder.mkdir()
    deployment = Deployment(folder / "data", PLANTED_ENV, await databases.for_deployment(kind))
    await deployment.open()
    try:
        async with aiohttp.ClientSession() as http:
            shop = await Shop.create(deployment, http, notices=AT_ONCE)
            await set_up(shop)
            return await _play_on(shop, kind, [PlantedPerson() for _ in range(count)])
    finally:
        await deployment.close()


async def _play_on(shop: Shop, kind: Kind, people: list[PlantedPerson]) -> Outcome:
    began = time.monotonic()
    await _live(shop, people)
    for _ in range(WEEKS):  # in steps, as one request has a limit of time on a busy machine
        await shop.advance_clock(weeks=1)
    await eventually(lambda: _running(shop) == 0 and waiting(shop) == 0, PATIENCE)
    lived, erased, others = time.monotonic(), people[::2], people[1::2]
    before = await found(shop, people)
    searched = time.monotonic()
    for person in erased:
        await erase(shop, person)
    ended = time.monotonic()
    after, in_clear = await found(shop, people), await found(shop, people, opened=False)
    report = await check_deployment(shop.deployment.settings, quiesced=False)
    seconds = {"journeys": lived - began, "one search": searched - lived, "erasures": ended - searched}
    broken = [f"{one.invariant} {one.subject}: {one.message}" for one in report.broken]
    return Outcome(kind, erased, others, before, after, in_clear, broken, _running(shop), seconds)


async def _live(shop: Shop, people: list[PlantedPerson]) -> None:
    free = asyncio.Semaphore(AT_A_TIME)

    async def one(person: PlantedPerson) -> None:
        async with free:
            await live(shop, person)

    await asyncio.gather(*map(one, people))


def _running(shop: Shop) -> int:
    return int(shop.deployment.rows(_RUNNING, shop.name)[0][0])


def table(outcomes: Sequence[Outcome]) -> str:
    """One column a database."""
    rows = [
        ("", *(one.kind for one in outcomes)),
        ("people, of whom erased", *(f"{len(one.erased) + len(one.others)}, {len(one.erased)}" for one in outcomes)),
        ("orders still under way", *(str(one.running) for one in outcomes)),
        ("texts of those to be erased, kept before", *(str(one.texts(one.erased, one.before)) for one in outcomes)),
        ("texts of the erased, left", *(str(one.texts(one.erased, one.after)) for one in outcomes)),
        ("texts of the others, before and after", *(
            f"{one.texts(one.others, one.before)}, {one.texts(one.others, one.after)}" for one in outcomes)),
        ("texts that stand in clear anywhere", *(str(sum(map(len, one.in_clear.values()))) for one in outcomes)),
        ("broken invariants (smot verify)", *(str(len(one.broken)) for one in outcomes)),
        *((f"{what}, s", *(f"{one.seconds[what]:.0f}" for one in outcomes)) for what in outcomes[0].seconds),
        ("", *("good" if one.is_good else "NOT GOOD" for one in outcomes)),
    ]  # fmt: skip
    return "\n".join(f"{row[0]:<44}" + "".join(f"{cell:>14}" for cell in row[1:]) for row in rows)


async def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.privacy_markers")
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--on", choices=KINDS, action="append")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="smot-markers-") as place:
        databases = Databases(Path(place))
        try:
            outcomes = [
                await play(kind, given.people, Path(place) / kind, databases) for kind in given.on or KINDS
            ]
        finally:
            databases.close()
    print(table(outcomes))  # noqa: T201 - what the command is for
    for one in outcomes:
        left = sorted({kind for person in one.erased for kind in one.after[person.token]})
        for line in [*one.broken, *(f"of erased people is left: {kind}" for kind in left)]:
            print(line, file=sys.stderr)  # noqa: T201 - what is wrong
    return 0 if all(one.is_good for one in outcomes) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
