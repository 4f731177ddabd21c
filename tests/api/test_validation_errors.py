"""A validation error points at the place in the request, and repeats no value of it."""

from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, BaseModel, Field, TypeAdapter, ValidationError

from api.http.validation_errors import MAX_ERRORS, validation_errors


class ByDay(BaseModel):
    day: str


class ByInstant(BaseModel):
    at: int


def _raise_with_input(sent: str) -> str:
    raise ValueError(f"no such person: {sent}")


class Order(BaseModel):
    promise: ByDay | ByInstant | None = None
    notes: dict[str, int] = {}
    name: Annotated[str, AfterValidator(_raise_with_input)] | None = None
    lines: Annotated[tuple[int, ...], Field(min_length=1)] = (1,)


def errors_of(sent: Any) -> list[dict[str, str]]:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Order).validate_python(sent)
    return validation_errors(caught.value, sent)


def test_names_of_union_branches_are_no_part_of_the_pointer() -> None:
    assert {one["pointer"] for one in errors_of({"promise": {"at": "x"}})} == {"/promise/day", "/promise/at"}


def test_a_key_that_is_no_field_name_is_not_repeated() -> None:
    assert errors_of({"notes": {"jane@example.com": "x"}})[0]["pointer"] == "/notes/*"


def test_a_message_that_quotes_its_input_is_replaced() -> None:
    assert errors_of({"name": "Jane Doe"})[0]["detail"] == "This value is not acceptable here"


def test_the_number_of_errors_is_limited() -> None:
    assert len(errors_of({"notes": {f"n{number}": "x" for number in range(1000)}})) == MAX_ERRORS


def test_a_list_with_a_wrong_item_is_not_called_too_short_as_well() -> None:
    assert [one["pointer"] for one in errors_of({"lines": ["x"]})] == ["/lines/0"]
    assert [one["code"] for one in errors_of({"lines": []})] == ["too_short"]
