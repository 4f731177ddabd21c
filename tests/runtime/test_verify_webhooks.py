"""`verify` names each single corrupted fact of outgoing webhooks (I8, I9)."""

# ruff: noqa: F401, F811 - fixtures are imported under the names they are asked for by

import pytest

from runtime.verify.report import VerificationReport
from tests.runtime.test_verify import deployment, sound
from tests.runtime.verified_deployment import VerifiedDeployment
from tests.runtime.verify_webhook_corruptions import WEBHOOK_CORRUPTIONS, names


def findings(report: VerificationReport, invariant: str) -> list[str]:
    return [broken.message for broken in report.broken if broken.invariant == invariant]


@pytest.mark.databases_in_turn  # each report asks all queries of the database it is on
@pytest.mark.parametrize(("status", "change", "says"), WEBHOOK_CORRUPTIONS)
async def test_verify_names_the_one_webhook_that_is_corrupt(
    deployment: VerifiedDeployment,
    status: str,
    change: str,
    says: str,
) -> None:
    first = await names(deployment, status)
    await deployment.sql(change)
    messages = findings(await deployment.verify(), "I8")
    assert "webhook {event} to {endpoint} ".format(**first) + says in messages


async def test_an_event_that_changed_its_id_is_named(deployment: VerifiedDeployment) -> None:
    first = await names(deployment, "delivered")
    await deployment.sql("UPDATE webhook_events SET event = 'evt_other' WHERE type = 'order.placed'")
    expected = f"event order.placed of ord_one has the id evt_other instead of {first['event']}"
    assert expected in findings(await deployment.verify(), "I8")


async def test_a_delivery_of_no_event_is_named(deployment: VerifiedDeployment) -> None:
    await deployment.sql("DELETE FROM webhook_events WHERE type = 'order.placed'")
    assert any(
        says.endswith("is of an event that does not exist")
        for says in findings(await deployment.verify(), "I8")
    )


async def test_webhooks_of_another_merchant_are_named(deployment: VerifiedDeployment) -> None:
    await deployment.sql("UPDATE webhook_endpoints SET merchant = 'other'")
    assert any(says.endswith("of acme goes to other") for says in findings(await deployment.verify(), "I9"))
    for table in ("webhook_events", "webhook_deliveries"):
        await deployment.sql(f"UPDATE {table} SET merchant = 'other'")
        expected = f"{table}: a row of merchant other refers to orders ord_one of merchant acme"
        assert expected in findings(await deployment.verify(), "I9")


async def test_deliveries_waiting_for_a_paused_endpoint_break_no_invariant(
    deployment: VerifiedDeployment,
) -> None:
    await deployment.sql(
        "UPDATE webhook_deliveries SET not_before = '2026-01-01 00:00:00.000000' WHERE status = 'queued'"
    )
    await deployment.sql("UPDATE webhook_endpoints SET status = 'paused'")
    assert (await deployment.verify()).broken == ()
