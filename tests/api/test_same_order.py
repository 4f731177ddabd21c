"""Which order counts as the same: fields that are unset or have their default do not make another one."""

import pytest

from api.schemas.new_order import NewOrder
from domain.actors import Actor, Role
from services.orders.sent_order import sent_order
from services.tokens import TokenSigner
from tests.builders import an_order

SHOP = Actor(role=Role.STOREFRONT, name="0a0a0a0a")
TOKENS = TokenSigner(bytes(32))


def sent(**changes: object) -> NewOrder:
    """The builders' order as a shop sends it."""
    kept = set(NewOrder.model_fields)
    document = {name: part for name, part in an_order().model_dump(mode="json").items() if name in kept}
    for part in (document["destination"], *document["tenders"]):
        part.pop("zone_guessed", None)
    ada = {"customer_id": "c-1", "name": "Ada", "email": "ada@example.org"}
    return NewOrder.model_validate({**document, "promise": {"day": "2026-03-06"}, "customer": ada, **changes})


def differences(one: NewOrder, other: NewOrder) -> tuple[str, ...]:
    first, second = sent_order(one.parts(), TOKENS, SHOP), sent_order(other.parts(), TOKENS, SHOP)
    assert (first.body_hash == second.body_hash) is not bool(second.differences(first.parts))
    return second.differences(first.parts)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"tip": None},
        {"tax_included": True},
        {"service": None},
        {"promise": {"day": "2026-03-06", "at": None}},
    ],
)
def test_a_field_that_is_unset_or_has_its_default_makes_no_other_order(changes: dict[str, object]) -> None:
    assert differences(sent(), sent(**changes)) == ()


def test_what_differs_is_named_by_its_pointer_and_the_customer_as_one() -> None:
    cas = {"customer_id": "c-1", "name": "Ada", "email": "other@example.org", "locale": "de"}
    there = {"country": "GB", "zone": "Europe/London", "postcode": "N1 9GX"}
    lines = sent().model_dump(mode="json")["lines"]
    lines[1]["quantity"] = 2
    one = sent(
        customer=cas,
        destination=there,
        lines=lines,
        placed_at="2026-03-02T09:00:01Z",
        tip={"minor": 1, "currency": "GBP"},
    )
    assert differences(sent(), one) == (
        "/customer", "/destination/postcode", "/lines/1", "/placed_at", "/tip",
    )  # fmt: skip


def test_an_order_with_a_language_is_another_than_one_without() -> None:
    ada = {"customer_id": "c-1", "name": "Ada", "email": "ada@example.org"}
    languages = (sent(), sent(customer={**ada, "locale": "de"}), sent(customer={**ada, "locale": "de-AT"}))
    assert len({sent_order(one.parts(), TOKENS, SHOP).body_hash for one in languages}) == 3


def test_an_order_from_a_storefront_has_no_parts_to_compare() -> None:
    assert sent_order(sent().parts(), TOKENS, SHOP).differences("") == ()
