"""One corrupted fact per row, and the sentence with which `verify` must name it: deliveries, runs, and money."""

import json
from collections.abc import Awaitable, Callable

from domain import payment_keys
from domain.model.state import JourneyState
from tests.builders import gbp
from tests.runtime.verified_deployment import MASTER, VerifiedDeployment

Corruption = Callable[[VerifiedDeployment], Awaitable[None]]

# As the store names the Idempotency-Key `abc`: keys may hold an address.
KEY = MASTER.pseudonym("idempotency", json.dumps(["", "abc"]))
GIFT, CARD, CREDIT = (
    payment_keys.leg("return/ret_1/1", "gift", 1),
    payment_keys.leg("return/ret_1/1", "card", 1),
    payment_keys.leg("return/ret_2/1", "card", 1),
)


def sql(statement: str) -> Corruption:
    """A fact in the database."""

    async def corrupt(deployment: VerifiedDeployment) -> None:
        await deployment.sql(statement)

    return corrupt


def snapshot(change: Callable[[JourneyState], object]) -> Corruption:
    """A fact in the stored state."""

    async def corrupt(deployment: VerifiedDeployment) -> None:
        state = await deployment.state()
        change(state)
        await deployment.overwrite_snapshot(state)

    return corrupt


def outside(change: Callable[[VerifiedDeployment], object]) -> Corruption:
    """A fact at the provider or at Temporal."""

    async def corrupt(deployment: VerifiedDeployment) -> None:
        change(deployment)

    return corrupt


def _no_runs(deployment: VerifiedDeployment) -> None:
    deployment.runs.open.clear()


def _second_run(deployment: VerifiedDeployment) -> None:
    deployment.runs.open["order/acme/ord_one"] += 1


def _unknown_run(deployment: VerifiedDeployment) -> None:
    deployment.runs.open["order/acme/ord_x"] = 1


def _paid_too_much(deployment: VerifiedDeployment) -> None:
    deployment.provider.made_refunds[0] = deployment.provider.made_refunds[0].model_copy(
        update={"amount": 3001}
    )


def _refunded_externally(deployment: VerifiedDeployment) -> None:
    deployment.provider.made_refunds[0] = deployment.provider.made_refunds[0].model_copy(
        update={"amount": 5801}
    )


def _same_units(state: JourneyState) -> None:
    state.settlements[1].units = state.settlements[0].units


def _overpriced_units(state: JourneyState) -> None:
    state.settlements[0].legs[1].principal = gbp(3001)


def _greedy_bonus(state: JourneyState) -> None:
    state.settlements[1].legs[0].bonus = gbp(121)


def _unknown_leg(state: JourneyState) -> None:
    state.settlements[0].legs[1].status = "unknown"


def _failed_leg(state: JourneyState) -> None:
    state.settlements[0].legs[1].status = "failed"


def _paid_as_lost(state: JourneyState) -> None:
    """The lamp was paid because its parcel is lost, and only the shop reported that it moved."""
    state.settlements[0].occasion = "undelivered/ord_one/p1"
    [scan] = state.parcels[0].scans
    state.parcels[0].scans = [scan.model_copy(update={"reported_by": "storefront"})]


def _digital_lamp_paid_as_lost(state: JourneyState) -> None:
    state.settlements[0].occasion = "undelivered/ord_one/p1"
    mug, lamp = state.order.lines
    lines = (mug, lamp.model_copy(update={"fulfilment": "digital"}))
    state.order = state.order.model_copy(update={"lines": lines})


