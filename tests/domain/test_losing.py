"""Parcels that do not arrive: presumed lost, searched for, sent anew, paid back, found again (DLY-1, DLY-9, S-23)."""

from datetime import timedelta

import pytest

from domain import facts
from domain.actors import Actor
from domain.commands.choose_for_lost import ChooseForLost
from domain.commands.report_not_received import ReportNotReceived
from domain.judging import overtaken
from domain.parcels import ParcelStatus
from domain.reasons import Answer
from domain.shipments import RefundedElsewhere, RefundedLine, RefundedPart
from domain.terms import Policy, SearchTerms
from domain.views import order_view
from tests.builders import a_state, gbp
from tests.domain.driving import AGENT, CUSTOMER, SENIOR, Life, reasons

S = ParcelStatus
DAY = timedelta(days=1)


@pytest.fixture
def lost(life: Life) -> Life:
    """Moved once, and nobody has seen it since: the question is open."""
    life.ship()
    life.scanned(S.IN_TRANSIT)
    return life.at(life.state.order.due() + 10 * DAY)


def choose(life: Life, choice: str, parcel: str = "p1") -> Answer:
    ask = {"command_id": f"choose-{choice}-{parcel}", "actor": CUSTOMER, "parcel": parcel, "choice": choice}
    return life.ask(ChooseForLost.model_validate(ask))


def not_received(life: Life, actor: Actor = CUSTOMER, parcel: str = "p1") -> Answer:
    life.commands += 1
    return life.ask(ReportNotReceived(command_id=f"nr{life.commands}", actor=actor, parcel=parcel))


@pytest.mark.scenario("S-23")
def test_a_customer_is_told_that_it_is_presumed_lost_and_until_when_they_may_choose(lost: Life) -> None:
    assert lost.questions() == ["presumed_lost"]
    notice = lost.sent[-1]
    assert (notice.kind, notice.facts["next_word"]) == ("presumed_lost", (lost.now + 3 * DAY).isoformat())
    assert overtaken(notice, lost.state, {}) is None
    lost.scanned(S.IN_TRANSIT)
    assert overtaken(notice, lost.state, {}) == "answered_meanwhile"


def test_nobody_answers_and_it_is_paid_back_and_claimed_from_the_carrier(lost: Life) -> None:
    lost.after(days=3)
    lost.pay()
    assert lost.questions() == ["carrier_claim"]
    assert lost.told()[-2:] == ["parcel_lost", "paid_back"]
    assert order_view(lost.state, lost.now).paid_back == gbp(6400)
    lost.until_rest()
    assert lost.told_twice() == []


def test_the_customer_chooses_the_money_and_has_it_at_once(lost: Life) -> None:
    assert choose(lost, "refund").verdict == "accepted"
    lost.pay()
    assert order_view(lost.state, lost.now).paid_back == gbp(6400)
    assert reasons(choose(lost, "resend")) == ["nothing_to_choose"]


def test_the_customer_chooses_to_have_it_sent_again_and_it_is_packed_and_arrives(lost: Life) -> None:
    assert choose(lost, "resend").verdict == "accepted"
    assert lost.questions() == ["resend", "carrier_claim"]
    assert lost.ship(number="T2").verdict == "accepted", "its units wait to be packed"
    assert lost.questions() == ["carrier_claim"]
    lost.scanned(S.DELIVERED, number="T2")
    assert lost.state.delivered == "all"
    lost.until_rest()
    assert lost.legs() == [], "nothing is paid for what was sent again"


def test_a_merchant_who_does_not_send_again_pays_back(lost: Life) -> None:
    choose(lost, "resend")
    lost.after(days=3)
    lost.pay()
    assert order_view(lost.state, lost.now).paid_back == gbp(6400)
    assert "units_not_left_to_ship" in reasons(lost.ship(number="T2"))
    lost.until_rest()


def test_what_was_lost_and_paid_and_arrives_after_all_is_said_once_and_no_claim_is_made(lost: Life) -> None:
    choose(lost, "refund")
    lost.pay()
    lost.after(days=1).scanned(S.OUT_FOR_DELIVERY)
    lost.after(hours=2).scanned(S.DELIVERED)
    lost.after(hours=2).scanned(S.DELIVERED)
    assert lost.questions() == ["found_again"]
    assert lost.told().count("found_again") == 1
    assert order_view(lost.state, lost.now).paid_back == gbp(6400), "money that moved is a fact"


