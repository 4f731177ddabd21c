"""TCP ports of this machine for the servers that `smot up` starts."""

import logging
import secrets
import socket
from urllib.parse import urlsplit

from runtime.errors import StartupError

log = logging.getLogger(__name__)

HOST = "127.0.0.1"

# Below the range from which the kernel chooses by itself: there the outgoing connection of another program may get the
# port before our server listens, or while it is restarted.
_PORT_RANGE = range(20_000, 32_000)


class PortTaken(StartupError):
    """Another program listens on the wanted port."""


def choose_port(wanted: int | None = None, setting: str = "its setting") -> int:
    """The wanted port if it is free, else PortTaken, whose text names the setting. Without one, any free port.

    The port is not reserved: use it at once.
    """
    if wanted:
        return _free(wanted, setting)
    for _ in range(100):
        try:
            return _free(secrets.choice(_PORT_RANGE), setting)
        except PortTaken:
            continue
    return _free(0, setting)


def choose_port_again(name: str, wanted: int, setting: str, last_url: str) -> int:
    """The port of a part of `smot up`: as set, else that of its last start (`last_url`), else any free one.

    So addresses in a shell stay true over a restart. When another program has taken the last port, a warning says so.
    Raises PortTaken for a port that is set.
    """
    last = _port_of(last_url)
    if wanted or last is None:
        return choose_port(wanted or None, setting)
    try:
        return _free(last, setting)
    except PortTaken:
        port = choose_port()
        log.warning(
            "port %s of the %s is taken by another program; it listens on %s now, `smot env` prints it",
            *(last, name, port),
        )
        return port


def _port_of(url: str) -> int | None:
    try:
        parts = urlsplit(url)
        return parts.port if parts.hostname == HOST else None
    except ValueError:
        return None


def _free(wanted: int, setting: str) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError as refused:
            raise PortTaken(
                f"port {wanted} on {HOST} cannot be used ({refused.strerror}); free it, or change it by {setting}"
            ) from refused
        return int(probe.getsockname()[1])
