"""The changes of a parcel's expectations: the promise, each change by the carrier, each delay notice."""

from domain.delays.news import notices_about
from domain.model.estimate import Estimate, EstimateRecord
from domain.model.parcel import Parcel
from domain.model.state import JourneyState
from domain.tracking.eta import Eta, EtaRevision, eta_of_estimate, eta_of_notice


def revisions(state: JourneyState, parcel: Parcel, promised: Eta) -> tuple[EtaRevision, ...]:
    """All changes, oldest first."""
    first = EtaRevision(
        kind="promised", reported_at=promised.reported_at, source="shop", reason="promised", eta=promised
    )
    notified = [
        EtaRevision(
            kind="notified",
            reported_at=notice.notified_at,
            source="us",
            reason=notice.reason,
            eta=eta_of_notice(notice),
        )
        for notice in notices_about(state, parcel.parcel_id)
    ]
    found = [first, *_carrier_revisions(parcel, state.zone), *notified]
    return tuple(sorted(found, key=lambda revision: revision.reported_at))


def _carrier_revisions(parcel: Parcel, zone: str) -> list[EtaRevision]:
    """Every change by the carrier, also back to an earlier estimate."""
    history = parcel.estimate_history or _only_record(parcel.estimate)
    reports = [record.estimate for record in history]
    reports += [
        record.estimate.model_copy(update={"reported_at": record.last_reported_at}) for record in history
    ]
    found: list[EtaRevision] = []
    before: Estimate | None = None
    for estimate in sorted(reports, key=lambda report: report.reported_at):
        eta = eta_of_estimate(estimate)
        if eta and (before is None or before.value != estimate.value):
            reason = estimate.reason or _difference(before, estimate, zone)
            found.append(
                EtaRevision(
                    kind="carrier", reported_at=eta.reported_at, source=eta.source, reason=reason, eta=eta
                )
            )
            before = estimate
    return found


def _only_record(estimate: Estimate | None) -> list[EstimateRecord]:
    if estimate is None:
        return []
    return [EstimateRecord(estimate=estimate, last_reported_at=estimate.reported_at)]


def _difference(before: Estimate | None, after: Estimate, zone: str) -> str:
    if before is None:
        return "first_estimate"
    was, now = before.latest(zone), after.latest(zone)
    if was is None or now is None or was == now:
        return "restated"
    return "moved_later" if now > was else "moved_earlier"
