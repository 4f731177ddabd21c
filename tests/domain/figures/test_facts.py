"""Facts: what a commit adds to a merchant's figures, and that what is no longer so is taken back."""

from collections import Counter
from datetime import date, datetime, timedelta

from domain.actors import Actor, Role
from domain.figures.changes import facts_between, facts_of, touched_by_a_person
from domain.figures.effort import effort_score
from domain.figures.fact import FigureFact, duration_step
from domain.model.attention import AttentionItem
from domain.model.promise import DelayNotice
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from tests.builders import PLACED, a_delivered_state, a_parcel, a_return, a_scan, a_state, add_question

PROMISED = date(2026, 3, 6)


def kinds(facts: list[FigureFact]) -> Counter[str]:
    found: Counter[str] = Counter()
    for fact in facts:
        found[fact.kind] += fact.times
    return found


def of_kind(state: JourneyState, kind: str) -> list[FigureFact]:
    return [fact for fact in facts_of(state).values() if fact.kind == kind]


def late(state: JourneyState, notified: datetime, **changed: object) -> None:
    state.delay_notices.append(
        DelayNotice.model_validate(
            {
                "subject": "p1", "revision": 1, "reason": "carrier_date_late", "expected": None,
                "notified_at": notified, "due": state.due, **changed,
            }
        )
    )  # fmt: skip


def test_a_placed_order_is_an_order_with_its_units_and_a_promise() -> None:
    facts = facts_between(None, a_state(), PLACED)
    assert kinds(facts) == {"order": 1, "unit_sold": 3, "promised": 1}
    assert {fact.sku: fact.value for fact in facts if fact.kind == "unit_sold"} == {"MUG": 2400, "LAMP": 4000}
    assert {fact.day for fact in facts if fact.kind == "promised"} == {PROMISED}, (
        "the end of a day belongs to it"
    )


def test_goods_in_a_parcel_are_promised_by_its_carrier_and_no_longer_by_none() -> None:
    before = a_state()
    after = before.model_copy(deep=True)
    a_parcel(after)
    facts = [fact for fact in facts_between(before, after, PLACED) if fact.kind == "promised"]
    assert [(fact.carrier, fact.times) for fact in facts] == [("", -1), ("ups", 1)]


def test_the_same_state_again_adds_nothing() -> None:
    assert facts_between(a_delivered_state(), a_delivered_state(), PLACED) == []


def test_a_parcel_is_on_time_until_the_end_of_its_day() -> None:
    state = a_state()
    parcel = a_parcel(state, scans=[a_scan(ParcelStatus.DELIVERED, state.due)])
    assert [fact.carrier for fact in of_kind(state, "on_time")] == ["ups"]
    parcel.scans = [a_scan(ParcelStatus.DELIVERED, state.due + timedelta(seconds=1))]
    assert of_kind(state, "on_time") == []


def test_a_delay_is_announced_in_time_only_before_the_promise_breaks_and_only_if_the_letter_left() -> None:
    state = a_state()
    a_parcel(state)
    late(state, state.due - timedelta(hours=19))
    (warned,) = of_kind(state, "warned")
    assert (warned.bucket, warned.day) == (19 * 3600, PROMISED)
    state.delay_notices[0] = state.delay_notices[0].model_copy(update={"sent_at": state.due})
    assert of_kind(state, "warned") == []
    state.delay_notices = []
    late(state, state.due - timedelta(hours=19), dropped_at=state.due)
    assert of_kind(state, "warned") == []


def test_a_parcel_that_is_on_time_after_all_takes_its_warning_back() -> None:
    before = a_state()
    a_parcel(before)
    late(before, PLACED)
    after = before.model_copy(deep=True)
    after.parcels[0].scans = [a_scan(ParcelStatus.DELIVERED, PLACED + timedelta(days=1))]
    found = kinds(facts_between(before, after, PLACED))
    assert (found["warned"], found["on_time"], found["date_kept"]) == (-1, 1, 1)


