"""Whose key is this: staff and storefronts have keys in the store, customers have signed links."""

from api.auth import Caller
from domain.actors import Role
from services.tokens import TokenSigner
from store.engine.columns import real_now
from store.merchants.api_keys import ApiKeys


class KeyAuthenticator:
    """The app's Authenticator."""

    def __init__(self, keys: ApiKeys, codes: TokenSigner) -> None:
        self._keys = keys
        self._codes = codes

    async def authenticate(self, bearer: str) -> Caller | None:
        if bearer.startswith("cust_"):
            link = self._codes.verify_link(bearer, real_now())
            return Caller(link.merchant, Role.CUSTOMER, "link", link.order) if link else None
        holder = await self._keys.authenticate(bearer)
        return Caller(holder.merchant, holder.role, holder.key_id) if holder else None
