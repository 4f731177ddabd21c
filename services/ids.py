"""New ids: random, so that no id tells how many there are or can be guessed."""

import base64
import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0/O, 1/I/L, U: nothing that a tired clerk confuses


def new_order_id() -> str:
    return "ord_" + _random_id()


def new_return_id() -> str:
    return "ret_" + _random_id()


def new_claim_id() -> str:
    return "clm_" + _random_id()


def new_return_number() -> str:
    """A return's short name for people; it gives no access to anything."""
    return "R-" + "".join(secrets.choice(ALPHABET) for _ in range(8))


def _random_id() -> str:
    """128 bits in 26 lower-case characters."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()
