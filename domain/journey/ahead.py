"""What lies ahead of an order, as people read it: every wait, every expected parcel and every date that was promised."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.journey import agenda
from domain.model.attention import Owner
from domain.model.deadlines import ScheduledAction
from domain.model.parcel import Parcel
from domain.model.state import JourneyState
from domain.tracking.eta import Eta
from domain.tracking.expected_delivery import etas

Lane = Literal["goods", "decisions", "money", "letters", "notes"]

_LANES: Mapping[str, Lane] = {
    "close": "goods", "expire_return": "goods", "write_off_goods": "goods", "decide_unscanned": "goods",
    "call_shop": "goods", "send_goods": "goods",
    "end_exchange": "goods", "cancel_exchange": "goods", "stop_part": "goods", "plan_undelivered": "goods",
    "pay_leg": "money", "plan_return": "money", "issue_goodwill": "money", "cover_loss": "money", "claim_return": "money",
    "claim_parcel": "money", "reduce_claim": "money", "claw_back_work": "money", "release_refund": "money",
    "chase_refund": "money", "open_returned_refund": "money", "open_waiting_leg": "money", "open_carrier_claim": "money",
    "send_follow_up": "letters", "send_delay_notice": "letters", "send_correction": "letters",
    "send_pickup_reminder": "letters", "remind_of_collection": "letters", "offer_delay_option": "letters",
    "notify_of_held_goods": "letters", "notify_of_new_goods": "letters", "notify_of_hold": "letters",
    "warn_of_dispute": "letters", "alert_refund": "letters",
}  # fmt: skip
_CERTAIN = frozenset(
    {"close", "pay_leg", "send_follow_up", "perform_planned", "plan_return", "issue_goodwill"}
)
_NOT_SHOWN = frozenset({"record_lead_time_trial", "end_date", "promise_money_date", "end_refund_alert"})
_SUBJECTS = ("subject", "return_id", "parcel", "parcel_id", "leg", "claim", "plan", "dispute")


class AheadEntry(Frozen):
    """One thing that lies ahead."""

    at: Instant
    """When it happens, or by when it is expected."""
    what: str
    """The automatic step, or `arrives` (a parcel), `promise_breaks`, `hand_in_ends` (of a return), or the kind of a date that was
    promised."""
    lane: Lane
    """What it is about."""
    reason: str
    """Why; of a question that ends, its kind."""
    subject: str
    """The parcel, return, payment or question that it is about; empty for the order."""
    default: str
    """Of a question that ends without an answer, what happens then; else empty."""
    owner: Owner
    """Who may act before it."""
    only_if: bool
    """It happens only if nothing comes and no person acts before."""


def ahead(state: JourneyState, now: datetime) -> list[AheadEntry]:
    """Everything that lies ahead at that business time, the soonest first."""
    entries = [
        *map(_of_wait, shown_waits(state)),
        *_arrivals(state),
        *_hand_in_ends(state, now),
        *_promised_dates(state),
    ]
    return sorted(
        (_with_default(state, entry) for entry in entries), key=lambda entry: (entry.at, entry.what)
    )


def shown_waits(state: JourneyState) -> list[ScheduledAction]:
    """Every wait that people can make something of: not what only settles the books of a promise."""
    return [
        wait
        for wait in agenda.scheduled_actions(state)
        if wait.action.visible and wait.action.kind not in _NOT_SHOWN
    ]


def _of_wait(wait: ScheduledAction) -> AheadEntry:
    kind, fields = wait.action.kind, wait.action.model_dump()
    subject = next((str(fields[name]) for name in _SUBJECTS if fields.get(name)), "")
    checks = kind == "pay_leg" and wait.reason != "payment_planned"
    return AheadEntry(
        at=wait.at,
        what="check_payment" if checks else kind,
        lane=_LANES.get(kind, "decisions"),
        reason=wait.reason,
        subject=subject,
        default="",
        owner=wait.owner,
        only_if=kind not in _CERTAIN or checks,
    )


def _with_default(state: JourneyState, entry: AheadEntry) -> AheadEntry:
    """Of a question that ends: what happens then."""
    if entry.what != "apply_default":
        return entry
    item = next(
        (one for one in state.attention if (one.kind, one.subject) == (entry.reason, entry.subject)), None
    )
    return entry.model_copy(update={"default": item.default if item else ""})


def _arrivals(state: JourneyState) -> Iterator[AheadEntry]:
    for parcel in state.parcels:
        expected = expected_at(state, parcel)
        if expected is not None:
            yield _plain("arrives", expected, "goods", parcel.parcel_id, only_if=False)
    if state.cancelled_at is None and state.delivered != "all":
        yield _plain("promise_breaks", state.due, "goods", "", only_if=True)


def _hand_in_ends(state: JourneyState, now: datetime) -> Iterator[AheadEntry]:
    """The last moment to hand goods in where the return does not expire then: sent by mail, they may be under way."""
    for case in state.returns:
        awaited = case.decision == "authorized" and case.goods == "awaiting" and case.method == "mail"
        if awaited and case.code_expires_at > now:
            yield _plain("hand_in_ends", case.code_expires_at, "goods", case.return_id, only_if=True)


def expected_at(state: JourneyState, parcel: Parcel) -> datetime | None:
    """The end of the time in which the parcel is expected; None once it has arrived, or while no date is known."""
    effective: Eta | None = etas(state, parcel).effective
    return effective.ends(state.zone) if effective and parcel.under_way else None


def _promised_dates(state: JourneyState) -> Iterator[AheadEntry]:
    for date in state.date_promises:
        if date.outcome == "open":
            lane: Lane = "decisions" if date.kind.endswith("decision") else "money"
            yield _plain(date.kind, date.due, lane, date.subject, only_if=False)


def _plain(what: str, at: datetime, lane: Lane, subject: str, *, only_if: bool) -> AheadEntry:
    return AheadEntry(
        at=at, what=what, lane=lane, reason=what, subject=subject, default="", owner="system", only_if=only_if
    )
