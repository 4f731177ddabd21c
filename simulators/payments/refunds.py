"""The sandbox payment provider's books: one SQLite file in which every request is one transaction."""

import json
import secrets
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from simulators.payments.schemas import Capture, CreateRefund, ProviderResponse, RefundFault, error_response
from simulators.sqlite_file import SqliteFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS payments (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL,
  refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount));
CREATE TABLE IF NOT EXISTS refunds (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  payment TEXT NOT NULL REFERENCES payments(id),
  amount INTEGER NOT NULL CHECK (amount > 0), currency TEXT NOT NULL, leg TEXT, metadata TEXT NOT NULL,
  created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS refunds_leg ON refunds(leg);
CREATE TABLE IF NOT EXISTS answers (
  key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS faults (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, times INTEGER NOT NULL, payment TEXT,
  seconds REAL NOT NULL);
"""


class PaymentStore(SqliteFile):
    """Payments, refunds, answers by key, and armed faults. Blocking, and for the one thread that made it."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, _SCHEMA)

    def capture(self, request: Capture) -> ProviderResponse:
        """Note a captured payment; the same id again gives the same payment."""
        name = request.payment or f"pay_{secrets.token_hex(8)}"
        with self._transaction():
            known = self._payment(name)
            if known is None:
                row = (name, request.account, request.amount, request.currency)
                sql = "INSERT INTO payments (id, account, amount, currency) VALUES (?, ?, ?, ?)"
                self._db.execute(sql, row)
            elif (known["account"], known["amount"], known["currency"]) != (
                request.account,
                request.amount,
                request.currency,
            ):
                return error_response(
                    400, "idempotency_error", "that payment exists with another account, amount or currency"
                )
        return ProviderResponse(status=201, body=self.payment(name).body, replayed=known is not None)

    def payment(self, name: str) -> ProviderResponse:
        """One payment and what of it was paid back."""
        row = self._payment(name)
        if row is None:
            return error_response(404, "unknown_payment", "no such payment")
        return ProviderResponse(status=200, body={**dict(row), "status": "captured"})

    def _payment(self, name: str) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._db.execute("SELECT * FROM payments WHERE id = ?", (name,)).fetchone()
        return row

    def refund(self, key: str, request: CreateRefund) -> tuple[ProviderResponse, RefundFault | None]:
        """Pay back once per key; the answer, and the fault that is to get between it and the caller."""
        asked = json.dumps(request.model_dump(), sort_keys=True)
        with self._transaction():
            known = self._db.execute("SELECT * FROM answers WHERE key = ?", (key,)).fetchone()
            if known is not None and known["request"] != asked:
                return error_response(400, "idempotency_error", "that key was used for another refund"), None
            fault = self._next_fault(request.payment, new=known is None)
            if fault is not None and fault.kind in ("timeout_before", "error_500_before"):
                return error_response(500, "internal_error", "nothing was done"), fault
            if known is not None:
                body = json.loads(known["body"])
                return ProviderResponse(status=known["status"], body=body, replayed=True), fault
            if fault is not None and fault.kind == "decline":
                answer = error_response(402, "declined", "the issuer declined")
            else:
                answer = self._refund(request)
            row = (key, asked, answer.status, json.dumps(answer.body))
            self._db.execute("INSERT INTO answers (key, request, status, body) VALUES (?, ?, ?, ?)", row)
        return answer, fault

    def _refund(self, request: CreateRefund) -> ProviderResponse:
        payment = self._payment(request.payment)
        if payment is None or payment["account"] != request.account:
            return error_response(404, "unknown_payment", "no such payment")
        if payment["currency"] != request.currency:
            return error_response(400, "currency_mismatch", "the payment is in another currency")
        left = payment["amount"] - payment["refunded"]
        if left == 0:
            return error_response(400, "charge_already_refunded", "nothing is left of this payment")
        if request.amount > left:
            return error_response(400, "amount_too_large", "more than is left of this payment")
        self._db.execute(
            "UPDATE payments SET refunded = refunded + ? WHERE id = ?", (request.amount, request.payment)
        )
        refund = {
            "id": f"re_{secrets.token_hex(8)}",
            "payment": request.payment,
            "amount": request.amount,
            "currency": request.currency,
            "created_at": datetime.now(UTC).isoformat(),
        }
        self._db.execute(
            "INSERT INTO refunds (id, payment, amount, currency, created_at, leg, metadata)"
            " VALUES (:id, :payment, :amount, :currency, :created_at, :leg, :metadata)",
            {**refund, "leg": request.metadata.get("leg"), "metadata": json.dumps(request.metadata)},
        )
        return ProviderResponse(
            status=201, body={**refund, "metadata": request.metadata, "status": "succeeded"}
        )

    def refunds(self, leg: str | None, after: int, limit: int) -> ProviderResponse:
        """Refunds as they happened, after a cursor; `next` continues from here, also when `more` is false."""
        rows = self._db.execute(
            "SELECT * FROM refunds WHERE seq > :after AND (:leg IS NULL OR leg = :leg) ORDER BY seq LIMIT :n",
            {"after": after, "leg": leg, "n": limit + 1},
        ).fetchall()
        page = rows[:limit]
        cursor = page[-1]["seq"] if page else after
        return ProviderResponse(
            status=200,
            body={"refunds": [_refund_view(r) for r in page], "next": str(cursor), "more": len(rows) > limit},
        )

    def arm(self, fault: RefundFault) -> ProviderResponse:
        """Misbehave on the next matching refund requests; the oldest armed fault goes first."""
        insert = (
            "INSERT INTO faults (kind, times, payment, seconds) VALUES (:kind, :times, :payment, :seconds)"
        )
        self._db.execute(insert, fault.model_dump())
        return ProviderResponse(status=201, body=fault.model_dump())

    def armed(self) -> ProviderResponse:
        """The faults that are still to come."""
        rows = self._db.execute(
            "SELECT kind, times, payment, seconds FROM faults WHERE times > 0 ORDER BY seq"
        )
        return ProviderResponse(status=200, body={"faults": [dict(row) for row in rows]})

    def _next_fault(self, payment: str, *, new: bool) -> RefundFault | None:
        row = self._db.execute(
            "SELECT * FROM faults WHERE times > 0 AND (payment IS NULL OR payment = ?)"
            " AND (? OR kind <> 'decline') ORDER BY seq LIMIT 1",  # what was answered is not declined later
            (payment, new),
        ).fetchone()
        if row is None:
            return None
        self._db.execute("UPDATE faults SET times = times - 1 WHERE seq = ?", (row["seq"],))
        return RefundFault(
            kind=row["kind"], times=row["times"], payment=row["payment"], seconds=row["seconds"]
        )


def _refund_view(row: sqlite3.Row) -> dict[str, object]:
    shown = {name: row[name] for name in ("id", "payment", "amount", "currency", "created_at")}
    return {**shown, "metadata": json.loads(row["metadata"]), "status": "succeeded"}
