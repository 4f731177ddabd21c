"""Every failure over HTTP, as an RFC 9457 problem document with a code that never changes."""

from collections.abc import Mapping
from math import ceil
from typing import Any, Final, Literal, NamedTuple

from aiohttp import web
from pydantic_core import to_jsonable_python

from api.http.encoded import dump_json

ProblemCode = Literal[
    "bad_request",
    "malformed_json",
    "invalid_body",
    "invalid_query",
    "unknown_version",
    "body_incomplete",
    "idempotency_key_missing",
    "idempotency_key_invalid",
    "unauthenticated",
    "signature_invalid",
    "sign_in_refused",
    "second_factor_needed",
    "forbidden",
    "origin_refused",
    "not_found",
    "unknown_path",
    "code_unknown",
    "method_not_allowed",
    "body_timeout",
    "order_conflict",
    "parcel_conflict",
    "version_conflict",
    "merchant_exists",
    "merchant_paused",
    "user_exists",
    "second_factor_exists",
    "code_wrong",
    "approval_ended",
    "approval_own",
    "approval_changed",
    "own_account",
    "key_ended",
    "too_many_endpoints",
    "payment_taken",
    "redemption_conflict",
    "clock_behind",
    "request_in_progress",
    "already_claimed",
    "code_used",
    "link_ended",
    "code_expired",
    "body_too_large",
    "unsupported_media_type",
    "unsupported_charset",
    "unsupported_encoding",
    "expectation_failed",
    "idempotency_key_reused",
    "refused",
    "url_refused",
    "too_many_requests",
    "rate_limited",
    "internal",
    "unavailable",
]


class ProblemType(NamedTuple):
    """What one code always means: its HTTP status and its short title."""

    status: int
    title: str


# 400: wrong in form. 409: right in form, in conflict with what exists. 422: understood and refused.
PROBLEM_TYPES: Final[Mapping[ProblemCode, ProblemType]] = {
    "bad_request": ProblemType(400, "The request cannot be understood"),
    "malformed_json": ProblemType(400, "The body is not acceptable JSON"),
    "invalid_body": ProblemType(400, "The body does not match the documented schema"),
    "invalid_query": ProblemType(400, "The query parameters do not match the documented schema"),
    "unknown_version": ProblemType(400, "The API has no such version"),
    "body_incomplete": ProblemType(400, "The body is incomplete"),
    "idempotency_key_missing": ProblemType(400, "This request needs an Idempotency-Key"),
    "idempotency_key_invalid": ProblemType(
        400, "The Idempotency-Key is not 1 to 255 printable ASCII characters"
    ),
    "unauthenticated": ProblemType(401, "No valid bearer key"),
    "signature_invalid": ProblemType(401, "The signature is missing or wrong"),
    "sign_in_refused": ProblemType(401, "Shop, address, password or code is wrong"),
    "second_factor_needed": ProblemType(401, "The code of the second factor is missing"),
    "forbidden": ProblemType(403, "This key's role may not do that"),
    "origin_refused": ProblemType(403, "No merchant allows requests by pages of that origin"),
    "not_found": ProblemType(404, "There is no such resource"),
    "unknown_path": ProblemType(404, "The API has no such path"),
    "code_unknown": ProblemType(404, "There is no such code"),
    "method_not_allowed": ProblemType(405, "This address does not accept that method"),
    "body_timeout": ProblemType(408, "The body took too long to arrive"),
    "order_conflict": ProblemType(409, "The same order id was used for another order"),
    "parcel_conflict": ProblemType(409, "The order has another parcel with that tracking number"),
    "version_conflict": ProblemType(409, "It has changed since you read it"),
    "merchant_exists": ProblemType(409, "A merchant with that id exists"),
    "merchant_paused": ProblemType(409, "The merchant is paused"),
    "user_exists": ProblemType(409, "The merchant has a user with that address"),
    "second_factor_exists": ProblemType(409, "The user has a second factor"),
    "code_wrong": ProblemType(409, "It is not the code of this moment"),
    "approval_ended": ProblemType(409, "It was decided, or its time is over"),
    "approval_own": ProblemType(409, "Another person must approve your command"),
    "approval_changed": ProblemType(409, "It would pay more by now than was asked for"),
    "own_account": ProblemType(409, "Another admin must change that about you"),
    "key_ended": ProblemType(409, "The key is revoked, expired or unknown"),
    "too_many_endpoints": ProblemType(409, "The merchant has the greatest number of webhook endpoints"),
    "payment_taken": ProblemType(409, "A payment of this order paid for another order"),
    "redemption_conflict": ProblemType(409, "The same reference was used for another customer or amount"),
    "clock_behind": ProblemType(409, "The clock never goes back"),
    "request_in_progress": ProblemType(409, "The first request with this Idempotency-Key is still running"),
    "already_claimed": ProblemType(409, "Another person works on it"),
    "code_used": ProblemType(409, "The code was used already"),
    "link_ended": ProblemType(410, "The link was used, replaced or has expired"),
    "code_expired": ProblemType(410, "The code has expired"),
    "body_too_large": ProblemType(413, "The body is too large"),
    "unsupported_media_type": ProblemType(415, "The body is not declared as JSON"),
    "unsupported_charset": ProblemType(415, "The body is not declared as UTF-8"),
    "unsupported_encoding": ProblemType(415, "Compressed bodies are not accepted"),
    "expectation_failed": ProblemType(417, "Only 100-continue can be expected"),
    "idempotency_key_reused": ProblemType(422, "The Idempotency-Key was used for another request"),
    "refused": ProblemType(422, "The rules refuse this"),
    "url_refused": ProblemType(422, "Webhooks are not sent to that address"),
    "too_many_requests": ProblemType(429, "Too many requests at once"),
    "rate_limited": ProblemType(429, "Too many requests in a short time"),
    "internal": ProblemType(500, "An error on our side"),
    "unavailable": ProblemType(503, "Not available at the moment; the same request may be repeated"),
}


class Problem(Exception):
    """Raised anywhere below an endpoint, it becomes the response.

    code: decides status and title, see PROBLEM_TYPES.
    detail: one sentence about this case; never a value that was sent, which may be personal data.
    retry_after: seconds, for the header of that name.
    extra: further members of the document such as `reasons` or `current`; may be pydantic models.
    """

    def __init__(
        self,
        code: ProblemCode,
        detail: str | None = None,
        *,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
        **extra: object,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status, self.title = PROBLEM_TYPES[code]
        self.detail = detail
        self.extra = extra
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["Retry-After"] = str(ceil(retry_after))
        if self.status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"

    def document(self) -> dict[str, Any]:
        """The JSON document; `type` is an anchor on our docs page."""
        members = {
            **self.extra,
            "type": f"/docs/plain#{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
        }
        if self.detail is not None:
            members["detail"] = self.detail
        document: dict[str, Any] = to_jsonable_python(members)
        return document

    def response(self) -> web.Response:
        """The HTTP response; the connection is closed when a part of the body may still arrive."""
        response = web.Response(
            body=dump_json(self.document()),
            status=self.status,
            headers=self.headers,
            content_type="application/problem+json",
        )
        if self.code in ("body_timeout", "body_too_large", "body_incomplete"):
            response.force_close()
        return response
