"""Columns for migrations, one function for each type."""

from typing import Any

import sqlalchemy as sa

from store.engine.columns import UtcDateTime


def text(name: str, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String(), **{"nullable": False, **options})


def key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), primary_key=True)


def number(name: str, **options: Any) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), **{"nullable": False, **options})


def amount(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def optional_amount(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=True)


def instant(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, UtcDateTime(), nullable=nullable)


def instant_key(name: str) -> sa.Column[Any]:
    return sa.Column(name, UtcDateTime(), primary_key=True)


def blob(name: str, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)


def day(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def day_key(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), primary_key=True)


def flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def queue() -> tuple[sa.Column[Any], ...]:
    """The columns of a leased queue; see `store.engine.queue`."""
    return (
        *(text("status"), text("reason"), number("attempts")),
        *(instant("created_at"), instant("not_before"), instant("lease_until", nullable=True)),
    )
