"""Where outgoing webhooks never go: sixty spellings of private addresses, and no socket is opened.

No test here connects to anything: names are resolved by a table, and the opening of sockets is recorded.
"""

import socket
from collections.abc import Sequence
from typing import Any

import pytest
from aiohttp.abc import ResolveResult

from adapters.webhooks.guarded_resolver import GuardedResolver, _resolve_result
from adapters.webhooks.ssrf_guard import EgressPolicy
from adapters.webhooks.transport import HttpWebhookTransport
from ports.webhooks import WebhookMessage
from tests.adapters.webhook_receiver import SECRET

NAMES = {
    "public.example": ["93.184.216.34"],
    "public6.example": ["2606:2800:220:1:248:1893:25c8:1946"],
    "nat64.example": ["64:ff9b::5db8:d822"],
    "localhost": ["127.0.0.1", "::1"],
    "loopback.example": ["127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "mixed.example": ["93.184.216.34", "10.0.0.7"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "garbled.example": ["not an address"],
    "nothing.example": [],
    "inner.nat64.example": ["64:ff9b::a00:7"],
    "trailing.example.": ["127.0.0.1"],
}
WRITTEN = {
    "unreadable": [
        "", "nonsense", "https://", "https://public.example:99999/", "https://public.example/a b",
        "https://public.example\\@127.0.0.1/", "https://public.example/\n", "https://püblic.example/",
        "https://public.example:0/", "https://127。0。0。1/", "https://①②⑦.0.0.1/", "https://public.example/" + "a" * 2000,
    ],
    "scheme": ["//public.example/", "http://public.example/", "ftp://public.example/", "file://public.example/etc/passwd", "gopher://public.example:443/"],
    "user_info": ["https://me@public.example/", "https://me:secret@public.example/", "https://public.example:x@127.0.0.1/"],
    "fragment": ["https://public.example/#inside"],
    "port": ["https://public.example:22/", "https://public.example:8080/"],
    "host": [
        "https://2130706433/", "https://0x7f000001/", "https://017700000001/", "https://0x7f.1/", "https://127.1/",
        "https://127.0.1/", "https://0177.0.0.1/", "https://0x7f.0x0.0x0.0x1/", "https://127.0.0.1./", "https://127.0.0.01/",
        "https://1.1.1.1.1/", "https://0/", "https://%31%32%37.0.0.1/", "https://exa$mple/", "https://256.256.256.256/",
    ],
    "address_not_public": [
        "https://127.0.0.1/", "https://127.255.255.254/", "https://0.0.0.0/", "https://10.1.2.3/", "https://172.16.0.1/",
        "https://192.168.1.1:8443/", "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/",
        "https://100.100.100.200/", "https://192.0.0.192/", "https://192.0.2.1/", "https://198.18.0.1/",
        "https://168.63.129.16/", "https://192.88.99.1/", "https://224.0.0.1/", "https://240.0.0.1/",
        "https://255.255.255.255/", "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[64:ff9b:1::1]/",
        "https://[2002:7f00:1::]/", "https://[2002:5db8:d822::1]/", "https://[2001::1]/", "https://[2001:db8::1]/",
        "https://[fc00::1]/", "https://[fd00:ec2::254]/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/",
        "https://[fec0::1]/", "https://[ff02::1]/", "https://[100::1]/", "https://[3fff::1]/",
        "https://localhost/", "https://loopback.example/", "https://metadata.example/", "https://mixed.example/",
        "https://mapped.example/", "https://garbled.example/", "https://inner.nat64.example/", "https://trailing.example./",
    ],
    "unresolved": ["https://nothing.example/", "https://unknown.example/"],
}  # fmt: skip
SPELLINGS = [(url, reason) for reason, urls in WRITTEN.items() for url in urls]


class RecordingResolver:
    """Resolves names from the table; records every socket that would be opened, and opens none."""

    def __init__(self) -> None:
        self.resolved: list[str] = []
        self.opened: list[int] = []

    async def dns_lookup(self, host: str) -> Sequence[str]:
        self.resolved.append(host)
        if host not in NAMES:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return NAMES[host]

    def open_socket(self, family: int, *rest: Any) -> socket.socket:
        self.opened.append(family)
        raise OSError("no socket is opened in this test")

    def hooks(self, reach: EgressPolicy | None = None) -> HttpWebhookTransport:
        return HttpWebhookTransport(
            reach or EgressPolicy(), timeout=5, dns_lookup=self.dns_lookup, open_socket=self.open_socket
        )


def message(url: str) -> WebhookMessage:
    return WebhookMessage(url, "evt_1", "{}", (SECRET,))


def test_the_address_table_is_long_enough() -> None:
    assert len(SPELLINGS) >= 60


@pytest.mark.parametrize(("url", "reason"), SPELLINGS)
async def test_no_spelling_of_a_private_address_is_connected_to(url: str, reason: str) -> None:
    street = RecordingResolver()
    hooks = street.hooks()
    assert await hooks.rejection_reason(url) == reason
    answer = await hooks.send(message(url))
    await hooks.close()
    assert (answer.status, answer.error) == (None, reason)
    assert street.opened == []


@pytest.mark.parametrize("host", ["public.example", "public6.example", "nat64.example", "93.184.216.34"])
async def test_a_public_address_is_connected_to(host: str) -> None:
    """The test above means something only if public addresses do open a socket."""
    street = RecordingResolver()
    hooks = street.hooks()
    assert await hooks.rejection_reason(f"https://{host}/hooks") is None
    answer = await hooks.send(message(f"https://{host}/hooks"))
    await hooks.close()
    assert answer.error == "no_connection"
    assert len(street.opened) == 1


async def test_a_host_name_that_resolves_elsewhere_the_second_time_is_refused_then() -> None:
    street = RecordingResolver()
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["93.184.216.34"]])

    async def rebinding(host: str) -> Sequence[str]:
        street.resolved.append(host)
        return next(answers)

    hooks = HttpWebhookTransport(EgressPolicy(), dns_lookup=rebinding, open_socket=street.open_socket)
    assert await hooks.rejection_reason("https://rebinding.example/") is None  # as it was registered
    answer = await hooks.send(message("https://rebinding.example/"))
    await hooks.close()
    assert (answer.error, street.opened) == ("address_not_public", [])
    assert len(street.resolved) == 2, "a send resolves once: the checked address is the connected one"


async def test_the_socket_itself_is_the_last_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if a library on the way resolved the name without checking it."""
    street = RecordingResolver()

    async def unjudged(
        self: GuardedResolver, host: str, port: int = 0, family: object = None
    ) -> list[ResolveResult]:
        return [_resolve_result(host, "127.0.0.1", port)]

    monkeypatch.setattr(GuardedResolver, "resolve", unjudged)
    hooks = street.hooks()
    answer = await hooks.send(message("https://public.example/"))
    await hooks.close()
    assert (answer.error, street.opened) == ("address_not_public", [])


async def test_ports_can_be_set_and_anywhere_is_for_development() -> None:
    assert EgressPolicy(ports=(9443,)).rejection_reason("https://public.example:9443/") is None
    assert EgressPolicy(ports=(9443,)).rejection_reason("https://public.example/") == "port"
    anywhere = EgressPolicy(unrestricted=True)
    assert anywhere.rejection_reason("http://127.0.0.1:4000/") is None
    assert anywhere.rejection_reason("http://me@127.0.0.1:4000/") == "user_info"
    assert anywhere.rejection_reason("ftp://127.0.0.1/") == "scheme"
