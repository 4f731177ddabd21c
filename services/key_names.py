"""Who did something, as people know them: the name of the user, or of the key that was used, instead of its id."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.base import Frozen
from store.merchants.api_keys import ApiKeys
from store.merchants.users import PREFIX, Users


class Doer(Frozen):
    """Who did something."""

    role: str
    """The role in which it was done."""
    name: str
    """Of the user or the key, as `Maria`; its id where it has no name; what did it where that is no key, as `command line`."""
    key: str = ""
    """The id of the API key; empty where there is none."""
    user: str = ""
    """The id of the user who had signed in; empty where there was none."""


@dataclass(frozen=True)
class KeyNames:
    """Finds names for the ids that audit lines and versions hold."""

    keys: ApiKeys
    users: Users

    async def of(self, merchant: str, ids: Iterable[str]) -> dict[str, str]:
        """The names of these users and keys of the merchant, by id. Keys of the platform are all `platform`."""
        wanted = {one for one in ids if one}
        users = await self.users.names(merchant, wanted)
        return users | await self.keys.names(merchant, wanted - users.keys())

    async def doer(self, merchant: str, role: str, name: str) -> Doer:
        """`name`: as it was stored, the id of a user or of a key, or what it is."""
        return doer_of(role, name, await self.of(merchant, (name,)))


def doer_of(role: str, name: str, names: Mapping[str, str]) -> Doer:
    """`name`: as it was stored. `names`: of users and keys, by id."""
    signed_in, known = name.startswith(PREFIX), name in names
    return Doer(
        role=role,
        name=names.get(name) or name,
        key=name if known and not signed_in else "",
        user=name if known and signed_in else "",
    )
