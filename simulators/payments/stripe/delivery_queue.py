"""Which webhook endpoints there are, and which events wait for them."""

import json
from collections.abc import Iterator
from typing import NamedTuple

from simulators.payments.stripe.call import Body
from simulators.sqlite_file import SqliteFile


class WaitingDelivery(NamedTuple):
    """An event that an endpoint has not taken yet."""

    number: int
    event: Body
    account: str
    endpoint: Body


class DeliveryQueue(SqliteFile):
    """The tables `endpoints` and `deliveries`."""

    def add_endpoint(self, account: str, settings: Body) -> None:
        """A new endpoint; one with the same address is replaced."""
        for number, existing in self.endpoints(account):
            if existing["url"] == settings["url"]:
                self._db.execute("DELETE FROM endpoints WHERE seq = ?", (number,))
        sql = "INSERT INTO endpoints (account, settings) VALUES (?, ?)"
        self._db.execute(sql, (account, json.dumps(settings)))

    def endpoints(self, account: str) -> Iterator[tuple[int, Body]]:
        """The endpoints that get the events of that account."""
        for row in self._db.execute("SELECT * FROM endpoints").fetchall():
            settings = json.loads(row["settings"])
            if account == row["account"] or account in settings["connected"]:
                yield row["seq"], settings

    def queue_delivery(self, event: str, endpoint: int) -> None:
        """Let an event wait for an endpoint."""
        self._db.execute("INSERT INTO deliveries (event, endpoint) VALUES (?, ?)", (event, endpoint))

    def waiting(self, *, also_failed: bool = False) -> list[WaitingDelivery]:
        """What is to be sent, oldest first, and what was refused if wanted."""
        sql = (
            "SELECT d.seq, o.body, o.account, e.settings, e.account AS owner FROM deliveries d"
            " JOIN objects o ON o.id = d.event JOIN endpoints e ON e.seq = d.endpoint"
            " WHERE d.status IS NULL OR (? AND d.status NOT BETWEEN 200 AND 299) ORDER BY d.seq"
        )
        return [
            WaitingDelivery(
                row["seq"],
                json.loads(row["body"]) | _account_of(row["account"], row["owner"]),
                row["account"],
                json.loads(row["settings"]),
            )
            for row in self._db.execute(sql, (also_failed,)).fetchall()
        ]

    def delivered(self, number: int, event: str, status: int) -> None:
        """The endpoint's answer; 0 for none. A taken event is no longer pending there."""
        self._db.execute("UPDATE deliveries SET status = ? WHERE seq = ?", (status, number))
        if 200 <= status < 300:
            sql = "UPDATE objects SET body = json_set(body, '$.pending_webhooks', (SELECT count(*) FROM deliveries"
            open_ones = (
                " WHERE event = ? AND (status IS NULL OR status NOT BETWEEN 200 AND 299))) WHERE id = ?"
            )
            self._db.execute(sql + open_ones, (event, event))


def _account_of(account: str, owner: str) -> Body:
    """Events of a connected account name it; an account's own events do not."""
    return {} if account == owner else {"account": account}
