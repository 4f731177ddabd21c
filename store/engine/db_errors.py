"""Errors of the database itself: those that pass with time, and those that a person has to correct."""

import sqlite3
from typing import Any

import asyncpg
from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class CannotConnect(SQLAlchemyError):
    """No connection to the database. The text says to which database and why not, without its password."""


class DatabaseTimeout(SQLAlchemyError):
    """The database accepted a statement and does not answer, like a process that is stopped."""


# What asyncpg raises.
DRIVER_ERRORS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
_DBAPI: Any = make_url("postgresql+asyncpg://").get_dialect().import_dbapi()
_DEADLOCK = "40P01"

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_TRANSIENT_CLASSES = ("08", "28", "53", "57", "58")  # connection, authorization, resources, operator, system
_TRANSIENT_STATES = (
    "0A000",  # the tables changed since a statement was prepared: the driver prepares the next one again
    "25P03",  # this process was idle in a transaction for too long
    "25006",  # read only: a standby that is about to become the primary
    "3D000",  # no such database
    "40001",  # serialization failure: another transaction was faster
    _DEADLOCK,  # a deadlock that ended this transaction
    "55P03",  # no lock in time
)
_TRANSIENT_IN_SQLITE = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM,
}  # fmt: skip


def is_transient(problem: BaseException) -> bool:
    """Whether the database does not answer or cannot write: the same may succeed later. All else is a defect."""
    if isinstance(problem, CannotConnect | DatabaseTimeout | PoolTimeout):
        return True
    if not isinstance(problem, DBAPIError):
        return False
    if problem.connection_invalidated:
        return True
    cause = problem.orig
    if isinstance(problem, OperationalError) and isinstance(cause, sqlite3.Error):
        return cause.sqlite_errorcode & 0xFF in _TRANSIENT_IN_SQLITE  # the higher bits only say where
    state = _state_of(problem)
    return state.startswith(_TRANSIENT_CLASSES) or state in _TRANSIENT_STATES


def is_deadlock(problem: BaseException) -> bool:
    """Whether PostgreSQL ended this transaction so that another one, which waited for it, could go on."""
    return isinstance(problem, DBAPIError) and _state_of(problem) == _DEADLOCK


def is_unanswered(problem: BaseException) -> bool:
    """Whether the driver's caller left before the server had answered: it was cancelled, or had waited for too long."""
    return isinstance(problem, TimeoutError) or not isinstance(problem, Exception)


def as_dbapi_error(problem: Exception, *, connection_lost: bool) -> DBAPIError:
    """One of DRIVER_ERRORS as SQLAlchemy's engines raise it, without the values of the statement."""
    kinds = _DBAPI._asyncpg_error_translate
    kind = next((kinds[one] for one in type(problem).__mro__ if one in kinds), _DBAPI.InterfaceError)
    translated = kind(problem.args[0] if problem.args else type(problem).__name__, problem)
    error = DBAPIError.instance(
        "a batched statement",
        None,
        translated,
        _DBAPI.Error,
        hide_parameters=True,
        connection_invalidated=connection_lost or isinstance(problem, OSError),
    )
    assert isinstance(error, DBAPIError)
    return error


def _state_of(problem: DBAPIError) -> str:
    return str(getattr(problem.orig, "sqlstate", None) or "")


def cannot_connect(url: URL, problem: BaseException) -> CannotConnect:
    """The error, with a text from which an operator knows what to do."""
    where = f"the database {url.database} at {url.host}:{url.port or 5432}"
    return CannotConnect(f"{where} {_cause_of(url, problem)}")


def _cause_of(url: URL, problem: BaseException) -> str:
    match problem:
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            return f"does not let user {url.username} in: the name or its password is wrong"
        case asyncpg.InvalidCatalogNameError():
            return "is not there: create it, or correct its name"
        case asyncpg.TooManyConnectionsError():
            return "has no free connection"
        case asyncpg.CannotConnectNowError():
            return "is starting or stopping"
        case TimeoutError():
            return "does not answer"
        case ConnectionRefusedError():
            return "is not there: nothing listens at that address"
        case _:
            return f"cannot be reached ({type(problem).__name__})"
