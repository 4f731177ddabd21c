"""Claims of the tests: how one begins, and what the customer, the staff and the provider do about it."""

from datetime import timedelta

from domain.actors import Actor, Role
from domain.model.claw_back import ClawBack
from domain.model.claw_back_terms import ClawBackTerms
from domain.model.received_goods import ReceivedLine
from domain.model.scan import ParcelStatus
from domain.model.terms import Policy
from domain.payments.claw_backs.results import ClawBackPaid, apply_payment
from domain.payments.commands.answer_claw_back import AnswerClawBack
from domain.payments.commands.decide_claw_back import DecideClawBack
from domain.reasons import CommandResult
from tests.builders import a_state, gbp
from tests.domain.state_driver import CUSTOMER, SENIOR, StateDriver

FINANCE = Actor(role=Role.FINANCE, name="finance-1")


DAY = timedelta(days=1)


def claimed(journey: StateDriver) -> ClawBack:
    """Two mugs and a lamp were paid at the drop-off, 64.00; of the lamp, 40.00, an empty box arrived."""
    subject = journey.open({"1": 2, "2": 1}).subject
    journey.drop_off(subject)
    journey.settle_sent_legs()
    journey.receive(subject, {"1": 2}, ReceivedLine(line_id="2", quantity=1, condition="empty"))
    assert not journey.state.claw_backs, "an agent may still accept the goods"
    journey.advance(days=4)
    return journey.state.claw_backs[0]


def missing(journey: StateDriver) -> ClawBack:
    """Of the same return only the mugs ever arrive."""
    subject = journey.open({"1": 2, "2": 1}).subject
    journey.drop_off(subject)
    journey.settle_sent_legs()
    journey.receive(subject, {"1": 2})
    journey.advance(days=35)
    return journey.state.claw_backs[0]


def answer(journey: StateDriver, claim: ClawBack, how: str, actor: Actor = CUSTOMER) -> CommandResult:
    envelope = journey._envelope(actor)
    return journey.execute(
        AnswerClawBack.model_validate(
            {**envelope, "claim": claim.claim, "answer": how, "text": "see receipt"}
        )
    )


def decide(journey: StateDriver, claim: ClawBack, how: str, actor: Actor = SENIOR) -> CommandResult:
    envelope = journey._envelope(actor)
    return journey.execute(
        DecideClawBack.model_validate(
            {**envelope, "claim": claim.claim, "decision": how, "reason": "as agreed"}
        )
    )


def pay(journey: StateDriver, claim: ClawBack, minor: int, payment: str = "pi_1") -> bool:
    paid = ClawBackPaid(claim=claim.claim, provider="stripe", payment=payment, amount=gbp(minor))
    news = apply_payment(journey.state, paid, journey.now)
    journey.apply_due()
    return news


def books(journey: StateDriver) -> dict[str, int]:
    return {account: minor for account, minor in journey.claims.accounts.items() if minor}


def now_of(journey: StateDriver) -> ClawBack:
    return journey.state.claw_backs[0]


def lost(policy: Policy) -> StateDriver:
    """A parcel of the whole order that its carrier had, and that was silent for so long that it counts as lost."""
    journey = StateDriver(a_state(policy=policy))
    journey.ship()
    journey.advance(days=1)
    journey.scan(ParcelStatus.IN_TRANSIT)
    return journey


ARRIVED = Policy(claw_back=ClawBackTerms(grounds=("parcel_arrived",)))


def check(journey: StateDriver) -> None:
    """What the claim says is what the ledger has."""
    for claim in journey.state.claw_backs:
        if not claim.work:
            assert books(journey).get("claim", 0) == claim.receivable.minor
            assert books(journey).get("credit", 0) == claim.netted.minor
            assert books(journey).get("write_off", 0) == claim.written_off.minor
            assert not claim.booked or claim.booked == claim.amount
            assert claim.paid == sum((one.kept for one in claim.payments), gbp(0))


def pay_by_hand(journey: StateDriver) -> None:
    """Go on to the end; finance pays by hand what no provider can."""
    for _ in range(100):
        journey.settle_sent_legs()
        for leg in journey.state.legs():
            if leg.waits:
                journey.override("paid_by_hand", FINANCE, leg=leg.key)
        if journey.state.at_rest:
            return
        journey.advance(days=7)
    raise AssertionError("no rest")
