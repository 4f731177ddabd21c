"""Users and their sessions as readers get them."""

from typing import Literal

from domain.base import Frozen
from domain.clock import Instant

UserStatus = Literal["invited", "active", "off"]


class UserView(Frozen):
    """A user of the merchant."""

    id: str
    """Our id of the user, which audit lines name."""
    merchant: str
    """The merchant for whom the user works."""
    name: str
    """The name that timelines show."""
    email: str | None
    """The address with which the user signs in; null for readers who are no admin."""
    role: str
    """What the user may do."""
    locale: str
    """The language of the user's pages."""
    zone: str
    """The time zone of the user's pages."""
    status: UserStatus
    """`invited`: has neither a password nor signed in at a provider yet. `off`: may not sign in."""
    second_factor: bool
    """Whether a code is needed beside the password."""
    oidc: bool
    """Whether a person of the merchant's OpenID provider is linked to the user."""
    created_at: Instant
    """When the user was invited, in real time."""
    signed_in_at: Instant | None
    """When the user signed in last, in real time; null for never."""


class UserSessionView(Frozen):
    """A session of a user that is open."""

    id: str
    """The id of the session, not its token."""
    device: str
    """The kind of browser and system; empty where unknown."""
    created_at: Instant
    """When it was opened, in real time."""
    used_at: Instant
    """When it was used last, to the minute."""
    ends_at: Instant
    """When it ends at the latest."""
