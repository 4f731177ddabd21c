"""Port: what a storefront demands for its customers: their data, their erasure, or that of all customers of a shop."""

from typing import Literal, Protocol

from domain.base import Frozen


class PrivacyDemand(Frozen):
    """One demand. kind, scope: see `PrivacyRequestRow`. orders: the storefront's ids. What is not stated is empty."""

    kind: Literal["access", "erasure"]
    scope: Literal["person", "shop"] = "person"
    customer_id: str = ""
    email: str = ""
    phone: str = ""
    orders: tuple[str, ...] = ()


class PrivacyDemandReader(Protocol):
    """Reads the demands of one storefront."""

    def demand(self, topic: str, body: bytes) -> PrivacyDemand | None:
        """The demand; None for a topic that is none. Raises InvalidPayload."""
