"""Every wait that a person sets has an end: whatever is added up comes to ten years at most."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.actors import Actor, Role
from domain.clock import LAST_INSTANT, MAX_WAIT
from domain.journey import agenda
from domain.model.delay_terms import GoodwillTerms, GoodwillTier, TraceTerms
from domain.model.promise import Promise
from domain.model.scan import ParcelStatus
from domain.model.terms import Policy
from domain.orders.commands.request_delay_consent import RequestDelayConsent
from tests.builders import a_state, an_order
from tests.domain.state_driver import StateDriver, reasons


def test_a_return_window_is_extended_by_ten_years_in_all(delivered: StateDriver) -> None:
    for _ in range(10):
        assert delivered.override("extend_window", days=365).verdict == "accepted"
    answer = delivered.override("extend_window", days=1)
    assert reasons(answer) == ["too_long"]
    assert answer.reasons[0].details == {"max_days": 3650}
    delivered.until_at_rest()


@pytest.mark.parametrize("override", ["extend_code", "hold"])
def test_a_return_is_kept_open_for_ten_years_in_all(
    delivered: StateDriver, opened: str, override: str
) -> None:
    end = delivered.case(opened).opened_at + MAX_WAIT
    for _ in range(30):
        answer = delivered.override_return(opened, override, days=365)
        if answer.verdict == "refused":
            break
        if override == "hold":
            delivered.jump_to(delivered.now + timedelta(days=364))
            delivered.override_return(opened, "extend_code", days=300)
            delivered.override_return(opened, "release")
    assert reasons(answer) in (["too_long"], ["nothing_to_override"])
    case = delivered.case(opened)
    assert max(case.code_expires_at, case.held_until or case.code_expires_at) <= end
    delivered.until_at_rest(400)


def test_a_later_date_is_at_most_ten_years_away(journey: StateDriver) -> None:
    far = journey.now + MAX_WAIT + timedelta(days=1)

    def violations_of(promise: Promise, deadline: datetime) -> list[str]:
        command = RequestDelayConsent(
            command_id=f"c{promise}{deadline}",
            actor=Actor(role=Role.STOREFRONT, name="s"),
            promise=promise,
            deadline=deadline,
            default_answer="wait",
        )
        return reasons(journey.execute(command))

    near = journey.now + timedelta(days=3)
    assert violations_of(Promise(at=far), near) == ["too_long"]
    assert violations_of(Promise(day=(near + timedelta(days=30)).date()), far) == ["too_long"]
    assert violations_of(Promise(day=(near + timedelta(days=30)).date()), near) == []
    assert reasons(journey.ship(promise=Promise(at=far))) == ["too_long"]


LONGEST = Policy(
    window=3650, code_days=3650, goods_days=3650, lost_days=3650, attention_days=3650, unshipped_days=3650,
    claim_days=3650, trace=TraceTerms(report_within=3650, days=3650), review_hours=24 * 365,
    goodwill=GoodwillTerms(tiers=(GoodwillTier(days=1, shipping=10_000),)),
)  # fmt: skip


@pytest.mark.parametrize("life", ["never shipped", "lost", "delivered"])
def test_the_longest_waits_at_the_end_of_all_clocks_have_an_end(life: str) -> None:
    """The last day that an order may promise, every wait as long as a policy may make it, and the last sandbox time."""
    last = datetime(2100, 12, 1, tzinfo=UTC)
    order = an_order(placed_at=last, promise=Promise(day=datetime(2100, 12, 31, tzinfo=UTC).date()))
    journey = StateDriver(a_state(order, LONGEST))
    if life != "never shipped":
        journey.ship()
    if life == "delivered":
        journey.scan(ParcelStatus.DELIVERED)
        for _ in range(10):
            journey.override("extend_window", days=365)
    while waiting := agenda.next_action(journey.state):
        if waiting.at >= LAST_INSTANT:
            break
        journey.jump_to(waiting.at)
        journey.settle_sent_legs()
    journey.jump_to(LAST_INSTANT)
    assert all(wait.at.year < 9000 for wait in agenda.scheduled_actions(journey.state))
