"""An order's console page is complete in every language: rendered from a journey's state, without a deployment."""

import re
from datetime import date, datetime, timedelta
from typing import Any, cast

import pytest
from aiohttp.test_utils import make_mocked_request
from babel import Locale

from domain.journey.ahead import ahead
from domain.journey.command_choices import offered_commands
from domain.journey.four_dates import four_dates
from domain.journey.order_view import CustomerContact, order_view
from domain.journey.preview import order_sums
from domain.model.scan import ParcelStatus
from domain.reasons import Reason, Violation
from domain.returns.grounds import return_grounds
from domain.returns.returnable import returnable
from pages.agent_order.facts import FactReader
from pages.agent_order.rows import OrderRows
from pages.agent_order.view import money_bars, order_variables, stage_of
from pages.web.catalogues import PAGES
from pages.web.moments import Moments
from pages.web.rendering import screen_renderer
from pages.web.visit import Visit
from services.key_names import Doer
from services.orders.conversations import ConversationLine
from services.orders.payment_facts import PaymentFact
from services.staff_orders.staff_page import StaffPage, StaffPageEntry
from tests.builders import a_parcel, a_return, a_scan, a_state, gbp
from tests.domain.state_driver import AGENT, StateDriver

HOSTILE = "<script>alert(1)</script>"
MONEY: dict[str, Any] = {
    "messages": (),
    "approvals": (),
    "money_back": (),
    "open_returns": (),
    "delay": None,
    "after_goods": "after_drop_off",
}


def an_entry(at: datetime, kind: str, action: str, lane: str, **more: Any) -> StaffPageEntry:
    fields = {
        "at": at, "recorded_at": at, "kind": kind, "action": action, "subject": "ret_1", "status": None, "role": "agent",
        "name": "Priya", "text": None, "details": {}, "lane": lane,
    }  # fmt: skip
    return StaffPageEntry.model_validate({**fields, **more})


@pytest.fixture
def page() -> StaffPage:
    """A delivered order with a held return, a note and a decision."""
    state = a_state()
    at = state.order.placed_at + timedelta(days=2)
    a_parcel(state, scans=[a_scan(ParcelStatus.DELIVERED, at)])
    state.clock = at
    a_return(state)
    driver = StateDriver(state, at)
    driver.override_return("ret_1", "hold")
    view = order_view(driver.state, at)
    contact = CustomerContact(
        customer="cus_ada", name=HOSTILE, email=None, phone=None, locale="en", erased=False
    )
    return StaffPage(
        order=view.model_copy(update={"customer": contact}),
        dates=four_dates(driver.state, at),
        ahead=tuple(ahead(driver.state, at)),
        timeline=(
            an_entry(at, "note", "note", "notes", text=HOSTILE),
            an_entry(
                at - timedelta(hours=1),
                "decision",
                "hold",
                "decisions",
                details={"days": 7, "reasons": "state_changed,odd", "due": "2026-03-12T00:00:00+00:00"},
            ),
            an_entry(at - timedelta(days=1), "notice", "shipped", "letters", notice=7, status="held"),
            an_entry(
                at - timedelta(days=1),
                "notice",
                "delayed",
                "letters",
                notice=8,
                status="sent",
                subject_line="Your parcel may be late",
            ),
        ),
        left_out=3,
        commands=tuple(offered_commands(driver.state, AGENT, at)),
        now=at,
        sums={str(name): sum_ for name, sum_ in order_sums(driver.state).items()},
        questions=(),
        returnable=returnable(driver.state, at).lines,
        grounds=tuple(return_grounds(driver.state, case) for case in driver.state.returns),
    )


def rendered(page: StaffPage, language: str = "en", **more: Any) -> str:
    """The page as an agent reads it."""
    renderer = screen_renderer()
    request = make_mocked_request("GET", "/agents/orders/ord_one")
    visit = Visit(request, cast("Any", None), renderer, locale=language, zone="Europe/London", csrf="c")
    variables = order_variables(page, visit.zone, None)
    user = {"name": "Priya Nair", "initials": "PN", "role": "agent"}
    shown = {**variables, "user": user, "clock_seconds": str, "pictures": {}, **MONEY, **more}
    return renderer.html(visit, "agent_order/order.html", shown)


