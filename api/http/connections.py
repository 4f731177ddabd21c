"""How many connections are open, in all and of each network: silent ones end when there is no more room."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from api.http.client_address import Network, is_within, network_of_address, parse


class Closable(Protocol):
    """A connection. `is_silent`: no request of it is being answered, so it may end without harm."""

    @property
    def is_silent(self) -> bool: ...

    def abort(self) -> None: ...


C = TypeVar("C", bound=Closable)


@dataclass(frozen=True)
class ConnectionLimits:
    """The greatest number of open connections. A proxy, whose connections are those of many clients, has no limit of its own."""

    in_all: int = 4096
    per_network: int = 512
    proxies: Sequence[Network] = ()


class OpenConnections(Generic[C]):
    """The open connections, oldest first. Above a limit the oldest silent one is aborted, else the new one."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._networks: dict[C, str | None] = {}
        self._by_network: dict[str, dict[C, None]] = {}

    def __len__(self) -> int:
        return len(self._networks)

    def add(self, connection: C, address: str | None) -> None:
        """The connection has opened, from that address."""
        network = self._limited_network(address)
        self._networks[connection] = network
        same = self._by_network.setdefault(network, {}) if network is not None else {}
        same[connection] = None
        if len(same) > self._limits.per_network:
            self._end_one(iter(same), connection)
        if len(self._networks) > self._limits.in_all:
            self._end_one(iter(self._networks), connection)

    def remove(self, connection: C) -> None:
        """The connection has ended."""
        network = self._networks.pop(connection, None)
        if network is not None and network in self._by_network:
            self._by_network[network].pop(connection, None)
            if not self._by_network[network]:
                del self._by_network[network]

    def _end_one(self, candidates: Iterator[C], new: C) -> None:
        ended = next((one for one in candidates if one.is_silent), new)
        self.remove(ended)
        ended.abort()

    def _limited_network(self, address: str | None) -> str | None:
        known = parse(address)
        if known is None or is_within(known, self._limits.proxies):
            return None
        return network_of_address(known)
