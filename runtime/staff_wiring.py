"""The use cases of staff, put together on the stores of a process, and what finds the caller of a request."""

from api.context import StaffServices
from runtime.stores import Stores
from services.merchants.authentication import KeyAuthenticator
from services.staff.passwords import Passwords
from services.staff.second_factor import SecondFactor
from services.staff.sign_in import SignIn
from services.staff.users import UserService
from services.tokens import TokenSigner


def make_staff_services(stores: Stores) -> StaffServices:
    """The use cases of the merchants' users."""
    passwords = Passwords()
    second_factor = SecondFactor(stores.users, stores.audit, stores.clocks)
    sign_in = SignIn(
        stores.users, stores.user_sessions, passwords, second_factor, stores.audit, stores.clocks
    )
    return StaffServices(make_user_service(stores, passwords), sign_in, second_factor)


def make_user_service(stores: Stores, passwords: Passwords) -> UserService:
    """The use cases of accounts, which the command line has too."""
    return UserService(stores.users, stores.user_sessions, passwords, stores.audit, stores.clocks)


def make_authenticator(stores: Stores, tokens: TokenSigner) -> KeyAuthenticator:
    """Finds who calls: by key, by session, or by a customer's link."""
    return KeyAuthenticator(stores.api_keys, stores.user_sessions, tokens, stores.link_epochs)
