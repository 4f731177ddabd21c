"""One corrupted fact per row, and the sentence that names it: rows that are gone, what is stuck, money that was not there."""

from datetime import UTC, datetime, timedelta

from domain.model.attention import AttentionItem
from domain.model.quote import TenderShare
from domain.model.settlement import Settlement, legs_for
from domain.model.state import JourneyState
from domain.payments.goodwill import GOODWILL_TENDER
from runtime.verify.sources import FailingJourney, VisibleRun
from tests.builders import gbp
from tests.runtime.verified_deployment import VerifiedDeployment
from tests.runtime.verify_corruptions import CARD, CREDIT, Corruption, outside, snapshot, sql

_RESTORE = "restore it from a backup (docs/operate.md)"
_LONG_AGO = "2026-01-01 00:00:00.000000"


def _failing(deployment: VerifiedDeployment) -> None:
    deployment.runs.failing_journeys = [
        FailingJourney(id="order/acme/ord_one", problem="category=WorkflowTaskFailed")
    ]


def _restarted(deployment: VerifiedDeployment) -> None:
    start = datetime(2026, 3, 8, tzinfo=UTC)
    deployment.runs.listed = [
        VisibleRun("order/acme/ord_one", f"run-{n}", started_at=start + timedelta(minutes=n))
        for n in range(40)
    ]


def _took_less(deployment: VerifiedDeployment) -> None:
    deployment.provider.taken = deployment.provider.taken.model_copy(update={"amount": 2900})


def _refunded_by_the_shop(deployment: VerifiedDeployment) -> None:
    deployment.provider.pay("", "pay_1", 2801)


def _second_question(state: JourneyState) -> None:
    first = state.attention[0]
    again = first.model_copy(update={"kind": "hold", "subject": "ret_2"})
    state.attention = [first, AttentionItem.model_validate(again.model_dump())]


def _goodwill_for_nothing(state: JourneyState) -> None:
    assert state.clock is not None
    share = TenderShare(tender_id=GOODWILL_TENDER, kind="store_credit", amount=gbp(0))
    legs = legs_for("late/ord_one", "goodwill", [share], state.clock, [gbp(500)])
    state.settlements.append(Settlement(occasion="late/ord_one", purpose="goodwill", units={}, legs=legs))


def _planned_and_not_sent(state: JourneyState) -> None:
    state.settlements[0].legs[1].status = "planned"


def _sent_and_not_answered(state: JourneyState) -> None:
    state.settlements[0].legs[1].status = "sent"


def _smaller_cap(state: JourneyState) -> None:
    state.terms.policy.credit.__dict__["cap"] = {"GBP": 100}


def _no_bonus_on_cards(state: JourneyState) -> None:
    state.terms.policy.credit.__dict__["bonus_on"] = ("gift_card",)


def _stuck_action(state: JourneyState) -> None:
    first = state.attention[0]
    stuck = first.model_copy(update={"kind": "action_stuck", "subject": "pay_leg/x"})
    state.attention = [first, stuck]


def both(*corruptions: Corruption) -> Corruption:
    """Facts that only together look as the fault would leave them."""

    async def corrupt(deployment: VerifiedDeployment) -> None:
        for one in corruptions:
            await one(deployment)

    return corrupt


_OVERDUE = sql("UPDATE merchants SET clock = '2026-03-11 00:00:00.000000' WHERE id = 'acme'")

