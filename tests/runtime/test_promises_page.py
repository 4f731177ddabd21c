"""The example of the policy's delivery section is a policy, and the page's worked example is what it promises."""

import re
from datetime import UTC, datetime
from pathlib import Path

import yaml

from adapters.calendars.public_holidays import PublicHolidays
from domain.calendars import RouteOffDays
from domain.model.order import Destination
from domain.model.promise import Promise
from domain.model.terms import Policy
from domain.orders.promise_calendar import promise_for

ROOT = Path(__file__).parents[2]


def example() -> Policy:
    commented = (ROOT / "policies/default.yaml").read_text().partition("# delivery:")
    section = "".join(commented[1:]).splitlines()
    return Policy.model_validate(yaml.safe_load("\n".join(line.removeprefix("# ") for line in section)))


async def test_the_worked_example_is_what_the_example_policy_promises() -> None:
    policy = example()
    assert policy.delivery is not None
    warehouse, placed = policy.delivery.warehouse, datetime.fromisoformat("2026-04-01T10:30:00-04:00")
    there = Destination(country="US", zone="America/New_York")
    calendars, day = PublicHolidays(), placed.date()
    ends = RouteOffDays(
        origin=await calendars.closed(warehouse.country, warehouse.region, day, day),
        destination=await calendars.closed(there.country, there.region, day, day),
    )
    promise = promise_for(policy, "standard", placed, there, ends)
    assert isinstance(promise, Promise)
    assert (str(promise.earliest_day), str(promise.day)) == ("2026-04-09", "2026-04-13")
    assert promise.due(there.zone).astimezone(UTC) == datetime(2026, 4, 14, 4, tzinfo=UTC)
    page = (ROOT / "docs/promises.md").read_text()
    days = re.findall(r"\| (?:two|four) days of transit \| \w+ (\d+) April \|", page)
    assert days == ["9", "13"]
    assert "`due`: 04:00 UTC" in page