def test_the_newest_date_that_was_given_counts_as_given() -> None:
    state = a_state()
    a_parcel(state, scans=[a_scan(ParcelStatus.DELIVERED, state.due + timedelta(days=1))])
    late(state, PLACED, expected=state.due + timedelta(days=2))
    assert (of_kind(state, "on_time"), len(of_kind(state, "date_kept"))) == ([], 1)


def test_a_return_counts_by_article_reason_and_carrier_until_it_is_refused() -> None:
    before = a_delivered_state()
    case = a_return(before)
    (unit,) = of_kind(before, "unit_returned")
    assert (unit.sku, unit.reason, unit.carrier, unit.times, unit.value) == (
        "MUG",
        "unwanted",
        "ups",
        1,
        1200,
    )
    after = before.model_copy(deep=True)
    after.require_case(case.return_id).decision = "refused"
    found = kinds(facts_between(before, after, PLACED))
    assert (found["return"], found["unit_returned"], found["effort_part"]) == (-1, -1, 1)


def test_an_open_question_is_taken_back_when_it_is_settled_with_the_days_it_was_open() -> None:
    before = a_state()
    item = AttentionItem(
        kind="not_shipped", subject="ord_one", owner="agent", opened_at=PLACED, deadline=PLACED, default="wait"
    )  # fmt: skip
    add_question(before, item)
    after = before.model_copy(update={"attention": []})
    facts = facts_between(before, after, PLACED + timedelta(days=3))
    assert kinds(facts) == {"question_open": -1, "question_settled": 1}
    assert [fact.bucket for fact in facts if fact.kind == "question_settled"] == [3 * 24 * 3600]


def test_facts_of_all_commits_add_up_to_what_holds_in_the_end() -> None:
    states: list[JourneyState] = [a_state()]
    for step in (a_parcel, late_by_a_day, a_return, delivered, refused):
        state = states[-1].model_copy(deep=True)
        step(state)  # type: ignore[operator]
        states.append(state)
    total: Counter[FigureFact] = Counter()
    for before, after in zip([None, *states], states, strict=False):
        for fact in facts_between(before, after, PLACED):
            total[fact._replace(times=1, value=0)] += fact.times
    held = Counter({fact._replace(times=1, value=0): fact.times for fact in facts_of(states[-1]).values()})
    assert {fact: times for fact, times in total.items() if times} == held


def late_by_a_day(state: JourneyState) -> None:
    late(state, PLACED, expected=state.due + timedelta(days=1))


def delivered(state: JourneyState) -> None:
    state.parcels[0].scans = [a_scan(ParcelStatus.DELIVERED, PLACED + timedelta(days=9))]


def refused(state: JourneyState) -> None:
    state.returns[0].decision = "refused"


def test_effort_is_easiest_where_nothing_happened_and_follows_from_its_parts() -> None:
    state = a_delivered_state()
    assert [fact.value for fact in of_kind(state, "effort")] == [7]
    late(state, PLACED)
    state.reply_count = 2
    parts = [(fact.reason, fact.times) for fact in of_kind(state, "effort_part")]
    assert parts == [("date_moved", 1), ("reply", 2)]
    assert [fact.value for fact in of_kind(state, "effort")] == [effort_score(parts)] == [4]
    assert effort_score([("return_refused", 9)]) == 1


def test_only_people_of_the_shop_touch_an_order() -> None:
    state = a_state()
    state.audit(PLACED, a_role("warehouse"), "return_received")
    state.audit(PLACED, a_role("customer"), "return_opened")
    assert not touched_by_a_person(state.audit_log)
    state.audit(PLACED, a_role("finance"), "payment_confirmed")
    assert touched_by_a_person(state.audit_log)


def a_role(role: str) -> Actor:
    return Actor(role=Role(role), name="x")


def test_durations_are_kept_more_coarsely_the_longer_they_are() -> None:
    steps = [
        duration_step(timedelta(seconds=seconds)) for seconds in (-5, 48, 127, 3599, 20_000, 90_001, 999_999)
    ]
    assert steps == [0, 48, 120, 3540, 19_800, 90_000, 972_000]
