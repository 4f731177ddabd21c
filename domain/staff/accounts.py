"""Accounts of staff: which roles a user may have, how long a session lasts, which passwords are refused."""

import unicodedata
from datetime import datetime, timedelta
from typing import Final, Literal

from domain.actors import Role

USER_ROLES: Final = (Role.AGENT, Role.SENIOR_AGENT, Role.FINANCE, Role.WAREHOUSE, Role.ADMIN)
INVITATION_LIFE: Final = timedelta(days=7)
SESSION_LIFE: Final = timedelta(hours=12)
SESSION_IDLE: Final = timedelta(hours=2)
HALF_SESSION_LIFE: Final = timedelta(minutes=10)  # between the password and the code of the second factor
MIN_PASSWORD: Final = 12
MAX_PASSWORD: Final = 128  # the hash is slow: longer texts would only cost time

SessionLevel = Literal["password", "full"]
PasswordFault = Literal["too_short", "too_long", "too_simple", "contains_name"]


def normal_address(email: str) -> str:
    """The address as it is compared: without blanks around it, in lower case."""
    return unicodedata.normalize("NFC", email.strip()).casefold()


def normal_password(password: str) -> str:
    """The password as it is hashed: two keyboards may compose the same letter in two ways."""
    return unicodedata.normalize("NFC", password)


def password_fault(password: str, email: str, name: str) -> PasswordFault | None:
    """Why the password is refused; None for one that is taken.

    Length protects more than rules about its characters, so there are none of those.
    """
    if len(password) < MIN_PASSWORD:
        return "too_short"
    if len(password) > MAX_PASSWORD:
        return "too_long"
    if len(set(password)) < 5:
        return "too_simple"
    plain = password.casefold()
    own = {normal_address(email).partition("@")[0], *name.casefold().split()}
    rest = plain
    for part in sorted((one for one in own if len(one) >= 3), key=len, reverse=True):
        rest = rest.replace(part, "")
    return "contains_name" if len(rest) < MIN_PASSWORD - 4 and rest != plain else None


def session_is_good(level: SessionLevel, created_at: datetime, used_at: datetime, now: datetime) -> bool:
    """Whether a session of that level still opens something: neither its absolute nor its idle end has come."""
    life = SESSION_LIFE if level == "full" else HALF_SESSION_LIFE
    return now < created_at + life and now < used_at + SESSION_IDLE
