"""I7 of every kind of letter: a sound record of what left has nothing broken, and each corruption of it is named."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from domain.model.notice import Notice
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from runtime.verify.letters import letters
from store.tables.all import OutboxRow
from tests.builders import PLACED, a_parcel, a_state
from tests.domain.state_driver import StateDriver

S, DAY = ParcelStatus, timedelta(days=1)
AT = PLACED + 9 * DAY
Change = Callable[[JourneyState, dict[str, Any]], object]


def returned() -> StateDriver:
    """A return was paid as store credit."""
    journey = StateDriver(a_state())
    journey.deliver()
    subject = journey.open({"1": 2}, resolution="store_credit").subject
    journey.drop_off(subject)
    journey.settle_sent_legs()
    return journey


def cancelled() -> StateDriver:
    journey = StateDriver(a_state())
    journey.cancel_order()
    journey.settle_sent_legs()
    return journey


def with_parcel(**changed: Any) -> StateDriver:
    state = a_state()
    a_parcel(state, **changed)
    return StateDriver(state)


def waiting() -> StateDriver:
    journey = StateDriver(a_state())
    journey.ship()
    journey.scan(S.AVAILABLE_FOR_PICKUP)
    return journey


def broken(
    journey: StateDriver, kind: str, subject: str, details: dict[str, Any], *before: Notice
) -> list[str]:
    notices = [*before, Notice.model_validate(
        {"key": "k", "kind": kind, "subject": subject, "at": PLACED, "details": details}
    )]  # fmt: skip
    rows = [
        (OutboxRow(key=one.key, kind=one.kind, sending_at=AT + n * DAY), one) for n, one in enumerate(notices)
    ]
    return [one.message for one in letters(journey.state, rows)]


def later(days: int) -> str:
    return (AT + days * DAY).isoformat()


NO_GROUND = "letter k has no ground in the order's record"
PAID = {"amount": 2000, "bonus": 200, "currency": "GBP", "credit": 2000}

# The kind, how its order stands, its subject, its details, and a change of the record that makes it untrue.
LETTERS: list[tuple[str, Callable[[], StateDriver], str, dict[str, Any], Change, str]] = [
    ("order_cancelled", cancelled, "ord_one", {}, lambda s, d: setattr(s, "cancelled_at", None), NO_GROUND),
    ("order_cancelled", cancelled, "ord_one", {}, lambda s, d: setattr(s, "cancelled_at", AT + DAY), NO_GROUND),
    ("parcel_found", lambda: with_parcel(found_notified=True), "p1", {},
     lambda s, d: setattr(s.parcels[0], "found_notified", False), NO_GROUND),
    *(
        (kind, lambda: with_parcel(trace_count=1), "p1", {"next_update": later(3)},
         lambda s, d: setattr(s.parcels[0], "trace_count", 0), NO_GROUND)
        for kind in ("presumed_lost", "trace_opened", "trace_closed", "parcel_inquiry")
    ),
    ("presumed_lost", lambda: with_parcel(trace_count=1), "p1", {"next_update": later(3)},
     lambda s, d: d.update(next_update=later(0)), "letter k names next_update, which was past"),
    ("pickup_reminder", waiting, "p1", {"collect_by": later(2)},
     lambda s, d: setattr(s.parcels[0], "scans", []), NO_GROUND),
    ("pickup_reminder", waiting, "p1", {"collect_by": later(2)},
     lambda s, d: d.update(collect_by=later(-1)), "letter k names collect_by, which was past"),
    ("delayed", with_parcel, "p1", {"expected": later(2)},
     lambda s, d: d.update(expected=later(-2)), "letter k names expected, which was past"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "order", "subject", "details", "corrupt", "says"), LETTERS, ids=[f"{one[0]}_{n}" for n, one in enumerate(LETTERS)]
)  # fmt: skip
def test_a_letter_without_its_ground_is_named(
    kind: str, order: Callable[[], StateDriver], subject: str, details: dict[str, Any], corrupt: Change, says: str
) -> None:  # fmt: skip
    journey, told = order(), dict(details)
    assert broken(journey, kind, subject, told) == []
    corrupt(journey.state, told)
    assert broken(journey, kind, subject, told) == [says]


@pytest.mark.parametrize("kind", ["return_authorized", "return_in_review"])
def test_a_letter_about_a_return_that_never_was_is_named(kind: str) -> None:
    journey = returned()
    subject = journey.state.returns[0].return_id
    assert broken(journey, kind, subject, {"revision": 1}) == []
    assert broken(journey, kind, "ret_other", {"revision": 1}) == [NO_GROUND]


@pytest.mark.parametrize(
    ("kind", "decision"),
    [
        ("return_refused", "refused"),
        ("return_cancelled", "cancelled"),
        ("return_expired", "expired"),
    ],
)
def test_a_letter_about_another_decision_is_named(kind: str, decision: Any) -> None:
    journey = returned()
    case = journey.state.returns[0]
    assert broken(journey, kind, case.return_id, {"revision": 1}) == [NO_GROUND]
    assert broken(journey, kind, case.return_id, {"revision": 0}) == [], "of an earlier revision"
    case.decision = decision
    assert broken(journey, kind, case.return_id, {"revision": 1}) == []


@pytest.mark.parametrize(
    ("kind", "purpose"), [("refunded", "store_credit"), ("credit_reversed", "reversal"), ("goodwill_issued", "goodwill")]
)  # fmt: skip
def test_a_letter_about_money_that_did_not_move_so_is_named(kind: str, purpose: Any) -> None:
    journey = returned()
    [settlement] = journey.state.settlements
    settlement.purpose = purpose
    principal = sum(leg.principal.minor for leg in settlement.legs)
    bonus = sum(leg.bonus.minor for leg in settlement.legs)
    told = {"amount": bonus if kind == "goodwill_issued" else principal, "bonus": bonus, "currency": "GBP"}
    assert broken(journey, kind, settlement.occasion, told) == []
    assert broken(journey, kind, settlement.occasion, {**told, "amount": told["amount"] + 1}) == [NO_GROUND]
    settlement.legs[0].settled_at = AT + DAY
    assert broken(journey, kind, settlement.occasion, told) == [NO_GROUND], "it left before"
    settlement.legs[0].status = "pending"
    assert broken(journey, kind, "return/other/1", told) == [NO_GROUND]


def test_a_letter_that_money_is_paid_for_a_lost_parcel_is_named_without_a_plan() -> None:
    journey = cancelled()
    assert broken(journey, "parcel_lost", "p1", {}) == [NO_GROUND]
    journey.state.settlements[0].occasion = "undelivered/ord_one/p1"
    assert broken(journey, "parcel_lost", "p1", {}) == []


def test_a_letter_about_a_part_that_is_not_cancelled_is_named() -> None:
    journey = cancelled()
    occasion = journey.state.settlements[0].occasion
    assert broken(journey, "rest_cancelled", occasion, {}) == [NO_GROUND]
    journey.state.rest_cancelled_at = PLACED
    assert broken(journey, "rest_cancelled", occasion, {}) == []


@pytest.mark.parametrize("kind", ["consent_requested", "delay_option"])
def test_a_question_that_was_answered_before_or_never_asked_is_named(kind: str) -> None:
    journey = StateDriver(a_state())
    assert broken(journey, kind, "c1", {"deadline": later(1)}) == [NO_GROUND]
    assert "letter k names deadline, which was past" in broken(journey, kind, "c1", {"deadline": later(0)})


def test_a_letter_that_keeps_no_promise_or_hides_news_is_named() -> None:
    journey = with_parcel()
    first = Notice(
        key="a", kind="delayed", subject="p1", at=PLACED, details={"known": "x", "next_update": later(1)}
    )
    assert broken(journey, "follow_up", "p1", {"known": "x"}, first) == []
    assert broken(journey, "follow_up", "p1", {"known": "y", "news": "in_transit"}, first) == []
    assert broken(journey, "follow_up", "p1", {"known": "y"}, first) == [
        "letter k says that there is no news, but there was some"
    ]
    assert broken(journey, "follow_up", "p1", {"known": "x"}) == [
        "letter k keeps a promise that no letter made"
    ]
