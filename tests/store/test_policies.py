"""Versions of policies, and the orders that keep them."""

import pytest

from domain.actors import Actor, Role
from domain.model.terms import Policy
from store.audit import AuditLog
from store.engine.database import Database
from store.merchants.policies import NewPolicy, Policies
from store.orders.orders import Orders
from tests.builders import an_order

ADMIN = Actor(role=Role.ADMIN, name="0a0a0a0a")


def new(window: int, restores: int | None = None) -> NewPolicy:
    return NewPolicy(Policy(window=window), f"window: {window}  # days", restores)


async def test_a_published_policy_is_a_new_version_with_its_text_and_author(db: Database) -> None:
    policies = Policies(db)
    assert (await policies.in_force("acme")).policy == Policy(window=14)
    done = await policies.publish("acme", new(60), ADMIN)
    assert done is not None
    assert (done.outcome, done.current.version) == ("published", 2)
    row = await policies.find("acme", 2)
    assert row is not None
    assert (row.text, row.hash, row.role, row.name) == (
        "window: 60  # days", Policy(window=60).content_hash, "admin", "0a0a0a0a",
    )  # fmt: skip
    in_force = await policies.in_force("acme")
    assert (in_force.version, in_force.policy, in_force.letters_held) == (2, Policy(window=60), False)
    assert (await policies.in_force("other")).version == 1
    [line] = (await AuditLog(db).page("acme", limit=10)).items
    assert (line.action, line.name, line.subject) == ("policy_published", "0a0a0a0a", "policy 2")
    assert await policies.publish("nobody", new(1), ADMIN) is None
    assert await policies.newest("nobody") == 0
    with pytest.raises(LookupError):
        await policies.in_force("nobody")


async def test_the_same_policy_again_is_no_new_version(db: Database) -> None:
    policies = Policies(db)
    done = await policies.publish("acme", NewPolicy(Policy(window=14), "{window: 14}"), ADMIN)
    assert done is not None
    assert (done.outcome, done.current.version) == ("unchanged", 1)
    assert len((await policies.page("acme", 10, None)).items) == 1


async def test_a_publisher_who_expects_another_version_changes_nothing(db: Database) -> None:
    policies = Policies(db)
    await policies.publish("acme", new(60), ADMIN, expected=1)
    done = await policies.publish("acme", new(61), ADMIN, expected=1)
    assert done is not None
    assert (done.outcome, done.current.version) == ("conflict", 2)
    assert await policies.newest("acme") == 2


async def test_versions_and_the_orders_that_keep_them_come_in_pages(db: Database) -> None:
    policies = Policies(db)
    for number in range(3):
        await Orders(db).place(an_order(order=f"ord_{number}", order_id=str(number)), "hash")
    await policies.publish("acme", new(60), ADMIN)
    await Orders(db).place(an_order(order="ord_3", order_id="3"), "hash")
    assert await policies.orders_by_version("acme", [1, 2, 3]) == {1: 3, 2: 1}
    assert await policies.orders_before("acme", 2) == 3
    assert await policies.orders_by_version("other", [1]) == {}
    first = await policies.orders("acme", 1, 2, None)
    rest = await policies.orders("acme", 1, 2, first.next)
    assert sorted(row.order_id for row in (*first.items, *rest.items)) == ["0", "1", "2"]
    assert rest.next is None
    await policies.publish("acme", new(14, restores=1), ADMIN)
    page = await policies.page("acme", 2, None)
    assert [(row.version, row.restores) for row in page.items] == [(3, 1), (2, None)]
    assert [row.version for row in (await policies.page("acme", 2, page.next)).items] == [1]
