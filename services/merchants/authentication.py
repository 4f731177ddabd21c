"""Whose key or link a bearer token is. Unknown, revoked and expired ones are all None: the difference helps only attackers."""

from dataclasses import dataclass

from domain.actors import Actor, Role
from services.tokens import TokenSigner
from store.engine.columns import real_now
from store.merchants.api_keys import ApiKeys
from store.merchants.user_sessions import PREFIX, UserSessions
from store.orders.links import LinkEpochs


@dataclass(frozen=True)
class Caller:
    """The holder of a good key.

    merchant: None only for the platform's own admin.
    name: the id of the key or of the user who signed in, never a secret.
    order: for customers, our `ord_…` id: their link opens this order and no other.
    """

    merchant: str | None
    role: Role
    name: str
    order: str | None = None

    @property
    def actor(self) -> Actor:
        """For commands and the audit."""
        return Actor(role=self.role, name=self.name)


class KeyAuthenticator:
    """Storefronts and staff have keys in the store, users have sessions, customers signed links of their order's epoch."""

    def __init__(
        self, keys: ApiKeys, sessions: UserSessions, tokens: TokenSigner, epochs: LinkEpochs
    ) -> None:
        self._keys, self._sessions, self._tokens, self._epochs = keys, sessions, tokens, epochs

    async def authenticate(self, bearer: str) -> Caller | None:
        if bearer.startswith("cust_"):
            return await self._holder_of_link(bearer)
        if bearer.startswith(PREFIX):
            return await self._user_of_session(bearer)
        holder = await self._keys.authenticate(bearer)
        return Caller(holder.merchant, holder.role, holder.key_id) if holder else None

    async def _user_of_session(self, bearer: str) -> Caller | None:
        found = await self._sessions.find(bearer)
        if found is None or found[0].level != "full":
            return None
        user = found[1]
        return Caller(user.merchant, Role(user.role), user.id)

    async def _holder_of_link(self, bearer: str) -> Caller | None:
        link = self._tokens.verify_link(bearer, real_now())
        if link is None or await self._epochs.get(link.merchant, link.order) != link.epoch:
            return None
        return Caller(link.merchant, Role.CUSTOMER, "link", link.order)
