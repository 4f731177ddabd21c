"""Which order counts as the same: an order accepted by an earlier version is the same when it is sent again after an upgrade."""

from api.schemas.orders import NewOrder
from tests.builders import an_order


def sent(**customer: str) -> NewOrder:
    ours = {
        "merchant",
        "order",
        "customer",
        "promise",
        "service",
        "number",
        "guessed_tenders",
        "included_refunds",
    }
    document = an_order().model_dump(mode="json", exclude=ours)
    ada = {"customer_id": "c-1", "name": "Ada", "email": "ada@example.org", **customer}
    return NewOrder.model_validate({**document, "promise": {"day": "2026-03-06"}, "customer": ada})


def test_a_field_that_did_not_exist_yet_is_not_part_of_an_order_without_it() -> None:
    canonical = sent().canonical_json()
    assert not any(
        f'"{name}"' in canonical for name in ("locale", "phone", "region", "service", "earliest_day")
    )


def test_an_order_with_a_language_is_another_than_one_without() -> None:
    assert len({one.canonical_json() for one in (sent(), sent(locale="de"), sent(locale="de-AT"))}) == 3
