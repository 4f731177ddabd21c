"""I7 for every kind of letter: each that left had its ground in the record, and named no coming date that was past."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from domain import notice_keys, payment_keys
from domain.model.notice import Notice
from domain.model.scan import ParcelStatus
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.money import total
from runtime.verify.report import BrokenInvariant
from store.tables.all import OutboxRow

_COMING = ("next_update", "deadline", "collect_by", "expected")
_SKEW = timedelta(minutes=5)  # between the clocks of a worker and a dispatcher
_DECISIONS = {"return_refused": "refused", "return_cancelled": "cancelled", "return_expired": "expired"}

Ground = Callable[[Notice, JourneyState, datetime], bool]


def letters(state: JourneyState, notices: list[tuple[OutboxRow, Notice]]) -> Iterator[BrokenInvariant]:
    """Every notice that left, or may have left, by what the order's record says. Of copies, what they name and their ground."""
    gone = [(at, row, notice) for row, notice in notices if (at := row.sending_at or row.sent_at) is not None]
    for at, row, notice in sorted(gone, key=lambda one: one[0]):
        past = [name for name in _COMING if name in notice.details and _instant(notice, name) <= at]
        if past:
            yield _broken(notice, f"names {', '.join(past)}, which was past")
        ground = _GROUNDS.get(notice.kind)
        if ground is not None and not ground(notice, state, at + _SKEW):
            yield _broken(notice, "has no ground in the order's record")
        if notice.kind == "follow_up" and not notice_keys.is_copy(row.key):
            yield from _kept_promise(notice, [one for then, _, one in gone if then < at])


def _kept_promise(notice: Notice, before: list[Notice]) -> Iterator[BrokenInvariant]:
    """An earlier letter promised it; and where it says that there is no news, it knew no more than the last one."""
    about = [one for one in before if one.subject == notice.subject or one.subject.startswith("unshipped")]
    if not any("next_update" in one.details for one in about):
        yield _broken(notice, "keeps a promise that no letter made")
    known = [one.details["known"] for one in about if "known" in one.details]
    silent = "news" not in notice.details and "sent_untracked" not in notice.details
    if silent and known and notice.details.get("known") != known[-1]:
        yield _broken(notice, "says that there is no news, but there was some")


_NEVER = datetime.max.replace(tzinfo=UTC)


def _instant(notice: Notice, name: str) -> datetime:
    return datetime.fromisoformat(str(notice.details[name]))


def _broken(notice: Notice, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I7", subject=notice.key, message=f"letter {notice.key} {message}")


def _is_paid(notice: Notice, state: JourneyState, at: datetime) -> bool:
    """What it reports is what the legs that it tells of had paid or sent by then, unless some of it came back since."""
    settlement = next((one for one in state.settlements if one.occasion == notice.subject), None)
    if settlement is None:
        return False
    letter = int(notice.details.get("letter", 1))
    paid = settlement.legs_of_letter(letter)
    if {key for key, number in settlement.letters.items() if number == letter} - {leg.key for leg in paid}:
        return True
    if not paid or any((leg.accepted_at or leg.settled_at or _NEVER) > at for leg in paid):
        return False
    currency, principal = state.order.currency, [leg.principal for leg in paid]
    bonus = total([leg.bonus for leg in paid], currency).minor
    if notice.kind == "goodwill_issued":
        return notice.details["amount"] == bonus
    return (notice.details["amount"], notice.details["bonus"]) == (total(principal, currency).minor, bonus)


def _is_cancelled(notice: Notice, state: JourneyState, at: datetime) -> bool:
    return state.cancelled_at is not None and state.cancelled_at <= at


def _is_partly_cancelled(notice: Notice, state: JourneyState, at: datetime) -> bool:
    return state.rest_cancelled_at is not None and any(
        one.occasion == notice.subject for one in state.settlements
    )


def _is_lost(notice: Notice, state: JourneyState, at: datetime) -> bool:
    """Money was planned for it, as the letter says."""
    return any(one.legs for one in _undelivered(notice, state))


def _undelivered(notice: Notice, state: JourneyState) -> list[Settlement]:
    occasion = payment_keys.occasion_of_undelivered(state.order.order, notice.subject)
    return [one for one in state.settlements if payment_keys.is_part_of(one.occasion, occasion)]


def _is_searched(notice: Notice, state: JourneyState, at: datetime) -> bool:
    parcel = state.parcel(notice.subject)
    return parcel is not None and parcel.trace_count > 0


def _is_found(notice: Notice, state: JourneyState, at: datetime) -> bool:
    parcel = state.parcel(notice.subject)
    return parcel is not None and parcel.found_notified


def _waits_for_pickup(notice: Notice, state: JourneyState, at: datetime) -> bool:
    parcel = state.parcel(notice.subject)
    return parcel is not None and any(
        scan.status is ParcelStatus.AVAILABLE_FOR_PICKUP and scan.at <= at for scan in parcel.scans
    )


def _is_decided(notice: Notice, state: JourneyState, at: datetime) -> bool:
    """The return exists; and at its newest revision it is what the letter says."""
    case = state.case(notice.subject)
    if case is None or case.opened_at > at:
        return False
    wanted = _DECISIONS.get(notice.kind)
    return wanted is None or notice.details.get("revision") != case.revision or case.decision == wanted


def _is_asked(notice: Notice, state: JourneyState, at: datetime) -> bool:
    """The customer had not answered before."""
    consent = next((one for one in state.consents if one.consent_id == notice.subject), None)
    return consent is not None and (consent.answered_at is None or consent.answered_at >= at - 2 * _SKEW)


def _has_moved(notice: Notice, state: JourneyState, at: datetime) -> bool:
    """It had left by then: a scan shows it, or it was sent without a number."""
    parcel = state.parcel(notice.subject)
    return parcel is not None and (not parcel.tracked or any(scan.at <= at for scan in parcel.scans))


def _was_delivered(notice: Notice, state: JourneyState, at: datetime) -> bool:
    """A scan or an agent reported the delivery by then, whatever was reported since."""
    parcel = state.parcel(notice.subject)
    return parcel is not None and (
        parcel.declared_at is not None
        or any(scan.status is ParcelStatus.DELIVERED and scan.at <= at for scan in parcel.scans)
    )


_GROUNDS: dict[str, Ground] = {
    **dict.fromkeys(("refunded", "credit_reversed", "goodwill_issued"), _is_paid),
    "order_cancelled": _is_cancelled,
    "rest_cancelled": _is_partly_cancelled,
    "parcel_lost": _is_lost,
    **dict.fromkeys(
        ("presumed_lost", "parcel_inquiry", "parcel_returning", "trace_opened", "trace_closed"), _is_searched
    ),
    "parcel_found": _is_found,
    "pickup_reminder": _waits_for_pickup,
    **dict.fromkeys(("shipped", "out_for_delivery"), _has_moved),
    "delivered": _was_delivered,
    **dict.fromkeys(("return_authorized", "return_in_review", *_DECISIONS), _is_decided),
    **dict.fromkeys(("consent_requested", "delay_option"), _is_asked),
}
