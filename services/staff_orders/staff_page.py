"""An order as staff see it on one page: four dates, one timeline by lanes, what lies ahead, and the order itself."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from domain.actors import Actor
from domain.base import Frozen
from domain.clock import Instant
from domain.journey.ahead import AheadEntry, Lane, ahead
from domain.journey.command_choices import CommandChoice, offered_commands
from domain.journey.four_dates import FourDates, four_dates
from domain.journey.order_view import OrderView
from domain.journey.preview import order_sums
from domain.model.questions import QUESTIONS
from domain.money import Money
from domain.returns.grounds import ReturnGrounds, return_grounds
from domain.returns.returnable import ReturnableLine, returnable
from services.key_names import KeyNames
from services.order_reader import FoundOrder, OrderReader
from services.orders.timeline import OrderTimeline, TimelineEntry, TimelineKind
from store.merchants.users import PREFIX

MAX_ENTRIES = 300
"""So many entries are on the page, the newest; `GET /v1/orders/{order}/timeline` has all."""
_LANES: dict[TimelineKind, Lane] = {
    "scan": "goods", "return": "goods", "notice": "letters", "reply": "letters", "message": "letters", "money": "money",
    "note": "notes", "decision": "decisions",
}  # fmt: skip
_GOODS = frozenset(
    {"placed", "parcel_registered", "order_extended", "units_removed", "closed", "resend_requested"}
)


class StaffPageEntry(TimelineEntry):
    """One fact about an order, with its lane."""

    lane: Lane
    """What the fact is about."""


class OpenQuestionView(Frozen):
    """A question that waits for a person, with its text."""

    kind: str
    """The kind of the question."""
    subject: str
    """What it is about."""
    text: str
    """The question."""
    otherwise: str
    """What happens without an answer."""
    answers: tuple[str, ...]
    """The commands that answer it."""
    may_be_closed: bool
    """Whether a person may close it with a reason."""


class StaffPage(Frozen):
    """The order as staff see it on one page."""

    order: OrderView
    """The order, with its customer."""
    dates: FourDates
    """Promised, estimate, notified, next."""
    ahead: tuple[AheadEntry, ...]
    """What lies ahead, the soonest first."""
    timeline: tuple[StaffPageEntry, ...]
    """What happened, the newest first."""
    left_out: int
    """How many older entries there are, which the order's timeline has."""
    commands: tuple[CommandChoice, ...]
    """What the reader may do now, by the rules; what answers an open question comes first."""
    now: Instant
    """The merchant's present business time."""
    sums: dict[str, Money]
    """`refunded`, `owed`, `kept`, `bonuses`, `in_question`, `after_goods`."""
    questions: tuple[OpenQuestionView, ...]
    """The open questions of `order.attention`, in words."""
    grounds: tuple[ReturnGrounds, ...] = ()
    """Per return, what the customer said of it, and why a person decides."""
    returnable: tuple[ReturnableLine, ...] = ()
    """Per line, what could come back now, or every reason why nothing can: what a customer's quote is refused for."""


@dataclass(frozen=True)
class StaffPages:
    """Reads orders for staff."""

    orders: OrderReader
    timeline: OrderTimeline
    names: KeyNames

    async def of(self, order: FoundOrder, reader: Actor) -> StaffPage:
        """The order on one page, with what the reader may do."""
        found = await self.orders.state(order)
        now = await self.orders.clocks.business_now(order.merchant)
        view = await self._named(order, await self.orders.with_customer(found))
        entries, count = await self.timeline.newest(order, MAX_ENTRIES)
        return StaffPage(
            order=view,
            dates=four_dates(found.state),
            ahead=tuple(ahead(found.state)),
            timeline=tuple([one async for one in self._entries(order, entries)]),
            left_out=count - len(entries),
            commands=tuple(offered_commands(found.state, reader, now)),
            now=now,
            sums={str(name): sum_ for name, sum_ in order_sums(found.state).items()},
            questions=tuple(
                OpenQuestionView(
                    kind=item.kind,
                    subject=item.subject,
                    text=QUESTIONS[item.kind].text,
                    otherwise=QUESTIONS[item.kind].otherwise,
                    answers=QUESTIONS[item.kind].answers,
                    may_be_closed=bool(QUESTIONS[item.kind].closing),
                )
                for item in view.attention
            ),
            grounds=tuple(return_grounds(found.state, case) for case in found.state.returns),
            returnable=returnable(found.state, now).lines,
        )

    async def grounds(self, order: FoundOrder, return_id: str) -> ReturnGrounds | None:
        """Of one return; None for one that the order does not have."""
        state = (await self.orders.state(order)).state
        cases = [case for case in state.returns if case.return_id == return_id]
        return return_grounds(state, cases[0]) if cases else None

    async def _entries(
        self, order: FoundOrder, entries: Iterable[TimelineEntry]
    ) -> AsyncIterator[StaffPageEntry]:
        """With their lanes, and with the names of users in their facts."""
        found = list(entries)
        values = {str(value) for one in found for value in one.details.values()}
        names = await self.names.of(order.merchant, {one for one in values if one.startswith(PREFIX)})
        for entry in found:
            named = {name: names.get(str(value), value) for name, value in entry.details.items()}
            yield StaffPageEntry(**{**entry.model_dump(), "details": named}, lane=lane_of(entry))

    async def _named(self, order: FoundOrder, view: OrderView) -> OrderView:
        """With the names of those who planned a command."""
        names = await self.names.of(order.merchant, {one.name for one in view.planned})
        planned = tuple(
            one.model_copy(update={"name": names.get(one.name, one.name)}) for one in view.planned
        )
        return view.model_copy(update={"planned": planned})


def lane_of(entry: TimelineEntry) -> Lane:
    """The lane of a fact: what the customer was sent, what became of goods and money, what was decided, what was noted."""
    if entry.kind == "decision" and entry.action in _GOODS:
        return "goods"
    if entry.kind == "return" and entry.action.startswith("return_"):
        return "decisions"
    return _LANES.get(entry.kind, "decisions")
