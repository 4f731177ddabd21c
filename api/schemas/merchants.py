"""What the routes of merchants and their keys take and give."""

from typing import Annotated

from pydantic import Field

from api.http.fields import SentInstant
from domain.actors import Role
from domain.base import Frozen
from domain.text import IsText
from services.merchants.views import KeyView, Letters, MerchantView

MerchantName = Annotated[
    str,
    Field(
        min_length=1, max_length=100, description="The name with which its letters to customers are signed."
    ),
    *IsText,
]
KeyName = Annotated[
    str,
    Field(max_length=100, description="What people call the key, as `Maria` or `warehouse Leeds`."),
    *IsText,
]
KeyEnd = Annotated[
    SentInstant | None, Field(description="When it ends by itself, in real time; null for never.")
]


class MerchantChanges(Frozen):
    """What changes about a merchant."""

    name: MerchantName


class MerchantPause(Frozen):
    """How a merchant is paused."""

    letters: Annotated[
        Letters,
        Field(
            description="`send`: letters about orders under way leave as ever; `hold`: they wait until it is resumed."
        ),
    ] = "send"


class MerchantList(Frozen):
    """Merchants, the newest first."""

    items: Annotated[tuple[MerchantView, ...], Field(description="One page of merchants.")]
    next: Annotated[str | None, Field(description="The cursor of the next page; null on the last.")]


class KeyRequest(Frozen):
    """A further key."""

    role: Annotated[Role, Field(description="What the key may do.")]
    name: KeyName = ""
    expires_at: KeyEnd = None


class KeyChanges(Frozen):
    """What changes about a key; what is left out stays."""

    name: KeyName | None = None
    expires_at: KeyEnd = None


class KeyRotation(Frozen):
    """How a key is replaced."""

    hours: Annotated[
        int,
        Field(
            ge=0,
            le=24 * 30,
            description="So long the replaced key works beside the new one; 0 ends it at once.",
        ),
    ] = 24


class IssuedApiKey(Frozen):
    """A new key, shown now and never again."""

    key: Annotated[str, Field(description="The bearer key. It is not stored and cannot be shown again.")]
    details: Annotated[KeyView, Field(description="The key as lists show it.")]


class KeyList(Frozen):
    """Keys with ended ones, the newest first."""

    items: Annotated[tuple[KeyView, ...], Field(description="One page of keys.")]
    next: Annotated[str | None, Field(description="The cursor of the next page; null on the last.")]
