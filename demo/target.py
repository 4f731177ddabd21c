"""The deployment that the demo and the replay run against."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Verify = Callable[[], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True)
class Target:
    """Base URLs of the API and of the payment provider, and the platform admin's key.

    `verify`: called when every order is at rest; its report has `broken` (a list) and `checked`. None skips it.
    """

    api_url: str
    psp_url: str
    admin_key: str = field(repr=False)
    verify: Verify | None = None
