"""When a parcel will come, in four kinds that are never mixed up (TRK-9), and how each of them changed."""

from datetime import datetime
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant, StatedDay, end_of_day, whole_minutes
from domain.model.estimate import Estimate, EstimateRecord
from domain.model.parcel import Parcel
from domain.model.promise import DelayNotice, Promise
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState

EtaKind = Literal["promised", "carrier", "notified"]


class Eta(Frozen):
    """One expectation: an instant `at` or a bare `day` at the destination, never both.

    `earliest_…`: where it is a window, its beginning. `reported_at`: when it was said; `source`: by whom, `confidence` 0 to 1
    where they tell one.
    """

    at: Instant | None = None
    day: StatedDay | None = None
    earliest_at: Instant | None = None
    earliest_day: StatedDay | None = None
    confidence: float | None = None
    reported_at: Instant
    source: str

    def ends(self, zone: str) -> datetime:
        """The last moment that still keeps it."""
        if self.at is not None:
            return self.at
        assert self.day is not None
        return end_of_day(self.day, zone)


class EtaRevision(Frozen):
    """One change of what was expected. `eta` is None where nobody knows a date any more.

    `reason`: the carrier's code or the delay's reason where one is known, else how it differs from the one before.
    """

    kind: EtaKind
    reported_at: Instant
    source: str
    reason: str
    eta: Eta | None


class Etas(Frozen):
    """A parcel's four expectations and their revisions, oldest first.

    `promised`: by the shop. `first`, `latest`: the carrier's. `effective`: what people are told; None when nobody knows, and
    once it has arrived or will not. `late_minutes`: how much later than promised it came, or is expected by what is
    `effective`; 0 in time, None where nobody knows.
    """

    promised: Eta
    first: Eta | None
    latest: Eta | None
    effective: Eta | None
    late_minutes: int | None
    revisions: tuple[EtaRevision, ...]


def etas(state: JourneyState, parcel: Parcel) -> Etas:
    """What is expected of that parcel, from the state alone: asked twice it is the same."""
    promised, ours = _promised(state, parcel), _effective(state, parcel)
    return Etas(
        promised=promised,
        first=_eta_of_estimate(parcel.first_estimate),
        latest=_eta_of_estimate(parcel.estimate),
        effective=ours,
        late_minutes=_late_minutes(state, parcel, ours),
        revisions=_revisions(state, parcel, promised),
    )


def _promised(state: JourneyState, parcel: Parcel) -> Eta:
    """The promise it travels under, in the words it was given in where they are known: its own, agreed to, or the order's."""
    agreed = [
        (one.promise, one.requested_at) for one in state.consents if one.promise and one.answer == "wait"
    ]
    own = [(parcel.promise, parcel.registered_at)] if parcel.promise else []
    for promise, since in (*own, *reversed(agreed), (state.order.promise, state.order.placed_at)):
        if promise.due(state.zone) == parcel.due:
            return _eta_of_promise(promise, since)
    return Eta(at=parcel.due, reported_at=parcel.registered_at, source="shop")


def _eta_of_promise(promise: Promise, since: datetime) -> Eta:
    return Eta(**promise.model_dump(), reported_at=since, source="shop")


def _eta_of_estimate(estimate: Estimate | None) -> Eta | None:
    if estimate is None or (estimate.at is None and estimate.day is None):
        return None
    said = estimate.model_dump(exclude={"source", "reason"})
    return Eta(**said, source=estimate.source or "carrier")


def _effective(state: JourneyState, parcel: Parcel) -> Eta | None:
    """The newest of what the customer was told and what the carrier credibly expects, else the promise."""
    if not parcel.under_way:
        return None
    told, estimate = _last_notice(state, parcel), parcel.estimate
    credible = estimate if estimate and _credible(parcel, estimate, state.zone) else None
    if told and (credible is None or told.notified_at > credible.reported_at):
        return _eta_of_notice(told)
    if credible is not None:
        return _eta_of_estimate(credible)
    return _promised(state, parcel)


def _credible(parcel: Parcel, estimate: Estimate, zone: str) -> bool:
    """Nothing that happened since contradicts it: the parcel did not travel on past its end, nor fail after it was told."""
    standing, ends = parcel.tracking, estimate.latest(zone)
    if ends is None or (standing.moved_at is not None and standing.moved_at > ends):
        return False
    failed = standing.status in (ParcelStatus.EXCEPTION, ParcelStatus.ATTEMPT_FAILED)
    return not (failed and standing.at is not None and standing.at > estimate.reported_at)


def _last_notice(state: JourneyState, parcel: Parcel) -> DelayNotice | None:
    told = [one for one in state.delay_notices if one.subject == parcel.parcel_id]
    return max(told, key=lambda one: (one.notified_at, one.revision), default=None)


def _eta_of_notice(notice: DelayNotice) -> Eta | None:
    if notice.expected is None:
        return None
    return Eta(at=notice.expected, reported_at=notice.notified_at, source="us")


def _late_minutes(state: JourneyState, parcel: Parcel, effective: Eta | None) -> int | None:
    comes = parcel.delivered_at or (effective.ends(state.zone) if effective else None)
    return None if comes is None else max(0, whole_minutes(comes - parcel.due))


def _revisions(state: JourneyState, parcel: Parcel, promised: Eta) -> tuple[EtaRevision, ...]:
    begun = EtaRevision(
        kind="promised", reported_at=promised.reported_at, source="shop", reason="promised", eta=promised
    )
    ours = [
        EtaRevision(
            kind="notified",
            reported_at=one.notified_at,
            source="us",
            reason=one.reason,
            eta=_eta_of_notice(one),
        )
        for one in state.delay_notices
        if one.subject == parcel.parcel_id
    ]
    found = [begun, *_carrier_revisions(parcel, state.zone), *ours]
    return tuple(sorted(found, key=lambda one: one.reported_at))


def _carrier_revisions(parcel: Parcel, zone: str) -> list[EtaRevision]:
    """Every time the carrier changed its mind; also back to what it had said before."""
    log = parcel.estimate_history or (
        [EstimateRecord(estimate=parcel.estimate, last_reported_at=parcel.estimate.reported_at)]
        if parcel.estimate
        else []
    )
    moments = [one.estimate for one in log]
    moments += [one.estimate.model_copy(update={"reported_at": one.last_reported_at}) for one in log]
    found: list[EtaRevision] = []
    before: Estimate | None = None
    for estimate in sorted(moments, key=lambda one: one.reported_at):
        eta = _eta_of_estimate(estimate)
        if eta and (before is None or before.value != estimate.value):
            reason = estimate.reason or _difference(before, estimate, zone)
            found.append(
                EtaRevision(
                    kind="carrier", reported_at=eta.reported_at, source=eta.source, reason=reason, eta=eta
                )
            )
            before = estimate
    return found


def _difference(before: Estimate | None, after: Estimate, zone: str) -> str:
    if before is None:
        return "first_estimate"
    was, now = before.latest(zone), after.latest(zone)
    if was is None or now is None or was == now:
        return "restated"
    return "moved_later" if now > was else "moved_earlier"
