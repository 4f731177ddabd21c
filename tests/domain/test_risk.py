"""Lead times that a merchant tries out: noted when they would have told, and nobody is told.

Promised for Friday 6 March 2026 in London: late from midnight on.
"""

from datetime import UTC, datetime, timedelta

import pytest

from domain import agenda
from domain.parcels import ParcelStatus
from domain.terms import DelayTerms, Policy
from domain.views import order_view
from tests.builders import a_state
from tests.domain.driving import Life

S = ParcelStatus
HOUR = timedelta(hours=1)
LATE = datetime(2026, 3, 7, tzinfo=UTC)


def tried_out(*hours: int, **terms: int) -> Life:
    delays = DelayTerms(watch=hours, first_scan=None, words=0, **{"silent": 0, **terms})
    return Life(a_state(policy=Policy(delays=delays)))


def noted(life: Life) -> dict[int, datetime]:
    return {one.hours: one.since for one in order_view(life.state, life.now).risks}


def test_each_lead_time_is_noted_at_its_moment_and_the_customer_is_told_once() -> None:
    life = tried_out(24, 48, 72).after(hours=1)
    life.ship()
    life.after(days=20)
    assert noted(life) == {hours: LATE - hours * HOUR for hours in (24, 48, 72)}
    assert [telling.told_at for telling in life.state.tellings] == [LATE - 24 * HOUR]
    assert life.told().count("delayed") == 1


def test_a_parcel_that_arrives_is_at_risk_only_under_the_lead_times_before_that() -> None:
    life = tried_out(24, 48, 72).after(hours=1)
    life.ship()
    life.after(hours=(LATE - 60 * HOUR - life.now) / HOUR).scanned(S.DELIVERED)
    life.after(days=20)
    assert noted(life) == {72: LATE - 72 * HOUR}
    assert life.told() == []


def test_what_is_in_no_parcel_yet_is_noted_as_well() -> None:
    life = tried_out(48).after(days=3)
    assert [(one.subject, one.reason) for one in life.state.risks] == [("unshipped", "not_shipped")]


def test_scans_sharpen_what_is_tried_out_as_they_sharpen_what_is_told() -> None:
    life = tried_out(72, silent=24).after(hours=1)
    life.ship()
    life.after(hours=(LATE - 73 * HOUR - life.now) / HOUR).scanned(S.IN_TRANSIT)
    life.after(days=20)
    assert noted(life) == {72: LATE - 49 * HOUR}, "a day of silence after the last scan"


@pytest.mark.parametrize("most", [0, 3])
def test_it_does_not_matter_how_often_the_customer_may_be_told(most: int) -> None:
    life = tried_out(96, most=most).after(days=20)
    assert set(noted(life)) == {96}


def test_without_lead_times_to_try_nothing_is_waited_for_or_noted() -> None:
    life = tried_out()
    assert not any(wait.default.kind == "note_risk" for wait in agenda.waits(life.state))
    assert life.after(days=20).state.risks == []
