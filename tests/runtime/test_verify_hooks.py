"""`verify` names each single corrupted fact of outgoing webhooks (I8, I9)."""

# ruff: noqa: F401, F811 - fixtures are imported under the names they are asked for by

import pytest

from tests.runtime.test_verify import sound, world
from tests.runtime.verify_hook_corruptions import WEBHOOK_CORRUPTIONS, names
from tests.runtime.verify_world import VerifiedDeployment


def findings(report: object, invariant: str) -> list[str]:
    return [broken.says for broken in report.broken if broken.invariant == invariant]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("status", "change", "says"), WEBHOOK_CORRUPTIONS)
async def test_verify_names_the_one_webhook_that_is_corrupt(
    world: VerifiedDeployment,
    status: str,
    change: str,
    says: str,
) -> None:
    first = await names(world, status)
    await world.sql(change)
    found = findings(await world.verify(), "I8")
    assert "webhook {event} to {endpoint} ".format(**first) + says in found


async def test_an_event_that_changed_its_id_is_named(world: VerifiedDeployment) -> None:
    first = await names(world, "delivered")
    await world.sql("UPDATE webhook_events SET event = 'evt_other' WHERE type = 'order.placed'")
    expected = f"event order.placed of ord_one is called evt_other instead of {first['event']}"
    assert expected in findings(await world.verify(), "I8")


async def test_a_delivery_of_no_event_is_named(world: VerifiedDeployment) -> None:
    await world.sql("DELETE FROM webhook_events WHERE type = 'order.placed'")
    assert any(
        says.endswith("is of an event that does not exist") for says in findings(await world.verify(), "I8")
    )


async def test_webhooks_of_another_merchant_are_named(world: VerifiedDeployment) -> None:
    await world.sql("UPDATE webhook_endpoints SET merchant = 'other'")
    assert any(says.endswith("of acme goes to other") for says in findings(await world.verify(), "I9"))
    for table in ("webhook_events", "webhook_deliveries"):
        await world.sql(f"UPDATE {table} SET merchant = 'other'")
        expected = f"{table}: a row of merchant other refers to orders ord_one of merchant acme"
        assert expected in findings(await world.verify(), "I9")


async def test_what_waits_for_a_paused_endpoint_is_not_broken(world: VerifiedDeployment) -> None:
    await world.sql(
        "UPDATE webhook_deliveries SET not_before = '2026-01-01 00:00:00.000000' WHERE status = 'queued'"
    )
    await world.sql("UPDATE webhook_endpoints SET status = 'paused'")
    assert (await world.verify()).broken == ()
