"""The table of idempotency keys."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class IdempotencyRow(SQLModel, table=True):
    """One use of an idempotency key.

    route: method and path template.
    key: a pseudonym of the key that was sent and of the object that the path names.
    body_hash: a pseudonym of the request body's hash.
    status: running, done or free.
    response: the answer's body as JSON, encrypted with the master key.
    began_at: when a request last took the key, real time.
    """

    __tablename__ = "idempotency"

    merchant: str = Field(primary_key=True)
    route: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    body_hash: str
    status: str = "running"
    http_status: int | None = None
    response: bytes | None = None
    began_at: datetime = Field(sa_type=UtcDateTime)
