"""An order as staff see it on one page: four dates, one timeline by lanes, what lies ahead, and the order itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from domain.actors import STAFF, Actor, Role
from domain.base import Frozen
from domain.clock import Instant
from domain.journey.ahead import AheadEntry, Lane, ahead
from domain.journey.command_choices import CommandChoice, offered_commands
from domain.journey.four_dates import FourDates, four_dates
from domain.journey.order_view import OrderView, order_view
from domain.journey.preview import order_sums
from domain.model.questions import QUESTIONS
from domain.money import Money
from domain.returns.grounds import ReturnGrounds, return_grounds
from domain.returns.returnable import ReturnableLine, returnable
from services.key_names import KeyNames
from services.order_reader import FoundOrder, OrderReader, Snapshot
from services.orders.timeline import (
    OrderTimeline,
    TimelineEntry,
    TimelineKind,
    TimelineMark,
    without_personal_texts,
)
from store.merchants.users import PREFIX
from store.notifications.letters import Letters

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
    subject_line: str | None = None
    """Of a letter that has left, the subject line under which it was sent; shown to agents only."""


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
    """The order; for staff with its customer."""
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
    letters: Letters

    async def of(self, order: FoundOrder, reader: Actor) -> StaffPage:
        """The order on one page, with what the reader may do."""
        found = await self.orders.state(order)
        now = await self.orders.clocks.business_now(order.merchant)
        view = await self._named(order, await self._view(found, reader))
        entries, count = await self.timeline.newest(order, MAX_ENTRIES)
        return StaffPage(
            order=view,
            dates=four_dates(found.state, now),
            ahead=tuple(ahead(found.state, now)),
            timeline=tuple(await self._entries(order, entries, reader)),
            left_out=count - len(entries),
            commands=tuple(
                choice
                for choice in offered_commands(found.state, reader, now)
                if not (choice.command == "reply" and view.customer and view.customer.erased)
            ),
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

    async def since(self, order: FoundOrder, mark: TimelineMark, reader: Actor) -> list[StaffPageEntry]:
        """What became known after that mark: what people decided first, then what people did, each the newest first."""
        entries = await self._entries(order, await self.timeline.since(order, mark), reader)
        return sorted(entries, key=_importance)

    async def _entries(
        self, order: FoundOrder, entries: Sequence[TimelineEntry], reader: Actor
    ) -> list[StaffPageEntry]:
        """With their lanes, with the names of users in their facts, and for staff with texts and the subject lines of letters."""
        if reader.role not in STAFF:
            entries = [without_personal_texts(one) for one in entries]
        values = {str(value) for one in entries for value in one.details.values()}
        names = await self.names.of(order.merchant, {one for one in values if one.startswith(PREFIX)})
        letters = {one.notice for one in entries if one.notice} if reader.role in STAFF else frozenset()
        subjects = await self._subjects(order, letters)
        return [
            StaffPageEntry(
                **{
                    **entry.model_dump(),
                    "details": {name: names.get(str(value), value) for name, value in entry.details.items()},
                },
                lane=lane_of(entry),
                subject_line=subjects.get(entry.notice or 0),
            )
            for entry in entries
        ]

    async def _subjects(self, order: FoundOrder, notices: Collection[int]) -> dict[int, str]:
        rows = await self.timeline.outbox.of_order(order.merchant, order.id) if notices else []
        return await self.letters.subjects(order.merchant, [row for row in rows if row.id in notices])

    async def _view(self, found: Snapshot, reader: Actor) -> OrderView:
        """The customer's name and addresses are for staff alone."""
        if reader.role in STAFF:
            return await self.orders.with_customer(found)
        return order_view(found.state, found.as_of)

    async def _named(self, order: FoundOrder, view: OrderView) -> OrderView:
        """With the names of those who planned a command."""
        names = await self.names.of(order.merchant, {one.name for one in view.planned})
        planned = tuple(
            one.model_copy(update={"name": names.get(one.name, one.name)}) for one in view.planned
        )
        return view.model_copy(update={"planned": planned})


def _importance(entry: StaffPageEntry) -> int:
    by_a_person = entry.role not in (None, Role.SYSTEM)
    return 0 if by_a_person and entry.lane == "decisions" else 1 if by_a_person else 2


def lane_of(entry: TimelineEntry) -> Lane:
    """The lane of a fact: what the customer was sent, what became of goods and money, what was decided, what was noted."""
    if entry.kind == "decision" and entry.action in _GOODS:
        return "goods"
    if entry.kind == "return" and entry.action.startswith("return_"):
        return "decisions"
    return _LANES.get(entry.kind, "decisions")
