"""Whose request it is: the network that connects, or the one that a trusted proxy names."""

from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from api.http.client_address import network_of

PROXIES = [ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48")]


def network(peer: str | None, *forwarded: str) -> str:
    headers: Any = CIMultiDict([("X-Forwarded-For", one) for one in forwarded])
    request = make_mocked_request("GET", "/", headers=headers)
    return network_of(request.clone(remote=peer), PROXIES)  # type: ignore[arg-type]  # a socket may have no peer


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", (), "203.0.113.9"),
        ("203.0.113.9", ("198.51.100.1",), "203.0.113.9"),
        ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("1.1.1.1, 198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("1.1.1.1", "198.51.100.1"), "198.51.100.1"),
        ("10.0.0.1", ("1.1.1.1, 198.51.100.1, 10.9.9.9",), "198.51.100.1"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("",), "10.0.0.1"),
        ("10.0.0.1", ("nonsense",), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.1, nonsense",), "10.0.0.1"),
        ("10.0.0.1", ("10.0.0.2",), "10.0.0.2"),
        ("10.0.0.1", ("198.51.100.1:4711",), "198.51.100.1"),
        ("10.0.0.1", ("[2001:db8:2:3::4]:4711",), "2001:db8:2:3::/64"),
        ("2001:db8:2:3::4", (), "2001:db8:2:3::/64"),
        ("2001:db8:2:3::5", (), "2001:db8:2:3::/64"),
        ("2001:db8:1::1", ("198.51.100.1",), "198.51.100.1"),
        ("::ffff:203.0.113.9", (), "203.0.113.9"),
        ("::ffff:10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("fe80::1%eth0", (), "fe80::/64"),
        (None, ("198.51.100.1",), "unknown"),
        ("", (), "unknown"),
    ],
)
def test_only_what_a_trusted_proxy_appended_is_believed(
    peer: str | None, forwarded: tuple[str, ...], expected: str
) -> None:
    assert network(peer, *forwarded) == expected


def test_a_long_chain_is_read_from_its_end_only() -> None:
    chain = ", ".join(["1.1.1.1", *["10.0.0.2"] * 5000])
    assert network("10.0.0.1", chain) == "10.0.0.2"
