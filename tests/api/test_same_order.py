"""Which order is the same order: what was taken by an earlier version is, when it comes again after an upgrade."""

from api.shapes.orders import NewOrder
from tests.builders import an_order


def sent(**customer: str) -> NewOrder:
    known = an_order().model_dump(mode="json", exclude={"merchant", "order", "customer", "promise"})
    ada = {"customer_id": "c-1", "name": "Ada", "email": "ada@example.org", **customer}
    return NewOrder.model_validate({**known, "promise": {"day": "2026-03-06"}, "customer": ada})


def test_an_order_without_a_language_is_what_it_was_before_there_were_languages() -> None:
    order = sent()
    assert order.as_sent() == order.model_dump_json().replace(',"locale":null', "")
    assert "locale" not in order.as_sent()


def test_an_order_with_a_language_is_another_than_one_without() -> None:
    assert len({one.as_sent() for one in (sent(), sent(locale="de"), sent(locale="de-AT"))}) == 3
