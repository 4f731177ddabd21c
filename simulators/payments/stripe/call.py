"""A request to the stand-in's API and the response to it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

Body = dict[str, Any]
"""A JSON object."""

API_VERSION = "2026-10-28.endive"


class StripeCall(NamedTuple):
    """One request.

    params: the flat pairs of the form or the query, by dotted name.
    account: the world that it works on: the key's own account, or a connected one.
    key: the Idempotency-Key of a POST; empty without one.
    """

    method: str
    path: str
    params: Mapping[str, str]
    account: str
    key: str
    request: str

    def under(self, name: str) -> dict[str, str]:
        """The entries of a map: `metadata.leg` under `metadata` is `leg`."""
        start = f"{name}."
        return {full[len(start) :]: value for full, value in self.params.items() if full.startswith(start)}


class StripeAnswer(NamedTuple):
    """One response. original: the request whose answer is repeated; empty for a first answer."""

    status: int
    body: Body
    headers: Mapping[str, str] = {}
    original: str = ""


class StripeRefusal(Exception):
    """An error answer. is_kept: work had begun, so that the answer is kept under the key."""

    def __init__(self, status: int, error: Body, *, is_kept: bool = False) -> None:
        super().__init__(error["message"])
        self.answer = StripeAnswer(status, {"error": error}, _retry_header(error))
        self.is_kept = is_kept


def _retry_header(error: Body) -> dict[str, str]:
    is_passing = error.get("code") in ("idempotency_key_in_use", "lock_timeout")
    return {"Stripe-Should-Retry": "true"} if is_passing else {}


def api_error(message: str, code: str = "", param: str = "", kind: str = "invalid_request_error") -> Body:
    """The body of an error; code, its page and param only where they are given."""
    error: Body = {"message": message, "type": kind}
    if code:
        error |= {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"}
    return error | ({"param": param} if param else {})


def missing(kind: str, name: str, param: str) -> StripeRefusal:
    """404 for an id that this world does not have."""
    return StripeRefusal(404, api_error(f"No such {kind}: '{name}'", "resource_missing", param))
