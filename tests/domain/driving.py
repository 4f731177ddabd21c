"""Drives a journey's state as the workflow does: commands, facts and deeds in their order, each change committed."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Literal

from domain import agenda, deeds, doing, facts, outcomes, quoting
from domain.actors import Actor, Role
from domain.commands.base import Command
from domain.commands.cancel_order import CancelOrder
from domain.commands.cancel_return import CancelReturn
from domain.commands.drop_off import DropOffGoods
from domain.commands.open_return import OpenReturn
from domain.commands.override_order import OverrideOrder
from domain.commands.override_return import OverrideReturn
from domain.commands.receive import ReceivedLine, ReceiveGoods
from domain.commands.register_parcel import PackedLine, RegisterParcel
from domain.eligibility import objections
from domain.facts import ParcelReport
from domain.journey import JourneyState
from domain.notices import Entry, Notice
from domain.outcomes import LegOutcome
from domain.overrides import OverrideOfOrder, OverrideOfReturn
from domain.parcels import Estimate, ParcelStatus, Scan
from domain.promises import Promise
from domain.quotes import Quote, ReturnWish
from domain.reasons import Answer, refused
from domain.returns import Method, Resolution, ReturnCase
from domain.settlements import Leg

CUSTOMER = Actor(role=Role.CUSTOMER, name="cust")
AGENT = Actor(role=Role.AGENT, name="agent-1")
SENIOR = Actor(role=Role.SENIOR_AGENT, name="senior-1")
SHOP = Actor(role=Role.STOREFRONT, name="shop-1")
WAREHOUSE = Actor(role=Role.WAREHOUSE, name="warehouse-1")
PARTNER = Actor(role=Role.PARTNER, name="partner-1")

QUIET = 50  # rounds in which everything due must have been done
Wishes = dict[str, int]


class Life:
    """One order's life, its clock in our hand. `sent` and `written` hold what has left with the commits."""

    def __init__(self, state: JourneyState, now: datetime | None = None) -> None:
        self.state = state
        self.now = now or state.order.placed_at
        self.sent: list[Notice] = []
        self.written: list[Entry] = []
        self.commands = 0
        self.settle_down()

    # What the workflow does

    def settle_down(self) -> None:
        """Do what is due until nothing is, and commit."""
        for _ in range(QUIET):
            due = agenda.due(self.state, self.now)
            for deed in due:
                self._do(deed)
            self._commit()
            assert not (self.state.at_rest and agenda.due(self.state, self.now)), "the run would end here"
            if not due:
                return
        raise AssertionError(f"still due after {QUIET} rounds: {due}")

    def _do(self, deed: deeds.Deed) -> None:
        if isinstance(deed, deeds.PayLeg):
            leg = self.leg(deed.leg)
            leg.status, leg.sent_at = "sent", self.now
        else:
            doing.apply(self.state, deed, self.now)
            self.state.seq += 1

    def _commit(self) -> None:
        self.sent += self.state.outgoing
        self.written += self.state.journal
        self.state.outgoing, self.state.journal = [], []

    def ask(self, command: Command) -> Answer:
        """Send the command over the wire and obey it, or refuse it with all reasons and no trace."""
        travelled = type(command).model_validate_json(command.model_dump_json())
        before = self.state.model_dump_json()
        found = travelled.objections(self.state, self.now)
        assert self.state.model_dump_json() == before, "an objection changed the state"
        if found:
            return refused(*found)
        answer = travelled.carry_out(self.state, self.now)
        self.state.seq += 1
        self.state.remember(command.command_id, answer)
        self.settle_down()
        return answer

    def at(self, now: datetime) -> "Life":
        """Jump to that moment in one leap, as a worker does that was down meanwhile."""
        self.now = max(self.now, now)
        self.settle_down()
        return self

    def after(self, **span: float) -> "Life":
        """Let that much time pass, from deadline to deadline as the sandbox clock does."""
        end = self.now + timedelta(**span)
        while (waiting := agenda.next_deadline(self.state)) and waiting.at <= end:
            self.at(waiting.at)
        return self.at(end)

    def until_rest(self, most: int = 200) -> int:
        """Jump from deadline to deadline while every payment settles; how many jumps it took."""
        for jump in range(most):
            self.pay()
            if self.state.at_rest:
                return jump
            waiting = agenda.next_deadline(self.state)
            assert waiting is not None, "open, and nobody waits for anything"
            self.at(waiting.at)
        raise AssertionError(f"no rest after {most} jumps, next: {agenda.next_deadline(self.state)}")

    # What the world says

    def ship(self, lines: Wishes | None = None, number: str = "", promise: Promise | None = None,
             shipped_on: date | None = None, carrier: str = "ups") -> Answer:  # fmt: skip
        packed = tuple(PackedLine(line_id=line, quantity=count) for line, count in (lines or {}).items())
        return self.ask(
            RegisterParcel(
                **self._asked(SHOP),
                carrier=carrier,
                tracking_number=number or f"T{len(self.state.parcels) + 1}",
                shipped_on=shipped_on,
                lines=packed,
                promise=promise,
            )
        )

    def hear(self, *scans: Scan, number: str = "T1", carrier: str = "ups", estimate: Estimate | None = None,
             shipped_on: str | None = None) -> bool:  # fmt: skip
        report = ParcelReport(
            carrier=carrier, tracking_number=number, scans=scans, estimate=estimate, shipped_on=shipped_on
        )
        return self.take_in(report)

    def take_in(self, report: ParcelReport) -> bool:
        news = facts.take_in(self.state, report, self.now)
        self.state.seq += news
        self.settle_down()
        return news

    def scanned(self, status: ParcelStatus, number: str = "T1", at: datetime | None = None) -> bool:
        """The carrier says so, now or of that moment."""
        at = at or self.now
        return self.hear(Scan(key=f"{number}/{status}/{at.isoformat()}", at=at, status=status), number=number)

    def estimated(self, at: datetime, number: str = "T1") -> bool:
        return self.hear(number=number, estimate=Estimate(told_at=self.now, at=at))

    def deliver(self, lines: Wishes | None = None) -> str:
        """Ship these lines, or all, and deliver them at once; the parcel's id."""
        parcel = self.ship(lines).subject
        assert self.scanned(ParcelStatus.DELIVERED, self.state.parcels[-1].tracking_number)
        return parcel

    def pay(self, outcome: Literal["settled", "declined", "unknown"] = "settled", tender: str = "") -> None:
        """The provider answers for every leg that was sent, or for that tender's."""
        for leg in self.state.legs():
            if leg.status == "sent" and tender in ("", leg.tender_id):
                self.paid(leg.key, outcome)

    def paid(self, key: str, outcome: Literal["settled", "declined", "unknown"] = "settled") -> None:
        answer = LegOutcome(leg=key, outcome=outcome, reference=f"ref/{key}")
        outcomes.record(self.state, answer, self.now)
        self.state.seq += 1
        self.settle_down()

    # What people ask

    def quote(self, wishes: Wishes, reason: str = "unwanted") -> Quote:
        return quoting.quote(self.state, wishes_for(wishes, reason), self.now)

    def refusals(self, wishes: Wishes, reason: str = "unwanted") -> list[str]:
        return [one.code.value for one in objections(self.state, wishes_for(wishes, reason), self.now)]

    def open(self, wishes: Wishes | Quote, resolution: Resolution = "refund", actor: Actor = CUSTOMER,
             because: str = "", method: Method = "drop_off") -> Answer:  # fmt: skip
        number = len(self.state.returns) + 1 + self.commands
        quote = wishes if isinstance(wishes, Quote) else self.quote(wishes)
        return self.ask(
            OpenReturn(
                **self._asked(actor),
                return_id=f"ret_{number}",
                number=f"R{number}",
                code_hash=f"hash-{number}",
                quote=quote,
                resolution=resolution,
                method=method,
                because=because,
            )
        )

    def drop_off(self, return_id: str, nonce: str = "n1", point: str = "bar 7",
                 scanned_at: datetime | None = None) -> Answer:  # fmt: skip
        return self.ask(
            DropOffGoods(
                **self._asked(PARTNER), return_id=return_id, point=point, nonce=nonce, scanned_at=scanned_at
            )
        )

    def receive(self, return_id: str, lines: Wishes | None = None) -> Answer:
        arrived = tuple(ReceivedLine(line_id=line, quantity=count) for line, count in (lines or {}).items())
        return self.ask(ReceiveGoods(**self._asked(WAREHOUSE), return_id=return_id, lines=arrived))

    def cancel_return(self, return_id: str, actor: Actor = CUSTOMER) -> Answer:
        return self.ask(CancelReturn(**self._asked(actor), return_id=return_id, because="changed my mind"))

    def cancel_order(self, actor: Actor = CUSTOMER) -> Answer:
        return self.ask(CancelOrder(**self._asked(actor)))

    def override(self, word: str, actor: Actor = AGENT, **ask: object) -> Answer:
        """An agent's word about the order."""
        what = OverrideOfOrder.model_validate({"override": word, "because": "as agreed by phone", **ask})
        return self.ask(OverrideOrder(**self._asked(actor), ask=what))

    def override_return(self, return_id: str, word: str, actor: Actor = AGENT, **ask: object) -> Answer:
        what = OverrideOfReturn.model_validate({"override": word, "because": "as agreed by phone", **ask})
        return self.ask(OverrideReturn(**self._asked(actor), return_id=return_id, ask=what))

    def _asked(self, actor: Actor) -> dict[str, object]:
        self.commands += 1
        return {"command_id": f"c{self.commands}", "actor": actor}

    # What can be seen

    def case(self, return_id: str) -> ReturnCase:
        case = self.state.case(return_id)
        assert case is not None
        return case

    def leg(self, key: str) -> Leg:
        return next(leg for leg in self.state.legs() if leg.key == key)

    def legs(self, status: str = "") -> list[tuple[str, int]]:
        """Tender and principal of the legs, in their order."""
        return [
            (leg.tender_id, leg.principal.minor) for leg in self.state.legs() if status in ("", leg.status)
        ]

    def told(self) -> list[str]:
        """The kinds of notices so far, in their order."""
        return [notice.kind for notice in self.sent]

    def told_twice(self) -> list[str]:
        return [key for key, times in Counter(notice.key for notice in self.sent).items() if times > 1]

    def questions(self) -> list[str]:
        return [item.kind for item in self.state.attention]


def wishes_for(wishes: Wishes, reason: str = "unwanted") -> list[ReturnWish]:
    return [ReturnWish(line_id=line, quantity=count, reason=reason) for line, count in wishes.items()]


def reasons(answer: Answer) -> list[str]:
    return [one.code.value for one in answer.reasons]