@pytest.fixture
def delivered(life: Life) -> Life:
    life.deliver()
    return life.after(days=1)


def test_who_has_nothing_though_it_says_delivered_is_searched_for_and_paid_when_nobody_finds_it(
    delivered: Life,
) -> None:
    assert not_received(delivered).verdict == "accepted"
    assert (delivered.questions(), delivered.told()[-1]) == (["not_received"], "search_opened")
    assert delivered.sent[-1].facts["next_word"] == (delivered.now + 5 * DAY).isoformat()
    assert reasons(not_received(delivered)) == ["search_open"]
    delivered.after(days=5)
    delivered.pay()
    assert delivered.told()[-2:] == ["search_ended", "paid_back"]
    assert delivered.sent[-2].facts["outcome"] == "paid_back"
    assert order_view(delivered.state, delivered.now).paid_back == gbp(6400)
    delivered.until_rest()


def test_an_agent_finds_it_and_the_customer_may_not_ask_again_but_staff_may(delivered: Life) -> None:
    not_received(delivered)
    assert delivered.override("mark_delivered", AGENT, parcel="p1").verdict == "accepted"
    assert (delivered.questions(), delivered.sent[-1].facts) == ([], {"outcome": "found"})
    assert reasons(not_received(delivered)) == ["search_ended"]
    assert not_received(delivered, AGENT).verdict == "accepted"
    delivered.until_rest()


def test_a_senior_agent_ends_the_search_with_the_money(delivered: Life) -> None:
    not_received(delivered)
    assert delivered.override("mark_lost", SENIOR, parcel="p1").verdict == "accepted"
    delivered.pay()
    assert delivered.told()[-2:] == ["search_ended", "paid_back"]
    assert "parcel_lost" not in delivered.told()


def test_a_merchant_may_have_searches_end_without_money() -> None:
    life = Life(a_state(policy=Policy(search=SearchTerms(default="dismiss"))))
    life.deliver()
    not_received(life)
    life.after(days=5)
    assert (life.told()[-1], life.sent[-1].facts["outcome"], life.legs()) == ("search_ended", "dismissed", [])
    life.until_rest()


def test_what_has_not_arrived_or_arrived_long_ago_is_not_searched_for(life: Life) -> None:
    life.ship()
    assert reasons(not_received(life)) == ["parcel_under_way"]
    assert reasons(not_received(life, parcel="p9")) == ["parcel_unknown"]
    life.scanned(S.DELIVERED)
    life.after(days=30)
    assert reasons(not_received(life)) == ["outside_window"]


def test_what_is_on_its_way_back_is_not_paid_a_second_time_by_a_search(delivered: Life) -> None:
    opened = delivered.open({"1": 2}).subject
    delivered.drop_off(opened)
    delivered.pay()
    not_received(delivered)
    delivered.after(days=5)
    delivered.pay()
    paid = {s.occasion.split("/")[0]: s.principal for s in delivered.state.settlements}
    assert paid == {"return": gbp(2400), "undelivered": gbp(4000)}
    delivered.until_rest()


def test_of_what_was_sent_again_in_part_only_the_rest_is_paid(lost: Life) -> None:
    choose(lost, "resend")
    assert lost.ship({"1": 1}, number="T2").verdict == "accepted"
    assert "resend" in lost.questions(), "a mug and the lamp still wait"
    lost.after(days=3)
    lost.pay()
    assert order_view(lost.state, lost.now).paid_back == gbp(5200), "one mug of 12.00 is on its way"
    lost.scanned(S.DELIVERED, number="T2")
    lost.until_rest()
    assert order_view(lost.state, lost.now).paid_back == gbp(5200)


def test_a_parcel_that_moves_before_it_was_sent_again_is_not_lost_after_all(lost: Life) -> None:
    choose(lost, "resend")
    lost.after(hours=5).scanned(S.OUT_FOR_DELIVERY)
    assert lost.questions() == []
    lost.after(hours=5).scanned(S.DELIVERED)
    lost.until_rest()
    assert (lost.legs(), "found_again" in lost.told()) == ([], False), "nothing was paid, nothing was packed"
    assert lost.state.delivered == "all"


