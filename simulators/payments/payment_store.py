"""The records of the sandbox payment provider: payments, refunds, responses by idempotency key, armed faults."""

import json
import secrets
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from simulators.payments.schemas import (
    Capture,
    CreateRefund,
    ProviderResponse,
    RecordQuery,
    RefundChange,
    RefundFault,
    RefundListQuery,
    error_response,
)
from simulators.sqlite_file import SqliteFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS payments (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL,
  refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount));
CREATE TABLE IF NOT EXISTS refunds (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  payment TEXT NOT NULL REFERENCES payments(id),
  amount INTEGER NOT NULL CHECK (amount > 0), currency TEXT NOT NULL, leg TEXT, metadata TEXT NOT NULL,
  created_at TEXT NOT NULL, status TEXT NOT NULL, changed_at TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
  bank_reference TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS refunds_leg ON refunds(leg);
CREATE INDEX IF NOT EXISTS refunds_payment ON refunds(payment);
CREATE TABLE IF NOT EXISTS answers (
  key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS faults (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, times INTEGER NOT NULL, payment TEXT,
  seconds REAL NOT NULL);
"""


class PaymentStore(SqliteFile):
    """Each method is one transaction."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, _SCHEMA)

    def capture(self, request: Capture) -> ProviderResponse:
        """Record a captured payment; repeated with the same id, return the same payment."""
        name = request.payment or f"pay_{secrets.token_hex(8)}"
        with self._transaction():
            existing = self._payment(name)
            if existing is None:
                row = (name, request.account, request.amount, request.currency)
                sql = "INSERT INTO payments (id, account, amount, currency) VALUES (?, ?, ?, ?)"
                self._db.execute(sql, row)
            elif (existing["account"], existing["amount"], existing["currency"]) != (
                request.account,
                request.amount,
                request.currency,
            ):
                return error_response(
                    400, "idempotency_error", "that payment exists with another account, amount or currency"
                )
        return ProviderResponse(status=201, body=self.payment(name).body, replayed=existing is not None)

    def payment(self, name: str) -> ProviderResponse:
        """One payment and how much of it was refunded."""
        row = self._payment(name)
        if row is None:
            return error_response(404, "unknown_payment", "no such payment")
        return ProviderResponse(status=200, body={**dict(row), "status": "captured"})

    def _payment(self, name: str) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._db.execute("SELECT * FROM payments WHERE id = ?", (name,)).fetchone()
        return row

    def refund(self, key: str, request: CreateRefund) -> tuple[ProviderResponse, RefundFault | None]:
        """Refund once per key; return the response, and the fault that replaces it if one is armed."""
        wanted = json.dumps(request.model_dump(), sort_keys=True)
        with self._transaction():
            existing = self._db.execute("SELECT * FROM answers WHERE key = ?", (key,)).fetchone()
            if existing is not None and existing["request"] != wanted:
                return error_response(400, "idempotency_error", "that key was used for another refund"), None
            fault = self._next_fault(request.payment, new=existing is None)
            if fault is not None and fault.kind in ("timeout_before", "error_500_before"):
                return error_response(500, "internal_error", "nothing was done"), fault
            if existing is not None:
                body = json.loads(existing["body"])
                return ProviderResponse(status=existing["status"], body=body, replayed=True), fault
            if fault is not None and fault.kind == "decline":
                response = error_response(402, "declined", "the issuer declined")
            else:
                later = fault is not None and fault.kind == "accept"
                response = self._refund(request, "pending" if later else "succeeded")
            row = (key, wanted, response.status, json.dumps(response.body))
            self._db.execute("INSERT INTO answers (key, request, status, body) VALUES (?, ?, ?, ?)", row)
        return response, fault

    def _refund(self, request: CreateRefund, status: str) -> ProviderResponse:
        payment = self._payment(request.payment)
        if payment is None or payment["account"] != request.account:
            return error_response(404, "unknown_payment", "no such payment")
        if payment["currency"] != request.currency:
            return error_response(400, "currency_mismatch", "the payment is in another currency")
        left = payment["amount"] - payment["refunded"]
        if left == 0:
            return error_response(400, "charge_already_refunded", "nothing is left of this payment")
        if request.amount > left:
            return error_response(400, "amount_too_large", "more than is left of this payment", left=left)
        self._db.execute(
            "UPDATE payments SET refunded = refunded + ? WHERE id = ?", (request.amount, request.payment)
        )
        now = datetime.now(UTC).isoformat()
        refund = {
            "id": f"re_{secrets.token_hex(8)}",
            "payment": request.payment,
            "amount": request.amount,
            "currency": request.currency,
            "created_at": now,
            "changed_at": now,
            "status": status,
        }
        self._db.execute(
            "INSERT INTO refunds (id, payment, amount, currency, created_at, changed_at, status, leg, metadata)"
            " VALUES (:id, :payment, :amount, :currency, :created_at, :changed_at, :status, :leg, :metadata)",
            {**refund, "leg": request.metadata.get("leg"), "metadata": json.dumps(request.metadata)},
        )
        more = {"metadata": request.metadata, "reason": "", "bank_reference": ""}
        return ProviderResponse(status=201, body={**refund, **more})

    def change_refund(self, name: str, change: RefundChange) -> ProviderResponse:
        """Finish a pending refund, or let one that had succeeded fail. What failed is on the payment again."""
        with self._transaction():
            row = self._db.execute("SELECT * FROM refunds WHERE id = ?", (name,)).fetchone()
            if row is None:
                return error_response(404, "unknown_refund", "no such refund")
            if row["status"] == "failed":
                return error_response(409, "refund_failed", "a refund that failed stays so")
            wanted = {**change.model_dump(), "id": name, "changed_at": datetime.now(UTC).isoformat()}
            self._db.execute(
                "UPDATE refunds SET status = :status, reason = :reason, bank_reference = :bank_reference,"
                " changed_at = :changed_at WHERE id = :id",
                wanted,
            )
            if change.status == "failed":
                self._db.execute(
                    "UPDATE payments SET refunded = refunded - ? WHERE id = ?",
                    (row["amount"], row["payment"]),
                )
            row = self._db.execute("SELECT * FROM refunds WHERE id = ?", (name,)).fetchone()
        return ProviderResponse(status=200, body=_refund_view(row))

    def refunds(self, query: RefundListQuery) -> ProviderResponse:
        """Refunds in the order of time, after a cursor. `next` is the cursor to continue with, also when `more` is false."""
        limit = query.limit
        rows = self._db.execute(
            "SELECT refunds.* FROM refunds JOIN payments ON payments.id = refunds.payment"
            " WHERE seq > :after AND (:leg IS NULL OR leg = :leg) AND (:account IS NULL OR account = :account)"
            " AND (:since IS NULL OR changed_at >= :since) ORDER BY seq LIMIT :n",
            {**query.model_dump(exclude={"since"}), "since": _utc(query.since), "n": limit + 1},
        ).fetchall()
        page = rows[:limit]
        cursor = page[-1]["seq"] if page else query.after
        return ProviderResponse(
            status=200,
            body={"refunds": [_refund_view(r) for r in page], "next": str(cursor), "more": len(rows) > limit},
        )

    def find_records(self, request: RecordQuery) -> ProviderResponse:
        """The payments that exist, and the refunds of these payments or for one of these legs."""
        paid, of_legs = _marks(request.payments), _marks(request.legs)
        payments = self._db.execute(f"SELECT * FROM payments WHERE id IN ({paid})", request.payments)
        refunds = self._db.execute(
            f"SELECT * FROM refunds WHERE payment IN ({paid}) UNION SELECT * FROM refunds WHERE leg IN ({of_legs})",
            [*request.payments, *request.legs],
        )
        body: dict[str, object] = {
            "payments": [dict(row) for row in payments],
            "refunds": [_refund_view(row) for row in refunds],
        }
        return ProviderResponse(status=200, body=body)

    def arm(self, fault: RefundFault) -> ProviderResponse:
        """Let the next matching refund requests fail; the oldest armed fault is used first."""
        insert = (
            "INSERT INTO faults (kind, times, payment, seconds) VALUES (:kind, :times, :payment, :seconds)"
        )
        self._db.execute(insert, fault.model_dump())
        return ProviderResponse(status=201, body=fault.model_dump())

    def armed(self) -> ProviderResponse:
        """The faults with times left."""
        rows = self._db.execute(
            "SELECT kind, times, payment, seconds FROM faults WHERE times > 0 ORDER BY seq"
        )
        return ProviderResponse(status=200, body={"faults": [dict(row) for row in rows]})

    def disarm(self) -> ProviderResponse:
        """Let no more refund requests fail."""
        self._db.execute("DELETE FROM faults")
        return self.armed()

    def _next_fault(self, payment: str, *, new: bool) -> RefundFault | None:
        row = self._db.execute(
            "SELECT * FROM faults WHERE times > 0 AND (payment IS NULL OR payment = ?)"
            # a refund that has a response gets no other one
            " AND (? OR kind NOT IN ('decline', 'accept')) ORDER BY seq LIMIT 1",
            (payment, new),
        ).fetchone()
        if row is None:
            return None
        self._db.execute("UPDATE faults SET times = times - 1 WHERE seq = ?", (row["seq"],))
        return RefundFault(
            kind=row["kind"], times=row["times"], payment=row["payment"], seconds=row["seconds"]
        )


def _utc(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None


def _marks(values: list[str]) -> str:
    return ", ".join("?" * len(values))


def _refund_view(row: sqlite3.Row) -> dict[str, object]:
    shown = {name: value for name, value in dict(row).items() if name not in ("seq", "leg", "metadata")}
    return {**shown, "metadata": json.loads(row["metadata"])}
