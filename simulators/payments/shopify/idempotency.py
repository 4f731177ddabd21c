"""Keys of `@idempotent`: what a second call under a key gets. They fall out after 24 hours of the stand-in's clock."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from graphql import GraphQLError

from simulators.payments.shopify import refunds
from simulators.payments.shopify.objects import Objects
from simulators.payments.shopify.refunds import UserErrors
from simulators.payments.shopify.views import fingerprint

KEPT = timedelta(hours=24)

RUNNING = "This request is currently in progress, please try again."
OTHER = "The same idempotency key cannot be used with different operation parameters."
FAILED = "A previous request with this idempotency key failed. Retry with a new idempotency key."
MISSING = "The @idempotent directive is required for this mutation but was not provided."


class KeyedCall(NamedTuple):
    """A call of `refundCreate`. `given`: its input with defaults; `sent`: as it was sent, by which parameters are compared."""

    key: str | None
    given: Mapping[str, Any]
    sent: Mapping[str, Any]


def refund_once(objects: Objects, call: KeyedCall, *, claimed: bool) -> dict[str, Any]:
    """The payload of `refundCreate`. `claimed`: the key is running for this very call."""
    key, given, sent = call
    if key is None:
        raise GraphQLError(MISSING, extensions={"code": "BAD_REQUEST"})
    if not key.strip():
        raise GraphQLError(
            "The @idempotent directive requires a key that is not blank.", extensions={"code": "BAD_REQUEST"}
        )
    _forget(objects)
    row = _row(objects, key)
    if row is not None and not (claimed and row["state"] == "running"):
        return _again(objects, row, call)
    try:
        refund = refunds.create(objects, given)
    except UserErrors as problem:
        record(objects, key, sent, "failed")
        return refunds.refused(objects, given, problem)
    record(objects, key, sent, "done", refund["id"])
    return refunds.made(objects, refund)


def _again(objects: Objects, row: Mapping[str, Any], call: KeyedCall) -> dict[str, Any]:
    """The refund as it is now, not the answer of the first time."""
    given = call.given
    if row["fingerprint"] != fingerprint(call.sent):
        return refunds.refused(objects, given, UserErrors(OTHER))
    if row["state"] == "running":
        return refunds.refused(objects, given, UserErrors(RUNNING))
    if row["state"] == "failed":
        return refunds.refused(objects, given, UserErrors(FAILED))
    refund = objects.get(row["refund"], "Refund")
    assert refund is not None, "a key that is done has its refund"
    return refunds.made(objects, refund)


def claim(objects: Objects, key: str, sent: Mapping[str, Any]) -> None:
    """Mark the key as running, unless it is known."""
    _forget(objects)
    if _row(objects, key) is None:
        record(objects, key, sent, "running")


def record(objects: Objects, key: str, sent: Mapping[str, Any], state: str, refund: str = "") -> None:
    """Store what became of the call under the key."""
    objects.db.execute(
        "INSERT INTO keys (shop, key, fingerprint, state, refund, at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET state = excluded.state, refund = excluded.refund",
        (objects.domain, key, fingerprint(sent), state, refund, objects.now.isoformat()),
    )


def _row(objects: Objects, key: str) -> Mapping[str, Any] | None:
    found = objects.db.execute("SELECT * FROM keys WHERE shop = ? AND key = ?", (objects.domain, key))
    row: Mapping[str, Any] | None = found.fetchone()
    return row


def _forget(objects: Objects) -> None:
    oldest: datetime = objects.now - KEPT
    objects.db.execute("DELETE FROM keys WHERE shop = ? AND at < ?", (objects.domain, oldest.isoformat()))