def test_one_that_moves_after_it_was_packed_again_is_a_question(lost: Life) -> None:
    choose(lost, "resend")
    lost.ship(number="T2")
    lost.after(hours=5).scanned(S.OUT_FOR_DELIVERY)
    assert lost.questions() == ["found_again"]


def test_who_chose_to_have_it_again_is_not_told_that_it_has_not_left(lost: Life) -> None:
    before = lost.told().count("delayed")
    choose(lost, "resend")
    lost.after(days=2)
    assert lost.told().count("delayed") == before
    lost.ship(number="T2")


def test_a_scan_does_not_end_the_word_of_an_open_search(delivered: Life) -> None:
    not_received(delivered)
    delivered.after(hours=1).scanned(S.DELIVERED, at=delivered.now - DAY / 2)
    assert [word.open for word in delivered.state.words] == [True]


def test_each_search_has_notices_of_its_own(delivered: Life) -> None:
    not_received(delivered)
    delivered.override("mark_delivered", AGENT, parcel="p1")
    not_received(delivered, AGENT)
    delivered.override("mark_delivered", AGENT, parcel="p1")
    assert delivered.told().count("search_opened") == delivered.told().count("search_ended") == 2
    assert delivered.told_twice() == []


def test_a_new_label_that_is_voided_has_the_merchant_asked_again_and_then_pays(lost: Life) -> None:
    choose(lost, "resend")
    lost.ship(number="T2")
    lost.scanned(S.CANCELLED, number="T2")
    assert "resend" in lost.questions()
    lost.after(days=3)
    lost.pay()
    assert order_view(lost.state, lost.now).paid_back == gbp(6400)
    lost.until_rest()


def test_what_is_paid_back_already_cannot_be_had_again_as_well(lost: Life) -> None:
    part = RefundedPart(kind="card", amount=gbp(5800)), RefundedPart(kind="gift_card", amount=gbp(600))
    lines = RefundedLine(line_id="1", quantity=2), RefundedLine(line_id="2", quantity=1)
    fact = RefundedElsewhere(storefront="shopify", refund="r1", at=lost.now, parts=part, lines=lines)
    assert facts.hear(lost.state, fact, lost.now)
    lost.settle_down()
    assert reasons(choose(lost, "resend")) == ["units_out"]
    assert lost.state.unshipped() == {}


def test_who_wants_it_again_gives_up_a_return_that_nobody_handed_over(delivered: Life) -> None:
    returned = delivered.open({"1": 2, "2": 1}).subject
    delivered.scanned(S.RETURN_TO_SENDER)
    assert choose(delivered, "resend").verdict == "accepted"
    assert delivered.case(returned).decision == "cancelled"
    delivered.ship(number="T2")
    delivered.scanned(S.DELIVERED, number="T2")
    delivered.until_rest()
    assert delivered.legs() == [], "the goods, and not the money as well"


def test_a_parcel_that_turns_up_after_part_of_it_was_packed_again_is_asked_about_and_nothing_of_it_paid(
    lost: Life,
) -> None:
    choose(lost, "resend")
    lost.ship({"1": 1}, number="T2")
    lost.after(hours=4).scanned(S.DELIVERED)
    assert lost.questions() == ["found_again"]
    assert lost.state.unshipped() == {}
    lost.scanned(S.DELIVERED, number="T2")
    lost.until_rest()
    assert lost.legs() == []


@pytest.mark.parametrize("status", [S.EXCEPTION, S.UNKNOWN])
def test_that_a_carrier_calls_it_lost_does_not_make_it_turn_up(lost: Life, status: S) -> None:
    choose(lost, "resend")
    lost.after(hours=4).scanned(status)
    assert set(lost.questions()) == {"resend", "carrier_claim"}


def test_an_older_scan_that_comes_late_does_not_make_it_turn_up_but_an_older_delivery_does(
    lost: Life,
) -> None:
    choose(lost, "refund")
    lost.pay()
    lost.after(hours=4).scanned(S.IN_TRANSIT, at=lost.now - 2 * DAY)
    assert lost.questions() == ["carrier_claim"]
    lost.scanned(S.DELIVERED, at=lost.now - DAY)
    assert lost.questions() == ["found_again"]
