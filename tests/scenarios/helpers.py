"""Small helpers of the scenarios: an HTTP answer, an amount, an item to return."""

from collections.abc import Mapping
from typing import Any

from api.http.reasons import SENTENCES
from domain.reasons import Reason


class ApiResponse:
    """An HTTP answer with its parsed body."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str]) -> None:
        self.status, self.body, self.headers = status, body, headers

    def __getitem__(self, name: str) -> Any:
        return self.body[name]

    def ok(self) -> "ApiResponse":
        assert 200 <= self.status < 300, (self.status, self.body)
        return self

    @property
    def reasons(self) -> list[str]:
        return [reason["code"] for reason in self.body["reasons"]]


def gbp(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": "GBP"}


def item(line_id: str = "1", quantity: int = 1, reason: str = "unwanted") -> dict[str, Any]:
    return {"line_id": line_id, "quantity": quantity, "reason": reason}


def because(code: str, details: dict[str, Any]) -> dict[str, Any]:
    """A reason as answers hold it."""
    return {"code": code, "sentence": SENTENCES[Reason(code)], "details": details}
