"""What the routes of merchants and their keys take and give."""

from typing import Annotated

from pydantic import Field

from api.http.fields import SentInstant
from domain.actors import Role
from domain.base import Frozen
from domain.text import IsText
from services.merchants.views import KeyView, Letters, MerchantView

MerchantName = Annotated[str, Field(min_length=1, max_length=100), *IsText]
KeyName = Annotated[str, Field(max_length=100), *IsText]
KeyEnd = SentInstant | None


class MerchantChanges(Frozen):
    """What changes about a merchant."""

    name: MerchantName
    """The name with which its letters to customers are signed."""


class MerchantPause(Frozen):
    """How a merchant is paused."""

    letters: Letters = "send"
    """`send`: letters about orders under way leave as ever; `hold`: they wait until it is resumed."""


class MerchantList(Frozen):
    """Merchants, the newest first."""

    items: tuple[MerchantView, ...]
    """One page of merchants."""
    next: str | None
    """The cursor of the next page; null on the last."""


class KeyRequest(Frozen):
    """A further key."""

    role: Role
    """What the key may do."""
    name: KeyName = ""
    """What people call the key, as `Maria` or `warehouse Leeds`."""
    expires_at: KeyEnd = None
    """When it ends by itself, in real time; null for never."""


class KeyChanges(Frozen):
    """What changes about a key; what is left out stays."""

    name: KeyName | None = None
    """What people call the key, as `Maria` or `warehouse Leeds`."""
    expires_at: KeyEnd = None
    """When it ends by itself, in real time; null for never."""


class KeyRotation(Frozen):
    """How a key is replaced."""

    hours: Annotated[int, Field(ge=0, le=24 * 30)] = 24
    """So long the replaced key works beside the new one; 0 ends it at once."""


class IssuedApiKey(Frozen):
    """A new key, shown now and never again."""

    key: str
    """The bearer key. It is not stored and cannot be shown again."""
    details: KeyView
    """The key as lists show it."""


class KeyList(Frozen):
    """Keys with ended ones, the newest first."""

    items: tuple[KeyView, ...]
    """One page of keys."""
    next: str | None
    """The cursor of the next page; null on the last."""