@pytest.mark.parametrize("language", ["en", "de", "zh-Hans"])
def test_the_page_is_whole_in_every_language_and_escapes_what_people_wrote(
    page: StaffPage, language: str
) -> None:
    html = rendered(page, language)
    assert HOSTILE not in html
    assert html.count("&lt;script&gt;") == 2
    assert "/agents/orders/ord_one/letters/7" in html
    assert "T00:00:00" not in html.partition('class="facts"')[2].partition("</dl>")[0].replace(
        "datetime=", ""
    )
    assert "state_changed" not in html, "a rule has its sentence"
    opening, closing = "„“" if language == "de" else "“”"
    assert f"{opening}<bdi>Your parcel may be late</bdi>{closing}" in html, (
        "a letter is quoted as it was sent"
    )
    assert html.count(opening) == 1, "what was not sent has no quotation marks"
    assert "/agents/orders/ord_one/commands/release?subject=ret_1" in html


def test_a_lane_shows_its_own_rows_and_planned_ones_stand_above_now(page: StaffPage) -> None:
    rows = list(OrderRows(page, "UTC", None).rows())
    states = [row.state for row in rows]
    assert set(states[: states.index("now")]) <= {"plan", "if"}
    assert [row.state for row in OrderRows(page, "UTC", "notes").rows()] == ["now", "past"]
    assert len({row.key for row in rows}) == len(rows), "each row has a key of its own"


def test_a_promise_that_broke_stands_with_what_happened(page: StaffPage) -> None:
    breaks = page.ahead[0].model_copy(
        update={"what": "promise_breaks", "at": page.now - timedelta(hours=2), "lane": "goods"}
    )
    late = page.model_copy(update={"ahead": (breaks, *page.ahead)})
    rows = list(OrderRows(late, "UTC", None).rows())
    [broke] = [row for row in rows if row.code == "promise_broke"]
    assert broke.state == "past"
    assert [row.code for row in rows].index("note") < rows.index(broke), "by its time"
    assert "promise_breaks" not in [row.code for row in rows]


def test_no_return_window_closes_where_all_is_final_sale(page: StaffPage) -> None:
    lines = tuple(line.model_copy(update={"final_sale": True}) for line in page.order.lines)
    final = page.model_copy(update={"order": page.order.model_copy(update={"lines": lines})})
    codes = {row.code for row in OrderRows(final, "UTC", None).rows()}
    assert "close" not in codes
    assert "close" in {row.code for row in OrderRows(page, "UTC", None).rows()}


def test_every_reason_why_a_line_cannot_come_back_is_explained(page: StaffPage) -> None:
    free = [line.line_id for line in page.returnable if not line.reasons]
    assert free, "a line that can come back has nothing to explain"
    stays = order_variables(page, "UTC", None)["stays"]
    assert all(stays[line] == [] for line in free)
    ended = Violation(
        code=Reason.OUTSIDE_WINDOW, details={"line": free[0], "window_end": "2026-04-01T00:00:00+01:00"}
    )
    reasons = (ended, Violation(code=Reason.FINAL_SALE, details={"line": free[0]}))
    kept = [
        one.model_copy(update={"reasons": reasons} if one.line_id == free[0] else {})
        for one in page.returnable
    ]
    late = page.model_copy(update={"returnable": tuple(kept)})
    assert order_variables(late, "UTC", None)["stays"][free[0]] == [
        ("outside_window", date(2026, 3, 31)), ("final_sale", None)
    ]  # fmt: skip


