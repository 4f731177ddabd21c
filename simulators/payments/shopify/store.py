"""The stand-in's database: each method is one transaction."""

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from graphql import DocumentNode, FieldNode, execute_sync

from simulators.payments.shopify import cost, idempotency, staff
from simulators.payments.shopify.control import Fault, NewShop
from simulators.payments.shopify.documents import (
    SCHEMA,
    Refused,
    check_variables,
    checked,
    idempotent_keys,
    sent_input,
)
from simulators.payments.shopify.objects import SCHEMA as TABLES
from simulators.payments.shopify.objects import Body, Objects, clock
from simulators.payments.shopify.refunds import UserErrors
from simulators.payments.shopify.roots import root_of
from simulators.sqlite_file import SqliteFile

T = TypeVar("T")
_UNKNOWN_TOKEN = "[API] Invalid API key or access token (unrecognized login or wrong password)"
_INTERNAL = "Internal error. Looks like something went wrong on our end.\nRequest ID: {0} (include this in support requests)."


class ShopAnswer(NamedTuple):
    """An answer. `shop`: the domain of the shop whose token it was."""

    status: int
    body: dict[str, Any]
    shop: str = ""


class ShopStore(SqliteFile):
    """The shops of one file."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, TABLES)

    def create_shop(self, new: NewShop) -> ShopAnswer:
        """Add a shop, or replace its settings."""
        row = (new.domain, new.token, new.model_dump_json(), new.maximum_points, clock(self._db).isoformat())
        with self._transaction():
            self._db.execute(
                "INSERT INTO shops (domain, token, body, points, points_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (domain)"
                " DO UPDATE SET token = excluded.token, body = excluded.body, points = excluded.points,"
                " points_at = excluded.points_at",
                row,
            )
        return ShopAnswer(201, new.model_dump(), new.domain)

    def shop(self, domain: str) -> Mapping[str, Any] | None:
        """The shop of that domain."""
        return self._shop("domain", domain)

    def shop_of(self, token: str) -> Mapping[str, Any] | None:
        """The shop with that token."""
        return self._shop("token", token)

    def _shop(self, column: str, value: str) -> Mapping[str, Any] | None:
        found = self._db.execute(f"SELECT body FROM shops WHERE {column} = ?", (value,))
        row = found.fetchone()
        return None if row is None else json.loads(row["body"])

    def in_shop(self, domain: str, work: Callable[[Objects, T], Body], given: T) -> ShopAnswer:
        """Do something in a shop that is not a call of its API."""
        shop = self.shop(domain)
        if shop is None:
            return ShopAnswer(404, {"error": "no such shop"})
        with self._transaction():
            try:
                return ShopAnswer(201, work(Objects(self._db, shop, clock(self._db)), given), domain)
            except staff.Unknown:
                return ShopAnswer(404, {"error": "no such object"})
            except UserErrors as problem:
                return ShopAnswer(422, {"userErrors": problem.errors})

    def move_clock(self, seconds: float) -> ShopAnswer:
        """Move the clock ahead."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO clock (one, ahead) VALUES (1, ?) ON CONFLICT DO UPDATE SET ahead = ahead + excluded.ahead",
                (timedelta(seconds=seconds).total_seconds(),),
            )
        return ShopAnswer(200, {"now": clock(self._db).isoformat()})

    def arm(self, fault: Fault) -> ShopAnswer:
        """Let the next matching requests fail; the oldest armed fault is used first."""
        insert = (
            "INSERT INTO faults (kind, field, times, seconds, about, skip)"
            " VALUES (:kind, :field, :times, :seconds, :about, :skip)"
        )
        self._db.execute(insert, fault.model_dump())
        return ShopAnswer(201, fault.model_dump())

    def armed(self) -> list[str]:
        """The kinds of faults with times left."""
        rows = self._db.execute("SELECT kind FROM faults WHERE times > 0 ORDER BY seq")
        return [row["kind"] for row in rows]

    def disarm(self, about: str) -> None:
        """Forget the faults that are still armed, all for an empty text."""
        self._db.execute("UPDATE faults SET times = 0 WHERE ? IN ('', about)", (about,))

    def next_fault(self, fields: Sequence[str], variables: str) -> Fault | None:
        """The fault of a request with these root fields and variables, which is used up by it."""
        rows = self._db.execute("SELECT * FROM faults WHERE times > 0 ORDER BY seq").fetchall()
        for row in rows:
            if row["field"] in ("", *fields) and row["about"] in variables:
                column = "skip" if row["skip"] else "times"
                self._db.execute(f"UPDATE faults SET {column} = {column} - 1 WHERE seq = ?", (row["seq"],))
                if not row["skip"]:
                    return Fault(kind=row["kind"], field=row["field"], seconds=row["seconds"])
        return None

    def claim(self, token: str, request: Mapping[str, Any], state: str) -> list[str]:
        """Store the keys of the request as `running` or `failed`, and do nothing else; the keys."""
        shop, variables = self.shop_of(token), request.get("variables") or {}
        if shop is None:
            return []
        with self._transaction():
            objects = Objects(self._db, shop, clock(self._db))
            keys = []
            for field, key in idempotent_keys(checked(request.get("query")), variables):
                given = sent_input(field, variables)
                if state == "running":
                    idempotency.claim(objects, key, given)
                else:
                    idempotency.record(objects, key, given, state)
                keys.append(key)
        return keys

    def execute(
        self, token: str, request: Mapping[str, Any], claimed: Sequence[str] = (), throttled: bool = False
    ) -> ShopAnswer:
        """Answer a request of the API."""
        shop = self.shop_of(token) if token else None
        if shop is None:
            return ShopAnswer(401, {"errors": _UNKNOWN_TOKEN})
        with self._transaction():
            return self._answer(shop, request, claimed, throttled)

    def _answer(
        self, shop: Mapping[str, Any], request: Mapping[str, Any], claimed: Sequence[str], throttled: bool
    ) -> ShopAnswer:
        domain, variables = str(shop["domain"]), request.get("variables") or {}
        try:
            document = checked(request.get("query"))
            check_variables(document, variables)
        except Refused as problem:
            return ShopAnswer(200, {"errors": problem.errors}, domain)
        now = clock(self._db)
        bucket, price = cost.Bucket(self._db, shop, now), cost.requested(document, variables)
        if throttled or not bucket.take(price):
            if throttled:
                bucket.points = 0
            return ShopAnswer(shop["throttle_status"], _throttled(bucket, price), domain)
        root = root_of(Objects(self._db, shop, now), variables, claimed)
        result = execute_sync(SCHEMA, document, root, variable_values=dict(variables))
        body = {**result.formatted, "extensions": bucket.stated(price, price)}
        return ShopAnswer(200, body, domain)

    def sent(self, domain: str, after: int) -> list[dict[str, Any]]:
        """The webhooks of a shop after a number."""
        rows = self._db.execute(
            "SELECT * FROM webhooks WHERE shop = ? AND seq > ? ORDER BY seq", (domain, after)
        )
        return [dict(row) for row in rows]

    def mails(self, domain: str) -> list[str]:
        """What customers were sent mails about."""
        rows = self._db.execute("SELECT about FROM mails WHERE shop = ? ORDER BY seq", (domain,))
        return [row["about"] for row in rows]

    def another_refund(self, domain: str, order: object) -> dict[str, Any] | None:
        """The id of a refund of another order."""
        shop = self.shop(domain)
        assert shop is not None, "it answered before"
        others = Objects(self._db, shop, clock(self._db)).all("Refund")
        return next((one for one in others if one["order"] != order), None)


def root_fields(document: DocumentNode) -> list[str]:
    """The names of the root fields."""
    selected = [getattr(one, "selection_set", None) for one in document.definitions]
    return [
        field.name.value
        for one in selected
        if one is not None
        for field in one.selections
        if isinstance(field, FieldNode)
    ]


def _throttled(bucket: cost.Bucket, price: int) -> dict[str, Any]:
    documentation = "https://shopify.dev/api/usage/rate-limits"
    error = {
        "message": "Throttled",
        "extensions": {"code": "THROTTLED", "documentation": documentation},
    }
    return {"errors": [error], "extensions": bucket.stated(price, None)}


def internal_error() -> dict[str, Any]:
    """An answer that does not say whether anything happened."""
    request = str(uuid.uuid4())
    extensions = {"code": "INTERNAL_SERVER_ERROR", "requestId": request}
    return {"errors": [{"message": _INTERNAL.format(request), "extensions": extensions}]}
