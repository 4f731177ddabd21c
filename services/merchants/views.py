"""Merchants and their keys as readers get them."""

from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from services.key_names import Doer
from store.tables.all import MerchantRow

Letters = Literal["send", "hold"]
KeyStatus = Literal["active", "expiring", "expired", "revoked"]


class MerchantView(Frozen):
    """A merchant of the platform."""

    merchant: str
    """Its id, which never changes."""
    name: str
    """The name with which its letters to customers are signed."""
    sandbox: bool
    """Its time is a clock that a command moves."""
    status: Literal["active", "paused"]
    """`paused`: it takes no new orders; those under way go on."""
    paused_at: Instant | None
    """Since when it is paused, in real time."""
    letters: Letters
    """Whether its letters leave; while it is paused they may be held."""
    policy: int
    """The version of its policy that is in force."""
    created_at: Instant
    """When it was created, in real time."""


class KeyView(Frozen):
    """An API key without its text."""

    id: str
    """The eight characters after `smot_live_`, `smot_test_` or `smot_platform_`."""
    role: str
    """What the key may do."""
    name: str
    """What people call it; timelines show it. Empty for none."""
    status: KeyStatus
    """`expiring`: it works until `expires_at`. `expired`, `revoked`: it works no more."""
    created_by: Doer | None
    """Who created it; null where that was not recorded."""
    created_at: Instant
    """When it was created, in real time."""
    last_used_at: Instant | None
    """About when it was last used, to the hour; null for never."""
    expires_at: Instant | None
    """When it ends by itself; null for never."""
    revoked_at: Instant | None
    """When it was revoked; null where it was not."""
    replaced_by: str | None
    """The id of the key that a rotation made in its place."""


def merchant_view(row: MerchantRow) -> MerchantView:
    """The merchant without its secrets."""
    return MerchantView(
        merchant=row.id,
        name=row.name,
        sandbox=row.sandbox,
        status="paused" if row.paused_at else "active",
        paused_at=row.paused_at,
        letters="hold" if row.letters == "hold" else "send",
        policy=row.policy,
        created_at=row.created_at,
    )
