"""Which addresses outgoing webhooks may go to: a merchant's URL must not make us connect to our own network.

An address is checked three times: as it is written, after its name is resolved, and when the socket is opened.
"""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from yarl import URL

MAX_URL_LENGTH = 2000
_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}\.?$)(?:{_LABEL}\.)*{_LABEL}\.?", re.I)
_NUMBERS = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*\.?", re.I)
# Public by the registry, but not an outside party's: cloud metadata, relays of old transition mechanisms, protocol space.
_RESERVED = [
    ipaddress.ip_network(one)
    for one in ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4")
]
_GLOBAL_6 = ipaddress.ip_network("2000::/3")
_NOT_GLOBAL_6 = [
    ipaddress.ip_network(one) for one in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class EgressPolicy:
    """Which addresses are allowed. unrestricted: also plain http, private addresses and any port, for development and tests."""

    unrestricted: bool = False
    ports: Collection[int] = (443, 8443)

    def rejection_reason(self, text: str) -> str | None:
        """Why the address as it is written is not allowed, in one word; None when only its resolution is left to be checked."""
        url = _parsed(text)
        if url is None or url.host is None:
            return "unreadable"
        if url.user is not None or url.password is not None:
            return "user_info"
        if url.fragment:
            return "fragment"
        if url.scheme not in (("https", "http") if self.unrestricted else ("https",)):
            return "scheme"
        if not self.unrestricted and url.port not in self.ports:
            return "port"
        return self._check_host(url.host)

    def _check_host(self, host: str) -> str | None:
        literal = _address(host)
        if literal is not None:
            return None if self.allows(literal) else "address_not_public"
        if _NUMBERS.fullmatch(host) or not _NAME.fullmatch(host):
            return "host"  # 2130706433, 0x7f.1 and 127.1 are addresses to some resolvers
        return None

    def allows(self, address: IPv4Address | IPv6Address) -> bool:
        """Whether a connection to that address is allowed."""
        return self.unrestricted or is_public(address)

    def allows_text(self, address: str) -> bool:
        """The same for an address in the text form of a resolver or socket; unreadable text is not allowed."""
        literal = _address(address)
        return literal is not None and self.allows(literal)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is an address of the public internet. An address that contains another (NAT64) is judged by that one."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        inside = any(address in network for network in _NOT_GLOBAL_6)
        return address in _GLOBAL_6 and not inside and address.is_global and address.scope_id is None
    inside = any(address in network for network in _RESERVED)
    return address.is_global and not address.is_multicast and not inside


def _parsed(text: str) -> URL | None:
    if len(text) > MAX_URL_LENGTH or not text.isascii() or any(c <= " " or c in "\\\x7f" for c in text):
        return None
    try:
        url = URL(text, encoded=True)
        return url if url.absolute and (url.port is None or url.port > 0) else None
    except ValueError:
        return None


def is_literal(host: str) -> bool:
    """Whether the host is an address, so that there is nothing to resolve."""
    return _address(host) is not None


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
