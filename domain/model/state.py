"""The state of an order's journey: everything that is in progress, as data."""

from datetime import datetime, timedelta
from typing import Literal, Unpack

from domain.actors import SYSTEM, Actor
from domain.base import State
from domain.clock import Instant, end_of_day, local_day
from domain.model.attention import PARCEL_QUESTIONS, AttentionItem, AttentionKind, GivenTerms
from domain.model.consent import Consent
from domain.model.leg import Leg
from domain.model.notice import AuditEntry, Notice, NoticeKind
from domain.model.order import Order
from domain.model.parcel import Parcel
from domain.model.promise import DelayNotice, FollowUp, LeadTimeTrial
from domain.model.questions import QUESTIONS, DefaultSetting
from domain.model.return_case import ReturnCase
from domain.model.scan import ParcelStatus
from domain.model.settlement import Settlement
from domain.model.shipment import ExternalRefundRecord, Shipment
from domain.model.terms import Terms
from domain.reasons import CommandResult
from domain.units import Units, units_in, without

Stage = Literal["placed", "shipped", "delivered", "closed", "cancelled"]
MAX_COMMAND_RESULTS = 64  # answers kept for repeated commands; older ones are in the API's idempotency table


class JourneyState(State):
    """One order's journey. Only commands, facts and actions change it; only the journey's commit stores it.

    seq, base: `seq` rises with every change; `base` is the stored version from which this state started.
    clock: a sandbox merchant's business time, None if time is real.
    polling: the merchant has an account with which this system polls carriers.
    lead_time_trials: what other lead times would have reported, if the policy tries some.
    corrected: subjects whose false delay notice was corrected.
    shipments: the newest report of each of a storefront's fulfilments.
    external_refunds: refunds made in the storefront.
    removed_units, removed_at: units that the storefront took out of the order, never shipped; when the last was.
    untracked_at: since then the journey does not wait for what never shipped.
    rest_cancelled_at: when an agent cancelled what had not shipped.
    command_results: the answers of the last commands, by command id.
    pending_notices, audit_log: they leave with the next commit.
    """

    order: Order
    terms: Terms
    rules_version: int
    seq: int = 0
    base: int = 0
    clock: Instant | None = None
    polling: bool = False
    parcels: list[Parcel] = []
    returns: list[ReturnCase] = []
    settlements: list[Settlement] = []
    delay_notices: list[DelayNotice] = []
    lead_time_trials: list[LeadTimeTrial] = []
    corrected: list[str] = []
    follow_ups: list[FollowUp] = []
    attention: list[AttentionItem] = []
    consents: list[Consent] = []
    shipments: list[Shipment] = []
    external_refunds: list[ExternalRefundRecord] = []
    removed_units: dict[str, list[int]] = {}
    removed_at: Instant | None = None
    window_extension: int = 0
    untracked_at: Instant | None = None
    rest_cancelled_at: Instant | None = None
    cancelled_at: Instant | None = None
    closed_at: Instant | None = None
    command_results: dict[str, CommandResult] = {}
    pending_notices: list[Notice] = []
    audit_log: list[AuditEntry] = []

    @property
    def requires_delay_consent(self) -> bool:
        """Whether the customer must agree to a later date here, instead of only receiving a notice of it."""
        option = self.terms.policy.delay_option
        return option is not None and self.order.destination.country in option.countries

    @property
    def zone(self) -> str:
        return self.order.destination.zone

    @property
    def due(self) -> datetime:
        """The instant from which the promise is broken: the last date the customer agreed to, else the first."""
        agreed = [consent.due for consent in self.consents if consent.answer == "wait"]
        return agreed[-1] if agreed else self.terms.due or self.order.due()

    @property
    def stage(self) -> Stage:
        if self.cancelled_at is not None:
            return "cancelled"
        if self.closed_at is not None and self.at_rest:
            return "closed"
        if self.delivered == "all":
            return "delivered"
        left = any(parcel.tracking.moved_at or parcel.delivered_at for parcel in self.parcels)
        return "shipped" if left else "placed"

    @property
    def delivered(self) -> Literal["none", "some", "all"]:
        """Summary over the parcels (TRK-7): `all` only when every unit is in a delivered parcel."""
        arrived = [parcel for parcel in self.parcels if parcel.delivered_at]
        if not arrived:
            return "none"
        underway = [p for p in self.parcels if not (p.delivered_at or p.void or p.resent)]
        return "some" if underway or self.unshipped() else "all"

    @property
    def at_rest(self) -> bool:
        """Whether nothing is open: the run may end, and its snapshot is kept."""
        return (
            (self.closed_at is not None or self.cancelled_at is not None)
            and not self.attention
            and not any(leg.open for leg in self.legs())
            and all(case.goods_settled and not self.payable_units(case) for case in self.returns)
            and not any(self.unrefunded_units(parcel) for parcel in self.parcels)
            and not self.pending_notices
        )

    def legs(self) -> list[Leg]:
        return [leg for settlement in self.settlements for leg in settlement.legs]

    def parcel(self, parcel_id: str) -> Parcel | None:
        return next((parcel for parcel in self.parcels if parcel.parcel_id == parcel_id), None)

    def case(self, return_id: str) -> ReturnCase | None:
        return next((case for case in self.returns if case.return_id == return_id), None)

    def require_parcel(self, parcel_id: str) -> Parcel:
        """The parcel with that id, which the caller knows to exist."""
        parcel = self.parcel(parcel_id)
        assert parcel is not None, f"parcel {parcel_id} is not in the state"
        return parcel

    def require_case(self, return_id: str) -> ReturnCase:
        """The return with that id, which the caller knows to exist."""
        case = self.case(return_id)
        assert case is not None, f"return {return_id} is not in the state"
        return case

    def settlements_of(self, return_id: str) -> list[Settlement]:
        return [s for s in self.settlements if s.return_id == return_id]

    def unshipped(self) -> dict[str, list[int]]:
        """Units still to ship, per line: in no parcel, of a void label or to resend; not cancelled or removed."""
        packed = (parcel.units for parcel in self.parcels if not (parcel.void or parcel.resent))
        again = units_in(parcel.units for parcel in self.parcels if parcel.resent)
        gone = units_in([self.removed_units, *packed]) | (
            again & self.unavailable_units() if again else again
        )
        if self.rest_cancelled_at is not None:
            gone |= self.refunded_without_return()
        return without({line.line_id: list(range(line.quantity)) for line in self.order.lines}, gone)

    def cancellable_units(self) -> dict[str, list[int]]:
        """Units not yet shipped and not on a return (a label may be voided after its goods came back)."""
        return without(self.unshipped(), self.unavailable_units())

    def refunded_without_return(self) -> Units:
        """Units whose money went back because they were cancelled or written off."""
        return units_in(s.units for s in self.settlements if s.return_id is None)

    def contents_cancelled(self, parcel: Parcel) -> bool:
        """Whether the parcel should not travel: its contents were paid back, and not because it was written off."""
        ours = units_in(s.units for s in self.settlements if s.return_id is None and s.purpose != "external")
        return parcel.lost_at is None and not ours.isdisjoint(units_in([parcel.units]))

    def unrefunded_units(self, parcel: Parcel) -> dict[str, list[int]]:
        """Units of a written-off parcel without a payment, now or to come: in no settlement and on no live return."""
        if parcel.lost_at is None or parcel.resent:
            return {}
        return without(parcel.units, self.unavailable_units() | units_in(s.units for s in self.settlements))

    def payable_units(self, case: ReturnCase) -> dict[str, list[int]]:
        """Units of the return that are to be paid and are in no settlement yet; none during a hold.

        After a write-off all units are paid only if the customer handed them over at a drop-off; a missing unit of a
        parcel sent by mail is paid when it arrives (S-63).
        """
        if case.decision != "authorized" or case.held_until is not None:
            return {}
        early = self.terms.policy.pay_on == "drop_off" or case.written_off_at is not None
        earned = case.units if case.dropped_off and early else case.received
        return without(earned, units_in(s.units for s in self.settlements_of(case.return_id)))

    def unavailable_units(self) -> Units:
        """Units that no new return may hold: on a live return, paid and not taken back, or paid for another reason."""
        claims = [case.units for case in self.returns if case.live or self._reversal_pending(case)]
        return units_in(claims) | self.refunded_without_return() | self.externally_refunded_units()

    def externally_refunded_units(self) -> Units:
        """Units whose money went back in the storefront, whatever happens to a return that holds them."""
        return units_in(s.units for s in self.settlements if s.purpose == "external")

    def _reversal_pending(self, case: ReturnCase) -> bool:
        """Whether the return's credit is being taken back and is not back yet: until then its units count as paid."""
        back = [s for s in self.settlements_of(case.return_id) if s.purpose == "reversal"]
        return any(leg.status != "settled" for settlement in back for leg in settlement.legs)

    def delivered_units(self) -> dict[str, dict[int, datetime]]:
        """When each delivered unit arrived, per line."""
        arrived: dict[str, dict[int, datetime]] = {}
        for parcel in self.parcels:
            if (at := parcel.delivered_at) is not None:
                for line, units in parcel.units.items():
                    arrived.setdefault(line, {}).update(dict.fromkeys(units, at))
        return arrived

    def window_end(self, delivered_at: datetime) -> datetime:
        """The first instant at which a unit delivered then can no longer be returned."""
        days = self.terms.policy.window + self.window_extension
        return end_of_day(local_day(delivered_at, self.zone) + timedelta(days=days), self.zone)

    def undeliverable(self, parcel: Parcel) -> bool:
        return parcel.tracking.status is ParcelStatus.RETURN_TO_SENDER and parcel.lost_at is None

    def plan(self, settlement: Settlement, now: datetime) -> None:
        """Add a settlement: from the next commit on it is an intent that survives every crash."""
        self.settlements.append(settlement)
        amount = settlement.principal.minor if settlement.legs else 0
        legs = len(settlement.legs)
        self.audit(now, SYSTEM, "payment_planned", settlement.occasion, principal=amount, legs=legs)

    def notify(self, now: datetime, key: str, kind: NoticeKind, subject: str, **details: str | int) -> None:
        """Queue a notice to the customer; it leaves with the next commit, once per key."""
        self.pending_notices.append(Notice(key=key, kind=kind, subject=subject, at=now, details=details))

    def audit(
        self, now: datetime, actor: Actor, action: str, subject: str = "", **details: str | int
    ) -> None:
        """Add a line to the order's audit."""
        self.audit_log.append(
            AuditEntry(
                at=now, role=actor.role, name=actor.name, action=action, subject=subject, details=details
            )
        )

    def open_question(
        self, kind: AttentionKind, subject: str, now: datetime, **given: Unpack[GivenTerms]
    ) -> AttentionItem:
        """Open a question, by its row in the table; it replaces an open one of the same kind and subject.

        given: the terms that the table leaves open for this kind, or that differ from it.
        """
        question, policy = QUESTIONS[kind], self.terms.policy
        default = (
            question.default.of(policy) if isinstance(question.default, DefaultSetting) else question.default
        )
        item = AttentionItem.model_validate(
            {
                "kind": kind,
                "subject": subject,
                "owner": question.owner,
                "opened_at": now,
                "deadline": question.time and now + question.time.of(policy),
                "default": default,
                **given,
            }
        )
        self.settle_question(kind, subject)
        self.attention = [*self.attention, item]
        if question.audited:
            self.audit(now, SYSTEM, "attention_opened", item.id)
        return item

    def open_item(self, kind: AttentionKind, subject: str) -> AttentionItem | None:
        """The open question of that kind about that subject; None when there is none."""
        return next((one for one in self.attention if one.kind == kind and one.subject == subject), None)

    def has_open(self, kind: AttentionKind, subject: str = "") -> bool:
        """Whether such a question is open, about that subject or about any."""
        return any(item.kind == kind and subject in ("", item.subject) for item in self.attention)

    def settle_question(self, kind: AttentionKind, subject: str) -> None:
        """Close the question, if it is open."""
        self.attention = [one for one in self.attention if (one.kind, one.subject) != (kind, subject)]

    def settle_questions_about(self, parcel_id: str) -> None:
        """Close every question about where the parcel is."""
        for kind in PARCEL_QUESTIONS:
            self.settle_question(kind, parcel_id)

    def settle_questions_about_shipping(self) -> None:
        """Close questions that only make sense while units wait to be packed: consents to wait, and resends."""
        left = units_in([self.unshipped()])
        if not left:
            self.attention = [item for item in self.attention if item.kind != "consent"]
        for parcel in self.parcels:
            if parcel.resent and left.isdisjoint(units_in([parcel.units])):
                self.settle_question("resend", parcel.parcel_id)

    def record_result(self, command_id: str, result: CommandResult) -> None:
        """Keep an answer for the same command sent again: update ids deduplicate within one run only."""
        self.command_results[command_id] = result
        while len(self.command_results) > MAX_COMMAND_RESULTS:
            self.command_results.pop(next(iter(self.command_results)))
