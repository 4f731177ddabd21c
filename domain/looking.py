"""Looking after parcels: which are looked at, when, what a look brought, and whether that is news (TRK-8)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from domain import cadence, facts
from domain.base import Fact
from domain.clock import Instant
from domain.facts import ParcelReport
from domain.journey import JourneyState
from domain.parcels import Parcel, ParcelStatus

TrackerSource = Literal["easypost", "aftership"]


class LookAsk(Fact):
    """Ask a carrier's tracker about one parcel, not before that business time. `known`: it has known the parcel before.

    `sandbox`: the merchant's time is moved by command, and `not_before` is where it stands. `placed_at`, `zone`: of the
    order, as what a tracker saw before is another parcel's and wall times are read at the destination.
    """

    merchant: str
    order: str
    parcel: str
    carrier: str
    tracking_number: str
    shipped_on: str | None = None
    known: bool = False
    sandbox: bool = False
    not_before: Instant
    placed_at: Instant
    zone: str


class Looked(Fact):
    """What a look came to. `answer`: the tracker has `seen` it, does `not_know` it, wants us to come `later`; or nobody asked:

    `no_account` of this merchant any more, or the parcel is `over`. `report`: what was seen. `at`: business time.
    """

    parcel: str
    answer: Literal["seen", "not_known", "later", "no_account", "over"]
    at: Instant
    report: ParcelReport | None = None
    not_before: Instant | None = None


def watched(state: JourneyState) -> list[Parcel]:
    """Parcels whose trackers we ask by ourselves: under way, of a merchant with an account for that."""
    if not state.polling or state.cancelled_at is not None or state.closed_at is not None:
        return []
    return [parcel for parcel in state.parcels if parcel.under_way]


def next_look(state: JourneyState, parcel: Parcel) -> datetime:
    """When this parcel is looked at next, by the looks that are written down."""
    looks = parcel.looks
    turn = f"{state.order.merchant}/{state.order.order}/{parcel.parcel_id}/{looks.count}"
    at = cadence.after(parcel, looks.last or parcel.registered_at, turn)
    at = cadence.on_the_hour(at) if state.clock is not None else at
    return max(at, looks.not_before) if looks.not_before else at


def looks_to_take(state: JourneyState) -> Iterator[tuple[datetime, str]]:
    """When which parcel is looked at next, where nobody waits in real time."""
    if state.clock is not None:
        for parcel in watched(state):
            yield next_look(state, parcel), parcel.parcel_id


def ask_of(state: JourneyState, parcel: Parcel) -> LookAsk:
    return LookAsk(
        merchant=state.order.merchant,
        order=state.order.order,
        parcel=parcel.parcel_id,
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        shipped_on=parcel.shipped_on.isoformat() if parcel.shipped_on else None,
        known=parcel.looks.known,
        sandbox=state.clock is not None,
        not_before=state.clock or next_look(state, parcel),
        placed_at=state.order.placed_at,
        zone=state.zone,
    )


def is_news(parcel: Parcel, looked: Looked) -> bool:
    """Does the look tell what this parcel does not know yet? That it is gone is news once."""
    if looked.answer == "not_known":
        return parcel.looks.known and parcel.looks.gone_at is None
    if looked.answer != "seen":
        return False
    return not parcel.looks.known or parcel.looks.gone_at is not None or adds(parcel, looked)


def adds(parcel: Parcel, looked: Looked) -> bool:
    """Was a scan or an estimate seen that nobody has told us of?"""
    report = _unsaid(parcel, looked.report)
    return report is not None and parcel.model_copy(deep=True).hear(report.scans, report.estimate)


def record(state: JourneyState, looked: Looked, now: datetime) -> bool:
    """Take in what a look came to; false when it changes nothing."""
    if looked.answer == "no_account":
        was, state.polling = state.polling, False
        return was
    parcel = state.parcel(looked.parcel)
    if parcel is None or looked.answer == "over":
        return False
    fresh = {"last": looked.at, "count": parcel.looks.count + 1, "not_before": looked.not_before}
    if looked.answer == "seen":
        fresh |= {"known": True, "gone_at": None}
        if parcel.looks.gone_at is not None and parcel.standing.status is not ParcelStatus.EXPIRED:
            state.settle_attention(f"tracker_ended/{parcel.parcel_id}")
    elif looked.answer == "not_known" and parcel.looks.known:
        fresh |= {"gone_at": parcel.looks.gone_at or looked.at}
    parcel.looks = parcel.looks.model_copy(update=fresh)
    report = _unsaid(parcel, looked.report)
    if report is not None:
        facts.hear(state, report, now)
    return True


def age_out(parcel: Parcel) -> datetime | None:
    """Since when the carrier has stopped telling of a parcel that has not arrived; None while it tells (TRK-10)."""
    if not parcel.under_way:
        return None
    expired = parcel.standing.at if parcel.standing.status is ParcelStatus.EXPIRED else None
    return parcel.looks.gone_at or expired


def _unsaid(parcel: Parcel, report: ParcelReport | None) -> ParcelReport | None:
    """The report without an estimate that says what we know: a tracker repeats it at every look with a new time."""
    known, told = parcel.estimate, report.estimate if report else None
    if report is None or known is None or told is None or (told.at, told.day) != (known.at, known.day):
        return report
    return report.model_copy(update={"estimate": None})
