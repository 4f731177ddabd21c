"""The 22 faults of programme (e): what goes wrong, what happens afterwards, and which outcomes are right."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tests.chaos.payments.cases import Case, tender_of
from tests.patience import PATIENCE

Step = Callable[[Case], Awaitable[None]]
SETTLED: Final = frozenset({"settled"})
WITH_PERSON: Final = frozenset({"settled", "failed with a question"})
ANY: Final = frozenset({"settled", "failed with a question", "credited"})
NOTHING: Final = frozenset({"nothing owed"})
_DAY: Final = timedelta(days=1)
_LOOKS: Final = 2  # as often as a stand-in is away for one case, and no more: each look has to get on


async def _nothing(_: Case) -> None:
    """Nothing happens."""


@dataclass(frozen=True)
class Fault:
    """One fault.

    wire: how requests about the first payment fail from the moment that its refund is asked for.
    plan: what becomes of its refunds, or what is wrong with it; of WooCommerce, which has no such thing, `plan_by_wire`.
    before, together: at the provider before the refund is asked for, and at the same moment.
    request_refund: instead of the usual way.
    quiet: until when the clock must wait. passes: how far the provider's clock goes then.
    after: what happens then, at the provider and by people.
    events: when the provider sends its webhooks.
    """

    name: str
    wire: str = ""
    plan: str = ""
    plan_by_wire: str = ""
    place: Step | None = None
    before: Step = _nothing
    together: Step = _nothing
    request_refund: Step | None = None
    quiet: Step | None = None
    passes: timedelta = timedelta(0)
    after: Step = _nothing
    events: str = "after_answer"
    outcomes: frozenset[str] = ANY


async def finance_retries(case: Case) -> None:
    """Finance looks at the provider's account, says what it has of an unknown payment, and tries again what it has not.

    What has failed once more is looked at once more, as a provider that is away may be away for longer.
    """
    for _ in range(_LOOKS):
        if case.stand_in.name == "woocommerce":
            await _finance_confirms(case)
        for leg in case.legs:
            if leg["status"] in ("failed", "unknown") and case.open_questions(leg["leg"]):
                await case.override("retry_step", leg["leg"])
        await case.quiet()


async def _finance_confirms(case: Case) -> None:
    """What no question to WooCommerce tells: whether its gateway has paid."""
    for place, tender in enumerate(("first", "second")[: len(case.payments)]):
        leg = next(one for one in case.legs if tender_of(one) == tender)
        if leg["status"] == "unknown" and case.open_questions(leg["leg"]):
            booked = await case.stand_in.refunds(case.payments[place])
            paid = any(one.alive for one in booked if one.key)
            await case.override("confirm_paid" if paid else "confirm_unpaid", leg["leg"])
    await case.until(lambda _: all(leg["status"] != "unknown" for leg in case.legs))


async def _customer_answers(case: Case) -> None:
    """In half of the cases the customer takes credit for what came back or failed late."""
    if case.seed % 4 >= 2:
        return
    for leg in case.legs:
        if "refund_returned" in case.open_questions(leg["leg"]):
            await case.choose_credit(leg["leg"])
    await case.quiet()


async def _comes_back(case: Case) -> None:
    await finance_retries(case)  # a worker that was killed may have left it unknown
    await case.stand_in.finish(case.payment, fails=True)
    if case.stand_in.name != "woocommerce":
        await case.until(lambda _: case.faulted_leg["status"] in ("reversed", "failed"))
    await _customer_answers(case)


async def _is_paid(case: Case) -> None:
    await finance_retries(case)
    await case.stand_in.finish(case.payment, fails=False)
    await case.until(lambda _: case.faulted_leg["status"] not in ("accepted", "sent", "planned"))
    await finance_retries(case)


async def _card_is_closed(case: Case) -> None:
    await finance_retries(case)
    if case.stand_in.name != "woocommerce":
        await case.stand_in.finish(case.payment, fails=True)
        await case.until(lambda _: case.faulted_leg["status"] in ("reversed", "failed"))
    await _customer_answers(case)


async def _staff_was_first(case: Case) -> None:
    """A part of the payment went back in the dashboard, whose webhook may come too late."""
    await case.stand_in.refund_by_staff(case.payment, case.unit // 2)


async def _dispute(case: Case) -> None:
    await case.stand_in.dispute(case.payment)


async def _dispute_soon(case: Case) -> None:
    await asyncio.sleep(case.chance.choice((0.0, 0.05, 0.3)))
    await case.stand_in.dispute(case.payment)


async def _until_paid(case: Case) -> None:
    """The provider has paid, and nobody here knows it."""
    async with asyncio.timeout(PATIENCE):
        while not any(one.alive for one in await case.stand_in.refunds(case.payment)):
            await case.until(lambda _: True)
            if case.is_quiet:  # the killed worker had not sent it
                return
            await asyncio.sleep(0.3)


async def _until_asked(case: Case) -> None:
    """The time of the payment is over, and finance is asked."""
    await case.until(lambda _: case.is_quiet)


async def _recovers(case: Case) -> None:
    await case.stand_in.disarm(case.payment)
    await case.until(lambda _: case.is_quiet)
    await finance_retries(case)


async def _is_connected_again(case: Case) -> None:
    await case.stand_in.set_keys(case.account, works=True)
    await finance_retries(case)


async def _place_with_less(case: Case) -> None:
    """The shop says that the payment holds more than it does."""
    await case.place(captured=case.unit // 2)


async def _place_with_gift(case: Case) -> None:
    await case.place(free=True)


async def _return_the_gift(case: Case) -> None:
    await case.request_refund(line="2")


async def _return_is_done(case: Case) -> None:
    """Nothing is owed for a gift of no price."""
    await case.until(lambda view: view["returns"] and view["returns"][0]["goods"] != "expected")


FAULTS: Final = (
    Fault("timeout after success", wire="timeout_after", after=finance_retries),
    Fault("timeout before", wire="timeout_before", after=finance_retries),
    Fault("500 kept under the key", wire="error_500", after=finance_retries),
    Fault("502 or 503", wire="unavailable", after=finance_retries, outcomes=SETTLED),
    Fault("429 burst", wire="throttled", after=finance_retries, outcomes=SETTLED),
    Fault("key in use", wire="in_use", after=finance_retries, outcomes=SETTLED),
    Fault("cut in the body", wire="cut_in_body", after=finance_retries, outcomes=SETTLED),
    Fault("200 with bad JSON", wire="bad_json", after=finance_retries, outcomes=SETTLED),
    Fault("success, then failed", plan="late_failure", passes=10 * _DAY, after=_comes_back),
    Fault("pending ten days", plan="pending", plan_by_wire="refused_once", passes=10 * _DAY, after=_is_paid),
    Fault("webhook before answer", events="before_answer", after=finance_retries, outcomes=SETTLED),
    Fault("refunded in dashboard", before=_staff_was_first, after=finance_retries, outcomes=WITH_PERSON),
    Fault("refund against chargeback", together=_dispute_soon, outcomes=WITH_PERSON),
    Fault("charge disputed", before=_dispute, outcomes=WITH_PERSON),
    Fault("closed card", plan="closed_card", plan_by_wire="refused", passes=_DAY, after=_card_is_closed),
    Fault("currencies", plan="currencies", outcomes=WITH_PERSON),
    Fault("never captured", plan="uncaptured", outcomes=WITH_PERSON),
    Fault("amount zero", place=_place_with_gift, request_refund=_return_the_gift, quiet=_return_is_done, outcomes=NOTHING),
    Fault("more than remaining", place=_place_with_less, outcomes=WITH_PERSON),
    Fault("key forgotten after 24 h", wire="lost_and_silent", quiet=_until_paid, passes=timedelta(hours=25), after=_recovers),
    Fault("provider down 26 h", wire="down", quiet=_until_asked, passes=timedelta(hours=26), after=_recovers),
    Fault("account disconnected", after=_is_connected_again),
)  # fmt: skip
BY_NAME: Final[Mapping[str, Fault]] = {one.name: one for one in FAULTS}
CURRENCIES: Final = ("JPY", "KWD", "KWD", "GBP")
"""Of the fault `currencies`, by seed: no decimals, three, an amount too fine for most, another currency than was paid."""
assert len(FAULTS) == 22