def test_a_refusal_says_sums_dates_and_numbers_and_every_reason_has_a_sentence(page: StaffPage) -> None:
    details: dict[str, str | int] = {
        "refund": 60_000, "limit": 50_000, "return": "ret_1", "line": "1", "parcel": "p1", "leg": "leg_nowhere",
        "window_end": "2026-04-01T00:00:00+01:00", "version": "1f2e", "approval": "apr_1", "status": "settled",
    }  # fmt: skip
    assert dict(FactReader(page).of_refusal(details)) == {
        "refund": gbp(60_000), "limit": gbp(50_000), "return": "R1", "line": "Mug", "parcel": "1",
        "window_end": date(2026, 3, 31), "status": "settled",
    }  # fmt: skip
    phrases = (PAGES / "design" / "phrases.html").read_text("utf-8")
    said = phrases.partition("{% set refusals = {")[2].partition("%}")[0]
    assert {str(one) for one in Reason} <= {*re.findall(r'"(\w+)": _', said)}


def test_the_end_of_a_day_is_that_day() -> None:
    moments = Moments(Locale("en", "GB"), "Europe/London")
    midnight = datetime.fromisoformat("2026-12-05T00:00:00+00:00")
    assert moments.moment(moments.ending(midnight)) == "Friday\xa04\xa0December"
    assert "5" in moments.moment(moments.ending(midnight + timedelta(hours=9)))


def test_the_bars_have_one_scale(page: StaffPage) -> None:
    for bar in money_bars(page):
        assert 0 <= bar.x <= bar.x + bar.width <= 130.1


def test_a_decision_about_a_return_explains_the_terms(page: StaffPage) -> None:
    opened = an_entry(page.now, "return", "return_opened", "decisions", role="customer", name="link")
    shown = page.model_copy(update={"timeline": (opened,)})
    [row] = [one for one in OrderRows(shown, "UTC", None).rows() if one.code == "return_opened"]
    facts = dict(row.facts)
    assert facts["way_back"] == gbp(0)
    assert {"window", "hand_in", "refund", "pay_on"} <= {*facts}
    assert row.who == "customer", "who holds a link is the customer"
    explained = re.sub("<[^>]+>", " ", rendered(shown)).partition("explain")[2]
    assert "sending it back costs the customer" in explained
    assert "no person has to decide it" in explained


def test_an_order_that_was_paid_back_is_not_on_its_way(page: StaffPage) -> None:
    assert stage_of(page) != "paid_back"
    lines = tuple(
        line.model_copy(update={"units": line.units.model_copy(update={"paid_back": line.quantity})})
        for line in page.order.lines
    )
    paid = page.model_copy(update={"order": page.order.model_copy(update={"lines": lines})})
    owed = paid.model_copy(update={"sums": {**page.sums, "owed": gbp(1)}})
    assert (stage_of(paid), stage_of(owed)) == ("paid_back", page.order.stage)


def test_a_payment_is_read_in_words(page: StaffPage) -> None:
    key = Doer(role="storefront", name="storefront", key="key_1")
    payment = PaymentFact(
        amount=gbp(700), to="provider", tender="card", tender_id="card", reference="re_1", decision="return_opened",
        decided_by=key, approved_by=None,
    )  # fmt: skip
    details = {"minor": 700, "currency": "GBP"}
    entry = an_entry(
        page.now, "money", "payment_settled", "money", details=details, payment=payment, subject="leg_1"
    )
    html = rendered(page.model_copy(update={"timeline": (entry,)}))
    text = " ".join(re.sub("<[^>]+>", "", html.partition("Money paid")[2].partition("</p>")[0]).split())
    assert text == "£7.00 back on the card · Return opened: Shop system · reference re_1"
    planned = entry.model_copy(update={"action": "payment_planned"})
    assert "re_1" not in rendered(page.model_copy(update={"timeline": (planned,)})), "it has none yet"


def test_what_a_customer_asked_is_quoted_beside_its_answer(page: StaffPage) -> None:
    asked = page.order.attention[0].model_copy(
        update={"kind": "customer_message", "subject": page.order.order}
    )
    order = page.order.model_copy(update={"attention": (asked,)})
    line = ConversationLine(at=page.now, by="customer", text=f"Where is it?\n{HOSTILE}")
    html = rendered(page.model_copy(update={"order": order}), messages=(line,))
    box = html.partition('class="askbox"')[2].partition("</section>")[0]
    assert "<p>Where is it?</p>" in box
    assert HOSTILE not in box
    assert f'href="/agents/conversations/{page.order.order}"' in box