ORDER_AND_PAYMENT_CORRUPTIONS: list[tuple[str, Corruption, str]] = [
    ("I1", sql("DELETE FROM snapshots"), "order ord_one has no snapshot"),
    (
        "I1",
        sql("UPDATE ledger_entries SET kind = 'other' WHERE kind = 'capture'"),
        "order ord_one was accepted without a capture in the ledger",
    ),
    (
        "I1",
        sql("DELETE FROM returns WHERE id = 'ret_1'"),
        "return ret_1 of order ord_one cannot be looked up",
    ),
    ("I1", sql("DELETE FROM parcels"), "parcel p1 of order ord_one cannot be looked up"),
    (
        "I1",
        sql("DELETE FROM returns WHERE id = 'ret_1'"),
        f"key {KEY} of acme on POST /v1/orders was answered with ret_1, which does not exist",
    ),
    (
        "I1",
        sql("UPDATE idempotency SET response = NULL"),
        f"key {KEY} of acme on POST /v1/orders is done but has no answer",
    ),
    (
        "I1",
        sql("UPDATE inbox SET status = 'lost' WHERE delivery_id = 'evt_1'"),
        "delivery evt_1 of easypost to acme has the unknown status lost",
    ),
    (
        "I1",
        sql("DELETE FROM inbox_waits"),
        "delivery evt_2 of easypost to acme is parked and waits for nothing",
    ),
    (
        "I1",
        sql("UPDATE inbox SET status = 'received' WHERE delivery_id = 'evt_1'"),
        "delivery evt_1 of easypost to acme was accepted but never read although the system is idle",
    ),
    (
        "I2",
        outside(_no_runs),
        "order ord_one waits for review until 2026-03-10T00:00:00+00:00 but no run is open",
    ),
    ("I2", outside(_second_run), "order ord_one has 2 open runs, at most one is allowed"),
    ("I2", outside(_unknown_run), "run order/acme/ord_x is open for an order that is not in the store"),
    (
        "I2",
        sql("UPDATE snapshots SET seq = seq + 1"),
        "the snapshot of order ord_one holds the state of another order or seq",
    ),
    (
        "I3",
        outside(lambda deployment: deployment.provider.made_refunds.clear()),
        f"leg {CARD} is settled but the provider made 0 refunds for it",
    ),
    (
        "I3",
        outside(lambda deployment: deployment.provider.pay(f"acme/{CARD}", "pay_1", 3000)),
        f"leg {CARD} is settled but the provider made 2 refunds for it",
    ),
    (
        "I3",
        outside(lambda deployment: deployment.provider.pay(f"acme/{CREDIT}", "pay_1", 1200)),
        f"leg {CREDIT} is settled but the provider made 1 refunds for it",
    ),
    (
        "I3",
        outside(lambda deployment: deployment.provider.pay("acme/return/ret_9/1/aa/1", "pay_1", 100)),
        "the provider refunded 100 minor units GBP as re_2 for leg acme/return/ret_9/1/aa/1, which does not exist",
    ),
    (
        "I3",
        outside(_paid_too_much),
        f"leg {CARD} is 3000 minor units GBP but the provider paid 3001 minor units GBP as re_1",
    ),
    (
        "I3",
        sql(f"UPDATE legs SET reference = 're_7' WHERE key = '{CARD}'"),
        f"leg {CARD} was settled as re_7 but the provider has re_1",
    ),
    (
        "I3",
        sql(f"UPDATE legs SET provider = 'stripe', reference = '' WHERE key = '{CARD}'"),
        f"leg {CARD} is settled but has no reference of stripe",
    ),
    (
        "I3",
        sql(f"UPDATE legs SET status = 'released' WHERE key = '{CARD}'"),
        f"leg {CARD} is released but the provider made 1 refunds for it",
    ),
    (
        "I3",
        sql(f"UPDATE legs SET status = 'sent' WHERE key = '{CARD}'"),
        f"leg {CARD} is still sent in the ledger although the system is idle",
    ),
    ("I3", snapshot(_unknown_leg), f"leg {CARD} is unknown but no question about it is open"),
    ("I3", snapshot(_failed_leg), f"leg {CARD} is failed in its order but settled in the ledger"),
    (
        "I3",
        sql(f"UPDATE legs SET key = 'return/ret_9/1/aa/1' WHERE key = '{CREDIT}'"),
        "leg return/ret_9/1/aa/1 is in the ledger but in no settlement of order ord_one",
    ),
    (
        "I4",
        sql(f"UPDATE legs SET principal = 1001 WHERE key = '{GIFT}'"),
        "order ord_one paid back 1001 minor units GBP on tender gift of 1000 minor units GBP",
    ),
    (
        "I4",
        sql(f"UPDATE legs SET principal = 9000 WHERE key = '{CARD}'"),
        "order ord_one paid back 11200 minor units GBP of 6800 minor units GBP captured",
    ),
    (
        "I4",
        outside(_refunded_externally),
        "the provider paid back 5801 minor units GBP on payment pay_1 of 5800 minor units GBP",
    ),
    ("I4", snapshot(_same_units), "unit 0 of line 2 of order ord_one is in 2 settlements"),
    (
        "I4",
        snapshot(_overpriced_units),
        "settlement return/ret_1/1 pays 4001 minor units GBP for units of 4000 minor units GBP",
    ),
    (
        "I4b",
        snapshot(_greedy_bonus),
        "return ret_2 gives a bonus of 121 minor units GBP, quoted were 120 and the cap is 120",
    ),
    (
        "I4b",
        sql(f"UPDATE legs SET bonus = 240 WHERE key = '{CREDIT}'"),
        "occasion return/ret_2/1 was paid a bonus of 240 minor units GBP, more than it earned",
    ),
    (
        "I4b",
        sql(f"UPDATE ledger_entries SET cause = '' WHERE key = 'post/{CREDIT}'"),
        "acme spent a bonus of 120 minor units GBP on occasion (none), which earned 0 minor units GBP",
    ),
    (
        "I12",
        snapshot(_paid_as_lost),
        "settlement undelivered/ord_one/p1 pays by default for parcel p1, which its carrier never scanned",
    ),
    (
        "I12",
        snapshot(_digital_lamp_paid_as_lost),
        "settlement undelivered/ord_one/p1 pays for line 2, which is digital, as lost",
    ),
    (
        "I5",
        sql("UPDATE ledger_postings SET minor = -1321 WHERE account = 'credit/cus_ada' AND minor = -1320"),
        f"entry post/{CREDIT} is out of balance by -1 minor units GBP",
    ),
    (
        "I5",
        sql("UPDATE ledger_postings SET minor = 2000 WHERE account = 'credit/cus_ada' AND minor = -1320"),
        "customer cus_ada of acme has a negative credit of -1000 minor units GBP",
    ),
    (
        "I5",
        sql("UPDATE credit_lots SET remaining = 999 WHERE id = 1"),
        "customer cus_ada of acme has 2320 minor units GBP of credit but lots of 2319 minor units GBP",
    ),
    (
        "I5",
        sql(f"UPDATE legs SET status = 'sent' WHERE key = '{CARD}'"),
        f"account reserved/{CARD} holds 0 minor units GBP, its leg needs 3000 minor units GBP",
    ),
    (
        "I5",
        sql("UPDATE ledger_postings SET minor = 9000 WHERE account = 'tender/ord_one/card' AND minor = 3000"),
        "account tender/ord_one/card of acme is overdrawn by 4400 minor units GBP",
    ),
]
