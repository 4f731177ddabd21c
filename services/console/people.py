"""People and keys that work on orders, by their ids."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from domain.base import Frozen


class ItemHolder(Frozen):
    """Who works on a question: a user, or the key that a helpdesk uses."""

    id: str
    """The id of the user or of the key."""
    name: str
    """As people know them; the id where there is no name."""


class NamedPeople(Protocol):
    """The names of one kind of workers of a merchant."""

    async def of(self, merchant: str, ids: Iterable[str]) -> dict[str, str]:
        """The names of those of these ids that are the merchant's."""
        ...


class People:
    """Names from several directories, of users and of keys."""

    def __init__(self, directories: Sequence[NamedPeople]) -> None:
        self._directories = directories

    async def holders(self, merchant: str, ids: Iterable[str]) -> dict[str, ItemHolder]:
        """Each of these ids with its name."""
        wanted = sorted({one for one in ids if one})
        names: dict[str, str] = {}
        if wanted:
            for directory in self._directories:
                names |= await directory.of(merchant, wanted)
        return {one: ItemHolder(id=one, name=names.get(one) or one) for one in wanted}

    async def knows(self, merchant: str, id: str) -> bool:
        """Whether a user or a named key of the merchant has that id."""
        for directory in self._directories:
            if id in await directory.of(merchant, (id,)):
                return True
        return False
