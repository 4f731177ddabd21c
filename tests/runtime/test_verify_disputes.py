"""`verify` with a lost dispute: a sound one breaks nothing, each corrupted fact of one is named (I5)."""

# ruff: noqa: F401, F811 - fixtures are imported under the names they are asked for by

from datetime import timedelta

import pytest

from domain.journey.external_events import apply_event
from domain.model.dispute import DisputeState, DisputeStatement
from domain.model.state import JourneyState
from domain.payments.disputes.statements import DisputeReported
from tests.builders import gbp
from tests.runtime.test_verify import deployment, sound
from tests.runtime.verified_deployment import VerifiedDeployment


async def stated(deployment: VerifiedDeployment, state: JourneyState, said: DisputeState) -> None:
    assert state.clock is not None
    now = state.clock + timedelta(hours=1)
    statement = DisputeStatement(amount=gbp(5800), fee=gbp(1500), state=said, at=now)
    event = DisputeReported(provider="sandbox", reference="dp_1", payment="pay_1", statement=statement)
    assert apply_event(state, event, now)
    await deployment.advance(state, now)


async def lost(deployment: VerifiedDeployment) -> JourneyState:
    """The card payment, of which a part was paid back before, is disputed; the bank decides for the customer."""
    state = await deployment.state()
    state.base = state.seq
    await stated(deployment, state, "needs_response")
    assert (await deployment.verify()).broken == ()
    await stated(deployment, state, "lost")
    assert not state.disputes[0].unassigned
    return state


async def test_a_dispute_breaks_nothing(deployment: VerifiedDeployment) -> None:
    state = await lost(deployment)
    assert (await deployment.verify()).broken == ()
    assert [one.step for one in state.disputes[0].bookings][-1] == "write_off_dispute"
    assert {leg.status for leg in state.legs() if leg.to == "bank"} == {"settled"}


@pytest.mark.databases_in_turn  # each report asks all queries of the database it is on
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            "UPDATE ledger_entries SET kind = 'capture', key = 'capture/x' WHERE kind = 'hold_dispute'",
            "of a dispute is not in the ledger",
        ),
        (
            "UPDATE ledger_entries SET kind = 'release_dispute', key = 'release_dispute/x' WHERE kind = 'hold_dispute'",
            "is in the ledger, but in no dispute",
        ),
        (
            "UPDATE ledger_postings SET minor = minor + 1 WHERE account LIKE 'dispute/%' AND minor > 0",
            "its dispute explains",
        ),
    ],
)
async def test_verify_names_what_does_not_fit_a_dispute(
    deployment: VerifiedDeployment, change: str, says: str
) -> None:
    await lost(deployment)
    await deployment.sql(change)
    broken = (await deployment.verify()).broken
    assert any(one.invariant == "I5" and says in one.message for one in broken), broken


async def test_verify_names_a_dispute_about_which_no_question_is_open(deployment: VerifiedDeployment) -> None:
    state = await deployment.state()
    state.base = state.seq
    await stated(deployment, state, "needs_response")
    state.attention = [item for item in state.attention if item.kind != "dispute"]
    await deployment.overwrite_snapshot(state)
    messages = [one.message for one in (await deployment.verify()).broken]
    assert any("goes on but no question about it is open" in message for message in messages), messages