MISSING_AND_STUCK_CORRUPTIONS: list[tuple[str, Corruption, str]] = [
    (
        "I1",
        sql("DELETE FROM payments"),
        f"payment pay_1 of order ord_one is not listed as its payment; {_RESTORE}",
    ),
    (
        "I1",
        sql("DELETE FROM outbox WHERE kind = 'delayed'"),
        f"notice ord_one/p1/no_first_scan/1 of order ord_one was to be sent and is not in the outbox; {_RESTORE}",
    ),
    (
        "I1",
        sql("DELETE FROM outbox WHERE kind = 'delay_corrected'"),
        f"notice ord_one/p1/delay_corrected/1 of order ord_one was to be sent and is not in the outbox; {_RESTORE}",
    ),
    (
        "I1",
        sql("DELETE FROM outbox WHERE id = 4"),
        f"notice return/ret_2/1/refunded/1 of order ord_one was to be sent and is not in the outbox; {_RESTORE}",
    ),
    (
        "I1",
        sql(f"UPDATE ledger_entries SET key = 'other' WHERE key = 'post/{CREDIT}'"),
        f"leg {CREDIT} of order ord_one is settled and has no entry in the ledger; {_RESTORE}",
    ),
    (
        "I1",
        sql("DELETE FROM audit WHERE action = 'payment_planned' AND subject = 'return/ret_1/1'"),
        f"settlement return/ret_1/1 of order ord_one is not in the audit log; {_RESTORE}",
    ),
    (
        "I1",
        sql(
            "UPDATE inbox SET body = (SELECT body FROM inbox WHERE delivery_id = 'evt_1') WHERE delivery_id = 'evt_2'"
        ),
        "delivery evt_2 of easypost to acme cannot be opened with the master key; ask its sender for it again",
    ),
    (
        "I1",
        sql("UPDATE inbox SET size = 1 WHERE delivery_id = 'evt_2'"),
        "delivery evt_2 of easypost to acme holds another body than was accepted; ask its sender for it again",
    ),
    (
        "I1",
        sql("DELETE FROM attention WHERE kind = 'unknown_parcel'"),
        "a delivery to acme waits for the unknown parcel TRACK9 and no question about it is open",
    ),
    (
        "I1",
        sql("UPDATE parcels SET normalized_number = 'OTHER'"),
        "parcel p1 of order ord_one is listed under the number OTHER instead of TRACK1",
    ),
    (
        "I2",
        outside(_failing),
        "the journey of order ord_one of acme fails again and again (category=WorkflowTaskFailed); "
        "the worker's log has the cause, and it goes on by itself once that is mended",
    ),
    (
        "I2",
        outside(_restarted),
        "the journey of order ord_one of acme was started 40 times within an hour; "
        "look at its history in Temporal, and end what asks it again and again",
    ),
    (
        "I4",
        outside(_took_less),
        "order ord_one was booked with 5800 minor units GBP on payment pay_1, "
        "of which the provider took 2900 minor units GBP",
    ),
    (
        "I4",
        outside(_took_less),
        "order ord_one paid back 4200 minor units GBP on payment pay_1, "
        "of which the provider took 2900 minor units GBP",
    ),
    (
        "I4",
        outside(_refunded_by_the_shop),
        "the provider paid back 5801 minor units GBP on payment pay_1 of 5800 minor units GBP",
    ),
    (
        "I4b",
        snapshot(_smaller_cap),
        "the returns of order ord_one are promised a bonus of 120 minor units GBP, "
        "the cap of the order is 100 minor units GBP",
    ),
    (
        "I4b",
        snapshot(_no_bonus_on_cards),
        f"leg {CREDIT} has a bonus of 120 minor units GBP, but tender card earns none",
    ),
    (
        "I6",
        snapshot(_stuck_action),
        "step pay_leg/x of order ord_one stays due although it was performed; report this defect",
    ),
    (
        "I4b",
        snapshot(_goodwill_for_nothing),
        "goodwill late/ord_one of order ord_one is 500 minor units GBP, but the lateness earned 0 minor units GBP; "
        "compare the order's parcels with its promise, and correct the customer's credit by hand",
    ),
    *(
        (
            "I6",
            both(_OVERDUE, snapshot(_second_question)),
            f"order ord_one should have done {item} at 2026-03-10T00:00:00+00:00; it is 2026-03-11T00:00:00+00:00",
        )
        for item in ("review of ret_3", "hold of ret_2")
    ),
    (
        "I6",
        both(
            snapshot(_planned_and_not_sent),
            sql(f"DELETE FROM legs WHERE key = '{CARD}'"),
            sql(f"UPDATE orders SET unpaid_since = '{_LONG_AGO}'"),
        ),
        f"leg {CARD} of order ord_one (3000 minor units GBP) is due since 2026-03-08T00:00:00+00:00 "
        "and nobody sends it; look at the journey of the order",
    ),
    (
        "I6",
        both(
            snapshot(_sent_and_not_answered),
            sql(f"UPDATE legs SET status = 'sent', created_at = '{_LONG_AGO}' WHERE key = '{CARD}'"),
        ),
        f"leg {CARD} of order ord_one (3000 minor units GBP) has no answer of its provider since "
        "2026-01-01T00:00:00+00:00 and finance was not asked",
    ),
]
