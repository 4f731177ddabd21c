"""What the template of an order's page gets, made from the staff's page of the order."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from domain.clock import day_or_moment
from domain.journey.ahead import Lane
from domain.journey.command_choices import CommandChoice
from domain.journey.customer_page.moments import all_money
from domain.money import Money
from domain.reasons import Reason
from domain.returns.grounds import ReturnGrounds
from domain.returns.returnable import ReturnableLine
from pages.agent_order.open_returns import open_returns
from pages.agent_order.rows import LANE_ICONS, OrderRows, ahead_code
from pages.agent_order.subjects import Subject
from services.orders.customer_pages import OrderPage
from services.staff_orders.staff_page import StaffPage

LANES: tuple[Lane, ...] = ("goods", "letters", "decisions", "money", "notes")
MAX_ACTS = 8
_KEYS: Mapping[str, str] = {
    "approve": "a", "refuse": "f", "hold": "h", "release": "h", "mark_lost": "l", "extend_window": "w", "cancel": "c",
    "reply": "m", "note": "n", "close": "d",
}  # fmt: skip
_LAST = ("reply", "note")
_SELDOM = frozenset(
    {"change_resolution", "look_up", "claim_withdraw", "claim_write_off", "claim_paid_by_hand"}
)
_STAGES = {"placed": "plain", "shipped": "info", "delivered": "good", "closed": "good", "cancelled": "bad"}
_WIDTH = 130


@dataclass(frozen=True)
class Tab:
    """A filter of the timeline, with how many entries it shows. lane: empty for all."""

    lane: str
    count: int
    icon: str


@dataclass(frozen=True)
class ActButton:
    """A command at the foot of the page."""

    choice: CommandChoice
    address: str
    about: Subject
    key: str
    shared: bool
    answers: bool


@dataclass(frozen=True)
class MoneyBar:
    """One bar of the money, all on one scale."""

    name: str
    amount: Money
    x: float
    width: float
    fill: str
    css: str = ""
    minus: bool = False


@dataclass(frozen=True)
class QuestionBox:
    """An open question beside the timeline.

    left: seconds until it ends by itself; share: of its whole time; grounds: of the return that is to be decided.
    """

    number: int
    kind: str
    about: Subject
    default: str
    deadline: datetime
    left: float
    share: float
    choices: Sequence[CommandChoice]
    grounds: ReturnGrounds | None


def base_of(page: StaffPage) -> str:
    """The address of the order's page."""
    return f"/agents/orders/{page.order.order}"


def command_address(base: str, choice: CommandChoice) -> str:
    """The address of the sheet that does it."""
    asked = {"subject": choice.subject, "resolution": choice.resolution or ""}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{base}/commands/{quote(choice.command)}" + (f"?{query}" if query else "")


def order_variables(page: StaffPage, zone: str, lane: Lane | None) -> dict[str, Any]:
    """All variables of the page. zone: that of the reader."""
    rows, base = OrderRows(page, zone, lane), base_of(page)
    last = timedelta(microseconds=1)
    return {
        "order": page.order,
        "dates": page.dates,
        "promised": page.dates.promised.day or page.dates.promised.at or page.dates.due - last,
        "entry": lambda at: day_or_moment(at, page.order.destination.zone),
        "next_code": ahead_code(page.dates.next, page) if page.dates.next else "",
        "estimate": page.dates.estimate and page.dates.estimate - last,
        "rows": list(rows.rows()),
        "stays": {line.line_id: list(_stays(page, line)) for line in page.returnable},
        "now": page.now,
        "zone": zone,
        "lane": lane or "",
        "tabs": list(_tabs(page)),
        "left_out": page.left_out,
        "questions": list(_questions(page, rows.subjects)),
        "bars": list(money_bars(page)),
        "acts": list(act_buttons(page, rows.subjects)),
        "bar_acts": bar_acts(list(act_buttons(page, rows.subjects))),
        "base": base,
        "live_address": f"{base}/live?seq={page.order.seq}",
        "stage": stage_of(page),
        "stage_tone": _STAGES.get(stage_of(page), "plain"),
        "command_address": lambda choice: command_address(base, choice),
    }


def stage_of(page: StaffPage) -> str:
    """The stage of the order, or `paid_back` where the money of all goods has left."""
    order = page.order
    whole = all(line.units.paid_back == line.quantity for line in order.lines)
    paid = whole and not page.sums["owed"]
    return "paid_back" if paid and order.stage != "cancelled" else order.stage


