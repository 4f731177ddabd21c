"""What the routes of users and their sessions take and give."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from domain.actors import Role
from domain.base import Frozen
from domain.clock import Zone
from domain.model.order import Locale
from domain.staff.accounts import MAX_PASSWORD
from domain.text import IsText, is_mail_address
from services.staff.views import UserSessionView, UserView


def _one_address(text: str) -> str:
    if not is_mail_address(text):
        raise PydanticCustomError("no_mail_address", "must be exactly one e-mail address")
    return text


PersonName = Annotated[str, Field(min_length=1, max_length=100), *IsText]
MailAddress = Annotated[str, Field(max_length=254), AfterValidator(_one_address)]
# Longer than a password may be, so that a longer one gets a clear answer; and bounded.
PasswordText = Annotated[str, Field(min_length=1, max_length=4 * MAX_PASSWORD)]
SecondCode = Annotated[str, Field(max_length=20)]


class UserInvitation(Frozen):
    """A user who is invited."""

    email: MailAddress
    """The address with which the user signs in; one user of the merchant has it."""
    name: PersonName
    """The name that timelines show."""
    role: Role
    """What the user may do: agent, senior_agent, finance, warehouse or admin."""
    locale: Locale = "en"
    """The language of the user's pages."""
    zone: Zone = "UTC"
    """The time zone of the user's pages."""


class UserChangeRequest(Frozen):
    """What changes about a user; what is left out stays."""

    name: PersonName | None = None
    """The name that timelines show."""
    role: Role | None = None
    """What the user may do: agent, senior_agent, finance, warehouse or admin."""
    locale: Locale | None = None
    """The language of the user's pages."""
    zone: Zone | None = None
    """The time zone of the user's pages."""
    active: bool | None = None
    """False ends all sessions, and the user cannot sign in."""


class IssuedUserLink(Frozen):
    """A one-time link for a user, shown now and never again."""

    token: str
    """The secret of the link `/agents/welcome/{token}`, by which the user chooses a password within seven days."""
    user: UserView
    """The user as lists show it."""


class UserList(Frozen):
    """Users with those that are off, the newest first."""

    items: tuple[UserView, ...]
    """One page of users."""
    next: str | None
    """The cursor of the next page; null on the last."""


class PasswordChoice(Frozen):
    """The password that a user chooses by a one-time link."""

    password: PasswordText
    """12 to 128 characters, and more than the user's own name."""


class SignInRequest(Frozen):
    """With what a user signs in."""

    merchant: Annotated[str, Field(min_length=1, max_length=64)]
    """The merchant's id."""
    email: Annotated[str, Field(min_length=1, max_length=254)]
    """The user's address."""
    password: PasswordText
    """The user's password."""
    code: SecondCode = ""
    """The code of the second factor, or a recovery code, for users who have one."""


class OpenedSession(Frozen):
    """A session that was just opened."""

    token: str
    """The bearer of the user's requests. It is not stored and cannot be shown again."""
    session: UserSessionView
    """The session as lists show it."""
    user: UserView
    """Whose session it is."""


class EnrolmentAnswer(Frozen):
    """What an app needs for its codes."""

    uri: str
    """The address in the QR code that the app reads."""
    secret: str
    """The same secret to type by hand."""


class SecondFactorCode(Frozen):
    """The first code of the app."""

    code: SecondCode
    """Six digits."""


class RecoveryCodes(Frozen):
    """Codes for a lost phone, shown now and never again."""

    codes: tuple[str, ...]
    """Each works once, in place of the app's code."""


class UserSessionList(Frozen):
    """The open sessions of a user, the newest first."""

    items: tuple[UserSessionView, ...]
    """The sessions."""
