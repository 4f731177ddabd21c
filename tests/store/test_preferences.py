"""Choices of customers: what repeats adds nothing, and every answer costs the same however long the history is."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import func, select

from domain.actors import Actor, Role
from domain.notifications.preferences import ChannelPreference, PreferenceSource, is_allowed
from store.engine.database import Database
from store.notifications.preferences import Preferences
from store.tables.all import PreferenceRow
from tests.builders import PLACED
from tests.store.statements import statements

LINK = Actor(role=Role.CUSTOMER, name="link")


@pytest.fixture
def preferences(db: Database) -> Preferences:
    return Preferences(db)


def choice(
    allowed: bool, at: datetime = PLACED, source: PreferenceSource = "unsubscribe_link"
) -> ChannelPreference:
    return ChannelPreference(
        channel="email", topic="delivery", allowed=allowed, source=source, at=at, by="customer/link"
    )


async def rows(db: Database) -> int:
    async with db.read() as session:
        return (await session.exec(select(func.count()).select_from(PreferenceRow))).one()


async def test_one_link_posted_a_thousand_times_is_one_row_and_one_look_each(
    db: Database, preferences: Preferences
) -> None:
    await preferences.record_choices("acme", "cus_ada", [choice(False)], LINK)
    with statements(db) as executed:
        for second in range(1, 1000):
            said = choice(False, PLACED + timedelta(seconds=second))
            await preferences.record_choices("acme", "cus_ada", [said], LINK)
    assert await rows(db) == 1
    assert len(executed) == 999
    assert not [one for one in executed if not one.startswith("SELECT")], "the write lock is not taken"


async def test_the_current_choices_cost_one_statement_by_index_however_long_the_history_is(
    db: Database, preferences: Preferences
) -> None:
    for hour in range(300):
        said = choice(hour % 2 == 0, PLACED + timedelta(hours=hour))
        await preferences.record_choices("acme", "cus_ada", [said], LINK)
    with statements(db) as executed:  # it is no news: only the current ones are read
        await preferences.record_choices("acme", "cus_ada", [said], LINK)
    assert len(executed) == 1
    current = await preferences.current("acme", "cus_ada", ("delivery",))
    assert [(one.allowed, one.at) for one in current] == [(False, PLACED + timedelta(hours=299))]
    assert await preferences.current("acme", "cus_ada", ("money",)) == ()
    assert await preferences.current("other", "cus_ada") == ()
    with statements(db) as executed:
        page = await preferences.history("acme", "cus_ada", limit=50)
    assert (len(page.items), len(executed)) == (50, 1)
    seen = [one.at for one in page.items]
    while page.next:
        page = await preferences.history("acme", "cus_ada", limit=50, cursor=page.next)
        seen += [one.at for one in page.items]
    assert seen == [PLACED + timedelta(hours=hour) for hour in range(300)]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (choice(False, PLACED + timedelta(minutes=59)), 1),
        (choice(False, PLACED - timedelta(days=9)), 1),
        (choice(False, PLACED + timedelta(hours=1)), 2),
        (choice(True, PLACED + timedelta(minutes=1)), 2),
        (choice(False, PLACED, source="reply"), 2),
    ],
)
async def test_only_another_choice_another_way_or_another_hour_adds_a_row(
    db: Database, preferences: Preferences, second: ChannelPreference, expected: int
) -> None:
    await preferences.record_choices("acme", "cus_ada", [choice(False)], LINK)
    await preferences.record_choices("acme", "cus_ada", [second, second], LINK)
    assert await rows(db) == expected


async def test_a_choice_made_before_and_recorded_last_does_not_undo_a_later_refusal(
    preferences: Preferences,
) -> None:
    """The second refusal is on record although it says the same: the consent of the day between would count else."""
    for said in (
        choice(False),
        choice(False, PLACED + timedelta(days=3)),
        choice(True, PLACED + timedelta(days=2), source="storefront"),
    ):
        await preferences.record_choices("acme", "cus_ada", [said], LINK)
    current = await preferences.current("acme", "cus_ada")
    assert not is_allowed(current, "email", "delivery")


async def test_of_two_choices_at_one_time_the_one_recorded_last_counts(preferences: Preferences) -> None:
    for allowed in (False, True):
        await preferences.record_choices("acme", "cus_ada", [choice(allowed)], LINK)
    assert is_allowed(await preferences.current("acme", "cus_ada"), "email", "delivery")
