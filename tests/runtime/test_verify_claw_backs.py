"""What `verify` says of claims: no debit before notice and time to answer, and sums that agree."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.actors import Role
from domain.model.claw_back import ClawBack, ClawBackReply
from domain.model.state import JourneyState
from domain.payments.claw_backs import steps
from runtime.verify import claw_backs
from runtime.verify.order_records import CheckContext, OrderRecords
from store.tables.all import LedgerEntry, OrderRow, OutboxRow
from tests.builders import PLACED, a_return, a_state, gbp

DAY = timedelta(days=1)


def a_collected_claim() -> tuple[JourneyState, ClawBack]:
    state = a_state()
    missed = steps.Missed("incomplete", {"1": [0]}, gbp(1200), a_return(state).return_id)
    steps.begin(state, missed, PLACED)
    claim = state.claw_backs[0]
    claim.netted, claim.stage, claim.end = gbp(1200), "closed", "netted"
    return state, claim


def broken(state: JourneyState, claim: ClawBack, *, after: timedelta, notice: bool = True) -> list[str]:
    order = state.order
    entry = LedgerEntry(
        merchant="acme",
        order=order.order,
        key="k",
        kind="net_claw_back",
        at=PLACED + after,
        cause=claim.claim,
    )
    row = OutboxRow.model_construct(key=f"{claim.claim}/claw_back_notice/1")
    records = OrderRecords(
        row=OrderRow.model_construct(id=order.order, merchant="acme"), order=order, now=PLACED, sandbox=True, state=state,
        entries=[entry], notices=[row] if notice else [],
    )  # fmt: skip
    context = CheckContext(quiesced=True, now=PLACED, merchants={})
    return [f"{one.invariant} {one.message.split(' ', 2)[2]}" for one in claw_backs.check(records, context)]


def _agreed(claim: ClawBack) -> None:
    claim.reply = ClawBackReply(answer="agree", at=PLACED, by=Role.CUSTOMER)


def _owes(claim: ClawBack) -> None:
    claim.netted, claim.receivable = gbp(1000), gbp(200)


def _sums(claim: ClawBack) -> None:
    claim.netted = gbp(1100)


@pytest.mark.parametrize(
    ("change", "after", "says"),
    [
        (lambda _: None, 14 * DAY, []),
        (lambda _: None, 13 * DAY, ["I13 was collected before its time to answer was over"]),
        (_agreed, DAY, []),
        (_owes, 14 * DAY, ["I13 is closed while 200 minor units GBP is owed"]),
        (_sums, 14 * DAY, ["I13 asks for 1200 minor units GBP, of which 1100 minor units GBP is booked"]),
    ],
)
def test_a_claim_is_judged(change: Callable[[ClawBack], None], after: timedelta, says: list[str]) -> None:
    state, claim = a_collected_claim()
    change(claim)
    assert broken(state, claim, after=after) == says


def test_a_claim_without_a_notice_is_named() -> None:
    state, claim = a_collected_claim()
    assert broken(state, claim, after=14 * DAY, notice=False) == ["I13 was collected without a notice"]
