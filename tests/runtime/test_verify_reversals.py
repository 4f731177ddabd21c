"""`verify` with a refund that came back: a sound reversal breaks nothing, each corrupted fact of one is named (I3, I5)."""

# ruff: noqa: F401, F811 - fixtures are imported under the names they are asked for by

from datetime import timedelta

import pytest

from domain.model.leg import Leg
from domain.model.provider_event import ProviderEvent
from domain.model.state import JourneyState
from domain.payments.refund_reports import RefundReported, apply_refund_report
from domain.payments.returned_refunds import pay_otherwise
from tests.builders import AGENT
from tests.runtime.test_verify import deployment, sound
from tests.runtime.verified_deployment import VerifiedDeployment


def card_leg(state: JourneyState) -> Leg:
    return next(leg for leg in state.legs() if leg.to == "provider")


async def reversed_refund(deployment: VerifiedDeployment) -> JourneyState:
    """The refund to the card failed at its provider two days after it was paid, and that was reported."""
    state = await deployment.state()
    state.base = state.seq
    assert state.clock is not None
    leg, now = card_leg(state), state.clock + timedelta(hours=1)
    refund = deployment.provider.made_refunds[0]
    deployment.provider.made_refunds[0] = refund.model_copy(update={"status": "failed"})
    deployment.provider.taken = deployment.provider.taken.model_copy(update={"refunded": 0})
    event = ProviderEvent(
        reference=refund.id, leg=leg.key, amount=leg.principal, state="failed", reason="closed", at=now
    )
    assert apply_refund_report(state, RefundReported(event=event), now)
    await deployment.advance(state, now)
    assert card_leg(state).status == "reversed"
    return state


async def test_a_reversed_refund_breaks_nothing_and_neither_does_what_replaces_it(
    deployment: VerifiedDeployment,
) -> None:
    state = await reversed_refund(deployment)
    assert (await deployment.verify()).broken == ()
    assert state.clock is not None
    pay_otherwise(state, card_leg(state).key, "other_way", AGENT, state.clock)
    await deployment.advance(state, state.clock)
    broken = (await deployment.verify()).broken
    assert [one.message for one in broken if "still planned" not in one.message] == []


UNBALANCED = (
    "UPDATE ledger_postings SET minor = minor + 1 WHERE minor < 0"
    " AND entry = (SELECT id FROM ledger_entries WHERE kind = 'reverse')"
)


@pytest.mark.databases_in_turn  # each report asks all queries of the database it is on
@pytest.mark.parametrize(
    ("change", "invariant", "says"),
    [
        (
            "UPDATE legs SET status = 'settled' WHERE status = 'reversed'",
            "I3",
            "is reversed in its order but settled in the ledger",
        ),
        (
            "UPDATE legs SET status = 'released' WHERE status = 'reversed'",
            "I3",
            "is reversed in its order but released in the ledger",
        ),
        (UNBALANCED, "I5", "its leg needs"),
    ],
)
async def test_verify_names_what_does_not_fit_a_reversal(
    deployment: VerifiedDeployment, change: str, invariant: str, says: str
) -> None:
    await reversed_refund(deployment)
    await deployment.sql(change)
    broken = (await deployment.verify()).broken
    assert any(one.invariant == invariant and says in one.message for one in broken), broken


async def test_verify_names_a_reversed_refund_that_the_provider_counts_as_paid(
    deployment: VerifiedDeployment,
) -> None:
    await reversed_refund(deployment)
    refund = deployment.provider.made_refunds[0]
    deployment.provider.made_refunds[0] = refund.model_copy(update={"status": "succeeded"})
    messages = [one.message for one in (await deployment.verify()).broken]
    assert any("is reversed but the provider made 1 refunds for it" in message for message in messages), (
        messages
    )


async def test_verify_names_a_reversed_refund_about_which_nobody_is_asked_and_a_statement_that_nobody_booked(
    deployment: VerifiedDeployment,
) -> None:
    state = await reversed_refund(deployment)
    state.attention = [item for item in state.attention if item.kind != "refund_returned"]
    leg = card_leg(state)
    leg.events[-1] = leg.events[-1].model_copy(update={"state": "settled"})
    await deployment.overwrite_snapshot(state)
    messages = [one.message for one in (await deployment.verify()).broken]
    assert any("is reversed but no question about it is open" in message for message in messages), messages
    assert any("is reversed but the provider states settled" in message for message in messages), messages
