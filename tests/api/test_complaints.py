"""A complaint points at the place in what was sent, and gives nothing of it away."""

from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, BaseModel, Field, TypeAdapter, ValidationError

from api.complaints import MOST, complaints


class ByDay(BaseModel):
    day: str


class ByInstant(BaseModel):
    at: int


def _tell_all(sent: str) -> str:
    raise ValueError(f"no such person: {sent}")


class Order(BaseModel):
    promise: ByDay | ByInstant | None = None
    notes: dict[str, int] = {}
    name: Annotated[str, AfterValidator(_tell_all)] | None = None
    lines: Annotated[tuple[int, ...], Field(min_length=1)] = (1,)


def complain(sent: Any) -> list[dict[str, str]]:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Order).validate_python(sent)
    return complaints(caught.value, sent)


def test_names_of_union_branches_are_no_part_of_the_pointer() -> None:
    assert {one["pointer"] for one in complain({"promise": {"at": "x"}})} == {"/promise/day", "/promise/at"}


def test_a_key_that_is_no_field_name_is_not_repeated() -> None:
    assert complain({"notes": {"jane@example.com": "x"}})[0]["pointer"] == "/notes/*"


def test_a_message_that_quotes_its_input_is_replaced() -> None:
    assert complain({"name": "Jane Doe"})[0]["detail"] == "This value is not acceptable here"


def test_there_is_an_end_to_complaints() -> None:
    assert len(complain({"notes": {f"n{number}": "x" for number in range(1000)}})) == MOST


def test_a_list_with_a_wrong_item_is_not_called_too_short_as_well() -> None:
    assert [one["pointer"] for one in complain({"lines": ["x"]})] == ["/lines/0"]
    assert [one["code"] for one in complain({"lines": []})] == ["too_short"]
