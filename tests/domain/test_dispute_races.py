"""Disputes, refunds and people in any order: nothing leaves while a bank has the payment, and never more than was paid."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from domain import keys, payment_keys
from domain.model.dispute import Dispute, DisputeState, DisputeStatement
from domain.model.payment import PaymentResult
from domain.money import total
from domain.payments import payment_results
from domain.payments.commands.assign_dispute import AssignDispute
from domain.payments.commands.choose_refund import ChooseRefund
from domain.payments.disputes.holds import is_disputed
from domain.payments.disputes.losses import open_units, waiting_legs
from domain.payments.refundable import committed_legs
from tests.builders import PLACED, gbp
from tests.domain.state_driver import CUSTOMER, SENIOR, StateDriver
from tests.domain.test_disputes import card_only, report

PAID = 6800
STATES: tuple[DisputeState, ...] = (
    "inquiry",
    "needs_response",
    "under_review",
    "unclear",
    "won",
    "lost",
    "withdrawn",
)
AMOUNTS = (PAID, PAID, 1200, 4000, 3000, 700)
Step = Callable[[StateDriver, random.Random], None]


def return_goods(driver: StateDriver, dice: random.Random) -> None:
    line = dice.choice(("1", "2"))
    if not driver.violations({line: 1}):
        opened = driver.open({line: 1}, resolution=dice.choice(("refund", "refund", "store_credit")))
        driver.drop_off(opened.subject, nonce=opened.subject)


def state_dispute(driver: StateDriver, dice: random.Random) -> None:
    amount = dice.choice(AMOUNTS)
    said = DisputeStatement(
        amount=gbp(amount),
        fee=dice.choice((None, gbp(0), gbp(1500))),
        state=dice.choice(STATES),
        at=PLACED + timedelta(hours=dice.randrange(200)),
    )
    report(driver, said, reference=dice.choice(("dp_1", "dp_2")))


def answer_payment(driver: StateDriver, dice: random.Random) -> None:
    for leg in driver.state.legs():
        if leg.status == "sent" and dice.random() < 0.8:
            outcome, decline = dice.choice(
                (
                    ("settled", ""),
                    ("declined", "declined"),
                    ("declined", "charge_disputed"),
                    ("unknown", ""),
                    ("accepted", ""),
                )
            )
            if leg.to != "provider":
                outcome, decline = "settled", ""
            take(
                driver, PaymentResult.model_validate({"leg": leg.key, "outcome": outcome, "decline": decline})
            )


def take(driver: StateDriver, result: PaymentResult) -> None:
    payment_results.record_payment_result(driver.state, result, driver.now)
    driver.state.seq += 1
    driver.apply_due()


def take_back(driver: StateDriver, dice: random.Random) -> None:
    paid = [leg for leg in driver.state.legs() if leg.status == "settled" and leg.to == "provider"]
    if paid:
        take(driver, PaymentResult(leg=dice.choice(paid).key, outcome="reversed", decline="closed"))


def choose_way(driver: StateDriver, dice: random.Random) -> None:
    for leg in driver.state.legs():
        choice = dice.choice(("store_credit", "other_way"))
        name = keys.digest(leg.key, str(driver.state.seq))
        driver.execute(ChooseRefund(command_id=name, actor=CUSTOMER, leg=leg.key, choice=choice))


def decide(driver: StateDriver, dice: random.Random) -> None:
    for leg in driver.state.legs():
        driver.override(dice.choice(("retry_step", "paid_by_hand", "skip_step")), SENIOR, leg=leg.key)


def assign_loss(driver: StateDriver, dice: random.Random) -> None:
    for dispute in driver.state.disputes:
        waiting = waiting_legs(driver.state, dispute)
        lines = [{"line_id": line, "quantity": 1} for line in open_units(driver.state) if dice.random() < 0.5]
        command = {
            "command_id": keys.digest(dispute.dispute, str(driver.state.seq)), "actor": SENIOR, "note": "as the bank says",
            "dispute": dispute.dispute, "lines": lines, "payments": [leg.key for leg in waiting if dice.random() < 0.5],
        }  # fmt: skip
        driver.execute(AssignDispute.model_validate(command))


def wait(driver: StateDriver, dice: random.Random) -> None:
    driver.advance(days=dice.choice((1, 4)))


STEPS: tuple[Step, ...] = (
    return_goods, return_goods, state_dispute, state_dispute, answer_payment, answer_payment, answer_payment, take_back,
    choose_way, decide, assign_loss, wait,
)  # fmt: skip


def check(driver: StateDriver, sent_before: set[str], held_before: bool) -> None:
    state = driver.state
    owed = sum(leg.principal.minor for leg in committed_legs(state) if leg.tender_id == "card")
    assert owed <= PAID, "more is paid or owed than the customer paid"
    sent = {leg.key for leg in state.legs() if leg.sent_at and leg.to in ("provider", "credit")}
    if held_before and is_disputed(state, "card"):
        assert sent <= sent_before, "a payment left while a bank had the money"
    for dispute in state.disputes:
        gave_back = dispute.taken is not None and dispute.taken.minor < covered(driver, dispute)
        assert not gave_back or state.has_open("dispute_outcome_changed", dispute.dispute)
        assert on_account(driver, dispute) == expected_on_account(driver, dispute)


def on_account(driver: StateDriver, dispute: Dispute) -> int:
    """What the ledger's account of the dispute holds once all payments are entered."""
    signs = {"hold_dispute": 1, "release_dispute": -1, "write_off_dispute": -1, "recover_dispute": 1}
    return sum(signs.get(one.step, 0) * one.amount.minor for one in dispute.bookings) - covered(
        driver, dispute
    )


def covered(driver: StateDriver, dispute: Dispute) -> int:
    occasion = payment_keys.occasion_of_dispute(driver.state.order.order, dispute.dispute)
    paid = [leg.principal for leg in driver.state.legs() if payment_keys.is_part_of(leg.occasion, occasion)]
    return total(paid, "GBP").minor


def expected_on_account(driver: StateDriver, dispute: Dispute) -> int:
    """Nothing after a loss that is settled; what the bank gave back after one; else what the bank has."""
    if dispute.taken is None:  # nobody says who has the money: it stays as it was
        return on_account(driver, dispute)
    left = dispute.taken.minor - covered(driver, dispute)
    return min(0, left) if dispute.state == "lost" and dispute.assigned_at is not None else left


@pytest.mark.parametrize("first", range(0, 100, 50))
def test_however_disputes_refunds_and_people_cross_the_money_moves_once(first: int) -> None:
    for seed in range(first, first + 50):
        dice, driver = random.Random(seed), card_only()
        for _ in range(25):
            held = is_disputed(driver.state, "card")
            sent = {leg.key for leg in driver.state.legs() if leg.sent_at}
            dice.choice(STEPS)(driver, dice)
            try:
                check(driver, sent, held)
            except AssertionError as broken:
                raise AssertionError(f"seed {seed}: {broken}") from broken
