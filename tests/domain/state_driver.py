"""Drives a journey's state as the workflow does: commands, external events and actions in their order, each change committed."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Literal

from domain.actors import Actor, Role
from domain.journey import agenda
from domain.model.command import Command
from domain.model.estimate import Estimate
from domain.model.leg import Leg
from domain.model.notice import AuditEntry, Notice
from domain.model.override import OrderOverrideRequest, ReturnOverrideRequest
from domain.model.payment import PaymentResult
from domain.model.promise import Promise
from domain.model.quote import Quote, ReturnItem
from domain.model.received_goods import ReceivedLine
from domain.model.return_case import ReturnCase
from domain.model.return_choices import Resolution, ReturnMethod
from domain.model.scan import ParcelStatus, Scan
from domain.model.shipment import PackedLine
from domain.model.state import JourneyState
from domain.model.tracking_update import TrackingUpdate
from domain.orders.commands.cancel_order import CancelOrder
from domain.orders.commands.override_order import OverrideOrder
from domain.payments import payment_results
from domain.payments.claw_backs import results as claw_back_results
from domain.payments.claw_backs.requests import send_work
from domain.payments.legs import send_leg
from domain.reasons import CommandResult, refused
from domain.returns import quotes
from domain.returns.commands.cancel_return import CancelReturn
from domain.returns.commands.drop_off import DropOffGoods
from domain.returns.commands.open_return import OpenReturn
from domain.returns.commands.override_return import OverrideReturn
from domain.returns.commands.receive import ReceiveGoods
from domain.returns.eligibility import violations
from domain.tracking import scans
from domain.tracking.commands.register_parcel import RegisterParcel
from domain.tracking.recycled_numbers import NumberEpoch, split_by_parcel
from domain.tracking.scans import TrackingUpdated
from tests.domain.claim_ledger import ClaimLedger

CUSTOMER = Actor(role=Role.CUSTOMER, name="cust")
AGENT = Actor(role=Role.AGENT, name="agent-1")
SENIOR = Actor(role=Role.SENIOR_AGENT, name="senior-1")
SHOP = Actor(role=Role.STOREFRONT, name="shop-1")
WAREHOUSE = Actor(role=Role.WAREHOUSE, name="warehouse-1")
PARTNER = Actor(role=Role.PARTNER, name="partner-1")

MAX_ROUNDS = 50  # rounds in which all due actions must be done
Quantities = dict[str, int]
Outcome = Literal["settled", "declined", "accepted", "unknown"]


class StateDriver:
    """The journey of one order with a clock that the test sets. `sent` and `written` hold what the commits wrote."""

    def __init__(self, state: JourneyState, now: datetime | None = None) -> None:
        self.state = state
        self.now = now or state.order.placed_at
        self.sent: list[Notice] = []
        self.written: list[AuditEntry] = []
        self.commands = 0
        self.claims = ClaimLedger()
        self.apply_due()

    # The workflow's part

    def apply_due(self) -> None:
        """Apply due actions until there are none, and commit."""
        for _ in range(MAX_ROUNDS):
            changes = agenda.changes_due(self.state, self.now)
            for change in changes:
                change.apply(self.state, self.now)
                self.state.seq += 1
            self._commit()
            effects = agenda.effects_due(self.state, self.now)
            for effect in effects:
                effect.start(self)
            assert not self.state.at_rest or agenda.is_idle(self.state, self.now), "the run would end here"
            if not changes and not effects:
                return
        raise AssertionError(f"still due after {MAX_ROUNDS} rounds: {changes} {effects}")

    def start_payment(self, leg: str) -> None:
        send_leg(self.state, leg, self.now)

    def start_claw_back_work(self, claim: str) -> None:
        """The ledger and the provider of payment pages do it at once, as `self.claims` says."""
        result = self.claims.do(send_work(self.state, claim, self.now))
        claw_back_results.record_result(self.state, result, self.now)
        self.state.seq += 1

    def start_poll(self, parcel_id: str) -> None:
        raise AssertionError("no order here has an account for polling")

    def _commit(self) -> None:
        self.sent += self.state.pending_notices
        self.written += self.state.audit_log
        self.state.pending_notices, self.state.audit_log = [], []

    def execute(self, command: Command) -> CommandResult:
        """Send the command in its JSON form and execute it, or refuse it with all violations and without a trace."""
        travelled = type(command).model_validate_json(command.model_dump_json())
        before = self.state.model_dump_json()
        violations = travelled.violations(self.state, self.now)
        assert self.state.model_dump_json() == before, "an objection changed the state"
        if violations:
            return refused(*violations)
        answer = travelled.execute(self.state, self.now)
        self.state.seq += 1
        self.state.record_result(command.command_id, answer)
        self.apply_due()
        return answer

    def jump_to(self, now: datetime) -> "StateDriver":
        """Set the clock to that moment in one step, as for a worker that was down meanwhile."""
        self.now = max(self.now, now)
        self.apply_due()
        return self

    def advance(self, **span: float) -> "StateDriver":
        """Let that much time pass, from deadline to deadline as the sandbox clock does."""
        end = self.now + timedelta(**span)
        while (waiting := agenda.next_action(self.state)) and waiting.at <= end:
            self.jump_to(waiting.at)
        return self.jump_to(end)

    def until_at_rest(self, max_jumps: int = 200) -> int:
        """Go from deadline to deadline while every payment settles. Returns the number of steps."""
        for jump in range(max_jumps):
            self.settle_sent_legs()
            if self.state.at_rest:
                return jump
            waiting = agenda.next_action(self.state)
            assert waiting is not None, "open, without a next action"
            self.jump_to(waiting.at)
        raise AssertionError(f"no rest after {max_jumps} jumps, next: {agenda.next_action(self.state)}")

    # External events

    def ship(self, lines: Quantities | None = None, number: str = "", promise: Promise | None = None,
             shipped_on: date | None = None, carrier: str = "ups") -> CommandResult:  # fmt: skip
        packed = tuple(PackedLine(line_id=line, quantity=count) for line, count in (lines or {}).items())
        return self.execute(
            RegisterParcel(
                **self._envelope(SHOP),
                carrier=carrier,
                tracking_number=number or f"T{len(self.state.parcels) + 1}",
                shipped_on=shipped_on,
                lines=packed,
                promise=promise,
            )
        )

    def receive_scans(self, *scans: Scan, number: str = "T1", carrier: str = "ups", estimate: Estimate | None = None,
             shipped_on: date | None = None) -> bool:  # fmt: skip
        """Find the parcel as the dispatcher does, and report this about it; False also for an unknown parcel."""
        named = [
            parcel for parcel in self.state.parcels
            if parcel.tracking_number == number and parcel.carrier.casefold() == carrier.casefold()
        ]  # fmt: skip
        matching = [parcel for parcel in named if parcel.shipped_on == shipped_on] if shipped_on else []
        matching = matching or named
        epochs = [
            NumberEpoch(shipped_on=one.shipped_on, placed_at=self.state.order.placed_at) for one in matching
        ]
        update = TrackingUpdate(scans=scans, estimate=estimate)
        parts = split_by_parcel(update, epochs) if len(matching) > 1 else [update]
        news = [
            self.receive_update(one.parcel_id, part)
            for one, part in zip(matching, parts, strict=False)
            if part
        ]
        return any(news)

    def receive_update(self, parcel_id: str, update: TrackingUpdate) -> bool:
        event = TrackingUpdated(parcel_id=parcel_id, update=update)
        news = scans.apply_tracking_update(self.state, event, self.now)
        self.state.seq += news
        self.apply_due()
        return news

    def scan(self, status: ParcelStatus, number: str = "T1", at: datetime | None = None) -> bool:
        """A scan of the carrier, of now or of that time."""
        at = at or self.now
        return self.receive_scans(
            Scan(key=f"{number}/{status}/{at.isoformat()}", at=at, status=status), number=number
        )

    def estimate(self, at: datetime, number: str = "T1") -> bool:
        return self.receive_scans(number=number, estimate=Estimate(reported_at=self.now, at=at))

    def deliver(self, lines: Quantities | None = None) -> str:
        """Ship these lines, or all, and deliver them at once. Returns the parcel's id."""
        parcel = self.ship(lines).subject
        assert self.scan(ParcelStatus.DELIVERED, self.state.parcels[-1].tracking_number)
        return parcel

    def settle_sent_legs(self, outcome: Outcome = "settled", tender: str = "") -> None:
        """The provider answers for every leg that was sent, or for that tender's."""
        for leg in self.state.legs():
            if leg.status == "sent" and tender in ("", leg.tender_id):
                self.settle_leg(leg.key, outcome)

    def settle_leg(self, key: str, outcome: Outcome = "settled") -> None:
        answer = PaymentResult(leg=key, outcome=outcome, reference=f"ref/{key}")
        payment_results.record_payment_result(self.state, answer, self.now)
        self.state.seq += 1
        self.apply_due()

    # Commands

    def quote(self, items: Quantities, reason: str = "unwanted", method: ReturnMethod = "drop_off") -> Quote:
        return quotes.quote(self.state, return_items(items, reason), self.now, method)

    def violations(self, items: Quantities, reason: str = "unwanted") -> list[str]:
        return [
            violation.code.value
            for violation in violations(self.state, return_items(items, reason), self.now)
        ]

    def open(self, items: Quantities | Quote, resolution: Resolution = "refund", actor: Actor = CUSTOMER,
             reason: str = "", method: ReturnMethod = "drop_off") -> CommandResult:  # fmt: skip
        quote = items if isinstance(items, Quote) else self.quote(items, method=method)
        return self.execute(self.opening(quote, resolution, actor, reason=reason, method=method))

    def opening(self, quote: Quote, resolution: Resolution = "refund", actor: Actor = CUSTOMER, *,
                reason: str = "", method: ReturnMethod = "drop_off") -> OpenReturn:  # fmt: skip
        """The command that opens a return at that quote."""
        number = len(self.state.returns) + 1 + self.commands
        return OpenReturn(
            **self._envelope(actor),
            return_id=f"ret_{number}",
            number=f"R{number}",
            code_hash=f"hash-{number}",
            quote=quote,
            resolution=resolution,
            method=method,
            reason=reason,
        )

    def drop_off(self, return_id: str, nonce: str = "n1", location_id: str = "bar 7",
                 scanned_at: datetime | None = None, by: Actor = PARTNER) -> CommandResult:  # fmt: skip
        return self.execute(
            DropOffGoods(
                **self._envelope(by),
                return_id=return_id,
                location_id=location_id,
                nonce=nonce,
                scanned_at=scanned_at,
            )
        )

    def receive(
        self, return_id: str, lines: Quantities | None = None, *others: ReceivedLine
    ) -> CommandResult:
        """The warehouse receives these units in good condition, and the others as they are described."""
        good = [ReceivedLine(line_id=line, quantity=count) for line, count in (lines or {}).items()]
        arrived = (*good, *others)
        return self.execute(ReceiveGoods(**self._envelope(WAREHOUSE), return_id=return_id, lines=arrived))

    def cancel_return(self, return_id: str, actor: Actor = CUSTOMER) -> CommandResult:
        return self.execute(
            CancelReturn(**self._envelope(actor), return_id=return_id, reason="changed my mind")
        )

    def cancel_order(self, actor: Actor = CUSTOMER) -> CommandResult:
        return self.execute(CancelOrder(**self._envelope(actor)))

    def override(self, action: str, actor: Actor = AGENT, **details: object) -> CommandResult:
        """An agent's override of the order."""
        what = OrderOverrideRequest.model_validate(
            {"override": action, "reason": "as agreed by phone", **details}
        )
        return self.execute(OverrideOrder(**self._envelope(actor), request=what))

    def override_return(
        self, return_id: str, action: str, actor: Actor = AGENT, **details: object
    ) -> CommandResult:
        what = ReturnOverrideRequest.model_validate(
            {"override": action, "reason": "as agreed by phone", **details}
        )
        return self.execute(OverrideReturn(**self._envelope(actor), return_id=return_id, request=what))

    def _envelope(self, actor: Actor) -> dict[str, object]:
        self.commands += 1
        return {"command_id": f"c{self.commands}", "actor": actor}

    # What a test can read

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

    def notice_kinds(self) -> list[str]:
        """The kinds of notices so far, in their order."""
        return [notice.kind for notice in self.sent]

    def duplicate_notices(self) -> list[str]:
        return [key for key, times in Counter(notice.key for notice in self.sent).items() if times > 1]

    def attention_kinds(self) -> list[str]:
        return [item.kind for item in self.state.attention]


def return_items(items: Quantities, reason: str = "unwanted") -> list[ReturnItem]:
    return [ReturnItem(line_id=line, quantity=count, reason=reason) for line, count in items.items()]


def reasons(answer: CommandResult) -> list[str]:
    return [reason.code.value for reason in answer.reasons]
