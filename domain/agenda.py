"""The agenda: the life of an order as rules. Each says what will be done by itself, when, and who may do better before.

A wait cannot be written without deadline, owner and default (NEW-10), and what is due is a wait whose time has come:
the two questions the journey asks are one list.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from domain import delays
from domain.attention import Attention, Default, Kind, Owner
from domain.base import Fact
from domain.clock import Instant
from domain.deeds import (
    Ask,
    Close,
    CorrectDelay,
    Deed,
    ExpireReturn,
    GiveUpGoods,
    PayLeg,
    PlanReturn,
    PlanUndelivered,
    TakeDefault,
    TellDelay,
)
from domain.journey import JourneyState


class Deadline(Fact):
    """At `at` the journey does `default` by itself; until then `owner` may act. `why` is for `explain`."""

    at: Instant
    owner: Owner
    default: Deed
    why: str


Rule = Callable[[JourneyState], Iterator[Deadline]]
PAYMENT_PATIENCE = timedelta(hours=1)  # without an answer after that, ask the provider what happened


def due(state: JourneyState, now: datetime) -> list[Deed]:
    """What must be done for this order now, in the order of a life."""
    return [wait.default for wait in waits(state) if wait.at <= now]


def next_deadline(state: JourneyState) -> Deadline | None:
    """The earliest thing the journey will do by itself; None when nothing is waited for."""
    return min(waits(state), key=lambda wait: wait.at, default=None)


def waits(state: JourneyState) -> Iterator[Deadline]:
    """Everything this order waits for, by the rules its run started with."""
    for rule in RULES[state.rules_version]:
        yield from rule(state)


def delays_worth_telling(state: JourneyState) -> Iterator[Deadline]:
    """Silence is news too: a parcel nobody scanned by the day before its promise is told as a delay."""
    for delay in delays.foreseen(state):
        yield Deadline(at=delay.since, owner="carrier", default=TellDelay(delay=delay), why=delay.reason)


def false_alarms_to_correct(state: JourneyState) -> Iterator[Deadline]:
    """A delay told although the parcel had arrived is taken back, once."""
    for telling in state.tellings:
        parcel = state.parcel(telling.subject)
        if parcel and parcel.parcel_id not in state.corrected and delays.may_have_been_false(telling, parcel):
            told = CorrectDelay(subject=parcel.parcel_id)
            yield Deadline(at=telling.told_at, owner="system", default=told, why="delay_notice_was_false")
            return


def parcels_gone_silent(state: JourneyState) -> Iterator[Deadline]:
    """Nobody has seen it for days past its promise: presumed lost, and an agent decides (S-23)."""
    if state.cancelled_at is not None:
        return
    for parcel in state.parcels:
        if parcel.under_way and not _asked(state, "presumed_lost", parcel.parcel_id):
            silent = delays.silent_until(parcel, state.terms.policy.lost_days)
            yield _question(state, "presumed_lost", parcel.parcel_id, "agent", "pay_back", silent)


def parcels_sent_back(state: JourneyState) -> Iterator[Deadline]:
    """It will not reach the customer: an agent may send it anew, else its money goes back."""
    if state.cancelled_at is not None:
        return
    for parcel in state.parcels:
        if state.undeliverable(parcel) and not _asked(state, "returned_to_sender", parcel.parcel_id):
            since = parcel.standing.at or parcel.registered_at
            yield _question(state, "returned_to_sender", parcel.parcel_id, "agent", "pay_back", since)


def orders_never_shipped(state: JourneyState) -> Iterator[Deadline]:
    """Shops may ship without telling us: nobody is paid back by guess, an agent is asked, then we stop waiting."""
    if not state.unshipped() or state.untracked_at or state.cancelled_at:
        return
    if not _asked(state, "not_shipped", state.order.order):
        since = state.due + timedelta(days=state.terms.policy.unshipped_days)
        yield _question(state, "not_shipped", state.order.order, "merchant", "dismiss", since)


def returns_to_expire(state: JourneyState) -> Iterator[Deadline]:
    """A code that nobody used frees its units (S-48). What was mailed in time is seen only when it arrives."""
    for case in state.returns:
        if case.decision == "authorized" and case.goods == "awaiting":
            travel = timedelta(days=state.terms.policy.goods_days if case.method == "mail" else 0)
            default = ExpireReturn(return_id=case.return_id)
            at = case.code_expires_at + travel
            yield Deadline(at=at, owner="customer", default=default, why="not_dropped_off")


def goods_to_give_up(state: JourneyState) -> Iterator[Deadline]:
    """Goods that were handed over and never reach the warehouse."""
    for case in state.returns:
        if case.decision == "authorized" and case.goods in ("dropped_off", "partly_received"):
            since = case.dropped_off.at if case.dropped_off else case.opened_at
            at = max(since, case.code_expires_at) + timedelta(days=state.terms.policy.goods_days)
            default = GiveUpGoods(return_id=case.return_id)
            yield Deadline(at=at, owner="partner", default=default, why="goods_not_received")


def money_to_plan(state: JourneyState) -> Iterator[Deadline]:
    """Goods have earned their money: plan it. Planned money is an intent, committed before anything is sent."""
    for case in state.returns:
        if state.earned(case):
            default = PlanReturn(return_id=case.return_id)
            yield Deadline(at=case.opened_at, owner="system", default=default, why="money_earned")


def undelivered_to_plan(state: JourneyState) -> Iterator[Deadline]:
    """A unit of a parcel given up was on a return that came to nothing: nobody else would pay it back."""
    for parcel in state.parcels:
        if parcel.lost_at is not None and state.unpaid(parcel):
            default = PlanUndelivered(parcel_id=parcel.parcel_id)
            yield Deadline(at=parcel.lost_at, owner="system", default=default, why="parcel_given_up")


def legs_to_pay(state: JourneyState) -> Iterator[Deadline]:
    """A planned leg is paid at once, unless its return is held; one that was sent and not answered is asked about.

    What moved elsewhere is entered at once, held or not.
    """
    held = {case.return_id for case in state.returns if case.held_until is not None}
    for settlement, leg in ((s, leg) for s in state.settlements for leg in s.legs):
        if leg.status == "planned" and (leg.to == "external" or settlement.return_id not in held):
            yield Deadline(
                at=leg.planned_at, owner="system", default=PayLeg(leg=leg.key), why="payment_planned"
            )
        elif leg.status == "sent" and leg.sent_at is not None:
            at = leg.sent_at + PAYMENT_PATIENCE
            yield Deadline(at=at, owner="finance", default=PayLeg(leg=leg.key), why="payment_unanswered")


def questions_left_open(state: JourneyState) -> Iterator[Deadline]:
    """Nobody came: the default that was said when the question was opened."""
    for item in state.attention:
        default = TakeDefault(attention=item.id)
        yield Deadline(at=item.deadline, owner=item.owner, default=default, why=item.kind)


def windows_to_close(state: JourneyState) -> Iterator[Deadline]:
    """Nothing under way and the last return window over: the order may rest."""
    if state.closed_at or state.cancelled_at or any(parcel.under_way for parcel in state.parcels):
        return
    if state.unshipped() and state.untracked_at is None:
        return
    if any(state.undeliverable(parcel) for parcel in state.parcels):
        return
    ends = [state.window_end(parcel.delivered_at) for parcel in state.parcels if parcel.delivered_at]
    ends += [
        at
        for at in (
            state.untracked_at,
            state.called_off_at,
            state.unsent_at,
            *(parcel.lost_at for parcel in state.parcels),
        )
        if at
    ]
    yield Deadline(at=max(ends), owner="customer", default=Close(), why="return_window")


def _asked(state: JourneyState, kind: Kind, subject: str) -> bool:
    return any(item.id == f"{kind}/{subject}" for item in state.attention)


def _question(
    state: JourneyState, kind: Kind, subject: str, owner: Owner, default: Default, since: datetime
) -> Deadline:
    """Ask a person from `since` on; after the terms' answer time the default happens."""
    deadline = since + timedelta(days=state.terms.policy.answer_days)
    item = Attention(kind=kind, subject=subject, owner=owner, since=since, deadline=deadline, default=default)
    return Deadline(at=since, owner="system", default=Ask(question=item), why=kind)


RULES: dict[int, tuple[Rule, ...]] = {
    1: (
        delays_worth_telling,
        false_alarms_to_correct,
        parcels_gone_silent,
        parcels_sent_back,
        orders_never_shipped,
        returns_to_expire,
        goods_to_give_up,
        money_to_plan,
        undelivered_to_plan,
        legs_to_pay,
        questions_left_open,
        windows_to_close,
    )
}
LATEST = max(RULES)
