"""From which network a request comes, also behind proxies."""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from aiohttp import web

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
UNKNOWN: Final = "unknown"
_MAX_HOPS: Final = 16  # proxies in a row
_REMEMBERED: Final = 1024  # addresses: one client sends many requests


def network_of(request: web.Request, proxies: Sequence[Network]) -> str:
    """The client's address, or for IPv6 its /64: a user has all addresses of one. UNKNOWN for what is no address.

    `X-Forwarded-For` is read from its end, as far as it was written by one of these proxies: what is before that is the
    client's own claim.
    """
    address = parse(request.remote)
    if address is None:
        return UNKNOWN
    if is_within(address, proxies):
        address = _forwarded_for(request.headers.getall("X-Forwarded-For", []), address, proxies)
    return network_of_address(address)


@lru_cache(_REMEMBERED)
def network_of_address(address: Address) -> str:
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


@lru_cache(_REMEMBERED)
def parse(text: str | None) -> Address | None:
    """The address, of an IPv4 address in IPv6 the former; None for anything else. A port and brackets are left out."""
    bare = (text or "").strip().removeprefix("[").partition("]")[0].partition("%")[0]
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks if network.version == address.version)


def _forwarded_for(sent: list[str], peer: Address, proxies: Sequence[Network]) -> Address:
    hops = ",".join(sent).split(",")[-_MAX_HOPS:]
    for hop in reversed(hops):
        named = parse(hop)
        if named is None:
            return peer
        if not is_within(named, proxies):
            return named
        peer = named
    return peer
