"""The tables of the deployment's own keys, and of the processes that use them. All times are real."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class RootKeyRow(SQLModel, table=True):
    """The root key: the only row. `wrapped`: sealed with the active master key, which it names."""

    __tablename__ = "root_keys"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    wrapped: bytes
    wrapped_at: datetime = Field(sa_type=UtcDateTime)


class ProcessRow(SQLModel, table=True):
    """A process of ours that runs, or ran until it was killed.

    kind: api, dispatcher or worker.
    version: of the code that it runs.
    known: the ids of the master keys that it has, separated by commas.
    active: the id of the one with which it seals.
    written_at: when it last wrote this row.
    """

    __tablename__ = "processes"

    id: str = Field(primary_key=True)
    kind: str
    host: str
    pid: int
    version: str
    known: str
    active: str
    started_at: datetime = Field(sa_type=UtcDateTime)
    written_at: datetime = Field(sa_type=UtcDateTime)
