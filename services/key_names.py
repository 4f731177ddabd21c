"""Who did something, as people know them: the name of the key that was used instead of its id."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.base import Frozen
from store.merchants.api_keys import ApiKeys


class Doer(Frozen):
    """Who did something."""

    role: str
    """The role in which it was done."""
    name: str
    """Of the key, as `Maria`; its id where it has no name; what did it where that is no key, as `command line`."""
    key: str = ""
    """The id of the API key; empty where there is none."""


@dataclass(frozen=True)
class KeyNames:
    """Finds names for the ids that audit lines and versions hold."""

    keys: ApiKeys

    async def of(self, merchant: str, ids: Iterable[str]) -> dict[str, str]:
        """The names of these keys of the merchant, by id. Those of the platform are all `platform`."""
        return await self.keys.names(merchant, {one for one in ids if one})

    async def doer(self, merchant: str, role: str, name: str) -> Doer:
        """`name`: as it was stored, the id of a key or what it is."""
        names = await self.of(merchant, (name,))
        return Doer(role=role, name=names.get(name) or name, key=name if name in names else "")