def as_customer_sees(seen: OrderPage) -> dict[str, Any]:
    """What the customer's page says about money, returns and the delay, for the same words on the page of staff."""
    waits = {one.pay_on for one in seen.details.returns if one.status in ("authorized", "in_review")}
    package = seen.package
    return {
        "money_back": all_money(seen.details),
        "open_returns": list(open_returns(seen)),
        "delay": package.delay if package else None,
        "after_goods": f"after_{waits.pop()}" if len(waits) == 1 else "after_goods",
    }


def _stays(page: StaffPage, line: ReturnableLine) -> Iterator[tuple[str, datetime | date | None]]:
    """The codes for which nothing of the line can come back now, and of a closed window its end."""
    gone = any(one.code == Reason.UNITS_UNAVAILABLE for one in line.reasons) and stage_of(page) == "paid_back"
    for one in line.reasons:
        if gone and one.code == Reason.NOTHING_DELIVERED:
            continue
        ended = one.details.get("window_end")
        at = datetime.fromisoformat(str(ended)) if ended else None
        yield one.code, at and day_or_moment(at, page.order.destination.zone)


def _tabs(page: StaffPage) -> Iterator[Tab]:
    counts = Counter(entry.lane for entry in page.timeline) + Counter(entry.lane for entry in page.ahead)
    yield Tab("", sum(counts.values()), "list")
    for lane in LANES:
        yield Tab(lane, counts[lane], LANE_ICONS[lane])


def _questions(page: StaffPage, subjects: Mapping[str, Subject]) -> Iterator[QuestionBox]:
    grounds = {one.return_id: one for one in page.grounds}
    for number, item in enumerate(page.order.attention, start=1):
        whole = (item.due - item.opened_at).total_seconds()
        left = (item.due - page.now).total_seconds()
        choices = [one for one in page.commands if one.subject in (item.subject, item.id)]
        about = subjects.get(item.subject, Subject())
        share = left / whole if whole > 0 else 0.0
        yield QuestionBox(
            number, item.kind, about, item.default, item.due, left, max(0.0, share), choices[:6],
            grounds.get(item.subject),
        )  # fmt: skip


def act_buttons(page: StaffPage, subjects: Mapping[str, Subject]) -> Iterator[ActButton]:
    """Everything the reader may do, the likely next step first. A single key stands at the first button that it fits."""
    used: set[str] = set()
    counts = Counter((choice.command, choice.resolution) for choice in page.commands)
    for choice in page.commands:
        key = _KEYS.get(choice.command, "")
        key = "" if key in used else key
        used.add(key)
        about = subjects.get(choice.subject, Subject())
        shared = counts[choice.command, choice.resolution] > 1
        address = command_address(base_of(page), choice)
        yield ActButton(choice, address, about, key, shared, answers_question(page, choice))


def answers_question(page: StaffPage, choice: CommandChoice) -> bool:
    """Whether the command is what an open question waits for: only such a one is the likely next step."""
    for asked in page.questions:
        fits = choice.command in asked.answers or (
            choice.command in ("send_again", "pay_back") and "resolve_lost_parcel" in asked.answers
        )
        if fits and choice.subject in (asked.subject, f"{asked.kind}/{asked.subject}", ""):
            return True
    return False


def bar_acts(acts: Sequence[ActButton]) -> list[ActButton]:
    """The buttons at the foot: one for each command that is often used, the likely next step first; notes and letters last."""
    first: dict[str, ActButton] = {}
    for act in acts:
        if act.choice.command not in _SELDOM:
            first.setdefault(act.choice.command, act)
    last = [first.pop(command) for command in _LAST if command in first]
    return [*list(first.values())[: MAX_ACTS - len(last)], *last]


def money_bars(page: StaffPage) -> Iterator[MoneyBar]:
    """Captured, paid back, kept; hollow what is on its way or waits for goods."""
    captured, sums = page.order.captured, page.sums
    scale = _WIDTH / captured.minor if captured.minor > 0 else 0.0

    def wide(amount: Money) -> float:
        return round(min(max(amount.minor, 0) * scale, _WIDTH), 1)

    kept = wide(sums["kept"])
    yield MoneyBar("captured", captured, 0, wide(captured), "cap")
    if sums["refunded"]:
        width = wide(sums["refunded"])
        yield MoneyBar("refunded", sums["refunded"], _WIDTH - width, width, "back", minus=True)
    if sums["owed"]:
        yield MoneyBar("owed", sums["owed"], kept, wide(sums["owed"]), "hol", "open")
    yield MoneyBar("kept", sums["kept"], 0, kept, "cap", "sum")
    for name in ("in_question", "after_goods"):
        if sums[name]:
            width = min(wide(sums[name]), kept)
            yield MoneyBar(name, sums[name], kept - width, width, "hol", "open")
    if sums["bonuses"]:
        yield MoneyBar("bonuses", sums["bonuses"], 0, wide(sums["bonuses"]), "cred")
