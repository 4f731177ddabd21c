"""The agenda: the life of an order as rules. Each says what will be done by itself, when, and who may do better before.

What is due is a wait whose time has come: the two questions the journey asks are one list.
"""

from collections.abc import Iterator
from datetime import datetime

from domain import parcel_rules as parcels
from domain import return_rules as returns
from domain.deadlines import Deadline, Rule
from domain.deeds import Close, Deed, LookAt, TakeDefault
from domain.journey import JourneyState


def due(state: JourneyState, now: datetime) -> list[Deed]:
    """What must be done for this order now, in the order of a life."""
    return [wait.default for wait in waits(state) if wait.at <= now]


def next_deadline(state: JourneyState) -> Deadline | None:
    """The earliest thing the journey will do by itself; None when nothing is waited for."""
    return min(waits(state), key=lambda wait: wait.at, default=None)


def next_turn(state: JourneyState) -> Deadline | None:
    """The earliest that people are shown: that we look at a tracker changes nothing by itself."""
    shown = (wait for wait in waits(state) if not isinstance(wait.default, LookAt))
    return min(shown, key=lambda wait: wait.at, default=None)


def waits(state: JourneyState) -> Iterator[Deadline]:
    """Everything this order waits for, by the rules its run started with."""
    for rule in RULES[state.rules_version]:
        yield from rule(state)


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


RULES: dict[int, tuple[Rule, ...]] = {
    1: (
        parcels.risks_to_note,
        parcels.delays_worth_telling,
        parcels.delays_to_agree_to,
        parcels.pickups_to_remind_of,
        parcels.false_alarms_to_correct,
        parcels.parcels_gone_silent,
        parcels.parcels_sent_back,
        parcels.orders_never_shipped,
        returns.returns_to_expire,
        returns.goods_to_give_up,
        returns.money_to_plan,
        returns.undelivered_to_plan,
        parcels.resends_to_ask_about,
        parcels.losses_to_claim,
        parcels.promises_to_make_good,
        returns.legs_to_pay,
        questions_left_open,
        parcels.words_to_keep,
        parcels.looks_at_trackers,
        parcels.trackers_that_ended,
        windows_to_close,
    ),
}
LATEST = max(RULES)
