"""Actors: who does something. The role of an actor decides what the actor may overrule."""

from enum import StrEnum

from domain.base import Frozen


class Role(StrEnum):
    """The roles of the contract; `system` is the journey itself."""

    CUSTOMER = "customer"
    STOREFRONT = "storefront"
    AGENT = "agent"
    SENIOR_AGENT = "senior_agent"
    WAREHOUSE = "warehouse"
    PARTNER = "partner"
    FINANCE = "finance"
    ADMIN = "admin"
    SYSTEM = "system"


STAFF = frozenset({Role.AGENT, Role.SENIOR_AGENT, Role.ADMIN})


class Actor(Frozen):
    """A role and a name for the audit. The name is the id of the API key, never a person's name."""

    role: Role
    name: str = ""


SYSTEM = Actor(role=Role.SYSTEM, name="journey")
