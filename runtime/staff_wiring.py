"""The use cases of staff, put together on the stores of a process, and what finds the caller of a request."""

from adapters.openid.relying_party import OpenIdRelyingParty
from api.context import StaffServices
from ports.openid import OpenIdTransport
from runtime.stores import Stores
from services.clock import real_now
from services.merchants.authentication import KeyAuthenticator
from services.short_signatures import ShortSigner
from services.staff.openid_settings import OpenIdSettingsService
from services.staff.openid_sign_in import OpenIdSignIn
from services.staff.passwords import Passwords
from services.staff.second_factor import SecondFactor
from services.staff.sign_in import SignIn
from services.staff.users import UserService
from services.tokens import TokenSigner


def make_staff_services(stores: Stores, transport: OpenIdTransport) -> StaffServices:
    """The use cases of the merchants' users. `transport`: to their OpenID providers."""
    passwords, openid = Passwords(), OpenIdRelyingParty(transport, real_now)
    second_factor = SecondFactor(stores.users, stores.audit, stores.clocks)
    sign_in = SignIn(
        stores.users,
        stores.user_sessions,
        passwords,
        second_factor,
        stores.audit,
        stores.clocks,
        stores.openid_providers,
    )
    signer = ShortSigner(stores.keys.derived("openid cookies"))
    return StaffServices(
        make_user_service(stores, passwords),
        sign_in,
        second_factor,
        OpenIdSignIn(sign_in, stores.openid_providers, stores.openid_attempts, openid, signer),
        OpenIdSettingsService(stores.openid_providers, stores.users, openid),
    )


def make_user_service(stores: Stores, passwords: Passwords) -> UserService:
    """The use cases of accounts, which the command line has too."""
    return UserService(stores.users, stores.user_sessions, passwords, stores.audit, stores.clocks)


def make_authenticator(stores: Stores, tokens: TokenSigner) -> KeyAuthenticator:
    """Finds who calls: by key, by session, or by a customer's link."""
    return KeyAuthenticator(stores.api_keys, stores.user_sessions, tokens, stores.link_epochs)
