"""The data of one order's journey: everything that is going on, as plain fields."""

from datetime import datetime

from domain.actors import Actor
from domain.base import State
from domain.clock import Instant, end_of_day
from domain.model.attention import AttentionItem
from domain.model.claw_back import ClawBack
from domain.model.consent import Consent
from domain.model.date_promise import DatePromise
from domain.model.dispute import Dispute
from domain.model.feedback import FeedbackAnswer
from domain.model.handover import Handover
from domain.model.leg import Leg
from domain.model.notice import AuditEntry, Notice
from domain.model.order import Order
from domain.model.parcel import Parcel
from domain.model.planned_command import PlannedCommand
from domain.model.promise import DelayNotice, FollowUp, LeadTimeTrial
from domain.model.return_case import ReturnCase
from domain.model.risk import RiskSignals
from domain.model.settlement import Settlement
from domain.model.shipment import ExternalRefundRecord, Shipment
from domain.model.terms import Terms
from domain.reasons import CommandResult
from domain.units import UnitsByLine


class JourneyData(State):
    """The fields of a journey. Only `JourneyState` is used outside this folder.

    rules_version: the version of the agenda's rules that the run started with.
    seq: the version of the state; it rises with every change.
    base: the version in the store that this state grew from.
    clock: a sandbox merchant's business time; None where time is real.
    polling: the merchant has an account with which carriers are polled.
    lead_time_trials: when other lead times would have sent a delay notice, where the policy tries some out.
    corrected: subjects whose false delay notice was corrected.
    shipments: the newest version of each fulfilment that a storefront reported.
    external_refunds: refunds that were made in the storefront.
    disputes: payments that a bank asks back, or asks about.
    removed_units: units that left the order in the storefront before they shipped; the journey does not wait for them.
    removed_at: when the last of them left.
    destination_at: when the order's destination was last changed, by the time of who changed it.
    window_extension: days that agents added to the return window.
    shared_units: by fulfilment, units in its several labels: which label holds which is not known.
    handovers: goods that were collected, or delivered digitally.
    handover_count: how many there ever were: their ids name letters, so none is used again.
    claw_backs: money that was asked back from the customer.
    untracked_at: since then the journey does not wait for units that never shipped.
    uncollected_at: since then the journey does not wait for goods to be collected in the shop.
    rest_cancelled_at: when the units that had not shipped were cancelled.
    date_promises: dates about money and answers that the customer was told.
    risk_signals: what the shop and its staff reported about the risk of the order.
    reply_times: when agents wrote to the customer within the last day.
    reply_count: how often they ever did: it names the letters.
    message_times: when the customer wrote to the shop within the last day.
    message_count: how often they ever did.
    planned_commands: commands of people that wait for a short while, in which they can be taken back.
    feedback: what the customer answered when asked how it went.
    command_results: results of the last commands, by command id.
    pending_notices, audit_log: what leaves with the next commit.
    """

    order: Order
    terms: Terms
    rules_version: int
    seq: int = 0
    base: int = 0
    clock: Instant | None = None
    polling: bool = False
    parcels: list[Parcel] = []
    shared_units: dict[str, UnitsByLine] = {}
    handovers: list[Handover] = []
    handover_count: int = 0
    returns: list[ReturnCase] = []
    settlements: list[Settlement] = []
    claw_backs: list[ClawBack] = []
    delay_notices: list[DelayNotice] = []
    lead_time_trials: list[LeadTimeTrial] = []
    corrected: list[str] = []
    follow_ups: list[FollowUp] = []
    attention: list[AttentionItem] = []
    consents: list[Consent] = []
    shipments: list[Shipment] = []
    external_refunds: list[ExternalRefundRecord] = []
    disputes: list[Dispute] = []
    removed_units: UnitsByLine = {}
    removed_at: Instant | None = None
    destination_at: Instant | None = None
    window_extension: int = 0
    untracked_at: Instant | None = None
    uncollected_at: Instant | None = None
    rest_cancelled_at: Instant | None = None
    cancelled_at: Instant | None = None
    closed_at: Instant | None = None
    date_promises: list[DatePromise] = []
    risk_signals: RiskSignals = RiskSignals()
    reply_times: list[Instant] = []
    reply_count: int = 0
    feedback: list[FeedbackAnswer] = []
    message_times: list[Instant] = []
    message_count: int = 0
    planned_commands: list[PlannedCommand] = []
    command_results: dict[str, CommandResult] = {}
    pending_notices: list[Notice] = []
    audit_log: list[AuditEntry] = []

    @property
    def zone(self) -> str:
        """The time zone of the destination."""
        return self.order.destination.zone

    @property
    def due(self) -> datetime:
        """When the order's promise breaks: by the last date that the customer agreed to, else by the first promise.

        Lines that ship later have their own date, see `due_of`.
        """
        lines = [line.line_id for line in self.order.lines if line.fulfilment != "later"]
        return self._agreed(lines) or self.terms.due or self.order.due()

    def due_of(self, line_id: str) -> datetime:
        """When the promise of that line breaks."""
        line = self.order.line(line_id)
        if line is None or line.expected_on is None:
            return self.due
        expected = end_of_day(line.expected_on, self.zone)
        return max(expected, self._agreed([line_id]) or expected)

    def _agreed(self, lines: list[str]) -> datetime | None:
        """The last later date for one of these lines that the customer agreed to."""
        agreed = [
            consent.due
            for consent in self.consents
            if consent.answer == "wait" and (not consent.lines or set(lines) & set(consent.lines))
        ]
        return agreed[-1] if agreed else None

    @property
    def requires_delay_consent(self) -> bool:
        """In this country a later date needs the customer's consent; a notice is not enough."""
        option = self.terms.policy.delay_option
        return option is not None and self.order.destination.country in option.countries

    def legs(self) -> list[Leg]:
        return [leg for settlement in self.settlements for leg in settlement.legs]

    def find_leg(self, key: str) -> tuple[Settlement, Leg] | None:
        """The leg with that key, and its settlement. Keys are unique: orders whose tenders share one are refused."""
        found = ((s, leg) for s in self.settlements for leg in s.legs if leg.key == key)
        return next(found, None)

    def claw_back(self, claim: str) -> ClawBack | None:
        return next((one for one in self.claw_backs if one.claim == claim), None)

    def settlements_of(self, return_id: str) -> list[Settlement]:
        return [s for s in self.settlements if s.return_id == return_id]

    def parcel(self, parcel_id: str) -> Parcel | None:
        return next((parcel for parcel in self.parcels if parcel.parcel_id == parcel_id), None)

    def require_parcel(self, parcel_id: str) -> Parcel:
        """The parcel with that id, which the caller knows to exist."""
        parcel = self.parcel(parcel_id)
        assert parcel is not None, f"parcel {parcel_id} is not in the state"
        return parcel

    def exchanged_lines(self) -> frozenset[str]:
        """The lines of goods that left in exchange for others: the journey made them, and no storefront has them."""
        parts = (part for case in self.returns if case.exchange for part in case.exchange.parts)
        return frozenset(line for part in parts for line in part.units)

    def case(self, return_id: str) -> ReturnCase | None:
        return next((case for case in self.returns if case.return_id == return_id), None)

    def require_case(self, return_id: str) -> ReturnCase:
        """The return with that id, which the caller knows to exist."""
        case = self.case(return_id)
        assert case is not None, f"return {return_id} is not in the state"
        return case

    def audit(
        self, now: datetime, actor: Actor, action: str, subject: str = "", **details: str | int
    ) -> None:
        """Add an entry to the order's audit log."""
        self.audit_log.append(
            AuditEntry(
                at=now, role=actor.role, name=actor.name, action=action, subject=subject, details=details
            )
        )
