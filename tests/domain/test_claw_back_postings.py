"""What each step of a claim books: a table of amounts, each row of which sums to zero."""

from typing import Any

import pytest

from domain.model.claw_back import ClawBack, ClawBackPayment, ClawBackWork
from domain.model.leg import Leg
from domain.model.settlement import Settlement
from domain.payments.claw_backs.amounts import owed_for
from domain.payments.claw_backs.postings import postings_of
from domain.payments.external_allocation import less
from domain.payments.refundable import unrefunded_per_tender
from domain.payments.settled_parts import split_by_return
from tests.builders import PLACED, a_delivered_state, a_return, a_state, gbp


def a_claim(**changed: Any) -> ClawBack:
    """10.00 are asked for: 3.00 are owed, 2.00 were taken from credit, 4.00 paid, 1.00 written off."""
    claim: dict[str, Any] = {
        "claim": "clm_1", "ground": "incomplete", "return_id": "ret_1", "all_units": {}, "units": {}, "requested": gbp(1000),
        "amount": gbp(1000), "opened_at": PLACED, "answer_by": PLACED, "receivable": gbp(300), "netted": gbp(200),
        "paid": gbp(400), "written_off": gbp(100), "credit_back": gbp(0),
    }  # fmt: skip
    return ClawBack.model_validate({**claim, **changed})


def sides(claim: ClawBack, kind: str, **more: Any) -> dict[str, int]:
    work = ClawBackWork.model_validate({"key": "k", "kind": kind, "planned_at": PLACED, **more})
    return {one.account: one.minor for one in postings_of(claim, work)}


@pytest.mark.parametrize(
    ("target", "booked"),
    [
        (800, {"claimed": 200, "claim": -200}),
        (700, {"claimed": 300, "claim": -300}),
        (650, {"claimed": 350, "claim": -300, "write_off": -50}),
        (550, {"claimed": 450, "claim": -300, "write_off": -100, "credit": -50}),
        (0, {"claimed": 1000, "claim": -300, "write_off": -100, "credit": -200, "refundable": -400}),
    ],
)
def test_less_is_asked_for(target: int, booked: dict[str, int]) -> None:
    assert sides(a_claim(), "reduction", target=gbp(target)) == booked
    assert sum(booked.values()) == 0


@pytest.mark.parametrize(
    ("paid", "end", "booked"),
    [
        (250, None, {"cash": 250, "claim": -250}),
        (500, None, {"cash": 500, "claim": -300, "refundable": -200}),
        (350, "written_off", {"cash": 350, "claim": -300, "write_off": -50}),
        (500, "written_off", {"cash": 500, "claim": -300, "write_off": -100, "refundable": -100}),
    ],
)
def test_a_payment_settles_what_is_owed_then_what_was_written_off(
    paid: int, end: str | None, booked: dict[str, int]
) -> None:
    payment = ClawBackPayment.model_validate(
        {"payment": "p1", "provider": "stripe", "amount": gbp(paid), "kept": gbp(paid), "at": PLACED}
    )
    assert sides(a_claim(payments=[payment], end=end), "payment", payment="p1") == booked


def test_what_is_owed_is_written_off_also_where_nothing_was_booked() -> None:
    nothing = dict.fromkeys(("receivable", "netted", "paid", "written_off"), gbp(0))
    assert sides(a_claim(), "write_off") == {"claim": -300, "write_off": 300}
    assert sides(a_claim(**nothing), "write_off") == {"claimed": -1000, "write_off": 1000}


def test_what_several_settlements_paid_for_units_adds_up() -> None:
    state = a_state()
    settlements = []
    for unit in (0, 1):
        leg = Leg(
            occasion=f"return/r/{unit}", tender_id="card", to="provider", principal=gbp(1100), bonus=gbp(50),
            status="settled", planned_at=PLACED,
        )  # fmt: skip
        settlements.append(
            Settlement(occasion=leg.occasion, purpose="refund", units={"1": [unit]}, legs=[leg])
        )
    assert owed_for(state, settlements, {"1": [0, 1]}, PLACED) == gbp(2300)
    assert owed_for(state, settlements, {"1": [1]}, PLACED) == gbp(1150)


def test_money_that_moved_elsewhere_settles_returns_first_at_most_their_value() -> None:
    state = a_delivered_state()
    case = a_return(state)
    moved = [share.of(1000 if share.tender_id == "gift" else 900) for share in unrefunded_per_tender(state)]
    first, rest = split_by_return(state, {"1": [0, 1]}, moved)
    assert (first.return_id, first.units, sum(share.amount.minor for share in first.shares)) == (
        case.return_id, {"1": [0]}, 1200,
    )  # fmt: skip
    assert (rest.return_id, rest.units, rest.shares) == (None, {"1": [1]}, less(moved, first.shares))
