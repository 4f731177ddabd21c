"""When a parcel is expected: by the promise, by the carrier, and by what the customer was notified of (TRK-9)."""

from domain.clock import whole_minutes
from domain.model.estimate import Estimate
from domain.model.parcel import Parcel
from domain.model.promise import DelayNotice
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.tracking.eta import Eta, Etas, eta_of_estimate, eta_of_notice, eta_of_promise
from domain.tracking.eta_revisions import revisions


def etas(state: JourneyState, parcel: Parcel) -> Etas:
    """The parcel's expectations, computed from the state alone: the same state has the same expectations at any time."""
    promised, effective = _promised(state, parcel), _effective(state, parcel)
    return Etas(
        promised=promised,
        first=eta_of_estimate(parcel.first_estimate),
        latest=eta_of_estimate(parcel.estimate),
        effective=effective,
        late_minutes=_late_minutes(state, parcel, effective),
        revisions=revisions(state, parcel, promised),
    )


def _promised(state: JourneyState, parcel: Parcel) -> Eta:
    """The promise that the parcel travels under, in its original form: its own, one the customer agreed to, or the order's."""
    agreed = [
        (consent.promise, consent.requested_at)
        for consent in state.consents
        if consent.promise and consent.answer == "wait"
    ]
    own = [(parcel.promise, parcel.registered_at)] if parcel.promise else []
    for promise, since in (*own, *reversed(agreed), (state.order.promise, state.order.placed_at)):
        if promise.due(state.zone) == parcel.due:
            return eta_of_promise(promise, since)
    return Eta(at=parcel.due, reported_at=parcel.registered_at, source="shop")


def _effective(state: JourneyState, parcel: Parcel) -> Eta | None:
    """The newer of the latest delay notice and the carrier's credible estimate, else the promise."""
    if not parcel.tracked and parcel.assumed_arrival is not None:
        return _promised(state, parcel)
    if not parcel.under_way:
        return None
    notice, estimate = _last_notice(state, parcel), parcel.estimate
    credible = estimate if estimate and _is_credible(parcel, estimate, state.zone) else None
    if notice and (credible is None or notice.notified_at > credible.reported_at):
        return eta_of_notice(notice)
    if credible is not None:
        return eta_of_estimate(credible)
    return _promised(state, parcel)


def _is_credible(parcel: Parcel, estimate: Estimate, zone: str) -> bool:
    """Whether no later scan contradicts it: the parcel has not moved after its end, nor failed after it was reported."""
    tracking, ends = parcel.tracking, estimate.latest(zone)
    if ends is None or (tracking.moved_at is not None and tracking.moved_at > ends):
        return False
    failed = tracking.status in (ParcelStatus.EXCEPTION, ParcelStatus.ATTEMPT_FAILED)
    return not (failed and tracking.at is not None and tracking.at > estimate.reported_at)


def _last_notice(state: JourneyState, parcel: Parcel) -> DelayNotice | None:
    notices = [notice for notice in state.delay_notices if notice.subject == parcel.parcel_id]
    return max(notices, key=lambda notice: (notice.notified_at, notice.revision), default=None)


def _late_minutes(state: JourneyState, parcel: Parcel, effective: Eta | None) -> int | None:
    arrives = parcel.delivered_at or (effective.ends(state.zone) if effective else None)
    return None if arrives is None else max(0, whole_minutes(arrives - parcel.due))
